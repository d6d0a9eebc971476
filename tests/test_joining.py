"""Who comes in, under which name, as whom, and who goes."""

import asyncio
import json
from typing import Any

import pytest
import redis

from leaderboard.errors import (
    BadName,
    BadQuiz,
    Banned,
    Finished,
    Full,
    Locked,
    NameTaken,
    NoSuchPlayer,
    NoSuchQuiz,
    NotAdmitted,
    NotListed,
    Refusal,
    Removed,
    Unauthorized,
)
from leaderboard.quiz import checks
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.ids import Source
from leaderboard.state.keys import Keys, pin_key
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import HOST, LAST_SEAT, REMOVED, Store
from tests.inspect import Look

pytestmark = pytest.mark.anyio

QUESTION = Question(text="Which?", choices=["a", "b"], answer=[1], time_limit=60)


async def make(store: Store, roster: tuple[str, ...] = (), **settings: Any) -> str:
    """A quiz with these settings. Returns its ID."""
    quiz = Quiz("Joining", [QUESTION] * 3, Settings(board_interval_ms=20, **settings), list(roster))
    return (await store.create(quiz)).id


def look(redis_url: str, quiz: str) -> Look:
    return Look(redis.Redis.from_url(redis_url), quiz)


async def shown(store: Store, inside: Look) -> dict[str, Any]:
    """The board once everything has been published."""
    while wait_ms := await store.publish(inside.keys.quiz):
        await asyncio.sleep(wait_ms / 1000)
    return inside.shown()


async def proved(quizzes: Quizzes, quiz: str) -> None:
    verdict = await quizzes.audit.verify(quiz)
    assert verdict.findings == []


# Names


async def test_nobody_is_called_like_another(store: Store) -> None:
    quiz, other = await make(store), await make(store)
    await store.join(quiz, "Ana")
    for name in ("Ana", " ANA ", "Аna", "Ａｎａ"):
        with pytest.raises(NameTaken):
            await store.join(quiz, name)
    await store.join(quiz, "Anna")
    await store.join(other, "Ana")


async def test_one_of_many_gets_the_name(store: Store) -> None:
    quiz = await make(store)
    tries = await asyncio.gather(*(store.join(quiz, "Ana") for _ in range(50)), return_exceptions=True)
    assert sorted(type(it).__name__ for it in tries) == ["Joined"] + ["NameTaken"] * 49


async def test_offensive_names(store: Store) -> None:
    quiz, free = await make(store), await make(store, filter_names=False)
    with pytest.raises(BadName, match="not wanted"):
        await store.join(quiz, "sh1t")
    player = (await store.join(quiz, "Ana")).id
    with pytest.raises(BadName, match="not wanted"):
        await store.rename(quiz, player, "sh1t")
    assert (await store.join(free, "sh1t")).name == "sh1t"


async def test_names_are_made_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.quiz.names.ADJECTIVES", ("Brisk",))
    monkeypatch.setattr("leaderboard.quiz.names.ANIMALS", ("Otter",))
    quiz = await make(store, names="generated")
    joined = await asyncio.gather(*(store.join(quiz, "\u0000") for _ in range(30)))
    names = [it.name for it in joined]
    assert "Brisk Otter" in names
    assert len(set(names)) == 30
    assert all(name.startswith("Brisk Otter") for name in names)


async def test_a_made_up_name_is_the_same_in_a_repetition(store: Store) -> None:
    quiz = await make(store, names="generated")
    once = await store.join(quiz, source=Source(b"seed", b"content"))
    assert await store.join(quiz, source=Source(b"seed", b"content")) == once


# The roster


async def test_only_who_is_listed_comes_in_and_once(store: Store) -> None:
    quiz = await make(store, roster=("Ana Núñez", "Ella", "Bob"))
    assert (await store.join(quiz, "ANA NÚÑEZ")).name == "Ana Núñez"
    assert (await store.join(quiz, "EIla")).name == "Ella"
    for name in ("ana núñez", "ella", "Ella"):
        with pytest.raises(NameTaken):
            await store.join(quiz, name)
    for name in ("Ana", "Elia", "Zed"):
        with pytest.raises(NotListed):
            await store.join(quiz, name)


async def test_a_long_roster(store: Store) -> None:
    quiz = await make(store, roster=tuple(f"Pupil {number}" for number in range(5_000)))
    assert (await store.join(quiz, "pupil 4999")).name == "Pupil 4999"
    with pytest.raises(NotListed):
        await store.join(quiz, "Pupil 5000")


