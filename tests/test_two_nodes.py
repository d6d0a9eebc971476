"""Several nodes on one Redis: no node is needed, and none matters."""

import asyncio
import contextlib
import json
import time
from typing import Any

import httpx2
import pytest
import redis
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look
from tests.nodes import Node, Nodes, hello, receive, send
from tests.proxy import Proxy

pytestmark = pytest.mark.anyio


async def test_both_show_the_same_bytes(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create()
    tokens = [(one, two)[i % 2].join(quiz, f"P{i}")[1] for i in range(6)]
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context((one, two)[i % 2].live(quiz)) for i in range(6)]
        for socket, token in zip(sockets, tokens, strict=True):
            await hello(socket, token)
        two.host(quiz, host, "open", question=0)
        for socket in sockets:
            await receive(socket, "state", phase="question")
        for i, socket in enumerate(sockets):
            await send(socket, type="answer", id="a", question=0, choice=[i % 2])
        boards = [await last_board(socket, answered=6) for socket in sockets]
        assert len(set(boards)) == 1
        board = json.loads(boards[0])
        assert [row["points"] > 0 for row in board["rows"]] == [True] * 3 + [False] * 3


async def last_board(socket: ClientConnection, answered: int) -> str:
    """The bytes of the first board with so many answers."""
    async with asyncio.timeout(5):
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "board" and message["answered"] == answered:
                return str(text)
    raise AssertionError


async def test_a_thousand_duplicates_score_once(nodes: Nodes, real_url: str) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create()
    player, token = one.join(quiz, "Ana")
    one.host(quiz, host, "open", question=0)
    async with one.live(quiz) as socket:
        await hello(socket, token)
        acks = await asyncio.gather(storm(socket, 250), *(posted(node, quiz, token, 250) for node in (one, two, two)))
    replies = [ack for some in acks for ack in some]
    assert len(replies) == 1000
    assert [reply["duplicate"] for reply in replies].count(False) == 1
    assert len({(reply["points"], reply["total"], str(reply["choice"])) for reply in replies}) == 1
    look = Look(redis.Redis.from_url(real_url), quiz)
    assert len(look.ledger()) == 1
    assert look.board() == [(player, replies[0]["total"])]
    look.prove(3)


async def storm(socket: ClientConnection, count: int, window: int = 25) -> list[dict[str, Any]]:
    """Send the same answer again and again, some in flight at a time. Returns the acks."""
    acks = []
    for _ in range(0, count, window):
        for _ in range(window):
            await send(socket, type="answer", id="same", question=0, choice=[1])
        acks += [await receive(socket, "ack") for _ in range(window)]
    return acks


async def posted(node: Node, quiz: str, token: str, count: int) -> list[dict[str, Any]]:
    """Likewise over HTTP."""
    address, body = f"{node.base}/v1/quizzes/{quiz}/answers", {"question": 0, "choice": [1], "id": "same"}
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
        return [(await client.post(address, json=body)).json() for _ in range(count)]


class Client:
    """A player as the JavaScript client is one: comes back elsewhere, and sends again what was not acknowledged."""

    def __init__(self, nodes: list[Node], quiz: str, token: str) -> None:
        self.nodes, self.quiz, self.token = nodes, quiz, token
        self.pending: dict[str, Any] | None = None
        self.ack: dict[str, Any] | None = None
        self.welcomes: list[dict[str, Any]] = []
        self.back_after_s = 0.0

    async def run(self) -> None:
        lost_at = time.monotonic()
        for turn in range(100):
            with contextlib.suppress(ConnectionClosed, OSError):
                async with self.nodes[turn % len(self.nodes)].live(self.quiz) as socket:
                    self.welcomes.append(await hello(socket, self.token))
                    self.back_after_s = max(self.back_after_s, time.monotonic() - lost_at)
                    if self.pending:
                        await send(socket, **self.pending)
                    self.socket = socket
                    async for text in socket:
                        message = json.loads(text)
                        if message["type"] == "ack":
                            self.ack, self.pending = message, None
            lost_at = time.monotonic()
            await asyncio.sleep(0.05)

    async def answer(self, choice: list[int]) -> None:
        self.pending = {"type": "answer", "id": "c1", "question": 0, "choice": choice}
        with contextlib.suppress(ConnectionClosed):
            await send(self.socket, **self.pending)


