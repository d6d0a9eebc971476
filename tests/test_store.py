"""What single verbs do, where the state machine does not look."""

import asyncio

import msgspec
import pytest
import redis

from leaderboard.errors import (
    BadName,
    IdReused,
    MovedOn,
    NoSuchPlayer,
    NoSuchQuiz,
    NotOpen,
    StillOpen,
    TooLate,
    Unauthorized,
)
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import from_cursor
from leaderboard.state.scripts import SCRIPTS
from leaderboard.state.store import HOST, Store
from tests.inspect import Look

pytestmark = pytest.mark.anyio

QUIZ = Quiz(
    title='Quotes " and \\ and \u2028 <b>',
    questions=[
        Question(text="Which?", choices=["a", "b"], answer=[1], time_limit=30),
        Question(text="Quick", choices=["a", "b"], answer=[1], time_limit=1),
        Question(text="Last", choices=["a", "b"], answer=[1], time_limit=30),
    ],
    settings=Settings(board_interval_ms=50, board_rows=5),
)


def look(redis_url: str, quiz: str) -> Look:
    return Look(redis.Redis.from_url(redis_url), quiz)


async def test_a_thousand_racers_score_once(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz, 0)
    racers = 1000 if redis_url.startswith("unix") else 100  # fakeredis is slow
    done = await asyncio.gather(*(store.answer(quiz, player, 0, [i % 2]) for i in range(racers)))
    assert [answer.duplicate for answer in done].count(False) == 1
    assert len({(answer.points, answer.total, tuple(answer.choice)) for answer in done}) == 1
    look(redis_url, quiz).prove(3)


