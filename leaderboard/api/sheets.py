"""Results as sheets for people: CSV, and a workbook."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import xlsxwriter

from leaderboard.quiz.content import Choice
from leaderboard.quiz.formats.cells import harmless
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
    "Sent by programs",
)
TEAM = ("Members", "E-mail")  # where there are registered teams
ANSWERS = (
    *("Question", "Text", "Rank", "Player", "ID", "Answer", "Grade", "Points", "Bonus", "Streak", "Place"),
    *("Seconds", "Time limit", "Attempts", "Network credit (ms)", "Counts"),
)
QUESTIONS = (
    *("Question", "Type", "Text", "Choices", "Right answer", "Explanation", "Points", "Rule", "Played as number"),
    *("Counts", "Times corrected"),
)
CORRECTIONS = ("Number", "Time (UTC)", "What", "Question", "Player ID", "Points", "Reason", "Undoes number")
WIDE = {"Player": 24, "ID": 16, "Text": 50, "Choices": 40, "Explanation": 40, "Reason": 40, "Time (UTC)": 24}
WIDE |= {"Members": 40, "E-mail": 24}


def to_csv(results: Results) -> bytes:
    """A row for each player: totals, then each question that was played. With a byte order mark, for Excel."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = players(results)
    writer.writerow(
        [*columns, *(title(results, what, n) for n in results.rounds for what in ("Answer", "Points", "Seconds"))]
    )
    for row in results.rows:
        cells = [cell for n in results.rounds for cell in brief(row.answers.get(n), results.content[n].kind)]
        texts = [*summary(results, row)[: len(columns)], *cells]
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in texts])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(results: Results) -> bytes:
    """Sheets with a row for each player, each answer, each question, and each correction."""
    out = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        columns = players(results)
        fill(book, "Players", columns, (summary(results, row)[: len(columns)] for row in results.rows))
        fill(book, "Answers", ANSWERS, answers(results))
        fill(book, "Questions", QUESTIONS, questions(results))
        fill(book, "Corrections", CORRECTIONS, corrections(results))
    return out.getvalue()


def players(results: Results) -> tuple[str, ...]:
    """The columns of players."""
    return PLAYERS + TEAM if any(row.registered for row in results.rows) else PLAYERS


def title(results: Results, what: str, number: int) -> str:
    return f"{what} {number + 1}" + (" (does not count)" if number in results.void else "")


def fill(book: xlsxwriter.Workbook, name: str, titles: tuple[str, ...], rows: Iterator[list[Cell]]) -> None:
    """Write a sheet whose titles stay in sight."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(titles):
        sheet.set_column(column, column, WIDE.get(text, len(text) + 4))
    sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
    for number, cells in enumerate(rows, 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)


def summary(results: Results, row: Row) -> list[Cell]:
    counting = [n for n in results.rounds if n not in results.void and results.content[n].kind != "poll"]
    grades = [row.answers[n].grade for n in counting if n in row.answers]
    right, wrong, missing = grades.count(1), grades.count(0), len(counting) - len(grades)
    return [
        row.rank or "aside",
        row.name,
        row.player,
        row.points,
        right,
        wrong,
        len(grades) - right - wrong,
        missing,
        row.start,
        row.given,
        row.sent,
        *((", ".join(row.registered.members), row.registered.email) if row.registered else ("", "")),
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
                    results.content[number].text,
                    row.rank or "aside",
                    row.name,
                    row.player,
                    written(it, results.content[number].kind),
                    it.grade,
                    it.points,
                    it.bonus,
                ),
                *(it.streak, it.place, it.time / 1000, it.limit / 1000, it.attempts, it.credit, counts),
            ]


def questions(results: Results) -> Iterator[list[Cell]]:
    """A row for each question, with its key."""
    for number, (question, key) in enumerate(zip(results.content, results.keys, strict=True)):
        played = results.rounds.index(number) + 1 if number in results.rounds else ""
        yield [
            *(number + 1, question.kind, question.text, " | ".join(question.choices), read(key.answer, question.kind)),
            *(key.explanation, question.points, str(question.rule), played, "no" if key.void else "yes"),
            key.revision - 1,
        ]


def corrections(results: Results) -> Iterator[list[Cell]]:
    """A row for each correction, oldest first."""
    for it in results.corrections:
        at = datetime.fromtimestamp(int(it.at or 0) / 1000, UTC).isoformat(" ", "milliseconds").removesuffix("+00:00")
        question = it.question + 1 if isinstance(it.question, int) else ""
        yield [it.number or 0, at, it.kind, question, it.player or "", it.points or 0, it.reason, it.undoes or ""]


def brief(record: AnswerRecord | None, type_: str) -> list[Cell]:
    return ["", "", ""] if record is None else [written(record, type_), record.points, record.time / 1000]


def written(record: AnswerRecord, type_: str) -> str:
    """The choice as people read it: letters for places."""
    return read(record.choice, type_)


def read(choice: Choice, type_: str) -> str:
    if type_ in ("number", "text"):
        return " | ".join(str(part) for part in choice)
    return ", ".join("ABCDEFGH"[int(place)] for place in choice)


SHEETS: dict[str, tuple[str, Callable[[Results], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
}
