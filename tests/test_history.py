"""The results of finished quizzes in accounts: nothing is lost, nothing stands there twice, what is wrong is put right."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
import redis

from leaderboard.errors import Malformed, NotFound
from leaderboard.quiz.accounts import Record
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state import recorder as module
from leaderboard.state.consumer import Entry
from leaderboard.state.keys import DEAD, FINISHED, AccountKeys, Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.recorder import GROUP, Finished, Recorder, finished

pytestmark = pytest.mark.anyio

QUIZ = Quiz(
    title='Words "and" more',
    questions=[
        Question(text="Which?", choices=["a", "b", "c"], answer=[1], rule="flat"),
        Question(text="Which two?", choices=["a", "b", "c"], answer=[0, 1], rule="flat"),
        Question(text="How was it?", choices=["a", "b"], type="poll"),
        Question(text="Not played", choices=["a", "b"], answer=[1]),
    ],
    settings=Settings(ties="shared"),
)


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


def recorder(quizzes: Quizzes, left_ms: int = 30_000) -> Recorder:
    return Recorder(quizzes.writer, quizzes.contents, retry_ms=1, left_ms=left_ms)


class Played:
    """A quiz that was played by two accounts and a guest, and finished; the accounts' passwords were never made."""

    def __init__(self, quizzes: Quizzes, client: redis.Redis, quiz: str) -> None:
        self.quizzes, self.client, self.quiz = quizzes, client, quiz
        self.players: dict[str, str] = {}

    async def join(self, account: str) -> None:
        self.client.hset(AccountKeys(account).account, "email", f"{account}@example.org")
        self.players[account] = (await self.quizzes.store.join(self.quiz, account)).id
        self.client.hset(Keys(self.quiz).users, f"account:{account}", self.players[account])

    async def record(self, account: str) -> Record | None:
        rows = (await self.quizzes.history.history(account)).rows
        assert len(rows) < 2
        return msgspec.json.decode(rows[0], type=Record) if rows else None


async def play(quizzes: Quizzes, client: redis.Redis, finish: bool = True) -> Played:
    store = quizzes.store
    played = Played(quizzes, client, (await store.create(QUIZ)).id)
    quiz = played.quiz
    client.hset(Keys(quiz).meta, "owner", "host")
    client.hset(AccountKeys("host").account, "email", "host@example.org")
    await quizzes.accounts.hosted("host", quiz)
    for account in ("ana", "ben"):
        await played.join(account)
    guest = (await store.join(quiz, "Guest")).id
    client.hset(Keys(quiz).users, "name:guest", guest)
    for question, answers in enumerate(({"ana": [1], "ben": [0]}, {"ana": [0]}, {"ben": [1]})):
        await store.open(quiz, question)
        for account, choice in answers.items():
            await store.answer(quiz, played.players[account], question, [*choice])
        await store.close(quiz)
    if finish:
        await store.finish(quiz)
    return played


def left(client: redis.Redis) -> tuple[int, int]:
    """Entries that nobody is done with, and those that were put aside."""
    return int(client.xlen(FINISHED)), int(client.xlen(DEAD))


