"""What charts are drawn from agrees with the board and the answers."""

import random
from collections import Counter
from typing import Any

import msgspec
import pytest
import redis

from leaderboard.errors import Malformed, NoSuchQuiz
from leaderboard.quiz.content import Choice, Question, Quiz, Settings
from leaderboard.state import charts
from leaderboard.state.charts import Booking, Counted
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.nodes import ADMIN, Nodes

pytestmark = pytest.mark.anyio

QUESTIONS = [
    Question(text="One?", choices=["a", "b", "c"], answer=[0], time_limit=60, points=10, rule="flat"),
    Question(text="Several?", type="several", choices=["a", "b", "c"], answer=[0, 2], time_limit=60, rule="flat"),
    Question(text="Number?", type="number", answer=[7], time_limit=60, rule="flat"),
    Question(text="Order?", type="order", choices=["a", "b", "c"], answer=[2, 1, 0], time_limit=60, rule="flat"),
    Question(text="Poll?", type="poll", choices=["a", "b"], time_limit=60),
    Question(text="Skipped?", choices=["a", "b"], answer=[0], time_limit=60),
    Question(text="Nobody knows?", choices=["a", "b"], answer=[0], time_limit=60),
    Question(text="Not yet?", choices=["a", "b"], answer=[0], time_limit=60),
]
CHOICES: list[list[list[Any]]] = [
    [[0], [1], [2]],
    [[0], [0, 2], [1, 2]],
    [[7], [8]],
    [[2, 1, 0], [0, 1, 2]],
    [[0], [1]],
    [],
    [],
]


async def played(quizzes: Quizzes, settings: Settings | None = None) -> str:
    """A quiz in which ten players gave answers by chance, one was given points, and a key was corrected."""
    store, dice = quizzes.store, random.Random(7)
    quiz = (await store.create(Quiz(title="Charts", questions=QUESTIONS, settings=settings or Settings(start=5)))).id
    players = [(await store.join(quiz, f"P{i}")).id for i in range(10)]
    await store.skip(quiz, 5)
    for number in (1, 0, 2, 3, 4, 6):
        await store.open(quiz, number)
        for player in players:
            if CHOICES[number] and dice.random() < 0.8:
                await store.answer(quiz, player, number, dice.choice(CHOICES[number]))
        await store.close(quiz)
    await quizzes.corrections.adjust(quiz, players[0], 7, "Well said")
    await quizzes.corrections.correct(quiz, 0, "The other one", answer=[1])
    return quiz


async def all_of_it(quizzes: Quizzes, quiz: str, limit: int) -> list[Booking]:
    rows: list[Booking] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await quizzes.charts.ledger(quiz, cursor, limit)
        assert len(page.rows) <= limit
        assert page.rows or not rows, "a page after the last one"
        rows, cursor = rows + page.rows, page.next
    return rows


async def test_the_ledger_replayed_is_the_board(quizzes: Quizzes) -> None:
    quiz = await played(quizzes)
    await quizzes.store.remove(quiz, (await quizzes.store.people(quiz)).rows[0].id)
    rows = await all_of_it(quizzes, quiz, 1000)
    totals: dict[str, int] = {}
    for row in rows:
        assert row.total == totals.get(row.player, 0) + row.delta
        totals[row.player] = row.total
    board = (await quizzes.store.people(quiz)).rows
    assert {row.id: 0 if row.removed else row.points for row in board} == totals
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert Counter(row.reason for row in rows) >= Counter(("start", "answer", "host", "regrade", "removed"))
    assert {row.question for row in rows if row.reason == "answer"} == {0, 1, 2, 3}
    assert {row.question for row in rows if row.reason == "regrade"} == {0}
    assert {row.question for row in rows if row.reason in ("start", "host", "removed")} == {None}


