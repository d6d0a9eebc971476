"""Anki's "Notes in Plain Text" (https://docs.ankiweb.net/importing/text-files.html), and files made to be imported there."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from leaderboard.errors import TooLarge, Unreadable
from leaderboard.quiz.formats import cards, markup, word_columns
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.formats.topics import topic_of

MAX_RECORD = 200_000  # characters
MAX_FILLED = 3  # fields of a note, if nothing says that it is one
SAMPLE = 2_000  # lines or notes by which a file is judged
HEADER = re.compile(
    r"^#(separator|html|columns|(?:tags|deck|notetype|guid)(?: column)?|if matches):[ \t]*([^\n]*)", re.IGNORECASE
)
SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":"}
LOOKS = {"\t": 0.25, "|": 0.9, ";": 0.9}  # the share of the lines that has this separator, if nothing says which it is
SIDES = {
    "front",
    "back",
    "question",
    "answer",
    "term",
    "definition",
    "tags",
}  # above the columns, at the top of some files


class Note(Struct):
    """A record: its fields, and what Anki keeps beside them. `line` is that of its beginning."""

    line: int
    fields: list[str]
    tags: str = ""
    deck: str = ""


def looks(source: Source) -> bool:
    if source.is_sheet:
        return False
    if header(source.text):
        return True
    separator = separator_of(source.text)
    rows = [row for _, row in islice(records(source.text, separator), SAMPLE)] if separator else []
    return bool(rows) and not (word_columns.columns(rows[0]) or counted(rows) or wide(rows))


def read(source: Source) -> Reading:
    return Reading(drafts(source.text))


def drafts(text: str) -> Iterator[Draft]:
    """Raises Unreadable, TooLarge."""
    settings = header(text)
    html = settings.get("html", "true").lower() != "false"
    column = None if settings else recurring(notes(text))
    for note in notes(text):
        topic = note.tags.split(" ")[0] or note.deck
        if column is not None and column < len(note.fields):
            topic = note.fields.pop(column)
        yield from cards.drafts(f"line {note.line}", note.fields, html, topic_of(topic[: cards.MAX_FIELD]))


def header(text: str) -> dict[str, str]:
    """What the lines at the beginning say of the others."""
    settings: dict[str, str] = {}
    for line in islice(io.StringIO(text), 50):
        if not line.startswith("#"):
            break
        if found := HEADER.match(line[:1000]):
            settings[found[1].lower()] = found[2].strip("\n")
    return settings


def notes(text: str) -> Iterator[Note]:
    """The records under their headers. Raises Unreadable, TooLarge."""
    settings = header(text)
    named = settings.get("separator", "")
    separator = SEPARATORS.get(named.strip().lower(), named[:1]) or separator_of(text) or "\t"
    places = {name: place_of(settings, name, separator) for name in ("tags", "deck", "notetype", "guid")}
    for line, row in records(text, separator):
        if line == 1 and not settings and {cell.strip().lower() for cell in row} <= SIDES:
            continue
        fields = [cell for place, cell in enumerate(row) if place not in places.values()]
        tags, deck = ("".join(row[place : place + 1]) for place in (places["tags"], places["deck"]))
        yield Note(line, fields or [""], tags, deck)


def place_of(settings: dict[str, str], name: str, separator: str) -> int:
    """The column of tags and the like; far away if there is none."""
    number = settings.get(f"{name} column", "").strip()
    if re.fullmatch(r"[1-9]\d{0,2}", number):
        return int(number) - 1
    columns = [column.strip().lower() for column in settings.get("columns", "").split(separator)]
    return columns.index(name) if name in columns else 1_000


def records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The line where each record begins, and its fields. Raises Unreadable, TooLarge."""
    lines = Lines(text)
    reader = csv.reader(lines, delimiter=separator)
    try:
        for row in reader:
            if lines.begins != "#" and any(map(str.strip, row)):
                yield reader.line_num - lines.taken + 1, row
            lines.begins, lines.taken, lines.size = "", 0, 0
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num}: {error}.") from error


class Lines(Iterator[str]):
    """The lines of a text; what belongs to the record that is being read is counted."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text)
        self.begins = ""  # the record's first character: quotation marks hide the # of a field
        self.taken = self.size = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.begins = self.begins or line[0]
        self.taken, self.size = self.taken + 1, self.size + len(line)
        if self.size > MAX_RECORD:
            raise TooLarge(f"A note has at most {MAX_RECORD} characters.")
        return line


def separator_of(text: str) -> str:
    """The separator that the lines look like, nothing if none."""
    lines = list(islice((line for line in io.StringIO(text) if line.strip() and line[0] != "#"), SAMPLE))
    for separator, share in LOOKS.items():
        halves = [line.partition(separator) for line in lines]
        if sum(bool(front.strip()) and any(map(str.isalnum, back)) for front, _, back in halves) > share * len(lines):
            return separator
    return ""


def counted(rows: Sequence[list[str]]) -> bool:
    """Whether the first fields are only the numbers of the lines."""
    firsts = [row[0].strip() for row in rows]
    return len(firsts) > 1 and firsts in [[str(number) for number in range(n, n + len(firsts))] for n in (0, 1)]


def wide(rows: Sequence[list[str]]) -> bool:
    """Whether most have more than two sides and tags, without any picture: then the second field is hardly the answer."""
    many = sum(sum(map(bool, map(str.strip, row))) > MAX_FILLED for row in rows)
    return many * 2 > len(rows) and not any(markup.has_picture(cell) for row in rows for cell in row)


def recurring(found: Iterable[Note]) -> int | None:
    """The column after the two sides whose short values recur: it sorts the notes."""
    rows = [note.fields for note in islice(found, SAMPLE)]
    for column in range(2, max(map(len, rows), default=0)):
        values = [row[column] for row in rows if column < len(row) and row[column].strip()]
        if values and len(set(values)) * 2 <= len(values) and not any(map(markup.has_picture, values)):
            return column
    return None
