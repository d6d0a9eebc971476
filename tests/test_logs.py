"""The log: one form for all who write, found by quiz, node and trace, and without secrets."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from leaderboard.api.problems import HANDLERS
from leaderboard.masking import MASK, by_name, in_text
from leaderboard.ops import logs
from tests.nodes import Node, Nodes, hello, receive, send

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def lines(node: Node) -> list[dict[str, Any]]:
    return [json.loads(line) for line in node.log.read_text().splitlines() if line.startswith("{")]


def of_event(node: Node, event: str, number: int = 1) -> list[dict[str, Any]]:
    """The lines of this event, when there are so many."""
    deadline = time.monotonic() + 10
    while len(found := [line for line in lines(node) if line["event"] == event]) < number:
        assert time.monotonic() < deadline, node.log.read_text()
        time.sleep(0.01)
    return found


def written(program: str, *arguments: str) -> str:
    """What a process writes that has configured its log."""
    begin = "import asyncio, logging, sys, warnings, structlog\nfrom leaderboard.ops import logs\n"
    whole = [sys.executable, "-c", begin + program, *arguments]
    return subprocess.run(whole, capture_output=True, text=True, check=True).stderr


@pytest.mark.anyio
async def test_a_quiz_can_be_followed_over_nodes(nodes: Nodes) -> None:
    one, other = nodes.start(slow_request_ms="1", slow_script_ms="1"), nodes.start(slow_request_ms="600000")
    quiz, host = one.create(questions=[{"text": f"{n}?", "choices": ["1", "2"], "answer": [0]} for n in range(500)])
    traced = {"traceparent": TRACEPARENT}
    made = other.http("POST", f"/v1/quizzes/{quiz.lower()}/players", json={"name": "Ana"}, headers=traced).json()
    connecting = other.live(quiz)
    connecting.additional_headers = traced
    async with connecting as socket:
        await hello(socket, made["token"])
        await send(socket, type="ping")
        await receive(socket, "pong")
        one.host(quiz, host, "open", question=0)
        await receive(socket, "state", phase="question")
    assert other.http("GET", f"/v1/quizzes/{quiz}/board", "a-token-that-is-none").status_code == 401
    [ended] = await asyncio.to_thread(of_event, other, "socket_closed")
    joined, refused = of_event(other, "request", 2)
    created, opened = of_event(one, "request", 2)
    assert {line["quiz"] for line in (created, joined, opened, refused, ended)} == {quiz}
    assert {line["node"].rpartition(":")[2] for line in lines(one)} == {one.base.rpartition(":")[2]}
    assert {line["node"].rpartition(":")[2] for line in lines(other)} == {other.base.rpartition(":")[2]}
    assert joined["trace"] == ended["trace"] == TRACE
    assert opened["trace"] != created["trace"]
    about = {"role": "player", "player": made["id"], "address": "127.0.0.1", "code": 1000, "requests": 1}
    assert {name: ended[name] for name in about} == about
    assert ended["sent"] >= 3, "the welcome, the pong, the state"
    slow_ones(one, created)
    assert not [line for line in lines(other) if "slow" in line and line["event"] == "request"]
    as_the_document_says(quiz, one, other)


def slow_ones(node: Node, created: dict[str, Any]) -> None:
    """They are marked, and warnings; the scripts are named."""
    assert (created["slow"], created["level"]) == (True, "warning")
    calls = [line["calls"] for line in of_event(node, "redis_slow") if line["slow"] and line["ms"] >= 1]
    assert any("create" in each for each in calls)


def as_the_document_says(quiz: str, *nodes: Node) -> None:
    """The commands of docs/operations.md find what they are for; that for jq where there is jq."""
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text().split("## Logs")[1].split("\n## ")[0]
    commands = text.split("```sh\n")[1].split("```")[0].strip().splitlines()
    assert len(commands) == 5
    for command in commands if shutil.which("jq") else commands[:-1]:
        shown = command.replace("K7P2QXMB", quiz).replace("node-*.log", " ".join(str(node.log) for node in nodes))
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", shown], capture_output=True, text=True, check=False)
        assert done.stdout.strip(), (command, done.stderr)
        assert quiz in done.stdout


def test_libraries_write_in_the_same_form() -> None:
    said = written(
        """
