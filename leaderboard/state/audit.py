"""The proof: what everybody has, worked out anew from the answers and from the ledger, while the quiz goes on."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence

from msgspec import Struct

from leaderboard.errors import Correcting, MovedOn, StillOpen
from leaderboard.state.contents import Content, Contents
from leaderboard.state.grader import Apply, Asking, Grader, Where, right
from leaderboard.state.groups import Groups
from leaderboard.state.keys import FINISHED, Keys
from leaderboard.state.records import AnswerRecord, read_tally
from leaderboard.state.writer import Writer

ENTRIES_AT_ONCE = 1_000
SENT_AT_ONCE = 500  # players
SENT = re.compile(rb"[+~]")  # before the operator of an event
ROUNDS = 5  # of repairing and looking again


class Finding(Struct):
    """Something that does not agree. `question`: where it is about one."""

    player: str  # or the group
    what: str
    question: int | None = None


class Verdict(Struct):
    """What was looked at, and what does not agree; at most 1000 findings are listed."""

    players: int = 0
    answers: int = 0
    entries: int = 0
    total: int = 0
    findings: list[Finding] = []
    wrong: int = 0

    def add(self, finding: Finding) -> None:
        self.wrong += 1
        if len(self.findings) < 1000:
            self.findings.append(finding)


class Seen(Struct):
    """A player's total on the board (or aside) and as worked out, and the last entry of the ledger at that moment."""

    before: int
    total: int
    differs: bool
    ledger: tuple[int, int]
    where: Where
    booked: int = 0


