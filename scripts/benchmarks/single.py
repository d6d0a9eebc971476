"""A node without the group commit, to see what that is worth: `python -m benchmarks.single HOW serve …`.

HOW is `alone`, which is the writer as it is, but with one call in each batch; or `redis-py`, where every script goes its own
way through `redis.asyncio.Redis.execute_command`, as programs usually do it.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import redis.asyncio
from redis.exceptions import NoScriptError, RedisError

from leaderboard import cli
from leaderboard.state import writer

CONNECTIONS = 50


class Plain:
    """The calls of a writer, each by itself."""

    def __init__(self, pool: Any) -> None:
        connections = redis.asyncio.BlockingConnectionPool(
            max_connections=CONNECTIONS, connection_class=pool.connection_class, **pool.connection_kwargs
        )
        self._redis: Any = redis.asyncio.Redis(connection_pool=connections)

    async def call(self, command: tuple[writer.Argument, ...], script: Any) -> Any:
        try:
            try:
                return await self._redis.execute_command(*command)
            except NoScriptError:
                return await self._redis.execute_command("EVAL", script.text, *command[2:])
        except RedisError as error:
            raise writer.refusal(error) from error


def patch(how: str) -> None:
    """Change the writer of this process."""
    if how == "alone":
        writer.MAX_BATCH = 1
        return

    def call(self: Any, script: Any, keys: Sequence[str], args: Sequence[writer.Argument]) -> "asyncio.Future[Any]":
        if not hasattr(self, "plain"):
            self.plain = Plain(self._pool)
        plain: Plain = self.plain
        return asyncio.ensure_future(plain.call(("EVALSHA", script.sha, len(keys), *keys, *args), script))

    writer.Writer.script = call  # type: ignore[method-assign]


if __name__ == "__main__":
    patch(sys.argv.pop(1))
    cli.main()
