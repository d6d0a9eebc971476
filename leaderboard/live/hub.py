"""Fan-out: the rooms of this node, and one frame for all sockets of a room."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from time import perf_counter
from typing import Protocol

import structlog

from leaderboard import counts
from leaderboard.live.messages import NO_SUCH_QUIZ, REMOVED, TAKEN_OVER, CloseCode, Stamp, read_stamp
from leaderboard.state.records import Greeting, State, read_state
from leaderboard.state.store import LAST_SEAT

log = structlog.get_logger(__name__)

AT_ONCE = 400  # sockets that a message is written to before others have their turn: 4 ms
FAREWELLS_AT_ONCE = 100  # sockets that are closed before others have their turn

FOR_HOSTS = b"host "  # stands before a board that is for hosts alone
ALL_ROWS = "all_rows"  # the kind of such a message
SHOWN = ("state", "board", ALL_ROWS)  # other messages are for nodes, also those of a later version

Kind = str  # "state", "board" or "you": a newer message replaces one of the same kind that could not be sent yet


class Frame:
    """A text message, and the bytes that carry it to any client: server frames are not masked (RFC 6455, 5.2)."""

    __slots__ = ("payload", "wire")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.wire = header(len(payload)) + payload


def header(size: int) -> bytes:
    """The head of one final, unmasked text frame."""
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


class Socket(Protocol):
    """One client's socket. Nothing here ever waits; after the end of the connection all of it does nothing."""

    def reply(self, frame: Frame) -> None:
        """Send after all that was sent before."""

    def show(self, kind: Kind, frame: Frame) -> None:
        """Send a snapshot; while the client reads slowly, keep only the newest of each kind."""

    def bye(self, code: CloseCode, reason: str = "") -> None:
        """Say why, and close."""

    def behind(self) -> int:
        """Bytes that wait because the client reads slowly; 0 if it does not."""


class Snapshot:
    """A published message with its stamp, and when it came."""

    __slots__ = ("came_at", "frame", "stamp")

    def __init__(self, payload: bytes) -> None:
        self.came_at = perf_counter()
        self.frame = Frame(payload)
        self.stamp: Stamp = read_stamp(payload)

    def newer_than(self, other: "Snapshot | None", live: bool) -> bool:
        """Whether a client that has `other` should take this one.

        Another epoch is taken when it comes by the feed. One that was read from the store may be the older of the two:
        then the version decides, which a reset does not set back.
        """
        if other is None or (live and self.stamp.epoch != other.stamp.epoch):
            return True
        return self.stamp.version > other.stamp.version


class Member:
    """A socket in a room, the player behind it ('' for nobody) with the number of this socket among theirs, or the
    host's term, and the standing it was last told. `standings`: how many it was told; `unseated`: a newer socket has taken
    the player over."""

    __slots__ = ("player", "seat", "socket", "standings", "term", "told", "unseated")

    def __init__(self, socket: Socket, player: str, term: int | None = None, seat: int = 0) -> None:
        self.socket, self.player, self.term, self.seat = socket, player, term, seat
        self.told: object = None
        self.standings = 0
        self.unseated = False

    def unseat(self, why: CloseCode) -> None:
        self.unseated = True
        self.socket.bye(why)


