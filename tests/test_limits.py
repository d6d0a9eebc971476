"""Token buckets: what they let through, on both servers and from several nodes at once."""

import asyncio

import pytest

from leaderboard.errors import RateLimited
from leaderboard.state.limits import Limits
from leaderboard.state.policies import Policy, read_policies
from leaderboard.state.quizzes import Quizzes

pytestmark = pytest.mark.anyio

POLICIES = {"few": Policy("few", 5, 60), "fast": Policy("fast", 10, 1), "one": Policy("one", 1, 60)}


@pytest.fixture
def limits(quizzes: Quizzes) -> Limits:
    return Limits(quizzes.writer, POLICIES)


async def taken(limits: Limits, name: str, subject: str = "a", times: int = 20) -> int:
    """How many of so many requests at once get through."""
    replies = await asyncio.gather(
        *(limits.spend(limits.bucket(name, subject)) for _ in range(times)), return_exceptions=True
    )
    assert all(reply is None or isinstance(reply, RateLimited) or hasattr(reply, "tokens") for reply in replies), (
        replies
    )
    return sum(not isinstance(reply, RateLimited) for reply in replies)


async def test_as_many_as_the_quota_and_no_more(limits: Limits, quizzes: Quizzes) -> None:
    assert await taken(limits, "few") == 5
    assert await taken(limits, "few", "b") == 5
    assert await taken(Limits(quizzes.writer, POLICIES), "few") == 0  # another node knows it too


async def test_it_is_filled_again(limits: Limits) -> None:
    assert await taken(limits, "fast") == 10
    await asyncio.sleep(0.35)
    assert 3 <= await taken(limits, "fast") <= 8


async def test_what_is_left(limits: Limits) -> None:
    left = await limits.spend(limits.bucket("few", "a"))
    assert left is not None
    assert (left.tokens, left.more_in_s) == (4, 0)
    await taken(limits, "few", times=4)
    with pytest.raises(RateLimited) as refused:
        await limits.spend(limits.bucket("few", "a"))
    assert 10 < refused.value.wait_s <= 12
    assert refused.value.policy == "few"


async def test_all_or_none(limits: Limits) -> None:
    await limits.spend(limits.bucket("one", "a"))
    for _ in range(10):
        with pytest.raises(RateLimited):
            await limits.spend(limits.bucket("few", "a") + limits.bucket("one", "a"))
    assert await taken(limits, "few") == 5


async def test_looking_costs_nothing_and_force_makes_debts(limits: Limits) -> None:
    for _ in range(20):
        await limits.spend(limits.bucket("few", "a", 0))
    for _ in range(20):
        await limits.spend(limits.bucket("few", "a"), forced=True)
    with pytest.raises(RateLimited) as refused:
        await limits.spend(limits.bucket("few", "a", 0))
    assert 60 < refused.value.wait_s <= 72  # the debt is bounded by another window


async def test_a_clock_that_is_set_back_locks_nobody_out(limits: Limits, quizzes: Quizzes) -> None:
    [bucket] = limits.bucket("few", "a")
    seconds, _ = await quizzes.writer.command("TIME")
    await quizzes.writer.command("SET", bucket.key, (int(seconds) + 3600) * 1_000_000)
    assert await taken(limits, "few") == 5


async def test_a_flood_costs_redis_nothing(limits: Limits, quizzes: Quizzes) -> None:
    await taken(limits, "few")
    before = quizzes.writer.batches
    for _ in range(1000):
        with pytest.raises(RateLimited):
            await limits.spend(limits.bucket("few", "a"))
    assert quizzes.writer.batches == before


async def test_no_policy_no_limit(limits: Limits) -> None:
    assert limits.bucket("unheard", "a") == []
    assert await limits.spend([]) is None


def test_policies_as_text() -> None:
    assert read_policies("off") == {}
    assert read_policies("address=7/9, key=off")["address"] == Policy("address", 7, 9)
    assert "key" not in read_policies("key=off")
    for wrong in (
        "address",
        "address=0/1",
        "address=1",
        "nobody=1/1",
        "address=-1/1",
        "address=10000000/1",
        "key=1/1000000",
        "key=²/1",
    ):
        with pytest.raises(ValueError, match="NAME=QUOTA/SECONDS"):
            read_policies(wrong)
