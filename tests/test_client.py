"""Both clients, held to the same: they come back, every answer is kept once, and what ends, ends."""

import asyncio
import contextlib
import json
import logging
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from http import HTTPStatus

import pytest
from websockets.exceptions import ConnectionClosed

from leaderboard import client
from leaderboard.client import Json, Refusal
from tests.clients import SDK, Clients, Connected, Fake, InJavaScript, InPython, snapshot, welcome
from tests.documents import ROOT, blocks
from tests.flaky import Balancer, Flaky
from tests.nodes import Node, Nodes
from tests.test_docs import PROTOCOL
from tests.waiting import until

pytestmark = pytest.mark.anyio

TWO = [{"text": "?", "choices": ["a", "b"], "answer": [1], "time_limit": 60}] * 6

PLAYER = {"quiz": "K7P2QXMB", "id": "p", "name": "Ana", "token": "secret", "rejoined": True, "waiting": False}


@pytest.fixture(params=["python", "javascript"])
async def clients(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clients]:
    """Each client as it is, or with `hurried` times."""
    hurry = "hurried" in request.fixturenames
    found: Clients = InPython(monkeypatch, hurry) if request.param == "python" else await InJavaScript(hurry).start()
    yield found
    await found.stop()


@pytest.fixture
def hurried() -> None:
    """The times of the clients are short."""


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with Fake() as server:
        yield server


def results(node: Node, quiz: str, host: str) -> dict[str, Json]:
    """The rows of everybody, by name."""
    return {row["name"]: row for row in node.http("GET", f"/v1/quizzes/{quiz}/results", host).json()["rows"]}


async def soon(waiting: Awaitable[Json]) -> Json:
    """What should not take long."""
    return await asyncio.wait_for(waiting, 10)


async def online(*lives: Connected) -> None:
    await until(lambda: all(live.status == "online" for live in lives))


async def party(clients: Clients, base: str, quiz: str, count: int) -> list[Connected]:
    """So many players, online."""
    joined = [await clients.join(base, quiz, f"P{i}") for i in range(count)]
    lives = [await clients.connect(base, quiz, player["token"]) for player in joined]
    await online(*lives)
    return lives


async def agree(node: Node, quiz: str, host: str, lives: list[Connected]) -> None:
    """In the end everybody's board and standing are the server's, and the totals are the sums of the answers."""
    rows = results(node, quiz, host)
    board = node.http("GET", f"/v1/quizzes/{quiz}/board").json()["rows"]
    for row in board:
        row["online"] = True  # as soon as everybody is back
    await until(lambda: all(live.status == "online" and live.board and live.board["rows"] == board for live in lives))
    mine = [rows[f"P{i}"] for i in range(len(lives))]
    own = [(row["points"], row["rank"]) for row in mine]
    await until(lambda: [live.you and (live.you["points"], live.you["rank"]) for live in lives] == own)
    for row in mine:
        assert row["points"] == sum(answer["points"] for answer in row["answers"].values())


def once(row: Json, question: int, ack: Json) -> None:
    """This answer was scored, once, with the points that its sender was told."""
    answer = row["answers"][str(question)]
    assert (answer["choice"], answer.get("attempts", 1)) == (ack["choice"], 1)
    assert answer["points"] == ack["points"] > 0


# Real nodes


