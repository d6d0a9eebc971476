"""Connections to Redis, and what must be known about the server at the other end."""

from typing import Any

import structlog
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError as ResponseError

log = structlog.get_logger(__name__)


def connect(url: str, timeout_s: float = 2.0) -> ConnectionPool:
    """A pool for one Redis. Retries are the callers' business: redis-py would repeat every command ten times."""
    return ConnectionPool.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
    )


class Server:
    """What the server says of itself. `durable`: it confirms a write only when that is on disk."""

    def __init__(self) -> None:
        self.durable = False

    async def inspect(self, connection: AbstractConnection) -> None:
        """Ask again, for after a reconnection another server may be at the other end."""
        settings = {
            name: await self._setting(connection, name) for name in ("appendonly", "appendfsync", "maxmemory-policy")
        }
        self.durable = settings["appendonly"] == "yes" and settings["appendfsync"] == "always"
        policy = settings["maxmemory-policy"]
        if policy not in ("", "noeviction"):
            log.warning("redis_evicts", policy=policy, remedy="CONFIG SET maxmemory-policy noeviction")

    @staticmethod
    async def _setting(connection: AbstractConnection, name: str) -> str:
        """A configuration value, or '' where the server does not tell."""
        try:
            await connection.send_command("CONFIG", "GET", name)
            reply: Any = await connection.read_response(disable_decoding=True)
        except ResponseError:
            return ""
        return bytes(reply[1]).decode() if reply else ""
