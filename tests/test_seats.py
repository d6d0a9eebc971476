"""One player, one socket: the newest, on whichever node; and none for who was removed."""

import asyncio
import contextlib
import json

import pytest
import redis
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.inspect import Look
from tests.nodes import Node, Nodes, hello, receive, send
from tests.proxy import Proxy

pytestmark = pytest.mark.anyio

REMOVED, TAKEN_OVER = 4403, 4409


async def close_of(socket: ClientConnection, within_s: float = 5) -> tuple[int | None, str | None]:
    with contextlib.suppress(ConnectionClosed, TimeoutError):
        async with asyncio.timeout(within_s):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


@pytest.mark.parametrize("same", [True, False])
async def test_another_device_takes_over(nodes: Nodes, real_url: str, same: bool) -> None:
    one = nodes.start()
    two = one if same else nodes.start()
    quiz, _ = one.create()
    player, token = one.join(quiz, "Ana")
    async with one.live(quiz) as spectator, one.live(quiz) as phone:
        await hello(spectator)
        await hello(phone, token)
        await receive(spectator, "board", online=1)
        await asyncio.sleep(0.15)  # longer than the board's interval: the next change is shown at once
        async with two.live(quiz) as laptop:
            await hello(laptop, token)
            assert await close_of(phone) == (TAKEN_OVER, "Another device has taken over.")
            await laptop.send('{"type":"ping"}')
            await receive(laptop, "pong")
            look = Look(redis.Redis.from_url(real_url), quiz)
            with contextlib.suppress(TimeoutError):  # longer than leaving, or coming, takes to be said
                while message := json.loads(await asyncio.wait_for(spectator.recv(), 0.4)):
                    assert message["type"] != "board" or message["online"] == 1
            assert look.client.zscore(look.keys.online, player) is not None
            one.join(quiz, "Ben")  # so that a board comes
            board = await receive(spectator, "board", players=2)
            assert [row["online"] for row in board["rows"]] == [True, False]


async def come(node: Node, quiz: str, token: str, sockets: list[ClientConnection]) -> None:
    socket = await node.live(quiz)
    sockets.append(socket)
    await send(socket, type="hello", token=token)


async def test_twenty_at_once_leave_the_newest(nodes: Nodes, real_url: str) -> None:
    """Over two nodes, neither of which has served the quiz before."""
    one, two = nodes.start(), nodes.start()
    look = redis.Redis.from_url(real_url)
    for turn in range(5):
        quiz, _ = one.create()
        player, token = one.join(quiz, "Ana")
        sockets: list[ClientConnection] = []
        await asyncio.gather(*(come((one, two)[i % 2], quiz, token, sockets) for i in range(20)))
        closes = [asyncio.ensure_future(close_of(socket, 1.5)) for socket in sockets]
        codes = [(await close)[0] for close in closes]
        assert sorted(codes, key=str) == [TAKEN_OVER] * 19 + [None], turn
        assert look.hget(Look(look, quiz).keys.seats, player) == b"20"
        newest = sockets[codes.index(None)]
        await newest.send('{"type":"ping"}')
        await receive(newest, "pong")
        for socket in sockets:
            await socket.close()


async def test_a_node_that_heard_nothing_finds_out(nodes: Nodes, real_url: str) -> None:
    """Its feed is dead while another node takes the player over."""
    with Proxy(real_url) as proxy:
        deaf, other = nodes.start(proxy.url), nodes.start()
        quiz, host = other.create()
        (ana, token), (ben, his) = other.join(quiz, "Ana"), other.join(quiz, "Ben")
        async with deaf.live(quiz) as phone, deaf.live(quiz) as stays, deaf.live(quiz) as removed:
            _, third = other.join(quiz, "Cem")
            for socket, who in ((phone, token), (stays, third), (removed, his)):
                await hello(socket, who)
            proxy.mute = True
            async with other.live(quiz) as laptop:
                await hello(laptop, token)
                other.host(quiz, host, "remove", player=ben)
                proxy.mute = False
                proxy.cut()
                assert (await close_of(phone))[0] == TAKEN_OVER
                assert await close_of(removed) == (REMOVED, "The host has removed this player.")
                await stays.send('{"type":"ping"}')
                await receive(stays, "pong")
        assert ana != ben


@pytest.mark.parametrize("same", [True, False])
async def test_who_is_removed_is_out(nodes: Nodes, same: bool) -> None:
    one = nodes.start()
    two = one if same else nodes.start()
    quiz, host = one.create()
    (ana, token), (_, stays) = one.join(quiz, "Ana"), one.join(quiz, "Ben")
    one.host(quiz, host, "open", question=0)
    async with two.live(quiz) as socket, two.live(quiz) as other:
        await hello(socket, token)
        await hello(other, stays)
        await send(socket, type="answer", id="1", question=0, choice=[1])
        await receive(socket, "ack")
        assert one.host(quiz, host, "remove", player=ana)["duplicate"] is False
        assert one.host(quiz, host, "remove", player=ana)["duplicate"] is True
        assert await close_of(socket) == (REMOVED, "The host has removed this player.")
        board = await receive(other, "board", players=1)
        assert [row["name"] for row in board["rows"]] == ["Ben"]
    async with two.live(quiz) as again:
        await send(again, type="hello", token=token)
        assert (await close_of(again))[0] == REMOVED
    answer = two.http("POST", f"/v1/quizzes/{quiz}/answers", token, json={"question": 0, "choice": [1]})
    assert (answer.status_code, answer.json()["code"]) == (403, "REMOVED")
    assert one.http("GET", f"/v1/quizzes/{quiz}/board").json()["players"] == 1


async def test_who_waits_is_told_when_they_are_let_in(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create(settings={"approval": True})
    ana, token = one.join(quiz, "Ana")
    async with two.live(quiz) as socket, one.live(quiz) as hosting:
        welcome = await hello(socket, token)
        assert (welcome["you"]["waiting"], welcome["you"]["rank"], welcome["board"]["players"]) == (True, None, 0)
        await hello(hosting, host)
        await send(hosting, type="open", id="1", question=0)
        await receive(hosting, "ack")
        await receive(socket, "state", phase="question")
        await send(socket, type="answer", id="1", question=0, choice=[1])
        assert (await receive(socket, "refused"))["code"] == "NOT_ADMITTED"
        await send(hosting, type="admit", id="2", player=ana)
        await receive(hosting, "ack")
        assert (await receive(socket, "you", waiting=False))["rank"] == 1
        await send(socket, type="answer", id="2", question=0, choice=[1])
        assert (await receive(socket, "ack"))["points"] > 0
        await send(hosting, type="pin", id="3")
        state = await receive(socket, "state")
        assert len(state["pin"]) == 6


async def test_a_renamed_player_learns_their_name(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create()
    player, token = node.join(quiz, "Ben")
    async with node.live(quiz) as socket:
        assert (await hello(socket, token))["you"]["name"] == "Ben"
        node.host(quiz, host, "rename", player=player, name="Benjamin")
        assert (await receive(socket, "you", name="Benjamin"))["points"] == 0
