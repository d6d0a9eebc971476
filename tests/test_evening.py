"""A whole evening in real pages: a host, a projector and five phones over two nodes, one of which dies half-way.

Everything is done and seen on the pages; at the end the server's books must say the same.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, PROJECTOR, Screens
from tests.flaky import Balancer
from tests.nodes import Node, Nodes

pytestmark = pytest.mark.anyio

NAMES = ["<b>Bo</b>", "明日香", "محمد", "Zoë 🎉", "Linh"]  # who comes first will be last
QUESTIONS: list[dict[str, Any]] = [
    {"text": "Two and two?", "choices": ["3", "4", "5"], "answer": [1]},
    {"text": "Which are even?", "choices": ["1", "2", "3", "4"], "answer": [1, 3]},
    {"text": "The capital of France?", "type": "text", "answer": ["Paris"]},
    {"text": "Is the earth flat?", "type": "boolean", "choices": ["Yes", "No"], "answer": [1]},
    {"text": "Which is a fish?", "choices": ["Whale", "Dolphin", "Shark"], "answer": [2]},
]
RIGHT = [["4"], ["2", "4"], ["PARIS"], ["No"], ["Shark"]]
WRONG = [["3"], ["1"], ["London"], ["Yes"], ["Whale"]]
SEVERAL, WRITTEN, LAST = 1, 2, len(QUESTIONS) - 1
GONE = "WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE"  # what a browser says of a node


class Evening:
    """The pages of everybody, and what they do there."""

    def __init__(self, host: Page, projector: Page, phones: list[Page]) -> None:
        self.host, self.projector, self.phones = host, projector, phones

    async def press(self, label: str) -> None:
        """The host's large button, as long as it says this: it is deaf for a moment after it has become another one."""
        button = self.host.locator("button.next")
        await expect(button).to_have_text(label)
        async with asyncio.timeout(20):
            while await button.inner_text() == label:
                await button.click()
                await asyncio.sleep(0.2)

    async def join(self, phone: Page, name: str) -> None:
        await phone.locator("#name").fill(name)
        await phone.locator("#name").press("Enter")
        await expect(phone.get_by_role("heading", level=1)).to_have_text(name)

    async def answer(self, player: int, question: int) -> None:
        """As people do: press what is meant, and send what a tap does not send. The first knows only the last answer."""
        phone = self.phones[player]
        await expect(phone.get_by_role("heading", level=1)).to_have_text(QUESTIONS[question]["text"])
        words = (RIGHT if player + question >= LAST else WRONG)[question]
        if question == WRITTEN:
            await phone.get_by_role("textbox").fill(words[0])
        else:
            for word in words:
                await phone.locator("button.choice", has_text=word).tap()
        if question in (SEVERAL, WRITTEN):
            await phone.get_by_role("button", name="Send").tap()

    async def all_kept(self) -> None:
        """Everybody reads it, and the projector counts them."""
        for phone in self.phones:
            await expect(phone.locator(".game").get_by_text(re.compile("kept")).first).to_be_visible()
        await expect(self.projector.get_by_text("5 of 5 answered")).to_be_visible()

    async def play(self, question: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Something happens when some have answered and the others have not."""
        await asyncio.gather(*(self.answer(player, question) for player in (0, 1)))
        meanwhile()
        await asyncio.gather(*(self.answer(player, question) for player in (2, 3, 4)))
        await self.all_kept()
        await self.press("Close now")
        for player, phone in enumerate(self.phones):
            verdict = phone.locator(".verdict")
            await expect(verdict).to_contain_text("Right" if player + question >= LAST else "Not this time")


@pytest.fixture
async def pair(nodes: Nodes) -> AsyncIterator[tuple[Node, Node, str, str]]:
    """Two nodes, and an address before them for each half of the room: whose node dies is served by the other one."""
    one, two = nodes.start(), nodes.start()
    async with Balancer(one, two) as here, Balancer(two, one) as there:
        yield one, two, here.base, there.base


async def test_an_evening(pair: tuple[Node, Node, str, str], screens: Screens) -> None:
    one, two, here, there = pair
    screens.expect(GONE)
    questions = [question | {"time_limit": 600} for question in QUESTIONS]
    quiz, host = one.create(title="Evening", questions=questions, settings={"rule": "flat"})
    evening = Evening(
        await screens.open(f"{here}/host#/quiz/{quiz}/token/{host}", DESKTOP),
        await screens.open(f"{here}/screen?quiz={quiz}", PROJECTOR),
        [await screens.open(f"{base}/?quiz={quiz}") for base in (here, there, here, there, here)],
    )
    for phone, name in zip(evening.phones, NAMES, strict=True):
        await evening.join(phone, name)
        await expect(evening.projector.get_by_text(name)).to_be_visible()
    for question in range(LAST):
        await evening.press(f"Next: question {question + 1}" if question else "Start: question 1")
        await evening.play(question, one.kill if question == WRITTEN else lambda: None)
        await evening.phones[question].reload()
    await evening.press(f"Next: question {LAST + 1}")
    await evening.host.get_by_role("button", name="Freeze the board").click()
    await evening.play(LAST)
    await evening.press("Finish")
    for place in ("the 5th place", "the 4th place", "the 3rd place", "the 2nd place", "the winner"):
        await evening.press(f"Show {place}")
    await expect(evening.projector.locator(".podium .name")).to_have_text(NAMES[:1:-1])
    await expect(evening.phones[-1].get_by_role("heading", level=1)).to_have_text("You are 1st")
    results = two.http("GET", f"/v1/quizzes/{quiz}/results", host).json()
    assert [(row["name"], row["points"], len(row["answers"])) for row in results["rows"]] == [
        (name, 1000 * (player + 1), len(QUESTIONS)) for player, name in reversed([*enumerate(NAMES)])
    ]
