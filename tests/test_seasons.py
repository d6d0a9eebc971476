"""Seasons: several quizzes as one board."""

import asyncio
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from leaderboard.errors import BadSeason, IdReused, Malformed, MovedOn, NoSuchPlayer, NoSuchSeason, OutOfRange
from leaderboard.quiz.content import Quiz, Settings
from leaderboard.quiz.seasons import PLACES, ChangeSeason, MakeSeason, Result, Rules, merge
from leaderboard.state import seasons
from leaderboard.state.ids import CHANCE, Source
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.seasons import Season, SeasonBoard
from tests.nodes import ADMIN, QUESTIONS, Nodes
from tests.world import World

pytestmark = pytest.mark.anyio


def ranked(*points: tuple[str, int]) -> list[Result]:
    """Results, best first, with shared ranks."""
    return [Result(who, f"p-{who}", who.title(), of, 1 + sum(it > of for _, it in points)) for who, of in points]


def test_the_worst_are_dropped() -> None:
    results = {
        0: ranked(("ana", 30), ("ben", 20), ("cem", -5)),
        1: ranked(("ben", 20), ("ana", 10)),
        3: ranked(("ana", 5), ("ben", 5)),
    }
    found = merge(Rules(drop_worst=1), results)
    assert [(it.person, it.total, it.quizzes, it.dropped) for it in found] == [
        ("ana", 40, {0: 30, 1: 10, 3: 5}, [3]),
        ("ben", 40, {0: 20, 1: 20, 3: 5}, [3]),
        ("cem", -5, {0: -5}, []),  # where one was not there is dropped first
    ]
    assert [it.total for it in merge(Rules(drop_worst=100), results)] == [30, 20, -5]  # one always counts
    assert merge(Rules(drop_worst=3), {}) == []


def test_points_by_place() -> None:
    results = {0: ranked(("ana", 9), ("ben", 9), ("cem", 1)), 1: ranked(("cem", 3), ("dia", 2))}
    found = merge(Rules(by="places", places=[10, 6]), results)
    assert [(it.person, it.total, it.quizzes) for it in found] == [
        *(("ana", 10, {0: 10}), ("ben", 10, {0: 10}), ("cem", 10, {0: 0, 1: 10}), ("dia", 6, {1: 6})),
    ]


def test_against_a_simpler_count() -> None:
    dice = random.Random(3)
    for _ in range(200):
        people = [f"p{n}" for n in range(dice.randrange(1, 8))]
        results = {}
        for number in range(dice.randrange(1, 6)):
            there = [(who, dice.randrange(-3, 10)) for who in people if dice.random() < 0.7]
            results[number] = ranked(*sorted(there, key=lambda it: -it[1]))
        drop = dice.randrange(0, 4)
        for line in merge(Rules(drop_worst=drop), results):
            own = {n: r.points for n, them in results.items() for r in them if r.person == line.person}
            best_first = sorted(own.values(), reverse=True)
            left = len(results) - min(drop, len(results) - 1)
            assert line.total == sum(best_first[:left])
            assert line.quizzes == own


# On a server


async def a_quiz(quizzes: Quizzes, points: dict[str, int], **settings: Any) -> tuple[str, dict[str, str]]:
    """A quiz in which these users have these points. Returns its ID and the players."""
    quiz = (await quizzes.store.create(Quiz(title="Round", questions=[], settings=Settings(**settings)))).id
    players = {}
    for who, of in points.items():
        user = "" if who.startswith("anon") else f"account:{who}"
        players[who] = (await quizzes.store.join(quiz, who, user=user)).id
        if of:
            await quizzes.corrections.adjust(quiz, players[who], of, "test")
    return quiz, players


async def made(quizzes: Quizzes, *ids: str, **rules: Any) -> Season:
    return await quizzes.seasons.make(MakeSeason(title="Season", quizzes=[*ids], **rules), "owner", CHANCE)


