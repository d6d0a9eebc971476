"""A quiz as a file: JSON Lines, compressed with gzip, that says itself what it is and whether it is whole.

The first line is the header. Each line after it holds rows of one key, without the `quiz:{ID}:` before it. A row is what the
command that adds it is given: field and value of a hash, score and member of a sorted set, ID, fields and values of an
entry of a stream. What is JSON in Redis stands here as it is there, to the byte; what is no text stands as a list with its
base64. The last line counts what came before it, and has its SHA-256.
"""

import base64
import binascii
import contextlib
import gzip
import hashlib
import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Raw, Struct

from leaderboard import __version__
from leaderboard.errors import NoSuchQuiz, Unreadable
from leaderboard.state.keys import Keys, quiz_id
from leaderboard.state.published import Phase

FORMAT = 1
LEVEL = 5  # of compression: half the time of what is usual, a few percent more bytes
MOST_BYTES = 1 << 26  # of a line
MOST_QUESTIONS = 100_000
ABOUT = (
    "A backup of a quiz of `leaderboard`: this header, then rows of one Redis key a line, then counts and the SHA-256 of "
    "all lines before the last. docs/operations.md and docs/redis.md say what the keys hold."
)
ADDS = {"hash": "HSET", "zset": "ZADD", "set": "SADD", "string": "SET", "stream": "XADD"}  # type → what adds a row
OTHERS = {
    **dict.fromkeys(("shown", "state"), "string"),
    **dict.fromkeys(("ledger", "audit"), "stream"),
    **dict.fromkeys(("board", "aside", "removed", "online", "aside_online", "groups", "teams", "registered"), "zset"),
    **dict.fromkeys(("deck", "pool", "leases", "timeline", "periods", "placed"), "zset"),
    "banned": "set",
}  # key → type, of those that are no hashes
NOT_BACKED_UP = ("crowds",)  # forgotten after a minute anyway

Row = Sequence[bytes | str]


class Header(Struct, kw_only=True):
    """What the first line says. `keys`: how many rows each has."""

    format: int
    about: str = ABOUT
    software: str = __version__
    written_at: str
    quiz: str
    title: str
    epoch: str
    version: int
    phase: Phase
    questions: int
    keys: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.keys.values())


class Some(Struct):
    """A line in the middle."""

    key: str
    rows: list[list[Raw]]


class Texts(Struct):
    """One in which all values are text, which is most of them and read in no time."""

    key: str
    rows: list[list[str]]


class Foot(Struct, forbid_unknown_fields=True):
    """The last line: how many lines and rows come before it, and their SHA-256."""

    lines: int
    rows: int
    sha256: str


class Form(Struct):
    """What is read of a first line before anything else."""

    format: int
    software: str = ""


_read_form = msgspec.json.Decoder(Form).decode
_read_header = msgspec.json.Decoder(Header).decode
_read_some = msgspec.json.Decoder(Some).decode
_read_texts = msgspec.json.Decoder(Texts).decode
_read_foot = msgspec.json.Decoder(Foot).decode
_read_raw = msgspec.json.Decoder(Raw).decode
_read_text = msgspec.json.Decoder(str).decode
_read_bytes = msgspec.json.Decoder(tuple[str]).decode


def type_of(key: str) -> str:
    """The type of a key of a quiz."""
    return OTHERS.get(key, "hash")


def names_of(questions: int) -> list[str]:
    """The keys of a quiz with so many questions that a file holds, meta first."""
    prefix = len(Keys("").meta) - len("meta")
    names = (key[prefix:] for key in Keys("").everything(questions))
    return [name for name in names if name not in NOT_BACKED_UP]


def written(value: bytes) -> Raw | str | list[str]:
    """A value as it stands in the file."""
    try:
        text = value.decode()
        if value[:1] == b"{" and b"\n" not in value and bytes(_read_raw(value)) == value:
            msgspec.json.decode(value)
            return Raw(value)
    except UnicodeDecodeError:
        return [base64.b64encode(value).decode()]
    except msgspec.DecodeError:
        pass
    return text


def rows_in(line: bytes) -> tuple[str, Sequence[Row]]:
    """(key, rows). Raises ValueError."""
    try:
        texts = _read_texts(line)
    except msgspec.ValidationError:
        some = _read_some(line)
        return some.key, [[read(value) for value in row] for row in some.rows]
    return texts.key, texts.rows


def read(value: Raw) -> bytes:
    """The value again. Raises ValueError for what `written` does not write."""
    raw = bytes(value)
    if raw[:1] == b"{":
        return raw
    return _read_text(raw).encode() if raw[:1] == b'"' else base64.b64decode(_read_bytes(raw)[0], validate=True)


