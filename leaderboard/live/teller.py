"""What depends on the player: points, rank, answer and result, read for a bounded number of players at a time.

When a board has moved, the players of this node are served in batches, an interval apart: first those who changed
something, then the others in turn. So the cost is bounded whatever the size of the quiz, and everybody's turn comes. When
a question has been closed everybody waits for their result: then the batches follow each other closely.
"""

import asyncio
import contextlib
from itertools import chain, islice

from msgspec import json

from leaderboard import counts
from leaderboard.errors import Refusal
from leaderboard.live.hub import Frame, Room
from leaderboard.live.messages import You
from leaderboard.state.records import Standing
from leaderboard.state.standings import AT_ONCE, Standings

INTERVAL_S = 0.1
HURRY_S = 0.002


class Turns:
    """Who of a room is to be told: those who changed something before those whose rank may have moved."""

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}  # dictionaries as ordered sets
        self.moved: dict[str, None] = {}
        self.hurry = asyncio.Event()

    async def rest(self) -> None:
        """Wait for an interval; in a hurry, only until others have had their turn."""
        if self.hurry.is_set():
            await asyncio.sleep(HURRY_S)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hurry.wait(), INTERVAL_S)

    def take(self, number: int) -> list[str]:
        """The next players, at most so many."""
        batch = list(islice(chain(self.changed, self.moved), number))
        for player in batch:
            self.changed.pop(player, None)
            self.moved.pop(player, None)
        return batch


class Teller:
    """One task for each room where somebody's turn is still to come."""

    def __init__(self, standings: Standings) -> None:
        self.read = standings.you
        self._turns: dict[Room, Turns] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def changed(self, room: Room, player: str) -> None:
        """This player's standing has changed: their turn is next."""
        self._turns_of(room).changed[player] = None

    def moved(self, room: Room) -> None:
        """The board has moved: everybody's turn comes."""
        self._turns_of(room).moved.update(dict.fromkeys(room.players))

    def closed(self, room: Room) -> None:
        """There are results: everybody's turn comes soon."""
        self.moved(room)
        self._turns_of(room).hurry.set()

    @property
    def waiting(self) -> int:
        """Players whose turn is still to come."""
        return sum(len(turns.changed) + len(turns.moved) for turns in self._turns.values())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _turns_of(self, room: Room) -> Turns:
        turns = self._turns.get(room)
        if turns is None:
            turns = self._turns[room] = Turns()
            task = asyncio.get_running_loop().create_task(self._serve(room, turns))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return turns

    async def _serve(self, room: Room, turns: Turns) -> None:
        try:
            while batch := turns.take(AT_ONCE):
                await self._tell(room, [player for player in batch if player in room.players])
                await turns.rest()
        finally:
            del self._turns[room]

    async def _tell(self, room: Room, players: list[str]) -> None:
        if not players:
            return
        try:
            standings = await self.read(room.quiz, room.question, players, tell=True)
        except Refusal:
            return  # the next board brings the next turn
        for player, standing in zip(players, standings, strict=True):
            what = standing.told
            news = [member for member in room.players.get(player, ()) if standing.moves or member.told != what]
            if not news:
                continue
            frame = Frame(json.encode(you(standing)))
            for member in news:
                member.told = what
                member.standings += 1
                member.socket.show("you", frame)
            counts.sent["you"] += len(news)


def you(standing: Standing) -> You:
    """The message that tells a player their standing."""
    return You(
        standing.epoch,
        standing.version,
        standing.points,
        standing.rank,
        standing.answer,
        standing.result,
        standing.closes_at,
        standing.own,
        standing.box,
        standing.last,
        standing.waiting,
        standing.name,
        standing.alias,
        standing.near,
        standing.next,
        standing.moves,
    )
