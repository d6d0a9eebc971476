"""Real nodes in processes of their own, and clients that talk to them as anybody would."""

import asyncio
import json
import os
import re
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.forked import Forked

ADMIN = "the-admin-token-of-the-tests"
HELLO = {"type": "hello"}

QUESTIONS = [
    {"text": "Two and two?", "choices": ["3", "4", "5"], "answer": [1], "time_limit": 60},
    {"text": "Which are even?", "choices": ["1", "2", "3", "4"], "answer": [1, 3], "time_limit": 60},
    {"text": "A short one?", "choices": ["yes", "no"], "answer": [0], "time_limit": 1},
]


SECRETS: set[str] = set()  # of all tests: what no log may hold


def secrets_in(body: Any) -> None:
    """Remember tokens, passwords and answers in words of a request or reply."""
    if isinstance(body, list):
        for part in body:
            secrets_in(part)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in ("token", "host_token", "password", "old", "new") and isinstance(value, str) and len(value) > 7:
                SECRETS.add(value)
            elif name == "answer" and isinstance(value, list):
                SECRETS.update(it for it in value if isinstance(it, str) and len(it) > 7)
            else:
                secrets_in(value)


class Node:
    """One process. `base` is its address."""

    def __init__(self, redis_url: str, log: Path, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
        environment |= {
            "LEADERBOARD_ADMIN_TOKEN": ADMIN,
            "LEADERBOARD_REDIS_URL": redis_url,
            "LEADERBOARD_PORT": "0",
            "LEADERBOARD_DRAIN_S": "0",  # no balancer stands before it
            "LEADERBOARD_LIMITS": "off",  # all tests come from one address
            "PYTHONWARNINGS": "error",
        } | {f"LEADERBOARD_{name.upper()}": value for name, value in settings.items()}
        self.log = log
        log.write_bytes(b"")
        self.process = Forked(log, environment)
        self.base = self._address()

    def _address(self) -> str:
        deadline = time.monotonic() + 60  # the machine may have much else to do
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(r"open\s+(http://[\d.]+:\d+)/", self.log.read_text()):
                return found[1]
            time.sleep(0.02)
        raise AssertionError(f"the node did not start: {self.log.read_text()}")

    def look_for_secrets(self) -> None:
        """Fails if the log holds one. (The banner shows the admin's token, to whoever started the node.)"""
        for line in self.log.read_text(errors="replace").splitlines():
            if not re.match(r"\s+(admin token|look inside|another node)\s", line):
                words = set(re.findall(r"[\w-]{8,}", line))
                assert not words & SECRETS, line
                assert not any(" " in secret and secret in line for secret in SECRETS), line
                assert ADMIN not in line

    def kill(self) -> None:
        """As a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As an operator would. Returns the exit status."""
        self.process.terminate()
        return self.process.wait(20)

    def http(self, method: str, path: str, token: str = "", **options: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        secrets_in(options.get("json"))
        # No certificates are loaded for each request: that would take 20 ms.
        reply = httpx2.request(method, self.base + path, headers=headers, verify=False, trust_env=False, **options)
        if "json" in reply.headers.get("content-type", "") and path != "/openapi.json":
            secrets_in(reply.json())
        return reply

    def live(self, quiz: str) -> connect:
        """A socket: `async with node.live(quiz) as socket`."""
        return connect(f"ws{self.base[4:]}/v1/quizzes/{quiz}/live", compression=None, proxy=None)

    def create(self, **changes: Any) -> tuple[str, str]:
        """A quiz. Returns its ID and its host's token."""
        made = self.http("POST", "/v1/quizzes", ADMIN, json={"title": "Test", "questions": QUESTIONS} | changes)
        assert made.status_code == 201, made.text
        return made.json()["id"], made.json()["host_token"]

    def join(self, quiz: str, name: str) -> tuple[str, str]:
        """A player. Returns its id and its token."""
        joined = self.http("POST", f"/v1/quizzes/{quiz}/players", json={"name": name})
        assert joined.status_code == 201, joined.text
        return joined.json()["id"], joined.json()["token"]

    def host(self, quiz: str, token: str, verb: str, **fields: Any) -> dict[str, Any]:
        done = self.http("POST", f"/v1/quizzes/{quiz}/{verb}", token, json=fields)
        assert done.status_code == 200, done.text
        result: dict[str, Any] = done.json()
        return result


class Nodes:
    """Starts nodes on one Redis; kills what is still alive at the end."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.redis_url, self.folder = redis_url, folder
        self.started: list[Node] = []

    def start(self, redis_url: str = "", **settings: str) -> Node:
        log = self.folder / f"node-{len(self.started)}.log"
        node = Node(redis_url or self.redis_url, log, **settings)
        self.started.append(node)
        return node

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.started:
            if node.process.poll() is None:
                node.kill()
        for node in self.started:
            node.look_for_secrets()


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection, kind: str, **wanted: Any) -> dict[str, Any]:
    """The next message of this kind with these members; others are passed over. Fails after 5 s."""
    async with asyncio.timeout(5):
        async for text in socket:
            message: dict[str, Any] = json.loads(text)
            if message["type"] == kind and all(message.get(name) == value for name, value in wanted.items()):
                return message
    raise AssertionError(f"closed before a {kind} came: {socket.close_code} {socket.close_reason}")


async def hello(socket: ClientConnection, token: str = "") -> dict[str, Any]:
    """Say hello. Returns the welcome, which must be the first message."""
    await send(socket, **HELLO, **({"token": token} if token else {}))
    first: dict[str, Any] = json.loads(await socket.recv())
    assert first["type"] == "welcome", first
    return first


async def by_hand(node: Node, quiz: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket after its upgrade, for frames that no client library would send."""
    host, port = node.base[7:].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET /v1/quizzes/{quiz}/live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def masked(head: int, payload: bytes) -> bytes:
    """A frame, masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([head]) + length + b"\0\0\0\0" + payload
