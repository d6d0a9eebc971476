"""Boards that start over: when each period begins, that an event counts in one of them, once, and who may do what."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import uvicorn

from leaderboard import config
from leaderboard.errors import BadQuiz, Malformed, NoSuchQuiz, OutOfRange, Unauthorized
from leaderboard.live import session
from leaderboard.quiz import periods
from leaderboard.quiz.checks import check
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.periods import Calendar
from leaderboard.quiz.scores import Bad, Event
from leaderboard.quiz.seasons import MakeSeason
from leaderboard.serve import configuration
from leaderboard.state import series
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import Keys, period_id
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import HOST
from tests.clients import Clients, InJavaScript, InPython
from tests.nodes import Nodes
from tests.waiting import until
from tests.world import World

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
DAY = 24 * HOUR
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> int:
    """A moment, in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


def hours(calendar: Calendar, text: str, zone: str) -> float:
    period = calendar.period(at(text, zone))
    return (period.ends_ms - period.begins_ms) / HOUR


# When they begin


def test_days_of_23_24_and_25_hours() -> None:
    calendar = Calendar("day", BERLIN)
    assert [hours(calendar, f"2026-{day}T12:00", BERLIN) for day in ("03-28", "03-29", "10-24", "10-25", "10-26")] == [
        *(24, 23, 24, 25, 24),
    ]
    midnight = at("2026-10-25T00:00", BERLIN)
    assert calendar.period(midnight).label == "202610250000"
    assert calendar.period(midnight - 1).label == "202610240000"
    assert calendar.period(midnight + 25 * HOUR - 1).ends_ms == midnight + 25 * HOUR


def test_a_week_begins_on_monday() -> None:
    period = Calendar("week", BERLIN).period(at("2026-10-25T23:59", BERLIN))  # a Sunday, with 25 hours
    assert (period.label, period.ends_ms - period.begins_ms) == ("202610190000", 7 * DAY + HOUR)


def test_what_clocks_show_twice_begins_once_and_what_they_skip_at_the_jump() -> None:
    hourly, first = Calendar("0 * * * *", BERLIN), at("2026-10-25T02:30", BERLIN)
    assert [hourly.period(first + n * HOUR).label[8:] for n in (-1, 0, 1, 2)] == ["0100", "0200", "0200", "0300"]
    spring = at("2026-03-29T01:30", BERLIN)
    assert [hourly.period(spring + n * HOUR).label[8:] for n in (0, 1)] == ["0100", "0300"]
    night = Calendar("30 2 * * *", BERLIN)
    assert night.period(at("2026-03-29T12:00", BERLIN)).label == "202603290300"
    quarter = Calendar("45 2 * * *", BERLIN)
    assert quarter.period(at("2026-10-25T02:30", BERLIN) + HOUR).label == "202610250245"
    day = Calendar("day", "America/Havana")  # where the jump is at midnight
    assert day.period(at("2026-03-08T12:00", "America/Havana")).label == "202603080100"


