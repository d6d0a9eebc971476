"""A quiz that is played, written again as the document that it was made of."""

import asyncio
from typing import Any

import msgspec
from msgspec.structs import replace

from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.kept import known
from leaderboard.state.contents import Contents
from leaderboard.state.keys import Keys
from leaderboard.state.records import Head, read_card
from leaderboard.state.writer import Writer

_read_head = msgspec.json.Decoder(Head).decode
_read_about = msgspec.json.Decoder(dict[str, Any]).decode
_read_name = msgspec.json.Decoder(str).decode


class Documents:
    """Reads quizzes whole."""

    def __init__(self, writer: Writer, contents: Contents) -> None:
        self._writer, self._contents = writer, contents

    async def of(self, quiz: str) -> Quiz:
        """The document, with the keys as they have been corrected. Raises NoSuchQuiz."""
        keys, command = Keys(quiz), self._writer.command
        content, (head, about, listed), roster, teams = await asyncio.gather(
            self._contents.read(quiz),
            command("HMGET", keys.meta, "head", "about", "listed"),
            command("HVALS", keys.roster),
            command("HGET", keys.labels, "teams"),
        )
        numbers = range(1, int(teams or 0) + 1) if listed == b"1" else range(0)
        cards = [await command("HGET", keys.labels, f"team:{number}") for number in numbers]
        return msgspec.convert(
            {
                "title": _read_head(b"{" + head + b"}").title,
                "settings": content.settings,
                "questions": [as_written(asked.question, content.settings) for asked in content.asked],
                "roster": list(dict.fromkeys(_read_name(name.split(b"\n")[2]) for name in roster)),
                "teams": [read_card(card).name for card in cards],
            }
            | known(Quiz, _read_about(about or b"{}")),
            Quiz,
        )


def as_written(question: Question, settings: Settings) -> Question:
    """Without what it has from the settings."""
    return replace(
        question,
        rule=None if question.rule == settings.rule else question.rule,
        penalty=None if question.penalty == settings.penalty or question.kind == "poll" else question.penalty,
    )
