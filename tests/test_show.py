"""Running the show in a real browser: the one large button, and everything that only the host can do."""

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, PHONE, Screen, Screens, axe, narrow
from tests.nodes import Node, Nodes
from tests.waiting import until

pytestmark = pytest.mark.anyio

HOSTILE = "<img src=x onerror=alert(1)>"  # as long as a name may be, nearly


class Stage:
    """A quiz, and the page of its host."""

    def __init__(self, node: Node, screens: Screens, quiz: str, token: str) -> None:
        self.node, self.screens, self.quiz, self.token = node, screens, quiz, token
        self.players: dict[str, tuple[str, str]] = {}

    async def open(self, screen: Screen = DESKTOP) -> Page:
        page = await self.screens.open(f"{self.node.base}/host#/quiz/{self.quiz}/token/{self.token}", screen)
        await expect(page.locator(".next")).to_be_visible()
        return page

    def join(self, *names: str) -> None:
        self.players |= {name: self.node.join(self.quiz, name) for name in names}

    def answer(self, question: int, **choices: list[Any]) -> None:
        for name, choice in choices.items():
            body = {"question": question, "choice": choice}
            done = self.node.http("POST", f"/v1/quizzes/{self.quiz}/answers", self.players[name][1], json=body)
            assert done.status_code == 200, done.text

    def seen(self, token: str = "") -> dict[str, Any]:
        seen: dict[str, Any] = self.node.http("GET", f"/v1/quizzes/{self.quiz}", token).json()
        return seen

    def board(self) -> list[str]:
        rows = self.node.http("GET", f"/v1/quizzes/{self.quiz}/board", self.token).json()["rows"]
        return [row["name"] for row in rows]

    def where(self) -> tuple[str, int | None]:
        state = self.seen()["state"]
        return state["phase"], state["question"] and state["question"]["number"]


@pytest.fixture
async def stage(nodes: Nodes, screens: Screens) -> Stage:
    node = nodes.start()
    return Stage(node, screens, *node.create(title=f"An evening {HOSTILE}"))


async def press(page: Page, label: str, key: str = "") -> None:
    """Press the large button, as often as it says this: a press too many is meant for what stood there before."""
    button = page.locator(".next")
    await expect(button).to_have_text(label)
    while await button.inner_text() == label:
        await (page.keyboard.press(key) if key else button.click())


async def named(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_whole_quiz_by_the_one_button(stage: Stage, screen: Screen) -> None:
    stage.join("Ana", HOSTILE)
    page = await stage.open(screen)
    await expect(page.locator(".names")).to_contain_text(HOSTILE)
    assert await axe(page) == []
    await press(page, "Start: question 1")
    assert stage.where() == ("question", 0)
    stage.answer(0, Ana=[1])
    await expect(page.locator(".answered")).to_contain_text("1")
    assert await axe(page) == []
    await named(page, "Look at the answers")
    await expect(page.locator(".choice.right")).to_contain_text("4")
    await expect(page.locator(".choice.right .count")).to_contain_text("1")
    await page.keyboard.press(" ")  # is for the button that has the focus
    await expect(page.get_by_role("button", name="Look at the answers")).to_be_visible()
    assert stage.where() == ("question", 0)
    await page.locator("h1").click()
    await press(page, "Close now", " ")
    assert stage.where() == ("closed", 0)
    assert await axe(page) == []
    await named(page, "Leave out question 2")
    await page.get_by_role("dialog").get_by_role("button", name="Leave out question 2").click()
    await press(page, "Next: question 3", "PageDown")
    assert stage.where() == ("question", 2)
    await expect(page.locator(".next")).to_have_text("Finish")  # a second for each answer, and its time is over
    await press(page, "Finish", "ArrowRight")
    assert stage.where() == ("finished", None)
    await expect(page.locator(".next")).to_have_text("See the results")
    assert await axe(page) == []
    await named(page, "Play again")
    await page.get_by_role("dialog").get_by_role("button", name="Play again").click()
    await expect(page.locator(".next")).to_have_text("Start: question 1")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_two_presses_do_one_thing(stage: Stage) -> None:
    page = await stage.open()
    await page.locator(".next").dblclick()
    await asyncio.to_thread(stage.node.host, stage.quiz, stage.token, "next", after=-1)  # another device, a bit late
    await expect(page.locator(".next")).to_have_text("Close now")
    await page.locator(".next").click()
    await page.get_by_role("button", name="+15 s").dblclick()
    state = stage.seen()["state"]
    await until(lambda: stage.seen()["state"]["closes_at"] - state["opened_at"] == 75_000)
    assert stage.where() == ("question", 0)
    await named(page, "Pause")
    await press(page, "Go on")
    assert stage.where() == ("question", 0)
    await page.get_by_role("button", name="People").click()
    await page.get_by_label("Look for a name").press("PageDown")
    assert stage.where() == ("question", 0)


async def test_another_right_answer_with_preview_and_back_again(stage: Stage) -> None:
    stage.join("Ana", "Bo", "Cem")
    page = await stage.open()
    await press(page, "Start: question 1")
    stage.answer(0, Ana=[1], Bo=[0], Cem=[0])
    await press(page, "Close now")
    assert stage.board() == ["Ana", "Bo", "Cem"]
    await named(page, "Change the right answer")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("A 3", exact=True).check()
    await expect(dialog.locator(".preview")).to_contain_text(re.compile("3 totals would change · then Bo would lead"))
    assert await narrow(page) == []
    await dialog.get_by_label("Reason").fill(HOSTILE)
    await dialog.get_by_role("button", name="Count anew").click()
    await expect(page.locator(".notable")).to_contain_text(HOSTILE)
    await expect(page.locator(".board .name").first).to_have_text("Bo")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".board .name").first).to_have_text("Ana")
    await until(lambda: stage.board() == ["Ana", "Bo", "Cem"])
    await page.get_by_role("button", name="Corrections").click()
    await expect(page.get_by_text("Undone", exact=True)).to_be_visible()
    assert await narrow(page) == []
    await named(page, "Change the right answer")
    await dialog.get_by_label("This question does not count").check()
    await expect(dialog.locator(".preview")).to_contain_text("1 total would change")
    await dialog.get_by_label("Reason").fill("Both are wrong")
    await dialog.get_by_role("button", name="Count anew").click()
    await until(lambda: sum(row["points"] for row in stage.seen()["board"]["rows"]) == 0)


