"""Players in teams and by tags: their places follow the board's, whatever happens to it."""

import asyncio
import json
import random
from typing import Any

import pytest
import redis

from leaderboard.errors import BadName, BadQuiz, HeldBack, Malformed, NoSuchPlayer, NoSuchTeam, NotShown
from leaderboard.quiz import checks
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look

pytestmark = pytest.mark.anyio

QUESTION = Question(text="One of three", choices=["a", "b", "c"], answer=[1], time_limit=600, rule="flat", points=100)


async def make(quizzes: Quizzes, teams: tuple[str, ...] = (), **settings: object) -> str:
    about: dict[str, Any] = {"team_score": "sum", "board_interval_ms": 20} | settings
    given = Settings(**about)
    return (await quizzes.store.create(Quiz("Teams", [QUESTION] * 3, given, teams=list(teams)))).id


async def table(quizzes: Quizzes, quiz: str) -> list[tuple[str, int, int]]:
    """[(team, points, players)] as the board shows them."""
    while wait_ms := await quizzes.store.publish(quiz):
        await asyncio.sleep(wait_ms / 1000)
    shown = json.loads(await quizzes.writer.command("GET", Keys(quiz).shown))
    return [(row["name"], row["points"], row["players"]) for row in shown["teams"]]


async def rows(quizzes: Quizzes, quiz: str, group: str, **about: Any) -> list[tuple[int, str, int]]:
    """[(rank, player's name, points)] of a group."""
    page = await quizzes.groups.group(quiz, group, **about)
    return [(row["rank"], row["name"], row["points"]) for row in json.loads(bytes(page.rows))]


async def give(quizzes: Quizzes, quiz: str, player: str, points: int) -> None:
    await quizzes.corrections.adjust(quiz, player, points, "Test")


async def test_a_team_has_the_sum_of_its_players(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, ("Red", "Blue"))
    ana, ben = [(await quizzes.store.join(quiz, name, team="red")).id for name in ("Ana", "Ben")]
    cem = (await quizzes.store.join(quiz, "Cem", team="Blue")).id
    for player, points in ((ana, 5), (ben, 7), (cem, 12)):
        await give(quizzes, quiz, player, points)
    assert await table(quizzes, quiz) == [("Red", 12, 2), ("Blue", 12, 1)]  # who was there first
    await give(quizzes, quiz, cem, -20)
    assert await table(quizzes, quiz) == [("Red", 12, 2), ("Blue", -8, 1)]


@pytest.mark.parametrize(("policy", "expected"), [("mean", 3), ("best", 18), ("sum", 15)])
async def test_how_a_team_is_scored(quizzes: Quizzes, policy: str, expected: int) -> None:
    quiz = await make(quizzes, ("Red",), team_score=policy, team_best=2)
    for name, points in (("Ana", 7), ("Ben", 11), ("Cem", 2), ("Dai", -5)):
        player = (await quizzes.store.join(quiz, name, team="Red")).id
        await give(quizzes, quiz, player, points)
    assert await table(quizzes, quiz) == [("Red", expected, 4)]


async def test_without_a_name_it_is_the_smallest_team(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, ("Red", "Blue", "Green"))
    for number in range(7):
        await quizzes.store.join(quiz, f"Player {number}")
    assert sorted(size for _, _, size in await table(quizzes, quiz)) == [2, 2, 3]


async def test_players_make_teams_where_the_host_has_named_none(quizzes: Quizzes) -> None:
    quiz = await make(quizzes)
    for name, team in (("Ana", "Foxes"), ("Ben", "FOXES"), ("Cem", "Owls"), ("Dai", "")):
        await quizzes.store.join(quiz, name, team=team)
    assert [(name, size) for name, _, size in await table(quizzes, quiz)] == [("Foxes", 2), ("Owls", 1)]


async def test_teams_that_there_are_not(quizzes: Quizzes) -> None:
    listed, none = await make(quizzes, ("Red",)), await make(quizzes, team_score="none")
    for quiz, team in ((listed, "Blue"), (none, "Red")):
        with pytest.raises(NoSuchTeam):
            await quizzes.store.join(quiz, "Ana", team=team)
    with pytest.raises(BadName):
        await quizzes.store.join(listed, "Ana", team="\u202e")
    player = (await quizzes.store.join(none, "Ana")).id
    for team in ("Red", "x"):
        with pytest.raises(NoSuchTeam):
            await quizzes.store.assign(none, player, team=team)
    with pytest.raises(NoSuchPlayer):
        await quizzes.store.assign(listed, "nobody", team="Red")


