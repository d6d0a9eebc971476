"""From a file to a quiz: find out what it is, take what can be asked, and say of the rest why not."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, Protocol

import msgspec
from msgspec import Struct

from leaderboard.errors import Incomplete, TooLarge, UnknownFormat
from leaderboard.quiz import checks, wording
from leaderboard.quiz.content import MAX_DOCUMENT, MAX_EXPLANATION, MAX_TITLE, Question, Quiz, Value
from leaderboard.quiz.formats import aiken, anki, columns, documents, gift, opentdb
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.source import Source

MAX_FILE = 10 << 20  # bytes
MAX_ENTRIES = 50_000  # also of those that are refused
MAX_REMARKS = 1_000
MAX_EXCERPT = 80  # characters

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\ufeff]")  # no line break, no tab
BLANKS = re.compile(r"[^\S\n]+")
LINES = re.compile(r" ?\n ?(?:\n ?)*")
EXTENSIONS = re.compile(r"(\.(aiken|csv|gift|json|md|toml|tsv|txt|xls[mx]?))+$", re.IGNORECASE)


class Format(Protocol):
    """A module of `formats`."""

    def looks(self, source: Source, /) -> bool:
        """Whether the file is of this format, as far as one sees at once."""

    def read(self, source: Source, /) -> Reading:
        """What is in it. Raises Unreadable, also while the drafts are gone through."""


FormatName = Literal["opentdb", "quiz", "kahoot", "quizizz", "blooket", "gimkit", "table", "aiken", "gift", "anki"]
FORMATS: Final[dict[FormatName, Format]] = {  # asked in this order
    "opentdb": opentdb,
    "quiz": documents,
    "kahoot": columns.LAYOUTS["kahoot"],
    "quizizz": columns.LAYOUTS["quizizz"],
    "blooket": columns.LAYOUTS["blooket"],
    "gimkit": columns.LAYOUTS["gimkit"],
    "table": columns.LAYOUTS["table"],
    "aiken": aiken,
    "gift": gift,
    "anki": anki,
}


class Remark(Struct):
    """What has become of one entry of a file, unless all of it was imported as it is."""

    place: str
    excerpt: str
    reason: str
    imported: bool


class Report(Struct):
    """What was found in a file: `found` entries, of which `imported` became questions and `refused` did not.

    An entry can become several `questions`. There are at most 1,000 `remarks`; `more` counts those left out.
    """

    format: str
    found: int = 0
    imported: int = 0
    refused: int = 0
    questions: int = 0
    remarks: list[Remark] = msgspec.field(default_factory=list)
    more: int = 0

    def add(self, draft: Draft, reason: str, imported: bool) -> None:
        self.keep(Remark(draft.place, excerpt(draft), reason, imported))

    def keep(self, remark: Remark) -> None:
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(remark)
        else:
            self.more += 1


class Imported(Struct):
    """A quiz out of a file, and what was found there."""

    quiz: Quiz
    report: Report


def read(
    data: bytes, name: str = "", format_: FormatName | None = None, title: str = "", strict: bool = False
) -> Imported:
    """Make a quiz of a file's content.

    `name`: the file's, which becomes the title if nothing else does. `format_`: one of FORMATS, if it is known.
    `strict`: all of it as it is, or nothing. Raises TooLarge, UnknownFormat, Unreadable, BadQuiz, Incomplete.
    """
    source = source_of(data, name)
    format_ = format_ or detect(source)
    reading = FORMATS[format_].read(source)
    report = Report(format_)
    questions = list(taken(reading.drafts, report))
    if strict and report.remarks:
        raise Incomplete(summary(report))
    about = {"title": title_of(name)} | reading.about | ({"title": title} if title else {})
    quiz = document(about, questions)
    return Imported(quiz, report)


def source_of(data: bytes, name: str) -> Source:
    """Raises TooLarge."""
    if len(data) > MAX_FILE:
        raise TooLarge(f"A file has at most {MAX_FILE} bytes.")
    return Source(data, name)


def detect(source: Source) -> FormatName:
    """Which format the file has, by its content. Raises UnknownFormat."""
    for name, format_ in FORMATS.items():
        if format_.looks(source):
            return name
    raise UnknownFormat(
        f"This is none of {', '.join(FORMATS)}, or too little of it. A table needs headings that say what is below them, "
        "such as Question, Answer 1, Answer 2, Correct answer; of a word list, make a vocabulary quiz."
    )


def document(about: dict[str, Any], questions: list[Question]) -> Quiz:
    """The quiz with these questions. Raises BadQuiz."""
    quiz = msgspec.structs.replace(documents.quiz_of(about), questions=questions)
    checks.check_document(quiz)
    return quiz


def taken(drafts: Iterable[Draft], report: Report) -> Iterator[Question]:
    """The questions that the drafts become; the report tells of the others. Entries at the same place are one.

    Raises TooLarge.
    """
    last = ("", True)
    for number, draft in enumerate(drafts):
        if number >= MAX_ENTRIES:
            raise TooLarge(f"A file has at most {MAX_ENTRIES} entries.")
        again = draft.place == last[0]
        question, flaw = accept(draft) if report.questions < MAX_DOCUMENT else (None, f"more than {MAX_DOCUMENT}")
        if question is not None:
            report.questions += 1
            yield question
        if flaw or draft.notes:
            report.add(draft, flaw or "; ".join(dict.fromkeys(draft.notes)), question is not None)
        last = count(report, draft.place, question is not None, last if again else None)


def count(report: Report, place: str, imported: bool, last: tuple[str, bool] | None) -> tuple[str, bool]:
    """Count an entry, or another question out of the last one: an entry is imported if any question came of it."""
    if last is None:
        report.found += 1
        report.imported += imported
        report.refused += not imported
    elif imported and not last[1]:
        report.imported += 1
        report.refused -= 1
    return place, imported or (last is not None and last[1])


def accept(draft: Draft) -> tuple[Question | None, str]:
    """The question, or why there is none."""
    if not draft.exact and not draft.flaw:
        tidy(draft)
    if draft.flaw:
        return None, draft.flaw
    try:
        question = msgspec.convert(draft.fields, Question)
    except msgspec.ValidationError as error:
        return None, wording.reason(str(error))
    flaw = checks.flaw(question)
    return (None, flaw.rstrip(".")) if flaw else (question, "")


def tidy(draft: Draft) -> None:
    """Texts without needless blanks, no blank or double choices, no explanation that is too long."""
    fields = draft.fields
    if any("\N{REPLACEMENT CHARACTER}" in text for text in (fields.get("text", ""), *fields.get("choices", ()))):
        draft.notes.append("a character was lost before (\N{REPLACEMENT CHARACTER})")
    fields["text"] = clean(fields.get("text", ""))
    if "choices" in fields:
        tidy_choices(draft)
    explanation = fields["explanation"] = clean(fields.get("explanation", ""))
    if len(explanation) > MAX_EXPLANATION:
        fields["explanation"] = ""
        draft.notes.append(
            f"without its explanation, which has {len(explanation)} characters (at most {MAX_EXPLANATION})"
        )


def tidy_choices(draft: Draft) -> None:
    """Leave out blank choices and those that are there already, and let the answer name the others' new places."""
    fields = draft.fields
    kept: dict[str, int] = {}
    now_at: dict[Value, int | None] = {}  # None: nowhere
    for place, text in enumerate(" ".join(clean(choice).split()) for choice in fields["choices"]):
        if text in kept:
            draft.notes.append(f"the choice “{text[:MAX_EXCERPT]}” is there twice")
        now_at[place] = kept.setdefault(text, len(kept)) if text else None
    answer = [now_at.get(value, value) for value in fields.get("answer", [])]
    if None in answer:
        draft.flaw = "the right choice is blank"
    fields["choices"], fields["answer"] = list(kept), list(dict.fromkeys(answer))


def clean(text: str) -> str:
    """In NFC, without what nobody sees: control characters, needless blanks, empty lines."""
    text = unicodedata.normalize("NFC", UNSEEN.sub("", text))
    return LINES.sub("\n", BLANKS.sub(" ", text)).strip()


def excerpt(draft: Draft) -> str:
    text = draft.fields.get("text")
    return " ".join(text.split())[:MAX_EXCERPT] if isinstance(text, str) else ""


def title_of(name: str) -> str:
    """A title out of a file's name."""
    stem = EXTENSIONS.sub("", name.replace("\\", "/").rpartition("/")[2])
    return clean(re.sub(r"[_-]+", " ", stem))[:MAX_TITLE] or "Imported quiz"


def summary(report: Report) -> str:
    """The report in a sentence or two."""
    text = f"{report.imported} of {report.found} entries can be imported."
    shown = "; ".join(f"{it.place}: {it.reason}" for it in report.remarks[:5])
    return f"{text} {shown}{' …' if len(report.remarks) > 5 else '.'}" if shown else text
