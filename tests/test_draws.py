"""Exclusive questions and mystery boxes: each question has one owner, and every stake an end."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest
from msgspec import UNSET

from leaderboard.errors import (
    AllDrawn,
    BadQuiz,
    CannotAfford,
    MovedOn,
    NoBox,
    NoSuchQuestion,
    NotOpen,
    NotYours,
    Refusal,
    StillHolding,
    Taken,
    TooLate,
    WrongPacing,
)
from leaderboard.quiz import checks
from leaderboard.quiz.content import Box, Difficulty, Question, Quiz, Settings
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import Store

pytestmark = pytest.mark.anyio

BOXES: dict[Difficulty, Box] = {
    "easy": Box(price=100, prize=250),
    "hard": Box(price=200, price_percent=10, prize=500, prize_percent=50),
}


def question(difficulty: Difficulty | None = None, topic: str = "", **about: Any) -> Question:
    given: dict[str, Any] = {"time_limit": 600, "points": 100} | about
    return Question(text="One of two", choices=["a", "b"], answer=[1], difficulty=difficulty, topic=topic, **given)


async def make(quizzes: Quizzes, *questions: Question, players: int = 2, **settings: Any) -> tuple[str, list[str]]:
    """A quiz that runs, and its players."""
    about: dict[str, Any] = {"pacing": "draw", "start": 1000, "board_interval_ms": 20, "rule": "flat"} | settings
    given = Settings(**about)
    quiz = (await quizzes.store.create(Quiz("Draw", list(questions), given))).id
    joined = [(await quizzes.store.join(quiz, f"Team {number}")).id for number in range(players)]
    await quizzes.store.open(quiz)
    return quiz, joined


async def told(quizzes: Quizzes, quiz: str, player: str) -> list[str]:
    """How the player themselves hears what came after the start."""
    return [line.text for line in (await quizzes.reports.explain(quiz, player, host=False)).lines[1:]]


async def total(quizzes: Quizzes, quiz: str, player: str) -> int:
    return int(float(await quizzes.writer.command("ZSCORE", Keys(quiz).board, player)) // 1)


async def reasons(quizzes: Quizzes, quiz: str) -> list[tuple[str, int]]:
    """[(reason, delta)] of the ledger but for the start."""
    entries = await quizzes.writer.command("XRANGE", Keys(quiz).ledger, "-", "+")
    found = [dict(zip(flat[::2], flat[1::2], strict=True)) for _, flat in entries]
    return [(it[b"reason"].decode(), int(it[b"delta"])) for it in found if it[b"reason"] != b"start"]


async def time_passes(quizzes: Quizzes, quiz: str, player: str, ms: int) -> None:
    """For what a player holds."""
    keys = Keys(quiz)
    await quizzes.writer.command("ZINCRBY", keys.leases, -ms, player)
    run = await quizzes.writer.command("HGET", keys.runs, player)
    head, _, at = (run or b":0}").decode().rpartition(":")
    if at != "0}":
        await quizzes.writer.command("HSET", keys.runs, player, f"{head}:{int(at[:-1]) - ms}}}")


async def sound(quizzes: Quizzes, quiz: str) -> None:
    """Ledger, board and answers agree, and everybody's total can be explained."""
    assert (await quizzes.audit.verify(quiz)).findings == []
    for player in (await quizzes.store.people(quiz)).rows:
        assert (await quizzes.reports.explain(quiz, player.id)).complete


