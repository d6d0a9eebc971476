"""GET /metrics: what a node has done and what waits, for Prometheus."""

from collections.abc import Iterable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.errors import Busy
from leaderboard.state.quizzes import Quizzes


class Found(Collector):
    """Metrics that have been found already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


async def scores(quizzes: Quizzes) -> list[Metric]:
    """Events of other programs: how many wait and were put aside in Redis, and what this node did with others."""
    waiting = GaugeMetricFamily(
        "leaderboard_scores_waiting", "Events in a stream that nobody is done with", labels=["shard"]
    )
    dead = GaugeMetricFamily("leaderboard_scores_dead", "Events of a stream that were put aside", labels=["shard"])
    applied = CounterMetricFamily("leaderboard_scores_applied", "Events that this node has applied")
    refused = CounterMetricFamily("leaderboard_scores_refused", "Events that this node has refused", labels=["code"])
    for shard, lag in (await quizzes.ingest.lag()).items():
        waiting.add_metric([str(shard)], lag.waiting)
        dead.add_metric([str(shard)], lag.dead)
    applied.add_metric([], quizzes.scoring.applied)
    for code, count in quizzes.scoring.refused.items():
        refused.add_metric([code], count)
    return [waiting, dead, applied, refused]


async def metrics(request: Request) -> Response:
    """GET /metrics: in the text format of Prometheus; 503 while Redis cannot be asked."""
    registry = CollectorRegistry(auto_describe=False)
    try:
        registry.register(Found(await scores(request.app.state.quizzes)))
    except Busy:
        return Response(status_code=503)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


ROUTES = [Route("/metrics", metrics, methods=["GET"])]
