"""The way to Redis: group commit.

Everything asked for during one turn of the event loop, and while an earlier batch is under way, goes out as one
non-transactional pipeline on one connection. A call that meets a broken connection is sent again until its deadline, so
every script must give the same result twice. Past the deadline, or when too many calls wait, a call is refused as Busy:
it may then have happened or not, and sending the same request again is safe.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import cached_property
from time import perf_counter
from typing import Any

import hiredis
import structlog
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)

from leaderboard import counts
from leaderboard.errors import REFUSALS, Busy
from leaderboard.state.scripts import SCRIPTS, Script

Reply = Any  # bytes, int, None, a list of replies, or an error instance
Argument = str | bytes | int | float

# What passes by itself: the call is sent again. Anything else that Redis answers is a defect and is raised.
TRANSIENT = (BusyLoadingError, ClusterDownError, MasterDownError, NoScriptError, ReadOnlyError, TryAgainError)
# Redis refuses writes until somebody helps it: out of memory, disk full, too few replicas.
HELPLESS = {"MISCONF", "NOREPLICAS"}

pack: Callable[[Any], bytes] = hiredis.pack_command

MAX_BATCH = 1_000  # calls in one pipeline
MAX_WAITING = 50_000  # calls that wait for one
REAP_EVERY_S = 0.1
COMPLAIN_EVERY_S = 5.0
READ_BYTES = 1 << 16
COMMAND = "(command)"  # what is no script
NAMED = 10  # scripts in a line about a slow batch

log = structlog.get_logger(__name__)


class NotNow(ConnectionError):
    """Redis has answered that it cannot do it just now."""


class Call:
    """One command on its way: what to send, when to give up, and whom to tell."""

    __slots__ = ("command", "deadline", "future", "packed", "script")

    def __init__(
        self, command: tuple[Argument, ...], script: Script | None, deadline: float, future: asyncio.Future[Reply]
    ) -> None:
        self.packed = pack(command)  # here, so that what cannot be sent fails where it is asked for
        self.command, self.script, self.deadline, self.future = command, script, deadline, future

    def whole(self) -> bytes:
        """With the text of the script instead of its SHA-1."""
        return self.packed if self.script is None else pack(("EVAL", self.script.text, *self.command[2:]))


class Writer:
    """Sends calls to one Redis in batches. `on_connect` sees each new connection before it is used."""

    def __init__(self, pool: ConnectionPool, deadline_s: float = 5.0, timeout_s: float = 2.0) -> None:
        self._pool = pool
        self._deadline_s, self._timeout_s = deadline_s, timeout_s
        self._waiting: deque[Call] = deque()
        self._again: list[Call] = []
        self._flying: list[Call] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._complained_at = float("-inf")
        self.on_connect: Callable[[AbstractConnection], Any] | None = None
        self.batches = 0
        self.answered = False  # whether Redis did so when it was asked last, whatever it said
        self.slow_s = 0.25  # from which on a batch is worth a line

    def start(self) -> None:
        self._tasks = [self._loop.create_task(self._run()), self._loop.create_task(self._reap())]

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """Asking for it costs a system call each time (CPython 3.11 looks whether the process has forked)."""
        return asyncio.get_running_loop()

    @property
    def waiting(self) -> int:
        """Calls without an answer yet."""
        return len(self._waiting) + len(self._again) + len(self._flying)

    async def stop(self) -> None:
        """Let what waits go out, at most until its deadlines, then end."""
        while self._waiting or self._again or self._flying:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            while not task.done():  # while it connects, redis-py may swallow the first
                task.cancel()
                await asyncio.wait([task], timeout=0.1)
        await self._pool.aclose()

    def script(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> asyncio.Future[Reply]:
        """Run a script. The future raises the refusal that the script names, or Busy."""
        return self._submit(("EVALSHA", script.sha, len(keys), *keys, *args), script)

    def call(self, verb: str, keys: Sequence[str], *args: Argument) -> asyncio.Future[Reply]:
        """Run the script of this name."""
        return self.script(SCRIPTS[verb], keys, args)

    def command(self, *command: Argument) -> asyncio.Future[Reply]:
        """Send a plain command, which must be harmless when sent twice."""
        return self._submit(command, None)

    def _submit(self, command: tuple[Argument, ...], script: Script | None) -> asyncio.Future[Reply]:
        if len(self._waiting) >= MAX_WAITING:
            raise Busy
        call = Call(command, script, self._loop.time() + self._deadline_s, self._loop.create_future())
        self._waiting.append(call)
        self._wake.set()
        return call.future

    async def _run(self) -> None:
        """Commit batch after batch, for ever, on a connection that is made anew whenever it breaks."""
        failures = 0
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
                try:
                    if self.on_connect is not None:
                        async with asyncio.timeout(self._timeout_s):
                            await self.on_connect(connection)
                    while True:
                        await self._next(connection)
                        self.answered = True
                        if failures:
                            log.info("redis_back", failures=failures)
                        failures = 0
                finally:
                    await connection.disconnect(nowait=True)
                    await self._pool.release(connection)
            except (RedisError, OSError, TimeoutError) as error:
                self.answered = isinstance(error, NotNow)
                counts.redis_lost.add()
                if failures == 0:
                    log.warning("redis_lost", error=str(error) or type(error).__name__, waiting=len(self._waiting))
                failures += 1
            except Exception:
                log.exception("writer_failed")
            await asyncio.sleep(random.uniform(0.5, 1) * min(0.02 * 2 ** min(failures, 10), 0.5))

    async def _next(self, connection: AbstractConnection) -> None:
        if not self._again and not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        batch, self._again = self._again, []
        while self._waiting and len(batch) < MAX_BATCH:
            batch.append(self._waiting.popleft())
        self._flying = batch
        sent_at = perf_counter()
        counts.batch_wait_s[()].observe(self._loop.time() - (batch[0].deadline - self._deadline_s))
        try:
            replies = await exchange(connection, [call.packed for call in batch], self._timeout_s)
            missing = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if missing:
                for i, reply in zip(missing, await self._whole(connection, [batch[i] for i in missing]), strict=True):
                    replies[i] = reply
        except BaseException:
            self._again = batch
            raise
        finally:
            self._flying = []
        self.batches += 1
        took_s = perf_counter() - sent_at
        measure(batch, took_s)
        if took_s >= self.slow_s:
            tell_slow(batch, took_s)
        for call, reply in zip(batch, replies, strict=True):
            self._deliver(call, reply)
        if self._again:
            raise NotNow("Redis cannot do it just now.")

    async def _whole(self, connection: AbstractConnection, batch: list[Call]) -> list[Reply]:
        """Send calls whose scripts Redis does not have: the first of each with the text, which also loads it."""
        seen: set[str] = set()
        packed = []
        for call in batch:
            assert call.script is not None
            packed.append(call.packed if call.script.name in seen else call.whole())
            seen.add(call.script.name)
        return await exchange(connection, packed, self._timeout_s)

    def _deliver(self, call: Call, reply: Reply) -> None:
        if isinstance(reply, TRANSIENT):
            self._again.append(call)
        elif call.future.done():
            pass  # who asked has gone
        elif isinstance(reply, RedisError):
            refused = refusal(reply)
            if isinstance(refused, Busy):
                self._complain(reply)
            call.future.set_exception(refused)
        else:
            call.future.set_result(reply)

    def _complain(self, error: RedisError) -> None:
        """Say that somebody must help Redis, but not for every call."""
        if self._loop.time() - self._complained_at > COMPLAIN_EVERY_S:
            self._complained_at = self._loop.time()
            log.error("redis_refuses_writes", error=str(error))

    async def _reap(self) -> None:
        """Refuse what has passed its deadline, wherever it is."""
        while True:
            await asyncio.sleep(REAP_EVERY_S)
            now = self._loop.time()
            for call in self._flying:
                expired(call, now)
            self._again = [call for call in self._again if not expired(call, now)]
            while self._waiting and expired(self._waiting[0], now):
                self._waiting.popleft()


def measure(batch: Sequence[Call], took_s: float) -> None:
    """Count the calls of a batch that took so long, each script once with how often it is among them."""
    counts.batch_calls[()].observe(len(batch))
    scripts = [call.script for call in batch]
    for script in set(scripts):
        counts.script_s[script.name if script else COMMAND].repeat(took_s, scripts.count(script))


def tell_slow(batch: Sequence[Call], took_s: float) -> None:
    """Which scripts were in a slow batch, and how often. Which of them it was, Redis's own slow log says."""
    names = (call.script.name if call.script else str(call.command[0]) for call in batch)
    log.warning("redis_slow", slow=True, ms=round(took_s * 1000, 1), calls=dict(Counter(names).most_common(NAMED)))


