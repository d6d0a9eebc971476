"""Scores from outside: in whatever order and however often events come, each counts once, and all agree on the total."""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import hypothesis
import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck

from leaderboard.errors import Malformed, NoSuchQuiz, OutOfRange
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.scores import Bad, Event, Scored, decode, read_entry
from leaderboard.state import scoring as module
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look
from tests.model import fold
from tests.nodes import ADMIN, Nodes
from tests.waiting import until

pytestmark = pytest.mark.anyio

EMPTY = Quiz(title="A board", questions=[])


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


class Game:
    """A quiz that programs send scores to."""

    def __init__(self, quizzes: Quizzes, client: redis.Redis, quiz: str, ascending: bool = False) -> None:
        self.quizzes, self.quiz, self.ascending = quizzes, quiz, ascending
        self.look = Look(client, quiz)

    async def send(self, *events: Event | Bad, account: str = "") -> list[Scored]:
        return (await self.quizzes.scoring.score(self.quiz, events, account, "test", ranks=True)).results

    async def said(self, *events: Event | Bad, account: str = "") -> list[str]:
        """What became of each: its status, or the code of its refusal."""
        return [it.code or it.status for it in await self.send(*events, account=account)]

    def points(self) -> dict[str, int]:
        return dict(self.look.board())

    async def prove(self, questions: int = 0) -> None:
        """All books agree."""
        verdict = await self.quizzes.audit.verify(self.quiz)
        assert not verdict.findings
        self.look.prove(questions)


async def game(quizzes: Quizzes, client: redis.Redis, quiz: Quiz = EMPTY, owner: str = "") -> Game:
    made = await quizzes.store.create(quiz, owner=owner)
    return Game(quizzes, client, made.id, quiz.settings.order == "ascending")


def event(
    id: str, score: int | None = 1, operator: Any = "incr", at: int | None = None, user: str = "ana", **more: str
) -> Event:
    return Event(id, user, score, operator, at, **more)


def retract(id: str, retracts: str) -> Event:
    return Event(id, operator="retract", retracts=retracts)


# The oracle


def totals(events: Sequence[Event], ascending: bool = False) -> dict[str, int]:
    gone = {it.retracts for it in events if it.operator == "retract"}
    live: dict[str, list[Event]] = {}
    for it in dict.fromkeys(events):
        if it.operator != "retract" and it.event not in gone:
            live.setdefault(it.user_id, []).append(it)
    return {user: fold(theirs, ascending) for user, theirs in live.items()}


