"""Who may do what: each verb in each role, over HTTP and on the socket, against the table."""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from leaderboard.api import OPERATIONS
from leaderboard.live.messages import REQUESTS
from leaderboard.quiz.access import ACCESS, Role, may
from leaderboard.quiz.verbs import HOST_VERBS
from leaderboard.state.limits import AT_ONCE
from tests.nodes import ADMIN, QUESTIONS, Nodes, hello, send
from tests.world import World

pytestmark = pytest.mark.anyio

REFUSED = {"UNAUTHORIZED", "FORBIDDEN"}
# What a token is besides: an account that is an admin's is also an organizer's, and so on.
BESIDES = {Role.ORGANIZER: Role.ACCOUNT}


@pytest.fixture(scope="module")
def world(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Nodes(module_url, tmp_path_factory.mktemp("world")) as nodes:
        yield World(nodes.start(sign_up="open"))


CELLS = [(verb, role) for verb in OPERATIONS for role in Role]


@pytest.mark.parametrize(("verb", "role"), CELLS, ids=lambda it: str(it))
def test_each_cell_over_http(world: World, verb: str, role: Role) -> None:
    token = world.session("member@example.org") if (verb, role) == ("sign_out", Role.ACCOUNT) else world.token(role)
    if (verb, role) == ("sign_out", Role.ORGANIZER):
        token = world.session("organizer@example.org")
    allowed = may(verb, frozenset({Role.ANYONE, role, BESIDES.get(role, role)}))
    code = world.code(verb, token)
    if role in (Role.PLAYER, Role.HOST) and "{quiz}" not in OPERATIONS[verb].path:
        assert code == "UNAUTHORIZED"  # such a token is good for its quiz only
    elif allowed:
        assert code not in REFUSED
    else:
        assert code == ("FORBIDDEN" if token else "UNAUTHORIZED")


@pytest.mark.parametrize("verb", OPERATIONS)
def test_more_than_one_role(world: World, verb: str) -> None:
    """Who owns the quiz is its host; an admin's account may what the admin's token may."""
    if verb == "sign_out":
        return
    owner = frozenset({Role.ANYONE, Role.ACCOUNT, Role.ORGANIZER, Role.HOST})
    assert (world.code(verb, world.owner) not in REFUSED) == may(verb, owner)
    admin = frozenset({Role.ANYONE, Role.ACCOUNT, Role.ORGANIZER, Role.ADMIN})
    assert (world.code(verb, world.admin_account) not in REFUSED) == may(verb, admin)


@pytest.mark.parametrize("verb", OPERATIONS)
def test_tokens_that_are_none(world: World, verb: str) -> None:
    """Also where nobody needs one: who shows a token that is not good must learn it."""
    other = world.make("/v1/quizzes", ADMIN, title="Other", questions=QUESTIONS)
    _, others_player = world.node.join(other["id"], "Ben")
    tokens = ["nobody", "x" * 1000, world.key_token[:-1], world.owner[:-1] + "x", "s_" + "a" * 54]
    if "{quiz}" in OPERATIONS[verb].path:
        tokens += [other["host_token"], others_player]
    else:
        tokens += [world.host_token]
    for token in tokens:
        assert world.code(verb, token) == "UNAUTHORIZED", token


def test_a_token_of_a_megabyte(world: World) -> None:
    reply = world.node.http("GET", f"/v1/quizzes/{world.quiz}", "x" * (1 << 20))
    assert reply.status_code == 431


def test_a_key_reaches_what_it_names(world: World) -> None:
    other = world.make("/v1/quizzes", world.owner, title="Other", questions=QUESTIONS)["id"]
    foreign = world.make("/v1/quizzes", ADMIN, title="Foreign", questions=QUESTIONS)["id"]
    made = world.make("/v1/keys", world.owner, name="few", verbs=["results", "join"], quizzes=[world.quiz.lower()])
    token = made["token"]

    def status(method: str, quiz: str, path: str) -> int:
        return world.node.http(method, f"/v1/quizzes/{quiz}{path}", token).status_code

    assert status("GET", world.quiz, "/results") == 200
    assert status("GET", world.quiz, "/audit") == 403
    assert status("POST", world.quiz, "/finish") == 403
    assert status("GET", other, "/results") == 403
    assert status("GET", foreign, "/results") == 403
    wide = world.make("/v1/keys", world.owner, name="wide", verbs=["*"], quizzes=["*"])["token"]
    assert world.node.http("GET", f"/v1/quizzes/{foreign}/results", wide).status_code == 403
    assert world.node.http("GET", f"/v1/quizzes/{other}/results", wide).status_code == 200
    [known] = [key for key in world.node.http("GET", "/v1/keys", world.owner).json() if key["id"] == made["id"]]
    assert known["used_at"] >= known["created_at"] > 0
    assert "token" not in known
    assert world.node.http("DELETE", f"/v1/keys/{made['id']}", world.owner).status_code == 204
    assert status("GET", world.quiz, "/results") == 401


def test_a_key_for_one_quiz_does_not_reach_the_library_unless_it_says_so(world: World) -> None:
    def statuses(**scope: list[str]) -> list[int]:
        token = world.make("/v1/keys", world.owner, name="key", **scope)["token"]
        paths = "/v1/library", f"/v1/library/{world.document}/export", "/v1/media", f"/v1/quizzes/{world.quiz}/results"
        return [world.node.http("GET", path, token).status_code for path in paths]

    assert statuses(verbs=["*"], quizzes=[world.quiz]) == [403, 403, 403, 200]
    assert statuses(verbs=["library", "media"], quizzes=[world.quiz]) == [200, 403, 200, 403]
    assert statuses(verbs=["*"], quizzes=["*"]) == [200] * 4


async def test_each_cell_on_the_socket(world: World) -> None:
    for token in (world.member, world.organizer, world.owner, world.key_token, ADMIN):
        async with world.node.live(world.quiz) as socket:
            await send(socket, type="hello", token=token)
            await socket.wait_closed()
            assert socket.close_code == 4401
    tokens = {Role.ANYONE: "", Role.PLAYER: world.player_token, Role.HOST: world.host_token}
    for role, token in tokens.items():
        async with world.node.live(world.quiz) as socket:
            await hello(socket, token)
            for kind in REQUESTS:
                verb = kind.__name__.lower()
                if verb in ("hello", "ping") or (verb == "remove" and role == Role.HOST):
                    continue
                await send(socket, **sample(verb))
                while (message := json.loads(await socket.recv()))["type"] not in ("ack", "refused") or message[
                    "id"
                ] != verb:
                    pass
                refused = message.get("code") == "FORBIDDEN"
                assert refused == (not may(verb, frozenset({Role.ANYONE, role}))), (role, verb, message)


def sample(verb: str) -> dict[str, Any]:
    """A request of this kind, as it could be."""
    members: dict[str, Any] = {
        "question": 99,
        "player": "nobody",
        "name": "Zoë",
        "seconds": 1,
        "percent": 100,
        "points": 1,
        "reason": "test",
        "correction": 99,
        "answer": [0],
        "choice": [0],
        "after": 50,
        "difficulty": "easy",
    }
    kinds = {kind.__name__.lower(): kind for kind in REQUESTS}
    wanted = {field for field in kinds[verb].__struct_fields__ if field in members}
    return {"type": verb, "id": verb} | {name: members[name] for name in wanted}


def test_the_table_is_whole() -> None:
    socket = {kind.__name__.lower() for kind in REQUESTS}
    assert set(ACCESS) == set(OPERATIONS) | socket
    assert set(HOST_VERBS) <= set(OPERATIONS)
    assert not may("what-nobody-has-heard-of", frozenset(Role))
    assert all(re.fullmatch(r"/v1/[a-z{}/_.-]+", op.path) for op in OPERATIONS.values())


def test_who_is_signed_in_joins_by_pin_and_has_one_player(world: World) -> None:
    made = world.make("/v1/quizzes", ADMIN, title="By PIN", questions=QUESTIONS)
    world.node.host(made["id"], made["host_token"], "pin")
    pin = world.node.http("GET", f"/v1/quizzes/{made['id']}").json()["state"]["pin"]
    assert re.fullmatch(r"\d{6}", pin)
    assert world.node.http("GET", f"/v1/codes/{pin}").json() == {"quiz": made["id"]}
    assert world.node.http("GET", "/v1/codes/NOSUCHQZ").json()["code"] == "NO_SUCH_QUIZ"
    first = world.make(f"/v1/quizzes/{pin}/players", world.member, name="Mia")
    again = world.make(f"/v1/quizzes/{made['id']}/players", world.member, name="Mia")
    assert (first["id"], first["quiz"]) == (again["id"], made["id"])
    assert not first["rejoined"]
    assert again["rejoined"]
    assert world.node.http("GET", "/v1/account/export", world.member).json()["joined"][0]["quiz"] == made["id"]
    world.node.host(made["id"], made["host_token"], "finish")
    unknown = [world.node.http("GET", f"/v1/codes/{code}").json() for code in (pin, made["id"], "000000", "NOSUCHQZ")]
    assert all(reply == unknown[0] for reply in unknown)
    tries = [
        world.node.http("POST", f"/v1/quizzes/{code}/players", json={"name": "Zed"})
        for code in (made["id"], "NOSUCHQZ")
    ]
    assert {reply.text for reply in tries} == {tries[0].text}
    owned = world.make("/v1/quizzes", world.owner, title="Owned", questions=QUESTIONS)["id"]
    service = world.make(f"/v1/quizzes/{owned}/players", world.key_token, name="Ute", external_id="u1")
    crowd = world.make("/v1/quizzes", world.owner, title="Many", questions=QUESTIONS, settings={"crowd": 2})["id"]
    for i in range(4):  # all from the address of one program, and no crowd
        world.make(f"/v1/quizzes/{crowd}/players", world.key_token, name=f"Pupil {i}", external_id=str(i))
    assert world.node.http("GET", f"/v1/quizzes/{crowd}/board").json()["players"] == 4
    assert (
        world.make(f"/v1/quizzes/{owned}/players", world.key_token, name="U", external_id="u1")["id"] == service["id"]
    )


def test_a_key_of_somebody_who_is_a_host_no_more(world: World) -> None:
    token = world.account("former@example.org", "host")
    key = world.make("/v1/keys", token, name="key", verbs=["*"], quizzes=["*"])["token"]
    world.make("/v1/quizzes", key, title="Test", questions=QUESTIONS)
    account = world.node.http("GET", "/v1/account", token).json()["id"]
    assert world.node.http("PATCH", f"/v1/admin/accounts/{account}", ADMIN, json={"role": "player"}).status_code == 200
    assert world.code("create", key) == "FORBIDDEN"
    assert world.code("create", token) == "FORBIDDEN"


def test_an_account_is_changed_as_a_whole_or_not_at_all(world: World) -> None:
    session = world.account("half@example.org", "player")
    account = world.node.http("GET", "/v1/account", session).json()
    path = f"/v1/admin/accounts/{account['id']}"
    for name in (" ", ""):
        refused = world.node.http("PATCH", path, ADMIN, json={"role": "admin", "name": name})
        assert (refused.status_code, refused.json()["code"]) == (422, "BAD_NAME")
    assert world.node.http("PATCH", "/v1/account", session, json={"name": ""}).json()["code"] == "BAD_NAME"
    assert world.node.http("GET", "/v1/account", session).json() == account


async def test_many_guesses_at_once_are_no_more_than_one_after_the_other(nodes: Nodes) -> None:
    node = nodes.start(limits="failures=5/600 pins=1000/60")
    host, port = node.base.removeprefix("http://").split(":")
    pipes = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for number, (_, out) in enumerate(pipes):
        out.write(b"GET /v1/codes/%06d HTTP/1.1\r\nHost: test\r\n\r\n" % number)
    lines = [await read.readline() for read, _ in pipes]
    for _, out in pipes:
        out.close()
    assert set(lines) == {b"HTTP/1.1 404 Not Found\r\n", b"HTTP/1.1 429 Too Many Requests\r\n"}
    assert lines.count(b"HTTP/1.1 404 Not Found\r\n") <= 5 + AT_ONCE


def test_a_whole_class_joins_by_pin_at_once(nodes: Nodes) -> None:
    node = nodes.start(limits="failures=5/600")
    quiz, token = node.create(settings={"crowd": 0})
    node.host(quiz, token, "pin")
    pin = node.http("GET", f"/v1/quizzes/{quiz}").json()["state"]["pin"]
    with ThreadPoolExecutor(50) as pupils:
        done = [
            *pupils.map(lambda n: node.http("POST", f"/v1/quizzes/{pin}/players", json={"name": f"P{n}"}), range(200))
        ]
    assert {reply.status_code for reply in done} == {201}