async def test_a_node_is_killed_in_mid_question(nodes: Nodes, real_url: str) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create()
    clients = [Client([one, two], quiz, one.join(quiz, f"P{i}")[1]) for i in range(40)]
    running = [asyncio.ensure_future(client.run()) for client in clients]
    await until(lambda: all(client.welcomes for client in clients))
    one.host(quiz, host, "open", question=0)
    for client in clients[:10]:
        await client.answer([1])
    await until(lambda: all(client.ack for client in clients[:10]))
    sure = [client.ack for client in clients[:10]]

    storm = [asyncio.ensure_future(client.answer([1])) for client in clients[10:]]
    await asyncio.sleep(0.001)
    one.kill()  # some answers are acknowledged, some on their way, some not yet sent
    await asyncio.gather(*storm)
    await until(lambda: all(len(client.welcomes) == 2 and client.ack for client in clients))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)

    assert max(client.back_after_s for client in clients) < 3
    for client, ack in zip(clients[:10], sure, strict=True):
        assert ack is not None
        again = client.welcomes[1]["you"]
        assert (again["points"], again["answer"]["points"]) == (ack["total"], ack["points"])
        assert again["rank"] >= 1
    look = Look(redis.Redis.from_url(real_url), quiz)
    look.prove(3)
    board = dict(look.board())
    assert sorted(board.values()) == sorted(client.ack["total"] for client in clients if client.ack)
    assert len(look.ledger()) == len(clients)


async def until(true: Any, within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.01)