async def test_a_round(clients: Clients, nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host_token = node.create()
    [ana] = await party(clients, node.base, quiz, 1)
    host, spectator = await clients.connect(node.base, quiz, host_token), await clients.connect(node.base, quiz)
    await online(host, spectator)
    await host.request("next", after=-1)
    ack = await ana.answer(0, 1)
    assert (ack["type"], ack["choice"], ack["duplicate"]) == ("ack", [1], False)
    await until(lambda: (ana.you or {}).get("points") == ack["points"])
    await until(lambda: bool(spectator.board and spectator.board["rows"][0]["points"] == ack["points"]))
    assert spectator.state == ana.state
    assert abs(await clients.server_now(ana) - time.time() * 1000) < 1000
    with pytest.raises(Refusal) as refused:
        await ana.request("close")
    assert refused.value.code == "FORBIDDEN"
    another = await clients.connect(node.base, quiz, host_token)
    await until(lambda: host.status == "ended")
    assert host.events[-1] == ("status", {"status": "ended", "code": 4409, "reason": host.events[-1][1]["reason"]})
    await online(another)
    await another.request("close", question=0)
    await another.close()
    await until(lambda: another.status == "ended")


async def test_a_wrong_token_and_a_wrong_quiz(clients: Clients, nodes: Nodes) -> None:
    node = nodes.start()
    quiz, _ = node.create()
    live = await clients.connect(node.base, quiz, "nobody")
    asked = [asyncio.ensure_future(live.answer(0, 1)) for _ in range(3)]
    for outcome in await asyncio.gather(*map(soon, asked), return_exceptions=True):
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.detail) == ("ENDED", "The token is unknown.")
    assert [news for kind, news in live.events if kind == "status"][-1]["code"] == 4401
    with pytest.raises(Refusal, match="ENDED"):
        await live.answer(0, 1)
    with pytest.raises(Refusal) as refused:
        await clients.join(node.base, "NOSUCHQZ", "Ana")
    assert (refused.value.code, refused.value.detail) == ("NO_SUCH_QUIZ", "There is no quiz with this ID.")


async def test_a_node_is_killed_in_mid_question(clients: Clients, nodes: Nodes) -> None:
    first, second = nodes.start(), nodes.start()
    quiz, host_token = first.create(questions=TWO)
    async with Balancer(first, second) as balancer:
        lives = await party(clients, balancer.base, quiz, 6)
        host = await clients.connect(balancer.base, quiz, host_token)
        await online(host)
        await host.request("next", after=-1)
        early = [await live.answer(0, 1) for live in lives[:2]]
        late = [asyncio.ensure_future(live.answer(0, 1)) for live in lives[2:]]
        going = asyncio.ensure_future(host.request("extend", question=0, seconds=5, closes_at=host.state["closes_at"]))  # type: ignore[index]
        await asyncio.sleep(0)
        await asyncio.to_thread(first.kill)
        acks = early + await asyncio.wait_for(asyncio.gather(*late), 6)  # sooner than they would be repeated
        with contextlib.suppress(Refusal):  # MOVED_ON, if the first node had done it
            await going
        await host.request("close", question=0)
        rows = results(second, quiz, host_token)
        for i, ack in enumerate(acks):
            once(rows[f"P{i}"], 0, ack)
        await agree(second, quiz, host_token, lives)
    assert any(news["status"] == "offline" for kind, news in lives[0].events if kind == "status")


async def test_a_node_that_leaves_says_when_to_come_back(clients: Clients, nodes: Nodes) -> None:
    first, second = nodes.start(), nodes.start()
    quiz, host = first.create(questions=TWO)
    async with Balancer(first, second) as balancer:
        lives = await party(clients, balancer.base, quiz, 3)
        second.host(quiz, host, "open", question=0)
        leaving = asyncio.ensure_future(asyncio.to_thread(first.stop))
        await until(lambda: all(live.status == "offline" for live in lives))
        gone = time.monotonic()
        late = [asyncio.ensure_future(live.answer(0, 1)) for live in lives]
        told = []
        for live in lives:
            news = live.events[-1][1]
            assert (news["status"], news["code"]) == ("offline", 1012)
            told.append(int(news["reason"].removeprefix("retry_ms=")) / 1000)
        acks = await asyncio.gather(*late)
        assert max(told) - 0.3 < time.monotonic() - gone < max(told) + 2
        assert await leaving == 0
        rows = results(second, quiz, host)
        for i, ack in enumerate(acks):
            once(rows[f"P{i}"], 0, ack)


