"""The interface describes itself: the documents are valid, and what the server does is what they say."""

import asyncio
import itertools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate
from starlette.routing import Match

from leaderboard.api import OPERATIONS
from leaderboard.api.routes import ByShape
from leaderboard.errors import REFUSALS
from leaderboard.live.messages import MESSAGES
from leaderboard.quiz.formats import documents
from leaderboard.quiz.importing import read
from leaderboard.reference import asyncapi, openapi, quiz_schema
from tests.nodes import ADMIN, QUESTIONS, Node, Nodes, send

pytestmark = pytest.mark.anyio

VENDOR = Path(__file__).parent / "vendor"


@pytest.fixture
def node(nodes: Nodes) -> Node:
    return nodes.start(sign_up="open")


def test_the_openapi_document_is_valid() -> None:
    validate(openapi())


def test_the_schema_of_a_quiz_is_valid_and_fits_what_is_written(node: Node) -> None:
    schema: Any = json.loads(msgspec.json.encode(quiz_schema()))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    assert node.http("GET", "/schemas/quiz.json").json() == schema
    quiz = read(Path("leaderboard/samples/quiz.toml").read_bytes()).quiz
    document = json.loads(documents.to_json(quiz)) | {"$schema": "/schemas/quiz.json"}
    validator(schema).validate(document)
    named = read(json.dumps(document).encode(), strict=True).quiz
    assert msgspec.structs.replace(named, schema=msgspec.UNSET) == quiz
    assert json.loads(documents.to_json(named)) == document
    assert node.http("POST", "/v1/library", ADMIN, json=document).status_code == 201
    assert node.http("POST", "/v1/quizzes", ADMIN, json=document).status_code == 201
    for wrong in ({"questions": [{"text": 1}]}, {"title": ""}, {"tittle": "x"}, {"language": "?"}):
        with pytest.raises(jsonschema.ValidationError):
            validator(schema).validate(document | wrong)


