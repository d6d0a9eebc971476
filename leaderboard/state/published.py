"""The messages that the scripts publish, as clients read them. Nodes pass them on unread."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from leaderboard.quiz.content import AnswerKey, QuestionView

Phase = Literal["lobby", "question", "closed", "running", "finished"]


def refer(name: str) -> dict[str, str]:
    """To a schema of the generated documents, for what is passed on unread."""
    return {"$ref": f"#/components/schemas/{name}"}


class BoardRow(Struct, forbid_unknown_fields=True):
    """A player on a board."""

    rank: int
    points: int
    online: bool
    id: str
    name: str
    team: str | UnsetType = UNSET


class TeamRow(Struct, forbid_unknown_fields=True):
    """A team that its players' points make, and how many of them there are."""

    rank: int
    points: int
    players: int
    id: str
    name: str


class Corrected(Struct, forbid_unknown_fields=True):
    """The last correction of a key, or of a question that was skipped; `undoes`: the number of the one it takes back."""

    number: int
    at: int
    kind: str
    question: int
    reason: str
    undoes: int | UnsetType = UNSET


class State(Struct, tag_field="type", tag="state", forbid_unknown_fields=True):
    """Where a quiz is. `key` and `counts` (place → how often chosen, `right` → how many were right) once it is closed.

    `pin`: by which people can join just now.
    """

    epoch: str
    version: int
    now: int
    title: str
    questions: int
    pacing: Literal["host", "auto", "self", "draw"]
    reveal: Literal["instant", "close"]
    reanswer: Literal["never", "until_close"]
    names: Literal["own", "generated"]
    order: Literal["descending", "ascending"]
    privacy: Literal["open", "top", "near", "own", "pseudonyms"]
    phase: Phase
    opened_at: int
    closes_at: int
    paused_at: int
    next_at: int
    locked: bool
    frozen: bool
    correcting: bool
    pin: str | None
    question: QuestionView | None
    key: AnswerKey | None
    counts: dict[str, int] | None
    correction: Corrected | None


class Board(Struct, tag_field="type", tag="board", forbid_unknown_fields=True):
    """The best players, and teams where there are any. `held`: the rows stand still although points go on; `hidden`: places
    left out at the top."""

    epoch: str
    version: int
    players: int
    online: int
    answered: int
    held: bool
    hidden: int
    rows: list[BoardRow]
    teams: list[TeamRow] | UnsetType = UNSET
