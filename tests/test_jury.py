"""Corrections, proof and results."""

import asyncio
import contextlib
import csv
import io
import zipfile
from typing import Any

import msgspec
import pytest
import redis

from leaderboard.api.sheets import to_csv, to_xlsx
from leaderboard.errors import (
    AlreadyUndone,
    BadQuiz,
    Correcting,
    HeldBack,
    IdReused,
    MovedOn,
    NoSuchCorrection,
    NoSuchPlayer,
    NoSuchQuestion,
    OutOfRange,
    StillOpen,
)
from leaderboard.quiz import verbs
from leaderboard.quiz.content import AnswerKey, Question, Quiz, Settings
from leaderboard.state.grader import LEASE_MS
from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look

pytestmark = pytest.mark.anyio

ONE = Question(text="=2+2", choices=["3", "4"], answer=[1], rule="flat", time_limit=60)


def look(redis_url: str, quiz: str) -> Look:
    return Look(redis.Redis.from_url(redis_url), quiz)


async def played(quizzes: Quizzes, players: int = 6, questions: int = 3, **settings: Any) -> tuple[str, list[str]]:
    """A quiz of which all questions but the last are closed; every other player was right each time."""
    store = quizzes.store
    made = Quiz(title="Jury", questions=[ONE] * questions, settings=Settings(**settings))
    id = (await store.create(made)).id
    ids = [(await store.join(id, name)).id for name in [f"P{i}" for i in range(players)]]
    for number in range(questions):
        await store.next(id)
        for i, player in enumerate(ids):
            await store.answer(id, player, number, [i % 2])
        if number < questions - 1:
            await store.close(id)
    return id, ids


def totals(inside: Look) -> dict[str, int]:
    return dict(inside.board())


async def test_a_wrong_key_is_put_right_and_back(quizzes: Quizzes, redis_url: str) -> None:
    id, players = await played(quizzes, streak_bonus=100, penalty=200)
    inside = look(redis_url, id)
    scores = inside.client.zrange(inside.keys.board, 0, -1, withscores=True)
    preview = await quizzes.corrections.preview(id, 0, [0])
    assert inside.client.zrange(inside.keys.board, 0, -1, withscores=True) == scores
    assert (preview.revision, preview.players, preview.changed) == (1, 6, 6)
    assert preview.leader is not None
    assert preview.leader.points == 1000 + 1100 + 1200
    done = await quizzes.corrections.correct(id, 0, "The key was wrong", [0], revision=preview.revision)
    # The even ones were right once, then wrong twice; the odd ones lost nothing, for they had nothing, then won.
    then = {p: 1000 + 1100 if i % 2 else 1000 - 200 - 200 for i, p in enumerate(players)}
    assert totals(inside) == then
    assert preview.leader_then is not None
    assert preview.leader_then.points == max(totals(inside).values())
    state = msgspec.json.decode((await quizzes.store.hello(id, None)).state)
    assert (state["correction"]["question"], state["correction"]["reason"]) == (0, "The key was wrong")
    assert state["correcting"] is False
    with pytest.raises(MovedOn):
        await quizzes.corrections.correct(id, 0, "Seen too late", [1], revision=preview.revision)
    assert done.correction == 1
    await quizzes.corrections.undo(id, 1)
    assert (
        inside.client.zrange(inside.keys.board, 0, -1, withscores=True) == scores
    )  # and who was ahead among equals is again
    with pytest.raises(AlreadyUndone):
        await quizzes.corrections.undo(id, 1)
    inside.prove(3)
    assert (await quizzes.audit.verify(id)).findings == []


async def test_a_void_question_gives_and_takes_nothing(quizzes: Quizzes, redis_url: str) -> None:
    id, players = await played(quizzes, streak_bonus=100)
    await quizzes.corrections.correct(id, 1, "Misprint", void=True)
    inside = look(redis_url, id)
    assert set(totals(inside).values()) == {0, 1000 + 1100}  # the streak goes on over it
    lines = (await quizzes.reports.explain(id, players[1])).lines
    assert [line.text for line in lines][1] == "question 2: does not count"
    assert sum(line.delta for line in lines) == 2100


