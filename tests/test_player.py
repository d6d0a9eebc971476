"""The player's page, as players use it."""

import re
import time
from typing import Any

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser import DESKTOP, PHONE, Screens, axe, narrow
from tests.nodes import Nodes
from tests.waiting import until

pytestmark = pytest.mark.anyio

SUM: dict[str, Any] = {
    "text": "2 + 2 = ?",
    "choices": ["3", "4", "5"],
    "answer": [1],
    "time_limit": 600,
    "explanation": "Count.",
}
CAPITAL: dict[str, Any] = {"text": "The capital of France?", "type": "text", "answer": ["Paris"], "time_limit": 600}
SEVERAL = {"text": "Which are even?", "choices": ["1", "2", "4"], "answer": [1, 2], "time_limit": 600}
MARKUP = "<img src=x onerror=x()>"
NARROW = PHONE | {"viewport": {"width": 320, "height": 568}}


async def join(page: Page, name: str) -> Page:
    await page.locator("#name").fill(name)
    await page.locator("#name").press("Enter")
    await expect(page.locator(".who")).to_contain_text(name)
    return page


async def play_as(page: Page, token: str) -> None:
    await page.get_by_text("Your team has a token?").tap()
    await page.locator("#token").fill(token)
    await page.get_by_role("button", name="Play as this team").tap()


