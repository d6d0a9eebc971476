"""Waiting for what will be so, and no longer than anybody would."""

import asyncio
import time
from collections.abc import Callable

LONG_S = 20.0


def poll(true: Callable[[], object], within_s: float = LONG_S) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def until(true: Callable[[], object]) -> None:
    """Likewise, while others go on."""
    async with asyncio.timeout(LONG_S):
        while not true():
            await asyncio.sleep(0.01)
