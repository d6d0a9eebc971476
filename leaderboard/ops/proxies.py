"""The address of a client behind proxies that are ours."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.addresses import forwarded


class Proxies:
    """ASGI middleware: `scope["client"]` is who the outermost of so many trusted proxies saw. With 0 it stays the peer."""

    def __init__(self, app: ASGIApp, trusted: int) -> None:
        self.app, self.trusted = app, trusted

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self.trusted and scope["type"] != "lifespan":
            lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            address = forwarded(lines, self.trusted)
            if address is not None:
                scope["client"] = (address, 0)
        return self.app(scope, receive, send)
