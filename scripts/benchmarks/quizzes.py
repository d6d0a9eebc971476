"""Quizzes to measure with, made by the same API as everybody's."""

import asyncio
from collections.abc import Mapping
from typing import Any

from benchmarks.client import Http, http
from benchmarks.rig import Node, Rig

JOINING = 8  # connections over which players join
TIME_LIMIT_S = 3_600


class Quiz:
    """A quiz of ours, and the connection over which its host speaks."""

    def __init__(self, host: Http, quiz: str, token: str) -> None:
        self._host, self.id, self.token = host, quiz, token
        self.question = -1

    async def ask(self, verb: str, body: object) -> Any:
        """What the host wants done."""
        return await self._host.call("POST", f"/v1/quizzes/{self.id}/{verb}", self.token, body)

    async def open_next(self) -> int:
        """Close the question that is open and open the one after it. Returns its number."""
        if self.question >= 0:
            await self.ask("close", {})
        self.question += 1
        await self.ask("open", {"question": self.question})
        return self.question


async def make(
    rig: Rig,
    host: Http,
    questions: int,
    interval_ms: int = 100,
    rows: int = 10,
    rules: Mapping[str, object] | None = None,
) -> Quiz:
    """A quiz whose first choice is always right. `rules`: settings that differ from the default."""
    question = {"text": "Which one?", "choices": ["this", "that"], "answer": [0], "time_limit": TIME_LIMIT_S}
    body = {
        "title": "Bench",
        "questions": [question] * questions,
        "settings": {"board_interval_ms": interval_ms, "board_rows": rows, "crowd": 0, **(rules or {})},
    }
    made = await host.call("POST", "/v1/quizzes", rig.admin_token, body)
    return Quiz(host, made["id"], made["host_token"])


async def join(node: Node, quiz: Quiz, number: int) -> list[str]:
    """Let so many players in. Returns their tokens."""
    todo = iter(range(number))
    tokens: list[str] = []

    async def some() -> None:
        async with http(node.port) as connection:
            for i in todo:
                body = {"name": f"Player {i}"}
                joined = await connection.call("POST", f"/v1/quizzes/{quiz.id}/players", "", body)
                tokens.append(joined["token"])

    await asyncio.gather(*(some() for _ in range(JOINING)))
    return tokens
