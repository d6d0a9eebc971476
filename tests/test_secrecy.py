"""Everything that players and spectators can get hold of, recorded: nothing tells a key before its question is closed.

Two real nodes, real sockets, and every address that answers a GET, asked all the time. What was heard is judged afterwards:
by the clock of Redis, which is that of this machine, against the state that closed the question.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.reasons import OfQuestion, Other
from tests.nodes import Node, Nodes, hello, send

pytestmark = pytest.mark.anyio

NEVER = float("inf")
FOUR = ["red", "green", "blue", "gold"]

# One of each type. Answers and explanations appear nowhere else; the places are known by being numbers in a list.
QUESTIONS: list[dict[str, Any]] = [
    {"type": "one", "text": "A", "choices": FOUR, "answer": [2], "explanation": "Wombat-0"},
    {"type": "several", "text": "B", "choices": FOUR, "answer": [1, 3], "explanation": "Wombat-1"},
    {"type": "boolean", "text": "C", "choices": ["true", "false"], "answer": [1], "explanation": "Wombat-2"},
    {"type": "number", "text": "D", "answer": [48151.5, 62342.25], "tolerance": 7.3125, "explanation": "Wombat-3"},
    {"type": "text", "text": "E", "answer": ["Zyzzogeton", "Quaggamuffin"], "explanation": "Wombat-4"},
    {"type": "order", "text": "F", "choices": FOUR, "answer": [3, 0, 2, 1], "explanation": "Wombat-5"},
    {"type": "poll", "text": "G", "choices": FOUR, "explanation": "Wombat-6"},
    {"type": "text", "text": "H", "answer": ["Skippeldusk"], "explanation": "Wombat-7"},
    {"type": "one", "text": "I", "choices": FOUR, "answer": [0], "explanation": "Wombat-8"},
    {"type": "text", "text": "J", "answer": ["Mistakewort"], "explanation": "Wombat-9"},
    {"type": "one", "text": "K", "choices": FOUR, "answer": [3], "points": 0, "explanation": "Wombat-10"},
]
SKIPPED, SKIPPED_WHILE_OPEN, CORRECTED = 7, 8, 9
NEW_KEY, REASON = "Correctium", "Said Correctium, not Mistakewort"
RIGHT: list[list[Any]] = [[2], [1, 3], [1], [48150.25], ["QUAGGAMUFFIN"], [3, 0, 2, 1], [1], ["x"], [0], [NEW_KEY], [3]]
WRONG: list[list[Any]] = [[0], [0], [0], [3.5], ["Okapi"], [0, 1, 3, 2], [2], ["x"], [1], ["Okapi"], [0]]

REASONS = {*get_args(OfQuestion), *get_args(Other)}  # of a line of an explanation, judged with it
TELLING = {
    "key",
    "counts",
    "tolerance",
    "explanation",
    "revision",
    "grade",
    "right",
    "void",
    "streak",
    "bonus",
    "ms",
    "result",
}
ADDRESSES = [
    *("", "/board", "/board?ties=shared&limit=100", "/board?around={id}", "/players/{id}/explanation"),
    *("/players/{other}/explanation", "/results", "/results?format=csv"),
]


def secrets_of(number: int) -> list[str]:
    """What must not be read anywhere before the question is closed: as JSON writes it, without quotes."""
    question = QUESTIONS[number]
    written = [str(value) for value in question.get("answer", []) if not isinstance(value, int) or value > 9]
    more = [NEW_KEY, REASON] if number == CORRECTED else []
    return [
        f'{question["explanation"]}"',
        *written,
        *([str(question["tolerance"])] if "tolerance" in question else []),
        *more,
    ]


@dataclass
class Viewer:
    """Somebody who is no host. `sent`: the choices they made themselves, which they may be shown."""

    name: str
    node: Node
    id: str = ""
    token: str = ""
    sent: list[list[Any]] = field(default_factory=list)
    socket: ClientConnection | None = None
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)  # who comes in anew takes their own socket over
    rounds: int = 0  # so often they have looked at everything


@dataclass
class Heard:
    """A frame or a body: when (ms), by whom, from where (`socket`, or an address), and what."""

    at: float
    viewer: Viewer
    source: str
    parsed: Any


class Play:
    """One quiz, its viewers, and everything they heard."""

    def __init__(self, nodes: list[Node], questions: list[int], **settings: Any) -> None:
        self.settings, self.numbers = settings, questions
        asked = [QUESTIONS[number] | self.limit(settings) for number in questions]
        self.quiz, host_token = nodes[0].create(questions=asked, settings=settings)
        self.leader = Viewer("", nodes[0], token=host_token)
        self.ana, self.ben, self.nobody = (
            Viewer(name, node) for name, node in zip(("Ana", "Ben", ""), (*nodes, nodes[0]), strict=True)
        )
        self.viewers = [self.ana, self.ben, self.nobody]
        for viewer in self.viewers[:2]:
            viewer.id, viewer.token = viewer.node.join(self.quiz, viewer.name)
        self.heard: list[Heard] = []
        self.states: list[tuple[Heard, dict[str, Any]]] = []
        self.seen: set[tuple[str, str, str, int | None]] = set()  # by whom, where, which phase of which question
        self.replies: dict[str, dict[str, Any]] = {}  # by the id of the request
        self.before: dict[int, dict[str, int]] = {}  # question → the points of all when it was opened
        self.requests = 0

    @staticmethod
    def limit(settings: dict[str, Any]) -> dict[str, int]:
        return {"time_limit": 2 if settings["pacing"] == "auto" else 60}

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Listen and look, all the time."""
        async with contextlib.AsyncExitStack() as stack, httpx2.AsyncClient(timeout=5) as self.client:
            for viewer in self.viewers:
                await self.come_in(viewer)
                stack.push_async_callback(self.go, viewer)
            work = [do(viewer) for viewer in self.viewers for do in (self.listen, self.look)]
            tasks = [asyncio.ensure_future(each) for each in work]
            yield
            await self.looked()
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if not isinstance(ended, asyncio.CancelledError | ConnectionClosed):
                    raise AssertionError("somebody stopped listening") from ended

    def hear(self, viewer: Viewer, source: str, message: Any) -> None:
        heard = Heard(time.time() * 1000, viewer, source, message)
        self.heard.append(heard)
        for state in objects(message, "state"):
            self.states.append((heard, state))
            self.seen.add((viewer.name, source, state["phase"], number_of(state)))
        if source == "socket" and message["type"] in ("ack", "refused"):
            self.replies[message["id"]] = message

    async def listen(self, viewer: Viewer) -> None:
        while True:
            socket = viewer.socket
            assert socket is not None
            with contextlib.suppress(ConnectionClosed):
                async for text in socket:
                    self.hear(viewer, "socket", json.loads(text))
            await self.until(lambda socket=socket: viewer.socket is not socket)  # type: ignore[misc]

    async def come_in(self, viewer: Viewer) -> None:
        """Say hello on a new socket, which from now on is the one that they have."""
        async with viewer.busy:
            socket = await viewer.node.live(self.quiz)
            try:
                self.hear(viewer, "socket", await hello(socket, viewer.token))
            except BaseException:
                socket.transport.abort()
                raise
            old, viewer.socket = viewer.socket, socket
        if old is not None:
            old.transport.abort()

    async def go(self, viewer: Viewer) -> None:
        if viewer.socket is not None:
            await viewer.socket.close()

    async def look(self, viewer: Viewer) -> None:
        """Ask at every address, and come in anew, again and again."""
        other = self.ana.id if viewer is self.ben else self.ben.id
        while True:
            for address in ADDRESSES:
                reply = await self.http(viewer, "GET", address.format(id=viewer.id or self.ana.id, other=other))
                assert reply.status_code < 500
                if address.startswith(("/results", "/players/{other}")):
                    assert reply.status_code in (401, 403)
                self.hear(viewer, address, reply.json())
            await self.come_in(viewer)
            viewer.rounds += 1

    async def http(self, viewer: Viewer, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {viewer.token}"} if viewer.token else {}
        return await self.client.request(
            method, f"{viewer.node.base}/v1/quizzes/{self.quiz}{path}", headers=headers, **options
        )

    async def looked(self) -> None:
        """Until everything has been looked at from beginning to end, as it is now."""
        wanted = [viewer.rounds + 2 for viewer in self.viewers]
        await self.until(lambda: all(v.rounds >= rounds for v, rounds in zip(self.viewers, wanted, strict=True)))

    async def until(self, true: Callable[[], Any], within_s: float = 8) -> None:
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(0.005)

    async def host(self, verb: str, **fields: Any) -> None:
        done = await self.http(self.leader, "POST", f"/{verb}", json=fields)
        assert done.status_code == 200, done.text

    async def totals(self) -> dict[str, int]:
        """The points of all, as only the host sees them."""
        page = (await self.http(self.leader, "GET", "/board?limit=100")).json()
        return {row["id"]: row["points"] for row in page["rows"]}

    async def answer(self, viewer: Viewer, place: int, choice: list[Any], source: str = "socket") -> None:
        """Answer, and hear that it was taken."""
        viewer.sent.append(choice)
        if source == "socket":
            await self.ask(viewer, type="answer", question=place, choice=choice)
        else:
            done = await self.http(viewer, "POST", "/answers", json={"question": place, "choice": choice})
            assert done.status_code == 200, done.text
            self.hear(viewer, "/answers", done.json())

    async def ask(self, viewer: Viewer, **request: Any) -> None:
        self.requests += 1
        id_ = f"r{self.requests}"
        async with viewer.busy:
            assert viewer.socket is not None
            await send(viewer.socket, id=id_, **request)
            await self.until(lambda: id_ in self.replies)
        assert self.replies[id_]["type"] == "ack", self.replies[id_]

    def of(self, viewer: Viewer, source: str) -> list[Heard]:
        return [h for h in self.heard if h.viewer is viewer and h.source == source]

    async def all_see(self, phase: str, place: int | None = None) -> None:
        """Until everybody has been shown this phase (of this question), on the socket and when they asked."""

        wanted = {(viewer.name, source, phase, place) for viewer in self.viewers for source in ("socket", "")}
        await self.until(lambda: self.seen >= wanted)

    # Judging

    def judge(self) -> None:
        """All of it against all questions that were not closed at that moment."""
        closed = {place: self.closed_at(place) for place in range(len(self.numbers))}
        opened = {place: self.opened_as(place) for place in range(len(self.numbers))}
        for heard in self.heard:
            secret = {place for place, at in closed.items() if heard.at < at}
            for line in (line for each in walk(heard.parsed) for line in each.get("lines", [])):
                key = line.pop("key")  # of an explanation: after the end
                assert key is None or line["question"] not in secret, heard
            self.judge_words(heard, secret)
            for each in walk(heard.parsed):
                self.judge_object(heard, each, secret)
                if self.settings["reveal"] == "close":
                    for place in secret:
                        if each.get("version", 0) >= opened[place]:
                            self.judge_held(heard, each, place)

    def closed_at(self, place: int) -> float:
        """When the question was closed, in ms; with self pacing all of them with the quiz."""
        if self.settings["pacing"] == "self":
            return min((s["now"] for _, s in self.states if s["phase"] == "finished"), default=NEVER)
        ends = (s["now"] for _, s in self.states if s["phase"] == "closed" and number_of(s) == place)
        return min(ends, default=NEVER)

    def opened_as(self, place: int) -> float:
        """The version with which it was opened."""
        if self.settings["pacing"] == "self":
            return min((s["version"] for _, s in self.states if s["phase"] == "running"), default=NEVER)
        begins = (s["version"] for _, s in self.states if s["phase"] == "question" and number_of(s) == place)
        return min(begins, default=NEVER)

    def judge_words(self, heard: Heard, secret: set[int]) -> None:
        """Nothing that only the key says, apart from what they said themselves."""
        rest = json.dumps(self.without_own_choices(heard), ensure_ascii=False)
        for place in secret:
            for word in secrets_of(self.numbers[place]):
                assert word not in rest, (word, heard)

    def without_own_choices(self, heard: Heard) -> Any:
        def strip(value: Any) -> Any:
            if isinstance(value, dict):
                assert value.get("choice") is None or value["choice"] in heard.viewer.sent, heard
                return {name: strip(part) for name, part in value.items() if name != "choice"}
            if isinstance(value, list):
                assert not any(isinstance(part, int | float) for part in value), heard  # places, or numbers
                return [strip(part) for part in value]
            return value

        if any(s["key"] for s in objects(heard.parsed, "state")):
            return heard.parsed  # it is of a closed question, or judge_object objects
        return strip(heard.parsed)

    def judge_object(self, heard: Heard, each: dict[str, Any], secret: set[int]) -> None:
        """No member that tells anything, but of a question that is closed."""
        if each.get("type") == "state":
            about = number_of(each)
            assert (each["key"] is None and each["counts"] is None) or about not in secret, heard
            assert (each["correction"] or {"question": None})["question"] not in secret, heard
            assert isinstance(each["questions"], int)
        elif each.get("type") == "you":
            assert (each["result"] or {"question": None})["question"] not in secret, heard
            assert set(each["answer"] or ()) <= {"question", "choice", "attempts", "points"}, heard
            assert each["rank"] is not None or each["next"] is each["moves"] is None, heard
            assert each["box"] is each["last"] is None, heard
            assert len(each) == 17, heard
        elif "lines" in each:
            for line in (line for line in each["lines"] if line["question"] in secret):
                self_paced, held = self.settings["pacing"] == "self", self.settings["reveal"] == "close"
                told = "right" in line["text"] or "wrong" in line["text"] or {*line["because"]} & {*TELLING, "spared"}
                assert not told or (self_paced and not held), heard
                assert not held or (self_paced and line["delta"] == 0), heard
        elif each.get("kind") not in REASONS and not {"revision", "moved", "right"} & set(
            # a key, a result, a distribution: judged where they hang
            each
        ):  # a key, a result, a distribution: judged where they hang
            assert not any(each.get(name) is not None for name in TELLING), heard
            assert not {"questions", "answer"} & set(each), heard

    def judge_held(self, heard: Heard, each: dict[str, Any], place: int) -> None:
        """With `reveal: close`: of the open question no points, and nobody's rank."""
        before = self.before[0 if self.settings["pacing"] == "self" else place]
        if each.get("type") == "you":
            assert each["points"] == before[heard.viewer.id], (before, heard)
            assert each["rank"] is None, heard
            assert "points" not in (each["answer"] or {}), heard
        elif each.get("type") == "board":
            assert each["held"], heard
            assert all(row["points"] == before[row["id"]] for row in each["rows"]), (before, heard)
        elif "duplicate" in each:
            assert not {"points", "total"} & set(each), heard
        else:
            assert "rows" not in each, heard

    def assert_told(self, place: int, frozen: bool = False) -> None:
        """After the close everybody has the key, and players their result: the tests above were about something."""
        number = self.numbers[place]
        at = self.closed_at(place)
        for viewer in self.viewers:
            for source in ("socket", ""):
                states = [s for h in self.of(viewer, source) for s in objects(h.parsed, "state") if s["key"]]
                keys = [s["key"] for s in states if s["question"]["number"] == place]
                assert keys, (viewer, source)
                assert keys[0]["answer"] == ([NEW_KEY] if number == CORRECTED else QUESTIONS[number].get("answer", []))
                assert keys[0]["explanation"] == QUESTIONS[number]["explanation"]
                assert keys[0].get("tolerance") == QUESTIONS[number].get("tolerance")
            if viewer.token and not frozen:
                yous = [y for h in self.of(viewer, "socket") if h.at >= at for y in objects(h.parsed, "you")]
                results = [y["result"] for y in yous if y["result"] and y["result"]["question"] == place]
                assert results
                assert any(result["grade"] == (viewer is self.ana and number != 6) for result in results)

    def assert_looked_at(self, place: int) -> None:
        """While the question was open there was something of every kind to judge."""
        opened, closed = self.opened_as(place), self.closed_at(place)
        during = [h for h in self.heard if h.at < closed and self.began(place) <= h.at]
        assert {h.source for h in during} >= {"socket", *ADDRESSES}
        versions = [(o.get("type"), o["version"]) for h in during for o in walk(h.parsed) if "version" in o]
        assert {kind for kind, version in versions if version > opened} >= {"ack", "you", "board"}

    def began(self, place: int) -> float:
        return min(h.at for h, s in self.states if number_of(s) == place)


def objects(value: Any, type_: str) -> list[dict[str, Any]]:
    """The messages of this type in a frame or a body: they may stand in a welcome."""
    return [each for each in walk(value) if each.get("type") == type_]


def number_of(state: dict[str, Any]) -> Any:
    return state["question"] and state["question"]["number"]


def walk(value: Any) -> list[dict[str, Any]]:
    """Every JSON object inside."""
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value] * isinstance(value, dict) + [each for part in inside for each in walk(part)]