@pytest.mark.parametrize("roster", [("Ana", "ANA"), ("Ella", "EIla"), ("Ana", ""), ("Ana\u202e",), ("fuck",)])
def test_a_roster_that_makes_no_sense(roster: tuple[str, ...]) -> None:
    with pytest.raises(BadQuiz, match="roster"):
        checks.check(Quiz("Joining", [QUESTION], roster=list(roster)))


def test_a_roster_of_generated_names() -> None:
    with pytest.raises(BadQuiz, match="generated"):
        checks.check(Quiz("Joining", [QUESTION], Settings(names="generated"), ["Ana"]))


# Limits and closed doors


async def test_a_full_quiz(store: Store, redis_url: str) -> None:
    quiz = await make(store, max_players=2)
    first = (await store.join(quiz, "Ana", user="a")).id
    await store.join(quiz, "Ben")
    before = look(redis_url, quiz).client.dbsize()
    with pytest.raises(Full):
        await store.join(quiz, "Cem")
    assert not Full.retry
    assert look(redis_url, quiz).client.dbsize() == before
    assert (await store.join(quiz, "Ana", user="a")).id == first
    await store.remove(quiz, first)
    await store.join(quiz, "Cem")


async def test_a_finished_quiz_is_like_none(store: Store) -> None:
    quiz = await make(store)
    await store.finish(quiz)
    refusals = []
    for which in (quiz, "NOSUCH22"):
        with pytest.raises(Refusal) as refused:
            await store.join(which, "Ana")
        refusals.append((refused.value.code, refused.value.detail))
    assert refusals[0] == refusals[1] == ("NO_SUCH_QUIZ", NoSuchQuiz.sentence())


async def test_a_locked_quiz(store: Store) -> None:
    quiz = await make(store)
    await store.lock(quiz)
    with pytest.raises(Locked):
        await store.join(quiz, "Ana")


# Users


async def test_a_user_comes_back_as_the_same_player(store: Store, redis_url: str) -> None:
    quiz = await make(store, start=10)
    first = await store.join(quiz, "Ana", user="account:1", origin="here")
    assert (first.quiz, first.rejoined, first.waiting) == (quiz, False, False)
    await store.open(quiz, 0)
    await store.answer(quiz, first.id, 0, [1])
    for phase in ("question", "locked", "finished"):
        if phase == "locked":
            await store.close(quiz)
            await store.lock(quiz)
        if phase == "finished":
            await store.finish(quiz)
        again = await store.join(quiz, "Another", user="account:1")
        assert (again.id, again.name, again.rejoined) == (first.id, "Ana", True)
        assert await store.role(quiz, again.token) == first.id
        with pytest.raises(Unauthorized):
            await store.role(quiz, first.token)
        first = again
    inside = look(redis_url, quiz)
    assert inside.client.hlen(inside.keys.tokens) == 2  # the host's and the newest
    assert [points > 500 for _, points in inside.board()] == [True]
    inside.prove(3)
    with pytest.raises(NoSuchQuiz):
        await store.join(quiz, "Another", user="account:2")


async def test_a_user_comes_back_in_a_repetition(store: Store) -> None:
    quiz = await make(store)
    player = (await store.join(quiz, "Ana", user="me\nand you")).id
    back = await store.join(quiz, "Ana", Source(b"seed", b"x"), user="me\nand you")
    assert await store.join(quiz, "Ana", Source(b"seed", b"x"), user="me\nand you") == back
    assert (back.id, back.rejoined) == (player, True)


async def test_many_devices_of_one_user_at_once(store: Store, redis_url: str) -> None:
    quiz = await make(store)
    joined = await asyncio.gather(*(store.join(quiz, "Ana", user="a") for _ in range(20)))
    assert len({it.id for it in joined}) == 1
    assert [it.rejoined for it in joined].count(False) == 1
    inside = look(redis_url, quiz)
    assert inside.client.hlen(inside.keys.tokens) == 2


# Aside


