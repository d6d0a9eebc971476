"""Accounts: who somebody is beyond one quiz, on which devices they are signed in, and what their API keys may do.

Every method may raise Busy, and NoSuchAccount where it names an account. Methods that make something give the same again
to a `source` that can be repeated, and raise IdReused if something else is asked for. Of a token only the SHA-256 is
kept, of a password only its hash.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from leaderboard.errors import (
    BadEmail,
    BadInvite,
    BadReset,
    Busy,
    EmailTaken,
    InviteNeeded,
    MovedOn,
    NoSuchAccount,
    NoSuchKey,
    NoSuchPlayer,
    NoSuchQuiz,
    NoSuchSession,
    SignUpClosed,
    Unauthorized,
    WrongPassword,
)
from leaderboard.quiz import names
from leaderboard.quiz.accounts import (
    ANYTHING,
    Account,
    AccountPage,
    Export,
    Identity,
    Invite,
    Key,
    Membership,
    ResetLink,
    Role,
    Session,
    SignedIn,
    SignUp,
    clean_email,
)
from leaderboard.state.history import MOST_ENTRIES, History, listed
from leaderboard.state.ids import CHANCE, Grant, Source, new_grant, read_grant
from leaderboard.state.keys import EMAILS, EVERYBODY, AccountKeys, digest
from leaderboard.state.passwords import Passwords
from leaderboard.state.writer import Argument, Writer

DAY_MS = 86_400_000
LONGEST_SESSION_MS = 180 * DAY_MS
NOTE_USE_MS = 60_000
RENEW_MS = 3_600_000
MOST_SESSIONS = 50  # of an account, as the next two
MOST_KEYS = 50
MOST_INVITES = 200
MAX_AGENT = 200
FORMER = "Former player"
AT_ONCE = 50
LOOKED_AT = 100  # accounts at once in a search, ten times a page

Rename = Callable[[str, str, str], Awaitable[object]]
Clear = Callable[[str], Awaitable[object]]
encode = msgspec.json.encode


class Rights(Struct):
    """What is kept of an API key beyond what is kept of every token."""

    name: str
    verbs: list[str]
    quizzes: list[str]


class Kept(Struct):
    """What is kept of a token (lua/include/grant.lua)."""

    digest: str
    created_at: int
    used_at: int
    ends_at: int
    rest: str


class Accounts:
    """`rename(quiz, player, name)` takes a deleted account's name out of the quizzes that it joined, `clear(account)`
    forgets its library."""

    def __init__(
        self,
        writer: Writer,
        passwords: Passwords,
        history: History,
        sign_up: SignUp = "invite",
        session_days: int = 30,
        rename: Rename | None = None,
        clear: Clear | None = None,
    ) -> None:
        self._writer, self._passwords, self._history = writer, passwords, history
        self._call = writer.call
        self._sign_up, self._life_ms = sign_up, session_days * DAY_MS
        self.rename, self.clear = rename, clear

    # Signing up

    async def register(
        self,
        email: str,
        password: str,
        name: str,
        role: Role = "player",
        invite: str | None = None,
        source: Source = CHANCE,
        agent: str = "",
    ) -> SignedIn:
        """Make an account for who asks, and sign them in. An invitation says the role, and is used up.

        Raises SignUpClosed, InviteNeeded, BadInvite, EmailTaken, BadEmail, WeakPassword, BadName.
        """
        if self._sign_up == "closed":
            raise SignUpClosed
        if self._sign_up == "invite" and not invite:
            raise InviteNeeded
        invited = read_grant(invite, "i") if invite else None
        if invite and invited is None:
            raise BadInvite
        id = source.id("account")
        session = new_grant("session", id, source)
        account = await self._make(id, email, password, name, role, session.token, session, invited, agent)
        return SignedIn(account, session.token, account.created_at + self._life_ms)

    async def create(self, email: str, password: str, name: str, role: Role, source: Source = CHANCE) -> Account:
        """Make an account for somebody else. Raises EmailTaken, BadEmail, WeakPassword, BadName."""
        return await self._make(source.id("account"), email, password, name, role, source.token("account"))

    async def _make(
        self,
        id: str,
        email: str,
        password: str,
        name: str,
        role: Role,
        made: str,
        session: Grant | None = None,
        invited: Grant | None = None,
        agent: str = "",
    ) -> Account:
        email, name = clean_email(email), names.clean(name)
        await self._could(id, email, invited)
        keys, inviter = AccountKeys(id), AccountKeys(invited.owner if invited else "")
        _, as_role, created_at = await self._call(
            "register",
            [EMAILS, EVERYBODY, keys.account, keys.sessions, inviter.invites, inviter.account],
            *(id, email, name, role, await self._passwords.hash(password), digest(made)),
            *((session.id, digest(session.token)) if session else ("", "")),
            *(clean_agent(agent), self._life_ms),
            *((invited.id, digest(invited.token)) if invited else ("", "")),
            digest(email),
        )
        return Account(id, email, name, as_role.decode(), created_at)

    async def _could(self, id: str, email: str, invited: Grant | None) -> None:
        """Refuse before a password is hashed, which is dear, what the script would refuse afterwards."""
        holder = await self._writer.command("HGET", EMAILS, email)
        if holder is not None and holder.decode() == id:
            return
        if invited:
            text = await self._writer.command("HGET", AccountKeys(invited.owner).invites, invited.id)
            if text is None or read_kept(text).digest != digest(invited.token):
                raise BadInvite
            whom = read_kept(text).rest.partition(" ")[2]
            if whom and whom != digest(email):
                raise BadInvite
        if holder is not None:
            raise EmailTaken

    async def invite(
        self, by: str, role: Role, email: str | None = None, days: int = 7, source: Source = CHANCE
    ) -> Invite:
        """Let one person sign up in this role. `by`: an account, or "admin". Of 200 of one inviter the oldest goes."""
        grant = new_grant("invite", by, source)
        keys = AccountKeys(by)
        places = [keys.invites] if by == "admin" else [keys.invites, keys.account]
        whom = digest(clean_email(email)) if email else ""
        _, _, ends_at = await self._call(
            "grant", places, grant.id, digest(grant.token), days * DAY_MS, f"{role} {whom}", MOST_INVITES
        )
        return Invite(grant.token, ends_at)

    # Signing in

    async def sign_in(self, email: str, password: str, agent: str = "", source: Source = CHANCE) -> SignedIn:
        """Begin a session. Raises WrongPassword, which says not which of the two is wrong, nor takes another time."""
        id, hash = await self._password_of(email)
        if not await self._passwords.verify(hash, password):
            raise WrongPassword
        assert hash is not None
        better = await self._passwords.rehash(password) if self._passwords.needs_rehash(hash) else ""
        session, keys = new_grant("session", id, source), AccountKeys(id)
        _, ends_at = await self._call(
            "sign_in",
            [keys.account, keys.sessions],
            *(hash, better, session.id, digest(session.token), clean_agent(agent), self._life_ms, MOST_SESSIONS),
        )
        return SignedIn(await self.profile(id), session.token, ends_at)

    async def _password_of(self, email: str) -> tuple[str, str | None]:
        """The account with this address and the hash of its password, or ("", None)."""
        try:
            id = await self._writer.command("HGET", EMAILS, clean_email(email))
        except BadEmail:
            id = None
        account = id.decode() if id else ""
        hash = await self._writer.command("HGET", AccountKeys(account).account, "password")
        return account, hash.decode() if hash else None

    async def who(self, token: str) -> Identity:
        """Whose session or API key this is; it lives longer by being used. Raises Unauthorized."""
        grant = read_grant(token, "sk")
        if grant is None:
            raise Unauthorized
        keys, is_session = AccountKeys(grant.owner), grant.kind == "s"
        role, name, rest = await self._call(
            "who",
            [keys.account, keys.sessions if is_session else keys.keys],
            *(grant.id, digest(token), self._life_ms if is_session else 0, LONGEST_SESSION_MS, NOTE_USE_MS, RENEW_MS),
        )
        if is_session:
            return Identity(grant.owner, role.decode(), name.decode(), grant.id, None, ANYTHING, ANYTHING)
        rights = read_rights(rest)
        return Identity(grant.owner, role.decode(), name.decode(), None, grant.id, rights.verbs, rights.quizzes)

    async def sign_out(self, token: str) -> None:
        """End this session. Raises Unauthorized."""
        identity = await self.who(token)
        if identity.session is None:
            raise Unauthorized("This is no session.")
        await self._writer.command("HDEL", AccountKeys(identity.account).sessions, identity.session)

    async def sessions(self, account: str, current: str | None = None) -> list[Session]:
        """Where the account is signed in, the session used last first. `current`: the one that asks."""
        living = await self._living(AccountKeys(account).sessions)
        sessions = [
            Session(id, it.created_at, it.used_at, it.ends_at, it.rest, id == current) for id, it in living.items()
        ]
        return sorted(sessions, key=lambda session: -session.seen_at)

    async def _living(self, grants: str) -> dict[str, Kept]:
        found, (seconds, _) = await asyncio.gather(
            self._writer.command("HGETALL", grants), self._writer.command("TIME")
        )
        kept = {id.decode(): read_kept(text) for id, text in zip(found[::2], found[1::2], strict=True)}
        return {id: it for id, it in kept.items() if it.ends_at == 0 or it.ends_at > int(seconds) * 1000}

    async def revoke(self, account: str, session: str) -> None:
        """End one session. Raises NoSuchSession."""
        sessions = AccountKeys(account).sessions
        if not await self._writer.command("HEXISTS", sessions, session):
            raise NoSuchSession
        await self._writer.command("HDEL", sessions, session)

    async def revoke_all(self, account: str, but: str | None = None) -> None:
        """End all sessions there are, but for one."""
        sessions = AccountKeys(account).sessions
        ended = [id for id in await self._writer.command("HKEYS", sessions) if id.decode() != but]
        if ended:
            await self._writer.command("HDEL", sessions, *ended)

    # Passwords

    async def change_password(self, account: str, old: str, new: str, keep: str | None = None) -> None:
        """Another password; all sessions end but `keep`. Raises WrongPassword, WeakPassword."""
        hash = await self.confirm(account, old)
        await self._replace(account, hash, "", await self._passwords.hash(new), keep)

    async def confirm(self, account: str, password: str) -> bytes:
        """Returns the password's hash. Raises WrongPassword."""
        hash: bytes | None = await self._writer.command("HGET", AccountKeys(account).account, "password")
        if not await self._passwords.verify(hash.decode() if hash else None, password):
            raise WrongPassword
        assert hash is not None
        return hash

    async def reset_link(self, who: str, hours: int = 1, source: Source = CHANCE) -> ResetLink | None:
        """What lets the owner choose a new password, once. `who`: an account, or an e-mail address; None: nobody has it."""
        id = who
        if "@" in who:
            id, known = await self._password_of(who)
            if known is None:
                return None
        account = await self.profile(id)
        grant = new_grant("reset", id, source)
        _, ends_at = await self._call(
            "reset_link", [AccountKeys(id).account], grant.id, digest(grant.token), hours * 3_600_000
        )
        return ResetLink(id, account.email, grant.token, ends_at)

    async def reset(self, token: str, new: str) -> str:
        """Set a new password with what `reset_link` gave; all sessions end. Returns the account.

        Raises BadReset, WeakPassword.
        """
        grant = read_grant(token, "r")
        kept = await self._writer.command("HGET", AccountKeys(grant.owner).account, "reset") if grant else None
        if grant is None or kept is None or read_kept(kept).digest != digest(token):
            raise BadReset
        await self._replace(grant.owner, "", digest(token), await self._passwords.hash(new), None)
        return grant.owner

    async def _replace(self, account: str, old: Argument, token: str, new: str, keep: str | None) -> None:
        keys = AccountKeys(account)
        await self._call("password", [keys.account, keys.sessions], old, token, new, keep or "", self._life_ms)

    # The account itself

    async def find(self, email: str) -> str:
        """The account with this address. Raises NoSuchAccount, BadEmail."""
        id = await self._writer.command("HGET", EMAILS, clean_email(email))
        if id is None:
            raise NoSuchAccount
        return bytes(id).decode()

    async def profile(self, account: str) -> Account:
        found = await self._writer.command("HMGET", AccountKeys(account).account, "email", "name", "role", "created_at")
        if found[0] is None:
            raise NoSuchAccount
        email, name, role, created_at = (field.decode() for field in found)
        return Account(account, email, name, role, int(created_at))

    async def change(
        self, account: str, name: str | None = None, email: str | None = None, role: Role | None = None
    ) -> Account:
        """Another name, e-mail address or role (at once for all sessions and keys), or all of them or none.

        Raises EmailTaken, BadEmail, BadName.
        """
        clean = (clean_email(email) if email is not None else "", names.clean(name) if name is not None else "")
        await self._call("change", [EMAILS, AccountKeys(account).account], account, *clean, role or "")
        return await self.profile(account)

    async def delete(self, account: str) -> None:
        """Forget everything about an account. What it did in quizzes stays, by nobody's name."""
        await self.profile(account)
        keys = AccountKeys(account)
        for _ in range(5):
            joined = await self._memberships(account)
            for first in range(0, len(joined), AT_ONCE):
                await asyncio.gather(*(self._forget(it) for it in joined[first : first + AT_ONCE]))
            await self._clear(account)
            with contextlib.suppress(MovedOn):
                others = [getattr(keys, name) for name in keys.__slots__ if name not in ("account", "joined")]
                await self._call(
                    "delete", [EMAILS, EVERYBODY, keys.joined, keys.account, *others], account, len(joined)
                )
                await self._clear(account)  # what was on its way there
                return
        raise Busy

    async def _clear(self, account: str) -> None:
        if self.clear is not None:
            await self.clear(account)

    async def _forget(self, membership: Membership) -> None:
        if self.rename is not None:
            with contextlib.suppress(NoSuchQuiz, NoSuchPlayer):
                await self.rename(membership.quiz, membership.player, FORMER)

    async def export(self, account: str, session: str | None = None) -> Export:
        """All that is kept of an account."""
        return Export(
            await self.profile(account),
            await self.sessions(account, session),
            await self.keys(account),
            await self._memberships(account),
            (await self._history.hosted(account, limit=MOST_ENTRIES)).rows,
            [row async for row in self._history.all(account)],
        )

    # Quizzes

    async def joined(self, account: str, quiz: str, player: str) -> None:
        """Note that the account takes part in a quiz. Of 10,000 the oldest goes."""
        keys = AccountKeys(account)
        await self._call("remember", [keys.account, keys.joined], f"{quiz}:{player}", "", MOST_ENTRIES)

    async def hosted(self, account: str, quiz: str) -> None:
        """Note that the account has made a quiz. Of 10,000 the oldest goes."""
        keys = AccountKeys(account)
        await self._call("remember", [keys.account, keys.hosted], quiz, "", MOST_ENTRIES)

    async def hosts_no_more(self, account: str, quiz: str) -> None:
        """Forget that the account has made a quiz."""
        keys = AccountKeys(account)
        await self._writer.command("ZREM", keys.hosted, quiz)
        await self._writer.command("HDEL", keys.hostings, quiz)

    async def _memberships(self, account: str) -> list[Membership]:
        found = await self._writer.command("ZRANGE", AccountKeys(account).joined, 0, -1, "WITHSCORES")
        pairs = zip(found[::2], found[1::2], strict=True)
        return [membership(member.decode(), int(float(score))) for member, score in pairs]

    # API keys

    async def make_key(
        self,
        account: str,
        name: str,
        verbs: list[str],
        quizzes: list[str],
        days: int | None = None,
        source: Source = CHANCE,
    ) -> Key:
        """A key for programs, with its token, which is shown this once. `days`: None for ever. Of 50 the oldest goes."""
        grant, rights, keys = new_grant("key", account, source), Rights(name, verbs, quizzes), AccountKeys(account)
        _, created_at, ends_at = await self._call(
            "grant",
            [keys.keys, keys.account],
            *(grant.id, digest(grant.token), (days or 0) * DAY_MS, encode(rights), MOST_KEYS),
        )
        return Key(grant.id, name, verbs, quizzes, created_at, 0, ends_at, grant.token)

    async def keys(self, account: str) -> list[Key]:
        """The account's API keys, newest first, without their tokens."""
        keys = []
        for id, it in (await self._living(AccountKeys(account).keys)).items():
            rights = read_rights(it.rest.encode())
            keys.append(Key(id, rights.name, rights.verbs, rights.quizzes, it.created_at, it.used_at, it.ends_at))
        return sorted(keys, key=lambda key: -key.created_at)

    async def revoke_key(self, account: str, id: str) -> None:
        """Let an API key be of no use any more. Raises NoSuchKey."""
        keys = AccountKeys(account).keys
        if not await self._writer.command("HEXISTS", keys, id):
            raise NoSuchKey
        await self._writer.command("HDEL", keys, id)

    # For administrators

    async def list(self, cursor: str = "", limit: int = 50, search: str = "") -> AccountPage:
        """Accounts, newest first. `search`: a part of the name or address; then a page may be short and have a next."""
        wanted, rows = search.casefold(), []
        for _ in range(10):
            page = await listed(self._writer, [EVERYBODY], cursor, LOOKED_AT if wanted else limit)
            for account in await asyncio.gather(*map(self._there, (row.entry for row in page.rows))):
                if account and (wanted in account.email or wanted in account.name.casefold()):
                    rows.append(account)
                if account and len(rows) == limit:
                    return AccountPage(rows, account.id if account.id != page.rows[-1].entry else page.next)
            if page.next is None:
                return AccountPage(rows, None)
            cursor = page.next
        return AccountPage(rows, cursor)

    async def _there(self, account: str) -> Account | None:
        try:
            return await self.profile(account)
        except NoSuchAccount:
            return None


read_rights = msgspec.json.Decoder(Rights).decode


def read_kept(text: bytes) -> Kept:
    digest, created_at, used_at, ends_at, rest = text.decode().split(" ", 4)
    return Kept(digest, int(created_at), int(used_at), int(ends_at), rest)


def membership(entry: str, joined_at: int) -> Membership:
    quiz, _, player = entry.partition(":")
    return Membership(quiz, player, joined_at)


def clean_agent(agent: str) -> str:
    """What a device says of itself, as far as it can be shown."""
    return "".join(character for character in agent[:MAX_AGENT] if character.isprintable())
