"""Whatever is sent: no 5xx and no undocumented reply, over HTTP and on the socket."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import schemathesis
from hypothesis import HealthCheck
from msgspec import to_builtins
from schemathesis.checks import CHECKS
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from leaderboard.errors import REFUSALS
from leaderboard.live.messages import CLOSE_CODES, MAX_BYTES, REQUESTS
from leaderboard.quiz.access import Role
from leaderboard.reference import asyncapi, openapi
from tests.nodes import Nodes
from tests.world import World

schema = schemathesis.openapi.from_dict(to_builtins(openapi()))
WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture(scope="module")
def world(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Nodes(module_url, tmp_path_factory.mktemp("fuzz")) as nodes:
        world = World(nodes.start(sign_up="open"))
        yield world
        assert "Traceback" not in world.node.log.read_text()


OTHERWISE = {  # the world is still needed afterwards, and soon; these have tests of their own
    ("DELETE", "/v1/sessions/current"),
    ("DELETE", "/v1/quizzes/{quiz}"),
    ("POST", "/v1/quizzes/{quiz}/rehearsal"),
}


def checks() -> list[Any]:
    return [check for check in CHECKS.get_all() if check.__name__ in WANTED]


@schema.parametrize()
@hypothesis.settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_http(case: Any, world: World) -> None:
    """In every role, on things that are there and on things that are not."""
    dice = zlib.crc32(repr((case.body, case.query, case.path_parameters)).encode())
    known = {"quiz": world.quiz, "player": world.player, "code": world.quiz, "document": world.document, "number": "0"}
    if dice % 4:
        case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
    token = world.token(list(Role)[dice // 4 % len(Role)])
    if (case.method, case.path) in OTHERWISE:
        token = ""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = case.call(base_url=world.node.base, headers=headers)
    if response.content:  # what is no HTTP at all is refused without a word
        case.validate_response(response, checks=checks())
    else:
        assert response.status_code in (202, 204, 400, 431)


WHATEVER = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40)),
    st.lists(st.integers(-2, 9), max_size=10),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "id": st.text(min_size=1, max_size=64),
    "token": st.text(max_size=200),
    "name": st.text(max_size=40),
    "reason": st.text(min_size=1, max_size=200),
    "choice": st.lists(st.one_of(st.integers(-1, 5), st.text(max_size=5), st.floats(0, 1e9)), max_size=8),
    "answer": st.lists(st.integers(0, 4), max_size=8),
    "question": st.integers(-1, 4),
    "after": st.integers(-1, 4),
    "percent": st.integers(99, 401),
    "seconds": st.integers(0, 10),
    "points": st.integers(-(2**31), 2**31),
    "locked": st.booleans(),
    "on": st.booleans(),
    "ban": st.booleans(),
    "void": st.booleans(),
    "hidden": st.integers(0, 5),
}
CODES = {code.code for code in CLOSE_CODES} | {1007, 1009}


@st.composite
def frames(draw: st.DrawFn, kind: type) -> str:
    """Something like a request of this kind."""
    message: dict[str, Any] = {"type": kind.__name__.lower()}
    for name in kind.__struct_fields__:  # type: ignore[attr-defined]
        if draw(st.integers(0, 5)):
            message[name] = draw(LIKELY.get(name, WHATEVER) if draw(st.integers(0, 4)) else WHATEVER)
    if not draw(st.integers(0, 9)):
        message[draw(st.text(max_size=5))] = draw(WHATEVER)
    return json.dumps(message)


@pytest.mark.parametrize("role", [Role.HOST, Role.PLAYER, Role.ANYONE])
@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
def test_socket(kind: type, role: Role, world: World) -> None:
    """Each frame has its reply, with a documented code, or closes the socket with one."""

    @hypothesis.settings(max_examples=8, deadline=None, derandomize=True)
    @hypothesis.given(st.lists(frames(kind), min_size=1, max_size=5))
    def play(texts: list[str]) -> None:
        with connect(f"ws{world.node.base[4:]}/v1/quizzes/{world.quiz}/live", compression=None, proxy=None) as socket:
            token = {"token": world.token(role)} if world.token(role) else {}
            socket.send(json.dumps({"type": "hello"} | token))
            for text in texts:
                socket.send(text)
                if len(text.encode()) > MAX_BYTES:
                    break
            socket.send('{"type":"ping"}')
            try:
                while (message := json.loads(socket.recv(5)))["type"] != "pong":
                    known(message)
            except ConnectionClosed as closed:
                assert closed.rcvd is not None
                assert closed.rcvd.code in CODES

    play()


def known(message: dict[str, Any]) -> None:
    assert message["type"] in {name.removeprefix("tell_") for name in asyncapi()["operations"]}
    if message["type"] == "refused":
        assert message["code"] in REFUSALS
        assert message["code"] not in ("INTERNAL_ERROR", "BUSY")
