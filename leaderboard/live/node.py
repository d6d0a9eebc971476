"""The live part of a node: its rooms, fed by Redis, and the sockets in them."""

import asyncio
from collections.abc import Callable

from starlette.websockets import WebSocket

from leaderboard import counts
from leaderboard.errors import Busy, NoSuchQuiz
from leaderboard.live.doors import Doors
from leaderboard.live.drain import Drain
from leaderboard.live.feed import Feed
from leaderboard.live.heartbeat import Heartbeat
from leaderboard.live.hub import Hub, Room
from leaderboard.live.presence import Presence
from leaderboard.live.session import Session
from leaderboard.live.teller import Teller
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.redis import connect

RESYNC_AGAIN_S = 0.5


class Node:
    """Wires hub, feed, presence, teller and heartbeat together. `checks`: name → "ok", or a word for what is wrong."""

    def __init__(self, quizzes: Quizzes, redis_url: str, name: str, doors: Doors, notice_s: float) -> None:
        self.quizzes, self.store, self.doors = quizzes, quizzes.store, doors
        self.feed = Feed(connect(redis_url), quizzes.writer, self.relay, self.resync)
        self.hub = Hub(self.feed.follow, self.feed.unfollow, self.moved)
        self.presence = Presence(self.store, self.hub)
        self.teller = Teller(quizzes.standings)
        self.sessions: set[Session] = set()
        self.drain = Drain(self.sessions, doors, notice_s)
        self.checks: dict[str, Callable[[], str]] = {
            "redis": self.redis,
            "feed": lambda: "ok" if self.feed.works else "deaf",
            "node": lambda: "draining" if self.drain.begun else "ok",
            "places": lambda: "full" if doors.full else "ok",
        }
        self.heartbeat = Heartbeat(quizzes, self.hub, name, lambda: len(doors.present), self.ready, self.drain)

    def redis(self) -> str:
        if self.feed.keeps:
            return "ok"
        return "refuses_writes" if self.quizzes.writer.answered else "away"

    def ready(self) -> bool:
        """Whether it should be given work."""
        return all(check() == "ok" for check in self.checks.values())

    def start(self) -> None:
        self.feed.start()
        self.presence.start()
        self.heartbeat.start()

    async def stop(self) -> None:
        await self.drain.stop()
        await self.heartbeat.stop()
        await self.presence.stop()
        await self.teller.stop()
        await self.feed.stop()

    async def live(self, websocket: WebSocket) -> None:
        """`/v1/quizzes/{quiz}/live`"""
        await Session(self.quizzes, self.hub, self.presence, self.teller, self.sessions, websocket).run()

    def relay(self, quiz: str, payload: bytes) -> None:
        """Pass a published message on."""
        room = self.hub.rooms.get(quiz)
        if room is not None:
            self.hub.relay(room, payload, live=True)

    async def resync(self, quiz: str) -> None:
        """Look at the store for what may have been missed."""
        while (room := self.hub.rooms.get(quiz)) is not None:
            try:
                newest = await self.store.hello(quiz, None)
                seats = await self.store.seats(quiz, list(room.seated))
                term = await self.store.term(quiz)
            except Busy:  # a Redis that loads its data can publish, but not be read
                await asyncio.sleep(RESYNC_AGAIN_S)
                continue
            except NoSuchQuiz:
                room.end()
                return
            before = dict(room.newest)
            self.hub.catch_up(room, newest)
            counts.resyncs.add()
            if room.synced and room.newest != before:
                counts.recovered.add()
            room.synced = True
            for player, seat in seats.items():
                room.seat(player, seat)
            room.take_over(term)
            return

    def measure(self) -> None:
        """Set the gauges of sockets."""
        members = [member for room in self.hub.rooms.values() for member in room.members]
        behind = [size for member in members if (size := member.socket.behind())]
        hosts, players = (
            sum(member.term is not None for member in members),
            sum(bool(member.player) for member in members),
        )
        counts.rooms.set(len(self.hub.rooms))
        for role, number in (("host", hosts), ("player", players), ("spectator", len(members) - hosts - players)):
            counts.sockets.set(number, role)
        counts.slow_sockets.set(len(behind))
        counts.slow_bytes.set(sum(behind))
        counts.turns.set(self.teller.waiting)

    def moved(self, room: Room, kind: str) -> None:
        """A room has news."""
        if kind == "board":
            self.teller.moved(room)
        elif kind == "state" and room.state is not None:
            self.store.watch(room.quiz, room.state, room.state.now)
            if room.state.phase == "closed":
                self.teller.closed(room)
