"""Where people join: the address that their phones can open, and its QR code."""

import io
import re
from functools import lru_cache

import segno
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from leaderboard.addresses import is_loopback, lan_address, outermost
from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.config import Settings
from leaderboard.errors import NoSuchQuiz

SVG = "image/svg+xml"
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253})(:[0-9]{1,5})?", re.IGNORECASE)
DARK, LIGHT, QUIET_ZONE = "#14213d", "#ffffff", 4


class Entrance(Struct):
    """`reachable`: false if the address leads only on this machine to this server, so that no phone gets there by it."""

    url: str
    reachable: bool


@operation("GET", "/v1/quizzes/{quiz}/entrance", NoSuchQuiz)
async def entrance(ask: Ask) -> Entrance:
    """The address at which people join the quiz."""
    url = await url_of(ask)
    host = HOST.match(url, url.index("//") + 2)
    return Entrance(url, host is not None and not is_loopback(host[1]))


@operation("GET", "/v1/quizzes/{quiz}/entrance.svg", NoSuchQuiz, verb="entrance_svg", files=(SVG,))
async def entrance_svg(ask: Ask) -> Response:
    """The same address as a QR code."""
    url = await url_of(ask)
    async with ask.quizzes.library.turns.take():  # a long address takes 20 ms
        return Response(drawn(url), headers={"cache-control": "no-cache"}, media_type=SVG)


async def url_of(ask: Ask) -> str:
    await ask.quizzes.store.state(ask.quiz)  # there may be no such quiz
    return f"{site(ask.request, ask.request.app.state.settings)}/?quiz={ask.quiz}"


def site(request: Request, settings: Settings) -> str:
    """The address of this server: as it was set, else as it was asked for, else that in the local network.

    A proxy's X-Forwarded-Host is not looked at: many pass on what the client made of it.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    asked = HOST.fullmatch(request.headers.get("host", ""))
    proxies = settings.trusted_proxies
    if asked and (proxies or not settings.everywhere or not is_loopback(asked[1])):
        return f"{scheme(request, proxies)}://{asked[0]}"
    name = lan_address() if settings.everywhere else settings.host
    return f"http://{f'[{name}]' if ':' in name else name}:{settings.port}"


def scheme(request: Request, proxies: int) -> str:
    """What the client speaks; before trusted proxies that is what they say of it."""
    lines = request.headers.getlist("x-forwarded-proto") if proxies else []
    said = outermost(lines, proxies).lower() if lines else ""
    return said if said in ("http", "https") else request.url.scheme


@lru_cache(256)
def drawn(url: str) -> bytes:
    """A QR code that takes the size of its place."""
    out = io.BytesIO()
    code = segno.make(url, micro=False)
    code.save(
        *(out, "svg"),
        dark=DARK,
        light=LIGHT,
        border=QUIET_ZONE,
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue().replace(b"<svg ", b'<svg shape-rendering="crispEdges" ', 1)  # no seams between its rows
