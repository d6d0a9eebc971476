"""Every screen by day, at night, from right to left and at a zoom of 400 %: nobody meets a barrier, nothing is cut off."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, OLD_PROJECTOR, PHONE, PROJECTOR, Screen, Screens, barriers
from tests.nodes import ADMIN, Node, Nodes

pytestmark = pytest.mark.anyio

STILL: Screen = {"reduced_motion": "reduce"}  # what fades in has too little contrast on its way
DAY: Screen = STILL | {"color_scheme": "light"}
NIGHT: Screen = STILL | {"color_scheme": "dark"}
ARABIC: Screen = DAY | {"locale": "ar"}  # from right to left
NARROW: Screen = STILL | {"viewport": {"width": 320, "height": 640}}  # 1280 at a zoom of 400 %
QUESTIONS: list[dict[str, Any]] = [
    {"text": "Two and two?", "choices": ["3", "4", "5"], "answer": [1], "explanation": "Count on your fingers."},
    {"text": "Which are even?", "choices": ["1", "2", "3", "4"], "answer": [1, 3]},
    {"text": "The capital of France?", "type": "text", "answer": ["Paris"]},
]


async def look(pages: Iterable[Page], moment: str) -> None:
    """No barrier on any of them, and nothing for which one has to scroll sideways."""
    for page in pages:
        assert await barriers(page) == [], f"{moment}, {page.viewport_size}: {page.url}"


async def everywhere(pages: Iterable[Page], selector: str) -> None:
    """All of them have come so far."""
    await asyncio.gather(*(expect(page.locator(selector).first).to_be_visible() for page in pages))


async def test_the_players_screens(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[question | {"time_limit": 600} for question in QUESTIONS])
    dresses = [PHONE | DAY, PHONE | NIGHT, PHONE | NARROW, PHONE | ARABIC, DESKTOP | DAY]
    phones = [await screens.open(f"{node.base}/", dress) for dress in dresses]
    await everywhere(phones, "#code")
    await look(phones, "which quiz")
    for phone in phones:
        await phone.goto(f"{node.base}/?quiz={quiz}")
    await everywhere(phones, "#name")
    await look(phones, "who")
    for i, phone in enumerate(phones):
        await phone.locator("#name").fill(f"Player {i}")
        await phone.locator("#name").press("Enter")
    await everywhere(phones, "[data-phase=lobby]")
    await look(phones, "lobby")
    for number, moment in enumerate(("one choice", "several choices", "in writing")):
        node.host(quiz, host, "next")
        await everywhere(phones, f"[data-phase=question] h1:text-is('{QUESTIONS[number]['text']}')")
        await look(phones, moment)
        for i, phone in enumerate(phones):
            await reply(phone, number, i)
        await look(phones, f"{moment}, answered")
        node.host(quiz, host, "close")
        await everywhere(phones, "[data-phase=closed] .verdict")
        await look(phones, f"{moment}, closed")
    await windows(phones)
    node.host(quiz, host, "finish")
    await everywhere(phones, ".podium")
    await everywhere(phones, ".history li")
    await look(phones, "finished")


async def reply(phone: Page, question: int, choice: int) -> None:
    if question == 2:
        await phone.get_by_role("textbox").fill("Paris")
    else:
        await phone.locator("button.choice").nth(choice % 3).click()
    if question:
        await phone.locator(".actions button, form.write button").click()
    await expect(phone.locator(".choice.mine .mark, form.kept").first).to_be_visible()


async def windows(phones: list[Page]) -> None:
    for button in ("button.place", "button.who"):
        for phone in phones:
            await phone.locator(button).click()
        await everywhere(phones, "dialog[open]")
        await look(phones, button)
        for phone in phones:
            await phone.keyboard.press("Escape")
            await expect(phone.locator("dialog[open]")).to_have_count(0)


async def test_the_projectors_screens(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    dresses = [PROJECTOR | DAY, OLD_PROJECTOR | NIGHT, PHONE | DAY, PROJECTOR | ARABIC]
    walls = [await screens.open(f"{node.base}/screen", dress) for dress in dresses]
    await everywhere(walls, "#code")
    await look(walls, "which quiz")
    for wall in walls:
        await wall.goto(f"{node.base}/screen?quiz={quiz}")
    tokens = [node.join(quiz, f"Player {i}")[1] for i in range(12)]
    await everywhere(walls, "main[data-moment=lobby] >> text=Player 11")
    await look(walls, "lobby")
    for verb, fields, there in STEPS:
        node.host(quiz, host, verb, **fields)
        if verb == "open":
            await answers(node, quiz, tokens)
        await everywhere(walls, there)
        await look(walls, f"{verb} {fields}")


STEPS: list[tuple[str, dict[str, int], str]] = [
    ("open", {"question": 0}, "main[data-moment=question] >> text=/12/"),
    ("close", {}, "main .choice.right"),
    ("freeze", {}, "main[data-moment]"),
    ("finish", {}, "main[data-moment=secret]"),
    ("reveal", {"hidden": 8}, "main[data-moment=ceremony] .opened"),
    ("reveal", {}, "main[data-moment=podium] .podium"),
]


async def answers(node: Node, quiz: str, tokens: list[str]) -> None:
    for i, token in enumerate(tokens):
        node.http("POST", f"/v1/quizzes/{quiz}/answers", token, json={"question": 0, "choice": [i % 3]})


async def test_the_shows_screens(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    tokens = [node.join(quiz, f"Player {i}")[1] for i in range(3)]
    desks = [await screens.open(f"{node.base}/host#/quiz/{quiz}/token/{host}", DESKTOP | DAY)]
    await everywhere(desks, "button.next >> text=Start")
    await look(desks, "lobby")
    node.host(quiz, host, "open", question=0)
    await answers(node, quiz, tokens)
    await everywhere(desks, "button.next >> text=Close")
    await look(desks, "question")
    node.host(quiz, host, "freeze")
    node.host(quiz, host, "close")
    await everywhere(desks, "button.next >> text=Next")
    for tab in ("Show", "People", "Corrections"):
        await desks[0].get_by_role("button", name=tab, exact=True).click()
        await look(desks, tab)
    for width, dress in ((320, NIGHT), (390, DAY)):
        await desks[0].emulate_media(color_scheme=dress["color_scheme"])
        await desks[0].set_viewport_size({"width": width, "height": 800})
        for tab in ("Show", "People", "Corrections"):
            await desks[0].get_by_role("button", name=tab, exact=True).click()
            await look(desks, f"{tab}, {width} wide")
    node.host(quiz, host, "finish")
    await everywhere(desks, "button.next >> text=Show the 3rd place")
    await look(desks, "ceremony")


STUDIO = (
    "library",
    "import",
    "quizzes",
    "quiz/{quiz}/results",
    "library/{document}",
    "admin",
    "account",
    "new",
    "reset",
)


async def test_the_studios_screens(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    tokens = [node.join(quiz, f"Player {i}")[1] for i in range(3)]
    node.host(quiz, host, "open", question=0)
    await answers(node, quiz, tokens)
    node.host(quiz, host, "close")
    node.host(quiz, host, "finish")
    made = node.http("POST", "/v1/library", ADMIN, json={"title": "Kept", "questions": QUESTIONS})
    assert made.status_code == 201, made.text
    studio = await screens.open(f"{node.base}/host", DESKTOP | DAY)
    await everywhere([studio], "form.card")
    await look([studio], "who")
    await studio.get_by_role("button", name="token", exact=False).first.click()
    await studio.locator("input[name=secret]").fill(ADMIN)
    await studio.keyboard.press("Enter")
    screens.expect("403.*/v1/account")  # which the admin's token has not
    for place in STUDIO:
        address = place.format(quiz=quiz, document=made.json()["id"])
        await studio.goto(f"{node.base}/host#/{address}")
        await everywhere([studio], "main h1")
        await expect(studio.locator("[aria-busy=true]")).to_have_count(0)
        for dress in (DAY, NIGHT):
            await studio.emulate_media(color_scheme=dress["color_scheme"])
            for width in (1280, 320):
                await studio.set_viewport_size({"width": width, "height": 800})
                await look([studio], address)