def lines(board: SeasonBoard) -> list[tuple[int, str, int]]:
    return [(row.rank, row.name, row.points) for row in board.rows]


async def now(quizzes: Quizzes, season: Season, limit: int = 100, **where: Any) -> SeasonBoard:
    """The board as it is now, not as it was a moment ago."""
    quizzes.seasons._merged.clear()
    return await quizzes.seasons.board(await quizzes.seasons.get(season.id), limit, **where)


async def test_the_same_person_in_several_quizzes(quizzes: Quizzes) -> None:
    one, players = await a_quiz(quizzes, {"ana": 5, "ben": 9, "anon": 1})
    two, others = await a_quiz(quizzes, {"ana": 7, "cem": 2, "anon": 3})
    season = await made(quizzes, one, two)
    board = await now(quizzes, season)
    assert lines(board) == [(1, "ana", 12), (2, "ben", 9), (3, "anon", 3), (4, "cem", 2), (5, "anon", 1)]
    assert board.rows[0].quizzes == {0: 5, 1: 7}
    assert (board.people, board.held, board.quizzes, board.next) == (5, [], 2, None)
    by_name = await now(quizzes, await made(quizzes, one, two, person="name"))
    assert lines(by_name) == [(1, "ana", 12), (2, "ben", 9), (3, "anon", 4), (4, "cem", 2)]
    assert "account" not in msgspec.json.encode(board).decode()
    for who in (players["ana"], others["ana"], board.rows[0].id):
        assert (await now(quizzes, season, 1, around=who)).rows == board.rows[:1]
    with pytest.raises(NoSuchPlayer):
        await now(quizzes, season, around="nobody")


async def test_what_is_held_back_is_left_out(quizzes: Quizzes) -> None:
    one, players = await a_quiz(quizzes, {"ana": 5, "ben": 9})
    two, _ = await a_quiz(quizzes, {"ana": 7})
    season = await made(quizzes, one, two)
    await quizzes.store.freeze(one)
    board = await now(quizzes, season)
    assert (lines(board), board.held) == ([(1, "ana", 7)], [0])
    await quizzes.store.reveal(one)
    await quizzes.store.remove(one, players["ben"])
    board = await now(quizzes, season)
    assert (lines(board), board.held) == ([(1, "ana", 12)], [])


