"""What the scripts publish, as this node hears it.

Pub/sub forgets: what is published while the connection is down is lost without a sign. So every confirmed subscription is
followed by a look at the store, and once a second the node sends a numbered probe through the writer and must hear it
back here. That, and not an open connection, is what "the feed works" means. A number that is missing was lost, and with
it perhaps what the rooms wait for: then all of them look at the store.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import cast

import structlog
from redis.asyncio.client import PubSub
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError

from leaderboard import counts
from leaderboard.errors import Busy
from leaderboard.live.hub import Room
from leaderboard.state.keys import Keys, quiz_of
from leaderboard.state.writer import Writer

PROBE_EVERY_S = 1.0
DEAF_S = 3.0  # without hearing a probe the connection is given up
AT_ONCE = 500  # subscriptions in one command

log = structlog.get_logger(__name__)


class Feed:
    """One subscription connection for all rooms of this node.

    `relay(quiz, payload)` gets each message, `resync(quiz)` is called when messages may have been missed.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        writer: Writer,
        relay: Callable[[str, bytes], None],
        resync: Callable[[str], Awaitable[None]],
    ) -> None:
        self._pool, self._writer, self._relay, self._resync = pool, writer, relay, resync
        self._channels: set[str] = set()
        self._pubsub: PubSub | None = None
        self._probe = f"probe:{secrets.token_hex(6)}"
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard_at = self._kept_at = float("-inf")
        self._heard: int | None = None  # the number of the last probe on this connection
        self._listening = asyncio.Event()  # a new connection wants its first probe
        self._published_at = 0.0  # a probe, last

    def start(self) -> None:
        self._spawn(self._run())
        self._spawn(self._send_probes())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.aclose()

    @property
    def works(self) -> bool:
        """Whether a message sent through the writer has been heard lately."""
        return asyncio.get_running_loop().time() - self._heard_at < DEAF_S

    @property
    def keeps(self) -> bool:
        """Whether Redis has taken a write lately."""
        return asyncio.get_running_loop().time() - self._kept_at < DEAF_S

    def follow(self, room: Room) -> None:
        channel = Keys(room.quiz).feed
        self._channels.add(channel)
        self._spawn(self._tell("SUBSCRIBE", channel))

    def unfollow(self, room: Room) -> None:
        channel = Keys(room.quiz).feed
        self._channels.discard(channel)
        self._spawn(self._tell("UNSUBSCRIBE", channel))

    async def _tell(self, command: str, channel: str) -> None:
        """Change the subscription; if the connection is gone, the next one starts with the right channels anyway."""
        if self._pubsub is None or (command == "SUBSCRIBE") != (channel in self._channels):
            return
        try:
            await self._pubsub.execute_command(command, channel)
        except (RedisError, OSError) as error:
            log.debug("feed_subscribe_failed", error=str(error))

    async def _run(self) -> None:
        """Listen for ever, on a connection that is made anew whenever it breaks or turns deaf."""
        failures = 0
        while True:
            pubsub = PubSub(self._pool)
            started = asyncio.get_running_loop().time()
            try:
                await self._listen(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                failures = 1 if self._heard_at > started else failures + 1
                counts.feed_lost.add()
                if failures == 1:
                    log.warning("feed_lost", error=str(error) or type(error).__name__)
            except Exception:
                log.exception("feed_failed")
            finally:
                self._pubsub = None
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(random.uniform(0.5, 1) * min(0.05 * 2 ** min(failures, 10), 1))

    async def _listen(self, pubsub: PubSub) -> None:
        """Subscribe to everything, then take messages until the connection breaks or no probe comes: then raise."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEAF_S) as patience:
            await pubsub.execute_command("SUBSCRIBE", self._probe)
            self._pubsub, self._heard = pubsub, None
            channels = list(self._channels)
            for i in range(0, len(channels), AT_ONCE):
                await pubsub.execute_command("SUBSCRIBE", *channels[i : i + AT_ONCE])
            connection = cast(AbstractConnection, pubsub.connection)
            while True:
                kind, channel, data = await connection.read_response(
                    disable_decoding=True, timeout=float("inf"), disconnect_on_error=False
                )
                if self._hear(kind, channel.decode(), data) and not patience.expired():
                    patience.reschedule(loop.time() + DEAF_S)

    def _hear(self, kind: bytes, channel: str, data: bytes) -> bool:
        """Take one message. True if it was a probe."""
        if channel == self._probe and kind == b"message":
            self._hear_probe(int(data))
            return True
        if channel == self._probe:
            self._listening.set()
        elif kind == b"message":
            self._relay(quiz_of(channel), data)
        elif kind == b"subscribe":
            self._spawn(self._resync(quiz_of(channel)))
        return False

    def _hear_probe(self, number: int) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        counts.probes_heard.add()
        counts.probe_s.observe(perf_counter() - self._published_at)
        if self._heard is not None and number > self._heard + 1:
            log.warning("feed_gap", missing=number - self._heard - 1, rooms=len(self._channels))
            for channel in self._channels:
                self._spawn(self._resync(quiz_of(channel)))
        self._heard = number

    async def _send_probes(self) -> None:
        number = 0
        while True:
            self._listening.clear()
            try:
                await self._writer.command("SET", self._probe, number, "EX", 10)  # where writes fail, nothing works
                self._kept_at = asyncio.get_running_loop().time()
                self._published_at = perf_counter()
                await self._writer.command("PUBLISH", self._probe, number)
                counts.probes_sent.add()
                number += 1
            except (Busy, RedisError) as error:
                log.debug("probe_failed", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listening.wait(), PROBE_EVERY_S)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
