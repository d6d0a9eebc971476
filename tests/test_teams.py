"""Teams that play as one player: registered, changed and removed by the host, on one device or several."""

import asyncio
import csv
import json
from typing import Any

import pytest
import redis
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from leaderboard.errors import (
    AlreadyPlaying,
    BadEmail,
    BadName,
    BadTeam,
    Finished,
    Full,
    IdReused,
    NameTaken,
    NoSuchQuiz,
    NoSuchTeam,
    Removed,
    Unauthorized,
)
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.ids import Source
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import Store
from leaderboard.state.teams import Entry, Team, Teams
from tests.inspect import Look
from tests.nodes import ADMIN, Node, Nodes, hello, receive, send

pytestmark = pytest.mark.anyio

QUESTION = Question(text="Which?", choices=["a", "b"], answer=[1], time_limit=60, rule="flat")
TAKEN_OVER = 4409


@pytest.fixture
def teams(quizzes: Quizzes) -> Teams:
    return quizzes.teams


async def make(store: Store, roster: tuple[str, ...] = (), **settings: Any) -> str:
    """A quiz with these settings. Returns its ID."""
    quiz = Quiz("Teams", [QUESTION] * 3, Settings(board_interval_ms=20, **settings), list(roster))
    return (await store.create(quiz)).id


def entry(name: str, *members: str, email: str = "", points: int = 1000) -> Entry:
    return Entry(name, members, email, points)


def look(redis_url: str, quiz: str) -> Look:
    return Look(redis.Redis.from_url(redis_url), quiz)


def everything(redis_url: str) -> dict[str, Any]:
    """All that Redis holds, but for what timers do: the publication of the board."""
    client: Any = redis.Redis.from_url(redis_url, decode_responses=True)
    read = {"hash": client.hgetall, "stream": client.xrange, "set": client.smembers, "string": client.get}
    read["zset"] = lambda key: client.zrange(key, 0, -1, withscores=True)
    found = {key: read[client.type(key)](key) for key in client.scan_iter() if not key.endswith(":shown")}
    for meta in (value for key, value in found.items() if key.endswith(":meta")):
        del meta["published"], meta["published_at"]
    return found


async def proved(quizzes: Quizzes, quiz: str) -> None:
    assert (await quizzes.audit.verify(quiz)).findings == []


async def board(store: Store, quiz: str) -> list[tuple[str, int]]:
    rows = json.loads(bytes((await store.page(quiz, 100, host=True)).rows))
    return [(row["name"], row["points"]) for row in rows]


# Registering


async def test_a_team_is_a_player(quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store)
    owls = await teams.register(quiz, entry(" Owls ", "Ana", "Ben", email="Owls@Example.org"))
    assert (owls.name, owls.members, owls.email, owls.points) == ("Owls", ["Ana", "Ben"], "owls@example.org", 1000)
    poor = await teams.register(quiz, entry("Foxes", points=0))
    await store.open(quiz, 0)
    assert isinstance(owls.token, str)
    assert await store.role(quiz, owls.token) == owls.id
    assert (await store.answer(quiz, owls.id, 0, [1])).total == 2000
    assert (await store.answer(quiz, poor.id, 0, [1])).total == 1000
    assert await board(store, quiz) == [("Owls", 2000), ("Foxes", 1000)]
    assert (await teams.get(quiz, owls.id)).total == 2000
    explained = await quizzes.reports.explain(quiz, owls.id)
    assert explained.complete
    assert explained.lines[0].text == "the team starts with these"
    await proved(quizzes, quiz)


@pytest.mark.parametrize("name", ["Owls", " OWLS ", "Οwls", "Оwls", "Ｏｗｌｓ"])
async def test_confusable_names(store: Store, teams: Teams, name: str) -> None:
    quiz, other = await make(store), await make(store)
    await teams.register(quiz, entry("Owls"))
    with pytest.raises(NameTaken):
        await teams.register(quiz, entry(name))
    with pytest.raises(NameTaken):
        await store.join(quiz, name)
    await teams.register(other, entry(name))


