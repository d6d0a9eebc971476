"""What a quiz consists of, as hosts write it and as players see it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from leaderboard.errors import BadName, BadQuiz
from leaderboard.quiz import names, periods

MAX_QUESTIONS = 500
MAX_POOL = 5_000  # questions that are drawn
MAX_WON = 50_000_000  # points that one player could win there
MAX_TEAMS = 200
MAX_ROSTER = 5_000  # names
MAX_POINTS = 100_000  # of one question: with bonuses and what a host gives, totals stay below the board's 2²⁷ − 1

Text = Annotated[str, Meta(min_length=1, max_length=500)]
ChoiceText = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=0, lt=MAX_POOL)]  # of a question, counted from 0
After = Annotated[int, Meta(ge=-1, lt=MAX_POOL)]  # the question seen last, -1 for none
Value = Annotated[int, Meta(ge=-(2**53), le=2**53)] | float | Annotated[str, Meta(max_length=200)]
Choice = list[Value]  # places counted from 0; for `number` one number, for `text` one string

Type = Literal["one", "several", "boolean", "number", "text", "order", "poll"]
Difficulty = Literal["easy", "medium", "hard"]
Topic = Annotated[str, Meta(max_length=40, pattern=r"^[^:\x00-\x1f]*$")]
Rule = Literal["speed", "linear", "flat", "order"]
Points = Annotated[int, Meta(ge=0, le=MAX_POINTS)]
Milliseconds = Annotated[int, Meta(ge=0, lt=2**53)]  # since 1970


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """One question with its key. `time_limit` is in seconds; `rule` and `penalty` override those of the quiz.

    `answer` holds the right places of `choices` (for `order`: all of them, in the right order), the accepted numbers
    (within `tolerance`) or spellings; a `poll` has none. Without a `type`, one right place means `one`, more `several`.
    """

    text: Text
    choices: Annotated[list[ChoiceText], Meta(max_length=8)] = field(default_factory=list)
    answer: Annotated[Choice, Meta(max_length=20)] = field(default_factory=list)
    type: Type | UnsetType = UNSET
    points: Points = 1000
    time_limit: Annotated[int, Meta(ge=1, le=3600)] = 20
    rule: Rule | None = None
    penalty: Points | None = None
    partial: bool = True
    tolerance: Annotated[float, Meta(ge=0, le=1e12)] = 0
    explanation: Annotated[str, Meta(max_length=500)] = ""
    difficulty: Difficulty | None = None
    topic: Topic = ""

    @property
    def kind(self) -> Type:
        if self.type is not UNSET:
            return self.type
        return "several" if len(self.answer) > 1 else "one"


class QuestionView(Struct, frozen=True, omit_defaults=True):
    """A question as clients see it: there is no field that could hold the answer."""

    number: int
    type: Type
    text: str
    choices: list[str]
    points: int
    time_limit: int
    rule: Rule
    penalty: int
    partial: bool
    difficulty: Difficulty | None = None
    topic: str = ""


class AnswerKey(Struct, frozen=True, omit_defaults=True):
    """What clients learn when the question is closed. The revision counts the corrections of it; nobody's answer to a
    question that is `void` counts."""

    answer: Choice
    revision: int
    explanation: str = ""
    tolerance: float = 0
    void: bool = False


class Box(Struct, frozen=True, forbid_unknown_fields=True):
    """What a mystery box costs, and what a right answer to its question gives; the percentages are of one's own points."""

    price: Points = 0
    price_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    prize: Points = 0
    prize_percent: Annotated[int, Meta(ge=0, le=100)] = 0


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a quiz is run; docs/play.md explains each."""

    # pacing
    pacing: Literal["host", "auto", "self", "draw"] = "host"
    lobby_s: Annotated[int, Meta(ge=1, le=3600)] = 30  # auto: from the first player's joining to the first question
    pause_s: Annotated[int, Meta(ge=1, le=3600)] = 5  # auto: from the close of a question to the next one
    opens_at: Milliseconds | None = None  # self and draw
    closes_at: Milliseconds | None = None  # self and draw
    # scoring
    rule: Rule = "speed"
    penalty: Points = 0
    floor: bool = True
    places: Annotated[list[Annotated[int, Meta(ge=0, le=100)]], Meta(min_length=1, max_length=20)] = field(
        default_factory=lambda: [100, 80, 60, 40, 20]
    )
    streak_bonus: Annotated[int, Meta(ge=0, le=10_000)] = 0
    streak_most: Annotated[int, Meta(ge=1, le=10)] = 5
    start: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    # fairness
    reanswer: Literal["never", "until_close"] = "never"
    time_of: Literal["first", "last", "best"] = "last"
    late: Literal["zero", "average"] = "zero"
    credit_ms: Annotated[int, Meta(ge=0, le=150)] = 0
    # drawing
    unanswered: Literal["free", "closed"] = "free"
    boxes: dict[Difficulty, Box] = field(default_factory=dict)
    debt: bool = False
    # teams
    team_score: Literal["none", "sum", "mean", "best"] = "none"
    team_best: Annotated[int, Meta(ge=1, le=50)] = 3
    devices: Annotated[int, Meta(ge=1, le=20)] = 1
    # joining
    max_players: Annotated[int, Meta(ge=1, le=100_000)] = 20_000
    names: Literal["own", "generated"] = "own"
    filter_names: bool = True
    approval: bool = False
    crowd: Annotated[int, Meta(ge=0, le=100_000)] = 250
    # showing
    reveal: Literal["instant", "close"] = "instant"
    ties: Literal["first", "shared"] = "first"
    order: Literal["descending", "ascending"] = "descending"
    privacy: Literal["open", "top", "near", "own", "pseudonyms"] = "open"
    board_interval_ms: Annotated[int, Meta(ge=20, le=60_000)] = 100
    board_rows: Annotated[int, Meta(ge=1, le=100)] = 10
    period: Annotated[str, Meta(max_length=100)] = ""
    timezone: Annotated[str, Meta(max_length=64)] = "UTC"
    history: Annotated[int, Meta(ge=1, le=400)] = 60


EXAMPLE = [{"text": "The capital of Australia?", "choices": ["Sydney", "Canberra"], "answer": [1], "time_limit": 20}]


class Quiz(Struct, frozen=True, forbid_unknown_fields=True):
    """A quiz as its host sends it."""

    title: Annotated[str, Meta(min_length=1, max_length=120)]
    questions: Annotated[list[Question], Meta(max_length=MAX_POOL, examples=[EXAMPLE])]
    settings: Settings = field(default_factory=Settings)
    roster: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=MAX_ROSTER)] = field(
        default_factory=list
    )
    teams: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=MAX_TEAMS)] = field(
        default_factory=list
    )


def check(quiz: Quiz) -> None:
    """What a type cannot say: every key must fit its question, and the settings each other. Raises BadQuiz."""
    for number, question in enumerate(quiz.questions):
        if (wrong := flaw(question)) is not None:
            raise BadQuiz(f"Question {number}: {wrong}")
    if (wrong := contradiction(quiz)) is not None:
        raise BadQuiz(wrong)
    check_names("roster", quiz.roster, quiz.settings.filter_names)
    check_names("teams", quiz.teams, quiz.settings.filter_names)


def check_names(list_: str, given: list[str], filter_names: bool) -> None:
    """Raises BadQuiz if a name is none, or two look the same."""
    seen: dict[str, int] = {}
    for number, name in enumerate(given):
        try:
            keys = names.keys(names.accept(name, filter_names))
        except BadName as bad:
            raise BadQuiz(f"Name {number} of the {list_}: {bad.detail}") from None
        for key in keys:
            if seen.setdefault(key, number) != number:
                raise BadQuiz(f"Names {seen[key]} and {number} of the {list_} look the same.")


def flaw(question: Question) -> str | None:
    """What is wrong with a question, in words."""
    if question.kind in ("number", "text"):
        return flaw_of_written(question)
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
    if question.kind == "text" and not all(isinstance(value, str) and value.strip() for value in question.answer):
        return "its answers are texts."
    return None


def flaw_of_places(answer: Choice, kind: Type, choices: int) -> str | None:
    if not answer:
        return "it has no answer."
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
        if len(questions) > MAX_QUESTIONS:
            return f"More than {MAX_QUESTIONS} questions are for `draw` pacing."
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
    if sum(stake_of(question, boxes) for question in questions) > MAX_WON:
        return f"With its questions and boxes one player could win or lose more than {MAX_WON} points."
    return None


def stake_of(question: Question, boxes: dict[Difficulty, Box]) -> int:
    """The most that a question can give or take. A percentage gives and takes at most as much as a question may."""
    box = boxes.get(question.difficulty) if question.difficulty else None
    if box is None:
        return question.points
    shares = MAX_POINTS if box.price_percent or box.prize_percent else 0
    return max(question.points, box.price, box.prize, shares)


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def view(number: int, question: Question, settings: Settings) -> QuestionView:
    """The question as players may see it before it is closed."""
    return QuestionView(
        number=number,
        type=question.kind,
        text=question.text,
        choices=question.choices,
        points=0 if question.kind == "poll" else question.points,
        time_limit=question.time_limit,
        rule=question.rule or settings.rule,
        penalty=0 if question.kind == "poll" else settings.penalty if question.penalty is None else question.penalty,
        partial=question.partial,
        difficulty=question.difficulty,
        topic=question.topic,
    )


def key(question: Question) -> AnswerKey:
    """What is kept back until the question is closed, in its first revision."""
    return AnswerKey(question.answer, 1, question.explanation, question.tolerance)


def whole(seen: QuestionView, known: AnswerKey) -> Question:
    """The question put together again from what clients see and its key."""
    return Question(
        text=seen.text,
        choices=seen.choices,
        answer=known.answer,
        type=seen.type,
        points=seen.points,
        time_limit=seen.time_limit,
        rule=seen.rule,
        penalty=seen.penalty,
        partial=seen.partial,
        tolerance=known.tolerance,
        explanation=known.explanation,
        difficulty=seen.difficulty,
        topic=seen.topic,
    )
