"""Tables out of texts with separators."""

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from leaderboard.errors import TooLarge, Unreadable
from leaderboard.quiz.formats.workbook import MAX_COLUMNS, MAX_ROWS

MAX_CELL = 32_767  # characters, as many as spreadsheets take
SEPARATORS = "\t;,|"
SAMPLE = 20  # rows

END = "\x03"  # a last line, which nobody sees unless it stands in a cell that does not end
LINE = re.compile(r"[^\n]*\n|[^\n]+")
SAID = re.compile(r"sep=(.)\n", re.IGNORECASE)  # a first line that only spreadsheets write, and never show


def of_text(text: str) -> list[list[str]]:
    """The rows of a text. Raises Unreadable, TooLarge."""
    rows = list(islice(rows_of(text), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"A table has at most {MAX_ROWS:,} rows.")
    return rows


def head_of(text: str, separator: str = "") -> list[list[str]]:
    """The first rows of a text, as far as they can be read."""
    rows: list[list[str]] = []
    with contextlib.suppress(Unreadable):
        rows.extend(islice(records(text, separator) if separator else rows_of(text), SAMPLE))
    return rows


def rows_of(text: str) -> Iterator[list[str]]:
    """One by one, as the text is read. Raises Unreadable."""
    if said := SAID.match(text):
        yield from records(text, said[1], said.end())
    else:
        yield from records(text, separator_of(text))


def records(text: str, separator: str, start: int = 0) -> Iterator[list[str]]:
    lines = (line[0] for line in LINE.finditer(text, start))
    table = csv.reader(chain(lines, [END]), delimiter=separator)
    number, row = 0, list[str]()
    try:
        for number, following in enumerate(table):
            if number:
                yield row
            row = [cell[:MAX_CELL] for cell in following[:MAX_COLUMNS]]
    except csv.Error as error:
        yield row
        raise Unreadable(f"The table cannot be read after row {number + 1}: {error}.") from error
    if row != [END]:
        raise Unreadable(f"The table cannot be read: in row {number + 1} a quotation mark is never closed.")


def separator_of(text: str) -> str:
    """The one by which the largest share of rows has the same number of cells, and more than one."""
    return max(SEPARATORS, key=lambda separator: evenness(text, separator))


def evenness(text: str, separator: str) -> tuple[float, int]:
    """The share of such rows, and how often the separator stands in them."""
    widths = Counter(len(row) for row in head_of(text, separator) if row)
    return max(
        ((rows / widths.total(), rows * (width - 1)) for width, rows in widths.items() if width > 1), default=(0, 0)
    )
