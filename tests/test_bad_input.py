"""Whatever is sent: its documented code, nothing changed, no traceback, and the others do not notice."""

import asyncio
import json
import socket as sockets
from itertools import product
from typing import Any

import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from leaderboard.errors import REFUSALS
from leaderboard.quiz.verbs import HOST_VERBS
from tests.inspect import Look
from tests.nodes import ADMIN, QUESTIONS, Node, Nodes, by_hand, hello, masked, receive, send

pytestmark = pytest.mark.anyio


@pytest.fixture
def node(nodes: Nodes) -> Node:
    return nodes.start()


async def closing(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(8):
        with pytest.raises(ConnectionClosed):  # noqa: PT012
            while True:
                await socket.recv()
    return socket.close_code


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("", 4400),
        ("hello", 4400),
        ("{}", 4400),
        ('{"type":"hello","x":' + "[" * 4000, 4400),
        ("[]", 4400),
        ('{"type":"goodbye"}', 4400),
        ('{"type":"hello","token":7}', 4400),
        ('{"type":"hello","token":"' + "x" * 300 + '"}', 4400),
        ('{"type":"answer","id":"1","question":0,"choice":[0]}', 4400),
        ('{"type":"ping"}', 4400),
        (b"\x00\xff", 4400),
        ('{"type":"hello","token":"nobody"}', 4401),
        ("x" * 5000, 1009),
    ],
)
async def test_first_frames(node: Node, first: str | bytes, code: int) -> None:
    quiz, _ = node.create()
    async with node.live(quiz) as socket:
        await socket.send(first)
        assert await closing(socket) == code
    assert "Traceback" not in node.log.read_text()


async def test_silence_instead_of_hello(node: Node) -> None:
    quiz, _ = node.create()
    async with node.live(quiz) as socket:
        assert await closing(socket) == 4407


@pytest.mark.parametrize("quiz", ["NOSUCHQZ", "no%20such", "%00", "x" * 200, "{}", "%F0%9F%92%A9"])
async def test_quizzes_that_are_none(node: Node, quiz: str) -> None:
    async with node.live(quiz) as socket:
        await send(socket, type="hello")
        assert await closing(socket) == 4404
    for method, path in (("GET", ""), ("GET", "/board"), ("POST", "/players"), ("POST", "/open"), ("POST", "/answers")):
        body = {"json": {"name": "A"}} if path == "/players" else {}
        reply = node.http(method, f"/v1/quizzes/{quiz}{path}", "token" if path in ("/open", "/answers") else "", **body)
        assert (reply.status_code, reply.json()["code"]) in ((404, "NO_SUCH_QUIZ"), (404, "NOT_FOUND"))


async def raw(node: Node, quiz: str, frame: bytes) -> bytes:
    """Say hello, then send these bytes as they are. Returns the last bytes that come."""
    reader, writer = await by_hand(node, quiz)
    writer.write(masked(0x81, b'{"type":"hello"}'))
    await reader.read(4096)
    writer.write(frame)
    async with asyncio.timeout(8):
        rest = await reader.read()
    writer.close()
    return rest


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(0x81, b"\xff\xfe"), 1007),
        (masked(0x01, b"\xe2\x82") + masked(0x80, b"\xff"), 1007),
        (masked(0x83, b"reserved opcode"), 1002),
        (masked(0xC1, b"reserved bit"), 1002),
        (b"\x81\x05plain", 1002),
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big"), 1009),
        (masked(0x80, b"nothing to continue"), 1002),
        (masked(0x01, b"x" * 3000) + masked(0x80, b"x" * 3000), 1009),
        (masked(0x88, b"\x03"), 1002),
    ],
)
async def test_frames_that_are_none(node: Node, frame: bytes, code: int) -> None:
    quiz, _ = node.create()
    rest = await raw(node, quiz, frame)
    close = rest[rest.rindex(b"\x88") :]
    assert int.from_bytes(close[2:4], "big") == code
    assert "Traceback" not in node.log.read_text()


