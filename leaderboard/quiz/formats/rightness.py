"""Which choices a table calls right: by numbers, by letters, or by their texts."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Way = Literal["place", "text", ""]  # "": nobody knows

SEPARATOR = re.compile(r"\s*[,;|/&\n]\s*|\s+(?:and|und|y)\s+", re.IGNORECASE)
LISTED = re.compile(r"\s*[;|\n]\s*")  # of texts, which may have commas in them
PLACE = re.compile(r"(?:(?:answer|option|choice)\s*)?(?:(\d{1,2})(?:\.0+)?|([A-Z]))[.):]?", re.IGNORECASE)
BOTH = re.compile(r"(\d{1,2}|[A-Z])[.):]\s*(\S.*)", re.IGNORECASE | re.DOTALL)
BLANKS = re.compile(r"[^\S\n]+")
MAX_ANSWER = 2_000  # characters


def right(said: str, choices: Sequence[str], way: Way) -> list[int] | None:
    """The places of the choices that this names, counted from 0; none if it names none, or leaves open which."""
    places, texts = ways(said, choices)
    if places is None or texts is None or places == texts:
        return places or texts
    return {"place": places, "text": texts, "": None}[way]


def way_of(table: Iterable[tuple[str, Sequence[str]]]) -> Way:
    """How a whole table names them: the way that is the only one in some of its rows, and never impossible alone."""
    only = set[Way]()
    for said, choices in table:
        places, texts = ways(said, choices)
        if (places is None) != (texts is None):
            only.add("place" if texts is None else "text")
    return only.pop() if len(only) == 1 else ""


def ways(said: str, choices: Sequence[str]) -> tuple[list[int] | None, list[int] | None]:
    """Read as places, and read as texts."""
    if not choices or len(said) > MAX_ANSWER:
        return None, None
    said = BLANKS.sub(" ", said)
    places, texts = placed(said, choices), named(said, choices)
    if places is None and texts is None and (both := BOTH.fullmatch(said)):
        place, text = placed(both[1], choices), named(both[2], choices)
        places = place if place == text else None
    return places, texts


def placed(said: str, choices: Sequence[str]) -> list[int] | None:
    """By numbers from 1, or letters."""
    parts = SEPARATOR.split(said, maxsplit=len(choices))
    places = [place_of(match) for part in parts[: len(choices)] if (match := PLACE.fullmatch(part))]
    return places if len(places) == len(parts) and all(0 <= it < len(choices) for it in places) else None


def place_of(match: re.Match[str]) -> int:
    return int(match[1]) - 1 if match[1] else ord(match[2].upper()) - ord("A")


def named(said: str, choices: Sequence[str]) -> list[int] | None:
    """By their texts, without regard to case and blanks."""
    texts = [same(choice) for choice in choices]
    parts = [said] if same(said) in texts else LISTED.split(said, maxsplit=len(choices))
    found = [texts.index(same(part)) for part in parts[: len(choices)] if same(part) and same(part) in texts]
    return found if len(found) == len(parts) else None


def same(text: str) -> str:
    return " ".join(text.casefold().split())
