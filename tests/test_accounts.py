"""Accounts: each method, each refusal; twice, and at the same moment; and that nothing is kept which should not be."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import redis

from leaderboard.errors import (
    BadEmail,
    BadInvite,
    BadName,
    BadReset,
    Busy,
    EmailTaken,
    IdReused,
    InviteNeeded,
    Malformed,
    NameTaken,
    NoSuchAccount,
    NoSuchKey,
    NoSuchPlayer,
    NoSuchSession,
    NotFound,
    SignUpClosed,
    Unauthorized,
    WeakPassword,
    WrongPassword,
)
from leaderboard.quiz.accounts import Account, SignedIn, clean_email, clean_password
from leaderboard.quiz.content import Question, Quiz
from leaderboard.state import accounts as module
from leaderboard.state.accounts import DAY_MS, MOST_SESSIONS, Accounts
from leaderboard.state.ids import CHANCE, Source
from leaderboard.state.keys import ACCOUNTS, EMAILS, AccountKeys, LibraryKeys
from leaderboard.state.library import CLOSED_MS
from leaderboard.state.mail import SIGNATURE, Mail
from leaderboard.state.passwords import HASHER, Passwords
from leaderboard.state.quizzes import Quizzes
from tests.nodes import Nodes

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD, NAME = "ana@example.org", "correct horse", "Ana Pérez"


@pytest.fixture
async def quizzes(redis_url: str) -> AsyncIterator[Quizzes]:
    quizzes = Quizzes(redis_url, sign_up="open")
    quizzes.start()
    yield quizzes
    await quizzes.stop()


@pytest.fixture
def accounts(quizzes: Quizzes) -> Accounts:
    return quizzes.accounts


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


async def ana(accounts: Accounts, source: Source = CHANCE) -> SignedIn:
    return await accounts.register(EMAIL, PASSWORD, NAME, source=source)


def everything(client: redis.Redis) -> str:
    """All keys and values of the server, as one text."""
    parts: list[Any] = []
    found: Any = client.keys("*")
    for key in found:
        kind: Any = client.type(key)
        read: dict[bytes, Any] = {
            b"hash": client.hgetall,
            b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
            b"stream": client.xrange,
            b"string": client.get,
        }
        parts += [key, read[kind](key)]
    return repr(parts)


def refused(results: list[Any]) -> dict[str, int]:
    return Counter(type(result).__name__ for result in results if isinstance(result, BaseException))


# Signing up


async def test_register_and_be_known(accounts: Accounts) -> None:
    made = await ana(accounts)
    assert made.account == Account(made.account.id, EMAIL, NAME, "player", made.account.created_at)
    assert made.token.startswith("s_")
    assert abs(made.account.created_at - time.time() * 1000) < 5000
    assert made.expires_at == made.account.created_at + 30 * DAY_MS
    who = await accounts.who(made.token)
    assert (who.account, who.role, who.name, who.key, who.verbs) == (made.account.id, "player", NAME, None, ["*"])
    [session] = await accounts.sessions(made.account.id, who.session)
    assert session.current
    assert session.expires_at == made.expires_at
    assert await accounts.profile(made.account.id) == made.account


async def test_one_address_one_account(accounts: Accounts) -> None:
    racers = (accounts.register(EMAIL.upper(), PASSWORD, f"P{i}") for i in range(50))
    done = await asyncio.gather(*racers, return_exceptions=True)
    assert refused(done) == {"EmailTaken": 49}
    assert len((await accounts.list()).rows) == 1


async def test_the_same_request_makes_the_same_account(accounts: Accounts) -> None:
    first, again = await ana(accounts, Source(b"k", b"x")), await ana(accounts, Source(b"k", b"x"))
    assert first == again
    with pytest.raises(IdReused):
        await ana(accounts, Source(b"k", b"y"))
    with pytest.raises(EmailTaken):
        await ana(accounts)
    made = await accounts.create("b@example.org", PASSWORD, "B", "host", Source(b"l"))
    assert made == await accounts.create("b@example.org", PASSWORD, "B", "host", Source(b"l"))
    assert made.role == "host"
    assert await accounts.sessions(made.id) == []


@pytest.mark.parametrize(
    ("email", "password", "name", "refusal"),
    [
        ("ana", PASSWORD, NAME, BadEmail),
        ("@b", PASSWORD, NAME, BadEmail),
        ("a@", PASSWORD, NAME, BadEmail),
        ("a@b@c", PASSWORD, NAME, BadEmail),
        ("a b@c", PASSWORD, NAME, BadEmail),
        ("a@b\n", PASSWORD, NAME, BadEmail),
        ("a\u200b@b", PASSWORD, NAME, BadEmail),
        ("a" * 250 + "@b.de", PASSWORD, NAME, BadEmail),
        (EMAIL, "short", NAME, WeakPassword),
        (EMAIL, "x" * 129, NAME, WeakPassword),
        (EMAIL, "PassWord123", NAME, WeakPassword),
        (EMAIL, PASSWORD, " ", BadName),
    ],
)
async def test_what_is_refused(
    accounts: Accounts, client: redis.Redis, email: str, password: str, name: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await accounts.register(email, password, name)
    assert client.keys("accounts*") == []


def test_normal_forms() -> None:
    assert clean_email("\uff21na@EXAMPLE.Org") == EMAIL
    assert clean_password("Cafe\u0301 cafe\u0301") == clean_password("Caf\u00e9\u00a0caf\u00e9")


async def test_who_may_sign_up(accounts: Accounts) -> None:
    accounts._sign_up = "closed"
    with pytest.raises(SignUpClosed):
        await ana(accounts)
    accounts._sign_up = "invite"
    with pytest.raises(InviteNeeded):
        await ana(accounts)
    for bad in ("x", "i_" + "a" * 56, "s_" + "a" * 56):
        with pytest.raises(BadInvite):
            await accounts.register(EMAIL, PASSWORD, NAME, invite=bad)
    invite = await accounts.invite("admin", "host")
    assert invite.token.startswith("i_")
    racers = (accounts.register(f"p{i}@example.org", PASSWORD, f"P{i}", invite=invite.token) for i in range(20))
    done = await asyncio.gather(*racers, return_exceptions=True)
    assert refused(done) == {"BadInvite": 19}
    [made] = [it for it in done if isinstance(it, SignedIn)]
    assert made.account.role == "host"


async def test_a_repeat_after_the_invitation_is_used_up(accounts: Accounts) -> None:
    invite, source = await accounts.invite("admin", "host"), Source(b"k")
    first = await accounts.register(EMAIL, PASSWORD, NAME, invite=invite.token, source=source)
    assert await accounts.register(EMAIL, PASSWORD, NAME, invite=invite.token, source=source) == first


async def test_an_invitation_is_for_one_and_ends(accounts: Accounts, client: redis.Redis) -> None:
    invite = await accounts.invite("admin", "player", "Ben@example.org", days=1)
    with pytest.raises(BadInvite):
        await accounts.register(EMAIL, PASSWORD, NAME, invite=invite.token)
    await accounts.register("BEN@example.org", PASSWORD, "Ben", invite=invite.token)
    late = await accounts.invite("admin", "player")
    age(client, AccountKeys("admin").invites, late.token, 7 * DAY_MS)
    with pytest.raises(BadInvite):
        await accounts.register(EMAIL, PASSWORD, NAME, invite=late.token)


async def test_an_invitation_is_worth_what_who_made_it_may_today(accounts: Accounts) -> None:
    by = await accounts.create("boss@example.org", PASSWORD, "Boss", "admin")
    invites = {role: await accounts.invite(by.id, role) for role in ("player", "host", "admin")}

    async def use(role: str) -> str:
        made = await accounts.register(f"{role}@example.org", PASSWORD, role, invite=invites[role].token)
        return made.account.role

    await accounts.change(by.id, role="host")
    for role in ("host", "admin"):
        with pytest.raises(BadInvite):
            await use(role)
    assert await use("player") == "player"
    await accounts.change(by.id, role="admin")
    assert await use("admin") == "admin"
    await accounts.change(by.id, role="player")
    with pytest.raises(BadInvite):
        await use("host")


async def test_who_has_no_invitation_does_not_learn_who_has_an_account(accounts: Accounts) -> None:
    await ana(accounts)
    accounts._sign_up = "invite"
    for_ben = await accounts.invite("admin", "player", "ben@example.org")
    for invite in ("i_admin" + "a" * 44, for_ben.token):
        with pytest.raises(BadInvite):
            await accounts.register(EMAIL, PASSWORD, NAME, invite=invite)
    with pytest.raises(EmailTaken):
        await accounts.register(EMAIL, PASSWORD, NAME, invite=(await accounts.invite("admin", "player")).token)


async def test_invitations_are_made_once(accounts: Accounts) -> None:
    by = (await ana(accounts)).account.id
    assert await accounts.invite(by, "host", source=Source(b"k", b"x")) == await accounts.invite(
        by, "host", source=Source(b"k", b"x")
    )
    with pytest.raises(IdReused):
        await accounts.invite(by, "host", source=Source(b"k", b"y"))
    with pytest.raises(NoSuchAccount):
        await accounts.invite("nobody", "host")


def age(client: redis.Redis, grants: str, token: str, by_ms: int) -> None:
    """Let so much time have passed for a token."""
    id = token[-44:-32]
    text: Any = client.hget(grants, id)
    digest, *times, rest = text.decode().split(" ", 4)
    client.hset(grants, id, " ".join([digest, *(str(max(int(at) - by_ms, 1)) for at in times), rest]))


# Signing in


async def test_an_address_in_another_spelling_is_the_same_address(nodes: Nodes) -> None:
    node = nodes.start(limits="sign_ins=3/300")
    spellings = ("ana@example.org", "ＡＮＡ@example.org", "ａna@example.org", "𝐚𝐧𝐚@example.org")
    tries = [{"email": it, "password": PASSWORD} for it in spellings]
    codes = [node.http("POST", "/v1/sessions", json=it).status_code for it in tries]
    assert codes == [401, 401, 401, 429]


async def test_sign_in_and_out(accounts: Accounts) -> None:
    made = await ana(accounts)
    again = await accounts.sign_in(EMAIL.title(), PASSWORD, "Firefox\n on a phone" + "x" * 300)
    assert again.account == made.account
    [agent] = [it.agent for it in await accounts.sessions(made.account.id) if it.agent]
    assert agent.startswith("Firefox on a phone")
    assert len(agent) < 201
    await accounts.sign_out(again.token)
    with pytest.raises(Unauthorized):
        await accounts.who(again.token)
    with pytest.raises(Unauthorized):
        await accounts.sign_out(again.token)
    assert (await accounts.who(made.token)).account == made.account.id


async def test_a_wrong_password_and_an_unknown_address_are_one(accounts: Accounts) -> None:
    await ana(accounts)
    for email, password in (
        (EMAIL, "wrong horse"),
        ("ben@example.org", PASSWORD),
        ("?", PASSWORD),
        (EMAIL, "x" * 5000),
    ):
        with pytest.raises(WrongPassword):
            await accounts.sign_in(email, password)


async def test_a_session_needs_the_whole_token(accounts: Accounts) -> None:
    token = (await ana(accounts)).token
    for bad in ("", "x", token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), "k" + token[1:], token + "a"):
        with pytest.raises(Unauthorized):
            await accounts.who(bad)


async def test_the_oldest_of_too_many_sessions_ends(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    keys = AccountKeys(made.account.id)
    age(client, keys.sessions, made.token, 10)
    hash: Any = client.hget(keys.account, "password")
    for i in range(MOST_SESSIONS):
        reply = await accounts._call(
            "sign_in", [keys.account, keys.sessions], hash, "", f"s{i:011}", "aa", "", 9**9, MOST_SESSIONS
        )
        assert reply[0] == 1
    sessions = await accounts.sessions(made.account.id)
    assert len(sessions) == MOST_SESSIONS
    with pytest.raises(Unauthorized):
        await accounts.who(made.token)


async def test_the_sign_in_script_sent_twice(accounts: Accounts, client: redis.Redis) -> None:
    keys = AccountKeys((await ana(accounts)).account.id)
    hash: Any = client.hget(keys.account, "password")
    call = ("sign_in", [keys.account, keys.sessions], hash, "better", "s" * 12, "aa", "", 1000, 50)
    first, again = await accounts._call(*call), await accounts._call(*call)
    assert (first[0], again[0]) == (1, 0)
    assert first[1] == again[1]
    assert client.hget(keys.account, "password") == b"better"
    with pytest.raises(WrongPassword):  # somebody changed it after it was verified
        await accounts._call("sign_in", [keys.account, keys.sessions], hash, "", "t" * 12, "aa", "", 1000, 50)


async def test_a_session_slides_and_ends(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    sessions = AccountKeys(made.account.id).sessions

    async def end() -> int:
        return (await accounts.sessions(made.account.id))[0].expires_at

    await accounts.who(made.token)
    assert await end() == made.expires_at  # not at each use
    age(client, sessions, made.token, 50 * 60_000)
    await accounts.who(made.token)
    [session] = await accounts.sessions(made.account.id)
    assert session.expires_at == made.expires_at - 50 * 60_000  # not before an hour
    assert session.seen_at - session.created_at >= 50 * 60_000
    age(client, sessions, made.token, 20 * DAY_MS)
    client.pexpire(sessions, 60_000)
    await accounts.who(made.token)
    assert abs(await end() - made.expires_at) < 60_000
    ttl: Any = client.pttl(sessions)
    assert abs(ttl - 30 * DAY_MS) < 60_000
    for _ in range(5):
        age(client, sessions, made.token, 29 * DAY_MS)
        await accounts.who(made.token)
    age(client, sessions, made.token, 14 * DAY_MS)  # 179 days and 50 minutes old
    await accounts.who(made.token)
    assert await end() < made.account.created_at + 2 * DAY_MS
    age(client, sessions, made.token, 2 * DAY_MS)
    with pytest.raises(Unauthorized):
        await accounts.who(made.token)
    assert await accounts.sessions(made.account.id) == []


async def test_revoking(accounts: Accounts) -> None:
    made = await ana(accounts)
    others = [await accounts.sign_in(EMAIL, PASSWORD) for _ in range(3)]
    current = (await accounts.who(made.token)).session
    assert current
    sessions = await accounts.sessions(made.account.id, current)
    assert [it.id for it in sessions if it.current] == [current]
    other = (await accounts.who(others[0].token)).session
    assert other
    await accounts.revoke(made.account.id, other)
    with pytest.raises(NoSuchSession):
        await accounts.revoke(made.account.id, other)
    await accounts.revoke_all(made.account.id, but=current)
    await accounts.revoke_all(made.account.id, but=current)
    assert [it.id for it in await accounts.sessions(made.account.id)] == [current]
    await accounts.revoke_all(made.account.id)
    with pytest.raises(Unauthorized):
        await accounts.who(made.token)


# Passwords


async def test_another_password_ends_the_other_sessions(accounts: Accounts) -> None:
    made, other = await ana(accounts), await accounts.sign_in(EMAIL, PASSWORD)
    keep = (await accounts.who(made.token)).session
    with pytest.raises(WrongPassword):
        await accounts.change_password(made.account.id, "wrong horse", "another horse", keep)
    with pytest.raises(WeakPassword):
        await accounts.change_password(made.account.id, PASSWORD, "password", keep)
    with pytest.raises(WrongPassword):
        await accounts.change_password("nobody", PASSWORD, "another horse")
    await accounts.who(other.token)
    await accounts.change_password(made.account.id, PASSWORD, "another horse", keep)
    await accounts.who(made.token)
    with pytest.raises(Unauthorized):
        await accounts.who(other.token)
    with pytest.raises(WrongPassword):
        await accounts.sign_in(EMAIL, PASSWORD)
    await accounts.sign_in(EMAIL, "another horse")


async def test_two_change_the_password_at_once(accounts: Accounts) -> None:
    made = await ana(accounts)
    changes = (accounts.change_password(made.account.id, PASSWORD, f"horse no {i}") for i in range(5))
    assert refused(await asyncio.gather(*changes, return_exceptions=True)) == {"WrongPassword": 4}


async def test_a_forgotten_password(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    assert await accounts.reset_link("ben@example.org") is None
    with pytest.raises(NoSuchAccount):
        await accounts.reset_link("nobody")
    older, link = await accounts.reset_link(made.account.id), await accounts.reset_link(EMAIL.upper())
    assert older
    assert link
    assert (link.account, link.email) == (made.account.id, EMAIL)
    for bad in ("", "r_x", older.token, link.token[:-1] + "!", made.token):
        with pytest.raises(BadReset):
            await accounts.reset(bad, "another horse")
    with pytest.raises(WeakPassword):
        await accounts.reset(link.token, "12345678")
    racers = (accounts.reset(link.token, f"horse no {i}") for i in range(5))
    assert refused(await asyncio.gather(*racers, return_exceptions=True)) == {"BadReset": 4}
    with pytest.raises(Unauthorized):
        await accounts.who(made.token)
    late = await accounts.reset_link(EMAIL, hours=1)
    assert late
    text: Any = client.hget(AccountKeys(made.account.id).account, "reset")
    digest, *_ = text.decode().split(" ")
    client.hset(AccountKeys(made.account.id).account, "reset", f"{digest} 1 1 1 ")
    with pytest.raises(BadReset):
        await accounts.reset(late.token, "another horse")


async def test_a_link_is_made_once(accounts: Accounts) -> None:
    await ana(accounts)
    first = await accounts.reset_link(EMAIL, source=Source(b"k", b"x"))
    assert first == await accounts.reset_link(EMAIL, source=Source(b"k", b"x"))
    with pytest.raises(IdReused):
        await accounts.reset_link(EMAIL, source=Source(b"k", b"y"))


async def test_the_password_script_sent_twice(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    keys = AccountKeys(made.account.id)
    hash: Any = client.hget(keys.account, "password")
    for expected in (1, 0):
        assert await accounts._call("password", [keys.account, keys.sessions], hash, "", "new", "", 1) == [expected]


async def test_passwords_made_at_another_cost_are_made_anew(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    keys = AccountKeys(made.account.id)
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    client.hset(keys.account, "password", cheap)
    await accounts.sign_in(EMAIL, PASSWORD)
    hash: Any = client.hget(keys.account, "password")
    assert not HASHER.check_needs_rehash(hash.decode())
    await accounts.sign_in(EMAIL, PASSWORD)


async def test_an_unknown_account_takes_as_long() -> None:
    passwords = Passwords(1)
    hash = await passwords.hash(PASSWORD)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(10):
        for known in (True, False):
            began = time.perf_counter()
            assert not await passwords.verify(hash if known else None, "wrong horse")
            taken[known].append(time.perf_counter() - began)
    assert min(taken[False]) > min(taken[True]) / 2
    passwords.stop()


async def test_too_many_passwords_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.state.passwords.MAX_WAITING", 3)
    passwords = Passwords(1)
    done = await asyncio.gather(*(passwords.verify(None, PASSWORD) for _ in range(5)), return_exceptions=True)
    assert refused(done) == {"Busy": 2}
    assert await passwords.verify(await passwords.hash(PASSWORD), PASSWORD)
    passwords.stop()
    assert Busy.retry


# The account itself


async def test_name_address_and_role(accounts: Accounts) -> None:
    made = await ana(accounts)
    id = made.account.id
    await accounts.create("ben@example.org", PASSWORD, "Ben", "player")
    for email, refusal in (("BEN@example.org", EmailTaken), ("ben", BadEmail)):
        with pytest.raises(refusal):
            await accounts.change(id, email=email)
    with pytest.raises(BadName):
        await accounts.change(id, name="")
    assert await accounts.profile(id) == made.account
    link = await accounts.reset_link(id)
    assert link
    for _ in range(2):
        changed = await accounts.change(id, name=" Anne ", email="Anne@example.org")
        assert (changed.name, changed.email) == ("Anne", "anne@example.org")
    with pytest.raises(BadReset):  # it went to the old address
        await accounts.reset(link.token, "another horse")
    await accounts.sign_in("anne@example.org", PASSWORD)
    await accounts.create(EMAIL, PASSWORD, "Another", "player")
    assert (await accounts.change(id, role="admin")).role == "admin"
    assert (await accounts.who(made.token)).role == "admin"
    for call in (accounts.profile("x"), accounts.change("x", name="y"), accounts.change("x", role="host")):
        with pytest.raises(NoSuchAccount):
            await call


async def test_two_want_the_same_address(accounts: Accounts) -> None:
    made = [await accounts.create(f"p{i}@example.org", PASSWORD, f"P{i}", "player") for i in range(5)]
    done = await asyncio.gather(*(accounts.change(it.id, email=EMAIL) for it in made), return_exceptions=True)
    assert refused(done) == {"EmailTaken": 4}


async def test_pages_of_accounts(accounts: Accounts, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 4)
    ids = [
        (await accounts.create(f"p{i}@example.{'org' if i % 2 else 'com'}", PASSWORD, f"Ünal {i}", "player")).id
        for i in range(12)
    ]
    for at, id in enumerate(ids):
        client.zadd(f"{ACCOUNTS}everybody", {id: at})

    async def walk(limit: int, search: str) -> list[str]:
        seen, cursor = [], ""
        for _ in range(20):
            page = await accounts.list(cursor, limit, search)
            assert len(page.rows) <= limit
            seen += [row.id for row in page.rows]
            if page.next is None:
                return seen
            cursor = page.next
        raise AssertionError(seen)

    assert await walk(5, "") == ids[::-1]
    assert await walk(12, "") == ids[::-1]
    assert await walk(2, ".ORG") == ids[::-2]
    assert await walk(50, "ünal 7") == [ids[7]]
    assert await walk(50, "nobody") == []
    with pytest.raises(Malformed):
        await accounts.list("nowhere")


# API keys


async def test_keys(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    id = made.account.id
    key = await accounts.make_key(id, "Door", ["open", "close"], ["ABCD2345"], days=1)
    assert isinstance(key.token, str)
    assert key.token.startswith("k_")
    assert [it.used_at for it in (key, *await accounts.keys(id))] == [0, 0]
    who = await accounts.who(key.token)
    assert (who.account, who.session, who.key) == (id, None, key.id)
    assert (who.verbs, who.quizzes) == (["open", "close"], ["ABCD2345"])
    [listed] = await accounts.keys(id)
    assert (listed.id, listed.name, listed.expires_at) == (key.id, "Door", key.created_at + DAY_MS)
    assert not isinstance(listed.token, str)
    with pytest.raises(Unauthorized):
        await accounts.sign_out(key.token)
    age(client, AccountKeys(id).keys, key.token, 120_000)
    before = (await accounts.keys(id))[0].used_at
    await accounts.who(key.token)
    used = (await accounts.keys(id))[0]
    assert used.used_at - before >= 120_000
    assert used.expires_at == key.expires_at - 120_000  # it lives no longer by being used
    age(client, AccountKeys(id).keys, key.token, DAY_MS)
    with pytest.raises(Unauthorized):
        await accounts.who(key.token)
    eternal = await accounts.make_key(id, "Door", ["*"], ["*"])
    assert isinstance(eternal.token, str)
    assert eternal.expires_at == 0
    age(client, AccountKeys(id).keys, eternal.token, 0)
    await accounts.revoke_key(id, eternal.id)
    for call in (accounts.revoke_key(id, eternal.id), accounts.revoke_key("nobody", key.id)):
        with pytest.raises(NoSuchKey):
            await call
    with pytest.raises(Unauthorized):
        await accounts.who(eternal.token)


async def test_keys_are_made_once_and_not_too_many(
    accounts: Accounts, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = (await ana(accounts)).account.id
    first = await accounts.make_key(id, "1", ["*"], ["*"], source=Source(b"k", b"x"))
    assert first == await accounts.make_key(id, "1", ["*"], ["*"], source=Source(b"k", b"x"))
    with pytest.raises(IdReused):
        await accounts.make_key(id, "2", ["*"], ["*"], source=Source(b"k", b"y"))
    with pytest.raises(NoSuchAccount):
        await accounts.make_key("nobody", "2", ["*"], ["*"])
    monkeypatch.setattr(module, "MOST_KEYS", 3)
    assert isinstance(first.token, str)
    age(client, AccountKeys(id).keys, first.token, 1000)
    for name in "abc":
        await accounts.make_key(id, name, ["*"], ["*"])
    assert sorted(key.name for key in await accounts.keys(id)) == ["a", "b", "c"]


# What is kept


async def test_no_secret_in_redis(accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    key = await accounts.make_key(made.account.id, "Door", ["*"], ["*"])
    invite, link = await accounts.invite("admin", "host", "ben@example.org"), await accounts.reset_link(EMAIL)
    assert link
    assert isinstance(key.token, str)
    kept = everything(client)
    assert EMAIL in kept
    for secret in (made.token, key.token, invite.token, link.token):
        assert secret[-32:] not in kept
    assert PASSWORD not in kept
    assert "ben@example.org" not in kept  # whoever is invited has not agreed to anything


async def test_deletion_leaves_nothing(quizzes: Quizzes, accounts: Accounts, client: redis.Redis) -> None:
    made = await ana(accounts)
    id = made.account.id
    renamed: list[tuple[str, str, str]] = []

    async def rename(quiz: str, player: str, name: str) -> None:
        renamed.append((quiz, player, name))
        if quiz == "GONE":
            raise NoSuchPlayer

    accounts.rename = rename
    for quiz in ("GONE", "QUIZ"):
        await accounts.joined(id, quiz, "p-1_x")
        await accounts.joined(id, quiz, "p-1_x")
    await accounts.hosted(id, "MINE")
    key = await accounts.make_key(id, NAME, ["*"], ["*"])
    await accounts.invite(id, "host")
    await accounts.reset_link(id)
    await quizzes.journal.note(id, "signed_up", subject=id)
    export = await accounts.export(id)
    assert export.account == made.account
    assert [(it.quiz, it.player) for it in export.joined] == [("GONE", "p-1_x"), ("QUIZ", "p-1_x")]
    assert [it.quiz for it in export.hosted] == ["MINE"]
    assert [it.name for it in export.keys] == [NAME]
    assert len(export.sessions) == 1
    await accounts.delete(id)
    assert sorted(renamed) == [("GONE", "p-1_x", "Former player"), ("QUIZ", "p-1_x", "Former player")]
    kept = everything(client)
    assert EMAIL not in kept
    assert "Ana" not in kept
    keys: Any = client.keys("*")
    left = [it for it in keys if id.encode() in it]
    assert left == [LibraryKeys(id).used.encode()]  # which keeps out what is still on its way
    assert 0 < client.pttl(left[0]) <= CLOSED_MS
    assert id in kept  # in the journal
    assert client.zcard(f"{ACCOUNTS}everybody") == 0
    for token in (made.token, key.token):
        assert isinstance(token, str)
        with pytest.raises(Unauthorized):
            await accounts.who(token)
    with pytest.raises(WrongPassword):
        await accounts.sign_in(EMAIL, PASSWORD)
    for call in (accounts.delete(id), accounts.joined(id, "QUIZ", "p"), accounts.hosted(id, "QUIZ")):
        with pytest.raises(NoSuchAccount):
            await call
    assert [it for it in client.keys("*") if id.encode() in it] == left
    await ana(accounts)


async def test_deletion_takes_the_name_also_from_who_was_removed(quizzes: Quizzes, accounts: Accounts) -> None:
    store, id = quizzes.store, (await ana(accounts)).account.id
    quiz = (await store.create(Quiz(title="T", questions=[Question(text="?", choices=["a", "b"], answer=[0])]))).id
    joined = await store.join(quiz, NAME, user=f"account:{id}")
    await accounts.joined(id, quiz, joined.id)
    await store.remove(quiz, joined.id)
    other = await store.join(quiz, NAME)
    await accounts.delete(id)
    names = {it.id: it.name for it in (await store.people(quiz)).rows}
    assert names[joined.id].startswith("Former player")
    assert names[other.id] == NAME  # somebody else's
    with pytest.raises(NameTaken):
        await store.join(quiz, NAME)


async def test_a_quiz_joined_while_the_account_is_deleted(accounts: Accounts) -> None:
    id = (await ana(accounts)).account.id
    renamed = []

    async def rename(quiz: str, player: str, name: str) -> None:
        renamed.append(quiz)
        if len(renamed) == 1:
            await accounts.joined(id, "LATE", "p")

    accounts.rename = rename
    await accounts.joined(id, "QUIZ", "p")
    await accounts.delete(id)
    assert set(renamed) == {"QUIZ", "LATE"}


async def test_the_delete_script_sent_twice(accounts: Accounts, client: redis.Redis) -> None:
    id = (await ana(accounts)).account.id
    keys = AccountKeys(id)
    for expected in (1, 0):
        reply = await accounts._call("delete", [EMAILS, f"{ACCOUNTS}everybody", keys.joined, keys.account], id, 0)
        assert reply == [expected]


async def test_a_list_drops_its_oldest(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    id = (await ana(accounts)).account.id
    for number in range(5):
        await accounts.hosted(id, f"Q{number}")
        await accounts.joined(id, f"Q{number}", "p")
        await asyncio.sleep(0.002)  # the lists are in order of time
    export = await accounts.export(id)
    assert [it.quiz for it in export.hosted] == ["Q4", "Q3", "Q2"]
    assert [it.quiz for it in export.joined] == ["Q2", "Q3", "Q4"]


# The journal


async def test_the_journal(quizzes: Quizzes, client: redis.Redis) -> None:
    journal = quizzes.journal
    for number in range(5):
        await journal.note("a", "opened", quiz="QUIZ", question=number, why="x" * 900)
    await journal.note("b", "signed_in", subject="b", admin=True)
    first = await journal.read("QUIZ", limit=3)
    assert [row.facts["question"] for row in first.rows] == [4, 3, 2]
    assert first.rows[0].facts["why"] == "x" * 200
    assert first.next
    rest = await journal.read("QUIZ", first.next, limit=3)
    assert ([row.facts["question"] for row in rest.rows], rest.next) == ([1, 0], None)
    [row] = (await journal.read()).rows
    assert (row.actor, row.verb, row.quiz, row.subject, row.facts) == ("b", "signed_in", "", "b", {"admin": True})
    assert abs(row.at - time.time() * 1000) < 5000
    with pytest.raises(Malformed):
        await journal.read("QUIZ", "here")
    log = f"{ACCOUNTS}log"
    for expected in (1, 0):
        reply = await quizzes.writer.call("note", [log, f"{log}:once"], 10, 60_000, "a", "v", "", "", "{}")
        assert reply == [expected]
    assert len((await journal.read()).rows) == 2


async def test_no_such_dead_letter(quizzes: Quizzes) -> None:
    for id in ("results:1-1", "results:x", "1-1", "nothing:1-1", "x"):
        with pytest.raises(NotFound):
            await quizzes.letters.replay(id)


# Mail


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    """A webhook that fails at first, and what it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((body, self.headers.get(SIGNATURE)))
            self.send_response(500 if len(got) == 1 else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", got
        server.shutdown()
        thread.join()


async def test_mail(webhook: tuple[str, list[Any]]) -> None:
    url, got = webhook
    mail = Mail(url, "secret", backoff_s=0.01)
    mail.send("reset", EMAIL, "r_token", 17)
    async with asyncio.timeout(5):
        while len(got) < 2:
            await asyncio.sleep(0.01)
    body, signature = got[1]
    assert json.loads(body) == {"kind": "reset", "to": EMAIL, "token": "r_token", "expires_at": 17}
    assert signature == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    await mail.stop()


def test_a_webhook_that_never_ends_its_reply_holds_up_nobody(nodes: Nodes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        node = nodes.start(sign_up="open", mail_webhook=f"http://127.0.0.1:{server.getsockname()[1]}/")
        node.http("POST", "/v1/accounts", json={"email": EMAIL, "password": PASSWORD, "name": NAME})
        assert node.http("POST", "/v1/password-resets", json={"email": EMAIL}).status_code == 202
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            node.process.terminate()
            deadline = time.monotonic() + 8
            while node.process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    peer.sendall(b"y")
                time.sleep(0.1)
        assert node.process.poll() == 0


async def test_no_webhook_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = Mail()
    mail.send("reset", EMAIL, "r_token", 17)
    await mail.stop()
    with pytest.raises(ValueError):
        Mail("file:///etc/passwd")
    monkeypatch.setattr("leaderboard.state.mail.MAX_WAITING", 1)
    full = Mail("http://127.0.0.1:9/")
    for _ in range(3):
        full.send("reset", EMAIL, "r_token", 17)
    assert full._waiting.qsize() == 1
    await full.stop()
