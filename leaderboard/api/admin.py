"""Running the server: accounts of others, what was done, what could not be recorded."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from leaderboard.api.accounts import Cursor, Email, Name, PageQuery, Password, said
from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import (
    BadEmail,
    BadName,
    EmailTaken,
    IdReused,
    NoSuchAccount,
    NoSuchQuiz,
    NotFound,
    WeakPassword,
)
from leaderboard.quiz.accounts import Account, AccountPage, Role
from leaderboard.state.journal import Entries
from leaderboard.state.letters import DeadLetter


class AccountsQuery(Struct, forbid_unknown_fields=True):
    """`search`: a part of the name or e-mail address."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor = ""
    search: Annotated[str, Meta(max_length=254)] = ""


class MakingAccount(Struct, forbid_unknown_fields=True):
    """Tell them the password, or make a reset link, with which they choose their own."""

    email: Email
    password: Password
    name: Name
    role: Role = "player"


class ChangingAccount(Struct, forbid_unknown_fields=True):
    role: Role | UnsetType = UNSET
    name: Name | UnsetType = UNSET


class Link(Struct):
    """A one-time token for `POST /v1/password-resets/use`."""

    token: str
    expires_at: int


@operation("GET", "/v1/admin/accounts")
async def accounts(ask: Ask, query: AccountsQuery) -> AccountPage:
    """All accounts, in pages."""
    return await ask.quizzes.accounts.list(query.cursor, query.limit, query.search)


@operation(
    "POST",
    "/v1/admin/accounts",
    *(BadEmail, BadName, WeakPassword, EmailTaken, IdReused),
    status=201,
    creates=True,
)
async def make_account(ask: Ask, asked: MakingAccount) -> Account:
    """Make an account for somebody."""
    made = await ask.quizzes.accounts.create(asked.email, asked.password, asked.name, asked.role, ask.source)
    await ask.note(subject=made.id, role=asked.role)
    return made


@operation("PATCH", "/v1/admin/accounts/{account}", NoSuchAccount, BadName)
async def change_account(ask: Ask, asked: ChangingAccount) -> Account:
    """Change somebody's role or name."""
    account = ask.request.path_params["account"]
    changed = await ask.quizzes.accounts.change(account, name=said(asked.name), role=said(asked.role))
    await ask.note(subject=account, **({} if asked.role is UNSET else {"role": asked.role}))
    return changed


@operation("DELETE", "/v1/admin/accounts/{account}", NoSuchAccount, status=204)
async def delete_account(ask: Ask) -> None:
    """Delete somebody's account with all personal data."""
    account = ask.request.path_params["account"]
    await ask.quizzes.accounts.delete(account)
    await ask.note(subject=account)


@operation("POST", "/v1/admin/accounts/{account}/password-reset", NoSuchAccount, status=201, creates=True)
async def reset_link(ask: Ask) -> Link:
    """Make a one-time token with which somebody can set a new password."""
    account = ask.request.path_params["account"]
    made = await ask.quizzes.accounts.reset_link(account, source=ask.source)
    if made is None:  # it looks like an e-mail address
        raise NoSuchAccount
    await ask.note(subject=account)
    return Link(made.token, made.expires_at)


@operation("GET", "/v1/admin/audit")
async def audit(ask: Ask, query: PageQuery) -> Entries:
    """What was done to accounts and by admins, the last thing first."""
    return await ask.quizzes.journal.read(None, query.cursor, query.limit)


@operation("GET", "/v1/quizzes/{quiz}/audit", NoSuchQuiz)
async def quiz_audit(ask: Ask, query: PageQuery) -> Entries:
    """What hosts did in this quiz, the last thing first."""
    await ask.quizzes.store.state(ask.quiz)  # there may be no such quiz
    return await ask.quizzes.journal.read(ask.quiz, query.cursor, query.limit)


@operation("GET", "/v1/admin/dead-letters")
async def dead_letters(ask: Ask) -> list[DeadLetter]:
    """Results that could not be recorded in the history, scores that could not be applied, and why."""
    return await ask.quizzes.letters.list()


@operation("POST", "/v1/admin/dead-letters/{letter}/replay", NotFound, status=204)
async def replay_letter(ask: Ask) -> None:
    """Try it again."""
    letter = ask.request.path_params["letter"]
    await ask.quizzes.letters.replay(letter)
    await ask.note(subject=letter)
