"""One node, real sockets: what clients are told."""

import asyncio
import contextlib
import json
import time

import pytest
import redis
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.nodes import Node, Nodes, hello, receive, send

pytestmark = pytest.mark.anyio


@pytest.fixture
def node(nodes: Nodes) -> Node:
    return nodes.start()


async def test_a_whole_round(node: Node) -> None:
    quiz, host_token = node.create()
    ana, ana_token = node.join(quiz, "Ana")
    async with node.live(quiz) as host, node.live(quiz) as player, node.live(quiz) as spectator:
        welcome = await hello(player, ana_token)
        assert (welcome["role"], welcome["player"]) == ("player", {"id": ana, "name": "Ana"})
        epoch = welcome["state"]["epoch"]
        nothing = dict.fromkeys(
            ("answer", "result", "closes_at", "own", "box", "last", "alias", "near", "next", "moves")
        )
        you = {"type": "you", "epoch": epoch, "version": 2, "points": 0, "rank": 1, "waiting": False, "name": "Ana"}
        assert welcome["you"] == you | nothing
        assert abs(welcome["now"] - time.time() * 1000) < 5000
        assert welcome["state"]["phase"] == "lobby"
        watching = await hello(spectator)
        assert (watching["role"], watching["player"], watching["you"]) == ("spectator", None, None)
        assert (await hello(host, host_token))["role"] == "host"

        await send(host, type="open", id="h1", question=0)
        assert (await receive(host, "ack"))["id"] == "h1"
        state = await receive(player, "state", phase="question")
        assert state["question"]["text"] == "Two and two?"
        assert state["key"] is None
        assert state["closes_at"] - state["opened_at"] == 60_000

        await send(player, type="answer", id="p1", question=0, choice=[1])
        ack = await receive(player, "ack")
        assert {name: ack[name] for name in ("id", "duplicate", "durable", "question", "choice")} == {
            "id": "p1",
            "duplicate": False,
            "durable": True,
            "question": 0,
            "choice": [1],
        }
        assert 950 < ack["points"] <= 1000
        board = await receive(spectator, "board", answered=1)
        assert [(row["id"], row["points"], row["name"]) for row in board["rows"]] == [(ana, ack["points"], "Ana")]
        you = await receive(player, "you")
        assert (you["points"], you["rank"]) == (ack["total"], 1)
        assert you["answer"] == {"question": 0, "choice": [1], "attempts": 1, "points": ack["points"]}

        await send(host, type="close", id="h2")
        closed = await receive(spectator, "state", phase="closed")
        assert closed["key"] == {"answer": [1], "revision": 1}
        await send(host, type="next", id="h3")
        assert (await receive(player, "state", phase="question"))["question"]["number"] == 1
        await send(host, type="close", id="h4")
        await send(host, type="finish", id="h5")
        finished = await receive(player, "state", phase="finished")
        assert (finished["question"], finished["key"]) == (None, None)


async def test_time_closes_the_question(node: Node) -> None:
    quiz, host = node.create()
    async with node.live(quiz) as spectator:
        await hello(spectator)
        node.host(quiz, host, "open", question=2)
        opened = await receive(spectator, "state", phase="question")
        closed = await receive(spectator, "state", phase="closed")
        assert 0 <= closed["now"] - opened["closes_at"] < 500


async def test_everybody_is_online_and_then_not(node: Node) -> None:
    quiz, _ = node.create()
    _, ana = node.join(quiz, "Ana")
    async with node.live(quiz) as spectator:
        await hello(spectator)
        async with node.live(quiz) as first, node.live(quiz) as second:
            await hello(first, ana)
            await hello(second, ana)
            assert (await receive(spectator, "board", online=1))["rows"][0]["online"] is True
            await first.close()
            await asyncio.sleep(0.2)
            assert node.http("GET", f"/v1/quizzes/{quiz}/board").json()["rows"][0]["online"] is True
        assert (await receive(spectator, "board", online=0))["rows"][0]["online"] is False


async def test_a_newcomer_sees_what_the_others_see(node: Node) -> None:
    quiz, host = node.create()
    _, ana = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as early, node.live(quiz) as player:
        await hello(early)
        await hello(player, ana)
        await send(player, type="answer", id="a", question=0, choice=[1])
        board = await receive(early, "board", answered=1)
        async with node.live(quiz) as late:
            welcome = await hello(late)
            assert welcome["board"]["version"] >= board["version"]
            assert welcome["board"]["rows"][0]["points"] == board["rows"][0]["points"]


