"""Vocabulary quizzes: what is asked, and that only one answer is right."""

import subprocess
import sys
import time
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import NoQuestions
from leaderboard.quiz import checks
from leaderboard.quiz.content import Question
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.grading import fold
from leaderboard.quiz.lexicon import stem
from leaderboard.quiz.vocabulary import KINDS, Kind, make
from leaderboard.quiz.words import Word, read_words
from tests.synonyms import Thesaurus

BIRDS = [
    Word("owl", "noun", "B1", "a bird that hunts at night", "Eule", [], "An owl hoots.", "Birds"),
    Word("lark", "noun", "B2", "a small singer above the fields", "Lerche", [], "The lark sings.", "Birds"),
    Word("nest", "noun", "A2", "where eggs are laid", "Nest", ["home"], "It has a nest.", "Birds"),
    Word("wing", "noun", "A1", "what one flies with", "Flügel", [], "It moved one wing.", "Birds"),
]
NUMBERS = [Word(f"{'bcdfgh'[n // 6 % 6]}a{'klmnpr'[n % 6]}{'toxiv'[n // 36]}", "noun", "A1") for n in range(150)]


def asked(words: list[Word], kind: Kind, seed: int = 0) -> Question:
    """The question about the first of these words."""
    questions = make(words, len(words), [kind], seed).quiz.questions
    return next(it for it in questions if words[0].word in (it.text, right(it)) or f"“{words[0].word}”" in it.text)


def right(question: Question) -> str:
    return question.choices[int(question.answer[0])]


def others(words: list[Word], kind: Kind = "word") -> set[str]:
    """The wrong answers that the first of these words gets with any of many seeds."""
    found = [asked(words, kind, seed) for seed in range(20)]
    return {choice for question in found for choice in question.choices} - {right(question) for question in found}


def with_first(first: Word, *more: Word) -> list[Word]:
    return [first, *more, *BIRDS[1:]]


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("word", "Which noun means: a bird that hunts at night?", "owl"),
        ("meaning", "What does “owl” (noun) mean?", "a bird that hunts at night"),
        ("translation", "How is “owl” (noun) translated?", "Eule"),
        ("reverse", "Which noun is translated as “Eule”?", "owl"),
        ("gap", "Which noun fills the gap? a(n) ____ hoots. (a bird that hunts at night)", "owl"),
    ],
)
def test_each_kind(kind: Kind, text: str, answer: str) -> None:
    question = asked(BIRDS, kind)
    assert (question.text, right(question), len(question.choices)) == (text, answer, 4)
    assert (question.topic, question.difficulty) == ("Birds", "medium")


def test_kinds_take_turns_and_each_word_comes_once() -> None:
    words = [msgspec.structs.replace(word, meaning=f"{n}x", translation=f"{n}y") for n, word in enumerate(NUMBERS)]
    questions = make(words, 60, ["word", "translation", "reverse"]).quiz.questions
    kinds = Counter(question.text.split("“")[0][:12] for question in questions)
    assert set(kinds.values()) == {20}
    named = [word.word for question in questions for word in words if f"“{word.word}”" in question.text]
    named += [right(question) for question in questions if question.text.startswith("Which")]
    assert len(named) == len(set(named)) == 60


def test_a_short_list_asks_words_again_in_other_ways() -> None:
    done = make(BIRDS, 50)
    assert len({question.text for question in done.quiz.questions}) == done.report.questions == 20
    assert (done.report.found, done.report.imported, done.report.refused) == (4, 4, 0)


def test_what_is_missing_is_done_without() -> None:
    questions = make([Word("owl", meaning="a bird"), Word("lark", meaning="a singer")], 9).quiz.questions
    assert sorted(question.text for question in questions) == [
        "What does “lark” mean?",
        "What does “owl” mean?",
        "Which word means: a bird?",
        "Which word means: a singer?",
    ]
    assert all(len(question.choices) == 2 for question in questions)


def test_nothing_to_ask() -> None:
    with pytest.raises(NoQuestions):
        make([Word("owl"), Word("lark", meaning="a singer")])


