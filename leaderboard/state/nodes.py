"""The nodes that live, and the quizzes that have sockets on them, as far as the nodes tell."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from leaderboard.errors import NoSuchNode
from leaderboard.state.keys import ASKED, CARDS, SEEN, Keys
from leaderboard.state.writer import Writer

LEASE_MS = 10_000
LATE_MS = 250  # by which a time may be old when it comes
MOST_RUNNING = 100


class NodeView(Struct):
    """A node as it was at `seen_at`. `lag_ms`: by how much its event loop was late, at most, since it last said so.

    `ready`: what `/readyz` says; `draining`: it was told to end, and is about to.
    """

    id: str
    name: str
    version: str
    started_at: int
    sockets: int
    connections: int
    rooms: int
    lag_ms: float
    ready: bool
    seen_at: int = 0
    draining: bool = False


class Card(Struct):
    """What a node tells. `busiest`: quiz → sockets, of those that have the most."""

    node: NodeView
    busiest: dict[str, int]


class Living(Struct):
    """By name; `now` is Redis's time."""

    now: int
    nodes: list[NodeView]


class Running(Struct):
    """A quiz with sockets; `nodes`: the names of those that have some of them."""

    quiz: str
    title: str
    phase: str
    players: int
    online: int
    sockets: int
    nodes: list[str]


class Head(Struct):
    """What is read of a state message."""

    title: str
    phase: str


class Crowd(Struct):
    """What is read of a board message."""

    players: int
    online: int


_read_card = msgspec.json.Decoder(Card).decode
_read_head = msgspec.json.Decoder(Head).decode
_read_crowd = msgspec.json.Decoder(Crowd).decode


class Nodes:
    """A lease for each node, which it renews while it lives. By the way this one hears what time it is."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._ahead_ms = 0.0  # Redis's clock minus this node's

    def heard(self, now: int) -> None:
        """Redis has said its time. What came fastest is the truest, unless its clock was set or this machine slept."""
        ahead_ms = now - time.monotonic() * 1000
        if not 0 <= self._ahead_ms - ahead_ms <= LATE_MS:
            self._ahead_ms = ahead_ms

    def now(self) -> int:
        """Redis's time, as far as this node knows without asking."""
        return int(self._ahead_ms + time.monotonic() * 1000)

    async def beat(self, card: Card) -> bool:
        """Say that a node lives, for another lease. True if it was asked to leave."""
        text = msgspec.json.encode(card)
        _, asked, now = await self._writer.call("beat", [SEEN, CARDS, ASKED], card.node.id, text, LEASE_MS)
        self.heard(now)
        return bool(asked)

    async def leave(self, node: str) -> None:
        """Say that it does not any more."""
        await self._writer.call("beat", [SEEN, CARDS, ASKED], node, "", LEASE_MS)

    async def drain(self, node: str) -> NodeView:
        """Ask a node, by its id or its name, to leave. Raises NoSuchNode."""
        found = [it for it in (await self.living()).nodes if node in (it.id, it.name)]
        if not found:
            raise NoSuchNode
        latest = max(found, key=lambda it: it.started_at)  # one before it, of the same name, died
        await self._writer.call("drain", [SEEN, ASKED], latest.id, LEASE_MS)
        return latest

    async def living(self) -> Living:
        now, cards = await self._cards()
        return Living(now, sorted((card.node for card in cards), key=lambda node: (node.name, node.id)))

    async def running(self) -> list[Running]:
        """The quizzes with the most sockets, most first."""
        _, cards = await self._cards()
        sockets = Counter[str]()
        for card in cards:
            sockets.update(card.busiest)
        names = {quiz: sorted(card.node.name for card in cards if quiz in card.busiest) for quiz in sockets}
        return await self._described(dict(sockets.most_common(MOST_RUNNING)), names)

    async def _cards(self) -> tuple[int, list[Card]]:
        now, *found = await self._writer.call("living", [SEEN, CARDS], LEASE_MS)
        cards = []
        for seen_at, text in zip(found[::2], found[1::2], strict=True):
            try:
                card = _read_card(text)
            except msgspec.MsgspecError:
                continue  # of a node of another version
            card.node.seen_at = seen_at
            cards.append(card)
        return now, cards

    async def _described(self, sockets: Mapping[str, int], names: Mapping[str, list[str]]) -> list[Running]:
        """As they were published last; those that are gone are left out."""
        keys = [Keys(quiz) for quiz in sockets]
        found = await asyncio.gather(*(self._writer.command("GET", key) for it in keys for key in (it.state, it.shown)))
        rows = []
        for (quiz, count), state, board in zip(sockets.items(), found[::2], found[1::2], strict=True):
            if state is not None and board is not None:
                head, crowd = _read_head(state), _read_crowd(board)
                rows.append(Running(quiz, head.title, head.phase, crowd.players, crowd.online, count, names[quiz]))
        return rows