async def test_points_fall_in_a_straight_line(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    players = [(await store.join(quiz, f"P{i}")).id for i in range(5)]
    await store.open(quiz, 0)
    inside = look(redis_url, quiz)
    opened_at = int(inside.meta()["opened_at"])
    for player, ago_ms in zip(players, (0, 600, 3000, 15_000, 29_000), strict=True):
        inside.client.hset(inside.keys.meta, "opened_at", opened_at - ago_ms)
        done = await store.answer(quiz, player, 0, [1])
        ms = inside.answers(0)[player]["ms"]
        assert ago_ms <= ms < ago_ms + 500
        assert done.points == (1000 if ms < 500 else int(1000 * (1 - ms / 30_000 / 2) + 0.5))


async def test_too_late_by_the_clock_of_redis_alone(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz, 1)
    store.deadlines.stop()  # no node closes it
    assert (await store.state(quiz)).phase == "question"
    await asyncio.sleep(1.05)
    with pytest.raises(TooLate):
        await store.answer(quiz, player, 1, [1])
    assert look(redis_url, quiz).ledger() == []


async def test_time_closes_a_question_once(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    await store.open(quiz, 1)
    assert await store.due(quiz) > 0
    async with asyncio.timeout(3):
        while (await store.state(quiz)).phase == "question":
            await asyncio.sleep(0.01)
    closed = await store.state(quiz)
    assert closed.phase == "closed"
    assert await store.due(quiz) == 0
    assert (await store.state(quiz)).version == closed.version


async def test_a_question_whose_time_is_over_does_not_hold_up_the_next(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    await store.open(quiz, 1)
    store.deadlines.stop()
    with pytest.raises(StillOpen):
        await store.open(quiz, 0)
    await asyncio.sleep(1.05)
    assert not (await store.open(quiz, 0)).duplicate


async def test_two_hosts_press_next_at_once(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    first = await asyncio.gather(*(store.next(quiz) for _ in range(10)), return_exceptions=True)
    assert [r.duplicate for r in first if not isinstance(r, BaseException)].count(False) == 1
    assert {type(r) for r in first if isinstance(r, BaseException)} <= {StillOpen, MovedOn}
    state = await store.state(quiz)
    assert state.question is not None
    assert state.question.number == 0


async def test_the_same_press_twice_goes_one_question_further(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    presses = await asyncio.gather(*(store.next(quiz, after=-1) for _ in range(5)))
    assert sorted(press.duplicate for press in presses) == [False, True, True, True, True]
    await store.close(quiz)
    with pytest.raises(MovedOn):
        await store.next(quiz, after=-1)


async def test_the_host_who_saw_an_older_question_is_told(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    await store.open(quiz, 0)
    await store.close(quiz)
    with pytest.raises(MovedOn):
        await store.open(quiz, 2, after=-1)


async def test_a_finished_quiz_takes_nobody(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz, 0)
    await store.close(quiz)
    await store.finish(quiz)
    with pytest.raises(NoSuchQuiz):
        await store.join(quiz, "Ben")
    with pytest.raises(NotOpen):
        await store.answer(quiz, player, 0, [1])


async def test_joining_is_the_same_when_sent_twice(store: Store, redis_url: str) -> None:
    """As the writer does when a reply was lost."""
    quiz = (await store.create(QUIZ)).id
    keys = look(redis_url, quiz).keys
    places = [
        *(*keys.showing, keys.state, keys.tokens, keys.ledger, keys.runs, keys.names, keys.users, keys.joined),
        *(keys.aside, keys.crowds, keys.banned, keys.roster),
    ]
    for expected in (1, 0):
        reply = await store._call("join", places, "p1", '"A"', "hash", "fold:a", "look:A", "me", "", "", "", "", "")
        assert (reply[0], reply[4]) == (expected, b'{"id":"p1","name":"A"}')
    with pytest.raises(IdReused):
        await store._call("join", places, "p1", '"B"', "other", "fold:b", "look:B", "", "", "")
    assert look(redis_url, quiz).board() == [("p1", 0)]


async def test_an_unknown_quiz(store: Store, quizzes: Quizzes) -> None:
    async with asyncio.timeout(5):
        for work in (
            store.join("NOSUCH", "Ana"),
            store.open("NOSUCH", 0),
            store.close("NOSUCH"),
            store.next("NOSUCH"),
            store.finish("NOSUCH"),
            store.reset("NOSUCH"),
            store.answer("NOSUCH", "p", 0, [0]),
            store.publish("NOSUCH"),
            store.renew("NOSUCH", ["p"], 1000),
            store.leave("NOSUCH", "p", 0),
            store.hello("NOSUCH", None),
            quizzes.standings.you("NOSUCH", 0, ["p"]),
            store.page("NOSUCH", 10),
            store.questions("NOSUCH"),
            store.state("NOSUCH"),
            store.role("NOSUCH", "token"),
        ):
            with pytest.raises(NoSuchQuiz):
                await work


async def test_a_quiz_that_dies_while_it_is_known(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz, 0)
    await store.answer(quiz, player, 0, [1])
    redis.Redis.from_url(redis_url).flushdb()
    with pytest.raises(NoSuchQuiz):
        await store.answer(quiz, player, 0, [1])


async def test_hello(store: Store) -> None:
    made = await store.create(QUIZ)
    joined = await store.join(made.id, "  Ána  ")
    assert (await store.hello(made.id, made.host_token)).player == HOST
    ana = await store.hello(made.id, joined.token)
    assert (ana.player, bytes(ana.card)) == (joined.id, f'{{"id":"{joined.id}","name":"Ána"}}'.encode())
    assert (await store.hello(made.id, None)).player == ""
    assert (await store.hello(made.id, "guess")).player == ""
    with pytest.raises(Unauthorized):
        await store.role(made.id, "guess")
    with pytest.raises(BadName):
        await store.join(made.id, "x" * 33)


async def test_no_token_is_kept(store: Store, redis_url: str) -> None:
    made = await store.create(QUIZ)
    joined = await store.join(made.id, "Ana")
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            content = str(client.hgetall(key) if kind == "hash" else client.get(key) if kind == "string" else "")
            assert made.host_token not in content
            assert joined.token not in content


async def test_pages_meet_everybody_once(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    players = [(await store.join(quiz, f"P{i}")).id for i in range(25)]
    await store.open(quiz, 0)
    for player in players[::3]:
        await store.answer(quiz, player, 0, [1])
    seen: list[str] = []
    ranks: list[int] = []
    cursor = None
    for page_number in range(10):
        page = await store.page(quiz, 4, cursor=cursor)
        rows = msgspec.json.decode(page.rows)
        seen += [row["id"] for row in rows]
        ranks += [row["rank"] for row in rows]
        assert page.players == 25
        if page.next is None:
            break
        cursor = from_cursor(page.next)
        if page_number == 2:  # the last row seen moves up: nobody below is missed or met twice
            await store.answer(quiz, seen[-1], 0, [1])
    assert sorted(seen) == sorted(players)
    assert ranks == list(range(1, 26))


async def test_pages_after_a_reset_where_all_are_equal(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    players = {(await store.join(quiz, f"P{i}")).id for i in range(9)}
    await store.reset(quiz)
    first = await store.page(quiz, 5)
    assert first.next is not None
    second = await store.page(quiz, 5, cursor=from_cursor(first.next))
    rows = msgspec.json.decode(first.rows) + msgspec.json.decode(second.rows)
    assert {row["id"] for row in rows} == players
    assert len(rows) == 9


async def test_around_a_player(store: Store) -> None:
    quiz = (await store.create(QUIZ)).id
    players = [(await store.join(quiz, f"P{i}")).id for i in range(9)]
    for player, expected in ((players[4], players[2:7]), (players[0], players[:5]), (players[8], players[6:])):
        page = await store.page(quiz, 5, around=player)
        assert [row["id"] for row in msgspec.json.decode(page.rows)] == expected
    with pytest.raises(NoSuchPlayer):
        await store.page(quiz, 5, around="nobody")


async def test_the_last_change_is_always_published(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    for burst in range(3):
        await asyncio.gather(*(store.join(quiz, f"P{burst}-{i}") for i in range(20)))
        inside = look(redis_url, quiz)
        async with asyncio.timeout(3):
            while inside.shown()["players"] != 20 * (burst + 1):
                await asyncio.sleep(0.01)


async def test_publications_keep_their_interval(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as heard:
        heard.subscribe(f"quiz:{{{quiz}}}:feed")
        assert heard.get_message(timeout=2)
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < 0.5:
            await store.join(quiz, f"P{loop.time()}")
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.2)
        boards = 0
        while heard.get_message(timeout=0.1):
            boards += 1
    assert 3 <= boards <= 15


async def test_a_clock_that_was_set_back_does_not_stop_the_board(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    inside = look(redis_url, quiz)
    inside.client.hset(inside.keys.meta, "published_at", int(inside.meta()["published_at"]) + 3_600_000)
    await store.join(quiz, "Ana")
    assert inside.shown()["players"] == 1


async def test_presence(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    ana, ben = [(await store.join(quiz, name)).id for name in ("Ana", "Ben")]
    inside = look(redis_url, quiz)

    async def online() -> dict[str, bool]:
        while wait_ms := await store.publish(quiz):
            await asyncio.sleep(wait_ms / 1000)
        shown = inside.shown()
        here = {row["id"]: row["online"] for row in shown["rows"]}
        assert shown["online"] == sum(here.values())
        return here

    assert await online() == {ana: False, ben: False}
    early = await store.renew(quiz, [ana], 200)
    late = await store.renew(quiz, [ben], 60_000)
    assert await online() == {ana: True, ben: True}
    await store.leave(quiz, ben, late - 1)  # another node has renewed since
    assert await online() == {ana: True, ben: True}
    await asyncio.sleep(0.25)
    await store.leave(quiz, ben, late)
    assert await online() == {ana: False, ben: False}  # a lease that is over counts for nothing
    assert inside.client.zcard(inside.keys.online) == 1
    await store.renew(quiz, [], 60_000)  # any node's round finds that Ana's lease is over
    assert inside.client.zcard(inside.keys.online) == 0
    await store.leave(quiz, ana, early)


async def test_a_clock_that_was_set_back_keeps_nobody_online(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    ana = (await store.join(quiz, "Ana")).id
    inside = look(redis_url, quiz)
    await store.renew(quiz, [ana], 3_600_000)  # by a node that has died
    until = await store.renew(quiz, [], 15_000)
    assert inside.client.zscore(inside.keys.online, ana) == until


async def test_a_board_whose_publisher_died_is_shown_by_another(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    inside = look(redis_url, quiz)
    await store.join(quiz, "Ana")
    await store.join(quiz, "Ben")
    store.boards.stop()  # as if the node had died
    await asyncio.sleep(0.06)
    await store.renew(quiz, [], 1000)
    assert inside.shown()["players"] == 2


async def test_a_lost_card_does_not_stop_the_board(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    inside = look(redis_url, quiz)
    inside.client.hdel(inside.keys.players, player)
    await asyncio.sleep(0.06)
    await store.join(quiz, "Ben")
    assert (inside.shown()["rows"][0]["id"], inside.shown()["rows"][0]["name"]) == (player, "?")


async def test_names_are_data(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    name = '"}]{"\\ $& %d </script>'
    await store.join(quiz, name)
    inside = look(redis_url, quiz)
    async with asyncio.timeout(2):
        while not inside.shown()["rows"]:
            await asyncio.sleep(0.01)
    assert inside.shown()["rows"][0]["name"] == name
    assert msgspec.json.decode((await store.hello(quiz, None)).state)["title"] == QUIZ.title


async def test_the_largest_totals_stay_exact(store: Store, redis_url: str) -> None:
    quiz = (await store.create(QUIZ)).id
    player = (await store.join(quiz, "Ana")).id
    inside = look(redis_url, quiz)
    inside.client.hset(inside.keys.meta, mapping={"version": 2**25 + 12345, "points": 0})
    inside.client.zadd(inside.keys.board, {player: 2**27 - 1001 + 0.5})
    await store.open(quiz, 0)
    done = await store.answer(quiz, player, 0, [1])
    assert isinstance(done.points, int)
    assert done.total == 2**27 - 1 - (1000 - done.points)
    assert inside.board() == [(player, done.total)]


def test_each_script_is_known_by_its_own_hash() -> None:
    assert len({script.sha for script in SCRIPTS.values()}) == len(SCRIPTS)
