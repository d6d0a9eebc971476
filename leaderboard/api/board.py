"""Reading the board."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.api.requests import quiz, reply, role, store
from leaderboard.errors import Malformed
from leaderboard.state.records import from_cursor
from leaderboard.state.store import HOST

MAX_LIMIT = 100


async def board(request: Request) -> Response:
    """GET /v1/quizzes/{quiz}/board ?limit=10&ties=shared, then &cursor=… for the page below, or &around=PLAYER"""
    query = request.query_params
    limit = query.get("limit", "10")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= MAX_LIMIT):
        raise Malformed(f"limit is a number from 1 to {MAX_LIMIT}.")
    if "around" in query and "cursor" in query:
        raise Malformed("Ask for the rows around a player or for the page at a cursor, not for both.")
    cursor = from_cursor(query["cursor"]) if "cursor" in query else None
    ties = query.get("ties")
    if ties not in (None, "first", "shared"):
        raise Malformed("ties is `first` or `shared`.")
    host = await role(request) == HOST
    return reply(await store(request).page(quiz(request), int(limit), query.get("around"), cursor, ties, host))


ROUTES = [Route("/v1/quizzes/{quiz}/board", board, methods=["GET"])]
