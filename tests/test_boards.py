"""Boards as people ask for them: either order, pages that stay whole while ranks move, some players, how one stands."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from leaderboard.errors import HeldBack, NoSuchPlayer
from leaderboard.live.hub import Frame, Member, Room
from leaderboard.live.teller import Teller
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.verbs import Adjust
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Card, Moves, Page, from_cursor
from leaderboard.state.store import Store
from tests.nodes import ADMIN, Nodes

pytestmark = pytest.mark.anyio

QUESTIONS = [Question(text="Which?", choices=["a", "b"], answer=[1], rule="flat", time_limit=600)]


async def make(quizzes: Quizzes, points: list[int], **settings: Any) -> tuple[str, list[str]]:
    """A quiz and its players, with these points, given in this order."""
    quiz = Quiz(title="Boards", questions=QUESTIONS, settings=Settings(board_interval_ms=20, **settings))
    id = (await quizzes.store.create(quiz)).id
    players = [(await quizzes.store.join(id, f"P{number}")).id for number in range(len(points))]
    for player, given in zip(players, points, strict=True):
        await give(quizzes, id, player, given)
    return id, players


async def give(quizzes: Quizzes, quiz: str, player: str, points: int) -> None:
    await quizzes.host.do(quiz, Adjust(player=player, points=points, reason="Jury"))


def rows(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(page.rows)
    return found


async def told(quizzes: Quizzes, quiz: str, players: list[str]) -> list[int | None]:
    return [it.rank for it in await quizzes.standings.you(quiz, -1, players)]


async def test_where_less_is_better(quizzes: Quizzes) -> None:
    """Golf: 70 leads; of two with 72 the one who came in first is ahead."""
    quiz, (ana, ben, cem, dai) = await make(quizzes, [72, 70, 72, -3], order="ascending")
    page = await quizzes.store.page(quiz, 10)
    assert [(row["id"], row["points"], row["rank"]) for row in rows(page)] == [
        *((dai, -3, 1), (ben, 70, 2), (ana, 72, 3), (cem, 72, 4))
    ]
    assert [row["rank"] for row in rows(await quizzes.store.page(quiz, 10, ties="shared"))] == [1, 2, 3, 3]
    shown = msgspec.json.decode((await quizzes.store.hello(quiz, None)).board)
    while [row["id"] for row in shown["rows"]] != [dai, ben, ana, cem]:
        await asyncio.sleep(await quizzes.store.publish(quiz) / 1000)
        shown = msgspec.json.decode((await quizzes.store.hello(quiz, None)).board)
    assert await told(quizzes, quiz, [ana, ben, cem, dai]) == [3, 2, 4, 1]
    assert [it.id for it in (await quizzes.store.people(quiz)).rows] == [dai, ben, ana, cem]
    results = await quizzes.reports.results(quiz, "shared")
    assert [(row.player, row.rank) for row in results.rows] == [(dai, 1), (ben, 2), (ana, 3), (cem, 3)]
    await give(quizzes, quiz, ben, -200)
    assert await told(quizzes, quiz, [ben, dai]) == [1, 2]


async def test_a_correction_forecasts_the_leader_with_the_least(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, [10, 20], order="ascending")
    await quizzes.store.open(quiz, 0)
    await quizzes.store.answer(quiz, ana, 0, [0])
    await quizzes.store.answer(quiz, ben, 0, [1])
    await quizzes.store.close(quiz)
    forecast = await quizzes.corrections.preview(quiz, 0, [0])
    assert forecast.leader is not None
    assert forecast.leader_then is not None
    assert (forecast.leader.id, forecast.leader_then.id, forecast.leader_then.points) == (ana, ben, 20)


@pytest.mark.parametrize("order", ["descending", "ascending"])
@pytest.mark.parametrize("equal", [False, True], ids=["apart", "equal"])
async def test_pages_meet_who_stays_where_they_are_once(quizzes: Quizzes, order: Any, equal: bool) -> None:
    """Whoever moves between two pages, also the last one seen; and where all are equal, as after a reset."""
    choose = random.Random(f"{order} {equal}")
    for _ in range(6):
        quiz, players = await make(quizzes, [choose.randrange(5) for _ in range(17)], order=order)
        if equal:
            await quizzes.store.reset(quiz)
        stays, seen, cursor = set(players), list[str](), None
        while True:
            page = await quizzes.store.page(quiz, choose.randint(1, 5), cursor=cursor)
            seen += [row["id"] for row in rows(page)]
            if page.next is None:
                break
            cursor = from_cursor(page.next)
            for player in {choose.choice(players), *([seen[-1]] if choose.random() < 0.7 else [])}:
                stays.discard(player)
                await give(quizzes, quiz, player, choose.randint(-4, 4))
        assert sorted(it for it in seen if it in stays) == sorted(stays)


async def test_a_cursor_whose_player_was_removed(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, [0] * 9)
    await quizzes.store.reset(quiz)
    first = await quizzes.store.page(quiz, 4)
    assert first.next is not None
    await quizzes.store.remove(quiz, rows(first)[-1]["id"])
    second = await quizzes.store.page(quiz, 9, cursor=from_cursor(first.next))
    assert sorted(row["id"] for row in rows(first) + rows(second)) == sorted(players)


@pytest.mark.parametrize("order", ["descending", "ascending"])
async def test_some_players(quizzes: Quizzes, order: Any) -> None:
    quiz, players = await make(quizzes, [50, 40, 40, 10], order=order)
    some = [players[3], "nobody", players[2], players[1]]
    found = await quizzes.store.page(quiz, 1, players=some)
    best_first = [(players[3], 1), (players[1], 2), (players[2], 3)]
    assert [(row["id"], row["rank"]) for row in rows(found)] == (
        best_first if order == "ascending" else [(players[1], 2), (players[2], 3), (players[3], 4)]
    )
    shared = rows(await quizzes.store.page(quiz, 1, players=some, ties="shared"))
    assert sorted(row["rank"] for row in shared) == ([1, 2, 2] if order == "ascending" else [2, 2, 4])
    assert (found.players, found.next) == (4, None)


async def test_what_is_missing_to_a_rank_is_enough_and_one_less_is_not(quizzes: Quizzes) -> None:
    for order in ("descending", "ascending"):
        for ties in ("first", "shared"):
            quiz, players = await make(quizzes, [90, 70, 70, 50, 50, 10], order=order, ties=ties)
            sign = -1 if order == "ascending" else 1
            for rank in (1, 2, 3, 5, 40):
                for player in players:
                    before = await quizzes.store.standing(quiz, player, rank)
                    assert (before.needed == 0) == (before.rank <= rank)
                    if not before.needed:
                        continue
                    await give(quizzes, quiz, player, sign * (before.needed - 1))
                    assert (await quizzes.store.standing(quiz, player)).rank > rank
                    await give(quizzes, quiz, player, sign)
                    assert (await quizzes.store.standing(quiz, player)).rank <= rank
                    await give(quizzes, quiz, player, -sign * before.needed)


async def test_how_one_stands(quizzes: Quizzes) -> None:
    quiz, (ana, ben, cem, dai) = await make(quizzes, [90, 70, 70, 10])
    standing = await quizzes.store.standing(quiz, cem, 1)
    assert (standing.points, standing.rank, standing.players, standing.percentile) == (70, 3, 4, 75.0)
    assert standing.needed == 21
    assert standing.next is not None
    assert (standing.next.id, standing.next.name, standing.next.by) == (ben, "P1", 1)
    shared = await quizzes.store.standing(quiz, cem, 1, ties="shared")
    assert (shared.rank, shared.needed) == (2, 20)
    assert shared.next is not None
    assert (shared.next.id, shared.next.by) == (ana, 20)
    first, last = await quizzes.store.standing(quiz, ana), await quizzes.store.standing(quiz, dai)
    assert (first.percentile, first.needed, first.next) == (100.0, 0, None)
    assert (last.percentile, last.rank) == (25.0, 4)
    with pytest.raises(NoSuchPlayer):
        await quizzes.store.standing(quiz, "nobody")
    await quizzes.store.freeze(quiz)
    with pytest.raises(HeldBack):
        await quizzes.store.standing(quiz, ana)
    assert (await quizzes.store.standing(quiz, ana, host=True)).rank == 1
    with pytest.raises(HeldBack):
        await quizzes.store.page(quiz, 1, players=[ana])


async def test_an_old_quiz_knows_of_no_order(quizzes: Quizzes, store: Store) -> None:
    """One that was made before there was a choice."""
    quiz, (ana, ben) = await make(quizzes, [10, 20])
    await quizzes.writer.command("HDEL", f"quiz:{{{quiz}}}:meta", "order", "privacy")
    await give(quizzes, quiz, ana, 10)
    assert [row["id"] for row in rows(await store.page(quiz, 2))] == [ben, ana]
    assert await told(quizzes, quiz, [ana, ben]) == [2, 1]


def test_over_http(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"order": "ascending"})
    (ana, token), (ben, _) = node.join(quiz, "Ana"), node.join(quiz, "Ben")
    node.host(quiz, host, "adjust", player=ana, points=5, reason="Jury")
    board = f"/v1/quizzes/{quiz}/board"
    found = node.http("GET", f"{board}?players={ana},{ben},nobody", token).json()
    assert [(row["id"], row["rank"]) for row in found["rows"]] == [(ben, 1), (ana, 2)]
    for bad in ("a b", ",", "", "," * 101, ",".join(f"p{number}" for number in range(101)), "x" * 65):
        assert node.http("GET", board, params={"players": bad}).json()["code"] == "MALFORMED", bad
    assert node.http("GET", f"{board}?players={ana}&around={ana}").json()["code"] == "MALFORMED"
    one = f"/v1/quizzes/{quiz}/players/{ana}/standing"
    assert node.http("GET", f"{one}?rank=1").json()["needed"] == 6
    for bad in ("0", "x", "10000001"):
        assert node.http("GET", f"{one}?rank={bad}").json()["code"] == "MALFORMED"
    assert node.http("GET", one.replace(ana, "nobody"), ADMIN).json()["code"] == "NO_SUCH_PLAYER"


async def tell(quizzes: Quizzes, quiz: str, player: str) -> Moves | None:
    """What the player is told of, as the teller does it."""
    [standing] = await quizzes.standings.you(quiz, -1, [player], tell=True)
    return standing.moves


def names(cards: list[Card]) -> list[str]:
    return [card.id for card in cards]


@pytest.mark.parametrize("first", [0, 1])
async def test_both_learn_of_it_once_whoever_is_told_first(quizzes: Quizzes, first: int) -> None:
    quiz, (ana, ben, cem) = await make(quizzes, [30, 20, 10], board_rows=1)
    for player in (ana, ben, cem):
        assert await tell(quizzes, quiz, player) is None
    await give(quizzes, quiz, ben, 15)
    for player in (ana, ben) if first == 0 else (ben, ana):
        [read] = await quizzes.standings.you(quiz, -1, [player])  # as for a welcome
        assert read.moves is None
        moves = await tell(quizzes, quiz, player)
        if player == ben:
            assert moves == Moves(1, [Card(ana, "P0")], [], "entered")
        else:
            assert moves == Moves(-1, [], [Card(ben, "P1")], "left")
        assert await tell(quizzes, quiz, player) is None
    assert await tell(quizzes, quiz, cem) is None


async def test_the_next_one_and_what_is_missing(quizzes: Quizzes) -> None:
    for order, sign in (("descending", 1), ("ascending", -1)):
        quiz, players = await make(quizzes, [sign * it for it in (50, 40, 40, 10)], order=order)
        found = [it.next for it in await quizzes.standings.you(quiz, -1, players)]
        assert [it and (it.id, it.by) for it in found] == [
            *(None, (players[0], 11), (players[1], 1), (players[2], 31)),
        ]
        quiz, players = await make(quizzes, [sign * it for it in (50, 40, 40, 10)], order=order, ties="shared")
        found = [it.next for it in await quizzes.standings.you(quiz, -1, players)]
        assert [it and (it.id, it.by) for it in found] == [
            *(None, (players[0], 10), (players[0], 10), (players[2], 30)),
        ]


@pytest.mark.parametrize("settings", [{}, {"order": "ascending"}, {"ties": "shared"}], ids=str)
async def test_only_what_is_true_is_told_and_all_of_it(quizzes: Quizzes, settings: dict[str, Any]) -> None:
    """Against the whole board as it was when somebody was told last; few enough for all to be neighbours."""
    choose = random.Random(str(settings))
    sign = -1 if "order" in settings else 1
    quiz, players = await make(quizzes, [0] * 6, board_rows=2, **settings)
    total = dict.fromkeys(players, 0)
    known: dict[str, tuple[int, list[str], dict[str, int]]] = {}  # rank, order and points at that time
    happened = 0
    for _ in range(120):
        player = choose.choice(players)
        points = choose.randint(-3, 3)
        await give(quizzes, quiz, player, points)
        total[player] += points
        for player in choose.sample(players, choose.randint(0, 3)):
            page = rows(await quizzes.store.page(quiz, 10))
            order = [row["id"] for row in page]
            rank = next(row["rank"] for row in page if row["id"] == player)
            moves = await tell(quizzes, quiz, player)
            before = known.get(player)
            if before is None or (before[0], before[1].index(player)) != (rank, order.index(player)):
                known[player] = (rank, order, dict(total))
            if before is None or known[player] is before:
                assert moves is None
                continue

            def ahead(other: str, order: list[str], points: dict[str, int], player: str = player) -> int:
                if "ties" in settings:
                    return (points[other] > points[player]) - (points[other] < points[player])
                return 1 if order.index(other) < order.index(player) else -1

            others = [it for it in players if it != player]
            sides = {it: (before[1].index(it) < before[1].index(player), ahead(it, order, total)) for it in others}
            past = {it for it, (was, now) in sides.items() if was and now < 0}
            by = {it for it, (was, now) in sides.items() if not was and now > 0}
            top = (before[1].index(player) < 2, order.index(player) < 2)
            if (before[0], past, by, top[0]) == (rank, set(), set(), top[1]):
                assert moves is None
                continue
            assert moves is not None
            happened += 1
            assert moves.by == before[0] - rank
            assert set(names(moves.overtook)) <= past
            assert set(names(moves.overtaken_by)) <= by
            assert (len(moves.overtook), len(moves.overtaken_by)) == (min(3, len(past)), min(3, len(by)))
            assert moves.top == {(True, False): "left", (False, True): "entered"}.get(top)
    assert happened > 20
    assert sign


async def test_nothing_is_told_while_ranks_are_held_back_and_everything_afterwards(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, [30, 20])
    await tell(quizzes, quiz, ana)
    await quizzes.store.freeze(quiz)
    await give(quizzes, quiz, ben, 50)
    [standing] = await quizzes.standings.you(quiz, -1, [ana], tell=True)
    assert (standing.moves, standing.next) == (None, None)
    await quizzes.store.reveal(quiz)
    assert await tell(quizzes, quiz, ana) == Moves(-1, [], [Card(ben, "P1")], None)
    await quizzes.store.reset(quiz)
    assert await tell(quizzes, quiz, ana) is None


async def test_what_may_be_told_where_not_everybody_is_shown(quizzes: Quizzes) -> None:
    points = [90, 80, 70, 60, 50, 40, 30, 20, 10]
    for mode, last_passes, others in (
        ("own", [], None),
        ("near", [7, 6, 5], 8),
        ("top", [], None),
        ("pseudonyms", [7, 6, 5], 8),
        ("open", [7, 6, 5], 8),
    ):
        quiz, players = await make(quizzes, points, privacy=mode, board_rows=3)
        standings = await quizzes.standings.you(quiz, -1, players, tell=True)
        alias = [it.alias.id if it.alias else player for it, player in zip(standings, players, strict=True)]
        await give(quizzes, quiz, players[8], 35)  # past 7, 6 and 5
        [mine, beaten] = await quizzes.standings.you(quiz, -1, [players[8], players[7]], tell=True)
        assert mine.moves is not None
        assert mine.moves.by == 3
        assert names(mine.moves.overtook) == [alias[number] for number in last_passes]
        assert beaten.moves is not None
        assert names(beaten.moves.overtaken_by) == ([] if others is None else [alias[others]])
        assert (mine.next and mine.next.id) == (None if mode in ("own", "top") else alias[4])


class Ear:
    """A socket that notes what it is shown."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def show(self, kind: str, frame: Frame) -> None:
        self.heard.append(msgspec.json.decode(frame.payload))

    def reply(self, frame: Frame) -> None: ...

    def bye(self, code: object, reason: str = "") -> None: ...

    def behind(self) -> int:
        return 0


