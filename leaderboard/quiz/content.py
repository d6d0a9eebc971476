"""What a quiz consists of, as hosts write it and as players see it."""

from typing import Annotated

from msgspec import Meta, Struct, field

from leaderboard.errors import BadQuiz

MAX_QUESTIONS = 500
MAX_POINTS = 100_000  # of one question: 500 × 100,000 stays far below the board's 2²⁷ − 1

Text = Annotated[str, Meta(min_length=1, max_length=500)]
ChoiceText = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=0, lt=MAX_QUESTIONS)]  # of a question, counted from 0
After = Annotated[int, Meta(ge=-1, lt=MAX_QUESTIONS)]  # the question seen last, -1 for none
Choice = list[Annotated[int, Meta(ge=0, lt=8)]]  # the chosen places, counted from 0


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """Choose one or several of 2–8 choices. `time_limit` is in seconds."""

    text: Text
    choices: Annotated[list[ChoiceText], Meta(min_length=2, max_length=8)]
    answer: Annotated[Choice, Meta(min_length=1, max_length=8)]
    points: Annotated[int, Meta(ge=0, le=MAX_POINTS)] = 1000
    time_limit: Annotated[int, Meta(ge=1, le=3600)] = 20


class QuestionView(Struct, frozen=True):
    """A question as clients see it: there is no field that could hold the answer."""

    number: int
    text: str
    choices: list[str]
    several: bool
    points: int
    time_limit: int


class AnswerKey(Struct, frozen=True):
    """What clients learn when the question is closed, and the revision of that knowledge."""

    answer: Choice
    revision: int = 1


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a quiz is run. The board is published at most once every `board_interval_ms`."""

    board_interval_ms: Annotated[int, Meta(ge=20, le=60_000)] = 100
    board_rows: Annotated[int, Meta(ge=1, le=100)] = 10


class Quiz(Struct, frozen=True, forbid_unknown_fields=True):
    """A quiz as its host sends it."""

    title: Annotated[str, Meta(min_length=1, max_length=120)]
    questions: Annotated[list[Question], Meta(min_length=1, max_length=MAX_QUESTIONS)]
    settings: Settings = field(default_factory=Settings)


def check(quiz: Quiz) -> None:
    """What a type cannot say: every key must match choices, once each. Raises BadQuiz."""
    for number, question in enumerate(quiz.questions):
        if len(set(question.answer)) < len(question.answer):
            raise BadQuiz(f"Question {number}: the answer names a choice twice.")
        if max(question.answer) >= len(question.choices):
            wrong, there_are = max(question.answer), len(question.choices)
            raise BadQuiz(f"Question {number}: answer {wrong}, but there are {there_are} choices (0–{there_are - 1}).")


def view(number: int, question: Question) -> QuestionView:
    """The question as players may see it before it is closed."""
    return QuestionView(
        number=number,
        text=question.text,
        choices=question.choices,
        several=len(question.answer) > 1,
        points=question.points,
        time_limit=question.time_limit,
    )
