"""Who was cut off and came back, anywhere and at any moment, knows what those know who stayed.

Hypothesis writes the script of a quiz, and when the connection breaks; two real nodes play it.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.nodes import Node, Nodes, hello, send

RUNS = int(os.environ.get("RESUME_RUNS", "15"))
QUIET_S = 0.13  # without a message: longer than any interval in which something would still be told
ANNOUNCED_S = 0.08  # newcomers are announced after 50 ms, with the board: that would cover up what is forgotten next
FOUR = ["a", "b", "c", "d"]
QUESTIONS: list[dict[str, Any]] = [
    {"type": "one", "text": "A", "choices": FOUR, "answer": [1]},
    {"type": "several", "text": "B", "choices": FOUR, "answer": [0, 2], "points": 777},
    {"type": "poll", "text": "C", "choices": FOUR},
    {"type": "number", "text": "D", "answer": [1], "tolerance": 0.5, "penalty": 50},
]
CHOICES: list[list[Any]] = [[0], [1], [2]]

Event = tuple[Any, ...]
Cut = tuple[int, int]  # after how many messages, and the node to which one comes back

places = st.integers(0, len(QUESTIONS) - 1)
players = st.integers(0, 2)  # 0 is the one who resumes
nodes_ = st.integers(0, 1)
answers = st.tuples(st.just("answer"), players, st.sampled_from(CHOICES), st.sampled_from(["socket", "http"]))
draws = st.tuples(st.just("draw"), st.sampled_from([0, 0, 0, 1]), st.sampled_from(["socket", "http"]))
events: list[st.SearchStrategy[Event]] = [
    *(answers, answers, answers),
    *(st.just(("agree",)), st.just(("agree",))),
    st.just(("join",)),
    st.tuples(st.just("adjust"), players, st.sampled_from([-300, 5, 1000])),
    st.tuples(st.just("correct"), places, st.sampled_from([[1], [0], None])),
    st.sampled_from([("freeze",), ("reveal", 0), ("reveal", 1), ("lock",), ("reset",)]),
]
leading: list[st.SearchStrategy[Event]] = [
    *(st.just(("next",)), st.just(("next",)), st.just(("close",))),
    st.tuples(st.just("open"), places),
    *(st.just(("pause",)), st.just(("resume",))),
    st.sampled_from([("extend",), ("skip",), ("finish",)]),
]
rules = st.fixed_dictionaries(
    {
        "reveal": st.sampled_from(["instant", "close"]),
        "reanswer": st.sampled_from(["never", "until_close"]),
        "ties": st.sampled_from(["first", "shared"]),
        "streak_bonus": st.sampled_from([0, 100]),
        "start": st.sampled_from([0, 20]),
        "board_interval_ms": st.just(20),
    }
)
cuts: st.SearchStrategy[list[Cut]] = st.lists(st.tuples(st.integers(0, 5), nodes_), min_size=1, max_size=6)


class Mirror:
    """What a client knows: the newest of each snapshot, as docs/protocol.md says to keep them."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.heard = 0
        self.heard_at = 0.0

    def take(self, message: dict[str, Any]) -> None:
        self.heard += 1
        self.heard_at = asyncio.get_running_loop().time()
        if message["type"] == "welcome":
            self.known = {kind: message[kind] for kind in ("state", "board", "you") if message[kind] is not None}
        elif (kind := message["type"]) in ("state", "board", "you"):
            before = self.known[kind]
            if kind == "you" or before["epoch"] != message["epoch"] or before["version"] <= message["version"]:
                self.known[kind] = message

    @property
    def seen(self) -> dict[str, dict[str, Any]]:
        """Without the version of `you`: it says when it was looked up, and nothing is sent when only that has changed."""
        passing = ("version", "moves")  # the latter is said once
        you = {name: value for name, value in self.known.get("you", {}).items() if name not in passing}
        return self.known | {"you": you}


