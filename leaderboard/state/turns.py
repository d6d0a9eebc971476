"""Long work on the event loop of a node, where answers wait meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from leaderboard.errors import Busy

MOST_WAITING = 10
REST_S = 0.1  # at most


class Turns:
    """One after the other, and after each a rest as long as it took, so that others come between."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Raises Busy."""
        if self._waiting >= MOST_WAITING:
            raise Busy("Too many large quizzes are being worked on; try again later.")
        self._waiting += 1
        try:
            async with self._lock:
                began = time.monotonic()
                yield
                await asyncio.sleep(min(time.monotonic() - began, REST_S))
        finally:
            self._waiting -= 1
