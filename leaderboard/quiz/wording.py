"""What is wrong with a quiz that was written, in the words of who wrote it."""

import re
from typing import Final

NAMES: Final = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing",
    "object": "fields with values",
    "str": "a text",
}
PLACE = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
STEP = re.compile(r"\.?([A-Za-z_]+)(?:\[(\d+|\.\.\.)\])?")
FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`")
LACKS: Final = {"missing required": "It lacks the field", "contains unknown": "There is no field"}
WHAT = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?(.*)")


def in_words(message: str) -> str:
    """A message of msgspec's decoder with questions and what is in them counted from 1, as people do.

    "Expected `int`, got `str` - at `$.questions[2].points`" becomes "Question 3, points: expected a whole number, but it
    is a text."
    """
    found = PLACE.search(message)
    place = place_of(found[1]) if found else ""
    what = what_of(message[: found.start()] if found else message)
    return f"{place}: {what[0].lower()}{what[1:]}." if place else f"{what}."


def place_of(path: str) -> str:
    """`.questions[2].choices[0]` as "Question 3, choice 1"."""
    steps = [
        f"{name.removesuffix('s')} {int(number) + 1}" if number and number.isdigit() else name
        for name, number in STEP.findall(path)
    ]
    place = ", ".join(steps)
    return place[:1].upper() + place[1:]


def what_of(message: str) -> str:
    """Types by their names in English."""
    found = WHAT.fullmatch(message)
    if found is None:
        found = FIELD.fullmatch(message)
        return message if found is None else f"{LACKS[found[1]]} “{found[2]}”"
    wanted = " or ".join(NAMES.get(it, it) for it in found[1].split(" | "))
    got = f", but it is {NAMES.get(found[2], found[2])}" if found[2] else ""
    return f"Expected {wanted}{found[3]}{got}"
