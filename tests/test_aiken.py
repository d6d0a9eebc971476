"""Aiken files: what becomes of each entry."""

import pytest

from leaderboard.quiz import importing
from leaderboard.quiz.content import Question
from leaderboard.quiz.importing import Report

GOOD = """Which bird cannot fly?
A) Swallow
B) Ostrich
C) Owl
ANSWER: B
"""


def read(text: str) -> tuple[list[Question], Report]:
    done = importing.read(text.encode())
    assert done.report.format == "aiken"
    return done.quiz.questions, done.report


def test_a_question_is_imported() -> None:
    questions, report = read(GOOD)
    assert questions == [Question(text="Which bird cannot fly?", choices=["Swallow", "Ostrich", "Owl"], answer=[1])]
    assert report == Report("aiken", found=1, imported=1, questions=1)


@pytest.mark.parametrize(
    ("text", "choices", "answer"),
    [
        ("Even?\r\nA. 1\r\nB. 2\r\nANSWER: B\r\n", ["1", "2"], [1]),
        ("Even?\n\na)1\n\nb)2\nAnswer : b", ["1", "2"], [1]),
        ("Even?\nA) 1\nB) 2\nANSWER: B) 2", ["1", "2"], [1]),
        ("Even?\nA) 1\nB) 2\nC) 4\nANSWER: C, B", ["1", "2", "4"], [2, 1]),
        ("Who?\nC. Brown was it.\nA) Yes <b>\nB) {No}\nANSWER: A", ["Yes <b>", "{No}"], [0]),
    ],
)
def test_what_people_write_is_understood(text: str, choices: list[str], answer: list[int]) -> None:
    [question], _ = read(text)
    assert (question.choices, question.answer) == (choices, answer)


def test_questions_need_no_blank_line_between_them() -> None:
    questions, report = read(GOOD * 3)
    assert [question.text for question in questions] == ["Which bird cannot fly?"] * 3
    assert report.found == 3


def test_a_question_may_have_several_lines() -> None:
    [question], _ = read("Read this:\n\nI. Some fly.\nWhich?\nA) Owls\nB) Cows\nANSWER: A")
    assert question.text == "Read this:\nI. Some fly.\nWhich?"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("Even?\nA) 1\nB) 2\nANSWER: 2", "line 7", "its answer “2” is no letter of an option"),
        ("Even?\nA) 1\nB) 2\nANSWER: C", "line 7", "its answer “C” is no letter of an option"),
        ("Even?\nA) 1\nB) 2\nANSWER:", "line 7", "its answer “” is no letter of an option"),
        ("Even?\nA) 1\nA) 2\nANSWER: A", "line 7", "two options have the same letter"),
        ("A) 1\nB) 2\nANSWER: A", "line 7", "there is no question above its options"),
        ("Even?\nANSWER: A", "line 7", "there are no options"),
        ("Even?\nA) 1\nB) 2\n\n" + GOOD, "line 7", "there is no line ANSWER below its options"),
        ("Pairs?\nA. 1\nB. 2\na. one\nb. two\nLINKS: A->a,B->b", "line 7", "LINKS is not known here"),
        ("2 + 2?\nRESPONSE: four,4", "line 7", "RESPONSE is not known here"),
        ("Even?\nA) 1\nB) 2\nANSWER: B\nOdd?", "line 11", "there is no line ANSWER below its options"),
        ("Long?\n" + "A) more\n" * 10_000 + "ANSWER: A", "line 7", "it has more than 65536 characters"),
        ("Even?\nA) 2\nANSWER: A", "line 7", "it needs at least two choices"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(text: str, place: str, reason: str) -> None:
    questions, report = read(f"{GOOD}\n{text}")
    assert questions[0].text == "Which bird cannot fly?"
    assert [(it.place, it.reason) for it in report.remarks] == [(place, reason)]
    assert report.refused == 1
    assert report.found == len(questions) + 1
