"""The studio's library in a real browser: quizzes that are written, imported and played there."""

import json
import re
from typing import Any

import msgspec
import pytest
from playwright.async_api import FilePayload, Page, expect

from leaderboard.errors import BadQuiz
from leaderboard.quiz import checks
from leaderboard.quiz.content import Quiz
from tests.browser import DESKTOP, PHONE, Screen, Screens, axe, narrow
from tests.nodes import ADMIN, Node, Nodes

pytestmark = pytest.mark.anyio

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff"
    "56a9e6e90000000049454e44ae426082"
)
QUESTION = {"text": "The capital of Australia?", "choices": ["Sydney", "Canberra"], "answer": [1]}
HOSTILE = "<img src=x onerror=alert(1)>‮<script>alert(2)</script>"


async def studio(node: Node, screens: Screens, place: str = "", screen: Screen = DESKTOP) -> Page:
    """Somebody who has signed in with the admin's token, which has no account."""
    screens.expect("status of 403 .*/v1/account")
    page = await screens.open(f"{node.base}/host{place}", screen)
    await page.get_by_role("button", name="With a token").click()
    await page.get_by_label("The admin’s token").fill(ADMIN)
    await page.get_by_role("button", name="Sign in").click()
    return page


def keep(node: Node, **quiz: Any) -> str:
    kept: str = node.http(
        "POST", "/v1/library", ADMIN, json={"title": "Capitals", "questions": [QUESTION]} | quiz
    ).json()["id"]
    return kept


def kept(node: Node, document: str) -> dict[str, Any]:
    quiz: dict[str, Any] = node.http("GET", f"/v1/library/{document}", ADMIN).json()
    return quiz


def document_of(page: Page) -> str:
    return page.url.rpartition("/")[2]


async def saved(page: Page) -> None:
    await expect(page.locator(".state")).to_have_text("Saved")


async def test_from_nothing_to_a_quiz_that_is_played(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await studio(node, screens)
    await expect(page.get_by_role("heading", name="Your first quiz")).to_be_visible()
    assert await axe(page) == []
    await page.get_by_role("button", name="Write a quiz").click()
    await page.locator("input.naming").fill("Capitals")
    await page.get_by_role("button", name="One right answer").click()
    await page.keyboard.type("The capital of Australia?")
    await page.get_by_label("Choice A", exact=True).fill("Sydney")
    await page.keyboard.press("Enter")
    await page.keyboard.type("sydney")
    await page.get_by_role("button", name="Remove choice D").click()
    await page.get_by_label("Choice C", exact=True).fill("Sydney")
    await expect(page.get_by_text("Two choices look the same", exact=True)).to_be_visible()
    await expect(page.locator(".state")).to_contain_text("Not saved yet. Question 1: Two choices look the same")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    await page.get_by_label("Choice C", exact=True).fill("Canberra")
    await page.get_by_role("button", name="C is right").click()
    await saved(page)
    assert await axe(page) == []
    await page.get_by_role("button", name="How it is played").click()
    await page.get_by_text("Who may join", exact=True).click()
    assert await narrow(page) == []
    await page.get_by_label("Let players in one by one").check()
    await page.get_by_role("button", name="Calm").click()
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.get_by_text("Time does not matter.")).to_be_visible()
    assert await axe(page) == []
    quiz = kept(node, document_of(page))
    await page.get_by_role("button", name="Open the lobby").click()
    await page.wait_for_url(re.compile(r"/host#/quiz/\w+$"))
    assert quiz["questions"][0] | {"choices": ["Sydney", "sydney", "Canberra"], "answer": [2]} == quiz["questions"][0]
    assert (quiz["settings"]["rule"], quiz["settings"]["approval"]) == ("flat", True)
    host = await page.evaluate("quiz => sessionStorage.getItem('leaderboard:host:' + quiz)", document_of(page))
    played = node.http("GET", f"/v1/quizzes/{document_of(page)}", host).json()
    assert (played["state"]["title"], played["state"]["phase"]) == ("Capitals", "lobby")
    assert played["questions"][0]["answer"] == [2]


