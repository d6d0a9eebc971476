"""A file that somebody brings."""

from functools import cached_property
from typing import Any

import msgspec

from leaderboard.quiz.formats import decoding, headings, tables, workbook


class Source:
    """A file in the forms that formats look at, each worked out once.

    Raises Unreadable, TooLarge where it has no such form.
    """

    def __init__(self, data: bytes, name: str = "") -> None:
        self.data, self.name = data, name

    @property
    def is_sheet(self) -> bool:
        """Whether it is a spreadsheet: text it is not."""
        return self.data.startswith(workbook.SHEET)

    @cached_property
    def text(self) -> str:
        """The file as a text, with \\n at the ends of lines and without a byte order mark."""
        return decoding.text_of(self.data)

    @cached_property
    def sheets(self) -> dict[str, list[list[str]]]:
        """The tables of a workbook by their names: cells as people see them, rows not necessarily of the same length."""
        return workbook.read(self.data)

    @cached_property
    def rows(self) -> list[list[str]]:
        """The file as a table; of a workbook the first one with headings of questions, else the first."""
        if not self.is_sheet:
            return tables.of_text(self.text)
        asking = (rows for rows in self.sheets.values() if headings.header_of(rows[: tables.SAMPLE]))
        return next(asking, next(iter(self.sheets.values()), []))

    @cached_property
    def head(self) -> list[list[str]]:
        """The first of its rows; none of a text that is no table."""
        return self.rows[: tables.SAMPLE] if self.is_sheet else tables.head_of(self.text)

    @cached_property
    def json(self) -> Any:
        """The file as JSON, None if it is none."""
        try:
            return msgspec.json.decode(self.text)
        except (ValueError, RecursionError):
            return None
