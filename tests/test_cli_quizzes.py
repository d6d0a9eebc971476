"""The commands that look at quizzes and play them, on a real Redis and with real nodes."""

import asyncio
import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from leaderboard import bots
from leaderboard.bots import Crowd
from leaderboard.cli import main
from leaderboard.client import Refusal
from leaderboard.quiz.content import Question, Quiz
from leaderboard.state import kept
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.conftest import empty
from tests.nodes import Node, Nodes
from tests.waiting import LONG_S, poll

pytestmark = pytest.mark.anyio

SAMPLE = str(Path(bots.__file__).with_name("samples") / "quiz.toml")
QUICK = {"text": "1 + 1?", "choices": ["2", "3"], "answer": [0], "time_limit": 1}


@pytest.fixture(scope="module")
def node(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One for all, for none of these tests harms it."""
    with Nodes(module_url, tmp_path_factory.mktemp("node")) as nodes:
        yield nodes.start()


@pytest.fixture
def url(node: Node, module_url: str) -> str:
    """That node's Redis, empty."""
    empty(module_url)
    return module_url


def run(url: str, *arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, [*arguments, "--redis-url", url])
    assert done.exit_code == status, done.output
    return done.output


async def make(on: Quizzes, title: str = "A quiz") -> str:
    return (await on.store.create(Quiz(title, [Question("Which?", ["a", "b"], [0])]), CHANCE)).id


# Lists


async def test_all_quizzes_are_found_page_by_page(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SCANNED", 5)
    made = {await make(quizzes, f"Quiz {number}") for number in range(12)}
    for foreign in ("quiz:{no id}:meta", "quiz:{\xff}:meta"):
        await quizzes.writer.command("HSET", foreign, "title", "not ours")
    await quizzes.writer.command("SET", "quiz:{TEXT}:meta", "not ours either")
    found: list[kept.KeptQuiz] = []
    cursor, pages = "", 0
    while True:
        page = await quizzes.kept.page(cursor, 3)
        found, pages = found + page.quizzes, pages + 1
        if page.next is None:
            break
        cursor = page.next
    assert {it.quiz for it in found} == made
    assert {it.title for it in found} == {f"Quiz {number}" for number in range(12)}
    assert pages > 1
    now = time.time() * 1000
    assert all(it.phase == "lobby" and now - 60_000 < it.since <= now + 1000 for it in found)


def test_what_lives_and_what_is_played(node: Node, fake_redis: str, url: str) -> None:
    empty(fake_redis)
    assert run(fake_redis, "nodes") == "No node lives.\n"
    quiz, _ = node.create(title="世界 [bold]\x1b[2J")
    poll(lambda: any(it["ready"] for it in json.loads(run(url, "nodes", "--json"))["nodes"]))
    head, line = run(url, "nodes").splitlines()
    port = node.base.rpartition(":")[2]
    assert re.fullmatch(rf"\S+:{port} +[0-9a-f]+ +\d\S+ +yes( +\d+)+ (s|min)", line)
    assert head.split() == ["name", "id", "version", "ready", "sockets", "connections", "rooms", "late", "ms", "up"]
    assert json.loads(run(url, "quizzes", "--json")) == {"quizzes": [], "next": None}
    head, line = run(url, "quizzes", "--all").splitlines()
    assert line.startswith(f"{quiz}  世界 [bold]\ufffd[2J  lobby")
    assert head.index("phase") == line.index("lobby") + 2  # two letters are twice as wide
    assert json.loads(run(url, "quizzes", "--all", "--json"))["quizzes"][0]["title"] == "世界 [bold]\x1b[2J"
    assert "--cursor" in run(url, "quizzes", "--cursor", "x", status=2)


# A board


@contextlib.contextmanager
def watching(*arguments: str, terminal: int | None = None, **environment: str) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "leaderboard", *arguments],
        stdout=terminal or subprocess.PIPE,
        stderr=terminal or subprocess.PIPE,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def play(node: Node, quiz: str, host: str, *names: str) -> None:
    """A question that these answer, each after the other."""
    node.host(quiz, host, "next")
    for name in names:
        _, token = node.join(quiz, name)
        said = node.http("POST", f"/v1/quizzes/{quiz}/answers", token, json={"question": 0, "choice": [1]})
        assert said.is_success


def test_the_board_once(node: Node, url: str) -> None:
    quiz, host = node.create()
    play(node, quiz, host, "Ana", "李", "Cem")
    poll(lambda: run(url, "top", quiz).startswith(f"Test  {quiz}  question, 3 players"))
    _, _, *rows = run(url, "top", quiz.lower(), "--rows", "2").splitlines()
    assert [row.split()[2] for row in rows] == ["Ana", "李"]
    node.host(quiz, host, "pin")
    pin = node.http("GET", f"/v1/quizzes/{quiz}").json()["state"]["pin"]
    found = json.loads(run(url, "top", f"{pin[:3]} {pin[3:]}", "--json"))
    assert [(row["rank"], row["name"]) for row in found["rows"]] == [(1, "Ana"), (2, "李"), (3, "Cem")]
    node.host(quiz, host, "freeze")
    assert "Ana" in run(url, "top", quiz)  # also what is held back
    assert run(url, "top", "NOWHERE1", status=1) == "Error: There is no quiz with this ID.\n"
    assert run(url, "top", quiz, "--rows", "0", status=2)
    with redis.Redis.from_url(url) as client:
        client.set(Keys("ABCDEFGH").meta, "somebody else's")
    assert run(url, "top", "ABCDEFGH", status=1).startswith("Error: Redis refuses: ")


def test_the_board_as_it_moves(node: Node, url: str) -> None:
    quiz, host = node.create()
    play(node, quiz, host, "Ana", "Ben")
    with watching("top", quiz, "--watch", "--redis-url", url, "--json") as process:
        assert process.stdout is not None
        assert [row["name"] for row in json.loads(process.stdout.readline())["rows"]] == ["Ana", "Ben"]
        ben = json.loads(run(url, "top", quiz, "--json"))["rows"][1]["id"]
        node.host(quiz, host, "adjust", player=ben, points=5000, reason="a test")
        while (found := json.loads(process.stdout.readline()))["rows"][0]["name"] != "Ben":
            assert found["rows"][0]["name"] == "Ana"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_the_board_in_a_terminal(node: Node, url: str) -> None:
    """In its place, with marks; and with nothing that is coloured where nobody wants that."""
    quiz, host = node.create()
    play(node, quiz, host, "Ana", "Ben")
    ours, theirs = pty.openpty()
    with watching("top", quiz, "--watch", "--redis-url", url, terminal=theirs, TERM="xterm", COLUMNS="60") as process:
        said = read_until(ours, "Ben")
        ben = json.loads(run(url, "top", quiz, "--json"))["rows"][1]["id"]
        node.host(quiz, host, "adjust", player=ben, points=5000, reason="a test")
        said += read_until(ours, "▲1")
        process.send_signal(signal.SIGINT)
        said += read_until(ours, "\x1b[?25h")  # the cursor is there again
        assert process.wait(20) == 0
    assert "▼1" in said
    assert "Traceback" not in said


def read_until(terminal: int, end: str) -> str:
    said = b""
    while end not in said.decode(errors="ignore"):
        assert select.select([terminal], [], [], LONG_S)[0], said
        said += os.read(terminal, 1 << 16)
    return said.decode(errors="replace")


def test_who_reads_no_further_is_not_told_of_it(node: Node, url: str) -> None:
    quiz, host = node.create()
    with watching("top", quiz, "--watch", "--redis-url", url) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        node.host(quiz, host, "next")
        assert process.wait(20) == 1
        assert process.stderr.read() == b""


def test_a_banner_for_programs(real_url: str, tmp_path: Path) -> None:
    options = ("--redis-url", real_url, "--data-dir", str(tmp_path), "--drain-s", "0")
    with watching("serve", "--port", "0", *options, "--json") as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["host"] == f"{said['open']}host"
        with urllib.request.urlopen(f"{said['open']}livez") as reply:
            assert reply.status == 200
        assert {"version", "redis", "admin_token"} <= said.keys()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stdout.read() == b""


def test_what_is_written_and_deleted_is_told_to_programs(real_url: str, tmp_path: Path) -> None:
    out = tmp_path / "quiz.gift"
    document = json.loads(run(real_url, "import", SAMPLE, "--json"))["entry"]["id"]
    told = json.loads(run(real_url, "export", document, "-o", str(out), "--json"))
    assert (told["file"], told["format"]) == (str(out), "gift")
    assert told["left_out"]
    assert out.read_text().count("{") > 10
    assert json.loads(run(real_url, "export", document, "--json"))["title"] == "The world and its words"
    assert json.loads(run(real_url, "library", "delete", document, "--json")) == {"deleted": document}
    assert json.loads(run(real_url, "dead-letters", "--replay", "all", "--json")) == {"again": 0}


# Simulated players


@contextlib.contextmanager
def simulated(
    node: Node, code: str, players: int, *options: str
) -> "Iterator[Callable[[], tuple[int, dict[str, Any]]]]":
    """Bots in a thread; what is yielded waits for their exit status and report."""
    arguments = ["bots", code, str(players), "--url", node.base, "--json", *options]
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: CliRunner().invoke(main, arguments))

        def result() -> tuple[int, dict[str, Any]]:
            return done.result().exit_code, json.loads(done.result().output)

        yield result