async def test_teams_are_named_where_one_begins_to_play(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    keep(node)
    page = await studio(node, screens)
    await page.get_by_role("button", name="Play Capitals").click()
    await page.get_by_role("button", name="Teams").click()
    await page.get_by_label("Names of the teams").fill("Owls\nFoxes")
    assert await narrow(page) == []
    await page.get_by_role("button", name="Open the lobby").click()
    await page.wait_for_url(re.compile(r"/host#/quiz/\w+$"))
    rows = node.http("GET", f"/v1/quizzes/{document_of(page)}/board/teams").json()["rows"]
    assert {row["name"] for row in rows} == {"Owls", "Foxes"}


async def test_a_question_of_every_kind_on_a_phone(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    document = keep(node, questions=[])
    page = await studio(node, screens, f"#/library/{document}", PHONE)

    async def add(kind: str, text: str) -> None:
        await page.get_by_role("button", name=kind, exact=True).last.click()
        await page.locator(".open textarea").first.fill(text)

    await add("Several right answers", "Which are even?")
    for letter, text in zip("ABCD", "1234", strict=True):
        await page.get_by_label(f"Choice {letter}", exact=True).fill(text)
    await page.get_by_role("button", name="B is right").tap()
    await page.get_by_role("button", name="D is right").tap()
    await add("True or false", "Water is wet.")
    await page.get_by_role("button", name="A is right").tap()
    await add("A number", "A half?")
    await page.get_by_label("Right answer 1").fill("0,5")
    await page.get_by_label("How far off").fill("0.1")
    await add("A written answer", "Grey?")
    await page.get_by_label("Right answer 1").fill("grey")
    await add("A poll", "Tea or coffee?")
    for letter in "DC":
        await page.get_by_role("button", name=f"Remove choice {letter}").tap()
    for letter, text in {"A": "Tea", "B": "Coffee"}.items():
        await page.get_by_label(f"Choice {letter}", exact=True).fill(text)
    await add("An order", "Smallest first")
    await page.get_by_role("button", name="Remove choice D").tap()
    for letter, text in {"A": "3", "B": "1", "C": "2"}.items():
        await page.get_by_label(f"Choice {letter}", exact=True).fill(text)
    for letter in "BCA":
        await page.get_by_role("button", name=f"{letter} comes next").tap()
    await page.get_by_role("button", name="Move up").tap()
    await saved(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    assert await axe(page) == []
    asked = [(it["type"], it["answer"]) for it in kept(node, document)["questions"]]
    written = [("number", [0.5]), ("text", ["grey"]), ("order", [1, 2, 0]), ("poll", [])]
    assert asked == [("several", [1, 3]), ("boolean", [0]), *written]


async def test_quizzes_are_found_copied_put_aside_exported_and_deleted(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    for number in range(25):
        keep(node, title=f"Towns {number}", tags=["geography"])
    keep(node, title=HOSTILE, language="vi", tags=["odd"])
    page = await studio(node, screens)
    titles = page.locator("h2 a")
    await expect(titles).to_have_count(20)
    await page.get_by_role("button", name="Show more").click()
    await expect(titles).to_have_count(26)
    await page.get_by_role("searchbox").fill("tow 7")
    await expect(titles).to_have_text(["Towns 7"])
    await page.get_by_role("searchbox").fill("nothing like it")
    await expect(page.get_by_text("No quiz is like this")).to_be_visible()
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Only with the tag odd").click()
    await expect(titles).to_have_count(1)

    async def do(name: str) -> None:
        await page.locator(".menu summary").first.click()
        await page.locator(".menu[open]").get_by_role("button", name=name).click()

    await do("Export")
    await page.get_by_label("Moodle").check()
    await expect(page.get_by_text("The quiz is without its language, tags, title.")).to_be_visible()
    assert await narrow(page) == []
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Download").click()
    file = await started.value
    assert "Canberra" in (await file.path()).read_text()
    await page.get_by_role("button", name="Close").click()
    await do("Duplicate")
    await expect(titles).to_have_count(2)
    await do("Archive")
    await expect(titles).to_have_count(1)
    await do("Delete")
    await page.get_by_role("button", name="Delete").last.click()
    await expect(titles).to_have_count(0)
    await page.get_by_label("Archived").check()
    await expect(titles).to_have_count(1)
    await do("Take back")
    await expect(titles).to_have_count(0)
    assert len(node.http("GET", "/v1/library?tag=odd", ADMIN).json()["entries"]) == 1


async def test_of_two_who_write_both_are_kept_until_one_chooses(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    document = keep(node)
    page = await studio(node, screens, f"#/library/{document}")
    screens.expect("status of 412")
    title = page.locator("input.naming")
    await expect(title).to_have_value("Capitals")

    async def both_write(theirs: str, mine: str) -> None:
        other = {"title": theirs, "questions": [QUESTION, QUESTION]}
        node.http("PUT", f"/v1/library/{document}", ADMIN, json=other, headers={"if-match": "*"}).raise_for_status()
        await title.fill(mine)
        await expect(page.get_by_text(f"Theirs is called {theirs}.")).to_be_visible()

    await both_write("Towns", "Cities")
    assert kept(node, document)["title"] == "Towns"
    assert await narrow(page) == []
    await page.get_by_role("button", name="Keep mine").click()
    await saved(page)
    assert kept(node, document)["title"] == "Cities"
    await both_write("Villages", "Hamlets")
    await page.get_by_role("button", name="Take theirs").click()
    await expect(title).to_have_value("Villages")
    await expect(page.locator(".question")).to_have_count(2)
    await page.get_by_role("button", name="Undo").click()
    await expect(title).to_have_value("Hamlets")
    await saved(page)
    assert kept(node, document)["title"] == "Hamlets"


async def test_what_is_not_saved_is_not_left_unasked(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await studio(node, screens)
    await page.get_by_role("button", name="Try the sample").click()
    await page.locator("input.naming").fill("")
    await page.get_by_role("link", name="Quizzes").click()
    assert await narrow(page) == []
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("input.naming")).to_have_value("")
    await page.get_by_role("link", name="Quizzes").click()
    await page.get_by_role("button", name="Leave without them").click()
    await expect(page.locator("input.naming")).to_have_count(0)
    await page.go_back()
    await page.go_back()
    await expect(page.locator("input.naming")).to_have_value("The world and its words")
    await page.locator("input.naming").fill("Towns")
    await page.get_by_role("link", name="Library").click()
    await expect(page.get_by_role("link", name="Towns")).to_be_visible()


GOOD = "The capital of Australia?\nA. Sydney\nB. Canberra\nANSWER: B\n"


async def test_a_file_is_looked_at_before_it_is_kept(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await studio(node, screens, "#/import")
    screens.expect("status of 415")
    await page.get_by_label("Or paste text").fill("nothing that anybody knows")
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.get_by_text("This kind of file is not known here")).to_be_visible()
    files = page.locator("input[type=file]")
    half = f"{GOOD}\n{HOSTILE}\nA. {HOSTILE}\nB. no\nANSWER: A\n\nNo right one?\nA. yes\nB. no\nANSWER: F\n"
    await files.set_input_files(FilePayload(name="half.txt", mimeType="text/plain", buffer=half.encode()))
    await expect(page.get_by_text("3 entries · 2 can be imported · 1 cannot")).to_be_visible()
    await expect(page.get_by_text("1 entry is left out")).to_be_visible()
    await expect(page.locator(".solved .right").first).to_contain_text("Canberra")
    await expect(page.locator(".shown .text").nth(1)).to_have_text(
        re.compile(re.escape("<img src=x onerror=alert(1)>"))
    )
    assert node.http("GET", "/v1/library", ADMIN).json()["entries"] == []
    assert await narrow(page) == []
    await page.get_by_label("Title").fill(HOSTILE)
    await page.get_by_role("button", name="Keep all 2 questions").click()
    await expect(page.locator(".question")).to_have_count(2)
    assert await page.locator("main img, main script").count() == 0
    assert kept(node, document_of(page))["questions"][0]["answer"] == [1]
    await page.get_by_role("link", name="Library").click()
    await expect(page.locator("h2 a")).to_have_text(re.compile(re.escape("<img src=x onerror=alert(1)>")))
    assert await page.locator("main img, main script").count() == 0


async def test_a_word_list_becomes_the_questions_that_one_wants(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    page = await studio(node, screens, "#/import?words")
    await page.get_by_role("button", name="Try the sample list").click()
    await page.get_by_label("How many questions").fill("5")
    for kind in ("What a word means", "How a word is translated", "Which word is translated so", "fills the gap"):
        await page.get_by_label(kind).uncheck()
    await expect(page.get_by_label("Which word has this meaning")).to_be_disabled()
    await expect(page.locator(".shown > li")).to_have_count(5)
    await expect(page.locator(".shown .text").first).to_contain_text("means:")
    await expect(page.locator(".found")).to_have_attribute("aria-busy", "false")
    assert await narrow(page) == []
    before = await page.locator(".shown").text_content()
    assert before
    await page.get_by_role("button", name="Other questions").click()
    await expect(page.locator(".shown")).not_to_have_text(before)
    first = await page.locator(".shown .text").first.inner_text()
    await page.get_by_role("button", name="Keep all 5 questions").click()
    await expect(page.locator(".question")).to_have_count(5)
    assert kept(node, document_of(page))["questions"][0]["text"] == first


async def test_a_picture_is_sent_and_seen(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    document = keep(node)
    page = await studio(node, screens, f"#/library/{document}")
    screens.expect("status of 415")
    await page.get_by_role("button", name="The capital of Australia?").click()
    files = page.locator(".upload input[type=file]").first
    await files.set_input_files(FilePayload(name="cat.png", mimeType="image/png", buffer=b"<svg onload=alert(1)>"))
    await expect(page.get_by_text("This is no picture and no sound")).to_be_visible()
    await files.set_input_files(FilePayload(name="cat.svg", mimeType="image/svg+xml", buffer=PIXEL))
    await page.get_by_label("What is to be seen").fill("A cat")
    await expect(page.locator(".upload img.there")).to_have_attribute("alt", "A cat")
    await saved(page)
    question = kept(node, document)["questions"][0]
    assert question["image"].startswith("/v1/media/")
    assert question["image_alt"] == "A cat"
    await page.get_by_label("Or its address").last.fill("javascript:alert(1)")
    await expect(page.locator(".upload .error", has_text="An address begins with https://")).to_be_visible()
    assert await narrow(page) == []


async def test_of_a_large_quiz_not_all_is_drawn(nodes: Nodes, screens: Screens) -> None:
    node = nodes.start()
    many = [QUESTION | {"text": f"Question {number}?"} for number in range(500)]
    page = await studio(node, screens, f"#/library/{keep(node, questions=many)}")
    await expect(page.locator(".question")).to_have_count(200)  # the others when one asks for them
    await page.get_by_role("button", name="Show 200 more").click()
    await expect(page.locator(".question")).to_have_count(400)


FLAWED: list[dict[str, Any]] = [  # questions that the server refuses; and some that it takes
    {},
    {"text": "x" * 500},
    {"text": "😀" * 500, "choices": ["a", "b"]},
    {"text": "x" * 501},
    {"text": "  "},
    {"text": "a\x07b"},
    {"choices": ["a"]},
    {"choices": ["a", "a "]},
    {"choices": ["a", "A"]},
    {"choices": ["a", ""]},
    {"choices": ["a\u3000b", "a b"]},
    {"choices": ["a", "x" * 201]},
    {"choices": list("abcdefghi")},
    {"answer": []},
    {"type": "several", "answer": [0, 1]},
    {"type": "boolean", "choices": ["a", "b", "c"]},
    {"type": "order", "answer": [1]},
    {"type": "order", "answer": [1, 0]},
    {"type": "poll", "answer": []},
    {"type": "number", "choices": [], "answer": []},
    {"type": "number", "choices": [], "answer": [42.195]},
    {"type": "text", "choices": [], "answer": [" "]},
    {"type": "text", "choices": [], "answer": ["x" * 201]},
    {"type": "text", "choices": [], "answer": ["grey", "gray"]},
    {"points": 100_001},
    {"points": 0.5},
    {"time_limit": 0},
    {"tolerance": -1},
    {"penalty": 100_000},
    {"image": "cat.png"},
    {"image": "https://example.org/a b.png"},
    {"image": "https://example.org/a.png", "audio": "/v1/media/x/y"},
    {"topic": "a:b"},
    {"explanation": "x" * 501},
]
UNFIT: list[dict[str, Any]] = [  # quizzes
    {"title": ""},
    {"title": "x" * 121},
    {"tags": ["x" * 41]},
    {"language": "English?"},
    {"language": "pt-BR"},
    {"settings": {"rule": "order", "reanswer": "until_close"}},
    {"settings": {"rule": "order", "pacing": "self"}},
    {"settings": {"pacing": "self", "opens_at": 2, "closes_at": 1}},
    {"settings": {"pacing": "self", "opens_at": 1, "closes_at": 2}},
    {"settings": {"names": "generated"}, "roster": ["Ana"]},
    {"teams": ["Red"]},
    {"teams": ["Red"], "settings": {"team_score": "sum"}},
    {"settings": {"period": "day"}},
    {"settings": {"pacing": "draw"}, "questions": [QUESTION | {"type": "poll", "answer": []}]},
    {"settings": {"pacing": "draw", "boxes": {"hard": {"price": 1}}}, "questions": [QUESTION | {"difficulty": "hard"}]},
    {"settings": {"pacing": "draw", "boxes": {"hard": {"prize": 1}}}},
    {"settings": {"pacing": "draw", "boxes": {"hard": {"prize": 1}}}, "questions": [QUESTION | {"difficulty": "hard"}]},
    {"settings": {"crowd": 100_001}},
    {"settings": {"places": [101]}},
]
LOOK = """async quizzes => {
    const { Draft } = await import('/web/host/library/draft.js');
    const { loadSchema } = await import('/web/host/library/schema.js');
    await loadSchema();
    return quizzes.map(quiz => new Draft('', { quiz, version: 0 }).flawed.value.count > 0);
}"""


def refused(quiz: dict[str, Any]) -> bool:
    try:
        checks.check_document(msgspec.json.decode(json.dumps(quiz), type=Quiz))
    except (BadQuiz, msgspec.ValidationError):
        return True
    return False


def in_full(quiz: dict[str, Any]) -> dict[str, Any]:
    """With all its fields, as an editor has it."""
    bare: dict[str, Any] = msgspec.to_builtins(msgspec.convert({"title": "x", "questions": [QUESTION]}, Quiz))
    questions = [bare["questions"][0] | {"type": "one"} | it for it in quiz.get("questions", [QUESTION])]
    return bare | quiz | {"settings": bare["settings"] | quiz.get("settings", {}), "questions": questions}


async def test_the_editor_finds_wrong_what_the_server_refuses(nodes: Nodes, screens: Screens) -> None:
    page = await studio(nodes.start(), screens)
    quizzes = [in_full(quiz) for quiz in [*({"questions": [QUESTION | it]} for it in FLAWED), *UNFIT]]
    wrong = await page.evaluate(LOOK, quizzes)
    assert [quiz for quiz, is_ in zip(quizzes, wrong, strict=True) if is_ is not refused(quiz)] == []
    assert {*wrong} == {True, False}
