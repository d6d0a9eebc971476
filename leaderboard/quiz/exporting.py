"""From a quiz to a file: for us, for spreadsheets, for Moodle, for Kahoot."""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from leaderboard.quiz.content import Quiz
from leaderboard.quiz.formats import documents

FileFormat = Literal["json", "toml"]


class Exported(Struct):
    """A file's content; `left_out` says what it cannot hold, question by question."""

    content: bytes
    left_out: list[str]


class Export(Struct):
    """A form of files: how it is written, its media type, and how its names end."""

    write: Callable[[Quiz], Exported]
    media_type: str
    suffix: str


def whole(write: Callable[[Quiz], bytes]) -> Callable[[Quiz], Exported]:
    """Of a form that holds everything."""
    return lambda quiz: Exported(write(quiz), [])


EXPORTS: Final[dict[FileFormat, Export]] = {
    "json": Export(whole(documents.to_json), "application/json", "json"),
    "toml": Export(whole(documents.to_toml), "application/toml", "toml"),
}
