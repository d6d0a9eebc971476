"""Results as sheets for people: CSV, and a workbook."""

import csv
import io
from collections.abc import Callable, Iterator

import xlsxwriter

from leaderboard.state.records import AnswerRecord
from leaderboard.state.results import Results, Row

Cell = str | int | float

PLAYERS = (
    "Rank",
    "Player",
    "ID",
    "Points",
    "Right",
    "Wrong",
    "Partly right",
    "Not answered",
    "Start",
    "Given by the host",
)
ANSWERS = (
    *("Question", "Text", "Rank", "Player", "ID", "Answer", "Grade", "Points", "Bonus", "Streak", "Place"),
    *("Seconds", "Time limit", "Attempts", "Network credit (ms)", "Counts"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for one at the start of a cell


def to_csv(results: Results) -> bytes:
    """A row for each player: totals, then each question that was played. With a byte order mark, for Excel."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        [*PLAYERS, *(f"{what} {n + 1}" for n in results.rounds for what in ("Answer", "Points", "Seconds"))]
    )
    for row in results.rows:
        cells = [cell for n in results.rounds for cell in brief(row.answers.get(n), results.types[n])]
        writer.writerow([harmless(cell) for cell in [*summary(results, row), *cells]])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(results: Results) -> bytes:
    """A sheet with a row for each player, and one with a row for each answer."""
    out = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        fill(book, "Players", PLAYERS, (summary(results, row) for row in results.rows))
        fill(book, "Answers", ANSWERS, answers(results))
    return out.getvalue()


def fill(book: xlsxwriter.Workbook, name: str, titles: tuple[str, ...], rows: Iterator[list[Cell]]) -> None:
    """Write a sheet whose titles stay in sight."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
    for number, cells in enumerate(rows, 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)


def summary(results: Results, row: Row) -> list[Cell]:
    grades = [record.grade for number, record in row.answers.items() if number not in results.void]
    right, wrong = grades.count(1), grades.count(0)
    missing = len(results.rounds) - len(row.answers)
    return [
        row.rank,
        row.name,
        row.player,
        row.points,
        right,
        wrong,
        len(grades) - right - wrong,
        missing,
        row.start,
        row.given,
    ]


def answers(results: Results) -> Iterator[list[Cell]]:
    """A row for each answer, question by question in the order in which they were played."""
    for number in results.rounds:
        counts = "no" if number in results.void else "yes"
        for row in results.rows:
            if (it := row.answers.get(number)) is None:
                continue
            yield [
                *(
                    number + 1,
                    results.questions[number],
                    row.rank,
                    row.name,
                    row.player,
                    written(it, results.types[number]),
                    it.grade,
                    it.points,
                    it.bonus,
                ),
                *(it.streak, it.place, it.time / 1000, it.limit / 1000, it.attempts, it.credit, counts),
            ]


def brief(record: AnswerRecord | None, type_: str) -> list[Cell]:
    return ["", "", ""] if record is None else [written(record, type_), record.points, record.time / 1000]


def written(record: AnswerRecord, type_: str) -> str:
    """The choice as people read it: letters for places."""
    if type_ in ("number", "text"):
        return str(record.choice[0])
    return ", ".join("ABCDEFGH"[int(place)] for place in record.choice)


def harmless(cell: Cell) -> Cell:
    """A text that no spreadsheet takes for a formula."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA) else cell


SHEETS: dict[str, tuple[str, Callable[[Results], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
}
