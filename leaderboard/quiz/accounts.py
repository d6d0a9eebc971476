"""What an account is, and what it takes to have one."""

import unicodedata
from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType

from leaderboard.errors import BadEmail, WeakPassword

Role = Literal["player", "host", "admin"]
SignUp = Literal["open", "invite", "closed"]

MAX_EMAIL = 254
MIN_PASSWORD, MAX_PASSWORD = 8, 128
ANYTHING = ["*"]  # of an API key: all verbs, or all quizzes

# The most common ones of at least eight characters in published leaks, without case.
COMMON_PASSWORDS = frozenset(
    """
    password password1 password12 password123 passw0rd p@ssw0rd p@ssword pa$$word mypassword newpassword
    12345678 123456789 1234567890 12345678910 0123456789 987654321 9876543210 87654321 11111111 00000000
    22222222 88888888 99999999 12341234 11223344 12344321 123123123 123321123 147258369 123654789 1122334455
    qwertyui qwertyuiop qwerty123 qwerty12 qwerty1234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 zaq12wsx q1w2e3r4
    asdfghjk asdfghjkl asdf1234 zxcvbnm1 qazwsxedc qwertzui abcd1234 abc12345 abcdefgh a1b2c3d4 aa123456 a1234567
    a12345678 123456789a 12345678a 123456aa iloveyou iloveyou1 sunshine princess football football1 baseball superman
    michelle jennifer computer internet starwars trustno1 whatever welcome1 welcome123 letmein1 letmein123
    changeme changeme1 changeit secret123 admin123 administrator adminadmin root1234 test1234 testtest
    liverpool charlie1 dragon123 monkey123 master123 samsung1 google123 pokemon1 corvette mercedes victoria
    """.split()  # noqa: SIM905
)


class Account(Struct):
    """An account as its owner and administrators see it. `created_at`: ms since 1970, as all times here."""

    id: str
    email: str
    name: str
    role: Role
    created_at: int


class Session(Struct):
    """A device that is signed in. `current`: the one that asks."""

    id: str
    created_at: int
    seen_at: int
    expires_at: int
    agent: str
    current: bool


class Key(Struct, omit_defaults=True):
    """An API key: what it may do, and in which quizzes. The `token` is shown once.

    `expires_at` 0: never; `used_at` 0: not yet.
    """

    id: str
    name: str
    verbs: list[str]
    quizzes: list[str]
    created_at: int
    used_at: int
    expires_at: int
    token: str | UnsetType = UNSET


class SignedIn(Struct):
    account: Account
    token: str
    expires_at: int


class Invite(Struct):
    token: str
    expires_at: int


class ResetLink(Struct):
    """What lets somebody choose a new password, and where it goes."""

    account: str
    email: str
    token: str
    expires_at: int


class Identity(Struct):
    """Who a token belongs to: by a session, which may do all that its role may, or by an API key."""

    account: str
    role: Role
    name: str
    session: str | None
    key: str | None
    verbs: list[str]
    quizzes: list[str]


class AccountPage(Struct):
    """Accounts, newest first; `next` is the cursor of the page below."""

    rows: list[Account]
    next: str | None


class HistoryPage(Struct):
    """What somebody did in finished quizzes (`Record`), newest first; `next` is the cursor of the page below."""

    rows: list[Raw]
    next: str | None


class Given(Struct):
    """An answer that somebody gave, or not. `right`: how right, from 0 to 1; null where nothing is."""

    question: int
    text: str
    right: float | None
    points: int


class Record(Struct):
    """What somebody did in a quiz that is finished, as it stands in Redis. `version`: of the quiz when it was read."""

    version: int
    quiz: str
    epoch: str
    title: str
    finished_at: int
    rank: int
    players: int
    points: int
    answers: list[Given]


class Membership(Struct):
    """A quiz that somebody joined with their account, and as which player."""

    quiz: str
    player: str
    joined_at: int


class Hosting(Struct, omit_defaults=True):
    """A quiz that somebody made with their account; the rest is known from its end on."""

    quiz: str
    created_at: int
    title: str | UnsetType = UNSET
    players: int | UnsetType = UNSET
    finished_at: int | UnsetType = UNSET


class HostedPage(Struct):
    """Quizzes that somebody made, newest first; `next` is the cursor of the page below."""

    rows: list[Hosting]
    next: str | None


class Hosted(Struct):
    """How a quiz ended that somebody made, as it stands in Redis."""

    version: int
    title: str
    players: int
    finished_at: int


class Export(Struct):
    """All that is kept of an account."""

    account: Account
    sessions: list[Session]
    keys: list[Key]
    joined: list[Membership]
    hosted: list[Hosting]
    history: list[Raw]


def clean_email(text: str) -> str:
    """The address in the form by which accounts are told apart: NFKC, without case. Raises BadEmail."""
    email = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    local, _, domain = email.partition("@")
    invisible = any(unicodedata.category(character)[0] in "CZ" for character in email)
    if not local or not domain or "@" in domain or len(email.encode(errors="replace")) > MAX_EMAIL or invisible:
        raise BadEmail
    return email


def normal_password(text: str) -> str:
    """The password as it is compared: NFC, all spaces the same (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Zs" else c for c in text))


def clean_password(text: str) -> str:
    """The password as it is compared. Raises WeakPassword."""
    password = normal_password(text)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or password.casefold() in COMMON_PASSWORDS:
        raise WeakPassword
    return password
