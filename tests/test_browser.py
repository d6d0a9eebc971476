"""The player's page in a real browser, and that the browser finds what is wrong with a page."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser import PROJECTOR, Screens, axe
from tests.flaky import Balancer
from tests.nodes import Nodes
from tests.waiting import until

pytestmark = pytest.mark.anyio


async def test_phones_join_and_answer_and_the_board_moves(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    projector = await screens.open(f"{node.base}/screen?quiz={quiz}", PROJECTOR)
    ana, bo = [await join(await screens.open(f"{node.base}/?quiz={quiz}"), name) for name in ("Ana", "Bo")]
    node.host(quiz, host, "open", question=0)
    rows = projector.locator(".board .name")
    await expect(rows).to_have_text(["Ana", "Bo"])
    await bo.locator("button.choice", has_text="4").tap()
    await expect(rows).to_have_text(["Bo", "Ana"])
    await ana.locator("button.choice", has_text="5").tap()
    await expect(ana.locator("button.choice", has_text="5")).to_contain_text("kept")


async def test_a_phone_that_slept_is_where_the_room_is(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    async with Balancer(node) as network:
        phone = await join(await screens.open(f"{network.base}/?quiz={quiz}"), "Ana")
        node.host(quiz, host, "open", question=0)
        await phone.locator("button.choice", has_text="4").tap()
        await expect(phone.locator("button.choice", has_text="4")).to_contain_text("kept")
        device = await phone.context.new_cdp_session(phone)
        await device.send("Debugger.enable")
        await device.send("Debugger.pause")  # none of its scripts run on
        network.cut()
        node.host(quiz, host, "close")
        node.host(quiz, host, "open", question=1)
        await device.send("Debugger.resume")
        await expect(phone.get_by_role("heading", level=1)).to_have_text("Which are even?")
        await expect(phone.locator("button.place")).to_contain_text("1st")


async def join(page: Page, name: str) -> Page:
    await page.locator("#name").fill(name)
    await page.locator("#name").press("Enter")
    await expect(page.locator("#name")).to_be_hidden()
    return page


FAULTS = {  # what is done to the page, and what is told of it
    "Content Security Policy": "document.body.append(Object.assign(document.createElement('script'), {text: 'a = 1'}))",
    "404.* http.*/web/nothing.png": "fetch('/web/nothing.png')",
    "GET http.*:1/it.png: net::": "new Image().src = 'https://127.0.0.1:1/it.png'",
    "thrown by the page": "setTimeout(() => { throw new Error('thrown by the page') })",
}


@pytest.mark.parametrize(("fault", "cause"), FAULTS.items())
async def test_an_error_of_a_page_is_told_of(nodes: Nodes, screens: Screens, fault: str, cause: str) -> None:
    page = await screens.open(f"{nodes.start().base}/")
    assert screens.unexpected() == []
    await page.evaluate(f"() => {{ {cause} }}")
    await until(lambda: any(re.search(fault, told) for told in screens.unexpected()))
    screens.expect(fault, "net::ERR_UNSAFE_PORT")


async def test_a_page_with_a_barrier_is_told_of(nodes: Nodes, screens: Screens) -> None:
    page = await screens.open(f"{nodes.start().base}/")
    assert await axe(page) == []
    await page.evaluate("document.body.append(document.createElement('input'))")
    assert [barrier.partition(":")[0] for barrier in await axe(page)] == ["label"]