MEMBERS: dict[str, dict[str, Any]] = {
    "skip": {"question": 1},
    "extend": {"question": 1, "seconds": 1},
    "extra": {"player": "x", "percent": 150},
    "adjust": {"player": "x", "points": 1, "reason": "x"},
    "rename": {"player": "x", "name": "x"},
    "remove": {"player": "x"},
    "assign": {"player": "x", "team": "x"},
    "correct": {"question": 1, "reason": "x"},
    "undo": {"correction": 1},
}
REQUESTS: list[tuple[Any, str]] = [
    ("nonsense", "MALFORMED"),
    ({}, "MALFORMED"),
    ([], "MALFORMED"),
    (None, "MALFORMED"),
    ({"type": "steal"}, "MALFORMED"),
    ('{"type":"ping","x":' + "[" * 4000, "MALFORMED"),
    ({"type": "hello"}, "MALFORMED"),
    ({"type": "answer"}, "MALFORMED"),
    ({"type": "answer", "id": "", "question": 0, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "x" * 65, "question": 0, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": 1, "question": 0, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": "0", "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0.5, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": -1, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 10**30, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": True, "choice": [1]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": 1}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": ["1"]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [1] * 9}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [99]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [-1]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [True]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [None]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [2**60]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": ["x" * 201]}, "MALFORMED"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [1.0]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": []}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [7]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 0, "choice": [0, 1]}, "BAD_CHOICE"),
    ({"type": "answer", "id": "1", "question": 499, "choice": [0]}, "NO_SUCH_QUESTION"),
    ({"type": "answer", "id": "1", "question": 2, "choice": [0]}, "NOT_OPEN"),
    ({"type": "answer", "id": "1", "question": 1, "choice": [0]}, "NOT_OPEN"),
    ({"type": "draw", "id": "1", "after": -1}, "WRONG_PACING"),
    ({"type": "draw", "id": "1", "after": -2}, "MALFORMED"),
    *(({"type": verb, "id": "1"} | MEMBERS.get(verb, {}), "FORBIDDEN") for verb in HOST_VERBS),
]
HOST_REQUESTS: list[tuple[Any, str]] = [
    ({"type": "open"}, "MALFORMED"),
    ({"type": "open", "id": "1"}, "MALFORMED"),
    ({"type": "open", "id": "1", "question": 3}, "NO_SUCH_QUESTION"),
    ({"type": "open", "id": "1", "question": 2}, "STILL_OPEN"),
    ({"type": "open", "id": "1", "question": 1}, "STILL_OPEN"),
    ({"type": "close", "id": "1", "question": 1}, "NOT_OPEN"),
    ({"type": "next", "id": "1", "after": 1}, "MOVED_ON"),
    ({"type": "next", "id": "1"}, "STILL_OPEN"),
    ({"type": "skip", "id": "1", "question": 1}, "ALREADY_PLAYED"),
    ({"type": "skip", "id": "1", "question": 1, "surprise": 1}, "MALFORMED"),
    ({"type": "skip", "id": "1", "question": 7}, "NO_SUCH_QUESTION"),
    ({"type": "extend", "id": "1", "question": 0, "seconds": 0}, "MALFORMED"),
    ({"type": "extend", "id": "1", "question": 0, "seconds": 3600}, "OUT_OF_RANGE"),
    ({"type": "extend", "id": "1", "question": 1, "seconds": 1}, "NOT_OPEN"),
    ({"type": "lock", "id": "1", "locked": "yes"}, "MALFORMED"),
    ({"type": "reveal", "id": "1", "hidden": -1}, "MALFORMED"),
    ({"type": "reveal", "id": "1", "hidden": 3}, "NOT_FROZEN"),
    ({"type": "extra", "id": "1", "player": "nobody", "percent": 150}, "NO_SUCH_PLAYER"),
    ({"type": "extra", "id": "1", "player": "nobody", "percent": 99}, "MALFORMED"),
    ({"type": "adjust", "id": "1", "player": "nobody", "points": 1, "reason": "x"}, "NO_SUCH_PLAYER"),
    ({"type": "adjust", "id": "1", "player": "nobody", "points": 10**9, "reason": "x"}, "MALFORMED"),
    ({"type": "adjust", "id": "1", "player": "nobody", "points": 1, "reason": ""}, "MALFORMED"),
    ({"type": "rename", "id": "1", "player": "nobody", "name": "x"}, "NO_SUCH_PLAYER"),
    ({"type": "rename", "id": "1", "player": "nobody", "name": "\u2800"}, "BAD_NAME"),
    ({"type": "remove", "id": "1", "player": "nobody"}, "NO_SUCH_PLAYER"),
    ({"type": "remove", "id": "1", "player": "nobody", "ban": 1}, "MALFORMED"),
    ({"type": "admit", "id": "1", "player": "nobody"}, "NO_SUCH_PLAYER"),
    ({"type": "pin", "id": "1", "on": "yes"}, "MALFORMED"),
    ({"type": "correct", "id": "1", "question": 0, "answer": [0], "reason": "x"}, "STILL_OPEN"),
    ({"type": "correct", "id": "1", "question": 1, "answer": [4], "reason": "x"}, "BAD_QUIZ"),
    ({"type": "correct", "id": "1", "question": 1, "answer": [], "reason": "x"}, "BAD_QUIZ"),
    ({"type": "correct", "id": "1", "question": 1, "reason": "x"}, "MALFORMED"),
    ({"type": "correct", "id": "1", "question": 1, "anwser": [0], "reason": "x"}, "MALFORMED"),
    ({"type": "correct", "id": "1", "question": 1, "answer": [0], "reason": "x", "revision": 2}, "MOVED_ON"),
    ({"type": "undo", "id": "1", "correction": 1}, "NO_SUCH_CORRECTION"),
    ({"type": "undo", "id": "1", "correction": 0}, "MALFORMED"),
    ({"type": "finish", "id": "1"}, "STILL_OPEN"),
]


