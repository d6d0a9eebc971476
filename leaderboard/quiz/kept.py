"""Reading quizzes that are kept. A later version may have written them, with members that this one does not know."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from leaderboard.quiz.content import Box, Question, Quiz, Settings

T = TypeVar("T", bound=Struct)

_read_any = msgspec.json.Decoder(dict[str, Any]).decode


def known(kind: type[Struct], found: dict[str, Any]) -> dict[str, Any]:
    """What this version knows of it."""
    return {name: found[name] for name in kind.__struct_encode_fields__ if name in found}


def known_settings(found: dict[str, Any]) -> dict[str, Any]:
    boxes = {difficulty: known(Box, box) for difficulty, box in found.get("boxes", {}).items()}
    return known(Settings, found) | {"boxes": boxes}


def known_quiz(found: dict[str, Any]) -> dict[str, Any]:
    questions = [known(Question, question) for question in found["questions"]]
    return known(Quiz, found) | {"questions": questions, "settings": known_settings(found.get("settings", {}))}


def reader(kind: type[T], known: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[bytes], T]:
    """Reads JSON of this kind; what is unknown is passed over. Raises ValidationError for what is wrong otherwise."""
    strictly = msgspec.json.Decoder(kind).decode

    def read(text: bytes) -> T:
        try:
            return strictly(text)
        except msgspec.ValidationError:
            return msgspec.convert(known(_read_any(text)), kind)

    return read


read_settings = reader(Settings, known_settings)
read_quiz = reader(Quiz, known_quiz)
