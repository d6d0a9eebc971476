"""The page at `/` and the files it is made of."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"  # noqa: E501
HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

# Read once at start: the directory is part of the package, and what is not in this table is not served.
FILES = {
    file.name: (file.read_bytes(), TYPES[suffix])
    for file in files(__package__).iterdir()
    if (suffix := file.name[file.name.rfind(".") :]) in TYPES
}


async def index(request: Request) -> Response:
    """GET /: enter a quiz ID, or watch and play the one named by `?quiz=`."""
    return serve("index.html")


async def asset(request: Request) -> Response:
    """GET /web/{name}"""
    return serve(request.path_params["name"])


def serve(name: str) -> Response:
    if name not in FILES:
        from starlette.exceptions import HTTPException

        raise HTTPException(404)
    body, media_type = FILES[name]
    return Response(body, headers=HEADERS, media_type=media_type)


ROUTES = [Route("/", index, methods=["GET"]), Route("/web/{name}", asset, methods=["GET"])]