async def test_requests_change_nothing(node: Node, real_url: str) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=1)
    node.host(quiz, host, "close")
    node.host(quiz, host, "open", question=0)
    look = Look(redis.Redis.from_url(real_url), quiz)
    async with node.live(quiz) as socket, node.live(quiz) as spectator:
        await hello(socket, token)
        await hello(spectator)
        await receive(spectator, "board", online=1)
        before = snapshot(look)
        for request, code in REQUESTS:
            await socket.send(request if isinstance(request, str) else json.dumps(request))
            refused = await receive(socket, "refused")
            assert (refused["code"], request) == (code, request)
            identified = isinstance(request, dict) and request.get("id") == "1"
            assert refused["id"] == ("1" if identified else None)
        async with node.live(quiz) as hosting:
            await hello(hosting, host)
            before = snapshot(look)
            for request, code in HOST_REQUESTS:
                await send(hosting, **request)
                assert ((await receive(hosting, "refused"))["code"], request) == (code, request)
                if "id" in request and code != "MALFORMED":
                    path = f"/v1/quizzes/{quiz}/{request['type']}"
                    assert node.http("POST", path, host, json=request).json()["code"] == code
                    assert node.http("POST", path, token, json=request).json()["code"] == "FORBIDDEN"
                    assert node.http("POST", path, json=request).json()["code"] == "UNAUTHORIZED"
        await send(spectator, type="answer", id="s", question=0, choice=[1])
        assert (await receive(spectator, "refused"))["code"] == "FORBIDDEN"
        assert snapshot(look) == before
    log = node.log.read_text()
    assert "Traceback" not in log
    lines = [
        line for line in log.splitlines() if "/v1/quizzes/" not in line
    ]  # of which there is one for each HTTP request
    assert len(lines) < 60  # nothing is logged for each message


def snapshot(look: Look) -> dict[bytes, bytes | None]:
    """Everything in Redis but leases."""
    keys: Any = look.client.keys("quiz:*")
    return {key: look.client.dump(key) for key in keys if not key.endswith(b"online")}


