"""Pacing, time and points where the state machine does not look: it has no clock, and one hand."""

import asyncio
from typing import Any

import msgspec
import pytest
import redis

from leaderboard.errors import (
    AllDrawn,
    HeldBack,
    Locked,
    MovedOn,
    NotOpen,
    OutOfRange,
    Paused,
    Refusal,
    TakenOver,
    TooLate,
    WrongPacing,
)
from leaderboard.quiz import verbs
from leaderboard.quiz.content import Choice, Question, Quiz, Settings
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import from_cursor
from leaderboard.state.store import Store
from tests.inspect import Look

pytestmark = pytest.mark.anyio

ONE = Question(text="One", choices=["a", "b"], answer=[1], time_limit=30)
QUICK = msgspec.structs.replace(ONE, time_limit=1)


def quiz(*questions: Question, **settings: Any) -> Quiz:
    return Quiz(title="Play", questions=list(questions), settings=Settings(**settings))


async def started(store: Store, made: Quiz, players: int = 1) -> tuple[str, list[str]]:
    """A quiz with players. Returns their ids too."""
    id = (await store.create(made)).id
    return id, [(await store.join(id, f"P{i}")).id for i in range(players)]


async def until(store: Store, quiz: str, phase: str, within_s: float = 5) -> Any:
    async with asyncio.timeout(within_s):
        while (state := await store.state(quiz)).phase != phase:
            await asyncio.sleep(0.02)
    return state


def look(redis_url: str, quiz: str) -> Look:
    return Look(redis.Redis.from_url(redis_url), quiz)


# Pacing


async def test_auto_needs_nobody(store: Store) -> None:
    made = quiz(QUICK, QUICK, pacing="auto", lobby_s=1, pause_s=1)
    id = (await store.create(made)).id
    assert (await store.state(id)).next_at == 0
    player = (await store.join(id, "Ana")).id
    lobby = await store.state(id)
    assert 0 < lobby.next_at - lobby.now <= 1000
    opened = await until(store, id, "question")
    assert 0 <= opened.now - lobby.next_at < 500
    await store.answer(id, player, 0, [1])
    closed = await until(store, id, "closed")
    assert closed.next_at - closed.now == 1000
    second = await until(store, id, "question")
    assert (second.question.number, second.now >= closed.next_at) == (1, True)
    await until(store, id, "finished")


async def test_a_host_may_interfere_with_auto(store: Store) -> None:
    id, _ = await started(store, quiz(ONE, ONE, pacing="auto", lobby_s=1, pause_s=1))
    await store.pause(id)
    await asyncio.sleep(1.2)
    assert (await store.state(id)).phase == "lobby"
    await store.resume(id)
    await until(store, id, "question")
    await store.close(id)
    await store.next(id)
    assert (await store.state(id)).question.number == 1  # type: ignore[union-attr]


async def test_self_pacing_has_a_clock_for_each(store: Store, quizzes: Quizzes) -> None:
    id, (ana, ben) = await started(store, quiz(ONE, QUICK, pacing="self"), 2)
    with pytest.raises(NotOpen):
        await store.draws.draw(id, ana, -1)
    await store.open(id)
    with pytest.raises(NotOpen):
        await store.answer(id, ana, 0, [1])
    drawn = await store.draws.draw(id, ana, -1)
    assert (drawn.question.number, drawn.closes_at - drawn.opened_at) == (0, 30_000)
    again = await store.draws.draw(id, ana, -1)
    assert again.duplicate
    assert (again.opened_at, again.closes_at) == (drawn.opened_at, drawn.closes_at)
    assert (await store.answer(id, ana, 0, [1])).points == 1000
    with pytest.raises(MovedOn):
        await store.draws.draw(id, ana, 1)
    await store.draws.draw(id, ana, 0)
    await asyncio.sleep(1.05)
    with pytest.raises(TooLate):
        await store.answer(id, ana, 1, [1])
    with pytest.raises(AllDrawn):
        await store.draws.draw(id, ana, 1)
    standing, other = await quizzes.standings.you(id, -1, [ana, ben])
    assert standing.own is not None
    assert (standing.own.question.number, other.own) == (1, None)
    await store.draws.draw(id, ben, -1)
    await store.answer(id, ben, 0, [1])
    before = await quizzes.reports.explain(id, ana, host=False)
    await store.finish(id)
    with pytest.raises(NotOpen):
        await store.draws.draw(id, ben, 0)
    after = await quizzes.reports.explain(id, ana, host=False)
    assert [line.key for line in before.lines] == [None, None]
    assert [line.key and line.key.answer for line in after.lines] == [[1], [1]]
    assert [(line.asked, line.choice) for line in before.lines] == [(None, None)] * 2
    assert [(line.asked and line.asked.number, line.choice) for line in after.lines] == [(0, [1]), (1, None)]
    assert (await quizzes.audit.verify(id)).wrong == 0


