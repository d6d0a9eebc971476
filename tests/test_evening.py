"""A whole evening in real pages: a host, a projector and five phones over two nodes, one of which dies half-way.

Everything is done and seen on the pages; at the end the server's books must say the same.
"""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser import PROJECTOR, Screens
from tests.flaky import Balancer
from tests.nodes import Node, Nodes

pytestmark = pytest.mark.anyio

NAMES = ["<b>Bo</b>", "明日香", "محمد", "Zoë 🎉", "Linh"]  # who comes first will be last
QUESTIONS = [
    {"text": "Two and two?", "choices": ["3", "4", "5"], "answer": [1]},
    {"text": "Which are even?", "choices": ["1", "2", "3", "4"], "answer": [1, 3]},
    {"text": "The capital of France?", "type": "text", "answer": ["Paris"]},
    {"text": "Is the earth flat?", "type": "boolean", "choices": ["Yes", "No"], "answer": [1]},
    {"text": "Which is a fish?", "choices": ["Whale", "Dolphin", "Shark"], "answer": [2]},
]
RIGHT: list[list[str]] = [["4"], ["2", "4"], ["PARIS"], ["No"], ["Shark"]]
WRONG: list[list[str]] = [["3"], ["1"], ["London"], ["Yes"], ["Whale"]]
LOST = "WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE"  # what a browser says of a node that is gone


async def join(phone: Page, name: str) -> None:
    await phone.locator("#name").fill(name)
    await phone.locator("#name").press("Enter")
    await expect(phone.locator("#name")).to_be_hidden()


async def give(phone: Page, question: int, words: list[str]) -> None:
    """Answer as people do: press what is meant, and send what a tap does not send."""
    if question == 2:
        await phone.get_by_role("textbox").fill(words[0])
    for word in words if question != 2 else []:
        await phone.locator("button.choice", has_text=word).tap()
    if question in (1, 2):
        await phone.get_by_role("button", name="Send").tap()


def is_right(player: int, question: int) -> bool:
    """The first knows only the last answer, the next one the last two, and so on."""
    return question >= len(QUESTIONS) - 1 - player


async def answer(phone: Page, player: int, question: int) -> None:
    await expect(phone.get_by_text(str(QUESTIONS[question]["text"]))).to_be_visible()
    await give(phone, question, (RIGHT if is_right(player, question) else WRONG)[question])


async def kept(phone: Page) -> None:
    await expect(phone.get_by_text(re.compile("kept", re.I)).first).to_be_visible(timeout=15_000)


@pytest.fixture
async def pair(nodes: Nodes) -> AsyncIterator[tuple[Node, Node, str, str]]:
    """Two nodes, and an address before them for each half of the room: whose node dies is served by the other one."""
    one, two = nodes.start(), nodes.start()
    async with Balancer(one, two) as here, Balancer(two, one) as there:
        yield one, two, here.base, there.base


async def test_an_evening(pair: tuple[Node, Node, str, str], screens: Screens) -> None:
    one, two, here, there = pair
    screens.expect(LOST)
    questions = [question | {"time_limit": 600} for question in QUESTIONS]
    quiz, host = one.create(title="Evening", questions=questions, settings={"rule": "flat"})
    projector = await screens.open(f"{here}/?quiz={quiz}", PROJECTOR)
    bases = [here, there, here, there, here]
    phones = [await screens.open(f"{base}/?quiz={quiz}") for base in bases]
    for phone, name in zip(phones, NAMES, strict=True):
        await join(phone, name)
    await expect(projector.get_by_text(NAMES[0])).to_be_visible()
    for question in range(len(QUESTIONS)):
        if question == len(QUESTIONS) - 1:
            two.host(quiz, host, "freeze")
        two.host(quiz, host, "next")
        if question == 2:
            await asyncio.gather(*(answer(phone, i, 2) for i, phone in enumerate(phones[:2])))
            one.kill()
            await asyncio.gather(*(answer(phone, i + 2, 2) for i, phone in enumerate(phones[2:])))
        else:
            await asyncio.gather(*(answer(phone, i, question) for i, phone in enumerate(phones)))
        await asyncio.gather(*map(kept, phones))
        two.host(quiz, host, "close")
    two.host(quiz, host, "finish")
    for hidden in (4, 3, 2, 1, 0):
        two.host(quiz, host, "reveal", hidden=hidden)
    await expect(projector.locator("#podium")).to_contain_text("Linh")
    results = two.http("GET", f"/v1/quizzes/{quiz}/results", host).json()
    assert [(row["name"], row["points"], len(row["answers"])) for row in results["rows"]] == [
        (name, 1000 * (player + 1), len(QUESTIONS)) for player, name in reversed([*enumerate(NAMES)])
    ]
