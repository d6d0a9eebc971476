"""The projector in a real browser: what a room sees from the lobby to the podium, whatever people call themselves."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser import OLD_PROJECTOR, PHONE, PROJECTOR, Screens, axe, narrow
from tests.flaky import Balancer
from tests.nodes import Node, Nodes

pytestmark = pytest.mark.anyio

HOSTILE = ["مرحبا بكم", "<b>bold</b><img src=x>", "W" * 32, "🦊🦊", "{n} {name}", "שלום"]
SMALL = {"viewport": {"width": 800, "height": 450}}

FITS = """() => {
  const rest = (node) => node.scrollHeight - node.clientHeight > 1 || node.scrollWidth - node.clientWidth > 1;
  return ![document.documentElement, ...document.querySelectorAll('.stage, .stage .choice, header')].some(rest);
}"""


def answer(node: Node, quiz: str, token: str, question: int, *choice: int) -> None:
    answered = node.http("POST", f"/v1/quizzes/{quiz}/answers", token, json={"question": question, "choice": choice})
    assert answered.status_code == 200, answered.text


async def test_people_see_how_to_join_and_who_is_here(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start(public_url="https://quiz.school.example")
    quiz, host = node.create(title="<i>Capitals</i>")
    page = await screens.open(f"{node.base}/screen?quiz={quiz.lower()}", PROJECTOR)
    names = page.locator(".names li")
    await expect(page.get_by_text("Nobody is here yet")).to_be_visible()
    for name in HOSTILE:
        node.join(quiz, name)
    await expect(names).to_have_text(HOSTILE)
    await expect(page.locator("h1")).to_have_text("<i>Capitals</i>")
    await expect(page.locator(".entrance")).to_contain_text(f"Join at quiz.school.example with{quiz[:4]} {quiz[4:]}")
    assert await page.locator(".scan").evaluate("node => node.decode().then(() => node.naturalWidth > 0)")
    assert await page.evaluate(FITS)
    assert await axe(page) == []
    node.host(quiz, host, "pin")
    await expect(page.locator(".code")).to_have_text(re.compile(r"^\d{3} \d{3}$"))
    await page.goto(f"{node.base}/screen?quiz={await page.locator('.code').inner_text()}")
    await expect(names).to_have_text(HOSTILE)
    node.host(quiz, host, "lock")
    await expect(page.get_by_text("Nobody else can join now")).to_be_visible()
    assert await narrow(page) == []
    await expect(page.locator(".code, .scan")).to_have_count(0)


async def test_more_names_than_a_board_message_holds(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, _ = node.create(settings={"board_rows": 3})
    page = await screens.open(f"{node.base}/screen?quiz={quiz}", SMALL)
    for number in range(130):
        node.join(quiz, f"Player {number}")
    await expect(page.locator(".names li")).to_have_count(130)
    await expect(page.get_by_text("130 players are here")).to_be_visible()
    await expect(page.get_by_text("Phones cannot reach this computer")).to_be_visible()  # it listens on 127.0.0.1
    assert await axe(page) == []
    assert await page.evaluate(FITS)
    seen = await page.locator(".names li").evaluate_all("all => all.filter(it => it.style.visibility === '').length")
    assert 20 < seen < 130
    await expect(page.locator(".who .more")).to_have_text(f"and {130 - seen} more")


QUESTIONS = [
    {"text": "Two and two?", "choices": ["3", "4", "5"], "answer": [1], "points": 100, "rule": "flat"},
    {"text": "Which are even?", "choices": ["1", "2", "3", "4"], "answer": [1, 3], "points": 500, "rule": "flat"},
]

WATCH = """() => {
  window.happened = {};
  const note = () => {
    const now = { lit: '.choice.right', moved: '.standing .move.up', told: '.event:not(:empty)' };
    for (const [what, where] of Object.entries(now)) if (document.querySelector(where)) happened[what] ??= performance.now();
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


async def test_the_right_answer_first_then_the_rows_move(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"reveal": "close"}, questions=QUESTIONS)
    ana, bo = (node.join(quiz, name)[1] for name in ("Ana", "Bo"))
    page = await screens.open(f"{node.base}/screen?quiz={quiz}", PROJECTOR)
    node.host(quiz, host, "open", question=0)
    answer(node, quiz, ana, 0, 1)
    await expect(page.get_by_text("1 of 2 answered")).to_be_visible()
    node.host(quiz, host, "close", question=0)
    await expect(page.locator(".row").first).to_contain_text("100")
    node.host(quiz, host, "open", question=1)
    answer(node, quiz, bo, 1, 1, 3)
    answer(node, quiz, ana, 1, 0)
    await expect(page.get_by_text("2 of 2 answered")).to_be_visible()
    await expect(page.locator(".row .name")).to_have_text(["Ana", "Bo"])
    await page.evaluate(WATCH)
    node.host(quiz, host, "close", question=1)
    await expect(page.locator(".row .name")).to_have_text(["Bo", "Ana"])
    await expect(page.locator(".row .move")).to_have_text(["▲ 1up 1 place", "▼ 1down 1 place"])
    await expect(page.locator(".event")).to_have_text("Bo overtook Ana")
    await expect(page.locator(".choice.right")).to_have_count(2)
    at = await page.evaluate("happened")
    assert at["lit"] + 800 < at["moved"] <= at["told"] + 100
    assert await axe(page) == []


LONG = "The committee deliberates about extraordinarily long sentences that nobody can read from afar, and "


async def test_long_texts_are_fitted_and_can_be_read(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    questions = [
        {
            "text": (LONG * 5)[:480],
            "choices": [f"{n} {LONG}" for n in range(6)],
            "answer": [0],
            "explanation": LONG * 2,
        },
        {"text": "Donaudampfschifffahrt?", "choices": ["<b>Yes</b>", "Kapitän" * 12], "answer": [1]},
    ]
    quiz, host = node.create(questions=questions)
    page = await screens.open(f"{node.base}/screen?quiz={quiz}", PROJECTOR)
    for question in (0, 1):
        node.host(quiz, host, "open", question=question)
        for screen in (PROJECTOR, OLD_PROJECTOR, PHONE):
            await page.set_viewport_size(screen["viewport"])
            await expect(page.locator(".stage h2")).to_have_text(str(questions[question]["text"]).strip())
            await until_true(page, FITS)
            least = 0.016 * min(screen["viewport"].values())
            assert (
                await page.locator(".stage .words").first.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
                > least
            )
        node.host(quiz, host, "close", question=question)
    await expect(page.locator(".choice b:not(.letter)")).to_have_count(0)


async def until_true(page: Page, expression: str) -> None:
    """Poll: what waits within the page would be `eval`, which the page's policy forbids."""
    async with asyncio.timeout(5):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def test_the_ceremony_goes_on_when_a_node_goes_away(nodes: Nodes, screens: Screens) -> None:
    one, two = nodes.start(), nodes.start()
    quiz, host = one.create(questions=QUESTIONS)
    tokens = {name: one.join(quiz, name)[1] for name in ("Ana", "Bo", "Cem", "Dai")}
    one.host(quiz, host, "open", question=0)
    for name in ("Cem", "Bo", "Dai"):
        answer(one, quiz, tokens[name], 0, 1)
    one.host(quiz, host, "freeze")
    one.host(quiz, host, "close", question=0)
    screens.expect("ERR_CONNECTION", "WebSocket connection", "502")
    async with Balancer(one, two) as balancer:
        page = await screens.open(f"{balancer.base}/screen?quiz={quiz}", PROJECTOR)
        await expect(page.get_by_text("Standings are held back")).to_be_visible()
        one.host(quiz, host, "finish")
        await expect(page.get_by_text("The winners are still hidden")).to_be_visible()
        one.host(quiz, host, "reveal", hidden=2)
        await expect(page.locator(".opened")).to_contain_text("3rdDai")
        one.kill()
        await expect(page.get_by_text("Reconnecting")).to_be_visible()
        await expect(page.locator(".opened")).to_contain_text("3rdDai")
        await expect(page.locator(".row .name")).to_have_text(["Dai", "Ana"])
        two.host(quiz, host, "reveal", hidden=1)
        await expect(page.locator(".opened")).to_contain_text("2ndBo", timeout=20_000)
        assert await axe(page) == []
        two.host(quiz, host, "reveal")
        await expect(page.locator(".podium .name")).to_have_text(["Cem", "Bo", "Dai"])
        await page.reload()
        await expect(page.locator(".podium .name")).to_have_text(["Cem", "Bo", "Dai"])
        await until_true(page, "() => document.getAnimations().every(it => it.playState !== 'running')")
        assert await axe(page) == []


async def test_in_a_frame_it_shows_the_quiz_and_nothing_else(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"privacy": "own"})
    node.join(quiz, "Ana")
    page = await screens.open(f"{node.base}/screen?quiz={quiz}&embed&theme=dark&lang=en", PHONE, color_scheme="light")
    await expect(page.get_by_text("1 player is here")).to_be_visible()
    await expect(page.locator(".names li")).to_have_count(0)
    node.host(quiz, host, "open", question=0)
    await expect(page.get_by_text("All see only their own place")).to_be_visible()
    await expect(page.locator("footer, .code, .scan")).to_have_count(0)
    look = "it => [getComputedStyle(it).backgroundColor, getComputedStyle(it).color]"
    assert await page.locator("body").evaluate(look) == ["rgba(0, 0, 0, 0)", "rgb(238, 241, 251)"]
    barriers = await axe(page)
    assert [it for it in barriers if not it.startswith("color-contrast")] == []  # on whatever the frame stands


async def test_scores_only_and_keys(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    quiz, host = node.create(questions=[])
    page = await screens.open(f"{node.base}/screen?quiz=no such quiz", PROJECTOR, reduced_motion="reduce")
    await expect(page.get_by_text("No quiz has this code")).to_be_visible()
    assert await narrow(page) == []
    await page.get_by_label("The quiz’s code").fill(quiz.lower())
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nobody is here yet")).to_be_visible()
    events = [{"event": f"e{n}", "user_id": f"u{n}", "score": n, "name": f"User {n}"} for n in range(12)]
    assert node.http("POST", f"/v1/quizzes/{quiz}/scores", host, json=events).status_code == 200
    await expect(page.locator(".row")).to_have_count(10)
    await expect(page.locator(".more")).to_have_text("and 2 more")
    sound = page.locator(".controls button", has_text="Sound")
    await expect(sound).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("s")
    await expect(sound).to_have_attribute("aria-pressed", "true")
    assert await axe(page) == []
