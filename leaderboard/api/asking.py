"""Reading a request: who asks and from where, what they may still ask for, and what the body or the query says."""

import contextlib
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from functools import cached_property
from typing import TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from structlog.contextvars import bind_contextvars

from leaderboard.addresses import group
from leaderboard.errors import Busy, IfMatchNeeded, Malformed, Refusal, TooLarge, Unauthorized, rate_headers
from leaderboard.quiz.access import OF_LIBRARIES, Role
from leaderboard.quiz.accounts import Identity
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.wording import in_words
from leaderboard.state.ids import CHANCE, Source, read_grant
from leaderboard.state.journal import Fact
from leaderboard.state.keys import base_of, quiz_id
from leaderboard.state.limits import Bucket
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import HOST

MAX_BODY = 1 << 20
MAX_LARGE = 128 << 20  # bytes of larger bodies that are there at once, on a node
MAX_TOKEN = 200
OF_ACCOUNTS = "sk"  # sessions and API keys
KEY_LENGTH = range(16, 129)  # of an Idempotency-Key: nobody shall guess another's

T = TypeVar("T")


class LargeBodies:
    """How many bytes of them have come and are being worked on: together they could take all memory."""

    bytes = 0

    def add(self, size: int) -> None:
        """Raises Busy."""
        if self.bytes + size > MAX_LARGE:
            raise Busy("Too many files are being sent; try again later.")
        self.bytes += size


