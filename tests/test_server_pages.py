"""The studio's pages of the account and of the server, in a real browser."""

import json
from typing import Any

import pytest
import redis
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, PHONE, Screen, Screens, axe, narrow
from tests.nodes import ADMIN, HELLO, Node, Nodes

pytestmark = pytest.mark.anyio

HOSTILE = "<b>Ms</b> Ngô"
EMAIL, PASSWORD = "teacher@example.org", "correct horse battery"


async def admin(node: Node, screens: Screens, place: str, screen: Screen = DESKTOP) -> Page:
    """Somebody who has signed in with the admin's token, which has no account."""
    screens.expect("status of 403 .*/v1/account")
    page = await screens.open(f"{node.base}/host{place}", screen)
    await page.get_by_role("button", name="With a token").click()
    await page.get_by_label("The admin’s token").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    return page


async def sign_in(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_role("button", name="With an account").click()
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


def made(node: Node, name: str = HOSTILE, role: str = "host") -> None:
    about = {"email": EMAIL, "password": PASSWORD, "name": name, "role": role}
    assert node.http("POST", "/v1/admin/accounts", ADMIN, json=about).status_code == 201


async def shown(page: Page) -> str:
    """What is shown once, to be copied."""
    return await page.get_by_role("dialog").locator("input").input_value()


async def test_an_account_is_made_and_signs_in_and_is_deleted(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await admin(node, screens, "#/admin?view=users")
    await page.get_by_role("button", name="Make an account").click()
    form = page.get_by_role("dialog")
    for label, text in {"E-mail address": EMAIL, "Name": HOSTILE, "Password": "password1"}.items():
        await form.get_by_label(label).fill(text)
    screens.expect("status of 422 .*/v1/admin/accounts")
    await form.get_by_role("button", name="Make an account").click()
    await expect(form).to_contain_text("Choose another password")
    await form.get_by_label("Password").fill(PASSWORD)
    assert await axe(page) == []
    await form.get_by_role("button", name="Make an account").click()
    line = page.locator("tbody tr", has_text=HOSTILE)
    await expect(line).to_contain_text(EMAIL)
    assert await axe(page) == []
    theirs = await screens.open(f"{node.base}/host#/account", DESKTOP)
    await sign_in(theirs)
    await expect(theirs.get_by_text(EMAIL)).to_be_visible()
    await page.get_by_label("Search by name or e-mail address").fill("nobody")
    await expect(page.get_by_text("Nobody was found")).to_be_visible()
    await page.get_by_label("Search by name or e-mail address").fill("TEACHER@")
    await line.get_by_label("Role of").select_option("Player")
    await expect(page.get_by_text(f"{HOSTILE} is now: Player")).to_be_visible()
    await line.get_by_role("button", name="Delete").click()
    assert await narrow(page) == []
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(line).to_have_count(0)
    await page.get_by_role("button", name="Journal").click()
    await expect(page.locator(".journal li").first).to_contain_text("Deleted the account")
    assert await narrow(page) == []


async def test_a_new_password_is_chosen_and_ends_all_sessions(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    made(node)
    page = await admin(node, screens, "#/admin?view=users")
    await page.get_by_role("button", name=f"A new password for {HOSTILE}").click()
    theirs = await screens.open(await shown(page), PHONE)
    assert await narrow(page) == []
    await theirs.get_by_label("The new password").wait_for()
    assert await narrow(theirs) == []
    await theirs.get_by_label("The new password").fill("another good one")
    await theirs.get_by_role("button", name="Keep it").click()
    screens.expect("status of 401 .*/v1/sessions")
    await sign_in(theirs)
    await expect(theirs.get_by_text("The e-mail address or the password is wrong")).to_be_visible()
    await sign_in(theirs, "another good one")
    await expect(theirs.get_by_role("link", name="Account")).to_be_visible()


async def test_who_is_invited_makes_an_account(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await admin(node, screens, "#/admin?view=users")
    await page.get_by_role("button", name="Make an invitation").click()
    address = await shown(page)
    assert await narrow(page) == []
    await expect(page.get_by_label("Role", exact=True)).to_have_value("host")  # the form is as it was
    theirs = await screens.open(address, PHONE)
    for label, text in {"Name": HOSTILE, "E-mail address": EMAIL, "The new password": PASSWORD}.items():
        await theirs.get_by_label(label).fill(text)
    await theirs.get_by_role("button", name="Make the account").click()
    await theirs.get_by_role("link", name="Account").click()
    await expect(theirs.get_by_text(f"{EMAIL} · Host")).to_be_visible()
    late = await screens.open(address, PHONE)
    for label, text in {"Name": "Late", "E-mail address": "late@example.org", "The new password": PASSWORD}.items():
        await late.get_by_label(label).fill(text)
    screens.expect("status of 403 .*/v1/accounts")
    await late.get_by_role("button", name="Make the account").click()
    await expect(late.get_by_role("alert")).to_contain_text("This invitation is used")
    assert await narrow(late) == []


async def test_a_key_is_made_and_used_and_taken_away(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    made(node)
    page = await screens.open(f"{node.base}/host#/account", DESKTOP)
    await sign_in(page)
    await page.get_by_role("button", name="Make a key").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("What it is for").fill("Website <i>")
    await form.get_by_label("everything that you may").uncheck()
    await form.get_by_label("make, import, change and delete quizzes").check()
    assert await axe(page) == []
    await form.get_by_role("button", name="Make a key").click()
    await expect(form).to_contain_text("It is shown this once")
    key = await shown(page)
    assert await narrow(page) == []
    await page.keyboard.press("Escape")
    line = page.locator(".lines li", has_text="Website <i>")
    await expect(line).to_contain_text("make, import, change and delete quizzes · in all your quizzes")
    assert await narrow(page) == []
    await expect(page.get_by_text(key)).to_have_count(0)
    asked = {"title": "By a program", "questions": []}
    quiz = node.http("POST", "/v1/quizzes", key, json=asked).json()["id"]
    assert node.http("GET", f"/v1/quizzes/{quiz}/results", key).status_code == 403
    await line.get_by_role("button", name="Take away").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    await expect(line).to_have_count(0)
    assert node.http("POST", "/v1/quizzes", key, json=asked).status_code == 401


async def test_ones_account_is_changed_and_deleted(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    made(node, role="player")
    page = await screens.open(f"{node.base}/host#/account", PHONE)
    await sign_in(page)
    await page.get_by_label("Name").wait_for()
    elsewhere = node.http("POST", "/v1/sessions", json={"email": EMAIL, "password": PASSWORD}).json()["token"]
    await page.reload()
    await page.get_by_label("Name").fill("Ánh")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    assert node.http("GET", "/v1/account", elsewhere).json()["name"] == "Ánh"
    await page.get_by_role("button", name="Sign out everywhere else").click()
    await expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    assert node.http("GET", "/v1/account", elsewhere).status_code == 401
    assert await page.get_by_role("button", name="Make a key").count() == 0  # which players cannot
    assert await axe(page) == []
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download it").click()
    assert (await coming.value).suggested_filename == "account.json"
    await page.get_by_role("button", name="Delete the account").click()
    leaving = page.get_by_role("dialog")
    screens.expect("status of 401 .*/v1/account/deletion")
    await leaving.get_by_label("Password").fill("not this one")
    await leaving.get_by_role("button", name="Delete it for good").click()
    await expect(leaving).to_contain_text("password is wrong")
    assert await narrow(page) == []
    await leaving.get_by_label("Password").fill(PASSWORD)
    await leaving.get_by_role("button", name="Delete it for good").click()
    await expect(page.get_by_role("heading", name="Sign in to make and run quizzes")).to_be_visible()
    assert node.http("POST", "/v1/sessions", json={"email": EMAIL, "password": PASSWORD}).status_code == 401


async def test_the_server_is_looked_at_while_somebody_looks(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start(limits="")
    quiz, _ = node.create(title=HOSTILE)
    async with node.live(quiz) as socket:
        await socket.send(json.dumps(HELLO))
        page = await admin(node, screens, "")
        await page.clock.install()
        asked: list[str] = []
        page.on("request", lambda it: asked.append(it.url))
        await page.goto(f"{node.base}/host#/admin")
        await expect(page.get_by_role("region", name="Nodes")).to_contain_text("well")
        running = page.get_by_role("region", name="Quizzes going on").locator("tbody tr")
        await until_shown(page, running, 1)
        await expect(running).to_contain_text(HOSTILE)
        await page.get_by_text("How often things may be asked for").click()
        await expect(page.get_by_text("600 in 60 s")).to_be_visible()
        assert await axe(page) == []
        await page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
        await page.clock.run_for(4_000)
        asked.clear()
        await page.clock.run_for(60_000)
        assert asked == []
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    await until_shown(page, running, 0)


async def until_shown(page: Page, rows: Any, count: int) -> None:
    """Let the page's clock run until there are so many."""
    for _ in range(100):
        if await rows.count() == count:
            return
        await page.clock.run_for(1_000)
    raise AssertionError(await rows.count())


async def test_what_is_left_over_is_tried_again(nodes: Nodes, screens: Screens, real_url: str) -> None:
    node = nodes.start()
    with redis.Redis.from_url(real_url) as client:
        client.xadd("scores:{0}:dead", {"quiz": "NONE2345", "event": HOSTILE, "reason": "It was early"})
    page = await admin(node, screens, "#/admin?view=letters", PHONE)
    letter = page.locator(".lines li", has_text="It was early")
    await expect(letter).to_contain_text(HOSTILE)
    assert await axe(page) == []
    await letter.get_by_role("button", name="Try again").click()
    await expect(letter).to_have_count(0)
