"""From Kafka into the streams of scores: nothing is lost, and what comes twice has the same id and so counts once.

An offset is committed when Redis has confirmed the event. Events are not judged here: the consumer of the streams does
that, and what it refuses it puts aside with the reason.
"""

import asyncio
import logging
import signal
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog
import uvloop
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from msgspec import Raw

from leaderboard.errors import Busy
from leaderboard.ops import logs
from leaderboard.state.keys import digest, score_stream
from leaderboard.state.redis import connect
from leaderboard.state.writer import Argument, Writer

MOST_RECORDS = 1_000  # fetched at once, and so in one pipeline
MOST_BYTES = 1 << 16  # of an event; of a larger one only the beginning is passed on, to be put aside
KEPT_BYTES = 1_000
MAX_ID = 128  # of an event
SESSION_MS = 10_000  # after which the group gives a dead member's partitions to others
NEVER_MS = 2**31 - 1
FETCH_MS = 500  # also how long a stop may take to be noticed
COMMIT_S = 10
REST_S = 0.5
QUIET_S = 5.0
CLOUD_EVENT = b"application/cloudevents+json"
ATTRIBUTE = "ce_"  # of a CloudEvent whose attributes are headers

log = structlog.get_logger(__name__)

read_members = msgspec.json.Decoder(dict[str, Raw]).decode

Fields = dict[str, str | bytes]


def consumer(brokers: str, topic: str, group: str, session_ms: int = SESSION_MS) -> AIOKafkaConsumer:
    """A member of a consumer group that begins where the group is, or else at the oldest event.

    It stays in the group however long it fetches nothing.
    """
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 4,
        max_poll_interval_ms=NEVER_MS,
    )


