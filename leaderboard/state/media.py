"""Pictures and sounds of the libraries. They are named by what is in them, so the same one is kept once.

They come and go in parts, and a node sends one part at a time, for it delays whatever else is sent to Redis.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator

from msgspec import Struct

from leaderboard.errors import Busy, MovedOn, NoSuchMedia, TooLarge
from leaderboard.quiz.media import MOST, kind_of
from leaderboard.state.history import listed
from leaderboard.state.ids import url_safe
from leaderboard.state.keys import LibraryKeys
from leaderboard.state.writer import Writer

PART = 64 << 10  # bytes
REST_MS = 60_000  # for which parts wait for the next one
FAREWELL_MS = 5_000  # for which what was deleted can be read on; nobody is charged for it
TRIES = 3
CLEARED_AT_ONCE = 100

_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Media(Struct):
    """A picture or sound, where it is to be had, its media type and size."""

    url: str
    type: str
    bytes: int


class KeptMedia(Media):
    created_at: int


class MediaPage(Struct):
    """The newest first."""

    media: list[KeptMedia]
    next: str | None


class Gallery:
    """The pictures and sounds of all libraries; each has so many bytes, with its quizzes."""

    def __init__(self, writer: Writer, most_bytes: int) -> None:
        self._writer, self._most_bytes = writer, most_bytes
        self._turn = asyncio.Lock()

    async def keep(self, owner: str, content: bytes) -> Media:
        """Keep it; twice is as once. Raises BadMedia, TooLarge, LibraryFull."""
        if len(content) > MOST:
            raise TooLarge(f"A picture or sound has at most {MOST} bytes.")
        kind, id = kind_of(content), url_safe(hashlib.sha256(content).digest()[:18])
        for _ in range(TRIES):
            try:
                await self._put(owner, id, kind, content)
            except MovedOn:  # somebody has deleted it meanwhile
                continue
            return Media(url_of(owner, id), kind, len(content))
        raise Busy

    async def _put(self, owner: str, id: str, kind: str, content: bytes) -> None:
        keys = places(owner, id)
        for first in range(0, len(content), PART):
            part = content[first : first + PART]
            args = (id, kind, len(content), first, part, self._most_bytes, REST_MS)
            async with self._turn:
                [there] = await self._writer.call("keep_media", keys, *args)
            if there:
                return

    async def get(self, owner: str, media: str) -> Media:
        """Raises NoSuchMedia."""
        if not _ID.fullmatch(owner) or not _ID.fullmatch(media):
            raise NoSuchMedia
        kept = await self._writer.command("HGET", LibraryKeys(owner).kinds, media)
        if kept is None:
            raise NoSuchMedia
        return Media(url_of(owner, media), *read_kind(kept))

    async def read(self, owner: str, media: str, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from the first to the last one, in parts."""
        content = LibraryKeys(owner).content(media)
        for start in range(first, last + 1, PART):
            yield await self._writer.command("GETRANGE", content, start, min(start + PART - 1, last))

    async def list(self, owner: str, cursor: str, limit: int) -> MediaPage:
        """A page of them, newest first. Raises Malformed."""
        keys = LibraryKeys(owner)
        page = await listed(self._writer, [keys.media, keys.kinds], cursor, limit)
        rows = [KeptMedia(url_of(owner, it.entry), *read_kind(it.record or b"0 "), it.time) for it in page.rows]
        return MediaPage(rows, page.next)

    async def delete(self, owner: str, media: str) -> None:
        """Quizzes that show it keep its address. Raises NoSuchMedia."""
        await self.get(owner, media)
        await self._drop(owner, media)

    async def _drop(self, owner: str, media: str) -> None:
        await self._writer.call("drop_media", places(owner, media), media, FAREWELL_MS)

    async def clear(self, owner: str) -> None:
        """Forget all of them, some at a time, and how much room they took."""
        keys = LibraryKeys(owner)
        while found := await self._writer.command("ZRANGE", keys.media, 0, CLEARED_AT_ONCE - 1):
            await asyncio.gather(*(self._drop(owner, it.decode()) for it in found))
        await self._writer.command("HDEL", keys.used, "bytes", "documents")


def places(owner: str, media: str) -> list[str]:
    keys = LibraryKeys(owner)
    return [keys.media, keys.kinds, keys.used, keys.content(media)]


def url_of(owner: str, media: str) -> str:
    return f"/v1/media/{owner}/{media}"


def read_kind(text: bytes) -> tuple[str, int]:
    size, _, kind = text.decode().partition(" ")
    return kind, int(size)
