"""The data layout: every Redis key of a quiz, in one slot of a cluster, and those of the accounts, in another.

docs/design.md says what each key holds. Ids match `[A-Za-z0-9_-]+`, so nothing in them can end the hash tag.
"""

import hashlib
import re

from leaderboard.errors import NoSuchQuiz

_ID = re.compile(r"[A-Z0-9_-]{1,32}")


class Keys:
    """The names of one quiz's keys."""

    __slots__ = (
        "answers_prefix",
        "audit",
        "board",
        "corrections",
        "counts",
        "feed",
        "keys",
        "ledger",
        "meta",
        "online",
        "players",
        "questions",
        "quiz",
        "ranks",
        "runs",
        "shown",
        "state",
        "tokens",
        "users",
    )

    def __init__(self, quiz: str) -> None:
        prefix = f"quiz:{{{quiz}}}:"
        self.quiz = quiz
        self.meta = prefix + "meta"
        self.questions = prefix + "questions"
        self.keys = prefix + "keys"
        self.players = prefix + "players"
        self.tokens = prefix + "tokens"
        self.board = prefix + "board"
        self.shown = prefix + "shown"
        self.state = prefix + "state"
        self.ledger = prefix + "ledger"
        self.runs = prefix + "runs"
        self.counts = prefix + "counts"
        self.ranks = prefix + "ranks"
        self.corrections = prefix + "corrections"
        self.online = prefix + "online"
        self.feed = prefix + "feed"
        self.users = prefix + "users"
        self.audit = prefix + "audit"
        self.answers_prefix = prefix + "answers:"

    def answers(self, question: int) -> str:
        return f"{self.answers_prefix}{question}"

    @property
    def showing(self) -> tuple[str, ...]:
        """The first six keys of every script that shows the board, in the order of lua/include/board.lua."""
        return (self.meta, self.board, self.players, self.online, self.shown, self.feed)


ACCOUNTS = "accounts:{all}:"
EMAILS = ACCOUNTS + "emails"
EVERYBODY = ACCOUNTS + "everybody"
LOG = ACCOUNTS + "log"
FINISHED = ACCOUNTS + "finished"
DEAD = ACCOUNTS + "finished:dead"


class AccountKeys:
    """The names of one account's keys. All accounts share a slot, so that one script can change several keys."""

    __slots__ = ("account", "history", "hosted", "hostings", "invites", "joined", "keys", "records", "sessions")

    def __init__(self, account: str) -> None:
        self.account = f"{ACCOUNTS}account:{account}"
        self.sessions = f"{ACCOUNTS}sessions:{account}"
        self.keys = f"{ACCOUNTS}keys:{account}"
        self.invites = f"{ACCOUNTS}invites:{account}"
        self.joined = f"{ACCOUNTS}joined:{account}"
        self.history = f"{ACCOUNTS}history:{account}"
        self.records = f"{ACCOUNTS}records:{account}"
        self.hosted = f"{ACCOUNTS}hosted:{account}"
        self.hostings = f"{ACCOUNTS}hostings:{account}"


def quiz_id(text: str) -> str:
    """The ID that somebody typed, in the form that IDs have. Raises NoSuchQuiz for what cannot be one."""
    quiz = text.upper()
    if not _ID.fullmatch(quiz):
        raise NoSuchQuiz
    return quiz


def quiz_of(channel: str) -> str:
    """The quiz that a feed channel belongs to."""
    return channel[channel.index("{") + 1 : channel.index("}")]


def digest(token: str) -> str:
    """What Redis keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