@pytest.mark.usefixtures("hurried")
async def test_thirty_answers_through_a_bad_network(clients: Clients, nodes: Nodes) -> None:
    """Dropped, repeated, delayed, cut; also what the host says."""
    node = nodes.start()
    quiz, host_token = node.create(questions=TWO)
    joined = [node.join(quiz, f"P{i}")[1] for i in range(5)]
    acks: list[list[Json]] = []
    async with Flaky(node.base, seed=7, drop=0.12, repeat=0.1, delay=0.2, cut=0.04) as network, asyncio.timeout(40):
        host = await clients.connect(network.base, quiz, host_token)
        lives = [await clients.connect(network.base, quiz, token) for token in joined]
        for question in range(len(TWO)):
            await host.request("next", after=question - 1)
            acks.append(await asyncio.gather(*(live.answer(question, 1) for live in lives)))
            await host.request("close", question=question)
        assert min(network.done[fault] for fault in ("drop", "repeat", "delay", "cut")) > 2, network.done
        network.calm()
        await agree(node, quiz, host_token, lives)
    rows = results(node, quiz, host_token)
    for question, of_players in enumerate(acks):
        for i, ack in enumerate(of_players):
            once(rows[f"P{i}"], question, ack)
    assert any(ack["duplicate"] for of_players in acks for ack in of_players), "no ack was lost: not bad enough"


# A server that says what it is told


async def test_older_snapshots_are_dropped(clients: Clients, fake: Fake) -> None:
    live = await clients.connect(fake.base, "Q", "secret")
    await online(live)
    assert fake.hellos == [{"type": "hello", "token": "secret"}]
    for version in (7, 6, 8):
        for kind in ("state", "board", "you"):
            own: Json = {"points": 0, "answer": None, "own": None} if kind == "you" else {}
            await fake.say(snapshot(kind, version, question=None, **own))
    await fake.say(snapshot("board", 1, epoch="b"))
    await until(lambda: live.board is not None and live.board["epoch"] == "b")
    assert live.state is not None
    assert live.state["version"] == 8
    told = [(kind, news["version"]) for kind, news in live.events if kind in ("state", "board", "you")]
    for kind in ("state", "board", "you"):
        assert 6 not in [version for what, version in told if what == kind]
        assert 7 in [version for what, version in told if what == kind]


@pytest.mark.usefixtures("hurried")
async def test_statuses(clients: Clients, fake: Fake) -> None:
    live = await clients.connect(fake.base, "Q")
    assert live.status == "connecting"
    await online(live)
    await fake.socket.close(1013, "The server cannot reach its store.")
    await until(lambda: len(fake.hellos) == 2)
    await online(live)
    await fake.socket.close(4403, "removed")
    await until(lambda: live.status == "ended")
    told = [(news["status"], news.get("code")) for kind, news in live.events if kind == "status"]
    assert told == [("online", None), ("offline", 1013), ("online", None), ("ended", 4403)]


async def test_a_refused_upgrade_is_tried_again_at_once(clients: Clients, fake: Fake) -> None:
    """Within the first back-off, not when a connection that says nothing would be given up."""
    fake.full = 1
    live = await clients.connect(fake.base, "Q")
    async with asyncio.timeout(5):
        await online(live)
    assert [news["status"] for kind, news in live.events if kind == "status"] == ["offline", "online"]


@pytest.mark.usefixtures("hurried")
async def test_what_has_no_reply_is_sent_again(clients: Clients, fake: Fake) -> None:
    live = await clients.connect(fake.base, "Q")
    await online(live)
    asked = asyncio.ensure_future(live.answer(0, 1))
    first, again = await fake.request(), await fake.request()
    assert first == again
    assert first | {"id": 0} == {"type": "answer", "id": 0, "question": 0, "choice": [1]}
    await fake.socket.close(1001)
    assert await fake.request() == first
    await fake.say({"type": "refused", "id": first["id"], "code": "BUSY", "detail": "", "retry": True})
    assert await fake.request() == first
    ack = {"type": "ack", "id": first["id"], "duplicate": True, "durable": True, "version": 6}
    ack |= {"question": 0, "choice": [1], "attempts": 1, "points": 900, "total": 900}
    await fake.say(ack)
    assert await soon(asked) == ack
    await fake.say(ack)  # once more: nobody waits for it
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fake.heard.get(), 0.6)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("verb", ["reset", "next", "close", "extend"])
async def test_what_means_something_else_the_second_time_is_sent_once(clients: Clients, fake: Fake, verb: str) -> None:
    live = await clients.connect(fake.base, "Q")
    await online(live)

    async def fails(code: str) -> None:
        with pytest.raises(Refusal, match=code):
            await soon(asking)

    asking = asyncio.ensure_future(live.request(verb))
    assert (await fake.request())["type"] == verb
    await fails("LOST")
    asking = asyncio.ensure_future(live.request(verb))
    busy = {"type": "refused", "id": (await fake.request())["id"], "code": "BUSY", "detail": "", "retry": True}
    await fake.say(busy)
    await fails("BUSY")
    asking = asyncio.ensure_future(live.request(verb))
    await fake.request()
    await fake.socket.close(1001)
    await fails("LOST")
    await online(live)
    assert fake.heard.empty()


