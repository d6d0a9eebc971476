"""The quizzes: one method for each script, and reads.

Every method may raise Busy, and NoSuchQuiz where it names a quiz. What a method changes is published by its script.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import msgspec
from msgspec import Raw

from leaderboard.errors import IdTaken, MovedOn, NoSuchQuestion, NoSuchQuiz, Unauthorized
from leaderboard.quiz import content, grading, names
from leaderboard.quiz.content import AnswerKey, Choice, Question, QuestionView, Quiz
from leaderboard.state.keys import Keys, digest, new_epoch, new_player_id, new_quiz_id, new_token
from leaderboard.state.records import (
    Answered,
    Card,
    Changed,
    Content,
    Created,
    Cursor,
    Given,
    Greeting,
    Head,
    Joined,
    Page,
    Standing,
    State,
    read_answer,
    read_state,
    to_cursor,
)
from leaderboard.state.redis import Server
from leaderboard.state.scripts import SCRIPTS
from leaderboard.state.timers import Timers
from leaderboard.state.writer import Argument, Reply, Writer

HOST = "@host"
REMEMBERED_QUIZZES = 1_000
YOU_AT_ONCE = 200
DEADLINE_SPREAD_MS = 20

encode = msgspec.json.encode


class Store:
    """All that can be done with quizzes, by way of one writer."""

    def __init__(self, writer: Writer, server: Server) -> None:
        self._writer, self._server = writer, server
        self._contents: OrderedDict[str, Content] = OrderedDict()
        self._loading: dict[str, asyncio.Future[Content]] = {}
        self.boards = Timers(self.publish)
        self.deadlines = Timers(self.close_due, DEADLINE_SPREAD_MS)

    def stop(self) -> None:
        self.boards.stop()
        self.deadlines.stop()

    async def _call(self, verb: str, keys: Sequence[str], *args: Argument) -> Reply:
        return await self._writer.script(SCRIPTS[verb], keys, args)

    def _changed(self, reply: Reply) -> Changed:
        return Changed(duplicate=not reply[0], durable=self._server.durable, version=reply[1])

    # Making and joining

    async def create(self, quiz: Quiz) -> Created:
        """Make a quiz in its lobby. Raises BadQuiz."""
        content.check(quiz)
        token, epoch = new_token(), new_epoch()
        questions: list[bytes] = []
        for number, question in enumerate(quiz.questions):
            questions += encode(content.view(number, question)), encode(AnswerKey(answer=question.answer))
        head = encode(Head(title=quiz.title, questions=len(quiz.questions)))[1:-1]
        settings = quiz.settings
        while True:
            keys = Keys(new_quiz_id())
            try:
                await self._call(
                    "create",
                    [*keys.showing, keys.state, keys.questions, keys.keys, keys.tokens],
                    *(epoch, head, settings.board_interval_ms, settings.board_rows, digest(token)),
                    *questions,
                )
            except IdTaken:
                continue
            return Created(id=keys.quiz, host_token=token)

    async def join(self, quiz: str, name: str) -> Joined:
        """Let a new player in. Raises BadName, Finished."""
        player, token = new_player_id(), new_token()
        card = Card(id=player, name=names.clean(name))
        keys = Keys(quiz)
        reply = await self._call("join", [*keys.showing, keys.tokens], player, encode(card), digest(token))
        self.boards.later(quiz, reply[2])
        return Joined(id=player, name=card.name, token=token)

    # The host's verbs

    async def open(self, quiz: str, question: int, after: int | None = None) -> Changed:
        """Open a question, but only if the current one is still `after` where that is given.

        Raises NoSuchQuestion, StillOpen, AlreadyPlayed, Finished, MovedOn.
        """
        asked = await self.question(quiz, question)
        keys = Keys(quiz)
        reply = await self._call(
            "open",
            [*keys.showing, keys.state, keys.questions],
            *(question, "" if after is None else after, asked.time_limit * 1000, asked.points),
        )
        self.deadlines.later(quiz, max(reply[2] - reply[3], 0) + 1)
        return self._changed(reply)

    async def close(self, quiz: str, question: int | None = None) -> Changed:
        """Close the open question now, or this one and no other. Raises NotOpen."""
        return self._changed(await self._close(quiz, "" if question is None else question, due=0))

    async def close_due(self, quiz: str) -> int:
        """Close the open question if its time is over. Returns the milliseconds that it still has, else 0."""
        return int((await self._close(quiz, "", due=1))[2])

    def watch(self, quiz: str, state: State, now: int) -> None:
        """Close the question of this state when its time is over, if nobody else does. `now`: Redis's time, in ms."""
        if state.phase == "question":
            self.deadlines.later(quiz, max(state.closes_at - now, 0) + 1)

    async def _close(self, quiz: str, question: int | str, due: int) -> Reply:
        keys = Keys(quiz)
        return await self._call("close", [*keys.showing, keys.state, keys.questions, keys.keys], question, due)

    async def next(self, quiz: str, after: int | None = None) -> Changed:
        """Open the question after the current one; after the last, finish.

        With `after`, the question that the caller saw last (-1: none), the same call twice does it once.
        Raises StillOpen, MovedOn, Finished.
        """
        state = await self.state(quiz)
        current = -1 if state.question is None else state.question.number
        if after is None:
            after = state.questions - 1 if state.phase == "finished" else current
        if after + 1 < state.questions:
            return await self.open(quiz, after + 1, after=after)
        if state.phase != "finished" and after != current:
            raise MovedOn
        return await self.finish(quiz)

    async def finish(self, quiz: str) -> Changed:
        """End the quiz. Raises StillOpen."""
        keys = Keys(quiz)
        return self._changed(await self._call("finish", [*keys.showing, keys.state]))

    async def reset(self, quiz: str) -> Changed:
        """Start over with the same players: no points, no answers, a new epoch."""
        keys = Keys(quiz)
        answers = [keys.answers(number) for number in range((await self.state(quiz)).questions)]
        reply = await self._call("reset", [*keys.showing, keys.state, keys.ledger, *answers], new_epoch())
        return self._changed(reply)

    # The player's verb

    async def answer(self, quiz: str, player: str, question: int, choice: Choice) -> Answered:
        """Take an answer and give its points. Raises NoSuchQuestion, BadChoice, NotOpen, TooLate, NoSuchPlayer."""
        try:
            return await self._answer(
                self._contents.get(quiz) or await self._content(quiz), quiz, player, question, choice
            )
        except MovedOn:  # the quiz was reset, or made anew under the same ID
            return await self._answer(await self._content(quiz), quiz, player, question, choice)

    async def _answer(self, known: Content, quiz: str, player: str, number: int, choice: Choice) -> Answered:
        if not 0 <= number < len(known.questions):
            raise NoSuchQuestion
        grade = grading.grade(known.questions[number], choice)
        taken, first, total, version, wait_ms = await self._call(
            "answer", known.answer_keys[number], player, number, encode(choice), grade, known.epoch
        )
        if wait_ms:
            self.boards.later(quiz, wait_ms)
        record = read_answer(first)
        return Answered(
            duplicate=not taken,
            durable=self._server.durable,
            question=number,
            choice=record.choice,
            points=record.points,
            total=total,
            version=version,
        )

    # Showing

    async def publish(self, quiz: str) -> int:
        """Show the board's last change unless somebody has. Returns the milliseconds still to wait."""
        return int((await self._call("publish", Keys(quiz).showing))[0])

    async def renew(self, quiz: str, players: Sequence[str], lease_ms: int) -> int:
        """Keep these players online for another lease. Returns its end."""
        lease_end, wait_ms = await self._call("renew", Keys(quiz).showing, lease_ms, *players)
        self.boards.later(quiz, wait_ms)
        return int(lease_end)

    async def leave(self, quiz: str, player: str, lease_end: int) -> None:
        """End the lease that was renewed until `lease_end`, unless another node has renewed it since."""
        self.boards.later(quiz, (await self._call("leave", Keys(quiz).showing, player, lease_end))[1])

    # Reading

    async def hello(self, quiz: str, token: str | None) -> Greeting:
        """What somebody who comes in needs to know."""
        keys = Keys(quiz)
        player, card, now, state, board = await self._call(
            "hello",
            [keys.meta, keys.tokens, keys.players, keys.state, keys.shown],
            digest(token) if token else "",
        )
        self.watch(quiz, read_state(state), now)
        return Greeting(player=player.decode(), card=Raw(card or b"null"), now=now, state=state, board=board)

    async def role(self, quiz: str, token: str) -> str:
        """The player that a token belongs to, or HOST. Raises Unauthorized."""
        keys = Keys(quiz)
        who = await self._writer.command("HGET", keys.tokens, digest(token))
        if who is None:
            await self.state(quiz)  # there may be no such quiz
            raise Unauthorized
        return bytes(who).decode()

    async def state(self, quiz: str) -> State:
        """The phase and the current question, as last published."""
        message = await self._writer.command("GET", Keys(quiz).state)
        if message is None:
            raise NoSuchQuiz
        return read_state(message)

    async def you(self, quiz: str, question: int, players: Sequence[str]) -> list[Standing]:
        """What each of at most 200 players has, with their answers to this question."""
        keys = Keys(quiz)
        epoch, version, *rest = await self._call("you", [keys.meta, keys.board, keys.answers(question)], *players)
        return [
            Standing(epoch=epoch.decode(), version=version, points=points, rank=rank, answer=given(question, record))
            for points, rank, record in zip(*[iter(rest)] * 3, strict=True)
        ]

    async def page(self, quiz: str, limit: int, around: str | None = None, cursor: Cursor | None = None) -> Page:
        """A page of the true board: its top, around a player, or below a cursor. Raises NoSuchPlayer."""
        below = cursor or Cursor("", "")
        epoch, version, players, rows, score, player = await self._call(
            "page", Keys(quiz).showing, limit, around or "", below.score, below.player
        )
        following = to_cursor(Cursor(score.decode(), player.decode())) if score else None
        return Page(epoch=epoch.decode(), version=version, players=players, rows=Raw(rows), next=following)

    async def questions(self, quiz: str) -> list[Question]:
        """The questions with their keys, for the host."""
        return (await self._content(quiz)).questions

    async def question(self, quiz: str, number: int) -> Question:
        """One question with its key. Raises NoSuchQuestion."""
        questions = (self._contents.get(quiz) or await self._content(quiz)).questions
        if not 0 <= number < len(questions):
            raise NoSuchQuestion
        return questions[number]

    async def _content(self, quiz: str) -> Content:
        """Read the content, once for all who ask meanwhile, and remember it with that of the quizzes read last."""
        loading = self._loading.get(quiz)
        if loading is None:
            loading = self._loading[quiz] = asyncio.ensure_future(self._load(quiz))
            loading.add_done_callback(lambda _: self._loading.pop(quiz))
        return await asyncio.shield(loading)

    async def _load(self, quiz: str) -> Content:
        keys = Keys(quiz)
        epoch, views, answers = await asyncio.gather(
            self._writer.command("HGET", keys.meta, "epoch"),
            self._writer.command("HGETALL", keys.questions),
            self._writer.command("HGETALL", keys.keys),
        )
        if epoch is None:
            raise NoSuchQuiz
        seen, known = pairs(views), pairs(answers)
        numbers = range(len(seen))
        content = self._contents[quiz] = Content(
            epoch=epoch.decode(),
            questions=[whole(seen[str(n)], known[str(n)]) for n in numbers],
            answer_keys=[(*keys.showing, keys.answers(n), keys.ledger) for n in numbers],
        )
        if len(self._contents) > REMEMBERED_QUIZZES:
            self._contents.popitem(last=False)
        return content


def pairs(flat: list[bytes]) -> dict[str, bytes]:
    """What HGETALL returns, as a dictionary."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def whole(view: bytes, key: bytes) -> Question:
    """A question put together from what clients see and its key."""
    seen = msgspec.json.decode(view, type=QuestionView)
    return Question(
        text=seen.text,
        choices=seen.choices,
        answer=msgspec.json.decode(key, type=AnswerKey).answer,
        points=seen.points,
        time_limit=seen.time_limit,
    )


def given(question: int, record: bytes) -> Given | None:
    """The answer that a record holds, if there is one."""
    if not record:
        return None
    answer = read_answer(record)
    return Given(question=question, choice=answer.choice, points=answer.points)
