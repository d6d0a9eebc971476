"""The balancers' configurations in deploy/, tried with real nodes, and the script that runs all of it on one machine."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from cluster import behind, free_ports
from websockets.asyncio.client import ClientConnection, connect

from leaderboard import client
from leaderboard.errors import Busy
from leaderboard.state.quizzes import Quizzes
from tests.conftest import ROOT
from tests.nodes import ADMIN, Node, Nodes, hello
from tests.waiting import poll

pytestmark = pytest.mark.anyio

DEPLOY = ROOT / "deploy"


class Balancer:
    """A balancer before these nodes, with our configuration, in a process of its own."""

    def __init__(self, name: str, folder: Path, nodes: Sequence[Node]) -> None:
        [self.port] = free_ports(1)
        source = DEPLOY / {"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[name]
        ports = [int(node.base.rpartition(":")[2]) for node in nodes]
        file, log = folder / source.name, folder / "balancer.log"
        text = behind(source.read_text(), f"127.0.0.1:{self.port}", ports)
        file.write_text(text.replace("/tmp/nginx", str(folder / "nginx")))
        file_s = str(file)
        test, run = {
            "haproxy": (["-c", "-f", file_s], ["-db", "-f", file_s]),
            "nginx": (["-e", "stderr", "-t", "-c", file_s], ["-e", "stderr", "-c", file_s, "-g", "daemon off;"]),
        }[name]
        checked = subprocess.run([name, *test], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        with log.open("wb") as out:
            self.process = subprocess.Popen([name, *run], stdout=out, stderr=out)

    def ready(self) -> bool:
        return answers(f"http://127.0.0.1:{self.port}/readyz")

    def live(self, quiz: str) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/v1/quizzes/{quiz}/live", compression=None, proxy=None)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(params=["haproxy", "nginx"])
def balancer(request: pytest.FixtureRequest, nodes: Nodes, tmp_path: Path) -> Iterator[Balancer]:
    name: str = request.param
    if shutil.which(name) is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"no {name} on this machine")
    for _ in range(2):
        nodes.start(drain_s="600", trusted_proxies="1", limits="address=10000/60")
    started = Balancer(name, tmp_path, nodes.started)
    try:
        poll(started.ready)
        yield started
    finally:
        started.process.terminate()
        started.process.wait(10)


def sockets(nodes: Nodes) -> list[int]:
    """How many each node has, as it says itself."""
    return [
        {it["name"]: it["used"] for it in node.http("GET", "/v1/admin/limits", ADMIN).json()["caps"]}["max_sockets"]
        for node in nodes.started
    ]


async def test_players_are_shared_out_and_go_elsewhere_when_a_node_leaves(balancer: Balancer, nodes: Nodes) -> None:
    one, _ = nodes.started
    quiz, _ = one.create()
    async with contextlib.AsyncExitStack() as stack:

        async def come() -> ClientConnection:
            socket = await stack.enter_async_context(balancer.live(quiz))
            await hello(socket)
            return socket

        first = [await come() for _ in range(4)]
        assert await asyncio.to_thread(sockets, nodes) == [2, 2]
        one.process.terminate()
        await asyncio.to_thread(poll, lambda: "draining" in one.log.read_text())
        await asyncio.gather(*(come() for _ in range(6)))  # without a refusal, though the balancer cannot know it yet
        assert await asyncio.to_thread(sockets, nodes) == [2, 8]
        one.process.terminate()
        async with asyncio.timeout(20):
            while [socket.close_code for socket in first].count(1012) < 2:
                await asyncio.sleep(0.02)
    assert [socket.close_code for socket in first].count(1012) == 2
    one.process.wait(20)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{balancer.port}") as client:
        replies = [(await client.get(f"/v1/quizzes/{quiz}/board")).status_code for _ in range(10)]
        joined = [(await client.post(f"/v1/quizzes/{quiz}/players", json={"name": f"P{n}"})) for n in range(4)]
        hidden = [(await client.get(path)).status_code for path in ("/metrics", "/%6detrics")]
    assert hidden == [404, 404]
    assert Counter(replies) == {200: 10}
    assert [it.status_code for it in joined] == [201] * 4


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="no haproxy on this machine")
def test_without_a_node_haproxy_says_what_a_node_would(tmp_path: Path) -> None:
    balancer = Balancer("haproxy", tmp_path, [])
    address = f"http://127.0.0.1:{balancer.port}/v1/quizzes"
    try:
        poll(lambda: status(address) == 503)
        reply, busy = httpx2.get(address), Busy()
        assert (reply.headers["retry-after"], reply.headers["content-type"]) == ("1", "application/problem+json")
        assert reply.json() | {"detail": busy.detail} == msgspec.to_builtins(busy.problem())
    finally:
        balancer.process.terminate()
        balancer.process.wait(10)


def status(url: str) -> int:
    with contextlib.suppress(httpx2.ConnectError):
        return httpx2.get(url).status_code
    return 0


@pytest.fixture
def cluster(real_url: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Three nodes behind HAProxy, as `scripts/cluster` runs them, and what they say."""
    if shutil.which("haproxy") is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no haproxy on this machine")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    (token := tmp_path / "token").write_text(ADMIN)
    environment |= {"LEADERBOARD_DRAIN_S": "0.2", "LEADERBOARD_ADMIN_TOKEN_FILE": str(token)}
    environment["LEADERBOARD_LIMITS"] = "off"
    environment |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}", "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "cluster.log"
    command = [sys.executable, "-m", "cluster", "3", "--port", "0", "--redis-url", real_url]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        poll(lambda: "kill -HUP" in log.read_text(), 60)
        yield process, log
    finally:
        process.terminate()
        process.wait(30)


