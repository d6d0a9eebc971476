"""Responses of the Open Trivia Database (https://opentdb.com/api_config.php), in each of its four encodings."""

import base64
import html
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, get_args
from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct, field

from leaderboard.quiz import wording
from leaderboard.quiz.content import Difficulty
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.formats.topics import topic_of

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")  # a bare & is one
HEX = re.compile(r"%[0-9A-Fa-f]{2}")
TRUTH: Final = ["True", "False"]
KEYS = {"question", "correct_answer", "incorrect_answers"}

Scalar = str | bool | int | float  # people who edit such files forget quotation marks


class Entry(Struct):
    """A question as it is sent; its texts are encoded."""

    question: str
    correct_answer: Scalar
    incorrect_answers: list[Scalar] = field(default_factory=list)
    category: str = ""
    difficulty: str = ""


def looks(source: Source) -> bool:
    if source.is_sheet or source.text.lstrip()[:1] not in ("{", "["):
        return False
    if isinstance(source.json, dict) and "response_code" in source.json:
        return True
    return any(isinstance(it, dict) and it.keys() >= KEYS for it in results(source.json)[:10])


def read(source: Source) -> Reading:
    entries = results(source.json)
    return Reading(drafts(entries, decoder(entries)))


def results(json: Any) -> list[Any]:
    """The list of questions, which people also keep without what surrounds it."""
    found = json.get("results") if isinstance(json, dict) else json
    return found if isinstance(found, list) else []


def decoder(entries: list[Any]) -> Callable[[str], str]:
    """How the texts of these entries become readable: what fits most of them, as one alone can look like anything."""
    texts = [it["question"] for it in entries if isinstance(it, dict) and isinstance(it.get("question"), str)]
    if sum(bool(decoded(text)) for text in texts) * 2 > len(texts):
        return decoded
    if any(map(HEX.search, texts)) and sum(" " in text for text in texts) * 2 < len(texts):
        return unquote_plus  # a plus sign is sent as %2B in both of these encodings
    return lambda text: ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def decoded(text: str) -> str:
    """Base64 to text, nothing if it is none."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def drafts(entries: list[Any], decode: Callable[[str], str]) -> Iterator[Draft]:
    for number, value in enumerate(entries, 1):
        try:
            fields = fields_of(msgspec.convert(value, Entry), decode)
        except msgspec.ValidationError as error:
            yield Draft(f"question {number}", flaw=wording.reason(str(error)))
        else:
            yield Draft(f"question {number}", fields)


def fields_of(entry: Entry, decode: Callable[[str], str]) -> dict[str, Any]:
    right, *wrong = (decode(str(it)) for it in (entry.correct_answer, *entry.incorrect_answers))
    difficulty = decode(entry.difficulty)
    fields: dict[str, Any] = {
        "text": decode(entry.question),
        "topic": topic_of(decode(entry.category)),
        "difficulty": difficulty if difficulty in get_args(Difficulty) else None,
    }
    if right in TRUTH and set(wrong) <= set(TRUTH):
        return fields | {"type": "boolean", "choices": TRUTH, "answer": [TRUTH.index(right)]}
    place = zlib.crc32(fields["text"].encode()) % (len(wrong) + 1)  # not always the first, and the same each time
    return fields | {"choices": [*wrong[:place], right, *wrong[place:]], "answer": [place]}
