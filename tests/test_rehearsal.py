"""A rehearsal: simulated players on a real node, and nothing of them afterwards."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis

from leaderboard.config import Settings
from leaderboard.demo import guess
from leaderboard.errors import OutOfRange, StillOpen
from leaderboard.quiz import checks
from leaderboard.quiz.content import Box, Question, Quiz
from leaderboard.quiz.content import Settings as Rules
from leaderboard.rehearsal import stage
from leaderboard.rehearsal.players import Report, Spread, spread
from leaderboard.rehearsal.stage import check, choices_of, sources_of
from leaderboard.rehearsal.steps import done
from leaderboard.state import rehearsals
from leaderboard.state.keys import REHEARSALS
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.rehearsals import LASTS_MS, copied
from tests.nodes import ADMIN, QUESTIONS, Node, Nodes

pytestmark = pytest.mark.anyio

TWO = [QUESTIONS[0], QUESTIONS[2]]  # the second is open for one second when it is played
Step = dict[str, Any]


class Watching:
    """Reads the lines of a rehearsal."""

    def __init__(self, reply: httpx2.Response) -> None:
        self.status = reply.status_code
        self._lines = reply.aiter_lines()

    async def __aiter__(self) -> AsyncIterator[Step]:
        async for line in self._lines:
            yield json.loads(line)

    async def until(self, step: str) -> Step:
        async for told in self:
            if told["step"] == step:
                return told
        raise AssertionError(f"it ended before {step}")


@contextlib.asynccontextmanager
async def rehearsal(node: Node, quiz: str, token: str, players: int) -> AsyncIterator[httpx2.Response]:
    """One that is watched for a block."""
    headers = {"authorization": f"Bearer {token}"}
    client = httpx2.AsyncClient(timeout=60, verify=False, trust_env=False)
    path = f"{node.base}/v1/quizzes/{quiz}/rehearsal"
    async with client, client.stream("POST", path, json={"players": players}, headers=headers) as reply:
        yield reply


async def begins(node: Node, quiz: str, token: str) -> bool:
    """Whether a rehearsal can begin. It ends with this."""
    async with rehearsal(node, quiz, token, 1) as reply:
        if reply.status_code == 409:
            return False
        assert (await Watching(reply).until("joining"))["players"] == 1
        return True


def left_behind(url: str) -> list[bytes]:
    client = redis.Redis.from_url(url)
    return [
        key for key in client.scan_iter() if (b"REHEARSAL" in key and client.ttl(key) == -1) or key == b"rehearsals"
    ]


async def nothing_left(url: str, within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while left_behind(url):
            await asyncio.sleep(0.05)


def simulated(node: Node) -> list[int]:
    """The processes of simulated players of a node."""
    of = Path(f"/proc/{node.process.pid}/task")
    children = {int(pid) for task in of.iterdir() for pid in (task / "children").read_text().split()}
    return [pid for pid in children if b"rehearsal.players" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_fifty_players(nodes: Nodes, real_url: str) -> None:
    """More than may come from one address, and a player who is really there hears nothing of it."""
    node = nodes.start(max_sockets_per_address="20", max_connections_per_address="30")
    quiz, host = node.create(questions=TWO)
    node.join(quiz, "Ana")
    async with rehearsal(node, quiz, host, 50) as reply:
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/x-ndjson")
        steps = [told async for told in Watching(reply)]
    kinds = [told["step"] for told in steps]
    assert kinds == sorted(kinds, key=["joining", "question", "done"].index)
    assert [told["joined"] for told in steps if told["step"] == "joining"][-1] == 50
    assert {(it["question"], it["questions"]) for it in steps if it["step"] == "question"} == {(1, 2), (2, 2)}
    last = steps[-1]
    assert (last["players"], last["questions"], last["answers"], last["lost"]) == (50, 2, 100, 0)
    assert 0 < last["kept_ms"]["p50"] <= last["kept_ms"]["p99"] <= last["kept_ms"]["max"] < 5000
    assert last["kept_ms"]["p50"] < last["board_ms"]["p50"] <= last["board_ms"]["p99"] < 6000
    assert 0 < last["joined_ms"] < 60_000
    assert 0 < last["cpu"] <= 1.5
    assert last["lag_ms"]["p50"] >= 0
    assert left_behind(real_url) == []
    assert simulated(node) == []
    assert node.http("GET", f"/v1/quizzes/{quiz}/board").json()["players"] == 1
    newest = node.http("GET", f"/v1/quizzes/{quiz}/audit", host).json()["rows"][0]
    assert (newest["verb"], newest["facts"]) == ("rehearse", {"players": 50})


async def test_one_at_a_time_and_it_ends_with_who_watches(nodes: Nodes, real_url: str) -> None:
    node = nodes.start()
    (quiz, host), (other, others_host) = node.create(questions=QUESTIONS * 2), node.create()  # which would take 25 s
    async with rehearsal(node, quiz, host, 10) as reply:
        await Watching(reply).until("question")
        assert len(simulated(node)) == 1
        refused = node.http("POST", f"/v1/quizzes/{other}/rehearsal", others_host, json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "REHEARSING")
        assert left_behind(real_url) != []
    await nothing_left(real_url)
    async with asyncio.timeout(5):
        while simulated(node):
            await asyncio.sleep(0.05)
        while not await begins(node, other, others_host):  # the first has still to tell its end
            await asyncio.sleep(0.05)


async def test_a_mistake_does_not_end_the_sweeping(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "SWEEP_EVERY_S", 0.01)
    left = await quizzes.rehearsals.make(Quiz(title="Left", questions=[]))
    await quizzes.writer.command("ZADD", REHEARSALS, 1, left)
    remove, tries = quizzes.rehearsals.remove, 0

    async def remove_or_fail(quiz: str) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StillOpen
        await remove(quiz)

    monkeypatch.setattr(quizzes.rehearsals, "remove", remove_or_fail)
    sweeping = asyncio.create_task(quizzes.rehearsals.sweep())
    async with asyncio.timeout(5):
        while await quizzes.writer.command("ZCARD", REHEARSALS):
            await asyncio.sleep(0.01)
    sweeping.cancel()
    await asyncio.wait([sweeping])


async def test_the_players_die(nodes: Nodes, real_url: str) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=TWO)
    async with rehearsal(node, quiz, host, 10) as reply:
        watching = Watching(reply)
        await watching.until("question")
        [pid] = simulated(node)
        os.kill(pid, signal.SIGKILL)
        failed = await watching.until("failed")
    assert (failed["code"], failed["detail"]) == ("NOT_REHEARSED", "The process of the simulated players has ended.")
    await nothing_left(real_url)


async def test_the_node_dies(nodes: Nodes, real_url: str) -> None:
    """Its players go with it, and another node removes what is left when its time is over."""
    node = nodes.start()
    quiz, host = node.create(questions=TWO)
    async with rehearsal(node, quiz, host, 10) as reply:
        watching = Watching(reply)
        await watching.until("question")
        [pid] = simulated(node)
        node.kill()
        with pytest.raises(httpx2.HTTPError):
            await watching.until("done")
    async with asyncio.timeout(5):
        while running(pid):
            await asyncio.sleep(0.05)
    client: Any = redis.Redis.from_url(real_url)
    [(left, until_ms)] = client.zrange(REHEARSALS, 0, -1, withscores=True)
    assert len(left_behind(real_url)) > 10
    assert 0 < until_ms - client.time()[0] * 1000 <= LASTS_MS
    client.zadd(REHEARSALS, {left: 1})
    nodes.start()
    await nothing_left(real_url)


async def test_a_node_that_leaves(nodes: Nodes, real_url: str) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=TWO)
    async with rehearsal(node, quiz, host, 10) as reply:
        await Watching(reply).until("question")
        assert await asyncio.to_thread(node.stop) == 0
    assert left_behind(real_url) == []
    assert "Traceback" not in node.log.read_text()


BODIES = (
    b"[]",
    b"{",
    b'{"players":0}',
    b'{"players":5001}',
    b'{"players":"3"}',
    b'{"players":1.5}',
    b'{"x":1}',
    b"9" * 99,
)


async def test_what_is_refused(nodes: Nodes, real_url: str) -> None:
    node = nodes.start(max_sockets="40")
    quiz, host = node.create()
    empty, its_host = node.create(questions=[])
    _, player = node.join(quiz, "Ana")
    path = f"/v1/quizzes/{quiz}/rehearsal"
    for body in BODIES:
        reply = node.http("POST", path, host, content=body)
        assert (reply.status_code, reply.json()["code"]) == (400, "MALFORMED"), body
    for token, status in ((player, 403), (its_host, 401), ("", 401)):
        assert node.http("POST", path, token, json={}).status_code == status
    assert node.http("POST", f"/v1/quizzes/{empty}/rehearsal", its_host, json={}).json()["code"] == "NO_QUESTIONS"
    assert node.http("POST", "/v1/quizzes/ABCD2345/rehearsal", ADMIN, json={}).json()["code"] == "NO_SUCH_QUIZ"
    much = node.http("POST", path, host, json={"players": 41}).json()
    assert much["code"] == "OUT_OF_RANGE"
    assert much["detail"].startswith("At most 40 players fit on this node, because of how many sockets")
    assert left_behind(real_url) == []


async def test_a_node_that_is_full(nodes: Nodes, real_url: str) -> None:
    """What the node's door says is what is told."""
    node = nodes.start(max_sockets="10")
    quiz, host = node.create(questions=TWO)
    async with node.live(quiz), rehearsal(node, quiz, host, 10) as reply:
        failed = await Watching(reply).until("failed")
    assert failed["code"] == "NODE_FULL"
    await nothing_left(real_url)