class BackupWriter:
    """Writes one file, from its header to `close`."""

    def __init__(self, out: BinaryIO, header: Header) -> None:
        self._gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=out)
        self._digest, self._foot = hashlib.sha256(), Foot(0, 0, "")
        self._line(header)

    def add(self, key: str, rows: Sequence[Sequence[bytes]]) -> None:
        self._foot.rows += len(rows)
        self._line({"key": key, "rows": [[written(value) for value in row] for row in rows]})

    def close(self) -> None:
        self._foot.sha256 = self._digest.hexdigest()
        self._gzip.write(msgspec.json.encode(self._foot) + b"\n")
        self._gzip.close()

    def _line(self, content: object) -> None:
        line = msgspec.json.encode(content) + b"\n"
        self._foot.lines += 1
        self._digest.update(line)
        self._gzip.write(line)


class BackupReader:
    """Reads one file: its `header` at once, then its `rows`, which are sure only when all of them have been read.

    Both raise Unreadable for a file that is none, was cut off or altered, or is of a newer format.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._counted = Foot(0, 0, "")
        self._lines = self._read(source)
        self.header = self._head(next(self._lines))

    def rows(self) -> Iterator[tuple[str, Sequence[Row]]]:
        """(key, rows), some at a time, in the order of the file."""
        expected, found = self.header.keys, Counter[str]()
        for line in self._lines:
            with unreadable():
                key, rows = rows_in(line)
            kind = type_of(key)
            if key not in expected or not all(fits(kind, row) for row in rows):
                raise Unreadable(f"The file holds rows of {key!r} that cannot be.")
            found[key] += len(rows)
            self._counted.rows += len(rows)
            yield key, rows
        short = [key for key, rows in expected.items() if found[key] < rows]
        if short:
            raise Unreadable(f"The file has fewer rows of {short[0]!r} than it says at its beginning.")

    def _head(self, line: bytes) -> Header:
        with unreadable("The file is no backup of a quiz."):
            form = _read_form(line)
        if form.format > FORMAT:
            raise Unreadable(
                f"The file has format {form.format}, written by version {form.software}; this one, {__version__}, "
                f"reads formats up to {FORMAT}. Install a newer one."
            )
        with unreadable("The file is no backup of a quiz."):
            header = _read_header(line)
        if not 0 <= header.questions <= MOST_QUESTIONS or set(header.keys) - set(names_of(header.questions)):
            raise Unreadable("The file holds keys that no quiz has.")
        try:
            same = quiz_id(header.quiz) == header.quiz
        except NoSuchQuiz:
            same = False
        if not same or "meta" not in header.keys:
            raise Unreadable("The file is no backup of a quiz.")
        return header

    def _read(self, source: BinaryIO) -> Iterator[bytes]:
        """All lines but the last one, which they are held against."""
        digest, counted = hashlib.sha256(), self._counted
        with unreadable(), gzip.GzipFile(fileobj=source, mode="rb") as file:
            before = file.readline(MOST_BYTES)
            while line := file.readline(MOST_BYTES):
                if not before.endswith(b"\n"):
                    raise Unreadable("The file has a line that is longer than any that this writes.")
                digest.update(before)
                counted.lines += 1
                yield before
                before = line
        if not counted.lines:
            raise Unreadable("The file is no backup of a quiz.")
        counted.sha256 = digest.hexdigest()
        with unreadable("The file was cut off: its last line is missing."):
            foot = _read_foot(before)
        if foot != counted:
            raise Unreadable("The file was altered: its lines are not those that its last line says.")


def fits(kind: str, row: Row) -> bool:
    """Whether a row has the form that a key of this type asks for."""
    match kind:
        case "hash":
            return len(row) == 2
        case "zset":
            return len(row) == 2 and is_number(row[0])
        case "stream":
            return len(row) % 2 == 1 and len(row) >= 3
        case _:
            return len(row) == 1


def is_number(text: bytes | str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


@contextlib.contextmanager
def unreadable(why: str = "The file was cut off or altered, or is no backup of a quiz.") -> Iterator[None]:
    """What goes wrong with what somebody else has written."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable(why) from error


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is there, for its owner alone, when all of it is on disk, and else not at all."""
    number, name = tempfile.mkstemp(suffix=".part", prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Until the names in it are on disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def check(path: Path) -> Header:
    """The header of a file that is whole. Raises Unreadable, OSError."""
    with path.open("rb") as source:
        reader = BackupReader(source)
        for _ in reader.rows():
            pass
        return reader.header
