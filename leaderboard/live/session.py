"""The story of one connection: hello, welcome, requests and replies, goodbye."""

import asyncio
import contextlib
import random
import time
from functools import partial
from time import perf_counter
from typing import Literal, cast

import structlog
from msgspec import Raw, json
from starlette.websockets import WebSocket

from leaderboard import counts
from leaderboard.addresses import group
from leaderboard.errors import Busy, Forbidden, InternalError, Malformed, NoSuchQuiz, Refusal
from leaderboard.live import messages
from leaderboard.live.fallback import AsgiSocket
from leaderboard.live.hub import Frame, Hub, Member, Room, Socket
from leaderboard.live.messages import (
    ALLOWED,
    CODES,
    Ack,
    Answer,
    Buy,
    CloseCode,
    Draw,
    Hello,
    Message,
    Ping,
    PlayerVerb,
    Pong,
    Refused,
    Release,
    Welcome,
    You,
    read_request,
    request_id,
)
from leaderboard.live.presence import Presence
from leaderboard.live.protocol import EXTENSION, RETRY_MS, FrameProtocol
from leaderboard.live.teller import Teller, you
from leaderboard.quiz.access import Role
from leaderboard.quiz.verbs import HostVerb
from leaderboard.state.keys import quiz_id
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Greeting, OwnBox
from leaderboard.state.store import HOST, REMOVED

ROLES = {"host": Role.HOST, "player": Role.PLAYER, "spectator": Role.ANYONE}
HELLO_WITHIN_S = 5.0
OVER_WITHIN_S = (0.0, 1.0)
OTHER = "other"
IN_FLIGHT = 32  # requests of one socket that wait for Redis

log = structlog.get_logger(__name__)


