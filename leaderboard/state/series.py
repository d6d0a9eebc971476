"""Boards that start over: each period of such a quiz is a quiz of its own, made when it is first needed, by any node."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from leaderboard.errors import Finished, Locked, Malformed, NoSuchQuiz, OutOfRange, Refusal, TooFarBack, Unauthorized
from leaderboard.quiz.content import Quiz, Settings
from leaderboard.quiz.periods import Calendar, calendar
from leaderboard.quiz.scores import Bad, Event
from leaderboard.state.contents import Contents
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import Keys, base_of, digest, period_id
from leaderboard.state.records import Greeting, Head
from leaderboard.state.store import HOST, MOST_COHOSTS, Store
from leaderboard.state.writer import Argument, Writer

MOST_EVENTS = 10_000_000  # whose period is remembered
AHEAD_MS = 60_000  # that the clocks of others may be ahead
SURE_S = 10.0  # after that it is looked again whether a quiz is there: a failover may have lost it
MOST_SURE = 10_000
FORGOTTEN_AT_ONCE = 1_000  # as many as may come at once

read_head = msgspec.json.Decoder(Head).decode


class Present(Struct):
    """The quiz of the present period, and how long that lasts yet; for ever where there are no periods."""

    quiz: str
    left_ms: int | None = None


class PeriodRow(Struct):
    """A period: from `begins` until `ends`, in ms, in the quiz with this ID."""

    label: str
    begins: int
    ends: int
    quiz: str


class PeriodPage(Struct):
    """Some periods of a quiz, the latest first; `next` is the cursor of those before."""

    rows: list[PeriodRow]
    next: str | None


class Series:
    """Which quiz stands for one that has periods, the *base*. What has none stands for itself, without a look at Redis."""

    def __init__(self, writer: Writer, contents: Contents, store: Store) -> None:
        self._writer, self._contents, self._store = writer, contents, store
        self._sure: dict[str, float] = {}  # quiz of a period → until when it need not be looked for

    async def now(self) -> int:
        """Redis's time, in ms."""
        seconds, us = await self._writer.command("TIME")
        return int(seconds) * 1000 + int(us) // 1000

    async def settings(self, quiz: str) -> Settings | None:
        """Those of a base; None for a quiz without periods. Raises NoSuchQuiz."""
        found = (await self._contents.get(quiz)).settings
        return found if found.period else None

    async def quiz_of(self, quiz: str, label: str | None = None) -> str:
        """The quiz of the present period, or of the one with this label. Raises NoSuchQuiz."""
        return (await self.present(quiz)).quiz if label is None else period_id(quiz, label)

    async def present(self, quiz: str) -> Present:
        """The same of the present period; of a series that was ended the last quiz that it had. Raises NoSuchQuiz."""
        settings = await self.settings(quiz)
        if settings is None:
            return Present(quiz)
        known = calendar(settings.period, settings.timezone)
        now = await self.now()
        period = known.period(now)
        left_ms = period.ends_ms - now
        try:
            return Present(await self._quiz(quiz, settings, period.begins_ms), left_ms)
        except (Finished, Locked):
            last = await self._writer.command("ZRANGE", Keys(quiz).periods, -1, -1)
            return Present(period_id(quiz, last[0].decode()) if last else quiz, left_ms)

    async def _quiz(self, base: str, settings: Settings, begins_ms: int) -> str:
        """The quiz of a period, made if there is none. Raises Finished, Locked."""
        label = calendar(settings.period, settings.timezone).label(begins_ms)
        quiz, now = period_id(base, label), time.monotonic()
        if self._sure.get(quiz, 0) < now:
            await self._make(base, settings, quiz, label)
            await self._list(base, settings, label, begins_ms)
            if len(self._sure) >= MOST_SURE:
                self._sure.clear()
            self._sure[quiz] = now + SURE_S
        return quiz

    async def _make(self, base: str, settings: Settings, quiz: str, label: str) -> None:
        """All nodes make the very same quiz: its host is that of the base."""
        (phase, locked, head, host, owner), there = await asyncio.gather(
            self._writer.command("HMGET", Keys(base).meta, "phase", "locked", "head", "host", "owner"),
            self._writer.command("EXISTS", Keys(quiz).meta),
        )
        if there:
            return
        if phase is None:
            raise NoSuchQuiz
        if phase == b"finished":
            raise Finished("The series is finished; there are no new periods.")
        if locked == b"1":
            raise Locked("The series is locked; there are no new periods.")
        title = read_head(b"{%s}" % head).title
        own = msgspec.structs.replace(settings, period="", timezone="UTC")
        content = Quiz(title=f"{title} · {label}", questions=[], settings=own)
        await self._store.make(Keys(quiz), content, CHANCE.epoch(), host.decode(), owner.decode())

    async def _list(self, base: str, settings: Settings, label: str, begins_ms: int) -> None:
        keys = Keys(base)
        await self._writer.command("ZADD", keys.periods, begins_ms, label)
        await self._writer.command("ZREMRANGEBYRANK", keys.periods, 0, -settings.history - 1)

    async def periods(self, quiz: str, cursor: str | None, limit: int) -> PeriodPage:
        """The periods in which there was something, as far as the history goes. Raises NoSuchQuiz, Malformed."""
        settings = await self.settings(quiz)
        if settings is None:
            return PeriodPage([], None)
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16):
            raise Malformed("The cursor is none that a page of these periods gave.")
        below = "+inf" if cursor is None else f"({cursor}"
        flat = await self._writer.command(
            *("ZREVRANGEBYSCORE", Keys(quiz).periods, below, "-inf", "WITHSCORES", "LIMIT", 0, limit + 1)
        )
        known = calendar(settings.period, settings.timezone)
        rows = [
            row(quiz, known, label.decode(), int(score)) for label, score in zip(flat[::2], flat[1::2], strict=True)
        ]
        return PeriodPage(rows[:limit], str(rows[limit - 1].begins) if len(rows) > limit else None)

    async def delete(self, quiz: str) -> str:
        """Delete a quiz, and before it those of its periods. Returns the account that made it, or ''. Raises StillOpen."""
        for label in await self._writer.command("ZRANGE", Keys(quiz).periods, 0, -1):
            with contextlib.suppress(NoSuchQuiz):
                await self._store.delete_quiz(period_id(quiz, label.decode()))
        return await self._store.delete_quiz(quiz)

    # Scores

    async def sort(
        self, base: str, settings: Settings, events: Sequence[Event | Bad]
    ) -> dict[str, dict[int, Event | Bad]]:
        """Which events belong to which quiz: quiz → place in the list → event, or why it belongs to none.

        The first period that an event was put into stays its own, whatever is sent later; one that takes another back goes
        where that is.
        """
        window = window_of(calendar(settings.period, settings.timezone), await self.now(), settings.history)
        wanted: dict[str, int] = {}
        bad: dict[int, Bad] = {}
        for place, event in enumerate(events):
            if isinstance(event, Bad):
                bad[place] = event
                continue
            try:
                wanted.setdefault(name_of(event), window.begins(event.at))
            except Refusal as refusal:
                bad[place] = Bad(event.event, refusal)
        begins = await self._place(base, wanted, window.oldest)
        quizzes = {it: await self._open(base, settings, it) for it in set(begins.values())}
        found: dict[str, dict[int, Event | Bad]] = {}
        for place, event in enumerate(events):
            quiz: str | Refusal = base
            if place not in bad and not isinstance(event, Bad):
                quiz = quizzes[begins[name_of(event)]] if name_of(event) in begins else FULL
            if isinstance(quiz, Refusal):
                bad[place] = Bad(event.event, type(quiz)(quiz.detail))
                quiz = base
            found.setdefault(quiz, {})[place] = bad.get(place, event)
        return found

    async def _open(self, base: str, settings: Settings, begins_ms: int) -> str | Refusal:
        """The quiz of a period, or why there is none."""
        try:
            return await self._quiz(base, settings, begins_ms)
        except (Finished, Locked) as refusal:
            return refusal

    async def _place(self, base: str, wanted: dict[str, int], oldest: int) -> dict[str, int]:
        """Note to which period events belong, unless that is known. Returns what holds; what is not in it was too much."""
        if not wanted:
            return {}
        key, command = Keys(base).placed, self._writer.command
        past, many = await asyncio.gather(
            command("ZRANGEBYSCORE", key, "-inf", f"({oldest}", "LIMIT", 0, FORGOTTEN_AT_ONCE), command("ZCARD", key)
        )
        if forgotten := [event for event in past if event.decode() not in wanted]:
            await command("ZREM", key, *forgotten)
        if many - len(forgotten) < MOST_EVENTS:
            pairs: list[Argument] = [part for event, begins in wanted.items() for part in (begins, event)]
            await command("ZADD", key, "NX", *pairs)
        noted = await command("ZMSCORE", key, *wanted)
        return {event: int(float(begins)) for event, begins in zip(wanted, noted, strict=True) if begins is not None}

    # Hosts: who hosts the base, hosts its periods

    async def role(self, quiz: str, token: str) -> str:
        """The player that a token belongs to, or HOST. Raises Unauthorized, Removed."""
        try:
            return await self._store.role(quiz, token)
        except Unauthorized:
            if not await self._hosts(quiz, token):
                raise
            return HOST

    async def hello(self, quiz: str, token: str | None) -> Greeting:
        """What somebody who comes in needs to know."""
        greeting = await self._store.hello(quiz, token)
        if greeting.player or not token or not await self._hosts(quiz, token):
            return greeting
        keys = Keys(quiz)
        await self._writer.call("cohost", [keys.meta, keys.tokens], digest(token), 2 * MOST_COHOSTS + 1)
        return await self._store.hello(quiz, token)

    async def _hosts(self, quiz: str, token: str) -> bool:
        """Whether the token is a host's of the base of this quiz."""
        base = base_of(quiz)
        return base != quiz and await self._writer.command("HGET", Keys(base).tokens, digest(token)) == HOST.encode()


FULL = OutOfRange(f"A series knows at most {MOST_EVENTS:,} events of its last periods.")


def name_of(event: Event) -> str:
    """The event that decides to which period it belongs."""
    return event.retracts if event.operator == "retract" else event.event


class Window(Struct):
    """The periods that take events just now; all times in ms."""

    known: Calendar
    now: int
    oldest: int
    present: int
    ends: int

    def begins(self, at: int | None) -> int:
        """When the period of a moment began, of now by default. Raises TooFarBack, OutOfRange."""
        if at is None or self.present <= at < self.ends:
            return self.present
        if at < self.oldest:
            raise TooFarBack("The event happened before the oldest period that still takes any.")
        if at < self.ends:
            return self.known.begins(at)
        if at >= self.now + AHEAD_MS:
            raise OutOfRange("The event would happen in a period that has not begun.")
        return self.ends


def window_of(known: Calendar, now: int, history: int) -> Window:
    period = known.period(now)
    return Window(known, now, known.oldest(now, history), period.begins_ms, period.ends_ms)


def row(base: str, known: Calendar, label: str, begins_ms: int) -> PeriodRow:
    return PeriodRow(label, begins_ms, next(known.steps(begins_ms)), period_id(base, label))
