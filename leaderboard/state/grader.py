"""Grading anew: some players at a time, by `regrade.lua`, which computes points by the very rules that did it first."""

import secrets
from collections.abc import AsyncIterator, Sequence
from enum import IntEnum
from itertools import groupby

import msgspec
from msgspec import Struct

from leaderboard.errors import MovedOn
from leaderboard.quiz import grading
from leaderboard.quiz.content import Choice, Question
from leaderboard.state.answers import drawn_by
from leaderboard.state.contents import Content, scoring_of
from leaderboard.state.keys import Keys
from leaderboard.state.records import AnswerRecord, read_answer
from leaderboard.state.writer import Argument, Reply, Writer

APART = 1_000_000_000  # from this seq on: answers of those who were aside (lua/include/record.lua)
LEASE_MS = 3_000  # of a correction, renewed with each call: then another node goes on with it
RECORDS_AT_ONCE = 300  # answers looked at in one call of the script, which shall not hold Redis up for more than 5 ms
LONG_RECORDS_AT_ONCE = 30  # where each may hold twenty attempts
SCAN_AT_ONCE = 500
TRIES = 20

encode = msgspec.json.encode


class Apply(Struct):
    """What a regrading that changes something says of itself in the ledger, and the correction that it belongs to."""

    reason: str
    note: str = ""
    correction: int | None = None


class Asking(Struct):
    """A player, the score on the board that they are expected to have, and their total in the ledger; None: as it is."""

    player: str
    score: str | None = None
    booked: int | None = None


class Where(IntEnum):
    """Where a player is, as regrade.lua says it."""

    BOARD = 1
    ASIDE = 2
    REMOVED = 3


class Outcome(Struct):
    """A player's total before, and as worked out, which is 0 for the removed. `differs`: a total or a record did.

    `ledger`: the last entry there at that moment.
    """

    player: str
    differs: bool
    before: int
    total: int
    ledger: str
    where: Where


