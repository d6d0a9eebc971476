"""Questions out of tables, by the words above their columns."""

import csv
import io
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import Refusal, UnknownFormat, Unreadable
from leaderboard.quiz import importing
from leaderboard.quiz.content import Question
from leaderboard.quiz.formats import columns, own_table
from leaderboard.quiz.formats.answer_keys import right, way_of
from leaderboard.quiz.formats.headings import plain, roles_of
from leaderboard.quiz.importing import FormatName, Imported

KAHOOT = [
    "Question - max 120 characters",
    *(f"Answer {number} - max 75 characters" for number in range(1, 5)),
    "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
    "Correct answer(s) - choose at least one",
]
QUIZIZZ = [
    *("Question Text", "Question Type", "Option 1", "Option 2", "Option 3", "Option 4", "Correct Answer"),
    "Time in seconds",
]
BLOOKET = [
    *("Question #", "Question Text", "Answer 1", "Answer 2", "Answer 3\n(Optional)", "Answer 4\n(Optional)"),
    *("Time Limit (sec)\n(Max: 300 seconds)", "Correct Answer(s)\n(Only include Answer #)"),
]
GIMKIT = ["Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2 (Optional)"]
TABLE = ["Question", "A", "B", "C", "Answer"]


def imported(rows: list[list[str]], format_: FormatName | None = None) -> Imported:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return importing.read(out.getvalue().encode(), format_=format_)


def questions(rows: list[list[str]]) -> list[Question]:
    found = imported(rows)
    assert [remark.reason for remark in found.report.remarks] == []
    return found.quiz.questions


def remarks(rows: list[list[str]], format_: FormatName | None = None) -> list[tuple[str, str, bool]]:
    """(place, reason, imported)"""
    return [(it.place, it.reason, it.imported) for it in imported(rows, format_).report.remarks]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        *((text, "question") for text in ("Question", "QUESTION\u00a0text", "Frage – max. 120 Zeichen", "Pregunta")),
        *((text, "choice") for text in ("Answer1", "Option A", "Choice 8", "C", "Antwort 2", "Opción 3", "answer_4")),
        *((text, "right") for text in ("Answer", "Correct", "Correct answer(s)", "Richtige Antwort(en)", "Lösung")),
        *((text, "time_limit") for text in ("Time limit (s)", "Time\nLimit", "Zeitlimit (Sek.)", "Límite de tiempo")),
        *((text, "number") for text in ("#", "No.", "Question #", "Nr.")),
        *((text, "") for text in ("", "Question media", "Answered by", "Question " + "- " * 200)),
        *((text, "wrong") for text in ("Incorrect Answer 2 (Optional)", "Wrong 1", "Distractor 2")),
        *(("Richtig", "right"), ("Image Link", "image"), ("Points", "points")),
    ],
)
def test_headings_say_what_a_column_is_for(heading: str, role: str) -> None:
    assert list(roles_of([plain(heading)])) == [role]


@pytest.mark.parametrize("above", [0, 3, 7])
def test_kahoot(above: int) -> None:
    rows = [
        *([["", f"Questions, {line}"] for line in range(above)]),
        ["", *KAHOOT],
        ["1", "Warm?", "yes", "no", "", "", "30", "1,2"],
        ["2", "Sum of 1 and 1?", "1", "2", "3", "4", "", "3"],
        *([str(number), *[""] * 7] for number in range(3, 100)),
    ]
    report = imported(rows).report
    assert (report.format, report.found, report.imported) == ("kahoot", 2, 2)
    assert questions(rows) == [
        Question("Warm?", ["yes", "no"], [0, 1], time_limit=30),
        Question("Sum of 1 and 1?", ["1", "2", "3", "4"], [2]),
    ]


def test_kahoots_numbers_are_places_whatever_the_choices_are() -> None:
    rows = [["", *KAHOOT], ["1", "Twice two?", "3", "4", "2", "", "20", "2"]]
    assert questions(rows) == [Question("Twice two?", ["3", "4", "2"], [1])]


