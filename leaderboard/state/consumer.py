"""Taking entries of a stream, as one of a group of processes.

Entries come some at a time. What fails is tried again later and later; what a process leaves that dies is taken by another;
what cannot be done is put aside. Nothing is trimmed: an entry stays until somebody is done with it. Reading never waits in
Redis, for what Redis has handed out to somebody who was cancelled meanwhile would be seen by nobody.
"""

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import structlog
from msgspec import Struct

from leaderboard.errors import Busy
from leaderboard.state.writer import Writer

SWEEP_S = 600.0
IDLE_MS = 3_600_000
MOST_DELIVERIES = 5
FAILED_S = 1.0  # until the next try, after what nobody has foreseen

log = structlog.get_logger(__name__)


class Stream(Struct, frozen=True):
    """A stream, the group that takes its entries, and where those are put aside that cannot be done; some `most_dead`."""

    name: str
    key: str
    group: str
    dead: str
    most_dead: int


class Entry(Struct):
    """Its ID, how often somebody has taken it, and names and values of its fields in turn."""

    id: str
    deliveries: int
    fields: list[bytes]


class Consumer(ABC):
    """`start` it; `wake` it when there is something. A kind of it says in `handle` what is done with entries."""

    def __init__(
        self,
        writer: Writer,
        stream: Stream,
        at_once: int,
        retry_ms: int,
        left_ms: int,
        poll_s: float,
        batches: int = 1,
    ) -> None:
        self._writer, self.stream, self._at_once = writer, stream, at_once
        self._retry_ms, self._left_ms, self._poll_s = retry_ms, left_ms, poll_s
        self._batches = batches  # under way at a time
        self.name = secrets.token_hex(6)
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @abstractmethod
    async def handle(self, entries: Sequence[Entry]) -> None:
        """Do what entries ask for, and settle them; what is not settled comes again. Raises Busy."""

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run()) for _ in range(self._batches)]

    async def stop(self) -> None:
        """End after the batches that are under way; what has been taken and not done, another process goes on with."""
        self._stopping = True
        self._wake.set()
        for task in self._tasks:
            await task

    def wake(self) -> None:
        """Look at once."""
        self._wake.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while not self._stopping:
            wait_s = self._poll_s
            try:
                if loop.time() >= sweep_at:
                    sweep_at = loop.time() + SWEEP_S
                    await self._writer.call("sweep", [self.stream.key], self.stream.group, IDLE_MS)
                if await self.work():
                    continue
            except Busy:
                pass
            except Exception:
                log.exception("consumer_failed", stream=self.stream.key)
                wait_s = max(wait_s, FAILED_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)
            self._wake.clear()

    async def work(self) -> int:
        """Take what is there and handle it. Returns how many entries that were."""
        taken = await self._take()
        if taken:
            await self.handle(taken)
        return len(taken)

    async def _take(self) -> list[Entry]:
        flat = await self._writer.call(
            *("take", [self.stream.key], self.stream.group, self.name),
            *(self._at_once, self._retry_ms, self._left_ms),
        )
        rows = zip(*[iter(flat)] * 3, strict=True)
        return [Entry(id.decode(), deliveries, fields) for id, deliveries, fields in rows]

    async def settle(self, done: Mapping[str, str]) -> None:
        """Be done with entries: ID → why it is put aside, or ''."""
        stream = self.stream
        args = [part for pair in done.items() for part in pair]
        await self._writer.call("settle", [stream.key, stream.dead], stream.group, stream.most_dead, *args)