async def test_the_players_of_a_dead_node_fade_out(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, _ = one.create()
    tokens = [one.join(quiz, name)[1] for name in ("Ana", "Ben")]
    async with two.live(quiz) as stays, one.live(quiz) as goes:
        await hello(stays, tokens[0])
        await hello(goes, tokens[1])
        await receive(stays, "board", online=2)
        one.kill()
        await stays.send('{"type":"ping"}')
        async with asyncio.timeout(25):
            async for text in stays:
                message = json.loads(text)
                if message["type"] == "board" and message["online"] == 1:
                    break
        assert [row["online"] for row in message["rows"]] == [True, False]


async def test_another_node_closes_the_question_of_a_dead_one(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create()
    async with two.live(quiz) as spectator:
        await hello(spectator)
        one.host(quiz, host, "open", question=2)
        one.kill()
        assert (await receive(spectator, "state", phase="closed"))["question"]["number"] == 2


async def test_a_question_that_ran_out_while_no_node_was_there(nodes: Nodes) -> None:
    one = nodes.start()
    quiz, host = one.create()
    one.host(quiz, host, "open", question=2)
    one.kill()
    await asyncio.sleep(1.1)
    two = nodes.start()
    async with two.live(quiz) as spectator:
        assert (await hello(spectator))["state"]["phase"] == "question"
        await receive(spectator, "state", phase="closed")


async def test_what_the_feed_missed_is_made_up(nodes: Nodes, real_url: str) -> None:
    with Proxy(real_url) as proxy:
        through, direct = nodes.start(proxy.url), nodes.start()
        quiz, host = direct.create()
        async with through.live(quiz) as spectator:
            await hello(spectator)
            proxy.refuse = True
            proxy.cut()
            direct.join(quiz, "Ana")
            direct.host(quiz, host, "open", question=0)
            await asyncio.sleep(0.3)
            proxy.refuse = False
            assert (await receive(spectator, "state", phase="question"))["question"]["number"] == 0
            await receive(spectator, "board", players=1)


async def test_a_silent_feed_is_noticed_and_healed(nodes: Nodes, real_url: str) -> None:
    """The connection stays open, and nothing comes through it any more."""
    with Proxy(real_url) as proxy:
        node = nodes.start(proxy.url)
        other = nodes.start()
        quiz, _ = other.create()
        async with node.live(quiz) as spectator:
            await hello(spectator)
            assert node.http("GET", "/readyz").status_code == 200
            proxy.mute = True
            other.join(quiz, "Ana")
            async with asyncio.timeout(6):
                while (await asyncio.to_thread(node.http, "GET", "/readyz")).status_code == 200:
                    await asyncio.sleep(0.05)
            proxy.mute = False
            async with asyncio.timeout(8):
                while json.loads(await spectator.recv()).get("players") != 1:
                    pass
                while (await asyncio.to_thread(node.http, "GET", "/readyz")).status_code != 200:
                    await asyncio.sleep(0.05)


async def test_redis_is_gone_for_a_while(nodes: Nodes, real_url: str) -> None:
    """Sockets stay open; what is asked meanwhile is refused as BUSY in time or acked late, never lost and acked."""
    with Proxy(real_url) as proxy:
        node = nodes.start(proxy.url)
        quiz, host = node.create()
        tokens = [node.join(quiz, f"P{i}")[1] for i in range(20)]
        node.host(quiz, host, "open", question=0)
        async with contextlib.AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(node.live(quiz)) for _ in tokens]
            for socket, token in zip(sockets, tokens, strict=True):
                await hello(socket, token)
            proxy.mute = True
            began = time.monotonic()
            for socket in sockets:
                await send(socket, type="answer", id="a1", question=0, choice=[1])
            busy = [await refused_or_acked(socket, 8) for socket in sockets]
            assert time.monotonic() - began < 7
            assert {reply["code"] for reply in busy} == {"BUSY"}
            assert all(reply["retry"] for reply in busy)
            await sockets[0].send('{"type":"ping"}')
            await receive(sockets[0], "pong")
            proxy.mute = False
            proxy.cut()
            for socket in sockets:
                await send(socket, type="answer", id="a1", question=0, choice=[1])
            acked = [await refused_or_acked(socket, 8) for socket in sockets]
            assert {reply["type"] for reply in acked} == {"ack"}
        look = Look(redis.Redis.from_url(real_url), quiz)
        look.prove(3)
        assert sorted(dict(look.board()).values()) == sorted(reply["total"] for reply in acked)
        assert "Traceback" not in node.log.read_text()


async def refused_or_acked(socket: ClientConnection, within_s: float) -> dict[str, Any]:
    async with asyncio.timeout(within_s):
        async for text in socket:
            message: dict[str, Any] = json.loads(text)
            if message["type"] in ("ack", "refused"):
                return message
    raise AssertionError("the socket was closed")


async def test_a_player_learns_what_they_have_drawn_elsewhere(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create(settings={"pacing": "self"})
    _, token = one.join(quiz, "Ana")
    one.host(quiz, host, "open")
    async with two.live(quiz) as laptop:
        await hello(laptop, token)
        await receive(laptop, "board", online=1)
        one.http("POST", f"/v1/quizzes/{quiz}/draw", token, json={"after": -1})
        while (told := await receive(laptop, "you"))["own"] is None:
            pass
        assert told["own"]["question"]["number"] == 0


async def test_a_competition_goes_on_while_nodes_die(nodes: Nodes, real_url: str) -> None:
    """Teams draw, buy, answer and are sent points by way of two nodes, of which one after the other is killed."""
    questions = [
        {"text": f"{n}?", "choices": ["a", "b"], "answer": [1], "difficulty": "easy" if n % 2 else "hard"}
        for n in range(300)
    ]
    settings = {
        "pacing": "draw",
        "rule": "flat",
        "start": 5000,
        "team_score": "best",
        "boxes": {"easy": {"price": 50, "prize": 120}},
    }
    started = [nodes.start(), nodes.start()]
    quiz, host = started[0].create(questions=questions, settings=settings, teams=["Red", "Blue"])
    tokens = [started[n % 2].join(quiz, f"Player {n}")[1] for n in range(12)]
    started[0].host(quiz, host, "open")
    over = asyncio.Event()
    played = await asyncio.gather(
        killing(nodes, started, over), *(compete(started, quiz, token, host, n, over) for n, token in enumerate(tokens))
    )
    assert sum(played[1:]) > 50
    started[0].host(quiz, host, "finish")
    quizzes = Quizzes(real_url)
    quizzes.start()
    assert (await quizzes.audit.verify(quiz)).findings == []
    await quizzes.stop()
    look = Look(redis.Redis.from_url(real_url), quiz)
    look.prove(len(questions))
    owners = [player for n in range(len(questions)) for player in look.answers(n)]
    assert len(owners) == sum(1 for n in range(len(questions)) if look.answers(n)) >= sum(played[1:])
    best = {team: sorted(points, reverse=True)[:3] for team, points in by_team(look).items()}
    assert look.teams() == {team: sum(points) for team, points in best.items()}


async def killing(nodes: Nodes, started: list[Node], over: asyncio.Event) -> int:
    for turn in range(4):
        await asyncio.sleep(0.5)
        started[turn % 2].kill()
        started[turn % 2] = await asyncio.to_thread(nodes.start)
    over.set()
    return 0


async def compete(started: list[Node], quiz: str, token: str, host: str, number: int, over: asyncio.Event) -> int:
    """Play until it is over, again and again asking for what was not acknowledged. Returns the answers that were."""
    after, answered = -1, 0
    async with httpx2.AsyncClient(timeout=10) as client:

        async def ask(verb: str, who: str = token, **body: Any) -> dict[str, Any]:
            while True:
                with contextlib.suppress(httpx2.HTTPError, ValueError):
                    url = f"{started[answered % 2].base}/v1/quizzes/{quiz}/{verb}"
                    reply = await client.post(url, json=body, headers={"authorization": f"Bearer {who}"})
                    if reply.status_code != 503:
                        found: dict[str, Any] = reply.json()
                        return found
                await asyncio.sleep(0.02)

        while not over.is_set():
            if number % 3 == 0:
                await ask("buy", difficulty="easy", after=after, id=f"box {after}")
            drawn = await ask("draw", after=after)
            if "question" not in drawn:
                break
            after = drawn["question"]["number"]
            ack = await ask("answers", question=after, choice=[(number + after) % 2])
            answered += "total" in ack
            if number % 4 == 0:
                await ask("scores", host, event=f"{number} {after}", user_id=program_of(after, number), score=1)
    return answered


def program_of(question: int, number: int) -> str:
    """Somebody who is only sent points."""
    return f"outside-{number}-{question % 3}"


def by_team(look: Look) -> dict[str, list[int]]:
    """Team → points of its players."""
    found: dict[str, list[int]] = {"Red": [], "Blue": []}
    for player, points in look.board():
        text: Any = look.client.hget(look.keys.players, player)
        team = json.loads(text).get("team")
        if team:
            found[["Red", "Blue"][int(team) - 1]].append(points)
    return found