def test_quizizz() -> None:
    rows = [
        QUIZIZZ,
        ["Text of the question (required)", "Question Type (default …)", *["Text"] * 4, "1-5", "Time in seconds\n"],
        ["One?", "Multiple Choice", "a", "b", "c", "", "2.0", ""],
        ["Some?", "Checkbox", "a", "b", "c", "", "1,3", "45"],
        ["Word?", "Fill-in-the-Blank", "Haus", "das Haus", "", "", "", ""],
        ["Mood?", "Poll", "a", "b", "", "", "1", ""],
        ["Essay?", "Open-Ended", "", "", "", "", "", ""],
        ["", "Multiple Choice", "a", "b", "", "", "1", ""],
    ]
    found = imported(rows)
    assert found.report.format == "quizizz"
    assert found.quiz.questions == [
        Question("One?", ["a", "b", "c"], [1], time_limit=30),
        Question("Some?", ["a", "b", "c"], [0, 2], "several", time_limit=45),
        Question("Word?", [], ["Haus", "das Haus"], "text", time_limit=30),
        Question("Mood?", ["a", "b"], [], "poll", time_limit=30),
    ]
    assert remarks(rows) == [
        ("row 7", "there are no questions of the type “Open-Ended” here", False),
        ("row 8", "it has no question", False),
    ]


def test_blooket() -> None:
    rows = [["Blooket\nImport Template"], BLOOKET, ["1", "Warm?", "yes", "no", "", "", "25 seconds", "2"], ["2"]]
    assert imported(rows).report.format == "blooket"
    assert questions(rows) == [Question("Warm?", ["yes", "no"], [1], time_limit=25)]


@pytest.mark.parametrize(
    "above", [[], [["", ""]], [["Blooket\nImport Template", *[f"Unnamed: {n}" for n in range(7)]]]]
)
def test_blooket_without_headings(above: list[list[str]]) -> None:
    good = ["1.0", "Warm?", "yes", "no", "so so", "hardly", "25.0", "2.0"]
    shifted = ["2", "Cold?", "yes", "no", "so so", "20", "1", "1.0"]
    assert imported([*above, good]).report.format == "blooket"
    found = imported([*above, good, shifted])
    assert found.quiz.questions == [Question("Warm?", ["yes", "no", "so so", "hardly"], [1], time_limit=25)]
    place = f"row {len(above) + 2}"
    assert remarks([*above, good, shifted]) == [
        (place, "its time limit is “1”: its columns are not the usual ones", False)
    ]


@pytest.mark.parametrize(("headings", "lost"), [(BLOOKET, 3), (BLOOKET, 7), (["", *KAHOOT], 7), (QUIZIZZ, 6)])
def test_a_heading_that_was_overwritten_is_known_by_its_place(headings: list[str], lost: int) -> None:
    row = ["1"] + ["?"] * (len(headings) - 1)
    for role, text in (("choice", "a"), ("right", "2"), ("time_limit", "7"), ("type", "quiz")):
        for column, it in enumerate(roles_of([plain(heading) for heading in headings])):
            if it == role:
                row[column] = text + str(column) if role == "choice" else text
    whole = questions([headings, row])
    assert questions([[*headings[:lost], "Pie chart", *headings[lost + 1 :]], row]) == whole
    assert (len(whole[0].choices), whole[0].answer, whole[0].time_limit) == (4, [1], 7)


def test_gimkit_does_not_always_have_the_right_answer_first() -> None:
    rows = [["Gimkit Template"], GIMKIT, *([f"{n}?", f"right {n}", "wrong", "" if n % 2 else "bad"] for n in range(8))]
    assert imported(rows).report.format == "gimkit"
    asked = questions(rows)
    assert [question.choices[place] for question in asked for place in question.answer if isinstance(place, int)] == [
        f"right {number}" for number in range(8)
    ]
    assert {question.answer[0] for question in asked} == {0, 1, 2}


def test_any_table_with_such_headings() -> None:
    headings = [*TABLE, "Time", "Points", "Explanation", "Image", "Topic", "Level"]
    row = [
        "1. Who?",
        "Ann",
        "Bob",
        "",
        "B. Bob",
        "1 min",
        "50.0",
        "Because.",
        "https://a.example/b.png",
        "People",
        "Hard",
    ]
    assert imported([headings, row]).report.format == "table"
    assert questions([headings, row]) == [
        Question(
            "1. Who?",
            ["Ann", "Bob"],
            [1],
            time_limit=60,
            points=50,
            explanation="Because.",
            image="https://a.example/b.png",
            topic="People",
            difficulty="hard",
        )
    ]


