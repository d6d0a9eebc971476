"""From a row of a table to a draft of its question."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from leaderboard.quiz.formats.answer_keys import Way, right
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.formats.topics import topic_of
from leaderboard.quiz.grading import fold

TIME = re.compile(r"(\d{1,5})(?:\.0+)?\s*(?:s|sec\w*\.?|sek\w*\.?|seg\w*\.?|(m|min\w*\.?))?", re.IGNORECASE)
WHOLE = re.compile(r"(\d{1,6})(?:\.0+)?")
# 1,500 is fifteen hundred for some and one and a half for others.
DECIMAL = re.compile(r"(?![-+]?[1-9]\d{0,2},\d{3}$)[-+]?\d{1,15}([.,]\d{1,15})?")
ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}]{1,490}")
ALTERNATIVES = re.compile(r" ?\| ?")
EXCERPT = 40  # characters


def by_word(words: dict[str, str]) -> dict[str, str]:
    """What each word, of several with | between, means."""
    return {said: meaning for meaning, several in words.items() for said in several.split("|")}


# The types of questions as tables call them; "" is for one right choice or several.
TYPES: Final = by_word(
    {
        "": "|multiple choice|mcq|mc|quiz|single answer|single choice",
        "one": "one",
        "several": "several|checkbox|checkboxes|multiple answer|multiple answers|multiple select|multi select",
        "boolean": "boolean|true or false|true/false|true false",
        "poll": "poll|survey|opinion",
        "text": "text|fill-in-the-blank|fill in the blank|fill-in|type answer|short answer",
        "number": "number|numeric|numerical",
        "order": "order|ordering|reorder|puzzle",
    }
)
LEVELS: Final = by_word(
    {
        "easy": "easy|leicht|einfach|facil",
        "medium": "medium|mittel|media|medio",
        "hard": "hard|difficult|schwer|dificil",
    }
)


class Entry(Struct):
    """A row that is not empty: what stands in the columns of each role, and its number, counted from 1."""

    number: int
    cells: dict[str, list[str]]

    def of(self, role: str) -> str:
        """The cell in the only column of this role."""
        return self.cells.get(role, [""])[0]

    def draft(self, way: Way) -> Draft:
        draft = Draft(f"row {self.number}", {"text": self.of("question")})
        ask(draft, self, way)
        for role, read in EXTRAS.items():
            if said := self.of(role):
                add(draft, role, said, read(said))
        illustrate(draft, self.of("material"))
        return draft


def ask(draft: Draft, entry: Entry, way: Way) -> None:
    """Find out what kind of question it is, its choices, and which are right."""
    type_ = TYPES.get(fold(entry.of("type")))
    if not entry.of("question"):
        draft.flaw = "it has no question"
        return
    if type_ is None:
        draft.flaw = f"there are no questions of the type “{entry.of('type')[:EXCERPT]}” here"
        return
    choices = entry.cells.get("choice", [])
    if "wrong" in entry.cells:
        offer(draft, entry)
    elif type_ in ("text", "number") or not (choices or type_):
        draft.fields |= {"type": type_ or "text", "answer": spelled(entry, type_)}
    else:
        draft.fields |= {"type": type_} if type_ else {}
        draft.fields["choices"] = choices = ["True", "False"] if type_ == "boolean" and not any(choices) else choices
        draft.fields["answer"] = [] if type_ == "poll" else chosen(draft, entry.of("right"), choices, way)


def offer(draft: Draft, entry: Entry) -> None:
    """Put the right answer among the wrong ones: it stands first in the table, and would in every question."""
    wrong = [text for text in entry.cells["wrong"] if text]
    place = entry.number % (len(wrong) + 1)
    draft.fields |= {"choices": [*wrong[:place], entry.of("right"), *wrong[place:]], "answer": [place]}


def spelled(entry: Entry, type_: str) -> list[Any]:
    """The answers that are typed: where there are choices, those are meant."""
    texts = [text for text in entry.cells.get("choice", []) if text] or ALTERNATIVES.split(entry.of("right"))
    return [number(text) if type_ == "number" else text for text in texts if text]


def chosen(draft: Draft, said: str, choices: Sequence[str], way: Way) -> list[int]:
    if not said:
        return []
    places = right(said, choices, way)
    if places is None:
        draft.flaw = f"“{said[:EXCERPT]}” does not tell which of its choices are right"
    elif way == "index":
        draft.notes.append(f"its answer “{said[:EXCERPT]}” is counted from 0, as others in this table are")
    return places or []


def add(draft: Draft, field: str, said: str, value: Any) -> None:
    if value is None:
        draft.notes.append(f"without its {field.replace('_', ' ')} “{said[:EXCERPT]}”")
    else:
        draft.fields[field] = value


def illustrate(draft: Draft, material: str) -> None:
    """What a question is about: a picture by its address, or a text."""
    if material.startswith(("data:", "http://", "https://")):
        add(draft, "image", material, address(material))
    elif material:
        draft.fields["text"] += "\n" + material


def seconds(said: str) -> int | None:
    found = TIME.fullmatch(said)
    time = int(found[1]) * (60 if found[2] else 1) if found else 0
    return time if 1 <= time <= 3600 else None


def whole(said: str) -> int | None:
    found = WHOLE.fullmatch(said)
    return int(found[1]) if found else None


def number(said: str) -> float | str:
    return float(said.replace(",", ".")) if DECIMAL.fullmatch(said) else said


def address(said: str) -> str | None:
    return said if ADDRESS.fullmatch(said) else None


def topic(said: str) -> str | None:
    return topic_of(said) or None


EXTRAS: Final[dict[str, Callable[[str], Any]]] = {
    "time_limit": seconds,
    "points": whole,
    "explanation": str,
    "image": address,
    "topic": topic,
    "difficulty": lambda said: LEVELS.get(fold(said)),
}
