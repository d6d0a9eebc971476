"""Periods of a board that starts over: each day, each week, or whenever a cron expression says."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, groupby, islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from msgspec import Struct

RULES = {"day": "0 0 * * *", "week": "0 0 * * 1"}
LEAST_MS = 3_600_000
MOST_MS = 400 * 24 * 3_600_000
CHECKED = 50  # periods whose length is looked at
CHECKED_FROM = datetime(2024, 1, 1, tzinfo=UTC)
REMEMBERED = 1_000  # beginnings
FURTHER_MS = 7 * 24 * 3_600_000  # what lies further ahead is worked out afresh
CALENDARS = 1_000


class Period(Struct, frozen=True):
    """From a moment to the next one's, in ms since 1970. `label`: the beginning by the clocks of the place, YYYYMMDDHHMM;
    no two have the same, for what clocks show twice begins only once."""

    begins_ms: int
    ends_ms: int
    label: str


class Calendar:
    """The periods of a rule and a time zone. What was worked out is remembered: a step takes some 80 µs."""

    def __init__(self, rule: str, timezone: str) -> None:
        self._rule, self._zone = RULES.get(rule, rule), ZoneInfo(timezone)
        self._begins: list[int] = []  # one after the other, none left out

    def steps(self, at_ms: int, reverse: bool = False) -> Iterator[int]:
        """The beginnings after a moment; in reverse those up to it, the latest first, but for those that the clocks, since
        they were put back, have yet to show again.
        """
        shown = self._shows(at_ms // 1000)
        begins = map(self._moment, CronSim(self._rule, shown + timedelta(seconds=reverse), reverse))
        return (it for it, _ in groupby(begins) if reverse or it > at_ms)

    def _moment(self, shown: datetime) -> int:
        """When the clocks show this, for the first time; where they jump over it, the moment of the jump.

        cronsim's own arithmetic with time zones loops for ever where a whole day is missing (Apia, 2011-12-30).
        """
        at = shown.replace(tzinfo=self._zone)
        latest = int(at.timestamp())
        if self._shows(latest) == shown:
            return latest * 1000
        jump = range(int(at.replace(fold=1).timestamp()), latest)
        return (jump.start + bisect_right(jump, shown, key=self._shows)) * 1000

    def _shows(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s, self._zone).replace(tzinfo=None)

    def period(self, at_ms: int) -> Period:
        """The period of a moment."""
        begins = self._around(at_ms)
        place = bisect_right(begins, at_ms)
        return Period(begins[place - 1], begins[place], self.label(begins[place - 1]))

    def begins(self, at_ms: int) -> int:
        """When the period of a moment began."""
        begins = self._around(at_ms)
        return begins[bisect_right(begins, at_ms) - 1]

    def oldest(self, at_ms: int, history: int) -> int:
        """When the first of the last so many periods began, that of this moment among them."""
        begins = self._around(at_ms)
        while bisect_right(begins, at_ms) < history and begins[0] > 0:
            begins.insert(0, next(self.steps(begins[0] - 1000, reverse=True)))
        return begins[max(0, bisect_right(begins, at_ms) - history)]

    def label(self, begins_ms: int) -> str:
        return f"{self._shows(begins_ms // 1000):%Y%m%d%H%M}"

    def _around(self, at_ms: int) -> list[int]:
        """Beginnings with this moment among them."""
        known = self._begins
        if not known or not known[0] <= at_ms < known[-1] + FURTHER_MS:
            first = next(self.steps(at_ms, reverse=True))
            known = self._begins = [first, *islice(self.steps(first), 1)]
        while at_ms >= known[-1]:
            known.append(next(self.steps(known[-1])))
        del known[:-REMEMBERED]
        return known


@lru_cache(CALENDARS)
def calendar(rule: str, timezone: str) -> Calendar:
    return Calendar(rule, timezone)


def flaw(rule: str, timezone: str) -> str | None:
    """What is wrong with them, in words."""
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        return f"There is no time zone {timezone!r}; they are called as in Europe/Berlin."
    if rule not in RULES and len(rule.split()) != 5:
        return "`period` is `day`, `week` or a cron expression of five fields."
    try:
        return flaw_of_lengths(Calendar(rule, timezone).steps(int(CHECKED_FROM.timestamp()) * 1000))
    except (CronSimError, ValueError, OverflowError) as error:
        return f"`period` is no cron expression: {error}."


def flaw_of_lengths(begins: Iterator[int]) -> str | None:
    """Stops at the first that is wrong: the next of a rare one is far to find."""
    lengths = (end - begin for begin, end in pairwise(islice(begins, CHECKED)))
    if all(LEAST_MS <= length <= MOST_MS for length in chain([next(lengths, 0)], lengths)):
        return None
    return "A period lasts from one hour to 400 days."