class Bridge:
    """Moves events until it is stopped. `most_waiting`: with so many in a stream it fetches no more."""

    def __init__(self, writer: Writer, shards: int = 1, most_waiting: int = 100_000) -> None:
        self._writer, self._shards, self._most_waiting = writer, shards, most_waiting
        self._stopping = asyncio.Event()
        self._waits = False
        self.moved = 0

    def stop(self) -> None:
        """Let `run` end after the batch that is under way."""
        self._stopping.set()

    async def run(self, connect: Callable[[], AIOKafkaConsumer]) -> None:
        """Consume with one consumer after another; while there is no Kafka, or no Redis, it waits."""
        lost = False
        while not self._stopping.is_set():
            kafka = connect()
            try:
                if await self._before_stop(kafka.start()):
                    log.info("kafka_back" if lost else "kafka_reached")
                    lost = False
                    await self._move(kafka)
            except (KafkaError, OSError) as error:
                if not lost:
                    log.warning("kafka_lost", error=str(error))
                lost = True
                await self._rest()
            finally:
                await kafka.stop()

    async def _before_stop(self, work: Awaitable[None]) -> bool:
        """Do it, or give it up at a stop. Returns whether it was done."""
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if doing.done():
            doing.result()
            return True
        doing.cancel()
        await asyncio.wait({doing})
        return False

    async def _rest(self) -> None:
        await self._before_stop(asyncio.sleep(REST_S))

    async def _move(self, kafka: AIOKafkaConsumer) -> None:
        while not self._stopping.is_set():
            if await self._full():
                await self._rest()
                continue
            batches = await kafka.getmany(timeout_ms=FETCH_MS, max_records=MOST_RECORDS)
            records = [record for batch in batches.values() for record in batch]
            if await self._store([self._command(record) for record in records]) and records:
                self.moved += len(records)
                await self._commit(kafka, {place: batch[-1].offset + 1 for place, batch in batches.items()})

    async def _full(self) -> bool:
        """Whether the consumers of the scores are so far behind that more would only fill Redis."""
        try:
            waiting = await asyncio.gather(
                *(self._writer.command("XLEN", score_stream(n)) for n in range(self._shards))
            )
        except Busy:
            return True
        full: bool = max(waiting) >= self._most_waiting
        if full != self._waits:
            log.warning("scores_wait" if full else "scores_move", waiting=max(waiting))
        self._waits = full
        return full

    def _command(self, record: ConsumerRecord) -> tuple[Argument, ...]:
        quiz, fields = entry(record)
        return (
            "XADD",
            score_stream(shard_of(quiz, self._shards)),
            "*",
            *(part for item in fields.items() for part in item),
        )

    async def _store(self, commands: Sequence[tuple[Argument, ...]]) -> bool:
        """Add all, again and again until Redis has confirmed each. Returns whether it has; at a stop it need not."""
        while commands:
            replies = await asyncio.gather(*map(self._add, commands), return_exceptions=True)
            commands = [it for it, reply in zip(commands, replies, strict=True) if isinstance(reply, BaseException)]
            if commands and self._stopping.is_set():
                return False
            if commands:
                reason = next(reply for reply in replies if isinstance(reply, BaseException))
                log.warning("scores_refused", events=len(commands), reason=str(reason))
                await self._rest()
        return True

    async def _add(self, command: tuple[Argument, ...]) -> Any:
        return await self._writer.command(*command)

    async def _commit(self, kafka: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        """Tell Kafka what is done. If that fails, somebody gets the same events again, which does no harm."""
        try:
            async with asyncio.timeout(COMMIT_S):
                await kafka.commit(offsets)
        except (KafkaError, TimeoutError) as error:
            log.warning("commit_failed", error=type(error).__name__)


def entry(record: ConsumerRecord) -> tuple[str, Fields]:
    """The quiz of an event ('' for none) and its fields in the stream: its members, a `cloudevent`, or what came, `raw`.

    An event without an id is called after its place, without a time it has that of its record.
    """
    value: bytes = record.value or b""
    place = f"kafka {record.topic}/{record.partition}/{record.offset}"
    headers = {name.lower(): content or b"" for name, content in record.headers}
    try:
        if len(value) > MOST_BYTES:
            raise ValueError("too long")
        members = read_members(value)
        if "specversion" in members or headers.get("content-type", b"").startswith(CLOUD_EVENT):
            return quiz_in(read_members(members.get("data", b"{}"))), {"cloudevent": value}
        if ATTRIBUTE + "specversion" in headers:
            return quiz_in(members), {"cloudevent": cloud_event(headers, value)}
    except (ValueError, RecursionError):
        return "", {"raw": value[:KEPT_BYTES], "event": place}
    fields: Fields = {name: text(value) for name, value in members.items() if bytes(value) != b"null"}
    fields.setdefault("event", place if len(place) <= MAX_ID else f"kafka {digest(place)}")
    if record.timestamp >= 0:
        fields.setdefault("at", str(record.timestamp))
    return quiz_in(members), fields


def cloud_event(headers: dict[str, bytes], data: bytes) -> bytes:
    """An event whose attributes are headers, as one JSON text. Raises ValueError."""
    attributes = {
        name.removeprefix(ATTRIBUTE): value.decode() for name, value in headers.items() if name.startswith(ATTRIBUTE)
    }
    return msgspec.json.encode(attributes | {"data": Raw(data)})


def text(value: Raw) -> str | bytes:
    """A member as it is written in JSON, of a string what it says."""
    return msgspec.json.decode(value, type=str) if bytes(value).startswith(b'"') else bytes(value)


def quiz_in(members: dict[str, Raw]) -> str:
    quiz = text(members.get("quiz_id", Raw(b'""')))
    return quiz if isinstance(quiz, str) else ""


def shard_of(quiz: str, shards: int) -> int:
    """Always the same for a quiz, so that what belongs together is applied together."""
    return zlib.crc32(quiz.upper().encode()) % shards


class Complaints(logging.Handler):
    """What aiokafka says, now and then: without a broker it says thirty things a second."""

    _next = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if (now := time.monotonic()) >= self._next:
            self._next = now + QUIET_S
            log.warning("kafka_complains", reason=record.getMessage())


def run(
    redis_url: str, brokers: str, topic: str, group: str, shards: int, most_waiting: int, level: str, form: str
) -> int:
    """Move events until SIGINT or SIGTERM. Returns how many."""
    logs.configure(level, form)
    logging.getLogger("aiokafka").addHandler(Complaints(logging.WARNING))
    logging.getLogger("aiokafka").propagate = False
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve(redis_url, lambda: consumer(brokers, topic, group), shards, most_waiting))


async def serve(redis_url: str, connect_kafka: Callable[[], AIOKafkaConsumer], shards: int, most_waiting: int) -> int:
    writer = Writer(connect(redis_url))
    bridge = Bridge(writer, shards, most_waiting)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, bridge.stop)
    writer.start()
    try:
        await bridge.run(connect_kafka)
    finally:
        await writer.stop()
        log.info("stopped", moved=bridge.moved)
    return bridge.moved