def test_the_asyncapi_document_is_valid() -> None:
    schema = json.loads((VENDOR / "asyncapi-3.0.0.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(asyncapi())


@pytest.mark.parametrize("make", [openapi, asyncapi])
def test_every_reference_leads_somewhere(make: Any) -> None:
    document = make()
    for target in set(re.findall(r'"\$ref":"(#/[^"]+)"', msgspec.json.encode(document).decode())):
        found = document
        for step in target.removeprefix("#/").split("/"):
            found = found[step]
    assert not [name for name in document["components"]["schemas"] if "." in name], "two types of one name"


def test_the_documents_as_they_are_served(node: Node) -> None:
    assert node.http("GET", "/openapi.json").json() == json.loads(msgspec.json.encode(openapi()))
    assert node.http("GET", "/asyncapi.json").json() == json.loads(msgspec.json.encode(asyncapi()))
    page = node.http("GET", "/docs")
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith("/web/")
        assert node.http("GET", address).status_code == 200
    assert "http" not in node.http("GET", "/web/docs.js").text


def test_what_is_left_is_told(nodes: Nodes) -> None:
    node = nodes.start(limits="address=5/60")
    replies = [node.http("GET", "/v1/codes/NOSUCHQZ") for _ in range(3)]
    assert [reply.headers["ratelimit"].split(";")[1] for reply in replies] == ["r=4", "r=3", "r=2"]
    assert replies[0].headers["ratelimit-policy"] == '"address";q=5;w=60'


def test_every_refusal_has_a_page(node: Node) -> None:
    for code, refusal in REFUSALS.items():
        reply = node.http("GET", f"/problems/{code}")
        assert reply.status_code == 200
        assert refusal.sentence() in reply.text
    assert node.http("GET", "/problems").text.count("\n") == len(REFUSALS)
    assert node.http("GET", "/problems/NOTHING").json()["code"] == "NOT_FOUND"
    refused = node.http("GET", "/v1/quizzes/NOSUCHQZ").json()
    assert refused["type"] == "/problems/NO_SUCH_QUIZ"


def checker(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(asyncapi() | {"$ref": f"#/components/schemas/{name}"})


async def test_what_is_said_on_the_socket_is_what_the_document_says(node: Node) -> None:
    """A quiz from the first hello to the end: each message against its schema."""
    quiz, host_token = node.create(settings={"reanswer": "until_close", "streak_bonus": 10})
    _, token = node.join(quiz, "Ana")
    seen: dict[str, int] = {}
    async with node.live(quiz) as host, node.live(quiz) as player:
        for socket, who in ((host, host_token), (player, token)):
            await send(socket, type="hello", token=who)
        await send(player, type="ping")
        requests: list[tuple[str, dict[str, Any], Any]] = [
            ("next", {}, host),
            ("answer", {"question": 0, "choice": [1]}, player),
            ("answer", {"question": 7, "choice": [1]}, player),
            ("close", {"question": 0}, host),
            ("correct", {"question": 0, "answer": [2], "reason": "wrong"}, host),
            ("finish", {}, host),
        ]
        for number, (verb, members, socket) in enumerate(requests):
            await send(socket, type=verb, id=str(number), **members)
            while True:
                message = json.loads(await socket.recv())
                check(message, seen)
                if message.get("id") == str(number):
                    break
        await send(player, type="ping")
        while (message := json.loads(await player.recv()))["type"] != "pong" or seen.get("pong", 0) < 1:
            check(message, seen)
    assert seen.keys() == {kind.__name__.lower() for kind in MESSAGES}


def check(message: dict[str, Any], seen: dict[str, int]) -> None:
    checker(message["type"].capitalize()).validate(message)
    seen[message["type"]] = seen.get(message["type"], 0) + 1


async def test_a_trace_goes_through(node: Node) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for value in (f"00-{trace}-00f067aa0ba902b7-01", f"01-{trace}-00f067aa0ba902b7-01-more"):
        node.http("GET", "/v1/quizzes/NOSUCHQZ", headers={"traceparent": value})
    for value in (
        "",
        "00-0-0-0",
        f"ff-{trace}-00f067aa0ba902b7-01",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "x" * 500,
    ):
        node.http("GET", "/v1/quizzes/NOSUCHQA", headers={"traceparent": value})
    async with asyncio.timeout(5):
        while node.log.read_text().count('quizzes/NOSUCHQA"') < 5:  # a line is written after its reply
            await asyncio.sleep(0.01)
    lines = [json.loads(line) for line in node.log.read_text().splitlines() if line.startswith("{")]
    told = [line["trace"] for line in lines if line.get("path") == "/v1/quizzes/NOSUCHQZ"]
    assert told == [trace, trace]
    own = [line["trace"] for line in lines if line.get("path") == "/v1/quizzes/NOSUCHQA"]
    assert len(set(own)) == 5
    assert all(re.fullmatch(r"[0-9a-f]{32}", it) and it != trace for it in own)


CREATES: dict[str, dict[str, Any]] = {
    "/v1/quizzes": {"title": "T", "questions": QUESTIONS},
    "/v1/admin/accounts": {"email": "a@example.org", "name": "Ana", "password": "correct horse"},
    "/v1/invitations": {"role": "host"},
}


@pytest.mark.parametrize("path", CREATES)
def test_sent_twice_it_is_made_once(nodes: Nodes, path: str) -> None:
    first, second = nodes.start(), nodes.start()
    key = {"idempotency-key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
    replies = [n.http("POST", path, ADMIN, json=CREATES[path], headers=key) for n in (first, second, first)]
    assert [reply.status_code for reply in replies] == [201] * 3, replies[0].text
    assert replies[0].json() == replies[1].json() == replies[2].json()
    changed = CREATES[path] | (
        {"days": 1} if "role" in CREATES[path] else {"name": "B"} if "name" in CREATES[path] else {"title": "B"}
    )
    assert first.http("POST", path, ADMIN, json=changed, headers=key).json()["code"] == "ID_REUSED"
    others = key | {"idempotency-key": "00000000-7dec-11d0-a765-00a0c91e6bf6"}
    if path != "/v1/admin/accounts":
        assert first.http("POST", path, ADMIN, json=CREATES[path], headers=others).json() != replies[0].json()


def test_joining_twice_with_a_key_makes_one_player(nodes: Nodes) -> None:
    first, second = nodes.start(), nodes.start()
    quiz, _ = first.create()
    key = {"idempotency-key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
    path = f"/v1/quizzes/{quiz}/players"
    replies = [n.http("POST", path, json={"name": "Ana"}, headers=key) for n in (first, second)]
    assert replies[0].status_code == 201
    assert replies[0].json() == replies[1].json()
    assert first.http("POST", path, json={"name": "Ben"}, headers=key).json()["code"] == "ID_REUSED"
    assert first.http("GET", f"/v1/quizzes/{quiz}/board").json()["players"] == 1


def test_signing_in_twice_with_a_key_is_one_session(nodes: Nodes) -> None:
    first, second = nodes.start(), nodes.start()
    person = {"email": "a@example.org", "password": "correct horse"}
    first.http("POST", "/v1/admin/accounts", ADMIN, json=person | {"name": "Ana"})
    key = {"idempotency-key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
    made = [n.http("POST", "/v1/sessions", json=person, headers=key).json() for n in (first, second)]
    assert made[0]["token"] == made[1]["token"]
    assert len(first.http("GET", "/v1/sessions", made[0]["token"]).json()) == 1


@pytest.mark.parametrize("key", ["short", "x" * 129, "", "sixteen-tab\there"])
def test_keys_that_others_could_guess(node: Node, key: str) -> None:
    reply = node.http("POST", "/v1/quizzes", ADMIN, json=CREATES["/v1/quizzes"], headers={"idempotency-key": key})
    assert reply.json()["code"] == "MALFORMED"


def test_the_table_of_routes_finds_what_trying_all_of_them_finds() -> None:
    routes = [operation.route for operation in OPERATIONS.values()]
    table = ByShape(routes)
    paths = {re.sub(r"{\w+}", "current", route.path) for route in routes} | {"/v1/nothing", "/v1/quizzes/", "/", ""}
    for path, method in itertools.product(paths, ("GET", "POST", "PUT", "PATCH", "DELETE")):
        scope = {"type": "http", "path": path, "method": method, "root_path": ""}
        tried = [route.matches(scope) for route in routes]
        wanted = max(tried, key=lambda found: found[0].value)  # the first of the best
        match, found = table.matches(scope)
        assert match is wanted[0], (method, path)
        if match is Match.FULL:  # of several that do not take the method any can say so
            assert found["endpoint"] == wanted[1]["endpoint"], (method, path)


def test_passwords_are_tried_a_few_times(nodes: Nodes) -> None:
    """By e-mail address when signing in, by account when confirming; the spelling of the address makes no difference."""
    node = nodes.start(limits="sign_ins=3/300")
    person = {"email": "ana@example.org", "password": "correct horse"}
    node.http("POST", "/v1/admin/accounts", ADMIN, json=person | {"name": "Ana"})
    session = node.http("POST", "/v1/sessions", json=person).json()["token"]
    wrong = {"old": "wrong password", "new": "another horse"}
    tries = [node.http("PUT", "/v1/account/password", session, json=wrong).json()["code"] for _ in range(4)]
    assert tries == ["WRONG_PASSWORD"] * 3 + ["RATE_LIMITED"]
    emails = ["Ana@example.org", "ａna@example.org", "ANA@EXAMPLE.ORG"]
    codes = [node.http("POST", "/v1/sessions", json=person | {"email": email}).status_code for email in emails]
    assert codes == [201, 201, 429]


def test_a_link_is_made_only_where_it_can_be_sent(nodes: Nodes) -> None:
    """Else whoever knows an address could make an administrator's link useless."""
    node = nodes.start()
    person = {"email": "ana@example.org", "password": "correct horse"}
    account = node.http("POST", "/v1/admin/accounts", ADMIN, json=person | {"name": "Ana"}).json()["id"]
    link = node.http("POST", f"/v1/admin/accounts/{account}/password-reset", ADMIN).json()["token"]
    unknown = node.http("POST", "/v1/admin/accounts/nobody@example.org/password-reset", ADMIN).json()
    assert unknown["code"] == "NO_SUCH_ACCOUNT"
    assert node.http("POST", "/v1/password-resets", json={"email": person["email"]}).status_code == 202
    new = {"token": link, "password": "another horse"}
    assert node.http("POST", "/v1/password-resets/use", json=new).status_code == 204
    assert node.http("POST", "/v1/password-resets/use", json=new).json()["code"] == "BAD_RESET"
    assert node.http("PATCH", f"/v1/admin/accounts/{account}", ADMIN, json={"name": "Anne"}).status_code == 200
    noted = [entry["verb"] for entry in node.http("GET", "/v1/admin/audit", ADMIN).json()["rows"]]
    assert noted == ["change_account", "reset_password", "reset_link", "make_account"]


def test_signing_out_everywhere_else(nodes: Nodes) -> None:
    node = nodes.start()
    person = {"email": "ana@example.org", "password": "correct horse"}
    node.http("POST", "/v1/admin/accounts", ADMIN, json=person | {"name": "Ana"})
    first, second = (node.http("POST", "/v1/sessions", json=person).json()["token"] for _ in range(2))
    assert node.http("DELETE", "/v1/sessions", first).status_code == 204
    assert node.http("GET", "/v1/account", second).status_code == 401
    assert len(node.http("GET", "/v1/sessions", first).json()) == 1
