"""Word lists as people have them, out of which vocabulary quizzes are made."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from leaderboard.errors import NoQuestions, TooLarge, Unreadable
from leaderboard.quiz.content import MAX_TEXT
from leaderboard.quiz.formats import anki, cards
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.formats.topics import topic_of
from leaderboard.quiz.formats.word_columns import columns
from leaderboard.quiz.importing import Report, clean

LEVELS: Final = ("A1", "A2", "B1", "B2", "C1", "C2")  # of the Common European Framework of Reference
PARTS: Final = {
    "n": "noun",
    "v": "verb",
    "vb": "verb",
    "adj": "adjective",
    "a": "adjective",
    "adv": "adverb",
    "r": "adverb",
    "prep": "preposition",
    "conj": "conjunction",
    "pron": "pronoun",
    "det": "determiner",
    "interj": "interjection",
}
MAX_WORDS = 20_000
MAX_WORD = 80  # characters
MAX_SENSES = 100
MAX_SYNONYMS = 100  # of one sense
HEADING_ROWS = 10  # in which the headings are looked for


class Word(Struct):
    """A word in one of its senses, with what a list says of it. `variants` are other spellings, `field` is a topic."""

    word: str
    pos: str = ""
    level: str = ""
    meaning: str = ""
    translation: str = ""
    synonyms: list[str] = msgspec.field(default_factory=list)
    example: str = ""
    field: str = ""
    variants: list[str] = msgspec.field(default_factory=list)


class WordList(Struct):
    """The words of a file, in its order; several in a row can be senses of one, the most frequent first."""

    words: list[Word]
    report: Report


def read_words(source: Source) -> WordList:
    """The words of a table or of a list of objects. Raises Unreadable, TooLarge, NoQuestions if there is no word."""
    report = Report("words")
    senses: Counter[str] = Counter()
    words = [word for place, cells in entries(source) if (word := accept(place, cells, senses, report))]
    if not words:
        raise NoQuestions("There is no word in this list.")
    return WordList(words, report)


def entries(source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    """The place of each entry, and its cells by the fields of a Word."""
    if not source.is_sheet and source.text.lstrip()[:1] in ("[", "{"):
        yield from of_objects(source.json)
        return
    heads = ((number, columns(row)) for number, row in enumerate(source.rows[:HEADING_ROWS], 1))
    head, places = next(((number, places) for number, places in heads if places), (0, {}))
    if not places:
        yield from without_headings(source)
        return
    for number, row in enumerate(source.rows[head:], head + 1):
        if any(map(str.strip, row)):
            yield f"row {number}", {name: row[place] for name, place in places.items() if place < len(row)}


def of_objects(json: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Raises Unreadable."""
    found = json.get("words") if isinstance(json, dict) else json
    if not isinstance(found, list):
        raise Unreadable("This is no list of words.")
    if len(found) > MAX_WORDS:
        raise TooLarge(f"A word list has at most {MAX_WORDS:,} words.")
    for number, entry in enumerate(found, 1):
        fields = entry if isinstance(entry, dict) else {}
        names = list(fields)
        places = names_of(tuple(names))
        yield f"entry {number}", {name: text_of(fields[names[place]]) for name, place in places.items()}


@lru_cache(maxsize=100)
def names_of(keys: tuple[str, ...]) -> dict[str, int]:
    return columns(list(keys))


def text_of(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(map(text_of, value))
    return str(value) if isinstance(value, str | int | float) else ""


def without_headings(source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    """Words and their translations, as flash cards have them. Raises Unreadable."""
    if not source.is_sheet and anki.header(source.text):
        rows = [(f"line {note.line}", note.fields) for note in anki.notes(source.text)]
    else:
        rows = [(f"row {number}", row) for number, row in enumerate(source.rows, 1) if any(map(str.strip, row))]
    if sum(len(row) > 1 for _, row in rows) * 2 <= len(rows):
        raise Unreadable("This is no list of words: there are neither headings nor two columns.")
    numbered = anki.counted([row for _, row in rows])
    for place, row in rows:
        shown = [cards.shown(cell, html=True) for cell in row[:3] if len(cell) <= cards.MAX_FIELD]
        yield place, dict(zip(("word", "translation"), shown[numbered:], strict=False))


def accept(place: str, cells: dict[str, str], senses: Counter[str], report: Report) -> Word | None:
    """The word, or None; the report tells of what cannot be used."""
    draft = Draft(place, {name: tidy(cell) for name, cell in cells.items()})
    word = word_of(draft)
    senses[word.word] += 1
    if len(word.synonyms) + len(word.variants) > MAX_SYNONYMS or senses[word.word] > MAX_SENSES:
        draft.flaw = draft.flaw or f"it has more than {MAX_SENSES} senses or {MAX_SYNONYMS} synonyms"
    report.found += 1
    report.imported += not draft.flaw
    report.refused += bool(draft.flaw)
    draft.fields["text"] = draft.fields.get("word", "")
    if draft.flaw or draft.notes:
        report.add(draft, draft.flaw or "; ".join(draft.notes), not draft.flaw)
    return None if draft.flaw else word


def tidy(cell: str) -> str:
    plain = cell.isascii() and cell.isprintable()  # as most are: there is nothing to clean
    return " ".join((cell if plain else clean(cell)).split())


def word_of(draft: Draft) -> Word:
    get = draft.fields.get
    spelt = [it.strip() for it in get("word", "").split("/") if it.strip()]
    if not spelt:
        draft.flaw = "there is no word"
    elif len(spelt[0]) > MAX_WORD:
        draft.flaw = f"the word has {len(spelt[0])} characters (at most {MAX_WORD})"
    pos = get("pos", "").lower().rstrip(".")
    return Word(
        word=f"{get('article', '')} {spelt[0] if spelt else ''}".strip(),
        pos=PARTS.get(pos, pos),
        level=level_of(draft),
        synonyms=parts_of(get("synonyms", "")),
        field=topic_of(get("field", "")),
        variants=spelt[1:],
        **{name: bounded(draft, name) for name in ("meaning", "translation", "example")},
    )


def level_of(draft: Draft) -> str:
    level: str = draft.fields.get("level", "")
    if level and level.upper() not in LEVELS:
        draft.notes.append(f"without its level “{level[:20]}”, which is none of {', '.join(LEVELS)}")
        return ""
    return level.upper()


def bounded(draft: Draft, name: str) -> str:
    text: str = draft.fields.get(name, "")
    if len(text) <= MAX_TEXT:
        return text
    draft.notes.append(f"without its {name}, which has {len(text)} characters (at most {MAX_TEXT})")
    return ""


def parts_of(text: str) -> list[str]:
    """What stands between bars, else between semicolons, else between commas."""
    separator = next((it for it in "|;," if it in text), "|")
    return [part.strip() for part in text.split(separator) if part.strip()]
