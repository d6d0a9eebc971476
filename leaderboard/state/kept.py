"""The quizzes that Redis keeps, for who looks after it."""

import asyncio
import contextlib
from collections.abc import Iterable

import msgspec
import redis
from msgspec import Struct

from leaderboard.errors import NoSuchQuiz
from leaderboard.state.keys import Keys, quiz_id, quiz_of
from leaderboard.state.nodes import Crowd, Head
from leaderboard.state.writer import Writer

SCANNED = 500  # keys that Redis looks at in one go
EVERY_QUIZ = Keys("*").meta
MOST_IDS, MOST_SCANS, AT_ONCE_S = 50, 20, 0.5

_read_head = msgspec.json.Decoder(Head).decode
_read_crowd = msgspec.json.Decoder(Crowd).decode


class KeptQuiz(Struct):
    """A quiz as it was published last; `since`: when it was made, in ms."""

    quiz: str
    title: str
    phase: str
    players: int
    online: int
    since: int


class KeptPage(Struct):
    """In no order; `next` is the cursor of the page after it."""

    quizzes: list[KeptQuiz]
    next: str | None


class Kept:
    """Finds them without an index, and without keeping Redis from other work."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def page(self, cursor: str = "", limit: int = 100) -> KeptPage:
        """At least `limit` of them if there are so many more, and at most SCANNED beyond that."""
        at, found = cursor.encode() or b"0", dict[str, None]()
        while True:
            at, names = await self._writer.command("SCAN", at, "MATCH", EVERY_QUIZ, "COUNT", SCANNED, "TYPE", "hash")
            found |= dict.fromkeys(quizzes_of(names))  # SCAN may say a name twice
            if at == b"0" or len(found) >= limit:
                return KeptPage(await self.some(found), None if at == b"0" else at.decode())

    async def some(self, quizzes: Iterable[str]) -> list[KeptQuiz]:
        """These, without those that are gone."""
        return [it for it in await asyncio.gather(*map(self._one, quizzes)) if it is not None]

    async def _one(self, quiz: str) -> KeptQuiz | None:
        keys, ask = Keys(quiz), self._writer.command
        try:
            state, board, since = await asyncio.gather(
                ask("GET", keys.state), ask("GET", keys.shown), ask("HGET", keys.meta, "created_at")
            )
            if state is None or board is None:
                return None
            head, crowd = _read_head(state), _read_crowd(board)
        except (redis.ResponseError, msgspec.MsgspecError):  # somebody else's keys may look alike
            return None
        return KeptQuiz(quiz, head.title, head.phase, crowd.players, crowd.online, int(since or 0))


def quizzes_of(names: Iterable[bytes]) -> list[str]:
    """The quizzes whose keys these are; somebody else's keys may look alike."""
    quizzes = []
    for name in names:
        with contextlib.suppress(NoSuchQuiz):
            quizzes.append(quiz_id(quiz_of(name.decode(errors="replace"))))
    return quizzes


def some_ids(url: str, begun: str) -> list[str]:
    """Of quizzes in this Redis whose ID begins so: some, at once or not at all, for whoever is typing one."""
    found, cursor = set[str](), 0
    with (
        contextlib.suppress(redis.RedisError, OSError, ValueError),
        redis.Redis.from_url(url, socket_timeout=AT_ONCE_S, socket_connect_timeout=AT_ONCE_S) as client,
    ):
        for _ in range(MOST_SCANS if begun.isalnum() or not begun else 0):
            cursor, names = client.scan(cursor, Keys(f"{begun.upper()}*").meta, 1_000)
            found.update(quizzes_of(names))
            if not cursor or len(found) >= MOST_IDS:
                break
    return sorted(found)[:MOST_IDS]