logs.configure("info", "json", "here:8000")
structlog.get_logger().info("ours", quiz="ABCD2345")
logging.getLogger("uvicorn.error").error("of uvicorn")
logging.getLogger("redis").warning("of redis")
warnings.warn("of Python")
async def forgotten():
    asyncio.get_running_loop().create_task(fails())
    await asyncio.sleep(0)
async def fails():
    raise ValueError("redis://:of-redis@host is not there")
asyncio.run(forgotten())
import gc; gc.collect()
"""
    )
    found = [json.loads(line) for line in said.splitlines()]
    assert all({"event", "level", "timestamp", "node"} <= set(line) for line in found)
    assert {line["node"] for line in found} == {"here:8000"}
    assert [line.get("logger") for line in found] == [None, "uvicorn.error", "redis", "py.warnings", "asyncio"]
    assert "ValueError: redis://:***@host is not there" in found[-1]["exception"]


@pytest.mark.parametrize(("form", "is_json"), [("auto", True), ("json", True), ("console", False)])
def test_its_form(form: str, is_json: bool) -> None:
    said = written('logs.configure("info", sys.argv[1]); structlog.get_logger().info("hello", quiz="ABCD2345")', form)
    assert said.startswith("{") == is_json
    assert "ABCD2345" in said
    assert "\x1b" not in said, "no colours where there is no terminal"


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_others_have_sent_is_no_command_and_no_line_of_its_own(form: str) -> None:
    said = written(
        r"""
logs.configure("info", sys.argv[1])
structlog.get_logger().info("one", path="/\x1b[2J\x9b31m\u202e\nforged", name="Zoë 🎉")
logging.getLogger("redis").error("two \x1b[2J\nforged")
""",
        form,
    )
    assert len(said.splitlines()) == 2
    assert not {"\x1b", "\x9b" if form == "console" else "\x1b"} & set(said)
    assert "Zoë 🎉" in said


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secrets(form: str) -> None:
    said = written(
        """
logs.configure("info", sys.argv[1])
log = structlog.get_logger()
secret = "of-somebody"
log.info("one", token=secret, nested={"Password": secret, "deeper": [{"host_token": secret}]}, cookie=secret.encode())
log.info("two", url=f"rediss://user:{secret}@redis:6379/0", error=f"it said: Bearer {secret}", ask=f"/x?token={secret}&a=1")
logging.getLogger("redis").error(f"cannot connect to redis://:{secret}@redis")
try:
    raise RuntimeError(f"unix://:{secret}@/redis.sock")
except RuntimeError:
    log.exception("three", authorization=f"Basic {secret}")
    logging.getLogger("uvicorn.error").exception("four")
""",
        form,
    )
    assert "of-somebody" not in said
    for kept in ("one", "two", "three", "four", "redis:6379/0", "a=1", "/redis.sock", "RuntimeError"):
        assert kept in said
    assert said.count(MASK) >= 10


def test_what_is_masked() -> None:
    plain = {"path": "/v1/quizzes", "status": 200, "tokens": 5, "empty_token": "", "code": "NOT_OPEN", "key": "k"}
    assert by_name(plain) == plain
    assert in_text("https://one.example/a:b@c and me@example.org") == "https://one.example/a:b@c and me@example.org"
    hostile = "://a:" * 20_000 + "&token" * 20_000
    began = time.perf_counter()
    in_text(hostile)
    assert time.perf_counter() - began < 2, "it takes time in proportion to the text"


@pytest.mark.anyio
async def test_a_mistake_of_ours_has_its_story_and_its_status() -> None:
    async def broken(request: Request) -> Response:
        raise KeyError

    app = Starlette(
        routes=[Route("/broken", broken)], middleware=[Middleware(logs.RequestLog)], exception_handlers=HANDLERS
    )
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    with capture_logs(processors=[merge_contextvars]) as logged:
        async with AsyncClient(transport=transport, base_url="http://node") as client:
            assert (await client.get("/broken")).status_code == 500
    request, story = logged
    assert (request["event"], request["status"]) == ("request", 500)
    assert (story["event"], story["trace"]) == ("request_failed", request["trace"])


def test_a_line_that_cannot_be_written_hurts_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise OSError

        def flush(self) -> None: ...

    logs.Lines(Closed()).info("hello")  # type: ignore[arg-type]
