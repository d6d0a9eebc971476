"""A node that leaves: who comes is refused, who is here is sent elsewhere, and what was asked has its reply."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus

from leaderboard.cli import main
from leaderboard.errors import NoSuchNode
from leaderboard.live import drain as drain_module
from leaderboard.live import heartbeat
from leaderboard.live.drain import Drain
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import Store
from tests.nodes import ADMIN, Nodes, hello, receive, send
from tests.test_sockets import QUIZ, Inside, serving
from tests.test_watching import card, kept
from tests.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_node_that_is_asked_to_leave_hears_it_with_its_next_beat(quizzes: Quizzes, redis_url: str) -> None:
    with pytest.raises(NoSuchNode):
        await quizzes.nodes.drain("a")
    assert not await quizzes.nodes.beat(card("a", "one:1"))
    assert not await quizzes.nodes.beat(card("b", "two:1"))
    for by in ("a", "one:1", "one:1"):
        assert (await quizzes.nodes.drain(by)).id == "a"
    assert not await quizzes.nodes.beat(card("b", "two:1"))
    for _ in range(2):
        assert await quizzes.nodes.beat(card("a", "one:1"))
    await quizzes.nodes.leave("a")
    assert not await quizzes.nodes.beat(card("a", "one:1"))  # one that comes back is another one
    assert set(kept(redis_url).values()) == {2}


async def test_of_one_name_the_one_that_started_last_is_meant(quizzes: Quizzes) -> None:
    old, new = card("old"), card("new")
    old.node.started_at, new.node.started_at = 1, 2
    for each in (new, old):
        await quizzes.nodes.beat(each)
    assert (await quizzes.nodes.drain("here:1")).id == "new"


async def test_who_is_gone_cannot_be_asked(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    await quizzes.nodes.beat(card("a"))
    await quizzes.nodes.leave("a")
    with pytest.raises(NoSuchNode):
        await quizzes.writer.call("drain", ["nodes:{all}:seen", "nodes:{all}:asked"], "a", 10_000)


@pytest.fixture
async def node(real_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inside]:
    monkeypatch.setattr(drain_module, "WAVE_S", 0.05)
    monkeypatch.setattr(drain_module, "WAVES", 3)
    monkeypatch.setattr(drain_module, "LEAST", 1)
    async with serving(real_url) as inside:
        yield inside


def drain_of(node: Inside) -> Drain:
    drain: Drain = node.server.config.app.state.drain  # type: ignore[union-attr]
    return drain


async def closed(socket: Any) -> tuple[int, str]:
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


async def test_who_comes_while_a_node_leaves_is_refused(node: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_of(node), "_notice_s", 60)
    quiz = (await node.store.create(QUIZ)).id
    token = (await node.store.join(quiz, "Ana")).token
    async with node.live(quiz) as socket, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{node.port}") as http:
        await hello(socket, token)
        drain_of(node).begin()
        with pytest.raises(InvalidStatus) as refused:
            await node.live(quiz)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "1"
        assert json.loads(refused.value.response.body or b"")["code"] == "NODE_LEAVING"
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["node"]) == (503, "draining")
        # Who is here is served until balancers have noticed, and so is what comes by HTTP.
        await node.store.open(quiz, 0)
        await send(socket, type="answer", id="a", question=0, choice=[1])
        await receive(socket, "ack", id="a")
        assert (await http.post(f"/v1/quizzes/{quiz}/players", json={"name": "Ben"})).status_code == 201


async def test_who_is_there_is_sent_elsewhere_some_at_a_time(node: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_of(node), "_notice_s", 0)
    ended = asyncio.Event()
    drain_of(node).end = ended.set
    quiz = (await node.store.create(QUIZ)).id
    sockets = [await node.live(quiz) for _ in range(8)]
    for socket in sockets:
        await hello(socket)
    drain_of(node).begin()
    drain_of(node).begin()
    order: list[int] = []

    async def goes(number: int) -> tuple[int, str]:
        found = await closed(sockets[number])
        order.append(len(drain_of(node)._sessions))
        return found

    ends = await asyncio.gather(*(goes(number) for number in range(8)))
    await asyncio.wait_for(ended.wait(), 5)
    assert {code for code, _ in ends} == {1012}
    waits = [int(found[1]) for _, reason in ends if (found := re.fullmatch(r"retry_ms=(\d+)", reason))]
    assert len(waits) == 8
    assert len(set(waits)) > 4
    assert len(set(order)) == 3, order  # three waves


async def test_what_was_asked_has_its_reply_before_the_goodbye(node: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_of(node), "_notice_s", 0)
    ended = asyncio.Event()
    drain_of(node).end = ended.set
    quiz = (await node.store.create(QUIZ)).id
    token = (await node.store.join(quiz, "Ana")).token
    await node.store.open(quiz, 0)
    asked, go_on, answer = asyncio.Event(), asyncio.Event(), node.store.answer

    async def slow(*about: Any) -> Any:
        asked.set()
        await go_on.wait()
        return await answer(*about)

    monkeypatch.setattr(Store, "answer", lambda _, *about: slow(*about))
    async with node.live(quiz) as socket:
        await hello(socket, token)
        await send(socket, type="answer", id="a", question=0, choice=[1])
        await asked.wait()
        drain_of(node).begin()
        await until(lambda: all(session.leaving for session in drain_of(node)._sessions))
        await send(socket, type="ping")  # heard no more
        await asyncio.sleep(0.1)
        assert not ended.is_set()
        go_on.set()
        replies: list[str] = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                replies.append(json.loads(await asyncio.wait_for(socket.recv(), 5))["type"])
    assert replies[-1] == "ack"
    assert "pong" not in replies
    assert socket.close_code == 1012
    await asyncio.wait_for(ended.wait(), 5)


async def test_who_is_too_slow_for_the_last_requests_is_told_so(
    real_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(real_url, timeout_graceful_shutdown=0.2) as node:
        quiz = (await node.store.create(QUIZ)).id
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(f"POST /v1/quizzes/{quiz}/players HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{{".encode())
        await asyncio.sleep(0.1)
    reply = await asyncio.wait_for(reader.read(), 5)
    assert reply.startswith(b"HTTP/1.1 503 ")
    assert b'"NODE_LEAVING"' in reply
    assert "Exception in ASGI application" not in caplog.text
    writer.close()


async def test_an_admin_can_end_a_node_over_http(node: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.02)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{node.port}/v1/admin") as http:
        http.headers["authorization"] = "Bearer t"
        async with asyncio.timeout(5):
            while not (living := (await http.get("/nodes")).json()["nodes"]):
                await asyncio.sleep(0.02)
        refused = await http.post("/nodes/nobody/drain")
        assert (refused.status_code, refused.json()["code"]) == (404, "NO_SUCH_NODE")
        asked = await http.post(f"/nodes/{living[0]['id']}/drain")
        assert (asked.status_code, asked.json()["draining"]) == (202, False)
        async with asyncio.timeout(5):
            while not (await http.get("/nodes")).json()["nodes"][0]["draining"]:
                await asyncio.sleep(0.02)
    assert drain_of(node).begun


async def test_the_command_ends_a_node_and_waits_until_it_is_gone(nodes: Nodes, real_url: str) -> None:
    node = nodes.start(drain_s="0.5")
    quiz, _ = node.create()
    run = CliRunner()
    name = node.http("GET", "/v1/admin/nodes", ADMIN).json()["nodes"][0]["name"]
    async with node.live(quiz) as socket:
        await hello(socket)
        refused = await asyncio.to_thread(run.invoke, main, ["drain", "nobody", "--redis-url", real_url])
        assert (refused.exit_code, refused.output) == (1, "Error: No node with this ID or name lives.\n")
        gone = await asyncio.to_thread(run.invoke, main, ["drain", name, "--redis-url", real_url, "--json"])
        assert (gone.exit_code, json.loads(gone.stdout)) == (0, {"node": None, "gone": True})
        assert f"{name}: 1 sockets" in gone.stderr
        assert (await closed(socket))[0] == 1012
    assert node.process.wait(10) == 0


def test_the_command_says_what_stays(redis_url: str) -> None:
    """A node that does not listen, for it is older than this command."""

    async def beat() -> None:
        quizzes = Quizzes(redis_url)
        quizzes.start()
        await quizzes.nodes.beat(card("deaf", "here:1"))
        await quizzes.stop()

    asyncio.run(beat())
    run = partial(CliRunner().invoke, main)
    stays = run(["drain", "here:1", "--redis-url", redis_url, "--within", "1"])
    assert (stays.exit_code, stays.stdout) == (1, "")
    assert stays.stderr.endswith("Error: here:1 is still there, with 0 sockets; look at its log.\n")
    asked = run(["drain", "deaf", "--redis-url", redis_url, "--no-wait"])
    assert (asked.exit_code, asked.output) == (0, "here:1 has been asked to leave.\n")


async def test_a_second_sigterm_ends_a_node_at_once(nodes: Nodes) -> None:
    node = nodes.start(drain_s="600")
    quiz, _ = node.create()
    async with node.live(quiz) as socket:
        await hello(socket)
        node.process.terminate()
        async with asyncio.timeout(5):
            while (await asyncio.to_thread(node.http, "GET", "/readyz")).status_code == 200:
                await asyncio.sleep(0.02)
        node.process.terminate()
        code, reason = await closed(socket)
        assert code == 1012
        assert reason.startswith("retry_ms=")
    assert node.process.wait(10) == 0
