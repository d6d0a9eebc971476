"""What a node counts and measures: the table of its metrics, and the counts themselves.

The hot path counts several times an answer, so counting is an addition in a dictionary or a list; prometheus_client's own
counters take a lock each time. `ops/metrics.py` reads all of this when somebody asks. A process is a node, so there is one
of each. Values of labels come from tables of ours and never from what people send: no quiz, no player, nothing unbounded.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from typing import Any, ClassVar

ALL: list["Counter | Histograms"] = []  # in the order of the documentation

QUICK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
REQUESTS_S = (0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0)
BATCHES = (1, 3, 10, 30, 100, 300, 1_000)


class Counter(dict[Any, float]):
    """What is counted, by the values of its labels: a tuple, or what stands for a single one (of a class its name)."""

    kind: ClassVar[str] = "counter"

    def __init__(self, name: str, meaning: str, *labels: str, start: Iterable[Hashable] = ()) -> None:
        """`start`: what is there with 0, for an increase from nothing to 1 is none to Prometheus."""
        self.name, self.meaning, self.labels = name, meaning, labels
        self.update(dict.fromkeys(start or ([()] if not labels and self.kind == "counter" else []), 0))
        ALL.append(self)

    def __missing__(self, values: Hashable) -> float:
        return 0

    def add(self, values: Hashable = ()) -> None:
        self[values] += 1

    def set(self, value: float, values: Hashable = ()) -> None:
        self[values] = value


class Gauge(Counter):
    """How it is just now; set when somebody asks."""

    kind = "gauge"


class Histogram:
    """How many values there were up to each of the bounds, and beyond."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.sum = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def repeat(self, value: float, times: int) -> None:
        """The same so many times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times


class Histograms(dict[Any, Histogram]):
    """One by the values of its labels, as in a `Counter`."""

    kind: ClassVar[str] = "histogram"

    def __init__(self, name: str, meaning: str, bounds: tuple[float, ...], *labels: str) -> None:
        self.name, self.meaning, self.bounds, self.labels = name, meaning, bounds, labels
        if not labels:
            self[()] = Histogram(bounds)
        ALL.append(self)

    def __missing__(self, values: Hashable) -> Histogram:
        made = self[values] = Histogram(self.bounds)
        return made

    def observe(self, value: float, values: Hashable = ()) -> None:
        self[values].observe(value)


def values_of(key: Hashable) -> list[str]:
    """The values of the labels."""
    return [
        it.__name__.lower() if isinstance(it, type) else str(it) for it in (key if isinstance(key, tuple) else [key])
    ]


# The node

info = Gauge("leaderboard_info", "1; the version is the label", "version")
ready = Gauge("leaderboard_ready", "1 if the node should be given work, as `/readyz` says")
check = Gauge("leaderboard_check", "1 if this part of `/readyz` is in order", "check")
loop_lag_s = Histograms("leaderboard_loop_lag_seconds", "How late the event loop is; ten looks a second", QUICK_S)
places = Gauge("leaderboard_places", "The most there may be, by the name of the setting", "cap")
places_used = Gauge(
    "leaderboard_places_used", "How many there are; of an address or a quiz the one with the most", "cap"
)

# Sockets and their messages

rooms = Gauge("leaderboard_rooms", "Quizzes with sockets on this node")
sockets = Gauge("leaderboard_sockets", "Sockets in rooms, by role", "role")
opened = Counter("leaderboard_sockets_opened_total", "Sockets that were accepted")
closed = Counter(
    "leaderboard_sockets_closed_total", "Sockets that have ended, by close code", "code", start=[4408, 1013]
)
received = Counter("leaderboard_messages_received_total", "Messages of clients; `other`: not understood", "type")
sent = Counter("leaderboard_messages_sent_total", "Messages to clients, each socket counted", "type")
request_s = Histograms(
    "leaderboard_request_seconds", "A request on a socket: from its frame to its reply, written", QUICK_S, "type"
)
answers = Counter(
    *("leaderboard_answers_total", "Answers: `kept`, `duplicate`, or the code of the refusal", "result"),
    start=["kept", "duplicate", "BUSY"],
)
refused = Counter(
    *("leaderboard_refused_total", "Refusals, by code; `door`: before anything was looked at", "via", "code"),
    start=[(via, code) for via in ("http", "socket") for code in ("BUSY", "INTERNAL_ERROR")],
)
slow_sockets = Gauge("leaderboard_slow_sockets", "Sockets that read more slowly than they are written to")
slow_bytes = Gauge("leaderboard_slow_bytes", "Bytes that wait for them")
skipped = Counter(
    *("leaderboard_snapshots_skipped_total", "Snapshots that a newer one replaced before they were written", "where"),
    start=["room", "socket"],
)
turns = Gauge("leaderboard_turns_waiting", "Players whose own standing is still to be told")

# From Redis to the sockets

fan_out_s = Histograms(
    "leaderboard_fan_out_seconds",
    "A publication: from its arrival here to the last socket of its room",
    QUICK_S,
    "type",
)
probe_s = Histograms(
    "leaderboard_probe_seconds", "A probe: from its publication by this node to its arrival here", QUICK_S
)
probes_sent = Counter("leaderboard_probes_sent_total", "Probes that Redis has taken")
probes_heard = Counter("leaderboard_probes_heard_total", "Probes that came back; what is missing was lost")
feed_lost = Counter("leaderboard_feed_lost_total", "Times that the feed broke or turned deaf")
resyncs = Counter("leaderboard_resyncs_total", "Looks at the store for what a room may have missed; one is usual")
recovered = Counter("leaderboard_resyncs_with_news_total", "Of these, not the first of a room, that found something")

# To Redis and back

script_s = Histograms(
    "leaderboard_script_seconds", "A script or command: the round trip of the batch that it was in", QUICK_S, "script"
)
batch_wait_s = Histograms("leaderboard_batch_wait_seconds", "How long the first call of a batch had to wait", QUICK_S)
batch_calls = Histograms("leaderboard_batch_calls", "Calls in a batch", BATCHES)
calls_waiting = Gauge("leaderboard_calls_waiting", "Calls that wait for a batch, or for Redis")
calls_late = Counter("leaderboard_calls_late_total", "Calls that were given up at their deadline")
redis_lost = Counter("leaderboard_redis_lost_total", "Times that a connection to Redis broke or could not be made")

# HTTP

http_s = Histograms(
    *("leaderboard_http_request_seconds", "Requests, without sockets, `/livez`, `/readyz` and `/metrics`", REQUESTS_S),
    *("route", "method", "status"),
)
bodies = Gauge("leaderboard_large_bodies_bytes", "Files that are being sent and worked on")

# Scores of other programs, results for accounts

scores_waiting = Gauge("leaderboard_scores_waiting", "Events in a stream that nobody is done with", "shard")
scores_oldest_s = Gauge("leaderboard_scores_oldest_seconds", "The age of the oldest of them", "shard")
scores_dead = Gauge("leaderboard_scores_dead", "Events of a stream that were put aside", "shard")
scores_applied = Counter("leaderboard_scores_applied_total", "Events that this node has applied")
scores_refused = Counter("leaderboard_scores_refused_total", "Events that this node has refused", "code")
results_waiting = Gauge("leaderboard_results_waiting", "Finished quizzes whose results accounts do not have yet")
results_dead = Gauge("leaderboard_results_dead", "Finished quizzes that were put aside")

# Redis, as the node sees it: the same on all nodes

redis_up = Gauge("leaderboard_redis_up", "1 if Redis has answered this scrape; without it there are no others of Redis")
redis_ping_s = Gauge("leaderboard_redis_ping_seconds", "A PING on the way that calls take")
redis_memory = Gauge("leaderboard_redis_memory_bytes", "Memory in use")
redis_most_memory = Gauge("leaderboard_redis_memory_max_bytes", "`maxmemory`; 0: no bound")
redis_rss = Gauge("leaderboard_redis_memory_rss_bytes", "Memory that the system has given it")
redis_clients = Gauge("leaderboard_redis_clients", "Connections")
redis_ops = Gauge("leaderboard_redis_ops_per_second", "Commands a second, as Redis says")
redis_cpu = Counter("leaderboard_redis_cpu_seconds_total", "CPU used, of its own and for it in the kernel", "mode")
redis_evicted = Counter("leaderboard_redis_evicted_keys_total", "Keys thrown away for want of memory: must stay 0")
redis_rejected = Counter("leaderboard_redis_rejected_connections_total", "Connections refused by `maxclients`")
redis_delayed = Counter("leaderboard_redis_delayed_fsyncs_total", "Times that the disk was too slow for the log")
redis_aof = Gauge("leaderboard_redis_aof_enabled", "1 if every write goes to the log on disk")
redis_keeps = Gauge("leaderboard_redis_persists", "1 if the last write of this kind went well", "kind")
redis_master = Gauge("leaderboard_redis_master", "1 if it is no replica")
redis_replicas = Gauge("leaderboard_redis_replicas", "Replicas that follow it")
redis_loading = Gauge("leaderboard_redis_loading", "1 while it reads its data from disk")
