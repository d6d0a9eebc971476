"""What an answer costs its node, when a room answers at once."""

import asyncio
import statistics
import time
from typing import NamedTuple

from benchmarks import client, quizzes
from benchmarks.client import ACK, REFUSED, Client, Http
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import SERVE, Broken, Node, Rig

PLAYERS = 200
QUIET_S = 0.15  # after the opening of a question: more than an interval, so that the first answer's board is due
TARGET_US = 45.0

NODES = {
    "ours": SERVE,
    "the same writer, one call in a batch": ("-m", "benchmarks.single", "alone", "serve"),
    "a call of redis-py each": ("-m", "benchmarks.single", "redis-py", "serve"),
}


class Round(NamedTuple):
    """From the first answer sent to the last ack: how long, and the node's CPU meanwhile."""

    took_s: float
    cpu_s: float


class Room:
    """A node with a quiz whose players all answer at once, again and again."""

    def __init__(self, node: Node, quiz: Quiz) -> None:
        self.node, self.quiz = node, quiz
        self.clients: list[Client] = []
        self.waiting, self.all_acked = 0, asyncio.Event()
        self.began_cpu = 0.0
        self.rounds: list[Round] = []
        self.others = 0  # messages other than acks that came meanwhile
        self.refused = b""

    def heard(self, payload: bytes) -> None:
        if payload.startswith(ACK):
            self.waiting -= 1
            if not self.waiting:
                self.all_acked.set()
        elif payload.startswith(REFUSED):
            self.refused = payload
            self.all_acked.set()
        elif self.waiting:
            self.others += 1

    async def answer_all(self) -> None:
        """One round. Raises Broken when an answer is refused."""
        frame = client.answer(await self.quiz.open_next())
        await asyncio.sleep(QUIET_S)
        self.all_acked.clear()
        self.waiting = len(self.clients)
        began, cpu = time.monotonic(), self.node.cpu_s()
        for each in self.clients:
            each.send(frame)
        async with asyncio.timeout(client.PATIENCE_S):
            await self.all_acked.wait()
        if self.refused:
            raise Broken(f"{self.refused.decode()}; {self.node.log.read_text()[-1000:]}")
        self.rounds.append(Round(time.monotonic() - began, self.node.cpu_s() - cpu))

    @property
    def answers(self) -> int:
        """All that were acked."""
        return len(self.rounds) * len(self.clients)

    @property
    def within(self) -> float:
        """µs of node CPU an answer, from the first one sent to the last ack: the median of the rounds."""
        return statistics.median(each.cpu_s for each in self.rounds) / len(self.clients) * 1e6

    @property
    def whole(self) -> float:
        """µs of node CPU an answer, with everything that the rounds brought about."""
        return (self.node.cpu_s() - self.began_cpu) / self.answers * 1e6

    def start_over(self) -> None:
        """Forget what has been measured."""
        self.rounds.clear()
        self.others, self.began_cpu = 0, self.node.cpu_s()


async def enter(rig: Rig, host: Http, node: Node, players: int, rounds: int) -> Room:
    """A node's room with its players."""
    quiz = await quizzes.make(rig, host, rounds)
    room = Room(node, quiz)
    tokens = await quizzes.join(node, quiz, players)
    room.clients = await client.crowd(
        lambda token=token: client.join_live(node.port, quiz.id, token, room.heard)  # type: ignore[misc]
        for token in tokens
    )
    return room


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """The node, and nodes without the group commit, take turns."""
    rounds = 12 if quick else 50
    nodes = {name: rig.node(f"node-{i}", module=module) for i, (name, module) in enumerate(NODES.items())}
    async with client.http(nodes["ours"].port) as host:
        rooms = {name: await enter(rig, host, node, PLAYERS, rounds) for name, node in nodes.items()}
        for room in rooms.values():
            await room.answer_all()  # scripts are loaded, questions known
            room.start_over()
        for _ in range(rounds - 1):
            for room in rooms.values():
                await room.answer_all()
        for room in rooms.values():
            client.close_all(room.clients)
    return numbers(rooms)


def numbers(rooms: dict[str, Room]) -> list[Number]:
    ours = rooms.pop("ours")
    others = ours.others / ours.answers
    return [
        Number(
            "answers",
            "an answer acked, node CPU",
            ours.within,
            "µs",
            f"≤ {TARGET_US:.0f} µs",
            ours.within <= TARGET_US,
            [Reference(name, room.within) for name, room in rooms.items()],
            f"{PLAYERS} sockets, first answer sent to last ack, with {others:.1f} boards an answer; median of rounds",
        ),
        Number(
            "answers",
            "… all in: with opening, boards, own standings, idle",
            ours.whole,
            "µs",
            references=[Reference(name, room.whole) for name, room in rooms.items()],
        ),
    ]