async def test_a_crowd_goes_aside_and_plays(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    quiz = await make(store, crowd=3, late="average")
    bots = [await store.join(quiz, f"Bot{i}", origin="bots") for i in range(5)]
    ana = await store.join(quiz, "Ana", origin="home")
    inside = look(redis_url, quiz)
    aside = {bot.id for bot in bots[3:]}
    assert {player for player, _ in inside.ranked(inside.keys.aside)} == aside
    assert not any(bot.waiting for bot in bots)
    await store.renew(quiz, [it.id for it in (*bots, ana)], 60_000)
    await store.open(quiz, 0)
    for it in (*bots[2:], ana):
        done = await store.answer(quiz, it.id, 0, [1])
        assert done.total == done.points == 1000
    await store.close(quiz)
    board = await shown(store, inside)
    assert (board["players"], board["online"], board["answered"]) == (4, 4, 4)
    assert not aside & {row["id"] for row in board["rows"]}
    page = await store.page(quiz, 100)
    assert not aside & {row["id"] for row in json.loads(bytes(page.rows))}
    with pytest.raises(NoSuchPlayer):
        await store.page(quiz, 10, around=bots[4].id)
    [standing] = await quizzes.standings.you(quiz, 0, [bots[4].id])
    assert (standing.points, standing.rank, standing.waiting) == (1000, None, False)
    assert standing.result is not None
    assert (standing.result.points, standing.result.rank, standing.result.ahead) == (1000, None, None)
    late = await store.join(quiz, "Late", origin="home")
    assert dict(inside.board())[late.id] == (1000 + 1000) // 4  # those aside change no average
    inside.prove(3)
    await proved(quizzes, quiz)


async def test_a_bucket_fills_up_again(store: Store, redis_url: str) -> None:
    quiz = await make(store, crowd=2)
    inside = look(redis_url, quiz)

    async def is_aside(name: str, origin: str = "bots") -> bool:
        player = (await store.join(quiz, name, origin=origin)).id
        return inside.client.zscore(inside.keys.aside, player) is not None

    assert [await is_aside(name) for name in ("A", "B", "C")] == [False, False, True]
    assert not await is_aside("D", origin="elsewhere")
    assert not await is_aside("E", origin="")
    assert 0 < inside.client.pttl(inside.keys.crowds) <= 60_000
    bucket: Any = inside.client.hget(inside.keys.crowds, "bots")
    left, at = bucket.split()
    inside.client.hset(inside.keys.crowds, "bots", f"{left.decode()} {int(at) - 31_000}")
    assert [await is_aside(name) for name in ("F", "G")] == [False, True]
    inside.client.hset(inside.keys.crowds, "bots", f"0.000 {int(at) + 3_600_000}")  # the clock has been set back
    assert [await is_aside(name) for name in ("H", "I", "J")] == [False, False, True]


async def test_without_a_crowd_setting_everybody_comes(store: Store, redis_url: str) -> None:
    quiz = await make(store, crowd=0)
    for number in range(150):
        await store.join(quiz, f"P{number}", origin="school")
    assert len(look(redis_url, quiz).board()) == 150


async def test_approval(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    quiz = await make(store, approval=True, start=70)
    ana, ben = [await store.join(quiz, name) for name in ("Ana", "Ben")]
    assert ana.waiting
    inside = look(redis_url, quiz)
    await store.renew(quiz, [ana.id], 60_000)
    await store.open(quiz, 0)
    with pytest.raises(NotAdmitted):
        await store.answer(quiz, ana.id, 0, [1])
    assert (await shown(store, inside))["players"] == 0
    [you] = await quizzes.standings.you(quiz, 0, [ana.id])
    assert (you.points, you.rank, you.waiting) == (70, None, True)
    assert not (await store.admit(quiz, ana.id)).duplicate
    assert (await store.admit(quiz, ana.id)).duplicate
    [you] = await quizzes.standings.you(quiz, 0, [ana.id])
    assert (you.points, you.rank, you.waiting) == (70, 1, False)
    board = await shown(store, inside)
    assert (board["players"], board["online"], board["rows"][0]["online"]) == (1, 1, True)
    await store.answer(quiz, ana.id, 0, [1])
    people = await store.people(quiz)
    assert [(it.name, it.aside, it.waiting, it.online) for it in people.rows] == [
        ("Ana", False, False, True),
        ("Ben", True, True, False),
    ]
    assert not (await store.admit(quiz)).duplicate
    assert (await store.admit(quiz)).duplicate
    with pytest.raises(NoSuchPlayer):
        await store.admit(quiz, "nobody")
    assert {player for player, _ in inside.board()} == {ana.id, ben.id}
    await proved(quizzes, quiz)


async def test_who_is_admitted_counts_in_the_average_from_then_on(store: Store, redis_url: str) -> None:
    """With what they had at the last close, and not what the open question gave."""
    quiz = await make(store, crowd=1, late="average", rule="flat")
    on = (await store.join(quiz, "On", origin="x")).id
    off = (await store.join(quiz, "Off", origin="x")).id
    for question in (0, 1):
        await store.open(quiz, question)
        for player in (on, off):
            await store.answer(quiz, player, question, [1] if player == off else [0])
        if question == 0:
            await store.close(quiz)
    await store.admit(quiz, off)
    late = (await store.join(quiz, "Late")).id
    assert dict(look(redis_url, quiz).board()) == {on: 0, off: 2000, late: 1000 // 2}
    await store.remove(quiz, off)
    later = (await store.join(quiz, "Later")).id
    assert dict(look(redis_url, quiz).board())[later] == 500 // 2


async def test_approval_with_self_pacing(store: Store) -> None:
    quiz = await make(store, approval=True, pacing="self")
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz)
    with pytest.raises(NotAdmitted):
        await store.draws.draw(quiz, player, -1)
    await store.admit(quiz)
    assert (await store.draws.draw(quiz, player, -1)).question.number == 0


async def test_more_are_admitted_than_one_call_may(
    store: Store, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.state.store.ADMITTED_AT_ONCE", 3)
    quiz = await make(store, approval=True)
    for number in range(10):
        await store.join(quiz, f"P{number}")
    await store.admit(quiz)
    assert len(look(redis_url, quiz).board()) == 10


async def test_the_countdown_waits_for_the_first_who_is_admitted(store: Store) -> None:
    quiz = await make(store, approval=True, pacing="auto", lobby_s=60)
    player = (await store.join(quiz, "Ana")).id
    assert (await store.state(quiz)).next_at == 0
    await store.admit(quiz, player)
    assert (await store.state(quiz)).next_at > 0


async def test_results_and_reset_know_those_aside(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    quiz = await make(store, crowd=1, start=5)
    on = (await store.join(quiz, "On", origin="x")).id
    off = (await store.join(quiz, "Off", origin="x")).id
    await store.open(quiz, 0)
    for player in (off, on):
        await store.answer(quiz, player, 0, [1])
    await store.close(quiz)
    await quizzes.corrections.adjust(quiz, off, 40, "Gift")
    found = await quizzes.reports.results(quiz)
    assert [(row.player, row.rank, row.aside, row.points) for row in found.rows] == [
        (on, 1, False, 1005),
        (off, 0, True, 1045),
    ]
    preview = await quizzes.corrections.preview(quiz, 0, [0])
    assert (preview.players, preview.changed) == (2, 2)
    assert preview.leader is not None
    assert preview.leader_then is not None
    assert (preview.leader.id, preview.leader_then.id) == (on, on)
    await quizzes.corrections.correct(quiz, 0, "Wrong", [0])
    inside = look(redis_url, quiz)
    assert (inside.board(), inside.ranked(inside.keys.aside)) == ([(on, 5)], [(off, 45)])
    assert (await quizzes.reports.explain(quiz, off)).total == 45
    inside.prove(3)
    await proved(quizzes, quiz)
    inside.client.zincrby(inside.keys.aside, 3, off)
    assert (await quizzes.audit.verify(quiz)).wrong == 2
    assert (await quizzes.audit.rebuild(quiz)).wrong == 0
    assert inside.ranked(inside.keys.aside) == [(off, 45)]
    await store.reset(quiz)
    assert (inside.board(), inside.ranked(inside.keys.aside)) == ([(on, 5)], [(off, 5)])
    await proved(quizzes, quiz)


# Renaming and removing


async def test_renaming(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    quiz = await make(store)
    ana, ben = [(await store.join(quiz, name)).id for name in ("Ana", "Ben")]
    inside = look(redis_url, quiz)
    scores = inside.client.zrange(inside.keys.board, 0, -1, withscores=True)
    with pytest.raises(NameTaken):
        await store.rename(quiz, ana, "ben")
    with pytest.raises(BadName):
        await store.rename(quiz, ana, "\u2800")
    assert not (await store.rename(quiz, ana, "Zoë")).duplicate
    assert (await store.rename(quiz, ana, "Zoë")).duplicate
    assert not (await store.rename(quiz, ana, "ZOË")).duplicate  # their own name in other letters
    assert {row["id"]: row["name"] for row in (await shown(store, inside))["rows"]} == {ana: "ZOË", ben: "Ben"}
    assert inside.client.zrange(inside.keys.board, 0, -1, withscores=True) == scores
    assert (await store.join(quiz, "Ana")).name == "Ana"
    with pytest.raises(NameTaken):
        await store.join(quiz, "zoë")
    assert await quizzes.reports.find(quiz, "zoë") == ana


async def test_removing(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    quiz = await make(store, start=20, rule="order", late="average", places=[100, 60, 20])
    joined = [await store.join(quiz, f"P{i}", user=f"user{i}") for i in range(3)]
    inside = look(redis_url, quiz)
    await store.renew(quiz, [it.id for it in joined], 60_000)
    await store.open(quiz, 0)
    for it in joined:
        await store.answer(quiz, it.id, 0, [1])
    await store.close(quiz)
    await store.open(quiz, 1)
    gone = joined[0]
    await store.answer(quiz, gone.id, 1, [1])
    assert not (await store.remove(quiz, gone.id)).duplicate
    assert (await store.remove(quiz, gone.id)).duplicate
    board = await shown(store, inside)
    assert (board["players"], board["online"]) == (2, 2)
    assert sum(delta for player, delta, _ in inside.ledger() if player == gone.id) == 0
    with pytest.raises(Removed):
        await store.role(quiz, gone.token)
    assert (await store.hello(quiz, gone.token)).player == REMOVED
    assert await store.seats(quiz, [gone.id]) == {gone.id: LAST_SEAT}
    for refused in (
        store.answer(quiz, gone.id, 1, [1]),
        store.rename(quiz, gone.id, "X"),
        store.extra(quiz, gone.id, 200),
        store.admit(quiz, gone.id),
        quizzes.corrections.adjust(quiz, gone.id, 1, "x"),
    ):
        with pytest.raises(NoSuchPlayer):
            await refused
    await store.renew(quiz, [gone.id], 60_000)  # by a node that has not heard of it
    assert (await shown(store, inside))["online"] == 2
    assert inside.client.zcard(inside.keys.aside_online) == 0
    late = await store.join(quiz, "P0", user="user0")  # both are free again
    assert (late.rejoined, late.id == gone.id) == (False, False)
    assert dict(inside.board())[late.id] == (620 + 220) // 2
    await store.close(quiz)
    await quizzes.corrections.correct(quiz, 1, "Wrong", [0])
    inside.prove(3)
    await proved(quizzes, quiz)
    assert {row.player for row in (await quizzes.reports.results(quiz)).rows} == {
        *(it.id for it in joined[1:]),
        late.id,
    }
    explained = await quizzes.reports.explain(quiz, gone.id)
    assert (explained.total, explained.complete, explained.lines[-1].text) == (0, True, "removed by the host")
    [removed] = [it for it in (await store.people(quiz)).rows if it.removed]
    assert (removed.id, removed.points, removed.online) == (gone.id, 2020, False)
    await store.reset(quiz)
    assert (await store.people(quiz)).removed == 0
    assert (await store.hello(quiz, gone.token)).player == REMOVED
    await proved(quizzes, quiz)
    assert (await store.people(quiz)).players == 3


async def test_a_removed_request_that_is_repeated(store: Store) -> None:
    quiz = await make(store)
    joined = await store.join(quiz, "Ana", Source(b"seed", b"x"))
    await store.remove(quiz, joined.id)
    with pytest.raises(Removed):
        await store.join(quiz, "Ana", Source(b"seed", b"x"))


async def test_banning(store: Store) -> None:
    quiz = await make(store)
    ana = await store.join(quiz, "Ana", user="account:1", origin="here")
    friend = await store.join(quiz, "Friend", user="account:2", origin="here")
    await store.remove(quiz, ana.id)
    ana = await store.join(quiz, "Ana", user="account:1", origin="here")
    await store.remove(quiz, ana.id, ban=True)
    for name, user in (("Zed", "account:1"), ("ANA", "account:3"), ("Аna", "")):
        with pytest.raises(Banned):
            await store.join(quiz, name, user=user)
    other = await store.join(quiz, "Other", origin="here")
    assert not (await store.remove(quiz, ana.id, ban=True, address=True)).duplicate
    assert (await store.remove(quiz, ana.id, ban=True, address=True)).duplicate
    with pytest.raises(Banned):
        await store.join(quiz, "New", origin="here")
    await store.join(quiz, "New", origin="there")
    assert (await store.join(quiz, "Friend", user="account:2", origin="here")).id == friend.id
    assert await store.role(quiz, other.token) == other.id


@pytest.mark.parametrize("where", [0, 1, 2])
async def test_rows_that_stand_still_are_put_right(store: Store, redis_url: str, where: int) -> None:
    quiz = await make(store)
    players = [(await store.join(quiz, f'{{"rank":{i},"}}]')).id for i in range(3)]
    inside = look(redis_url, quiz)
    await shown(store, inside)
    await store.freeze(quiz)
    await store.rename(quiz, players[where], "Zoë")
    rows = (await shown(store, inside))["rows"]
    assert [row["name"] for row in rows if row["id"] == players[where]] == ["Zoë"]
    for left, player in enumerate([players[where], *(p for p in players if p != players[where])]):
        await store.remove(quiz, player)
        rows = (await shown(store, inside))["rows"]
        assert len(rows) == 2 - left
        assert player not in {row["id"] for row in rows}


async def test_people_in_pages(store: Store, redis_url: str) -> None:
    quiz = await make(store, crowd=5)
    players = [(await store.join(quiz, f"P{i}", origin="x")).id for i in range(9)]
    for player in players[:2]:
        await store.remove(quiz, player)
    seen, cursor = [], None
    while True:
        people = await store.people(quiz, cursor, 2)
        assert (people.players, people.aside, people.removed) == (3, 4, 2)
        assert len(people.rows) <= 2
        seen += [(it.id, it.aside, it.removed) for it in people.rows]
        cursor = people.next
        if cursor is None:
            break
    assert seen == [
        *((player, False, False) for player in players[2:5]),
        *((player, True, False) for player in players[5:]),
        *((player, False, True) for player in players[:2]),
    ]
    for bad in ("-1", "x", "", "1" * 9, "１"):
        with pytest.raises(Refusal):
            await store.people(quiz, bad)


# The PIN


def pin_in(message: bytes) -> str | None:
    pin: str | None = json.loads(message)["pin"]
    return pin


async def pin_of(store: Store, quiz: str) -> str | None:
    return pin_in((await store.hello(quiz, None)).state)


async def test_a_pin(store: Store, redis_url: str) -> None:
    quiz = await make(store)
    client = redis.Redis.from_url(redis_url)
    assert await pin_of(store, quiz) is None
    assert not (await store.pin(quiz)).duplicate
    pin = await pin_of(store, quiz)
    assert pin is not None
    assert len(pin) == 6
    assert pin.isdigit()
    assert 0 < client.ttl(pin_key(pin)) <= 86_400
    assert (await store.pin(quiz)).duplicate
    assert await pin_of(store, quiz) == pin
    assert await store.quiz_of(pin) == await store.quiz_of(quiz.lower()) == quiz
    assert (await store.join(quiz, "Ana", pin=pin)).quiz == quiz
    assert not (await store.pin(quiz, on=False)).duplicate
    assert (await store.pin(quiz, on=False)).duplicate
    assert await pin_of(store, quiz) is None
    with pytest.raises(NoSuchQuiz):
        await store.quiz_of(pin)


async def test_a_pin_that_has_run_out_is_replaced(store: Store, redis_url: str) -> None:
    quiz, client = await make(store), redis.Redis.from_url(redis_url)
    await store.pin(quiz)
    old = await pin_of(store, quiz)
    assert old is not None
    client.set(pin_key(old), "OTHER")  # it ran out, and another quiz has it
    assert not (await store.pin(quiz)).duplicate
    new = await pin_of(store, quiz)
    assert new not in (None, old)
    assert client.get(pin_key(old)) == b"OTHER"


async def test_a_pin_that_is_taken(store: Store, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda most: next(pins))
    one, two = await make(store), await make(store)
    await store.pin(one)
    await store.pin(two)
    assert (await pin_of(store, one), await pin_of(store, two)) == ("000007", "000008")


async def test_two_presses_at_once_leave_one_pin(store: Store, redis_url: str) -> None:
    quiz = await make(store)
    await asyncio.gather(*(store.pin(quiz) for _ in range(5)))
    client = redis.Redis.from_url(redis_url)
    assert client.keys("pin:*") == [pin_key(str(await pin_of(store, quiz))).encode()]


@pytest.mark.parametrize("how", ["lock", "finish", "off", "other"])
async def test_unknown_and_closed_are_answered_alike(store: Store, redis_url: str, how: str) -> None:
    quiz = await make(store)
    await store.pin(quiz)
    pin = await pin_of(store, quiz)
    assert pin is not None
    known = await store.join(quiz, "Known", user="u", pin=pin)
    if how == "lock":
        await store.lock(quiz)
    elif how == "finish":
        await store.finish(quiz)
    elif how == "off":
        await store.pin(quiz, on=False)
    inside = look(redis_url, quiz)
    if how != "other":
        assert inside.client.get(pin_key(pin)) is None
        assert (await pin_of(store, quiz), inside.meta()["pin"]) == (None, "")
    wrong = "999999" if how == "other" and pin != "999999" else pin
    for join in (store.join(quiz, "Ana", pin=wrong), store.join(quiz, "Known", user="u", pin=wrong)):
        with pytest.raises(NoSuchQuiz) as refused:
            await join
        assert refused.value.detail == NoSuchQuiz.sentence()
    assert (await store.join(quiz, "Any", user="u")).id == known.id  # by the ID they come back


async def test_no_pin_for_a_closed_lobby(store: Store, redis_url: str) -> None:
    locked, finished = await make(store), await make(store)
    await store.lock(locked)
    await store.finish(finished)
    with pytest.raises(Locked):
        await store.pin(locked)
    with pytest.raises(Finished):
        await store.pin(finished)
    assert redis.Redis.from_url(redis_url).keys("pin:*") == []


async def test_what_cannot_be_a_code(store: Store) -> None:
    for code in ("", "?", "a b", "１２３４５６", "x" * 40):
        with pytest.raises(NoSuchQuiz):
            await store.quiz_of(code)


# Seats


async def test_each_hello_takes_the_next_seat(store: Store, redis_url: str) -> None:
    made = await store.create(Quiz("Seats", [QUESTION]))
    ana = await store.join(made.id, "Ana")
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as heard:
        heard.subscribe(look(redis_url, made.id).keys.feed)
        seats = [(await store.hello(made.id, ana.token)).seat for _ in range(3)]
        assert (await store.hello(made.id, None)).seat == 0
        host = await store.hello(made.id, made.host_token)
        assert (host.player, host.seat) == (HOST, 0)
        said = []
        while message := heard.get_message(timeout=0.2):
            if message["type"] == "message":
                said.append(json.loads(message["data"]))
    assert seats == [1, 2, 3]
    told = [(it["player"], it["version"]) for it in said if it["type"] == "seat"]
    assert told == [(ana.id, 2), (ana.id, 3)]
    assert await store.seats(made.id, [ana.id, "nobody"]) == {ana.id: 3, "nobody": 0}


async def test_who_is_aside_takes_no_place_from_others(quizzes: Quizzes, redis_url: str) -> None:
    store = quizzes.store
    made = await store.create(
        Quiz(
            title="Race",
            questions=[Question(text="?", choices=["a", "b"], answer=[0], rule="order")],
            settings=Settings(crowd=1),
        )
    )
    bots = [await store.join(made.id, f"Bot {i}", origin="flood") for i in range(4)]
    ana = await store.join(made.id, "Ana", origin="home")
    await store.open(made.id, 0)
    for bot in bots:
        await store.answer(made.id, bot.id, 0, [0])
    await store.answer(made.id, ana.id, 0, [0])
    await store.close(made.id)
    rows = {row.name: row for row in (await quizzes.reports.results(made.id)).rows}
    # The first one of the flood is on the board; the others run among themselves.
    assert {name: (row.answers[0].place, row.points) for name, row in rows.items()} == {
        "Bot 0": (1, 1000),
        "Ana": (2, 800),
        "Bot 1": (1, 1000),
        "Bot 2": (2, 800),
        "Bot 3": (3, 600),
    }
    assert not (await quizzes.audit.verify(made.id)).wrong
    await quizzes.corrections.correct(made.id, 0, "wrong key", answer=[1])
    await quizzes.corrections.correct(made.id, 0, "right after all", answer=[0])
    assert not (await quizzes.audit.verify(made.id)).wrong
    with redis.Redis.from_url(redis_url) as client:
        assert client.hget(Keys(made.id).counts, "0:right") == b"2"