class Ask:
    """One request. `roles`, `player`, `account` and `actor` (for the journal) are known once it is identified."""

    def __init__(self, request: Request, verb: str, creates: bool) -> None:
        self.request, self.verb, self.creates = request, verb, creates
        self.quizzes: Quizzes = request.app.state.quizzes
        self.roles: frozenset[Role] = frozenset({Role.ANYONE})
        self.player = ""
        self.identity: Identity | None = None
        self.actor = "anyone"
        self.source: Source = CHANCE
        self.headers: dict[str, str] = {}
        self.held = 0  # bytes of a large body
        self.token = bearer(request)
        self.address = group(request.client.host if request.client else "")

    @cached_property
    def quiz(self) -> str:
        """The quiz of the path. Raises NoSuchQuiz for what cannot be an ID."""
        return self.about(quiz_id(self.request.path_params["quiz"]))

    def about(self, quiz: str) -> str:
        """The quiz by which the line in the log is to be found."""
        bind_contextvars(quiz=quiz)
        return quiz

    async def period(self, label: str | None) -> str:
        """The quiz that is shown for that of the path: of the present period, or of the one with this label."""
        return self.about(await self.quizzes.series.quiz_of(self.quiz, label))

    @property
    def account(self) -> str:
        """The account that asks; '' for none."""
        return self.identity.account if self.identity else ""

    @property
    def session(self) -> str:
        """The session that asks; '' for none."""
        return (self.identity.session if self.identity else None) or ""

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.roles

    @property
    def hosts(self) -> bool:
        """Whether they may see what the host sees."""
        return not HOSTING.isdisjoint(self.roles)

    async def identify(self) -> None:
        """Find out who asks, and whether they have not asked too often. Raises Unauthorized, RateLimited."""
        bind_contextvars(address=self.address)
        try:
            policy, subject = await self._who()
        except Unauthorized:
            scope = self.request.scope
            self.quizzes.limits.bad(scope["raw_path"], self.request.headers["authorization"].encode("latin-1"))
            await self.failed("tokens")
            raise
        bind_contextvars(actor=self.actor)
        await self.spend(policy, subject)

    async def _who(self) -> tuple[str, str]:
        """Set the roles. Returns the bucket that pays."""
        if self.token is None:
            return "joins" if self.verb == "join" else "address", self.address
        if len(self.token) > MAX_TOKEN or not self.token.isascii():
            raise Unauthorized
        if hmac.compare_digest(self.token.encode(), self.request.app.state.settings.admin_token.encode()):
            self._is("admin", Role.ADMIN)
            return "", ""
        if read_grant(self.token, OF_ACCOUNTS):
            return await self._who_of_account(self.token)
        if "quiz" not in self.request.path_params:
            raise Unauthorized
        who = await self.quizzes.series.role(self.quiz, self.token)
        if who == HOST:
            self._is("host", Role.HOST)
            return "host", self.quiz
        self.player = who
        self._is(f"player:{who}", Role.PLAYER)
        return "player", f"{self.quiz}:{who}"

    async def _who_of_account(self, token: str) -> tuple[str, str]:
        identity = self.identity = await self.quizzes.accounts.who(token)
        owns = await self._owns(identity.account)
        if identity.key:
            if self._in_scope(identity, owns):
                self._is(f"key:{identity.key}", Role.SERVICE)
            return "key", identity.key
        self._is(
            f"account:{identity.account}",
            Role.ACCOUNT,
            *ROLES_OF.get(identity.role, ()),
            *([Role.HOST] if owns else []),
        )
        return "account", identity.account

    async def _owns(self, account: str) -> bool:
        if "quiz" not in self.request.path_params:
            return False
        return await self.quizzes.store.owner(self.quiz) == account

    def _in_scope(self, identity: Identity, owns: bool) -> bool:
        """Whether an API key reaches this verb and this quiz: its account's own ones, or all for an admin's.

        The library one for certain quizzes does not reach by a `*` among its verbs.
        """
        if identity.role not in ROLES_OF or not {"*", self.verb} & set(identity.verbs):
            return False
        if "quiz" not in self.request.path_params:
            return self.verb not in OF_LIBRARIES or "*" in identity.quizzes or self.verb in identity.verbs
        return (owns or identity.role == "admin") and bool({"*", self.quiz, base_of(self.quiz)} & set(identity.quizzes))

    def _is(self, actor: str, *roles: Role) -> None:
        self.actor, self.roles = actor, frozenset({Role.ANYONE, *roles})

    # Limits

    async def spend(self, policy: str, subject: str) -> None:
        """Pay for the request, and say in the reply what is left. Raises RateLimited."""
        left = await self.quizzes.limits.spend(self.quizzes.limits.bucket(policy, subject))
        if left is not None:
            rule = left.policy
            self.headers |= rate_headers(rule.name, rule.quota, rule.window_s, left.tokens, left.more_in_s)

    async def failed(self, *limits: str) -> None:
        """Something was guessed wrong. Raises RateLimited when that was known to be too often."""
        own = [bucket for name in limits if name in OWN for bucket in self.guesses(name)]
        for bucket in own:
            self.quizzes.limits.check(bucket)
        await self.quizzes.limits.spend(self.guesses(*limits), forced=True)

    def guesses(self, *limits: str, cost: int = 1) -> list[Bucket]:
        """The buckets of these limits: some are an address's own, the others everybody's."""
        found = (self.quizzes.limits.bucket(name, self.address if name in OWN else "all", cost) for name in limits)
        return [bucket for buckets in found for bucket in buckets]

    # What it says

    async def body(self, kind: type[T], most: int = MAX_BODY) -> T:
        """The JSON body as this type; if that is bytes, as it is. Raises TooLarge, Malformed naming the place."""
        data = await self.content(most)
        await self.seed(data)
        if kind is bytes:
            return cast(T, data)
        large = len(data) > MAX_BODY
        try:
            async with self.quizzes.library.turns.take() if large else contextlib.nullcontext():
                return msgspec.json.decode(data or b"{}", type=kind)
        except (ValueError, RecursionError) as error:
            said = str(error)
            raise Malformed(in_words(said) if kind in (Quiz, Question) else said) from error

    async def content(self, most: int) -> bytes:
        """The body. Raises TooLarge before reading more."""
        length = self.request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            raise TooLarge(f"A body has at most {most} bytes.")
        data = bytearray()
        async for chunk in self.request.stream():
            if most > MAX_BODY:
                self.hold(len(chunk))
            data += chunk
            if len(data) > most:
                raise TooLarge(f"A body has at most {most} bytes.")
        return bytes(data)

    def hold(self, size: int) -> None:
        """Count this until the request is done. Raises Busy."""
        self.request.app.state.large_bodies.add(size)
        self.held += size

    def done(self) -> None:
        """Nothing of it is needed any more."""
        self.request.app.state.large_bodies.bytes -= self.held

    def seen(self) -> frozenset[str] | None:
        """The versions that may be changed, by If-Match; None: any. Raises IfMatchNeeded."""
        given = self.request.headers.get("if-match")
        if given is None:
            raise IfMatchNeeded
        return None if given.strip() == "*" else frozenset(re.findall(r'(?<!/)"([^"]*)"', given))

    async def seed(self, content: bytes = b"") -> None:
        """With an Idempotency-Key: the same request makes the same again."""
        key = self.request.headers.get("idempotency-key")
        if key is None or not self.creates:
            return
        if len(key) not in KEY_LENGTH or not key.isascii() or not key.isprintable():
            raise Malformed("An Idempotency-Key has 16 to 128 characters that nobody can guess, such as a UUID.")
        scope = "\0".join((self.actor, self.request.method, self.request.scope["path"].upper(), key))
        secret, query = await self.quizzes.secret(), self.request.scope["query_string"]
        proof = hashlib.sha256(query + b"\n" + content).digest()
        self.source = Source(hmac.digest(secret, scope.encode(), hashlib.sha256), proof)

    def query(self, kind: type[T]) -> T:
        """The query as this type. Raises Malformed for what it does not know."""
        given: dict[str, str] = {}
        for name, value in parse_qsl(self.request.scope["query_string"].decode("latin-1"), keep_blank_values=True):
            if name in given:
                raise Malformed(f"{name} is given twice.")
            given[name] = value
        try:
            return msgspec.convert(given, kind, strict=False)
        except ValueError as error:
            raise Malformed(str(error)) from error

    async def note(self, quiz: str = "", subject: str = "", **facts: Fact) -> None:
        """Write into the journal what was done."""
        await self.quizzes.journal.note(self.actor, self.verb, quiz, subject, **facts)


@contextlib.asynccontextmanager
async def guessing(ask: Ask, wrong: type[Refusal], *limits: str) -> AsyncIterator[None]:
    """Around what could be guessed: a wrong guess is counted, and while one of these limits is reached nobody may try.

    Guesses of one address take turns, so that those before are counted already.
    """
    async with ask.quizzes.limits.turn(ask.address) if limits else contextlib.nullcontext():
        await ask.quizzes.limits.spend(ask.guesses(*limits, cost=0))
        try:
            yield
        except wrong:
            await ask.failed(*dict.fromkeys(("failures", *limits)))
            raise


OWN = {"tokens", "failures"}  # limits that each address has for itself
HOSTING = frozenset({Role.HOST, Role.SERVICE, Role.ADMIN})
ROLES_OF = {"host": (Role.ORGANIZER,), "admin": (Role.ORGANIZER, Role.ADMIN)}


def bearer(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