@pytest.mark.parametrize(
    ("members", "which"),
    [
        (["Ana", "Ben", "Ana"], "Members 0 and 2"),
        (["Ana", "ben", " BEN"], "Members 1 and 2"),
        (["Ana", "Аna"], "Members 0 and 1"),
        (["Ana", ""], "Member 1"),
        (["\u200b"], "Member 0"),
        (["sh1t"], "Member 0"),
        (["x" * 40], "Member 0"),
    ],
)
async def test_bad_members(redis_url: str, store: Store, teams: Teams, members: list[str], which: str) -> None:
    quiz = await make(store)
    before = everything(redis_url)
    with pytest.raises(BadTeam, match=which):
        await teams.register(quiz, entry("Owls", *members))
    assert everything(redis_url) == before


async def test_bad_names_and_addresses(redis_url: str, store: Store, teams: Teams) -> None:
    quiz, free = await make(store), await make(store, filter_names=False)
    before = everything(redis_url)
    for name in ("", "sh1t", "x" * 40, "\u200b"):
        with pytest.raises(BadName):
            await teams.register(quiz, entry(name))
    for email in ("owls", "@example.org", "a@b@c", "a b@example.org", "ana@" + "x" * 260):
        with pytest.raises(BadEmail):
            await teams.register(quiz, entry("Owls", email=email))
    assert everything(redis_url) == before
    await teams.register(free, entry("sh1t", "sh1t"))
    with pytest.raises(NoSuchQuiz):
        await teams.register("NOSUCHQZ", entry("Owls"))


async def test_what_keeps_others_out_does_not_keep_teams_out(quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store, ("Ana",), approval=True, crowd=1, late="average", max_players=3)
    banned = (await teams.register(quiz, entry("Foxes"))).id
    await store.remove(quiz, banned, ban=True)
    await store.open(quiz, 0)
    await store.close(quiz)
    await store.lock(quiz)
    for name in ("Owls", "Bears", "Foxes"):
        await teams.register(quiz, entry(name, points=7))
    with pytest.raises(Full):
        await teams.register(quiz, entry("Cats"))
    assert await board(store, quiz) == [("Owls", 7), ("Bears", 7), ("Foxes", 7)]
    await store.finish(quiz)
    with pytest.raises(Finished):
        await teams.register(quiz, entry("Dogs"))
    await proved(quizzes, quiz)


async def test_a_repetition_is_the_same_team(redis_url: str, store: Store, teams: Teams) -> None:
    quiz = await make(store)
    source = Source(b"seed", b"content")
    once = await teams.register(quiz, entry("Owls", "Ana"), source)
    before = everything(redis_url)
    assert await teams.register(quiz, entry("Owls", "Ana"), source) == once
    assert everything(redis_url) == before
    with pytest.raises(IdReused):
        await teams.register(quiz, entry("Foxes"), Source(b"seed", b"other"))
    await teams.remove(quiz, once.id)
    with pytest.raises(Removed):
        await teams.register(quiz, entry("Owls", "Ana"), source)


# Many