@pytest.mark.parametrize(
    ("type_", "answer", "expected"),
    [
        ("", "Paris | Paname", Question("?", [], ["Paris", "Paname"], "text")),
        ("number", "3,5", Question("?", [], [3.5], "number")),
        ("number", "0,125 | 1,2345", Question("?", [], [0.125, 1.2345], "number")),
        ("True/False", "false", Question("?", ["True", "False"], [1], "boolean")),
    ],
)
def test_questions_without_choices(type_: str, answer: str, expected: Question) -> None:
    assert questions([["Question", "Type", "Answer"], ["?", type_, answer]]) == [expected]


def test_a_number_that_is_another_elsewhere_is_not_guessed() -> None:
    rows = [["Question", "Type", "Answer"], ["How far?", "number", "1,500"]]
    assert remarks(rows) == [("row 2", "its answers are numbers", False)]


def test_what_a_question_is_about_belongs_to_it() -> None:
    rows = [
        [*TABLE, "Resource"],
        ["What comes out?", "1", "3", "", "A", "print(1)"],
        ["Who?", "a", "b", "", "A", "data:image/x"],
    ]
    assert [question.text for question in imported(rows).quiz.questions] == ["What comes out?\nprint(1)", "Who?"]
    assert remarks(rows) == [("row 3", "without its image “data:image/x”", True)]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Time", "soon"),
        ("Time", "0"),
        ("Time", "9999"),
        ("Points", "many"),
        ("Image", "cat.png"),
        ("Level", "B1"),
        ("Topic", "::"),
    ],
)
def test_what_is_not_understood_is_left_out_and_told(heading: str, cell: str) -> None:
    found = imported([[*TABLE, heading], ["Who?", "a", "b", "", "B", cell]])
    assert found.quiz.questions == [Question("Who?", ["a", "b"], [1])]
    assert f"“{cell}”" in found.report.remarks[0].reason
    assert found.report.remarks[0].imported


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "it has no answer"),
        ("D", "“D” does not tell which of its choices are right"),
        ("0", "“0” does not tell which of its choices are right"),
        ("1.5", "“1.5” does not tell which of its choices are right"),
        ("A. Bob", "“A. Bob” does not tell which of its choices are right"),
        ("Zoe", "“Zoe” does not tell which of its choices are right"),
        ("1, Zoe", "“1, Zoe” does not tell which of its choices are right"),
        ("C", "the right choice is blank"),
    ],
)
def test_rows_without_a_right_choice_are_refused(answer: str, reason: str) -> None:
    assert remarks([TABLE, ["Who?", "Ann", "Bob", "", answer]]) == [("row 2", reason, False)]


def test_a_choice_that_is_blank_is_not_taken_for_the_next_one() -> None:
    assert remarks([TABLE, ["Who?", "Ann", "", "Bob", "2"]]) == [("row 2", "the right choice is blank", False)]
    assert questions([TABLE, ["Who?", "Ann", "", "Bob", "3"]]) == [Question("Who?", ["Ann", "Bob"], [1])]


@pytest.mark.parametrize(
    ("said", "places"),
    [
        *(("1", [0]), ("4.0", [3]), ("1,2,3,4", [0, 1, 2, 3]), ("1 | 3", [0, 2]), ("b", [1]), ("A and C", [0, 2])),
        *(("Option 2", [1]), ("(B)", None), ("B.", [1]), ("D) two; three", [3]), ("two; three", [3]), ("TWO", [1])),
        *(("one; two", [0, 1]), ("5", None), ("13", None), ("one two", None), ("x" * 5_000, None)),
    ],
)
def test_ways_to_say_what_is_right(said: str, places: list[int] | None) -> None:
    assert right(said, ["one", "two", "three", "two; three"], "") == places


@pytest.mark.parametrize(
    ("others", "places"),
    [
        ([], None),
        ([("2", ["x", "y"])], [2]),
        ([("x", ["x", "y"])], [1]),
        ([("2", ["x", "y"]), ("x", ["x", "y"])], None),
    ],
)
def test_the_other_rows_tell_whether_a_number_is_a_place(others: list[tuple[str, list[str]]], places: Any) -> None:
    row = ("3", ["2", "3", "4"])
    assert right(*row, way_of([row, *others])) == places