async def test_a_key_that_makes_no_sense(quizzes: Quizzes) -> None:
    id, _ = await played(quizzes)
    for answer in ([2], [], [0, 1], ["x"]):
        with pytest.raises(BadQuiz):
            await quizzes.corrections.correct(id, 0, "?", answer)  # type: ignore[arg-type]
        with pytest.raises(BadQuiz):
            await quizzes.corrections.preview(id, 0, answer)  # type: ignore[arg-type]
    with pytest.raises(NoSuchQuestion):
        await quizzes.corrections.correct(id, 3, "?", [0])
    with pytest.raises(StillOpen):
        await quizzes.corrections.correct(id, 2, "?", [0])
    with pytest.raises(NoSuchCorrection):
        await quizzes.corrections.undo(id, 1)
    with pytest.raises(NoSuchPlayer):
        await quizzes.corrections.adjust(id, "nobody", 1, "?")


async def test_what_a_host_gives_has_a_bound(quizzes: Quizzes, redis_url: str) -> None:
    id, players = await played(quizzes)
    before = totals(look(redis_url, id))[players[0]]
    await quizzes.corrections.adjust(id, players[0], 20_000_000, "Much")
    with pytest.raises(OutOfRange):
        await quizzes.corrections.adjust(id, players[0], 1, "Too much")
    await quizzes.corrections.undo(id, 1)
    await quizzes.corrections.adjust(id, players[0], -20_000_000, "Little")
    with pytest.raises(OutOfRange):
        await quizzes.corrections.adjust(id, players[0], -1, "Too little")
    assert totals(look(redis_url, id))[players[0]] == before - 20_000_000
    assert (await quizzes.audit.verify(id)).findings == []


@pytest.mark.parametrize("until", [0, 2**52], ids=["over", "before the clock was set back"])
async def test_another_node_goes_on_with_a_correction(quizzes: Quizzes, redis_url: str, until: int) -> None:
    """The node that began it has died after the first players."""
    id, players = await played(quizzes, reveal="instant")
    inside, store, keys = look(redis_url, id), quizzes.store, look(redis_url, id).keys
    shown = inside.shown()["rows"]
    kept = '{"kind":"key","question":0,"before":{"answer":[1],"revision":1},"revision":2}'
    members = '"kind":"key","question":0,"reason":"The key was wrong"'
    await quizzes.writer.call(
        "correct",
        [*keys.showing, keys.state, keys.keys, keys.corrections],
        *("r1 00ff", 0, 1, msgspec.json.encode(AnswerKey([0], 2)), members, "", LEASE_MS, "", kept),
    )
    known = await quizzes.contents.read(id)
    async for _ in quizzes.corrections.grader.everybody(id, known, 0):
        break  # looked, and died
    with pytest.raises(HeldBack):
        await store.page(id, 10)
    with pytest.raises(Correcting):
        await quizzes.audit.verify(id)
    with pytest.raises(Correcting):
        await quizzes.corrections.correct(id, 1, "Me too", [0])
    await store.answer(id, players[0], 2, [0])
    assert inside.shown()["rows"] == shown
    assert 0 < await quizzes.corrections.resume(id) <= LEASE_MS
    inside.client.hset(keys.meta, "correcting_until", until)
    other = Quizzes(redis_url)
    other.start()
    assert await other.corrections.resume(id) == 0
    assert await quizzes.corrections.resume(id) == 0
    assert (await other.audit.verify(id)).findings == []
    assert totals(inside)[players[0]] == 1000
    assert (await store.page(id, 10)).players == 6
    await other.stop()


