"""The pure rules."""

from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from leaderboard.errors import BadChoice, BadName, BadQuiz
from leaderboard.quiz import checks, content, names
from leaderboard.quiz.content import AnswerKey, Choice, Question, QuestionView, Quiz, Settings
from leaderboard.quiz.grading import fold, grade, tally

ONE = Question(text="One", choices=["a", "b", "c"], answer=[2])
TWO = Question(text="Two", choices=["a", "b", "c", "d"], answer=[3, 0])
ALL = Question(text="All", choices=["a", "b", "c", "d"], answer=[3, 0], partial=False)
TRUE = Question(text="True", type="boolean", choices=["true", "false"], answer=[0])
PI = Question(text="Pi", type="number", answer=[3.14159], tolerance=0.01)
EXACT = Question(text="0.1 + 0.2", type="number", answer=[0.3])
COLOUR = Question(text="Colour", type="text", answer=["colour", "color", "Straße", "café"])
ORDER = Question(text="Order", type="order", choices=["2", "3", "1"], answer=[2, 0, 1])
POLL = Question(text="Poll", type="poll", choices=["tea", "coffee"])


@pytest.mark.parametrize(
    ("question", "choice", "graded"),
    [
        (ONE, [2], 1),
        (ONE, [0], 0),
        (TWO, [0, 3], 1),
        (TWO, [3, 0], 1),
        (TWO, [0], 0.5),
        (TWO, [0, 1], 0),
        (TWO, [0, 3, 1], 0.5),
        (TWO, [0, 1, 2, 3], 0),
        (TWO, [1, 2], 0),
        (ALL, [0], 0),
        (ALL, [0, 3], 1),
        (TRUE, [0], 1),
        (TRUE, [1], 0),
        (PI, [3.15], 1),
        (PI, [3.15159], 1),
        (PI, [3.16], 0),
        (PI, [3], 0),
        (EXACT, [0.1 + 0.2], 1),
        (EXACT, [0.3000001], 0),
        (COLOUR, ["  COLOR "], 1),
        (COLOUR, ["strasse"], 1),
        (COLOUR, ["CAFE\u0301"], 1),
        (COLOUR, ["cafe"], 1),
        (COLOUR, ["ｃｏｌｏｒ"], 1),
        (COLOUR, ["colr"], 0),
        (ORDER, [2, 0, 1], 1),
        (ORDER, [0, 2, 1], 0.3333),
        (ORDER, [0, 1, 2], 0),
        (POLL, [1], 0),
    ],
)
def test_grades(question: Question, choice: Choice, graded: float) -> None:
    assert grade(question, choice) == graded


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        *((ONE, choice) for choice in ([], [3], [-1], [0, 0], [0, 1], ["0"], [0.0])),
        *((TRUE, choice) for choice in ([2], [0, 1])),
        *((PI, choice) for choice in ([], [1, 2], ["3.14"])),
        *((COLOUR, choice) for choice in ([], [1], ["a", "b"], ["   "])),
        *((ORDER, choice) for choice in ([], [0, 1], [0, 1, 1], [0, 1, 2, 3])),
        *((POLL, choice) for choice in ([], [0, 1], [2])),
    ],
)
def test_impossible_choices(question: Question, choice: Choice) -> None:
    with pytest.raises(BadChoice):
        grade(question, choice)


@given(st.sampled_from([ONE, TWO, TRUE, PI, COLOUR, ORDER, POLL]), st.lists(st.integers(-3, 9), max_size=9))
def test_a_grade_or_a_refusal(question: Question, choice: Choice) -> None:
    try:
        assert 0 <= grade(question, choice) <= 1
        assert all(place.isdigit() for place in tally(question, choice))
    except BadChoice:
        assert (
            question.kind in ("number", "text", "order")
            or len(set(choice)) < len(choice)
            or len(choice) != 1
            or choice != [0]
        )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ünïcödé", "unicode", True),
        ("Việt  Nam", "viet nam", True),
        ("ΣΊΣΥΦΟΣ", "σισυφος", True),
        ("ﬁne", "FINE", True),
        ("が", "か", False),  # the voiced sound mark makes another letter
        ("कि", "कु", False),
        ("resume", "resumes", False),
    ],
)
def test_texts_are_folded(one: str, other: str, same: bool) -> None:
    assert (fold(one) == fold(other)) is same


def test_what_players_see_cannot_hold_the_key() -> None:
    assert not {"answer", "tolerance", "explanation"} & set(QuestionView.__struct_fields__)
    assert msgspec.to_builtins(content.view(4, TWO, Settings(penalty=50))) == {
        "number": 4,
        "type": "several",
        "text": "Two",
        "choices": ["a", "b", "c", "d"],
        "points": 1000,
        "time_limit": 20,
        "rule": "speed",
        "penalty": 50,
        "partial": True,
    }


@pytest.mark.parametrize("question", [ONE, TWO, ALL, TRUE, PI, COLOUR, ORDER, POLL])
def test_view_and_key_make_the_question_again(question: Question) -> None:
    view, key = content.view(0, question, Settings(rule="flat", penalty=7)), content.key(question)
    whole = content.whole(view, key)
    assert (whole.kind, whole.answer, whole.choices) == (question.kind, question.answer, question.choices)
    assert (whole.tolerance, whole.partial) == (question.tolerance, question.partial)
    assert (whole.rule, whole.penalty) == ("flat", 0 if question.kind == "poll" else 7)