async def test_too_late_and_twice(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    _, late = node.join(quiz, "Ben")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as socket, node.live(quiz) as slow:
        for each, who in ((socket, token), (slow, late)):
            await hello(each, who)
        await send(socket, type="answer", id="1", question=0, choice=[1])
        first = await receive(socket, "ack")
        other = {"id": "2", "question": 0, "choice": [0]}
        second = node.http("POST", f"/v1/quizzes/{quiz}/answers", token, json=other).json()
        assert (second["duplicate"], second["choice"], second["points"]) == (True, [1], first["points"])
        node.host(quiz, host, "close")
        await send(slow, type="answer", id="3", question=0, choice=[1])
        assert (await receive(slow, "refused"))["code"] == "TOO_LATE"
        await send(socket, type="answer", id="1", question=0, choice=[1])
        assert (await receive(socket, "ack"))["duplicate"] is True


async def test_thirty_two_at_a_time_are_never_too_many(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    request = json.dumps({"type": "answer", "id": "1", "question": 0, "choice": [1]})
    async with node.live(quiz) as socket:
        await hello(socket, token)
        for _ in range(9):
            for _ in range(32):
                await socket.send(request)
            for _ in range(32):
                await receive(socket, "ack")


async def test_a_flood_is_cut_off_and_others_do_not_notice(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as flood, node.live(quiz) as calm:
        await hello(calm)
        await hello(flood, token)

        async def pour() -> None:
            request = json.dumps({"type": "answer", "id": "1", "question": 0, "choice": [1]})
            for _ in range(20_000):
                await flood.send(request)

        pouring = asyncio.ensure_future(pour())
        loop = asyncio.get_running_loop()
        while not pouring.done():
            began = loop.time()
            await send(calm, type="ping")
            await receive(calm, "pong")
            assert loop.time() - began < 1
        await asyncio.gather(pouring, return_exceptions=True)
        assert await closing(flood) == 4429


@pytest.mark.parametrize(
    "frame",
    [
        masked(0x81, b"x"),
        masked(0x81, b'{"type":"ping"}'),
        masked(0x8A, b""),
        masked(0x89, b"p"),
        masked(0x01, b"") + masked(0x00, b""),
    ],
    ids=["malformed", "ping", "pong", "websocket ping", "fragments"],
)
async def test_floods_of_tiny_frames(node: Node, frame: bytes) -> None:
    quiz, _ = node.create()
    async with node.live(quiz) as calm, node.live(quiz) as flood:
        await hello(calm)
        await hello(flood)
        flood.transport.write(frame * (4_000_000 // len(frame)))
        slowest, loop = 0.0, asyncio.get_running_loop()
        for _ in range(20):
            began = loop.time()
            await send(calm, type="ping")
            await receive(calm, "pong")
            slowest = max(slowest, loop.time() - began)
        assert slowest < 1
        await asyncio.wait_for(flood.wait_closed(), 30)
    assert "Traceback" not in node.log.read_text()


async def test_a_bad_handshake_is_ended_and_holds_up_nobody(node: Node) -> None:
    quiz, _ = node.create()
    host, port = node.base[7:].split(":")
    head = f"GET /v1/quizzes/{quiz}/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    for extra in (f"X: {'x' * 20_000}\r\n", "".join(f"X-{i}: y\r\n" for i in range(200))):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write((head + key + extra + "\r\n").encode())
        answer = await asyncio.wait_for(reader.read(), 5)
        assert not answer.startswith(b"HTTP/1.1 101")
        writer.close()
    _, silent = await asyncio.open_connection(host, int(port))
    silent.write((head + key).encode())
    await asyncio.sleep(0.1)
    assert await asyncio.to_thread(node.stop) == 0
    silent.close()
    assert "Traceback" not in node.log.read_text()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {"type": st.sampled_from(["answer", "open", "close", "next", "finish", "reset", "ping", "hello"])},
    optional={
        "id": JSON | st.just("i"),
        "question": JSON | st.integers(-2, 4),
        "choice": JSON | st.just([1]),
        "token": JSON,
    },
)


async def test_any_frame_gets_a_documented_reply(node: Node) -> None:
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    codes: set[str] = set()
    frames: list[str | bytes] = []

    @settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
    @given(JSON.map(json.dumps) | FIELDS.map(json.dumps) | st.text(max_size=200) | st.binary(max_size=200))
    def collect(frame: str | bytes) -> None:
        frames.append(frame.encode("utf-8", "replace").decode() if isinstance(frame, str) else frame)

    collect()
    at_once = 250  # more would be a flood
    for who, start in product((token, host), range(0, len(frames), at_once)):
        async with node.live(quiz) as socket:
            await hello(socket, who)
            for frame in frames[start : start + at_once]:
                await socket.send(frame)
                while True:
                    reply = json.loads(await asyncio.wait_for(socket.recv(), 5))
                    if reply["type"] in ("ack", "refused", "pong"):
                        break
                codes.add(reply.get("code", reply["type"]))
    assert codes - {"ack", "pong"} <= set(REFUSALS)
    assert {"MALFORMED", "pong"} <= codes
    assert "INTERNAL_ERROR" not in codes
    assert "Traceback" not in node.log.read_text()


GOOD = {"title": "T", "questions": QUESTIONS}


@pytest.mark.parametrize(
    ("method", "path", "token", "options", "status", "code"),
    [
        ("GET", "/nowhere", "", {}, 404, "NOT_FOUND"),
        ("GET", "/web/../../etc/passwd", "", {}, 404, "NOT_FOUND"),
        ("DELETE", "/v1/quizzes", "", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/quizzes/{quiz}/live", "", {}, 404, "NOT_FOUND"),
        ("POST", "/v1/quizzes", "", {"json": GOOD}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes", "guess", {"json": GOOD}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes", "gu\u00e9ss".encode("latin-1").decode("latin-1"), {"json": GOOD}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes", ADMIN, {"content": b"{"}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"content": b'{"title":"\xff"}'}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"content": b"[" * 100_000}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes/{quiz}/close", "{host}", {"content": b'{"x":' + b"[" * 100_000}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?cursor=WyIxXzAiLCJ5Il0", "", {}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"json": GOOD | {"questions": "none"}}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"json": GOOD | {"owner": "me"}}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"json": GOOD | {"title": "x" * 121}}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes", ADMIN, {"json": GOOD | {"settings": {"board_interval_ms": 0}}}, 400, "MALFORMED"),
        (
            "POST",
            "/v1/quizzes",
            ADMIN,
            {"json": {"title": "T", "questions": [{"text": "x", "choices": ["a", "b"], "answer": [5]}]}},
            422,
            "BAD_QUIZ",
        ),
        ("POST", "/v1/quizzes/{quiz}/players", "", {"json": {"name": "x" * 33}}, 422, "BAD_NAME"),
        ("POST", "/v1/quizzes/{quiz}/players", "", {"json": {"name": "x" * 201}}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes/{quiz}/players", "", {"json": {"name": " \n "}}, 422, "BAD_NAME"),
        ("POST", "/v1/quizzes/{quiz}/players", "", {"json": {}}, 422, "BAD_NAME"),
        ("POST", "/v1/quizzes/{quiz}/open", "", {"json": {"question": 0}}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes/{quiz}/open", "guess", {"json": {"question": 0}}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes/{quiz}/open", "{player}", {"json": {"question": 0}}, 403, "FORBIDDEN"),
        ("POST", "/v1/quizzes/{quiz}/open", "nobody", {"json": {"question": 0}}, 401, "UNAUTHORIZED"),
        ("POST", "/v1/quizzes/{quiz}/open", "{host}", {"json": {"question": 3}}, 404, "NO_SUCH_QUESTION"),
        ("POST", "/v1/quizzes/{quiz}/open", "{host}", {"json": {"question": 5000}}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes/{quiz}/open", "{host}", {}, 400, "MALFORMED"),
        ("POST", "/v1/quizzes/{quiz}/close", "{host}", {}, 409, "NOT_OPEN"),
        ("POST", "/v1/quizzes/{quiz}/answers", "{host}", {"json": {"question": 0, "choice": [0]}}, 403, "FORBIDDEN"),
        ("POST", "/v1/quizzes/{quiz}/answers", "{player}", {"json": {"question": 0, "choice": [0]}}, 409, "NOT_OPEN"),
        ("GET", "/v1/quizzes/{quiz}/board?limit=0", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?limit=101", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?limit=-1", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?limit=%C2%B2", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?cursor=%00%ff", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?cursor=WyJ4IiwieSJd", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?cursor=WyJuYW4iLCJ5Il0", "", {}, 400, "MALFORMED"),
        ("GET", "/v1/quizzes/{quiz}/board?around=nobody", "", {}, 404, "NO_SUCH_PLAYER"),
    ],
)
def test_http(node: Node, method: str, path: str, token: str, options: dict[str, Any], status: int, code: str) -> None:
    quiz, host = node.create()
    _, player = node.join(quiz, "Ana")
    names = {"quiz": quiz, "host": host, "player": player}
    headers = {"authorization": f"Bearer {token.format(**names)}".encode("latin-1")} if token else {}
    reply = node.http(method, path.format(**names), headers=headers, **options)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == status
    assert "Traceback" not in node.log.read_text()


def test_a_body_of_100_mb_is_not_read(node: Node) -> None:
    """Neither announced nor in pieces."""
    host, port = node.base[7:].split(":")
    for head in ("Content-Length: 104857600", "Transfer-Encoding: chunked"):
        with sockets.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                f"POST /v1/quizzes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\n{head}\r\n\r\n".encode()
            )
            sent = 0
            try:
                while sent < 100 << 20:
                    piece = b"x" * (1 << 16)
                    connection.sendall(b"10000\r\n" + piece + b"\r\n" if "chunked" in head else piece)
                    sent += 1 << 16
            except OSError:
                pass
            connection.settimeout(2)
            try:
                answer = connection.recv(4096)
            except OSError:
                answer = b""
        assert sent < 20 << 20, "the server went on reading"
        assert b" 413 " in answer or not answer
    assert node.http("GET", "/livez").status_code == 200
    assert "Traceback" not in node.log.read_text()
