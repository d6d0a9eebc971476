"""The bridge from Kafka: nothing is lost whoever dies, and what comes twice can be known as the same."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition  # type: ignore[import-untyped]
from click.testing import CliRunner
from structlog.testing import capture_logs

from leaderboard import bridge
from leaderboard.bridge import Bridge, consumer, entry, shard_of
from leaderboard.cli import main
from leaderboard.quiz.content import Quiz
from leaderboard.state.keys import score_stream
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.redis import connect
from leaderboard.state.writer import Writer
from tests.kafka import AT, Broker
from tests.proxy import Proxy
from tests.waiting import until

pytestmark = pytest.mark.anyio

SESSION_MS = 1_000  # also what the broker waits for others when a member comes or goes
EVENT = {"quiz_id": "QUIZ", "user_id": "ana", "score": 5, "event": "e1"}


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with Broker() as started:
        yield started


@contextlib.asynccontextmanager
async def moving(
    broker: Broker, url: str, topic: str, kind: type[Bridge] = Bridge, patience_s: float = 5, **options: Any
) -> AsyncIterator[Bridge]:
    """A bridge that runs. `patience_s`: with Redis."""
    writer = Writer(connect(url), deadline_s=patience_s, timeout_s=patience_s / 2)
    writer.start()
    made = kind(writer, **options)
    running = asyncio.create_task(made.run(lambda: consumer(broker.address, topic, topic, SESSION_MS)))
    try:
        yield made
    finally:
        with contextlib.suppress(Killed):
            if kind is Bridge:
                made.stop()
            await running
        await writer.stop()


def stream(client: redis.Redis, shard: int = 0) -> list[dict[str, str]]:
    found: Any = client.xrange(score_stream(shard))
    return [fields for _, fields in found]


@pytest.fixture
def client(real_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(real_url, decode_responses=True) as opened:
        yield opened


def record(value: bytes | None, at: int = AT, **headers: bytes) -> Any:
    named = [(name.replace("content_", "content-"), content) for name, content in headers.items()]
    return ConsumerRecord("scores", 3, 17, at, 0, None, value, None, 0, 0, named)


PLACE = "kafka scores/3/17"
CLOUD = {"specversion": "1.0", "id": "7", "source": "/game", "type": "score"}


@pytest.mark.parametrize(
    ("came", "quiz", "fields"),
    [
        (record(json.dumps(EVENT).encode()), "QUIZ", EVENT | {"score": "5", "at": str(AT)}),
        (record(b'{"quiz_id":"QUIZ","score":1e40,"at":7}'), "QUIZ", {"score": "1e40", "event": PLACE, "at": "7"}),
        (record(b'{"quiz_id":"QUIZ","event":null}', at=-1), "QUIZ", {"event": PLACE}),
        (record(b'{"quiz_id":7,"name":"Ana \\u00e4","score":"ten"}'), "", {"name": "Ana ä", "score": "ten"}),
        (record(json.dumps(CLOUD | {"data": EVENT}).encode()), "QUIZ", {"cloudevent": CLOUD | {"data": EVENT}}),
        (record(json.dumps({"data": EVENT}).encode(), content_type=b"application/cloudevents+json; charset=utf-8"), "QUIZ",
         {"cloudevent": {"data": EVENT}}),
        (record(json.dumps(EVENT).encode(), ce_specversion=b"1.0", CE_id=b"7", ce_source=b"/game", ce_type=b"score"),
         "QUIZ", {"cloudevent": CLOUD | {"data": EVENT}}),
        (record(json.dumps(CLOUD | {"data": [1]}).encode()), "", {"raw": json.dumps(CLOUD | {"data": [1]})}),
        (record(b"\xff\xfe"), "", {"raw": b"\xff\xfe", "event": PLACE}),
        (record(b"[1]"), "", {"raw": "[1]", "event": PLACE}),
        (record(b'{"score":NaN}'), "", {"raw": '{"score":NaN}', "event": PLACE}),
        (record(None), "", {"raw": "", "event": PLACE}),
        (record(b"[" * 100_000), "", {"raw": "[" * 1_000, "event": PLACE}),
        (record(b'{"a":' + b"[" * 60_000), "", {"raw": '{"a":' + "[" * 995, "event": PLACE}),
    ],
)  # fmt: skip
def test_what_becomes_of_a_record(came: Any, quiz: str, fields: dict[str, Any]) -> None:
    found, written = entry(came)
    assert found == quiz
    for name, value in fields.items():
        said = written[name]
        if isinstance(value, dict):
            assert json.loads(said) == value
        else:
            assert (said if isinstance(value, bytes) else said.decode() if isinstance(said, bytes) else said) == value
    assert set(written) <= {*fields, "quiz_id", "event", "at"}


def test_a_place_that_is_too_long_for_an_id() -> None:
    ids = set()
    for topic in ("a" * 249, "a" * 248 + "b"):
        _, fields = entry(ConsumerRecord(topic, 3, 17, AT, 0, None, b"{}", None, 0, 0, []))
        ids.add(fields["event"])
    assert len(ids) == 2
    assert all(len(it) <= 128 for it in ids)


def test_a_quiz_has_one_shard() -> None:
    assert {shard_of(quiz, 4) for quiz in ("abcd2345", "ABCD2345")} == {shard_of("ABCD2345", 4)}
    assert {shard_of(f"QUIZ{n}", 4) for n in range(100)} == {0, 1, 2, 3}


async def test_everything_arrives_once_over_a_restart(broker: Broker, real_url: str, client: redis.Redis) -> None:
    topic = broker.topic("restart", partitions=2)
    for number in range(200):
        broker.put(topic, json.dumps(EVENT | {"event": f"e{number}"}).encode(), partition=number % 2)
    broker.put(topic, b"nonsense", partition=1)
    broker.put(topic, json.dumps(EVENT).encode(), headers={"ce_specversion": b"1.0", "ce_id": b"7"})
    async with moving(broker, real_url, topic, shards=2) as first:
        await until(lambda: first.moved == 202)
    shard = shard_of("QUIZ", 2)
    entries = stream(client, shard) + stream(client, 1 - shard)
    assert {it["event"] for it in stream(client, shard) if "user_id" in it} == {f"e{number}" for number in range(200)}
    assert [it["event"] for it in entries if "raw" in it] == ["kafka restart/1/100"]
    assert [json.loads(it["cloudevent"])["id"] for it in entries if "cloudevent" in it] == ["7"]
    broker.put(topic, json.dumps(EVENT | {"event": "later"}).encode())
    async with moving(broker, real_url, topic, shards=2) as second:
        await until(lambda: second.moved > 0)
        assert second.moved == 1
    assert stream(client, shard)[-1]["event"] == "later"


class Killed(Exception):
    """As by SIGKILL."""


class Doomed(Bridge):
    """It dies when Redis has the events and Kafka does not know."""

    async def _commit(self, kafka: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        raise Killed


async def test_killed_before_the_commit(broker: Broker, real_url: str, client: redis.Redis) -> None:
    """The same comes twice, and counts once."""
    quizzes = Quizzes(real_url)
    quizzes.writer.start()
    quiz, topic = (await quizzes.store.create(Quiz(title="Kafka", questions=[]))).id, broker.topic("killed")
    event = EVENT | {"quiz_id": quiz}
    unnamed = {"quiz_id": quiz, "user_id": "ana", "score": 1}
    broker.put(topic, json.dumps(unnamed).encode(), json.dumps(event).encode(), b"nonsense")
    async with moving(broker, real_url, topic, Doomed):
        await until(lambda: len(stream(client)) > 0)
    first = len(stream(client))  # of three, as far as they were fetched together
    async with moving(broker, real_url, topic) as again:
        await until(lambda: again.moved == 3)
    entries = stream(client)
    assert len(entries) == first + 3
    assert entries[:first] == entries[first : 2 * first]
    assert entries[0]["event"] == "kafka killed/0/0"
    quizzes.ingest.start()
    await until(lambda: not client.xlen(score_stream(0)))
    page = await quizzes.store.page(quiz, 10)
    assert [(row["id"], row["points"]) for row in json.loads(bytes(page.rows))] == [("ana", 6)]
    dead: Any = client.xrange(score_stream(0) + ":dead")
    assert {(fields["event"], fields["raw"]) for _, fields in dead} == {("kafka killed/0/2", "nonsense")}
    await quizzes.stop()


async def test_redis_is_away(
    broker: Broker, real_url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent arrives, but nobody says so."""
    topic, store = broker.topic("redis-away"), Bridge._store
    broker.put(topic, *(json.dumps(EVENT | {"event": f"e{n}"}).encode() for n in range(500)))
    with Proxy(real_url) as proxy:

        async def mute(self: Bridge, commands: Any) -> bool:
            proxy.mute = proxy.mute or (bool(commands) and not client.exists(score_stream(0)))
            return await store(self, commands)

        monkeypatch.setattr(Bridge, "_store", mute)
        with capture_logs() as lines:
            async with moving(broker, proxy.url, topic, patience_s=0.6) as moved:
                await until(lambda: "scores_refused" in [line["event"] for line in lines])
                assert stream(client)
                assert moved.moved == 0
                proxy.mute = False
                proxy.cut()
                await until(lambda: moved.moved == 500)
    assert {it["event"] for it in stream(client)} == {f"e{n}" for n in range(500)}


