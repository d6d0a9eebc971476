"""A quiz goes into a file and comes back as it was, or not at all."""

import asyncio
import contextlib
import gzip
import hashlib
import itertools
import os
import stat
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import redis
from msgspec.structs import replace

from leaderboard.errors import Busy, IdTaken, MovedOn, NoSuchQuiz, StillOpen, Unreadable
from leaderboard.quiz.content import Quiz, Settings
from leaderboard.quiz.scores import Event, Operator
from leaderboard.state import backup_file, backups
from leaderboard.state.backup_file import check, names_of, type_of
from leaderboard.state.backups import prefix_of
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.teams import Entry
from tests import test_draws
from tests.test_deletion import QUIZ, played

pytestmark = pytest.mark.anyio
ROSTER = [f"Player {number}" for number in range(4)]
VARIETY: dict[str, Quiz] = {
    "plain": QUIZ,
    "listed": replace(QUIZ, roster=ROSTER, settings=Settings(streak_bonus=70, start=100, penalty=50)),
    "teams": replace(QUIZ, teams=["Owls", "Füchse"], settings=Settings(team_score="mean", late="average")),
    "hidden": replace(QUIZ, settings=Settings(privacy="pseudonyms", rule="order", places=[100, 50])),
    "ascending": replace(QUIZ, settings=Settings(order="ascending", rule="linear", start=500, floor=False)),
    "again": replace(QUIZ, settings=Settings(reanswer="until_close", time_of="best", reveal="close")),
}


async def left(quizzes: Quizzes, kind: str) -> str:
    """A quiz of this kind, somewhere in its middle, its board shown as it is."""
    quiz = await begun(quizzes, kind)
    while await quizzes.writer.call("publish", Keys(quiz).showing) != [0]:
        await asyncio.sleep(0.01)
    return quiz


async def begun(quizzes: Quizzes, kind: str) -> str:
    if kind in VARIETY:
        quiz = await played(quizzes, VARIETY[kind])
        await quizzes.store.open(quiz, 2)
        return quiz
    if kind == "self":
        quiz = (await quizzes.store.create(replace(QUIZ, settings=Settings(pacing="self", streak_bonus=30)))).id
        player = (await quizzes.store.join(quiz, "Ana")).id
        await quizzes.store.open(quiz)
        await quizzes.store.draws.draw(quiz, player, -1)
        await quizzes.store.answer(quiz, player, 0, [1])
        return quiz
    if kind == "outside":
        return await sent(quizzes)
    return await drawn(quizzes)


async def sent(quizzes: Quizzes) -> str:
    """What other programs write, and registered teams."""
    quiz = (await quizzes.store.create(QUIZ)).id
    await quizzes.teams.register(quiz, Entry("Owls", ["Ana", "Ben"], "", 100))
    operators = get_args(Operator)
    events = [Event(f"e{n}", "7", 40 + n, it) for n, it in enumerate(operators) if it != "retract"]
    await quizzes.scoring.score(quiz, events, "", "test", ranks=True)
    return quiz


async def drawn(quizzes: Quizzes) -> str:
    """Questions of one's own: one answered, one in a box, one held."""
    questions = [test_draws.question(kind) for kind in ("easy", "hard", "easy", None)]
    quiz, (ana, ben) = await test_draws.make(quizzes, *questions, boxes=test_draws.BOXES)
    draws = quizzes.store.draws
    first = await draws.draw(quiz, ana, -1)
    await quizzes.store.answer(quiz, ana, first.question.number, [1])
    await draws.buy(quiz, ana, "easy", first.question.number)
    await draws.draw(quiz, ben, -1)
    return quiz


def dumps(url: str, pattern: str = "*") -> dict[bytes, Any]:
    """What Redis holds for good, as clients read it."""
    with redis.Redis.from_url(url) as client:
        reads: dict[str, Callable[[bytes], Any]] = {
            "hash": client.hgetall,
            "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
            "set": client.smembers,
            "string": client.get,
            "stream": client.xrange,
        }
        kinds = {key: client.type(key).decode() for key in client.scan_iter(pattern) if client.ttl(key) == -1}
        return {key: (kind, reads[kind](key)) for key, kind in kinds.items()}


KINDS = [*VARIETY, "self", "outside", "draw"]


@pytest.fixture
async def real(real_url: str) -> AsyncIterator[Quizzes]:
    quizzes = Quizzes(real_url)
    quizzes.start()
    yield quizzes
    await quizzes.stop()


@pytest.mark.parametrize("kind", KINDS)
async def test_there_and_back(real: Quizzes, real_url: str, tmp_path: Path, kind: str) -> None:
    await there_and_back(real, real_url, tmp_path, kind)


