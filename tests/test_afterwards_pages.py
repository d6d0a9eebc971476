"""The studio's pages of what came of a quiz, in a real browser: a quiz that was played and corrected, by hostile names."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, Screen, Screens, axe, narrow
from tests.nodes import ADMIN, Node, Nodes

pytestmark = pytest.mark.anyio

SMALL: Screen = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark", "reduced_motion": "reduce"}
HOSTILE = "<img src=x onerror=alert(1)>"
LONG = "W" * 32
VIEWS = ("Standings", "Questions", "Points over time", "Race", "Journal")
QUESTIONS: list[dict[str, Any]] = [
    {"text": "The capital of Australia?", "choices": ["Sydney", "Canberra"], "answer": [0], "rule": "flat"},
    {"text": f"{HOSTILE} or not?", "choices": [HOSTILE, "not"], "answer": [1], "rule": "flat"},
    {"text": "The capital of France?", "type": "text", "answer": ["Paris"], "rule": "flat"},
]
ANSWERS: dict[str, list[list[Any] | None]] = {
    HOSTILE: [[1], [1], ["Paris"]],
    LONG: [[0], [0], ["<b>Rome</b>"]],
    "محمد": [[0], None, None],
}


def play(node: Node, **changes: Any) -> tuple[str, str, dict[str, str]]:
    """Returns the quiz, its host's token, and the players by their names."""
    quiz, host = node.create(title=f"Capitals {HOSTILE}", questions=QUESTIONS, **changes)
    players = {name: node.join(quiz, name) for name in ANSWERS}
    for number in range(len(QUESTIONS)):
        node.host(quiz, host, "open", question=number)
        for name, given in ANSWERS.items():
            if given[number] is not None:
                body = {"question": number, "choice": given[number]}
                assert node.http("POST", f"/v1/quizzes/{quiz}/answers", players[name][1], json=body).is_success
        node.host(quiz, host, "close")
    return quiz, host, {name: player for name, (player, _) in players.items()}


async def results(node: Node, screens: Screens, quiz: str, host: str, screen: Screen = DESKTOP) -> Page:
    """The results, for somebody who has nothing but the host's token."""
    page = await screens.open(f"{node.base}/host#/quiz/{quiz}/token/{host}", screen)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    await expect(page).to_have_url(f"{node.base}/host#/quiz/{quiz}")
    await page.goto(f"{node.base}/host#/quiz/{quiz}/results")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Capitals {HOSTILE}")
    return page


async def look_at(page: Page, view: str) -> None:
    await page.get_by_role("button", name=view, exact=True).click()
    await expect(page.get_by_role("heading", name=view, exact=True)).to_be_attached()


def row(page: Page, name: str) -> Any:
    return page.locator("table.people tbody tr").filter(has=page.get_by_text(name, exact=True))


async def test_what_came_of_a_quiz_with_corrections(nodes: Nodes, screens: Screens, tmp_path: Path) -> None:
    node = nodes.start()
    quiz, host, players = play(node)
    node.host(quiz, host, "correct", question=0, answer=[1], reason="It is <i>Canberra</i>")
    node.host(quiz, host, "adjust", player=players["محمد"], points=50, reason="Best hat")
    node.host(quiz, host, "remove", player=players[LONG])
    page = await results(node, screens, quiz, host)
    await expect(row(page, HOSTILE)).to_contain_text(re.compile("1.*3,000.*3"))
    await expect(row(page, "محمد")).to_contain_text(re.compile("2.*50.*0"))
    await expect(row(page, LONG)).to_have_count(0)
    await page.get_by_role("button", name="Who was removed?").click()
    await expect(page.locator(".names")).to_have_text(LONG)
    await page.get_by_label("Search by name").fill("مح")
    await expect(page.locator("table.people tbody tr")).to_have_count(1)
    await page.get_by_role("button", name="Points of ⁨محمد⁩").click()
    told = page.get_by_role("dialog")
    await expect(told).to_contain_text("wrong · after")
    await expect(told).to_contain_text("by the corrected answer")
    await expect(told).to_contain_text(re.compile("Given by the host: .*Best hat"))
    await expect(told.locator(".sum")).to_contain_text("50")
    assert await narrow(page) == []
    await page.keyboard.press("Escape")
    await look_at(page, "Questions")
    first = page.locator(".chart").first
    await expect(first).to_contain_text("1 right")
    await expect(first).to_contain_text("1 wrong")
    await expect(first.locator(".tally li", has_text="right ✓")).to_contain_text("Canberra")
    await look_at(page, "Journal")
    await expect(page.locator(".journal li").first).to_contain_text("Question 1 was corrected · It is <i>Canberra</i>")
    await expect(page.locator(".journal").last).to_contain_text("Corrected the answer to question 1")
    await page.get_by_role("button", name="Download").click()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Save Results as a table").click()
    file = await coming.value
    assert await narrow(page) == []
    await file.save_as(tmp_path / "it.csv")
    assert file.suggested_filename == f"{quiz}-results.csv"
    assert "محمد" in (tmp_path / "it.csv").read_text("utf-8-sig")


