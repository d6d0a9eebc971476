"""How much of what anybody may do: token buckets in Redis, the same for all nodes.

A bucket that is known to be empty is remembered by the node until it has a token again, so that a flood costs Redis nothing.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from weakref import WeakValueDictionary

from msgspec import Struct

from leaderboard.errors import RateLimited, Refusal, Unauthorized
from leaderboard.state.policies import Policy
from leaderboard.state.writer import Argument, Writer

REMEMBERED = 10_000  # empty buckets, and bad tokens
BAD_S = 10.0
JOINING = re.compile(rb"/v1/quizzes/[^/]+/players")
PIN = re.compile(rb"/v1/(?:codes/[0-9]{6}|quizzes/[0-9]{6}/players)")
MAX_AUTHORIZATION = 256
AT_ONCE = 4  # guesses of an address, of which the bucket does not know yet


class Bucket(Struct, frozen=True):
    """A policy for one subject: an address, an account. `cost` 0 only looks whether there is something left."""

    policy: Policy
    subject: str
    cost: int = 1

    @property
    def key(self) -> str:
        return f"limit:{self.policy.name}:{self.subject}"


class Left(Struct, frozen=True):
    """What a bucket still holds, and after how many seconds it holds one more."""

    policy: Policy
    tokens: int
    more_in_s: int


class Limits:
    """The buckets. Without policies nothing is limited."""

    def __init__(self, writer: Writer, policies: dict[str, Policy]) -> None:
        self._writer, self._policies = writer, policies
        self._empty: OrderedDict[str, float] = OrderedDict()
        self._bad: OrderedDict[tuple[bytes, bytes], float] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def policies(self) -> list[Policy]:
        """Those in force."""
        return list(self._policies.values())

    def bucket(self, name: str, subject: str, cost: int = 1) -> list[Bucket]:
        """The bucket of this name; none if there is no such policy."""
        policy = self._policies.get(name)
        return [Bucket(policy, subject, cost)] if policy else []

    async def spend(self, buckets: Iterable[Bucket], forced: bool = False) -> Left | None:
        """Take from all these buckets or from none. Returns what is left in the first. Raises RateLimited.

        `forced` takes in any case, so that what was done already is paid for.
        """
        buckets = list(buckets)
        if not buckets:
            return None
        if not forced:
            for bucket in buckets:
                self.check(bucket)
        rules: list[Argument] = []
        for bucket in buckets:
            rules += bucket.policy.quota, bucket.policy.window_s * 1000, bucket.cost
        refused, *left = await self._writer.call("spend", [bucket.key for bucket in buckets], int(forced), *rules)
        for bucket, tokens, wait_ms in zip(buckets, left[::2], left[1::2], strict=True):
            if not tokens:
                self._remember(bucket, wait_ms / 1000)
        if refused:
            raise empty(buckets[refused - 1], left[2 * refused - 1] / 1000)
        return Left(buckets[0].policy, left[0], -(-left[1] // 1000))

    def turn(self, subject: str) -> asyncio.Semaphore:
        """Few of a subject hold it at once on this node: so many may pass a bucket that is empty."""
        return self._turns.setdefault(subject, asyncio.Semaphore(AT_ONCE))

    def check(self, bucket: Bucket) -> None:
        """Raises RateLimited if the bucket is known to be empty, without asking anybody."""
        until = self._empty.get(bucket.key)
        if until is None:
            return
        if until > (now := time.monotonic()):
            raise empty(bucket, until - now)
        del self._empty[bucket.key]

    def bad(self, path: bytes, authorization: bytes) -> None:
        """Nobody has this token there: who sends it again at once learns so without anybody being asked."""
        if len(authorization) <= MAX_AUTHORIZATION:
            self._bad[path, authorization] = time.monotonic() + BAD_S
            if len(self._bad) > REMEMBERED:
                self._bad.popitem(last=False)

    def known(self, address: str, path: bytes, authorization: bytes | None) -> Refusal | None:
        """What this node can tell of a request by itself: too many came from there, or its token is known to be bad."""
        if authorization is None:
            buckets = self.bucket("joins" if JOINING.fullmatch(path) else "address", address, 0)
            if PIN.fullmatch(path):
                buckets += self.bucket("failures", address, 0) + self.bucket("pins", "all", 0)
        elif self._bad.get((path, authorization), 0.0) < time.monotonic():
            return None
        else:
            buckets = self.bucket("tokens", address, 0)
        for bucket in buckets:
            try:
                self.check(bucket)
            except RateLimited as refusal:
                return refusal
        return None if authorization is None else Unauthorized()

    def _remember(self, bucket: Bucket, wait_s: float) -> None:
        self._empty[bucket.key] = time.monotonic() + wait_s
        if len(self._empty) > REMEMBERED:
            self._empty.popitem(last=False)


def empty(bucket: Bucket, wait_s: float) -> RateLimited:
    policy = bucket.policy
    return RateLimited(policy.name, policy.quota, policy.window_s, wait_s)