def expired(call: Call, now: float) -> bool:
    """Whether nobody waits for the call any more; from its deadline on, who waits is told Busy."""
    if call.deadline <= now and not call.future.done():
        counts.calls_late.add()
        call.future.set_exception(Busy())
    return call.future.done()


def refusal(error: RedisError) -> Exception:
    """The refusal that a script's error names by its first word, Busy if Redis needs help, or the error itself."""
    code, _, detail = str(error).partition(" ")
    if code in HELPLESS or isinstance(error, OutOfMemoryError):
        return Busy()
    known = REFUSALS.get(code)
    return known(detail) if known else error


async def exchange(connection: AbstractConnection, packed: Sequence[bytes], timeout_s: float) -> list[Reply]:
    """Write all commands at once and read as many replies; errors of single commands are among them.

    redis-py's own read_response takes 12 µs a reply, most of it for a time-out and three coroutines each; one time-out
    around the batch and its hiredis reader take 1.4 µs (docs/performance.md).
    """
    parser: Any = connection._parser
    stream, writer, reader = connection._reader, connection._writer, parser._reader
    if stream is None or writer is None:
        raise ConnectionError("The connection is closed.")
    replies: list[Reply] = []
    async with asyncio.timeout(timeout_s):
        writer.write(b"".join(packed))
        while len(replies) < len(packed):
            reply = reader.gets(False)
            if reply is not NOT_ENOUGH_DATA:
                replies.append(reply)
                continue
            received = await stream.read(READ_BYTES)
            if not received:
                raise ConnectionError("Redis has closed the connection.")
            reader.feed(received)
    return replies
