"""The first sheet of a workbook (.xlsx) as rows of texts: a program of its own, run by `leaderboard.quiz.formats.tables`.

A workbook can be made so that reading it takes all memory there is, and what reads it may then end its whole process. So
that happens in a child, to which the kernel gives little memory and time. Values are those that were last computed: no
formula is run. Reads the file from standard input; writes the rows as JSON, or a sentence that says why there are none.
"""

import contextlib
import datetime
import io
import json
import sys
import zipfile
from collections.abc import Iterator

import python_calamine
from python_calamine import SheetTypeEnum, SheetVisibleEnum

MAX_MEMORY = 160 << 20  # bytes
MAX_TIME_S = 6
MAX_UNPACKED = 64 << 20  # bytes
MAX_MEMBERS = 1_000
MAX_SHEETS = 20  # that are looked at
MAX_ROWS = 20_000
MAX_COLUMNS = 50  # that are looked at
MAX_TEXT = 16 << 20  # characters in all cells

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


class Refused(Exception):
    """Why this is not read, in a sentence."""


def limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, MAX_TIME_S),
        (resource.RLIMIT_AS, MAX_MEMORY),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no bound for memory
            resource.setrlimit(what, (most, most))


def check(data: bytes) -> None:
    """What the archive says of itself. It may lie: then the limits hold."""
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise Refused(f"The spreadsheet has more than {MAX_MEMBERS:,} parts.")
    members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise Refused("This is no spreadsheet of the kind .xlsx.")
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Refused(f"The spreadsheet has more than {MAX_UNPACKED >> 20} MB when it is unpacked.")


def rows_of(data: bytes) -> list[list[str]]:
    """Of the first visible sheet that has any."""
    book = python_calamine.load_workbook(io.BytesIO(data))
    for number, sheet in enumerate(book.sheets_metadata[:MAX_SHEETS]):
        if (sheet.visible, sheet.typ) == (SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet):
            rows = list(filled(book.get_sheet_by_index(number)))
            if any(any(row) for row in rows):
                return rows
    return []


def filled(sheet: python_calamine.CalamineSheet) -> Iterator[list[str]]:
    """Its rows from the first one on, also blank ones, so that they are counted as people do."""
    if sheet.end is None:
        return
    if sheet.end[0] >= MAX_ROWS:
        raise Refused(f"The sheet has more than {MAX_ROWS:,} rows.")
    total = 0
    for row in sheet.to_python(skip_empty_area=False):
        cells = [seen(value) for value in row[:MAX_COLUMNS]]
        total += sum(map(len, cells))
        if total > MAX_TEXT:
            raise Refused(f"The sheet has more than {MAX_TEXT:,} characters.")
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


def main() -> None:
    limit()
    data = sys.stdin.buffer.read()
    answer: str | list[list[str]]
    try:
        check(data)
        answer = rows_of(data)
    except Refused as refused:
        answer = str(refused)
    except python_calamine.PasswordError:
        answer = "The spreadsheet is locked with a password."
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())


if __name__ == "__main__":
    main()
