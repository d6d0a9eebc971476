"""The player's page in a real browser, and that the browser finds what is wrong with a page."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, Screens, axe
from tests.flaky import until
from tests.nodes import Nodes

pytestmark = pytest.mark.anyio


async def test_a_phone_joins_and_answers_and_the_other_loses_a_place(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    phone = await join(await screens.open(f"{node.base}/?quiz={quiz}"), "Ana")
    desk = await join(await screens.open(f"{node.base}/?quiz={quiz}", DESKTOP), "Bo")
    await expect(phone.locator(".names")).to_have_text("Bo")
    node.host(quiz, host, "open", question=0)
    await expect(phone.locator(".place")).to_contain_text("1st")
    await desk.locator("button.choice", has_text="4").click()
    await expect(phone.locator(".place")).to_contain_text("2nd")
    await phone.locator("button.choice", has_text="5").tap()
    await expect(phone.locator("button.choice", has_text="5")).to_contain_text("kept")


async def join(page: Page, name: str) -> Page:
    await page.locator("#name").fill(name)
    await page.locator("#name").press("Enter")
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
