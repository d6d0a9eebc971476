"""The sheets of a workbook (.xlsx) as rows of texts. Values are those that were last computed: no formula is run.

A workbook can be made so that reading it takes all memory there is, and what reads it then ends its whole process: files of
strangers are for `leaderboard.sandbox`.
"""

import datetime
import io
import zipfile
from collections.abc import Iterator

import python_calamine
from python_calamine import SheetTypeEnum, SheetVisibleEnum

from leaderboard.errors import Unreadable

ENCRYPTED = b"\xd0\xcf\x11\xe0"  # also how the spreadsheets of old (.xls) begin
SHEET = (b"PK\x03\x04", b"PK\x05\x06", ENCRYPTED)  # how a spreadsheet (.xlsx), which is a zip file, begins
MAX_UNPACKED = 64 << 20  # bytes
MAX_MEMBERS = 1_000
MAX_SHEETS = 20  # that are looked at
MAX_ROWS = 20_000
MAX_COLUMNS = 50  # that are looked at
MAX_TEXT = 16 << 20  # characters in all cells

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def read(data: bytes) -> dict[str, list[list[str]]]:
    """The rows of each visible sheet that has any, by its name, in their order. Raises Unreadable, and MemoryError."""
    if data.startswith(ENCRYPTED):
        raise Unreadable("Only spreadsheets of the kind .xlsx can be read, and only without a password.")
    try:
        check(data)
        return dict(sheets(data))
    except (Unreadable, MemoryError, KeyboardInterrupt):
        raise
    except python_calamine.PasswordError:
        raise Unreadable("The spreadsheet is locked with a password.") from None
    except BaseException as error:  # a panic in the library is no Exception
        raise Unreadable("The spreadsheet is damaged.") from error


def check(data: bytes) -> None:
    """What the archive says of itself. It may lie: then the limits hold."""
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise Unreadable(f"The spreadsheet has more than {MAX_MEMBERS:,} parts.")
    members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise Unreadable("This is no spreadsheet of the kind .xlsx.")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Unreadable(f"The spreadsheet has more than {MAX_UNPACKED >> 20} MB when it is unpacked.")


def sheets(data: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    book = python_calamine.load_workbook(io.BytesIO(data))
    for number, sheet in enumerate(book.sheets_metadata[:MAX_SHEETS]):
        if (sheet.visible, sheet.typ) == (SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet):
            rows = list(filled(book.get_sheet_by_index(number)))
            if any(any(row) for row in rows):
                yield sheet.name, rows


def filled(sheet: python_calamine.CalamineSheet) -> Iterator[list[str]]:
    """Its rows from the first one on, also blank ones, so that they are counted as people do."""
    if sheet.end is None:
        return
    if sheet.end[0] >= MAX_ROWS:
        raise Unreadable(f"The sheet has more than {MAX_ROWS:,} rows.")
    total = 0
    for row in sheet.to_python(skip_empty_area=False):
        cells = [seen(value) for value in row[:MAX_COLUMNS]]
        total += sum(map(len, cells))
        if total > MAX_TEXT:
            raise Unreadable(f"The sheet has more than {MAX_TEXT:,} characters.")
        yield cells


def seen(value: Value) -> str:
    """A cell as people see it."""
    match value:
        case str():
            return value
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        case datetime.datetime():
            return value.isoformat(" ")
        case _:
            return str(value)
