"""The interface, described by itself: OpenAPI 3.1 and AsyncAPI 3, made of the types and tables that serve it."""

import inspect
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from types import UnionType
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard import __version__, config, counts
from leaderboard.api import OPERATIONS
from leaderboard.api.operations import File, Operation
from leaderboard.commands import COMMANDS
from leaderboard.errors import (
    REFUSALS,
    Busy,
    Forbidden,
    ForeignOrigin,
    IfMatchNeeded,
    Malformed,
    NotFound,
    Outdated,
    Problem,
    RateLimited,
    Refusal,
    TooLarge,
    Unauthorized,
)
from leaderboard.live.messages import CLOSE_CODES, MAX_BYTES, MESSAGES, REQUESTS
from leaderboard.quiz.access import ACCESS, Role
from leaderboard.quiz.content import Quiz
from leaderboard.quiz.scores import CloudEvent, Event
from leaderboard.state.policies import SHARES, read_policies
from leaderboard.state.published import Board, BoardRow, State
from leaderboard.state.records import Card

REF = "#/components/schemas/{name}"
TITLE = "Leaderboard"
ABOUT = (
    "Live quizzes with a leaderboard that moves at once. "
    "Times are integers in milliseconds since 1970, by the clock of the server."
)
PARAMETERS = {
    "quiz": "ID of a quiz, in any case; to join also its PIN",
    "player": "ID of a player",
    "code": "ID or PIN of a quiz",
    "account": "ID of an account",
    "session": "ID of a session",
    "key": "ID of an API key",
    "team": "ID of a registered team",
    "letter": "ID of a dead letter",
    "season": "ID of a season",
    "document": "ID of a quiz in a library",
    "number": "Number of a question, counted from 0",
    "owner": "Whose library it is in",
    "media": "ID of a picture or sound",
    "node": "ID of a node, or what it is called",
}

RATE_HEADERS = {
    "RateLimit": "What is left of the limit that was drawn on, and after how many seconds there is one more",
    "RateLimit-Policy": "The limit that was drawn on: requests and seconds",
}

REPEATED = "Sent again with the same key, the same request makes nothing new and has the same reply."
VERSION = 'Which version is changed, as its ETag has it: "3"; * for any. It must be there.'

Json = dict[str, Any]


@cache
def openapi() -> Json:
    """The OpenAPI document."""
    types = [
        *(t for op in OPERATIONS.values() for t in (op.takes, op.query, *replies(op)) if t not in (None, bytes)),
        Problem,
        State,
        Board,
        BoardRow,
        Event,
        CloudEvent,
    ]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    known = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    tidy(components)
    paths: dict[str, Json] = {}
    for op in OPERATIONS.values():
        paths.setdefault(op.path, {})[op.method.lower()] = described(op, known, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


def tidy(components: dict[str, Json]) -> None:
    """Docstrings without the indentation that they have in the source."""
    for schema in components.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])


def replies(op: Operation) -> list[Any]:
    """The types of what an operation gives as JSON."""
    kinds = get_args(op.gives) if isinstance(op.gives, UnionType) else (op.gives,)
    return [kind for kind in kinds if kind not in (File, Response, type(None))]


def described(op: Operation, known: dict[int, Json], components: dict[str, Json]) -> Json:
    """One operation."""
    anyone = Role.ANYONE in ACCESS[op.verb]
    out: Json = {
        "operationId": op.verb,
        "summary": op.summary,
        "tags": [op.path.split("/")[2]],
        "security": [{"bearer": []}, *([{}] if anyone else [])],
        "x-roles": [str(role) for role in Role if role in ACCESS[op.verb]],
        "parameters": [*path_parameters(op), *query_parameters(op, known, components), *header_parameters(op)],
        "responses": {str(status): success(op, known) for status in (op.status, *op.further)} | problems(refusals(op)),
    }
    if op.description:
        out["description"] = op.description
    if op.has_body:
        out["requestBody"] = request_body(op, known, components)
    return out


def request_body(op: Operation, known: dict[int, Json], components: dict[str, Json]) -> Json:
    content = {kind: {"schema": other} for kind, other in op.bodies.items()}
    if op.takes is bytes:
        return {"content": content, "required": True}
    schema = body(known[id(op.takes)], components)
    required = bool(resolved(schema, components).get("required"))
    return {"content": {"application/json": {"schema": schema}} | content, "required": required}


def resolved(schema: Json, components: dict[str, Json]) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    return components[name] if name else schema


