"""Scores by stream: none lost, none twice, whoever dies; what cannot be done is put aside with the reason."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from leaderboard import cli, counts
from leaderboard.errors import Busy, NotFound
from leaderboard.quiz.content import Quiz
from leaderboard.quiz.scores import Event
from leaderboard.state.consumer import Entry
from leaderboard.state.ingest import BATCHES, Shard
from leaderboard.state.keys import Keys, score_stream
from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look
from tests.nodes import ADMIN, Nodes

pytestmark = pytest.mark.anyio

STREAM, DEAD = score_stream(0), score_stream(0) + ":dead"
EMPTY = Quiz(title="A board", questions=[])


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[Quizzes]:
    """Another process."""
    quizzes = Quizzes(redis_url)
    quizzes.start()
    yield quizzes
    await quizzes.stop()


@pytest.fixture
async def quiz(quizzes: Quizzes) -> str:
    return (await quizzes.store.create(EMPTY)).id


def shard(quizzes: Quizzes, left_ms: int = 60_000) -> Shard:
    return Shard(quizzes.writer, quizzes.scoring, 0, retry_ms=1, left_ms=left_ms)


def add(client: redis.Redis, quiz: str, **fields: Any) -> str:
    """Write an entry as a producer would. Returns its ID."""
    given: dict[str, Any] = {"quiz_id": quiz, "user_id": "ana", "score": 1} | fields
    return str(client.xadd(STREAM, {name: value for name, value in given.items() if value is not None}))


def fill(client: redis.Redis, quiz: str, events: int, players: int = 10) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for n in range(events):
            pipeline.xadd(STREAM, {"quiz_id": quiz, "user_id": f"p{n % players}", "score": 1, "event": f"e{n}"})
        pipeline.execute()


def left(client: redis.Redis) -> tuple[int, int]:
    """Entries that nobody is done with, and those that were put aside."""
    return int(client.xlen(STREAM)), int(client.xlen(DEAD))


def total(client: redis.Redis, quiz: str) -> int:
    return sum(points for _, points in Look(client, quiz).board())


async def all_of(*shards: Shard) -> None:
    """Let them work until nothing is left."""
    async with asyncio.timeout(20):
        while sum(await asyncio.gather(*(it.work() for it in shards))):
            pass


def reasons(client: redis.Redis) -> list[str]:
    entries: Any = client.xrange(DEAD)
    return [fields[b"reason"].decode().partition(":")[0] for _, fields in entries]


async def test_a_batch(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    other = (await quizzes.store.create(EMPTY)).id
    fill(client, quiz, 1_500)
    add(client, other.lower(), event="x", score=7, user_id="ben", name="Ben")
    taken = shard(quizzes)
    assert await taken.work() == 1_000
    assert await taken.work() == 501
    assert await taken.work() == 0
    assert left(client) == (0, 0)
    assert dict(Look(client, quiz).board()) == {f"p{n}": 150 for n in range(10)}
    assert Look(client, other).board() == [("ben", 7)]
    for it in (quiz, other):
        assert not (await quizzes.audit.verify(it)).findings
    assert client.xpending(STREAM, "leaderboard")["pending"] == 0
    assert quizzes.scoring.applied == 1_501


async def test_a_stream_that_is_none_is_not_asked_all_the_time(
    quizzes: Quizzes, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    broken = shard(quizzes)

    async def take() -> list[Entry]:
        nonlocal tried
        tried += 1
        raise ValueError

    monkeypatch.setattr(broken, "_take", take)
    monkeypatch.setattr(broken, "_poll_s", 0.001)
    broken.start()
    await asyncio.sleep(0.5)
    await broken.stop()
    assert tried == BATCHES


async def test_others_may_have_groups_of_their_own(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    client.xgroup_create(STREAM, "monitor", "0", mkstream=True)
    await quizzes.writer.call("sweep", [STREAM], "leaderboard", 0)
    add(client, quiz, event="e")
    await all_of(shard(quizzes))
    assert (left(client), total(client, quiz)) == ((0, 0), 1)


async def test_what_is_sent_twice_counts_once(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    for _ in range(3):
        add(client, quiz, event="a", score=5)
    await quizzes.scoring.score(quiz, [Event("a", "ana", 5)])
    await all_of(shard(quizzes))
    assert total(client, quiz) == 5
    assert left(client) == (0, 0)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"event": None}, "MALFORMED"),
    ({"event": "x" * 129}, "MALFORMED"),
    ({"score": "NaN"}, "MALFORMED"),
    ({"score": "ten"}, "MALFORMED"),
    ({"score": "1.5"}, "MALFORMED"),
    ({"score": "true"}, "MALFORMED"),
    ({"score": "1e40"}, "MALFORMED"),
    ({"score": "1" + 40 * "0"}, "MALFORMED"),
    ({"score": "20000001"}, "OUT_OF_RANGE"),
    ({"score": "-20000001"}, "OUT_OF_RANGE"),
    ({"score": None}, "MALFORMED"),
    ({"user_id": None}, "MALFORMED"),
    ({"user_id": "not an id"}, "NO_SUCH_PLAYER"),
    ({"user_id": b"\xff"}, "MALFORMED"),
    ({"operator": "times"}, "MALFORMED"),
    ({"operator": "retract"}, "MALFORMED"),
    ({"at": "yesterday"}, "MALFORMED"),
    ({"at": "-1"}, "MALFORMED"),
    ({"name": "\u200b"}, "BAD_NAME"),
    ({"more": "x"}, "MALFORMED"),
    ({"raw": "what is no JSON at all"}, "MALFORMED"),
    ({"cloudevent": "{"}, "MALFORMED"),
    ({"quiz_id": "NOSUCHQZ"}, "NO_SUCH_QUIZ"),
    ({"quiz_id": "no such id"}, "NO_SUCH_QUIZ"),
    ({"quiz_id": None}, "NO_SUCH_QUIZ"),
]


async def test_what_makes_no_sense_is_put_aside(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    before: Any = client.hgetall(Keys(quiz).meta)
    for n, (fields, _) in enumerate(BAD):
        add(client, quiz, **({"event": f"e{n}"} | fields))
    add(client, quiz, event="good", score=3)
    await all_of(shard(quizzes))
    assert reasons(client) == [code for _, code in BAD]
    assert left(client) == (0, len(BAD))
    letters: Any = client.xrange(DEAD)
    why = [letter[b"reason"].decode() for _, letter in letters]
    for n, word in ((0, "`event` is missing"), (12, "`user_id`"), (19, "'more' is not known")):
        assert word in why[n]
    assert Look(client, quiz).board() == [("ana", 3)]
    after: Any = client.hgetall(Keys(quiz).meta)
    assert int(after[b"version"]) == int(before[b"version"]) + 2  # the player, and the points
    assert client.hlen(Keys(quiz).events) == 1
    assert quizzes.scoring.refused["MALFORMED"] == sum(code == "MALFORMED" for _, code in BAD)


async def test_an_entry_as_long_as_it_likes(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    add(client, quiz, event="e", more="x" * 100_000)
    add(client, quiz, event="f", **{f"more{n}": "" for n in range(100)})
    await all_of(shard(quizzes))
    entries: Any = client.xrange(DEAD)
    for _, fields in entries:
        assert len(fields) <= 33
        assert max(map(len, fields.values())) <= 4096


async def test_replay(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    await quizzes.store.finish(quiz)
    add(client, quiz, event="a", score=5)
    add(client, quiz, event="b", score=6)
    await all_of(shard(quizzes))
    second, first = await quizzes.letters.list()
    assert first.reason == "FINISHED: The quiz is finished."
    assert first.fields == {"quiz_id": quiz, "user_id": "ana", "score": "5", "event": "a"}
    await quizzes.store.reset(quiz)
    await quizzes.letters.replay(first.id)
    with pytest.raises(NotFound):
        await quizzes.letters.replay(first.id)
    await all_of(shard(quizzes))
    assert total(client, quiz) == 5
    assert await quizzes.letters.replay_all() == 1
    await all_of(shard(quizzes))
    assert total(client, quiz) == 11
    assert second.fields["event"] == "b"
    assert left(client) == (0, 0)


async def test_two_processes_at_once(quizzes: Quizzes, other: Quizzes, client: redis.Redis, quiz: str) -> None:
    fill(client, quiz, 5_000)
    await all_of(*(shard(it) for it in (quizzes, other, quizzes)))
    assert total(client, quiz) == 5_000
    assert left(client) == (0, 0)
    assert quizzes.scoring.applied + other.scoring.applied == 5_000
    assert not (await quizzes.audit.verify(quiz)).findings


@pytest.mark.parametrize("applied", [0, 400])
async def test_a_process_dies_in_mid_batch(
    quizzes: Quizzes, other: Quizzes, client: redis.Redis, quiz: str, applied: int
) -> None:
    fill(client, quiz, 1_000)
    heir = shard(other, left_ms=1)
    taken = await shard(quizzes)._take()
    await quizzes.scoring.score(quiz, [Event(f"e{n}", f"p{n % 10}", 1) for n in range(applied)])
    assert await shard(other).work() == 0  # it may be at work
    async with asyncio.timeout(5):
        while left(client) != (0, 0):
            await heir.work()
    assert total(client, quiz) == len(taken) == 1_000
    assert other.scoring.applied == 1_000 - applied


async def test_the_heir_is_slow(quizzes: Quizzes, other: Quizzes, client: redis.Redis, quiz: str) -> None:
    """Two believe that a batch is theirs."""
    fill(client, quiz, 100)
    slow, heir = shard(quizzes), shard(other, left_ms=1)
    taken = await slow._take()
    await asyncio.sleep(0.01)
    await asyncio.gather(slow.handle(taken), heir.work())
    assert total(client, quiz) == 100
    assert left(client) == (0, 0)


async def test_busy_is_no_poison(
    quizzes: Quizzes, client: redis.Redis, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client, quiz, 10)

    async def busy(*args: Any, **more: Any) -> None:
        raise Busy

    taken = shard(quizzes)
    with monkeypatch.context() as patch:
        patch.setattr(quizzes.scoring, "score", busy)
        for deliveries in range(1, 9):
            [entry, *_] = await due(taken)
            assert entry.deliveries == deliveries
            with pytest.raises(Busy):
                await taken.handle([entry])
            client.xclaim(STREAM, "leaderboard", taken.name, 0, [entry.id], idle=10_000_000, retrycount=deliveries)
    assert left(client) == (10, 0)
    async with asyncio.timeout(5):
        while left(client) != (0, 0):
            await shard(quizzes, left_ms=1).work()
    assert total(client, quiz) == 10


async def due(taken: Shard) -> list[Entry]:
    async with asyncio.timeout(5):
        while not (found := await taken._take()):
            await asyncio.sleep(0.002)
    return found


async def test_what_nobody_has_foreseen(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    """Of a batch with a quiz that is broken, the others are applied; it is tried some times."""
    broken = (await quizzes.store.create(EMPTY)).id
    client.set(Keys(broken).events, "no hash")
    add(client, broken, event="a")
    add(client, quiz, event="b", score=4)
    taken = shard(quizzes)
    tried = 0
    async with asyncio.timeout(10):
        while left(client) != (0, 1):
            tried += 1
            try:
                await taken.work()
            except Busy:
                await asyncio.sleep(0.002)
    assert total(client, quiz) == 4
    assert tried >= 5
    assert "WRONGTYPE" in reasons(client)[0] or "ResponseError" in reasons(client)[0]


async def test_only_what_is_to_blame_is_put_aside(
    quizzes: Quizzes, client: redis.Redis, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    score = quizzes.scoring.score

    async def fails(quiz: str, events: Any, **more: Any) -> Any:
        if "e3" in {it.event for it in events}:
            raise ValueError("a defect")
        return await score(quiz, events, **more)

    monkeypatch.setattr(quizzes.scoring, "score", fails)
    fill(client, quiz, 6)
    taken = shard(quizzes)
    async with asyncio.timeout(10):
        while left(client) != (0, 1):
            with contextlib.suppress(Busy):
                await taken.work()
            await asyncio.sleep(0.002)
    assert reasons(client) == ["ValueError"]
    assert total(client, quiz) == 5


async def test_a_running_ingest(redis_url: str, client: redis.Redis) -> None:
    quizzes = Quizzes(redis_url, score_shards=2)
    quizzes.start(record=True)
    quiz = (await quizzes.store.create(EMPTY)).id
    client.xadd(score_stream(1), {"quiz_id": quiz, "user_id": "ana", "score": 2, "event": "a"})
    client.xadd(score_stream(0), {"quiz_id": quiz, "user_id": "ana", "score": 3, "event": "b"})
    async with asyncio.timeout(5):
        while total(client, quiz) != 5:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await quizzes.stop()


def test_killed_in_the_middle(nodes: Nodes, real_url: str) -> None:
    """Two nodes take a stream, one is killed again and again; then the command line tells what was refused."""
    with redis.Redis.from_url(real_url) as client:
        staying = nodes.start()
        quiz, _ = staying.create(questions=[])
        for kill in range(2):
            dying = nodes.start()
            with client.pipeline(transaction=False) as pipeline:
                for n in range(2_000):
                    pipeline.xadd(
                        STREAM, {"quiz_id": quiz, "user_id": f"p{n % 50}", "score": 1, "event": f"{kill}-{n}"}
                    )
                pipeline.execute()
            deadline = time.monotonic() + 10
            while Look(client, quiz).client.hlen(Keys(quiz).events) < 2_000 * kill + 500:
                assert time.monotonic() < deadline
                time.sleep(0.001)
            dying.kill()
            pending: Any = client.xpending_range(STREAM, "leaderboard", "-", "+", 5_000)
            for owner in {it["consumer"] for it in pending}:  # as if time had passed
                ids = [it["message_id"] for it in pending if it["consumer"] == owner]
                client.xclaim(STREAM, "leaderboard", owner, 0, ids, idle=60_000, justid=True)
        add(client, quiz, event="bad", score="ten")
        deadline = time.monotonic() + 30
        while left(client) != (0, 1):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert total(client, quiz) == 4_000
        Look(client, quiz).prove(0)
        options = ["dead-letters", "--redis-url", real_url]
        listed = CliRunner().invoke(cli.main, options)
        assert "MALFORMED: `score` is a whole number." in listed.output
        assert "event=bad" in listed.output
        [letter] = json.loads(CliRunner().invoke(cli.main, [*options, "--json"]).output)
        over_http = staying.http("GET", "/v1/admin/dead-letters", ADMIN).json()
        assert over_http == [letter]
        assert CliRunner().invoke(cli.main, [*options, "--replay", letter["id"]]).exit_code == 0
        while not (again := staying.http("GET", "/v1/admin/dead-letters", ADMIN).json()):
            time.sleep(0.01)
        assert again[0]["id"] != letter["id"]
        assert staying.http("POST", f"/v1/admin/dead-letters/{again[0]['id']}/replay", ADMIN).status_code == 204
        assert CliRunner().invoke(cli.main, [*options, "--replay", "scores-0:1-1"]).exit_code == 1


async def test_what_waits_is_known(quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
    add(client, quiz, event="a", score="ten")
    await all_of(shard(quizzes))
    fill(client, quiz, 3)
    taken = await shard(quizzes)._take()
    await quizzes.vitals.read()
    assert (counts.scores_waiting["0"], counts.scores_dead["0"]) == (len(taken), 1)  # also what is taken and not done
    fill(client, quiz, 3)
    await quizzes.vitals.read()
    assert counts.scores_waiting["0"] == 3  # nobody can make Redis busy by asking
    quizzes.vitals._fresh_until = 0.0
    await quizzes.vitals.read()
    assert counts.scores_waiting["0"] == 6
    assert 0 <= counts.scores_oldest_s["0"] < 60