async def test_self_pacing_opens_and_closes_by_the_clock(store: Store) -> None:
    now = (await store.state((await store.create(quiz(ONE))).id)).now
    id, [ana] = await started(store, quiz(ONE, pacing="self", opens_at=now + 700, closes_at=now + 1700))
    store.watch(id, await store.state(id), now)
    state = await until(store, id, "running")
    assert (state.now >= now + 700, state.closes_at) == (True, now + 1700)
    assert (await store.draws.draw(id, ana, -1)).closes_at == now + 1700
    await until(store, id, "finished")


async def test_what_a_pacing_does_not_know(store: Store) -> None:
    id, [ana] = await started(store, quiz(ONE))
    with pytest.raises(WrongPacing):
        await store.draws.draw(id, ana, -1)
    own, _ = await started(store, quiz(ONE, pacing="self"))
    await store.open(own)
    for work in (store.open(own, 0), store.pause(own), store.skip(own, 0)):
        with pytest.raises(WrongPacing):
            await work


async def test_the_clock_stands_and_goes_on(store: Store, redis_url: str) -> None:
    id, [ana] = await started(store, quiz(QUICK))
    await store.open(id, 0)
    before = look(redis_url, id).meta()
    await store.pause(id)
    with pytest.raises(Paused):
        await store.answer(id, ana, 0, [1])
    await asyncio.sleep(1.2)
    assert (await store.state(id)).phase == "question"
    await store.resume(id)
    after = look(redis_url, id).meta()
    stood_ms = int(after["opened_at"]) - int(before["opened_at"])
    assert stood_ms >= 1200
    assert int(after["closes_at"]) - int(before["closes_at"]) == stood_ms
    assert (await store.answer(id, ana, 0, [1])).points == 1000  # what passed while it stood does not count
    await until(store, id, "closed")


async def test_more_time_for_all(store: Store) -> None:
    id, [ana] = await started(store, quiz(QUICK))
    await store.open(id, 0)
    closes_at = (await store.state(id)).closes_at
    assert not (await store.extend(id, 0, 1, closes_at)).duplicate
    assert (await store.extend(id, 0, 1, closes_at)).duplicate
    with pytest.raises(MovedOn):
        await store.extend(id, 0, 2, closes_at)
    assert (await store.state(id)).closes_at == closes_at + 1000
    with pytest.raises(OutOfRange):
        await store.extend(id, 0, 3600)
    await asyncio.sleep(1.2)
    assert (await store.answer(id, ana, 0, [1])).points == 500  # as at the end of the time limit, not less
    await until(store, id, "closed")
    with pytest.raises(NotOpen):
        await store.extend(id, 0, 1)


