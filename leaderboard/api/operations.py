"""What can be asked for over HTTP: a table of operations, from which come the routes, the checks and the documentation.

An operation is an async function `(ask)`, `(ask, body)`, `(ask, query)` or `(ask, body, query)` with its types as
annotations; what it returns is the reply. Its docstring says what it does.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from leaderboard.api.asking import MAX_BODY, Ask
from leaderboard.api.problems import problem
from leaderboard.errors import Forbidden, NodeLeaving, Refusal, Unauthorized
from leaderboard.quiz.access import ACCESS, Role, may

OPERATIONS: dict[str, "Operation"] = {}

Handler = Callable[..., Awaitable[Any]]


class File(Struct):
    """A reply that is not JSON."""

    content: bytes
    media_type: str
    name: str


class Operation:
    """One verb over HTTP. `refuses`: what it refuses, beside what all do; `creates`: it takes an Idempotency-Key;
    `edits`: it takes an If-Match; `bodies`: what else it takes than JSON, media type → schema; `further`: statuses beside
    the first."""

    def __init__(
        self,
        do: Handler,
        verb: str,
        method: str,
        path: str,
        status: int,
        refuses: tuple[type[Refusal], ...],
        creates: bool,
        files: tuple[str, ...],
        takes: Any,
        bodies: dict[str, dict[str, Any]],
        max_body: int,
        edits: bool,
        further: tuple[int, ...],
    ) -> None:
        hints = get_type_hints(do, include_extras=True)
        parameters = list(inspect.signature(do).parameters)
        self.do, self.verb, self.method, self.path, self.status = do, verb, method, path, status
        self.refuses, self.creates, self.edits, self.files = refuses, creates, edits, files
        self.bodies, self.max_body, self.further = bodies, max_body, further
        self.takes: Any = takes or (hints[parameters[1]] if len(parameters) > 1 else None)
        self.query: Any = hints[parameters[2]] if len(parameters) > 2 else self.takes if method == "GET" else None
        self.gives: Any = hints["return"]
        text = (inspect.getdoc(do) or "").split("\n\n", 1)
        self.summary, self.description = text[0], "".join(text[1:])

    @property
    def has_body(self) -> bool:
        return self.takes is not None and self.method != "GET"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ask = Ask(Request(scope, receive), self.verb, self.creates)
        try:
            response = await self.respond(ask)
        except Refusal as refusal:
            response = problem(refusal)
            bind_contextvars(code=refusal.code)
        except asyncio.CancelledError:  # only a node that ends does that, to what takes longer than it waits
            response = problem(NodeLeaving("This node has ended before it was done with the request."))
            bind_contextvars(code=NodeLeaving.code)
        finally:
            ask.done()
        for name, value in ask.headers.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def respond(self, ask: Ask) -> Response:
        """Find out who asks, whether they may, and do it."""
        await ask.identify()
        if not may(self.verb, ask.roles):
            raise Forbidden(self.forbids(ask)) if ask.token else Unauthorized("This needs a token.")
        if self.creates and not self.has_body:
            await ask.seed()
        given = [await ask.body(self.takes, self.max_body)] if self.has_body else []
        if self.query:
            given.append(ask.query(self.query))
        return self.reply(await self.do(ask, *given))

    def forbids(self, ask: Ask) -> str:
        """Who one is, and who may do this."""
        allowed = [str(role) for role in Role if role in ACCESS[self.verb]]
        if ask.identity and ask.identity.key and Role.SERVICE not in ask.roles:
            return f"This API key does not reach that: its scope names neither `{self.verb}` nor *, or not this quiz."
        mine = [str(role) for role in Role if role in ask.roles - {Role.ANYONE}]
        return f"You are {' and '.join(mine)} here; `{self.verb}` is for {' or '.join(allowed)}."

    def reply(self, value: object) -> Response:
        if isinstance(value, Response):
            return value
        if value is None:
            return Response(status_code=self.status)
        if isinstance(value, File):
            disposition = {"content-disposition": f'attachment; filename="{value.name}"'}
            return Response(value.content, self.status, disposition, value.media_type)
        return Response(msgspec.json.encode(value), self.status, media_type="application/json")

    @property
    def route(self) -> Route:
        return Route(self.path, self, methods=[self.method], name=self.verb)


def operation(
    method: str,
    path: str,
    *refuses: type[Refusal],
    verb: str = "",
    status: int = 200,
    creates: bool = False,
    files: tuple[str, ...] = (),
    takes: Any = None,
    bodies: dict[str, dict[str, Any]] | None = None,
    max_body: int = MAX_BODY,
    edits: bool = False,
    further: tuple[int, ...] = (),
) -> Callable[[Handler], Handler]:
    """Enter a function into the table, as `verb` or else by its name."""

    def enter(do: Handler) -> Handler:
        about = verb or do.__name__, method, path, status, refuses, creates, files, takes, bodies or {}
        made = Operation(do, *about, max_body, edits, further)
        assert made.verb in ACCESS
        assert made.verb not in OPERATIONS, made.verb
        OPERATIONS[made.verb] = made
        return do

    return enter
