"""The live part of a node: its rooms, fed by Redis, and the sockets in them."""

import asyncio

from starlette.websockets import WebSocket

from leaderboard.errors import Busy, Refusal
from leaderboard.live.feed import Feed
from leaderboard.live.hub import Hub, Room
from leaderboard.live.presence import Presence
from leaderboard.live.session import Session
from leaderboard.live.standings import Standings
from leaderboard.state.redis import connect
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer

RESYNC_AGAIN_S = 0.5


class Node:
    """Wires hub, feed, presence and standings together."""

    def __init__(self, store: Store, writer: Writer, redis_url: str) -> None:
        self.store = store
        self.feed = Feed(connect(redis_url), writer, self.relay, self.resync)
        self.hub = Hub(self.feed.follow, self.feed.unfollow, self.moved)
        self.presence = Presence(store, self.hub)
        self.standings = Standings(store)

    def start(self) -> None:
        self.feed.start()
        self.presence.start()

    async def stop(self) -> None:
        await self.presence.stop()
        await self.standings.stop()
        await self.feed.stop()

    async def live(self, websocket: WebSocket) -> None:
        """`/v1/quizzes/{quiz}/live`"""
        await Session(self.store, self.hub, self.presence, self.standings, websocket).run()

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
            except Busy:  # a Redis that loads its data can publish, but not be read
                await asyncio.sleep(RESYNC_AGAIN_S)
                continue
            except Refusal:
                return  # the quiz is gone
            self.hub.relay(room, newest.state, live=False)
            self.hub.relay(room, newest.board, live=False)
            return

    def moved(self, room: Room, kind: str) -> None:
        """A room has news."""
        if kind == "board":
            self.standings.moved(room)
        elif kind == "state" and room.state is not None:
            self.store.watch(room.quiz, room.state, room.state.now)