class Player:
    """One player, whose socket is cut again and again, and a spectator's that stays on the first node."""

    def __init__(self, nodes: list[Node], quiz: str, token: str, cuts: list[Cut]) -> None:
        self.nodes, self.quiz, self.token = nodes, quiz, token
        self.cuts = list(cuts)
        self.connected = False  # the one who resumes
        self.spared = False  # from being cut
        self.free = asyncio.Event()  # to come back
        self.free.set()
        self.mirrors = {"stays": Mirror(), "resumes": Mirror()}
        self.sockets: dict[str, ClientConnection] = {}

    async def stay(self) -> None:
        async with self.nodes[0].live(self.quiz) as socket:
            self.mirrors["stays"].take(await hello(socket))
            self.sockets["stays"] = socket
            async for text in socket:
                self.mirrors["stays"].take(json.loads(text))

    async def resume(self) -> None:
        node, mirror = self.nodes[0], self.mirrors["resumes"]
        while True:
            await self.free.wait()
            async with node.live(self.quiz) as socket:
                mirror.take(await hello(socket, self.token))
                self.sockets["resumes"], self.connected = socket, True
                since = mirror.heard
                with contextlib.suppress(ConnectionClosed):  # taken over
                    while self.spared or not self.cuts or mirror.heard < since + self.cuts[0][0]:
                        mirror.take(json.loads(await socket.recv()))
                    node = self.nodes[self.cuts.pop(0)[1]]
                self.connected = False
                socket.transport.abort()

    async def send(self, **message: Any) -> None:
        """Lost if the connection is."""
        with contextlib.suppress(ConnectionClosed):
            await send(self.sockets["resumes"], **message)


class Script:
    """Drives a quiz, through the first node unless an event says otherwise. What makes no sense just now is refused."""

    def __init__(self, nodes: list[Node], pacing: str, rules: dict[str, Any], cuts: list[Cut]) -> None:
        self.nodes, self.pacing = nodes, pacing
        self.quiz, self.host = nodes[0].create(questions=QUESTIONS, settings={"pacing": pacing} | rules)
        self.players = [nodes[0].join(self.quiz, name) for name in ("Ana", "Ben", "Cleo")]
        self.ana = Player(nodes, self.quiz, self.players[0][1], cuts)
        self.at = [-1] * 3  # where each player is, with self pacing
        self.requests = 0

    async def play(self, events: list[Event]) -> None:
        tasks = [asyncio.ensure_future(work) for work in (self.ana.stay(), self.ana.resume())]
        try:
            async with httpx2.AsyncClient(timeout=5) as self.client:
                await self.until(lambda: len(self.ana.sockets) == 2)
                for event in events:
                    await getattr(self, event[0], self.verb)(*event)
                await self.agree("at the end")
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    async def until(self, true: Callable[[], Any]) -> None:
        async with asyncio.timeout(8):
            while not true():
                await asyncio.sleep(0.005)

    # Events

    async def post(self, path: str, token: str, node: int = 0, **body: Any) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = f"{self.nodes[node].base}/v1/quizzes/{self.quiz}/{path}"
        done = await self.client.post(address, headers=headers, json=body)
        assert done.status_code < 500, done.text

    async def verb(self, name: str, *_: Any) -> None:
        await self.post(name, self.host)

    async def open(self, name: str, place: int) -> None:
        await self.post(name, self.host, **({} if self.pacing == "self" else {"question": place}))

    async def reset(self, name: str) -> None:
        await self.post(name, self.host)
        self.at = [-1] * 3

    async def join(self, _: str) -> None:
        self.requests += 1
        await self.post("players", "", name=f"Somebody {self.requests}")

    async def adjust(self, name: str, player: int, points: int) -> None:
        await self.post(name, self.host, player=self.players[player][0], points=points, reason="Fair")

    async def correct(self, name: str, place: int, answer: list[int] | None) -> None:
        what: dict[str, Any] = {"void": True} if answer is None else {"answer": answer}
        await self.post(name, self.host, question=place, reason="Wrong", **what)

    async def reveal(self, name: str, hidden: int) -> None:
        await self.post(name, self.host, hidden=hidden)

    async def extend(self, name: str) -> None:
        await self.post(name, self.host, question=self.open_question(0), seconds=5)

    async def skip(self, name: str) -> None:
        await self.post(name, self.host, question=self.open_question(0))

    async def answer(self, _: str, player: int, choice: list[int], way: str) -> None:
        await self.do(player, way, "answer", "answers", question=self.open_question(player), choice=choice)

    async def draw(self, _: str, player: int, way: str) -> None:
        await self.do(player, way, "draw", "draw", after=self.at[player])
        self.at[player] = min(self.at[player] + 1, len(QUESTIONS) - 1)

    async def do(self, player: int, way: str, type_: str, path: str, **members: Any) -> None:
        """What a player does: on Ana's socket, or over HTTP by the second node."""
        self.requests += 1
        id_ = f"r{self.requests}"
        if player == 0 and way != "http":
            await self.ana.send(type=type_, id=id_, **members)
        else:
            await self.post(path, self.players[player][1], 1, **members)

    def open_question(self, player: int) -> int:
        if self.pacing == "self":
            return max(self.at[player], 0)
        question = self.ana.mirrors["stays"].known["state"]["question"]
        return question["number"] if question else 0

    async def agree(self, _: str) -> None:
        """When nothing moves any more, all know the same, and the same as somebody who comes in; and the board is true."""
        self.ana.spared = True
        mirrors = list(self.ana.mirrors.values())
        loop = asyncio.get_running_loop()
        while True:
            await self.until(
                lambda: self.ana.connected and loop.time() - max(mirror.heard_at for mirror in mirrors) > QUIET_S
            )
            heard = [mirror.heard for mirror in mirrors]
            fresh = [await self.fresh(node, "") for node in self.nodes]
            truth = await self.truth()
            [stays, resumes] = [mirror.seen for mirror in mirrors]
            if heard != [mirror.heard for mirror in mirrors]:
                continue
            self.ana.free.clear()
            yous = [(await self.fresh(each, self.ana.token))["you"] for each in self.nodes]
            moved = self.ana.mirrors["stays"].seen
            self.ana.free.set()
            if moved["state"]["version"] == stays["state"]["version"]:
                break
        for each in (resumes, *fresh):
            for kind in ("state", "board"):
                assert each[kind] == stays[kind]
        for you in yous:
            assert you == resumes["you"]
        board = stays["board"]
        if not board["held"]:
            assert [(row["id"], row["rank"], row["points"]) for row in board["rows"]] == truth[board["hidden"] :][:10]
        self.ana.spared = False
        await asyncio.sleep(ANNOUNCED_S)

    async def truth(self) -> list[tuple[str, int, int]]:
        """The board as only the host sees it: id, rank and points."""
        address = f"{self.nodes[0].base}/v1/quizzes/{self.quiz}/board?limit=100"
        rows = (await self.client.get(address, headers={"authorization": f"Bearer {self.host}"})).json()["rows"]
        return [(row["id"], row["rank"], row["points"]) for row in rows]

    async def fresh(self, node: Node, token: str) -> dict[str, dict[str, Any]]:
        mirror = Mirror()
        async with node.live(self.quiz) as socket:
            mirror.take(await hello(socket, token))
        return mirror.seen