async def test_two_nodes_may_do_the_same_correction(quizzes: Quizzes, redis_url: str) -> None:
    id, players = await played(quizzes, players=60)
    inside, keys = look(redis_url, id), look(redis_url, id).keys
    other = Quizzes(redis_url)
    other.start()
    work = asyncio.ensure_future(quizzes.corrections.correct(id, 0, "Race", [0]))
    while not inside.meta()["correcting"]:
        await asyncio.sleep(0)
    inside.client.hset(keys.meta, "correcting_until", 0)
    await asyncio.gather(work, other.corrections.resume(id))
    assert (await other.audit.verify(id)).findings == []
    entries: Any = inside.client.xrange(keys.ledger)
    reasons = [fields[b"reason"] for _, fields in entries]
    assert reasons.count(b"regrade") == 60
    assert len(players) == 60
    await other.stop()


@pytest.mark.parametrize("when", ["before it was played", "after it was missed", "while it was open"])
async def test_a_streak_goes_on_over_what_does_not_count(quizzes: Quizzes, when: str) -> None:
    store, corrections = quizzes.store, quizzes.corrections
    made = Quiz(title="Streak", questions=[ONE] * 3, settings=Settings(streak_bonus=100))
    id = (await store.create(made)).id
    player = (await store.join(id, "Ana")).id
    await store.next(id)
    await store.answer(id, player, 0, [1])
    await store.close(id)
    if when == "before it was played":
        await corrections.correct(id, 1, "Misprint", void=True)
    await store.next(id)
    if when == "before it was played":
        await store.answer(id, player, 1, [0])
    if when == "while it was open":
        await quizzes.host.do(id, verbs.Skip(question=1))
    else:
        await store.close(id)
    if when == "after it was missed":
        await corrections.correct(id, 1, "Misprint", void=True)
    await store.next(id)
    assert (await store.answer(id, player, 2, [1])).points == 1100
    assert (await quizzes.audit.verify(id)).findings == []


async def test_an_id_stands_for_one_request(quizzes: Quizzes, redis_url: str) -> None:
    id, players = await played(quizzes)
    corrections, before = quizzes.corrections, totals(look(redis_url, id))
    first = await corrections.adjust(id, players[0], 10, "Jury", id="h1")
    again = await corrections.adjust(id, players[0], 10, "Jury", id="h1")
    assert (again.duplicate, again.correction) == (True, first.correction)
    for other in (
        corrections.adjust(id, players[0], 11, "Jury", id="h1"),
        corrections.adjust(id, players[1], 10, "Jury", id="h1"),
        corrections.correct(id, 0, "Jury", [0], id="h1"),
        corrections.undo(id, 1, id="h1"),
    ):
        with pytest.raises(IdReused):
            await other
    assert totals(look(redis_url, id)) == before | {players[0]: 10}


async def test_nobody_is_graded_by_a_key_that_was_read_before(quizzes: Quizzes) -> None:
    """Somebody else's look at the quiz is under way when the key is replaced."""
    id, _ = await played(quizzes)
    for turn in range(6):
        looks = [asyncio.ensure_future(quizzes.contents.read(id))]
        work = asyncio.ensure_future(quizzes.corrections.correct(id, 0, "Race", [turn % 2]))
        while not work.done():
            if looks[-1].done():
                looks.append(asyncio.ensure_future(quizzes.contents.read(id)))
            await asyncio.sleep(0)
        await asyncio.gather(work, *looks)
        assert (await quizzes.audit.verify(id)).findings == []


async def test_the_preview_names_who_will_lead(quizzes: Quizzes) -> None:
    """Also among equals: the order of the board afterwards is what it says before."""
    id, _ = await played(quizzes, questions=4)
    await quizzes.store.close(id)
    for answer in ([0], [1], [0]):
        preview = await quizzes.corrections.preview(id, 1, answer)  # type: ignore[arg-type]
        await quizzes.corrections.correct(id, 1, "Turn", answer)  # type: ignore[arg-type]
        rows = msgspec.json.decode((await quizzes.store.page(id, 1)).rows)
        assert preview.leader_then is not None
        assert (preview.leader_then.id, preview.leader_then.points) == (rows[0]["id"], rows[0]["points"])


