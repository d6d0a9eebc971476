"""Vocabulary quizzes: questions out of a word list, with wrong answers that are plausible and never right."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Final, Literal, NamedTuple, get_args

from msgspec.structs import replace

from leaderboard.errors import Malformed, NoQuestions
from leaderboard.quiz.content import MAX_CHOICE, MAX_TEXT, Difficulty, Question
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.importing import Imported, Report, document, source_of, title_of
from leaderboard.quiz.lexicon import Entry, Lexicon, alike, fold_once, stems
from leaderboard.quiz.words import Word, read_words

Kind = Literal["word", "meaning", "translation", "reverse", "gap"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

CHOICES = 4
LOOKED_AT = 200  # other words, among which the wrong answers are
OWNERS = 10  # of one meaning
MAX_HOPELESS = 1_000  # words that are all too like all others
NONE_WRONG = "no other word is wrong for certain"
DIFFICULTIES: Final[dict[str, Difficulty]] = {"A": "easy", "B": "medium", "C": "hard"}
NAMED = {"noun", "verb", "adjective", "adverb"}
ARTICLE = re.compile(r"\ban? (?=____)", re.IGNORECASE)


class Form(NamedTuple):
    """How a kind of question asks: with what text, what for, and what of a word it cannot be asked without."""

    text: str
    chosen: str
    needs: str


FORMS: Final[dict[Kind, Form]] = {
    "word": Form("Which {part} means: {meaning}?", "word", "meaning"),
    "meaning": Form("What does “{word}”{pos} mean?", "meaning", "meaning"),
    "translation": Form("How is “{word}”{pos} translated?", "translation", "translation"),
    "reverse": Form("Which {part} is translated as “{translation}”?", "word", "translation"),
    "gap": Form("Which {part} fills the gap? {gap}", "word", "example"),
}


def make(
    words: list[Word], questions: int = 50, kinds: Sequence[Kind] = KINDS, seed: int = 0, title: str = "Vocabulary"
) -> Imported:
    """A quiz of so many questions, fewer if the list does not give them; the report tells of words that cannot be asked.

    The kinds take turns as long as they can, and no word is asked twice as long as there are others. The same seed makes
    the same quiz of the same list. Raises NoQuestions.
    """
    maker = Maker(words, kinds, seed)
    made = list(islice(maker.questions(), questions))
    if not made:
        raise NoQuestions("No question can be made of these words.")
    return Imported(document({"title": title}, made), maker.report(len(made)))


def read(data: bytes, name: str = "", title: str = "", questions: int = 50, kinds: str = "", seed: int = 0) -> Imported:
    """The same of a file with a word list, `name`d so. The report counts its words; remarks on those that cannot be asked
    in some way stand beside those on what could not be read. `kinds` have commas between; '' for all.

    Raises Malformed, TooLarge, Unreadable, NoQuestions.
    """
    found = read_words(source_of(data, name))
    done = make(found.words, questions, kinds_of(kinds), seed, title or title_of(name))
    for remark in done.report.remarks:
        found.report.keep(replace(remark, imported=True))
    found.report.questions, found.report.more = done.report.questions, found.report.more + done.report.more
    return Imported(done.quiz, found.report)


def kinds_of(names: str) -> Sequence[Kind]:
    """Raises Malformed."""
    asked = names.split(",") if names else KINDS
    if not set(asked) <= set(KINDS):
        raise Malformed(f"The kinds are some of {', '.join(KINDS)}, with commas between.")
    return [kind for kind in KINDS if kind in asked]


class Maker:
    """Makes questions, one by one."""

    def __init__(self, words: list[Word], kinds: Sequence[Kind], seed: int) -> None:
        self._rng = Random(seed)
        self._lexicon = Lexicon(words)
        self._waiting = {kind: self._shuffled(FORMS[kind].needs) for kind in kinds}
        self._asked: set[str] = set()
        self._hopeless = 0
        self._report = Report("vocabulary")
        self._tried: dict[Entry, bool] = {}  # whether there is a question about it

    def _shuffled(self, needed: str) -> list[Entry]:
        entries = [entry for entry in self._lexicon.entries if any(getattr(sense, needed) for sense in entry.senses)]
        self._rng.shuffle(entries)
        return entries

    def questions(self) -> Iterator[Question]:
        for _ in list(self._waiting):  # first every word once, then again in other ways
            waiting, self._waiting = self._waiting, {kind: [] for kind in self._waiting}
            turns = deque(waiting)
            while turns:
                kind = turns.popleft()
                if question := self._next(kind, waiting[kind]):
                    yield question
                    turns.append(kind)
            self._asked.clear()

    def _next(self, kind: Kind, waiting: list[Entry]) -> Question | None:
        """The next question of this kind, None if there are no more."""
        while waiting and self._hopeless < MAX_HOPELESS:
            entry = waiting.pop()
            if entry.form in self._asked:
                self._waiting[kind].append(entry)
                continue
            question = ask(entry, kind, self._lexicon, self._rng)
            self._tried[entry] = self._tried.get(entry, False) or isinstance(question, Question)
            if isinstance(question, Question):
                self._asked.add(entry.form)
                return question
            self._hopeless += question == NONE_WRONG
            self._report.add(
                Draft(entry.word, {"text": entry.senses[0].meaning}), f"{kind}: {question}", imported=False
            )
        return None

    def report(self, questions: int) -> Report:
        """What became of the words that were tried."""
        asked = sum(self._tried.values())
        tried = len(self._tried)
        return replace(self._report, found=tried, imported=asked, refused=tried - asked, questions=questions)


def ask(entry: Entry, kind: Kind, lexicon: Lexicon, rng: Random) -> Question | str:
    """A question about this word, or why there is none."""
    form = FORMS[kind]
    sense = next((it for it in entry.senses if (gap_in(it) if kind == "gap" else getattr(it, form.needs))), None)
    if sense is None:
        return "no example has the word as it is written here"
    told = bool(entry.tell & stems(sense.meaning))
    hint = sense.translation if told or not sense.meaning else sense.meaning
    if told and (form.needs == "meaning" or (kind == "gap" and not hint)):  # without either, other words fit too
        return "its meaning has the word in it"
    right = getattr(sense, form.chosen)
    wrong = list(islice(wrong_choices(entry, kind, sense, lexicon, rng), CHOICES - 1))
    part = entry.pos if entry.pos in NAMED else "word"
    text = form.text.format(
        part=part,
        pos="" if part == "word" else f" ({part})",
        word=sense.word,
        meaning=sense.meaning.rstrip("."),
        translation=sense.translation,
        gap=f"{gap_in(sense)} ({hint})" if hint else gap_in(sense),
    )
    if not wrong or len(text) > MAX_TEXT or len(right) > MAX_CHOICE:
        return NONE_WRONG if not wrong else f"its {form.needs} is too long"
    place = rng.randrange(len(wrong) + 1)
    return Question(
        text=text,
        choices=[*wrong[:place], right, *wrong[place:]],
        answer=[place],
        topic=sense.field,
        difficulty=DIFFICULTIES.get(sense.level[:1]),
    )


def wrong_choices(entry: Entry, kind: Kind, sense: Word, lexicon: Lexicon, rng: Random) -> Iterator[str]:
    """What else could be chosen, the most plausible first."""
    _, chosen, needed = FORMS[kind]
    known = chosen if kind == "gap" else needed  # of a word without a meaning nobody knows that it is wrong
    shown = {fold_once(getattr(sense, chosen))}
    said = stems(sense.example) if kind == "gap" else frozenset()

    def text_of(other: Entry) -> str:
        return next((getattr(it, chosen) for it in other.senses if getattr(it, known)), "")

    for other in islice(lexicon.near(entry, len(getattr(sense, chosen)), text_of, rng), LOOKED_AT):
        text = text_of(other)
        same = lexicon.meant[fold_once(text)][:OWNERS] if chosen == "meaning" else []
        if fold_once(text) in shown or len(text) > MAX_CHOICE or other.tell & said:
            continue
        if any(alike(entry, it) for it in (other, *same)):
            continue
        if kind != "gap" or other.pos == entry.pos:  # another part of speech does not fit the sentence
            shown.add(fold_once(text))
            yield text


def gap_in(sense: Word) -> str:
    """The example without the word, nothing if it is not there as it is written."""
    if sense.word.lower() not in sense.example.lower():
        return ""
    gapped = re.sub(rf"(?<![\w'’-]){re.escape(sense.word)}(?![\w'’-])", "____", sense.example, flags=re.IGNORECASE)
    return ARTICLE.sub("a(n) ", gapped) if gapped != sense.example else ""