async def test_kafka_is_away(broker: Broker, real_url: str, client: redis.Redis) -> None:
    topic = broker.topic("kafka-away")
    broker.put(topic, json.dumps(EVENT).encode())
    broker.down()
    async with moving(broker, real_url, topic) as moved:
        await asyncio.sleep(0.1)
        broker.up()
        await until(lambda: moved.moved == 1)
        broker.down()
        await asyncio.sleep(0.3)
        broker.up()
        broker.put(topic, json.dumps(EVENT | {"event": "e2"}).encode())
        await until(lambda: moved.moved == 2)
    assert [it["event"] for it in stream(client)] == ["e1", "e2"]


async def test_it_waits_for_the_consumers_of_the_scores(
    broker: Broker, real_url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "MOST_RECORDS", 5)
    monkeypatch.setattr(bridge, "REST_S", 0.05)
    topic = broker.topic("back-pressure")
    broker.put(topic, *(json.dumps(EVENT | {"event": f"e{n}"}).encode() for n in range(50)))
    taken: list[str] = []
    async with moving(broker, real_url, topic, most_waiting=10) as moved:
        while len(taken) < 50:
            await until(lambda: moved._waits or moved.moved == 50)
            await asyncio.sleep(0.06)
            waiting: Any = client.xrange(score_stream(0))
            assert len(waiting) <= 14  # those that made it wait, at most a batch further
            taken += [fields["event"] for _, fields in waiting]
            for id, _ in waiting:  # none, if the bridge has not looked since the last time
                client.xdel(score_stream(0), id)
    assert taken == [f"e{n}" for n in range(50)]


def test_the_command(broker: Broker, real_url: str, client: redis.Redis) -> None:
    topic = broker.topic("command")
    broker.put(topic, json.dumps(EVENT).encode())
    command = [sys.executable, "-m", "leaderboard", "bridge", "kafka", "--brokers", broker.address, "--topic", topic]
    process = subprocess.Popen([*command, "--redis-url", real_url], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        while not stream(client):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert '"moved":1' in said
    assert "Traceback" not in said


def test_without_its_library_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['aiokafka'] = None; from leaderboard.cli import main; main()"
    options = ["--brokers", "localhost:1", "--topic", "scores"]
    done = subprocess.run(
        [sys.executable, "-c", program, "bridge", "kafka", *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install aiokafka" in done.stderr


@pytest.mark.parametrize("brokers", ["", "localhost", "localhost:x", "localhost:1,", "localhost:1 b:2"])
def test_addresses_that_are_none(brokers: str) -> None:
    done = CliRunner().invoke(main, ["bridge", "kafka", "--topic", "scores", "--brokers", brokers])
    assert done.exit_code == 2
    assert "HOST:PORT" in done.output
