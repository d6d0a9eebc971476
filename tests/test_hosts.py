"""Hosts come and go, nodes die in the middle of a correction: nothing stops, nothing is half done."""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
from typing import Any

import httpx2
import pytest
import redis
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.inspect import Look
from tests.nodes import ADMIN, Node, Nodes, hello, receive, send

pytestmark = pytest.mark.anyio


def leaderboard(redis_url: str, *args: str) -> subprocess.CompletedProcess[str]:
    """The command line, as an operator would use it."""
    command = [sys.executable, "-m", "leaderboard", *args, "--redis-url", redis_url]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=clean)


async def code_of_close(socket: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code


async def test_another_device_takes_over(nodes: Nodes) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, token = one.create()
    async with one.live(quiz) as laptop, two.live(quiz) as phone:
        await hello(laptop, token)
        await send(laptop, type="next", id="1", after=-1)
        await receive(laptop, "ack")
        assert (await hello(phone, token))["state"]["phase"] == "question"
        assert await code_of_close(laptop) == 4409
        await send(phone, type="close", id="2", question=0)
        await receive(phone, "ack")
        async with one.live(quiz) as again:
            await hello(again, token)
            assert await code_of_close(phone) == 4409
            await send(again, type="next", id="3", after=0)
            await receive(again, "ack")


async def test_of_many_devices_that_come_at_once_one_is_the_host(nodes: Nodes) -> None:
    both = [nodes.start(), nodes.start()]
    quiz, token = both[0].create()
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(both[i % 2].live(quiz)) for i in range(40)]
        for socket in sockets:
            await socket.send(json.dumps({"type": "hello", "token": token}))
        ends = [asyncio.create_task(code_of_close(socket)) for socket in sockets]
        left = set(ends)
        async with asyncio.timeout(10):
            while len(left) > 1:
                _, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        [last] = left
        assert {task.result() for task in ends if task is not last} == {4409}
        await send(sockets[ends.index(last)], type="ping")
        last.cancel()