async def test_pages_of_any_size_are_the_same_whole(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = await played(quizzes)
    whole = await all_of_it(quizzes, quiz, 5000)
    for at_once in (1, 7, len(whole)):
        monkeypatch.setattr(charts, "ENTRIES_AT_ONCE", at_once)
        for limit in (1, 7, len(whole) - 1, len(whole), len(whole) + 1):
            assert await all_of_it(quizzes, quiz, limit) == whole


async def test_a_ledger_without_entries_and_one_that_was_reset(quizzes: Quizzes) -> None:
    quiz = (await quizzes.store.create(Quiz(title="Empty", questions=[]))).id
    empty = await quizzes.charts.ledger(quiz, "", 10)
    assert (empty.rows, empty.next) == ([], None)
    await quizzes.store.reset(quiz)
    assert (await quizzes.charts.ledger(quiz, "", 10)).epoch != empty.epoch


@pytest.mark.parametrize("pacing", ["host", "self"])
async def test_counts_are_those_of_the_results(quizzes: Quizzes, pacing: Any) -> None:
    if pacing == "host":
        quiz = await played(quizzes)
    else:
        quiz = await alone(quizzes)
    results = await quizzes.reports.results(quiz)
    found = {it.question: it for it in await quizzes.charts.counts(quiz)}
    assert list(found) == ([0, 1, 2, 3, 4, 6] if pacing == "host" else [0, 1])
    for number, it in found.items():
        answers = [row.answers[number] for row in results.rows if number in row.answers]
        assert (it.answered, it.right) == (len(answers), sum(answer.grade == 1 for answer in answers))
        kind = QUESTIONS[number].kind
        chosen = Counter(place for answer in answers for place in answer.choice)
        places = range(0 if kind in ("order", "number") else len(QUESTIONS[number].choices))
        assert it.counts == [chosen[place] for place in places]
    assert sum(it.answered for it in found.values()) > sum(it.right for it in found.values()) > 0


async def alone(quizzes: Quizzes) -> str:
    """A quiz in which each goes on by themselves, and nobody came to the end."""
    settings = Settings(pacing="self")
    quiz = (await quizzes.store.create(Quiz(title="Alone", questions=QUESTIONS[:3], settings=settings))).id
    await quizzes.store.open(quiz)
    choices: list[tuple[int, Choice]]
    for i in range(3):
        player = (await quizzes.store.join(quiz, f"P{i}")).id
        choices = [(0, [i]), (1, [0, 2])]
        for number, choice in choices[: 1 + (i > 0)]:
            await quizzes.store.draws.draw(quiz, player, number - 1)
            await quizzes.store.answer(quiz, player, number, choice)
    return quiz


async def test_who_is_aside_is_counted_too(quizzes: Quizzes) -> None:
    """With the rule `order` they take no place, but they have answered, and rightly."""
    question = Question(text="?", choices=["a", "b"], answer=[0], time_limit=60, points=10, rule="order")
    made = Quiz(title="Aside", questions=[question], settings=Settings(crowd=1))
    quiz = (await quizzes.store.create(made)).id
    players = [(await quizzes.store.join(quiz, name, origin="one")).id for name in ("Ana", "Bot")]
    await quizzes.store.open(quiz, 0)
    for player in players:
        await quizzes.store.answer(quiz, player, 0, [0])
    assert (await quizzes.store.people(quiz)).aside == 1
    assert await quizzes.charts.counts(quiz) == [Counted(0, 2, 2, [2, 0])]


async def test_no_such_quiz(quizzes: Quizzes, redis_url: str) -> None:
    for asked in (quizzes.charts.ledger("NONESUCH", "", 1), quizzes.charts.counts("NONESUCH")):
        with pytest.raises(NoSuchQuiz):
            await asked
    quiz = await alone(quizzes)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(Keys(quiz).meta)
    with pytest.raises(NoSuchQuiz):  # although its questions are remembered
        await quizzes.charts.counts(quiz)


@pytest.mark.parametrize("cursor", ["x", "5", "5-", "-", "+", "(5-0", "5-0 ", "١-١", "9" * 16 + "-0", "5-0\n"])
async def test_cursors_that_no_page_gave(quizzes: Quizzes, cursor: str) -> None:
    quiz = (await quizzes.store.create(Quiz(title="Cursors", questions=[]))).id
    for reading in (quizzes.charts.ledger(quiz, cursor, 1), quizzes.journal.read(quiz, cursor)):
        with pytest.raises(Malformed):
            await reading


def test_over_http_they_are_for_the_host(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"start": 5})
    player, ana = node.join(quiz, "Ana")
    for token in (host, ADMIN):
        page = node.http("GET", f"/v1/quizzes/{quiz}/ledger?limit=1", token).json()
        [row] = page["rows"]
        assert row.pop("at") > 0
        assert row == {"player": player, "delta": 5, "total": 5, "reason": "start", "question": None}
        assert page["next"] is None
        assert node.http("GET", f"/v1/quizzes/{quiz}/counts", token).json() == []
    node.host(quiz, host, "open", question=0)
    node.http("POST", f"/v1/quizzes/{quiz}/answers", ana, json={"question": 0, "choice": [1]})
    counted = node.http("GET", f"/v1/quizzes/{quiz}/counts", host).json()
    assert counted == [{"question": 0, "answered": 1, "right": 1, "counts": [0, 1, 0]}]
    for path in ("ledger", "counts"):
        refused = node.http("GET", f"/v1/quizzes/{quiz}/{path}", ana)
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
        assert node.http("GET", f"/v1/quizzes/{quiz}/{path}").status_code == 401
    for query in ("limit=0", "limit=5001", "limit=x", "cursor=x", "cursor=%D9%A1-%D9%A1", "surprise=1"):
        assert node.http("GET", f"/v1/quizzes/{quiz}/ledger?{query}", host).json()["code"] == "MALFORMED"


def test_of_a_period(nodes: Nodes) -> None:
    node = nodes.start()
    made = {"title": "Daily", "questions": [], "settings": {"period": "day"}}
    quiz = node.http("POST", "/v1/quizzes", ADMIN, json=made).json()["id"]
    node.http("POST", f"/v1/quizzes/{quiz}/scores", ADMIN, json={"event": "e", "user_id": "ana", "score": 3})
    [row] = node.http("GET", f"/v1/quizzes/{quiz}/ledger", ADMIN).json()["rows"]
    assert msgspec.convert(row, Booking).delta == 3