async def test_after_a_reset_all_questions_count(quizzes: Quizzes) -> None:
    id, players = await played(quizzes)
    await quizzes.corrections.correct(id, 0, "Another key", [0])
    await quizzes.host.do(id, verbs.Skip(question=2))
    await quizzes.store.reset(id)
    for number, choice in enumerate((0, 1, 1)):
        await quizzes.store.next(id)
        assert (await quizzes.store.answer(id, players[0], number, [choice])).points == 1000
        await quizzes.store.close(id)
    with pytest.raises(NoSuchCorrection):
        await quizzes.corrections.undo(id, 1)
    assert (await quizzes.corrections.adjust(id, players[0], 1, "Number three")).correction == 3


async def test_skipping_again_goes_on(quizzes: Quizzes) -> None:
    """The node died between closing the question and taking its points back."""
    id, players = await played(quizzes)
    await quizzes.store.close(id, 2)
    skip = verbs.Skip(question=2)
    assert [(await quizzes.host.do(id, skip)).duplicate for _ in range(2)] == [False, True]
    explanation = await quizzes.reports.explain(id, players[1])
    assert explanation.lines[2].text == "question 3: does not count"


# Proof


async def tamper(inside: Look, players: list[str], how: str) -> None:
    client: Any = inside.client
    keys = inside.keys
    match how:
        case "points out of nowhere":
            client.zincrby(keys.board, 500, players[0])
        case "a player is gone from the board":
            client.zrem(keys.board, players[1])
        case "the board is gone":
            client.delete(keys.board)
        case "the ledger is gone":
            client.delete(keys.ledger)
        case "an entry is gone":
            [(entry, _)] = client.xrange(keys.ledger, count=1)
            client.xdel(keys.ledger, entry)
        case "an answer is worth more":
            record = client.hget(keys.answers(0), players[1])
            client.hset(keys.answers(0), players[1], record.replace(b'"points":1000', b'"points":9000'))
        case "a wrong answer is right":
            record = client.hget(keys.answers(0), players[0])
            client.hset(keys.answers(0), players[0], record.replace(b'"grade":0', b'"grade":1'))


@pytest.mark.parametrize(
    "how",
    [
        "points out of nowhere",
        "a player is gone from the board",
        "the board is gone",
        "the ledger is gone",
        "an entry is gone",
        "an answer is worth more",
        "a wrong answer is right",
    ],
)
async def test_tampering_is_found_and_put_right(quizzes: Quizzes, redis_url: str, how: str) -> None:
    id, players = await played(quizzes)
    inside = look(redis_url, id)
    before = totals(inside)
    assert (await quizzes.audit.verify(id)).wrong == 0
    await tamper(inside, players, how)
    assert (await quizzes.audit.verify(id)).wrong > 0
    rebuilt = await quizzes.audit.rebuild(id)
    if how == "an entry is gone":  # nobody can say any more what it was: the sum is right, the chain stays broken
        assert all("does not follow" in finding.what for finding in rebuilt.findings)
    else:
        assert rebuilt.findings == []
        inside.prove(3)
    assert totals(inside) == before
    await quizzes.store.close(id)
    assert {row["id"]: row["points"] for row in inside.shown()["rows"]} == before


async def test_strangers_on_the_board_are_found(quizzes: Quizzes, redis_url: str) -> None:
    id, _ = await played(quizzes)
    inside = look(redis_url, id)
    inside.client.zadd(inside.keys.board, {"mallory": 10**6})
    assert [finding.player for finding in (await quizzes.audit.verify(id)).findings] == ["mallory"]


async def test_verify_while_answers_come(quizzes: Quizzes) -> None:
    id, players = await played(quizzes, players=40, reanswer="until_close", time_of="best")
    stop = False

    async def answer() -> None:
        turn = 0
        while not stop:
            turn += 1
            for player in players[turn % 3 :: 3]:
                await quizzes.store.answer(id, player, 2, [turn % 2])
                await quizzes.corrections.adjust(id, player, 1, "x")
            if turn > 15:
                return

    racing = asyncio.ensure_future(answer())
    for _ in range(5):
        assert (await quizzes.audit.verify(id)).findings == []
    stop = True
    await racing


