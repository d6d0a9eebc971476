"""What protects a node before a request is understood: deadlines, bounds, caps, origins, addresses, headers."""

import asyncio
import contextlib
import json
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from leaderboard.addresses import forwarded, group, listen
from leaderboard.app import admission
from leaderboard.config import Settings
from leaderboard.errors import ForeignOrigin, NodeFull, TooManySockets
from leaderboard.live import http, protocol
from leaderboard.live.doors import Doors, free
from leaderboard.state.limits import Limits
from leaderboard.state.redis import connect as connect_to
from leaderboard.state.series import Series
from leaderboard.state.writer import Writer
from tests.nodes import ADMIN, Node, Nodes, hello, receive, send
from tests.test_sockets import QUIZ, not_reading, serving

NO_LIMITS = Limits(Writer(connect_to("redis://127.0.0.1:1")), {})

pytestmark = pytest.mark.anyio

HOME, OTHER = "127.0.0.1", "127.0.0.2"
GET = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
UPGRADE = b"GET /v1/quizzes/22222222/live HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
MEGABYTE = 1 << 20


class Raw:
    """A plain connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def status(self) -> str:
        """The status of the next response; "" if the connection ends without."""
        with contextlib.suppress(ConnectionError):
            line = await asyncio.wait_for(self.reader.readline(), 5)
            return line.decode().partition(" ")[2][:3]
        return ""

    async def response(self) -> tuple[str, str]:
        """The status and the headers."""
        status = await self.status()
        return status, (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def rest(self) -> bytes:
        """What comes until the server closes, or resets the connection because more is sent to it."""
        heard = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(5):
                while piece := await self.reader.read(MEGABYTE):
                    heard += piece
        return heard

    async def pour(self, piece: bytes, total: int) -> int:
        """Send so many bytes, or until the server closes. Returns how many it were."""
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < total and not self.reader.at_eof():
                self.writer.write(piece)
                await self.writer.drain()
                sent += len(piece)
        return sent

    async def drip(self, data: bytes) -> None:
        """A byte now and then, until the server closes."""
        with contextlib.suppress(ConnectionError):
            for byte in data * 1000:
                self.writer.write(bytes([byte]))
                await self.writer.drain()
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def raw(base: str | int, said: bytes = b"", address: str = HOME) -> AsyncIterator[Raw]:
    port = base if isinstance(base, int) else urlsplit(base).port
    reader, writer = await asyncio.open_connection(HOME, port, local_addr=(address, 0))
    try:
        writer.write(said)
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


async def eventually(base: str, status: str, address: str = HOME) -> None:
    """GET /livez has this status soon."""
    async with asyncio.timeout(5):
        while True:
            async with raw(base, GET, address) as one:
                if await one.status() == status:
                    return
            await asyncio.sleep(0.01)


def live(node: Node, quiz: str, **headers: str) -> connect:
    lines = [(name.replace("_", "-"), line) for name, lines in headers.items() for line in lines.split("|")]
    url = f"ws{node.base[4:]}/v1/quizzes/{quiz}/live"
    return connect(url, compression=None, proxy=None, additional_headers=lines)


async def refusal(node: Node, quiz: str, **headers: str) -> tuple[int, str]:
    """The status and the code with which an upgrade is refused; 101 if it is not."""
    try:
        async with live(node, quiz, **headers):
            return 101, ""
    except InvalidStatus as error:
        problem = json.loads(error.response.body)
        assert error.response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == error.response.status_code
        return error.response.status_code, problem["code"]


# Time


@pytest.fixture
async def hasty(real_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a node that waits less long."""
    monkeypatch.setattr(http, "HEADERS_S", 0.4)
    monkeypatch.setattr(http, "BODY_S", 0.8)
    async with serving(real_url) as node:
        yield node.port


