"""The pure rules."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from leaderboard.errors import BadChoice, BadName, BadQuiz
from leaderboard.quiz import content, names
from leaderboard.quiz.content import Question, QuestionView, Quiz
from leaderboard.quiz.grading import grade

ONE = Question(text="One", choices=["a", "b", "c"], answer=[2])
TWO = Question(text="Two", choices=["a", "b", "c", "d"], answer=[3, 0])


def test_one_choice() -> None:
    assert grade(ONE, [2]) == 1
    assert grade(ONE, [0]) == 0


@pytest.mark.parametrize(("choice", "graded"), [([0, 3], 1), ([3, 0], 1), ([0], 0), ([0, 1], 0), ([0, 1, 2, 3], 0)])
def test_several_choices_are_right_only_together(choice: list[int], graded: float) -> None:
    assert grade(TWO, choice) == graded


@pytest.mark.parametrize("choice", [[], [3], [-1], [0, 0], [0, 1]])
def test_impossible_choices(choice: list[int]) -> None:
    with pytest.raises(BadChoice):
        grade(ONE, choice)


@given(st.lists(st.integers(-3, 9), max_size=9))
def test_a_grade_or_a_refusal(choice: list[int]) -> None:
    try:
        assert grade(TWO, choice) == (set(choice) == {0, 3})
    except BadChoice:
        assert not choice or len(set(choice)) < len(choice) or not set(choice) <= {0, 1, 2, 3}


def test_what_players_see_cannot_hold_the_key() -> None:
    assert "answer" not in QuestionView.__struct_fields__
    assert msgspec.to_builtins(content.view(4, TWO)) == {
        "number": 4,
        "text": "Two",
        "choices": ["a", "b", "c", "d"],
        "several": True,
        "points": 1000,
        "time_limit": 20,
    }


@pytest.mark.parametrize(
    ("answer", "says"),
    [([3], "answer 3, but there are 3 choices"), ([0, 0], "twice")],
)
def test_contradictions_are_named(answer: list[int], says: str) -> None:
    question = Question(text="x", choices=["a", "b", "c"], answer=answer)
    with pytest.raises(BadQuiz, match=says):
        content.check(Quiz(title="t", questions=[ONE, question]))


@pytest.mark.parametrize(
    "change",
    [
        {"choices": ["only one"]},
        {"choices": ["x"] * 9},
        {"choices": ["", "b"]},
        {"answer": []},
        {"answer": [8]},
        {"answer": [0.5]},
        {"points": -1},
        {"points": 10**6},
        {"time_limit": 0},
        {"time_limit": "20"},
        {"text": ""},
        {"text": "x" * 501},
        {"surprise": 1},
    ],
)
def test_questions_out_of_bounds(change: dict[str, object]) -> None:
    good = {"text": "x", "choices": ["a", "b"], "answer": [0]}
    assert msgspec.convert(good, Question)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | change, Question)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  Ana   Maria ", "Ana Maria"), ("Zoë", "Zoë"), ("ﬁona", "fiona"), ("李小龍", "李小龍"), ("x" * 32, "x" * 32)],
)
def test_names(given: str, kept: str) -> None:
    assert names.clean(given) == kept


@pytest.mark.parametrize("name", ["", "   ", "x" * 33, "a\x00b", "a\u202eb", "a\u200bb", "\ud800"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(BadName):
        names.clean(name)
