"""What came of it: everybody's answers and points, and how a total came about."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Struct

from leaderboard.errors import BadName, HeldBack, NoSuchPlayer
from leaderboard.quiz import names
from leaderboard.quiz.content import AnswerKey, Choice, Question, QuestionView
from leaderboard.quiz.teams import Details
from leaderboard.state.answers import answers_of, drawn_by
from leaderboard.state.contents import Content, Contents, downwards
from leaderboard.state.corrections import Correction, Kept
from leaderboard.state.draws import held_number
from leaderboard.state.grader import Grader
from leaderboard.state.keys import Keys
from leaderboard.state.reasons import Reason, in_words, of_answer
from leaderboard.state.records import AnswerRecord, Run, read_answer, read_card, read_run, read_tally
from leaderboard.state.writer import Writer

PLAYERS_AT_ONCE = 200

_read_kept = msgspec.json.Decoder(Kept).decode
_read_team = msgspec.json.Decoder(Details).decode
_read_correction = msgspec.json.Decoder(Correction).decode


class Line(Struct):
    """One step towards a total: what it gave and why, as facts and in words; `total` after it; after the end the question
    as it was `asked`, the player's `choice` and the key."""

    delta: int
    total: int
    text: str
    because: Reason
    question: int | None = None
    key: AnswerKey | None = None
    asked: QuestionView | None = None
    choice: Choice | None = None


class Explanation(Struct):
    """How a player's total came about. `complete`: the lines add up to it, which they do unless `verify` finds something."""

    player: str
    name: str
    total: int
    complete: bool
    lines: list[Line]


class Row(Struct):
    """A player's results. `answers`: question → record, as far as there are any. Who is `aside` has no rank: 0.

    `registered`: what the host said of a team that plays as one player; `sent`: by other programs, with `events`.
    """

    player: str
    name: str
    points: int
    rank: int
    start: int
    given: int
    answers: dict[int, AnswerRecord]
    aside: bool = False
    registered: Details | None = None
    sent: int = 0
    events: int = 0


class Results(Struct):
    """The results of a quiz, best first; those aside come last. `rounds`: the questions that were played, in that order."""

    title: str
    version: int
    ties: str
    content: list[Question]
    keys: list[AnswerKey]
    rounds: list[int]
    void: list[int]
    corrections: list[Correction]
    rows: list[Row]