async def test_who_goes_or_comes_after_the_end(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    await recorder(quizzes).work()
    await quizzes.store.remove(played.quiz, played.players["ana"])
    assert await recorder(quizzes).work() == 1
    ben = await played.record("ben")
    assert ben
    assert (ben.rank, ben.players) == (1, 2)
    client.zadd(Keys(played.quiz).aside, {played.players["ben"]: 0.5})
    client.zrem(Keys(played.quiz).board, played.players["ben"])
    client.delete(AccountKeys("ben").history, AccountKeys("ben").records)
    await quizzes.store.admit(played.quiz)
    assert await recorder(quizzes).work() == 1
    assert await played.record("ben")


async def test_what_everybody_did(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    assert await recorder(quizzes).work() == 1
    assert left(client) == (0, 0)
    ana, ben = await played.record("ana"), await played.record("ben")
    assert ana
    assert ben
    epoch: Any = client.hget(Keys(played.quiz).meta, "epoch")
    assert (ana.quiz, ana.epoch, ana.title) == (played.quiz, epoch.decode(), QUIZ.title)
    assert (ana.rank, ana.players, ana.points) == (1, 3, 1500)
    assert [(it.question, it.text, it.right, it.points) for it in ana.answers] == [
        (0, "Which?", 1, 1000),
        (1, "Which two?", 0.5, 500),
        (2, "How was it?", None, 0),
    ]
    assert (ben.rank, ben.points) == (2, 0)  # shared with the guest
    assert [it.right for it in ben.answers] == [0, None, None]
    state = await quizzes.store.state(played.quiz)
    assert ana.finished_at == state.now
    [hosted] = (await quizzes.history.hosted("host")).rows
    assert (hosted.quiz, hosted.title, hosted.players, hosted.finished_at) == (played.quiz, QUIZ.title, 3, state.now)
    export = await quizzes.history.history("host")
    assert (export.rows, export.next) == ([], None)


async def test_not_before_the_end(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client, finish=False)
    await quizzes.corrections.adjust(played.quiz, played.players["ben"], 10, "x")
    await quizzes.corrections.correct(played.quiz, 0, "x", answer=[2])
    assert await recorder(quizzes).work() == 0
    [hosted] = (await quizzes.history.hosted("host")).rows
    assert not isinstance(hosted.title, str)


async def test_a_quiz_is_finished_once(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    await asyncio.gather(*(quizzes.store.finish(played.quiz) for _ in range(5)))
    assert left(client) == (1, 0)


async def test_two_processes_at_once(quizzes: Quizzes, other: Quizzes, client: redis.Redis) -> None:
    games = [await play(quizzes, client) for _ in range(12)]
    taken = await asyncio.gather(*(everything(recorder(it)) for it in (quizzes, other)))
    assert sum(taken) == 12
    assert left(client) == (0, 0)
    for account in ("ana", "ben"):
        rows = [quiz_of(row) async for row in quizzes.history.all(account)]
        assert rows == [game.quiz for game in reversed(games)]


async def everything(keeper: Recorder) -> int:
    return sum([await keeper.work() for _ in range(3)])


def quiz_of(row: msgspec.Raw) -> str:
    return msgspec.json.decode(row, type=Record).quiz


async def test_corrections_after_the_end(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    keeper = recorder(quizzes)
    await keeper.work()
    await quizzes.corrections.correct(played.quiz, 0, "The key was wrong", answer=[0])
    await keeper.work()
    ben = await played.record("ben")
    assert ben
    assert (ben.rank, ben.points, ben.answers[0].right, ben.answers[0].points) == (1, 1000, 1, 1000)
    await quizzes.corrections.correct(played.quiz, 0, "It does not count", void=True)
    await quizzes.corrections.adjust(played.quiz, played.players["ana"], 50, "Thanks", id="1")
    await quizzes.corrections.adjust(played.quiz, played.players["ana"], 50, "Thanks", id="1")
    assert left(client) == (2, 0)
    await keeper.work()
    ana = await played.record("ana")
    assert ana
    assert (ana.points, ana.answers[0].right) == (550, None)
    await quizzes.corrections.undo(played.quiz, 3)
    await keeper.work()
    ana = await played.record("ana")
    assert ana
    assert ana.points == 500
    client.zadd(Keys(played.quiz).board, {played.players["ana"]: 7.5})
    await quizzes.audit.rebuild(played.quiz)
    await keeper.work()
    assert await played.record("ana") == msgspec.structs.replace(ana, version=ana.version + 1)


async def test_an_older_version_comes_later(quizzes: Quizzes, client: redis.Redis) -> None:
    """As of a process that has read the quiz and then stood still."""
    played = await play(quizzes, client)
    keeper, late = recorder(quizzes), recorder(quizzes)
    [entry] = await late._take()
    gate, waiting, remember = asyncio.Event(), asyncio.Event(), late._remember

    async def slow(*args: Any) -> None:
        if args[1] != AccountKeys("host").hosted:
            waiting.set()
            await gate.wait()
        await remember(*args)

    late._remember = slow  # type: ignore[method-assign, assignment]
    keeping = asyncio.create_task(late.keep(finished(entry)))
    await waiting.wait()
    await quizzes.corrections.adjust(played.quiz, played.players["ana"], 50, "Thanks")
    await keeper.work()
    gate.set()
    await keeping
    ana = await played.record("ana")
    assert ana
    assert ana.points == 1550


async def test_a_reset_quiz_is_another(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    await quizzes.store.reset(played.quiz)
    assert await recorder(quizzes).work() == 1
    assert await played.record("ana") is None
    assert left(client) == (0, 0)


async def test_who_is_gone_is_left_out(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    client.delete(AccountKeys("ana").account, AccountKeys("host").account)
    await recorder(quizzes).work()
    keys: Any = client.keys("accounts*ana")
    assert keys == []
    assert client.exists(AccountKeys("host").hostings) == 0
    assert await played.record("ben")
    assert left(client) == (0, 0)


async def test_a_process_dies_between_taking_and_keeping(quizzes: Quizzes, other: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    dead, heir = recorder(quizzes, left_ms=100), recorder(other, left_ms=100)
    assert len(await dead._take()) == 1
    assert await heir.work() == 0  # it may be at work
    await until(lambda: heir.work(), 1)
    assert await played.record("ana")
    assert left(client) == (0, 0)
    assert client.xpending(FINISHED, GROUP)["pending"] == 0


async def test_a_process_dies_between_keeping_and_settling(
    quizzes: Quizzes, other: Quizzes, client: redis.Redis
) -> None:
    played = await play(quizzes, client)
    dead, heir = recorder(quizzes, left_ms=50), recorder(other, left_ms=50)
    [entry] = await dead._take()
    await dead.keep(finished(entry))
    before = await played.record("ana")
    await until(lambda: heir.work(), 1)
    assert await played.record("ana") == before
    assert (await quizzes.history.history("ana")).next is None
    assert left(client) == (0, 0)


async def until(work: Any, expected: int) -> None:
    async with asyncio.timeout(5):
        while await work() != expected:
            await asyncio.sleep(0.01)


async def test_what_cannot_be_kept_is_put_aside(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    keeper, tried = recorder(quizzes), 0
    client.rename(Keys(played.quiz).users, "away")
    client.set(Keys(played.quiz).users, "not a hash")
    async with asyncio.timeout(10):
        while left(client) != (0, 1):
            tried += await keeper.work()
            await asyncio.sleep(0.002)
    assert tried == 5
    assert await keeper.work() == 0
    [letter] = await quizzes.letters.list()
    assert letter.fields["quiz"] == played.quiz
    assert "WRONGTYPE" in letter.reason
    client.delete(Keys(played.quiz).users)
    client.rename("away", Keys(played.quiz).users)
    await quizzes.letters.replay(letter.id)
    with pytest.raises(NotFound):
        await quizzes.letters.replay(letter.id)
    assert await quizzes.writer.call("revive", [FINISHED, DEAD], letter.id.split(":")[1]) == [0]
    assert left(client) == (1, 0)
    await keeper.work()
    assert await played.record("ana")
    assert left(client) == (0, 0)


async def test_each_time_later(quizzes: Quizzes, client: redis.Redis) -> None:
    await play(quizzes, client)
    keeper = Recorder(quizzes.writer, quizzes.contents, retry_ms=20)
    asked = time.monotonic()
    await keeper._take()
    for deliveries in (2, 3, 4):
        before = asked
        async with asyncio.timeout(5):
            while True:
                asked = time.monotonic()
                if taken := await keeper._take():
                    break
                await asyncio.sleep(0.002)
        assert taken[0].deliveries == deliveries
        assert time.monotonic() - before > 0.018 * 2 ** (deliveries - 2)


async def test_what_ends_every_process_is_put_aside(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    for _ in range(5):
        await until(lambda: entries(recorder(quizzes, left_ms=5)), 1)
        await asyncio.sleep(0.006)
    await until(recorder(quizzes, left_ms=5).work, 1)
    assert left(client) == (0, 1)
    assert await played.record("ana") is None  # nobody tried again


async def entries(keeper: Recorder) -> int:
    return len(await keeper._take())


async def test_settling_twice(quizzes: Quizzes, client: redis.Redis) -> None:
    await play(quizzes, client)
    [entry] = await recorder(quizzes)._take()
    call = (GROUP, 10, entry.id, "why")
    assert [await quizzes.writer.call("settle", [FINISHED, DEAD], *call) for _ in range(2)] == [[1], [0]]
    assert left(client) == (0, 1)


async def test_a_lost_reply(quizzes: Quizzes, client: redis.Redis) -> None:
    """What the first of two takes got, whose reply was lost, comes again."""
    played = await play(quizzes, client)
    keeper = recorder(quizzes)
    await keeper._take()
    await until(keeper.work, 1)
    assert await played.record("ana")


async def test_idle_processes_are_forgotten(quizzes: Quizzes, client: redis.Redis) -> None:
    await quizzes.writer.call("sweep", [FINISHED], GROUP, 1)
    await play(quizzes, client)
    busy, done = recorder(quizzes), recorder(quizzes)
    await busy._take()
    await play(quizzes, client)
    await done.work()
    await asyncio.sleep(0.01)
    assert await quizzes.writer.call("sweep", [FINISHED], GROUP, 3_600_000) == [0]
    assert await quizzes.writer.call("sweep", [FINISHED], GROUP, 1) == [1]
    [left_over] = client.xinfo_consumers(FINISHED, GROUP)
    assert left_over["name"].decode() == busy.name


async def test_many_accounts_in_bounded_batches(
    quizzes: Quizzes, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = await play(quizzes, client, finish=False)
    await asyncio.gather(*(played.join(f"p{i}") for i in range(300)))
    await quizzes.store.finish(played.quiz)
    keeper, sizes, some = recorder(quizzes), [], Recorder._some

    async def measured(self: Recorder, entry: Finished, known: Any, ended: Any, users: Any) -> None:
        sizes.append(len(users))
        await some(self, entry, known, ended, users)

    monkeypatch.setattr(Recorder, "_some", measured)
    monkeypatch.setattr(module, "RENEW_S", 0.0)
    await keeper.work()
    assert sum(sizes) == 302
    assert max(sizes) <= module.RECORDS_AT_ONCE // 3
    for account in ("ana", "p0", "p299"):
        assert await played.record(account)
    assert left(client) == (0, 0)


async def test_a_running_recorder(redis_url: str, client: redis.Redis) -> None:
    quizzes = Quizzes(redis_url)
    quizzes.recorder._poll_s = 60  # it is woken
    quizzes.start(record=True)
    played = await play(quizzes, client)
    async with asyncio.timeout(5):
        while await played.record("ana") is None:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await quizzes.stop()


async def test_a_recorder_that_stops_leaves_the_rest_to_others(quizzes: Quizzes, client: redis.Redis) -> None:
    played = await play(quizzes, client)
    leaving = recorder(quizzes)
    leaving._stopping = True
    assert await leaving.work() == 1
    [entry] = await entries_after(quizzes)
    await leaving._do(entry)
    assert await played.record("ana") is None
    assert left(client) == (1, 0)


async def entries_after(quizzes: Quizzes) -> list[Entry]:
    keeper = recorder(quizzes, left_ms=1)
    async with asyncio.timeout(5):
        while not (found := await keeper._take()):
            await asyncio.sleep(0.002)
    return found


async def test_commands_keep_nothing(quizzes: Quizzes, client: redis.Redis) -> None:
    await play(quizzes, client)
    assert quizzes.recorder._tasks == []
    assert left(client) == (1, 0)


async def test_pages(quizzes: Quizzes, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 5)
    games = []
    for _ in range(7):
        games.append((await play(quizzes, client)).quiz)
        await recorder(quizzes).work()
        await asyncio.sleep(0.002)  # they are in order of time
    seen, cursor = [], ""
    for _ in range(3):
        page = await quizzes.history.history("ana", cursor, 2)
        seen += [quiz_of(row) for row in page.rows]
        cursor = page.next or ""
    assert not cursor
    assert seen == games[:1:-1]  # the oldest are gone
    assert client.hlen(AccountKeys("ana").records) == 5
    first = await quizzes.history.hosted("host", limit=3)
    assert first.next
    rest = await quizzes.history.hosted("host", first.next, 10)
    assert [it.quiz for it in first.rows + rest.rows] == games[:1:-1]
    for read in (quizzes.history.history, quizzes.history.hosted):
        with pytest.raises(Malformed):
            await read("ana", "nowhere")
