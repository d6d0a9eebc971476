"""What the columns of a table are for, by the words above them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from leaderboard.quiz.grading import fold

MAX_HEADING = 200  # characters
TAIL = r"( ?[-–—(:,.*].*)?"  # "- max 120 characters", "(optional)"
PLURAL = re.compile(r"\((s|es|n|en)\)")

# The first pattern that fits the whole heading, in words without case and accents, counts; of columns with the same
# role, but for choices, the first one.
ROLES: Final[dict[str, re.Pattern[str]]] = {
    role: re.compile(f"({words}){TAIL}")
    for role, words in {
        "number": r"#|no|nr|n[º°]|num|number|id|(question|q) ?(#|no|number|id)|nummer|(frage|fragen) ?(nr|nummer)|numero",
        "question": r"questions?|question text|text of the question|prompt|fragen?|fragetext|preguntas?|texto de la "
        r"pregunta",
        "choice": r"[a-h]|(answer|option|choice|answer option|answer choice|antwort|antwortmoglichkeit|respuesta|opcion)"
        r" ?([1-9]|1\d|[a-h])( text)?",
        "wrong": r"(incorrect|wrong|false) (answer|option|choice)s?( ?\d+)?|(incorrect|wrong|distractor) ?\d+|"
        r"(falsche antwort|respuesta incorrecta)( ?\d+)?",
        "right": r"(correct|right)( (answer|option|choice)s?)?( \d)?|answers?|answer key|solution|key|"
        r"richtig|richtige antwort|korrekte antwort|losung|respuestas? correctas?|correcta",
        "time_limit": r"time|timer|seconds|(time|question) limit|time in seconds|zeit|zeitlimit|zeitbegrenzung|"
        r"tiempo|tiempo limite|limite de tiempo",
        "points": r"points?|score|punkte|puntos",
        "explanation": r"(answer )?explanation|feedback|rationale|erklarung|explicacion",
        "type": r"(question )?type|fragetyp|fragentyp|tipo( de pregunta)?",
        "image": r"(question )?(image|picture)( link| url)?|bild|imagen",
        "material": r"resource",
        "topic": r"topic|category|subject|thema|kategorie|tema|categoria",
        "difficulty": r"difficulty|level|schwierigkeit|dificultad",
    }.items()
}


class Header(Struct):
    """The row above the first question, counted from 0; its headings, if it has any; the role of each column, or ""."""

    row: int
    headings: list[str]
    roles: list[str]

    @property
    def text(self) -> str:
        return "|".join(self.headings)


def header_of(rows: Sequence[list[str]]) -> Header | None:
    """The first of these rows that says where questions and their answers stand."""
    for number, row in enumerate(rows):
        headings = [plain(cell) for cell in row]
        roles = list(roles_of(headings))
        if "question" in roles and (roles.count("choice") >= 2 or "right" in roles):
            return Header(number, headings, roles)
    return None


def plain(cell: str) -> str:
    return PLURAL.sub("", fold(cell.replace("_", " "))).strip() if len(cell) <= MAX_HEADING else ""


def roles_of(headings: Sequence[str]) -> Iterator[str]:
    for heading in headings:
        yield next((role for role, words in ROLES.items() if words.fullmatch(heading)), "")


def repeats(row: Sequence[str], roles: Sequence[str]) -> bool:
    """Whether a row explains the columns rather than fills them: it says again what some of them are for."""
    said = roles_of([plain(cell) for cell in row[: len(roles)]])
    return sum(role == again and role not in ("", "choice") for role, again in zip(roles, said, strict=False)) >= 2