async def test_more_time_for_one(store: Store, redis_url: str, quizzes: Quizzes) -> None:
    id, (ana, ben) = await started(store, quiz(QUICK, rule="linear"), 2)
    await store.extra(id, ana, 200)
    await store.open(id, 0)
    state = await store.state(id)
    assert state.closes_at - state.now == 1000  # nobody else needs to know
    await asyncio.sleep(1.1)
    with pytest.raises(TooLate):
        await store.answer(id, ben, 0, [1])
    assert (await store.state(id)).phase == "question"
    answered = await store.answer(id, ana, 0, [1])
    record = look(redis_url, id).answers(0)[ana]
    assert record["limit"] == 2000
    assert answered.points == int(1000 * (1 - record["ms"] / 2000) + 0.5)
    closed = await until(store, id, "closed")
    assert closed.now - state.now >= 2000
    assert (await quizzes.audit.verify(id)).wrong == 0


async def test_credit_for_the_network_is_bounded_and_recorded(store: Store, redis_url: str) -> None:
    id, (ana, ben, eve) = await started(store, quiz(ONE, credit_ms=50), 3)
    await store.open(id, 0)
    inside = look(redis_url, id)
    inside.client.hincrby(inside.keys.meta, "opened_at", -3000)
    for player, rtt_ms, credit in ((ana, 0, 0), (ben, 30, 30), (eve, 100_000, 50)):
        await store.answer(id, player, 0, [1], rtt_ms=rtt_ms)
        record = inside.answers(0)[player]
        assert record["credit"] == credit
        assert 3000 - credit <= record["ms"] < 3500 - credit


async def test_the_last_millisecond(store: Store, redis_url: str) -> None:
    """Until the deadline by Redis's clock, and not one millisecond longer."""
    id, players = await started(store, quiz(QUICK), 40)
    store.deadlines.stop()
    await store.open(id, 0)
    store.deadlines.stop()
    meta = look(redis_url, id).meta()
    taken, late = [], 0
    await asyncio.sleep(0.97)
    for player in players:
        try:
            taken.append((await store.answer(id, player, 0, [1])).points)
        except TooLate:
            late += 1
        await asyncio.sleep(0.002)
    assert late > 0
    limit_ms = int(meta["closes_at"]) - int(meta["opened_at"])
    assert all(record["ms"] <= limit_ms for record in look(redis_url, id).answers(0).values())
    assert all(isinstance(points, int) and points >= 500 for points in taken)


# Points


@pytest.mark.parametrize(
    ("settings", "ms", "points"),
    [
        ({"rule": "speed"}, 100, 1000),
        ({"rule": "speed"}, 501, 992),
        ({"rule": "speed"}, 15_000, 750),
        ({"rule": "speed"}, 29_000, 517),
        ({"rule": "linear"}, 499, 983),
        ({"rule": "linear"}, 15_000, 500),
        ({"rule": "linear"}, 29_000, 33),
        ({"rule": "flat"}, 29_000, 1000),
        ({"rule": "order", "places": [70, 30]}, 29_000, 700),
    ],
)
async def test_points_by_rule_and_time(
    store: Store, redis_url: str, settings: dict[str, Any], ms: int, points: int
) -> None:
    id, [ana] = await started(store, quiz(ONE, **settings))
    await store.open(id, 0)
    inside = look(redis_url, id)
    inside.client.hincrby(inside.keys.meta, "opened_at", -ms)
    done = await store.answer(id, ana, 0, [1])
    took_ms = inside.answers(0)[ana]["ms"]
    assert ms <= took_ms < 30_000
    slack = {"speed": 1000 / 30_000 / 2, "linear": 1000 / 30_000}.get(settings["rule"], 0) * (took_ms - ms)
    assert isinstance(done.points, int)
    assert points - slack - 1 <= done.points <= points


async def test_streaks_penalties_and_places(store: Store) -> None:
    made = quiz(*[ONE] * 6, rule="flat", streak_bonus=100, streak_most=2, penalty=3000)
    id, [ana] = await started(store, made)
    given = []
    for number, right in enumerate((1, 1, 1, 1, 0, 1)):
        await store.next(id)
        given.append((await store.answer(id, ana, number, [right])).points)
        await store.close(id)
    assert given == [1000, 1100, 1200, 1200, -3000, 1000]
    ordered, players = await started(store, quiz(ONE, ONE, rule="order", places=[100, 40], penalty=10, floor=False), 4)
    await store.next(ordered)
    choices: list[Choice] = [[0], [1], [1], [1]]
    points = [(await store.answer(ordered, player, 0, c)).points for player, c in zip(players, choices, strict=True)]
    assert points == [-10, 1000, 400, 400]


