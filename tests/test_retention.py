"""Finished quizzes leave Redis when their time is over, and no others."""

import asyncio
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from leaderboard.cli import main
from leaderboard.state import retention
from leaderboard.state.keys import ARCHIVING, Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.retention import Retention, check_retention
from tests.nodes import Nodes
from tests.test_deletion import QUIZ
from tests.waiting import LONG_S

pytestmark = pytest.mark.anyio


async def finished(quizzes: Quizzes, days_ago: float) -> str:
    quiz = (await quizzes.store.create(QUIZ)).id
    ana = await quizzes.store.join(quiz, "Ana")
    await quizzes.store.open(quiz, 0)
    await quizzes.store.answer(quiz, ana.id, 0, [1])
    await quizzes.store.close(quiz)
    await quizzes.store.finish(quiz)
    now = await quizzes.series.now()
    await quizzes.writer.command("HSET", Keys(quiz).meta, "finished_at", now - int(days_ago * 86_400_000))
    return quiz


def keeping(quizzes: Quizzes, folder: Path | str, days: int = 7, node: str = "one") -> Retention:
    return Retention(quizzes.writer, quizzes.store, quizzes.backups, node, days, str(folder))


async def there(quizzes: Quizzes, quiz: str) -> bool:
    return bool(await quizzes.writer.command("EXISTS", Keys(quiz).meta))


async def test_what_is_old_and_finished_goes_into_a_file(quizzes: Quizzes, tmp_path: Path) -> None:
    old, new = await finished(quizzes, 7.01), await finished(quizzes, 6.99)
    again = await finished(quizzes, 100)
    await quizzes.store.reset(again)
    lobby = (await quizzes.store.create(QUIZ)).id
    epoch = await quizzes.writer.command("HGET", Keys(old).meta, "epoch")
    keeps = keeping(quizzes, tmp_path)
    assert await keeps.turn() == 1
    assert os.listdir(tmp_path) == [f"{old}-{epoch.decode()}.jsonl.gz"]
    assert [await there(quizzes, quiz) for quiz in (old, new, again, lobby)] == [False, True, True, True]
    assert await keeps.turn() == 0
    await quizzes.backups.restore(tmp_path / os.listdir(tmp_path)[0])
    assert (await quizzes.audit.verify(old)).wrong == 0
    assert await keeps.turn() == 1  # over the file of the first time


async def test_one_node_at_a_time(quizzes: Quizzes, tmp_path: Path) -> None:
    quiz = await finished(quizzes, 8)
    one, two = keeping(quizzes, tmp_path), keeping(quizzes, tmp_path, node="two")
    await quizzes.writer.command("SET", ARCHIVING, "two", "PX", 60_000)
    assert await one.turn() == 0
    assert await there(quizzes, quiz)
    assert await two.turn() == 1
    await quizzes.writer.command("DEL", ARCHIVING)
    assert await one.turn() == 0
    assert await quizzes.writer.command("GET", ARCHIVING) == b"one"
    assert 0 < await quizzes.writer.command("PTTL", ARCHIVING) <= 60_000


async def test_a_clock_that_is_set_back_keeps_nobody_waiting(quizzes: Quizzes, tmp_path: Path) -> None:
    await quizzes.writer.command("SET", ARCHIVING, "dead", "PX", 3_600_000)
    assert await keeping(quizzes, tmp_path).turn() == 0
    assert 0 < await quizzes.writer.command("PTTL", ARCHIVING) <= 60_000


async def test_what_a_node_left_that_died_while_it_wrote_goes(quizzes: Quizzes, tmp_path: Path) -> None:
    quiz = await finished(quizzes, 8)
    epoch = (await quizzes.writer.command("HGET", Keys(quiz).meta, "epoch")).decode()
    (tmp_path / f".{quiz}-{epoch}.jsonl.gz.abcd_123.part").write_bytes(b"half")
    assert await keeping(quizzes, tmp_path).turn() == 1
    assert os.listdir(tmp_path) == [f"{quiz}-{epoch}.jsonl.gz"]


async def test_what_cannot_be_proved_or_written_stays(quizzes: Quizzes, tmp_path: Path) -> None:
    wrong, right = await finished(quizzes, 8), await finished(quizzes, 8)
    await quizzes.writer.command("ZADD", Keys(wrong).board, 5, "nobody")
    assert await keeping(quizzes, "/dev/null/archive").turn() == 0
    assert await keeping(quizzes, tmp_path / "new" / "archive").turn() == 1
    assert [await there(quizzes, quiz) for quiz in (wrong, right)] == [True, False]


async def test_keys_of_others_keep_nothing_in_redis(quizzes: Quizzes, tmp_path: Path) -> None:
    for foreign in ("quiz:{../up}:meta", b"quiz:{\xff}:meta"):
        await quizzes.writer.command("HSET", foreign, "phase", "finished", "epoch", "1", "finished_at", "1")
    await quizzes.writer.command("SET", "quiz:{TEXT}:meta", "not ours either")
    await finished(quizzes, 8)
    assert await keeping(quizzes, tmp_path / "archive").turn() == 1
    assert len(os.listdir(tmp_path / "archive")) == 1


async def test_deleted_only_where_that_was_asked_for(quizzes: Quizzes, tmp_path: Path) -> None:
    quiz = await finished(quizzes, 8)
    assert await keeping(quizzes, "none").turn() == 1
    assert not await there(quizzes, quiz)


async def test_a_turn_is_bounded_and_the_next_goes_on(
    quizzes: Quizzes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "KEYS_AT_ONCE", 1)
    made = [await finished(quizzes, 8) for _ in range(8)]
    keeps, turns = keeping(quizzes, tmp_path), 0
    async with asyncio.timeout(LONG_S):
        while any([await there(quizzes, quiz) for quiz in made]):
            await keeps.turn()
            turns += 1
    assert turns > 2


@pytest.mark.parametrize(
    ("days", "folder", "says"),
    [
        (1, "", "needs LEADERBOARD_ARCHIVE_DIR"),
        (1, "/dev/null/archive/of/all", "nothing can be written to /dev/null;"),
        (0, "", ""),
        (9, "none", ""),
    ],
)
def test_settings_that_do_not_fit_together(days: int, folder: str, says: str) -> None:
    if says:
        with pytest.raises(ValueError, match=says):
            check_retention(days, folder)
    else:
        check_retention(days, folder)


def test_looking_at_the_settings_makes_no_folder(tmp_path: Path) -> None:
    check_retention(1, str(tmp_path / "new" / "archive"))
    assert os.listdir(tmp_path) == []


def test_a_node_says_so_before_it_starts() -> None:
    done = CliRunner().invoke(main, ["serve"], env={"LEADERBOARD_KEEP_DAYS": "3"})
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "needs LEADERBOARD_ARCHIVE_DIR" in done.output


async def test_a_node_does_it_by_itself(nodes: Nodes, real_url: str, tmp_path: Path) -> None:
    quizzes = Quizzes(real_url)
    quizzes.start()
    quiz = await finished(quizzes, 2)
    nodes.start(keep_days="1", archive_dir=str(tmp_path / "archive"))
    async with asyncio.timeout(40):
        while await there(quizzes, quiz):
            await asyncio.sleep(0.1)
    await quizzes.stop()
    assert [name.partition("-")[0] for name in os.listdir(tmp_path / "archive")] == [quiz]
