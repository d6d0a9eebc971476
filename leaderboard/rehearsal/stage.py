"""Where quizzes are rehearsed: one at a time on this node, and no more players than fit."""

import asyncio
import contextlib
import math
import os
import resource
import socket
from ipaddress import IPv4Address

from leaderboard.config import Settings
from leaderboard.demo import guess
from leaderboard.errors import OutOfRange, Rehearsing
from leaderboard.quiz.content import Choice, Question, Quiz
from leaderboard.rehearsal.players import Plan
from leaderboard.rehearsal.rehearsal import Note, Rehearsal
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.rehearsals import copied

SPARE_FILES = 256  # that others on this node may open meanwhile
GUESSES = 7  # choices for each question, beside the right one
FIRST_SOURCE = IPv4Address("127.0.0.2")  # not the address that programs of this machine come from
MOST_SOURCES = 100


class Stage:
    """`start` and `stop` it with the node."""

    def __init__(self, quizzes: Quizzes, settings: Settings) -> None:
        self._quizzes, self._settings = quizzes, settings
        self._tasks: list[asyncio.Task[None]] = []
        self._rehearsal: Rehearsal | None = None

    def start(self) -> None:
        self._tasks = [asyncio.get_running_loop().create_task(self._quizzes.rehearsals.sweep())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        rehearsed = []
        if self._rehearsal is not None:
            self._rehearsal.stop()
            rehearsed = [self._rehearsal.task]
        await asyncio.gather(*self._tasks, *rehearsed, return_exceptions=True)

    def begin(self, quiz: Quiz, players: int, server: tuple[str, int], note: Note) -> Rehearsal:
        """Begin a rehearsal. `server`: at which address and port this node was reached. Raises OutOfRange, Rehearsing."""
        host = "127.0.0.1" if self._settings.everywhere else server[0]
        sources = sources_of(host, players, places_of_one(self._settings))
        check(players, self._settings, len(sources) or 1)
        if self._rehearsal is not None and not self._rehearsal.task.done():
            raise Rehearsing
        choices = [choices_of(question) for question in copied(quiz).questions]
        plan = Plan(host, server[1], "", sources, choices)
        self._rehearsal = Rehearsal(self._quizzes, quiz, players, plan, note)
        return self._rehearsal


def choices_of(question: Question) -> list[Choice]:
    """Some answers that the question takes, a right one among them."""
    right = question.answer if question.choices else question.answer[:1]
    guesses = [guess({"type": question.kind, "choices": question.choices}) for _ in range(GUESSES)]
    return guesses + ([right] if right else [])


def places_of_one(settings: Settings) -> int:
    """How many sockets one address may have."""
    if settings.trusted_proxies:
        return settings.max_sockets_per_address
    return min(settings.max_sockets_per_address, settings.max_connections_per_address)


def sources_of(host: str, players: int, of_one: int) -> list[str]:
    """Addresses of this machine from which so many can come; none where there is no choice."""
    if not host.startswith("127."):
        return []
    with socket.socket() as probe:
        try:
            probe.bind((str(FIRST_SOURCE), 0))
        except OSError:
            return []
    return [str(FIRST_SOURCE + n) for n in range(min(MOST_SOURCES, math.ceil(players / of_one)))]


def check(players: int, settings: Settings, sources: int) -> None:
    """Raises OutOfRange for more than fit, in words."""
    bounds = {
        "how many players a rehearsal may have here (rehearsal_players)": settings.rehearsal_players,
        "how many sockets it takes (max_sockets)": settings.max_sockets,
        "how many connections it takes (max_connections)": settings.max_connections,
        "how many sockets of a quiz it takes (max_sockets_per_quiz)": settings.max_sockets_per_quiz,
        "how many sockets of an address it takes": places_of_one(settings) * sources,
        "how many files the system lets it open (ulimit -n)": files_left(),
    }
    why, most = min(bounds.items(), key=lambda bound: bound[1])
    if players > most:
        raise OutOfRange(f"At most {max(0, most):,} players fit on this node, because of {why}.")


def files_left() -> int:
    """How many sockets this process can open yet."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = 0
    with contextlib.suppress(OSError):
        opened = len(os.listdir("/proc/self/fd"))
    return (most if most >= 0 else 1 << 30) - opened - SPARE_FILES
