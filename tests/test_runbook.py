"""docs/redis.md: its commands are run against a quiz that is being played, and its table has every key that there is."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import redis

from leaderboard.quiz.content import Question, Quiz
from leaderboard.state import keys as layout
from leaderboard.state.keys import AccountKeys, Keys, LibraryKeys
from leaderboard.state.quizzes import Quizzes
from tests.documents import ROOT, steps, walk
from tests.nodes import ADMIN, Node, Nodes, hello
from tests.test_media import PNG
from tests.test_rehearsal import Watching, rehearsal
from tests.waiting import until
from tests.world import World

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs" / "redis.md").read_text()
ROWS = re.findall(r"^\| `(\S+)` \| ([a-z]+)(?: and channel)? \| .+ \|$", PAGE, re.MULTILINE)

FLAT = [
    {"text": "The capital of Vietnam?", "choices": ["Hanoi", "Huế"], "answer": [0], "rule": "flat", "time_limit": 600},
    {"text": "And of Mongolia?", "type": "text", "answer": ["Ulaanbaatar"], "rule": "flat", "time_limit": 600},
]
DRAWN = {"pacing": "draw", "rule": "flat", "boxes": {"easy": {"price": 10, "prize": 20}}}


@pytest.fixture
def client(real_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(real_url, decode_responses=True) as client:
        yield client


# The commands


class Evening:
    """A quiz in the middle of its second question, as the page shows it."""

    def __init__(self, node: Node, client: redis.Redis) -> None:
        self.node = node
        self.quiz, self.host = node.create(questions=FLAT, title="Capitals")
        (self.ana, self.token), (self.ben, ben), (self.linh, _) = (
            node.join(self.quiz, name) for name in ("Ana", "Ben", "Linh")
        )
        self.verb("pin")
        self.verb("open", question=0)
        self.answer(self.token, 0, [0])
        self.answer(ben, 0, [1])
        self.verb("close")
        self.verb("adjust", player=self.linh, points=250, reason="Sang for us", id="the-song-of-linh")
        self.verb("open", question=1)
        self.answer(self.token, 1, ["ulaanbaatar"])
        client.xadd("scores:{0}", {"quiz_id": "NONE2345", "user_id": "ana", "score": 5, "event": "lap-3"})
        usual = client.config_get("slowlog-log-slower-than")["slowlog-log-slower-than"] or ""
        client.config_set("slowlog-log-slower-than", 0)  # so that something is slow
        client.ping()
        client.config_set("slowlog-log-slower-than", usual)

    def verb(self, name: str, **fields: Any) -> None:
        self.node.host(self.quiz, self.host, name, **fields)

    def answer(self, token: str, question: int, choice: list[Any]) -> None:
        body = {"question": question, "choice": choice}
        assert self.node.http("POST", f"/v1/quizzes/{self.quiz}/answers", token, json=body).is_success

    def page(self, url: str, pin: str) -> str:
        """The page for a reader who has this quiz on this Redis."""
        written = {
            "~/.local/state/leaderboard": str(Path(unquote(urlsplit(url).path)).parent),
            "http://127.0.0.1:8000": self.node.base,
            "pin:482913": f"pin:{pin}",
            "K7P2QXMB": self.quiz,
            "aNa4kQ9xT2Lm": self.ana,
            "bEn7wR3zV8Hs": self.ben,
            "lInH5cY6uJ1p": self.linh,
        }
        page = PAGE
        for theirs, ours in written.items():
            page = page.replace(theirs, ours)
        return page

    def publishing(self) -> str:
        """For the shell: the host gives more time again and again, so that there is something to hear."""
        extend = f"curl -s {self.node.base}/v1/quizzes/{self.quiz}/extend -H 'Authorization: Bearer {self.host}'"
        body = '{"question":1,"seconds":1}'
        return f"while kill -0 $$; do sleep 0.2; {extend} -d '{body}'; done >/dev/null 2>&1 &"


async def abandoned(url: str) -> str:
    """A quiz with an open question and no node that would close it."""
    quizzes = Quizzes(url)
    quizzes.start()
    quiz = (await quizzes.store.create(Quiz("Left", [Question("Who?", ["a", "b"], [0], time_limit=1)]))).id
    await quizzes.store.open(quiz, 0)
    await quizzes.stop()
    return quiz


async def test_the_commands(nodes: Nodes, real_url: str, client: redis.Redis) -> None:
    stuck = await abandoned(real_url)
    evening = Evening(node := nodes.start(), client)
    meta, deadline = Keys(evening.quiz).meta, int(client.hget(Keys(stuck).meta, "deadline") or 0)
    async with node.live(evening.quiz) as socket:
        await hello(socket, evening.token)
        await until(lambda: client.xlen("scores:{0}:dead") == 1)
        await until(lambda: re.search('"rooms":1,.*"ready":true', str(client.hvals(layout.CARDS))) is not None)
        await until(lambda: client.time()[0] * 1000 > deadline)
        page = steps(evening.page(real_url, str(client.hget(meta, "pin"))))
        before = {
            "Connect": 'leaderboard() { .venv/bin/python -m leaderboard "$@"; }',
            "A quiz that is stuck": f"quiz={stuck}",
            "What is being sent": f"quiz={evening.quiz}; {evening.publishing()}",
        }
        terminal = {"FAKETTY": "1", "LEADERBOARD_REDIS_URL": real_url}
        await asyncio.to_thread(walk, page, before, **terminal)


# The table


def row_of(name: str) -> re.Pattern[str]:
    """The keys that a row stands for. In capitals, or as …, stands what differs from key to key."""
    return re.compile(re.sub(r"[A-Z]+|…", lambda it: r"\d+" if it[0] == "N" else r"[^{}]+", re.escape(name)))


def see(client: redis.Redis, seen: dict[str, str]) -> None:
    """Note the keys that there are, with their types, and the channels."""
    for key in client.scan_iter(count=1000):
        if (kind := str(client.type(key))) != "none":
            seen[key] = kind
    seen.update(dict.fromkeys(map(str, client.pubsub_channels("quiz:*")), "channel"))


def leave_behind_results(client: redis.Redis) -> None:
    """An entry that has ended every process which tried to keep it."""
    client.xgroup_create(layout.FINISHED, "history", "0", mkstream=True)
    entry = client.xadd(layout.FINISHED, {"quiz": "NONE2345", "epoch": "0", "version": "1"})
    client.xreadgroup("history", "gone", {layout.FINISHED: ">"})
    client.xclaim(layout.FINISHED, "history", "gone", 0, [entry], idle=60_000, retrycount=9)


class Season:
    """Quizzes of every kind on one node."""

    def __init__(self, world: World, client: redis.Redis) -> None:
        self.world, self.node, self.client, self.seen = world, world.node, client, dict[str, str]()
        self.sockets = AsyncExitStack()
        see(client, self.seen)  # what limits take is given back within seconds

    def ask(self, path: str, token: str, method: str = "POST", **body: Any) -> Any:
        headers = {"idempotency-key": f"{path} by somebody"}
        reply = self.node.http(method, f"/v1/{path}", token, json=body, headers=headers)
        assert reply.is_success, reply.text
        return reply.json()

    async def listen(self, quiz: str, token: str) -> None:
        socket = await self.sockets.enter_async_context(self.node.live(quiz))
        await hello(socket, token)

    async def with_questions(self) -> None:
        """Played to its end by people with accounts, somebody with more time, and somebody who is put out."""
        quiz, host = self.world.quiz, self.world.host_token
        self.ask(f"quizzes/{quiz}/players", self.world.member)
        await self.listen(quiz, self.world.player_token)
        bad, _ = self.node.join(quiz, "Bad")
        self.node.host(quiz, host, "pin")
        self.node.host(quiz, host, "extra", player=self.world.player, percent=150)
        self.node.host(quiz, host, "open", question=0)
        self.ask(f"quizzes/{quiz}/answers", self.world.player_token, question=0, choice=[1])
        self.node.host(quiz, host, "close")
        self.node.host(quiz, host, "correct", question=0, answer=[0], reason="It is the other one")
        self.node.host(quiz, host, "remove", player=bad, ban=True)
        await until(lambda: self.client.exists(Keys(quiz).ranks, Keys(quiz).online) == 2)
        see(self.client, self.seen)
        self.node.host(quiz, host, "finish")

    async def with_doors(self) -> None:
        """Who comes waits aside, and only listed names come."""
        quiz, _ = self.node.create(settings={"approval": True}, roster=["Ana", "Ben"])
        _, token = self.node.join(quiz, "Ana")
        await self.listen(quiz, token)
        await until(lambda: self.client.exists(Keys(quiz).aside_online) == 1)

    def with_teams(self) -> None:
        quiz, _ = self.node.create(settings={"team_score": "sum"}, teams=["Owls", "Foxes"])
        self.node.join(quiz, "Ana")

    def drawn(self) -> None:
        easy = [question | {"difficulty": "easy"} for question in FLAT]
        quiz, host = self.node.create(questions=easy, settings=DRAWN)
        team = self.ask(f"quizzes/{quiz}/teams", host, name="Owls", members=["Ana", "Ben"])["token"]
        self.node.host(quiz, host, "open")
        self.ask(f"quizzes/{quiz}/draw", team, after=-1)

    def from_outside(self) -> None:
        """A board of scores that others send, and one that starts over each day, merged."""
        boards = [self.node.create(questions=[], settings=settings)[0] for settings in ({}, {"period": "day"})]
        for quiz in boards:
            self.ask(f"quizzes/{quiz}/scores", ADMIN, event="lap-1", user_id="linh", score=5)
        self.ask("seasons", ADMIN, title="League", quizzes=boards[:1])
        self.client.xadd("scores:{0}", {"quiz_id": "NONE2345", "user_id": "linh", "score": 5, "event": "lap-2"})

    async def rehearsed(self) -> None:
        async with rehearsal(self.node, self.node.create()[0], ADMIN, 1) as reply:
            await Watching(reply).until("joining")
            see(self.client, self.seen)


async def test_every_key_has_a_row(nodes: Nodes, client: redis.Redis) -> None:
    leave_behind_results(client)
    season = Season(World(nodes.start(limits="", keep_days="30", archive_dir="none")), client)
    async with season.sockets:
        await season.with_questions()
        await season.with_doors()
        season.with_teams()
        season.drawn()
        season.from_outside()
        season.ask("invitations", season.world.owner, role="player")
        assert season.node.http("POST", "/v1/media", season.world.owner, content=PNG).is_success
        await season.rehearsed()
        await until(lambda: client.exists("scores:{0}:dead", layout.DEAD) == 2)
        await until(lambda: bool(client.keys("accounts:{all}:records:*")))
        [living] = season.node.http("GET", "/v1/admin/nodes", ADMIN).json()["nodes"]
        assert season.node.http("POST", f"/v1/admin/nodes/{living['id']}/drain", ADMIN).status_code == 202
        see(client, season.seen)
    rows = [(row_of(name), kind) for name, kind in ROWS]
    assert {
        (key, kind)
        for key, kind in season.seen.items()
        if not any(kind == its and row.fullmatch(key) for row, its in rows)
    } == set()
    met = {
        name
        for name, kind in ROWS
        if any(kind == its and row_of(name).fullmatch(it) for it, its in season.seen.items())
    }
    assert {name for name, _ in ROWS} - met == set()


def test_every_key_of_the_layout_has_a_row() -> None:
    names = {name for name, _ in ROWS}
    quiz, account, library = Keys("ID"), AccountKeys("ID"), LibraryKeys("OWNER")
    assert {getattr(quiz, it) for it in Keys.__slots__ if it not in ("quiz", "answers_prefix")} <= names
    assert {getattr(account, it) for it in AccountKeys.__slots__} <= names
    assert {getattr(library, it) for it in LibraryKeys.__slots__ if not it.endswith("_prefix")} <= names
    assert {quiz.answers_prefix + "N", library.document("ID"), library.content("ID"), layout.REHEARSALS} <= names
    assert {
        layout.EMAILS,
        layout.EVERYBODY,
        layout.LOG,
        layout.FINISHED,
        layout.DEAD,
        layout.SEEN,
        layout.CARDS,
    } <= names
