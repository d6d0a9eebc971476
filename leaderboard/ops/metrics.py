"""GET /metrics: what a node has done and what waits, for Prometheus."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, GC_COLLECTOR, PROCESS_COLLECTOR, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard import __version__, counts
from leaderboard.counts import Counter, Gauge, Histogram, Histograms, values_of
from leaderboard.ops.health import OK, Check

FRESH_S = 0.25


class Found(Collector):
    """Metrics that have been found already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


class Page:
    """The text, made anew some times a second at most: nobody can make a node busy by asking."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._text, self._fresh_until = b"", 0.0

    async def text(self, state: State) -> bytes:
        async with self._turn:
            if time.monotonic() >= self._fresh_until:
                self._text = await write(state)
                self._fresh_until = time.monotonic() + FRESH_S
            return self._text


async def write(state: State) -> bytes:
    """All metrics. While Redis is away: what the node knows itself."""
    await state.quizzes.vitals.read()
    look(state)
    parts = [await asyncio.to_thread(generate_latest, PROCESS_COLLECTOR), generate_latest(GC_COLLECTOR)]
    for metric in counts.ALL:
        parts.append(generate_latest(Found([family(metric)])))
        await asyncio.sleep(0)  # all of it takes some milliseconds
    return b"".join(parts)


def look(state: State) -> None:
    """Set the gauges of this node."""
    checks: dict[str, Check] = state.checks
    results = {name: check() == OK for name, check in checks.items()}
    for name, result in results.items():
        counts.check.set(result, name)
    counts.ready.set(all(results.values()))
    counts.info.set(1, __version__)
    for name, most, used in state.caps():
        counts.places.set(most, name)
        counts.places_used.set(used, name)
    counts.calls_waiting.set(state.quizzes.writer.waiting)
    counts.bodies.set(state.large_bodies.bytes)
    scoring = state.quizzes.scoring
    counts.scores_applied.set(scoring.applied)
    counts.scores_refused.update(scoring.refused)
    state.measure()


def family(metric: Counter | Histograms) -> Metric:
    """A metric as prometheus_client knows it."""
    if isinstance(metric, Histograms):
        histograms = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for key, histogram in metric.items():
            histograms.add_metric(values_of(key), buckets(histogram), histogram.sum)
        return histograms
    kind = GaugeMetricFamily if isinstance(metric, Gauge) else CounterMetricFamily
    found = kind(metric.name, metric.meaning, labels=metric.labels)
    for key, value in metric.items():
        found.add_metric(values_of(key), value)
    return found


def buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """How many values there were up to each bound."""
    return [*zip((*map(str, histogram.bounds), "+Inf"), accumulate(histogram.counts), strict=True)]


async def metrics(request: Request) -> Response:
    """GET /metrics: in the text format of Prometheus."""
    state = request.app.state
    return Response(await state.metrics.text(state), media_type=CONTENT_TYPE_LATEST)


ROUTES = [Route("/metrics", metrics, methods=["GET"])]