@pytest.mark.usefixtures("hurried")
async def test_a_hello_that_was_given_up_may_take_our_own_place(clients: Clients, fake: Fake) -> None:
    """Then the place is taken back; but who has lost it to somebody else gives it up."""
    fake.welcomes = False
    live = await clients.connect(fake.base, "Q")
    await until(lambda: len(fake.hellos) == 1)
    fake.welcomes = True
    await until(lambda: len(fake.hellos) == 2)
    await online(live)
    await fake.socket.close(4409, "Another device has taken over.")
    await until(lambda: len(fake.hellos) == 3)
    await online(live)
    await clients.stop()


@pytest.mark.usefixtures("hurried")
async def test_a_place_that_was_taken(clients: Clients, fake: Fake) -> None:
    live = await clients.connect(fake.base, "Q")
    await online(live)
    await fake.socket.close(4409, "Another device has taken over.")
    await until(lambda: live.status == "ended")


@pytest.mark.usefixtures("hurried")
async def test_silence(clients: Clients, fake: Fake) -> None:
    """A welcome that does not come, a ping, and a pong that does not come."""
    fake.welcomes = False
    live = await clients.connect(fake.base, "Q")
    async with asyncio.timeout(10):
        while len(fake.hellos) < 2:  # whatever else is said
            with contextlib.suppress(ConnectionClosed, AttributeError):
                await fake.say(snapshot("board", 1))
            await asyncio.sleep(0.05)
    assert live.status == "offline"
    await fake.say(welcome())
    await online(live)
    assert (await fake.request()) == {"type": "ping"}
    await fake.say({"type": "pong", "now": 2 * 10**12})
    assert (await fake.request()) == {"type": "ping"}
    assert 2 * 10**12 < await clients.server_now(live) < 2 * 10**12 + 3000
    await until(lambda: live.status == "offline")
    await until(lambda: len(fake.hellos) == 3)


async def test_another_epoch_makes_answers_meaningless(clients: Clients, fake: Fake) -> None:
    live = await clients.connect(fake.base, "Q")
    await online(live)
    answering, resetting = (asyncio.ensure_future(it) for it in (live.answer(0, 1), live.request("reset")))
    requests = {request["type"]: request for request in [await fake.request(), await fake.request()]}
    await fake.say(snapshot("state", 6, epoch="b", question=None))
    with pytest.raises(Refusal, match="STARTED_OVER"):
        await soon(answering)
    await fake.say({"type": "ack", "id": requests["reset"]["id"], "duplicate": False, "durable": True, "version": 6})
    assert (await resetting)["version"] == 6


async def test_requests_are_bounded(clients: Clients, fake: Fake) -> None:
    """A server that gets more than 32 at once, or more than 4 KiB, would close the socket."""
    live = await clients.connect(fake.base, "Q")
    await online(live)
    with pytest.raises(Refusal, match="TOO_LARGE"):
        await live.answer(0, ["龍" * 2000])
    asked = [asyncio.ensure_future(live.answer(0, 1)) for _ in range(33)]
    [refused] = (await asyncio.wait(asked, timeout=5, return_when=asyncio.FIRST_COMPLETED))[0]
    assert isinstance(refused.exception(), Refusal)
    assert "TOO_MANY" in str(refused.exception())
    ids = {(await fake.request())["id"] for _ in range(32)}
    assert len(ids) == 32
    await fake.socket.close(4404, "gone")
    for outcome in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(outcome, Refusal)