async def outcome(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except Refusal as refused:
        return refused.code


async def nothing(*_: Any) -> int:
    return 0


# Drawing


async def test_a_question_is_drawn_once(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, question(), question())
    draws = quizzes.store.draws
    first = await draws.draw(quiz, ana, -1)
    again = await draws.draw(quiz, ana, -1)
    assert (first.question.number, again.question.number, again.duplicate) == (0, 0, True)
    assert (again.opened_at, again.closes_at) == (first.opened_at, first.closes_at)
    assert (await draws.draw(quiz, ben, -1)).question.number == 1
    done = await quizzes.store.answer(quiz, ana, 0, [1])
    assert (done.correct, done.points, done.total, done.rank) == (True, 100, 1100, 1)
    assert (await quizzes.store.answer(quiz, ben, 1, [0])).correct is False
    for player, after in ((ana, 0), (ben, 1)):
        with pytest.raises(AllDrawn):
            await draws.draw(quiz, player, after)
    repeated = await quizzes.store.answer(quiz, ana, 0, [0])
    assert (repeated.duplicate, repeated.correct, repeated.rank) == (True, True, 1)
    await sound(quizzes, quiz)


async def test_what_one_can_ask_for(quizzes: Quizzes) -> None:
    kinds = [question("easy", "Rivers"), question("hard", "Rivers"), question("hard", "Kings"), question()]
    quiz, players = await make(quizzes, *kinds, players=6)
    draws = quizzes.store.draws
    assert (await draws.pool(quiz)).difficulties == {"easy": 1, "hard": 2}
    assert (await draws.draw(quiz, players[0], -1, "hard", "KINGS")).question.number == 2
    assert (await draws.draw(quiz, players[1], -1, topic="rivers")).question.number == 0
    assert (await draws.draw(quiz, players[2], -1, question=3)).question.number == 3
    for player, asked in ((3, {"topic": "kings"}), (3, {"difficulty": "easy"}), (3, {"difficulty": "medium"})):
        with pytest.raises(AllDrawn):
            await draws.draw(quiz, players[player], -1, **asked)  # type: ignore[arg-type]
    with pytest.raises(Taken):
        await draws.draw(quiz, players[3], -1, question=2)
    with pytest.raises(NoSuchQuestion):
        await draws.draw(quiz, players[3], -1, question=4)
    assert (await draws.draw(quiz, players[3], -1)).question.number == 1
    pool = await draws.pool(quiz, host=True)
    assert (pool.free, pool.held, pool.topics) == (0, 4, {})
    assert [it.player for it in pool.holding or []] == [players[n] for n in (0, 1, 2, 3)] or pool.holding


async def test_somebody_elses_question(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, question(), question())
    await quizzes.store.draws.draw(quiz, ana, -1)
    for player, number in ((ben, 0), (ben, 1), (ana, 1)):
        with pytest.raises(NotYours):
            await quizzes.store.answer(quiz, player, number, [1])
    assert await reasons(quizzes, quiz) == []


@pytest.mark.parametrize("unanswered", ["free", "closed"])
@pytest.mark.parametrize("how", ["handed back", "too late"])
async def test_a_question_that_is_not_answered(quizzes: Quizzes, unanswered: str, how: str) -> None:
    quiz, (ana, ben) = await make(quizzes, question(), unanswered=unanswered)
    draws = quizzes.store.draws
    await draws.draw(quiz, ana, -1)
    if how == "handed back":
        with pytest.raises(MovedOn):
            await draws.release(quiz, ana, 7)
        assert not (await draws.release(quiz, ana, 0)).duplicate
        assert (await draws.release(quiz, ana, 0)).duplicate
    else:
        await time_passes(quizzes, quiz, ana, 600_001)
        with pytest.raises(TooLate):
            await quizzes.store.answer(quiz, ana, 0, [1])
    with pytest.raises(AllDrawn):  # nobody has a question twice
        await draws.draw(quiz, ana, 0)
    with pytest.raises(NotYours):
        await quizzes.store.answer(quiz, ana, 0, [1])
    if unanswered == "free":
        assert (await draws.draw(quiz, ben, -1)).question.number == 0
    else:
        assert await outcome(draws.draw(quiz, ben, -1)) == "ALL_DRAWN"
    await sound(quizzes, quiz)


async def test_before_and_after_the_quiz(quizzes: Quizzes) -> None:
    given = Settings(pacing="draw")
    quiz = (await quizzes.store.create(Quiz("Draw", [question("easy")], given))).id
    ana = (await quizzes.store.join(quiz, "Ana")).id
    with pytest.raises(NotOpen):
        await quizzes.store.draws.draw(quiz, ana, -1)
    with pytest.raises(NoBox):
        await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.open(quiz)
    await quizzes.store.draws.draw(quiz, ana, -1)
    await quizzes.store.finish(quiz)
    assert (await quizzes.store.draws.pool(quiz)).held == 0
    with pytest.raises(NotOpen):
        await quizzes.store.answer(quiz, ana, 0, [1])
    with pytest.raises(NotOpen):
        await quizzes.store.draws.draw(quiz, ana, 0)


async def test_another_pacing(quizzes: Quizzes) -> None:
    quiz = (await quizzes.store.create(Quiz("Host", [question("easy")]))).id
    ana = (await quizzes.store.join(quiz, "Ana")).id
    draws = quizzes.store.draws
    for work in (
        draws.draw(quiz, ana, -1),
        draws.buy(quiz, ana, "easy", -1),
        draws.release(quiz, ana),
        draws.pool(quiz),
    ):
        assert await outcome(work) == "WRONG_PACING"
    own = (await quizzes.store.create(Quiz("Self", [question("easy")], Settings(pacing="self")))).id
    ana = (await quizzes.store.join(own, "Ana")).id
    await quizzes.store.open(own)
    assert await outcome(draws.draw(own, ana, -1, "easy")) == "WRONG_PACING"


async def test_a_reset_makes_all_questions_free(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy"), question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.draw(quiz, ana, -1)
    await quizzes.store.answer(quiz, ana, 0, [1])
    await quizzes.store.draws.buy(quiz, ben, "easy", -1)
    await quizzes.store.reset(quiz)
    assert await total(quizzes, quiz, ben) == 1000
    await quizzes.store.open(quiz)
    assert (await quizzes.store.draws.pool(quiz)).free == 2
    assert (await quizzes.store.draws.draw(quiz, ana, -1)).question.number == 0
    await sound(quizzes, quiz)


async def test_who_is_removed_lets_go(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.remove(quiz, ana)
    assert (await quizzes.store.draws.draw(quiz, ben, -1)).question.number == 0
    await sound(quizzes, quiz)


# Boxes


async def test_a_box(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), question("hard"), boxes=BOXES)
    draws = quizzes.store.draws
    bought = await draws.buy(quiz, ana, "hard", -1, "a")
    assert (bought.price, bought.prize, bought.total, bought.duplicate) == (300, 1000, 700, False)
    assert (await draws.buy(quiz, ana, "hard", -1, "a")).duplicate
    [standing] = await quizzes.standings.you(quiz, -1, [ana])
    assert standing.box is not None
    assert (standing.box.price, standing.own, standing.points) == (300, None, 700)
    with pytest.raises(NotYours):  # it has not been opened
        await quizzes.store.answer(quiz, ana, 1, [1])
    with pytest.raises(StillHolding):
        await draws.buy(quiz, ana, "easy", -1)
    opened = await draws.draw(quiz, ana, -1)
    assert (opened.question.number, opened.duplicate) == (1, False)
    assert (await draws.draw(quiz, ana, -1)).opened_at == opened.opened_at
    done = await quizzes.store.answer(quiz, ana, 1, [1])
    assert (done.correct, done.points, done.total) == (True, 700, 1700)
    assert await outcome(draws.buy(quiz, ana, "hard", -1, "a")) == "MOVED_ON"
    assert await reasons(quizzes, quiz) == [("stake", -300), ("answer", 1000)]
    await sound(quizzes, quiz)


async def test_a_wrong_answer_loses_the_stake(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy", penalty=5000), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.draws.draw(quiz, ana, -1)
    done = await quizzes.store.answer(quiz, ana, 0, [0])
    assert (done.points, done.total) == (-100, 900)
    assert await told(quizzes, quiz, ana) == ["question 1: wrong, from a box for 100, prize 250"]
    await sound(quizzes, quiz)


@pytest.mark.parametrize("end", ["lapses", "handed back", "finish"])
async def test_a_box_that_was_not_opened_is_paid_back(quizzes: Quizzes, end: str) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    draws = quizzes.store.draws
    await draws.buy(quiz, ana, "easy", -1, "a")
    if end == "lapses":
        await time_passes(quizzes, quiz, ana, 30_001)
        assert await outcome(draws.draw(quiz, ana, -1)) == "BOX_LAPSED"
        assert await quizzes.store.due(quiz) == 0
    elif end == "handed back":
        await draws.release(quiz, ana)
    else:
        await quizzes.store.finish(quiz)
    assert await total(quizzes, quiz, ana) == 1000
    assert await reasons(quizzes, quiz) == [("stake", -100), ("refund", 100)]
    if end != "finish":
        assert await outcome(draws.buy(quiz, ana, "easy", -1, "a")) == "MOVED_ON"  # a request that came late
        assert (await draws.draw(quiz, ben, -1)).question.number == 0
    await sound(quizzes, quiz)


@pytest.mark.parametrize("end", ["lapses", "handed back", "finish", "void"])
async def test_a_box_that_was_opened_and_not_answered(quizzes: Quizzes, end: str) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), question("easy"), boxes={"easy": BOXES["easy"]})
    draws = quizzes.store.draws
    await draws.buy(quiz, ana, "easy", -1)
    await draws.draw(quiz, ana, -1)
    assert await told(quizzes, quiz, ana) == ["question 1: still open", "staked on a box"]
    if end in ("lapses", "void"):
        if end == "void":
            await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
        await time_passes(quizzes, quiz, ana, 600_001)
        assert await quizzes.store.due(quiz) == 0
    elif end == "handed back":
        await draws.release(quiz, ana, 0)
    else:
        await quizzes.store.finish(quiz)
    assert await total(quizzes, quiz, ana) == (1000 if end in ("finish", "void") else 900)
    if end in ("lapses", "handed back"):
        assert await told(quizzes, quiz, ana) == ["question 1: no answer, from a box for 100, prize 250"]
    assert (await draws.pool(quiz)).free == (1 if end == "void" else 2)  # nobody can draw what does not count
    await sound(quizzes, quiz)
    if end == "lapses":  # and it counts no more, later
        await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
        assert await total(quizzes, quiz, ana) == 1000
        await sound(quizzes, quiz)


async def test_a_void_box_is_paid_back(quizzes: Quizzes) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy"), question("easy"), boxes={"easy": BOXES["easy"]})
    draws = quizzes.store.draws
    for player, choice in ((ana, 1), (ben, 0)):
        await draws.buy(quiz, player, "easy", -1)
        drawn = await draws.draw(quiz, player, -1)
        await quizzes.store.answer(quiz, player, drawn.question.number, [choice])
    assert [await total(quizzes, quiz, player) for player in (ana, ben)] == [1150, 900]
    done = await quizzes.corrections.correct(quiz, 1, "Misprint", void=True)
    assert [await total(quizzes, quiz, player) for player in (ana, ben)] == [1150, 1000]
    assert isinstance(done.correction, int)
    await quizzes.corrections.undo(quiz, done.correction)
    await quizzes.corrections.correct(quiz, 1, "Wrong key", answer=[0])
    assert [await total(quizzes, quiz, player) for player in (ana, ben)] == [1150, 1150]
    await sound(quizzes, quiz)


async def test_nobody_draws_what_does_not_count(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy", "x"), question())
    await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
    assert (await quizzes.store.draws.pool(quiz)).free == 1
    assert (await quizzes.store.draws.draw(quiz, ana, -1)).question.number == 1
    with pytest.raises(AllDrawn):
        await quizzes.store.draws.draw(quiz, (await quizzes.store.join(quiz, "Cem")).id, -1, "easy")


@pytest.mark.parametrize("how", ["free", "handed back", "in a box", "removed"])
async def test_what_counts_again_can_be_drawn_again(quizzes: Quizzes, how: str) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy", "x"), boxes={"easy": BOXES["easy"]})
    draws = quizzes.store.draws
    if how == "in a box":
        await draws.buy(quiz, ana, "easy", -1)
    elif how != "free":
        await draws.draw(quiz, ana, -1)
    done = await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
    if how == "removed":
        await quizzes.store.remove(quiz, ana)
    elif how != "free":
        await draws.release(quiz, ana)
    for asked in ((None, ""), ("easy", ""), (None, "x"), ("easy", "x")):
        assert await outcome(draws.draw(quiz, ben, -1, *asked)) == "ALL_DRAWN"
    assert (await draws.pool(quiz)).free == 0
    assert isinstance(done.correction, int)
    await quizzes.corrections.undo(quiz, done.correction)
    assert (await draws.pool(quiz)).free == 1
    assert (await draws.draw(quiz, ben, -1, "easy", "x")).question.number == 0
    await sound(quizzes, quiz)


async def test_a_node_that_has_not_heard_of_a_correction_pays_back(quizzes: Quizzes, redis_url: str) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.draws.draw(quiz, ana, -1)
    other = Quizzes(redis_url)
    other.start()
    done = await other.corrections.correct(quiz, 0, "Misprint", void=True)
    await time_passes(quizzes, quiz, ana, 600_001)
    assert await quizzes.store.due(quiz) == 0
    assert (await total(quizzes, quiz, ana), (await quizzes.store.draws.pool(quiz)).free) == (1000, 0)
    await sound(other, quiz)
    assert isinstance(done.correction, int)
    await other.corrections.undo(quiz, done.correction)
    assert (await total(quizzes, quiz, ana), (await quizzes.store.draws.pool(quiz)).free) == (900, 1)
    await sound(other, quiz)
    await other.stop()


async def test_a_quiz_that_ended_before_the_time_pays_back_also_later(
    quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.draws.draw(quiz, ana, -1)
    with monkeypatch.context() as dying:  # the node that ends it does no more
        dying.setattr(quizzes.store.draws, "lapse", nothing)
        await quizzes.store.finish(quiz)
    await quizzes.writer.command("HINCRBY", Keys(quiz).meta, "finished_at", -60_000)
    await time_passes(quizzes, quiz, ana, 600_001)
    await quizzes.store.due(quiz)
    assert await total(quizzes, quiz, ana) == 1000
    await sound(quizzes, quiz)


@pytest.mark.parametrize("debt", [False, True])
async def test_a_box_that_costs_more_than_one_has(quizzes: Quizzes, debt: bool) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]}, debt=debt, start=99)
    if debt:
        assert (await quizzes.store.draws.buy(quiz, ana, "easy", -1)).total == -1
    else:
        with pytest.raises(CannotAfford):
            await quizzes.store.draws.buy(quiz, ana, "easy", -1)
        assert (await reasons(quizzes, quiz), (await quizzes.store.draws.pool(quiz)).free) == ([], 1)
    await sound(quizzes, quiz)