def answers(node: Node, quiz: str) -> Any:
    return node.http("GET", f"/v1/quizzes/{quiz}").json()["board"]["answered"]


def test_bots_play_what_is_hosted(node: Node) -> None:
    quiz, host = node.create(questions=[QUICK, QUICK])
    with simulated(node, quiz, 20) as result:
        poll(lambda: node.http("GET", f"/v1/quizzes/{quiz}").json()["board"]["online"] == 20)
        for number in range(2):
            node.host(quiz, host, "open", question=number)
            poll(lambda: answers(node, quiz) == 20)
            node.host(quiz, host, "close", question=number)
        node.host(quiz, host, "finish")
        status, report = result()
    assert status == 0
    assert (report["joined"], report["answers"], report["kept"], report["lost"]) == (20, 40, 40, 0)
    assert 0 < report["kept_ms"]["p50"] <= report["kept_ms"]["p99"] <= report["kept_ms"]["max"]
    assert report["refused"] == {}


@pytest.mark.parametrize(("pacing", "each"), [("self", 3), ("draw", 1)])
def test_bots_draw_where_questions_are_drawn(node: Node, pacing: str, each: int) -> None:
    quiz, host = node.create(questions=[QUICK] * 3, settings={"pacing": pacing})
    node.host(quiz, host, "open")
    with simulated(node, quiz, 3) as result:
        poll(lambda: answers(node, quiz) == 3 * each)
        node.host(quiz, host, "finish")
        status, report = result()
    assert (status, report["kept"], report["lost"]) == (0, 3 * each, 0)


