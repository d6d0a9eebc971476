"""What admins see: the nodes that live, the quizzes that are played on them, the limits."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
import redis

from leaderboard import __version__
from leaderboard.errors import Busy
from leaderboard.live import heartbeat
from leaderboard.live.doors import Doors
from leaderboard.live.drain import Drain
from leaderboard.live.heartbeat import Heartbeat, Lag
from leaderboard.live.hub import Hub
from leaderboard.quiz.content import Quiz, Settings
from leaderboard.state import nodes as state_nodes
from leaderboard.state.keys import CARDS, SEEN
from leaderboard.state.nodes import LEASE_MS, Card, NodeView
from leaderboard.state.quizzes import Quizzes
from tests.nodes import ADMIN, Node, Nodes, hello

pytestmark = pytest.mark.anyio


def card(id: str, name: str = "here:1", busiest: Mapping[str, int] = MappingProxyType({})) -> Card:
    return Card(NodeView(id, name, "1.0", 5, sum(busiest.values()), 9, len(busiest), 0.5, True), dict(busiest))


def kept(redis_url: str) -> dict[str, int]:
    """The nodes that Redis knows of, under each key."""
    with redis.Redis.from_url(redis_url) as client:
        counts: Any = {key: client.zcard(key) if key != CARDS else client.hlen(key) for key in [CARDS, SEEN]}
    found: dict[str, int] = counts
    return found


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def test_who_says_so_lives(quizzes: Quizzes, redis_url: str) -> None:
    assert (await quizzes.nodes.living()).nodes == []
    for id, name in (("b", "two:1"), ("a", "two:1"), ("c", "one:1"), ("b", "two:1")):
        await quizzes.nodes.beat(card(id, name))
    found = await quizzes.nodes.living()
    assert [node.id for node in found.nodes] == ["c", "a", "b"]
    assert all(0 <= found.now - node.seen_at < 5000 for node in found.nodes)
    [first, *_] = found.nodes
    first.seen_at = 0
    assert first == card("c", "one:1").node
    for _ in range(2):
        await quizzes.nodes.leave("a")
    assert [node.id for node in (await quizzes.nodes.living()).nodes] == ["c", "b"]
    assert set(kept(redis_url).values()) == {2}


async def test_who_is_silent_fades(quizzes: Quizzes, redis_url: str) -> None:
    await quizzes.nodes.beat(card("dead"))
    with redis.Redis.from_url(redis_url) as client:
        client.zincrby(SEEN, -LEASE_MS, "dead")  # it was so long ago
    assert (await quizzes.nodes.living()).nodes == []
    assert await quizzes.nodes.running() == []
    assert set(kept(redis_url).values()) == {1}
    await quizzes.nodes.beat(card("alive"))
    assert [node.id for node in (await quizzes.nodes.living()).nodes] == ["alive"]
    assert set(kept(redis_url).values()) == {1}


async def test_who_died_before_the_clock_was_set_back_fades(quizzes: Quizzes, redis_url: str) -> None:
    await quizzes.nodes.beat(card("dead"))
    with redis.Redis.from_url(redis_url) as client:
        client.zincrby(SEEN, 3_600_000, "dead")
        await quizzes.nodes.beat(card("alive"))
        client.zincrby(SEEN, -LEASE_MS, "dead")
    assert [node.id for node in (await quizzes.nodes.living()).nodes] == ["alive"]


async def test_a_card_that_cannot_be_read_is_passed_over(quizzes: Quizzes, redis_url: str) -> None:
    """It is that of a node of another version."""
    for id in ("old", "new"):
        await quizzes.nodes.beat(card(id))
    with redis.Redis.from_url(redis_url) as client:
        client.hset(CARDS, "old", '{"node":{"id":"old"}}')
    assert [node.id for node in (await quizzes.nodes.living()).nodes] == ["new"]


async def test_running_quizzes_over_all_nodes(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [(await quizzes.store.create(Quiz(title=f"Number {i}", questions=[]))).id for i in range(3)]
    ana = (await quizzes.store.join(made[1], "Ana")).id
    await quizzes.store.join(made[1], "Ben")
    await quizzes.store.renew(made[1], [ana], 60_000)
    await quizzes.store.finish(made[2])
    await quizzes.nodes.beat(card("a", "a:1", {made[0]: 5, made[1]: 4, "GONEGONE": 50}))
    await quizzes.nodes.beat(card("b", "b:1", {made[1]: 2, made[2]: 1}))
    rows = await quizzes.nodes.running()
    assert [(row.quiz, row.title, row.sockets, row.nodes) for row in rows] == [
        (made[1], "Number 1", 6, ["a:1", "b:1"]),
        (made[0], "Number 0", 5, ["a:1"]),
        (made[2], "Number 2", 1, ["b:1"]),
    ]
    assert [row.phase for row in rows] == ["lobby", "lobby", "finished"]
    async with asyncio.timeout(5):
        while (rows[0].players, rows[0].online) != (2, 1):  # the board is published some times a second
            rows = await quizzes.nodes.running()
    monkeypatch.setattr(state_nodes, "MOST_RUNNING", 2)
    assert [row.quiz for row in await quizzes.nodes.running()] == [made[1]]  # and one that is gone


async def test_of_a_quiz_that_hides_its_board_numbers_are_seen(quizzes: Quizzes) -> None:
    made = Quiz(title="<b>Hidden</b>", questions=[], settings=Settings(privacy="own", start=5))
    quiz = (await quizzes.store.create(made)).id
    await quizzes.store.join(quiz, "Ana")
    await quizzes.store.freeze(quiz)
    await quizzes.nodes.beat(card("a", busiest={quiz: 1}))
    [row] = await quizzes.nodes.running()
    assert (row.title, row.players) == ("<b>Hidden</b>", 1)


def beating(quizzes: Quizzes) -> tuple[Heartbeat, Hub]:
    hub = Hub(lambda room: None, lambda room: None, lambda room, kind: None)
    doors = Doors(9, 9, 9, 9, 9, [], 0, quizzes.limits)
    return Heartbeat(quizzes, hub, "here:8000", lambda: 7, lambda: True, Drain(set(), doors, 60)), hub


async def test_a_card_says_what_the_node_has(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    heart, hub = beating(quizzes)
    for quiz, guests in (("A", 2), ("B", 3), ("C", 1)):
        for _ in range(guests):
            hub.enter(quiz)
    monkeypatch.setattr(heartbeat, "BUSIEST", 2)
    told = heart.card()
    assert told.busiest == {"B": 3, "A": 2}
    assert (told.node.sockets, told.node.rooms, told.node.connections) == (6, 3, 7)
    assert (told.node.name, told.node.version, told.node.ready) == ("here:8000", __version__, True)


async def test_the_heart_goes_on_beating(quizzes: Quizzes, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Redis says meanwhile; the start is remembered, and the end is told."""
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.01)
    heart, _ = beating(quizzes)
    real, seen = quizzes.nodes.beat, list[int]()

    async def beat(told: Card) -> None:
        seen.append(told.node.started_at)
        if len(seen) < 4:
            raise (Busy, ValueError("a defect"), Busy)[len(seen) - 1]
        await real(told)

    monkeypatch.setattr(quizzes.nodes, "beat", beat)
    heart.start()
    await until(lambda: len(seen) > 6)
    [node] = (await quizzes.nodes.living()).nodes
    assert (node.id, {node.started_at}) == (heart.id, set(seen))
    assert abs(node.started_at - time.time() * 1000) < 60_000
    await heart.stop()
    assert set(kept(redis_url).values()) == {0}