class Grader:
    """Asks the script, again where something has moved on meanwhile."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def everybody(
        self, quiz: str, known: Content, target: int | None, apply: Apply | None = None
    ) -> AsyncIterator[Outcome]:
        """Grade all players' answers to `target` by the key in `known`, and work out their totals.

        Without `apply` nothing is changed. A target that has not been played concerns nobody.
        """
        if target is not None and not known.own_pace and target not in await self.rounds(quiz, known):
            return
        places = await self.places(quiz, known, target)
        async for players in self.players(quiz):
            asking = [Asking(player) for player in players]
            async for outcome in self.some(quiz, known, target, asking, apply, places):
                yield outcome

    async def some(
        self,
        quiz: str,
        known: Content,
        target: int | None,
        asking: Sequence[Asking],
        apply: Apply | None,
        places: dict[str, int],
    ) -> AsyncIterator[Outcome]:
        """The same for these players. Whoever has moved on is asked again; one who is expected otherwise is left out."""
        together = [[one] for one in asking] if known.drawing else [asking]  # where each has questions of their own
        for some in together:
            async for outcome in self._together(quiz, known, target, some, apply, places):
                yield outcome

    async def _together(
        self,
        quiz: str,
        known: Content,
        target: int | None,
        asking: Sequence[Asking],
        apply: Apply | None,
        places: dict[str, int],
    ) -> AsyncIterator[Outcome]:
        """The same for players who were asked the same questions."""
        waiting = list(asking)
        for _ in range(TRIES):
            rounds = await self.rounds(quiz, known, waiting[0].player if waiting else "")
            records = RECORDS_AT_ONCE if known.settings.reanswer == "never" else LONG_RECORDS_AT_ONCE
            at_once = max(1, min(200, records // max(1, len(rounds))))
            again: list[Asking] = []
            for first in range(0, len(waiting), at_once):
                some = waiting[first : first + at_once]
                reply = await self._ask(quiz, known, rounds, target, some, apply, places)
                if not reply[0]:
                    if apply is not None and apply.correction is not None and not await self._goes_on(quiz, apply):
                        return
                    again += waiting[first:]
                    break
                for one, row in zip(some, zip(*[iter(reply[2:])] * 4, strict=True), strict=True):
                    differs, before, total, where = row
                    if differs >= 0:
                        yield Outcome(one.player, bool(differs), before, total, reply[1].decode(), Where(where))
                    elif one.score is None:
                        again.append(one)
            if not again:
                return
            waiting = again
        raise MovedOn("The quiz is moving too fast; try again.")

    async def _goes_on(self, quiz: str, apply: Apply) -> bool:
        """Whether the correction has not been ended by another node."""
        correcting = await self._writer.command("HGET", Keys(quiz).meta, "correcting")
        return correcting is not None and correcting.decode() == str(apply.correction)

    async def _ask(
        self,
        quiz: str,
        known: Content,
        rounds: list[int],
        target: int | None,
        asking: list[Asking],
        apply: Apply | None,
        places: dict[str, int],
    ) -> Reply:
        keys = Keys(quiz)
        texts: list[bytes | None] = [None] * len(asking)
        if target is not None:
            texts = await self._writer.command("HMGET", keys.answers(target), *(one.player for one in asking))
        args: list[Argument] = []
        for one, text in zip(asking, texts, strict=True):
            args += (one.player, *graded(known, target, one.player, text, places))
            args += ("" if one.score is None else one.score, "" if one.booked is None else one.booked)
        return await self._writer.call(
            "regrade",
            [
                *keys.showing,
                keys.ledger,
                keys.runs,
                keys.counts,
                keys.aside,
                keys.removed,
                keys.outside,
                keys.held,
                keys.drawn,
                *map(keys.answers, rounds),
            ],
            int(apply is not None),
            "" if apply is None or apply.correction is None else apply.correction,
            rounds.index(target) + 1 if target in rounds else 0,
            *((apply.reason, apply.note or secrets.token_hex(4)) if apply else ("", "")),
            *(*scoring_of(known.settings), LEASE_MS, known.stamp),
            *(part for number in rounds for part in round_of(known, number)),
            *args,
        )

    async def rounds(self, quiz: str, known: Content, player: str = "") -> list[int]:
        """The questions that give points, in the order in which they were played; where they are drawn by this player."""
        if known.drawing:
            return (await drawn_by(self._writer, quiz, [player]))[0]
        if known.own_pace:
            return [number for number, asked in enumerate(known.asked) if asked.counts]
        return [int(number) for number in (await self._writer.command("HGET", Keys(quiz).meta, "rounds")).split()]

    async def players(self, quiz: str) -> AsyncIterator[list[str]]:
        """All players, some at a time; one who joins meanwhile may be missing or not."""
        async for found in self._scan("HSCAN", Keys(quiz).players):
            yield [player.decode() for player in found[::2]]

    async def records(self, quiz: str, question: int) -> AsyncIterator[tuple[str, AnswerRecord]]:
        """All answers to a question."""
        async for found in self._scan("HSCAN", Keys(quiz).answers(question)):
            for player, text in zip(found[::2], found[1::2], strict=True):
                yield player.decode(), read_answer(text)

    async def _scan(self, command: str, key: str) -> AsyncIterator[list[bytes]]:
        cursor = b"0"
        while True:
            cursor, found = await self._writer.command(command, key, cursor, "COUNT", SCAN_AT_ONCE)
            if found:
                yield found
            if cursor == b"0":
                return

    async def places(self, quiz: str, known: Content, target: int | None) -> dict[str, int]:
        """With the rule `order`: who gave the first right answer, the second, and so on; those aside among themselves."""
        if target is None or known[target].question.rule != "order":
            return {}
        question = known[target].question
        right = [
            (record.seq // APART, record.seq, player)
            async for player, record in self.records(quiz, target)
            if grading.grade(question, record.choice) == 1
        ]
        races = groupby(sorted(right), key=lambda it: it[0])
        return {player: place for _, race in races for place, (_, _, player) in enumerate(race, 1)}


def round_of(known: Content, number: int) -> tuple[Argument, ...]:
    """What the script is told of a question."""
    asked = known[number]
    question = asked.question
    assert question.rule is not None
    assert question.penalty is not None
    return (number, question.rule, question.points, question.penalty, int(asked.key.void))


def graded(
    known: Content, target: int | None, player: str, text: bytes | None, places: dict[str, int]
) -> tuple[Argument, ...]:
    """What the script is told of a player's answer to the target: attempts, grade, time, place, rest."""
    if target is None or text is None:
        return (0, 0, 0, 0, "")
    question, record = known[target].question, read_answer(text)
    grade = right(question, record.choice)
    for attempt in record.earlier:
        attempt.grade = grading.grade(question, attempt.choice)
    time = record.time
    if known.settings.time_of == "best" and record.earlier:
        time = next((attempt.ms for attempt in record.earlier if attempt.grade >= grade), record.ms)
    return (record.attempts, f"{grade:g}", time, places.get(player, 0), rest_of(record) if record.earlier else "")


def right(question: Question, choice: Choice) -> float:
    """How right an answer is; a box that was opened and not answered is wrong."""
    return grading.grade(question, choice) if choice else 0.0


def rest_of(record: AnswerRecord) -> str:
    """A record from "choice" on, as include/reanswer.lua glues it."""
    choice, id, tally = (encode(part).decode() for part in (record.choice, record.id, record.tally))
    earlier = ",".join(
        f'{{"ms":{it.ms},"grade":{it.grade:g},"points":{it.points},"choice":{encode(it.choice).decode()},'
        f'"id":{encode(it.id).decode()}}}'
        for it in record.earlier
    )
    return f'"choice":{choice},"id":{id},"tally":{tally},"earlier":[{earlier}]}}'