OWL = BIRDS[0]
CHANGED = msgspec.structs.replace


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (CHANGED(OWL, synonyms=["Hooter"]), Word("hooter", "noun", "B1", "a car makes noise with it")),
        (OWL, Word("hooter", "noun", "B1", "a car makes noise with it", synonyms=["owl"])),
        (
            CHANGED(OWL, synonyms=["strix"]),
            Word("hooter", "noun", "B1", "a car makes noise with it", synonyms=["Strix"]),
        ),
        (OWL, Word("hooter", "noun", "B1", "a car makes noise with it", "Eule")),
        (OWL, Word("hooter", "noun", "B1", "a car makes noise with it", "Hupe, Eule")),
        (OWL, Word("hooter", "noun", "B1", "any kind of owl")),
        (OWL, Word("hunt", "noun", "B1", "going after animals")),
        (OWL, Word("hooter", "noun", "B1", "Hunting by night, as some bird does")),
        (OWL, Word("owls", "noun", "B1", "there are many of them")),
        (OWL, Word("hooter", "noun", "B1", "a car makes noise with it", variants=["owl"])),
    ],
)
@pytest.mark.parametrize("kind", ["word", "meaning"])
def test_no_wrong_answer_could_be_right(first: Word, other: Word, kind: Kind) -> None:
    text = other.word if kind == "word" else other.meaning
    assert text not in others(with_first(first, other), kind)
    unrelated = Word(other.word if other.word == "hooter" else "klaxon", "noun", "B1", "a car makes noise with it")
    assert (unrelated.word if kind == "word" else unrelated.meaning) in others(with_first(OWL, unrelated), kind)


def test_a_synonym_in_any_sense_and_part_of_speech_counts() -> None:
    verb = Word("owl", "verb", "C1", "to carry off in secret", synonyms=["hooter"])
    hooter = Word("hooter", "noun", "B1", "a car makes noise with it")
    assert "hooter" not in others([OWL, verb, hooter, *BIRDS[1:]])


def test_a_word_in_the_sentence_is_no_choice_for_its_gap() -> None:
    first = CHANGED(OWL, example="The owl sat by the pond.")
    assert "pond" in others(with_first(OWL, Word("pond", "noun", "B1", "still water")), "gap")
    assert "pond" not in others(with_first(first, Word("pond", "noun", "B1", "still water")), "gap")


def test_a_gap_that_no_meaning_explains_is_explained_by_the_translation() -> None:
    told = CHANGED(OWL, meaning="what owls are")
    assert asked(with_first(told), "gap").text.endswith("____ hoots. (Eule)")


def test_a_meaning_that_is_also_that_of_a_synonym_is_not_wrong() -> None:
    noise = "what warns ships in fog"
    siren, horn = Word("siren", "noun", "B1", noise), Word("horn", "noun", "B1", noise)
    assert noise in others(with_first(OWL, siren, horn), "meaning")
    assert noise not in others(with_first(OWL, siren, CHANGED(horn, synonyms=["owl"])), "meaning")


def test_another_part_of_speech_fits_no_gap() -> None:
    assert "drum" in others([OWL, BIRDS[1], Word("drum", "verb", "B1", "beat")], "word")
    assert "drum" not in others([OWL, BIRDS[1], Word("drum", "verb", "B1", "beat")], "gap")


@pytest.mark.parametrize(
    ("word", "kind", "reason"),
    [
        (CHANGED(OWL, meaning="what owls are"), "meaning", "meaning: its meaning has the word in it"),
        (
            CHANGED(OWL, example="Two owls, an owl-like bird, the owl’s."),
            "gap",
            "gap: no example has the word as it is written here",
        ),
        (CHANGED(OWL, meaning="what owls are", translation=""), "gap", "gap: its meaning has the word in it"),
        (CHANGED(OWL, meaning="x y " * 51), "meaning", "meaning: its meaning is too long"),
        (CHANGED(OWL, synonyms=["lark", "nest", "wing"]), "word", "word: no other word is wrong for certain"),
    ],
)
def test_what_cannot_be_asked_is_said(word: Word, kind: Kind, reason: str) -> None:
    report = make(with_first(word), 9, [kind]).report
    assert [(remark.place, remark.reason) for remark in report.remarks] == [("owl", reason)]


def test_the_plausible_comes_first() -> None:
    def word(number: int, pos: str, level: str, field: str = "") -> Word:
        return CHANGED(NUMBERS[number], pos=pos, level=level, field=field, meaning=f"{number}")

    first = word(0, "noun", "B1", "Birds")
    near = [word(1, "noun", "B1", "Birds"), word(2, "noun", "B1"), word(3, "noun", "B2")]
    far = [word(4, "noun", "C1"), word(5, "noun", "A1", "Birds"), word(6, "verb", "B1", "Birds")]
    assert others([first, *far, *near]) == {it.word for it in near}


def test_the_same_seed_makes_the_same_quiz_whatever_the_hash_seed() -> None:
    code = (
        "import msgspec, tests.test_vocabulary as it;"
        "print(msgspec.json.encode(it.make(it.BIRDS * 2 + it.NUMBERS, 20, seed=5).quiz))"
    )
    run = [sys.executable, "-c", code]
    quizzes = {subprocess.run(run, env={"PYTHONHASHSEED": seed}, capture_output=True).stdout for seed in "123"}
    assert len(quizzes) == 1
    assert b"owl" in quizzes.pop()
    assert make(BIRDS, 20, seed=5).quiz != make(BIRDS, 20, seed=6).quiz


