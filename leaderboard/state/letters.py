"""Dead letters: entries of streams that could not be done, why, and how they are tried again."""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from leaderboard.errors import NotFound
from leaderboard.state.consumer import Stream
from leaderboard.state.history import ENTRY_ID
from leaderboard.state.writer import Writer

AT_ONCE = 100
LONGEST = 200  # characters shown of a field


class DeadLetter(Struct):
    """An entry that was put aside: `id` names the stream too; `fields` as they were, cut where they are long."""

    id: str
    reason: str
    fields: dict[str, str]


class DeadLetters:
    """Those of several streams."""

    def __init__(self, writer: Writer, streams: Sequence[Stream]) -> None:
        self._writer, self._streams = writer, {stream.name: stream for stream in streams}

    async def list(self, limit: int = AT_ONCE) -> list[DeadLetter]:
        """The newest of each stream, newest first."""
        letters = []
        for stream in self._streams.values():
            found = await self._writer.command("XREVRANGE", stream.dead, "+", "-", "COUNT", limit)
            letters += [letter(stream.name, id, fields) for id, fields in found]
        return letters

    async def replay(self, id: str) -> None:
        """Let its stream have an entry again. Raises NotFound."""
        name, _, entry = id.rpartition(":")
        stream = self._streams.get(name)
        if stream is None or not ENTRY_ID.fullmatch(entry) or not await self._revive(stream, entry):
            raise NotFound("There is no such dead letter.")

    async def replay_all(self) -> int:
        """The same with all that there are now. Returns how many."""
        replayed = 0
        for stream in self._streams.values():
            async for entry in self._entries(stream):
                replayed += await self._revive(stream, entry)
        return replayed

    async def _entries(self, stream: Stream) -> AsyncIterator[str]:
        last = await self._writer.command("XREVRANGE", stream.dead, "+", "-", "COUNT", 1)
        while last and (found := await self._writer.command("XRANGE", stream.dead, "-", last[0][0], "COUNT", AT_ONCE)):
            for id, _ in found:
                yield id.decode()

    async def _revive(self, stream: Stream, entry: str) -> int:
        return int((await self._writer.call("revive", [stream.key, stream.dead], entry))[0])


def letter(name: str, id: bytes, flat: Sequence[bytes]) -> DeadLetter:
    *fields, _, reason = (part.decode("utf-8", "replace") for part in flat)
    shown = dict(zip(fields[::2], (value[:LONGEST] for value in fields[1::2]), strict=True))
    return DeadLetter(f"{name}:{id.decode()}", reason, shown)