async def test_what_is_frozen_while_it_is_read(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = await a_quiz(quizzes, {"ana": 5})
    season, read = await made(quizzes, one), seasons.Seasons._results

    async def meanwhile(*args: Any) -> list[Result]:
        await quizzes.store.freeze(one)
        return await read(*args)

    monkeypatch.setattr(seasons.Seasons, "_results", meanwhile)
    board = await now(quizzes, season)
    assert (board.rows, board.held) == ([], [0])


async def test_less_is_better_only_by_places(quizzes: Quizzes) -> None:
    golf, _ = await a_quiz(quizzes, {"ana": 70, "ben": 68, "cem": 70}, order="ascending", ties="shared")
    with pytest.raises(BadSeason):
        await made(quizzes, golf)
    season = await made(quizzes, golf, by="places")
    assert lines(await now(quizzes, season)) == [(1, "ben", PLACES[0]), (2, "ana", PLACES[1]), (2, "cem", PLACES[1])]
    plain = await made(quizzes)
    with pytest.raises(BadSeason):
        await quizzes.seasons.change(plain.id, ChangeSeason(add=[golf]))


async def test_pages_and_ties(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seasons, "PLAYERS_AT_ONCE", 4)
    one, players = await a_quiz(quizzes, {f"P{n:02}": n // 3 for n in range(20)})
    season = await made(quizzes, one)
    whole = await now(quizzes, season)
    assert [row.points for row in whole.rows] == sorted((n // 3 for n in range(20)), reverse=True)
    for above, below in pairwise(whole.rows):
        assert (above.name < below.name) if above.points == below.points else below.rank == whole.rows.index(below) + 1
        assert (above.rank == below.rank) == (above.points == below.points)
    seen, cursor = [], None
    while True:
        page = await now(quizzes, season, 3, cursor=cursor)
        seen += page.rows
        await quizzes.corrections.adjust(one, players["P00"], 1, "a climber")  # passes those who were seen already
        if (cursor := page.next) is None:
            break
    assert [row.name for row in seen if row.name != "P00"] == [row.name for row in whole.rows if row.name != "P00"]
    for bad in ("", "x", "WzFd", "e30", "WyJhIiwiYiIsImMiXQ"):
        with pytest.raises(Malformed):
            await now(quizzes, season, cursor=bad)


async def test_it_is_worked_out_once(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    one, players = await a_quiz(quizzes, {"ana": 5})
    season, read, runs = await made(quizzes, one), seasons.Seasons._results, []

    async def counted(*args: Any) -> list[Result]:
        runs.append(1)
        return await read(*args)

    monkeypatch.setattr(seasons.Seasons, "_results", counted)
    monkeypatch.setattr(seasons, "REST", 0)
    for _ in range(2):
        found = await asyncio.gather(*(quizzes.seasons.board(season, 10) for _ in range(20)))
        assert {lines(it)[0] for it in found} == {(1, "ana", 5)}
    assert len(runs) == 1
    await quizzes.corrections.adjust(one, players["ana"], 1, "more")
    assert lines(await quizzes.seasons.board(season, 10)) == [(1, "ana", 6)]
    assert len(runs) == 2
    monkeypatch.setattr(seasons, "REST", 1e9)
    changed = await quizzes.seasons.change(season.id, ChangeSeason(title="Anew"))
    assert (await quizzes.seasons.board(changed, 10)).title == "Anew"
    assert len(runs) == 3
    await quizzes.corrections.adjust(one, players["ana"], 1, "more")
    assert lines(await quizzes.seasons.board(changed, 10)) == [(1, "ana", 6)]  # not so soon again


async def test_bounds(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = await a_quiz(quizzes, {"ana": 5, "ben": 1})
    two, _ = await a_quiz(quizzes, {"cem": 5, "dia": 1})
    monkeypatch.setattr(seasons, "MOST_RESULTS", 3)
    with pytest.raises(OutOfRange):
        await quizzes.seasons.board(await made(quizzes, one, two), 10)
    monkeypatch.setattr(seasons, "REMEMBERED_RESULTS", 9)
    few = [await made(quizzes, quiz) for quiz in (one, two, one)]
    for season in few:
        await quizzes.seasons.board(season, 10)
    assert list(quizzes.seasons._merged) == [season.id for season in few[1:]]
    full = await made(quizzes, *(one for _ in range(100)))
    assert len(full.quizzes) == 100
    with pytest.raises(OutOfRange):
        await quizzes.seasons.change((await made(quizzes)).id, ChangeSeason(add=[f"{n:08}" for n in range(101)]))


async def test_it_is_changed_by_several_at_once(quizzes: Quizzes) -> None:
    ids = [(await a_quiz(quizzes, {}))[0] for _ in range(4)]
    season = await made(quizzes)
    await asyncio.gather(*(quizzes.seasons.change(season.id, ChangeSeason(add=[quiz])) for quiz in ids))
    assert sorted((await quizzes.seasons.get(season.id)).quizzes) == sorted(ids)
    changed = await quizzes.seasons.change(season.id, ChangeSeason(remove=ids[1:], drop_worst=2))
    assert (changed.quizzes, changed.rules.drop_worst) == (ids[:1], 2)
    with pytest.raises(MovedOn):
        await quizzes.seasons._write(season, "1")
    await quizzes.seasons.delete(season.id)
    await quizzes.seasons.delete(season.id)
    for missing in (season.id, "nobody", "{}:*", ""):
        with pytest.raises(NoSuchSeason):
            await quizzes.seasons.get(missing)
    with pytest.raises(NoSuchSeason):
        await quizzes.seasons.change(season.id, ChangeSeason(title="Gone"))
    with pytest.raises(NoSuchSeason):
        await quizzes.seasons._write(season, "1")


async def test_made_twice_it_is_the_same(quizzes: Quizzes) -> None:
    asked = MakeSeason(title="Season")
    first = await quizzes.seasons.make(asked, "owner", Source(b"seed", b"content"))
    assert await quizzes.seasons.make(asked, "owner", Source(b"seed", b"content")) == first
    with pytest.raises(IdReused):
        await quizzes.seasons.make(asked, "owner", Source(b"seed", b"another"))


async def test_a_quiz_that_is_gone_counts_nothing(quizzes: Quizzes) -> None:
    one, _ = await a_quiz(quizzes, {"ana": 5})
    season = await made(quizzes, one)
    with pytest.raises(BadSeason):
        await made(quizzes, "NONESUCH")
    quizzes.seasons._merged.clear()
    season.quizzes.append("NONESUCH")
    assert lines(await quizzes.seasons.board(season, 10)) == [(1, "ana", 5)]


# Over HTTP


@pytest.fixture(scope="module")
def world(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Nodes(module_url, tmp_path_factory.mktemp("seasons")) as nodes:
        yield World(nodes.start())


def test_who_may_do_what(world: World) -> None:
    http = world.node.http
    made = world.make(
        "/v1/seasons", world.owner, title="League", quizzes=[world.quiz.lower(), world.quiz], drop_worst=1
    )
    path = f"/v1/seasons/{made['id']}"
    assert (made["quizzes"], made["drop_worst"], made["places"], made["version"]) == ([world.quiz], 1, [*PLACES], 1)
    for token in (world.owner, world.key_token, ADMIN, world.admin_account):
        assert http("GET", path, token).json() == made
    for token in ("", world.organizer, world.member):
        assert http("GET", path, token).json() == {k: v for k, v in made.items() if k != "quizzes"}
        assert [row["name"] for row in http("GET", f"{path}/board", token).json()["rows"]] == ["Ana"]
    assert http("GET", path, world.player_token).json()["code"] == "UNAUTHORIZED"
    for token in (world.organizer, world.member):
        assert http("PATCH", path, token, json={"title": "Mine"}).json()["code"] == "FORBIDDEN"
        assert http("DELETE", path, token).json()["code"] == "FORBIDDEN"
        assert (
            http("POST", "/v1/seasons", token, json={"title": "M", "quizzes": [world.quiz]}).json()["code"]
            == "FORBIDDEN"
        )
    empty = world.make("/v1/seasons", world.organizer, title="Mine")
    refused = http("PATCH", f"/v1/seasons/{empty['id']}", world.organizer, json={"add": [world.quiz]})
    assert refused.json()["code"] == "FORBIDDEN"
    assert http("PATCH", path, world.key_token, json={"drop_worst": 0}).json()["drop_worst"] == 0
    assert http("DELETE", path, world.owner).status_code == 204
    assert http("GET", path, world.owner).json()["code"] == "NO_SUCH_SEASON"
    assert http("DELETE", path, world.owner).json()["code"] == "NO_SUCH_SEASON"


def test_a_key_of_another_scope(world: World) -> None:
    made = world.make("/v1/seasons", world.owner, title="League", quizzes=[world.quiz])
    path, other = (
        f"/v1/seasons/{made['id']}",
        world.make("/v1/quizzes", world.owner, title="O", questions=QUESTIONS)["id"],
    )
    for scope in ({"verbs": ["*"], "quizzes": [other]}, {"verbs": ["results"], "quizzes": ["*"]}):
        key = world.make("/v1/keys", world.owner, name="key", **scope)["token"]
        assert http_codes(world, path, key) == ["", "FORBIDDEN", "FORBIDDEN"]
        assert "quizzes" not in world.node.http("GET", path, key).json()
        body = {"title": "M", "quizzes": [world.quiz]}
        assert world.node.http("POST", "/v1/seasons", key, json=body).json()["code"] == "FORBIDDEN"
    right = world.make("/v1/keys", world.owner, name="key", verbs=["*"], quizzes=[world.quiz])["token"]
    assert http_codes(world, path, right) == ["", "", ""]


def http_codes(world: World, path: str, token: str) -> list[str]:
    """What is refused of looking, changing and deleting."""
    bodies: list[tuple[str, dict[str, Any]]] = [("GET", {}), ("PATCH", {"json": {"title": "New"}}), ("DELETE", {})]
    replies = [world.node.http(method, path, token, **body) for method, body in bodies]
    return [reply.json().get("code", "") if reply.content else "" for reply in replies]


@pytest.mark.parametrize("privacy", ["top", "near", "own", "pseudonyms"])
def test_where_not_all_may_see_the_board(world: World, privacy: str) -> None:
    quiz = world.make("/v1/quizzes", world.owner, title="P", questions=QUESTIONS, settings={"privacy": privacy})["id"]
    world.node.join(quiz, "Somebody")
    path = f"/v1/seasons/{world.make('/v1/seasons', world.owner, title='P', quizzes=[world.quiz, quiz])['id']}/board"
    for token in ("", world.member, world.organizer):
        refused = world.node.http("GET", path, token)
        assert refused.json()["code"] == "FORBIDDEN"
        assert "Somebody" not in refused.text
    for token in (world.owner, world.key_token, ADMIN):
        assert {row["name"] for row in world.node.http("GET", path, token).json()["rows"]} == {"Ana", "Somebody"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "MALFORMED"),
    ({"title": ""}, "MALFORMED"),
    ({"title": "x" * 121}, "MALFORMED"),
    ({"title": "S", "quizzes": "all"}, "MALFORMED"),
    ({"title": "S", "quizzes": ["A"] * 101}, "MALFORMED"),
    ({"title": "S", "quizzes": ["NONESUCH"]}, "NO_SUCH_QUIZ"),
    ({"title": "S", "quizzes": ["../meta"]}, "NO_SUCH_QUIZ"),
    ({"title": "S", "drop_worst": -1}, "MALFORMED"),
    ({"title": "S", "drop_worst": 1.5}, "MALFORMED"),
    ({"title": "S", "by": "luck"}, "MALFORMED"),
    ({"title": "S", "places": []}, "MALFORMED"),
    ({"title": "S", "places": [1e40]}, "MALFORMED"),
    ({"title": "S", "person": "face"}, "MALFORMED"),
    ({"title": "S", "surprise": 1}, "MALFORMED"),
]


@pytest.mark.parametrize(("body", "code"), BAD)
def test_bad_input(world: World, body: dict[str, Any], code: str) -> None:
    assert world.node.http("POST", "/v1/seasons", world.owner, json=body).json()["code"] == code


def test_bad_queries(world: World) -> None:
    path = f"/v1/seasons/{world.make('/v1/seasons', world.owner, title='Q')['id']}"
    for query in ("limit=0", "limit=101", "cursor=!", "cursor=x&around=y", "at=5"):
        assert world.node.http("GET", f"{path}/board?{query}").json()["code"] == "MALFORMED"
    assert world.node.http("GET", f"{path}/board?around=nobody").json()["code"] == "NO_SUCH_PLAYER"
    assert world.node.http("GET", "/v1/seasons/%7Baccounts%7D/board").json()["code"] == "NO_SUCH_SEASON"
    key = {"idempotency-key": "0123456789abcdef"}
    first, again = [world.node.http("POST", "/v1/seasons", ADMIN, json={"title": "S"}, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    reused = world.node.http("POST", "/v1/seasons", ADMIN, json={"title": "T"}, headers=key)
    assert reused.json()["code"] == "ID_REUSED"
