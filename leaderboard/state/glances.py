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
    while True:
        pubsub = PubSub(pool)
        try:
            await pubsub.subscribe(Keys(quiz).feed)
            while True:
                yield
                await asyncio.sleep(AT_MOST_EVERY_S)
                await pubsub.get_message(timeout=AT_LEAST_EVERY_S)
                while await pubsub.get_message(timeout=0) is not None:
                    pass
        except (RedisError, OSError):
            yield
            await asyncio.sleep(AT_LEAST_EVERY_S / 5)
        finally:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