def test_keys_say_only_what_there_is_to_say() -> None:
    assert msgspec.json.encode(content.key(ONE)) == b'{"answer":[2],"revision":1}'
    assert msgspec.json.encode(AnswerKey([1], 2, "Because", void=True)) == (
        b'{"answer":[1],"revision":2,"explanation":"Because","void":true}'
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": [3]}, "answer 3, but there are 3 choices"),
        ({"answer": [-1]}, "answer -1, but there are 3 choices"),
        ({"answer": [0, 0]}, "twice"),
        ({"answer": []}, "no answer"),
        ({"answer": [0.5]}, "names places"),
        ({"text": " "}, "text is blank"),
        ({"choices": ["a", " b", "b "], "answer": [0]}, "look the same: “b”"),
        ({"choices": ["a", " ", "c"], "answer": [0]}, "choices is blank"),
        ({"type": "number", "choices": [], "answer": [float("nan")]}, "are numbers"),
        ({"type": "number", "choices": [], "answer": [1], "tolerance": float("nan")}, "tolerance is no number"),
        ({"answer": ["z"]}, "answer “z”, which is none of its choices"),
        ({"choices": ["only one"], "answer": [0]}, "at least two choices"),
        ({"type": "one", "answer": [0, 1]}, "one answer"),
        ({"type": "boolean", "answer": [0]}, "two choices"),
        ({"type": "poll", "answer": [0]}, "no right answer"),
        ({"type": "order", "answer": [1, 0]}, "names all choices"),
        ({"type": "number", "answer": [1]}, "no choices"),
        ({"type": "number", "choices": [], "answer": ["one"]}, "are numbers"),
        ({"type": "number", "choices": [], "answer": []}, "no answer"),
        ({"type": "text", "choices": [], "answer": [1]}, "are texts"),
        ({"type": "text", "choices": [], "answer": [" "]}, "are texts"),
    ],
)
def test_contradictions_in_a_question_are_named(change: dict[str, Any], says: str) -> None:
    question = msgspec.structs.replace(Question(text="x", choices=["a", "b", "c"], answer=[0]), **change)
    with pytest.raises(BadQuiz, match=f"^Question 2: .*{says}"):
        checks.check(Quiz(title="t", questions=[ONE, question]))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"rule": "order", "reanswer": "until_close"}, "nobody can change"),
        ({"rule": "order", "pacing": "self"}, "nobody is first"),
        ({"late": "average", "pacing": "self"}, "nobody is late"),
        ({"opens_at": 1}, "Only a quiz with `self`"),
        ({"closes_at": 1, "pacing": "auto"}, "Only a quiz with `self`"),
        ({"pacing": "self", "opens_at": 2, "closes_at": 1}, "closes before it opens"),
    ],
)
def test_settings_that_contradict_each_other(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(BadQuiz, match=says):
        checks.check(Quiz(title="t", questions=[ONE], settings=Settings(**settings)))


def test_one_question_may_contradict_the_settings() -> None:
    question = msgspec.structs.replace(ONE, rule="order")
    with pytest.raises(BadQuiz, match="nobody can change"):
        checks.check(Quiz(title="t", questions=[question], settings=Settings(reanswer="until_close")))


@pytest.mark.parametrize(
    "change",
    [
        {"choices": ["x"] * 9},
        {"choices": ["", "b"]},
        {"answer": [0] * 21},
        {"answer": [True]},
        {"answer": [2**60]},
        {"type": "essay"},
        {"rule": "luck"},
        {"points": -1},
        {"points": 10**6},
        {"penalty": -1},
        {"time_limit": 0},
        {"time_limit": "20"},
        {"tolerance": -1},
        {"text": ""},
        {"text": "x" * 501},
        {"explanation": "x" * 501},
        {"surprise": 1},
    ],
)
def test_questions_out_of_bounds(change: dict[str, object]) -> None:
    good = {"text": "x", "choices": ["a", "b"], "answer": [0]}
    assert msgspec.convert(good, Question)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(good | change, Question)


@pytest.mark.parametrize(
    "change",
    [
        {"pacing": "fast"},
        {"places": []},
        {"places": [101]},
        {"streak_bonus": 10_001},
        {"streak_most": 0},
        {"start": -1},
        {"credit_ms": 151},
        {"reveal": "never"},
        {"lobby_s": 0},
        {"floor": 1},
    ],
)
def test_settings_out_of_bounds(change: dict[str, object]) -> None:
    assert msgspec.convert({}, Settings)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(change, Settings)


def test_no_total_can_leave_the_board() -> None:
    """The bounds together: all questions right with every bonus, the start, and what a host may give; or all wrong."""
    highest = 500 * (100_000 + 10 * 10_000) + 1_000_000 + 20_000_000
    lowest = -500 * 100_000 - 20_000_000
    assert -(2**27) < lowest < highest < 2**27


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