def body(schema: Json, components: dict[str, Json]) -> Json:
    """What is sent: of a verb without its `type`, which the path names already."""
    whole = resolved(schema, components)
    if "type" not in whole.get("required", ()):
        return schema
    return whole | {"required": [name for name in whole["required"] if name != "type"]}


def path_parameters(op: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "description": PARAMETERS[name], "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", op.path)
    ]


def query_parameters(op: Operation, known: dict[int, Json], components: dict[str, Json]) -> list[Json]:
    if op.query is None:
        return []
    properties = resolved(known[id(op.query)], components)["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def header_parameters(op: Operation) -> list[Json]:
    return [
        {"name": name, "in": "header", "description": text, "schema": schema}
        for name, text, schema, wanted in (
            ("Idempotency-Key", REPEATED, {"type": "string", "minLength": 16, "maxLength": 128}, op.creates),
            ("If-Match", VERSION, {"type": "string", "maxLength": 200}, op.edits),
        )
        if wanted
    ]


def success(op: Operation, known: dict[int, Json]) -> Json:
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in RATE_HEADERS.items()}
    content: Json = {name: {"schema": {"type": "string", "format": "binary"}} for name in op.files}
    if schemas := [known[id(kind)] for kind in replies(op)]:
        content["application/json"] = {"schema": {"anyOf": schemas} if len(schemas) > 1 else schemas[0]}
    return {"description": HTTPStatus(op.status).phrase, "headers": headers} | ({"content": content} if content else {})


def refusals(op: Operation) -> set[type[Refusal]]:
    """All that it may refuse: its own, and what comes before it."""
    out = {*op.refuses, Unauthorized, RateLimited, Busy}
    if Role.ANYONE not in ACCESS[op.verb] or any(refusal is Forbidden for refusal in op.refuses):
        out.add(Forbidden)
    if op.takes is not None or op.creates:
        out.add(Malformed)
    if op.edits:
        out |= {IfMatchNeeded, Outdated}
    if op.has_body:
        out.add(TooLarge)
    if op.method != "GET":
        out.add(ForeignOrigin)
    if "{" in op.path:
        out.add(NotFound)
    return out