async def test_a_box_for_nothing_needs_no_points(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": Box(price_percent=50, prize=30)}, start=0)
    await quizzes.corrections.adjust(quiz, ana, -10, "Late")
    assert (await quizzes.store.draws.buy(quiz, ana, "easy", -1)).price == 0


@pytest.mark.parametrize("opened", [False, True])
async def test_what_has_lapsed_keeps_nobody_from_buying(quizzes: Quizzes, opened: bool) -> None:
    """Also where no timer has come by yet."""
    quiz, (ana, _) = await make(quizzes, *[question("easy")] * 2, boxes={"easy": Box(price=100, prize=100)})
    draws = quizzes.store.draws
    after = -1
    await draws.buy(quiz, ana, "easy", after)
    if opened:
        after = (await draws.draw(quiz, ana, after)).question.number
    await time_passes(quizzes, quiz, ana, 600_001)
    bought = await draws.buy(quiz, ana, "easy", after)
    assert (bought.duplicate, bought.total) == (False, 800 if opened else 900)
    assert (await draws.buy(quiz, ana, "easy", after)).open_by == bought.open_by
    await sound(quizzes, quiz)


@pytest.mark.parametrize(("percent", "code"), [(100, "done"), (300, "TOO_LATE")])
async def test_extra_time_begins_with_the_next_question(quizzes: Quizzes, percent: int, code: str) -> None:
    """What is held ends when its player was told that it would."""
    quiz, (ana, _) = await make(quizzes, question())
    await quizzes.store.extra(quiz, ana, 400 - percent)
    drawn = await quizzes.store.draws.draw(quiz, ana, -1)
    assert drawn.closes_at - drawn.opened_at == 6_000 * (400 - percent)
    await quizzes.store.extra(quiz, ana, percent)
    await time_passes(quizzes, quiz, ana, 900_000)
    done = await outcome(quizzes.store.answer(quiz, ana, 0, [1]))
    assert done == code if code != "done" else done.correct


async def test_who_has_had_many_gets_the_next_one(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, *[question("easy")] * 1100)
    await quizzes.writer.command("HSET", Keys(quiz).drawn, ana, "".join(f"{number} " for number in range(1099)))
    assert (await quizzes.store.draws.draw(quiz, ana, -1, "easy")).question.number == 1099
    await quizzes.store.draws.release(quiz, ana)
    assert await outcome(quizzes.store.draws.draw(quiz, ana, 1099)) == "ALL_DRAWN"


async def test_a_lease_ends_when_an_answer_with_credit_would_be_too_late(
    quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz, (ana, _) = await make(quizzes, question(), credit_ms=150)
    draws, now = quizzes.store.draws, 0
    until = (await draws.draw(quiz, ana, -1)).closes_at - 700_000
    await time_passes(quizzes, quiz, ana, 700_000)

    async def now_ms() -> int:
        return now

    monkeypatch.setattr(draws, "_now_ms", now_ms)
    for now, held in ((until + 1, 1), (until + 150, 1), (until + 151, 0)):
        assert (await draws.lapse(quiz), (await draws.pool(quiz)).held) == (until + 151 - now if held else 0, held)


# At the same moment


async def test_two_press_at_once_and_buy_one_box(quizzes: Quizzes, redis_url: str) -> None:
    quiz, (ana, _) = await make(quizzes, *[question("easy")] * 9, boxes={"easy": BOXES["easy"]})
    other = Quizzes(redis_url)
    other.start()
    both = [it.store.draws.buy(quiz, ana, "easy", -1, f"device {n}") for n in range(5) for it in (quizzes, other)]
    done = await asyncio.gather(*both)
    await other.stop()
    assert sorted(it.duplicate for it in done) == [False] + [True] * 9
    assert await reasons(quizzes, quiz) == [("stake", -100)]


async def test_two_want_the_last_box(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]}, players=2)
    codes = await asyncio.gather(*(outcome(quizzes.store.draws.buy(quiz, it, "easy", -1)) for it in players))
    assert sorted(code if isinstance(code, str) else "bought" for code in codes) == ["ALL_DRAWN", "bought"]
    assert await reasons(quizzes, quiz) == [("stake", -100)]
    await sound(quizzes, quiz)


