"""Security headers on every response of the application."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard.headers import secured

STARTS = ("http.response.start", "websocket.http.response.start")


class Headers:
    """ASGI middleware: security headers on every response, also on refused upgrades. What is set stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        async def with_headers(message: Message) -> None:
            if message["type"] in STARTS:
                message["headers"] = secured(message.get("headers", ()))
            await send(message)

        return self.app(scope, receive, with_headers)
