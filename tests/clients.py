"""Both clients behind one face, so that the same tests hold them to the same; and a server that says what it is told."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, Self

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from leaderboard import client
from leaderboard.client import Json, Refusal

ROOT = Path(__file__).parent.parent
SDK = ROOT / "leaderboard" / "web" / "sdk" / "leaderboard.js"
AGENT = Path(__file__).parent / "sdk" / "agent.mjs"

# In seconds: so that a test need not wait as long as people should.
HURRY = {"WELCOME_WITHIN": 0.4, "QUIET": 0.8, "PONG_WITHIN": 0.4, "REPEAT": 0.3}
BACKOFF = (0.02, 0.05, 0.2)


class Connected(Protocol):
    """What the tests use of a connection, whichever client's it is. `events`: all that it has told, in order."""

    status: str
    state: Json | None
    board: Json | None
    you: Json | None
    events: list[tuple[str, Any]]

    async def request(self, type: str, **fields: Any) -> Json: ...
    async def answer(self, question: int, choice: Any) -> Json: ...
    async def close(self) -> None: ...


class Clients(Protocol):
    """A client library."""

    async def connect(self, url: str, quiz: str, token: str = "") -> Connected: ...
    async def join(self, url: str, quiz: str, name: str) -> Json: ...
    async def server_now(self, live: Any) -> float: ...
    async def stop(self) -> None: ...


class Recorded(client.Live):
    """One that keeps all its events."""

    def __init__(self, address: str, token: str) -> None:
        self.events: list[tuple[str, Any]] = []
        super().__init__(address, token)

    def _emit(self, kind: str, news: Json) -> None:
        super()._emit(kind, news)
        self.events.append((kind, news))


class InPython:
    def __init__(self, patch: pytest.MonkeyPatch, hurry: bool) -> None:
        patch.setattr(client, "Live", Recorded)
        self.lives: list[Recorded] = []
        if hurry:
            patch.setattr(client, "BACKOFF_S", BACKOFF)
            for name, seconds in HURRY.items():
                patch.setattr(client, f"{name}_S", seconds)

    async def connect(self, url: str, quiz: str, token: str = "") -> Recorded:
        live = client.connect(url, quiz, token)
        assert isinstance(live, Recorded)
        await live.__aenter__()
        self.lives.append(live)
        return live

    async def join(self, url: str, quiz: str, name: str) -> Json:
        return vars(await client.join(url, quiz, name))

    async def server_now(self, live: Recorded) -> float:
        return live.server_now()

    async def stop(self) -> None:
        for live in self.lives:
            await live.close()


class Remote:
    """A connection that an agent holds."""

    def __init__(self, agent: "InJavaScript", number: int) -> None:
        self.agent, self.number = agent, number
        self.status = "connecting"
        self.state: Json | None = None
        self.board: Json | None = None
        self.you: Json | None = None
        self.events: list[tuple[str, Any]] = []

    def hear(self, kind: str, news: Any) -> None:
        if kind == "status":
            self.status = news["status"]
        elif kind != "welcome":
            setattr(self, kind, news)
        self.events.append((kind, news))

    async def request(self, type: str, **fields: Any) -> Json:
        result: Json = await self.agent.call("request", live=self.number, type=type, fields=fields)
        return result

    async def answer(self, question: int, choice: Any) -> Json:
        result: Json = await self.agent.call("answer", live=self.number, question=question, choice=choice)
        return result

    async def close(self) -> None:
        await self.agent.call("close", live=self.number)


class InJavaScript:
    """One Node.js process with any number of connections."""

    def __init__(self, hurry: bool) -> None:
        least, first, most = (round(1000 * seconds) for seconds in BACKOFF)
        quick = {f"{name}_MS": round(1000 * seconds) for name, seconds in HURRY.items()}
        self.constants = quick | {"BACKOFF_MS": {"least": least, "first": first, "most": most}} if hurry else {}
        self.calls: list[asyncio.Future[Any]] = []
        self.lives: list[Remote] = []

    async def start(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *node_js(), str(AGENT), str(SDK), json.dumps(self.constants), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.reading = asyncio.create_task(self._read())
        return self

    async def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()
        await self.reading

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            message = json.loads(line)
            if "call" not in message:
                self.lives[message["live"]].hear(message["kind"], message.get("news"))
            elif "code" in message:
                self.calls[message["call"]].set_exception(Refusal(message["code"], message["detail"]))
            else:
                self.calls[message["call"]].set_result(message.get("result"))

    async def call(self, does: str, **fields: Any) -> Any:
        assert self.process.stdin is not None
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.calls.append(reply)
        self.process.stdin.write(json.dumps({"call": len(self.calls) - 1, "does": does, **fields}).encode() + b"\n")
        return await reply

    async def connect(self, url: str, quiz: str, token: str = "") -> Remote:
        live = Remote(self, len(self.lives))
        self.lives.append(live)
        assert await self.call("connect", url=url, quiz=quiz, token=token) == live.number
        return live

    async def join(self, url: str, quiz: str, name: str) -> Json:
        result: Json = await self.call("join", url=url, quiz=quiz, name=name)
        return result

    async def server_now(self, live: Remote) -> float:
        now: float = await self.call("now", live=live.number)
        return now


@cache
def node_js() -> list[str]:
    """The command that runs Node.js with a WebSocket. Missing: a skip on a laptop, a failure in CI."""
    found = shutil.which("node")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout if found else "v0"
    major = int(version[1:].partition(".")[0])
    if found is None or major < 20:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no Node.js from 20 on on this machine")
    return [found, *(["--experimental-websocket"] if major < 22 else [])]


class Fake:
    """A server that welcomes everybody and then does what a test tells it. `heard`: the requests, `hellos`: those.

    It refuses `full` upgrades first, as a node that is full or leaves does.
    """

    def __init__(self) -> None:
        self.hellos: list[Json] = []
        self.heard: asyncio.Queue[Json] = asyncio.Queue()
        self.welcomes = True
        self.full = 0
        self.socket: ServerConnection

    async def __aenter__(self) -> Self:
        self.server: Server = await serve(
            self._serve, "127.0.0.1", 0, compression=None, close_timeout=1, process_request=self._upgrade
        )
        self.base = f"http://127.0.0.1:{next(iter(self.server.sockets)).getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        await self.server.wait_closed()

    def _upgrade(self, socket: ServerConnection, _: Request) -> Response | None:
        if self.full == 0:
            return None
        self.full -= 1
        return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")

    async def _serve(self, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            self.hellos.append(json.loads(await socket.recv()))
            self.socket = socket
            if self.welcomes:
                await self.say(welcome())
            async for text in socket:
                self.heard.put_nowait(json.loads(text))

    async def say(self, message: Json) -> None:
        await self.socket.send(json.dumps(message))

    async def request(self) -> Json:
        """The next one that comes. Fails after 5 s."""
        return await asyncio.wait_for(self.heard.get(), 5)


def snapshot(kind: str, version: int, epoch: str = "a", **members: Any) -> Json:
    return {"type": kind, "epoch": epoch, "version": version, **members}


def welcome() -> Json:
    state = snapshot("state", 5, question={"number": 0})
    you = snapshot("you", 5, points=0, answer=None, own=None)
    player = {"id": "p", "name": "Ana"}
    board = snapshot("board", 5)
    return {
        "type": "welcome",
        "role": "player",
        "player": player,
        "now": 10**12,
        "state": state,
        "board": board,
        "you": you,
    }