@pytest.fixture(scope="module")
def both(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Two nodes for all of this module: each quiz stands for itself."""
    with Nodes(module_url, tmp_path_factory.mktemp("secrecy")) as nodes:
        yield [nodes.start(), nodes.start()]


def settings(pacing: str, reveal: str, reanswer: str = "never") -> dict[str, Any]:
    """A wrong answer costs something, so that it would be told as well."""
    fair = {"penalty": 100, "floor": False, "board_interval_ms": 20, "start": 50}
    return {"pacing": pacing, "reveal": reveal, "reanswer": reanswer, **fair}


@pytest.mark.parametrize("reanswer", ["never", "until_close"])
@pytest.mark.parametrize("reveal", ["instant", "close"])
async def test_a_host_leads(both: list[Node], reveal: str, reanswer: str) -> None:
    """Every type of question, each with one of the things that a host may do while it is open."""
    play = Play(both, list(range(len(QUESTIONS))), **settings("host", reveal, reanswer))
    meanwhile = {0: nothing, 1: pause, 2: freeze, 3: extend, 4: correct_one_to_come, 5: lock}
    async with play.watched():
        await play.host("correct", question=CORRECTED, answer=["Betweenish"], reason=REASON)
        await play.host("skip", question=SKIPPED)
        for place in range(len(QUESTIONS)):
            if place == SKIPPED:
                continue
            play.before[place] = await play.totals()
            await play.host("open", question=place)
            await play.all_see("question", place)
            await play.answer(play.ana, place, (WRONG if reanswer != "never" else RIGHT)[place])
            await play.answer(play.ben, place, WRONG[place], "/answers")
            if reanswer != "never":
                await play.answer(play.ana, place, RIGHT[place])
            await meanwhile.get(place, nothing)(play)
            await play.looked()
            if place == SKIPPED_WHILE_OPEN:
                await play.host("skip", question=place)
            else:
                await play.host("close", question=place)
            await play.all_see("closed", place)
            if place == 2:
                await play.looked()
                await play.host("reveal")
    play.judge()
    assert play.closed_at(SKIPPED) == NEVER
    for place in range(len(QUESTIONS)):
        if place not in (SKIPPED, SKIPPED_WHILE_OPEN):
            play.assert_looked_at(place)
            play.assert_told(place)


async def nothing(play: Play) -> None:
    pass


async def pause(play: Play) -> None:
    await play.host("pause")
    await play.looked()
    await play.host("resume")


async def freeze(play: Play) -> None:
    await play.host("freeze")


async def extend(play: Play) -> None:
    await play.host("extend", question=3, seconds=30)


async def correct_one_to_come(play: Play) -> None:
    await play.host("correct", question=CORRECTED, answer=[NEW_KEY], reason=REASON)


async def lock(play: Play) -> None:
    await play.host("lock")


async def test_it_goes_by_itself(both: list[Node]) -> None:
    """Time closes the questions, later than all see for somebody with extra time: the key waits for them."""
    await asyncio.gather(*(by_itself(both, reveal) for reveal in ("instant", "close")))


async def by_itself(both: list[Node], reveal: str) -> None:
    play = Play(both, [4, 3], **settings("auto", reveal) | {"lobby_s": 1, "pause_s": 1})
    async with play.watched():
        await play.host("extra", player=play.ben.id, percent=200)
        for place, number in enumerate(play.numbers):
            play.before[place] = await play.totals()
            await play.all_see("question", place)
            await play.answer(play.ana, place, RIGHT[number])
            await play.until(lambda: time.time() * 1000 > play.states[-1][1]["closes_at"])
            await play.answer(play.ben, place, WRONG[number])
            await play.all_see("closed", place)
        await play.all_see("finished")
    play.judge()
    for place in range(2):
        [closes_at] = {s["closes_at"] for _, s in play.states if s["phase"] == "question" and number_of(s) == place}
        assert play.closed_at(place) >= closes_at + 1000
        play.assert_looked_at(place)
        play.assert_told(place)


@pytest.mark.parametrize("reveal", ["instant", "close"])
async def test_everybody_goes_at_their_own_pace(both: list[Node], reveal: str) -> None:
    """No key at all is sent; with `reveal: close` no points either before the quiz is finished."""
    numbers = [n for n in range(len(QUESTIONS)) if n != SKIPPED]
    play = Play(both, numbers, **settings("self", reveal, "until_close"))
    async with play.watched():
        play.before[0] = await play.totals()
        await play.host("open")
        await play.all_see("running")
        for place, number in enumerate(numbers):
            for viewer, choices in ((play.ana, (WRONG, RIGHT)), (play.ben, (WRONG,))):
                await play.ask(viewer, type="draw", after=place - 1)
                for choice in choices:
                    await play.answer(viewer, place, choice[number])
            if place == 1:
                await play.host("correct", question=numbers.index(CORRECTED), answer=[NEW_KEY], reason=REASON)
            if place % 3 == 0:
                await play.looked()
        await play.host("freeze")
        await play.looked()
        totals = await play.totals()
        await play.host("finish")
        await play.all_see("finished")
        await play.host("reveal")
        await play.looked()
    play.judge()
    everything = json.dumps([play.without_own_choices(heard) for heard in play.heard])
    assert not any(word in everything for number in numbers for word in secrets_of(number))
    for viewer in play.viewers[:2]:
        told = [you for heard in play.of(viewer, "socket") for you in objects(heard.parsed, "you")][-1]
        assert (told["points"], told["rank"] is None) == (totals[viewer.id], False)
    explained = play.of(play.ana, "/players/{id}/explanation")[-1].parsed
    assert explained["total"] == totals[play.ana.id] > 50


async def test_a_node_that_has_not_heard_of_the_opening_tells_no_points(quizzes: Quizzes) -> None:
    """It asks for the standing with the question before: neither its points nor those of the open one are mixed up."""
    asked = [
        Question(text=text, choices=FOUR, answer=[1], rule="flat", points=points)
        for text, points in (("A", 7), ("B", 90))
    ]
    store = quizzes.store
    quiz = (await store.create(Quiz(title="Q", questions=asked, settings=Settings(reveal="close")))).id
    ana = (await store.join(quiz, "Ana")).id
    await store.open(quiz, 0)
    await store.answer(quiz, ana, 0, [1])
    await store.close(quiz)
    await store.open(quiz, 1)
    for believed in (-1, 0, 1):
        [standing] = await quizzes.standings.you(quiz, believed, [ana])
        assert (standing.points, standing.answer) == (7, None)
    await store.answer(quiz, ana, 1, [1])
    for believed in (-1, 0, 1):
        [standing] = await quizzes.standings.you(quiz, believed, [ana])
        assert standing.points == 7
        assert standing.answer is not None
        assert standing.answer.question == 1


async def test_a_correction_that_ends_while_the_question_is_open_is_not_announced(
    quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question was opened in the middle of it; the reason may tell the key."""
    asked = [Question(text="A", choices=FOUR, answer=[1])]
    store, call = quizzes.store, quizzes.corrections._call
    quiz = (await store.create(Quiz(title="Q", questions=asked))).id

    async def late(name: str, *rest: Any) -> Any:
        if name == "corrected":
            await store.open(quiz, 0)
        return await call(name, *rest)

    monkeypatch.setattr(quizzes.corrections, "_call", late)
    await quizzes.corrections.correct(quiz, 0, REASON, answer=[0])
    greeting = await store.hello(quiz, None)
    assert b'"phase":"question"' in greeting.state
    assert REASON.encode() not in greeting.state