class Session:
    """One socket, from accept to close."""

    def __init__(
        self,
        quizzes: Quizzes,
        hub: Hub,
        presence: Presence,
        teller: Teller,
        sessions: "set[Session]",
        websocket: WebSocket,
    ) -> None:
        self.store, self.host, self.contents = quizzes.store, quizzes.host, quizzes.contents
        self.series, self.nodes = quizzes.series, quizzes.nodes
        self.hub, self.presence, self.teller, self.sessions = hub, presence, teller, sessions
        self.websocket = websocket
        self.quiz: str = websocket.path_params["quiz"]
        self.left_ms: int | None = None  # of the period that is shown
        self.player = ""
        self.term: int | None = None  # of a host
        self.allowed = ALLOWED[Role.ANYONE]
        self.entered: str = ""  # as what
        self.requests = 0
        self.sent = 0
        self.code: int | None = None  # with which it was closed
        self.waiting = 0  # requests without a reply yet
        self.leaving: tuple[CloseCode, str] | None = None  # what is to be said when there is none
        self.tasks: set[asyncio.Task[None]] = set()
        self.loop = asyncio.get_running_loop()
        self.socket: Socket
        self.direct: FrameProtocol | None = None

    async def run(self) -> None:
        """Serve the socket until it is closed."""
        began = time.monotonic()
        await self.websocket.accept()
        counts.opened.add()
        self.direct = self.websocket.scope.get("extensions", {}).get(EXTENSION)
        fallback = None if self.direct else AsgiSocket(self.websocket)
        self.socket = self.direct or cast(Socket, fallback)
        self.sessions.add(self)
        try:
            greeting = await self.greet()
            if isinstance(greeting, CloseCode):
                self.code = greeting.code
                self.socket.bye(greeting)
            else:
                await self.stay(greeting)
        finally:  # what is under way goes on: what it has changed must be published
            self.sessions.discard(self)
            if fallback is not None:
                await fallback.close()
            counts.closed.add(self.code if self.code in CODES else OTHER)
            seconds = round(time.monotonic() - began, 3)
            address = group(self.websocket.client.host if self.websocket.client else "")
            about = {"quiz": self.quiz, "role": self.entered, "player": self.player, "address": address}
            counted = {"requests": self.requests, "sent": self.sent, "seconds": seconds}
            log.info("socket_closed", **about, code=self.code, **counted)

    async def greet(self) -> Greeting | CloseCode:
        """Wait for hello and find out who it is, or why they cannot stay."""
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                data = await self.receive()
            hello = read_request(data) if data is not None else None
        except TimeoutError:  # of a slow network: it may come again
            return messages.NO_HELLO
        except (ValueError, RecursionError):
            return messages.BAD_HELLO
        if not isinstance(hello, Hello):
            return messages.BAD_HELLO
        counts.received[Hello] += 1
        try:
            present = await self.series.present(quiz_id(self.quiz))
            self.quiz, self.left_ms = present.quiz, present.left_ms
            greeting = await self.series.hello(self.quiz, hello.token)
        except NoSuchQuiz:
            return messages.NO_SUCH_QUIZ
        except Busy:
            return messages.TRY_LATER
        if greeting.player == REMOVED:
            return messages.REMOVED
        return greeting if greeting.player or not hello.token else messages.BAD_TOKEN

    async def stay(self, greeting: Greeting) -> None:
        """Enter the room, be welcomed, and serve requests."""
        self.player, self.term = greeting.player, greeting.term
        self.nodes.heard(greeting.now)
        self.allowed = ALLOWED[ROLES[self.role]]
        self.entered = self.role
        room = self.hub.enter(self.quiz)
        shown = room.shown
        member = Member(self.socket, "" if self.player == HOST else self.player, self.term, greeting.seat)
        room.devices = greeting.devices
        room.sit(member)
        over = self.until_over()
        try:
            self.hub.catch_up(room, greeting)
            try:
                you = await self.you(room, member)
            except Refusal:
                self.socket.bye(messages.TRY_LATER)
                return
            if member.unseated:
                return
            # Nothing is awaited from here until the member is in the room: no message comes before the welcome or is lost.
            self.send(self.welcome(greeting, room, you))
            shown = room.shown
            room.add(member)
            if you is not None:
                self.presence.came(room, member.player)
                if room.newest["board"].stamp.version > you.version:  # it moved while we asked
                    self.teller.changed(room, member.player)
                await self.measure()
            if self.term is not None:
                room.take_over(self.term)  # also this one, if another host came while it was welcomed
            await self.serve(room)
        finally:
            if over is not None:
                over.cancel()
            if member in room.members:
                self.sent += room.shown - shown + member.standings
            if room.remove(member):
                self.presence.went(room, member.player, taken_over=member.unseated)
            self.hub.leave(room)

    def until_over(self) -> asyncio.TimerHandle | None:
        """Send the client to the next period when this one ends, not all at once."""
        if self.left_ms is None:
            return None
        seconds = self.left_ms / 1000 + random.uniform(*OVER_WITHIN_S)
        reason = f"retry_ms={random.randint(*RETRY_MS)}"
        return self.loop.call_later(seconds, self.socket.bye, messages.PERIOD_OVER, reason)

    async def measure(self) -> None:
        """Find out the round trip soon, where it counts: for who joins shortly before the first question."""
        with contextlib.suppress(Refusal):
            if self.direct is not None and (await self.contents.get(self.quiz)).settings.credit_ms:
                self.direct.measure()

    async def you(self, room: Room, member: Member) -> You | None:
        if not member.player:
            return None
        # What was said of seats after hello and before this node subscribed or the room knew of the member, the store knows.
        seats, [standing] = await asyncio.gather(
            self.store.seats(self.quiz, [member.player]),
            self.teller.read(self.quiz, room.question, [member.player]),
        )
        room.seat(member.player, seats[member.player])
        member.told = standing.told
        return you(standing)

    @property
    def role(self) -> Literal["player", "host", "spectator"]:
        return "host" if self.player == HOST else "player" if self.player else "spectator"

    def welcome(self, greeting: Greeting, room: Room, you: You | None) -> Welcome:
        return Welcome(
            role=self.role,
            player=greeting.card,
            now=self.nodes.now(),
            state=Raw(room.newest["state"].frame.payload),
            board=Raw(room.board(self.role == "host").frame.payload),
            you=you,
        )

    async def serve(self, room: Room) -> None:
        """Take requests until the socket is closed. Nothing here waits for Redis, so pings are always answered."""
        handle = partial(self.handle, room)
        if self.direct is not None:
            self.direct.listen(handle)
        while (data := await self.receive()) is not None:
            handle(data)

    def leave(self, code: CloseCode, reason: str) -> None:
        """Close, once all that was asked has its reply. What is asked from here on the client asks again elsewhere."""
        self.leaving = code, reason
        if not self.waiting:
            self.socket.bye(code, reason)

    def handle(self, room: Room, data: str | bytes) -> None:
        """Answer at once, or start what takes time."""
        if self.leaving:
            return
        self.requests += 1
        try:
            request = read_request(data)
        except (ValueError, RecursionError) as error:  # the latter: nested too deeply
            counts.received[OTHER] += 1
            self.send(refused(request_id(data), Malformed(str(error))))
            return
        counts.received[type(request)] += 1
        if isinstance(request, Ping):
            self.send(Pong(self.nodes.now()))
        elif isinstance(request, Hello):
            self.send(refused(None, Malformed("Hello has been said.")))
        elif type(request) not in self.allowed:
            self.send(refused(request.id, Forbidden(f"This is not for a {self.role}.")))
        elif self.waiting >= IN_FLIGHT:
            self.socket.bye(messages.TOO_MANY)
        else:
            self.waiting += 1
            task = self.loop.create_task(self.act(room, request, perf_counter()))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def act(self, room: Room, request: PlayerVerb | HostVerb, came_at: float) -> None:
        """Do what is asked, and say what became of it."""
        reply: Message
        try:
            if isinstance(request, Answer):
                reply = await self.answer(room, request)
            elif isinstance(request, Draw):
                reply = await self.draw(room, request)
            elif isinstance(request, Buy):
                reply = await self.buy(room, request)
            elif isinstance(request, Release):
                reply = await self.release(room, request)
            else:
                reply = await self.drive(request)
        except Refusal as refusal:
            reply = refused(request.id, refusal)
        except Exception:
            log.exception("request_failed", quiz=self.quiz, verb=type(request).__name__.lower())
            reply = refused(request.id, InternalError())
        self.waiting -= 1  # before the client can know
        self.send(reply)
        counts.request_s[type(request)].observe(perf_counter() - came_at)
        if self.leaving and not self.waiting:
            self.socket.bye(*self.leaving)

    async def answer(self, room: Room, request: Answer) -> Ack:
        rtt_ms = self.direct.rtt_ms if self.direct is not None else 0
        done = await self.store.answer(self.quiz, self.player, request.question, request.choice, request.id, rtt_ms)
        self.teller.changed(room, self.player)
        return Ack(
            request.id,
            done.duplicate,
            done.durable,
            done.version,
            question=done.question,
            choice=done.choice,
            attempts=done.attempts,
            points=done.points,
            total=done.total,
            correct=done.correct,
            rank=done.rank,
        )

    async def buy(self, room: Room, request: Buy) -> Ack:
        done = await self.store.draws.buy(self.quiz, self.player, request.difficulty, request.after, request.id)
        self.teller.changed(room, self.player)
        box = OwnBox(done.difficulty, done.price, done.prize, done.open_by)
        return Ack(request.id, done.duplicate, done.durable, done.version, total=done.total, box=box)

    async def release(self, room: Room, request: Release) -> Ack:
        done = await self.store.draws.release(self.quiz, self.player, request.question)
        self.teller.changed(room, self.player)
        return Ack(request.id, done.duplicate, done.durable, done.version)

    async def draw(self, room: Room, request: Draw) -> Ack:
        kind = request.difficulty, request.topic, request.question
        done = await self.store.draws.draw(self.quiz, self.player, request.after, *kind)
        self.teller.changed(room, self.player)
        return Ack(
            request.id,
            done.duplicate,
            done.durable,
            done.version,
            drawn=done.question,
            opened_at=done.opened_at,
            closes_at=done.closes_at,
        )

    async def drive(self, request: HostVerb) -> Ack:
        if request.id is None:
            raise Malformed("Object missing required field `id`")
        done = await self.host.do(self.quiz, request, self.term)
        return Ack(request.id, done.duplicate, done.durable, done.version, correction=done.correction)

    async def receive(self) -> str | bytes | None:
        """The next message, None at the end."""
        message = await self.websocket.receive()
        if message["type"] == "websocket.disconnect":
            self.code = message.get("code")
            return None
        text: str | bytes | None = message.get("text")
        return text if text is not None else b""

    def send(self, message: Message) -> None:
        self.sent += 1
        self.socket.reply(Frame(json.encode(message)))
        counts.sent[type(message)] += 1


def refused(request: str | None, refusal: Refusal) -> Refused:
    counts.refused["socket", refusal.code] += 1
    return Refused(request, refusal.code, refusal.detail, refusal.retry)
