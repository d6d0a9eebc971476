"""Corrections: keys put right, questions that do not count, points given and taken; each with a reason, and each undone.

A corrected key changes what many answers gave. `correct.lua` replaces the key and holds the board back, `regrade.lua`
works out some players at a time anew, `corrected.lua` lets everybody see. Each step may happen twice; if the node that
does it dies, another one goes on.
"""

import hashlib
import secrets
from collections.abc import Callable

import msgspec
from msgspec import UNSET, Struct, UnsetType

from leaderboard.errors import BadQuiz, Malformed, NoSuchCorrection
from leaderboard.quiz import checks, content
from leaderboard.quiz.content import AnswerKey, Choice
from leaderboard.state.contents import Asked, Content, Contents, downwards, entries
from leaderboard.state.grader import LEASE_MS, Apply, Grader, Outcome, Where
from leaderboard.state.keys import FINISHED, Keys
from leaderboard.state.records import Changed, read_card
from leaderboard.state.redis import Server
from leaderboard.state.timers import Timers
from leaderboard.state.writer import Writer

MOST_GIVEN = 20_000_000  # points to one player by the host, either way: with it totals stay below 2²⁷

encode = msgspec.json.encode


class Correction(Struct, omit_defaults=True):
    """What was corrected, as everybody may know it, and as it stands in Redis."""

    kind: str  # "key", "skip" or "points"
    reason: str
    question: int | UnsetType = UNSET
    player: str | UnsetType = UNSET
    points: int | UnsetType = UNSET
    undoes: int | UnsetType = UNSET
    number: int | UnsetType = UNSET  # these two by the script
    at: int | UnsetType = UNSET


class Kept(Struct, omit_defaults=True):
    """What only the server needs to know of a correction: how to take it back."""

    kind: str
    question: int = -1
    player: str = ""
    points: int = 0
    before: AnswerKey | None = None  # the key that was replaced
    revision: int = 0  # of the key that replaced it


class Leader(Struct):
    id: str
    name: str
    points: int


class Forecast(Struct):
    """What a correction would do. `changed`: how many totals; `revision`: of the key it would replace."""

    revision: int
    players: int
    changed: int
    leader: Leader | None
    leader_then: Leader | None


_read_kept = msgspec.json.Decoder(Kept).decode
read_correction = msgspec.json.Decoder(Correction).decode