async def test_five_hundred_draw_from_four_hundred(quizzes: Quizzes, redis_url: str) -> None:
    """On two nodes, all at once, each twice: every question has one owner."""
    hundred = 100 if redis_url.startswith("unix") else 10  # fakeredis is slow
    quiz, players = await make(quizzes, *[question()] * 4 * hundred, players=5 * hundred)
    other = Quizzes(redis_url)
    other.start()
    work = [it.store.draws.draw(quiz, player, -1) for player in players for it in (quizzes, other)]
    found = await asyncio.gather(*map(outcome, work))
    await other.stop()
    owners: dict[int, set[str]] = {}
    for (player, _), it in zip([(p, n) for p in players for n in range(2)], found, strict=True):
        if not isinstance(it, str):
            owners.setdefault(it.question.number, set()).add(player)
    assert sorted(owners) == list(range(4 * hundred))
    assert {len(who) for who in owners.values()} == {1}
    assert Counter(it if isinstance(it, str) else it.duplicate for it in found) == {
        "ALL_DRAWN": 2 * hundred,
        False: 4 * hundred,
        True: 4 * hundred,
    }


async def test_a_lease_runs_out_during_the_answer(quizzes: Quizzes) -> None:
    """Answered or lost, never both: whichever comes first in Redis."""
    quiz, (ana, ben) = await make(quizzes, *[question("easy")] * 30, boxes={"easy": Box(price=10, prize=30)})
    draws, after = quizzes.store.draws, -1
    for _ in range(30):
        with contextlib.suppress(AllDrawn):
            await draws.buy(quiz, ana, "easy", after)
            drawn = await draws.draw(quiz, ana, after)
            after = drawn.question.number
            await time_passes(quizzes, quiz, ana, 599_997)
            await asyncio.gather(
                outcome(quizzes.store.answer(quiz, ana, after, [1])), quizzes.store.due(quiz), quizzes.store.due(quiz)
            )
    await quizzes.store.finish(quiz)
    await sound(quizzes, quiz)
    assert await total(quizzes, quiz, ben) == 1000