@pytest.fixture(scope="module")
def both(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Two nodes for all examples: each quiz stands for itself."""
    with Nodes(module_url, tmp_path_factory.mktemp("resume")) as nodes:
        yield [nodes.start(), nodes.start()]


few = settings(
    max_examples=RUNS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # what depends on time does not shrink well
    print_blob=True,
)


PLAIN: dict[str, Any] = {"reveal": "instant", "reanswer": "never", "board_interval_ms": 20}
A_ROUND: list[Event] = [
    *(("next",), ("answer", 0, [1], "socket"), ("answer", 1, [0], "http"), ("close",), ("agree",)),
    *(("correct", 0, [0]), ("agree",), ("adjust", 1, 5), ("adjust", 0, 3000), ("agree",), ("next",)),
]


@few
@example(script=A_ROUND, rules=PLAIN, cuts=[(0, 1), (2, 0), (1, 1)])
@example(script=A_ROUND, rules=PLAIN, cuts=[])
@given(script=st.lists(st.one_of(*events, *leading), min_size=8, max_size=25), rules=rules, cuts=cuts)
def test_resuming_a_quiz_that_a_host_leads(
    both: list[Node], script: list[Event], rules: dict[str, Any], cuts: list[Cut]
) -> None:
    asyncio.run(Script(both, "host", rules, cuts).play(script))


@few
@given(
    script=st.lists(st.one_of(draws, draws, draws, st.just(("open", 0)), *events), min_size=8, max_size=25),
    rules=rules,
    cuts=cuts,
    finish=st.booleans(),
)
def test_resuming_a_quiz_at_ones_own_pace(
    both: list[Node], script: list[Event], rules: dict[str, Any], cuts: list[Cut], finish: bool
) -> None:
    asyncio.run(Script(both, "self", rules, cuts).play([("open", 0), *script, *([("finish",)] * finish)]))
