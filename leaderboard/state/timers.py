"""What must happen in a quiz at a certain time, whichever node is alive.

Every node that knows of it sets a timer; the script at its end does nothing if another node was faster or if it is not yet
time. No leader is elected, and what is lost with a node is at most the promptness.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import cached_property

import structlog

from leaderboard.errors import Busy, Refusal

log = structlog.get_logger(__name__)

RETRY_MS = 500


class Timers:
    """At most one timer a quiz. `act(quiz)` returns the milliseconds still to wait, 0 when there is nothing to wait for.

    `spread_ms` is added at random, so that one node usually comes first and spares the others the work.
    """

    def __init__(self, act: Callable[[str], Awaitable[int]], spread_ms: int = 0) -> None:
        self._act, self._spread_ms = act, spread_ms
        self._timers: dict[str, tuple[float, asyncio.Handle]] = {}  # when, and what can be cancelled
        self._tasks: set[asyncio.Task[None]] = set()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def later(self, quiz: str, wait_ms: int) -> None:
        """Act in `wait_ms`, or when an earlier timer of this quiz says so; 0 means that nothing is to be done."""
        if wait_ms <= 0:
            return
        at = self._loop.time() + (wait_ms + random.uniform(0, self._spread_ms)) / 1000
        timer = self._timers.get(quiz)
        if timer is not None:
            if timer[0] <= at:
                return
            timer[1].cancel()
        # The time is kept here: for one that is less than 0.5 ms away uvloop returns a handle that does not tell it.
        self._timers[quiz] = at, self._loop.call_at(at, self._fire, quiz)

    def stop(self) -> None:
        """Also what is being done, for its end would wait for the next time."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()

    def _fire(self, quiz: str) -> None:
        del self._timers[quiz]
        task = self._loop.create_task(self._run(quiz))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, quiz: str) -> None:
        try:
            wait_ms = await self._act(quiz)
        except Busy:
            wait_ms = RETRY_MS
        except Refusal:
            return  # the quiz is gone
        except Exception:
            log.exception("timer_failed", quiz=quiz)
            wait_ms = 10 * RETRY_MS
        self.later(quiz, wait_ms)