async def test_resuming_restores_everything(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as socket:
        await hello(socket, token)
        await send(socket, type="answer", id="c1", question=0, choice=[1])
        ack = await receive(socket, "ack")
    async with node.live(quiz) as socket:
        welcome = await hello(socket, token)
        assert welcome["you"]["points"] == ack["total"]
        assert welcome["you"]["answer"] == {"question": 0, "choice": [1], "attempts": 1, "points": ack["points"]}
        await send(socket, type="answer", id="c1", question=0, choice=[1])
        again = await receive(socket, "ack")
        assert again["duplicate"] is True
        assert (again["points"], again["total"]) == (ack["points"], ack["total"])


async def test_an_answer_whose_sender_has_gone_is_shown(node: Node) -> None:
    """Many in a row, so that most of them fall between two publications."""
    quiz, host = node.create()
    tokens = [node.join(quiz, f"P{i}")[1] for i in range(20)]
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as spectator:
        await hello(spectator)
        sockets = [await node.live(quiz) for _ in tokens]
        for socket, token in zip(sockets, tokens, strict=True):
            await hello(socket, token)
        for socket in sockets:
            await send(socket, type="answer", id="a", question=0, choice=[1])
            socket.transport.abort()
        await receive(spectator, "board", answered=20)


async def test_who_comes_back_at_once_is_told_as_before(node: Node) -> None:
    """The room of a quiz may have ended and begun anew meanwhile."""
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    for _ in range(3):
        async with node.live(quiz) as socket:
            await hello(socket, token)
    async with node.live(quiz) as socket:
        await hello(socket, token)
        await send(socket, type="answer", id="a", question=0, choice=[1])
        assert (await receive(socket, "you"))["answer"]["choice"] == [1]
        await receive(socket, "board", online=1)


async def test_nonsense_in_the_feed_is_passed_over(node: Node, real_url: str) -> None:
    quiz, host = node.create()
    async with node.live(quiz) as spectator:
        await hello(spectator)
        with redis.Redis.from_url(real_url) as client:
            for nonsense in ("", "hello", '{"type":"board"}', '{"type":"state","epoch":"x","version":9}', b"\xff"):
                assert client.publish(f"quiz:{{{quiz}}}:feed", nonsense) == 1
        node.host(quiz, host, "open", question=0)
        await receive(spectator, "state", phase="question")


async def test_reset_starts_anew(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as socket:
        welcome = await hello(socket, token)
        await send(socket, type="answer", id="c1", question=0, choice=[1])
        await receive(socket, "ack")
        node.host(quiz, host, "reset")
        lobby = await receive(socket, "state", phase="lobby")
        assert lobby["epoch"] != welcome["state"]["epoch"]
        assert (await receive(socket, "board", epoch=lobby["epoch"]))["rows"][0]["points"] == 0
        assert (await receive(socket, "you", points=0))["answer"] is None
        node.host(quiz, host, "open", question=0)
        await send(socket, type="answer", id="c2", question=0, choice=[1])
        assert (await receive(socket, "ack", id="c2"))["duplicate"] is False


async def test_ping(node: Node) -> None:
    quiz, _ = node.create()
    async with node.live(quiz) as socket:
        await hello(socket)
        await send(socket, type="ping")
        assert abs((await receive(socket, "pong"))["now"] - time.time() * 1000) < 5000


async def test_a_leaving_node_says_when_to_come_back(node: Node) -> None:
    quiz, _ = node.create()
    delays = set()
    async with node.live(quiz) as one, node.live(quiz) as two, node.live(quiz) as silent:
        for socket in (one, two):
            await hello(socket)
        assert await asyncio.to_thread(node.stop) == 0
        for socket in (one, two, silent):
            await until_closed(socket)
            assert socket.close_code == 1012
            assert socket.close_reason is not None
            name, _, delay_ms = socket.close_reason.partition("=")
            assert name == "retry_ms"
            delays.add(int(delay_ms))
    assert len(delays) > 1
    assert all(50 <= delay <= 1000 for delay in delays)
    assert "Traceback" not in node.log.read_text()


async def test_frames_before_the_close_do_not_tell_the_key(node: Node) -> None:
    quiz, host = node.create()
    players = [node.join(quiz, name)[1] for name in ("Ana", "Ben")]
    heard: list[str] = []

    async def listen(token: str) -> None:
        async with node.live(quiz) as socket:
            await send(socket, type="hello", **({"token": token} if token else {}))
            while True:
                heard.append(str(await socket.recv()))

    listeners = [asyncio.ensure_future(listen(token)) for token in ("", *players)]
    await asyncio.sleep(0.3)
    node.host(quiz, host, "open", question=1)
    node.http("POST", f"/v1/quizzes/{quiz}/answers", players[0], json={"question": 1, "choice": [0]})
    heard.append(node.http("GET", f"/v1/quizzes/{quiz}").text)
    heard.append(node.http("GET", f"/v1/quizzes/{quiz}", players[1]).text)
    await asyncio.sleep(0.4)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    assert len(heard) > 10
    for text in heard:
        assert "[1,3]" not in text
        for message in walk(json.loads(text)):
            assert message.get("key") is None
            assert "revision" not in message


async def until_closed(socket: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()


def walk(value: object) -> list[dict[str, object]]:
    """Every JSON object inside."""
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [value] if isinstance(value, dict) else []
    return found + [each for part in inside for each in walk(part)]
