"""The data layout: every Redis key of a quiz, in one slot of a cluster, those of the accounts, in another, those of each
library, and those of the nodes.

docs/redis.md says what each key holds. Ids match `[A-Za-z0-9_-]+`, so nothing in them can end the hash tag.
"""

import hashlib
import re

from leaderboard.errors import NoSuchQuiz
from leaderboard.state.ids import ALPHABET, QUIZ_ID_LENGTH

SECRET = "secret"  # noqa: S105 - the name of a key
_ID = re.compile(r"[A-Z0-9_-]{1,32}")
_PIN = re.compile(r"[0-9]{6}")

NOT_KEPT = ("answers_prefix", "feed", "quiz")  # slots of `Keys` that are no keys


class Keys:
    """The names of one quiz's keys."""

    __slots__ = (
        "answers_prefix",
        "aside",
        "aside_online",
        "audit",
        "banned",
        "board",
        "corrections",
        "counts",
        "crowds",
        "deck",
        "details",
        "drawn",
        "events",
        "feed",
        "groups",
        "held",
        "joined",
        "keys",
        "labels",
        "leases",
        "ledger",
        "meta",
        "names",
        "online",
        "outside",
        "periods",
        "placed",
        "players",
        "pool",
        "questions",
        "quiz",
        "ranks",
        "registered",
        "removed",
        "roster",
        "runs",
        "seats",
        "shown",
        "state",
        "teams",
        "timeline",
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
        self.aside = prefix + "aside"
        self.aside_online = prefix + "aside_online"
        self.removed = prefix + "removed"
        self.names = prefix + "names"
        self.users = prefix + "users"
        self.joined = prefix + "joined"
        self.seats = prefix + "seats"
        self.crowds = prefix + "crowds"
        self.banned = prefix + "banned"
        self.roster = prefix + "roster"
        self.feed = prefix + "feed"
        self.labels = prefix + "labels"
        self.groups = prefix + "groups"
        self.teams = prefix + "teams"
        self.details = prefix + "details"
        self.registered = prefix + "registered"
        self.outside = prefix + "outside"
        self.events = prefix + "events"
        self.timeline = prefix + "timeline"
        self.periods = prefix + "periods"
        self.placed = prefix + "placed"
        self.deck = prefix + "deck"
        self.pool = prefix + "pool"
        self.drawn = prefix + "drawn"
        self.held = prefix + "held"
        self.leases = prefix + "leases"
        self.audit = prefix + "audit"
        self.answers_prefix = prefix + "answers:"

    def answers(self, question: int) -> str:
        return f"{self.answers_prefix}{question}"

    def everything(self, questions: int) -> list[str]:
        """All that can be kept of a quiz with so many questions, meta first."""
        kept = (getattr(self, name) for name in self.__slots__ if name not in NOT_KEPT)
        return list(dict.fromkeys((self.meta, *kept, *map(self.answers, range(questions)))))

    @property
    def showing(self) -> tuple[str, ...]:
        """The first nine keys of every script that shows the board, in the order of lua/include/board.lua."""
        first = (self.meta, self.board, self.players, self.online, self.shown, self.feed)
        return (*first, self.labels, self.groups, self.teams)


ACCOUNTS = "accounts:{all}:"
EMAILS = ACCOUNTS + "emails"
EVERYBODY = ACCOUNTS + "everybody"
LOG = ACCOUNTS + "log"
FINISHED = ACCOUNTS + "finished"
DEAD = ACCOUNTS + "finished:dead"

NODES = "nodes:{all}:"
SEEN = NODES + "seen"
CARDS = NODES + "cards"
ASKED = NODES + "asked"


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


ADMINS = "admin"  # the library of who has no account


class LibraryKeys:
    """The names of the keys of one owner's library: an account's, or the admin's."""

    __slots__ = ("document_prefix", "index", "kinds", "media", "media_prefix", "summaries", "terms", "used")

    def __init__(self, owner: str) -> None:
        prefix = f"library:{{{owner}}}:"
        self.index = prefix + "index"
        self.terms = prefix + "terms"
        self.summaries = prefix + "summaries"
        self.used = prefix + "used"
        self.media = prefix + "media"
        self.kinds = prefix + "kinds"
        self.document_prefix = prefix + "document:"
        self.media_prefix = prefix + "media:"

    def document(self, document: str) -> str:
        return self.document_prefix + document

    def content(self, media: str) -> str:
        return self.media_prefix + media


def score_stream(shard: int) -> str:
    """The stream into which other programs write scores; each shard is in a slot of its own."""
    return f"scores:{{{shard}}}"


def code_of(text: str) -> str:
    """A code as people type it, in the form that codes have: in capitals, without the spaces and dashes between."""
    tidy = re.sub(r"[\s-]", "", text).upper()
    return tidy if is_pin(tidy) or (len(tidy) == QUIZ_ID_LENGTH and set(tidy) <= set(ALPHABET)) else text


def quiz_id(text: str) -> str:
    """The ID that somebody typed, in the form that IDs have. Raises NoSuchQuiz for what cannot be one."""
    quiz = text.upper()
    if not _ID.fullmatch(quiz):
        raise NoSuchQuiz
    return quiz


def period_id(base: str, label: str) -> str:
    """The ID of the quiz that a period of another one is."""
    return f"{base}-{label}"


def base_of(quiz: str) -> str:
    """The quiz that this one is a period of, or else itself."""
    return quiz.partition("-")[0]


def is_pin(code: str) -> bool:
    """Whether it has the form of a PIN, which no ID has."""
    return _PIN.fullmatch(code) is not None


def season_key(season: str) -> str:
    """Where a season is kept, in a slot of its own."""
    return f"season:{{{season}}}"


ARCHIVING = "archiving"  # the node that puts finished quizzes away just now
REHEARSALS = "rehearsals"  # which there are, and until when


def rehearsal_id(number: str) -> str:
    """The ID of a quiz that is only rehearsed; no other has this form."""
    return f"REHEARSAL_{number}"


def pin_key(pin: str) -> str:
    """Where the quiz of a PIN is named; it belongs to no quiz, so no script sees it."""
    return f"pin:{pin}"


def quiz_of(channel: str) -> str:
    """The quiz that a feed channel belongs to."""
    return channel[channel.index("{") + 1 : channel.index("}")]


def origin_of(address: str) -> str:
    """What a quiz keeps of an address: enough to tell one from another."""
    return digest(address)[:16] if address else ""


def digest(token: str) -> str:
    """What Redis keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
