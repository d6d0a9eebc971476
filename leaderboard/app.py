"""create_app: the one place where objects are wired together."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute

from leaderboard.api import board, players, problems, quizzes
from leaderboard.config import Settings
from leaderboard.live.node import Node
from leaderboard.ops import health
from leaderboard.ops.logs import RequestLog
from leaderboard.state.redis import Server, connect
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer
from leaderboard.web import pages


def create_app(settings: Settings) -> Starlette:
    """A node: an ASGI application that keeps nothing but its connections."""
    server = Server()
    writer = Writer(connect(settings.redis_url))
    writer.on_connect = server.inspect
    store = Store(writer, server)
    node = Node(store, writer, settings.redis_url)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        writer.start()
        node.start()
        yield
        await node.stop()
        store.stop()
        await writer.stop()

    routes: list[BaseRoute] = [
        *(quizzes.ROUTES + players.ROUTES + board.ROUTES + health.ROUTES + pages.ROUTES),
        WebSocketRoute("/v1/quizzes/{quiz}/live", node.live),
    ]
    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=[Middleware(RequestLog)], exception_handlers=problems.HANDLERS
    )
    app.state.settings, app.state.store = settings, store
    app.state.checks = {"feed": lambda: node.feed.works}
    return app