class Room:
    """This node's sockets of one quiz, and the newest of what has been published there."""

    def __init__(self, quiz: str) -> None:
        self.quiz = quiz
        self.guests = 0  # members, and those who are about to be
        self.members: set[Member] = set()
        self.players: dict[str, list[Member]] = {}
        self.seated: dict[str, list[Member]] = {}  # of players, also those who are about to be members
        self.leases: dict[str, int] = {}  # player → the end of the lease that this node renewed last
        self.newest: dict[Kind, Snapshot] = {}
        self.showing: tuple[Kind, Snapshot, Iterator[Member]] | None = None
        self.next: dict[Kind, Snapshot] = {}  # what is to be shown after that
        self.busy = False  # whether the others' turn is still to come
        self.state: State | None = None
        self.devices = 1  # sockets that a player may have here
        self.host_term = 0  # the latest that was heard of
        self.gone = False  # the quiz has been deleted
        self.synced = False  # the store has been looked at since this node has subscribed
        self.shown = 0  # messages, each to all who were here

    def add(self, member: Member) -> None:
        self.members.add(member)
        if self.gone:
            member.socket.bye(NO_SUCH_QUIZ)
        if member.player:
            self.players.setdefault(member.player, []).append(member)

    def sit(self, member: Member) -> None:
        """From now on it is heard whether a newer socket of the player comes. Of more than there may be the oldest go."""
        if not member.player:
            return
        seated = self.seated.setdefault(member.player, [])
        seated.append(member)
        if self.devices > 1:
            for oldest in [it for it in seated if not it.unseated][: -self.devices]:
                oldest.unseat(TAKEN_OVER)

    def seat(self, player: str, newest: int) -> None:
        """Close the player's sockets before the newest, or all of one who was removed."""
        for member in self.seated.get(player, ()):
            if member.seat < newest and not member.unseated:
                member.unseat(REMOVED if newest == LAST_SEAT else TAKEN_OVER)

    def remove(self, member: Member) -> bool:
        """True if this was the player's last socket here."""
        self.members.discard(member)
        if member in (seated := self.seated.get(member.player, [])):
            seated.remove(member)
            if not seated:
                del self.seated[member.player]
        others = self.players.get(member.player)
        if others is None or member not in others:  # not yet in the room
            return False
        others.remove(member)
        if others:
            return False
        del self.players[member.player]
        return True

    @property
    def question(self) -> int:
        """The current question's number, -1 if there is none."""
        return self.state.question.number if self.state and self.state.question else -1

    def board(self, host: bool) -> Snapshot:
        """The newest one, as a host or somebody else may see it."""
        return self.newest[ALL_ROWS if host and ALL_ROWS in self.newest else "board"]

    def relay(self, payload: bytes, live: bool) -> Kind | None:
        """Show a message from the feed (`live`) or the store to everybody. Returns its kind, None if it is old."""
        snapshot = Snapshot(payload.removeprefix(FOR_HOSTS))
        kind = ALL_ROWS if payload.startswith(FOR_HOSTS) else snapshot.stamp.type
        if kind == "host":
            self.take_over(snapshot.stamp.version)
            return None
        if kind == "seat":
            self.seat(snapshot.stamp.player, snapshot.stamp.version)
            return None
        if kind == "gone":
            self.end()
            return None
        if kind not in SHOWN or not snapshot.newer_than(self.newest.get(kind), live):
            return None
        self.newest[kind] = snapshot
        self.shown += kind != ALL_ROWS  # that is for some the board
        if kind == "state":
            self.state = read_state(payload)
        if not self.busy and len(self.members) <= AT_ONCE:
            broadcast(self.audience(kind), kind, snapshot.frame)
            shown(kind, snapshot)
            return kind
        overtaken = self.next.pop(kind, None)
        self.next[kind] = snapshot
        if overtaken is not None:
            counts.skipped.add("room")
        if not self.busy:
            self.show_some()
        return kind

    def audience(self, kind: Kind) -> Collection[Member]:
        """Where not everybody may see all of the board, hosts have one of their own."""
        if kind == ALL_ROWS:
            return [member for member in self.members if member.term is not None]
        if kind == "board" and ALL_ROWS in self.newest:
            return [member for member in self.members if member.term is None]
        return self.members

    def show_some(self) -> None:
        """Show what is to be shown to some members, and soon to the others: a large room holds nobody else up."""
        if self.showing is None:
            kind = next(iter(self.next))
            self.showing = (kind, self.next.pop(kind), iter(tuple(self.audience(kind))))
        kind, snapshot, members = self.showing
        some = tuple(islice(members, AT_ONCE))
        broadcast(some, kind, snapshot.frame)
        if len(some) < AT_ONCE:
            shown(kind, snapshot)
            self.showing = None
        self.busy = bool(self.showing or self.next)
        if self.busy:
            asyncio.get_running_loop().call_soon(self.show_some)

    def end(self) -> None:
        """There is no such quiz any more: tell everybody, some at a time."""
        self.gone = True
        self.part_with(tuple(self.members))

    def part_with(self, members: Sequence[Member]) -> None:
        for member in members[:FAREWELLS_AT_ONCE]:
            member.socket.bye(NO_SUCH_QUIZ)
        if others := members[FAREWELLS_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self.part_with, others)

    def take_over(self, term: int) -> None:
        """A newer host has come: tell the older ones."""
        self.host_term = max(self.host_term, term)
        for member in self.members:
            if member.term is not None and member.term < self.host_term:
                member.socket.bye(TAKEN_OVER)


def broadcast(members: Collection[Member], kind: Kind, frame: Frame) -> None:
    """The loop that matters: the same bytes to every socket."""
    kind = "board" if kind == ALL_ROWS else kind
    for member in members:
        member.socket.show(kind, frame)
    counts.sent[kind] += len(members)


def shown(kind: Kind, snapshot: Snapshot) -> None:
    """The last socket has it."""
    counts.fan_out_s[kind].observe(perf_counter() - snapshot.came_at)


class Hub:
    """The rooms by quiz. A room is there as long as somebody is in it."""

    def __init__(
        self,
        opened: Callable[[Room], None],
        closed: Callable[[Room], None],
        moved: Callable[[Room, Kind], None],
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self._opened, self._closed, self._moved = opened, closed, moved

    def enter(self, quiz: str) -> Room:
        """The quiz's room, made if there is none; `leave` it when done. Nothing is awaited here, so nobody is lost."""
        room = self.rooms.get(quiz)
        if room is None:
            room = self.rooms[quiz] = Room(quiz)
            self._opened(room)
        room.guests += 1
        return room

    def relay(self, room: Room, payload: bytes, live: bool) -> None:
        """Show a message from the feed (`live`) or the store to everybody in the room, if it is news."""
        try:
            kind = room.relay(payload, live)
        except (ValueError, RecursionError) as error:
            log.warning("message_not_understood", quiz=room.quiz, error=str(error))
        else:
            if kind is not None:
                self._moved(room, kind)

    def catch_up(self, room: Room, greeting: Greeting) -> None:
        """Show what the store had when it was asked, as far as it is news."""
        self.relay(room, greeting.state, live=False)
        if greeting.all_rows:
            self.relay(room, FOR_HOSTS + greeting.all_rows, live=False)
        self.relay(room, greeting.board, live=False)

    def leave(self, room: Room) -> None:
        room.guests -= 1
        if not room.guests:
            del self.rooms[room.quiz]
            self._closed(room)