def test_bots_tell_what_was_lost(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots, "LAST_WORDS_S", 0.1)
    node = nodes.start()
    quiz, host = node.create(questions=[QUICK] * 100, settings={"pacing": "self"})
    node.host(quiz, host, "open")
    with simulated(node, quiz, 5, "--for", "4") as result:
        poll(lambda: answers(node, quiz) >= 5)
        node.process.send_signal(signal.SIGSTOP)
        status, report = result()
    assert status == 1
    assert report["lost"] > 0
    assert report["answers"] == report["kept"] + report["lost"] + sum(report["refused"].values())


class Replying:
    """In the place of a connection."""

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome

    async def answer(self, number: int, choice: list[Any]) -> object:
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


async def test_bots_count_each_answer_once() -> None:
    crowd = Crowd("http://nowhere", "QUIZ", 5)
    outcomes: list[object] = [
        {},
        Refusal("TOO_LATE", ""),
        Refusal("LOST", ""),
        Refusal("ENDED", ""),
        asyncio.CancelledError(),
    ]
    for outcome in outcomes:
        with contextlib.suppress(asyncio.CancelledError):
            await crowd.answer(Replying(outcome), 0, [1])  # type: ignore[arg-type]
    report = crowd.report()
    assert (report.answers, report.kept, report.lost, report.refused) == (5, 1, 3, {"TOO_LATE": 1})


def test_bots_that_are_not_let_in(node: Node) -> None:
    done = CliRunner().invoke(main, ["bots", "NOWHERE1", "2", "--url", node.base])
    assert (done.exit_code, done.output) == (1, f"Error: {node.base} lets nobody in: There is no quiz with this ID.\n")
    assert "begins with http://" in CliRunner().invoke(main, ["bots", "X", "2", "--url", "here:80"]).output
    assert CliRunner().invoke(main, ["bots", "X", "1001", "--url", node.base]).exit_code == 2
