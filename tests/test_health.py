"""Whether a node should be given work, why not, and how its ear for Redis heals."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import redis
from redis.asyncio.connection import ConnectionPool
from structlog.testing import capture_logs

from leaderboard import counts
from leaderboard.live import feed as feed_module
from leaderboard.live.feed import Feed
from leaderboard.live.hub import Room
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.redis import connect
from tests.nodes import hello
from tests.proxy import Proxy
from tests.test_sockets import QUIZ, Inside, serving
from tests.waiting import until

pytestmark = pytest.mark.anyio


class Ear:
    """A feed of its own, which follows one room, and what it was called for."""

    def __init__(self, pool: ConnectionPool, quizzes: Quizzes) -> None:
        self.resynced: list[str] = []
        self.feed = Feed(pool, quizzes.writer, lambda quiz, payload: None, self.resync)

    async def resync(self, quiz: str) -> None:
        self.resynced.append(quiz)


@pytest.fixture
async def quizzes(real_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Quizzes]:
    monkeypatch.setattr(feed_module, "PROBE_EVERY_S", 0.05)
    monkeypatch.setattr(feed_module, "DEAF_S", 0.5)
    quizzes = Quizzes(real_url)
    quizzes.start()
    yield quizzes
    await quizzes.stop()


async def listening(url: str, quizzes: Quizzes) -> Ear:
    ear = Ear(connect(url), quizzes)
    ear.feed.start()
    await until(lambda: ear.feed.works)
    ear.feed.follow(Room("ABC"))
    await until(lambda: ear.resynced == ["ABC"])
    return ear


async def test_a_connection_that_falls_silent_is_replaced(quizzes: Quizzes, real_url: str) -> None:
    with Proxy(real_url) as proxy:
        ear = await listening(proxy.url, quizzes)
        proxy.hush()
        await until(lambda: not ear.feed.works)
        assert ear.feed.keeps  # that is another connection
        await until(lambda: ear.feed.works)
        await until(lambda: ear.resynced == ["ABC", "ABC"])
        await ear.feed.stop()


async def test_a_new_connection_is_probed_at_once(
    quizzes: Quizzes, real_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(real_url) as proxy:
        ear = await listening(proxy.url, quizzes)
        monkeypatch.setattr(feed_module, "PROBE_EVERY_S", 60)
        proxy.hush()
        await until(lambda: ear.resynced == ["ABC", "ABC"])
        await until(lambda: ear.feed.works)
        await ear.feed.stop()


async def test_a_connection_that_redis_ends_is_replaced(quizzes: Quizzes, real_url: str) -> None:
    ear = await listening(real_url, quizzes)
    with redis.Redis.from_url(real_url) as client:
        assert client.execute_command("CLIENT", "KILL", "TYPE", "pubsub") == 1
    await until(lambda: ear.resynced == ["ABC", "ABC"])
    await ear.feed.stop()


async def test_that_redis_is_away_is_said_once(quizzes: Quizzes, real_url: str) -> None:
    with capture_logs() as logged:
        with Proxy(real_url) as proxy:
            ear = await listening(proxy.url, quizzes)
            lost = counts.feed_lost[()]
        await until(lambda: counts.feed_lost[()] >= lost + 3)
        await ear.feed.stop()
    assert [line["event"] for line in logged].count("feed_lost") == 1


async def test_what_was_lost_between_two_probes_is_looked_up(quizzes: Quizzes, real_url: str) -> None:
    ear = await listening(real_url, quizzes)
    with redis.Redis.from_url(real_url) as client:
        [probe] = client.keys("probe:*")
        client.publish(probe, 1_000_000)
    await until(lambda: ear.resynced == ["ABC", "ABC"])
    heard_at = ear.feed._heard_at
    await until(lambda: ear.feed._heard_at > heard_at)  # its own, which goes on with less
    assert ear.resynced == ["ABC", "ABC"]
    await ear.feed.stop()


async def ready(node: Inside) -> tuple[int, dict[str, Any]]:
    async with httpx2.AsyncClient() as client:
        reply = await client.get(f"http://127.0.0.1:{node.port}/readyz")
        return reply.status_code, reply.json()


async def until_ready(node: Inside, checks: dict[str, str]) -> None:
    status = 200 if set(checks.values()) == {"ok"} else 503
    wanted = status, {"status": "ok" if status == 200 else "unready", "checks": checks}
    async with asyncio.timeout(20):
        while await ready(node) != wanted:
            await asyncio.sleep(0.02)


WELL = {"redis": "ok", "feed": "ok", "node": "ok", "places": "ok"}


async def test_a_node_says_what_is_wrong_with_it(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PROBE_EVERY_S", 0.05)
    monkeypatch.setattr(feed_module, "DEAF_S", 0.5)
    with Proxy(real_url) as proxy, redis.Redis.from_url(real_url) as client:
        async with serving(proxy.url, max_sockets=1) as node:
            await until_ready(node, WELL)
            quiz = (await node.store.create(QUIZ)).id
            async with node.live(quiz) as socket:
                await hello(socket)
                await until_ready(node, WELL | {"places": "full"})
            client.config_set("maxmemory", "1")
            try:
                await until_ready(node, WELL | {"redis": "refuses_writes", "feed": "deaf"})
            finally:
                client.config_set("maxmemory", "0")
            await until_ready(node, WELL)
            proxy.mute = True
            await until_ready(node, WELL | {"redis": "away", "feed": "deaf"})
            async with asyncio.timeout(3), httpx2.AsyncClient() as http:  # nobody waits for Redis, which would take 5 s
                assert (await http.get(f"http://127.0.0.1:{node.port}/livez")).status_code == 200
                await ready(node)
            proxy.mute = False
            await until_ready(node, WELL)
