"""What depends on the player: each one's own points and rank, read for a bounded number of players at a time.

When a board has moved, the players of this node are served in batches, an interval apart: first those who changed
something, then the others in turn. So the cost is bounded whatever the size of the quiz, and everybody's turn comes.
"""

import asyncio
from itertools import chain, islice

from msgspec import json

from leaderboard.errors import Refusal
from leaderboard.live.hub import Frame, Room
from leaderboard.live.messages import You
from leaderboard.state.store import YOU_AT_ONCE, Store

INTERVAL_S = 0.1


class Turns:
    """Who of a room is to be told: those who changed something before those whose rank may have moved."""

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}  # dictionaries as ordered sets
        self.moved: dict[str, None] = {}

    def take(self, number: int) -> list[str]:
        """The next players, at most so many."""
        batch = list(islice(chain(self.changed, self.moved), number))
        for player in batch:
            self.changed.pop(player, None)
            self.moved.pop(player, None)
        return batch


class Standings:
    """One task for each room where somebody's turn is still to come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: dict[Room, Turns] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def changed(self, room: Room, player: str) -> None:
        """This player's standing has changed: their turn is next."""
        self._turns_of(room).changed[player] = None

    def moved(self, room: Room) -> None:
        """The board has moved: everybody's turn comes."""
        self._turns_of(room).moved.update(dict.fromkeys(room.players))

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
            while batch := turns.take(YOU_AT_ONCE):
                await self._tell(room, [player for player in batch if player in room.players])
                await asyncio.sleep(INTERVAL_S)
        finally:
            del self._turns[room]

    async def _tell(self, room: Room, players: list[str]) -> None:
        if not players:
            return
        try:
            standings = await self._store.you(room.quiz, room.question, players)
        except Refusal:
            return  # the next board brings the next turn
        for player, standing in zip(players, standings, strict=True):
            what = (standing.points, standing.rank, standing.answer)
            news = [member for member in room.players.get(player, ()) if member.told != what]
            if not news:
                continue
            frame = Frame(json.encode(You(standing.epoch, standing.version, *what)))
            for member in news:
                member.told = what
                member.socket.show("you", frame)