async def heading(page: Page, text: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(text)


async def wide(page: Page) -> int:
    """By how much one can scroll sideways."""
    scrolled: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return scrolled


async def test_from_the_code_to_the_end(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[SUM, SEVERAL, CAPITAL])
    phone = await screens.open(f"{node.base}/")
    assert await axe(phone) == []
    await phone.locator("#code").fill(f"{quiz[:4].lower()} {quiz[4:]}")
    await phone.get_by_role("button", name="Join").tap()
    await phone.locator("#name").wait_for()
    assert await axe(phone) == []
    await join(phone, "Linh")
    await heading(phone, "Linh")
    assert await axe(phone) == []

    node.host(quiz, host, "open", question=0)
    await heading(phone, "2 + 2 = ?")
    assert await axe(phone) == []
    await phone.keyboard.press("b")
    await expect(phone.locator(".choice.mine")).to_contain_text("kept")
    await phone.reload()
    await expect(phone.locator(".choice.mine")).to_contain_text("kept")
    node.host(quiz, host, "close")
    await expect(phone.locator(".verdict")).to_contain_text("Right")
    await expect(phone.locator(".explanation")).to_have_text("Count.")
    await expect(phone.locator(".place")).to_contain_text("1st")
    assert await axe(phone) == []

    node.host(quiz, host, "open", question=1)
    await heading(phone, "Which are even?")
    for key in "23":
        await phone.keyboard.press(key)
    await phone.get_by_role("button", name="Send").tap()
    await expect(phone.locator(".choice.mine")).to_have_count(2)
    await expect(phone.locator(".choice.mine").first).to_contain_text("kept")
    node.host(quiz, host, "close")
    node.host(quiz, host, "open", question=2)
    await phone.locator(".write input").fill("paris")
    await phone.locator(".write input").press("Enter")
    await expect(phone.locator(".remark")).to_have_text("kept ✓")
    node.host(quiz, host, "close")
    await expect(phone.locator(".solution")).to_have_text("Right answer: Paris")

    node.host(quiz, host, "finish")
    await heading(phone, "You are 1st")
    steps = phone.locator(".history li")
    await expect(steps).to_contain_text(["Your answer: 4", "Your answer: 2 and 4", "Your answer: paris"])
    assert await axe(phone) == []
    await phone.locator(".place").tap()
    await expect(phone.get_by_role("dialog").locator("li")).to_have_count(3)
    assert await axe(phone) == []


@pytest.mark.parametrize(
    ("there", "field", "first", "then"), [("entry", "#code", "K7P2", "QXMB"), ("join", "#name", "Li", "nh")]
)
async def test_one_writes_before_the_scripts_are_there(
    nodes: Nodes, screens: Screens, there: str, field: str, first: str, then: str
) -> None:
    node = nodes.start()
    phone = await screens.open("about:blank")
    held: list[Route] = []
    await phone.route("**/web/play.js", lambda route: held.append(route))
    await phone.goto(f"{node.base}/{f'?quiz={node.create()[0]}' if there == 'join' else ''}", wait_until="commit")
    await phone.locator(field).click()  # it is there when it can be pressed
    await phone.keyboard.type(first)
    await until(lambda: bool(held))
    await held[0].continue_()
    await phone.locator(".languages").wait_for()
    await phone.keyboard.type(then)
    await expect(phone.locator(field)).to_have_value(first + then)
    if there == "join":
        await phone.keyboard.press("Enter")
        await expect(phone.locator(".lobby")).to_contain_text("Linh")
        await phone.route("**/web/play.js", lambda route: held.append(route))
        await phone.reload(wait_until="commit")
        await until(lambda: len(held) == 2)
        await expect(phone.locator(field)).to_be_hidden()  # who has a name is not asked for one


async def test_a_pin_the_way_back_and_a_wrong_clock(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[SUM | {"time_limit": 60}])
    node.host(quiz, host, "pin")
    pin = node.http("GET", f"/v1/quizzes/{quiz}").json()["state"]["pin"]
    phone = await screens.open("about:blank")
    await phone.clock.install(time=time.time() - 3600)
    await phone.goto(f"{node.base}/?quiz={pin}#join")
    await expect(phone.locator("#name")).to_be_focused()
    assert phone.url == f"{node.base}/?quiz={quiz}#join"
    await join(phone, "Linh")
    await phone.goto("about:blank")
    await phone.go_back()
    await heading(phone, "Linh")
    node.host(quiz, host, "open", question=0)
    await expect(phone.locator(".left")).to_have_text(re.compile("^(60|5[0-9]) s left$"))


async def test_two_tabs_and_somebody_else(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, _ = node.create()
    one = await join(await screens.open(f"{node.base}/?quiz={quiz}"), "Linh")
    two = await one.context.new_page()
    await two.goto(f"{node.base}/?quiz={quiz}")
    await heading(two, "Linh")
    await heading(one, "You are playing on another device or tab")
    await one.get_by_role("button", name="Play here").tap()
    await heading(one, "Linh")
    await heading(two, "You are playing on another device or tab")
    assert await narrow(two) == []
    await two.get_by_role("button", name="Play here").tap()
    await two.get_by_role("button", name="Not you?").tap()
    await join(two, "Minh")
    await one.reload()
    await heading(one, "Linh")
    await expect(one.locator(".names")).to_contain_text("Minh")


async def test_an_answer_waits_for_the_network(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[SUM, SUM | {"text": "1 + 3 = ?"}, CAPITAL])
    phone = await screens.open("about:blank")
    sockets: list[WebSocketRoute] = []
    there = True

    def connect(socket: WebSocketRoute) -> Any:
        sockets.append(socket)
        return socket.connect_to_server() if there else socket.close(code=1013)

    await phone.route_web_socket(re.compile("/live$"), connect)
    await phone.goto(f"{node.base}/?quiz={quiz}")
    await join(phone, "Linh")
    node.host(quiz, host, "open", question=0)
    await heading(phone, "2 + 2 = ?")

    async def answer_alone() -> None:
        nonlocal there
        there = False
        await sockets[-1].close(code=1013)
        await expect(phone.locator(".line")).to_have_text("Reconnecting")
        await phone.locator("button.choice").nth(1).tap()
        await expect(phone.locator(".choice.mine")).to_contain_text("waiting to send")

    await answer_alone()
    assert await narrow(phone) == []
    there = True
    await expect(phone.locator(".choice.mine")).to_contain_text("kept", timeout=15_000)
    await expect(phone.locator(".line")).to_be_hidden()
    node.host(quiz, host, "close")
    node.host(quiz, host, "open", question=1)
    await heading(phone, "1 + 3 = ?")
    await answer_alone()
    node.host(quiz, host, "close")
    node.host(quiz, host, "open", question=2)
    there = True
    await heading(phone, CAPITAL["text"])
    await expect(phone.locator(".notice")).to_have_text("Question 2 · Too late, the quiz has gone on")


async def test_nothing_is_markup_and_everything_fits(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    long = "W" * 80
    question = SUM | {
        "text": f"{MARKUP} {long}",
        "choices": [MARKUP, long, "مرحبا بالعالم"],
        "explanation": f"{MARKUP}{long}",
    }
    quiz, host = node.create(title=f"{MARKUP} {long}", questions=[question])
    node.join(quiz, "W" * 32)
    phone = await screens.open(f"{node.base}/?quiz={quiz}", NARROW)
    await join(phone, MARKUP)
    assert await wide(phone) <= 0
    node.host(quiz, host, "open", question=0)
    await expect(phone.locator(".choice .words").first).to_have_text(MARKUP)
    assert await wide(phone) <= 0
    targets = await phone.locator("button.choice").evaluate_all(
        "all => all.map((it) => it.getBoundingClientRect().height)"
    )
    assert min(targets) >= 64
    await phone.evaluate("document.documentElement.dir = 'rtl'")
    assert await wide(phone) <= 0
    node.host(quiz, host, "close")
    await expect(phone.locator(".verdict")).to_be_visible()
    assert await wide(phone) <= 0
    node.host(quiz, host, "finish")
    await phone.locator(".history li").first.wait_for()
    assert await wide(phone) <= 0
    assert await phone.locator("img").count() == 0
    assert await axe(phone) == []


async def test_a_box_is_bought_opened_and_won(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    settings = {"pacing": "draw", "rule": "flat", "start": 300, "boxes": {"hard": {"price": 200, "prize": 500}}}
    quiz, host = node.create(
        questions=[CAPITAL | {"difficulty": "hard"}, SUM | {"difficulty": "easy"}], settings=settings
    )
    desk = await join(await screens.open(f"{node.base}/?quiz={quiz}", DESKTOP), "Owls")
    node.host(quiz, host, "open")
    await desk.get_by_role("button", name="Buy for 200").click()
    await expect(desk.locator(".place .points")).to_have_text("100")
    await desk.get_by_role("button", name="Give it back for 200").click()
    await expect(desk.locator(".place .points")).to_have_text("300")
    assert await narrow(desk) == []
    await desk.get_by_role("button", name="Buy for 200").click()
    await desk.reload()
    await desk.get_by_role("button", name="Open your box").click()
    await desk.locator(".write input").fill("Paris")
    await desk.get_by_role("button", name="Send").click()
    await expect(desk.locator(".place .points")).to_have_text("600")
    await desk.get_by_role("button", name="Draw any question").click()
    await heading(desk, SUM["text"])
    assert await narrow(desk) == []
    await desk.get_by_role("button", name="Hand it back").click()
    await heading(desk, "Draw a question")


async def test_one_is_let_in_and_goes_at_ones_own_pace(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[SUM, CAPITAL], settings={"pacing": "self", "approval": True})
    phone = await join(await screens.open(f"{node.base}/?quiz={quiz}"), "Linh")
    await expect(phone.locator("[data-waits=true] .lobby")).to_be_visible()
    assert await narrow(phone) == []
    node.host(quiz, host, "open")
    await expect(phone.get_by_role("button", name="Start")).to_be_disabled()
    assert await narrow(phone) == []
    node.host(quiz, host, "admit")
    await phone.get_by_role("button", name="Start").tap()
    await heading(phone, SUM["text"])
    await phone.locator("button.choice").nth(1).tap()
    await expect(phone.get_by_role("button", name="Next question")).to_be_visible()
    assert await narrow(phone) == []
    await phone.get_by_role("button", name="Next question").tap()
    await heading(phone, CAPITAL["text"])


async def test_who_cannot_come_in_is_told_why(nodes: Nodes, screens: Screens) -> None:
    screens.expect("404")  # no such code
    screens.expect("409")  # such a name
    node = nodes.start()
    quiz, host = node.create()
    node.join(quiz, "Ana")
    page = await screens.open(f"{node.base}/?quiz=AAAAAAAA")
    await expect(page.get_by_role("alert")).to_have_text("No quiz has this code")
    await page.locator("#code").fill("12 34")
    await page.get_by_role("button", name="Join").tap()
    await expect(page.get_by_role("alert")).to_have_text("A code has six digits, or eight letters and digits")
    await page.locator("#code").fill(quiz)
    await page.get_by_role("button", name="Join").tap()
    await page.locator("#name").fill("ANA")
    await page.locator("#name").press("Enter")
    await expect(page.locator("#refused")).to_contain_text("“ANA 2”")
    assert await narrow(page) == []
    for token, words in (("nobody", "does not know this token"), (host, "This is a host’s token")):
        await play_as(page, token)
        await expect(page.locator("#refused")).to_contain_text(words)
    team = node.http("POST", f"/v1/quizzes/{quiz}/teams", host, json={"name": "Owls"}).json()
    await play_as(page, team["token"])
    await heading(page, "Owls")
    node.host(quiz, host, "remove", player=team["id"])
    await heading(page, "The host has removed you from this quiz")
    assert await narrow(page) == []
    node.host(quiz, host, "lock")
    await page.goto(f"{node.base}/?quiz={quiz}")
    await expect(page.get_by_text("The host lets nobody join just now")).to_be_visible()
    assert await narrow(page) == []
    node.host(quiz, host, "lock", locked=False)
    await expect(page.locator("#name")).to_be_visible()


@pytest.mark.parametrize("settings", [{}, {"team_score": "mean"}, {"names": "generated"}])
async def test_one_joins_before_the_scripts_are_there(nodes: Nodes, screens: Screens, settings: dict[str, Any]) -> None:
    """Unless more is to be asked, or less."""
    node = nodes.start()
    quiz, _ = node.create(settings=settings)
    phone = await screens.open("about:blank")
    held: list[Route] = []
    await phone.route("**/web/play.js", lambda route: held.append(route))
    await phone.goto(f"{node.base}/?quiz={quiz}", wait_until="commit")
    await phone.locator("#name").fill("Linh")
    await phone.keyboard.press("Enter")
    await expect(phone.locator("#join button")).to_be_disabled()
    await until(lambda: bool(held))
    await held[0].continue_()
    if settings:
        await expect(phone.locator("#join button")).to_be_enabled()
        assert node.http("GET", f"/v1/quizzes/{quiz}/board").json()["players"] == 0
        if "team_score" in settings:
            await phone.get_by_label("The name of the team").fill("Owls")
        await phone.locator("#join button").click()
    await expect(phone.locator(".lobby")).to_be_visible()
    assert node.http("GET", f"/v1/quizzes/{quiz}/board").json()["players"] == 1


async def test_the_first_names_a_team_which_others_choose(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, _ = node.create(settings={"team_score": "mean"})
    first = await screens.open(f"{node.base}/?quiz={quiz}")
    await first.get_by_label("The name of the team").fill(MARKUP)
    await join(first, "Ana")
    await expect(first.locator(".lobby")).to_contain_text(f"Your team: {MARKUP}")
    assert await narrow(first) == []
    second = await screens.open(f"{node.base}/?quiz={quiz}")
    await second.get_by_label("Your team", exact=True).select_option(MARKUP)
    assert await narrow(second) == []
    await join(second, "Ben")
    (team,) = node.http("GET", f"/v1/quizzes/{quiz}/board/teams").json()["rows"]
    assert (team["name"], team["players"]) == (MARKUP, 2)
