"""create_app: the one place where objects are wired together."""

import contextlib
import os
import resource
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, WebSocketRoute

from leaderboard import reference
from leaderboard.api import OPERATIONS, problems
from leaderboard.api.asking import LargeBodies
from leaderboard.api.routes import ByShape
from leaderboard.config import Settings
from leaderboard.live.doors import Doors, Origins
from leaderboard.live.node import Node
from leaderboard.open_files import SPARE_FILES
from leaderboard.ops import health, metrics, tracing
from leaderboard.ops.headers import Headers
from leaderboard.ops.logs import RequestLog
from leaderboard.ops.proxies import Proxies
from leaderboard.rehearsal.stage import Stage
from leaderboard.sandbox import Sandbox
from leaderboard.state.limits import Limits
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.retention import Retention
from leaderboard.web import pages

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


def create_app(settings: Settings) -> Starlette:
    """A node: an ASGI application that keeps nothing but its connections."""
    quizzes = Quizzes(
        settings.redis_url,
        settings.limits,
        settings.sign_up,
        settings.session_days,
        settings.mail_webhook,
        settings.mail_secret,
        settings.score_shards,
        settings.library_mb,
    )
    quizzes.writer.slow_s = settings.slow_script_ms / 1000
    admitting = admission(settings, quizzes.limits)
    node = Node(quizzes, settings.redis_url, settings.name, admitting, settings.drain_s)
    stage = Stage(quizzes, settings)
    retention = Retention(
        *(quizzes.writer, quizzes.store, quizzes.backups, node.heartbeat.id, settings.keep_days, settings.archive_dir)
    )
    tracer = tracing.tracing(os.environ, settings.name)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        quizzes.start(record=True)
        node.start()
        stage.start()
        retention.start()
        yield
        await retention.stop()
        await stage.stop()
        await node.stop()
        await quizzes.stop()
        if tracer is not None:
            await tracing.end(tracer)

    routes: list[BaseRoute] = [
        ByShape([operation.route for operation in OPERATIONS.values()]),
        *(health.ROUTES + metrics.ROUTES + reference.ROUTES + pages.ROUTES),
        WebSocketRoute("/v1/quizzes/{quiz}/live", node.live),
    ]
    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=doors(settings, tracer), exception_handlers=problems.HANDLERS
    )
    app.router.redirect_slashes = False
    app.middleware_stack = Headers(app.build_middleware_stack())  # also around what answers for our own mistakes
    app.state.settings, app.state.quizzes, app.state.stage = settings, quizzes, stage
    app.state.sandbox, app.state.large_bodies = Sandbox(), LargeBodies()
    app.state.admission, app.state.caps = admitting, admitting.caps
    app.state.measure, app.state.metrics = node.measure, metrics.Page()
    app.state.checks, app.state.drain = node.checks, node.drain
    return app


def admission(settings: Settings, limits: Limits) -> Doors:
    """How many are let in, and from where."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Doors(
        min(settings.max_connections, files - SPARE_FILES) if files > 0 else settings.max_connections,
        settings.max_connections_per_address,
        settings.max_sockets,
        settings.max_sockets_per_address,
        settings.max_sockets_per_quiz,
        settings.allowed_origins(),
        settings.trusted_proxies,
        limits,
    )


def doors(settings: Settings, tracer: "TracerProvider | None") -> list[Middleware]:
    """What a request passes, from outside: who it is, the log, which pages it may come from."""
    origins = settings.allowed_origins()
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match", "traceparent"],
        expose_headers=["etag", "ratelimit", "ratelimit-policy", "retry-after"],
    )
    return [
        Middleware(Proxies, settings.trusted_proxies),
        *([Middleware(tracing.Tracing, tracer)] if tracer else []),
        Middleware(RequestLog, settings.slow_request_ms),
        *([cors] if origins else []),
        Middleware(Origins, origins),
    ]
