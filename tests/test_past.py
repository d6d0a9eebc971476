"""The board at a past moment is what it was then."""

import asyncio
import random
from typing import Any

import msgspec
import pytest
import redis

from leaderboard.errors import Busy, MovedOn, NoSuchPlayer, NoSuchQuiz
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state import past
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Page
from tests.nodes import ADMIN, Nodes

pytestmark = pytest.mark.anyio

Rows = list[dict[str, Any]]


def rows(page: Page) -> Rows:
    """Without who is online, which is of now."""
    found: Rows = msgspec.json.decode(page.rows)
    return [{name: value for name, value in row.items() if name != "online"} for row in found]


async def later(client: redis.Redis) -> int:
    """The time by Redis's clock, in a millisecond in which nothing has happened yet."""
    seconds, micros = client.time()
    now = began = seconds * 1000 + micros // 1000
    while now < began + 2:
        await asyncio.sleep(0.001)
        seconds, micros = client.time()
        now = seconds * 1000 + micros // 1000
    return began + 1


@pytest.mark.parametrize("ties", ["first", "shared"])
async def test_it_is_what_it_was(quizzes: Quizzes, redis_url: str, ties: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "ENTRIES_AT_ONCE", 7)
    store, dice, client = quizzes.store, random.Random(5), redis.Redis.from_url(redis_url)
    questions = [Question(text="?", choices=["a", "b"], answer=[0], time_limit=60, points=10, rule="flat")]
    settings = Settings(ties=ties, start=5, floor=False)
    quiz = (await store.create(Quiz(title="Past", questions=questions, settings=settings))).id
    players = [(await store.join(quiz, f"P{i}")).id for i in range(12)]
    moments: list[tuple[int, Page]] = []

    async def remember() -> None:
        moments.append((await later(client), await store.page(quiz, 100, host=True)))

    async def play(times: int) -> None:
        for _ in range(times):
            await quizzes.corrections.adjust(quiz, dice.choice(players), dice.choice([-5, 5, 10]), "dice")
            await remember()

    await remember()
    await play(12)
    await store.open(quiz, 0)
    for player in players[:8]:
        await store.answer(quiz, player, 0, [dice.randrange(2)])
    await store.close(quiz)
    await remember()
    await store.remove(quiz, players.pop())
    await play(8)
    await quizzes.corrections.correct(quiz, 0, "The other one", answer=[1])
    await remember()
    await play(8)
    for at, page in moments:
        assert rows(await quizzes.past.page(quiz, at, 100)) == rows(page)
    at, page = moments[20]
    around = await quizzes.past.page(quiz, at, 3, around=rows(page)[5]["id"])
    assert rows(around) == rows(page)[4:7]
    assert around.players == page.players
    assert around.version <= page.version
    assert {row["rank"] for row in rows(await quizzes.past.page(quiz, at, 100, ties="first"))} == set(
        range(1, page.players + 1)
    )
    assert rows(await quizzes.past.page(quiz, 0, 100)) == []
    with pytest.raises(NoSuchPlayer):
        await quizzes.past.page(quiz, 0, 100, around=players[0])
    with pytest.raises(NoSuchQuiz):
        await quizzes.past.page("NONESUCH", at, 100)


async def test_less_is_better(quizzes: Quizzes, redis_url: str) -> None:
    quiz = (await quizzes.store.create(Quiz(title="Golf", questions=[], settings=Settings(order="ascending")))).id
    players = [(await quizzes.store.join(quiz, name)).id for name in ("Ana", "Ben", "Cem", "Dia")]
    for player, points in zip(players, (7, 3, 3, 5), strict=True):
        await quizzes.corrections.adjust(quiz, player, points, "strokes")
    now = await later(redis.Redis.from_url(redis_url))
    found = rows(await quizzes.past.page(quiz, now, 10, ties="shared"))
    assert [(row["rank"], row["name"], row["points"]) for row in found] == [
        *((1, "Ben", 3), (1, "Cem", 3), (3, "Dia", 5), (4, "Ana", 7)),
    ]


async def test_who_is_aside_is_left_out(quizzes: Quizzes, redis_url: str) -> None:
    quiz = (await quizzes.store.create(Quiz(title="Crowd", questions=[], settings=Settings(approval=True, start=5)))).id
    _, ben = [(await quizzes.store.join(quiz, name)).id for name in ("Ana", "Ben")]
    await quizzes.store.admit(quiz, ben)
    found = rows(await quizzes.past.page(quiz, await later(redis.Redis.from_url(redis_url)), 10))
    assert [row["id"] for row in found] == [ben]


async def test_a_reset_in_the_middle(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = (await quizzes.store.create(Quiz(title="Reset", questions=[], settings=Settings(start=5)))).id
    await quizzes.store.join(quiz, "Ana")
    aside = past.Past._aside

    async def meanwhile(self: past.Past, quiz: str) -> list[bytes]:
        await quizzes.store.reset(quiz)
        return await aside(self, quiz)

    monkeypatch.setattr(past.Past, "_aside", meanwhile)
    with pytest.raises(MovedOn):
        await quizzes.past.page(quiz, 1 << 53, 10)


async def test_many_who_ask_at_once(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_WAITING", 2)
    quiz = (await quizzes.store.create(Quiz(title="Many", questions=[]))).id
    for _ in range(2):
        found = await asyncio.gather(*(quizzes.past.page(quiz, 1, 10) for _ in range(3)), return_exceptions=True)
        assert [type(it) for it in found] == [Page, Page, Busy]


def test_over_http_it_is_for_the_host(nodes: Nodes, real_url: str) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"start": 5})
    _, ana = node.join(quiz, "Ana")
    path = f"/v1/quizzes/{quiz}/board"
    entries: Any = redis.Redis.from_url(real_url).xrange(Keys(quiz).ledger)
    [(entry, _)] = entries
    at = int(entry.decode().partition("-")[0])
    for token in (host, ADMIN):
        assert [row["points"] for row in node.http("GET", f"{path}?at={at}", token).json()["rows"]] == [5]
        assert node.http("GET", f"{path}?at={at - 1}", token).json()["rows"] == []
    for token in (ana, ""):
        refused = node.http("GET", f"{path}?at={at}", token)
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    for query in ("at=-1", "at=soon", f"at={10**40}", f"at={at}&cursor=WyI1IiwiYSJd", f"at={at}&limit=101"):
        assert node.http("GET", f"{path}?{query}", host).json()["code"] == "MALFORMED"
