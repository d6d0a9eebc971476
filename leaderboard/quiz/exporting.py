"""From a quiz to a file: for us, for spreadsheets, for Moodle, for Kahoot."""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from leaderboard.quiz.content import Quiz
from leaderboard.quiz.formats import documents, gift_writing, sheets

FileFormat = Literal["json", "toml", "csv", "gift", "kahoot"]


class Exported(Struct):
    """A file's content; `left_out` says what it cannot hold, question by question."""

    content: bytes
    left_out: list[str]


class Export(Struct):
    """A form of files: its media type, how names of such files end, how it is written (content, and what of the questions
    is left out), and what it has of a quiz beside them; None: all."""

    media_type: str
    suffix: str
    write: Callable[[Quiz], tuple[bytes, list[str]]]
    about: tuple[str, ...] | None = ("title",)

    def of(self, quiz: Quiz) -> Exported:
        content, left_out = self.write(quiz)
        if self.about is not None and (
            missing := documents.without_defaults(quiz).keys() - {*self.about, "questions", "$schema"}
        ):
            left_out.insert(0, f"The quiz is without its {', '.join(sorted(missing))}.")
        return Exported(content, left_out)


def whole(write: Callable[[Quiz], bytes]) -> Callable[[Quiz], tuple[bytes, list[str]]]:
    """Of a form that leaves out nothing of a question."""
    return lambda quiz: (write(quiz), [])


EXPORTS: Final[dict[FileFormat, Export]] = {
    "json": Export("application/json", "json", whole(documents.to_json), None),
    "toml": Export("application/toml", "toml", whole(documents.to_toml), None),
    "csv": Export("text/csv; charset=utf-8", "csv", whole(sheets.to_csv), ()),
    "gift": Export("text/plain; charset=utf-8", "gift", gift_writing.to_gift, ()),
    "kahoot": Export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", sheets.to_kahoot),
}
