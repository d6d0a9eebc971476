"""When it is time to look at a quiz again, for who follows it without being a node."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from redis.asyncio.client import PubSub
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError

from leaderboard.state.keys import Keys

AT_LEAST_EVERY_S = 5.0  # for pub/sub forgets
AT_MOST_EVERY_S = 0.2


async def glances(pool: ConnectionPool, quiz: str) -> AsyncGenerator[None, None]:
    """Now, and soon after something of it was published; for ever, also while Redis is away."""
    published = asyncio.Event()
    hearing = asyncio.create_task(hear(pool, quiz, published))
    try:
        while True:
            yield
            await asyncio.sleep(AT_MOST_EVERY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AT_LEAST_EVERY_S):
                    await published.wait()
            published.clear()
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def hear(pool: ConnectionPool, quiz: str, published: asyncio.Event) -> None:
    """Note all that comes, for ever; also that one may have missed something."""
    while True:
        pubsub = PubSub(pool)
        try:
            await pubsub.subscribe(Keys(quiz).feed)
            while True:
                if await pubsub.get_message(timeout=AT_LEAST_EVERY_S):
                    published.set()
        except (RedisError, OSError):
            await asyncio.sleep(AT_MOST_EVERY_S)
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