async def test_the_race_is_scrubbed_and_played(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host, _ = play(node)
    node.host(quiz, host, "finish")
    page = await results(node, screens, quiz, host)
    await look_at(page, "Race")
    rows, moment = page.locator(".race .row"), page.get_by_label("Moment", exact=True)
    await expect(rows).to_have_count(1)
    await expect(moment).to_have_attribute("aria-valuetext", re.compile("^Question 1 · "))
    await moment.press("End")
    await expect(rows).to_have_text(
        [re.compile(f"{re.escape(HOSTILE)}.*2,000"), re.compile(f"{LONG}.*1,000"), re.compile("محمد.*1,000")]
    )
    await expect(moment).to_have_attribute("aria-valuetext", re.compile("^Question 3 · "))
    await moment.press("Home")
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(rows.first).to_have_text(re.compile(f"{re.escape(HOSTILE)}.*2,000"))
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it has come to its end
    assert await axe(page) == []
    await page.reload()
    await look_at(page, "Points over time")
    await page.get_by_text("The same as a table").click()
    await expect(page.locator("details tbody tr").first).to_have_text(
        re.compile(f"{re.escape(HOSTILE)}.*0.*1,000.*2,000")
    )
    await page.locator(".best button", has_text="محمد").click()
    await expect(page.locator(".best button", has_text="محمد")).to_have_attribute("aria-pressed", "true")


async def test_every_view_fits_a_small_phone_and_shows_markup_as_text(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host, _ = play(node, settings={"filter_names": False})
    page = await results(node, screens, quiz, host, SMALL)
    for view in VIEWS:
        await look_at(page, view)
        await expect(page.get_by_text("One moment")).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, view
        assert await page.locator("main img, main b b, main i i i").count() == 0, view
        assert await axe(page) == [], view
    await look_at(page, "Questions")
    await expect(page.locator(".tally", has_text=HOSTILE)).to_have_count(1)
    await expect(page.locator(".written")).to_contain_text("<b>Rome</b>")


async def test_one_goes_in_with_a_hosts_token_and_sees_ones_quizzes(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    about = {"email": "teacher@example.org", "password": "correct horse battery"}
    assert node.http("POST", "/v1/admin/accounts", ADMIN, json=about | {"name": "A teacher", "role": "host"}).is_success
    session = node.http("POST", "/v1/sessions", json=about).json()["token"]
    own = node.http("POST", "/v1/quizzes", session, json={"title": "My own", "questions": QUESTIONS}).json()["id"]
    other, host = node.create(title="Somebody else’s")
    page = await screens.open(f"{node.base}/host#/quizzes", DESKTOP)
    await page.get_by_role("button", name="With an account").click()
    await page.get_by_label("E-mail address").fill(about["email"])
    await page.get_by_label("Password").fill(about["password"])
    await page.get_by_role("button", name="Sign in").click()
    mine = page.locator(".quiz", has_text=own)
    await expect(mine).to_contain_text("My own")
    await expect(mine).to_contain_text("not started · 0 players")
    assert await axe(page) == []
    await page.get_by_label("Code of the quiz").fill(f"{other[:4]} {other[4:].lower()}")
    await page.get_by_label("Token", exact=True).fill("x" * 32)
    screens.expect(f"status of 401 .*/v1/quizzes/{other}")
    await page.get_by_role("button", name="Go in").click()
    await expect(page.get_by_text("This is not known here")).to_be_visible()
    await page.get_by_label("Token", exact=True).fill(host)
    await page.get_by_role("button", name="Go in").click()
    await expect(page).to_have_url(re.compile(f"#/quiz/{other}$"))
    await expect(page.get_by_text("Somebody else’s").first).to_be_visible()
    await page.go_back()
    await mine.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(mine).to_have_count(0)
    assert node.http("GET", f"/v1/quizzes/{own}").status_code == 404


async def with_the_token(page: Page) -> None:
    await page.get_by_label("The admin’s token").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="Quizzes")).to_be_visible()


async def test_without_an_account_the_browser_knows_what_was_run_in_it(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quizzes = [node.create(title=title) for title in ("First", "Second")]
    page = await screens.open(f"{node.base}/host", DESKTOP)
    await with_the_token(page)
    for quiz, host in quizzes:
        await page.goto(f"{node.base}/host#/quiz/{quiz}")
        await expect(page.get_by_role("button", name="Start: question 1")).to_be_visible()
        node.host(quiz, host, "finish")
    later = await page.context.new_page()
    await later.goto(f"{node.base}/host")
    await with_the_token(later)
    await later.get_by_role("link", name="Quizzes").click()
    own = later.get_by_role("region", name="Yours")
    await expect(own.get_by_role("heading", level=3)).to_have_text(["Second", "First"])
    assert await axe(later) == []
    await own.get_by_role("link", name="Results").last.click()
    await expect(later.get_by_role("heading", level=1)).to_have_text("First")
