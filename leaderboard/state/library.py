"""The libraries: the quizzes that somebody keeps, to play them when they like, and how they are found.

Every method may raise Busy, and NoSuchDocument where it names one.
"""

import base64
import contextlib
import itertools
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from leaderboard.errors import BadQuiz, Malformed, NoSuchDocument, Outdated
from leaderboard.quiz import checks, editing
from leaderboard.quiz.content import MAX_QUIZ, Difficulty, Quiz
from leaderboard.quiz.kept import read_quiz
from leaderboard.quiz.searching import MOST_WORDS, language_terms, tag_term, terms_of, words_of
from leaderboard.state.ids import Source
from leaderboard.state.keys import LibraryKeys, digest
from leaderboard.state.turns import Turns
from leaderboard.state.writer import Writer

MEBIBYTE = 1 << 20
MOST_DOCUMENTS = 100_000
LARGE = 512 << 10  # bytes: what takes longer than a few milliseconds
MOST_CHECKED = 2_000  # for one page: entries of the index, times the terms asked for
ENTRY_BYTES = 100  # of the index in Redis's memory, beside the term
CLEARED_AT_ONCE = 100
CLOSED_MS = 600_000  # longer than any request takes
TRIES = 5

ACTIVE, ARCHIVED = "0", "1"  # what entries of the index begin with
_ID = re.compile(r"[A-Za-z0-9_-]{12}")

encode = msgspec.json.encode

Range = tuple[bytes, bytes, bytes]  # of the index, from and to; how the term stands among those of a quiz
Seen = frozenset[str] | None  # versions that may be replaced; None: whichever there is


class Summary(Struct):
    """What a list shows of a quiz, as far as it follows from the quiz."""

    title: str
    description: str
    language: str
    tags: list[str]
    difficulty: Difficulty | None
    questions: int


class LibraryEntry(Summary):
    """A quiz of a library without its questions: their number."""

    id: str
    version: int
    created_at: int
    changed_at: int
    archived: bool


class Document(Struct):
    """A quiz of a library."""

    id: str
    version: int
    archived: bool
    quiz: Quiz


class LibraryPage(Struct):
    """Some quizzes, the newest change first. A page can have fewer than were asked for, or none, and yet a `next`."""

    entries: list[LibraryEntry]
    next: str | None


class Cursor(Struct, array_like=True):
    """Where a page ends: which of the terms was followed, and the entry looked at last."""

    walk: int
    entry: str


_read_summary = msgspec.json.Decoder(Summary).decode
_read_cursor = msgspec.json.Decoder(Cursor).decode


class Wanted(Struct):
    """Which quizzes: with all words of `search` (or their beginnings), this tag, this language."""

    search: str = ""
    tag: str = ""
    language: str = ""
    archived: bool = False


