"""Pictures and sounds, as questions name them."""

import re
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse

from leaderboard.api.asking import Ask
from leaderboard.api.library import owner
from leaderboard.api.operations import operation
from leaderboard.errors import BadMedia, BadRange, LibraryFull, NoSuchMedia
from leaderboard.quiz.media import KINDS, MOST
from leaderboard.state.media import Media, MediaPage

BYTES = {"type": "string", "format": "binary"}
SERVED = tuple(dict.fromkeys(KINDS.values()))
RANGE = re.compile(r"bytes=(?=-?\d)(\d{0,15})-(\d{0,15})")

# Whatever it pretends to be, a browser takes it for nothing but a picture or sound of this type; and it never changes.
HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "inline",
    "cross-origin-resource-policy": "cross-origin",
    "accept-ranges": "bytes",
}


class MediaQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=40)] = ""


@operation(
    "POST",
    "/v1/media",
    BadMedia,
    LibraryFull,
    status=201,
    max_body=MOST,
    bodies={"application/octet-stream": BYTES},
)
async def keep_media(ask: Ask, content: bytes) -> Media:
    """Keep a picture or sound, the body as it is; what it is, its first bytes say. The same again is the same."""
    return await ask.quizzes.gallery.keep(owner(ask), content)


@operation("GET", "/v1/media")
async def media(ask: Ask, query: MediaQuery) -> MediaPage:
    """One's own pictures and sounds, the newest first."""
    return await ask.quizzes.gallery.list(owner(ask), query.cursor, query.limit)


@operation("GET", "/v1/media/{owner}/{media}", NoSuchMedia, BadRange, files=SERVED, further=(206, 304))
async def content(ask: Ask) -> Response:
    """The picture or sound itself, or the bytes of one range."""
    named = ask.request.path_params["owner"], ask.request.path_params["media"]
    kept = await ask.quizzes.gallery.get(*named)
    asked = ask.request.headers
    headers = HEADERS | {"etag": f'"{named[1]}"', "content-type": kept.type}
    if named[1] in re.findall(r'"([^"]*)"', asked.get("if-none-match", "")) or asked.get("if-none-match") == "*":
        return Response(status_code=304, headers=headers)
    first, last = 0, kept.bytes - 1
    part = (
        RANGE.fullmatch(asked.get("range", "")) if asked.get("if-range", headers["etag"]) == headers["etag"] else None
    )
    if part:
        first, last = range_of(part[1], part[2], kept.bytes)
        headers["content-range"] = f"bytes {first}-{last}/{kept.bytes}"
    headers["content-length"] = str(last + 1 - first)
    if ask.request.method == "HEAD":
        last = first - 1
    return StreamingResponse(ask.quizzes.gallery.read(*named, first, last), 206 if part else 200, headers)


def range_of(start: str, end: str, size: int) -> tuple[int, int]:
    """The first and the last byte of what a Range header asks for, of which one end may be missing. Raises BadRange."""
    if not start:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    if not first <= last < size:
        raise BadRange(size)
    return first, last


@operation("DELETE", "/v1/media/{owner}/{media}", NoSuchMedia, status=204)
async def delete_media(ask: Ask) -> None:
    """Delete a picture or sound of one's own; questions that name it show nothing then."""
    if ask.request.path_params["owner"] != owner(ask):
        raise NoSuchMedia
    await ask.quizzes.gallery.delete(owner(ask), ask.request.path_params["media"])
