"""Back-pressure: a client that does not read costs the others nothing. And servers without our protocol."""

import asyncio
import contextlib
import json
import socket as sockets
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame as Reference
from websockets.frames import Opcode

from leaderboard import counts
from leaderboard.addresses import listen
from leaderboard.config import Settings
from leaderboard.errors import Busy
from leaderboard.live import fallback, protocol
from leaderboard.live import node as node_module
from leaderboard.live.doors import Doors
from leaderboard.live.hub import Frame, Room, header
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.content import Settings as QuizSettings
from leaderboard.serve import configuration
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Greeting
from leaderboard.state.store import Store
from tests.nodes import hello, receive, send

pytestmark = pytest.mark.anyio

QUIZ = Quiz(
    title="Wide",
    questions=[Question(text="x", choices=["a", "b"], answer=[1], time_limit=60)],
    settings=QuizSettings(board_interval_ms=20, board_rows=100),
)


class Inside:
    """A node in this very process."""

    def __init__(self, port: int, store: Store, server: uvicorn.Server) -> None:
        self.port, self.store, self.server = port, store, server

    def live(self, quiz: str, **options: Any) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/v1/quizzes/{quiz}/live",
            compression=None,
            proxy=None,
            close_timeout=1,
            **options,
        )


@contextlib.asynccontextmanager
async def serving(redis_url: str, max_sockets: int = 1_000, **changes: Any) -> AsyncIterator[Inside]:
    config = configuration(Settings(redis_url=redis_url, admin_token="t", max_sockets=max_sockets))
    for name, value in changes.items():
        setattr(config, name, value)
    server = uvicorn.Server(config)
    listener = listen("127.0.0.1", 0)
    task = asyncio.ensure_future(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Inside(listener.getsockname()[1], config.app.state.quizzes.store, server)  # type: ignore[union-attr]
    finally:
        server.should_exit = True
        await task


async def full_quiz(store: Store, players: int = 100) -> str:
    """A quiz whose board messages are as large as they get."""
    quiz = (await store.create(QUIZ)).id
    for i in range(players):
        await store.join(quiz, f"{i:03}" + "龍" * 29)
    return quiz


def not_reading(port: int) -> sockets.socket:
    """A connected socket that takes as little as it can."""
    plain = sockets.socket()
    plain.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", port))
    plain.setblocking(False)
    return plain


async def keep_moving(store: Store, quiz: str) -> None:
    somebody = (await store.people(quiz, limit=1)).rows[0].id
    while True:
        await store.renew(quiz, [somebody], 10)
        await asyncio.sleep(0.02)


async def test_who_does_not_read_is_closed_and_others_go_on(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SLOW_S", 1.0)
    async with serving(real_url) as node:
        quiz = await full_quiz(node.store)
        async with node.live(quiz, max_queue=1, sock=not_reading(node.port)) as slow, node.live(quiz) as quick:
            await hello(slow)
            await hello(quick)
            moving = asyncio.ensure_future(keep_moving(node.store, quiz))
            versions: list[int] = []
            largest = 0
            stalled = next(
                each
                for each in node.server.server_state.connections
                if isinstance(each, protocol.FrameProtocol)
                and each.transport.get_extra_info("peername") == slow.local_address
            )
            async with asyncio.timeout(20):
                while not stalled.disconnected:
                    message = json.loads(await asyncio.wait_for(quick.recv(), 1))
                    versions.append(message["version"])
                    largest = max(largest, stalled.transport.get_write_buffer_size())
                    assert len(stalled.held or {}) <= 3
            moving.cancel()
            assert versions == sorted(versions)
            assert len(versions) > 20
            assert protocol.HIGH_WATER < largest < protocol.HIGH_WATER + (32 << 10)
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await slow.recv()


async def test_who_was_slow_for_a_moment_gets_the_newest_board(real_url: str) -> None:
    async with serving(real_url) as node:
        quiz = await full_quiz(node.store)
        async with node.live(quiz, max_queue=1, sock=not_reading(node.port)) as slow:
            await hello(slow)
            connection = next(iter(node.server.server_state.connections))
            assert isinstance(connection, protocol.FrameProtocol)
            assert connection.behind() == 0
            skipped = counts.skipped["socket"]
            moving = asyncio.ensure_future(keep_moving(node.store, quiz))
            async with asyncio.timeout(10):
                while not connection.held:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            moving.cancel()
            assert connection.behind() > protocol.HIGH_WATER
            assert counts.skipped["socket"] > skipped
            await node.store.join(quiz, "the last")
            versions = []
            async with asyncio.timeout(5):
                while (message := json.loads(await slow.recv())).get("players") != 101:
                    versions.append(message["version"])
            versions.append(message["version"])
            steps = [later - earlier for earlier, later in pairwise(versions)]
            assert min(steps) > 0
            assert max(steps) > 5  # what came between was never sent
            assert connection.held is None


async def test_replies_to_a_slow_client_are_bounded(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SLOW_S", 1000.0)
    async with serving(real_url) as node:
        quiz = await full_quiz(node.store, 1)
        reader, writer = await asyncio.open_connection(sock=not_reading(node.port), limit=1 << 10)
        writer.write(
            f"GET /v1/quizzes/{quiz}/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        writer.write(b"\x81\x90\0\0\0\0" + b'{"type":"hello"}')
        ping = b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}'
        await asyncio.sleep(0.2)
        connection = next(iter(node.server.server_state.connections))
        largest = 0
        async with asyncio.timeout(20):
            with contextlib.suppress(OSError):
                while not connection.disconnected:  # type: ignore[union-attr]
                    writer.write(ping * 100)
                    await asyncio.sleep(0)
                    largest = max(largest, connection.transport.get_write_buffer_size())
                    await writer.drain()
        assert largest < protocol.MAX_BUFFER + (64 << 10)
        del reader
        writer.transport.abort()


async def test_other_servers(redis_url: str) -> None:
    """Without our protocol the sessions use ASGI's own send."""
    async with serving(redis_url, ws="websockets-sansio") as node:
        made = await node.store.create(QUIZ)
        joined = await node.store.join(made.id, "Ana")
        async with node.live(made.id) as player, node.live(made.id) as host:
            assert (await hello(player, joined.token))["role"] == "player"
            assert (await hello(host, made.host_token))["role"] == "host"
            await send(host, type="next", id="h")
            await receive(player, "state", phase="question")
            await send(player, type="answer", id="a", question=0, choice=[1])
            assert (await receive(player, "ack"))["points"] > 900
            assert (await receive(host, "board", answered=1))["rows"][0]["points"] > 900
        async with node.live(made.id) as nobody:
            await send(nobody, type="hello", token="nobody")
            with pytest.raises(ConnectionClosed):
                await nobody.recv()
            assert nobody.close_code == 4401


async def test_a_seat_that_was_taken_before_the_room_knew_of_the_first(
    quizzes: Quizzes, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node has subscribed, so nothing is looked up again; the other hello is heard before this one is seated."""
    async with serving(redis_url) as node:
        quiz = (await node.store.create(QUIZ)).id
        token = (await node.store.join(quiz, "Ana")).token
        first = node.store.hello

        async def overtaken(quiz: str, token: str | None) -> Greeting:
            greeting = await first(quiz, token)
            if token:
                await quizzes.store.hello(quiz, token)
                await asyncio.sleep(0.1)
            return greeting

        async with node.live(quiz) as spectator, node.live(quiz) as late:
            await hello(spectator)
            await asyncio.sleep(0.2)  # subscribed, and looked
            monkeypatch.setattr(node.store, "hello", overtaken)
            await send(late, type="hello", token=token)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(late.recv(), 2)
            assert late.close_code == 4409


async def test_resync_waits_for_a_store_that_is_busy(
    quizzes: Quizzes, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is so at once, as with a full queue: nobody else may starve."""
    monkeypatch.setattr(node_module, "RESYNC_AGAIN_S", 0.02)
    store = quizzes.store
    quiz = (await store.create(QUIZ)).id
    node = node_module.Node(quizzes, redis_url, "here", Doors(9, 9, 9, 9, 9, [], 0, quizzes.limits), 0)
    room = Room(quiz)
    node.hub.rooms[quiz] = room
    hello, asked = store.hello, 0

    async def busy(quiz: str, token: str | None) -> Greeting:
        nonlocal asked
        asked += 1
        if asked < 4:
            raise Busy
        return await hello(quiz, token)

    monkeypatch.setattr(store, "hello", busy)
    async with asyncio.timeout(3):
        await node.resync(quiz)
    assert asked == 4
    assert set(room.newest) == {"state", "board"}
    await node.stop()


async def test_the_fallback_keeps_the_newest_only() -> None:
    sent: list[str] = []
    gate = asyncio.Event()

    class Slow:
        async def send_text(self, text: str) -> None:
            await gate.wait()
            sent.append(text)

        async def close(self, code: int, reason: str) -> None:
            sent.append(f"{code}")

    socket = fallback.AsgiSocket(Slow())  # type: ignore[arg-type]
    for number in range(50):
        socket.show("board", Frame(b"board %d" % number))
        socket.show("state", Frame(b"state %d" % number))
        await asyncio.sleep(0)
    gate.set()
    await asyncio.sleep(0.01)
    assert sent[1:] == ["state 49", "board 49"] or sent[1:] == ["board 49", "state 49"]
    for _ in range(fallback.MAX_REPLIES + 1):
        socket.reply(Frame(b"reply"))
    await socket.close()
    assert sent[-1] == "4408"
    assert sent.count("reply") == fallback.MAX_REPLIES


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_frame_headers(size: int) -> None:

    payload = b"x" * size
    assert header(size) + payload == Reference(Opcode.TEXT, payload).serialize(mask=False)
