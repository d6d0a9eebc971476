"""Long work comes in turns, and others come between."""

import asyncio

import pytest

from leaderboard.errors import Busy
from leaderboard.state import turns
from leaderboard.state.turns import MOST_WAITING, Turns

pytestmark = pytest.mark.anyio


async def test_one_after_the_other_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "REST_S", 0.001)
    of, working, most = Turns(), 0, 0

    async def work() -> None:
        nonlocal working, most
        async with of.take():
            working += 1
            most = max(most, working)
            await asyncio.sleep(0.001)
            working -= 1

    done = await asyncio.gather(*(work() for _ in range(MOST_WAITING + 3)), return_exceptions=True)
    assert most == 1
    assert [type(it) for it in done if it is not None] == [Busy] * 3
    await work()  # nobody waits any more


async def test_after_each_there_is_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    sleep = asyncio.sleep

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        await sleep(0)

    async with Turns().take():
        await sleep(0.01)
        monkeypatch.setattr(asyncio, "sleep", rest)
    assert [0.005 < it <= turns.REST_S for it in rests] == [True]
