"""create_app: the one place where objects are wired together."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute

from leaderboard.api import board, players, problems, results
from leaderboard.api import quizzes as quiz_routes
from leaderboard.config import Settings
from leaderboard.live.node import Node
from leaderboard.ops import health
from leaderboard.ops.logs import RequestLog
from leaderboard.state.quizzes import Quizzes
from leaderboard.web import pages


def create_app(settings: Settings) -> Starlette:
    """A node: an ASGI application that keeps nothing but its connections."""
    quizzes = Quizzes(settings.redis_url)
    node = Node(quizzes, settings.redis_url)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        quizzes.start()
        node.start()
        yield
        await node.stop()
        await quizzes.stop()

    routes: list[BaseRoute] = [
        *(quiz_routes.ROUTES + players.ROUTES + board.ROUTES + results.ROUTES + health.ROUTES + pages.ROUTES),
        WebSocketRoute("/v1/quizzes/{quiz}/live", node.live),
    ]
    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=[Middleware(RequestLog)], exception_handlers=problems.HANDLERS
    )
    app.state.settings, app.state.quizzes = settings, quizzes
    app.state.checks = {"feed": lambda: node.feed.works}
    return app
