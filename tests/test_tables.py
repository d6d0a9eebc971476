"""Rows out of spreadsheets and texts, also out of those that were made to do harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard import sandbox
from leaderboard.errors import Refusal, TooLarge, Unreadable
from leaderboard.quiz import importing
from leaderboard.quiz.formats import tables, workbook
from leaderboard.quiz.formats.source import Source
from leaderboard.sandbox import ReadFile

ASKED: list[list[Any]] = [["Question", "Answer 1", "Answer 2", "Correct answer"], ["Is it?", "yes", "no", 1]]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book_of(rows: list[list[Any]], far: tuple[int, int] | None = None) -> bytes:
    """A workbook with these cells, and perhaps one more far away."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if far:
            sheet.write_string(*far, "far")
    return out.getvalue()


def with_part(name: str, content: bytes, said: int | None = None) -> bytes:
    """A workbook with one part exchanged. `said`: the size that it claims to have."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of(ASKED))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    size = len(content).to_bytes(4, "little")
    return out.getvalue().replace(size, said.to_bytes(4, "little")) if said is not None else out.getvalue()


def sheet(data: bytes) -> list[list[str]]:
    [rows] = workbook.read(data).values()
    return rows


def sheet_of(rows: bytes) -> bytes:
    return b"<worksheet " + SPACE.encode() + b"><sheetData>" + rows + b"</sheetData></worksheet>"


def strings_of(items: bytes) -> bytes:
    return b"<sst " + SPACE.encode() + b">" + items + b"</sst>"


def test_cells_of_a_sheet_are_as_people_see_them() -> None:
    cells = ["text", 4, 4.0, 0.5, 0.1 + 0.2, 1e15, True, date(2024, 5, 1), datetime(2024, 5, 1, 8, 30), "'=1", " x "]
    seen = ["text", "4", "4", "0.5", "0.3", "1e+15", "TRUE", "2024-05-01", "2024-05-01 08:30:00", "'=1", " x "]
    assert sheet(book_of([[], ["a"], [], cells])) == [[""] * 11, ["a", *[""] * 10], [""] * 11, seen]


def test_no_formula_is_run() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_formula("A1", "=1+1", value=7)
    assert sheet(out.getvalue()) == [["7"]]


def test_the_visible_sheets_with_cells_are_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=seen!$A$1:$A$2"})
        book.add_chartsheet().set_chart(chart)
        for text, hidden in (("secret", True), ("", False), ("seen", False), ("late", False)):
            sheet = book.add_worksheet(text or None)
            sheet.write_string(0, 0, text)
            if hidden:
                sheet.hide()
    assert workbook.read(out.getvalue()) == {"seen": [["seen"]], "late": [["late"]]}


def test_a_workbook_without_cells_has_no_rows() -> None:
    assert workbook.read(book_of([])) == {}


def test_columns_far_right_are_left_out() -> None:
    assert [len(row) for row in sheet(book_of(ASKED, far=(0, 16_383)))] == [workbook.MAX_COLUMNS] * 2


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (letter + 1, b"&%c;" % letter * 10) for letter in range(97, 106))
    + b"]>"
    + sheet_of(b'<row><c t="inlineStr"><is><t>&j;</t></is></c></row>')
)
EVIL: dict[str, Callable[[], bytes]] = {
    "zip bomb": lambda: with_part(SHEET, sheet_of(b" " * (70 << 20))),
    "zip bomb that lies": lambda: with_part(SHEET, sheet_of(b" " * (70 << 20)), said=1_000),
    "parts without end": lambda: zip_of({f"{number}": b"" for number in range(20_000)}),
    "no workbook": lambda: zip_of({"content.xml": b"<a/>", "mimetype": b"opendocument"}),
    "far away": lambda: book_of(ASKED, far=(1_048_575, 16_383)),
    "far down": lambda: book_of(ASKED, far=(1_048_575, 0)),
    "far right of many rows": lambda: book_of(ASKED, far=(19_999, 16_383)),
    "cells without end": lambda: with_part(SHEET, sheet_of(b"<row>" + b"<c><v>1</v></c>" * 4_000_000 + b"</row>")),
    "a text in each cell": lambda: zip_with_shared_text(),
    "texts without end": lambda: with_part(STRINGS, strings_of(b"<si><t>a</t></si>" * 3_500_000)),
    "giant cell": lambda: with_part(STRINGS, strings_of(b"<si><t>" + b"a" * (60 << 20) + b"</t></si>")),
    "entities": lambda: with_part(SHEET, ENTITIES),
    "cut off": lambda: book_of(ASKED)[:-200],
    "next to nothing": lambda: b"PK\x03\x04",
    "an empty archive": lambda: zip_of({}),
    "locked, or of old": lambda: b"\xd0\xcf\x11\xe0" + bytes(5_000),
}


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def zip_with_shared_text() -> bytes:
    """A long text, once, and a million cells that show it."""
    out = io.BytesIO()
    rows = b"".join(b'<row r="%d">' % row + b'<c t="s"><v>0</v></c>' * 50 + b"</row>" for row in range(1, 20_000))
    with (
        zipfile.ZipFile(io.BytesIO(with_part(STRINGS, strings_of(b"<si><t>" + b"a" * 32_767 + b"</t></si>")))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, sheet_of(rows) if part == SHEET else old.read(part))
    return out.getvalue()


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("zip bomb", "has more than 64 MB when it is unpacked"),
        ("parts without end", "has more than 1,000 parts"),
        ("no workbook", "no spreadsheet of the kind .xlsx"),
        ("far down", "more than 20,000 rows|too large"),
        ("cut off", "is damaged"),
        ("locked, or of old", "only without a password"),
    ],
)
def test_refusals_say_why(what: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        workbook.read(EVIL[what]())


async def outcome(data: bytes) -> str:
    """What the sandbox, which has bounds for memory and time, says of it: a refusal, or nothing."""
    try:
        await sandbox.done(ReadFile(), data)
    except Refusal as refusal:
        return type(refusal).__name__
    return ""


@pytest.mark.anyio
@pytest.mark.parametrize("what", EVIL)
async def test_evil_sheets_are_refused_in_bounds(what: str) -> None:
    harmless = what == "texts without end"  # they fit into the bounds
    assert await outcome(EVIL[what]()) in (("UnknownFormat", "TooLarge") if harmless else ("Unreadable", "TooLarge"))


WIDE = "Question,Answer 1,Answer 2,Correct\n" + ("é😀," * 45 + "\n") * 19_000
EVIL_TEXTS = {
    "commas": ("," * (3 << 20), "UnknownFormat"),
    "lines": ("\n" * (3 << 20), "UnknownFormat"),
    "quotation marks": ('"' * (3 << 20), "UnknownFormat"),
    "blanks": ("Question,Answer 1,Answer 2,Correct\n" + ("a,b,c," + " " * 30_000 + "x\n") * 300, ""),
    "choices": ("Question,Answer 1,Answer 2,Correct\na,b,c," + "1|" * 60_000, ""),
    "blanks within": ("Question,Answer 1,Answer 2,Correct\n" + ("a,b,c,x" + " " * 1_900 + "x\n") * 5_000, ""),
    "parts": ("Question,Answer 1,Answer 2,Correct\n" + ("a,b,c," + "1;" * 900 + "\n") * 5_000, ""),
    "headings": (("Question - " + "- " * 5_000 + ",Answer 1,Answer 2\n") * 200, "UnknownFormat"),
    "cells": (WIDE[: 8 << 20], ""),
    "endless cell": ("Question,Answer 1,Answer 2,Correct\n" + "a" * (9 << 20), "Unreadable"),
    "rows": ("Question,Answer 1,Answer 2,Correct\n" + "a\n" * 20_000, "TooLarge"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("what", EVIL_TEXTS)
async def test_evil_texts_are_read_in_bounds(what: str) -> None:
    text, refusal = EVIL_TEXTS[what]
    assert await outcome(text.encode()) == refusal


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20), st.integers(0, 100))
def test_damaged_sheets_are_read_or_refused(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(book_of(ASKED))
    for place, value in changes:
        data[place % len(data)] = value
    read_or_refused(b"PK\x03\x04" + bytes(data[4 : len(data) - cut]))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from([b"<", b">", b'"', b"&", b"/", b"9", b""])), min_size=1)
)
def test_damaged_xml_is_read_or_refused(changes: list[tuple[int, bytes]]) -> None:
    with zipfile.ZipFile(io.BytesIO(book_of(ASKED))) as archive:
        content = archive.read(SHEET)
    for place, value in changes:
        place %= len(content)
        content = content[:place] + value + content[place + 1 :]
    read_or_refused(with_part(SHEET, content))


@given(
    st.lists(
        st.sampled_from(['"', "\n", ",", ";", "\t", "|", "Question", "Answer 1", "Correct", "1", "\x00", "é", "sep=;"])
    )
)
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    read_or_refused("".join(parts).encode())


def read_or_refused(data: bytes) -> None:
    try:
        report = importing.read(data).report
    except Refusal:
        return
    assert report.found == report.imported + report.refused


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    rows = [["a, b", "c; d"], ["x | y", "1,5"], ["", "z"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    assert tables.of_text(text) == rows


def test_most_rows_decide_on_the_separator() -> None:
    assert tables.of_text("one; two, three\nx;y\n1,5;2\n") == [["one", " two, three"], ["x", "y"], ["1,5", "2"]]


def test_a_first_line_that_names_the_separator_is_no_row() -> None:
    assert tables.of_text("sep=;\na;b,c,d\n") == [["a", "b,c,d"]]


def test_rows_are_counted_as_spreadsheets_do() -> None:
    assert tables.of_text('a,"two\nlines"\n\nb,c') == [["a", "two\nlines"], [], ["b", "c"]]


def test_a_quotation_mark_that_is_never_closed_is_told() -> None:
    with pytest.raises(Unreadable, match="in row 2 a quotation mark is never closed"):
        tables.of_text('a,b\n"c,d\ne,f\n')


def test_cells_and_rows_have_bounds() -> None:
    assert len(tables.of_text("a," + "x" * 40_000)[0][1]) == tables.MAX_CELL
    assert len(tables.of_text("x," * 200)[0]) == workbook.MAX_COLUMNS
    with pytest.raises(Unreadable, match="after row 1"):
        tables.of_text("a,b\nx," + "x" * 200_000)
    with pytest.raises(TooLarge):
        tables.of_text("x\n" * (workbook.MAX_ROWS + 1))


def test_the_head_is_known_although_what_follows_cannot_be_read() -> None:
    text = "a,b\n" * tables.SAMPLE
    assert Source((text + '"').encode()).head == [["a", "b"]] * tables.SAMPLE
    assert Source(('a,b\n"' + text).encode()).head == [["a", "b"]]