async def test_people_are_let_in_named_found_helped_and_removed(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    stage = Stage(node, screens, *node.create(settings={"approval": True}))
    stage.join("Zoë", "Ben")
    page = await stage.open(PHONE)
    await expect(page.locator(".notable")).to_contain_text("2 wait to be let in")
    stage.join("Cem")
    await expect(page.locator(".notable")).to_contain_text("3 wait to be let in")
    await page.get_by_role("button", name="People").click()
    assert await narrow(page) == []
    await named(page, "Let in Zoë")
    await until(lambda: stage.board() == ["Zoë"])
    await named(page, "Let all in")
    await until(lambda: len(stage.board()) == 3)
    await page.get_by_label("Look for a name").fill("zoe")
    await expect(page.locator(".people li")).to_have_count(1)
    await page.locator(".people .name").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("Another name").click()
    await dialog.get_by_label("Name", exact=True).fill("Ben")
    await dialog.get_by_role("button", name="Rename").click()
    await expect(page.get_by_text("Somebody has this name already")).to_be_visible()
    await dialog.get_by_label("Name", exact=True).fill(HOSTILE)
    await dialog.get_by_role("button", name="Rename").click()
    await until(lambda: HOSTILE in stage.board())
    await dialog.get_by_text("Give or take points").click()
    await dialog.get_by_label("Points", exact=True).fill("-250")
    await dialog.get_by_label("Reason").fill("For shouting")
    await dialog.get_by_role("button", name="Give these points").click()
    await dialog.get_by_text("Why these points").click()
    await expect(dialog.locator(".lines")).to_contain_text("For shouting")
    assert await narrow(page) == []
    await dialog.get_by_text("Remove", exact=True).first.click()
    await dialog.get_by_label("They may not come back").check()
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await page.get_by_role("dialog").last.get_by_role("button", name="Remove", exact=True).click()
    await until(lambda: HOSTILE not in stage.board())
    again = node.http("POST", f"/v1/quizzes/{stage.quiz}/players", json={"name": HOSTILE})
    assert again.json()["code"] == "BANNED"


async def test_another_device_takes_over_by_a_link_and_it_is_taken_back(stage: Stage) -> None:
    laptop = await stage.open()
    await named(laptop, "Hand over")
    assert await narrow(laptop) == []
    await named(laptop, "Make a link")
    await expect(laptop.get_by_role("img", name="QR code of the link")).to_be_visible()
    assert await narrow(laptop) == []
    link = await laptop.get_by_label("Link for another host", exact=True).input_value()
    phone = await stage.screens.open(link, PHONE)
    await expect(laptop.get_by_role("heading", name="Another device runs this quiz now")).to_be_visible()
    assert await narrow(laptop) == []
    assert link.rsplit("/", 1)[1] not in await phone.evaluate("location.href")
    await press(phone, "Start: question 1")
    await laptop.get_by_role("button", name="Take over here").click()
    await press(laptop, "Close now")
    await expect(phone.get_by_role("button", name="Take over here")).to_be_visible()
    await phone.goto(link.rsplit("/", 1)[0] + "/nobodys-token")
    await phone.reload()
    await expect(phone.get_by_role("heading", name="This link is not good any more")).to_be_visible()
    assert await narrow(phone) == []


async def test_a_frozen_board_is_opened_place_by_place(stage: Stage) -> None:
    stage.join("Ana", "Bo", "Cem")
    page = await stage.open()
    await press(page, "Start: question 1")
    await named(page, "Freeze the board")
    stage.answer(0, Cem=[1])
    shown = page.locator(".boards .board")
    await expect(shown.first.locator(".name")).to_have_text(["Ana", "Bo", "Cem"])
    await expect(shown.last.locator(".name")).to_have_text(["Cem", "Ana", "Bo"])
    await press(page, "Close now")
    await named(page, "Finish now")
    await page.get_by_role("dialog").get_by_role("button", name="Finish now").click()
    await press(page, "Show the 3rd place")  # of many players those below the tenth are opened together
    boards = [{"hidden": 0, "players": 130}, {"hidden": 10, "players": 130}, {"hidden": 0, "players": 0}]
    opening = "async (them) => { const it = await import('/web/host/show/coming.js'); return them.map(it.opening); }"
    assert [step["fields"]["hidden"] for step in await page.evaluate(opening, boards)] == [10, 9, 0]
    await expect(shown.first.locator(".name")).to_have_text(["Bo"])
    assert [row["name"] for row in stage.seen()["board"]["rows"]] == ["Bo"]
    await press(page, "Show the 2nd place")
    await press(page, "Show the winner")
    await expect(shown.locator(".name")).to_have_text(["Cem", "Ana", "Bo"])
    await expect(page.locator(".next")).to_have_text("See the results")


async def test_teams_draw_and_the_host_sees_who_holds_what(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    screens.expect("422.*/teams")
    stage = Stage(node, screens, *node.create(settings={"pacing": "draw"}))
    page = await stage.open()
    await press(page, "Open the quiz")
    await page.get_by_role("button", name="Teams").click()
    await named(page, "Register a team")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Owls")
    await dialog.get_by_label("Members").fill("Ana\nAna")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("no two may be called the same")).to_be_visible()
    assert await narrow(page) == []
    await dialog.get_by_label("Members").fill("Ana\nBen")
    await dialog.get_by_role("button", name="Save").click()
    token = await dialog.get_by_label("Token of Owls").input_value()
    assert await narrow(page) == []
    await dialog.get_by_role("button", name="Close").click()
    assert node.http("POST", f"/v1/quizzes/{stage.quiz}/draw", token, json={"after": -1}).status_code == 200
    await expect(page.locator(".holding")).to_contain_text("Owls")
    await expect(page.locator(".holding")).to_contain_text("Two and two?")
    assert await narrow(page) == []
    await named(page, "Remove")
    await dialog.get_by_role("button", name="Remove").click()
    await until(lambda: stage.board() == [])


async def test_a_rehearsal_tells_how_far_it_is_and_what_it_has_measured(stage: Stage) -> None:
    page = await stage.open()
    spread = {"p50": 12.4, "p99": 41.2, "max": 50.0}
    end = {"questions": 3, "answers": 8999, "lost": 1, "kept_ms": spread, "board_ms": None, "joined_ms": 1200}
    steps = [
        {"step": "joining", "joined": 1500, "players": 3000},
        {"step": "done", "players": 3000, **end, "cpu": 0.4, "lag_ms": spread, "strained": True},
    ]
    replies = iter(["\n".join(json.dumps(step) for step in steps), json.dumps(steps[0])])
    await page.route("**/rehearsal", lambda route: route.fulfill(body=next(replies)))
    await named(page, "Rehearse")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("How many players").fill("3000")
    await dialog.get_by_role("button", name="Start").click()
    await expect(dialog).to_contain_text("3,000 players: 99 of 100 answers were kept within 41 ms")
    await expect(dialog).to_contain_text("1 answer was lost")
    assert await narrow(page) == []
    await dialog.get_by_role("button", name="Try again").click()
    await expect(dialog.locator(".error")).to_have_text("No reply has come. Have another look before you try again")
