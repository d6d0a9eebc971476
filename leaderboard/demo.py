"""A quiz that plays itself: a host and some bots, through the same doors as everybody else."""

import asyncio
import contextlib
import json
import random
import urllib.error
import urllib.request
from importlib.resources import files
from pathlib import Path
from typing import Any

from leaderboard.client import Live, Refusal, connect, join
from leaderboard.quiz.formats import documents
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.vocabulary import make
from leaderboard.quiz.words import read_words

NAMES = (
    *("Aria", "Jonas", "Minh", "Linh", "Sofía", "Tomasz", "Yuki"),
    *("Fatima", "Noah", "Chioma", "Mateo", "Ingrid", "Arjun", "Zoë"),
)
STEPS = {
    "lobby": (2.0, "next"),
    "closed": (4.0, "next"),
    "finished": (8.0, "reset"),
}  # what the host does after how long

WORDS = files(__package__) / "samples" / "words.csv"
QUESTIONS = 15
TIME_LIMIT_S = 12


def quiz() -> dict[str, Any]:
    """The demo quiz, as a host would send it: other questions about the same words each time it is made."""
    words = read_words(Source(WORDS.read_bytes(), WORDS.name)).words
    made = make(words, QUESTIONS, seed=random.randrange(1_000_000), title="Words of the week").quiz
    fields = documents.written(made)
    fields["questions"] = [question | {"time_limit": TIME_LIMIT_S} for question in fields["questions"]]
    return fields


class Demo:
    """The quiz, its host's token and its bots' tokens; remembered in the data directory for the next start."""

    def __init__(self, base: str, quiz: str, host_token: str, bots: list[str]) -> None:
        self.base, self.quiz, self.host_token, self.bots = base, quiz, host_token, bots

    @classmethod
    async def prepare(cls, base: str, admin_token: str, data_dir: str) -> "Demo":
        """Find the quiz of the last start, or make a new one."""
        memory = Path(data_dir) / "demo.json"
        with contextlib.suppress(OSError, ValueError, TypeError):
            demo = cls(base, **json.loads(memory.read_text()))
            seen = await post(f"{base}/v1/quizzes/{demo.quiz}", demo.host_token)
            if "questions" in seen:
                return demo
        made = await post(f"{base}/v1/quizzes", admin_token, quiz())
        bots = [(await join(base, made["id"], name)).token for name in NAMES]
        demo = cls(base, made["id"], made["host_token"], bots)
        with contextlib.suppress(OSError):
            memory.touch(mode=0o600)
            memory.write_text(json.dumps({"quiz": demo.quiz, "host_token": demo.host_token, "bots": bots}))
        return demo

    async def play(self) -> None:
        """Round after round, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._host())
            for token in self.bots:
                tasks.create_task(Bot().play(connect(self.base, self.quiz, token)))

    async def _host(self) -> None:
        async with connect(self.base, self.quiz, self.host_token) as live:
            async for _ in live:
                await self._lead(live)

    async def _lead(self, live: Live) -> None:
        """Open question after question, start over after the last; unless somebody else does meanwhile."""
        seen = live.state
        if seen is None or seen["phase"] not in STEPS:
            return
        delay_s, verb = STEPS[seen["phase"]]
        await asyncio.sleep(delay_s)
        if live.state is seen:
            with contextlib.suppress(Refusal):
                await live.request(verb)


class Bot:
    """A player with a skill and a pace of their own."""

    def __init__(self) -> None:
        self.skill = random.uniform(0.45, 0.95)
        self.pace_s = random.uniform(1.5, 6)
        self.right: dict[str, list[Any]] = {}  # what it has seen revealed: in later rounds it remembers some

    async def play(self, connection: Live) -> None:
        """Answer each question after a while."""
        async with connection as live:
            async for kind, state in live:
                if kind == "state" and state["question"]:
                    await self.see(live, state, state["question"])

    async def see(self, live: Live, state: dict[str, Any], question: dict[str, Any]) -> None:
        if state["key"]:
            self.right[question["text"]] = state["key"]["answer"]
        elif state["phase"] == "question":
            await self.answer(live, state, question)

    async def answer(self, live: Live, state: dict[str, Any], question: dict[str, Any]) -> None:
        await self.think(question)
        with contextlib.suppress(Refusal):
            await live.answer(question["number"], self.choose(question))

    async def think(self, question: dict[str, Any]) -> None:
        await asyncio.sleep(min(random.lognormvariate(0, 0.5) * self.pace_s, question["time_limit"] - 0.5))

    def choose(self, question: dict[str, Any]) -> list[Any]:
        """What it remembers, of several spellings or numbers the first; or a guess."""
        right = self.right.get(question["text"])
        if not right or random.random() > self.skill:
            return guess(question)
        return right if question["choices"] else right[:1]


def guess(question: dict[str, Any]) -> list[Any]:
    """An answer that the question takes, and perhaps a right one."""
    places = range(len(question["choices"]))
    if not places:
        return [random.randint(1, 100) if question["type"] == "number" else "no idea"]
    many = {"several": random.randint(1, len(places)), "order": len(places)}.get(question["type"], 1)
    return random.sample(places, many)


async def post(url: str, token: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """POST this body, or GET without one. Raises OSError."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - our own address
    return await asyncio.to_thread(lambda: json.load(urllib.request.urlopen(request, timeout=10)))  # noqa: S310
