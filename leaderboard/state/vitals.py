"""What is to be known of Redis for watching it: how it is, and what waits in it."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from redis.exceptions import RedisError, ResponseError

from leaderboard import counts
from leaderboard.errors import Busy
from leaderboard.state.consumer import Stream
from leaderboard.state.writer import Writer

WITHIN_S = 0.5
FRESH_S = 1.0  # so long nobody can make Redis busy by asking again

# INFO's fields: the metric, the values of its labels, the word that means 1.
INFO: dict[str, tuple[counts.Counter, str | tuple[()], str]] = {
    "used_memory": (counts.redis_memory, (), ""),
    "maxmemory": (counts.redis_most_memory, (), ""),
    "used_memory_rss": (counts.redis_rss, (), ""),
    "connected_clients": (counts.redis_clients, (), ""),
    "instantaneous_ops_per_sec": (counts.redis_ops, (), ""),
    "used_cpu_user": (counts.redis_cpu, "user", ""),
    "used_cpu_sys": (counts.redis_cpu, "system", ""),
    "evicted_keys": (counts.redis_evicted, (), ""),
    "rejected_connections": (counts.redis_rejected, (), ""),
    "aof_delayed_fsync": (counts.redis_delayed, (), ""),
    "aof_enabled": (counts.redis_aof, (), ""),
    "aof_last_write_status": (counts.redis_keeps, "aof_write", "ok"),
    "aof_last_bgrewrite_status": (counts.redis_keeps, "aof_rewrite", "ok"),
    "rdb_last_bgsave_status": (counts.redis_keeps, "rdb_save", "ok"),
    "role": (counts.redis_master, (), "master"),
    "connected_slaves": (counts.redis_replicas, (), ""),
    "loading": (counts.redis_loading, (), ""),
}
OF_REDIS = [
    *(counts.redis_ping_s, *(metric for metric, _, _ in INFO.values())),
    *(counts.scores_waiting, counts.scores_oldest_s, counts.scores_dead, counts.results_waiting, counts.results_dead),
]


class Vitals:
    """Sets the gauges of Redis. `scores`: the streams of events by number, `results`: that of finished quizzes."""

    def __init__(self, writer: Writer, scores: Sequence[Stream], results: Stream) -> None:
        self._writer, self._scores, self._results = writer, scores, results
        self._fresh_until = 0.0

    async def read(self) -> None:
        """Ask Redis, if nobody has within the last second. While it is away there are no gauges of it."""
        if perf_counter() < self._fresh_until:
            return
        for metric in OF_REDIS:
            metric.clear()
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._ask()
            counts.redis_up.set(1)
        except (Busy, RedisError, TimeoutError):
            counts.redis_up.set(0)
        self._fresh_until = perf_counter() + FRESH_S

    async def _ask(self) -> None:
        began = perf_counter()
        await self._writer.command("PING")
        counts.redis_ping_s.set(perf_counter() - began)
        now, *_ = await asyncio.gather(self._writer.command("TIME"), self._info())
        for number, stream in enumerate(self._scores):
            waiting, dead, oldest = await self._look(stream)
            counts.scores_waiting.set(waiting, str(number))
            counts.scores_dead.set(dead, str(number))
            counts.scores_oldest_s.set(age_s(oldest, int(now[0])), str(number))
        waiting, dead, _ = await self._look(self._results)
        counts.results_waiting.set(waiting)
        counts.results_dead.set(dead)

    async def _info(self) -> None:
        try:
            said: bytes = await self._writer.command("INFO")
        except ResponseError:
            return  # a server that does not tell
        found = dict(line.split(":", 1) for line in said.decode(errors="replace").splitlines() if ":" in line)
        for field, (metric, values, word) in INFO.items():
            if field in found:
                metric.set(found[field] == word if word else float(found[field]), values)

    async def _look(self, stream: Stream) -> Any:
        """How many entries wait, how many were put aside, and the first of those that wait."""
        return await asyncio.gather(
            self._writer.command("XLEN", stream.key),
            self._writer.command("XLEN", stream.dead),
            self._writer.command("XRANGE", stream.key, "-", "+", "COUNT", 1),
        )


def age_s(entries: Sequence[Any], now_s: int) -> float:
    """Of the first entry, by the time in its ID; 0 if there is none."""
    return max(0.0, now_s - int(entries[0][0].partition(b"-")[0]) / 1000) if entries else 0.0
