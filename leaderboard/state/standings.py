"""What players have of their own: points, rank, answer, result."""

import asyncio
from collections.abc import Sequence
from typing import cast

from msgspec import UNSET, Raw

from leaderboard.quiz.content import Difficulty
from leaderboard.state.contents import Content, Contents
from leaderboard.state.keys import Keys
from leaderboard.state.records import (
    AnswerRecord,
    Given,
    Own,
    OwnBox,
    Result,
    Run,
    Standing,
    ahead_of,
    read_answer,
    read_card,
    read_moves,
    read_run,
)
from leaderboard.state.writer import Reply, Writer

AT_ONCE = 200
PARTS = 14  # that you.lua tells of each player
SEALED = "1"  # what a player holds, as lua/include/pool.lua says it
WAITING = 3  # where a player is, as you.lua says it


class Standings:
    """Reads for a bounded number of players at a time."""

    def __init__(self, writer: Writer, contents: Contents) -> None:
        self._writer, self._contents = writer, contents

    async def you(self, quiz: str, question: int, players: Sequence[str], tell: bool = False) -> list[Standing]:
        """What each of at most AT_ONCE players has, with their answers to this question; with self pacing to their own.

        With `tell` also what has happened to them since it was asked last: this is said once.
        """
        known = await self._contents.get(quiz)
        if known.drawing:
            return await self._drawing(quiz, known, players, tell)
        if not known.own_pace:
            return await self._read(quiz, known, question, players, {}, tell)
        texts = await self._writer.command("HMGET", Keys(quiz).runs, *players)
        runs = {player: read_run(text) if text else Run() for player, text in zip(players, texts, strict=True)}
        groups: dict[int, list[str]] = {}
        for player, run in runs.items():
            groups.setdefault(run.question, []).append(player)
        found = await asyncio.gather(
            *(self._read(quiz, known, number, them, runs, tell) for number, them in groups.items())
        )
        standings = {
            p: s for them, group in zip(groups.values(), found, strict=True) for p, s in zip(them, group, strict=True)
        }
        return [standings[player] for player in players]

    async def _drawing(self, quiz: str, known: Content, players: Sequence[str], tell: bool) -> list[Standing]:
        """The same where each player has questions of their own: the answer is to the one that they had last."""
        keys = Keys(quiz)
        standings, texts, held, leases = await asyncio.gather(
            self._read(quiz, known, -1, players, {}, tell),
            self._writer.command("HMGET", keys.runs, *players),
            self._writer.command("HMGET", keys.held, *players),
            self._writer.command("ZMSCORE", keys.leases, *players),
        )
        runs = [read_run(text) if text else Run() for text in texts]
        records = await asyncio.gather(
            *(
                self._writer.command("HGET", keys.answers(run.question), player)
                for run, player in zip(runs, players, strict=True)
            )
        )
        for standing, run, record, text, lease in zip(standings, runs, records, held, leases, strict=True):
            standing.answer = given(run.question, read_answer(record) if record else None, held=0)
            standing.last = run.question
            if text:
                hold(standing, known, run, text.decode(), int(float(lease or 0)))
        return standings

    async def _read(
        self, quiz: str, known: Content, question: int, players: Sequence[str], runs: dict[str, Run], tell: bool
    ) -> list[Standing]:
        keys = Keys(quiz)
        current = question
        while True:  # the caller may not have heard yet that another question has been opened
            question = current
            places = [*keys.showing, keys.answers(question), keys.ranks, keys.runs, keys.aside, keys.outside]
            reply = await self._writer.call("you", places, question, int(tell), *players)
            epoch, version, held, secret, closed, closes_at, current, *rest = reply
            if current == question:
                break
        streaks = known.settings.streak_bonus > 0
        standings = []
        for player, row in zip(players, zip(*[iter(rest)] * PARTS, strict=True), strict=True):
            record = read_answer(row[2]) if row[2] else None
            standings.append(
                Standing(
                    epoch=epoch.decode(),
                    version=version,
                    points=row[0],
                    rank=None if secret else row[1] or None,
                    answer=given(question, record, held),
                    result=result(question, record, row, streaks, secret) if closed and row[7] else None,
                    closes_at=own_close(known, question, closes_at, row[6]),
                    own=own(known, runs[player]) if player in runs else None,
                    box=None,
                    last=None,
                    waiting=row[7] == WAITING,
                    name=read_card(row[8]).name if row[8] else "",
                    alias=read_card(row[9]) if row[9] else None,
                    near=Raw(row[10]) if row[10] else None,
                    next=ahead_of(row[11], row[12]),
                    moves=read_moves(row[13]) if row[13] else None,
                )
            )
        return standings


def given(question: int, record: AnswerRecord | None, held: int) -> Given | None:
    if record is None:
        return None
    return Given(question, record.choice, record.attempts, UNSET if held else record.points)


def result(question: int, record: AnswerRecord | None, row: Reply, streaks: bool, secret: int) -> Result:
    points, rank, _, before, card, ahead, *_ = row
    return Result(
        question=question,
        points=record.points if record else 0,
        bonus=record.bonus if record else 0,
        grade=record.grade if record else None,
        ms=record.time if record else None,
        streak=record.streak if record and streaks else None,
        rank=None if secret else rank or None,
        moved=before - rank if before else None,
        ahead=ahead_of(card, abs(ahead - points)),
    )


def own_close(known: Content, question: int, closes_at: int, percent: int) -> int | None:
    """When the question closes for a player with extra time."""
    if percent == 100 or known.own_pace or question < 0:
        return None
    return closes_at + known[question].question.time_limit * 10 * (percent - 100)


def hold(standing: Standing, known: Content, run: Run, text: str, ends: int) -> None:
    """Say what a player holds, as include/pool.lua writes it: a question, or a box that has not been opened."""
    tail, kind, price, prize = text.rsplit(" ", 3)
    number, _, difficulty, _ = tail.split(":", 3)
    if kind == SEALED:
        standing.box = OwnBox(cast(Difficulty, difficulty), int(price), int(prize), ends)
    else:
        standing.own = Own(known[int(number)].view, run.started_at, ends)


def own(known: Content, run: Run) -> Own | None:
    """Where a player is with self pacing, as the draw script has told them."""
    if run.question < 0:
        return None
    asked = known[run.question]
    closes_at = run.started_at + asked.question.time_limit * 10 * run.extra
    ends_at = known.settings.closes_at
    return Own(asked.view, run.started_at, closes_at if ends_at is None else min(closes_at, ends_at))
