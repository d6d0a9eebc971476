"""The group commit, and what it does when Redis does not."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import pytest
import redis
from redis.exceptions import ResponseError

from leaderboard.counts import calls_late
from leaderboard.errors import Busy, NotOpen
from leaderboard.state import writer as module
from leaderboard.state.redis import Server, connect
from leaderboard.state.scripts import Script
from leaderboard.state.writer import Writer
from tests.proxy import Proxy

pytestmark = pytest.mark.anyio

COUNT = Script("count", "return redis.call('INCR', KEYS[1])")
ONCE = Script("once", "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])")
NO = Script("no", "return redis.error_reply('NOT_OPEN as the script says')")
WRONG = Script("wrong", "return redis.call('INCR')")
TWICE = Script(
    "twice",
    """if redis.call('INCR', KEYS[1]) == 1 then return redis.error_reply('TRYAGAIN a slot is on its way') end
    return 'done'""",
)


@contextlib.asynccontextmanager
async def writing(url: str, deadline_s: float = 5.0, timeout_s: float = 2.0) -> AsyncIterator[Writer]:
    writer = Writer(connect(url, timeout_s), deadline_s, timeout_s)
    writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


@contextlib.asynccontextmanager
async def proxied(url: str, deadline_s: float = 5.0, timeout_s: float = 2.0) -> AsyncIterator[tuple[Proxy, Writer]]:
    with Proxy(url) as proxy:
        async with writing(proxy.url, deadline_s, timeout_s) as writer:
            yield proxy, writer


async def test_one_turn_is_one_batch(redis_url: str) -> None:
    async with writing(redis_url) as writer:
        await writer.command("PING")
        before = writer.batches
        counts = await asyncio.gather(*(writer.script(COUNT, ["n"], []) for _ in range(500)))
        assert sorted(counts) == list(range(1, 501))
        assert writer.batches == before + 1


async def test_scripts_are_loaded_when_they_are_missing(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        async with writing(redis_url) as writer:
            for expected in (1, 101):
                counts = await asyncio.gather(*(writer.script(COUNT, ["n"], []) for _ in range(100)))
                assert sorted(counts) == list(range(expected, expected + 100))
                client.script_flush()


async def test_scripts_that_vanish_again_and_again(real_url: str) -> None:
    """Also between the text that loads a script and the calls behind it."""
    ending = threading.Event()

    def flush() -> None:
        with redis.Redis.from_url(real_url) as client:
            while not ending.is_set():
                client.script_flush()

    flushing = threading.Thread(target=flush)
    flushing.start()
    try:
        async with writing(real_url) as writer:
            for _ in range(20):
                calls = [writer.script(ONCE, ["x"], [n]) for n in range(100)]
                assert [int(reply) for reply in await asyncio.gather(*calls)] == list(range(100))
    finally:
        ending.set()
        flushing.join()


async def test_refusals_and_defects(redis_url: str) -> None:
    async with writing(redis_url) as writer:
        replies = await asyncio.gather(
            writer.script(NO, [], []),
            writer.script(WRONG, [], []),
            writer.script(COUNT, ["n"], []),
            return_exceptions=True,
        )
        assert isinstance(replies[0], NotOpen)
        assert replies[0].detail == "as the script says"
        assert isinstance(replies[1], ResponseError)
        assert replies[2] == 1


async def test_what_passes_by_itself_is_tried_again(redis_url: str) -> None:
    async with writing(redis_url) as writer:
        assert await writer.script(TWICE, ["n"], []) == b"done"


async def test_redis_without_memory_is_busy_and_says_so_once(real_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(module.log, "error", lambda event, **facts: complaints.append(event))
    with redis.Redis.from_url(real_url) as client:
        async with writing(real_url) as writer:
            client.config_set("maxmemory", "1mb")
            try:
                calls = [writer.script(COUNT, ["n"], []) for _ in range(100)]
                results = await asyncio.gather(*calls, return_exceptions=True)
            finally:
                client.config_set("maxmemory", "0")
            assert {type(result) for result in results} == {Busy}
            assert complaints == ["redis_refuses_writes"]
            assert await writer.script(COUNT, ["n"], []) == 1


async def test_a_cut_connection_is_made_anew(redis_url: str) -> None:
    async with proxied(redis_url) as (proxy, writer):
        for number in range(5):
            call = writer.script(ONCE, ["x"], [number])
            proxy.cut()
            assert int(await call) == number
        assert proxy.connections > 1


async def test_lost_replies_end_in_one_result(redis_url: str) -> None:
    async with proxied(redis_url, timeout_s=0.2) as (proxy, writer):
        await writer.command("PING")
        proxy.mute = True
        call = writer.script(ONCE, ["x"], ["kept"])
        await asyncio.sleep(0.1)
        with redis.Redis.from_url(redis_url) as client:
            assert client.get("x") == b"kept"  # it has happened, and nobody knows
        proxy.mute = False
        assert await call == b"kept"


async def test_without_redis_everything_is_refused_in_time(redis_url: str) -> None:
    async with proxied(redis_url, deadline_s=0.5, timeout_s=2.0) as (proxy, writer):
        await writer.command("PING")
        proxy.mute = True
        loop = asyncio.get_running_loop()
        began, late = loop.time(), calls_late[()]
        calls = [writer.script(COUNT, ["n"], []) for _ in range(10)]
        await asyncio.sleep(0.1)
        calls += [writer.script(COUNT, ["n"], []) for _ in range(10)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {Busy}
        assert loop.time() - began < 1.5  # long before the time-out of the connection
        assert calls_late[()] == late + 20
        proxy.mute = False
        proxy.cut()
        assert await writer.command("PING") == b"PONG"


async def test_a_server_that_comes_back_late(redis_url: str) -> None:
    async with proxied(redis_url) as (proxy, writer):
        proxy.refuse = True
        call = writer.command("PING")
        await asyncio.sleep(0.5)
        assert not call.done()
        proxy.refuse = False
        assert await call == b"PONG"


async def test_the_queue_is_bounded(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    async with writing(redis_url) as writer:
        calls = [writer.command("PING") for _ in range(10)]
        with pytest.raises(Busy):
            writer.command("PING")
        assert await asyncio.gather(*calls) == [b"PONG"] * 10


async def test_who_has_gone_is_not_waited_for(redis_url: str) -> None:
    async with writing(redis_url) as writer:
        calls = [writer.script(COUNT, ["n"], []) for _ in range(3)]
        calls[1].cancel()
        assert (await calls[0], await calls[2]) == (1, 3)


async def test_durable_is_what_the_server_says(redis_url: str, request: pytest.FixtureRequest) -> None:
    server = Server()
    writer = Writer(connect(redis_url))
    writer.on_connect = server.inspect
    writer.start()
    await writer.command("PING")
    assert server.durable == (redis_url == request.getfixturevalue("real_redis"))
    await writer.stop()


async def test_durable_is_asked_again_after_a_reconnection(real_url: str) -> None:
    server = Server()
    with redis.Redis.from_url(real_url) as client:
        async with proxied(real_url) as (proxy, writer):
            writer.on_connect = server.inspect
            await writer.command("PING")
            proxy.cut()
            await writer.command("PING")
            assert server.durable
            client.config_set("appendfsync", "everysec")
            try:
                proxy.cut()
                await writer.command("PING")
                assert not server.durable
            finally:
                client.config_set("appendfsync", "always")


async def test_it_stops_while_it_connects(redis_url: str) -> None:
    for turn in range(20):
        writer = Writer(connect(redis_url))
        writer.start()
        await asyncio.sleep(turn * 0.0002)
        async with asyncio.timeout(2):
            await writer.stop()
        assert all(task.done() for task in writer._tasks)