def test_as_many_addresses_as_are_needed() -> None:
    assert sources_of("127.0.0.1", 50, 20) == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert sources_of("192.0.2.1", 50, 20) == []


def test_no_more_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutOfRange, match=r"At most 2,000 players fit .* sockets of an address"):
        check(2001, Settings(), 1)
    check(2001, Settings(), 2)
    with pytest.raises(OutOfRange, match=r"At most 10 players fit .*rehearsal_players"):
        check(11, Settings(rehearsal_players=10), 2)
    monkeypatch.setattr(stage, "SPARE_FILES", 1 << 40)
    with pytest.raises(OutOfRange, match=r"At most 0 players .* files the system lets it open"):
        check(1, Settings(), 1)


ALL_KINDS = [
    Question("One", ["a", "b"], [1]),
    Question("Several", ["a", "b", "c"], [0, 2]),
    Question("Boolean", ["yes", "no"], [0], type="boolean"),
    Question("Number", [], [3, 4], type="number", tolerance=1),
    Question("Text", [], ["Hanoi", "Ha Noi"], type="text"),
    Question("Order", ["a", "b", "c"], [2, 0, 1], type="order"),
    Question("Poll", ["a", "b"], [], type="poll"),
]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(pacing="draw", boxes={"easy": Box(prize=1)}),
        Rules(pacing="self", opens_at=1, closes_at=2, approval=True, max_players=1),
        Rules(reveal="close", privacy="pseudonyms", streak_bonus=50),
        Rules(names="generated", crowd=1, reanswer="until_close", order="ascending"),
        Rules(team_score="mean", devices=3, late="average"),
    ],
    ids=str,
)
async def test_quizzes_of_all_kinds_can_be_rehearsed(quizzes: Quizzes, rules: Rules) -> None:
    teams = ["Owls", "Foxes"] if rules.team_score != "none" else []
    for first in range(0, len(ALL_KINDS), 5):
        copy = copied(Quiz("x" * 120, ALL_KINDS[first:], rules, roster=["Ana"], teams=teams))
        checks.check(copy)
        assert copy.title.startswith("Rehearsal · x")
        quiz = await quizzes.rehearsals.make(copy)
        tokens = await quizzes.rehearsals.join(quiz, range(8))
        players = [await quizzes.store.role(quiz, token) for token in tokens]
        for number, question in enumerate(copy.questions):
            await quizzes.store.open(quiz, number)
            for player, choice in zip(players, choices_of(question), strict=False):
                assert not (await quizzes.store.answer(quiz, player, number, choice)).duplicate
            if number < len(copy.questions) - 1:
                await quizzes.store.close(quiz)
        await quizzes.rehearsals.remove(quiz)  # also while a question is open
        assert await quizzes.writer.command("KEYS", "quiz:*") == []
        assert await quizzes.writer.command("EXISTS", REHEARSALS) == 0


def test_a_right_answer_is_among_the_choices() -> None:
    assert [2, 0, 1] in choices_of(ALL_KINDS[5])
    assert ["Hanoi"] in choices_of(ALL_KINDS[4])
    assert len(guess({"type": "poll", "choices": ["a", "b"]})) == 1


def test_whether_the_players_were_the_bottleneck() -> None:
    def strained(kept: float, lag: float) -> bool:
        report = Report(kept=4, kept_ms=Spread(1, kept, kept), lag_ms=Spread(1, lag, lag))
        return done(report, 2, 2, 10, 0.5).strained

    assert [strained(100, 20), strained(100, 30), strained(4, 3)] == [False, True, False]
    assert not done(Report(), 2, 2, 10, 0.5).strained
    assert done(Report(kept=3), 2, 2, 10, 0.5).lost == 1
    assert spread([]) is None
    assert spread([float(n) for n in range(100, 0, -1)]) == Spread(51, 100, 100)
