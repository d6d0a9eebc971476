"""What the store takes and gives, and what it keeps as JSON."""

import base64
import binascii
import re
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from leaderboard.errors import Malformed
from leaderboard.quiz.content import Box, Choice, Difficulty, QuestionView
from leaderboard.state.published import refer


class Head(Struct):
    """What stands in every state message of a quiz."""

    title: str
    questions: int
    pacing: str
    reveal: str
    reanswer: str
    names: str
    order: str
    privacy: str


class Card(Struct, omit_defaults=True):
    """A player as boards show them."""

    id: str
    name: str
    team: str | UnsetType = UNSET


class Created(Struct):
    id: str
    host_token: str


class Joined(Struct):
    """A player, as they come in. `rejoined`: this user was in before; `waiting`: until the host admits them."""

    quiz: str
    id: str
    name: str
    token: str
    rejoined: bool
    waiting: bool


class Changed(Struct, omit_defaults=True):
    """What a host's verb did. A `duplicate` found the quiz as wanted; `durable`: it will survive the server's death.

    A correction has its number.
    """

    duplicate: bool
    durable: bool
    version: int
    correction: int | UnsetType = UNSET


class Attempt(Struct):
    """An answer that was given and later changed."""

    ms: int
    grade: float
    points: int
    choice: Choice
    id: str


class AnswerRecord(Struct, omit_defaults=True):
    """A player's answer to a question as it stands in Redis; times in ms.

    `time` is the one that counts of all attempts, `limit` this player's own; `points` are with the `bonus`; `place` is
    the one among right answers, with the rule `order`, `seq` the one among all; `credit` was taken off for the network.
    """

    ms: int
    time: int
    limit: int
    grade: float
    points: int
    bonus: int
    streak: int
    place: int
    seq: int
    credit: int
    attempts: int
    choice: Choice
    id: str = ""
    tally: str = ""
    earlier: list[Attempt] = []
    box: tuple[int, int] | None = None  # the price that was paid for the question, and the prize


class Run(Struct):
    """A player's way through the quiz, as it stands in Redis (lua/include/record.lua)."""

    round: int = 0
    streak: int = 0
    base: int = 0
    start: int = 0
    given: int = 0
    extra: int = 100
    question: int = -1
    started_at: int = 0


class Answered(Struct, omit_defaults=True):
    """What became of an answer. Of a duplicate: what became of the first one. Without points while they are held back.

    Where questions are drawn the answer closes it: then also whether it was right, and the rank.
    """

    duplicate: bool
    durable: bool
    version: int
    question: int
    choice: Choice
    attempts: int
    points: int | UnsetType = UNSET
    total: int | UnsetType = UNSET
    correct: bool | UnsetType = UNSET
    rank: int | UnsetType = UNSET


class Bought(Struct):
    """A box, whose question is put aside. It must be opened, by drawing, until `open_by`; else it is paid back."""

    duplicate: bool
    durable: bool
    version: int
    difficulty: Difficulty
    price: int
    prize: int
    open_by: int
    total: int


class Drawn(Struct):
    """A player's own question, and the times of its clock."""

    duplicate: bool
    durable: bool
    version: int
    question: QuestionView
    opened_at: int
    closes_at: int


class Greeting(Struct):
    """Who somebody is, and the messages last published. `player` is HOST for the host, '' for a spectator, or REMOVED.

    `all_rows`: the board for hosts where others do not see all of it, else empty; `term`: of a host, whose place it is
    until another comes; `seat`: the number of a player's socket, likewise; `devices`: how many sockets a player may have
    on each node.
    """

    player: str
    card: Raw
    now: int
    state: bytes
    board: bytes
    all_rows: bytes
    term: int | None
    seat: int
    devices: int


class Given(Struct, omit_defaults=True):
    """A player's answer to the current question; without points while they are held back."""

    question: int
    choice: Choice
    attempts: int
    points: int | UnsetType = UNSET


class Ahead(Struct):
    """The player one place ahead, and by how many points."""

    id: str
    name: str
    by: int


class Result(Struct):
    """What a closed question brought a player. `moved`: places won since the close before, null if there was none.

    `grade`, `ms` and `streak` are null for who did not answer, `streak` also where it gives nothing; what depends on
    others (`rank`, `moved`, `ahead`) while the board is frozen.
    """

    question: int
    points: int
    bonus: int
    grade: float | None
    ms: int | None
    streak: int | None
    rank: int | None
    moved: int | None
    ahead: Ahead | None