def problems(refused: Iterable[type[Refusal]]) -> Json:
    """The refusals by status."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in sorted(refused, key=lambda it: it.code):
        by_status.setdefault(refusal.status, []).append(refusal)
    return {str(status): problem_response(them) for status, them in sorted(by_status.items())}


def problem_response(refused: list[type[Refusal]]) -> Json:
    codes = {"properties": {"code": {"enum": [refusal.code for refusal in refused]}}}
    schema = {"allOf": [{"$ref": REF.format(name="Problem")}, codes]}
    text = " ".join(f"`{refusal.code}`: {refusal.sentence()}" for refusal in refused)
    response: Json = {"description": text, "content": {"application/problem+json": {"schema": schema}}}
    headers = sorted({name for refusal in refused for name in refusal().headers()} - {"connection"})
    if headers:
        response["headers"] = {name.title(): {"schema": {"type": "string"}} for name in headers}
    return response


@cache
def asyncapi() -> Json:
    """The AsyncAPI document: the live socket."""
    _, components = msgspec.json.schema_components([*REQUESTS, *MESSAGES, Card], ref_template=REF)
    tidy(components)
    address = "/v1/quizzes/{quiz}/live"
    channel = {"$ref": "#/channels/live"}
    messages = {kind.__name__: message(kind) for kind in (*REQUESTS, *MESSAGES)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": TITLE, "version": __version__, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": address,
                "description": f"Text frames, a JSON object each, Hello first; at most {MAX_BYTES} bytes from clients.",
                "parameters": {"quiz": {"description": PARAMETERS["quiz"]}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": [msgspec.to_builtins(code) for code in CLOSE_CODES],
            }
        },
        "operations": {kind.__name__.lower(): taken(kind, channel) for kind in REQUESTS}
        | {f"tell_{kind.__name__.lower()}": told(kind, channel) for kind in MESSAGES},
        "components": {"messages": messages, "schemas": components},
    }


@cache
def quiz_schema() -> Json:
    """The JSON Schema of a quiz document, for editors and for programs that write one."""
    schema = msgspec.json.schema(Quiz)
    tidy(schema["$defs"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Quiz"} | schema


def message(kind: type) -> Json:
    about = (kind.__doc__ or "").strip()
    name = kind.__name__
    return {"name": name, "title": name, "payload": {"$ref": REF.format(name=name)}} | (
        {"summary": about} if about else {}
    )


def taken(kind: type, channel: Json) -> Json:
    """What the server takes, and what it replies."""
    name, verb = kind.__name__, kind.__name__.lower()
    ours = {"hello": ["Welcome"], "ping": ["Pong"]}.get(verb, ["Ack", "Refused"])
    return {
        "action": "receive",
        "channel": channel,
        "messages": [{"$ref": f"#/channels/live/messages/{name}"}],
        "reply": {"channel": channel, "messages": [{"$ref": f"#/channels/live/messages/{it}"} for it in ours]},
        "x-roles": [str(role) for role in Role if role in ACCESS[verb]],
    }


def told(kind: type, channel: Json) -> Json:
    return {"action": "send", "channel": channel, "messages": [{"$ref": f"#/channels/live/messages/{kind.__name__}"}]}


# The tables of the documents, by name; `scripts/docs` writes them there.


def access_table() -> list[str]:
    """Who may do what."""
    lines = ["| verb | over HTTP | " + " | ".join(Role) + " |", "|---|---|" + "---|" * len(Role)]
    for verb, roles in ACCESS.items():
        op = OPERATIONS.get(verb)
        request = f"`{op.method} {op.path}`" if op else "(on the socket)"
        marks = " | ".join("✓" if role in roles else "" for role in Role)
        lines.append(f"| `{verb}` | {request} | {marks} |")
    return lines


def refusals_table() -> list[str]:
    """Every code, by status."""
    rows = sorted(REFUSALS.values(), key=lambda it: (it.status, it.code))
    return ["| code | HTTP | retry | meaning |", "|---|---|---|---|"] + [
        f"| `{it.code}` | {it.status} | {'yes' if it.retry else 'no'} | {it.sentence()} |" for it in rows
    ]


def limits_table() -> list[str]:
    """The rate limits, as they are unless set otherwise."""
    policies = read_policies("").values()
    return ["| name | requests | in seconds | who shares one |", "|---|---|---|---|"] + [
        f"| `{it.name}` | {it.quota} | {it.window_s} | {SHARES[it.name]} |" for it in policies
    ]


def metrics_table() -> list[str]:
    """What `/metrics` tells."""
    return ["| name | type | labels | meaning |", "|---|---|---|---|"] + [
        f"| `{it.name}` | {it.kind} | {', '.join(f'`{label}`' for label in it.labels)} | {it.meaning} |"
        for it in counts.ALL
    ]


def commands_table() -> list[str]:
    """The commands, and what it means when they fail."""
    rows = [(name, it) for section in COMMANDS.values() for name, it in section.items() if it.where]
    return ["| command | what it does | exit status 1 also means |", "|---|---|---|"] + [
        f"| `{name}` | {it.what} | {it.not_so} |" for name, it in rows
    ]


TABLES = {
    "access": access_table,
    "refusals": refusals_table,
    "limits": limits_table,
    "commands": commands_table,
    "settings": config.table,
    "metrics": metrics_table,
}


def fill_in(text: str) -> str:
    """A document with its tables as they are now, between `<!-- table: NAME -->` and `<!-- end -->`."""

    def table(found: re.Match[str]) -> str:
        return "\n".join([found[1], *TABLES[found[2]](), "<!-- end -->"])

    return re.sub(r"(<!-- table: (\w+) -->)\n.*?<!-- end -->", table, text, flags=re.DOTALL)


async def problems_page(request: Request) -> Response:
    """GET /problems: all refusals."""
    lines = [
        f"{it.code} (HTTP {it.status}): {it.sentence()}" for it in sorted(REFUSALS.values(), key=lambda it: it.code)
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8")


async def problem_page(request: Request) -> Response:
    """GET /problems/{code}: what a refusal means."""
    refusal = REFUSALS.get(request.path_params["code"].upper())
    if refusal is None:
        raise NotFound
    again = "The same request may succeed later." if refusal.retry else "The same request will be refused again."
    text = f"{refusal.code} (HTTP {refusal.status})\n\n{refusal.sentence()}\n\nNothing has changed. {again}\n"
    return Response(text, media_type="text/plain; charset=utf-8")


def document(make: Any) -> Any:
    async def serve(request: Request) -> Response:
        return Response(msgspec.json.encode(make()), media_type="application/json")

    return serve


ROUTES = [
    Route("/openapi.json", document(openapi), methods=["GET"]),
    Route("/asyncapi.json", document(asyncapi), methods=["GET"]),
    Route("/schemas/quiz.json", document(quiz_schema), methods=["GET"]),
    Route("/problems", problems_page, methods=["GET"]),
    Route("/problems/{code}", problem_page, methods=["GET"]),
]
