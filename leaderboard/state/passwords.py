"""Passwords: Argon2id in threads of its own, which leave the processor to whoever answers."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from leaderboard.errors import Busy
from leaderboard.quiz.accounts import MAX_PASSWORD, clean_password, normal_password

MAX_WAITING = 256  # passwords that wait for a thread; one takes some 20 ms of a core
NICE = 10

T = TypeVar("T")

# OWASP's Password Storage Cheat Sheet, its second profile: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# The hash of no password, at the same cost.
NOBODYS = f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}${'A' * 22}${'A' * 43}"


class Passwords:
    """Hashes and verifies. Both raise Busy when too many wait."""

    def __init__(self, threads: int | None = None) -> None:
        count = threads or max((os.cpu_count() or 1) // 2, 1)
        self._threads = ThreadPoolExecutor(count, "passwords", initializer=step_back)
        self._waiting = 0

    def stop(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """What is kept of a new password. Raises WeakPassword."""
        return await self._do(HASHER.hash, clean_password(password))

    async def rehash(self, password: str) -> str:
        """The same for a password that is known to be right, at today's cost."""
        return await self._do(HASHER.hash, normal_password(password))

    async def verify(self, hash: str | None, password: str) -> bool:
        """Whether this is the password. None, for an account that is not there: no, and it takes as long."""
        known = NOBODYS if hash is None or len(password) > MAX_PASSWORD else hash
        return await self._do(fits, known, normal_password(password[: MAX_PASSWORD + 1]))

    @staticmethod
    def needs_rehash(hash: str) -> bool:
        """Whether it was made at another cost than today's."""
        return HASHER.check_needs_rehash(hash)

    async def _do(self, work: Callable[..., T], *args: str) -> T:
        if self._waiting >= MAX_WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1


def fits(hash: str, password: str) -> bool:
    try:
        return HASHER.verify(hash, password)
    except (VerificationError, InvalidHashError):
        return False


def step_back() -> None:
    """On Linux each thread has a priority of its own."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
