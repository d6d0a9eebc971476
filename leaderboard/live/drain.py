"""A node that leaves: first nobody new comes, then those who are here go, some at a time, and come back elsewhere."""

import asyncio
import math
import random
from collections.abc import Callable

import structlog

from leaderboard.live.doors import Doors
from leaderboard.live.messages import LEAVING
from leaderboard.live.session import Session

WAVE_S = 0.25
WAVES = 40  # at most: ten seconds, however many there are
LEAST = 50  # sockets in a wave
RETRY_MS = (50, 1_000)  # when those of one wave come back, at random
REPLIES_S = 6.0  # how long replies may take that are still owed; the way to Redis gives up sooner

log = structlog.get_logger(__name__)


class Drain:
    """How a node leaves. `end` is called when nobody is here any more, and ends the process."""

    def __init__(self, sessions: set[Session], doors: Doors, notice_s: float) -> None:
        self._sessions, self._doors, self._notice_s = sessions, doors, notice_s
        self._task: asyncio.Task[None] | None = None
        self.end: Callable[[], None] | None = None

    @property
    def begun(self) -> bool:
        return self._task is not None

    def begin(self) -> None:
        """Leave. Said again it changes nothing."""
        if self._task is None:
            self._doors.leaving = True
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        log.info("draining", sockets=len(self._sessions))
        try:
            await asyncio.sleep(self._notice_s)  # balancers look once in a while
            await self._part()
            log.info("drained")
        except Exception:
            log.exception("drain_failed")  # the end comes all the same, and says goodbye to whoever is left
        if self.end is not None:
            self.end()

    async def _part(self) -> None:
        """Wave after wave; then wait for the replies that are owed, not for clients."""
        size = max(LEAST, math.ceil(len(self._sessions) / WAVES))
        while staying := [session for session in self._sessions if not session.leaving]:
            for session in staying[:size]:
                session.leave(LEAVING, f"retry_ms={random.randint(*RETRY_MS)}")
            await asyncio.sleep(WAVE_S)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + REPLIES_S
        while any(session.waiting for session in self._sessions) and loop.time() < deadline:
            await asyncio.sleep(0.05)
