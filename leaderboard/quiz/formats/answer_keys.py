"""Which choices a table calls right: by numbers, by letters, or by their texts."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Way = Literal["place", "index", "text", ""]  # "index": places counted from 0; "": nobody knows

SEPARATOR = re.compile(r"\s*[,;|/&\n]\s*|\s+(?:and|und|y)\s+", re.IGNORECASE)
LISTED = re.compile(r"\s*[;|\n]\s*")  # of texts, which may have commas in them
PLACE = re.compile(r"(?:(?:answer|option|choice)\s*)?(?:(\d{1,2})(?:\.0+)?|([A-Z]))[.):]?", re.IGNORECASE)
BOTH = re.compile(r"(\d{1,2}|[A-Z])[.):]\s*(\S.*)", re.IGNORECASE | re.DOTALL)
BLANKS = re.compile(r"[^\S\n]+")
MAX_ANSWER = 2_000  # characters


def right(said: str, choices: Sequence[str], way: Way) -> list[int] | None:
    """The places of the choices that this names, counted from 0; none if it names none, or leaves open which."""
    places, texts = ways(said, choices, way)
    if way == "text":
        return texts
    if places is None or texts is None or places == texts:
        return places or texts
    return places if way else None


def way_of(table: Iterable[tuple[str, Sequence[str]]]) -> Way:
    """How a whole table names them: the way that is the only one in some of its rows, and never impossible alone.

    Where as many rows name nothing as have a number that could be a place, those are texts too, of choices that are not
    there.
    """
    rows = [(said, choices[: filled(choices)]) for said, choices in table if said and any(choices)]
    read = [ways(said, choices, "") for said, choices in rows]
    from_0 = [ways(said, choices, "index")[0] for said, choices in rows]
    if (None, None) in read and None not in from_0 and len(rows) > 1:
        return "index"
    places = sum(place is not None and text is None for place, text in read)
    texts = sum(place is None and text is not None for place, text in read)
    if places and texts:
        return ""
    if texts or read.count((None, None)) >= places > 0:
        return "text"
    return "place" if places else ""


def filled(choices: Sequence[str]) -> int:
    """How many there are, without the blank ones at the end."""
    return max((number for number, choice in enumerate(choices, 1) if choice), default=0)


def ways(said: str, choices: Sequence[str], way: Way) -> tuple[list[int] | None, list[int] | None]:
    """Read as places, and read as texts."""
    if not choices or len(said) > MAX_ANSWER:
        return None, None
    said = BLANKS.sub(" ", said)
    first = 0 if way == "index" else 1
    places, texts = placed(said, choices, first), named(said, choices)
    if places is None and texts is None and (both := BOTH.fullmatch(said)):
        place, text = placed(both[1], choices, first), named(both[2], choices)
        places = place if place == text else None
    return places, texts


def placed(said: str, choices: Sequence[str], first: int = 1) -> list[int] | None:
    """By numbers, the first of which is 1 or 0, or letters."""
    parts = SEPARATOR.split(said, maxsplit=len(choices))
    places = [place_of(match, first) for part in parts[: len(choices)] if (match := PLACE.fullmatch(part))]
    return places if len(places) == len(parts) and all(0 <= it < len(choices) for it in places) else None


def place_of(match: re.Match[str], first: int) -> int:
    return int(match[1]) - first if match[1] else ord(match[2].upper()) - ord("A")


def named(said: str, choices: Sequence[str]) -> list[int] | None:
    """By their texts, without regard to case and blanks."""
    texts = [same(choice) for choice in choices]
    parts = [said] if same(said) in texts else LISTED.split(said, maxsplit=len(choices))
    found = [texts.index(same(part)) for part in parts[: len(choices)] if same(part) and same(part) in texts]
    return found if len(found) == len(parts) else None


def same(text: str) -> str:
    return " ".join(text.casefold().split())
