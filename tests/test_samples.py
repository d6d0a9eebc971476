"""The quiz and the word list that come with the package."""

import csv
import re
from collections import Counter
from importlib.resources import files
from typing import get_args

import pytest

from leaderboard.quiz.content import Question, Type
from leaderboard.quiz.importing import read

SAMPLES = files("leaderboard") / "samples"
QUIZ = read((SAMPLES / "quiz.toml").read_bytes(), strict=True)
WORDS = list(csv.DictReader((SAMPLES / "words.csv").read_text("utf-8").splitlines()))
LISTED = {word["word"] for word in WORDS}
ENDINGS = re.compile(r"(ing|ed|es|ly|s|d|e)$")


def stem(word: str) -> str:
    """A word without its ending, roughly: “hired” and “hires” become that of “hire”."""
    return ENDINGS.sub("", word.lower())


def stems(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[\w'-]+", text)}


def test_all_questions_of_the_quiz_can_be_played() -> None:
    assert (QUIZ.report.imported, QUIZ.report.refused, QUIZ.report.remarks) == (20, 0, [])
    assert len({question.text for question in QUIZ.quiz.questions}) == 20
    assert {question.kind for question in QUIZ.quiz.questions} == set(get_args(Type))
    assert (QUIZ.quiz.language, bool(QUIZ.quiz.description), bool(QUIZ.quiz.tags)) == ("en", True, True)


@pytest.mark.parametrize("question", QUIZ.quiz.questions, ids=lambda question: question.text)
def test_each_question_tells_something(question: Question) -> None:
    assert question.explanation
    assert question.topic
    assert question.difficulty or question.kind == "poll"
    assert 10 <= question.time_limit <= 60


def test_right_answers_stand_at_all_places() -> None:
    places = {
        kind: Counter(it.answer[0] for it in QUIZ.quiz.questions if it.kind == kind) for kind in ("one", "boolean")
    }
    assert set(places["one"]) == {0, 1, 2, 3}
    assert max(places["one"].values()) <= 2
    assert set(places["boolean"]) == {0, 1}
    assert all(it.answer != [*range(len(it.choices))] for it in QUIZ.quiz.questions if it.kind == "order")


def test_the_words_are_of_all_kinds() -> None:
    assert len(LISTED) == len(WORDS) == 60
    kinds = Counter(word["pos"] for word in WORDS)
    assert set(kinds) == {"noun", "verb", "adjective", "adverb"}
    assert min(kinds.values()) >= 12
    assert {word["level"] for word in WORDS} == {"A2", "B1", "B2", "C1"}
    assert min(Counter(word["topic"] for word in WORDS).values()) >= 10


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word["word"])
def test_a_meaning_fits_one_word_and_does_not_say_it(word: dict[str, str]) -> None:
    assert 10 <= len(word["meaning"]) <= 90
    assert not stems(word["meaning"]) & {stem(it) for it in LISTED}


def test_no_two_words_mean_the_same() -> None:
    assert len({word["meaning"] for word in WORDS}) == len(WORDS)
    synonyms = [synonym for word in WORDS for synonym in word["synonyms"].split("|")]
    assert all(synonyms)
    assert not LISTED & set(synonyms)
    assert len(set(synonyms)) == len(synonyms)


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word["word"])
def test_an_example_has_one_gap_that_gives_nothing_away(word: dict[str, str]) -> None:
    gaps = re.findall(rf"(\w+ )?\b{word['word']}\b", word["example"], re.IGNORECASE)
    assert len(gaps) == 1
    assert gaps[0].strip().lower() not in ("a", "an")  # one of them does not go with all words
    others = [stem(it) for it in re.findall(r"\w+", word["example"].lower())]
    assert others.count(stem(word["word"])) == 1
