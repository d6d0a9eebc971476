"""The Python client of the leaderboard server: one module that needs `websockets` and nothing else of this package.

    player = await join("http://127.0.0.1:8000", "K7P2QXMB", "Linh")
    async with connect("http://127.0.0.1:8000", player.quiz, player.token) as live:
        ack = await live.answer(0, [2])
        async for kind, news in live:
            print(kind, news)

The connection comes back by itself, and requests survive that: what was not acknowledged is sent again with the same id.
What the messages hold, and every refusal and close code, stands in docs/protocol.md.
"""

import asyncio
import contextlib
import json
import logging
import random
import re
import secrets
import time
from asyncio import FIRST_COMPLETED, Future
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, WebSocketException

GIVE_UP = {1007, 1009, 4400, 4401, 4403, 4404, 4409}
TAKEN_OVER = 4409
TOLD = {1012, 4410}  # with these the server says when to come back
GHOST_S = 30.0  # so long a hello that we gave up may still arrive, and take our own place
WELCOME_WITHIN_S = 10.0
QUIET_S = 15.0  # after this long without a message: ask whether anybody is there
PONG_WITHIN_S = 5.0
STABLE_S = 10.0  # a connection that lived this long was a success: back-off starts over
REPEAT_S = 8.0  # a request without a reply is sent again; the server replies within 5 s, if only that it is busy
BACKOFF_S = (0.5, 1.0, 20.0)  # the least, the bound after the first failure, the largest bound
JOIN_TRIES = 3
HTTP_WITHIN_S = 10.0
GATEWAY = {502, 503, 504}  # the request may not have reached a node
MAX_REQUESTS = 32  # without a reply: the server takes no more of one socket
MAX_BYTES = 4096  # of one request: the server closes the socket of whoever sends more

Json = dict[str, Any]

# At the level DEBUG websockets logs every frame, and the first one holds the token.
quiet = logging.getLogger(__name__)
quiet.setLevel(logging.INFO)


class Refusal(Exception):
    """What the server (or the lack of one) said no to: `code` for programs, `detail` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Player:
    """Who one has become. Keep the token: it is who you are.

    `rejoined`: this user was in before; `waiting`: one cannot play until the host admits one.
    """

    quiz: str
    id: str
    name: str
    token: str = field(repr=False)
    rejoined: bool = False
    waiting: bool = False


async def join(url: str, quiz: str, name: str, team: str = "") -> Player:
    """Become a player of the quiz with this ID or PIN. Tried up to three times, as one request. Raises Refusal."""
    headers = {"content-type": "application/json", "idempotency-key": secrets.token_urlsafe()}
    body = json.dumps({"name": name} | ({"team": team} if team else {})).encode()
    request = Request(address(url, quiz, "players"), body, headers)  # noqa: S310
    for failures in range(JOIN_TRIES):
        status, reply = await asyncio.to_thread(fetch, request)
        if status not in GATEWAY or failures == JOIN_TRIES - 1:
            break
        await asyncio.sleep(backoff(failures))
    if status != 201:
        raise Refusal(reply.get("code", "UNREACHABLE"), reply.get("detail", "The server cannot be reached."))
    rejoined, waiting = reply.get("rejoined", False), reply.get("waiting", False)
    return Player(reply.get("quiz", quiz), reply["id"], reply["name"], reply["token"], rejoined, waiting)


def fetch(request: Request) -> tuple[int, Json]:
    """The status and the JSON of a reply; 502 if there is none."""
    try:
        with urlopen(request, timeout=HTTP_WITHIN_S) as response:  # noqa: S310 - the address is the caller's
            return response.status, json.load(response)
    except HTTPError as error:
        with error, contextlib.suppress(OSError, HTTPException, ValueError, TypeError):
            return error.code, dict(json.load(error))
        return error.code, {"detail": f"The server replied {error.code}."}
    except (OSError, HTTPException, ValueError):
        return 502, {}


def connect(url: str, quiz: str, token: str = "") -> "Live":
    """Watch a quiz, or with a token play or host it: `async with connect(…) as live`. Raises ValueError for a bad URL."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("The address of a server begins with http:// or https://.")
    return Live("ws" + address(url, quiz, "live").removeprefix("http"), token)


def address(url: str, quiz: str, what: str) -> str:
    return urljoin(url, f"/v1/quizzes/{quote(quiz, safe='')}/{what}")


def backoff(failures: int) -> float:
    """Full jitter above half a second: a thousand clients that lost the same server do not come back in step."""
    least, first, most = BACKOFF_S
    return random.uniform(least, min(most, first * 2 ** min(failures, 30)))


class Pending:
    """A request that waits for its outcome. `again` ends a try early, and says how long to wait before the next."""

    def __init__(self, kind: str, id: str, fields: Json) -> None:
        self.kind, self.id, self.refusals = kind, id, 0
        self.text = json.dumps({"type": kind, "id": id, **fields}, allow_nan=False)
        guard = {"next": "after", "close": "question", "extend": "closes_at"}.get(kind)  # with it, twice is once
        self.once_only = kind == "reset" or (guard is not None and fields.get(guard) is None)
        self.outcome: Future[Json | Refusal] = Future()
        self.again: Future[float] = Future()