@pytest.mark.parametrize(
    ("teams", "settings"),
    [(["Red", "RED"], Settings(team_score="sum")), (["Red"], Settings()), ([""], Settings(team_score="sum"))],
)
def test_teams_that_make_no_sense(teams: list[str], settings: Settings) -> None:
    with pytest.raises(BadQuiz):
        checks.check(Quiz("Teams", [QUESTION], settings, teams=teams))


async def test_moving_a_player_moves_their_points(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, ("Red", "Blue"))
    ana = (await quizzes.store.join(quiz, "Ana", team="Red")).id
    await give(quizzes, quiz, ana, 30)
    assert not (await quizzes.store.assign(quiz, ana, team="Blue")).duplicate
    assert (await quizzes.store.assign(quiz, ana, team="Blue")).duplicate
    assert {name: points for name, points, _ in await table(quizzes, quiz)} == {"Red": 0, "Blue": 30}
    await quizzes.store.rename(quiz, ana, "Anna")
    await quizzes.store.assign(quiz, ana, tags=["U12", "north"])
    await give(quizzes, quiz, ana, 1)
    assert await rows(quizzes, quiz, "U12") == [(1, "Anna", 31)]
    await quizzes.store.assign(quiz, ana, team="", tags=[])
    assert [points for _, points, _ in await table(quizzes, quiz)] == [0, 0]
    await quizzes.store.remove(quiz, ana)


@pytest.mark.parametrize("policy", ["sum", "mean", "best"])
@pytest.mark.parametrize("order", ["descending", "ascending"])
async def test_teams_follow_the_board(quizzes: Quizzes, redis_url: str, policy: str, order: str) -> None:
    """Whatever happens, in whatever order, the teams are what their players make them, and `verify` finds so."""
    chance = random.Random(f"{policy} {order}")
    quiz = await make(
        quizzes, ("Red", "Blue"), team_score=policy, team_best=2, order=order, crowd=3, reanswer="until_close"
    )
    store, players = quizzes.store, list[str]()
    for number in range(9):
        players.append((await store.join(quiz, f"Player {number}", origin="school" if number % 2 else "")).id)
    await store.open(quiz, 0)
    for _ in range(60):
        player = chance.choice(players)
        match chance.randrange(6):
            case 0:
                await give(quizzes, quiz, player, chance.randint(-50, 50))
            case 1:
                await store.assign(quiz, player, team=chance.choice(["Red", "Blue", ""]))
            case 2:
                await store.assign(quiz, player, tags=chance.sample(["a", "b", "c"], 2))
            case 3:
                await store.admit(quiz, player)
            case _:
                await store.answer(quiz, player, 0, [chance.randrange(3)])
    await store.close(quiz)
    await store.remove(quiz, players.pop())
    await quizzes.corrections.correct(quiz, 0, "Test", answer=[2])
    assert (await quizzes.audit.verify(quiz)).findings == []
    await store.reset(quiz)
    assert (await quizzes.audit.verify(quiz)).findings == []


async def test_verify_sees_and_rebuild_mends_the_teams(quizzes: Quizzes, redis_url: str) -> None:
    quiz = await make(quizzes, ("Red", "Blue"))
    players = [(await quizzes.store.join(quiz, f"Player {number}")).id for number in range(5)]
    for number, player in enumerate(players):
        await give(quizzes, quiz, player, 10 * number)
    with redis.Redis.from_url(redis_url) as client:
        look = Look(client, quiz)
        [entry, *_] = client.zrange(look.keys.groups, 0, -1)
        client.zrem(look.keys.groups, entry)
        client.zadd(look.keys.teams, {"1": 999.5})
        client.hincrby(look.keys.labels, "sum:2", 5)
        assert (await quizzes.audit.verify(quiz)).wrong == 2  # one thing for each team
        assert (await quizzes.audit.rebuild(quiz)).findings == []
        assert (await quizzes.audit.verify(quiz)).findings == []


@pytest.mark.parametrize("order", ["descending", "ascending"])
@pytest.mark.parametrize("ties", ["first", "shared"])
async def test_pages_of_a_group(quizzes: Quizzes, order: str, ties: str) -> None:
    """All players of it, each once, in the order of the board, also around one of them."""
    chance, quiz = random.Random(order), await make(quizzes, order=order, ties=ties)
    inside: list[str] = []
    for number in range(40):
        player = (await quizzes.store.join(quiz, f"Player {number}")).id
        await quizzes.store.assign(quiz, player, tags=["U12"] if number % 2 else ["U12x"])
        await give(quizzes, quiz, player, chance.randint(-5, 5))
        inside += [f"Player {number}"] if number % 2 else []
    whole = json.loads(bytes((await quizzes.store.page(quiz, 100)).rows))
    expected = [(row["name"], row["points"]) for row in whole if row["name"] in inside]
    found: list[tuple[int, str, int]] = []
    cursor = ""
    for _ in range(9):
        page = await quizzes.groups.group(quiz, "U12", 7, cursor=cursor)
        found += [(row["rank"], row["name"], row["points"]) for row in json.loads(bytes(page.rows))]
        cursor = page.next or ""
        if not cursor:
            break
    assert [(name, points) for _, name, points in found] == expected
    points = [it for _, it in expected]
    ranks = [points.index(it) + 1 for it in points] if ties == "shared" else list(range(1, 21))
    assert [rank for rank, _, _ in found] == ranks
    middle = next(row["id"] for row in whole if row["name"] == expected[9][0])
    assert await rows(quizzes, quiz, "U12", limit=5, around=middle) == found[7:12]


