"""What the store takes and gives, and what it keeps as JSON."""

import base64
import binascii
import re

import msgspec
from msgspec import Raw, Struct

from leaderboard.errors import Malformed
from leaderboard.quiz.content import Choice, Question, QuestionView


class Head(Struct):
    """What stands in every state message of a quiz."""

    title: str
    questions: int


class Card(Struct):
    """A player as boards show them."""

    id: str
    name: str


class Created(Struct):
    id: str
    host_token: str


class Joined(Struct):
    id: str
    name: str
    token: str


class Changed(Struct):
    """What a host's verb did. A `duplicate` found the quiz as wanted; `durable`: it will survive the server's death."""

    duplicate: bool
    durable: bool
    version: int


class AnswerRecord(Struct):
    """An answer as it stands in Redis: what was chosen, after how many milliseconds, how right, for how many points."""

    choice: Choice
    ms: int
    grade: float
    points: int
    attempts: int


class Answered(Struct):
    """What became of an answer. Of a duplicate: what became of the first one."""

    duplicate: bool
    durable: bool
    question: int
    choice: Choice
    points: int
    total: int
    version: int


class Greeting(Struct):
    """Who somebody is, and the messages last published. `player` is HOST for the host, '' for a spectator."""

    player: str
    card: Raw
    now: int
    state: bytes
    board: bytes


class Given(Struct):
    """A player's answer to the current question."""

    question: int
    choice: Choice
    points: int


class Standing(Struct):
    """A player's own points, rank (from 1) and answer to the current question."""

    epoch: str
    version: int
    points: int
    rank: int
    answer: Given | None


class Page(Struct):
    """Rows of the board, best first; `next` is the cursor of the page below."""

    epoch: str
    version: int
    players: int
    rows: Raw
    next: str | None


class Cursor(Struct, array_like=True):
    score: str
    player: str


class Content(Struct):
    """A quiz's questions and keys, as long as its epoch lasts."""

    epoch: str
    questions: list[Question]
    answer_keys: list[tuple[str, ...]]  # for each question, the keys of the answer script


class State(Struct):
    """What a node reads of a state message."""

    epoch: str
    version: int
    now: int
    phase: str
    closes_at: int
    questions: int
    question: QuestionView | None = None


read_state = msgspec.json.Decoder(State).decode
read_answer = msgspec.json.Decoder(AnswerRecord).decode
_SCORE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")  # as Redis prints and reads it
_read_cursor = msgspec.json.Decoder(Cursor).decode


def to_cursor(cursor: Cursor) -> str:
    """As clients carry it, opaque to them."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def from_cursor(text: str) -> Cursor:
    """The cursor that `to_cursor` made. Raises Malformed."""
    try:
        cursor = _read_cursor(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        usable = _SCORE.fullmatch(cursor.score) is not None
    except (binascii.Error, ValueError, RecursionError):
        usable = False
    if not usable:
        raise Malformed("The cursor is none that a page of this board gave.")
    return cursor
