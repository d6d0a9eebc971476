"""What a node tells of itself, every other second: that it lives, how late its event loop is, which rooms are full. It
hears then whether it shall leave.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from heapq import nlargest

import structlog

from leaderboard import __version__, counts
from leaderboard.errors import Refusal
from leaderboard.live.drain import Drain
from leaderboard.live.hub import Hub
from leaderboard.state.nodes import Card, NodeView
from leaderboard.state.quizzes import Quizzes

EVERY_S = 2.0
PROBE_S = 0.1
LEAVE_S = 1.0  # at most, for a node that ends
BUSIEST = 100

log = structlog.get_logger(__name__)


class Lag:
    """By how much the event loop is late: what is due every 100 ms says when it came."""

    def __init__(self) -> None:
        self._worst_s = self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + PROBE_S
        self._timer = loop.call_at(self._due, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        late_s = max(0.0, asyncio.get_running_loop().time() - self._due)
        counts.loop_lag_s.observe(late_s)
        self._worst_s = max(self._worst_s, late_s)
        self.start()

    def take_ms(self) -> float:
        """The worst since that was asked last."""
        worst_s, self._worst_s = self._worst_s, 0.0
        return round(worst_s * 1000, 1)


class Heartbeat:
    """Tells Redis about a node with this `name`, as long as it runs."""

    def __init__(
        self,
        quizzes: Quizzes,
        hub: Hub,
        name: str,
        connections: Callable[[], int],
        ready: Callable[[], bool],
        drain: Drain,
    ) -> None:
        self._quizzes, self._hub, self._name = quizzes, hub, name
        self._connections, self._ready, self._drain = connections, ready, drain
        self.id = secrets.token_hex(6)
        self._started_at = 0
        self._lag = Lag()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._lag.start()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Say that the node is gone, if Redis hears it soon; else its lease will run out."""
        self._lag.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            with contextlib.suppress(Refusal, TimeoutError):
                await asyncio.wait_for(self._quizzes.nodes.leave(self.id), LEAVE_S)

    async def _run(self) -> None:
        while True:
            try:
                self._started_at = self._started_at or await self._quizzes.series.now()
                if await self._quizzes.nodes.beat(self.card()):
                    self._drain.begin()
            except Refusal:
                pass  # Redis is away: the next one may be heard
            except Exception:
                log.exception("heartbeat_failed")
            await asyncio.sleep(EVERY_S)

    def card(self) -> Card:
        rooms = self._hub.rooms
        busiest = nlargest(BUSIEST, rooms.values(), key=lambda room: room.guests)
        node = NodeView(
            id=self.id,
            name=self._name,
            version=__version__,
            started_at=self._started_at,
            sockets=sum(room.guests for room in rooms.values()),
            connections=self._connections(),
            rooms=len(rooms),
            lag_ms=self._lag.take_ms(),
            ready=self._ready(),
            draining=self._drain.begun,
        )
        return Card(node, {room.quiz: room.guests for room in busiest})