async def test_an_event_is_delivered_once_to_each_socket(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, [30, 20])
    room, teller, ears = Room(quiz), Teller(quizzes.standings), [Ear(), Ear()]
    for ear in ears:
        room.add(Member(ear, ben))
    await teller._tell(room, [ben])
    await give(quizzes, quiz, ben, 50)
    [welcome] = await teller.read(quiz, -1, [ben])
    room.players[ben][1].told = welcome.told  # it came again, and knows its rank already
    for _ in range(3):
        await teller._tell(room, [ben])
    await give(quizzes, quiz, ana, 1)
    await teller._tell(room, [ben])
    for ear in ears:
        moves = [it["moves"] for it in ear.heard if it["moves"]]
        assert moves == [{"by": 1, "overtook": [{"id": ana, "name": "P0"}], "overtaken_by": [], "top": None}]


async def test_when_a_whole_board_moves_some_are_told_at_a_time(quizzes: Quizzes) -> None:
    quiz = (await quizzes.store.create(Quiz("Many", QUESTIONS, Settings(board_interval_ms=20)))).id
    players = [(await quizzes.store.join(quiz, f"P{number}")).id for number in range(70)]
    await quizzes.standings.you(quiz, -1, players, tell=True)
    for points, player in enumerate(players, 1):
        await quizzes.corrections.adjust(quiz, player, points, "test")
    told: list[list[int]] = []
    for _ in range(3):
        standings = await quizzes.standings.you(quiz, -1, players, tell=True)
        told.append([number for number, it in enumerate(standings) if it.moves is not None])
    assert [len(some) for some in told] == [50, 20, 0]
    assert not set(told[0]) & set(told[1])
