"""Whether a quiz makes sense: what its types cannot say, in words."""

import math

from leaderboard.errors import BadName, BadQuiz
from leaderboard.quiz import names, periods
from leaderboard.quiz.content import (
    MAX_POINTS,
    MAX_POOL,
    MAX_QUESTIONS,
    Box,
    Choice,
    Difficulty,
    Question,
    Quiz,
    Type,
    is_number,
)

MAX_WON = 50_000_000  # points that one player could win by drawing


def check(quiz: Quiz) -> None:
    """Every key must fit its question, the settings each other, and all of it can be played. Raises BadQuiz."""
    check_document(quiz)
    if (wrong := too_much(quiz)) is not None:
        raise BadQuiz(wrong)


def check_document(quiz: Quiz) -> None:
    """The same of what is only kept, to be played in part. Questions are counted from 1. Raises BadQuiz."""
    for number, question in enumerate(quiz.questions, 1):
        if (wrong := flaw(question)) is not None:
            raise BadQuiz(f"Question {number}: {wrong}")
    if (wrong := contradiction(quiz)) is not None:
        raise BadQuiz(wrong)
    check_names("roster", quiz.roster, quiz.settings.filter_names)
    check_names("teams", quiz.teams, quiz.settings.filter_names)


def check_names(list_: str, given: list[str], filter_names: bool) -> None:
    """Raises BadQuiz if a name is none, or two look the same."""
    seen: dict[str, int] = {}
    for number, name in enumerate(given, 1):
        try:
            keys = names.keys(names.accept(name, filter_names))
        except BadName as bad:
            raise BadQuiz(f"Name {number} of the {list_}: {bad.detail}") from None
        for key in keys:
            if seen.setdefault(key, number) != number:
                raise BadQuiz(f"Names {seen[key]} and {number} of the {list_} look the same.")


def flaw(question: Question) -> str | None:
    """What is wrong with a question, in words."""
    if not question.text.strip():
        return "its text is blank."
    if question.kind in ("number", "text"):
        return flaw_of_written(question)
    looks = [" ".join(choice.split()) for choice in question.choices]
    if twice := next((look for number, look in enumerate(looks) if look in looks[:number]), ""):
        return f"two of its choices look the same: “{twice}”."
    if "" in looks:
        return "one of its choices is blank."
    if len(question.choices) < 2:
        return "it needs at least two choices."
    if question.kind == "boolean" and len(question.choices) != 2:
        return "true or false are two choices."
    if question.kind == "poll":
        return "a poll has no right answer." if question.answer else None
    return flaw_of_places(question.answer, question.kind, len(question.choices))


def flaw_of_written(question: Question) -> str | None:
    if question.choices:
        return f"a question of type {question.kind} has no choices."
    if not question.answer:
        return "it has no answer."
    if question.kind == "number" and not all(is_number(value) for value in question.answer):
        return "its answers are numbers."
    if not math.isfinite(question.tolerance):
        return "its tolerance is no number."
    if question.kind == "text" and not all(isinstance(value, str) and value.strip() for value in question.answer):
        return "its answers are texts."
    return None


def flaw_of_places(answer: Choice, kind: Type, choices: int) -> str | None:
    if not answer:
        return "it has no answer."
    if texts := [value for value in answer if isinstance(value, str)]:
        return f"answer “{texts[0]}”, which is none of its choices."
    if not all(type(place) is int for place in answer):
        return "its answer names places, counted from 0."
    if len(set(answer)) < len(answer):
        return "the answer names a choice twice."
    places = [place for place in answer if type(place) is int]
    for place in (min(places), max(places)):
        if not 0 <= place < choices:
            return f"answer {place}, but there are {choices} choices (0–{choices - 1})."
    if kind in ("one", "boolean") and len(answer) > 1:
        return "it has one answer."
    if kind == "order" and len(answer) < choices:
        return "the order names all choices."
    return None


def contradiction(quiz: Quiz) -> str | None:
    """Which settings exclude each other, in words."""
    settings = quiz.settings
    own_pace = settings.pacing in ("self", "draw")
    in_order = any((question.rule or settings.rule) == "order" for question in quiz.questions)
    if in_order and settings.reanswer != "never":
        return "With the rule `order` nobody can change an answer: a place that was given stays given."
    if in_order and own_pace:
        return f"With `{settings.pacing}` pacing nobody is first: the rule `order` makes no sense."
    if own_pace and settings.late == "average":
        return f"With `{settings.pacing}` pacing nobody is late."
    if not own_pace and (settings.opens_at is not None or settings.closes_at is not None):
        return "Only a quiz with `self` or `draw` pacing has `opens_at` and `closes_at`."
    if settings.opens_at is not None and settings.closes_at is not None and settings.opens_at >= settings.closes_at:
        return "It closes before it opens."
    if quiz.roster and settings.names == "generated":
        return "Names that are generated stand on no roster."
    if quiz.teams and settings.team_score == "none":
        return "Teams need a `team_score`: how their points come from those of their players."
    return contradiction_in_periods(quiz) or contradiction_in_drawing(quiz)


def contradiction_in_periods(quiz: Quiz) -> str | None:
    settings = quiz.settings
    if not settings.period:
        return None if settings.timezone == "UTC" else "Only a quiz with a `period` has a `timezone`."
    if quiz.questions or quiz.roster or quiz.teams or settings.pacing != "host":
        return "A quiz with a `period` is a board alone: without questions, roster and teams, with `host` pacing."
    return periods.flaw(settings.period, settings.timezone)


def contradiction_in_drawing(quiz: Quiz) -> str | None:
    settings, questions = quiz.settings, quiz.questions
    if settings.pacing != "draw":
        return "Only a quiz with `draw` pacing has boxes." if settings.boxes else None
    if settings.reanswer != "never":
        return "With `draw` pacing an answer closes the question: nobody can change it."
    if settings.reveal == "close":
        return "With `draw` pacing an answer closes the question: its points are known at once."
    if any(question.kind == "poll" for question in questions):
        return "With `draw` pacing each question is answered by one player: a poll makes no sense."
    if settings.streak_bonus:
        return "With `draw` pacing everybody has other questions: there are no streaks."
    boxes = settings.boxes
    for difficulty, box in boxes.items():
        if not (box.prize or box.prize_percent):
            return f"The box for {difficulty} questions has no prize: it could only be lost."
        if not any(question.difficulty == difficulty for question in questions):
            return f"There are boxes for {difficulty} questions, but no such question."
    return None


def too_much(quiz: Quiz) -> str | None:
    """Why nobody could play all of it, in words."""
    settings, questions = quiz.settings, quiz.questions
    if settings.pacing != "draw":
        if len(questions) > MAX_QUESTIONS:
            return f"{len(questions)} questions; more than {MAX_QUESTIONS} are for `draw` pacing, or pick some of them."
        return None
    if len(questions) > MAX_POOL:
        return f"{len(questions)} questions, but at most {MAX_POOL} can be drawn."
    if sum(stake_of(question, settings.boxes) for question in questions) > MAX_WON:
        return f"With its questions and boxes one player could win or lose more than {MAX_WON} points."
    return None


def stake_of(question: Question, boxes: dict[Difficulty, Box]) -> int:
    """The most that a question can give or take. A percentage gives and takes at most as much as a question may."""
    box = boxes.get(question.difficulty) if question.difficulty else None
    if box is None:
        return question.points
    shares = MAX_POINTS if box.price_percent or box.prize_percent else 0
    return max(question.points, box.price, box.prize, shares)