# What makes no sense


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"streak_bonus": 5}, "streaks"),
        ({"reanswer": "until_close"}, "change"),
        ({"reveal": "close"}, "at once"),
        ({"rule": "order"}, "nobody is first"),
        ({"late": "average"}, "late"),
        ({"boxes": {"medium": Box(prize=1)}}, "medium"),
        ({"boxes": {"easy": Box(price=1)}}, "prize"),
        ({"boxes": {"easy": Box(prize=1)}, "pacing": "host"}, "boxes"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], word: str) -> None:
    given: dict[str, Any] = {"pacing": "draw"} | settings
    with pytest.raises(BadQuiz, match=word):
        checks.check(Quiz("Draw", [question("easy")], Settings(**given)))


def test_pools_that_make_no_sense() -> None:
    many = [question(points=1)] * 5_000
    checks.check(Quiz("Draw", many, Settings(pacing="draw")))
    for wrong, settings, word in (
        (many, Settings(), "500"),
        ([question(points=100_000)] * 501, Settings(pacing="draw"), "50000000"),
        ([question("easy")] * 501, Settings(pacing="draw", boxes={"easy": Box(prize_percent=1)}), "50000000"),
        ([Question("Poll", ["a", "b"], type="poll")], Settings(pacing="draw"), "poll"),
    ):
        with pytest.raises(BadQuiz, match=word):
            checks.check(Quiz("Draw", wrong, settings))