async def test_what_is_no_group(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, privacy="top")
    ana = (await quizzes.store.join(quiz, "Ana")).id
    await quizzes.store.assign(quiz, ana, tags=["a"])
    assert await rows(quizzes, quiz, "b", host=True) == []
    for refusal, about in (
        (NotShown, {}),
        (NoSuchPlayer, {"around": "nobody", "host": True}),
        (Malformed, {"cursor": "x", "host": True}),
        (Malformed, {"cursor": "YiAxMjM0NTY3ODkgMTIzNDU2NzggQQ", "host": True}),  # of group b
    ):
        with pytest.raises(refusal):
            await quizzes.groups.group(quiz, "a", **about)  # type: ignore[arg-type]


async def test_the_teams_as_a_table(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, ("Red", "Blue", "Green"), ties="shared")
    for name, team, points in (("Ana", "Red", 5), ("Ben", "Blue", 5), ("Cem", "Green", 1)):
        await give(quizzes, quiz, (await quizzes.store.join(quiz, name, team=team)).id, points)
    found = await quizzes.groups.teams(quiz, 10)
    assert [(row.rank, row.name, row.points, row.players) for row in found.rows] == [
        (1, "Red", 5, 1),
        (1, "Blue", 5, 1),
        (3, "Green", 1, 1),
    ]
    await quizzes.store.freeze(quiz)
    with pytest.raises(HeldBack):
        await quizzes.groups.teams(quiz, 10)
    assert len((await quizzes.groups.teams(quiz, 2, host=True)).rows) == 2


async def test_the_ceremony_shows_no_teams_before_its_end(quizzes: Quizzes) -> None:
    quiz = await make(quizzes)
    for number in range(3):
        player = (await quizzes.store.join(quiz, f"Player {number}", team=f"Team {number}")).id
        await give(quizzes, quiz, player, 100 * number)
    await quizzes.store.freeze(quiz)
    for hidden in (2, 1):
        await quizzes.store.reveal(quiz, hidden)
        shown = json.loads(await quizzes.writer.command("GET", Keys(quiz).shown))
        assert len(shown["rows"]) == 3 - hidden
        assert "teams" not in shown
    await quizzes.store.reveal(quiz)
    assert await table(quizzes, quiz) == [("Team 2", 200, 1), ("Team 1", 100, 1), ("Team 0", 0, 1)]


async def test_a_quiz_of_before_there_were_teams_has_none(quizzes: Quizzes) -> None:
    quiz = await make(quizzes, team_score="none")
    ana = (await quizzes.store.join(quiz, "Ana")).id
    await quizzes.writer.command("HDEL", Keys(quiz).meta, "team_score", "team_best", "order", "privacy", "listed")
    with pytest.raises(NoSuchTeam):
        await quizzes.store.assign(quiz, ana, "Reds")
    await quizzes.store.assign(quiz, ana, tags=["U12"])
    assert await rows(quizzes, quiz, "U12") == [(1, "Ana", 0)]
    assert (await quizzes.audit.verify(quiz)).findings == []


@pytest.mark.parametrize("policy", ["sum", "mean", "best"])
async def test_where_less_is_better_a_team_without_players_has_no_place(quizzes: Quizzes, policy: str) -> None:
    quiz = await make(quizzes, ("Red", "Blue"), order="ascending", team_score=policy)
    assert await table(quizzes, quiz) == []
    ana = (await quizzes.store.join(quiz, "Ana", team="Red")).id
    await give(quizzes, quiz, ana, 7)
    assert await table(quizzes, quiz) == [("Red", 7, 1)]
    await quizzes.store.assign(quiz, ana, team="Blue")
    assert await table(quizzes, quiz) == [("Blue", 7, 1)]
    assert (await quizzes.audit.verify(quiz)).findings == []
    await quizzes.store.remove(quiz, ana)
    assert await table(quizzes, quiz) == []
