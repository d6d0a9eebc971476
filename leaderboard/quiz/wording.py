"""What is wrong with a quiz that was written, in the words of who wrote it."""

import re
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from leaderboard.quiz.content import Question, Quiz, Settings

NAMES: Final = {
    "array": "a list",
    "bool": "true or false",
    "date": "a date",
    "datetime": "a date",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing",
    "object": "fields with values",
    "str": "a text",
    "time": "a time",
}
FORMS: Final = {
    "audio": "an address (https://… or /v1/media/…)",
    "image": "an address (https://… or /v1/media/…)",
    "language": "a language such as en or pt-BR",
    "topic": "a text without colons",
}
PLACE = re.compile(r" - at `(?:key` in `)?\$([^`]*)`$")
STEP = re.compile(r"\.?([A-Za-z_]+)(?:\[(\d+|\.\.\.)\])?")
FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`")
LACKS: Final = {"missing required": "it lacks the field", "contains unknown": "there is no field"}
VALUE = re.compile(r"Invalid enum value (.*)")
WHAT = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?(.*)")
BOUND = re.compile(r"( of length)? (>=|<=) (.*)")
BOUNDS: Final = {">=": "at least", "<=": "at most"}


def in_words(message: str) -> str:
    """A message of msgspec's decoder with questions and what is in them counted from 1, as people do.

    "Expected `int`, got `str` - at `$.questions[2].points`" becomes "Question 3, points: expected a whole number, but it
    is a text."
    """
    found = PLACE.search(message)
    steps = STEP.findall(found[1]) if found else []
    what = what_of(message[: found.start()] if found else message, steps[-1][0] if steps else "")
    said = f"{place_of(steps)}: {what}." if steps else f"{what}."
    return said[:1].upper() + said[1:]


def reason(message: str) -> str:
    """The same as a remark on one entry."""
    said = in_words(message).rstrip(".")
    return said[0].lower() + said[1:]


def place_of(steps: list[tuple[str, str]]) -> str:
    """Of `.questions[2].choices[0]` "question 3, choice 1"."""
    return ", ".join(
        f"{name.removesuffix('s')} {int(number) + 1}" if number.isdigit() else name.replace("_", " ")
        for name, number in steps
    )


def what_of(message: str, field: str) -> str:
    """What is wrong with this field, types by their names in English."""
    if found := FIELD.fullmatch(message):
        return f"{LACKS[found[1]]} “{found[2]}”"
    if found := VALUE.fullmatch(message):
        return f"{found[1]} is none of {', '.join(VALUES.get(field, ()))}" if field in VALUES else message
    if not (found := WHAT.fullmatch(message)):
        return message
    if "matching regex" in found[3]:
        return f"expected {FORMS.get(field, 'a text without control characters')}"
    kinds = found[1].replace("int | float", "float").split(" | ")
    wanted = " or ".join(NAMES.get(it, it) for it in kinds)
    got = f", but it is {NAMES.get(found[2], found[2])}" if found[2] else ""
    return f"expected {wanted}{bound_of(found[3], found[1])}{got}"


def bound_of(text: str, kind: str) -> str:
    """Of " of length <= 500" " of at most 500 characters"."""
    if not (found := BOUND.fullmatch(text)):
        return text
    if found[1] and found[2] == ">=" and found[3] == "1":
        return " that is not empty"
    unit = (" characters" if kind == "str" else " entries") if found[1] else ""
    return f"{' of' if found[1] else ','} {BOUNDS[found[2]]} {found[3]}{unit}"


def values(hint: Any) -> list[str]:
    """What a field with this type can be, if that is one of some words."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [value for part in get_args(hint) for value in values(part)]


VALUES: Final = {
    name: found
    for struct in (Settings, Question, Quiz)
    for name, hint in get_type_hints(struct, include_extras=True).items()
    if name != "settings" and (found := values(hint))
}