async def test_results_have_what_was_drawn(quizzes: Quizzes, store: Store) -> None:
    quiz, (ana, ben) = await make(quizzes, question(), question("easy"), boxes={"easy": BOXES["easy"]})
    await store.draws.draw(quiz, ana, -1)
    await store.answer(quiz, ana, 0, [1])
    await store.draws.buy(quiz, ben, "easy", -1)
    await store.draws.draw(quiz, ben, -1)
    await store.answer(quiz, ben, 1, [0])
    await store.finish(quiz)
    rows = {row.player: row for row in (await quizzes.reports.results(quiz)).rows}
    assert {player: list(row.answers) for player, row in rows.items()} == {ana: [0], ben: [1]}
    assert rows[ben].answers[1].box == (100, 250)
    with pytest.raises(WrongPacing):
        await store.close(quiz)


# Corrections of what is held


@pytest.mark.parametrize("how", ["handed back", "never opened", "removed"])
async def test_what_does_not_count_is_not_free_again_until_it_counts(
    quizzes: Quizzes, redis_url: str, how: str
) -> None:
    quiz, (ana, ben) = await make(quizzes, question("easy"), question("easy"), boxes={"easy": BOXES["easy"]})
    other = Quizzes(redis_url)  # a node that has not heard of the correction
    other.start()
    await other.store.draws.buy(quiz, ana, "easy", -1)
    if how != "never opened":
        await other.store.draws.draw(quiz, ana, -1)
    done = await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
    await (other.store.remove(quiz, ana) if how == "removed" else other.store.draws.release(quiz, ana))
    await other.stop()
    assert (await quizzes.store.draws.pool(quiz)).free == 1
    if how != "removed":
        assert await total(quizzes, quiz, ana) == 1000
    await sound(quizzes, quiz)
    assert isinstance(done.correction, int)
    await quizzes.corrections.undo(quiz, done.correction)
    assert (await quizzes.store.draws.pool(quiz)).free == 2
    assert (await quizzes.store.draws.draw(quiz, ben, -1, question=0)).question.number == 0
    if how != "removed":
        assert await total(quizzes, quiz, ana) == (900 if how == "handed back" else 1000)
    await sound(quizzes, quiz)


