"""What is told of a rehearsal while it goes on, a line of JSON each; and what the numbers mean."""

from msgspec import Struct

from leaderboard.rehearsal.players import Report, Spread

STRAINED = 0.25  # of the p99 of `kept_ms`; below so many ms it does not matter:
UNNOTICED_MS = 5.0


class Step(Struct, tag_field="step", tag=str.lower):
    """Where it has come."""


class Joining(Step):
    """So many of the players are connected."""

    joined: int
    players: int


class Question(Step):
    """Question `question` (from 1) of `questions` is played; `kept_ms`: of all answers so far."""

    question: int
    questions: int
    answered: int
    players: int
    kept_ms: Spread | None


class Done(Step):
    """All has been played. Times are in ms.

    `kept_ms`: from an answer to its ack; `board_ms`: to the first board that counts it, for who gave it; null if there are
    none. `joined_ms`: until all were connected. `cpu`: the share of a core that the node took while questions were played.
    `lag_ms`: by how much the simulated players came late themselves; where that is much of `kept_ms` (`strained`), the node
    is better than these numbers.
    """

    players: int
    questions: int
    answers: int
    lost: int
    kept_ms: Spread | None
    board_ms: Spread | None
    joined_ms: int
    cpu: float
    lag_ms: Spread | None
    strained: bool


class Failed(Step):
    """It could not go on; `code` as of refusals."""

    code: str
    detail: str


def done(report: Report, players: int, questions: int, joined_ms: int, cpu: float) -> Done:
    kept_ms, lag_ms = report.kept_ms, report.lag_ms
    strained = kept_ms is not None and lag_ms is not None and lag_ms.p99 > max(UNNOTICED_MS, STRAINED * kept_ms.p99)
    return Done(
        players,
        questions,
        report.kept,
        players * questions - report.kept,
        kept_ms,
        report.board_ms,
        joined_ms,
        cpu,
        lag_ms,
        strained,
    )
