"""Who is online: leases that this node renews for its players, so that those of a dead node fade out."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from leaderboard.errors import Refusal
from leaderboard.live.hub import Hub, Room
from leaderboard.state.store import Store

log = structlog.get_logger(__name__)

LEASE_MS = 15_000
RENEW_EVERY_S = 5.0
GRACE_MS = 6_000  # longer than that
GATHER_S = 0.05  # newcomers of so long are announced together
AT_ONCE = 500


class Presence:
    """Renews the leases of all players in the hub's rooms."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store, self._hub = store, hub
        self._came: dict[Room, list[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._spawn(self._renew_all())

    async def stop(self) -> None:
        """Let those who leave with the node say so, for a moment."""
        tasks = [task for task in self._tasks if task.get_name() == "leave"]
        if tasks:
            await asyncio.wait(tasks, timeout=1)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def came(self, room: Room, player: str) -> None:
        """A player's socket has come in."""
        waiting = self._came.setdefault(room, [])
        waiting.append(player)
        if len(waiting) == 1:
            asyncio.get_running_loop().call_later(GATHER_S, self._announce, room)

    def went(self, room: Room, player: str, taken_over: bool = False) -> None:
        """A player's last socket here has gone. If another one has `taken_over` its place, the lease is left to its node."""
        lease_end = room.leases.pop(player, 0)
        if lease_end and not (taken_over and room.devices == 1):
            self._spawn(self._leave(room.quiz, player, lease_end), "leave")

    def _announce(self, room: Room) -> None:
        self._spawn(self._renew(room, self._came.pop(room)))

    async def _renew_all(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            for room in list(self._hub.rooms.values()):
                await self._renew(room, list(room.players))

    async def _renew(self, room: Room, players: list[str]) -> None:
        """Renew, also for nobody: the script shows a board whose publication died with its node."""
        for i in range(0, max(len(players), 1), AT_ONCE):
            here = [player for player in players[i : i + AT_ONCE] if player in room.players]
            try:
                lease_end = await self._store.renew(room.quiz, here, LEASE_MS)
            except Refusal:
                return  # Redis is away, or the quiz is gone: the next round sees
            except Exception:
                log.exception("renew_failed", quiz=room.quiz)
                return
            for player in here:
                room.leases[player] = lease_end
                if player not in room.players:  # left meanwhile
                    self.went(room, player)

    async def _leave(self, quiz: str, player: str, lease_end: int) -> None:
        try:
            await self._store.leave(quiz, player, lease_end, GRACE_MS)
        except Refusal:
            return  # the lease will run out
        except Exception:
            log.exception("leave_failed", quiz=quiz)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str | None = None) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
