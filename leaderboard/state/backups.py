"""Quizzes into files and back (state/backup_file.py has the form), while nodes go on."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct
from redis.exceptions import ResponseError

from leaderboard.errors import Busy, Correcting, IdTaken, MovedOn, NoSuchQuiz, Unreadable
from leaderboard.state.audit import Audit, Verdict
from leaderboard.state.backup_file import (
    ADDS,
    FORMAT,
    BackupReader,
    BackupWriter,
    Header,
    Row,
    check,
    names_of,
    type_of,
    whole,
)
from leaderboard.state.keys import FINISHED, Keys, pin_key
from leaderboard.state.store import PIN_S, Store
from leaderboard.state.writer import Argument, Writer

ROWS_AT_ONCE = 500
LINES_AT_ONCE = 4  # that are on their way into Redis together
TRIES = 3
MOST_COPIED = 20_000  # rows, which holds Redis up for some 15 ms, once
LASTS_MS = 3_600_000  # what is left behind in the middle
SIZES = {"hash": "HLEN", "zset": "ZCARD", "set": "SCARD", "string": "EXISTS", "stream": "XLEN"}
ALWAYS = ("content", "head", "host", "round", "rounds", "settings")  # in meta, of every version that wrote files

NOT_TAKEN = "Redis did not take all of it, so nothing is restored: it is away, full, or cannot write to its disk."

Progress = Callable[[int, int], object]  # rows done, and how many there are


class Title(Struct):
    title: str


def silent(_done: int, _all: int) -> None: ...


class Backups:
    """Writes, restores and puts away. Every method may raise Busy."""

    def __init__(self, writer: Writer, store: Store, audit: Audit) -> None:
        self._writer, self._store, self._audit = writer, store, audit

    async def write(self, quiz: str, path: Path, progress: Progress = silent) -> Header:
        """Write a file that holds the quiz as it was at one moment.

        Raises NoSuchQuiz, Correcting, MovedOn if it changes too fast to be read, OSError.
        """
        with whole(path) as out:
            for _ in range(TRIES):
                out.seek(0)
                out.truncate()
                header = await self._read(quiz, out, prefix_of(quiz), progress)
                if await self._is(header, Keys(quiz).meta):
                    return header
                if header.rows <= MOST_COPIED:
                    out.seek(0)
                    out.truncate()
                    return await self._read_copy(quiz, header.questions, out, progress)
            raise MovedOn("The quiz changes faster than it can be read; pause it, or come back between two questions.")

    async def _is(self, header: Header, meta: str) -> bool:
        """Whether a quiz is at the moment that the header names."""
        stamp = await self._writer.command("HMGET", meta, "epoch", "version", "phase")
        return bool(stamp == [header.epoch.encode(), str(header.version).encode(), header.phase.encode()])

    async def _read_copy(self, quiz: str, questions: int, out: BinaryIO, progress: Progress) -> Header:
        """The same of a copy, of a quiz that is being played."""
        prefix, names = part_of(quiz), names_of(questions)
        try:
            await self._writer.call("copy", pairs_of(quiz, prefix, names), LASTS_MS)
            return await self._read(quiz, out, prefix, progress)
        finally:
            await self._writer.command("UNLINK", *(prefix + name for name in names))

    async def _read(self, quiz: str, out: BinaryIO, prefix: str, progress: Progress) -> Header:
        header = await self._header(quiz, prefix)
        done, file = 0, await asyncio.to_thread(BackupWriter, out, header)
        for name in header.keys:
            async for rows in self._rows(prefix + name, type_of(name)):
                await asyncio.to_thread(file.add, name, rows)
                done += len(rows)
                progress(done, header.rows)
        await asyncio.to_thread(file.close)
        return header

    async def _header(self, quiz: str, prefix: str) -> Header:
        epoch, version, phase, head, correcting = await self._writer.command(
            "HMGET", prefix + "meta", "epoch", "version", "phase", "head", "correcting"
        )
        if epoch is None:
            raise NoSuchQuiz
        if correcting:
            raise Correcting
        questions = await self._writer.command("HLEN", prefix + "questions")
        return Header(
            format=FORMAT,
            written_at=datetime.now(UTC).isoformat(timespec="seconds"),
            quiz=quiz,
            title=msgspec.json.decode(b"{" + head + b"}", type=Title).title,
            epoch=epoch.decode(),
            version=int(version),
            phase=phase.decode(),
            questions=questions,
            keys=await self._sizes(prefix, names_of(questions)),
        )

    async def _sizes(self, prefix: str, names: Sequence[str]) -> dict[str, int]:
        """How many rows each of these keys has that are there."""
        found = await asyncio.gather(*(self._writer.command(SIZES[type_of(it)], prefix + it) for it in names))
        return {name: size for name, size in zip(names, found, strict=True) if size}

    async def _rows(self, key: str, kind: str) -> AsyncIterator[Sequence[Sequence[bytes]]]:
        """All rows of a key, some at a time, as its type gives them."""
        match kind:
            case "string":
                value = await self._writer.command("GET", key)
                yield [[value]] if value is not None else []
            case "stream":
                async for rows in self._stream(key):
                    yield rows
            case "zset":
                async for rows in self._zset(key):
                    yield rows
            case _:
                async for rows in self._scan(key, kind):
                    yield rows

    async def _scan(self, key: str, kind: str) -> AsyncIterator[Sequence[Sequence[bytes]]]:
        command, width = ("HSCAN", 2) if kind == "hash" else ("SSCAN", 1)
        cursor = b"0"
        while True:
            cursor, flat = await self._writer.command(command, key, cursor, "COUNT", ROWS_AT_ONCE)
            if flat:
                yield list(zip(*[iter(flat)] * width, strict=True))
            if cursor == b"0":
                return

    async def _zset(self, key: str) -> AsyncIterator[Sequence[Sequence[bytes]]]:
        first = 0
        while True:
            flat = await self._writer.command("ZRANGE", key, first, first + ROWS_AT_ONCE - 1, "WITHSCORES")
            if not flat:
                return
            yield list(zip(flat[1::2], flat[::2], strict=True))
            first += ROWS_AT_ONCE

    async def _stream(self, key: str) -> AsyncIterator[Sequence[Sequence[bytes]]]:
        start = b"-"
        while True:
            found = await self._writer.command("XRANGE", key, start, "+", "COUNT", ROWS_AT_ONCE)
            if not found:
                return
            yield [[entry, *fields] for entry, fields in found]
            start = b"(" + found[-1][0]

    # Back

    async def restore(self, path: Path, progress: Progress = silent) -> Header:
        """Bring back the quiz of a file, if all of it can be, else nothing.

        Raises IdTaken where there is such a quiz, Unreadable for a file that is not whole, OSError.
        """
        header = await asyncio.to_thread(check, path)
        quiz = header.quiz
        if await self._writer.command("EXISTS", Keys(quiz).meta):
            raise IdTaken(f"There is a quiz {quiz} already; delete that first, or restore to another Redis.")
        await self._look_at_server()
        prefix = part_of(quiz)
        try:
            with path.open("rb") as source:
                reader = BackupReader(source)
                if reader.header != header:
                    raise Unreadable("The file has been changed just now.")
                await self._fill(reader, prefix, progress)
            if await self._sizes(prefix, list(header.keys)) != header.keys:
                raise Unreadable("The file has other rows than it says at its beginning.")
            if not await self._is(header, prefix + "meta"):
                raise Unreadable("The file holds another state of the quiz than it says at its beginning.")
            if None in await self._writer.command("HMGET", prefix + "meta", *ALWAYS):
                raise Unreadable("The file holds a quiz that lacks what every quiz has.")
            await self._writer.call("restore", pairs_of(quiz, prefix, list(header.keys)), header.epoch)
        finally:
            with contextlib.suppress(Exception):  # what brought us here says more
                await self._writer.command("UNLINK", *(prefix + name for name in header.keys))
        await self._come_back(quiz)
        return header

    async def _look_at_server(self) -> None:
        """See that it takes writes. Raises Busy."""
        try:
            said = (await self._writer.command("INFO")).decode()
        except ResponseError:  # fakeredis
            return
        facts = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
        if facts.get("role") == "slave":
            raise Busy("This Redis is a replica, which takes no writes; name its primary with --redis-url.")
        if 0 < int(facts.get("maxmemory", 0)) <= int(facts.get("used_memory", 0)):
            raise Busy("This Redis is full: raise its maxmemory, or put finished quizzes away.")

    async def _fill(self, reader: BackupReader, prefix: str, progress: Progress) -> None:
        lines, done = reader.rows(), 0
        while some := await asyncio.to_thread(lambda: list(islice(lines, LINES_AT_ONCE))):
            try:
                filled = await asyncio.gather(
                    *(self._fill_one(prefix + name, type_of(name), rows) for name, rows in some)
                )
            except Busy as error:
                raise Busy(NOT_TAKEN) from error
            except ResponseError as error:  # somebody has made the file who does not know the form
                raise Unreadable("The file holds rows that Redis does not take.") from error
            done += sum(filled)
            progress(done, reader.header.rows)

    async def _fill_one(self, part: str, kind: str, rows: Sequence[Row]) -> int:
        [filled] = await self._writer.call("fill", [part], LASTS_MS, ADDS[kind], *flat(rows))
        return int(filled)

    async def _come_back(self, quiz: str) -> None:
        """Take up what a quiz has outside of its own keys: the PIN, or another one, and results for accounts."""
        pin = (await self._writer.command("HGET", Keys(quiz).meta, "pin") or b"").decode()
        if pin:
            await self._writer.command("SET", pin_key(pin), quiz, "NX", "EX", PIN_S)
            await self._store.pin(quiz)
        await self._writer.call("announce", [Keys(quiz).meta, FINISHED])

    # Away

    async def put_away(self, quiz: str, path: Path, progress: Progress = silent) -> tuple[Header, Verdict]:
        """Write a file, read it back, prove the scores, and only then delete the quiz, which must be finished.

        Nothing is deleted if the verdict is that something is wrong. Raises MovedOn if the quiz has changed meanwhile; then
        the file stays, and the quiz does too.
        """
        header = await self.write(quiz, path, progress)
        if header != await asyncio.to_thread(check, path):
            raise Unreadable("The file that was written says something else.")
        verdict = await self._audit.verify(quiz)
        if not verdict.wrong:
            await self._store.delete_quiz(quiz, header.version)
        return header, verdict


def prefix_of(quiz: str) -> str:
    return Keys(quiz).meta.removesuffix("meta")


def part_of(quiz: str) -> str:
    """What stands before the keys of a copy of a quiz, in its slot; nobody else has the same."""
    return f"part:{{{quiz}}}:{secrets.token_hex(6)}:"


def pairs_of(quiz: str, prefix: str, names: Sequence[str]) -> list[str]:
    """Of each key its name and that of its copy, meta first."""
    names = sorted(names, key=lambda name: name != "meta")
    return [key for name in names for key in (prefix_of(quiz) + name, prefix + name)]


def flat(rows: Sequence[Row]) -> Iterator[Argument]:
    return chain.from_iterable((len(row), *row) for row in rows)
