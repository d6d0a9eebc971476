"""One timer a quiz, which does not give up."""

import asyncio

import pytest

from leaderboard.errors import Busy, NoSuchQuiz
from leaderboard.state import timers
from leaderboard.state.timers import Timers

pytestmark = pytest.mark.anyio


class Script:
    """Gives these results, one a call."""

    def __init__(self, *results: int | Exception) -> None:
        self.results = list(results)
        self.times: list[float] = []

    async def __call__(self, quiz: str) -> int:
        self.times.append(asyncio.get_running_loop().time())
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


async def all_done(script: Script) -> None:
    async with asyncio.timeout(2):
        while script.results:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)


async def test_until_there_is_nothing_to_wait_for() -> None:
    script = Script(20, 20, 0)
    Timers(script).later("Q", 10)
    await all_done(script)
    assert len(script.times) == 3


async def test_busy_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "RETRY_MS", 20)
    script = Script(Busy(), Busy(), 0)
    Timers(script).later("Q", 10)
    await all_done(script)
    assert len(script.times) == 3


async def test_a_defect_does_not_end_the_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "RETRY_MS", 2)
    script = Script(ValueError("a defect"), 0)
    Timers(script).later("Q", 10)
    await all_done(script)
    assert len(script.times) == 2


async def test_a_quiz_that_is_gone_is_forgotten() -> None:
    script = Script(NoSuchQuiz())
    Timers(script).later("Q", 10)
    await all_done(script)
    assert len(script.times) == 1


async def test_the_earliest_of_several_counts() -> None:
    script = Script(0)
    waiting = Timers(script)
    began = asyncio.get_running_loop().time()
    for wait_ms in (10_000, 30, 20_000, 0):
        waiting.later("Q", wait_ms)
    await all_done(script)
    assert 0.02 < script.times[0] - began < 1


async def test_stopped() -> None:
    script = Script(0)
    waiting = Timers(script)
    waiting.later("Q", 10)
    waiting.stop()
    await asyncio.sleep(0.05)
    assert not script.times


async def test_stopped_while_it_acts() -> None:
    """It does not come again."""
    calls = 0

    async def act(quiz: str) -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.03)
        return 10

    waiting = Timers(act)
    waiting.later("Q", 1)
    async with asyncio.timeout(2):
        while not calls:
            await asyncio.sleep(0.001)
    waiting.stop()
    await asyncio.sleep(0.1)
    assert calls == 1
