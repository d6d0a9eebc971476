"""A quiz that plays itself: a host and some bots, through the same doors as everybody else."""

import asyncio
import contextlib
import json
import random
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

NAMES = (
    *("Aria", "Jonas", "Minh", "Linh", "Sofía", "Tomasz", "Yuki"),
    *("Fatima", "Noah", "Chioma", "Mateo", "Ingrid", "Arjun", "Zoë"),
)
PAUSE_S = 4.0  # between questions, to look at the answer
CEREMONY_S = 8.0  # between rounds
AGAIN_S = (0.5, 3.0)  # before a lost connection is tried again

log = structlog.get_logger(__name__)

# (text, choices with the right one first). The order of the choices is shuffled once, when the quiz is made.
QUESTIONS = (
    ("Which word means “to make something less severe”?", ("alleviate", "elevate", "allocate", "aggravate")),
    ("Something that lasts only a very short time is …", ("fleeting", "flaunting", "floating", "fluent")),
    ("Which word is closest to “careful with money”?", ("thrifty", "thorough", "thirsty", "tricky")),
    ("A person who is hard to please is …", ("fussy", "fuzzy", "flimsy", "foggy")),
    ("To put off a meeting is to … it.", ("postpone", "propose", "dispose", "compose")),
    ("Which word means the opposite of “scarce”?", ("plentiful", "scary", "sparse", "distant")),
    ("“She turned down the offer.” She …", ("refused it", "lowered it", "read it", "repeated it")),
    ("Which word names a strong wish to know more?", ("curiosity", "caution", "courtesy", "clarity")),
    ("An “ambiguous” answer …", ("can be understood in two ways", "is loud", "is very long", "is a lie")),
    (
        "Which one is a synonym of “brisk”?",
        ("quick and lively", "easily broken", "very cold", "slightly burnt"),
    ),
)


def quiz() -> dict[str, Any]:
    """The demo quiz, as a host would send it."""
    questions = []
    for text, choices in QUESTIONS:
        shuffled = random.sample(choices, len(choices))
        questions.append({"text": text, "choices": shuffled, "answer": [shuffled.index(choices[0])], "time_limit": 12})
    return {"title": "Words of the week", "questions": questions}


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
        players = f"{base}/v1/quizzes/{made['id']}/players"
        bots = [(await post(players, "", {"name": name}))["token"] for name in NAMES]
        demo = cls(base, made["id"], made["host_token"], bots)
        with contextlib.suppress(OSError):
            memory.touch(mode=0o600)
            memory.write_text(json.dumps({"quiz": demo.quiz, "host_token": demo.host_token, "bots": bots}))
        return demo

    async def play(self) -> None:
        """Round after round, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stay(self.host_token, self._host))
            for token in self.bots:
                tasks.create_task(self._stay(token, Bot().play))

    async def _stay(self, token: str, play: Callable[[ClientConnection], Awaitable[None]]) -> None:
        """Connect as whoever the token belongs to, and come back when the connection is lost."""
        address = f"ws{self.base[4:]}/v1/quizzes/{self.quiz}/live"
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with connect(address, compression=None) as socket:
                    await socket.send(json.dumps({"type": "hello", "token": token}))
                    await play(socket)
            await asyncio.sleep(random.uniform(*AGAIN_S))

    async def _host(self, socket: ClientConnection) -> None:
        """Open question after question; start over after the last."""
        pending: asyncio.Task[None] | None = None

        async def later(delay_s: float, verb: str) -> None:
            await asyncio.sleep(delay_s)
            await socket.send(json.dumps({"type": verb, "id": verb}))

        try:
            async for text in socket:
                message = json.loads(text)
                state = message["state"] if message["type"] == "welcome" else message
                step = {
                    "lobby": (2.0, "next"),
                    "closed": (PAUSE_S, "next"),
                    "finished": (CEREMONY_S, "reset"),
                }
                if state["type"] == "state" and state["phase"] in step:
                    if pending is not None:
                        pending.cancel()
                    pending = asyncio.ensure_future(later(*step[state["phase"]]))
        finally:
            if pending is not None:
                pending.cancel()


class Bot:
    """A player with a skill and a pace of their own."""

    def __init__(self) -> None:
        self.skill = random.uniform(0.45, 0.95)
        self.pace_s = random.uniform(1.5, 6)
        self.right: dict[str, int] = {}  # what it has seen revealed: in later rounds it remembers some

    async def play(self, socket: ClientConnection) -> None:
        """Answer each question after a while."""
        pending: asyncio.Task[None] | None = None
        try:
            async for text in socket:
                message = json.loads(text)
                state = message["state"] if message["type"] == "welcome" else message
                if state["type"] != "state" or not state["question"]:
                    continue
                question = state["question"]
                if state["key"]:
                    self.right[question["text"]] = state["key"]["answer"][0]
                elif state["phase"] == "question":
                    pending = asyncio.ensure_future(self._answer(socket, question))
        finally:
            if pending is not None:
                pending.cancel()

    async def _answer(self, socket: ClientConnection, question: dict[str, Any]) -> None:
        await asyncio.sleep(min(random.lognormvariate(0, 0.5) * self.pace_s, question["time_limit"] - 0.5))
        choices = range(len(question["choices"]))
        right = self.right.get(question["text"], random.choice(choices))
        choice = right if random.random() < self.skill else random.choice(choices)
        request = {
            "type": "answer",
            "id": f"q{question['number']}",
            "question": question["number"],
            "choice": [choice],
        }
        with contextlib.suppress(WebSocketException):
            await socket.send(json.dumps(request))


async def post(url: str, token: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """POST this body, or GET without one. Raises OSError."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - our own address
    return await asyncio.to_thread(lambda: json.load(urllib.request.urlopen(request, timeout=10)))  # noqa: S310
