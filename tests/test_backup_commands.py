"""`leaderboard backup`, `restore` and `verify` as an operator types them."""

import asyncio
import gzip
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import redis
from click.testing import CliRunner, Result

from leaderboard.cli import main
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.test_backup import dumps, left

T = TypeVar("T")


def on(url: str, work: Callable[[Quizzes], Awaitable[T]]) -> T:
    async def done() -> T:
        quizzes = Quizzes(url)
        quizzes.start()
        try:
            return await work(quizzes)
        finally:
            await quizzes.stop()

    return asyncio.run(done())


async def finished(quizzes: Quizzes) -> str:
    quiz = await left(quizzes, "plain")
    await quizzes.store.close(quiz)
    await quizzes.store.finish(quiz)
    return quiz


def run(*words: str | Path, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=given)


@pytest.fixture
def quiz(real_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A finished quiz, and a shell that knows where it is."""
    monkeypatch.setenv("LEADERBOARD_REDIS_URL", real_url)
    monkeypatch.chdir(tmp_path)
    return on(real_url, finished)


def test_no_file_takes_the_place_of_a_device(quiz: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = run("backup", quiz, "pipe", "--replace")
    assert done.exit_code == 1
    assert "name a file" in done.output
    assert (tmp_path / "pipe").is_fifo()


def test_from_redis_into_a_file_and_back(quiz: str, real_url: str) -> None:
    before = dumps(real_url, f"quiz:*{quiz}*")
    done = run("backup", quiz.lower(), "one.gz", "--remove")
    assert done.exit_code == 0, done.output
    assert "4 players" in done.output
    assert "removed from Redis" in done.output
    assert not dumps(real_url, f"quiz:*{quiz}*")
    proved = run("verify", "./one.gz")
    assert (proved.exit_code, "all agrees" in proved.output) == (0, True), proved.output
    back = run("restore", "one.gz", "--json")
    assert back.exit_code == 0, back.output
    said = json.loads(back.stdout)
    assert (said["quiz"], said["findings"], said["keys"]["players"]) == (quiz, 0, 4)
    assert dumps(real_url, f"quiz:*{quiz}*") == before


def test_through_a_pipe(quiz: str, real_url: str) -> None:
    piped = run("backup", quiz, "-")
    assert gzip.decompress(piped.stdout_bytes).startswith(b'{"format":1')
    on(real_url, lambda quizzes: quizzes.store.delete_quiz(quiz))
    assert run("restore", "-", given=piped.stdout_bytes).exit_code == 0
    assert run("verify", quiz).exit_code == 0


def test_scores_that_do_not_agree_are_told_and_stay(quiz: str, real_url: str) -> None:
    with redis.Redis.from_url(real_url) as client:
        [player, *_] = client.zrange(Keys(quiz).board, 0, 0)
        client.zincrby(Keys(quiz).board, 5, player)
    kept = run("backup", quiz, "one.gz", "--remove")
    assert (kept.exit_code, "the quiz stays" in kept.output) == (1, True)
    proved = run("verify", "one.gz")
    assert (proved.exit_code, proved.output.count("the board says")) == (1, 2)
    on(real_url, lambda quizzes: quizzes.store.delete_quiz(quiz))
    assert run("restore", "one.gz").exit_code == 1
    assert run("verify", quiz).output == proved.output


def refused(words: str, says: str) -> None:
    """It is one sentence and a status of 1, and no file is left."""
    there = sorted(os.listdir())
    done = run(*words.split())
    assert done.exit_code == 1, done.output
    assert says in done.output
    assert done.output.count("\n") == 1
    assert sorted(os.listdir()) == there


def test_what_cannot_be_is_said_in_a_sentence(quiz: str, real_url: str) -> None:
    run("backup", quiz, "one.gz")
    data = Path("one.gz").read_bytes()
    Path("cut.gz").write_bytes(data[:-9])
    Path("text.gz").write_bytes(b"Hello")
    before = dumps(real_url)
    refused(f"backup {quiz} one.gz", "exists already")
    refused(f"backup {quiz} nowhere/one.gz", "No such file or directory")
    refused(f"backup {quiz} /proc/one.gz", "/proc/one.gz: ")
    refused("backup NOBODY two.gz", "no quiz")
    refused("restore one.gz", f"a quiz {quiz} already")
    refused("restore none.gz", "none.gz: No such file")
    for name in ("restore cut.gz", "verify cut.gz", "restore text.gz", "verify text.gz"):
        refused(name, "cut off")
    refused("verify none.gz", "none.gz: No such file")
    assert run("backup", quiz, "-", "--remove").exit_code == 2
    assert dumps(real_url) == before
    assert run("backup", quiz, "one.gz", "--replace").exit_code == 0


@pytest.mark.parametrize(
    ("begin", "end", "says"),
    [
        ("CONFIG SET maxmemory 1mb", "CONFIG SET maxmemory 0", "is full"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "a replica"),
    ],
)
def test_a_redis_that_takes_no_writes(quiz: str, real_url: str, begin: str, end: str, says: str) -> None:
    run("backup", quiz, "one.gz", "--remove")
    before = dumps(real_url)
    with redis.Redis.from_url(real_url) as client:
        client.execute_command(*begin.split())
        try:
            refused("restore one.gz", says)
        finally:
            client.execute_command(*end.split())
    assert dumps(real_url) == before
    assert run("restore", "one.gz").exit_code == 0
