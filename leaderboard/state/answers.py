"""Which questions players were asked, and their answers as they stand in Redis."""

import asyncio
from collections.abc import Sequence

from leaderboard.state.contents import Content
from leaderboard.state.keys import Keys
from leaderboard.state.writer import Writer


async def drawn_by(writer: Writer, quiz: str, players: Sequence[str]) -> list[list[int]]:
    """The questions that each player has drawn, in that order."""
    texts = await writer.command("HMGET", Keys(quiz).drawn, *players)
    return [[int(number) for number in (text or b"").split()] for text in texts]


async def answers_of(
    writer: Writer, quiz: str, known: Content, numbers: Sequence[int], players: Sequence[str]
) -> list[dict[int, bytes]]:
    """Each player's records of these questions, where they are drawn of their own ones."""
    keys, found = Keys(quiz), [dict[int, bytes]() for _ in players]
    if known.drawing:
        asked = [(i, n) for i, own in enumerate(await drawn_by(writer, quiz, players)) for n in own]
        texts = await asyncio.gather(*(writer.command("HGET", keys.answers(n), players[i]) for i, n in asked))
        for (i, n), text in zip(asked, texts, strict=True):
            if text is not None:
                found[i][n] = text
        return found
    rows = await asyncio.gather(*(writer.command("HMGET", keys.answers(n), *players) for n in numbers))
    for n, row in zip(numbers, rows, strict=True):
        for i, text in enumerate(row):
            if text is not None:
                found[i][n] = text
    return found