async def test_what_stands_in_the_way_is_closed_first(store: Store, quizzes: Quizzes, redis_url: str) -> None:
    """The time of the question is over, and no timer has closed it yet."""
    id, (ana, ben) = await started(store, quiz(QUICK, QUICK, QUICK, late="average"), 2)
    for number in range(2):
        await store.next(id)
        store.deadlines.stop()
        await store.answer(id, (ana, ben)[number], number, [1])
        await asyncio.sleep(1.05)
        assert (await store.state(id)).phase == "question"
    assert look(redis_url, id).meta()["closed_sum"] == "1000"
    await store.close(id)
    assert (await quizzes.standings.you(id, 1, [ana]))[0].result is not None
    await store.next(id)
    store.deadlines.stop()
    await asyncio.sleep(1.05)
    await store.finish(id)
    assert (await quizzes.audit.verify(id)).wrong == 0


# Who may come in, and with what


async def test_latecomers_get_the_average_of_what_is_closed(store: Store, quizzes: Quizzes) -> None:
    id, (ana, ben) = await started(store, quiz(ONE, ONE, late="average", start=100), 2)
    await store.open(id, 0)
    await store.answer(id, ana, 0, [1])
    early = (await store.join(id, "Early")).id  # nothing is closed yet: the start
    await store.close(id)
    late = (await store.join(id, "Late")).id
    await store.next(id)
    await store.answer(id, ben, 1, [1])
    later = (await store.join(id, "Later")).id  # what is open does not count yet
    found = {
        s: p.points
        for s, p in zip((early, late, later), await quizzes.standings.you(id, 1, [early, late, later]), strict=True)
    }
    assert found == {early: 100, late: 1300 // 3, later: (1300 + 433) // 4}
    assert (await quizzes.audit.verify(id)).wrong == 0
    lines = (await quizzes.reports.explain(id, late)).lines
    assert [line.delta for line in lines[:2]] == [100, 333]


async def test_an_average_can_be_too_much_to_give(store: Store, quizzes: Quizzes) -> None:
    id, (ana,) = await started(store, quiz(ONE, ONE, late="average"), 1)
    await quizzes.corrections.adjust(id, ana, 20_000_000, "what a host may give at most")
    await store.open(id, 0)
    await store.close(id)
    late = (await store.join(id, "Late")).id
    assert [it.points for it in await quizzes.standings.you(id, 0, [late])] == [14_000_000]
    assert (await quizzes.audit.verify(id)).wrong == 0


async def test_a_locked_quiz_lets_nobody_in(store: Store) -> None:
    id, _ = await started(store, quiz(ONE))
    await store.lock(id)
    with pytest.raises(Locked):
        await store.join(id, "Late")
    await store.lock(id, False)
    await store.join(id, "Late")


# Hosts


async def test_an_older_host_is_fenced_off(store: Store, quizzes: Quizzes) -> None:
    made = await store.create(quiz(ONE, ONE))
    first = (await store.hello(made.id, made.host_token)).term
    second = (await store.hello(made.id, made.host_token)).term
    assert first is not None
    assert second == first + 1
    player = (await store.join(made.id, "Ana")).id
    before = await store.state(made.id)
    orders: list[verbs.HostVerb] = [
        *(verbs.Open(question=0), verbs.Close(), verbs.Next(), verbs.Skip(question=0), verbs.Pause(), verbs.Resume()),
        *(
            verbs.Extend(question=0, seconds=1),
            verbs.Lock(),
            verbs.Pin(),
            verbs.Pin(on=False),
            verbs.Admit(),
            verbs.Assign(player=player),
            verbs.Freeze(),
            verbs.Reveal(),
            verbs.Finish(),
            verbs.Reset(),
        ),
        *(verbs.Extra(player=player, percent=150), verbs.Adjust(player=player, points=1, reason="x")),
        *(verbs.Rename(player=player, name="Zed"), verbs.Remove(player=player)),
        verbs.Correct(question=0, answer=[0], reason="x"),
    ]
    assert {type(order) for order in orders} | {verbs.Undo} == set(verbs.HOST_VERBS.values())
    for order in orders:
        with pytest.raises(TakenOver):
            await quizzes.host.do(made.id, order, term=first)
    assert await store.state(made.id) == before
    await quizzes.host.do(made.id, verbs.Open(question=0), term=second)
    await quizzes.host.do(made.id, verbs.Close())  # over HTTP nobody's place is taken


async def test_two_hosts_press_at_once(store: Store, redis_url: str) -> None:
    other = Quizzes(redis_url)
    other.start()
    id, _ = await started(store, quiz(*[ONE] * 6))
    for after in range(-1, 5):
        done = await asyncio.gather(*(it.next(id, after) for it in (store, other.store) for _ in range(5)))
        assert [it.duplicate for it in done].count(False) == 1
        assert (await store.state(id)).question.number == after + 1  # type: ignore[union-attr]
        done = await asyncio.gather(*(it.close(id, after + 1) for it in (store, other.store)))
        assert sorted(it.duplicate for it in done) == [False, True]
    await other.stop()


# Holding back


async def test_what_is_held_back_only_the_host_reads(store: Store, quizzes: Quizzes) -> None:
    id, (ana, _) = await started(store, quiz(ONE, ONE, reveal="close", ties="shared"), 2)
    await store.open(id, 0)
    answered = await store.answer(id, ana, 0, [1])
    assert "points" not in msgspec.to_builtins(answered)
    with pytest.raises(HeldBack):
        await store.page(id, 10)
    with pytest.raises(HeldBack):
        await quizzes.reports.explain(id, ana, host=False)
    assert b'"points":1000' in bytes((await store.page(id, 10, host=True)).rows)
    shown = msgspec.json.decode((await store.hello(id, None)).board)
    assert (shown["held"], {row["points"] for row in shown["rows"]}) == (True, {0})
    await store.close(id)
    assert b'"points":1000' in bytes((await store.page(id, 10)).rows)


async def test_a_frozen_board_is_shown_from_the_bottom_up(store: Store, redis_url: str) -> None:
    id, players = await started(store, quiz(ONE, board_rows=2, board_interval_ms=20), 5)
    await store.open(id, 0)
    await store.freeze(id)
    frozen = look(redis_url, id).shown()["rows"]
    for number, player in enumerate(players):
        await store.answer(id, player, 0, [number % 2])
    await store.close(id)
    assert look(redis_url, id).shown()["rows"] == frozen
    await store.finish(id)
    truth = look(redis_url, id).board()
    for hidden in (4, 3, 2, 1, 0):
        await store.reveal(id, hidden)
        shown = look(redis_url, id).shown()
        assert (shown["hidden"], shown["held"]) == (hidden, False)
        assert [(row["rank"], row["id"], row["points"]) for row in shown["rows"]] == [
            (place, player, points) for place, (player, points) in enumerate(truth, 1)
        ][hidden : hidden + 2]
        assert (await store.reveal(id, hidden + 1)).duplicate if hidden else True


async def test_ties_are_chosen_at_reading(store: Store) -> None:
    id, players = await started(store, quiz(ONE, rule="flat"), 5)
    await store.open(id, 0)
    for player in players[1:3]:
        await store.answer(id, player, 0, [1])

    async def ranks(ties: str | None, limit: int = 10) -> list[int]:
        page = await store.page(id, limit, ties=ties)
        found = [row["rank"] for row in msgspec.json.decode(page.rows)]
        while page.next is not None:
            page = await store.page(id, limit, cursor=from_cursor(page.next), ties=ties)
            found += [row["rank"] for row in msgspec.json.decode(page.rows)]
        return found

    assert await ranks(None) == [1, 2, 3, 4, 5]
    assert await ranks("shared") == await ranks("shared", 1) == await ranks("shared", 2) == [1, 1, 3, 3, 3]


async def test_results_tell_how_one_moved(store: Store, quizzes: Quizzes) -> None:
    id, (ana, ben) = await started(store, quiz(ONE, ONE, streak_bonus=100), 2)
    await store.open(id, 0)
    await store.answer(id, ana, 0, [1])
    await store.close(id)
    first = await quizzes.standings.you(id, 0, [ana, ben])
    assert [(it.result.rank, it.result.moved, it.result.points) for it in first if it.result] == [
        (1, None, 1000),
        (2, None, 0),
    ]
    await store.next(id)
    assert [it.result for it in await quizzes.standings.you(id, 1, [ana, ben])] == [None, None]
    assert (await store.answer(id, ben, 1, [1])).points == 1000
    await store.close(id)
    for _ in range(2):  # whoever asks again is told the same
        ana_, ben_ = await quizzes.standings.you(id, 1, [ana, ben])
        assert ana_.result is not None
        assert ben_.result is not None
        assert (ana_.result.grade, ana_.result.streak, ana_.result.moved) == (None, None, 0)
        assert (ben_.result.grade, ben_.result.streak, ben_.result.ahead) == (1, 1, ben_.result.ahead)
        assert ben_.result.ahead is not None
        assert (ben_.result.ahead.id, ben_.result.ahead.by) == (ana, 0)


# All at once


async def test_a_thousand_at_once(store: Store, quizzes: Quizzes, redis_url: str) -> None:
    """Answers, changed answers, corrections and what a jury gives, over two nodes, with the scripts lost in between."""
    other = Quizzes(redis_url)
    other.start()
    rules = {"reanswer": "until_close", "time_of": "best", "penalty": 100, "streak_bonus": 50, "late": "average"}
    id, players = await started(store, quiz(*[ONE] * 4, **rules), 25)
    both = (quizzes, other)

    async def whatever(work: Any) -> None:
        try:
            await work
        except Refusal as refused:
            assert refused.code in ("TOO_LATE", "NOT_OPEN", "CORRECTING", "MOVED_ON", "STILL_OPEN"), refused

    for number in range(4):
        await store.next(id)
        work: list[Any] = []
        for i, player in enumerate(players):
            for attempt in range(8):
                node = both[(i + attempt) % 2]
                work.append(node.store.answer(id, player, number, [(i + attempt) % 2], id=f"{attempt % 5}"))
        for earlier in range(number):
            node = both[earlier % 2]
            work += [node.corrections.correct(id, earlier, "race", answer=[turn % 2]) for turn in range(3)]
            work += [node.corrections.correct(id, earlier, "race", void=True)]
        work += [node.corrections.adjust(id, players[0], 10, "race", id=f"adjust-{number}") for node in both * 3]
        for i in range(0, len(work), 40):
            redis.Redis.from_url(redis_url).script_flush()
            await asyncio.gather(*(whatever(it) for it in work[i : i + 40]))
        await store.close(id, number)
    inside = look(redis_url, id)
    inside.prove(4)
    assert inside.meta()["correcting"] == ""
    assert inside.runs()[players[0]]["given"] == 40
    verdict = await other.audit.verify(id)
    assert verdict.findings == []
    assert int(inside.meta()["sum"]) == sum(points for _, points in inside.board())
    board = inside.client.zrange(inside.keys.board, 0, -1, withscores=True)
    assert (await other.audit.rebuild(id)).wrong == 0
    assert inside.client.zrange(inside.keys.board, 0, -1, withscores=True) == board
    await other.stop()
