"""The messages of the live socket, each way. One union of tagged structs is the whole protocol."""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from leaderboard.quiz.access import ACCESS, Role
from leaderboard.quiz.content import After, Choice, Difficulty, Number, QuestionView, Topic
from leaderboard.quiz.verbs import HostVerb, RequestId
from leaderboard.state.published import Board, State, refer
from leaderboard.state.records import Ahead, Card, Given, Moves, Own, OwnBox, Result

ROWS = {"type": "array", "items": refer("BoardRow")}
MAX_BYTES = 4096  # of one frame from a client


class Request(Struct, tag_field="type", tag=str.lower):
    """Anything a client sends."""


class Hello(Request):
    """The first message. Without a token: a spectator."""

    token: Annotated[str, Meta(max_length=200)] | None = None


class Ping(Request):
    """Asks for a pong: whether the way is open, and what time it is there."""


class Answer(Request):
    id: RequestId
    question: Number
    choice: Annotated[Choice, Meta(max_length=8)]


class Draw(Request):
    """With self pacing: show me the question after this one (-1: the first). With `draw` pacing: give me one of a kind, or
    a certain one, that nobody else gets, or open my box; `after`: the one that I had last."""

    id: RequestId
    after: After
    difficulty: Difficulty | None = None
    topic: Topic = ""
    question: Number | None = None


class Buy(Request):
    """Sell me a box: a question of this difficulty, which I get by drawing. `after`: the one that I had last."""

    id: RequestId
    difficulty: Difficulty
    after: After


class Release(Request):
    """Take back the question, or this one and no other, or the box that I hold."""

    id: RequestId
    question: Number | None = None


PlayerVerb = Answer | Draw | Buy | Release
read_request = msgspec.json.Decoder(Hello | Ping | PlayerVerb | HostVerb).decode


class Identified(Struct):
    """What can be said of a request that makes no sense otherwise."""

    id: RequestId | None = None


_read_identified = msgspec.json.Decoder(Identified).decode


def request_id(data: str | bytes) -> str | None:
    """The id of a request that could not be read, if it has one."""
    try:
        return _read_identified(data).id
    except (ValueError, RecursionError):
        return None


class Message(Struct, tag_field="type", tag=str.lower):
    """Anything the server sends, beside the state and board messages that the scripts make."""


class You(Message):
    """A player's own standing. `rank` is null while held back and for who is aside; `closes_at`: with extra time;
    `own` and `box`: what one holds, with `self` and `draw` pacing; `last`: the question drawn last (-1: none), with `draw`
    pacing; `waiting`: until the host admits them; `name`: which
    the host may change; `alias`: what others see of them where names are hidden; `near`: rows around them, where nobody
    sees further; `next`: the player at the next better place, with the points that are missing to it; `moves`: what has
    happened since the last one, said once."""

    epoch: str
    version: int
    points: int
    rank: int | None
    answer: Given | None
    result: Result | None
    closes_at: int | None
    own: Own | None
    box: OwnBox | None
    last: int | None
    waiting: bool
    name: str
    alias: Card | None
    near: Annotated[Raw | None, Meta(extra_json_schema={"anyOf": [ROWS, {"type": "null"}]})]
    next: Ahead | None
    moves: Moves | None


class Welcome(Message):
    """The answer to hello: who one is, the server's time, and all there is to see."""

    role: Literal["player", "host", "spectator"]
    player: Annotated[Raw, Meta(extra_json_schema={"anyOf": [refer("Card"), {"type": "null"}]})]
    now: int
    state: Annotated[Raw, Meta(extra_json_schema=refer("State"))]
    board: Annotated[Raw, Meta(extra_json_schema=refer("Board"))]
    you: You | None


class Pong(Message):
    now: int


class Ack(Message):
    """The request was done. `durable`: it will survive the death of the store.

    Of an answer without points: they are held back; where questions are drawn also whether it was `correct`, and the
    rank. Of a drawn question: it, and the times of its clock. Of a box: it, and the points that are left.
    """

    id: str | None
    duplicate: bool
    durable: bool
    version: int
    question: int | UnsetType = UNSET
    choice: Choice | UnsetType = UNSET
    attempts: int | UnsetType = UNSET
    points: int | UnsetType = UNSET
    total: int | UnsetType = UNSET
    correct: bool | UnsetType = UNSET
    rank: int | UnsetType = UNSET
    drawn: QuestionView | UnsetType = UNSET
    box: OwnBox | UnsetType = UNSET
    opened_at: int | UnsetType = UNSET
    closes_at: int | UnsetType = UNSET
    correction: int | UnsetType = UNSET


class Refused(Message):
    """The request was not done. `retry`: the same request may succeed later."""

    id: str | None
    code: str
    detail: str
    retry: bool


REQUESTS: tuple[type[Request] | type[HostVerb], ...] = (Hello, Ping, *get_args(PlayerVerb), *get_args(HostVerb))
MESSAGES = (Welcome, Ack, Refused, State, Board, You, Pong)


ALLOWED = {role: frozenset(kind for kind in REQUESTS if role in ACCESS[kind.__name__.lower()]) for role in Role}


class Stamp(Struct):
    """What a node reads of every published message. A `seat` names the player."""

    type: str
    epoch: str
    version: int
    player: str = ""


read_stamp = msgspec.json.Decoder(Stamp).decode


class CloseCode(Struct, frozen=True):
    """Why the server closed a socket, and whether the client should come again."""

    code: int
    reconnect: bool
    reason: str


BAD_HELLO = CloseCode(4400, False, "The first message was not a hello.")
NO_HELLO = CloseCode(4407, True, "No hello came in time.")
BAD_TOKEN = CloseCode(4401, False, "The token is unknown.")
NO_SUCH_QUIZ = CloseCode(4404, False, "There is no quiz with this ID.")
REMOVED = CloseCode(4403, False, "The host has removed this player.")
TAKEN_OVER = CloseCode(4409, False, "Another device has taken over.")
TOO_SLOW = CloseCode(4408, True, "The client reads too slowly.")
TOO_MANY = CloseCode(4429, True, "Too many requests at once.")
TRY_LATER = CloseCode(1013, True, "The server cannot reach its store.")
LEAVING = CloseCode(1012, True, "The node is leaving; the reason is retry_ms=N.")
PERIOD_OVER = CloseCode(4410, True, "The period is over; the reason is retry_ms=N.")
CLOSE_CODES = (
    *(BAD_HELLO, BAD_TOKEN, REMOVED, NO_SUCH_QUIZ, NO_HELLO, TOO_SLOW, TAKEN_OVER, PERIOD_OVER),
    *(TOO_MANY, TRY_LATER, LEAVING),
)
CODES = {it.code for it in CLOSE_CODES} | set(range(1000, 1016))  # ours, and those of the protocol (RFC 6455, 7.4.1)
