"""Accounts: signing up and in, one's own data, API keys."""

import contextlib
from typing import Annotated, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from leaderboard.api.asking import Ask, guessing
from leaderboard.api.operations import operation
from leaderboard.errors import (
    BadEmail,
    BadInvite,
    BadName,
    BadReset,
    EmailTaken,
    Forbidden,
    IdReused,
    InviteNeeded,
    Malformed,
    NoSuchKey,
    NoSuchQuiz,
    NoSuchSession,
    SignUpClosed,
    WeakPassword,
    WrongPassword,
)
from leaderboard.quiz.access import ACCESS
from leaderboard.quiz.accounts import (
    Account,
    Export,
    HistoryPage,
    HostedPage,
    Invite,
    Key,
    Role,
    Session,
    SignedIn,
    clean_email,
)
from leaderboard.state.ids import read_grant
from leaderboard.state.keys import code_of, digest, quiz_id

Email = Annotated[str, Meta(max_length=254, description="An e-mail address")]
Password = Annotated[str, Meta(max_length=512, description="8 to 128 characters")]
Name = Annotated[str, Meta(max_length=200)]
Token = Annotated[str, Meta(min_length=1, max_length=200)]
Cursor = Annotated[str, Meta(max_length=200)]

T = TypeVar("T")


class Registering(Struct, forbid_unknown_fields=True):
    """Who signs up is a player; an invitation may give another role."""

    email: Email
    password: Password
    name: Name
    invite: Token | None = None


class SigningIn(Struct, forbid_unknown_fields=True):
    email: Email
    password: Password


class Changing(Struct, forbid_unknown_fields=True):
    """What is left out stays. Another e-mail address takes the password."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    password: Password | UnsetType = UNSET


class ChangingPassword(Struct, forbid_unknown_fields=True):
    old: Password
    new: Password


class Deleting(Struct, forbid_unknown_fields=True):
    password: Password


class Forgetting(Struct, forbid_unknown_fields=True):
    email: Email


class Resetting(Struct, forbid_unknown_fields=True):
    token: Token
    password: Password


class Inviting(Struct, forbid_unknown_fields=True):
    """An admin invites anybody, a host players. With `email`, only that one can use it."""

    role: Role = "player"
    email: Email | None = None
    days: Annotated[int, Meta(ge=1, le=90)] = 7


class MakingKey(Struct, forbid_unknown_fields=True):
    """`verbs` and `quizzes` (their IDs) say what the key is good for; "*" stands for all that the account may.

    A key with `create` may make quizzes, whatever `quizzes` says; the host's token of each comes with it.
    """

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    verbs: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(min_length=1, max_length=64)]
    quizzes: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(min_length=1, max_length=100)]
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class PageQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor = ""


def said(value: T | UnsetType) -> T | None:
    """What was given, None if it was left out."""
    return None if value is UNSET else value


def agent(ask: Ask) -> str:
    return ask.request.headers.get("user-agent", "")[:200]


@operation(
    "POST",
    "/v1/accounts",
    *(BadEmail, BadName, WeakPassword, EmailTaken, SignUpClosed, InviteNeeded, BadInvite, IdReused),
    status=201,
    creates=True,
)
async def register(ask: Ask, asked: Registering) -> SignedIn:
    """Sign up, and be signed in."""
    await pay(ask, asked.email)
    made = await ask.quizzes.accounts.register(
        asked.email, asked.password, asked.name, invite=asked.invite, source=ask.source, agent=agent(ask)
    )
    invited = read_grant(asked.invite, "i") if asked.invite else None
    await ask.note(subject=made.account.id, **({"invite": invited.id} if invited else {}))
    return made


@operation("POST", "/v1/sessions", WrongPassword, status=201, creates=True)
async def sign_in(ask: Ask, asked: SigningIn) -> SignedIn:
    """Sign in."""
    await pay(ask, asked.email)
    async with guessing(ask, WrongPassword, "failures"):
        made = await ask.quizzes.accounts.sign_in(asked.email, asked.password, agent(ask), ask.source)
    await ask.note(subject=made.account.id)
    return made


async def pay(ask: Ask, email: str) -> None:
    """For one e-mail address passwords are tried a few times and no more, from wherever."""
    limits = ask.quizzes.limits
    with contextlib.suppress(BadEmail):  # one address has many spellings
        email = clean_email(email)
    await limits.spend(limits.bucket("sign_ins", digest(email)[:16]))


@operation("DELETE", "/v1/sessions/current", status=204)
async def sign_out(ask: Ask) -> None:
    """Sign out."""
    assert ask.token is not None
    await ask.quizzes.accounts.sign_out(ask.token)


@operation("GET", "/v1/sessions")
async def sessions(ask: Ask) -> list[Session]:
    """Where one is signed in."""
    return await ask.quizzes.accounts.sessions(ask.account, ask.session)


@operation("DELETE", "/v1/sessions/{session}", NoSuchSession, status=204)
async def revoke_session(ask: Ask) -> None:
    """Sign out elsewhere."""
    await ask.quizzes.accounts.revoke(ask.account, ask.request.path_params["session"])


@operation("DELETE", "/v1/sessions", status=204)
async def revoke_sessions(ask: Ask) -> None:
    """Sign out everywhere else."""
    await ask.quizzes.accounts.revoke_all(ask.account, ask.session)
    await ask.note(subject=ask.account)


@operation("GET", "/v1/account")
async def profile(ask: Ask) -> Account:
    """Who one is."""
    return await ask.quizzes.accounts.profile(ask.account)


@operation("PATCH", "/v1/account", BadName, BadEmail, EmailTaken, WrongPassword)
async def change_profile(ask: Ask, asked: Changing) -> Account:
    """Change one's name or e-mail address."""
    if asked.email is not UNSET:
        await confirm(ask, asked.password or "")
    changed = await ask.quizzes.accounts.change(ask.account, name=said(asked.name), email=said(asked.email))
    await ask.note(subject=ask.account)
    return changed