async def test_a_node_ends_although_redis_does_not_answer(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LEAVE_S", 0.05)
    heart, _ = beating(quizzes)

    async def silence(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(quizzes.nodes, "beat", silence)
    monkeypatch.setattr(quizzes.nodes, "leave", silence)
    heart.start()
    await asyncio.wait_for(heart.stop(), 2)


async def test_how_late_the_event_loop_is() -> None:
    lag = Lag()
    lag.start()
    await asyncio.sleep(heartbeat.PROBE_S / 2)
    time.sleep(0.4)  # noqa: ASYNC251 - that is what it shall notice
    await asyncio.sleep(0.02)
    assert 250 <= lag.take_ms() < 5_000
    assert lag.take_ms() == 0
    await until(lambda: lag.take_ms() > 0 or lag._worst_s > 0)  # it goes on
    lag.stop()


def seen(node: Node, path: str) -> Any:
    reply = node.http("GET", f"/v1/admin/{path}", ADMIN)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def wait_for(node: Node, path: str, holds: Callable[[Any], bool], within_s: float = 8) -> Any:
    """What is told as soon as this holds."""
    async with asyncio.timeout(within_s):
        while not holds(found := await asyncio.to_thread(seen, node, path)):
            await asyncio.sleep(0.05)
    return found


async def test_two_nodes(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, _ = one.create(title="Everywhere")
    other, _ = one.create(title="Here")
    _, ana = one.join(quiz, "Ana")
    ports = {node.base.rpartition(":")[2] for node in (one, two)}
    async with one.live(quiz) as first, two.live(quiz) as second, two.live(other) as third:
        await hello(first, ana)
        await hello(second)
        await hello(third)
        rows = await wait_for(one, "quizzes", lambda rows: [row["sockets"] for row in rows] == [2, 1])
        assert [(row["quiz"], row["title"], row["phase"]) for row in rows] == [
            (quiz, "Everywhere", "lobby"),
            (other, "Here", "lobby"),
        ]
        assert {name.rpartition(":")[2] for name in rows[0]["nodes"]} == ports
        assert (rows[0]["players"], rows[0]["online"]) == (1, 1)
        told = await wait_for(
            two,
            "nodes",
            lambda told: (
                {(it["sockets"], it["rooms"], it["ready"]) for it in told["nodes"]} == {(1, 1, True), (2, 2, True)}
            ),
        )
        assert all(it["connections"] >= it["sockets"] for it in told["nodes"])
        assert all(it["started_at"] <= it["seen_at"] <= told["now"] < it["seen_at"] + 10_000 for it in told["nodes"])
        assert all(it["version"] == __version__ and it["lag_ms"] >= 0 for it in told["nodes"])
    assert await wait_for(one, "quizzes", lambda rows: not rows) == []


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_node_that_ends(nodes: Nodes, how: str) -> None:
    one, two = nodes.start(), nodes.start()
    await wait_for(one, "nodes", lambda told: len(told["nodes"]) == 2)
    getattr(two, how)()
    if how == "stop":
        assert len(seen(one, "nodes")["nodes"]) == 1
    else:
        assert len(seen(one, "nodes")["nodes"]) == 2
        await wait_for(one, "nodes", lambda told: len(told["nodes"]) == 1, within_s=15)


async def test_limits(nodes: Nodes) -> None:
    node = nodes.start(limits="address=5000/50 key=off", max_sockets="9", library_mb="3", sign_up="closed")
    quiz, _ = node.create()
    other, _ = node.create()
    async with node.live(quiz) as first, node.live(quiz) as second, node.live(other) as third:
        for socket in (first, second, third):
            await hello(socket)
        told = await wait_for(node, "limits", lambda told: [cap["used"] for cap in told["caps"]][:2] == [4, 4])
    caps = {cap["name"]: (cap["most"], cap["used"]) for cap in told["caps"]}
    assert caps["max_connections"][0] <= 20_000
    del caps["max_connections"]
    assert caps == {
        "max_connections_per_address": (2000, 4),
        "max_sockets": (9, 3),
        "max_sockets_per_address": (2000, 3),
        "max_sockets_per_quiz": (20000, 2),
    }
    rates = {rate["name"]: (rate["requests"], rate["seconds"]) for rate in told["rates"]}
    assert rates["address"] == (5000, 50)
    assert rates["sign_ins"] == (20, 300)
    assert "key" not in rates
    assert (told["library_mb"], told["sign_up"]) == (3, "closed")
    assert told["node"].endswith(node.base[node.base.rindex(":") :])
    assert set(told) == {"node", "caps", "rates", "library_mb", "sign_up"}


async def test_the_time_is_right_again_after_the_clock_was_set(quizzes: Quizzes) -> None:
    """Or after the machine slept, for which time.monotonic() stands still."""
    nodes = quizzes.nodes
    for off_ms in (0, 3_600_000, -3_600_000):
        await nodes.beat(card("a"))
        nodes._ahead_ms += off_ms
        await nodes.beat(card("a"))
        assert abs(nodes.now() - await quizzes.series.now()) < 250
    now = nodes.now()
    nodes.heard(now - 200)  # it has been long on the way
    assert now <= nodes.now()
