"""Questions that players draw: one after the other with self pacing, or exclusively, also out of boxes that they buy."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from msgspec import UNSET

from leaderboard.errors import AllDrawn, BoxLapsed, MovedOn, NoBox, Refusal, StillHolding, Taken, WrongPacing
from leaderboard.quiz.content import MAX_POINTS, Difficulty
from leaderboard.state.contents import Content, Contents
from leaderboard.state.keys import FINISHED, Keys
from leaderboard.state.records import Bought, Changed, Drawn, Holding, Pool
from leaderboard.state.redis import Server
from leaderboard.state.writer import Reply, Writer

SEALED_MS = 30_000  # in which a box must be opened
HELD_AT_ONCE = 100

Later = Callable[[str, int], None]


class Draws:
    """The verbs of who draws. `show_later(quiz, wait_ms)` is told when the board is due, `due_later` when a lease ends."""

    def __init__(self, writer: Writer, server: Server, contents: Contents, show_later: Later, due_later: Later) -> None:
        self._writer, self._server, self._contents = writer, server, contents
        self._show_later, self._due_later = show_later, due_later
        self._call = writer.call

    async def draw(
        self,
        quiz: str,
        player: str,
        after: int,
        difficulty: Difficulty | None = None,
        topic: str = "",
        question: int | None = None,
    ) -> Drawn:
        """Show a player their next question; `after`: the one seen last, -1 for none. Only with self pacing.

        With the pacing `draw` it is one of this kind, or a certain one, that nobody else gets; or the one in their box.
        Raises NoSuchPlayer, WrongPacing, NotOpen, MovedOn, AllDrawn, Taken, BoxLapsed, NoSuchQuestion.
        """
        known, keys = await self._contents.get(quiz), Keys(quiz)
        if known.drawing:
            asked = f"{difficulty or ''}:{topic.casefold()}:"
            return await self._claim(quiz, known, player, after, asked if question is None else "::", question)
        if difficulty or topic or question is not None:
            raise WrongPacing
        following_one = known.asked[after + 1] if after + 1 < len(known.asked) else None
        limit_ms = following_one.question.time_limit * 1000 if following_one else 0
        drawn, version, opened_at, closes_at, wait_ms = await self._call(
            "draw", [*keys.showing, keys.runs, keys.aside], player, after, len(known.asked), limit_ms
        )
        self._show_later(quiz, wait_ms)
        assert following_one is not None
        return Drawn(not drawn, self._server.durable, version, following_one.view, opened_at, closes_at)

    async def _claim(
        self, quiz: str, known: Content, player: str, after: int, asked: str, question: int | None
    ) -> Drawn:
        keys = Keys(quiz)
        places = [*keys.showing, keys.runs, keys.aside, keys.drawn, keys.held, keys.leases, keys.pool]
        certain = "" if question is None else f"{known[question].view.number:05}:"
        try:
            reply = await self._again(
                quiz, (AllDrawn, Taken, MovedOn), lambda: self._call("claim", places, player, after, asked, certain)
            )
        except BoxLapsed:
            await self._take_back(quiz, everything=False)
            raise
        drawn, version, number, opened_at, closes_at, wait_ms = reply
        self._show_later(quiz, wait_ms)
        if drawn:
            self._due_later(quiz, closes_at - opened_at + 1)
        return Drawn(not drawn, self._server.durable, version, known[number].view, opened_at, closes_at)

    async def _again(
        self, quiz: str, missing: tuple[type[Refusal], ...], work: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """Do it; if there is none, once more when what is held too long has been taken back, as the next timer would."""
        try:
            return await work()
        except missing:
            if not await self._take_back(quiz, everything=False):
                raise
            return await work()

    async def buy(self, quiz: str, player: str, difficulty: Difficulty, after: int, id: str = "") -> Bought:
        """Sell a player a box: take its price, and put a question of this difficulty aside for them.

        Raises NoSuchPlayer, WrongPacing, NoBox, NotOpen, MovedOn, AllDrawn, StillHolding, CannotAfford.
        """
        known, keys = await self._contents.get(quiz), Keys(quiz)
        if not known.drawing:
            raise WrongPacing
        box = known.settings.boxes.get(difficulty)
        if box is None:
            raise NoBox
        places = [*keys.showing, keys.ledger, keys.runs, keys.aside, keys.drawn, keys.held, keys.leases, keys.pool]
        terms = box.price, box.price_percent, box.prize, box.prize_percent, MAX_POINTS, SEALED_MS
        reply = await self._again(
            quiz,
            (AllDrawn, StillHolding),
            lambda: self._call("buy", places, player, after, f"{difficulty}::", *terms, id),
        )
        done, version, price, prize, open_by, total, wait_ms = reply
        self._show_later(quiz, wait_ms)
        if done:
            self._due_later(quiz, SEALED_MS + 1)
        return Bought(not done, self._server.durable, version, difficulty, price, prize, open_by, total)

    async def release(self, quiz: str, player: str, question: int | None = None) -> Changed:
        """Take back the question that a player holds, this one and no other, or their box. Raises WrongPacing, MovedOn."""
        if not (await self._contents.get(quiz)).drawing:
            raise WrongPacing
        text = await self._writer.command("HGET", Keys(quiz).held, player)
        if text is None:
            version = await self._writer.command("HGET", Keys(quiz).meta, "version")
            return Changed(True, self._server.durable, int(version))
        if question is not None and question != held_number(text):
            raise MovedOn
        done, version, *_ = await self._take(quiz, player, text, due=False)
        return Changed(not done, self._server.durable, version)

    async def _take(self, quiz: str, player: str, text: bytes, due: bool) -> Reply:
        keys = Keys(quiz)
        places = [*keys.showing, keys.ledger, keys.runs, keys.aside, keys.held, keys.leases, keys.pool]
        reply = await self._call(
            "release",
            [*places, FINISHED, keys.answers(held_number(text)), keys.keys, keys.drawn],
            player,
            text,
            int(due),
        )
        self._show_later(quiz, reply[4])
        return reply

    async def lapse(self, quiz: str) -> int:
        """Take back what has been held too long. Returns the milliseconds until the next such moment, else 0.

        Not before an answer that is credited for its way would be too late.
        """
        over = await self._writer.command("HGET", Keys(quiz).meta, "phase") == b"finished"
        credit_ms = (await self._contents.get(quiz)).settings.credit_ms
        while await self._take_back(quiz, over, credit_ms):
            pass
        if over:
            return 0
        first, now = await asyncio.gather(
            self._writer.command("ZRANGE", Keys(quiz).leases, 0, 0, "WITHSCORES"), self._now_ms()
        )
        return max(int(float(first[1])) + credit_ms - now, 0) + 1 if first else 0

    async def _take_back(self, quiz: str, everything: bool, credit_ms: int = 0) -> int:
        """Some of what has been held too long, or of all that is held. Returns how much that was."""
        keys, until = Keys(quiz), "+inf" if everything else str(await self._now_ms() - credit_ms - 1)
        players = await self._writer.command("ZRANGEBYSCORE", keys.leases, "-inf", until, "LIMIT", 0, HELD_AT_ONCE)
        if not players:
            return 0
        texts = await self._writer.command("HMGET", keys.held, *players)
        replies = await asyncio.gather(
            *(
                self._take(quiz, player.decode(), text, due=True)
                for player, text in zip(players, texts, strict=True)
                if text
            )
        )
        return sum(reply[0] for reply in replies)

    async def _now_ms(self) -> int:
        seconds, micros = await self._writer.command("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    async def pool(self, quiz: str, host: bool = False) -> Pool:
        """How many questions are free, by difficulty and topic; for the host also who holds which. Raises WrongPacing."""
        known, keys = await self._contents.get(quiz), Keys(quiz)
        if not known.drawing:
            raise WrongPacing
        free, held, leases = await asyncio.gather(
            self._writer.command("ZRANGEBYLEX", keys.pool, "[::", "(:;"),
            self._writer.command("HGETALL", keys.held),
            self._writer.command("ZRANGE", keys.leases, 0, -1, "WITHSCORES"),
        )
        kinds = [entry.decode().split(":", 5)[4:] for entry in free]
        ends = {player: int(float(end)) for player, end in zip(leases[::2], leases[1::2], strict=True)}
        holding = [
            Holding(player.decode(), held_number(text), text.split()[-3] == b"1", ends.get(player, 0))
            for player, text in zip(held[::2], held[1::2], strict=True)
        ]
        return Pool(
            free=len(free),
            held=len(holding),
            difficulties=dict(Counter(difficulty for difficulty, _ in kinds if difficulty)),
            topics=dict(Counter(topic for _, topic in kinds if topic)),
            boxes=known.settings.boxes,
            holding=sorted(holding, key=lambda it: it.until) if host else UNSET,
        )


def held_number(text: bytes) -> int:
    """The question that somebody holds, of what lua/include/pool.lua writes."""
    return int(text[: text.index(b":")])
