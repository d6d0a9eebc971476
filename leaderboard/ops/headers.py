"""What every response says to browsers."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
)
ALWAYS: list[Header] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{feature}=()" for feature in FEATURES).encode()),
]
POLICY = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
)
NO_STORE = (b"cache-control", b"no-store")
SAME_ORIGIN = (b"cross-origin-resource-policy", b"same-origin")
ANY_ORIGIN = (b"cross-origin-resource-policy", b"cross-origin")

STARTS = ("http.response.start", "websocket.http.response.start")


class Headers:
    """ASGI middleware: security headers on every response, also on refused upgrades. What is set stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] in STARTS:
                message["headers"] = secured(message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, with_headers)


def secured(headers: Iterable[Header]) -> list[Header]:
    """These headers and those that are missing."""
    headers = list(headers)
    names = {name for name, _ in headers}
    resource = ANY_ORIGIN if b"access-control-allow-origin" in names else SAME_ORIGIN
    return headers + [header for header in (*ALWAYS, resource, POLICY, NO_STORE) if header[0] not in names]
