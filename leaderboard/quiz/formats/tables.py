"""Tables out of spreadsheets and out of texts with separators."""

import csv
import io

import python_calamine

from leaderboard.errors import Unreadable

SHEET = b"PK\x03\x04"  # how a spreadsheet (.xlsx), which is a zip file, begins


def of_sheet(data: bytes) -> list[list[str]]:
    """The rows of the first sheet. Raises Unreadable, TooLarge."""
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    except python_calamine.CalamineError as error:
        raise Unreadable(f"The spreadsheet is damaged: {error}") from error
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def of_text(text: str) -> list[list[str]]:
    """The rows of a text. Raises Unreadable."""
    return list(csv.reader(io.StringIO(text, newline="")))