async def test_a_lost_host_stops_nothing(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, token = node.create()
    async with node.live(quiz) as spectator:
        await hello(spectator)
        async with node.live(quiz) as host:
            await hello(host, token)
            await send(host, type="open", id="1", question=2)
            await receive(host, "ack")
            host.transport.abort()
        await receive(spectator, "state", phase="closed")


async def test_nodes_die_while_all_race(nodes: Nodes, real_url: str) -> None:
    """Answers, changed answers and corrections over two nodes; one is killed, and the scripts are lost."""
    doomed, other = nodes.start(), nodes.start()
    questions = [{"text": "?", "choices": ["a", "b"], "answer": [0], "time_limit": 600}] * 3
    rules = {"reanswer": "until_close", "time_of": "best", "streak_bonus": 50, "penalty": 100}
    quiz, host = doomed.create(questions=questions, settings=rules)
    players = [other.join(quiz, f"P{i}") for i in range(30)]
    client = redis.Redis.from_url(real_url)

    def answer(node: Node, number: int, turn: int) -> None:
        for i, (_, token) in enumerate(players):
            body = {"question": number, "choice": [(i + turn) % 2], "id": f"{turn}"}
            with_luck(node, f"/v1/quizzes/{quiz}/answers", token, body)

    def with_luck(node: Node, path: str, token: str, body: dict[str, Any]) -> None:
        try:
            node.http("POST", path, token, json=body)
        except httpx2.HTTPError:
            assert node is doomed

    async with other.live(quiz) as watching:
        await hello(watching, players[0][1])
        for number in range(2):
            other.host(quiz, host, "open", question=number)
            await asyncio.gather(
                *(asyncio.to_thread(answer, node, number, turn) for turn, node in enumerate((doomed, other)))
            )
            other.host(quiz, host, "close")
        other.host(quiz, host, "open", question=2)
        race = [asyncio.to_thread(answer, node, 2, turn) for turn, node in enumerate((doomed, other, doomed, other))]
        corrected = {"question": 0, "answer": [1], "reason": "Race"}
        race.append(asyncio.to_thread(with_luck, doomed, f"/v1/quizzes/{quiz}/correct", host, corrected))

        async def disaster() -> None:
            await asyncio.sleep(random.uniform(0.01, 0.15))
            client.script_flush()
            doomed.kill()

        await asyncio.gather(*race, disaster())
        other.host(quiz, host, "close")
        async with asyncio.timeout(10):
            while other.http("GET", f"/v1/quizzes/{quiz}").json()["state"]["correcting"]:
                await asyncio.sleep(0.1)
    Look(client, quiz).prove(3)
    verified = leaderboard(real_url, "verify", quiz)
    assert verified.returncode == 0, verified.stdout
    assert "30 players" in verified.stdout


def test_the_command_line(nodes: Nodes, real_url: str) -> None:
    node = nodes.start()
    quiz, host = node.create()
    player, token = node.join(quiz, "Ana")
    node.host(quiz, host, "open", question=0)
    node.http("POST", f"/v1/quizzes/{quiz}/answers", token, json={"question": 0, "choice": [1]})
    assert leaderboard(real_url, "verify", quiz.lower()).returncode == 0
    client = redis.Redis.from_url(real_url)
    client.zincrby(f"quiz:{{{quiz}}}:board", 7, player)
    verified = leaderboard(real_url, "verify", quiz)
    assert verified.returncode == 1
    assert f"{player}: the board says" in verified.stdout
    assert '"wrong":2' in leaderboard(real_url, "verify", quiz, "--json").stdout
    rebuilt = leaderboard(real_url, "rebuild", quiz)
    assert (rebuilt.returncode, "all agrees" in rebuilt.stdout) == (0, True)
    explained = leaderboard(real_url, "explain", quiz, "Ana")
    assert "question 1: right after" in explained.stdout
    assert leaderboard(real_url, "explain", quiz, player, "--json").stdout.startswith('{"player":')
    for wrong in (["verify", "NOSUCHXX"], ["verify", "?"], ["explain", quiz, "Ben"]):
        done = leaderboard(real_url, *wrong)
        assert done.returncode == 1
        assert "Error: " in done.stderr
        assert "Traceback" not in done.stderr


def test_who_may_see_what(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create()
    ana, token = node.join(quiz, "Ana")
    ben, _ = node.join(quiz, "Ben")
    assert node.http("POST", f"/v1/quizzes/{quiz}/lock", ADMIN, json={}).status_code == 200  # the host's token is lost
    about = f"/v1/quizzes/{quiz}/players/{ana}/explanation"
    assert [node.http("GET", about, who).status_code for who in (token, host, "")] == [200, 200, 401]
    assert node.http("GET", about.replace(ana, ben), token).status_code == 403
    assert node.http("GET", about.replace(ana, "nobody"), host).status_code == 404
    results = f"/v1/quizzes/{quiz}/results"
    assert [node.http("GET", results, who).status_code for who in (host, token, "")] == [200, 403, 401]
    assert node.http("GET", results + "?format=pdf", host).json()["code"] == "MALFORMED"
    assert node.http("GET", results + "?ties=none", host).json()["code"] == "MALFORMED"
    csv = node.http("GET", results + "?format=csv", host)
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{quiz}-results.csv"' in csv.headers["content-disposition"]
    preview = node.http("POST", f"/v1/quizzes/{quiz}/preview", token, json={"question": 0})
    assert preview.status_code == 403


async def test_a_host_sees_which_question_comes_next(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, token = node.create()

    def coming() -> Any:
        return node.http("GET", f"/v1/quizzes/{quiz}", token).json()["next"]

    assert coming() == 0
    node.host(quiz, token, "skip", question=1)
    node.host(quiz, token, "next", after=-1)
    assert coming() == 2
    node.host(quiz, token, "skip", question=2)
    assert coming() is None
    assert "next" not in node.http("GET", f"/v1/quizzes/{quiz}").json()
