"""What depends on the player: each one's own points and rank, read for a bounded number of players at a time.

When a board has moved, the players of this node are served in batches, an interval apart: first those who changed
something, then the others in turn. So the cost is bounded whatever the size of the quiz, and everybody's turn comes.
"""

import asyncio
from itertools import islice

from msgspec import json

from leaderboard.errors import Refusal
from leaderboard.live.hub import Frame, Room
from leaderboard.live.messages import You
from leaderboard.state.store import YOU_AT_ONCE, Store

INTERVAL_S = 0.1


class Standings:
    """One task for each room where somebody's turn is still to come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: dict[str, dict[str, None]] = {}  # quiz → players in the order of their turns
        self._tasks: set[asyncio.Task[None]] = set()

    def changed(self, room: Room, player: str) -> None:
        """This player's standing has changed: their turn is next."""
        turns = self._turns_of(room)
        self._turns[room.quiz] = {player: None} | turns if player not in turns else turns

    def moved(self, room: Room) -> None:
        """The board has moved: everybody's turn comes."""
        self._turns_of(room).update(dict.fromkeys(room.players))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _turns_of(self, room: Room) -> dict[str, None]:
        turns = self._turns.get(room.quiz)
        if turns is None:
            turns = self._turns[room.quiz] = {}
            task = asyncio.get_running_loop().create_task(self._serve(room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return turns

    async def _serve(self, room: Room) -> None:
        try:
            while turns := self._turns[room.quiz]:
                batch = list(islice(turns, YOU_AT_ONCE))
                for player in batch:
                    del turns[player]
                await self._tell(room, [player for player in batch if player in room.players])
                await asyncio.sleep(INTERVAL_S)
        finally:
            del self._turns[room.quiz]

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