def test_a_number_that_may_be_a_place_or_a_choice_is_not_guessed() -> None:
    row = ["Twice two?", "3", "4", "1", "1"]
    assert remarks([TABLE, row]) == [("row 2", "“1” does not tell which of its choices are right", False)]
    assert imported([TABLE, row, ["Who?", "Ann", "Bob", "", "2"]]).quiz.questions[0].answer == [0]
    assert imported([TABLE, row, ["Who?", "Ann", "Bob", "", "Bob"]]).quiz.questions[0].answer == [2]


def test_answers_that_can_only_be_counted_from_0_are() -> None:
    zero, two = ["First?", "a", "b", "c", "0"], ["Last?", "a", "b", "c", "2"]
    told = [
        (f"row {row}", f"its answer “{said}” is counted from 0, as others in this table are", True)
        for row, said in ((2, 0), (3, 2))
    ]
    assert remarks([TABLE, zero, two]) == told
    assert [it.answer for it in imported([TABLE, zero, two]).quiz.questions] == [[0], [2]]
    found = imported([TABLE, zero, two, ["Two?", "a", "b", "", "2"]])
    assert [(it.text, it.answer) for it in found.quiz.questions] == [("Last?", [1]), ("Two?", [1])]
    kahoot = [[*zero[:4], "", "20", zero[4]], [*two[:4], "", "20", two[4]]]
    assert [it.answer for it in imported([KAHOOT, *kahoot]).quiz.questions] == [[1]]


@pytest.mark.parametrize("other", ["Paris", "17"])
def test_numbers_beside_answers_that_are_no_choices_name_none(other: str) -> None:
    wrong_ones = [["What?", "Rome", "Oslo", "", other], ["7 - 6?", "3", "5", "", "1"]]
    assert [reason for _, reason, _ in remarks([TABLE, *wrong_ones])] == [
        f"“{said}” does not tell which of its choices are right" for said in (other, "1")
    ]


CELLS = [
    *("", "1", "3.0", "1,2", "1 | 2", "A", "B. a", "a", "nan", "inf", "1_0", "²", "١", "9" * 400, "9" * 5_000, "-5"),
    *(
        "text",
        "number",
        "order",
        "poll",
        "True/False",
        "Checkbox",
        "yes",
        "easy",
        "20 s",
        "http://",
        "data:",
        "=1",
        "'=1",
    ),
    *("|", "\\", "\x00", "\u2028", "\n", "\t", "x" * 600, "y" * 201, "#NAME?", "Question", "Type"),
]


@given(
    st.sampled_from(
        [KAHOOT, QUIZIZZ, BLOOKET, GIMKIT, TABLE, own_table.HEADINGS, [*TABLE, "Type", "Time", "Image", "Level"]]
    ),
    st.lists(st.lists(st.sampled_from(CELLS), max_size=24), max_size=5),
    st.sampled_from([None, *columns.LAYOUTS]),
)
def test_any_cells_are_read_or_refused(headings: list[str], rows: list[list[str]], format_: FormatName | None) -> None:
    try:
        found = imported([headings, *rows], format_)
    except Refusal:
        return
    assert found.report.found == found.report.imported + found.report.refused
    assert (
        imported([own_table.HEADINGS, *map(own_table.row_of, found.quiz.questions)]).quiz.questions
        == found.quiz.questions
    )


def test_a_table_that_was_called_one_and_is_none_is_refused() -> None:
    with pytest.raises(Unreadable, match="No row says"):
        imported([["a", "b"], ["c", "d"]], "kahoot")


@pytest.mark.parametrize(
    "rows", [[["word", "meaning"], ["cat", "Katze"]], [["1", "cat", "Katze"]], [["Question"], ["Who?"]]]
)
def test_other_tables_are_none_of_questions(rows: list[list[str]]) -> None:
    with pytest.raises(UnknownFormat):
        imported(rows)


def test_all_sheets_with_questions_are_read_and_others_are_not() -> None:
    out = io.BytesIO()
    table: list[Any] = ["Question", "Answer 1", "Answer 2", "Correct answer"]
    with xlsxwriter.Workbook(out) as book:
        for name, rows in {
            "Help": [["Write your questions on the next sheet."]],
            "One": [table, ["First?", "yes", "no", 1]],
            "Two": [table, ["Second?", "yes", "no", ""]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    done = importing.read(out.getvalue())
    assert [question.text for question in done.quiz.questions] == ["First?"]
    assert [remark.place for remark in done.report.remarks] == ["Two, row 2"]