@pytest.mark.usefixtures("hurried")
async def test_joining_again_is_the_same_request(clients: Clients) -> None:
    """The first reply is lost, the second is a gateway's. With a PIN one learns the ID."""
    keys: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        body = json.loads(await reader.readexactly(int(re.findall(r"(?i)content-length: (\d+)", head)[0])))
        assert head.startswith("POST /v1/quizzes/123456/players HTTP/1.1\r\n")
        assert body == {"name": "Ana"}
        keys.append(re.findall(r"(?i)idempotency-key: (\S+)", head)[0])
        if len(keys) > 1:
            status = (HTTPStatus.BAD_GATEWAY, HTTPStatus.CREATED)[len(keys) - 2]
            joined = json.dumps(PLAYER)
            text = joined if status == 201 else "<h1>Bad gateway</h1>"
            writer.write(
                f"HTTP/1.1 {status} x\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n{text}".encode()
            )
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ana = await clients.join(base, "123456", "Ana")
    assert ana == PLAYER
    assert len(keys) == 3
    assert len(set(keys)) == 1
    with pytest.raises(Refusal, match="UNREACHABLE"):
        await clients.join(base, "123456", "Ana")


# The Python client alone


async def test_a_slow_reader_gets_the_newest_of_each_kind(fake: Fake) -> None:
    async with client.connect(fake.base, "Q") as live:
        await live.welcomed()
        news = aiter(live)
        assert (await anext(news))[0] == "status"
        for version in range(6, 60):
            await fake.say(snapshot("board", version))
        await until(lambda: live.board is not None and live.board["version"] == 59)
        await fake.socket.close(4404, "gone")
        await until(lambda: live.status == "ended")
        expected = [("state", 5), ("you", 5), ("board", 59), ("status", 4404)]
        for reader in (news, aiter(live)):
            assert [(kind, it.get("version", it.get("code"))) async for kind, it in reader] == expected
        with pytest.raises(Refusal, match="gone"):
            await live.welcomed()


async def test_two_readers_and_a_request_that_is_withdrawn(fake: Fake) -> None:
    async with client.connect(fake.base, "Q") as live:

        async def read() -> list[str]:
            return [kind async for kind, _ in live]

        readers = [asyncio.create_task(read()) for _ in range(2)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await live.answer(0, 1)
        assert live._pending == {}
    one, other = [await reader for reader in readers]
    assert one == other
    assert (one[0], one[-1]) == ("status", "status")


async def test_no_token_is_logged(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with client.connect(fake.base, "Q", "the-secret") as live:
        await live.welcomed()
    ours = [record for record in caplog.records if record.name != "websockets.server"]  # that is the other side
    assert ours == []
    assert fake.socket.close_code == 1000
    assert "the-secret" not in repr(client.Player("Q", "p", "Ana", "the-secret"))


async def test_the_host_of_the_document(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=TWO)
    [script] = blocks((ROOT / "docs" / "clients.md").read_text(), "python")
    hurried = script.replace("sleep(10)", "sleep(0.05)")
    assert hurried != script
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", hurried, node.base, quiz, host)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    state = node.http("GET", f"/v1/quizzes/{quiz}").json()["state"]
    assert state["phase"] == "finished"


async def test_bad_addresses() -> None:
    with pytest.raises(ValueError, match="http"):
        client.connect("localhost:8000", "Q")


def test_backoff_is_as_documented() -> None:
    assert "between 0.5 s and a bound that doubles with each failure up to 20 s" in PROTOCOL.replace("\n", " ")
    for failures, bound in ((0, 1.0), (1, 2.0), (4, 16.0), (5, 20.0), (5000, 20.0)):
        waits = [client.backoff(failures) for _ in range(300)]
        assert 0.5 <= min(waits) < max(waits) <= bound
        assert max(waits) > bound * 0.8


def test_close_codes_are_as_documented() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| (reconnect|give up) \|", PROTOCOL, re.MULTILINE)
    codes = {what: {int(code) for row in rows if row[1] == what for code in row[0].split(",")} for _, what in rows}
    in_javascript = re.findall(r"^const GIVE_UP = new Set\((\[.*\])\);", SDK.read_text(), re.MULTILINE)[0]
    for known in (client.GIVE_UP, set(json.loads(in_javascript))):
        assert codes["give up"] <= known
        assert not codes["reconnect"] & known