async def test_on_either_server(quizzes: Quizzes, redis_url: str, tmp_path: Path) -> None:
    await there_and_back(quizzes, redis_url, tmp_path, "plain")


async def there_and_back(quizzes: Quizzes, redis_url: str, tmp_path: Path, kind: str) -> None:
    quiz, file = await left(quizzes, kind), tmp_path / "quiz.jsonl.gz"
    pattern = f"quiz:*{quiz}*"
    before = dumps(redis_url, pattern)
    board = await quizzes.store.page(quiz, 10, host=True)
    header = await quizzes.backups.write(quiz, file)
    assert header == check(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with redis.Redis.from_url(redis_url) as client:
        for key in before:
            client.delete(key)
    assert (await quizzes.backups.restore(file)).quiz == quiz
    assert dumps(redis_url, pattern) == before
    assert await quizzes.store.page(quiz, 10, host=True) == board
    assert (await quizzes.audit.verify(quiz)).wrong == 0
    assert [key for key in dumps(redis_url) if key.startswith(b"part:")] == []


async def test_a_quiz_that_is_being_played_is_read_at_one_moment(
    real: Quizzes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody joins and wins whenever a key has been read; the file is of one moment all the same, or is not there."""
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    numbers = itertools.count()
    read = backups.Backups._rows

    async def busily(self: backups.Backups, key: str, kind: str) -> AsyncIterator[Sequence[Sequence[bytes]]]:
        async for rows in read(self, key, kind):
            yield rows
        joined = await real.store.join(quiz, f"Late {next(numbers)}")
        await real.store.answer(quiz, joined.id, 2, [1])

    monkeypatch.setattr(backups.Backups, "_rows", busily)
    header = await real.backups.write(quiz, file)
    assert next(numbers) > 40
    monkeypatch.setattr(backups, "MOST_COPIED", 10)
    with pytest.raises(MovedOn, match="pause it"):
        await real.backups.write(quiz, tmp_path / "other.gz")
    assert os.listdir(tmp_path) == [file.name]
    await real.store.close(quiz)
    await real.store.delete_quiz(quiz)
    await real.backups.restore(file)
    assert (await real.store.people(quiz, None, 1)).version == header.version
    assert (await real.audit.verify(quiz)).wrong == 0
    await real.store.close(quiz)
    assert (await real.audit.verify(quiz)).wrong == 0


async def test_nothing_but_the_quiz_that_was_backed_up_is_taken_for_it(real: Quizzes, tmp_path: Path) -> None:
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    await real.backups.write(quiz, file)
    with pytest.raises(IdTaken, match=quiz):
        await real.backups.restore(file)
    with pytest.raises(NoSuchQuiz):
        await real.backups.write("NOBODY", tmp_path / "other")
    assert os.listdir(tmp_path) == [file.name]


async def test_who_comes_first_restores_it(real: Quizzes, real_url: str, tmp_path: Path) -> None:
    quiz, file = await left(real, "teams"), tmp_path / "quiz.jsonl.gz"
    await real.backups.write(quiz, file)
    await real.store.close(quiz)
    await real.store.delete_quiz(quiz)
    both = await asyncio.gather(real.backups.restore(file), real.backups.restore(file), return_exceptions=True)
    assert sorted(type(it).__name__ for it in both) == ["Header", "IdTaken"]
    assert not [key for key in dumps(real_url) if key.startswith(b"part:")]
    assert (await real.audit.verify(quiz)).wrong == 0


async def test_replies_that_are_lost_change_nothing(
    real: Quizzes, real_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer asks again then; so each script does what it does when asked twice."""
    quiz, file = await left(real, "teams"), tmp_path / "quiz.jsonl.gz"
    before, call = dumps(real_url), real.writer.call

    async def twice(verb: str, keys: Sequence[str], *args: Any) -> Any:
        await call(verb, keys, *args)
        return await call(verb, keys, *args)

    monkeypatch.setattr(real.writer, "call", twice)
    with backup_file.whole(file) as out:
        await real.backups._read_copy(quiz, 3, out, backups.silent)
    with redis.Redis.from_url(real_url) as client:
        client.delete(*[key for key in before if quiz.encode() in key])
    assert (await real.backups.restore(file)).version
    assert dumps(real_url) == before


@pytest.mark.parametrize("error", [OSError("power cut"), Busy()])
async def test_a_restoring_that_breaks_off_leaves_nothing(
    real: Quizzes, real_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    await real.backups.write(quiz, file)
    await real.store.close(quiz)
    await real.store.delete_quiz(quiz)
    before, call = dumps(real_url), real.writer.call
    left_behind: list[int] = []

    async def breaks(verb: str, keys: Sequence[str], *args: Any) -> Any:
        done = await call(verb, keys, *args)
        left_behind.append(await real.writer.command("TTL", keys[0]))
        if keys[0].endswith(":audit"):
            raise error
        return done

    monkeypatch.setattr(real.writer, "call", breaks)
    with pytest.raises(type(error), match=r"power cut|nothing is restored"):
        await real.backups.restore(file)
    assert left_behind
    assert all(3500 < ttl <= 3600 for ttl in left_behind)  # should nobody be there any more to clear it away
    assert dumps(real_url) == before
    with redis.Redis.from_url(real_url) as client:
        assert client.keys("part:*") == []


async def test_a_players_token_opens_the_restored_quiz_and_its_pin_leads_to_it(real: Quizzes, tmp_path: Path) -> None:
    quiz, file = (await real.store.create(QUIZ)).id, tmp_path / "quiz.jsonl.gz"
    ana = await real.store.join(quiz, "Ana")
    await real.store.pin(quiz)
    pin = await real.writer.command("HGET", Keys(quiz).meta, "pin")
    await real.backups.write(quiz, file)
    assert ana.token.encode() not in gzip.decompress(file.read_bytes())
    await real.store.delete_quiz(quiz)
    other = (await real.store.create(QUIZ)).id
    await real.writer.command("SET", f"pin:{pin.decode()}", other)
    await real.backups.restore(file)
    assert await real.store.role(quiz, ana.token) == ana.id
    new = await real.writer.command("HGET", Keys(quiz).meta, "pin")
    assert new != pin
    assert await real.store.quiz_of(new.decode()) == quiz
    await real.store.open(quiz, 0)
    assert (await real.store.answer(quiz, ana.id, 0, [1])).durable in (True, False)
    await real.store.close(quiz)
    assert (await real.reports.explain(quiz, ana.id)).complete


def same(data: bytes, good: bytes) -> bool:
    """Whether it is whole all the same: a few bits of a compressed file stand for nothing."""
    with contextlib.suppress(OSError, EOFError, zlib.error):
        return gzip.decompress(data) == gzip.decompress(good)
    return False


async def test_a_damaged_file_is_refused_and_redis_stays_as_it_is(real: Quizzes, real_url: str, tmp_path: Path) -> None:
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    await real.backups.write(quiz, file)
    await real.store.close(quiz)
    await real.store.delete_quiz(quiz)
    before, good, bad = dumps(real_url), file.read_bytes(), tmp_path / "bad.gz"
    lines = gzip.decompress(good).splitlines(keepends=True)
    damaged = [good[:size] for size in range(0, len(good), 97)] + [good[:-1], good + b"{}"]
    turned = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(10, len(good), 89)]
    damaged += [data for data in turned if not same(data, good)]
    assert len(turned) - 2 <= len(damaged) > 20
    damaged += [gzip.compress(b"".join(lines[:size])) for size in range(len(lines))]
    damaged += [gzip.compress(b"".join(lines[:n] + lines[n + 1 :])) for n in range(len(lines))]
    damaged.append(gzip.compress(b"".join(lines).replace(b"Player 1", b"Player 9")))
    damaged += [gzip.compress(line) for line in (b"[" * 100_000 + b"\n", b"null\nnull\n", b"\xff\n{}\n", b"\n" * 9)]
    for data in damaged:
        bad.write_bytes(data)
        with pytest.raises(Unreadable):
            await real.backups.restore(bad)
    assert dumps(real_url) == before
    await real.backups.restore(file)


def made(lines: list[bytes], change: Callable[[list[Any]], object]) -> bytes:
    """A file whose content was changed and its last line made anew, as somebody would who wants it to be taken."""
    content = [msgspec.json.decode(line) for line in lines[:-1]]
    change(content)
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in content)
    foot = {
        "lines": len(content),
        "rows": sum(len(it["rows"]) for it in content[1:]),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return gzip.compress(data + msgspec.json.encode(foot) + b"\n")


def without(content: list[Any], field: str) -> None:
    """Take a field out of meta."""
    [meta] = [line for line in content if line.get("key") == "meta"]
    meta["rows"] = [row for row in meta["rows"] if row[0] != field]
    content[0]["keys"]["meta"] -= 1


FORGED: dict[str, tuple[Callable[[list[Any]], object], str]] = {
    "newer": (lambda it: it[0].update(format=2, software="99.0"), "version 99.0.*Install a newer one"),
    "none": (lambda it: it[0].update(format="one"), "no backup"),
    "quiz": (lambda it: it[0].update(quiz="A}:meta {"), "no backup"),
    "foreign key": (lambda it: it[0]["keys"].update({"}x": 1}), "keys that no quiz has"),
    "many questions": (lambda it: it[0].update(questions=10**12), "keys that no quiz has"),
    "other key": (lambda it: it[1].update(key="secret"), "cannot be"),
    "width": (lambda it: it[1]["rows"].append(["a"]), "cannot be"),
    "score": (lambda it: next(x for x in it if x.get("key") == "board")["rows"].append(["nan", "a"]), "cannot be"),
    "entry": (lambda it: next(x for x in it if x.get("key") == "ledger")["rows"][0].__setitem__(0, "0-0"), "not take"),
    "number": (lambda it: next(x for x in it if x.get("key") == "board")["rows"][0].__setitem__(0, "1_0"), "not take"),
    "fewer": (lambda it: it[0]["keys"].update(players=99), "fewer rows"),
    "no text": (lambda it: it[1]["rows"].append(["a", ["%%%"]]), "cut off or altered"),
    "twice": (lambda it: it.append(it[1] | {"rows": [["more", "x"]]}), "other rows"),
    "form": (lambda it: next(x for x in it if x.get("key") == "board")["rows"].append(["1_0", "a"]), "does not take"),
    "entry of letters": (
        lambda it: next(x for x in it if x.get("key") == "ledger")["rows"].insert(0, ["a", "b", "c"]),
        "does not",
    ),
    "version": (lambda it: it[0].update(version=99), "another state"),
    "type": (lambda it: it[1]["rows"].append([1, 2]), "cut off or altered"),
    "phase": (lambda it: it[0].update(phase="soon"), "no backup"),
    "another phase": (lambda it: it[0].update(phase="finished"), "another state"),
    "no phase": (lambda it: without(it, "phase"), "another state"),
    "no rounds": (lambda it: without(it, "rounds"), "lacks what every quiz has"),
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_file_that_says_what_cannot_be_is_refused(
    real: Quizzes, real_url: str, tmp_path: Path, how: str
) -> None:
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    await real.backups.write(quiz, file)
    await real.store.close(quiz)
    await real.store.delete_quiz(quiz)
    before, (change, says) = dumps(real_url), FORGED[how]
    file.write_bytes(made(gzip.decompress(file.read_bytes()).splitlines(), change))
    with pytest.raises(Unreadable, match=says):
        await real.backups.restore(file)
    assert dumps(real_url) == before


@pytest.mark.parametrize(
    "value", [b"plain", b"", b'{"a": "\xc3\xbc"}', b'{"a":', b'{"a":1}\n', b"\xff\x00", b'"', b"[1]", b"{}x", b"7"]
)
def test_every_value_comes_back_to_the_byte(value: bytes) -> None:
    text = msgspec.json.encode(backup_file.written(value))
    assert b"\n" not in text
    assert backup_file.read(msgspec.Raw(text)) == value


async def test_the_types_are_those_in_redis(real: Quizzes, real_url: str) -> None:
    with redis.Redis.from_url(real_url) as client:
        for kind in KINDS:
            quiz = await left(real, kind)
            for name in names_of(3):
                assert client.type(prefix_of(quiz) + name).decode() in ("none", type_of(name)), name


async def test_put_away_only_what_is_finished_and_proved(real: Quizzes, real_url: str, tmp_path: Path) -> None:
    quiz, file = await left(real, "plain"), tmp_path / "quiz.jsonl.gz"
    with pytest.raises(StillOpen):
        await real.backups.put_away(quiz, file)
    await real.store.close(quiz)
    await real.store.finish(quiz)
    player = (await real.store.page(quiz, 1)).rows
    await real.writer.command("ZINCRBY", Keys(quiz).board, 5, msgspec.json.decode(bytes(player))[0]["id"])
    _, verdict = await real.backups.put_away(quiz, file)
    assert verdict.wrong
    assert await real.writer.command("EXISTS", Keys(quiz).meta)
    await real.audit.rebuild(quiz)
    _, verdict = await real.backups.put_away(quiz, file)
    assert not verdict.wrong
    assert not [key for key in dumps(real_url) if quiz.encode() in key]
    await real.backups.restore(file)
    assert (await real.audit.verify(quiz)).wrong == 0


async def test_what_has_changed_since_it_was_written_stays(
    real: Quizzes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = await left(real, "plain")
    await real.store.close(quiz)
    await real.store.finish(quiz)
    verify = real.audit.verify

    async def meanwhile(quiz: str) -> Any:
        await real.store.reset(quiz)
        return await verify(quiz)

    monkeypatch.setattr(real.audit, "verify", meanwhile)
    with pytest.raises(MovedOn):
        await real.backups.put_away(quiz, tmp_path / "quiz.jsonl.gz")
    assert await real.writer.command("EXISTS", Keys(quiz).meta)