@pytest.mark.parametrize(
    "zone", [BERLIN, "America/Havana", "Antarctica/Troll", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
)
@pytest.mark.parametrize("rule", ["day", "week", "0 * * * *", "30 2 * * *", "15 */6 * * 1-5"])
def test_periods_follow_each_other(rule: str, zone: str) -> None:
    """Whatever is asked for first, each period ends where the next begins, and none has the label of another."""
    moments = [at(f"2011-{month:02}-28T11:00", zone) + n * 7 * HOUR for month in (3, 10, 12) for n in range(50)]
    calendar = Calendar(rule, zone)
    for moment in reversed(moments):
        period, afresh = calendar.period(moment), Calendar(rule, zone).period(moment)
        assert period == afresh
        assert period.begins_ms <= moment < period.ends_ms
        assert Calendar(rule, zone).period(period.ends_ms).begins_ms == period.ends_ms
        assert Calendar(rule, zone).period(period.begins_ms - 1).ends_ms == period.begins_ms
    seen = {calendar.period(moment) for moment in moments}
    assert len({it.label for it in seen}) == len(seen)


def test_the_oldest_of_a_history() -> None:
    calendar, now = Calendar("day", "UTC"), at("2026-03-10T12:00")
    assert calendar.oldest(now, 1) == at("2026-03-10")
    assert calendar.oldest(now, 60) == at("2026-01-10")
    assert calendar.oldest(now + DAY, 60) == at("2026-01-11")
    assert calendar.oldest(now, 3) == at("2026-03-08")
    years = Calendar("0 0 1 1 *", "UTC")
    assert years.oldest(now, 400) == 0


def test_what_was_worked_out_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "REMEMBERED", 10)
    calendar, now = Calendar("0 * * * *", "UTC"), at("2026-03-10")
    for n in range(40):
        assert calendar.period(now + n * HOUR).begins_ms == now + n * HOUR
    assert len(calendar._begins) == 10


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"period": "month"}, "five fields"),
        ({"period": "* * * * *"}, "one hour"),
        ({"period": "0,59 5 * * *"}, "one hour"),
        ({"period": "0 0 29 2 *"}, "400 days"),
        ({"period": "0 0 */31 2 1#5"}, "400 days"),
        ({"period": "0 0 31 2 *"}, "no cron expression"),
        ({"period": "0 25 * * *"}, "no cron expression"),
        ({"period": "0 0 0 * * *"}, "five fields"),
        ({"period": "day", "timezone": "Mars/Olympus"}, "time zone"),
        ({"period": "day", "timezone": "Europe"}, "time zone"),
        ({"period": "day", "timezone": "../../etc/passwd"}, "time zone"),
        ({"period": "day", "timezone": ""}, "time zone"),
        ({"timezone": BERLIN}, "`period`"),
        ({"period": "day", "pacing": "auto"}, "board alone"),
    ],
)
def test_bad_settings(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(BadQuiz, match=why):
        check(Quiz(title="A board", questions=[], settings=Settings(**settings)))


def test_periods_are_for_boards_alone() -> None:
    daily = Settings(period="day")
    for bad in (
        Quiz("A board", [Question(text="?", choices=["a", "b"], answer=[0])], daily),
        Quiz("A board", [], daily, roster=["ana"]),
        Quiz("A board", [], msgspec.structs.replace(daily, team_score="sum"), teams=["Red"]),
    ):
        with pytest.raises(BadQuiz, match="board alone"):
            check(bad)
    for rule in ("0 12 * * 1-5", "0 2,3 * * 0"):  # which for once are the same moment
        check(Quiz("A board", [], Settings(period=rule, timezone=BERLIN)))


# Which quiz stands for another

NOW = at("2026-03-10T12:00")


class Clock:
    """What Redis's clock would say."""

    def __init__(self) -> None:
        self.ms = NOW

    async def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(quizzes.series, "now", clock)
    return clock


@pytest.fixture
async def other(redis_url: str, clock: Clock) -> AsyncIterator[Quizzes]:
    """Another process with the same clock."""
    quizzes = Quizzes(redis_url)
    quizzes.series.now = clock  # type: ignore[method-assign]
    quizzes.start()
    yield quizzes
    await quizzes.stop()


@pytest.fixture
async def base(quizzes: Quizzes) -> str:
    return await daily(quizzes)


async def daily(quizzes: Quizzes, **settings: Any) -> str:
    made = Quiz(title="Daily", questions=[], settings=Settings(**{"period": "day"} | settings))
    return (await quizzes.store.create(made, owner="ann")).id


def event(name: str, score: int = 1, at: int | None = None, user: str = "ana", **further: Any) -> Event:
    return Event(event=name, user_id=user, score=score, at=at, **further)


async def sent(quizzes: Quizzes, base: str, *events: Event) -> list[str]:
    """What became of events."""
    scores = await quizzes.scoring.score(base, events)
    assert [it.event for it in scores.results] == [it.event for it in events]
    return [it.code if isinstance(it.code, str) else it.status for it in scores.results]


async def points(quizzes: Quizzes, base: str, label: str) -> int:
    """Of all players in a period."""
    flat = await quizzes.writer.command("ZRANGE", Keys(period_id(base, label)).board, 0, -1, "WITHSCORES")
    return int(sum(float(score) // 1 for score in flat[1::2]))


async def labels(quizzes: Quizzes, base: str) -> list[str]:
    return [row.label for row in (await quizzes.series.periods(base, None, 100)).rows]


async def test_each_period_is_a_quiz(quizzes: Quizzes, clock: Clock, base: str) -> None:
    today = await quizzes.series.quiz_of(base)
    assert today == f"{base}-202603100000"
    assert await sent(quizzes, base, event("a", 5)) == ["applied"]
    clock.ms += DAY
    tomorrow = await quizzes.series.quiz_of(base)
    assert await sent(quizzes, base, event("b", 7)) == ["applied"]
    assert (await points(quizzes, base, "202603100000"), await points(quizzes, base, "202603110000")) == (5, 7)
    view = await quizzes.store.hello(tomorrow, None)
    assert "Daily · 202603110000" in view.state.decode()
    page = await quizzes.series.periods(base, None, 1)
    assert [(it.label, it.begins, it.ends, it.quiz) for it in page.rows] == [
        ("202603110000", at("2026-03-11"), at("2026-03-12"), tomorrow),
    ]
    page = await quizzes.series.periods(base, page.next, 1)
    assert ([it.quiz for it in page.rows], page.next) == ([today], None)
    with pytest.raises(Malformed):
        await quizzes.series.periods(base, "x", 1)
    assert not (await quizzes.audit.verify(today)).wrong + (await quizzes.audit.verify(tomorrow)).wrong


async def test_what_has_no_periods_stands_for_itself(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = (await quizzes.store.create(Quiz(title="A board", questions=[]))).id
    await quizzes.contents.get(quiz)
    with monkeypatch.context() as patch:
        patch.setattr(quizzes.writer, "command", None)
        patch.setattr(quizzes.writer, "call", None)
        assert await quizzes.series.quiz_of(quiz) == quiz
    assert (await quizzes.series.periods(quiz, None, 10)).rows == []
    with pytest.raises(NoSuchQuiz):
        await quizzes.series.quiz_of("NOTHERE2")


async def test_two_nodes_make_the_same_period(quizzes: Quizzes, other: Quizzes, base: str) -> None:
    nodes = [quizzes, other] * 10
    made = await asyncio.gather(*(node.series.quiz_of(base) for node in nodes))
    assert len(set(made)) == 1
    scored = await asyncio.gather(*(node.scoring.score(base, [event(f"e{n // 2}")]) for n, node in enumerate(nodes)))
    assert sorted(it.results[0].status for it in scored) == ["applied"] * 10 + ["duplicate"] * 10
    assert await points(quizzes, base, "202603100000") == 10
    assert await labels(other, base) == ["202603100000"]


async def test_late_and_out_of_order(quizzes: Quizzes, clock: Clock) -> None:
    base = await daily(quizzes, history=3)
    assert await sent(
        quizzes,
        base,
        event("now", 1),
        event("yesterday", 10, NOW - DAY),
        event("oldest", 100, at("2026-03-08")),
        event("too old", 1000, at("2026-03-08") - 1),
        event("tomorrow", 1000, at("2026-03-11")),
        event("later today", 2, at("2026-03-10T23:59")),
    ) == ["applied", "applied", "applied", "TOO_FAR_BACK", "OUT_OF_RANGE", "applied"]
    assert [await points(quizzes, base, f"202603{day}0000") for day in ("08", "09", "10")] == [100, 10, 3]
    assert await labels(quizzes, base) == ["202603100000", "202603090000", "202603080000"]
    clock.ms += DAY
    assert await sent(quizzes, base, event("next")) == ["applied"]
    assert await labels(quizzes, base) == ["202603110000", "202603100000", "202603090000"]
    assert await points(quizzes, base, "202603080000") == 100  # off the list, and there


async def test_clocks_may_differ_a_little(quizzes: Quizzes, clock: Clock, base: str) -> None:
    clock.ms = at("2026-03-11") - 1_000
    midnight = at("2026-03-11")
    assert await sent(quizzes, base, event("a", 3, midnight + 500), event("b", 1, midnight + 59_500)) == [
        *("applied", "OUT_OF_RANGE"),
    ]
    clock.ms = midnight
    assert await sent(quizzes, base, event("a", 3, midnight + 500)) == ["duplicate"]
    assert await points(quizzes, base, "202603110000") == 3


async def test_an_event_counts_once_over_the_turn(quizzes: Quizzes, other: Quizzes, clock: Clock, base: str) -> None:
    assert await sent(quizzes, base, event("a", 5), event("b", 7, NOW)) == ["applied", "applied"]
    for days in range(1, 4):
        clock.ms = NOW + days * DAY
        for node in (quizzes, other):
            assert await sent(node, base, event("a", 5), event("b", 7, NOW)) == ["duplicate", "duplicate"]
    assert await sent(other, base, event("b", 7, clock.ms)) == ["ID_REUSED"]
    assert await points(quizzes, base, "202603100000") == 12
    assert await labels(quizzes, base) == ["202603100000"]


async def test_what_was_noted_and_not_applied_is_applied_where_it_was_noted(
    quizzes: Quizzes, other: Quizzes, clock: Clock, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node dies between the two; the event comes again after midnight."""
    with monkeypatch.context() as patch:
        patch.setattr(quizzes.scoring, "_call", None)
        with pytest.raises(TypeError):
            await sent(quizzes, base, event("a", 5))
    clock.ms += DAY
    assert await sent(other, base, event("a", 5)) == ["applied"]
    assert (await points(quizzes, base, "202603100000"), await labels(quizzes, base)) == (5, ["202603100000"])


async def test_taking_back_what_another_period_has(quizzes: Quizzes, clock: Clock, base: str) -> None:
    await sent(quizzes, base, event("a", 5), event("b", 7))
    clock.ms += DAY
    back = Event(event="back", operator="retract", retracts="a")
    assert await sent(quizzes, base, back, back) == ["applied", "duplicate"]
    assert await points(quizzes, base, "202603100000") == 7
    early = Event(event="early", operator="retract", retracts="c")
    assert await sent(quizzes, base, early) == ["applied"]
    assert await sent(quizzes, base, event("c", 9, NOW)) == ["applied"]  # and taken back
    assert (await points(quizzes, base, "202603100000"), await points(quizzes, base, "202603110000")) == (7, 0)


async def test_what_is_remembered_of_events_is_bounded(
    quizzes: Quizzes, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = await daily(quizzes, history=2)
    monkeypatch.setattr(series, "MOST_EVENTS", 2)
    assert await sent(quizzes, base, event("a"), event("b")) == ["applied", "applied"]
    assert await sent(quizzes, base, event("c"), event("a")) == ["OUT_OF_RANGE", "duplicate"]
    clock.ms += 2 * DAY
    assert await sent(quizzes, base, event("c")) == ["applied"]
    assert await quizzes.writer.command("ZRANGE", Keys(base).placed, 0, -1) == [b"c"]


async def test_a_series_that_is_finished_or_locked_takes_no_new_periods(
    quizzes: Quizzes, clock: Clock, base: str
) -> None:
    today = await quizzes.series.quiz_of(base)
    await quizzes.store.lock(base)
    clock.ms += DAY
    assert await sent(quizzes, base, event("a"), event("late", 1, NOW)) == ["LOCKED", "applied"]
    assert await quizzes.series.quiz_of(base) == today
    await quizzes.store.lock(base, False)
    assert await sent(quizzes, base, event("b")) == ["applied"]
    tomorrow = await quizzes.series.quiz_of(base)
    assert tomorrow == f"{base}-202603110000"
    await quizzes.store.finish(base)
    clock.ms += DAY
    assert await sent(quizzes, base, event("c")) == ["FINISHED"]
    assert await quizzes.series.quiz_of(base) == tomorrow
    assert await labels(quizzes, base) == ["202603110000", "202603100000"]


async def test_a_period_that_was_lost_is_made_again(
    quizzes: Quizzes, clock: Clock, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failover may lose what was written last."""
    quiz = await quizzes.series.quiz_of(base)
    await quizzes.writer.command("DEL", Keys(quiz).meta)
    assert await quizzes.series.quiz_of(base) == quiz
    assert not await quizzes.writer.command("EXISTS", Keys(quiz).meta)
    quizzes.series._sure = {name: until - series.SURE_S for name, until in quizzes.series._sure.items()}
    await quizzes.series.quiz_of(base)
    assert await quizzes.writer.command("EXISTS", Keys(quiz).meta)


async def test_hosts_of_the_base(quizzes: Quizzes, clock: Clock, base: str) -> None:
    first = await quizzes.store.cohost(base)
    quiz = await quizzes.series.quiz_of(base)
    later = await quizzes.store.cohost(base)
    strange = await quizzes.store.cohost(await daily(quizzes))
    assert await quizzes.store.owner(quiz) == "ann"
    for token in (first, later):
        assert await quizzes.series.role(quiz, token) == HOST
        assert (await quizzes.series.hello(quiz, token)).player == HOST
    with pytest.raises(Unauthorized):
        await quizzes.series.role(quiz, strange)
    assert (await quizzes.series.hello(quiz, strange)).player == ""
    terms = [(await quizzes.series.hello(quiz, token)).term for token in (first, later)]
    assert terms == [3, 4]  # one for each hello


async def test_seasons_over_periods(quizzes: Quizzes, clock: Clock, base: str) -> None:
    for day in range(3):
        await sent(quizzes, base, event(f"a{day}", 10**day), event(f"b{day}", 3, user="ben"))
        clock.ms += DAY
    ids = [row.quiz for row in (await quizzes.series.periods(base, None, 100)).rows]
    asked = MakeSeason(title="Best two of three", quizzes=ids, person="name", drop_worst=1)
    board = await quizzes.seasons.board(await quizzes.seasons.make(asked, "ann", CHANCE), 10)
    assert [(row.name, row.points) for row in board.rows] == [("ana", 110), ("ben", 6)]


# Over the network


@pytest.fixture
async def server(real_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Quizzes]]:
    """A node in this process whose day ends 1.5 s after its start: its address, and its quizzes."""
    monkeypatch.setattr(session, "OVER_WITHIN_S", (0.0, 0.05))
    monkeypatch.setattr(session, "RETRY_MS", (1_500, 1_500))
    node = uvicorn.Server(configuration(config.Settings(redis_url=real_url, admin_token="t", port=0)))
    quizzes: Quizzes = node.config.app.state.quizzes  # type: ignore[union-attr]
    began = time.monotonic()

    async def now() -> int:
        return at("2026-03-11") - 1_500 + int((time.monotonic() - began) * 1000)

    monkeypatch.setattr(quizzes.series, "now", now)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(node._serve([listener]))
        while not node.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", quizzes
        node.should_exit = True
        await serving


@pytest.fixture(params=["python", "javascript"])
async def clients(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clients]:
    found: Clients = InPython(monkeypatch, False) if request.param == "python" else await InJavaScript(False).start()
    yield found
    await found.stop()


async def test_clients_follow(clients: Clients, server: tuple[str, Quizzes]) -> None:
    address, quizzes = server
    base = await daily(quizzes)
    host = await quizzes.store.cohost(base)
    await sent(quizzes, base, event("a", 5))
    own = await clients.connect(address, f"{base}-202603100000")
    lives = [await clients.connect(address, base), await clients.connect(address, base, host)]
    await until(lambda: all(it.board is not None and it.board["rows"] for it in (*lives, own)))
    await until(lambda: any(it.status == "offline" for it in lives))
    gone = time.monotonic()
    await until(lambda: all(it.status == "online" and it.board["rows"] == [] for it in lives))  # type: ignore[index]
    assert time.monotonic() - gone > 1.3
    for live in lives:
        codes = [news["code"] for kind, news in live.events if kind == "status" and news["status"] == "offline"]
        assert codes == [4410]
        assert live.state is not None
        assert live.state["title"] == "Daily · 202603110000"
    assert await sent(quizzes, base, event("a", 5), event("b", 3)) == ["duplicate", "applied"]
    await until(lambda: all(it.board["rows"] and it.board["rows"][0]["points"] == 3 for it in lives))  # type: ignore[index]
    assert (own.status, own.board and own.board["rows"][0]["points"]) == ("online", 5)


async def test_over_http(nodes: Nodes) -> None:
    """What is read of the base is that of the period, and who hosts the one hosts the other."""
    world = World(node := nodes.start())
    yearly = {"period": "0 0 1 1 *", "privacy": "own"}
    made = world.make("/v1/quizzes", world.owner, title="Board", questions=[], settings=yearly)
    base, host = made["id"], made["host_token"]
    key = world.make("/v1/keys", world.owner, name="key", verbs=["*"], quizzes=[base])["token"]
    events = [{"event": "a", "user_id": "ana", "score": 5}, {"event": "b", "user_id": "ben", "score": 7}]
    scored = node.http("POST", f"/v1/quizzes/{base}/scores", key, json=events).json()
    assert [it["rank"] for it in scored["results"]] == [2, 1]
    [row] = node.http("GET", f"/v1/quizzes/{base}/periods").json()["rows"]
    quiz, label = row["quiz"], row["label"]
    assert quiz == f"{base}-{label}"
    assert node.http("GET", f"/v1/quizzes/{base}").json()["id"] == quiz
    for token in (host, key, world.owner):
        for path in (f"{base}/board", f"{base}/board?period={label}", f"{quiz}/board", f"{base}/results"):
            rows = node.http("GET", f"/v1/quizzes/{path}", token).json()["rows"]
            assert [it["points"] for it in rows] == [7, 5], path
        for path in ("standing", "explanation"):
            reply = node.http("GET", f"/v1/quizzes/{base}/players/ana/{path}", token)
            assert reply.status_code == 200, reply.text
        given = {"player": "ana", "points": 1, "reason": "test"}
        assert node.http("POST", f"/v1/quizzes/{quiz}/adjust", token, json=given).status_code == 200
        assert node.http("POST", f"/v1/quizzes/{quiz}/adjust", token, json=given | {"points": -1}).status_code == 200
    for token in ("", world.organizer):
        assert node.http("GET", f"/v1/quizzes/{base}/board", token).json()["code"] == "NOT_SHOWN"
        assert node.http("POST", f"/v1/quizzes/{quiz}/finish", token).status_code in (401, 403)
    other = world.make("/v1/quizzes", world.organizer, title="Board", questions=[], settings=yearly)
    assert node.http("POST", f"/v1/quizzes/{quiz}/finish", other["host_token"]).status_code == 401
    assert node.http("GET", f"/v1/quizzes/{base}/board?period=2001").json()["code"] == "MALFORMED"
    assert node.http("GET", f"/v1/quizzes/{base}/board?period=200101010000").json()["code"] == "NO_SUCH_QUIZ"
    season = {"title": "Season", "quizzes": [quiz]}
    assert node.http("POST", "/v1/seasons", key, json=season).status_code == 201
    joined = node.http("POST", f"/v1/quizzes/{base}/players", json={"name": "Cem"}).json()
    assert joined["quiz"] == quiz


async def test_an_empty_list_and_bad_events(quizzes: Quizzes, clock: Clock, base: str) -> None:
    """Every list is answered, as that of a quiz without periods."""
    assert (await quizzes.scoring.score(base, [])).version == 1
    bad = Bad("bad", OutOfRange("so"))
    scores = await quizzes.scoring.score(base, [bad, event("a"), bad])
    assert [(it.event, it.status) for it in scores.results] == [
        ("bad", "refused"),
        ("a", "applied"),
        ("bad", "refused"),
    ]