async def test_everybody_answers_while_one_node_after_the_other_is_restarted(
    cluster: tuple[subprocess.Popen[bytes], Path], real_url: str
) -> None:
    process, log = cluster
    found = re.search(r"open  (http://\S+)/\s+nodes  (\d+) (\d+) (\d+)", log.read_text())
    assert found
    base, *ports = found.groups()
    before = pids(ports)
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"{base}/v1", timeout=30))
        question = {"text": "?", "choices": ["a", "b"], "answer": [1], "time_limit": 600}
        body = {"title": "Rolling", "questions": [question] * 300}
        made = (await http.post("/quizzes", json=body, headers={"authorization": f"Bearer {ADMIN}"})).json()
        quiz = made["id"]
        http.headers["authorization"] = f"Bearer {made['host_token']}"
        players = [await client.join(base, quiz, f"P{n}") for n in range(60)]
        lives = [await stack.enter_async_context(client.connect(base, quiz, it.token)) for it in players]
        acks: list[dict[str, Any]] = []
        asked = 0
        while not acks or log.read_text().count("restarted") < 3:
            opened = await http.post(f"/quizzes/{quiz}/open", json={"question": asked})
            assert opened.status_code == 200, opened.text
            async with asyncio.timeout(30):
                acks += await asyncio.gather(*(live.answer(asked, 1) for live in lives))
            assert (await http.post(f"/quizzes/{quiz}/close", json={})).status_code == 200
            if asked == 0:
                process.send_signal(signal.SIGHUP)
            asked += 1
            await asyncio.sleep(0.2)
    assert len(acks) == 60 * asked
    after = pids(ports)
    assert len(after) == 3
    assert not before & after
    quizzes = Quizzes(real_url)
    quizzes.start()
    verdict = await quizzes.audit.verify(quiz)
    await quizzes.stop()
    assert verdict.findings == []
    assert (verdict.answers, verdict.entries) == (60 * asked, 60 * asked)

    os.kill(min(after), signal.SIGKILL)
    assert await asyncio.to_thread(process.wait, 30) == 1
    assert re.search(r"Error: node-\d has ended with -9, and so the others\.", log.read_text())
    assert not pids(ports)


def pids(ports: Sequence[str]) -> set[int]:
    """Who serves these ports."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            environment = (folder / "environ").read_bytes() if folder.name.isdigit() else b""
        except OSError:
            continue
        if any(f"LEADERBOARD_PORT={port}\0".encode() in environment for port in ports):
            found.add(int(folder.name))
    return found


def test_the_configurations_name_three_nodes() -> None:
    for file in ("haproxy.cfg", "nginx.conf"):
        assert set(re.findall(r"node-(\d):8000", (DEPLOY / file).read_text())) == {"1", "2", "3"}
