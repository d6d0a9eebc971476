"""A quiz that is deleted is gone: from Redis, from all nodes' sockets, from its account's list."""

import json

import pytest
import redis
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection

from leaderboard.errors import NoSuchQuiz, StillOpen
from leaderboard.live.hub import Frame, Member, Room
from leaderboard.live.messages import CloseCode
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.nodes import ADMIN, Node, Nodes, hello, send
from tests.test_seats import close_of
from tests.world import World

pytestmark = pytest.mark.anyio

QUIZ = Quiz("Test", [Question(text, ["a", "b"], [1], time_limit=30) for text in ("One", "Two", "Three")])
GONE = (4404, "There is no quiz with this ID.")


def kept(url: str) -> set[str]:
    """All keys that are there for good."""
    client = redis.Redis.from_url(url)
    return {key.decode() for key in client.scan_iter() if client.ttl(key) == -1}


async def played(quizzes: Quizzes, quiz: Quiz, owner: str = "") -> str:
    """A quiz with something in most of its keys."""
    store = quizzes.store
    made = (await store.create(quiz, owner=owner)).id
    players = [(await store.join(made, f"Player {n}", user=f"account:{n}", origin="here")).id for n in range(4)]
    await store.pin(made)
    for number in range(2):
        await store.open(made, number)
        for player in players:
            await store.answer(made, player, number, [1])
        await store.close(made)
    await store.renew(made, players, 10_000)
    await store.remove(made, players[0], ban=True, address=True)
    await store.extra(made, players[1], 150)
    await quizzes.corrections.correct(made, 0, "It is the other one", answer=[0])
    await quizzes.standings.you(made, 1, players[1:], tell=True)
    await quizzes.journal.note("host", "close", made)
    return made


async def test_nothing_is_left(quizzes: Quizzes, redis_url: str) -> None:
    other = await played(quizzes, replace(QUIZ, settings=Settings(team_score="sum"), teams=["Owls", "Foxes"]))
    before = kept(redis_url)
    quiz = await played(quizzes, replace(QUIZ, roster=[f"Player {n}" for n in range(4)]), owner="ana")
    assert len(kept(redis_url) - before) > 15
    assert await quizzes.store.delete_quiz(quiz) == "ana"
    assert kept(redis_url) - before <= {"secret"}
    assert redis.Redis.from_url(redis_url).keys("pin:*") == [b"pin:" + await pin_of(quizzes, other)]
    with pytest.raises(NoSuchQuiz):
        await quizzes.store.delete_quiz(quiz)
    assert await quizzes.writer.call("delete_quiz", [Keys(quiz).meta, Keys(quiz).feed]) == [0]  # a lost reply
    assert (await quizzes.store.page(other, 10)).players == 3


async def pin_of(quizzes: Quizzes, quiz: str) -> bytes:
    pin: bytes = await quizzes.writer.command("HGET", Keys(quiz).meta, "pin")
    return pin


@pytest.mark.parametrize("pacing", ["host", "self"])
async def test_not_while_it_can_be_answered(quizzes: Quizzes, pacing: str) -> None:
    store, own = quizzes.store, pacing == "self"
    quiz = (await store.create(replace(QUIZ, settings=Settings(pacing="self" if own else "host")))).id
    player = (await store.join(quiz, "Ana")).id
    await store.open(quiz, None if own else 0)
    with pytest.raises(StillOpen, match="finish it first" if own else "close it first"):
        await store.delete_quiz(quiz)
    if own:
        await store.draws.draw(quiz, player, -1)
    await store.answer(quiz, player, 0, [1])
    await (store.finish(quiz) if own else store.close(quiz))
    await store.delete_quiz(quiz)


async def test_periods_go_with_their_base(quizzes: Quizzes, redis_url: str) -> None:
    base = (await quizzes.store.create(Quiz("League", [], Settings(period="0 0 * * 1")))).id
    period = await quizzes.series.quiz_of(base)
    assert period != base
    await quizzes.store.join(period, "Ana")
    await quizzes.series.delete(base)
    assert kept(redis_url) <= {"secret"}


async def welcomed(node: Node, quiz: str, token: str = "") -> ClientConnection:
    socket = await node.live(quiz)
    await hello(socket, token)
    return socket


async def test_its_sockets_are_closed_on_all_nodes(nodes: Nodes, real_url: str) -> None:
    one, two = nodes.start(), nodes.start()
    (quiz, host), (other, _) = one.create(), one.create()
    _, token = one.join(quiz, "Ana")
    sockets = [await welcomed(one, quiz, host), await welcomed(two, quiz, token)]
    sockets += [await welcomed(two, quiz) for _ in range(150)]  # more than are told at once
    stays = await welcomed(two, other)
    assert one.http("DELETE", f"/v1/quizzes/{quiz}", token).status_code == 403
    assert one.http("DELETE", f"/v1/quizzes/{quiz}", host).status_code == 204
    assert {await close_of(socket) for socket in sockets} == {GONE}
    await stays.send('{"type":"ping"}')
    assert json.loads(await stays.recv())["type"] == "pong"
    await stays.close()
    async with two.live(quiz) as late:
        await send(late, type="hello")
        assert await close_of(late) == GONE
    assert one.http("DELETE", f"/v1/quizzes/{quiz}", ADMIN).json()["code"] == "NO_SUCH_QUIZ"
    assert not [key for key in kept(real_url) if quiz in key]


async def test_a_node_that_missed_it_closes_them_when_it_hears_again(nodes: Nodes, real_url: str) -> None:
    node, client = nodes.start(), redis.Redis.from_url(real_url)
    quiz, _ = node.create()
    async with node.live(quiz) as socket:
        await hello(socket)
        client.delete(*client.keys(f"*{quiz}*"))
        client.client_kill_filter(_type="pubsub")
        assert await close_of(socket) == GONE


def test_who_made_it_does_not_find_it_any_more(nodes: Nodes) -> None:
    world = World(nodes.start())
    listed = world.node.http("GET", "/v1/account/quizzes", world.owner).json()["rows"]
    assert [row["quiz"] for row in listed] == [world.quiz]
    assert world.node.http("DELETE", f"/v1/quizzes/{world.quiz}", world.organizer).status_code == 403
    assert world.node.http("DELETE", f"/v1/quizzes/{world.quiz.lower()}", world.owner).status_code == 204
    assert world.node.http("GET", "/v1/account/quizzes", world.owner).json()["rows"] == []
    newest = world.node.http("GET", "/v1/admin/audit", ADMIN).json()["rows"][0]
    assert (newest["verb"], newest["subject"]) == ("delete_quiz", world.quiz)
    assert newest["actor"].startswith("account:")


class Farewells:
    """A socket of which only the end is looked at."""

    code = 0

    def reply(self, frame: Frame) -> None: ...

    def show(self, kind: str, frame: Frame) -> None: ...

    def bye(self, code: CloseCode, reason: str = "") -> None:
        self.code = code.code

    def behind(self) -> int:
        return 0


async def test_who_was_about_to_come_in_is_sent_away() -> None:
    room, there, late = Room("ABCD2345"), Farewells(), Farewells()
    room.add(Member(there, ""))
    room.relay(b'{"type":"gone","epoch":"a","version":3}', live=True)
    room.add(Member(late, ""))
    assert (there.code, late.code) == (4404, 4404)
