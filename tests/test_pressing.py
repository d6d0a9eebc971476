"""The host's buttons as people press them: by the keyboard, held down, twice, in windows."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, Screens
from tests.nodes import Node, Nodes

pytestmark = pytest.mark.anyio

CALM_MS = 1_000  # after that the large button listens again, also when it has become another one
QUESTIONS: list[dict[str, Any]] = [
    {"text": "Two and two?", "choices": ["3", "4"], "answer": [1], "time_limit": 600}
] * 3


async def hosting(node: Node, screens: Screens) -> tuple[Page, str, str]:
    quiz, host = node.create(questions=QUESTIONS)
    for name in ("An", "Bo"):
        node.join(quiz, name)
    page = await screens.open(f"{node.base}/host#/quiz/{quiz}/token/{host}", DESKTOP)
    await expect(page.get_by_role("button", name="Start: question 1")).to_be_visible()
    return page, quiz, host


async def test_a_button_keeps_the_focus_or_leaves_it_in_the_view(nodes: Nodes, screens: Screens) -> None:
    page, quiz, host = await hosting(node := nodes.start(), screens)
    await page.get_by_role("button", name="Let nobody else in").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Let people in again")).to_be_focused()
    node.host(quiz, host, "next", after=-1)
    await page.get_by_role("button", name="Pause").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_a_key_that_is_held_down_goes_one_step(nodes: Nodes, screens: Screens) -> None:
    page, _, _ = await hosting(nodes.start(), screens)
    await page.get_by_role("button", name="Start: question 1").focus()
    await page.wait_for_timeout(CALM_MS)
    await page.keyboard.down("Enter")
    close = page.get_by_role("button", name="Close now")
    await expect(close).to_be_focused()
    await page.wait_for_timeout(CALM_MS)
    for _ in range(5):
        await page.keyboard.down("Enter")
    await expect(close).to_be_focused()


async def test_points_are_given_once_and_a_refusal_is_seen_in_its_window(nodes: Nodes, screens: Screens) -> None:
    page, quiz, host = await hosting(node := nodes.start(), screens)
    await page.get_by_role("button", name="An", exact=True).click()
    window = page.get_by_role("dialog")
    await window.get_by_text("Give or take points").click()
    await window.get_by_label("Points").fill("50")
    await window.get_by_label("Reason").fill("Helped <b>others</b>")
    give = window.get_by_role("button", name="Give these points")
    await give.evaluate("it => { it.click(); it.click(); it.click(); }")
    await expect(window.get_by_role("status")).to_contain_text("done")
    await window.get_by_text("Another name").click()
    await window.get_by_label("Name", exact=True).fill("Bo")
    await page.keyboard.press("Enter")
    await expect(window.get_by_role("status")).to_contain_text("Somebody has this name already")
    rows = node.http("GET", f"/v1/quizzes/{quiz}/players", host).json()["rows"]
    assert {row["name"]: row["points"] for row in rows} == {"An": 50, "Bo": 0}