async def test_verify_while_keys_are_corrected_and_places_are_won(quizzes: Quizzes) -> None:
    made = Quiz(title="Order", questions=[ONE] * 3, settings=Settings(rule="flat"))
    made.questions[2] = msgspec.structs.replace(ONE, rule="order")
    id = (await quizzes.store.create(made)).id
    players = [(await quizzes.store.join(id, f"P{i}")).id for i in range(60)]
    for _ in range(2):
        await quizzes.store.next(id)
        await quizzes.store.close(id)
    await quizzes.store.next(id)

    async def race() -> None:
        for turn, player in enumerate(players):
            await quizzes.store.answer(id, player, 2, [1])
            if turn % 20 == 0:
                await quizzes.corrections.correct(id, 0, "Race", [turn % 40 // 20])

    racing = asyncio.ensure_future(race())
    looked = 0
    while not racing.done():
        with contextlib.suppress(Correcting, MovedOn):
            assert (await quizzes.audit.verify(id)).findings == []
            looked += 1
        await asyncio.sleep(0.01)
    await racing
    assert looked > 0
    assert (await quizzes.audit.verify(id)).findings == []


# Results


async def test_results_as_files(quizzes: Quizzes) -> None:
    id, players = await played(quizzes, ties="shared", penalty=10)
    await quizzes.store.join(id, "=HYPERLINK(1)")
    await quizzes.store.close(id)
    results = await quizzes.reports.results(id)
    assert [row.rank for row in results.rows] == [1, 1, 1, 4, 4, 4, 4]
    assert [row.rank for row in (await quizzes.reports.results(id, "first")).rows] == [1, 2, 3, 4, 5, 6, 7]
    rows = list(csv.DictReader(io.StringIO(to_csv(results).decode("utf-8-sig"))))
    assert [row["Points"] for row in rows] == ["3000"] * 3 + ["0"] * 4
    by_name = {row["Player"]: row for row in rows}
    assert "'=HYPERLINK(1)" in by_name  # no spreadsheet shall take a name for a formula
    assert (by_name["P1"]["Right"], by_name["P1"]["Wrong"], by_name["P1"]["Answer 1"]) == ("3", "0", "B")
    assert (by_name["P0"]["Right"], by_name["P0"]["Wrong"], by_name["P0"]["Not answered"]) == ("0", "3", "0")
    with zipfile.ZipFile(io.BytesIO(to_xlsx(results))) as book:
        sheets = {name: book.read(name).decode() for name in book.namelist()}
    players_sheet, answers_sheet = sheets["xl/worksheets/sheet1.xml"], sheets["xl/worksheets/sheet2.xml"]
    assert players_sheet.count("<row") == 1 + 7
    assert answers_sheet.count("<row") == 1 + 18
    assert "<f>" not in players_sheet + answers_sheet
    assert "=2+2" in "".join(sheets.values())
    assert len(players) == 6


async def test_an_explanation_adds_up(quizzes: Quizzes) -> None:
    id, players = await played(quizzes, start=50, streak_bonus=10)
    await quizzes.corrections.adjust(id, players[1], -7, "Talking")
    explanation = await quizzes.reports.explain(id, players[1])
    assert [line.delta for line in explanation.lines] == [50, 1000, 1010, 1020, -7]
    assert (explanation.total, explanation.lines[-1].total, explanation.complete) == (3073, 3073, True)
    assert explanation.lines[-1].text == "taken by the host: Talking"
    assert "with 20 for 3 right in a row" in explanation.lines[3].text
    assert await quizzes.reports.find(id, "P1") == await quizzes.reports.find(id, players[1]) == players[1]
    for unknown in ("P11", "nobody", ""):
        with pytest.raises(NoSuchPlayer):
            await quizzes.reports.find(id, unknown)