class Audit:
    """Verifies and rebuilds."""

    def __init__(self, writer: Writer, contents: Contents, groups: Groups) -> None:
        self._writer, self._contents, self._groups = writer, contents, groups
        self._grader = Grader(writer)

    async def verify(self, quiz: str) -> Verdict:
        """Compare the board with the sum of the ledger and with what the answers give by their keys and rules, and events.

        Raises Correcting.
        """
        verdict, _ = await self._look(quiz)
        await self._look_at_groups(quiz, verdict)
        return verdict

    async def _look_at_groups(self, quiz: str, verdict: Verdict) -> None:
        for group, what in (await self._groups.wrong(quiz)).items():
            verdict.add(Finding(group, what))

    async def rebuild(self, quiz: str) -> Verdict:
        """Put the board right, and the ledger by new entries, from the answers. Returns what does not agree afterwards.

        Raises Correcting, and StillOpen if answers to the open question are wrong, whose places still move.
        """
        for _ in range(ROUNDS):
            verdict, seen = await self._look(quiz)
            if not verdict.wrong:
                break
            known = await self._contents.read(quiz)
            questions = {it.question for it in verdict.findings if it.question is not None}
            if await self._open(quiz) in questions:
                raise StillOpen
            for question in sorted(questions):
                async for _ in self._grader.everybody(quiz, known, question, Apply("rebuild")):
                    pass
            await self._repair(quiz, known, seen)
            await self._writer.call("publish", Keys(quiz).showing)
        await self._groups.mend(quiz, await self._groups.wrong(quiz))
        await self._look_at_groups(quiz, verdict)
        await self._writer.call("announce", [Keys(quiz).meta, FINISHED])
        return verdict

    async def _repair(self, quiz: str, known: Content, seen: dict[str, Seen]) -> None:
        keys = Keys(quiz)
        wrong = [player for player, it in seen.items() if it.differs or it.booked != it.total]
        for first in range(0, len(wrong), ENTRIES_AT_ONCE):
            some = wrong[first : first + ENTRIES_AT_ONCE]
            on, off = [await self._writer.command("ZMSCORE", key, *some) for key in (keys.board, keys.aside)]
            scores = [it if it is not None else aside for it, aside in zip(on, off, strict=True)]
            asking = [
                Asking(player, "none" if score is None else score.decode(), seen[player].booked)
                for player, score in zip(some, scores, strict=True)
                if (0 if score is None else int(float(score) // 1)) == seen[player].before
            ]
            async for _ in self._grader.some(quiz, known, None, asking, Apply("rebuild"), {}):
                pass

    async def _look(self, quiz: str) -> tuple[Verdict, dict[str, Seen]]:
        """Look once, at one state of the keys: again if they were corrected meanwhile."""
        for _ in range(ROUNDS):
            known, open_ = await self._contents.read(quiz), await self._open(quiz)
            with contextlib.suppress(MovedOn):
                found = await self._look_once(quiz, known, open_)
                await self._open(quiz)
                if (await self._contents.read(quiz)).stamp == known.stamp:
                    return found
        raise MovedOn

    async def _open(self, quiz: str) -> int | None:
        """The open question, whose places still move. Raises Correcting while nothing can be proved."""
        correcting, phase, question = await self._writer.command(
            "HMGET", Keys(quiz).meta, "correcting", "phase", "question"
        )
        if correcting:
            raise Correcting
        return int(question) if phase == b"question" else None

    async def _look_once(self, quiz: str, known: Content, open_: int | None) -> tuple[Verdict, dict[str, Seen]]:
        verdict, seen = Verdict(), dict[str, Seen]()
        async for outcome in self._grader.everybody(quiz, known, None):
            seen[outcome.player] = Seen(
                outcome.before, outcome.total, outcome.differs, entry_id(outcome.ledger), outcome.where
            )
        await self._read_ledger(quiz, verdict, seen)
        for question in range(len(known.asked)):
            await self._check_grades(quiz, known, question, verdict, question == open_)
        for player, it in seen.items():
            verdict.players += it.where != Where.REMOVED
            verdict.total += it.before
            if it.before != it.total:
                verdict.add(Finding(player, f"the board says {it.before}, the answers give {it.total}"))
            elif it.differs:
                verdict.add(Finding(player, "the points of an answer are not what the rules give"))
            if it.before != it.booked:
                verdict.add(Finding(player, f"the board says {it.before}, the ledger {it.booked}"))
        await self._check_members(quiz, verdict, seen)
        await self._check_sent(quiz, known, verdict, [p for p, it in seen.items() if it.where != Where.REMOVED])
        return verdict, seen

    async def _read_ledger(self, quiz: str, verdict: Verdict, seen: dict[str, Seen]) -> None:
        """Add up each player's entries up to the moment at which the board was read, and see that they follow each other."""
        async for entry, fields in self._entries(quiz):
            verdict.entries += 1
            player, delta = fields[b"player"].decode(), int(fields[b"delta"])
            it = seen.get(player)
            if it is None or entry > it.ledger:
                continue
            if int(fields[b"before"]) != it.booked or it.booked + delta != int(fields[b"total"]):
                verdict.add(Finding(player, f"the entry {entry[0]}-{entry[1]} does not follow from the one before"))
            it.booked += delta

    async def _entries(self, quiz: str) -> AsyncIterator[tuple[tuple[int, int], dict[bytes, bytes]]]:
        start = "-"
        while True:
            found = await self._writer.command("XRANGE", Keys(quiz).ledger, start, "+", "COUNT", ENTRIES_AT_ONCE)
            for entry, flat in found:
                yield entry_id(entry.decode()), dict(zip(flat[::2], flat[1::2], strict=True))
            if len(found) < ENTRIES_AT_ONCE:
                return
            start = "(" + found[-1][0].decode()

    async def _check_grades(self, quiz: str, known: Content, question: int, verdict: Verdict, is_open: bool) -> None:
        """See that every answer is as right as its key says, and, once it is closed, has the place that its time gives."""
        places = await self._grader.places(quiz, known, question)
        async for player, record in self._grader.records(quiz, question):
            verdict.answers += 1
            place = record.place if is_open else places.get(player, 0)
            if (wrong := flaw(known, question, record, place)) is not None:
                verdict.add(Finding(player, wrong, question))

    async def _check_sent(self, quiz: str, known: Content, verdict: Verdict, players: Sequence[str]) -> None:
        """See that what programs have sent to each player is what their events give, one after another."""
        keys, better = Keys(quiz), min if known.settings.order == "ascending" else max
        for first in range(0, len(players), SENT_AT_ONCE):
            some = players[first : first + SENT_AT_ONCE]
            tallies = await self._writer.command("HMGET", keys.outside, *some)
            for player, text in zip(some, tallies, strict=True):
                if text is not None and (wrong := await self._flaw_of_sent(keys, player, better)) is not None:
                    verdict.add(Finding(player, wrong))

    async def _flaw_of_sent(self, keys: Keys, player: str, better: Callable[[int, int], int]) -> str | None:
        """What is wrong with a player's tally, once it holds still while their events are read."""
        for _ in range(ROUNDS):
            before = await self._writer.command("HGET", keys.outside, player)
            folded = await self._fold(keys, player, better)
            if await self._writer.command("HGET", keys.outside, player) == before:
                total, events = read_tally(before)
                return (
                    None
                    if (total, events) == folded
                    else (f"{events} events have given {total}, but there are {folded[1]} that give {folded[0]}")
                )
        return None  # it is one who is sent events all the time

    async def _fold(self, keys: Keys, player: str, better: Callable[[int, int], int]) -> tuple[int, int]:
        """The total of a player's events in the order of their times, and how many there are."""
        total, events, start = 0, 0, f"[{player} "
        while True:
            found = await self._writer.command(
                *("ZRANGEBYLEX", keys.timeline, start, f"({player}!", "LIMIT", 0, ENTRIES_AT_ONCE)
            )
            ids = [member.split(b" ", 2)[2] for member in found]
            for text in await self._writer.command("HMGET", keys.events, *ids) if ids else ():
                total, events = follow(total, events == 0, text, better), events + 1
            if len(found) < ENTRIES_AT_ONCE:
                return total, events
            start = "(" + found[-1].decode()

    async def _check_members(self, quiz: str, verdict: Verdict, seen: dict[str, Seen]) -> None:
        """See that nobody is on the board, or aside, who is not a player."""
        keys = Keys(quiz)
        await self._check_place(keys, keys.board, "is on the board and no player", verdict, seen)
        await self._check_place(keys, keys.aside, "is aside and no player", verdict, seen)

    async def _check_place(self, keys: Keys, key: str, what: str, verdict: Verdict, seen: dict[str, Seen]) -> None:
        cursor = b"0"
        while True:
            cursor, found = await self._writer.command("ZSCAN", key, cursor, "COUNT", ENTRIES_AT_ONCE)
            strangers = [player for player in found[::2] if player.decode() not in seen]
            if strangers:
                cards = await self._writer.command("HMGET", keys.players, *strangers)
                for player, card in zip(strangers, cards, strict=True):
                    if card is None:
                        verdict.add(Finding(player.decode(), what))
            if cursor == b"0":
                return


def follow(total: int, first: bool, event: bytes, better: Callable[[int, int], int]) -> int:
    """The total after one more event, as it is noted (lua/include/tally.lua)."""
    operator, score = SENT.split(event, maxsplit=1)[1].split(b" ")[:2]
    points = int(score)
    if operator == b"set" or (operator == b"best" and first):
        return points
    if operator == b"best":
        return better(total, points)
    return total + (points if operator == b"incr" else -points)


def flaw(known: Content, question: int, record: AnswerRecord, place: int) -> str | None:
    grade = right(known[question].question, record.choice)
    if grade != record.grade:
        return f"the answer to question {question} is graded {record.grade:g}, by the key it is {grade:g}"
    if place != record.place:
        return f"the answer to question {question} has place {record.place}, by its time it is {place}"
    return None


def entry_id(text: str) -> tuple[int, int]:
    """The ID of a stream's entry: milliseconds, and a number within them."""
    ms, _, number = text.partition("-")
    return int(ms), int(number)