EXTRACT = """word	pos	cefr	sense	synonyms	gloss	example
lamp	noun	A1	1	light	a thing in a room that makes it bright	she turned on the lamp
light	noun	A1	1	brightness	what the sun gives us	let in some light
light	noun	A1	2	lamp	a thing in a room that makes it bright	switch off the light
glow	noun	B2	1	shine	a soft warm brightness	the glow of the fire
shine	noun	B1	1	glow|polish	the look of a clean shoe	his boots had a shine
polish	verb	B1	1	shine	to rub until it gleams	they polish the silver
sofa	noun	A2	1	couch	a long soft seat	the cat sleeps on the sofa
couch	noun	B1	1	sofa|lounge	a long soft seat	sit on the couch
lounge	noun	B2	1	parlour	where guests wait	we met in the lounge
stool	noun	B1	1		a seat with three legs and no back	she sat on a stool
bench	noun	A2	1		a seat in a park	the bench is wet
begin	verb	A1	1	start|commence	to do the first part	we begin at nine
start	verb	A1	1	begin	to do the first part	we start at nine
commence	verb	C1	1	begin	to open with ceremony	let the games commence
launch	verb	B2	1	commence|start	to send a rocket up	they launch it today
shut	verb	A1	1	close	to move a door into its frame	shut the door
close	verb	A1	1	shut|end	to stop selling for the day	we close at six
end	verb	A2	1	finish|close	to come to the last part	all things end
finish	verb	A1	1	end	to do the last part	finish your tea
float	verb	B1	1		to stay on top of water	corks float
whisper	verb	B1	1	murmur	to speak with little voice	do not whisper in class
"""


@pytest.mark.parametrize("seed", range(20))
def test_a_second_look_finds_no_second_answer(seed: int) -> None:
    done = make(read_words(Source(EXTRACT.encode())).words, 50, seed=seed)
    thesaurus = Thesaurus(EXTRACT)
    assert done.report.questions > 30
    assert [(it.text, found) for it in done.quiz.questions for found in thesaurus.second_answers(it)] == []


def test_the_second_look_sees_second_answers() -> None:
    asked = Question("Which noun means: a long soft seat?", ["sofa", "stool", "lounge", "seat"], [0])
    assert list(Thesaurus(EXTRACT).second_answers(asked)) == ["seat"]
    asked = Question("What does “couch” (noun) mean?", ["a long soft seat", "where guests wait"], [0])
    assert list(Thesaurus(EXTRACT).second_answers(asked)) == ["where guests wait"]


TEXTS = st.sampled_from(
    ["", "owl", "owls", "a night bird", "Lerche; Eule", "x" * 210, "x " * 250, "(", "–", "İ", "An OWL."]
)
WORDS = st.builds(
    Word,
    word=st.sampled_from(["owl", "Owl", "owls", "lark", "night bird", "give up", "(", "é", "x" * 80]),
    pos=st.sampled_from(["", "noun", "verb"]),
    level=st.sampled_from(["", "A1", "C2"]),
    meaning=TEXTS,
    translation=TEXTS,
    synonyms=st.lists(TEXTS, max_size=2),
    example=TEXTS,
    field=st.sampled_from(["", "Birds"]),
)


@given(st.lists(WORDS, max_size=8), st.integers(0, 3), st.sampled_from([KINDS, KINDS[:1], KINDS[3:]]))
def test_any_list_makes_a_sound_quiz_or_none(words: list[Word], seed: int, kinds: tuple[Kind, ...]) -> None:
    try:
        done = make(words, 10, kinds, seed)
    except NoQuestions:
        return
    quiz = msgspec.json.decode(msgspec.json.encode(done.quiz), type=type(done.quiz))
    checks.check(quiz)
    for question in quiz.questions:
        assert 2 <= len({fold(choice) for choice in question.choices}) == len(question.choices) <= 4
    assert make(words, 10, kinds, seed) == done


@pytest.mark.parametrize(
    ("word", "other"), [("stop", "stopped"), ("try", "tries"), ("make", "making"), ("quick", "quickly")]
)
def test_inflections_have_one_stem(word: str, other: str) -> None:
    assert stem(word) == stem(other)


@pytest.mark.parametrize("different", ["synonyms", "senses", "parts"])
def test_a_list_of_nothing_but_synonyms_takes_seconds(different: str) -> None:
    words = [
        Word(
            f"owl{number if different != 'senses' else number % 200}",
            pos=str(number) if different == "parts" else "",
            meaning=f"{number} night bird hunting softly above water",
            synonyms=[f"s{it}" for it in range(100 if different == "synonyms" else 1)],
        )
        for number in range(20_000)
    ]
    start = time.process_time()
    with pytest.raises(NoQuestions):
        make(words)
    assert time.process_time() - start < 10