async def confirm(ask: Ask, password: str) -> None:
    """A few times and no more. Raises WrongPassword."""
    await ask.quizzes.limits.spend(ask.quizzes.limits.bucket("sign_ins", ask.account))
    async with guessing(ask, WrongPassword, "failures"):
        await ask.quizzes.accounts.confirm(ask.account, password)


@operation("PUT", "/v1/account/password", WrongPassword, WeakPassword, status=204)
async def change_password(ask: Ask, asked: ChangingPassword) -> None:
    """Change one's password. All other sessions end."""
    await ask.quizzes.limits.spend(ask.quizzes.limits.bucket("sign_ins", ask.account))
    async with guessing(ask, WrongPassword, "failures"):
        await ask.quizzes.accounts.change_password(ask.account, asked.old, asked.new, ask.session)
    await ask.note(subject=ask.account)


@operation("POST", "/v1/password-resets", BadEmail, status=202)
async def ask_reset(ask: Ask, asked: Forgetting) -> None:
    """Ask for a link to set a new password. Whether there is such an account is not told."""
    await pay(ask, asked.email)
    email = clean_email(asked.email)
    link = await ask.quizzes.accounts.reset_link(email) if ask.quizzes.mail.works else None
    if link is not None:
        ask.quizzes.mail.send("reset", link.email, link.token, link.expires_at)


@operation("POST", "/v1/password-resets/use", BadReset, WeakPassword, status=204)
async def reset_password(ask: Ask, asked: Resetting) -> None:
    """Set a new password with a link that was sent. It works once, and all sessions end."""
    async with guessing(ask, BadReset, "failures"):
        account = await ask.quizzes.accounts.reset(asked.token, asked.password)
    await ask.note(subject=account)


@operation("POST", "/v1/account/deletion", WrongPassword, status=204)
async def delete_profile(ask: Ask, asked: Deleting) -> None:
    """Delete the account with all personal data. In quizzes that were played the name is replaced."""
    await confirm(ask, asked.password)
    await ask.quizzes.accounts.delete(ask.account)
    await ask.note(subject=ask.account)


@operation("GET", "/v1/account/export")
async def export(ask: Ask) -> Export:
    """All that is kept about oneself."""
    return await ask.quizzes.accounts.export(ask.account, ask.session)


@operation("GET", "/v1/account/history")
async def history(ask: Ask, query: PageQuery) -> HistoryPage:
    """The quizzes that one has played, the last one first."""
    return await ask.quizzes.history.history(ask.account, query.cursor, query.limit)


@operation("GET", "/v1/account/quizzes")
async def hosted(ask: Ask, query: PageQuery) -> HostedPage:
    """The quizzes that one has made, the last one first."""
    return await ask.quizzes.history.hosted(ask.account, query.cursor, query.limit)


@operation("POST", "/v1/invitations", BadEmail, IdReused, status=201, creates=True)
async def invite(ask: Ask, asked: Inviting) -> Invite:
    """Make an invitation, which is used once. Only admins invite hosts and admins."""
    if asked.role != "player" and not ask.is_admin:
        raise Forbidden("Only admins invite hosts and admins.")
    made = await ask.quizzes.accounts.invite(ask.account or "admin", asked.role, asked.email, asked.days, ask.source)
    await ask.note(role=asked.role)
    return made


@operation("POST", "/v1/keys", NoSuchQuiz, IdReused, status=201, creates=True)
async def make_key(ask: Ask, asked: MakingKey) -> Key:
    """Make an API key. It is shown this once."""
    if unknown := sorted({*asked.verbs} - {"*", *ACCESS}):
        raise Malformed(f"There is no verb {', '.join(unknown)}; the table in docs/protocol.md has them.")
    quizzes = [code_of(quiz).upper() for quiz in asked.quizzes]
    for quiz in quizzes:
        if quiz != "*" and not ask.is_admin and await ask.quizzes.store.owner(quiz_id(quiz)) != ask.account:
            raise NoSuchQuiz(f"The account has made no quiz {quiz}.")
    made = await ask.quizzes.accounts.make_key(ask.account, asked.name, asked.verbs, quizzes, asked.days, ask.source)
    await ask.note(subject=made.id)
    return made


@operation("GET", "/v1/keys")
async def keys(ask: Ask) -> list[Key]:
    """One's API keys, and when each was used last."""
    return await ask.quizzes.accounts.keys(ask.account)


@operation("DELETE", "/v1/keys/{key}", NoSuchKey, status=204)
async def revoke_key(ask: Ask) -> None:
    """Make an API key useless."""
    key = ask.request.path_params["key"]
    await ask.quizzes.accounts.revoke_key(ask.account, key)
    await ask.note(subject=key)
