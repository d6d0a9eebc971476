"""The quizzes as they are played: one method for each script, and reads.

Every method may raise Busy, and NoSuchQuiz where it names a quiz; those with a `term`, TakenOver. What a method changes is
published by its script.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

import msgspec
from msgspec import UNSET, Raw

from leaderboard import counts
from leaderboard.errors import (
    Busy,
    IdReused,
    IdTaken,
    Malformed,
    MovedOn,
    NameTaken,
    NoSuchQuiz,
    Refusal,
    Removed,
    StillOpen,
    Unauthorized,
    WrongPacing,
)
from leaderboard.quiz import checks, grading, names
from leaderboard.quiz.content import Choice, Question, Quiz
from leaderboard.state.contents import Asked, Contents
from leaderboard.state.creation import deck_of, fields_of, keys_of, labels_of, roster_of, seen_of
from leaderboard.state.draws import Draws
from leaderboard.state.grader import Where
from leaderboard.state.ids import CHANCE, Source
from leaderboard.state.keys import FINISHED, Keys, digest, is_pin, pin_key, quiz_id
from leaderboard.state.records import (
    Answered,
    Changed,
    Created,
    Cursor,
    Greeting,
    Joined,
    Page,
    People,
    Person,
    Position,
    State,
    ahead_of,
    read_answer,
    read_card,
    read_state,
    to_cursor,
)
from leaderboard.state.redis import Server
from leaderboard.state.timers import Timers
from leaderboard.state.writer import Argument, Reply, Writer

HOST = "@host"
REMOVED = "@removed"  # whoever had a token of somebody who was removed
LAST_SEAT = 2**53 - 1  # theirs: no hello gets a later one
DEADLINE_SPREAD_MS = 20
MOST_COHOSTS = 100
LONGEST_MS = 3_600_000  # that a question may be open
PIN_S = 24 * 3600
TRIES = 20  # to find a PIN or a name that nobody has
ADMITTED_AT_ONCE = 500
SEATS_AT_ONCE = 500
LAPSES_AFTER_MS = 1_000
SHARED_KEYS = 15  # that answer.lua has in all quizzes
MOST_PEOPLE = 200  # in one page

encode = msgspec.json.encode


class Store:
    """All that can be done with a quiz that is played, by way of one writer."""

    def __init__(self, writer: Writer, server: Server, contents: Contents) -> None:
        self._writer, self._server, self._contents = writer, server, contents
        self._call = writer.call
        self.boards = Timers(self.publish)
        self.deadlines = Timers(self.due, DEADLINE_SPREAD_MS)
        self.draws = Draws(writer, server, contents, self.boards.later, self.deadlines.later)
        self.on_correcting: Callable[[str], None] = lambda quiz: None  # who sees that a correction comes to its end
        self.on_finished: Callable[[], None] = lambda: None  # who keeps the results

    def stop(self) -> None:
        self.boards.stop()
        self.deadlines.stop()

    def _changed(self, reply: Reply) -> Changed:
        return Changed(duplicate=not reply[0], durable=self._server.durable, version=reply[1])

    def _moved(self, quiz: str, reply: Reply) -> Changed:
        """The same, of a script whose reply ends with the milliseconds until something is due."""
        self.deadlines.later(quiz, reply[2])
        return self._changed(reply)

    # Making and joining

    async def create(self, quiz: Quiz, source: Source = CHANCE, owner: str = "") -> Created:
        """Make a quiz in its lobby. `owner`: the account that makes it, or ''. Raises BadQuiz, IdReused."""
        checks.check(quiz)
        token, epoch = source.token("host"), source.epoch()
        while True:
            keys = Keys(source.quiz_id())
            try:
                await self.make(keys, quiz, epoch, digest(token), owner)
            except IdTaken:
                if source.repeatable:
                    raise IdReused from None
                continue
            return Created(id=keys.quiz, host_token=token)

    async def make(self, keys: Keys, quiz: Quiz, epoch: str, host: str, owner: str) -> None:
        """Make a quiz that was checked, under this ID; again it changes nothing. `host`: SHA-256 of the host's token.

        Raises IdTaken.
        """
        parts = (seen_of(quiz), keys_of(quiz), roster_of(quiz.roster), labels_of(quiz.teams), deck_of(quiz))
        counts = (len(quiz.questions), *(len(part) // 2 for part in parts[2:4]), len(parts[4]))
        await self._call(
            "create",
            [
                *(*keys.showing, keys.state, keys.questions, keys.keys, keys.tokens, keys.roster),
                *(keys.deck, keys.pool),
            ],
            *(epoch, host, *counts, *chain(*parts), *fields_of(quiz), "owner", owner),
        )

    async def cohost(self, quiz: str, source: Source = CHANCE) -> str:
        """Another host's token, for a second device or person. Raises OutOfRange after so many."""
        keys, token = Keys(quiz), source.token("host")
        await self._call("cohost", [keys.meta, keys.tokens], digest(token), MOST_COHOSTS)
        return token

    async def join(
        self,
        quiz: str,
        name: str = "",
        source: Source = CHANCE,
        user: str = "",
        origin: str = "",
        pin: str = "",
        team: str = "",
    ) -> Joined:
        """Let a new player in, or a `user` who was in before as the same player, with a new token.

        `origin`: a hash of where the request comes from; `pin`: what was given instead of the ID. Where names are
        generated, `name` counts for nothing. `team`: by its name. Raises BadName, NameTaken, NotListed, Banned, Removed,
        Full, Locked, NoSuchTeam, IdReused; NoSuchQuiz also for one that is finished, and for a PIN with which nobody can
        join.
        """
        settings = (await self._contents.get(quiz)).settings
        who = user, origin, pin, *called(team, settings.filter_names)
        masked = settings.privacy == "pseudonyms"
        if settings.names == "own":
            return await self._join(quiz, names.accept(name, settings.filter_names), source, masked, *who)
        for attempt in range(TRIES):
            try:
                return await self._join(quiz, names.invent(min(attempt, 6)), source, masked, *who)
            except NameTaken:
                continue
        raise NameTaken

    async def _join(self, quiz: str, name: str, source: Source, masked: bool, *who: Argument) -> Joined:
        player, token, keys = source.id("player"), source.token("player"), Keys(quiz)
        alias = names.invent(2) if masked else ""
        _, _, wait_ms, first_ms, text, rejoined, waiting = await self._call(
            "join",
            [
                *(*keys.showing, keys.state, keys.tokens, keys.ledger, keys.runs, keys.names, keys.users, keys.joined),
                *(keys.aside, keys.crowds, keys.banned, keys.roster),
            ],
            *(player, encode(name), digest(token), *names.keys(name), *who),
            *((source.id("alias"), encode(alias), *names.keys(alias)) if masked else ("", "", "", "")),
        )
        self.boards.later(quiz, wait_ms)
        self.deadlines.later(quiz, first_ms)
        card = read_card(text)
        return Joined(quiz, card.id, card.name, token, bool(rejoined), bool(waiting))

    async def quiz_of(self, code: str) -> str:
        """The quiz of an ID or a PIN. Raises NoSuchQuiz; whether there is one with this ID the scripts say."""
        if not is_pin(code):
            return quiz_id(code)
        quiz = await self._writer.command("GET", pin_key(code))
        if quiz is None:
            raise NoSuchQuiz
        return bytes(quiz).decode()

    async def joinable(self, code: str) -> str:
        """The same, if people can join there with this code. Raises NoSuchQuiz."""
        quiz = await self.quiz_of(code)
        phase, pin = await self._writer.command("HMGET", Keys(quiz).meta, "phase", "pin")
        if phase in (None, b"finished") or (is_pin(code) and pin != code.encode()):
            raise NoSuchQuiz
        return quiz

    # The host's verbs about players

    async def rename(self, quiz: str, player: str, name: str, term: int | None = None, gone: bool = False) -> Changed:
        """Give a player another name; with `gone` also one who was removed. Raises NoSuchPlayer, BadName, NameTaken."""
        keys = Keys(quiz)
        name = names.accept(name, (await self._contents.get(quiz)).settings.filter_names)
        reply = await self._call(
            "rename",
            [*keys.showing, keys.names, keys.joined, keys.removed],
            *(player, encode(name), *names.keys(name), optional(term), int(gone)),
        )
        self.boards.later(quiz, reply[2])
        return self._changed(reply)

    async def remove(
        self, quiz: str, player: str, ban: bool = False, address: bool = False, term: int | None = None
    ) -> Changed:
        """Take a player out. With `ban` neither user nor name may come again, with `address` nobody new from their origin.

        Raises NoSuchPlayer.
        """
        keys = Keys(quiz)
        reply = await self._call(
            "remove",
            [
                *(*keys.showing, keys.aside, keys.aside_online, keys.removed, keys.tokens, keys.names, keys.users),
                *(keys.joined, keys.seats, keys.banned, keys.ledger, FINISHED, keys.pool, keys.held),
                *(keys.leases, keys.details, keys.registered, keys.keys, *await self._answers(quiz)),
            ],
            *(player, int(ban), int(address), optional(term)),
        )
        self.boards.later(quiz, reply[2])
        return self._changed(reply)

    async def admit(self, quiz: str, player: str | None = None, term: int | None = None) -> Changed:
        """Let a player who is aside onto the board, or all of them. Raises NoSuchPlayer."""
        keys, answers, admitted = Keys(quiz), await self._answers(quiz), 0
        while True:
            done, version, wait_ms, first_ms, left = await self._call(
                "admit",
                [*keys.showing, keys.state, keys.aside, keys.aside_online, FINISHED, *answers],
                *(player or "", ADMITTED_AT_ONCE, optional(term)),
            )
            self.boards.later(quiz, wait_ms)
            self.deadlines.later(quiz, first_ms)
            admitted += done
            if player is not None or not left:
                return self._changed([admitted, version])

    async def assign(
        self,
        quiz: str,
        player: str,
        team: str | None = None,
        tags: Sequence[str] | None = None,
        term: int | None = None,
    ) -> Changed:
        """Put a player into a team ('': out of it), and into these groups. Raises NoSuchPlayer, NoSuchTeam, BadName."""
        keys, filter_names = Keys(quiz), (await self._contents.get(quiz)).settings.filter_names
        reply = await self._call(
            "assign",
            [*keys.showing, keys.aside],
            *(player, *(("-", "", "") if team is None else called(team, filter_names))),
            *("-" if tags is None else " ".join(dict.fromkeys(tags)), optional(term)),
        )
        self.boards.later(quiz, reply[2])
        return self._changed(reply)

    async def _answers(self, quiz: str) -> list[str]:
        """The keys of the answers to all questions."""
        return [Keys(quiz).answers(number) for number in range(len((await self._contents.get(quiz)).asked))]

    async def pin(self, quiz: str, on: bool = True, term: int | None = None) -> Changed:
        """Show a short code with which people can join for a day, while they may; or none. Raises Locked, Finished."""
        seen = (await self._writer.command("HGET", Keys(quiz).meta, "pin") or b"").decode()
        if not on:
            return await self._note_pin(quiz, "", seen, term)
        if seen and await self._writer.command("GET", pin_key(seen)) == quiz.encode():
            await self._writer.command("EXPIRE", pin_key(seen), PIN_S)
            return await self._note_pin(quiz, seen, seen, term)
        for _ in range(TRIES):
            pin = f"{secrets.randbelow(10**6):06}"
            if await self._writer.command("SET", pin_key(pin), quiz, "NX", "EX", PIN_S):
                return await self._note_pin(quiz, pin, seen, term)
        raise Busy

    async def _note_pin(self, quiz: str, pin: str, seen: str, term: int | None) -> Changed:
        keys = Keys(quiz)
        try:
            done, version, now = await self._call("pin", [*keys.showing, keys.state], pin, seen, optional(term))
        except Busy:
            raise  # it may have been noted
        except Refusal:
            await self._free_pin(quiz, pin)
            raise
        for other in {pin, seen} - {now.decode()}:
            await self._free_pin(quiz, other)
        return self._changed([done, version])

    async def _free_pin(self, quiz: str, pin: str) -> None:
        """Let other quizzes have a PIN; if that is not done, nobody joins by it anyway, and it passes in a day."""
        if pin and await self._writer.command("GET", pin_key(pin)) == quiz.encode():
            await self._writer.command("DEL", pin_key(pin))

    # The host's verbs

    async def open(
        self,
        quiz: str,
        question: int | None = None,
        after: int | None = None,
        due: bool = False,
        term: int | None = None,
    ) -> Changed:
        """Open a question, but only if the current one is still `after` where that is given. With self pacing: the quiz.

        Raises NoSuchQuestion, StillOpen, AlreadyPlayed, Finished, MovedOn, WrongPacing.
        """
        return self._moved(quiz, await self._past(quiz, lambda: self._open(quiz, question, after, due, term)))

    async def _past(self, quiz: str, work: Callable[[], Awaitable[Reply]]) -> Reply:
        """Do it; if a question stands in its way whose time is over, close that first, as the next timer would."""
        try:
            return await work()
        except StillOpen:
            if not (await self._close(quiz, None, due=True, term=None))[0]:
                raise
            return await work()

    async def _open(self, quiz: str, question: int | None, after: int | None, due: bool, term: int | None) -> Reply:
        known = await self._contents.get(quiz)
        if known.own_pace != (question is None):
            raise WrongPacing if known.own_pace else Malformed("Which question?")
        number, limit_ms, counts = -1, 0, "0"
        if question is not None:
            asked = known[question]
            number, limit_ms = question, asked.question.time_limit * 1000
            counts = "void" if asked.counts and asked.key.void else str(int(asked.counts))
        keys = Keys(quiz)
        return await self._call(
            "open",
            [*keys.showing, keys.state, keys.questions],
            *(number, optional(after), limit_ms, counts, int(due), optional(term)),
        )

    async def close(self, quiz: str, question: int | None = None, term: int | None = None) -> Changed:
        """Close the open question now, or this one and no other. Raises NotOpen."""
        return self._moved(quiz, await self._close(quiz, question, due=False, term=term))

    async def _close(self, quiz: str, question: int | None, due: bool, term: int | None) -> Reply:
        keys = Keys(quiz)
        return await self._call(
            "close",
            [*keys.showing, keys.state, keys.questions, keys.keys, keys.counts],
            *(optional(question), int(due), optional(term)),
        )

    async def next(self, quiz: str, after: int | None = None, term: int | None = None) -> Changed:
        """Open the question after the current one that has not been played; after the last, finish.

        With `after`, the question that the caller saw last (-1: none), the same call twice does it once.
        Raises StillOpen, MovedOn, Finished, WrongPacing.
        """
        phase, current, played, pacing = await self._where(quiz)
        if pacing in ("self", "draw"):
            raise WrongPacing
        seen = current if after is None else after
        if seen != current and phase != "finished":
            if not played[seen + 1 : current].strip("s") and seen < current:
                return await self.open(quiz, current, after=seen, term=term)  # as the same call may have done before
            raise MovedOn
        number = following(played, seen)
        if number is None:
            return await self.finish(quiz, term=term)
        return await self.open(quiz, number, after=seen, term=term)

    async def upcoming(self, quiz: str) -> int | None:
        """The question that `next` would open, or None: it would finish the quiz."""
        _, current, played, _ = await self._where(quiz)
        return following(played, current)

    async def _where(self, quiz: str) -> tuple[str, int, str, str]:
        """Phase, current question, what has been played (a character each), and pacing."""
        found = await self._writer.command("HMGET", Keys(quiz).meta, "phase", "question", "played", "pacing")
        if found[0] is None:
            raise NoSuchQuiz
        phase, question, played, pacing = (field.decode() for field in found)
        return phase, int(question), played, pacing

    async def skip(self, quiz: str, question: int, term: int | None = None) -> Changed:
        """Pass over a question that has not been played. Raises NoSuchQuestion, AlreadyPlayed, Finished."""
        return self._changed(await self._call("skip", [Keys(quiz).meta], question, optional(term)))

    async def pause(self, quiz: str, term: int | None = None) -> Changed:
        """Stop the clock of the open question, or of what would happen next. Raises NotOpen, WrongPacing, Finished."""
        keys = Keys(quiz)
        return self._changed(await self._call("pause", [*keys.showing, keys.state], optional(term)))

    async def resume(self, quiz: str, term: int | None = None) -> Changed:
        """Let the clock go on where it stopped."""
        keys = Keys(quiz)
        return self._moved(quiz, await self._call("resume", [*keys.showing, keys.state], optional(term)))

    async def extend(
        self, quiz: str, question: int, seconds: int, closes_at: int | None = None, term: int | None = None
    ) -> Changed:
        """Give everybody more time, but only if the question still closes at `closes_at` where that is given.

        Raises NotOpen, MovedOn, OutOfRange.
        """
        keys = Keys(quiz)
        seen = (await self.state(quiz)).closes_at if closes_at is None else closes_at
        reply = await self._call(
            "extend",
            [*keys.showing, keys.state],
            *(question, seen, seconds * 1000, LONGEST_MS, optional(term)),
        )
        return self._moved(quiz, reply)

    async def lock(self, quiz: str, locked: bool = True, term: int | None = None) -> Changed:
        """Let nobody join any more, or let them in again."""
        keys = Keys(quiz)
        reply = await self._call("lock", [*keys.showing, keys.state], int(locked), optional(term))
        await self._free_pin(quiz, reply[2].decode())
        return self._changed(reply)

    async def freeze(self, quiz: str, term: int | None = None) -> Changed:
        """Let the public board stand still until it is revealed."""
        keys = Keys(quiz)
        return self._changed(await self._call("freeze", [*keys.showing, keys.state], optional(term)))

    async def reveal(self, quiz: str, hidden: int = 0, term: int | None = None) -> Changed:
        """Show a frozen board from the bottom up, but for so many places. Raises NotFrozen, StillOpen."""
        keys = Keys(quiz)
        return self._changed(await self._call("reveal", [*keys.showing, keys.state], hidden, optional(term)))

    async def extra(self, quiz: str, player: str, percent: int, term: int | None = None) -> Changed:
        """Give a player more time for each question from the next one on. Raises NoSuchPlayer, StillOpen."""
        keys = Keys(quiz)
        places = [keys.meta, keys.board, keys.runs, keys.aside]
        reply = await self._call("extra", places, player, percent, optional(term))
        return self._changed(reply)

    async def finish(self, quiz: str, term: int | None = None) -> Changed:
        """End the quiz. Raises StillOpen."""
        return self._moved(quiz, await self._past(quiz, lambda: self._finish(quiz, due=False, term=term)))

    async def _finish(self, quiz: str, due: bool, term: int | None) -> Reply:
        keys = Keys(quiz)
        reply = await self._call("finish", [*keys.showing, keys.state, FINISHED], int(due), optional(term))
        await self._free_pin(quiz, reply[3].decode())
        if reply[0]:
            self.on_finished()
            if (await self._contents.get(quiz)).drawing:
                await self.draws.lapse(quiz)
        return reply

    async def reset(self, quiz: str, term: int | None = None) -> Changed:
        """Start over with the same players: no points, no answers, a new epoch."""
        keys = Keys(quiz)
        reply = await self._call(
            "reset",
            [
                *keys.showing,
                keys.state,
                keys.ledger,
                keys.runs,
                keys.counts,
                keys.corrections,
                keys.ranks,
                keys.keys,
                keys.aside,
                keys.removed,
                keys.joined,
                *(keys.deck, keys.pool, keys.held, keys.leases, keys.drawn, keys.details, keys.outside, keys.timeline),
                *await self._answers(quiz),
            ],
            *(CHANCE.epoch(), optional(term)),
        )
        return self._moved(quiz, reply)

    async def delete_quiz(self, quiz: str, version: int | None = None) -> str:
        """Delete a quiz with all that is kept of it, and close its sockets. Returns the account that made it, or ''.

        Raises StillOpen, and MovedOn if it is to have this version and has another.
        """
        keys = Keys(quiz)
        phase, pin, owner = await self._writer.command("HMGET", keys.meta, "phase", "pin", "owner")
        if phase is None:
            raise NoSuchQuiz
        meta, *others = keys.everything(await self._writer.command("HLEN", keys.questions))
        await self._call("delete_quiz", [meta, keys.feed, *others], optional(version))
        await self._free_pin(quiz, (pin or b"").decode())
        return (owner or b"").decode()

    # Time

    async def due(self, quiz: str) -> int:
        """Do what the time has come for. Returns the milliseconds until the next such thing, else 0."""
        phase, current, played, pacing = await self._where(quiz)
        if phase == "question":
            reply = await self._close(quiz, None, due=True, term=None)
        elif pacing in ("self", "draw") and phase == "lobby":
            reply = await self._open(quiz, None, after=None, due=True, term=None)
        elif phase in ("running", "finished") or (number := following(played, current)) is None:
            reply = await self._finish(quiz, due=True, term=None)
        else:
            reply = await self._open(quiz, number, after=current, due=True, term=None)
        if pacing == "draw" and phase in ("running", "finished"):
            return soonest(int(reply[2]), await self.draws.lapse(quiz))
        return int(reply[2])

    def watch(self, quiz: str, state: State, now: int) -> None:
        """Do what this state says will be due, if nobody else does. `now`: Redis's time, in ms."""
        if state.correcting:
            self.on_correcting(quiz)
        if state.pacing == "draw" and state.phase in ("running", "finished"):
            self.deadlines.later(quiz, LAPSES_AFTER_MS)  # it may be that only a node that died knew of what is held
        at = state.closes_at if state.phase in ("question", "running") else state.next_at
        if at and not state.paused_at and state.phase != "finished":
            self.deadlines.later(quiz, max(at - now, 0) + 1)

    # The player's verbs

    async def answer(
        self, quiz: str, player: str, question: int, choice: Choice, id: str = "", rtt_ms: int = 0
    ) -> Answered:
        """Take an answer and give its points. `rtt_ms`: the round trip to the player, as the server measured it.

        Raises NoSuchQuestion, BadChoice, NotOpen, TooLate, Paused, TooOften, NoSuchPlayer.
        """
        known = self._contents.known(quiz) or await self._contents.read(quiz)
        for _ in range(3):
            try:
                return await self._answer(known[question], known.stamp, quiz, player, question, choice, id, rtt_ms)
            except MovedOn:  # a key was corrected, the quiz was reset, or made anew under the same ID
                known = await self._contents.read(quiz)
            except Refusal as refusal:
                counts.answers.add(refusal.code)
                raise
        raise Busy

    async def _answer(
        self, asked: Asked, stamp: str, quiz: str, player: str, number: int, choice: Choice, id: str, rtt_ms: int
    ) -> Answered:
        grade = grading.grade(asked.question, choice)
        taken, first, total, version, wait_ms, held, rank = await self._call(
            "answer",
            asked.keys,
            *(player, number, encode(choice), f"{grade:g}", stamp, encode(id), rtt_ms),
            " ".join(grading.tally(asked.question, choice)),
            *asked.rules,
        )
        if wait_ms:
            self.boards.later(quiz, wait_ms)
        counts.answers["kept" if taken else "duplicate"] += 1
        record, drawing = read_answer(first), len(asked.keys) > SHARED_KEYS
        return Answered(
            duplicate=not taken,
            durable=self._server.durable,
            version=version,
            question=number,
            choice=record.choice,
            attempts=record.attempts,
            points=UNSET if held else record.points,
            total=UNSET if held else total,
            correct=record.grade == 1 if drawing else UNSET,
            rank=rank or UNSET,
        )

    # Showing

    async def publish(self, quiz: str) -> int:
        """Show the board's last change unless somebody has. Returns the milliseconds still to wait."""
        return int((await self._call("publish", Keys(quiz).showing))[0])

    async def renew(self, quiz: str, players: Sequence[str], lease_ms: int) -> int:
        """Keep these players online for another lease. Returns its end."""
        keys = Keys(quiz)
        places = [*keys.showing, keys.aside, keys.aside_online]
        lease_end, wait_ms = await self._call("renew", places, lease_ms, *players)
        self.boards.later(quiz, wait_ms)
        return int(lease_end)

    async def leave(self, quiz: str, player: str, lease_end: int, grace_ms: int = 0) -> None:
        """End the lease that was renewed until `lease_end`, unless another node has renewed it since.

        Who may have several devices is given `grace_ms`, in which another node renews it.
        """
        keys = Keys(quiz)
        reply = await self._call("leave", [*keys.showing, keys.aside_online], player, lease_end, grace_ms)
        self.boards.later(quiz, reply[1])

    # Reading

    async def hello(self, quiz: str, token: str | None) -> Greeting:
        """What somebody who comes in needs to know. Host and players take the place of their socket before."""
        keys = Keys(quiz)
        player, card, now, state, board, term, seat, devices, all_rows = await self._call(
            "hello",
            [keys.meta, keys.tokens, keys.players, keys.state, keys.shown, keys.feed, keys.seats],
            digest(token) if token else "",
        )
        self.watch(quiz, read_state(state), now)
        who, terms = player.decode(), int(term) if term else None
        return Greeting(who, Raw(card or b"null"), now, state, board, all_rows, terms, seat, devices)

    async def role(self, quiz: str, token: str) -> str:
        """The player that a token belongs to, or HOST. Raises Unauthorized, Removed."""
        keys = Keys(quiz)
        who = await self._writer.command("HGET", keys.tokens, digest(token))
        if who is None:
            await self.state(quiz)  # there may be no such quiz
            raise Unauthorized
        if who == REMOVED.encode():
            raise Removed
        return bytes(who).decode()

    async def owner(self, quiz: str) -> str:
        """The account that made the quiz; '' for none, also if there is no such quiz."""
        return bytes(await self._writer.command("HGET", Keys(quiz).meta, "owner") or b"").decode()

    async def seats(self, quiz: str, players: Sequence[str]) -> dict[str, int]:
        """The number of each player's newest socket; after the last there is none for who was removed."""
        found: dict[str, int] = {}
        for first in range(0, len(players), SEATS_AT_ONCE):
            some = players[first : first + SEATS_AT_ONCE]
            numbers = await self._writer.command("HMGET", Keys(quiz).seats, *some)
            found |= {player: int(number or 0) for player, number in zip(some, numbers, strict=True)}
        return found

    async def term(self, quiz: str) -> int:
        """The number of the host who came last."""
        return int(await self._writer.command("HGET", Keys(quiz).meta, "host_term") or 0)

    async def people(self, quiz: str, cursor: str | None = None, limit: int = 50) -> People:
        """Everybody who is or was in the quiz, for its host, some at a time. Raises Malformed for a bad cursor."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 7):
            raise Malformed("The cursor is none that a page of these people gave.")
        keys, first, limit = Keys(quiz), int(cursor or 0), max(1, min(limit, MOST_PEOPLE))
        places = [*keys.showing, keys.aside, keys.aside_online, keys.removed]
        epoch, version, waits, on, aside, removed, *rows = await self._call("people", places, first, limit)
        people = [person(row, bool(waits)) for row in zip(*[iter(rows)] * 4, strict=True)]
        following = str(first + limit) if first + limit < on + aside + removed else None
        return People(epoch.decode(), version, on, aside, removed, people, following)

    async def state(self, quiz: str) -> State:
        """The phase and the current question, as last published."""
        message = await self._writer.command("GET", Keys(quiz).state)
        if message is None:
            raise NoSuchQuiz
        return read_state(message)

    async def page(
        self,
        quiz: str,
        limit: int,
        around: str | None = None,
        cursor: Cursor | None = None,
        ties: str | None = None,
        host: bool = False,
        players: Sequence[str] = (),
        viewer: str = "",
    ) -> Page:
        """A page of the true board: its top, around a player, below a cursor, or the rows of these `players`.

        As far as the `viewer`, a player or '', may see it. Raises NoSuchPlayer, HeldBack, NotShown.
        """
        below = cursor or Cursor("", "")
        asked: list[Argument] = [
            limit,
            around or "",
            below.score,
            below.player,
            ties or "",
            int(host),
            viewer,
            *players,
        ]
        epoch, version, count, rows, score, player = await self._call("page", Keys(quiz).showing, *asked)
        following = to_cursor(Cursor(score.decode(), player.decode())) if score else None
        return Page(epoch=epoch.decode(), version=version, players=count, rows=Raw(rows), next=following)

    async def standing(
        self, quiz: str, player: str, rank: int = 1, ties: str | None = None, host: bool = False, viewer: str = ""
    ) -> Position:
        """How a player stands, and what they miss to stand at this rank. Raises NoSuchPlayer, HeldBack, NotShown."""
        epoch, version, players, points, own, better, needed, card, missing = await self._call(
            "standing", Keys(quiz).showing, player, rank, ties or "", int(host), viewer
        )
        following = ahead_of(card, missing)
        share = round(100 * (players - better) / players, 2)
        return Position(
            epoch.decode(), version, points, own, players, share, needed if needed >= 0 else None, following
        )

    async def questions(self, quiz: str) -> list[Question]:
        """The questions with their keys, for the host."""
        return [asked.question for asked in (await self._contents.read(quiz)).asked]


def called(team: str, filter_names: bool) -> tuple[Argument, ...]:
    """A team as scripts look for it: its name (JSON) and what is unique of it; '' for none. Raises BadName."""
    if not team:
        return ("", "", "")
    name = names.accept(team, filter_names)
    return (encode(name), *names.keys(name))


def person(row: Reply, waits: bool) -> Person:
    text, points, online, where = row
    card = read_card(text)
    aside = where == Where.ASIDE
    return Person(card.id, card.name, points, bool(online), aside, aside and waits, where == Where.REMOVED)


def soonest(*waits_ms: int) -> int:
    """The shortest time that there is to wait, 0 if there is none."""
    return min((wait_ms for wait_ms in waits_ms if wait_ms > 0), default=0)


def following(played: str, current: int) -> int | None:
    """The next question that has not been played or passed over."""
    number = played.find("-", current + 1)
    return None if number < 0 else number


def optional(value: int | None) -> Argument:
    return "" if value is None else value
