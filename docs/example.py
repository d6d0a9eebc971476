"""An app that brings its own users: it knows who they are, and the leaderboard server lets them play.

    LEADERBOARD_URL=http://127.0.0.1:8000 LEADERBOARD_KEY=k_… python docs/example.py

The key is an API key with the verbs create, join, open, close, finish, results (POST /v1/keys). Users never see it:
the app asks for a player's token for each of them, which is good for one quiz and nothing else.
"""

import asyncio
import json
import os
import urllib.request
from typing import Any

from leaderboard.client import connect

URL = os.environ.get("LEADERBOARD_URL", "http://127.0.0.1:8000")
KEY = os.environ["LEADERBOARD_KEY"]

USERS = {"u-17": "Linh", "u-42": "Jonas"}  # as they stand in the app's own database


def ask(path: str, body: dict[str, Any] | None = None) -> Any:
    """What the app's backend asks for, with its key."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/v1/{path}", data, {"authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def player_token(quiz: str, user: str) -> str:
    """The token with which this user plays: the same user is the same player, on whatever device."""
    token: str = ask(f"quizzes/{quiz}/players", {"name": USERS[user], "external_id": user})["token"]
    return token


async def play(quiz: str, user: str, choice: int) -> None:
    """What the user's device does with the token that the app gave it."""
    async with connect(URL, quiz, player_token(quiz, user)) as live:
        ack = await live.answer(0, [choice])
        print(f"{USERS[user]} has {ack['total']} points")


async def main() -> None:
    question = {"text": "“Fleeting” means …", "choices": ["short-lived", "naval", "careful"], "answer": [0]}
    quiz = ask("quizzes", {"title": "Word of the day", "questions": [question]})["id"]
    ask(f"quizzes/{quiz}/open", {"question": 0})
    await asyncio.gather(play(quiz, "u-17", 0), play(quiz, "u-42", 2))
    await play(quiz, "u-17", 0)  # on another device: the same player, and the first answer stands
    ask(f"quizzes/{quiz}/close", {})
    ask(f"quizzes/{quiz}/finish", {})
    for row in ask(f"quizzes/{quiz}/results")["rows"]:
        print(f"{row['rank']}. {row['name']}: {row['points']}")


asyncio.run(main())