class Corrections:
    """The verbs of a jury. `later(quiz, wait_ms)` is called with the time in which the board is due."""

    def __init__(self, writer: Writer, server: Server, contents: Contents, later: Callable[[str, int], None]) -> None:
        self._writer, self._server, self._contents, self._later = writer, server, contents, later
        self._call = writer.call
        self.grader = Grader(writer)
        self.resumes = Timers(self.resume, 200)

    def stop(self) -> None:
        self.resumes.stop()

    # Points

    async def adjust(
        self, quiz: str, player: str, points: int, reason: str, id: str | None = None, term: int | None = None
    ) -> Changed:
        """Give a player points, or take some. Raises NoSuchPlayer, OutOfRange."""
        about = Correction("points", reason, player=player, points=points)
        return await self._adjust(quiz, about, request(id, about), term)

    async def _adjust(self, quiz: str, about: Correction, request: str, term: int | None) -> Changed:
        assert about.player is not UNSET
        assert about.points is not UNSET
        keys, kept = Keys(quiz), Kept("points", player=about.player, points=about.points)
        done, version, number, wait_ms = await self._call(
            "adjust",
            [*keys.showing, keys.ledger, keys.runs, keys.corrections, keys.aside, FINISHED, keys.outside],
            *(request, about.player, about.points, "host", about.reason, members(about), MOST_GIVEN),
            "" if about.undoes is UNSET else about.undoes,
            *("" if term is None else term, encode(kept)),
        )
        self._later(quiz, wait_ms)
        return Changed(not done, self._server.durable, version, number)

    # Keys

    async def correct(
        self,
        quiz: str,
        question: int,
        reason: str,
        answer: Choice | None = None,
        void: bool | None = None,
        revision: int | None = None,
        id: str | None = None,
        term: int | None = None,
        kind: str = "key",
    ) -> Changed:
        """Give a question another key, or let nobody's answer to it count, and grade everybody anew.

        With `revision`, only if the key is still that one. Raises NoSuchQuestion, StillOpen, Correcting, MovedOn, BadQuiz.
        """
        known = await self._contents.read(quiz)
        key = corrected(known[question], answer, void)
        about = Correction(kind, reason, question=question)
        return await self._correct(quiz, known, about, key, revision, request(id, about, answer, void), term)

    async def _correct(
        self,
        quiz: str,
        known: Content,
        about: Correction,
        key: AnswerKey,
        revision: int | None,
        request: str,
        term: int | None,
    ) -> Changed:
        assert about.question is not UNSET
        keys, question = Keys(quiz), about.question
        before = known[question].key
        seen = before.revision if revision is None else revision
        key = msgspec.structs.replace(key, revision=seen + 1)
        kept = Kept("key", question=question, before=before, revision=key.revision)
        undoes = "" if about.undoes is UNSET else about.undoes
        done, version, number = await self._call(
            "correct",
            [*keys.showing, keys.state, keys.keys, keys.corrections],
            *(request, question, seen, encode(key), members(about), undoes, LEASE_MS),
            *("" if term is None else term, encode(kept)),
        )
        self.resumes.later(quiz, LEASE_MS)  # whatever becomes of this request, or became of the same one before
        if done:
            version = await self._finish(quiz, number, question)
        return Changed(not done, self._server.durable, version, number)

    async def undo(
        self, quiz: str, correction: int, reason: str = "Undone", id: str | None = None, term: int | None = None
    ) -> Changed:
        """Take a correction back: of a key, if it is the last one of that question.

        Raises NoSuchCorrection, AlreadyUndone, MovedOn.
        """
        text = await self._writer.command("HGET", Keys(quiz).corrections, f"kept:{correction}")
        known = await self._contents.read(quiz)
        if text is None:
            raise NoSuchCorrection
        kept = _read_kept(text)
        if kept.kind == "points":
            about = Correction("points", reason, player=kept.player, points=-kept.points, undoes=correction)
            return await self._adjust(quiz, about, request(id, about), term)
        assert kept.before is not None
        about = Correction("key", reason, question=kept.question, undoes=correction)
        return await self._correct(quiz, known, about, kept.before, kept.revision, request(id, about), term)

    async def resume(self, quiz: str) -> int:
        """Go on with a correction whose node does not. Returns the milliseconds until that may be said, else 0."""
        keys = Keys(quiz)
        number, until = await self._writer.command("HMGET", keys.meta, "correcting", "correcting_until")
        if not number:
            return 0
        seconds, micros = await self._writer.command("TIME")
        left_ms = int(until) - (int(seconds) * 1000 + int(micros) // 1000)
        if 0 < left_ms <= LEASE_MS:  # more than that: the clock has been set back
            return left_ms
        text = await self._writer.command("HGET", keys.corrections, f"kept:{int(number)}")
        if text is not None:  # else a reset has been faster
            await self._finish(quiz, int(number), _read_kept(text).question)
        return 0

    async def _finish(self, quiz: str, number: int, question: int) -> int:
        """Grade everybody anew by the key as it is now, then end the correction. Returns the version."""
        keys = Keys(quiz)
        text = await self._writer.command("HGET", keys.corrections, number)
        reason = read_correction(text).reason if text is not None else ""  # a reset may have been faster
        async for _ in self.grader.everybody(
            quiz, await self._contents.read(quiz), question, Apply("regrade", reason, number)
        ):
            pass
        reply = await self._call(
            "corrected",
            [*keys.showing, keys.state, keys.questions, keys.keys, keys.counts, keys.corrections, FINISHED, keys.pool],
            number,
            question,
            *pooled(await self._contents.get(quiz), question),
        )
        return int(reply[1])

    async def preview(
        self, quiz: str, question: int, answer: Choice | None = None, void: bool | None = None
    ) -> Forecast:
        """What correcting a key would do; nothing is changed. Raises NoSuchQuestion, BadQuiz."""
        known = await self._contents.read(quiz)
        asked = known[question]
        key = corrected(asked, answer, void)
        then = replaced(known, question, key)
        best: list[Outcome] = []
        sign = -1 if known.ascending else 1
        players = changed = 0
        async for outcome in self.grader.everybody(quiz, then, question):
            players += outcome.where != Where.REMOVED
            changed += outcome.total != outcome.before
            if outcome.where != Where.BOARD:
                continue
            if not best or sign * outcome.total >= sign * best[0].total:
                best = [it for it in best if it.total == outcome.total] + [outcome]
        leader = await self._leading(quiz, known)
        leader_then = await self._first(quiz, known, best) if best else leader
        return Forecast(asked.key.revision, players, changed, leader, leader_then)

    async def _first(self, quiz: str, known: Content, equals: list[Outcome]) -> Leader:
        """Who of them would be ahead: a correction leaves the fractions of the scores as they are."""
        scores = await self._writer.command("ZMSCORE", Keys(quiz).board, *(it.player for it in equals))
        first = min if known.ascending else max
        _, player, total = first(
            (float(score or 0) % 1, it.player, it.total) for score, it in zip(scores, equals, strict=True)
        )
        return await self._leader(quiz, player, total)

    async def _leading(self, quiz: str, known: Content) -> Leader | None:
        top = await self._writer.command(downwards(known.settings), Keys(quiz).board, 0, 0, "WITHSCORES")
        return await self._leader(quiz, top[0].decode(), int(float(top[1]) // 1)) if top else None

    async def _leader(self, quiz: str, player: str, points: int) -> Leader:
        card = await self._writer.command("HGET", Keys(quiz).players, player)
        return Leader(player, read_card(card).name if card else "?", points)


def corrected(asked: Asked, answer: Choice | None, void: bool | None) -> AnswerKey:
    """The key with what is given changed. Raises BadQuiz, and Malformed if nothing is given."""
    if answer is None and void is None:
        raise Malformed("What is to be corrected: `answer`, `void` or both?")
    given = {"answer": answer, "void": void}
    key = msgspec.structs.replace(asked.key, **{name: value for name, value in given.items() if value is not None})
    if (wrong := checks.flaw(content.whole(asked.view, key))) is not None:
        raise BadQuiz(f"The correction makes no sense: {wrong}")
    return key


def pooled(known: Content, question: int) -> list[str]:
    """The entries of the pool under which a question is found, where it can be drawn."""
    return entries(question, known[question].question) if known.drawing else []


def replaced(known: Content, question: int, key: AnswerKey) -> Content:
    """The content as it would be with another key."""
    asked = list(known.asked)
    before = asked[question]
    asked[question] = msgspec.structs.replace(before, key=key, question=content.whole(before.view, key))
    return msgspec.structs.replace(known, asked=asked)


def members(about: Correction) -> bytes:
    """JSON of a correction without braces, to which the script adds its number and time."""
    return encode(about)[1:-1]


def request(id: str | None, *asked: object) -> str:
    """What makes a request the same as an earlier one: its id, and what it asks for."""
    return f"{id or secrets.token_hex(8)} {hashlib.sha256(encode(asked)).hexdigest()[:16]}"