async def test_what_is_free_and_does_not_count_can_be_drawn_when_it_counts_again(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy", "x"), question())
    done = await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
    assert (await quizzes.store.draws.pool(quiz)).free == 1
    assert isinstance(done.correction, int)
    await quizzes.corrections.undo(quiz, done.correction)
    assert (await quizzes.store.draws.pool(quiz)).free == 2
    assert (await quizzes.store.draws.draw(quiz, ana, -1, "easy", "X")).question.number == 0
    await quizzes.store.answer(quiz, ana, 0, [1])
    done = await quizzes.corrections.correct(quiz, 0, "Misprint", void=True)
    assert isinstance(done.correction, int)
    await quizzes.corrections.undo(quiz, done.correction)
    assert (await quizzes.store.draws.pool(quiz)).free == 1  # it is closed, not free


async def test_a_stake_is_paid_back_also_when_nobody_came_by_for_long_after_the_end(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.store.draws.buy(quiz, ana, "easy", -1)
    await quizzes.store.draws.draw(quiz, ana, -1)
    await quizzes.writer.command("HSET", Keys(quiz).meta, "phase", "finished", "finished_at", 1)  # and then it died
    await time_passes(quizzes, quiz, ana, 600_001)
    assert await quizzes.store.due(quiz) == 0
    assert await total(quizzes, quiz, ana) == 1000
    await sound(quizzes, quiz)


async def test_no_rank_is_told_while_a_key_is_corrected(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question(), question())
    await quizzes.store.draws.draw(quiz, ana, -1)
    await quizzes.writer.command("HSET", Keys(quiz).meta, "correcting", "1")
    assert (await quizzes.store.answer(quiz, ana, 0, [1])).rank is UNSET


async def test_nobody_hands_back_for_ever(quizzes: Quizzes) -> None:
    quiz, (ana, _) = await make(quizzes, question("easy"), boxes={"easy": BOXES["easy"]})
    await quizzes.writer.command("HSET", Keys(quiz).drawn, f"back:{ana}", 499)
    for last in (False, True):
        await quizzes.store.draws.buy(quiz, ana, "easy", -1)
        code = await outcome(quizzes.store.draws.release(quiz, ana))
        assert code == "TOO_OFTEN" if last else not code.duplicate
    assert (await quizzes.store.draws.pool(quiz)).held == 1
    await quizzes.store.finish(quiz)
    assert await total(quizzes, quiz, ana) == 1000
    await sound(quizzes, quiz)
