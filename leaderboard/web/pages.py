"""The pages and the files they are made of."""

import functools
import gzip
import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.web.together import Together

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".ts": "text/plain",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".csv": "text/csv",
}
LEAST_TO_COMPRESS = 1000

INLINE = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)


def policy(
    html: bytes = b"", pictures: str = "'self' https:", sounds: str = "'self' https:", frames: str = "'self'"
) -> str:
    """The Content Security Policy of a page: nothing from elsewhere but pictures and sounds, which questions may have.

    Not by http: a quiz could call the devices of its players' homes. The import map has to stand in the page; its hash lets
    it in and nothing else. `frames`: whose pages may show this one in a frame.
    """
    maps = "".join(f" 'sha256-{b64encode(hashlib.sha256(text).digest()).decode()}'" for text in INLINE.findall(html))
    return (
        f"default-src 'none'; script-src 'self'{maps}; style-src 'self'; connect-src 'self'; img-src {pictures}; "
        f"media-src {sounds}; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
    )


def below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """All files of a folder by their path in it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from below(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry


# Read once at start: the directories are part of the package, and what is not in this table is not served.
FILES = {
    path: (file.read_bytes(), TYPES[suffix])
    for path, file in (*below(files(__package__)), *below(files("leaderboard") / "samples", "samples/"))
    if (suffix := path[path.rfind(".") :]) in TYPES
}

NAMES: dict[str, str] = json.loads(INLINE.findall(FILES["screen.html"][0])[0])["imports"]
APART = ("play/seats.js", "sdk/leaderboard.js", "play/early.js")  # small: they connect while the rest is on its way
_modules = Together(
    lambda path: FILES[path][0].decode(),
    {name: path.removeprefix("/web/") for name, path in NAMES.items()},
    {path: f"/web/{path}" for path in APART},
)
FILES["play.js"] = _modules.program("play/app.js").encode(), TYPES[".js"]

LANGUAGES = [path.split("/")[1] for path in FILES if path.startswith("languages/") and path.endswith("/play.json")]
GAP = re.compile(r"\{\{([\w.]+)\}\}")


def entrance(language: str, view: str) -> bytes:
    """The player's page as it is sent: one can read it, and write the code or a name, before its scripts are there."""
    texts = json.loads(FILES[f"languages/{language}/play.json"][0]) | {"language": language}
    page = FILES["index.html"][0].decode().replace("{{view}}", FILES[f"play/{view}.html"][0].decode())
    return GAP.sub(lambda gap: escape(texts[gap[1]]), page).encode()


def entrance_for(request: Request) -> str:
    """The one in the first language of the browser's that there is."""
    wanted = (tag.strip()[:2].lower() for tag in request.headers.get("accept-language", "").split(","))
    language = next((tag for tag in wanted if tag in LANGUAGES), "en")
    return f"index.{language}.{'join' if 'quiz' in request.query_params else 'entry'}.html"


for _language in LANGUAGES:
    for _view in ("entry", "join"):
        FILES[f"index.{_language}.{_view}.html"] = entrance(_language, _view), "text/html"
for _template in ("index.html", "play/entry.html", "play/join.html"):
    del FILES[_template]

# Anybody may show the projector in a page of theirs: nothing can be pressed there. Swagger UI draws small pictures that
# stand in its style sheet.
PAGES = {
    "/": ("index", policy(FILES["index.en.entry.html"][0])),
    "/screen": ("screen.html", policy(FILES["screen.html"][0], frames="*")),
    "/host": ("host.html", policy(FILES["host.html"][0], pictures="'self' https: blob:")),
    "/docs": ("docs.html", policy(pictures="'self' data:", sounds="'none'")),
}
STRICT = policy(pictures="'none'", sounds="'none'")


@functools.cache
def compressed(path: str) -> bytes:
    return gzip.compress(FILES[path][0], 9, mtime=0)


@functools.cache
def etag(path: str) -> str:
    return f'W/"{hashlib.sha256(FILES[path][0]).hexdigest()[:16]}"'


async def page(request: Request) -> Response:
    """GET /, /screen, /host, /docs"""
    path, rules = PAGES[request.url.path]
    return serve(request, entrance_for(request) if path == "index" else path, rules)


async def asset(request: Request) -> Response:
    """GET /web/{path}"""
    return serve(request, request.path_params["path"], STRICT)


def serve(request: Request, path: str, rules: str) -> Response:
    """A file, compressed if that is understood; nothing if the browser has it already."""
    if path not in FILES:
        raise HTTPException(404)
    body, media_type = FILES[path]
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": rules,
        "etag": etag(path),
        "vary": "accept-encoding, accept-language" if path.startswith("index.") else "accept-encoding",
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if len(body) >= LEAST_TO_COMPRESS and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = compressed(path), "gzip"
    return Response(body, headers=headers, media_type=media_type)


ROUTES = [
    *(Route(path, page, methods=["GET"]) for path in PAGES),
    Route("/web/{path:path}", asset, methods=["GET"]),
]