class Library:
    """`megabytes`: of each library, with its pictures and sounds."""

    def __init__(self, writer: Writer, megabytes: int) -> None:
        self._writer = writer
        self.turns = Turns()
        self.most_bytes = megabytes * MEBIBYTE

    async def keep(self, owner: str, quiz: Quiz, source: Source) -> LibraryEntry:
        """Keep a new quiz. Raises BadQuiz, LibraryFull, IdReused."""
        id = "q" + source.id("document")[1:]  # no command line takes it for an option
        return await self._keep(owner, Document(id, 0, False, quiz), "", digest(source.token("document")))

    async def get(self, owner: str, document: str) -> Document:
        async with await self._turn(owner, document):
            return await self._get(owner, document)

    async def _get(self, owner: str, document: str) -> Document:
        version, archived, text = await self._read(owner, document, "version", "archived", "document")
        return Document(document, int(version), archived == b"1", read_quiz(text))

    async def _turn(self, owner: str, document: str) -> contextlib.AbstractAsyncContextManager[None]:
        """Large quizzes are worked on one after the other."""
        [cost] = await self._read(owner, document, "cost")
        return self.turns.take() if int(cost) > LARGE else contextlib.nullcontext()

    async def text(self, owner: str, document: str) -> tuple[int, bytes]:
        """The version, and the quiz as JSON: to read a large one only to write it again would hold up everybody else."""
        version, text = await self._read(owner, document, "version", "document")
        return int(version), text

    async def edit(self, owner: str, document: str, seen: Seen, change: Callable[[Document], Document]) -> LibraryEntry:
        """Keep what `change` makes of it. Raises Outdated, BadQuiz, LibraryFull, and what `change` raises."""
        async with await self._turn(owner, document):
            for _ in range(TRIES):
                known = await self._get(owner, document)
                check_seen(seen, known.version)
                try:
                    return await self._keep(owner, change(known), str(known.version), secrets.token_hex(16))
                except Outdated:
                    if seen is not None:
                        raise
            raise Outdated

    async def duplicate(self, owner: str, document: str, source: Source) -> LibraryEntry:
        """Keep a copy beside it. Raises LibraryFull, IdReused."""
        return await self.keep(owner, editing.copy((await self.get(owner, document)).quiz), source)

    async def picked(self, owner: str, document: str, pick: int | None, seed: str) -> Quiz:
        """The quiz, or so many of its questions. Raises BadQuiz."""
        quiz = (await self.get(owner, document)).quiz
        return quiz if pick is None else editing.pick(quiz, pick, seed)

    async def _keep(self, owner: str, document: Document, seen: str, proof: str) -> LibraryEntry:
        checks.check_document(document.quiz)
        keys, summary = LibraryKeys(owner), summary_of(document.quiz)
        terms = "".join(f" {it}" for it in terms_of(document.quiz)).encode() + b" "
        parts = encode(document.quiz), encode(summary), terms
        if len(parts[0]) > MAX_QUIZ:  # nobody could send it back
            raise BadQuiz(f"It has {len(parts[0]):,} bytes as JSON; a quiz has at most {MAX_QUIZ:,}.")
        size = sum(map(len, parts)) + ENTRY_BYTES * terms.count(b" ")
        _, version, created_at, changed_at = await self._writer.call(
            "keep_document",
            [keys.index, keys.terms, keys.summaries, keys.used, keys.document(document.id)],
            *(document.id, seen, proof, int(document.archived), *parts, size, self.most_bytes, MOST_DOCUMENTS),
        )
        return entry_of(summary, document.id, version, created_at, changed_at, document.archived)

    async def delete(self, owner: str, document: str, seen: Seen) -> None:
        """Raises Outdated."""
        [version] = await self._read(owner, document, "version")
        check_seen(seen, int(version))
        keys = LibraryKeys(owner)
        places = [keys.index, keys.terms, keys.summaries, keys.used, keys.document(document)]
        await self._writer.call("drop_document", places, document, "" if seen is None else version)

    async def _read(self, owner: str, document: str, *fields: str) -> list[bytes]:
        if not _ID.fullmatch(document):
            raise NoSuchDocument
        found: list[bytes] = await self._writer.command("HMGET", LibraryKeys(owner).document(document), *fields)
        if found[0] is None:
            raise NoSuchDocument
        return found

    async def list(self, owner: str, wanted: Wanted, limit: int, cursor: str | None = None) -> LibraryPage:
        """A page of them; within one term the newest change first. Raises Malformed."""
        keys, ranges = LibraryKeys(owner), list(ranges_of(wanted))
        after = read_cursor(cursor, ranges) if cursor else Cursor(0, "")
        walk, last, *flat = await self._writer.call(
            "find_documents",
            [keys.index, keys.terms, keys.summaries],
            *(after.walk, after.entry, limit, MOST_CHECKED // len(ranges)),
            *itertools.chain.from_iterable(ranges),
        )
        entries = [read_entry(id, text) for id, text in zip(flat[::2], flat[1::2], strict=True)]
        return LibraryPage(entries, to_cursor(Cursor(walk, last.decode())) if last else None)

    async def close(self, owner: str) -> None:
        """Take nothing more, whatever is still on its way: nobody would ever delete it."""
        used = LibraryKeys(owner).used
        await self._writer.command("HSET", used, "closed", 1)
        await self._writer.command("PEXPIRE", used, CLOSED_MS)

    async def clear(self, owner: str) -> None:
        """Forget all of it, some at a time; the index goes last, so that it can be done again from where it broke off."""
        keys = LibraryKeys(owner)
        for flag in (ACTIVE, ARCHIVED):
            start, walk = f"[{flag} ", ("LIMIT", 0, CLEARED_AT_ONCE)
            while found := await self._writer.command("ZRANGEBYLEX", keys.index, start, f"({flag}!", *walk):
                await self._writer.command("UNLINK", *(keys.document(entry[-12:].decode()) for entry in found))
                start = f"({found[-1].decode()}"
        await self._writer.command("UNLINK", keys.index, keys.terms, keys.summaries)


def check_seen(seen: Seen, version: int) -> None:
    if seen is not None and str(version) not in seen:
        raise Outdated


def summary_of(quiz: Quiz) -> Summary:
    return Summary(quiz.title, quiz.description, quiz.language, quiz.tags, quiz.difficulty, len(quiz.questions))


def entry_of(it: Summary, id: str, version: int, created_at: int, changed_at: int, archived: bool) -> LibraryEntry:
    about: dict[str, Any] = msgspec.structs.asdict(it)
    return LibraryEntry(
        **about, id=id, version=version, created_at=created_at, changed_at=changed_at, archived=archived
    )


def read_entry(id: bytes, text: bytes) -> LibraryEntry:
    version, created_at, changed_at, archived, summary = text.split(b" ", 4)
    times = int(version), int(created_at), int(changed_at)
    return entry_of(_read_summary(summary), id.decode(), *times, archived == b"1")


def ranges_of(wanted: Wanted) -> Iterator[Range]:
    """Where the entries of each term stand that a quiz must have; without any, all."""
    flag = ARCHIVED if wanted.archived else ACTIVE
    words = words_of(wanted.search)[:MOST_WORDS]
    whole = [tag_term(wanted.tag)] if wanted.tag else []
    whole += language_terms(wanted.language)[:1]
    for word in words:
        start = f"{flag}{word}".encode()
        yield b"[" + start, b"(" + start + b"\xff", f" {word}".encode()
    for term in whole or ([] if words else [""]):
        start = f"{flag}{term}".encode()
        yield b"[" + start + b" ", b"(" + start + b"!", f" {term} ".encode() if term else b" "


def to_cursor(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(encode(cursor)).decode()


def read_cursor(text: str, ranges: Sequence[Range]) -> Cursor:
    """Raises Malformed for what no page of this list has given."""
    try:
        cursor = _read_cursor(base64.urlsafe_b64decode(text))
        start, end, _ = ranges[cursor.walk - 1]
    except (ValueError, IndexError):
        raise Malformed("The cursor is none that a page of this list gave.") from None
    if cursor.walk < 1 or not start[1:] <= cursor.entry.encode() < end[1:]:
        raise Malformed("The cursor is none that a page of this list gave.")
    return cursor
