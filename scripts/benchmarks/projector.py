"""The projector's page through an evening of a large quiz: how smooth it is, what a board costs, and how large it gets."""

import asyncio
import contextlib
import heapq
import random
import statistics
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import redis
from playwright.async_api import Browser

from benchmarks import client, ingest, quizzes
from benchmarks.browser import PROJECTOR, Tab, chromium, tab
from benchmarks.latency import Watcher, percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

PLAYERS = 10_000
INTERVAL_MS = 100
TOP, SCORED_BELOW = 12, 3
MOST, BELOW = 100_000, 100  # points
LOOKS, LOOKS_QUICK = 21, 4  # at the memory
EVERY_S, EVERY_QUICK_S = 30.0, 10.0
RATE, LATE_MS, LATE_SHARE = 60, 25.0, 0.01  # all in time would be 60: a screen that shows 60 cannot show more
BOARD_MS = INTERVAL_MS / 2  # of the main thread: the rest is for slower machines
GROWTH = 0.05

# All room for what is measured is there from the start: the page shall not grow by it.
PROBE = """
globalThis.frames = new Float32Array(100_000);
globalThis.seen = 0;
globalThis.counting = false;
let last = 0;
const next = (now) => {
  if (counting && last) frames[seen++ % frames.length] = now - last;
  last = counting ? now : 0;
  requestAnimationFrame(next);
};
requestAnimationFrame(next);
"""


class Crowd:
    """Players who get points from another program."""

    def __init__(self, server: "redis.Redis", quiz: str) -> None:
        self.redis, self.quiz, self.events = server, quiz, count()
        self.points = {f"p{n}": 0 for n in range(PLAYERS)}

    async def enter(self) -> None:
        """Everybody gets some, and so is there."""
        self.score({user: random.randrange(MOST) for user in self.points})
        await ingest.drained(self.redis)

    def score(self, points: dict[str, int]) -> None:
        with self.redis.pipeline(transaction=False) as pipeline:
            for user, more in points.items():
                self.points[user] += more
                event = {"quiz_id": self.quiz, "user_id": user, "score": more, "event": f"event-{next(self.events)}"}
                pipeline.xadd(ingest.STREAM, dict[Any, Any](event))
            pipeline.execute()

    async def play(self) -> None:
        """Until cancelled: twice in an interval one overtakes another at the top, and some move far below."""
        users = list(self.points)
        while True:
            ahead, behind = sorted(
                random.sample(heapq.nlargest(TOP, users, self.points.__getitem__), 2), key=self.behind
            )
            others = {user: random.randrange(BELOW) for user in random.sample(users, SCORED_BELOW)}
            self.score(others | {behind: self.points[ahead] - self.points[behind] + random.randrange(1, BELOW)})
            await asyncio.sleep(INTERVAL_MS / 2000)

    def behind(self, user: str) -> int:
        return -self.points[user]


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """All share the machine's cores: the node, Redis, and Chromium, which does the work of a graphics card there too."""
    node = rig.node("node")
    looks, every_s = (LOOKS_QUICK, EVERY_QUICK_S) if quick else (LOOKS, EVERY_S)
    async with client.http(node.port) as host, chromium() as browser:
        quiz = await quizzes.make(rig, host, 1, INTERVAL_MS, rules={"max_players": PLAYERS})
        crowd = Crowd(rig.client(), quiz.id)
        await crowd.enter()
        async with screen(browser, node, quiz) as projector, watching(node, quiz) as watcher, playing(crowd):
            return await watch(projector, watcher, looks, every_s)


@contextlib.asynccontextmanager
async def screen(browser: Browser, node: Node, quiz: Quiz) -> AsyncIterator[Tab]:
    """The projector's page, which shows the board after a question."""
    async with tab(browser, PROJECTOR, PROBE) as projector:
        await projector.page.goto(f"http://127.0.0.1:{node.port}/screen?quiz={quiz.id}")
        await quiz.open_next()
        await quiz.ask("close", {})
        await projector.page.locator(".board li").nth(4).wait_for()
        yield projector