@pytest.mark.parametrize(
    ("said", "dripped", "earliest", "answered"),
    [
        (b"", b"", 0.4, b""),
        (b"", b"GET / HTTP/1.1\r\nhost: x\r\nx: ", 0.4, b"408"),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n", 0.4, b"408"),
        (UPGRADE, b"a: b\r\n", 0.4, b"408"),
        (b"", b"\r\n", 0.4, b"408"),
        (b"POST /v1/quizzes HTTP/1.1\r\ncontent-length: 9999\r\nauthorization: Bearer t\r\n\r\n", b" ", 0.8, b"408"),
        (
            b"POST /v1/quizzes HTTP/1.1\r\ntransfer-encoding: chunked\r\nauthorization: Bearer t\r\n\r\n",
            b"1\r\n \r\n",
            0.8,
            b"408",
        ),
        (b"POST /v1/quizzes HTTP/1.1\r\ncontent-length: 9999\r\n\r\n", b" ", 0.8, b"401"),
    ],
    ids=["silent", "request line", "header", "upgrade", "blank lines", "body", "chunks", "body of a refused request"],
)
async def test_slow_requests_end(hasty: int, said: bytes, dripped: bytes, earliest: float, answered: bytes) -> None:
    began = asyncio.get_running_loop().time()
    async with raw(hasty, said) as slow:
        dripping = asyncio.ensure_future(slow.drip(dripped))
        heard = await slow.rest()
        assert earliest - 0.05 < asyncio.get_running_loop().time() - began < earliest + 0.6
        dripping.cancel()
    assert heard[9:12] == answered
    assert heard.count(b"HTTP/1.1") == bool(answered)


@pytest.mark.parametrize("dripped", [GET[:20], b"\r\n"])
async def test_a_further_request_has_its_own_time(hasty: int, dripped: bytes) -> None:
    async with raw(hasty) as kept:
        for _ in range(3):  # longer in all than a head may take, and idle in between
            kept.writer.write(GET[:9])
            await asyncio.sleep(0.15)
            kept.writer.write(GET[9:])
            assert (await kept.response())[0] == "200"
            assert await kept.reader.readexactly(15) == b'{"status":"ok"}'
            await asyncio.sleep(0.15)
        dripping = asyncio.ensure_future(kept.drip(dripped))
        assert (await kept.rest())[9:12] == b"408"
        dripping.cancel()