async def test_five_hundred_of_which_two_are_the_same(quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store)
    entries = [entry(f"Team {i}", f"Ana {i}", points=i) for i in range(500)]
    entries[400] = entry("TEAM 17")
    entries[401] = entry("Team", "Ben", "Ben")
    source = Source(b"seed", b"content")
    done = await teams.register_all(quiz, entries, source)
    assert [(it.status, it.code) for it in done[400:402]] == [(409, "NAME_TAKEN"), (422, "BAD_TEAM")]
    assert "Members 0 and 1" in str(done[401].detail)
    made = [it.team for it in done if isinstance(it.team, Team)]
    assert [it.name for it in made] == [it.name for number, it in enumerate(entries) if number not in (400, 401)]
    assert len({it.id for it in made} | {it.token for it in made}) == 2 * 498
    assert await teams.register_all(quiz, entries, source) == done
    names, cursor = [], ""
    while True:
        page = await teams.page(quiz, cursor, 100)
        names += [row.name for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    assert names == [it.name for it in made]
    await proved(quizzes, quiz)


async def test_racers_for_one_name(store: Store, teams: Teams) -> None:
    quiz = await make(store)
    tries = await asyncio.gather(*(teams.register(quiz, entry("Owls")) for _ in range(50)), return_exceptions=True)
    assert sorted(type(it).__name__ for it in tries) == ["NameTaken"] * 49 + ["Team"]


# Changing


async def test_a_team_is_changed(redis_url: str, quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store, late="average")
    owls = await teams.register(quiz, entry("Owls", "Ana", email="a@example.org"))
    await teams.register(quiz, entry("Foxes", points=1500))
    changed = await teams.change_team(quiz, owls.id, "Bears", ["Ana", "Ben"], "", 2000)
    assert changed == Team(owls.id, "Bears", ["Ana", "Ben"], "", 2000, 2000)
    assert await teams.get(quiz, owls.id) == changed
    assert await board(store, quiz) == [("Bears", 2000), ("Foxes", 1500)]
    before = everything(redis_url)
    assert await teams.change_team(quiz, owls.id, "Bears", points=2000) == changed
    assert everything(redis_url) == before
    meta = before[look(redis_url, quiz).keys.meta]
    assert meta["sum"] == meta["closed_sum"] == "3500"
    await teams.register(quiz, entry("Owls"))
    for name in ("Foxes", "owls"):
        with pytest.raises(NameTaken):
            await teams.change_team(quiz, owls.id, name, email="b@example.org")
    with pytest.raises(BadTeam):
        await teams.change_team(quiz, owls.id, "Cats", ["Ana", "ana"])
    assert await teams.get(quiz, owls.id) == changed
    await proved(quizzes, quiz)


async def test_changes_at_the_same_moment_are_all_done(store: Store, teams: Teams) -> None:
    quiz = await make(store)
    id = (await teams.register(quiz, entry("Owls"))).id
    await asyncio.gather(
        teams.change_team(quiz, id, name="Bears"),
        teams.change_team(quiz, id, members=["Ana"]),
        teams.change_team(quiz, id, email="a@example.org"),
        teams.change_team(quiz, id, points=5),
    )
    assert await teams.get(quiz, id) == Team(id, "Bears", ["Ana"], "a@example.org", 5, 5)


@pytest.mark.parametrize("how", ["wrong", "right", "given"])
async def test_who_plays_keeps_the_points_of_the_start(
    redis_url: str, quizzes: Quizzes, store: Store, teams: Teams, how: str
) -> None:
    quiz = await make(store)
    id = (await teams.register(quiz, entry("Owls"))).id
    if how == "given":
        await quizzes.corrections.adjust(quiz, id, 1, "kind")
    else:
        await store.open(quiz, 0)
        await store.answer(quiz, id, 0, [1 if how == "right" else 0])
    before = everything(redis_url)
    with pytest.raises(AlreadyPlaying, match="adjust"):
        await teams.change_team(quiz, id, "Bears", points=0)
    assert everything(redis_url) == before
    assert (await teams.change_team(quiz, id, "Bears", points=1000)).name == "Bears"
    await proved(quizzes, quiz)


async def test_after_the_end_the_points_stay(store: Store, teams: Teams) -> None:
    quiz = await make(store)
    id = (await teams.register(quiz, entry("Owls"))).id
    await store.finish(quiz)
    with pytest.raises(Finished):
        await teams.change_team(quiz, id, points=0)
    assert (await teams.change_team(quiz, id, email="a@example.org")).email == "a@example.org"


async def test_a_removed_team_is_forgotten(redis_url: str, quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store)
    owls = await teams.register(quiz, entry("Owls", "Anastasia", email="owls@example.org"))
    ana = await store.join(quiz, "Ana")
    await teams.remove(quiz, owls.id)
    text = str(everything(redis_url)).lower()
    assert "owls@example.org" not in text
    assert "anastasia" not in text
    for team in (owls.id, ana.id, "nobody"):
        for attempt in (teams.get, teams.remove, teams.new_token, teams.change_team):
            with pytest.raises(NoSuchTeam):
                await attempt(quiz, team)
    assert (await teams.page(quiz, "", 10)).rows == []
    await teams.register(quiz, entry("Owls"))
    await proved(quizzes, quiz)


async def test_a_reset_gives_each_its_own_start(quizzes: Quizzes, store: Store, teams: Teams) -> None:
    quiz = await make(store, start=10, late="average")
    rich = await teams.register(quiz, entry("Owls", points=2000))
    poor = await teams.register(quiz, entry("Foxes", points=0))
    ana = await store.join(quiz, "Ana")
    await store.open(quiz, 0)
    for player in (rich.id, poor.id, ana.id):
        await store.answer(quiz, player, 0, [1])
    await store.close(quiz)
    await store.reset(quiz)
    assert await board(store, quiz) == [("Owls", 2000), ("Ana", 10), ("Foxes", 0)]
    assert (await teams.change_team(quiz, poor.id, points=5)).total == 5
    await proved(quizzes, quiz)
    await store.open(quiz, 0)
    await store.close(quiz)
    assert (await store.join(quiz, "Late")).id
    assert dict(await board(store, quiz))["Late"] == (2000 + 5 + 10) // 3
    await proved(quizzes, quiz)


async def test_a_lost_token(redis_url: str, store: Store, teams: Teams) -> None:
    quiz = await make(store)
    owls = await teams.register(quiz, entry("Owls"))
    assert isinstance(owls.token, str)
    source = Source(b"seed")
    token = await teams.new_token(quiz, owls.id, source)
    assert await teams.new_token(quiz, owls.id, source) == token
    assert await store.role(quiz, token) == owls.id
    with pytest.raises(Unauthorized):
        await store.role(quiz, owls.token)
    await store.remove(quiz, owls.id)
    with pytest.raises(Removed):
        await store.role(quiz, token)


# Over HTTP


def teams_of(node: Node, quiz: str, token: str, path: str = "", method: str = "GET", **options: Any) -> Any:
    return node.http(method, f"/v1/quizzes/{quiz}/teams{path}", token, **options)


async def test_the_address_is_for_the_host_alone(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create()
    body = {"name": "Owls", "members": ["Anastasia"], "email": "owls@example.org"}
    key = {"idempotency-key": "0123456789abcdef"}
    made = teams_of(node, quiz, host, method="POST", json=body, headers=key)
    assert made.status_code == 201
    owls = made.json()
    again = teams_of(node, quiz, host, method="POST", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, owls)
    assert (
        teams_of(node, quiz, host, method="POST", json=body | {"name": "O"}, headers=key).json()["code"] == "ID_REUSED"
    )
    bad: list[Any] = [
        {"name": "Owls", "tags": ["x"]},
        {"name": "O", "points": -1},
        {"name": "O", "members": ["x"] * 51},
        {},
    ]
    for wrong in bad:
        assert teams_of(node, quiz, host, method="POST", json=wrong).json()["code"] == "MALFORMED"
    _, ana = node.join(quiz, "Ana")
    team = f"/{owls['id']}"
    assert teams_of(node, quiz, host).json()["rows"][0]["email"] == "owls@example.org"
    for token in (ana, owls["token"], ""):
        for method, path in (("GET", ""), ("GET", team), ("PATCH", team), ("DELETE", team), ("POST", f"{team}/token")):
            refused = teams_of(node, quiz, token, path, method)
            assert refused.json()["code"] == ("FORBIDDEN" if token else "UNAUTHORIZED")
    async with node.live(quiz) as socket, node.live(quiz) as spectator:
        seen = [await hello(socket, owls["token"]), await hello(spectator)]
        node.host(quiz, host, "open", question=0)
        await send(socket, type="answer", id="1", question=0, choice=[1])
        seen.append(await receive(socket, "ack"))
        seen.append(await receive(spectator, "board", answered=1))
    seen += [node.http("GET", f"/v1/quizzes/{quiz}{path}").json() for path in ("", "/board")]
    seen.append(node.http("GET", f"/v1/quizzes/{quiz}{team.replace('/', '/players/')}/explanation", ana).json())
    seen.append(node.http("GET", f"/v1/quizzes/{quiz}/audit", host).json())
    for secret in ("owls@example.org", "Anastasia"):
        assert secret not in json.dumps(seen)
        assert secret not in node.log.read_text()
    assert "register_team" in json.dumps(seen[-1])
    see_the_files(node, quiz, host)
    assert teams_of(node, quiz, host, team, "PATCH", json={"points": 5}).json()["code"] == "ALREADY_PLAYING"
    assert teams_of(node, quiz, host, team, "PATCH", json={"name": "Bears"}).json()["name"] == "Bears"
    assert teams_of(node, quiz, host, team, "DELETE").status_code == 204
    assert teams_of(node, quiz, host, team).json()["code"] == "NO_SUCH_TEAM"


def see_the_files(node: Node, quiz: str, host: str) -> None:
    """The results, which only the host has, say who was in the team."""
    results = f"/v1/quizzes/{quiz}/results"
    rows = {row["name"]: row["registered"] for row in node.http("GET", results, host).json()["rows"]}
    assert rows == {"Owls": {"start": 1000, "members": ["Anastasia"], "email": "owls@example.org"}, "Ana": None}
    sheet = node.http("GET", f"{results}?format=csv", host).content.decode("utf-8-sig").splitlines()
    [owls, ana] = csv.DictReader(sheet)
    assert (owls["Members"], owls["E-mail"], owls["Start"]) == ("Anastasia", "owls@example.org", "1000")
    assert (ana["Members"], ana["E-mail"], ana["Answer 1"]) == ("", "", "")
    assert node.http("GET", f"{results}?format=xlsx", host).content.startswith(b"PK")


def test_many_over_http(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create()
    key = {"idempotency-key": "0123456789abcdef"}
    body = {"teams": [{"name": "Owls", "members": ["Ana"]}, {"name": "owls"}, {"name": "Foxes", "points": 5}]}
    first = teams_of(node, quiz, host, "/bulk", "POST", json=body, headers=key)
    assert first.status_code == 200
    assert [it["status"] for it in first.json()] == [201, 409, 201]
    assert teams_of(node, quiz, host, "/bulk", "POST", json=body, headers=key).json() == first.json()
    assert len(teams_of(node, quiz, host).json()["rows"]) == 2
    bad: list[Any] = [{"teams": []}, {"teams": [{"name": "x"}] * 501}, {"teams": [{}]}, []]
    for wrong in bad:
        assert teams_of(node, quiz, host, "/bulk", "POST", json=wrong).json()["code"] == "MALFORMED"
    large = {"teams": [{"name": "x" * 200, "members": ["y" * 200] * 50}] * 500}
    assert teams_of(node, quiz, host, "/bulk", "POST", json=large).json()["code"] == "TOO_LARGE"
    for path in ("?cursor=x", "?cursor=-1", "?limit=101"):
        assert teams_of(node, quiz, host, path).json()["code"] == "MALFORMED"
    page = teams_of(node, quiz, host, "?limit=1").json()
    assert [row["name"] for row in page["rows"]] == ["Owls"]
    rest = teams_of(node, quiz, host, f"?limit=1&cursor={page['next']}").json()
    assert ([row["name"] for row in rest["rows"]], rest["next"]) == (["Foxes"], None)
    assert "token" not in json.dumps(page)
    assert teams_of(node, "NOSUCHQZ", ADMIN).json()["code"] == "NO_SUCH_QUIZ"


# Several devices


async def code_of(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):  # noqa: PT012
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    return socket.close_code


async def alive(socket: ClientConnection) -> None:
    await send(socket, type="ping")
    await receive(socket, "pong")


async def test_several_devices_over_two_nodes(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create(settings={"devices": 2, "board_interval_ms": 20})
    made = teams_of(one, quiz, host, method="POST", json={"name": "Owls"}).json()
    token = made["token"]
    async with one.live(quiz) as a, one.live(quiz) as b, two.live(quiz) as c, two.live(quiz) as d, two.live(quiz) as e:
        for socket in (a, b, c, d):
            await hello(socket, token)
        for socket in (a, b, c, d):
            await alive(socket)
        await hello(e, token)
        assert await code_of(c) == TAKEN_OVER  # the oldest on that node, and nobody elsewhere
        one.host(quiz, host, "open", question=0)
        for socket in (b, d):
            await receive(socket, "state", phase="question")
        await asyncio.gather(
            send(b, type="answer", id="b", question=0, choice=[1]),
            send(d, type="answer", id="d", question=0, choice=[0]),
        )
        acks = [await receive(b, "ack"), await receive(d, "ack")]
        assert sorted(ack["duplicate"] for ack in acks) == [False, True]
        assert acks[0]["choice"] == acks[1]["choice"]
        assert acks[0]["total"] == acks[1]["total"]
        for socket in (a, b, d, e):
            assert (await receive(socket, "you", points=acks[0]["total"]))["answer"]["choice"] == acks[0]["choice"]
        fresh = teams_of(two, quiz, host, f"/{made['id']}/token", "POST").json()["token"]
        for socket in (a, b, d, e):
            assert await code_of(socket) == TAKEN_OVER
    async with one.live(quiz) as a, two.live(quiz) as b, two.live(quiz) as late:
        await send(late, type="hello", token=token)
        assert await code_of(late) == 4401
        for socket in (a, b):
            await hello(socket, fresh)
            await alive(socket)
        one.host(quiz, host, "remove", player=made["id"])
        assert [await code_of(a), await code_of(b)] == [4403, 4403]


def leases(redis_url: str, quiz: str) -> list[float]:
    """The ends of the leases, in ms."""
    inside = look(redis_url, quiz)
    found: Any = inside.client.zrange(inside.keys.online, 0, -1, withscores=True)
    return [lease for _, lease in found]


async def test_leaving_leaves_another_node_the_time_to_renew(redis_url: str, store: Store) -> None:
    quiz = await make(store, devices=2)
    ana = (await store.join(quiz, "Ana")).id
    early = await store.renew(quiz, [ana], 5_000)
    late = await store.renew(quiz, [ana], 15_000)
    await store.leave(quiz, ana, early, 3_000)  # the other node has renewed since
    assert leases(redis_url, quiz) == [late]
    await store.leave(quiz, ana, late, 3_000)
    [left] = leases(redis_url, quiz)
    assert late - 12_000 <= left < late - 10_000
    await store.leave(quiz, ana, late, 9_000)
    assert leases(redis_url, quiz) == [left]


async def test_online_as_long_as_one_device_is(nodes: Nodes, real_url: str) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create(settings={"devices": 2, "board_interval_ms": 20})
    token = teams_of(one, quiz, host, method="POST", json={"name": "Owls"}).json()["token"]
    async with two.live(quiz) as stays, one.live(quiz) as watching:
        await hello(watching)
        await hello(stays, token)
        await receive(watching, "board", online=1)
        [lease] = leases(real_url, quiz)
        async with one.live(quiz) as a, one.live(quiz) as b:
            await hello(a, token)
            await hello(b, token)
            await a.close()
            await alive(b)
            async with asyncio.timeout(5):
                while leases(real_url, quiz)[0] == lease:  # until this node has renewed it, too
                    await asyncio.sleep(0.01)
            [lease] = leases(real_url, quiz)
        async with asyncio.timeout(5):
            while leases(real_url, quiz)[0] > lease - 5_000:
                await asyncio.sleep(0.01)
        one.join(quiz, "Ben")  # so that a board comes
        assert (await receive(watching, "board", players=2))["online"] == 1
        await alive(stays)
