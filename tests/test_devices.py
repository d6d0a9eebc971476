"""Browsers that keep nothing or speak of themselves strangely, and a server that is busy: pages come all the same."""

import pytest
from playwright.async_api import Route, expect

from tests.browser import DESKTOP, Screens, narrow
from tests.nodes import ADMIN, Nodes

pytestmark = pytest.mark.anyio

DEVICES = {
    "keeps nothing": "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, "
    "{ get() { throw new DOMException('', 'SecurityError'); } })",
    "is full": "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }",
    "names no language": "Object.defineProperty(navigator, 'languages', { get: () => ['en-US@posix', 'constructor'] })",
}


@pytest.mark.parametrize("device", DEVICES)
async def test_every_page_opens_on_a_device_that(device: str, nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, _ = node.create(title="Rivers")
    phone = await screens.open("about:blank", DESKTOP)
    await phone.context.add_init_script(DEVICES[device])
    for path in (f"/?quiz={quiz}", f"/screen?quiz={quiz}&lang=constructor"):
        await phone.goto(node.base + path)
        await expect(phone.get_by_role("heading", name="Rivers")).to_be_visible()
    await phone.goto(f"{node.base}/host")
    await phone.get_by_role("button", name="With a token").click()
    await phone.get_by_label("The admin’s token").fill(ADMIN)
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_role("link", name="Server")).to_be_visible()
    await phone.get_by_label("Language").select_option("ar")
    await expect(phone.locator("html[lang=ar]")).to_be_attached()


async def test_a_studio_whose_server_is_busy_comes_all_the_same(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    screens.expect("503", "401")
    studio = await screens.open("about:blank", DESKTOP)
    busy = {"account": 2, "studio.json": 2}

    async def refuse(route: Route) -> None:
        what = route.request.url.rpartition("/")[2]
        busy[what] -= 1
        await (route.fallback() if busy[what] < 0 else route.fulfill(status=503, json={"code": "BUSY", "detail": ""}))

    for path in ("**/v1/account", "**/studio.json"):
        await studio.route(path, refuse)
    await studio.add_init_script("sessionStorage.setItem('leaderboard:studio', 's_nobody')")
    await studio.goto(f"{node.base}/host")
    await expect(studio.get_by_role("heading", name="The server is busy")).to_be_visible()
    assert await narrow(studio) == []
    await studio.get_by_role("button", name="Try again").click()
    await studio.get_by_role("button", name="Try again").click()
    await expect(studio.get_by_role("heading", name="Sign in to make and run quizzes")).to_be_visible()


async def test_a_token_that_is_none_is_told_and_a_session_that_was_left_is_over(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start(sign_up="open")
    screens.expect("401", "403 .*/v1/library")  # who may play only, has none
    studio = await screens.open(f"{node.base}/host", DESKTOP)
    await studio.get_by_role("button", name="With a token").click()
    await studio.get_by_label("The admin’s token").fill("s_nobody")
    await studio.keyboard.press("Enter")
    await expect(studio.get_by_role("alert")).to_contain_text("not known here")
    assert await narrow(studio) == []
    account = {"email": "minh@example.org", "password": "correct horse", "name": "Minh"}
    token = node.http("POST", "/v1/accounts", json=account).json()["token"]
    await studio.get_by_label("The admin’s token").fill(token)
    await studio.keyboard.press("Enter")
    async with studio.expect_response("**/v1/sessions/current"):
        await studio.get_by_role("button", name="Sign out").click()
    assert node.http("GET", "/v1/account", token).status_code == 401


HEAR = """() => {
  window.heard = [];
  const of = ({ target }) => (target.nodeType === 1 ? target : target.parentElement);
  const spoken = (it) => it?.closest("[role=status], [role=alert]") && !it.closest("[aria-hidden=true]");
  const hear = (changes) => changes.map(of).filter(spoken).forEach((it) => heard.push(it.textContent));
  new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


async def test_what_an_answer_brought_is_said_once_and_not_counted_up(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create()
    phone = await screens.open(f"{node.base}/?quiz={quiz}", DESKTOP)
    await phone.locator("#name").fill("An")
    await phone.keyboard.press("Enter")
    node.host(quiz, host, "next", after=-1)
    await phone.locator(".choice").nth(1).click()
    await expect(phone.locator(".choice.mine")).to_contain_text("kept")
    await phone.evaluate(HEAR)
    node.host(quiz, host, "close", question=0)
    said = phone.locator(".won .unseen")
    await expect(said).to_contain_text("+")
    await expect(phone.locator(".won [aria-hidden=true]")).to_have_text(await said.text_content() or "")
    assert len({*await phone.evaluate("heard")} - {""}) <= 4