class Reports:
    """Reads everything about a quiz or a player; nothing is changed."""

    def __init__(self, writer: Writer, contents: Contents) -> None:
        self._writer, self._contents = writer, contents
        self._grader = Grader(writer)

    async def results(self, quiz: str, ties: str | None = None) -> Results:
        """Everybody's answers, points and rank (with the ties `shared` equals have the same)."""
        known, keys = await self._contents.read(quiz), Keys(quiz)
        head, played, version, own_ties = await self._writer.command(
            "HMGET", keys.meta, "head", "played", "version", "ties"
        )
        ties = ties or own_ties.decode()
        rounds = await self._played(quiz, known, played.decode())
        rows = await self._ranked(quiz, known, rounds, keys.board)
        rank(rows, ties)
        rows += [
            msgspec.structs.replace(row, aside=True) for row in await self._ranked(quiz, known, rounds, keys.aside)
        ]
        return Results(
            title=msgspec.json.decode(b"{" + head + b"}")["title"],
            version=int(version),
            ties=ties,
            content=[asked.question for asked in known.asked],
            keys=[asked.key for asked in known.asked],
            corrections=corrections_in(await self._writer.command("HGETALL", keys.corrections)),
            rounds=rounds,
            void=[number for number, asked in enumerate(known.asked) if asked.key.void],
            rows=rows,
        )

    async def _ranked(self, quiz: str, known: Content, rounds: list[int], place: str) -> list[Row]:
        """Everybody on the board, or aside, best first."""
        rows: list[Row] = []
        count = int(await self._writer.command("ZCARD", place))
        for first in range(0, count, PLAYERS_AT_ONCE):
            last = first + PLAYERS_AT_ONCE - 1
            ranked = await self._writer.command(downwards(known.settings), place, first, last, "WITHSCORES")
            points = [int(float(score) // 1) for score in ranked[1::2]]
            rows += await self._rows(quiz, known, rounds, [player.decode() for player in ranked[::2]], points)
        return rows

    async def _played(self, quiz: str, known: Content, played: str) -> list[int]:
        """All questions that were played: those that give points in their order, then polls."""
        if known.own_pace:
            return list(range(len(known.asked)))
        rounds = await self._grader.rounds(quiz, known)
        return rounds + [number for number, mark in enumerate(played) if mark == "+" and number not in rounds]

    async def _rows(
        self, quiz: str, known: Content, rounds: Sequence[int], players: list[str], points: list[int]
    ) -> list[Row]:
        keys = Keys(quiz)
        cards, runs, teams, tallies, answers = await asyncio.gather(
            self._writer.command("HMGET", keys.players, *players),
            self._writer.command("HMGET", keys.runs, *players),
            self._writer.command("HMGET", keys.details, *players),
            self._writer.command("HMGET", keys.outside, *players),
            answers_of(self._writer, quiz, known, rounds, players),
        )
        rows = []
        for i, player in enumerate(players):
            run = read_run(runs[i]) if runs[i] else Run()
            name = read_card(cards[i]).name if cards[i] else "?"
            given = {n: read_answer(text) for n, text in answers[i].items()}
            row = Row(player, name, points[i], 0, run.start, run.given, given)
            row.registered = _read_team(teams[i]) if teams[i] else None
            row.sent, row.events = read_tally(tallies[i])
            rows.append(row)
        return rows

    async def find(self, quiz: str, text: str) -> str:
        """The player with this ID, or this name. Raises NoSuchPlayer."""
        keys = Keys(quiz)
        await self._contents.get(quiz)  # there may be no such quiz
        if await self._writer.command("HEXISTS", keys.players, text):
            return text
        with contextlib.suppress(BadName):
            found = await self._writer.command("HMGET", keys.names, *names.keys(names.clean(text)))
            for player in found:
                if player is not None:
                    return bytes(player).decode()
        raise NoSuchPlayer

    async def explain(self, quiz: str, player: str, host: bool = True) -> Explanation:
        """How a total came about, in words. Raises NoSuchPlayer, and HeldBack for a player who shall not know yet."""
        known, keys = await self._contents.read(quiz), Keys(quiz)
        (played, start), *scores, notes = await asyncio.gather(
            self._writer.command("HMGET", keys.meta, "played", "start"),
            *(self._writer.command("ZSCORE", key, player) for key in (keys.board, keys.aside, keys.removed)),
            self._writer.command("HGETALL", keys.corrections),
        )
        score = next((it for it in scores if it is not None), None)
        if score is None:
            raise NoSuchPlayer
        removed = score is scores[2]
        total = 0 if removed else int(float(score) // 1)
        rounds = await self._played(quiz, known, played.decode())
        [row] = await self._rows(quiz, known, rounds, [player], [total])
        if known.drawing:
            [rounds], held = await asyncio.gather(
                drawn_by(self._writer, quiz, [player]), self._writer.command("HGET", keys.held, player)
            )
        # Last of all, so that nothing above is of a question that has been opened since.
        hold, phase, current = await self._writer.command("HMGET", keys.meta, "hold", "phase", "question")
        if hold == b"1" and not host:
            raise HeldBack
        unknown = set(rounds) if phase == b"running" else {int(current)} if phase == b"question" else set()
        if known.drawing:  # an answer closes the question there, for all to know
            unknown = {held_number(held)} if held else set()
        steps = [*beginning(row, int(start))]
        for number in rounds:
            explained = unclosed if number in unknown and (known.drawing or not host) else partial(step, known)
            steps.append(explained(number, row.answers.get(number)))
        steps += given_by_host(player, dict(zip(notes[::2], notes[1::2], strict=True)))
        if known.drawing and held and not removed:
            steps += staked(held)
        if row.events:
            steps.append((None, row.sent, Reason("sent", events=row.events)))
        if removed:
            steps.append((None, -sum(points for _, points, _ in steps), Reason("removed")))
        lines, sum_ = [], 0
        for question, delta, reason in steps:
            sum_ += delta
            where = "" if question is None else f"question {question + 1}: "
            line = Line(delta, sum_, where + in_words(reason), reason, question)
            if question is not None and (host or phase == b"finished"):
                line.key, line.asked = known[question].key, known[question].view
                line.choice = row.answers[question].choice if question in row.answers else None
            lines.append(line)
        return Explanation(player, row.name, total, sum_ == total, lines)


def rank(rows: list[Row], ties: str) -> None:
    """Number the rows, which are in order; equals share a rank, or the one who was there first is ahead."""
    for place, row in enumerate(rows, 1):
        above = rows[place - 2] if place > 1 else None
        row.rank = above.rank if ties == "shared" and above and above.points == row.points else place


Step = tuple[int | None, int, Reason]


def beginning(row: Row, start: int) -> list[Step]:
    steps: list[Step] = []
    if row.registered:
        return [(None, row.start, Reason("team"))] if row.start else steps
    if start:
        steps.append((None, start, Reason("start")))
    if row.start != start:
        steps.append((None, row.start - start, Reason("late")))
    return steps


def step(known: Content, number: int, record: AnswerRecord | None) -> Step:
    """What a question gave, and why."""
    asked = known[number]
    if record is None:
        return number, 0, Reason("none")
    if asked.question.kind == "poll":
        return number, 0, Reason("poll")
    if asked.key.void:
        return number, 0, Reason("void")
    return number, record.points, of_answer(asked.question, asked.key, record)


def unclosed(number: int, record: AnswerRecord | None) -> Step:
    """The same while it is open: how right the answer is comes with the key."""
    return number, record.points if record else 0, Reason("open")


def staked(held: bytes) -> list[Step]:
    """What a player has staked on the box that they hold."""
    price = int(held.split()[-2])
    return [(None, -price, Reason("staked"))] if price else []


def corrections_in(found: list[bytes]) -> list[Correction]:
    """All corrections, oldest first."""
    numbered = [(int(name), text) for name, text in zip(found[::2], found[1::2], strict=True) if name.isdigit()]
    return [_read_correction(text) for _, text in sorted(numbered)]


def given_by_host(player: str, notes: dict[bytes, bytes]) -> list[Step]:
    """What the host gave and took, oldest first."""
    steps: list[tuple[int, Step]] = []
    for name, text in notes.items():
        if name.startswith(b"kept:"):
            kept = _read_kept(text)
            if kept.kind == "points" and kept.player == player:
                about = _read_correction(notes[name.removeprefix(b"kept:")])
                reason = Reason("given" if kept.points >= 0 else "taken", said=about.reason)
                steps.append((about.number or 0, (None, kept.points, reason)))
    return [step for _, step in sorted(steps)]
