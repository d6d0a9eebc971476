"""Reading requests: bodies of a bounded size, bearer tokens, and who that is."""

import hmac
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from leaderboard.errors import Forbidden, Malformed, TooLarge, Unauthorized
from leaderboard.state.keys import quiz_id
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.store import HOST, Store

MAX_BODY = 1 << 20

T = TypeVar("T")


def quizzes(request: Request) -> Quizzes:
    found: Quizzes = request.app.state.quizzes
    return found


def store(request: Request) -> Store:
    return quizzes(request).store


def quiz(request: Request) -> str:
    """The quiz of the path. Raises NoSuchQuiz for what cannot be an ID."""
    return quiz_id(request.path_params["quiz"])


async def body(request: Request, kind: type[T]) -> T:
    """The JSON body as this type. Raises TooLarge before reading more, Malformed naming the place."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise TooLarge(f"A body has at most {MAX_BODY} bytes.")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise TooLarge(f"A body has at most {MAX_BODY} bytes.")
    try:
        return msgspec.json.decode(data or b"{}", type=kind)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error


def bearer(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def require_admin(request: Request) -> None:
    """Raises Unauthorized."""
    token = bearer(request)
    if token is None or not is_admin(request, token):
        raise Unauthorized


def is_admin(request: Request, token: str) -> bool:
    return hmac.compare_digest(token.encode(), request.app.state.settings.admin_token.encode())


async def role(request: Request) -> str:
    """The player that the token belongs to, HOST (also the admin), or '' without a token. Raises Unauthorized."""
    token = bearer(request)
    if token is None:
        return ""
    if is_admin(request, token):
        return HOST
    return await store(request).role(quiz(request), token)


async def require_host(request: Request) -> None:
    """Raises Unauthorized, Forbidden."""
    who = await role(request)
    if not who:
        raise Unauthorized
    if who != HOST:
        raise Forbidden


async def require_player(request: Request) -> str:
    """The player. Raises Unauthorized, Forbidden."""
    who = await role(request)
    if not who:
        raise Unauthorized
    if who == HOST:
        raise Forbidden("Only players answer.")
    return who


def reply(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
