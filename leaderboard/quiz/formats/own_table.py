"""Our own table, which has all that a question has: a question as a row, and a row as a question."""

import contextlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import UNSET

from leaderboard.quiz.content import Question
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.grading import fold

CHOICES: Final = 8
COLUMNS: Final = {  # heading: field; the choices stand between the first two and the others
    "Question": "text",
    "Type": "type",
    **{f"Choice {number}": "choices" for number in range(1, CHOICES + 1)},
    "Correct answer": "answer",
    "Time limit (s)": "time_limit",
    "Points": "points",
    "Rule": "rule",
    "Penalty": "penalty",
    "Partial credit": "partial",
    "Tolerance": "tolerance",
    "Explanation": "explanation",
    "Difficulty": "difficulty",
    "Topic": "topic",
    "Image": "image",
    "Image description": "image_alt",
    "Audio": "audio",
}
HEADINGS: Final = list(COLUMNS)
SEPARATOR = re.compile(r" ?(?<!\\)\| ?")  # of answers; one that belongs to them has a backslash before it
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
WRITTEN: Final = {True: "yes", False: "no", None: "", UNSET: ""}


def are(rows: Sequence[list[str]]) -> bool:
    """Whether this is our table."""
    return bool(rows) and [fold(cell) for cell in rows[0] if cell] == [fold(heading) for heading in HEADINGS]


def drafts(rows: Sequence[list[str]]) -> Iterator[Draft]:
    for number, row in enumerate(rows[1:], 2):
        if any(row):
            yield Draft(f"row {number}", fields_of(row), "" if row[0] else "it has no question", exact=True)


def row_of(question: Question) -> list[str]:
    choices = iter(question.choices)
    return [next(choices, "") if field == "choices" else written(question, field) for field in COLUMNS.values()]


def written(question: Question, field: str) -> str:
    value = getattr(question, field)
    if field == "answer":
        counted = question.kind not in ("number", "text")
        return " | ".join(str(it + 1) if counted else escape(str(it)) for it in value)
    return WRITTEN[value] if value is None or value is UNSET or isinstance(value, bool) else str(value)


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def fields_of(row: Sequence[str]) -> dict[str, Any]:
    """What stands in the cells; what is empty has its default."""
    named = [(field, cell) for field, cell in zip(COLUMNS.values(), row, strict=False) if cell]
    fields = {field: READERS.get(field, str)(cell) for field, cell in named if field != "choices"}
    fields["choices"] = [cell for field, cell in named if field == "choices"]
    if "answer" in fields:
        fields["answer"] = [answer_of(text, fields.get("type")) for text in fields["answer"]]
    return fields


def answer_of(text: str, type_: str | None) -> Any:
    if type_ == "text":
        return text
    value = number(text)
    return value if type_ == "number" or not isinstance(value, int) else value - 1


def answers(cell: str) -> list[str]:
    return [ESCAPED.sub(r"\1", part) for part in SEPARATOR.split(cell)]


def number(cell: str) -> int | float | str:
    """The number that this is, else the text, so that it is refused in words."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            value = kind(cell)
            return value if abs(value) < math.inf else cell
    return cell


READERS: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("time_limit", "points", "penalty", "tolerance"), number),
    "partial": lambda cell: {"yes": True, "no": False}.get(fold(cell), cell),
    "answer": answers,
}
