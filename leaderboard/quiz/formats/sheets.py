"""Questions as sheets for people and for other programs: CSV with all that they have, and Kahoot's workbook."""

import csv
import io
from collections.abc import Iterator
from typing import Final

import xlsxwriter

from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.formats import own_table
from leaderboard.quiz.formats.cells import harmless
from leaderboard.quiz.formats.documents import without_defaults

# What Kahoot's spreadsheet takes.
HEADING_ROW: Final = 7  # counted from 0
MAX_QUESTION, MAX_ANSWER, MAX_ANSWERS = 120, 75, 4
TIMES_S: Final = (5, 10, 20, 30, 60, 90, 120, 240)
TYPES: Final = ("one", "several", "boolean")
HEADINGS: Final = (
    f"Question - max {MAX_QUESTION} characters",
    *(f"Answer {number} - max {MAX_ANSWER} characters" for number in range(1, MAX_ANSWERS + 1)),
    f"Time limit (sec) – {', '.join(map(str, TIMES_S[:-1]))}, or {TIMES_S[-1]} secs",
    "Correct answer(s) - choose at least one",
)
FITS: Final = {"text", "choices", "answer", "type", "time_limit", "partial"}


def to_csv(quiz: Quiz) -> bytes:
    """A row for each question, with all that it has. With a byte order mark, for Excel."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(own_table.HEADINGS)
    writer.writerows([harmless(cell) for cell in own_table.row_of(question)] for question in quiz.questions)
    return out.getvalue().encode("utf-8-sig")


def to_kahoot(quiz: Quiz) -> tuple[bytes, list[str]]:
    """A workbook like Kahoot's template, and what of the questions is not in it."""
    lost: list[str] = []
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("Kahoot")
        sheet.set_column(1, 1 + MAX_ANSWERS, 40)
        sheet.write_string(1, 1, quiz.title)
        bold = book.add_format({"bold": True, "text_wrap": True})
        for column, heading in enumerate(HEADINGS, 1):
            sheet.write_string(HEADING_ROW, column, heading, bold)
        for row, cells in enumerate(rows(quiz, lost), HEADING_ROW + 1):
            sheet.write_number(row, 0, row - HEADING_ROW)
            for column, cell in enumerate(cells, 1):
                write = sheet.write_number if isinstance(cell, int) else sheet.write_string
                write(row, column, cell)
    return out.getvalue(), lost


def rows(quiz: Quiz, lost: list[str]) -> Iterator[list[str | int]]:
    """Question, four answers, time limit, right answers. Tells what is left out."""
    for number, question in enumerate(quiz.questions, 1):
        if why := misfit(question):
            lost.append(f"Question {number} is left out: {why}.")
            continue
        time_s = min((time for time in TIMES_S if time >= question.time_limit), default=TIMES_S[-1])
        if time_s != question.time_limit:
            lost.append(f"Question {number} has {time_s} s instead of {question.time_limit} s.")
        if extras := sorted(without_defaults(question).keys() - FITS):
            lost.append(f"Question {number} is without its {', '.join(extras)}.")
        choices = [*question.choices, "", "", ""][:MAX_ANSWERS]
        yield [question.text, *choices, time_s, ",".join(str(int(place) + 1) for place in question.answer)]


def misfit(question: Question) -> str:
    """Why Kahoot's sheet cannot have this question."""
    if question.kind not in TYPES:
        return f"it is of the type {question.kind}"
    if len(question.choices) > MAX_ANSWERS:
        return f"it has {len(question.choices)} choices (at most {MAX_ANSWERS})"
    if len(question.text) > MAX_QUESTION:
        return f"it has {len(question.text)} characters (at most {MAX_QUESTION})"
    longest = max(map(len, question.choices))
    return f"a choice has {longest} characters (at most {MAX_ANSWER})" if longest > MAX_ANSWER else ""
