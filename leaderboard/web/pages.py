"""The page at `/` and the files it is made of."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".ts": "text/plain",
    ".svg": "image/svg+xml",
}
SHARED_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"  # noqa: E501

# Questions have pictures and sounds from elsewhere. Not by http: a quiz could call the devices of its players' homes.
POLICY = f"{SHARED_POLICY}; img-src 'self' https:; media-src 'self' https:"
HEADERS = {"cache-control": "no-cache"}

# Swagger UI draws small pictures that stand in its style sheet.
DOCS_POLICY = f"{SHARED_POLICY}; img-src 'self' data:"


def below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """All files of a folder by their path in it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from below(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry


# Read once at start: the directory is part of the package, and what is not in this table is not served.
FILES = {
    path: (file.read_bytes(), TYPES[suffix])
    for path, file in below(files(__package__))
    if (suffix := path[path.rfind(".") :]) in TYPES
}


async def index(request: Request) -> Response:
    """GET /: enter a quiz ID, or watch and play the one named by `?quiz=`."""
    return serve("index.html")


async def docs(request: Request) -> Response:
    """GET /docs: the interface, to read and to try."""
    return serve("docs.html", DOCS_POLICY)


async def asset(request: Request) -> Response:
    """GET /web/{path}"""
    return serve(request.path_params["path"])


def serve(path: str, policy: str = POLICY) -> Response:
    if path not in FILES:
        raise HTTPException(404)
    body, media_type = FILES[path]
    return Response(body, headers=HEADERS | {"content-security-policy": policy}, media_type=media_type)


ROUTES = [
    Route("/", index, methods=["GET"]),
    Route("/docs", docs, methods=["GET"]),
    Route("/web/{path:path}", asset, methods=["GET"]),
]