class OwnBox(Struct):
    """A box that a player has bought and not opened: what was paid, what it gives, and until when."""

    difficulty: Difficulty
    price: int
    prize: int
    open_by: int


class Moves(Struct):
    """What has happened to a player on the board since they were told last: places won (`by`; lost: below 0), up to three
    whom they overtook, up to three by whom they were overtaken, and whether they came to the published rows or left them.
    """

    by: int
    overtook: list[Card]
    overtaken_by: list[Card]
    top: Literal["entered", "left"] | None


class Own(Struct):
    """With self pacing: where a player is; where questions are drawn: what they hold."""

    question: QuestionView
    opened_at: int
    closes_at: int


class Standing(Struct):
    """What a player has of their own; `result`: of the question just closed.

    The rank is null while held back, and for who is aside; `waiting`: until the host admits them.
    """

    epoch: str
    version: int
    points: int
    rank: int | None
    answer: Given | None
    result: Result | None
    closes_at: int | None  # of somebody with extra time: their own
    own: Own | None
    box: OwnBox | None
    last: int | None  # where questions are drawn: the one that they drew last
    waiting: bool
    name: str
    alias: Card | None  # what others see where names are hidden
    near: Raw | None  # rows around the player, where everybody sees those alone
    next: Ahead | None  # the player at the next better place, and how many points are missing to it
    moves: Moves | None

    @property
    def told(self) -> tuple[object, ...]:
        """All of it that lasts and that a player can see changing; with another epoch everything is told anew."""
        own = (self.own, self.box, self.last, self.waiting, self.name, self.alias, self.near, self.next)
        return (self.epoch, self.points, self.rank, self.answer, self.result, self.closes_at, *own)


class Page(Struct):
    """Rows of the board, best first; `next` is the cursor of the page below."""

    epoch: str
    version: int
    players: int
    rows: Annotated[Raw, Meta(extra_json_schema={"type": "array", "items": refer("BoardRow")})]
    next: str | None


class Position(Struct):
    """How a player stands. `percentile`: the percent of all players, themselves among them, who have no more points than
    they. `needed`: points that they miss to stand at the rank asked for; `next`: the player before them, and what they miss
    to come to that place; both null where they are not shown. Where less is better, points are missing downwards.
    """

    epoch: str
    version: int
    points: int
    rank: int
    players: int
    percentile: float
    needed: int | None
    next: Ahead | None


class Person(Struct):
    """A player as the host sees them. `aside`: no board shows them; `waiting`: nor may they play before being admitted."""

    id: str
    name: str
    points: int
    online: bool
    aside: bool
    waiting: bool
    removed: bool


class Holding(Struct):
    """Who holds which question, in a box that is `sealed` or not, and until when."""

    player: str
    question: int
    sealed: bool
    until: int


class Pool(Struct, omit_defaults=True):
    """How many questions are free, all of them and by difficulty and topic, how many are held, and what boxes cost."""

    free: int
    held: int
    difficulties: dict[str, int]
    topics: dict[str, int]
    boxes: dict[Difficulty, Box]
    holding: list[Holding] | UnsetType = UNSET


class People(Struct):
    """Some of the players: first those on the board, best first, then those aside, then the removed. How many there are of
    each; `next` is the cursor of those that follow."""

    epoch: str
    version: int
    players: int
    aside: int
    removed: int
    rows: list[Person]
    next: str | None


class Cursor(Struct, array_like=True):
    score: str
    player: str


class State(Struct):
    """What a node reads of a state message."""

    epoch: str
    version: int
    now: int
    phase: str
    pacing: str
    closes_at: int
    paused_at: int
    next_at: int
    correcting: bool
    questions: int
    question: QuestionView | None = None


read_state = msgspec.json.Decoder(State).decode
read_answer = msgspec.json.Decoder(AnswerRecord).decode
read_card = msgspec.json.Decoder(Card).decode
read_moves = msgspec.json.Decoder(Moves).decode
read_run = msgspec.json.Decoder(Run).decode
_SCORE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")  # as Redis prints and reads it
_read_cursor = msgspec.json.Decoder(Cursor).decode


def ahead_of(card: bytes, by: int) -> Ahead | None:
    """Who is ahead, of their card as it stands in Redis, or none."""
    other = read_card(card) if card else None
    return Ahead(other.id, other.name, by) if other else None


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


def read_tally(text: bytes | None) -> tuple[int, int]:
    """What other programs have sent a player, and with how many events (lua/include/tally.lua)."""
    value, count = (text or b"0 0").split(maxsplit=2)[:2]
    return int(value), int(count)
