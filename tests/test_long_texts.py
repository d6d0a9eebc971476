"""What people write has room on a phone, however much it is and in whatever script; what is short takes one screen."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import PHONE, Screen, Screens
from tests.nodes import Node, Nodes

pytestmark = pytest.mark.anyio

NARROW: Screen = {"viewport": {"width": 320, "height": 640}}  # 1280 at a zoom of 400 %
LYING: Screen = PHONE | {"viewport": {"width": 844, "height": 390}}
MARKUP = "<img src=x onerror=alert(1)>"
LONG: dict[str, Any] = {
    "text": MARKUP + "Donaudampfschiff" * 10,
    "choices": ["W" * 100, MARKUP, "ما هي عاصمة فرنسا؟ " * 4, "﷽", "👨‍👩‍👧‍👦" * 10, "a b " * 20, "{n} {name}", "x"],
    "answer": [0],
}
SHORT = {"text": "Two and two?", "choices": ["3", "4", "5", "6"], "answer": [1]}
SPILT = """() => [...document.querySelectorAll(".choice")]
  .filter((it) => it.querySelector(".words").offsetHeight > it.offsetHeight).map((it) => it.outerHTML)"""
SIZES = "() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"


async def playing(node: Node, screens: Screens, screen: Screen, question: dict[str, Any]) -> tuple[Page, str, str]:
    quiz, host = node.create(questions=[question | {"time_limit": 600}], title=MARKUP + "T" * 60)
    for name in ("W" * 32, "﷽" * 10, "محمد بن عبد الله الفراهيدي"):
        node.join(quiz, name)
    page = await screens.open(f"{node.base}/?quiz={quiz}", screen)
    await page.locator("#name").fill("<script>alert(1)</script>")
    await page.locator("#name").press("Enter")
    await expect(page.locator("[data-phase=lobby]")).to_be_visible()
    return page, quiz, host


async def test_long_texts_take_more_room_and_spill_nowhere(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page, quiz, host = await playing(node, screens, NARROW, LONG)
    wider, _ = await page.evaluate(SIZES)
    assert wider <= 0
    node.host(quiz, host, "next", after=-1)
    await expect(page.locator(".choice")).to_have_count(8)
    assert await page.evaluate(SPILT) == []
    wider, _ = await page.evaluate(SIZES)
    assert wider <= 0


async def test_a_short_question_takes_one_screen_also_on_a_phone_that_lies(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page, quiz, host = await playing(node, screens, LYING, SHORT)
    node.host(quiz, host, "next", after=-1)
    await expect(page.locator(".choice")).to_have_count(4)
    assert await page.evaluate(SIZES) == [0, 0]
