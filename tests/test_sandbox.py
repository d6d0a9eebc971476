"""Files of strangers are read in a process of its own, which can do no harm."""

import asyncio
import os
from pathlib import Path

import pytest

from leaderboard import sandbox
from leaderboard.errors import Busy, Refusal, TooLarge, UnknownFormat
from leaderboard.sandbox import MOST, MOST_MEMORY, MOST_OF_ONE, ReadFile, Sandbox, died

QUIZ = b'title = "x"\n[[questions]]\ntext = "1 + 1?"\ntype = "number"\nanswer = [2]\n'

pytestmark = pytest.mark.anyio


def children() -> set[int]:
    """The processes of sandboxes that this one has started."""
    return {int(it) for it in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


async def test_what_is_read_there_comes_back() -> None:
    done = await Sandbox().run(ReadFile(name="one.toml", title="Given"), QUIZ, "ana")
    assert (done.quiz.title, done.quiz.questions[0].answer, done.report.found) == ("Given", [2], 1)


async def test_what_it_refuses_comes_back_too() -> None:
    with pytest.raises(UnknownFormat, match="none of"):
        await Sandbox().run(ReadFile(), b"A letter.", "ana")


async def test_modules_that_lie_beside_a_file_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("csv", "zipfile", "msgspec", "tomllib"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    assert (await Sandbox().run(ReadFile(), QUIZ, "ana")).report.imported == 1
    assert not (tmp_path / "ran").exists()


async def test_memory_is_bounded() -> None:
    many = b'{"title": "x", "questions": [' + b"{}," * 3_000_000 + b"{}]}"
    with pytest.raises(TooLarge, match=f"{MOST_MEMORY >> 20} MB"):
        await Sandbox().run(ReadFile(), many, "ana")


async def test_time_is_bounded_and_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    monkeypatch.setattr(sandbox, "MOST_SECONDS", 0.01)
    with pytest.raises(TooLarge, match="longer than"):
        await Sandbox().run(ReadFile(), QUIZ, "ana")
    assert children() <= before


async def test_who_does_not_wait_leaves_no_process() -> None:
    before = children()
    task = asyncio.create_task(Sandbox().run(ReadFile(), QUIZ, "ana"))
    while children() <= before:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before


async def test_few_processes_run_and_few_wait() -> None:
    before, box = children(), Sandbox()
    tasks = [asyncio.create_task(box.run(ReadFile(), QUIZ, str(number % 9))) for number in range(MOST + 1)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, len(children() - before))
        await asyncio.sleep(0.001)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert most == sandbox.MOST_AT_ONCE
    assert [type(it) for it in results if isinstance(it, BaseException)] == [Busy]
    assert (await box.run(ReadFile(), QUIZ, "ana")).report.imported == 1


async def test_nobody_keeps_others_out() -> None:
    box = Sandbox()
    results = await asyncio.gather(
        *(box.run(ReadFile(), QUIZ, who) for who in ["ana"] * 9 + ["ben"]), return_exceptions=True
    )
    assert [isinstance(it, Busy) for it in results] == [False] * MOST_OF_ONE + [True] * 7 + [False]


async def test_it_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADERBOARD_ADMIN_TOKEN", "secret")
    process = await sandbox.started()
    try:
        environment = await asyncio.to_thread(Path(f"/proc/{process.pid}/environ").read_bytes)
        assert b"PATH" in environment
        assert b"secret" not in environment
    finally:
        await sandbox.end(process)


def test_a_mistake_of_ours_is_no_refusal() -> None:
    assert isinstance(died(-6, b""), TooLarge)
    assert isinstance(died(sandbox.OUT_OF_MEMORY, b""), TooLarge)
    assert not isinstance(died(1, b"Traceback:\nKeyError: 'x'"), Refusal)
