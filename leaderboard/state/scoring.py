"""Scores from outside: events that other programs send, applied once each."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from leaderboard.errors import REFUSALS, Refusal
from leaderboard.quiz import names
from leaderboard.quiz.scores import MOST_SCORE, Bad, Event, Scored, Scores
from leaderboard.state.contents import Contents
from leaderboard.state.keys import Keys
from leaderboard.state.redis import Server
from leaderboard.state.series import Series
from leaderboard.state.writer import Argument, Reply, Writer

AT_ONCE = 100  # events in one call of the script: some 2.5 ms
MOST_EVENTS = 10_000_000  # that a quiz remembers
LONGEST_NAME = 32

encode = msgspec.json.encode


class Scoring:
    """`later(quiz, wait_ms)` is called with the time in which the board is due. What became of events is counted."""

    def __init__(
        self, writer: Writer, server: Server, contents: Contents, series: Series, later: Callable[[str, int], None]
    ) -> None:
        self._writer, self._server, self._contents, self._series, self._later = writer, server, contents, series, later
        self.applied = 0
        self.refused: Counter[str] = Counter()

    async def score(
        self, quiz: str, events: Sequence[Event | Bad], account: str = "", by: str = "host", ranks: bool = False
    ) -> Scores:
        """Apply events to the points of players: each wholly or not at all, and once however often it comes.

        `account`: the one that had users join by an external ID, '' for the quiz's owner. A single event that is refused
        is refused in its result. With periods each event goes to the quiz of its own, and the version is that of the last
        of these. Raises NoSuchQuiz, Busy.
        """
        periods = await self._series.settings(quiz)
        if periods is None or not events:
            return await self._score(quiz, events, account, by, ranks)
        parts, results, version = await self._series.sort(quiz, periods, events), dict[int, Scored](), 0
        for place, part in parts.items():
            scores = await self._score(place, [*part.values()], account, by, ranks)
            results |= zip(part, scores.results, strict=True)
            version = scores.version
        return Scores(self._server.durable, version, [results[place] for place in sorted(results)])

    async def _score(self, quiz: str, events: Sequence[Event | Bad], account: str, by: str, ranks: bool) -> Scores:
        filter_names = (await self._contents.get(quiz)).settings.filter_names
        results: list[Scored] = []
        asked: list[tuple[Scored, tuple[Argument, ...]]] = []
        for event in events:
            results.append(Scored(event.event, "refused"))
            try:
                asked.append((results[-1], arguments(event, filter_names)))
            except Refusal as refusal:
                self._refuse(results[-1], refusal)
        first = 0
        while True:
            some = asked[first : first + AT_ONCE]
            version, wait_ms, *flat = await self._call(quiz, [args for _, args in some], account, by, ranks)
            self._later(quiz, wait_ms)
            for (result, _), row in zip(some, zip(*[iter(flat)] * 3, strict=True), strict=False):
                self._note(result, row, ranks)
            first += len(flat) // 3
            if first >= len(asked):
                return Scores(self._server.durable, version, results)

    async def _call(
        self, quiz: str, events: Sequence[tuple[Argument, ...]], account: str, by: str, ranks: bool
    ) -> Reply:
        keys = Keys(quiz)
        return await self._writer.call(
            "score",
            [
                *(
                    *keys.showing,
                    keys.ledger,
                    keys.runs,
                    keys.aside,
                    keys.removed,
                    keys.users,
                    keys.joined,
                    keys.banned,
                ),
                *(keys.outside, keys.events, keys.timeline),
            ],
            *(account, by, int(ranks), MOST_SCORE, MOST_EVENTS),
            *(part for event in events for part in event),
        )

    def _note(self, result: Scored, row: Reply, ranks: bool) -> None:
        status, points, rank = row
        if status == b"applied":
            result.status = "applied"
            self.applied += 1
        elif status == b"duplicate":
            result.status = "duplicate"
        else:
            code, _, detail = status.decode().partition(" ")
            self._refuse(result, REFUSALS[code](detail))
        if rank >= 0 and result.status != "refused":
            result.points = points
            if ranks:
                result.rank = rank

    def _refuse(self, result: Scored, refusal: Refusal) -> None:
        result.status, result.code, result.detail = "refused", refusal.code, refusal.detail
        self.refused[refusal.code] += 1


def arguments(event: Event | Bad, filter_names: bool) -> tuple[Argument, ...]:
    """What the script is told of an event. Raises its refusal, and BadName."""
    if isinstance(event, Bad):
        raise event.refusal
    return (
        *(event.event, event.user_id, event.operator, "" if event.score is None else event.score),
        "" if event.at is None else event.at,
        name_of(event.name, filter_names) if event.name else encode(event.user_id[:LONGEST_NAME]),
        event.retracts,
    )


@lru_cache(10_000)
def name_of(name: str, filter_names: bool) -> bytes:
    """A name as boards show it, JSON. Raises BadName."""
    return encode(names.accept(name, filter_names))