async def test_sockets_and_idle_connections_stay(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEADERS_S", 0.2)
    monkeypatch.setattr(http, "BODY_S", 0.2)
    async with serving(real_url) as node:
        quiz = (await node.store.create(QUIZ)).id
        async with node.live(quiz) as socket, raw(node.port, GET) as kept:
            assert (await kept.response())[0] == "200"
            await hello(socket)
            await asyncio.sleep(0.5)
            await send(socket, type="ping")
            await receive(socket, "pong")
            kept.writer.write(GET)
            await kept.reader.readexactly(15)
            assert (await kept.response())[0] == "200"


@pytest.mark.skipif(not hasattr(sockets, "TCP_USER_TIMEOUT"), reason="only Linux knows")
async def test_who_takes_no_answers_is_dropped(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a closed connection would end: the rest of its last answer waits."""
    monkeypatch.setattr(http, "TAKEN_S", 0.5)

    def small(host: str, port: int) -> sockets.socket:
        listener = listen(host, port)
        listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4096)
        return listener

    monkeypatch.setattr("tests.test_sockets.listen", small)
    async with serving(real_url) as node:
        with not_reading(node.port) as idle:
            idle.send(b"GET /web/play/app.js HTTP/1.0\r\n\r\n")
            async with asyncio.timeout(10):
                while not node.server.server_state.total_requests:
                    await asyncio.sleep(0.01)
                while node.server.server_state.connections:
                    await asyncio.sleep(0.01)


# Size


def peak(node: Node) -> int:
    """The most memory that the node has had, in bytes."""
    status = Path(f"/proc/{node.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def test_heads_are_bounded_before_they_are_kept(nodes: Nodes) -> None:
    node = nodes.start()
    chunked = b"POST /v1/quizzes HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    endless = [
        (UPGRADE, b"a: b\r\n" * 4096),
        (UPGRADE + b"x: ", b"x" * 65536),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 4096),
        (b"GET / HTTP/1.1\r\n", b"a: %s\r\n" % (b"b" * 8000)),
        (b"GET / HTTP/1.1\r\n" + b"x" * 65536, b"x" * 65536),
        (b"GET /", b"x" * 65536),
        (chunked + b"0\r\n", b"a: b\r\n" * 4096),
        (chunked + b"0\r\nx: ", b"x" * 65536),
        (chunked + b"1;x=", b"x" * 65536),
        (b"", b"\r\n" * 32768),
        (b"", GET * 2000),
    ]
    await eventually(node.base, "200")
    before = peak(node)
    for began, more in endless:
        async with raw(node.base, began) as one:
            assert await one.pour(more, 64 * MEGABYTE) < 16 * MEGABYTE, began
    assert peak(node) - before < 20 * MEGABYTE
    assert "Traceback" not in node.log.read_text()


async def test_how_large_a_head_may_be(nodes: Nodes) -> None:
    node = nodes.start()
    fitting, too_large = b"x: %s\r\n" % (b"x" * 32_000), b"x: %s\r\n" % (b"x" * 33_000)
    for start, fields, status in [
        (GET[:-2], fitting, "200"),
        (GET[:-2], too_large, "431"),
        (UPGRADE, too_large, "431"),
        (GET[:-2], b"a: b\r\n" * 127, "200"),
        (GET[:-2], b"a: b\r\n" * 128, "431"),
        (UPGRADE, b"a: b\r\n" * 128, "431"),
    ]:
        for pieces in (1, 7):
            async with raw(node.base) as one:
                data = start + fields + b"\r\n"
                step = len(data) // pieces + 1
                for place in range(0, len(data), step):
                    one.writer.write(data[place : place + step])
                    await asyncio.sleep(0.01)
                assert await one.status() == status


async def test_large_bodies_and_pipelines_still_come_through(nodes: Nodes) -> None:
    node = nodes.start()
    text = {"title": "Test", "questions": [{"text": "x" * 400, "choices": ["a", "b"], "answer": [0]}] * 200}
    body = json.dumps(text).encode()
    head = f"POST /v1/quizzes HTTP/1.1\r\nauthorization: Bearer {ADMIN}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 99]), body[i : i + 99]) for i in range(0, len(body), 99))
    chunked = head.replace(b"content-length: %d" % len(body), b"transfer-encoding: chunked") + chunks + b"0\r\n\r\n"
    for request in (head + body, chunked):
        async with raw(node.base, request + GET * 5) as one:
            assert (await one.response())[0] == "201"
            await one.reader.readuntil(b"}")
            for _ in range(5):
                assert (await one.response())[0] == "200"
                await one.reader.readuntil(b"}")


# Connections


async def test_a_full_node_refuses_connections_and_who_is_inside_plays_on(nodes: Nodes) -> None:
    node = nodes.start(max_connections="5")
    quiz, host = node.create()
    _, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    async with node.live(quiz) as player, contextlib.AsyncExitStack() as silent:
        await hello(player, token)
        await eventually(node.base, "200")
        await eventually(node.base, "200")  # connections that have just ended are gone
        for _ in range(4):
            await silent.enter_async_context(raw(node.base))
        for _ in range(20):
            async with raw(node.base) as one:
                status, headers = await one.response()
                assert (status, "retry-after: " in headers, "connection: close" in headers) == ("503", True, True)
                assert await one.rest() == b""
        await send(player, type="answer", id="a", question=0, choice=[1])
        assert (await receive(player, "ack"))["points"] > 0
        await silent.aclose()
        await eventually(node.base, "200")


@contextlib.asynccontextmanager
async def let_in(node: Node, quiz: str) -> AsyncIterator[ClientConnection]:
    """A socket, as soon as the node has noticed that the last connection has ended."""
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(InvalidStatus):
                socket = await live(node, quiz)
                break
            await asyncio.sleep(0.02)
    async with socket:
        yield socket


async def test_connections_of_an_address(nodes: Nodes) -> None:
    """A socket counts as long as it is open, and frees its place when it ends."""
    node = nodes.start(max_connections_per_address="2")
    quiz, _ = node.create()
    for _ in range(3):
        await eventually(node.base, "200")
        async with raw(node.base), let_in(node, quiz) as socket:
            await hello(socket)
            async with raw(node.base) as one:
                status, headers = await one.response()
                assert (status, "retry-after: " in headers) == ("429", True)
            async with raw(node.base, GET, OTHER) as other:
                assert await other.status() == "200"
    await eventually(node.base, "200")
    assert "Traceback" not in node.log.read_text()


async def test_all_come_from_the_proxy(nodes: Nodes) -> None:
    node = nodes.start(max_connections_per_address="1", trusted_proxies="1")
    async with raw(node.base), raw(node.base), raw(node.base, GET) as one:
        assert await one.status() == "200"


def test_files_are_left_for_the_node_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    assert admission(Settings(), NO_LIMITS).connections == 960
    assert admission(Settings(max_connections=900), NO_LIMITS).connections == 900


# Sockets


@pytest.mark.parametrize(
    ("cap", "refused"),
    [
        ("max_sockets", (503, "NODE_FULL")),
        ("max_sockets_per_quiz", (503, "NODE_FULL")),
        ("max_sockets_per_address", (429, "TOO_MANY_SOCKETS")),
    ],
)
async def test_caps_on_sockets(nodes: Nodes, cap: str, refused: tuple[int, str]) -> None:
    node = nodes.start(**{cap: "2"})
    quiz, _ = node.create()
    other, _ = node.create()
    async with live(node, quiz) as first:
        await hello(first)
        async with live(node, quiz.lower()) as second:
            await hello(second)
            for again in (quiz, f"%{ord(quiz[0]):x}{quiz[1:]}", quiz + "/live?x=", other, quiz):
                apart = cap == "max_sockets_per_quiz" and again == other
                assert await refusal(node, again) == ((101, "") if apart else refused)
            await send(first, type="ping")
            await receive(first, "pong")
        async with asyncio.timeout(5):
            while (await refusal(node, quiz))[0] != 101:
                await asyncio.sleep(0.01)
    log = node.log.read_text()
    assert "error" not in log
    assert log.count("socket_closed") < 6  # refusals are not logged one by one


def test_who_is_refused_takes_no_place() -> None:
    doors = Doors(9, 9, 3, 2, 2, [], 0, NO_LIMITS)
    assert isinstance(doors.socket(b"/a", [], "192.0.2.1"), list)
    assert isinstance(doors.socket(b"/a", [], "192.0.2.2"), list)
    before = doors.sockets.taken | doors.sockets_of_address.taken | doors.sockets_of_quiz.taken
    assert doors.socket(b"/a", [], "192.0.2.3") is NodeFull
    assert doors.socket(b"/b", [(b"origin", b"null")], "192.0.2.3") is ForeignOrigin
    last = doors.socket(b"/b", [], "192.0.2.2")
    assert isinstance(last, list)
    assert doors.socket(b"/b", [], "192.0.2.3") is NodeFull
    free(last[:1])
    assert doors.socket(b"/b", [], "192.0.2.2") is TooManySockets
    free(last[1:])
    assert doors.sockets.taken | doors.sockets_of_address.taken | doors.sockets_of_quiz.taken == before


@contextlib.asynccontextmanager
async def staying(node: Node, quiz: str, address: str) -> AsyncIterator[None]:
    """A socket of this address, as soon as there is a place for it."""
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(InvalidStatus):
                async with live(node, quiz, x_forwarded_for=address) as socket:
                    await hello(socket)
                    yield
                    return
            await asyncio.sleep(0.01)


FORGED = {
    "0": [("192.0.2.1", "192.0.2.2", True)],
    "1": [
        ("192.0.2.1", "192.0.2.2", False),
        ("198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1", True),
        ("198.51.100.1|192.0.2.1", "198.51.100.1|192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("nonsense", "unknown", True),
    ],
    "2": [
        ("198.51.100.1, 192.0.2.1, 10.0.0.1", "198.51.100.2, 192.0.2.1, 10.0.0.2", True),
        ("198.51.100.1|192.0.2.1, 10.0.0.1", "198.51.100.1|192.0.2.2, 10.0.0.1", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
}


@pytest.mark.parametrize("trusted", FORGED)
async def test_forged_addresses(nodes: Nodes, trusted: str) -> None:
    """Whether two sockets count as of one address."""
    node = nodes.start(max_sockets_per_address="1", trusted_proxies=trusted)
    quiz, _ = node.create()
    for first, second, same in FORGED[trusted]:
        async with staying(node, quiz, first):
            assert (await refusal(node, quiz, x_forwarded_for=second))[0] == (429 if same else 101), (first, second)


@pytest.mark.parametrize(
    ("lines", "proxies", "address"),
    [
        ([], 1, None),
        ([""], 1, None),
        (["192.0.2.1"], 1, "192.0.2.1"),
        (["192.0.2.1:99"], 1, "192.0.2.1"),
        (["2001:DB8::1"], 1, "2001:db8::1"),
        (["[2001:db8::1]"], 1, "2001:db8::1"),
        (["[2001:db8::1]:99"], 1, "2001:db8::1"),
        (["192.0.2.1, 192.0.2.2", "192.0.2.3"], 1, "192.0.2.3"),
        (["192.0.2.1, 192.0.2.2", "192.0.2.3"], 2, "192.0.2.2"),
        (["192.0.2.1, 192.0.2.2", "192.0.2.3"], 3, "192.0.2.1"),
        (["192.0.2.1, 192.0.2.2", "192.0.2.3"], 4, "192.0.2.1"),
        (["192.0.2.1, x"], 1, None),
        (["192.0.2.1,"], 1, None),
        (["fe80::1%eth0"], 1, None),
        (["[192.0.2.1"], 1, "192.0.2.1"),
        (["192.0.2.256"], 1, None),
    ],
)
def test_forwarded(lines: Sequence[str], proxies: int, address: str | None) -> None:
    assert forwarded(lines, proxies) == address


def test_groups() -> None:
    assert group("192.0.2.1") == group("::ffff:192.0.2.1") == "192.0.2.1"
    assert group("2001:db8:1:2:3:4:5:6") == group("2001:db8:1:2::") == "2001:db8:1:2::/64"
    assert group("2001:db8:1:3::") != group("2001:db8:1:2::")
    assert group("fe80::1%eth0") == "fe80::/64"


# Origins


async def test_pages_of_other_sites(nodes: Nodes) -> None:
    here = nodes.start()
    quiz, host = here.create()
    listing = nodes.start(origins="https://one.example, http://two.example:8080")
    anyone = nodes.start(origins="*")
    host_name = here.base[7:]
    cases = [
        (here, f"http://{host_name}", host_name, True),
        (here, f"https://{host_name}".upper(), host_name, True),
        (here, "https://quiz.example", "quiz.example", True),
        (here, "https://quiz.example", "quiz.example:443", True),
        (here, "http://quiz.example:80", "quiz.example", True),
        (here, "https://quiz.example:8443", "quiz.example", False),
        (here, "https://one.example", host_name, False),
        (here, f"http://evil.example/{host_name}", host_name, False),
        (here, f"http://{host_name}.evil.example", host_name, False),
        (here, "null", host_name, False),
        (here, "", host_name, False),
        (listing, "https://one.example", host_name, True),
        (listing, "http://two.example:8080", host_name, True),
        (listing, "http://one.example", host_name, False),
        (listing, "https://other.example", host_name, False),
        (listing, f"http://{host_name}", host_name, True),
        (anyone, "https://other.example", host_name, True),
        (anyone, "null", host_name, True),
    ]
    client = httpx2.Client()
    for node, origin, name, allowed in cases:
        headers = {"origin": origin, "host": name, "authorization": f"Bearer {host}"}
        posted = client.post(f"{node.base}/v1/quizzes/{quiz}/lock", headers=headers, json={})
        assert (posted.status_code, origin) == (200 if allowed else 403, origin)
        assert allowed or posted.json()["code"] == "FOREIGN_ORIGIN"
        got = client.get(f"{node.base}/v1/quizzes/{quiz}", headers=headers)
        assert got.status_code == 200
        assert node is not here or "access-control-allow-origin" not in got.headers
        assert await upgraded(node, quiz, headers) == ("101" if allowed else "403")
    client.close()
    assert here.http("POST", f"/v1/quizzes/{quiz}/lock", host, json={}).status_code == 200, "no browser"


async def upgraded(node: Node, quiz: str, headers: Mapping[str, str]) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    handshake = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
    request = (
        f"GET /v1/quizzes/{quiz}/live HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n{handshake}{lines}\r\n"
    )
    async with raw(node.base, request.encode()) as one:
        return await one.status()


async def test_what_browsers_are_told_of_other_sites(nodes: Nodes) -> None:
    node = nodes.start(origins="https://one.example")
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    for origin, allowed in (("https://one.example", "https://one.example"), ("https://other.example", None)):
        preflight = node.http("OPTIONS", "/v1/quizzes", headers={"origin": origin} | asked)
        assert preflight.status_code == (200 if allowed else 400)
        got = node.http("GET", "/livez", headers={"origin": origin})
        assert got.headers.get("access-control-allow-origin") == preflight.headers.get("access-control-allow-origin")
        assert got.headers.get("access-control-allow-origin") == allowed
        assert got.headers["cross-origin-resource-policy"] == ("cross-origin" if allowed else "same-origin")


# Messages


Flood = Callable[[ClientConnection, int], Awaitable[None]]


async def pings(socket: ClientConnection, count: int) -> None:
    for _ in range(count):
        await send(socket, type="ping")


async def control(socket: ClientConnection, count: int) -> None:
    frame = b"\x89\x80\0\0\0\0"
    socket.transport.write(frame * count)


async def unasked(socket: ClientConnection, count: int) -> None:
    frame = b"\x8a\x80\0\0\0\0"
    socket.transport.write(frame * count)


async def fragments(socket: ClientConnection, count: int) -> None:
    socket.transport.write(b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * (count - 2) + b"\x80\x80\0\0\0\0")


async def test_messages_have_a_budget(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, _ = node.create()

    async def one(flood: Flood) -> None:
        async with live(node, quiz) as eager:
            await hello(eager)
            await flood(eager, protocol.MESSAGES - 20)
            await send(eager, type="ping")
            await receive(eager, "pong")
            await flood(eager, protocol.MESSAGES)
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        await eager.recv()
            assert (eager.close_code, flood.__name__) == (4429, flood.__name__)

    async with live(node, quiz) as calm:
        await hello(calm)
        await asyncio.gather(*map(one, (pings, control, unasked, fragments)))
        await send(calm, type="ping")
        await receive(calm, "pong")


async def test_the_budget_of_messages_grows_again(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MESSAGES_PER_S", 1000)
    async with serving(real_url) as node:
        quiz = (await node.store.create(QUIZ)).id
        async with node.live(quiz) as socket:
            await hello(socket)
            for _ in range(3):
                await pings(socket, protocol.MESSAGES - 20)
                for _ in range(protocol.MESSAGES - 20):
                    await receive(socket, "pong")
                await asyncio.sleep(0.3)


# Headers


async def test_every_response_has_the_headers(nodes: Nodes) -> None:
    node = nodes.start(max_sockets="1")
    quiz, host = node.create()
    replies = [
        (node.http("GET", "/"), 200),
        (node.http("GET", "/web/play/app.js"), 200),
        (node.http("GET", "/livez"), 200),
        (node.http("GET", f"/v1/quizzes/{quiz}"), 200),
        (node.http("GET", f"/v1/quizzes/{quiz}/results?format=csv", host), 200),
        (node.http("GET", "/nowhere"), 404),
        (node.http("PUT", "/livez"), 405),
        (node.http("POST", "/v1/quizzes"), 401),
        (node.http("POST", "/v1/quizzes", headers={"origin": "https://x.example"}), 403),
        (node.http("POST", "/v1/quizzes", ADMIN, content=b"{"), 400),
    ]
    async with live(node, quiz) as socket:
        await hello(socket)
        for headers, status in (({}, 503), ({"origin": "https://x.example"}, 403)):
            with pytest.raises(InvalidStatus) as refused:
                await live(node, quiz, **headers)
            replies.append((refused.value.response, status))  # type: ignore[arg-type]
    for reply, status in replies:
        headers = {name.lower(): value for name, value in reply.headers.items()}
        page = headers["content-type"].startswith(("text/html", "text/javascript"))
        assert reply.status_code == status
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        allowed = [it for it in headers["permissions-policy"].split(", ") if not it.endswith("=()")]
        assert allowed == ["fullscreen=(self)", "screen-wake-lock=(self)"]
        assert headers["cache-control"] == ("no-cache" if page else "no-store")
        assert headers["content-security-policy"].startswith("default-src 'none'; " + ("script" if page else "frame"))


async def test_mistakes_of_our_own_have_the_headers(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Series, "quiz_of", broken)
    request = b"GET /v1/quizzes/22222222 HTTP/1.1\r\nhost: x\r\n\r\n"
    async with serving(real_url) as node, raw(node.port, request) as one:
        status, headers = await one.response()
    assert (status, "x-content-type-options: nosniff" in headers) == ("500", True)


# What the node knows already


async def test_a_bad_token_that_comes_again_is_refused_at_the_door(nodes: Nodes) -> None:
    node = nodes.start(limits="tokens=5/60")
    quiz, host = node.create()
    path = f"/v1/quizzes/{quiz}/next"
    replies = [node.http("POST", path, "nobody") for _ in range(8)]
    assert [reply.status_code for reply in replies] == [401] * 8  # nobody was asked, nothing counted
    asked = [line for line in node.log.read_text().splitlines() if '"request"' in line and path in line]
    assert len(asked) == 1
    at_the_door = replies[1]
    assert at_the_door.headers["www-authenticate"] == "Bearer"
    assert at_the_door.headers["x-content-type-options"] == "nosniff"
    assert at_the_door.json() == replies[0].json()
    others = [node.http("POST", path, f"nobody-{i}") for i in range(8)]
    assert [reply.status_code for reply in others] == [401] * 4 + [429] * 4
    again = node.http("POST", path, "nobody")
    for reply in (others[-1], again):
        assert int(reply.headers["retry-after"]) > 5
        assert reply.headers["ratelimit-policy"] == '"tokens";q=5;w=60'
    assert node.http("POST", f"/v1/quizzes/{quiz}/next", host).status_code == 200  # a neighbour, by another token
    other, _ = node.create()
    assert node.http("GET", f"/v1/quizzes/{other}", "nobody").status_code == 429  # looked at, for it is another place
    assert node.http("GET", f"/v1/quizzes/{other}").status_code == 200


async def test_a_flood_is_refused_at_the_door(nodes: Nodes) -> None:
    node = nodes.start(limits="address=3/60 joins=1/60", trusted_proxies="1")
    quiz, host = node.create()
    here = {"x-forwarded-for": "192.0.2.1"}
    replies = [node.http("GET", f"/v1/quizzes/{quiz}", headers=here) for _ in range(6)]
    assert [reply.status_code for reply in replies] == [200] * 3 + [429] * 3
    assert replies[-1].json()["code"] == "RATE_LIMITED"
    assert int(replies[-1].headers["retry-after"]) >= 1
    joining = f"/v1/quizzes/{quiz}/players"  # for which there is a bucket of its own
    assert node.http("POST", joining, json={"name": "Ana"}, headers=here).status_code == 201
    big = node.http("POST", joining, json={"name": "x" * 60_000}, headers=here)
    assert big.status_code == 429
    assert node.http("GET", f"/v1/quizzes/{quiz}", host, headers=here).status_code == 200
    assert node.http("GET", f"/v1/quizzes/{quiz}", headers={"x-forwarded-for": "192.0.2.2"}).status_code == 200
    assert node.http("GET", "/livez", headers=here).status_code == 200
    async with node.live(quiz) as socket:
        await hello(socket)


async def test_two_requests_at_once_on_one_connection(nodes: Nodes) -> None:
    """The first is answered, the second is known to be too much: what was asked first is not cut off."""
    node = nodes.start(limits="address=1/60")
    request = b"GET /v1/quizzes/NOSUCHQZ HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
    host, port = node.base[7:].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for times, status in ((2, [b"404", b"429"]), (3, [b"429"] * 3)):
        writer.write(request * times)
        for expected in status:
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.split()[1] == expected
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split()[0]))
    assert await asyncio.wait_for(reader.read(), 8) == b""  # and then it is not kept for ever
    writer.close()