def resolve(future: Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


class Live:
    """A connection to one quiz. Its newest knowledge is in `state`, `board`, `you`, `role`, `player` and `status`.

    `status` is "connecting" at first, then "online", "offline" while it tries to come back, and "ended" for good.
    Iterating gives `(kind, news)` for each change: the kinds state, board and you as in the protocol, and status with
    `{"status", "code", "reason"}`. A slow reader gets only the newest of each kind. It ends after the status "ended".
    """

    def __init__(self, address: str, token: str) -> None:
        self.status = "connecting"
        self.role: str | None = None  # "player", "host" or "spectator"
        self.player: Json | None = None  # who one is: id and name
        self.state: Json | None = None
        self.board: Json | None = None
        self.you: Json | None = None
        self._address, self._hello = address, {"type": "hello"} | ({"token": token} if token else {})
        self._ended: Refusal | None = None
        self._pending: dict[str, Pending] = {}
        self._ids, self._count = secrets.token_urlsafe(8), 0
        self._ghost_until = 0.0
        self._welcomed_at = self._asked_at = 0.0  # the latter: when the hello or ping was sent that is not answered yet
        self._offset_ms, self._rtt_ms = time.time() * 1000 - now_ms(), float("inf")
        self._news: dict[str, tuple[int, str, Json]] = {}  # the newest of each kind, numbered
        self._moves, self._moved = 0, asyncio.Event()

    async def __aenter__(self) -> Self:
        self._online: Future[ClientConnection] = Future()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[tuple[str, Json]]:
        seen = 0
        while seen < self._moves or not self._ended:
            for number, kind, news in sorted(self._news.values(), key=lambda it: it[0]):
                if number > seen and number == self._news[kind][0]:  # else a newer one has come meanwhile
                    seen = number
                    yield kind, news
            if seen == self._moves and not self._ended:
                await self._moved.wait()

    def server_now(self) -> float:
        """The server's time in milliseconds, as far as it can be told from here."""
        return now_ms() + self._offset_ms

    async def welcomed(self) -> None:
        """Wait until the connection stands. Raises Refusal once it has ended for good."""
        while not self._online.done() and not self._ended:
            await self._moved.wait()
        if self._ended:
            raise self._ended

    async def answer(self, question: int, choice: int | float | str | list[Any]) -> Json:
        """Answer a question, however long that takes. Returns the ack; raises Refusal when it will never be kept."""
        return await self.request("answer", question=question, choice=choice if isinstance(choice, list) else [choice])

    async def request(self, type: str, **fields: Any) -> Json:
        """Any request: `draw`, `buy`, `release`, or a host's verb, with its members. Returns the ack; raises Refusal.

        Cancel to withdraw it.

        `reset`, `next` without `after`, `close` without `question` and `extend` without `closes_at` mean something else
        the second time: they are sent once, and without a reply refused as LOST.
        """
        self._count += 1
        it = Pending(type, f"{self._ids}-{self._count}", fields)
        if self._ended:
            raise self._ended
        if len(self._pending) >= MAX_REQUESTS:
            raise Refusal("TOO_MANY", f"{MAX_REQUESTS} requests are waiting for their replies.")
        if len(it.text) > MAX_BYTES:
            raise Refusal("TOO_LARGE", f"A request has at most {MAX_BYTES} bytes.")
        self._pending[it.id] = it
        try:
            while not it.outcome.done():
                await self._attempt(it)
        finally:
            del self._pending[it.id]
        if isinstance(outcome := it.outcome.result(), Refusal):
            raise outcome
        return outcome

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()  # raises what must not happen

    async def _attempt(self, it: Pending) -> None:
        """Send it when online; wait for the outcome, a refusal for now, the loss of the connection, or long enough."""
        online = self._online
        await first(it.outcome, online)
        if it.outcome.done() or online is not self._online:  # it may be lost again already
            return
        it.again = Future()
        with contextlib.suppress(ConnectionClosed):  # of which `_lose` will tell
            await online.result().send(it.text)
        await first(it.outcome, it.again, timeout_s=REPEAT_S)
        if it.once_only:
            resolve(it.outcome, Refusal("LOST", "No reply has come; look again before you decide."))
        elif it.again.done():
            await first(it.outcome, timeout_s=it.again.result())

    async def _run(self) -> None:
        """Connection after connection."""
        code, reason, failures = 1000, "", 0
        try:
            while True:
                code, reason = await self._converse()
                ghost = code == TAKEN_OVER and time.monotonic() < self._ghost_until
                if code in GIVE_UP and not ghost:
                    return
                if not self._online.done():
                    self._ghost_until = time.monotonic() + GHOST_S
                if self._online.done() and time.monotonic() - self._welcomed_at > STABLE_S:
                    failures = 0
                self._lose(code, reason)
                told = re.search(r"retry_ms=(\d+)", reason) if code in TOLD else None
                await asyncio.sleep(int(told[1]) / 1000 if told else backoff(failures))
                failures += not told
        finally:
            self._end(code, reason)

    async def _converse(self) -> tuple[int, str]:
        """One connection, from hello to its end. Returns its close code and reason, 1006 if there was none."""
        opening = open_socket(self._address, compression=None, ping_interval=None, close_timeout=1, logger=quiet)
        with contextlib.suppress(OSError, WebSocketException):
            async with opening as socket:
                try:
                    await self._listen(socket)
                except TimeoutError:
                    socket.transport.abort()
                except ConnectionClosed:
                    return socket.close_code or 1006, socket.close_reason or ""
                finally:
                    await socket.close()
        return 1006, ""

    async def _listen(self, socket: ClientConnection) -> None:
        """Say hello and hear. Raises TimeoutError when nobody is there.

        After a silence we send the protocol's ping, not WebSocket's, which any proxy may answer: this one asks the server
        itself, and brings its time.
        """
        clock = asyncio.get_running_loop().time
        self._asked_at, asked, deadline = now_ms(), True, clock() + WELCOME_WITHIN_S
        await socket.send(json.dumps(self._hello))
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    text = await socket.recv()
            except TimeoutError:
                if asked:
                    raise
                self._asked_at, asked, deadline = self._asked_at or now_ms(), True, clock() + PONG_WITHIN_S
                await socket.send('{"type":"ping"}')
            else:
                self._hear(socket, json.loads(text))
                if self._online.done():  # before the welcome nothing else counts
                    asked, deadline = False, clock() + QUIET_S

    def _lose(self, code: int, reason: str) -> None:
        if self._online.done():
            self._online = Future()
        for it in self._pending.values():
            resolve(it.again, 0)
        self._become("offline", code, reason)

    def _end(self, code: int, reason: str) -> None:
        self._ended = Refusal("ENDED", reason or "The connection has ended.")
        for it in self._pending.values():
            resolve(it.outcome, self._ended)
        self._become("ended", code, reason)

    def _become(self, status: str, code: int | None = None, reason: str = "") -> None:
        self.status = status
        self._emit("status", {"status": status, "code": code, "reason": reason})

    def _emit(self, kind: str, news: Json) -> None:
        self._moves += 1
        self._news[kind] = (self._moves, kind, news)
        self._moved.set()
        self._moved = asyncio.Event()

    def _hear(self, socket: ClientConnection, message: Json) -> None:
        match message["type"]:
            case "welcome" if not self._online.done():
                self._welcome(socket, message)
            case "state" | "board" | "you":
                self._take(message)
            case "pong":
                self._tell(message["now"])
            case "ack" if it := self._pending.get(message["id"]):
                resolve(it.outcome, message)
            case "refused" if it := self._pending.get(message["id"]):
                self._refused(it, message)

    def _welcome(self, socket: ClientConnection, message: Json) -> None:
        self._welcomed_at, self._rtt_ms = time.monotonic(), float("inf")  # the device may have slept: measure afresh
        self._tell(message["now"])
        self.role, self.player = message["role"], message["player"]
        self._online.set_result(socket)
        self._become("online")
        for kind in ("state", "board", "you"):
            if message[kind] is not None:
                self._take(message[kind])

    def _tell(self, now: int) -> None:
        """The server's time, half a round trip ago. The shortest trip is the truest, unless both cannot be true."""
        if not self._asked_at:
            return
        rtt_ms, self._asked_at = now_ms() - self._asked_at, 0.0
        offset_ms = now + rtt_ms / 2 - now_ms()
        if rtt_ms <= self._rtt_ms or abs(offset_ms - self._offset_ms) > (rtt_ms + self._rtt_ms) / 2:
            self._offset_ms, self._rtt_ms = offset_ms, rtt_ms

    def _take(self, news: Json) -> None:
        """Replace a snapshot, unless the new one is older. Another epoch makes waiting answers meaningless."""
        kind: str = news["type"]
        old: Json | None = getattr(self, kind)
        if old and old["epoch"] == news["epoch"] and news["version"] < old["version"]:
            return
        setattr(self, kind, news)
        if kind == "you" and self.player and news.get("name"):  # the host may have changed it
            self.player["name"] = news["name"]
        if kind == "state" and old and old["epoch"] != news["epoch"]:
            for it in self._pending.values():
                if it.kind in ("answer", "draw", "buy", "release"):
                    resolve(it.outcome, Refusal("STARTED_OVER", "The quiz has started over."))
        self._emit(kind, news)

    def _refused(self, it: Pending, message: Json) -> None:
        if message["retry"] and not it.once_only:  # it may have happened all the same
            resolve(it.again, backoff(it.refusals))
            it.refusals += 1
        else:
            resolve(it.outcome, Refusal(message["code"], message["detail"]))


async def first(*futures: Future[Any], timeout_s: float | None = None) -> None:
    """Wait for the first of these."""
    await asyncio.wait(futures, timeout=timeout_s, return_when=FIRST_COMPLETED)


def now_ms() -> float:
    return time.monotonic() * 1000