@contextlib.asynccontextmanager
async def watching(node: Node, quiz: Quiz) -> AsyncIterator[Watcher]:
    """Somebody who counts the boards."""
    watcher = Watcher()
    clients = await client.spectators(node.port, quiz.id, 1, watcher.heard)
    yield watcher
    client.close_all(clients)


@contextlib.asynccontextmanager
async def playing(crowd: Crowd) -> AsyncIterator[None]:
    task = asyncio.create_task(crowd.play())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Look:
    """How large the page is, after a collection of garbage."""

    def __init__(self, heap: dict[str, int], counters: dict[str, int]) -> None:
        self.heap, self.nodes, self.listeners = heap["usedSize"], counters["nodes"], counters["jsEventListeners"]

    @classmethod
    async def at(cls, on: Tab) -> "Look":
        await on.tell("HeapProfiler.collectGarbage")
        return cls(await on.tell("Runtime.getHeapUsage"), await on.tell("Memory.getDOMCounters"))


async def watch(on: Tab, watcher: Watcher, looks: int, every_s: float) -> list[Number]:
    """Look at the memory again and again, and count frames and work between the looks."""
    await asyncio.sleep(every_s / 2)  # so that all is compiled
    found, work, boards = [await Look.at(on)], dict[str, float](), 0
    for _ in range(looks - 1):
        before, heard = await on.spent(), len(watcher.times)
        await on.page.evaluate("() => { counting = true }")
        await asyncio.sleep(every_s)
        await on.page.evaluate("() => { counting = false }")
        after = await on.spent()
        work = {name: work.get(name, 0) + after[name] - before[name] for name in after}
        boards += len(watcher.times) - heard
        found.append(await Look.at(on))
    frames: list[float] = await on.page.evaluate("() => Array.from(frames.subarray(0, seen))")
    seconds = (looks - 1) * every_s
    return [*smoothness(frames, seconds), cost(work, boards, seconds), *sizes(found)]


def smoothness(frames: list[float], seconds: float) -> list[Number]:
    if not frames:
        raise Broken("The page painted nothing.")
    rate, late = len(frames) / seconds, sum(frame > LATE_MS for frame in frames) / len(frames)
    median, p99 = statistics.median(frames), percentile(frames, 0.99)
    detail = (
        f"{seconds:.0f} s; from one to the next {median:.1f} ms by the median, {p99:.1f} ms at p99; no graphics card"
    )
    return [
        Number("projector", f"frames a second, of {RATE}", rate, "/s", detail=detail),
        Number(
            "projector",
            f"… that come after more than {LATE_MS:.0f} ms",
            late * 100,
            "%",
            f"≤ {LATE_SHARE:.0%}",
            late <= LATE_SHARE,
        ),
    ]


def cost(work: dict[str, float], boards: int, seconds: float) -> Number:
    each = {name: value * 1000 / boards for name, value in work.items()}
    parts = ", ".join(f"{each[name]:.1f} {name}" for name in ("Script", "RecalcStyle", "Layout"))
    return Number(
        "projector",
        "CPU of the page's main thread for a board, all in",
        each["Task"],
        "ms",
        f"< {BOARD_MS:.0f} ms",
        each["Task"] < BOARD_MS,
        detail=f"{boards / seconds:.1f} boards a second of {PLAYERS:,} players; {parts}; the frames between included",
    )


def sizes(found: list[Look]) -> list[Number]:
    """The medians of the first and of the last third."""
    third = max(1, len(found) // 3)
    return [grown(what, unit, [getattr(it, what) / scale for it in found], third) for what, unit, scale in KINDS]


KINDS = (("heap", "KiB", 1024), ("nodes", "nodes", 1), ("listeners", "listeners", 1))


def grown(what: str, unit: str, values: list[float], third: int) -> Number:
    first, last = statistics.median(values[:third]), statistics.median(values[-third:])
    return Number(
        "projector",
        f"the page's {what}, at the end",
        last,
        unit,
        f"≤ {1 + GROWTH:g} × the start",
        last <= first * (1 + GROWTH),
        [Reference("at the start", first)],
        f"after collections of garbage: {min(values):,.0f} to {max(values):,.0f} in {len(values)} looks",
    )
