"""Questions written to sheets, and read back from them."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.quiz import checks, importing
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.formats import cells, sheets, workbook
from tests.written import questions, texts


# Of the characters that a file keeps: what is no text (controls), and how letters are put together (NFC), is lost.
@settings(deadline=None)
@given(st.lists(questions(), min_size=1, max_size=5))
def test_csv_is_read_back_as_it_was(asked: list[Question]) -> None:
    assert all(checks.flaw(question) is None for question in asked)
    back = importing.read(sheets.to_csv(Quiz("Quiz", asked)))
    assert back.report.remarks == []
    assert back.quiz.questions == asked


FITTING = st.builds(
    lambda text, choices, places, time: Question(
        text, choices, [p for p in places if p < len(choices)], time_limit=time
    ),
    texts(120).map(importing.clean).filter(bool),
    st.lists(texts(75).map(lambda text: " ".join(text.split())).filter(bool), min_size=2, max_size=4, unique=True),
    st.permutations(range(2)) | st.lists(st.integers(0, 1), min_size=1, max_size=1),
    st.sampled_from(sheets.TIMES_S),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(FITTING, min_size=1, max_size=5))
def test_what_fits_kahoot_is_read_back_as_it_was(asked: list[Question]) -> None:
    content, left_out = sheets.to_kahoot(Quiz("Quiz", asked))
    assert left_out == []
    back = importing.read(content)
    assert back.report.format == "kahoot"
    assert back.quiz.questions == asked


def test_kahoots_sheet_looks_like_its_template() -> None:
    content, _ = sheets.to_kahoot(Quiz("Rivers", [Question("Which?", ["Nile", "Po"], [0, 1], time_limit=30)]))
    rows = workbook.read(content)["Kahoot"]
    assert [number for number, row in enumerate(rows, 1) if any(row)] == [2, 8, 9]
    assert rows[1][1] == "Rivers"
    assert rows[7][1] == "Question - max 120 characters"
    assert rows[8] == ["1", "Which?", "Nile", "Po", "", "", "30", "1,2"]


@pytest.mark.parametrize(
    ("question", "lost"),
    [
        (Question("?", [], ["a"], "text"), "Question 1 is left out: it is of the type text."),
        (Question("?", ["a", "b"], [], "poll"), "Question 1 is left out: it is of the type poll."),
        (Question("?", list("abcde"), [0]), "Question 1 is left out: it has 5 choices (at most 4)."),
        (Question("?" * 121, ["a", "b"], [0]), "Question 1 is left out: it has 121 characters (at most 120)."),
        (Question("?", ["a" * 76, "b"], [0]), "Question 1 is left out: a choice has 76 characters (at most 75)."),
        (Question("?", ["a", "b"], [0], time_limit=31), "Question 1 has 60 s instead of 31 s."),
        (Question("?", ["a", "b"], [0], time_limit=500), "Question 1 has 240 s instead of 500 s."),
        (
            Question("?", ["a", "b"], [0], points=5, penalty=0, image="https://a.example/"),
            "Question 1 is without its image, penalty, points.",
        ),
    ],
)
def test_what_kahoot_cannot_have_is_told(question: Question, lost: str) -> None:
    content, left_out = sheets.to_kahoot(Quiz("Quiz", [question, Question("Which?", ["a", "b"], [0])]))
    assert left_out == [lost]
    assert workbook.read(content)["Kahoot"][-1][1] == "Which?"
    assert ("left out" in lost) == (len(workbook.read(content)["Kahoot"]) == 9)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\ta", "'=1", "''-1"])
def test_no_cell_is_a_formula(text: str) -> None:
    data = sheets.to_csv(Quiz("Quiz", [Question(text, [text, "b"], [0], explanation=text)]))
    written = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in written if cell.startswith(cells.FORMULA)]
    assert written.count("'" + text) == 3
    assert cells.meant(cells.harmless(text)) == text


@pytest.mark.parametrize("text", ["a", "'", "''", "'a", "a=1", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert cells.harmless(text) == cells.meant(text) == text


HAND = ",".join(
    ["Question", "Type", *(f"Choice {n}" for n in range(1, 9)), "Correct answer", "Time limit (s)", "Points"]
)
HAND += ",Rule,Penalty,Partial credit,Tolerance,Explanation,Difficulty,Topic,Image,Image description,Audio\n"


@pytest.mark.parametrize(
    ("row", "question"),
    [
        ("Who?,,Ann,Bob,,,,,,,Bob", Question("Who?", ["Ann", "Bob"], [1])),
        ("Who?,,Ann,Bob,,,,,,,2|1", Question("Who?", ["Ann", "Bob"], [1, 0])),
        ("Who?,text,,,,,,,,,Ann | 1|2\\|3", Question("Who?", [], ["Ann", "1", "2|3"], "text")),
    ],
)
def test_our_table_written_by_hand(row: str, question: Question) -> None:
    assert importing.read((HAND + row).encode()).quiz.questions == [question]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Who?,,Ann,Bob,,,,,,,Zoe", "answer “Zoe”, which is none of its choices"),
        ("Who?,,Ann,Bob,,,,,,,1,soon", "time limit: expected a whole number, but it is a text"),
        ("Who?,quiz,Ann,Bob,,,,,,,1", "type: 'quiz' is none of one, several, boolean, number, text, order, poll"),
        (",,Ann,Bob,,,,,,,1", "it has no question"),
        ("Who?,number,,,,,,,,,1 | nan", "its answers are numbers"),
        ("Who?,number,,,,,,,,,1e999", "its answers are numbers"),
        ("Who?,number,,,,,,,,," + "9" * 400, "answer 1: expected a whole number, at most 9007199254740992"),
    ],
)
def test_our_table_with_mistakes(row: str, reason: str) -> None:
    remark = importing.read((HAND + row).encode()).report.remarks[0]
    assert (remark.place, remark.imported) == ("row 2", False)
    assert remark.reason == reason
