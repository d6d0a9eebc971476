"""What a quiz consists of, as hosts write it and as players see it."""

import math
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field
from msgspec.structs import force_setattr

MAX_QUESTIONS = 500  # that are played one after the other
MAX_POOL = 5_000  # that are drawn
MAX_DOCUMENT = 10_000  # that a library keeps together, to pick from
MAX_QUIZ = 8 << 20  # bytes of a quiz as JSON, with all its fields
MAX_TEAMS = 200
MAX_ROSTER = 5_000  # names
MAX_POINTS = 100_000  # of one question: with bonuses and what a host gives, totals stay below the board's 2²⁷ − 1

MAX_TITLE, MAX_TEXT, MAX_CHOICE, MAX_EXPLANATION, MAX_TOPIC = 120, 500, 200, 500, 40  # characters

SEEN = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"  # no control characters but line breaks and tabs: files do not keep them
Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, pattern=SEEN)]
ChoiceText = Annotated[str, Meta(min_length=1, max_length=MAX_CHOICE, pattern=SEEN)]
Number = Annotated[int, Meta(ge=0, lt=MAX_POOL)]  # of a question, counted from 0
After = Annotated[int, Meta(ge=-1, lt=MAX_POOL)]  # the question seen last, -1 for none
Value = Annotated[int, Meta(ge=-(2**53), le=2**53)] | float | Annotated[str, Meta(max_length=200)]
Choice = list[Value]  # places counted from 0; for `number` one number, for `text` one string

Type = Literal["one", "several", "boolean", "number", "text", "order", "poll"]
Difficulty = Literal["easy", "medium", "hard"]
Topic = Annotated[str, Meta(max_length=MAX_TOPIC, pattern=r"^[^:\x00-\x1f]*$")]
Tag = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
Language = Annotated[str, Meta(max_length=35, pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$")]  # BCP 47
# What this server keeps, or an address elsewhere.
Link = Annotated[str, Meta(max_length=500, pattern=r"^((https?://[^\s\"<>\\^`{|}]+|/v1/media/[A-Za-z0-9_/-]+))?$")]
Rule = Literal["speed", "linear", "flat", "order"]
Points = Annotated[int, Meta(ge=0, le=MAX_POINTS)]
Milliseconds = Annotated[int, Meta(ge=0, lt=2**53)]  # since 1970


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """One question with its key. `time_limit` is in seconds; `rule` and `penalty` override those of the quiz.

    `answer` holds the right `choices`, as places counted from 0 or by their texts (for `order`: all of them, in the right
    order), the accepted numbers (within `tolerance`) or spellings; a `poll` has none. Without a `type`, one right choice
    means `one`, more `several`. `image` and `audio` are addresses; `image_alt` says what is to be seen.
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
    explanation: Annotated[str, Meta(max_length=MAX_EXPLANATION, pattern=SEEN)] = ""
    difficulty: Difficulty | None = None
    topic: Topic = ""
    image: Link = ""
    image_alt: Annotated[str, Meta(max_length=200, pattern=SEEN)] = ""
    audio: Link = ""

    def __post_init__(self) -> None:
        if self.choices and any(isinstance(value, str) for value in self.answer):
            force_setattr(self, "answer", [placed(value, self.choices) for value in self.answer])

    @property
    def kind(self) -> Type:
        if self.type is not UNSET:
            return self.type
        return "several" if len(self.answer) > 1 else "one"


def placed(value: Value, choices: list[str]) -> Value:
    """The place of a choice that is named by its text; else what was given."""
    return choices.index(value) if isinstance(value, str) and value in choices else value


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
    image: str = ""
    image_alt: str = ""
    audio: str = ""


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
    """A quiz as it is written, kept and exchanged: what is asked, and how it is run."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
    questions: Annotated[list[Question], Meta(max_length=MAX_DOCUMENT, examples=[EXAMPLE])]
    settings: Settings = field(default_factory=Settings)
    roster: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=MAX_ROSTER)] = field(
        default_factory=list
    )
    teams: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=MAX_TEAMS)] = field(
        default_factory=list
    )
    description: Annotated[str, Meta(max_length=1000)] = ""
    language: Language = ""
    tags: Annotated[list[Tag], Meta(max_length=20)] = field(default_factory=list)
    difficulty: Difficulty | None = None
    schema: Annotated[str, Meta(max_length=200)] | UnsetType = field(default=UNSET, name="$schema")  # for editors


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


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
        image=question.image,
        image_alt=question.image_alt,
        audio=question.audio,
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
        image=seen.image,
        image_alt=seen.image_alt,
        audio=seen.audio,
    )
