"""What came of it: how a total came about, and everything as a file."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.api.requests import quiz, quizzes, reply, require_host, role
from leaderboard.api.sheets import SHEETS
from leaderboard.errors import Forbidden, Malformed, Unauthorized
from leaderboard.state.store import HOST


async def explain(request: Request) -> Response:
    """GET /v1/quizzes/{quiz}/players/{player}/explanation"""
    who, player = await role(request), request.path_params["player"]
    if not who:
        raise Unauthorized
    if who not in (HOST, player):
        raise Forbidden("Players can ask for their own points only.")
    return reply(await quizzes(request).reports.explain(quiz(request), player, host=who == HOST))


async def results(request: Request) -> Response:
    """GET /v1/quizzes/{quiz}/results?format=json|csv|xlsx&ties=first|shared"""
    await require_host(request)
    form, ties = request.query_params.get("format", "json"), request.query_params.get("ties")
    if form != "json" and form not in SHEETS:
        raise Malformed("format is `json`, `csv` or `xlsx`.")
    if ties not in (None, "first", "shared"):
        raise Malformed("ties is `first` or `shared`.")
    found = await quizzes(request).reports.results(quiz(request), ties)
    if form == "json":
        return reply(found)
    media_type, write = SHEETS[form]
    name = f"{quiz(request)}-results.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(await asyncio.to_thread(write, found), 200, headers, media_type)


ROUTES = [
    Route("/v1/quizzes/{quiz}/players/{player}/explanation", explain, methods=["GET"]),
    Route("/v1/quizzes/{quiz}/results", results, methods=["GET"]),
]