IDS = [f"{letter}{n}" for letter in "aBé" for n in range(6)]
scores = st.builds(
    Event,
    event=st.sampled_from(IDS),
    user_id=st.sampled_from(["ana", "ana", "ana", "ben"]),
    score=st.integers(-5, 5),
    operator=st.sampled_from(["incr", "incr", "decr", "set", "best", "best"]),
    at=st.integers(0, 4),
)
retracts = st.builds(
    Event,
    event=st.sampled_from([f"r{n}" for n in range(4)]),
    operator=st.just("retract"),
    retracts=st.sampled_from(IDS),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """Events with different ids, and the lists in which they come: in any order, some of them again."""
    some = draw(st.lists(scores, max_size=12, unique_by=lambda it: it.event))
    some += draw(st.lists(retracts, max_size=4, unique_by=lambda it: it.event))
    again = draw(st.lists(st.sampled_from(some), max_size=4)) if some else []
    left, lists = draw(st.permutations(some + again)), []
    while left:
        size = draw(st.integers(1, len(left)))
        lists.append(left[:size])
        left = left[size:]
    return some, lists


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_any_order_gives_the_same(redis_url: str, order: Any, anyio_backend: Any) -> None:
    ascending, examples = order == "ascending", 100 if redis_url.startswith("unix") else 30  # fakeredis is slow
    with asyncio.Runner() as runner, redis.Redis.from_url(redis_url) as client:
        quizzes = Quizzes(redis_url)

        async def start() -> None:
            quizzes.start()

        @hypothesis.settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @hypothesis.given(histories())
        def agree(history: tuple[list[Event], list[list[Event]]]) -> None:
            runner.run(play(*history))

        async def play(events: list[Event], lists: list[list[Event]]) -> None:
            here = await game(quizzes, client, Quiz("x", [], Settings(order=order)))
            seen: set[str] = set()
            for some in lists:
                for it, result in zip(some, await here.send(*some), strict=True):
                    assert result.status == ("duplicate" if it.event in seen else "applied")
                    seen.add(it.event)
            expected = totals(events, ascending)
            assert {user: points for user, points in here.points().items() if points} == {
                user: points for user, points in expected.items() if points
            }
            await here.prove()

        runner.run(start())
        try:
            agree()
        finally:
            runner.run(quizzes.stop())


async def test_every_order_of_four(quizzes: Quizzes, client: redis.Redis, redis_url: str) -> None:
    """All operators, in all orders, with one taken back before or after it comes: a player for each case."""
    cases = list(
        itertools.product(
            itertools.product(["incr", "decr", "set", "best"], repeat=4), itertools.permutations(range(4))
        )
    )
    here = await game(quizzes, client)
    steps: list[list[Event]] = [[] for _ in range(5)]
    every = 1 if redis_url.startswith("unix") else 29  # fakeredis is slow
    for number, (operators, order) in enumerate(cases[::every]):
        user = f"p{number}"
        some = [event(f"{user}-{at}", (4, 3, 5, 2)[at], operators[at], at, user) for at in order]
        some.insert(number % 5, retract(f"{user}-r", f"{user}-{number % 7}"))  # sometimes of none
        for step, it in zip(steps, some, strict=True):
            step.append(it)
    for step in steps:
        for first in range(0, len(step), 1_000):
            assert {it.status for it in await here.send(*step[first : first + 1_000])} == {"applied"}
    assert here.points() == {f"p{n}": 0 for n in range(len(steps[0]))} | totals([it for step in steps for it in step])
    verdict = await quizzes.audit.verify(here.quiz) if every > 1 else None
    assert verdict is None or not verdict.findings


# Who is meant, and what is refused

QUESTIONS = [Question(text="Which?", choices=["a", "b"], answer=[1], rule="flat")]


async def test_who_is_meant(quizzes: Quizzes, client: redis.Redis) -> None:
    """A player by ID; a user by the account that had them join; else somebody new."""
    here = await game(quizzes, client, owner="shop")
    store = quizzes.store
    linh = await store.join(here.quiz, "Linh", user="external:shop:linh@example.org")
    jonas = await store.join(here.quiz, "Jonas", user="external:other:jonas")
    assert (
        await here.said(
            event("a", user=linh.id), event("b", user="linh@example.org"), event("c", user="jonas", name="  Jonas  2 ")
        )
        == ["applied"] * 3
    )
    assert here.points() == {linh.id: 2, "jonas": 1, jonas.id: 0}
    assert await here.said(event("d", user="jonas"), account="other") == ["applied"]
    assert {it.name for it in (await store.people(here.quiz)).rows} == {"Linh", "Jonas", "Jonas 2"}
    again = await store.join(here.quiz, "Anything", user="external:shop:jonas")
    assert (again.id, again.rejoined) == ("jonas", True)  # whom a program has put there may come themselves
    await here.prove()


async def test_who_was_removed(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client, owner="shop")
    linh = await quizzes.store.join(here.quiz, "Linh", user="external:shop:linh")
    assert await here.said(event("a", 5, user="linh"), event("b", 5, user="new")) == ["applied"] * 2
    for player in (linh.id, "new"):
        await quizzes.store.remove(here.quiz, player)
    for user in (linh.id, "linh", "new"):
        assert await here.said(event(f"c{user}", user=user)) == ["REMOVED"]
    assert await here.said(retract("r", "a")) == ["REMOVED"]
    await here.prove()
    await quizzes.store.reset(here.quiz)
    assert await here.said(event("d", 3, user="new"), event("e", 4, user="linh")) == ["applied"] * 2
    assert here.points() == {"linh": 4, "new": 3}
    await quizzes.store.remove(here.quiz, "new", ban=True)
    await quizzes.store.reset(here.quiz)
    assert await here.said(event("f", user="new")) == ["BANNED"]


async def test_who_waits_to_be_admitted(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client, Quiz("x", [], Settings(approval=True, start=100)))
    linh = (await quizzes.store.join(here.quiz, "Linh")).id
    [result] = await here.send(event("a", 5, user=linh))
    assert (result.status, result.points, result.rank) == ("applied", 105, 0)
    assert here.points() == {}
    await quizzes.store.admit(here.quiz, linh)
    assert here.points() == {linh: 105}
    [result] = await here.send(event("b", 5, user="new"))
    assert (result.points, result.rank) == (105, 1) if result.rank == 1 else (105, 2)
    await here.prove()


async def test_refusals(quizzes: Quizzes, client: redis.Redis) -> None:
    """Nothing of a bad event is done; the others of its list are."""
    here = await game(quizzes, client, Quiz("x", [], Settings(max_players=2)))
    assert await here.said(event("a"), event("b", user="ben")) == ["applied"] * 2
    before = client.hgetall(Keys(here.quiz).meta), client.hgetall(here.look.keys.events)
    assert await here.said(
        *(
            event("c", user="one-too-many"),
            event("d", user="no id"),
            event("e", user="x" * 65),
            event("f", name="\u200b"),
        ),
        *(event("a", 2), event("a", user="ben"), event("a", at=1), event("a", operator="set"), retract("a", "b")),
        *(event("g", 19_999_999), event("g", 20_000_000), event("h", -20_000_000, user="ben")),
        *(Bad("i", Malformed("why")), event("j", 1)),
    ) == [
        *("FULL", "NO_SUCH_PLAYER", "NO_SUCH_PLAYER", "BAD_NAME"),
        *["ID_REUSED"] * 5,
        *("applied", "ID_REUSED", "applied"),
        *("MALFORMED", "OUT_OF_RANGE"),
    ]
    assert here.points() == {"ana": 20_000_000, "ben": -19_999_999}
    assert len(client.hgetall(here.look.keys.events)) == len(before[1]) + 2
    await here.prove()


async def test_a_list_of_bad_events_changes_nothing(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(event("a"))

    def all_there_is() -> dict[bytes, Any]:
        names: Any = client.keys("quiz:*")
        return {name: client.dump(name) if client.type(name) != b"stream" else client.xlen(name) for name in names}

    keys, asked = Keys(here.quiz), cast(Any, client)
    await until(lambda: json.loads(asked.get(keys.shown))["version"] == int(asked.hget(keys.meta, "version")))
    before = all_there_is()
    assert set(await here.said(event("a", 2), event("b", user="?"), event("c", name="\u200b"))) == {
        "ID_REUSED",
        "NO_SUCH_PLAYER",
        "BAD_NAME",
    }
    assert all_there_is() == before
    with pytest.raises(NoSuchQuiz):
        await quizzes.scoring.score("NOSUCHQZ", [event("a")])


async def test_the_bound_is_that_of_host_and_programs_together(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(event("a", 15_000_000))
    await quizzes.corrections.adjust(here.quiz, "ana", 5_000_000, "x")
    with pytest.raises(OutOfRange):
        await quizzes.corrections.adjust(here.quiz, "ana", 1, "x")
    assert await here.said(event("b")) == ["OUT_OF_RANGE"]
    assert await here.said(event("c", -1), event("b")) == ["applied", "applied"]
    await here.prove()


async def test_an_old_quiz_knows_of_no_most_players(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    client.hdel(Keys(here.quiz).meta, "max_players")
    assert await here.said(event("a"), Event("b", "somebody_new", 1)) == ["applied", "applied"]
    await here.prove()


async def test_how_many_events_a_quiz_takes(
    quizzes: Quizzes, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 3)
    here = await game(quizzes, client)
    assert await here.said(*(event(id) for id in "abcd"), event("a")) == [*["applied"] * 3, "OUT_OF_RANGE", "duplicate"]


async def test_phases(quizzes: Quizzes, client: redis.Redis) -> None:
    """From the lobby until the end; whatever counts besides."""
    here, store = await game(quizzes, client, Quiz("x", QUESTIONS, Settings(start=10, reveal="close"))), quizzes.store
    ana = (await store.join(here.quiz, "Ana")).id
    assert await here.said(event("a", user=ana)) == ["applied"]
    await store.open(here.quiz, 0)
    await store.answer(here.quiz, ana, 0, [1])
    assert await here.said(event("b", user=ana)) == ["applied"]
    assert here.look.shown()["rows"][0]["points"] == 11  # it is held back
    await store.close(here.quiz)
    assert here.points() == {ana: 1012}
    await quizzes.corrections.correct(here.quiz, 0, "x", answer=[0])
    assert here.points() == {ana: 12}
    await store.freeze(here.quiz)
    await here.send(event("c", user=ana))
    assert here.look.shown()["rows"][0]["points"] == 12
    await store.finish(here.quiz)
    assert await here.said(event("d", user=ana), event("a", user=ana), retract("r", "a")) == [
        "FINISHED",
        "duplicate",
        "FINISHED",
    ]
    await store.reveal(here.quiz)
    assert here.points() == {ana: 13}
    explained = await quizzes.reports.explain(here.quiz, ana)
    assert explained.complete
    assert (3, "sent by other programs: 3 events") in [(line.delta, line.text) for line in explained.lines]
    [row] = (await quizzes.reports.results(here.quiz)).rows
    assert (row.sent, row.events) == (3, 3)
    await here.prove(1)


async def test_across_a_reset(quizzes: Quizzes, client: redis.Redis) -> None:
    """What was sent before counts no more, nor does it when it comes again; nor does taking it back change anything."""
    here = await game(quizzes, client, Quiz("x", [], Settings(start=10)))
    await here.send(event("a", 5), retract("r", "late"))
    await quizzes.store.reset(here.quiz)
    assert here.points() == {"ana": 10}
    assert await here.said(event("a", 5), event("b", 2), retract("s", "a"), event("late", 9)) == [
        "duplicate",
        *["applied"] * 3,
    ]
    assert here.points() == {"ana": 12}
    await here.prove()


async def test_what_says_no_time_counts_as_it_comes(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(*(event(id, n, "set") for n, id in enumerate("zyxwv")))
    assert here.points() == {"ana": 4}
    await here.send(event("a", 7, "set"))
    await here.send(event("old", 100, "set", at=1_000))
    assert here.points() == {"ana": 7}


async def test_many_at_once_by_many(redis_url: str, quizzes: Quizzes, client: redis.Redis) -> None:
    """The same events from two processes, several times, at once."""
    other = Quizzes(redis_url)
    other.start()
    here = await game(quizzes, client)
    events = [event(f"e{n}", n % 7, "decr" if n % 3 else "incr", at=n, user=f"p{n % 3}") for n in range(450)]
    sent = [
        it.scoring.score(here.quiz, events[first:] + events[:first]) for it in (quizzes, other) for first in (0, 225)
    ]
    results = [result for scores in await asyncio.gather(*sent) for result in scores.results]
    assert sum(it.status == "applied" for it in results) == 450
    assert sum(it.status == "duplicate" for it in results) == 1_350
    assert here.points() == totals(events)
    await here.prove()
    await other.stop()


async def test_too_far_back(quizzes: Quizzes, client: redis.Redis) -> None:
    """An event that would have to be put below ten thousand others is refused; those that need not are not."""
    here = await game(quizzes, client)
    await here.send(*(event(f"e{n}", 1, at=1_000 + n) for n in range(10_001)))
    assert await here.said(event("s", 0, "set", at=1), event("b", 7, "best", at=1)) == ["TOO_FAR_BACK"] * 2
    assert here.points() == {"ana": 10_001}
    assert (
        await here.said(
            event("i", 1, at=1), event("t", 5, "set", at=10_900), retract("r", "e10000"), event("u", 9, "set", at=2)
        )
        == ["applied"] * 4
    )
    assert here.points() == {"ana": 5 + 99}
    await here.prove()


async def test_no_call_looks_at_too_many(
    quizzes: Quizzes, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list whose events must be put below many others takes several calls of the script."""
    here = await game(quizzes, client)
    await here.send(*(event(f"e{n}", 1, at=1_000 + n) for n in range(6_000)))
    calls, call = 0, module.Scoring._call

    async def counted(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        return await call(*args)

    monkeypatch.setattr(module.Scoring, "_call", counted)
    assert await here.said(*(event(f"b{n}", 1, "best", at=1) for n in range(5))) == ["applied"] * 5
    assert calls == 3
    assert here.points() == {"ana": 6_001}


async def test_who_comes_late_gets_the_average_of_what_was_sent_too(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client, Quiz("x", QUESTIONS, Settings(late="average")))
    await here.send(event("a", 300), event("b", 100, user="ben"))
    await quizzes.store.open(here.quiz, 0)
    await quizzes.store.close(here.quiz)
    await here.send(event("c", 100))
    cem = (await quizzes.store.join(here.quiz, "Cem")).id
    assert here.points() == {"ana": 400, cem: 250, "ben": 100}
    await here.prove(1)


async def test_verify_sees_what_is_wrong(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(event("a", 5), event("b", 3, user="ben"))
    first: Any = client.zrange(here.look.keys.timeline, 0, 0)
    client.zrem(here.look.keys.timeline, *first)
    verdict = await quizzes.audit.verify(here.quiz)
    assert [(it.player, it.what) for it in verdict.findings] == [
        ("ana", "1 events have given 5, but there are 0 that give 0")
    ]


async def test_rebuild(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(event("a", 5), event("b", 3, user="ben"))
    client.zadd(here.look.keys.board, {"ana": 77.5})
    assert not (await quizzes.audit.rebuild(here.quiz)).wrong
    assert here.points() == {"ana": 5, "ben": 3}
    await here.prove()


# The forms in which events come


CLOUD = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "points", "time": "2026-11-21T10:00:00.5Z"}
CLOUDS: list[dict[str, Any]] = [
    CLOUD | {"data": {"user_id": "ana", "score": 5}},
    CLOUD | {"id": "8", "more": "x", "data": {"user_id": "ana", "score": 2, "operator": "set", "name": "Ana"}},
]
AT = 1_795_255_200_500


def test_forms() -> None:
    first = Event("/shop 7", "ana", 5, "incr", AT)
    second = Event("/shop 8", "ana", 2, "set", AT, "Ana")
    plain = b'{"event":"/shop 7","user_id":"ana","score":5,"at":%d}' % AT
    assert decode(plain) == [first]
    assert decode(b"[" + plain + b"," + plain + b"]", "application/json") == [first, first]
    assert decode(b" [] ") == []
    assert decode(json.dumps(CLOUDS[0]).encode(), "application/cloudevents+json; charset=utf-8") == [first]
    assert decode(json.dumps(CLOUDS).encode(), "application/cloudevents-batch+json") == [first, second]
    headers = {f"ce-{name}": value for name, value in CLOUD.items()}
    assert decode(b'{"user_id":"ana","score":5}', "application/json", headers) == [first]
    flat = {"quiz_id": "Q", "user_id": "ana", "score": "5", "event": "/shop 7", "at": str(AT)}
    assert read_entry([part.encode() for pair in flat.items() for part in pair]) == ("Q", first)
    cloud = CLOUD | {"data": {"quiz_id": "Q", "user_id": "ana", "score": 5}}
    assert read_entry([b"cloudevent", json.dumps(cloud).encode()]) == ("Q", first)
    assert decode(b'{"event":"r","operator":"retract","retracts":"/shop 7"}') == [retract("r", "/shop 7")]


GOOD = {"event": "e", "user_id": "ana", "score": 5}
BAD: list[tuple[Any, str]] = [
    (GOOD | {"score": "ten"}, "Expected `int"),
    (GOOD | {"score": 1.5}, "Expected `int"),
    (GOOD | {"score": 1e40}, "Expected `int"),
    (GOOD | {"score": True}, "Expected `int"),
    (GOOD | {"score": None}, "has a score"),
    (GOOD | {"score": 10**40}, "at most 20,000,000"),
    (GOOD | {"score": -20_000_001}, "at most 20,000,000"),
    (GOOD | {"score": float("nan")}, "JSON is malformed"),
    ({"user_id": "ana", "score": 5}, "missing required field `event`"),
    (GOOD | {"event": ""}, "length >= 1"),
    (GOOD | {"event": "x" * 129}, "length <= 128"),
    (GOOD | {"event": "a\u0000"}, "visible"),
    (GOOD | {"event": " a"}, "visible"),
    (GOOD | {"user_id": ""}, "`user_id` is missing"),
    (GOOD | {"user_id": "a\n"}, "cannot be seen"),
    (GOOD | {"operator": "times"}, "Invalid enum value"),
    (GOOD | {"at": -1}, ">= 0"),
    (GOOD | {"at": 2**53}, "<= 9007199254739"),
    (GOOD | {"at": "now"}, "Expected `int"),
    (GOOD | {"more": 1}, "unknown field `more`"),
    (GOOD | {"retracts": "x"}, "operator `retract`"),
    ({"event": "r", "operator": "retract"}, "names in `retracts`"),
    ({"event": "r", "operator": "retract", "retracts": "r"}, "itself"),
    (7, "Expected `object`"),
    ([1, 2], ""),
]


@pytest.mark.parametrize(("said", "why"), BAD, ids=lambda it: str(it)[:40])
def test_what_is_no_event(said: Any, why: str) -> None:
    if isinstance(said, list):
        assert all(isinstance(it, Bad) for it in decode(json.dumps(said).encode()))
        return
    [alone] = decode(json.dumps(said).encode())
    assert isinstance(alone, Bad)
    assert why in alone.refusal.detail
    if why != "JSON is malformed":
        assert alone.event == (said.get("event", "")[:128] if isinstance(said, dict) else "")
        mixed = decode(json.dumps([GOOD, said, GOOD]).encode())
        assert [isinstance(it, Bad) for it in mixed] == [False, True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"id": ""},
        {"source": "x" * 127},
        {"type": ""},
        {"time": "yesterday"},
        {"time": "2026-11-21T10:00:00"},
        {"time": "1969-11-21T10:00:00Z"},
        {"data": {"score": 5}},
        {"data": {"user_id": "ana", "score": 5, "event": "x"}},
        {"data": None},
    ],
    ids=str,
)
def test_what_is_no_cloudevent(change: dict[str, Any]) -> None:
    [found] = decode(json.dumps(CLOUDS[0] | change).encode(), "application/cloudevents+json")
    assert isinstance(found, Bad)


@pytest.mark.parametrize("body", [b"", b"[", b"\xff", b'{"event":', b"[" * 100_000, b"[" + b"1," * 1_000 + b"1]"])
def test_what_is_no_list(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert all(isinstance(it, Bad) for it in decode(body))


def test_over_http(nodes: Nodes) -> None:
    """One event, a list, CloudEvents; by the host, by a key; not by others."""
    node = nodes.start()
    quiz, host = node.create(questions=[])
    path = f"/v1/quizzes/{quiz}/scores"

    def send(body: Any, kind: str = "application/json", **headers: str) -> Any:
        headers = {"content-type": kind} | headers
        return node.http("POST", path, host, content=json.dumps(body).encode(), headers=headers)

    first = send(GOOD).json()
    assert first["results"] == [{"event": "e", "status": "applied", "points": 5, "rank": 1}]
    assert first["durable"]
    assert send(GOOD).json()["results"][0]["status"] == "duplicate"
    again = send(GOOD | {"score": 6})
    assert (again.status_code, again.json()["code"]) == (409, "ID_REUSED")
    several = send([GOOD | {"event": "f", "user_id": "ben", "score": 9}, GOOD | {"score": 6}, {"event": "g"}]).json()
    assert several["results"] == [
        {"event": "f", "status": "applied", "points": 9, "rank": 1},
        {
            "event": "e",
            "status": "refused",
            "code": "ID_REUSED",
            "detail": "Another event has this ID, with other content.",
        },
        several["results"][2],
    ]
    assert several["results"][2]["code"] == "MALFORMED"
    assert send(CLOUDS[0], "application/cloudevents+json").json()["results"][0]["points"] == 10
    assert send(CLOUDS, "application/cloudevents-batch+json").json()["results"][1]["points"] == 7
    binary = {f"ce-{name}": value for name, value in CLOUD.items()} | {"ce-id": "9"}
    assert send({"user_id": "ana", "score": 1}, **binary).json()["results"][0]["points"] == 8
    for body, status, code in (
        (GOOD | {"event": "h", "score": 10**8}, 422, "OUT_OF_RANGE"),
        (GOOD | {"event": "h", "user_id": "?"}, 404, "NO_SUCH_PLAYER"),
        (GOOD | {"event": "h", "score": "ten"}, 400, "MALFORMED"),
        ([GOOD] * 1_001, 400, "MALFORMED"),
    ):
        refused = send(body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    _, player = node.join(quiz, "Ana")
    assert node.http("POST", path, player, json=GOOD).json()["code"] == "FORBIDDEN"
    assert node.http("POST", path, json=GOOD).json()["code"] == "UNAUTHORIZED"
    assert node.http("POST", "/v1/quizzes/NOSUCHQZ/scores", ADMIN, json=GOOD).json()["code"] == "NO_SUCH_QUIZ"
    board = node.http("GET", f"/v1/quizzes/{quiz}/board").json()
    assert [(row["id"], row["points"]) for row in board["rows"]][:2] == [("ben", 9), ("ana", 8)]
    sheet = node.http("GET", f"/v1/quizzes/{quiz}/results?format=csv", host).text
    assert "Sent by programs" in sheet
    said = node.http("GET", "/metrics").text
    assert "leaderboard_scores_applied_total 5.0" in said
    assert 'leaderboard_scores_refused_total{code="ID_REUSED"} 2.0' in said
    assert 'leaderboard_scores_waiting{shard="0"} 0.0' in said
    assert "Traceback" not in node.log.read_text()


async def test_points_that_are_sent_are_not_won_in_play(quizzes: Quizzes, client: redis.Redis) -> None:
    """A penalty takes at most what has been won; what programs send is safe from it, now and when a key is corrected."""
    here = await game(quizzes, client, Quiz("x", QUESTIONS, Settings(penalty=500)))
    ana = (await quizzes.store.join(here.quiz, "Ana")).id
    await here.send(event("a", 300, user=ana))
    await quizzes.store.open(here.quiz, 0)
    await quizzes.store.answer(here.quiz, ana, 0, [0])
    await here.prove(1)
    assert here.points() == {ana: 300}


async def test_teams_of_players(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client, Quiz("x", [], Settings(team_score="sum")))
    for name, team in (("Ana", "Owls"), ("Ben", "Owls"), ("Cem", "Bears")):
        await quizzes.store.join(here.quiz, name, team=team)
    people = {it.name: it.id for it in (await quizzes.store.people(here.quiz)).rows}
    await here.send(*(event(f"e{n}", n, user=people[name]) for n, name in enumerate(["Ana", "Ben", "Cem", "Ana"], 1)))
    assert here.look.teams() == {"Owls": 1 + 2 + 4, "Bears": 3}
    await here.prove()


async def test_a_retraction_cannot_be_taken_back(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    await here.send(Event(user_id="ana", score=5, event="a"), Event(operator="retract", retracts="a", event="b"))
    assert await here.said(Event(operator="retract", retracts="b", event="c")) == ["MALFORMED"]
    assert here.points() == {"ana": 0}
    await here.prove()


async def test_what_lies_far_ahead(quizzes: Quizzes, client: redis.Redis) -> None:
    here = await game(quizzes, client)
    now = int(time.time() * 1000)
    sent = [Event(user_id="ana", score=1, event=f"{hours}", at=now + hours * 3_600_000) for hours in (0, 23, 25, 10**6)]
    assert await here.said(*sent) == ["applied", "applied", "OUT_OF_RANGE", "OUT_OF_RANGE"]
    assert here.points() == {"ana": 2}
    await here.prove()
