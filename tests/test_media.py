"""Pictures and sounds: only what is one is taken, served as that and nothing else, and each byte counts."""

import asyncio
import contextlib
import os
from typing import Any

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest

from leaderboard.api.media import range_of
from leaderboard.errors import BadMedia, BadRange, LibraryFull, MovedOn, NoSuchMedia, TooLarge
from leaderboard.quiz.content import Link
from leaderboard.quiz.media import MOST, kind_of
from leaderboard.state import media
from leaderboard.state.keys import LibraryKeys
from leaderboard.state.media import PART, Gallery, Media
from leaderboard.state.quizzes import Quizzes
from tests.nodes import ADMIN, Node, Nodes
from tests.world import World

pytestmark = pytest.mark.anyio

OWNER = "admin"
FILL = bytes(40)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + FILL
GIF = b"GIF89a\x01\0\x01\0" + FILL
MATROSKA = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82"

TAKEN = {
    "image/png": [PNG],
    "image/jpeg": [b"\xff\xd8\xff\xe0\0\x10JFIF\0" + FILL, b"\xff\xd8\xff\xe1\0\x10Exif\0" + FILL],
    "image/gif": [GIF, b"GIF87a\x01\0\x01\0" + FILL],
    "image/webp": [b"RIFF\x24\0\0\0WEBPVP8 " + FILL],
    "image/avif": [b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + FILL, b"\0\0\0\x2cftypavis\0\0\0\0avifmif1miaf" + FILL],
    "audio/mpeg": [b"ID3\x03\0\0\0\0\0\x23TSSE" + FILL, b"\xff\xfb\x90\x64" + FILL, b"\xff\xf3\x90\x64" + FILL],
    "audio/aac": [b"\xff\xf1\x50\x80" + FILL],
    "audio/ogg": [b"OggS\0\x02" + bytes(22) + b"\x01vorbis" + FILL],
    "audio/wav": [b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0" + FILL],
    "audio/flac": [b"fLaC\0\0\0\x22" + FILL],
    "audio/mp4": [b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + FILL, b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41" + FILL],
    "audio/webm": [MATROSKA + b"\x84webmB\x87\x81\x04" + FILL],
}
REFUSED = {
    "nothing": b"",
    "text": b"hello there, just text",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "SVG with a declaration": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "HTML": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "PDF": b"%PDF-1.7\n" + FILL,
    "zip": b"PK\3\4" + FILL,
    "a film": b"RIFF\x24\0\0\0AVI LIST" + FILL,
    "Matroska": MATROSKA + b"\x88matroskaB\x87\x81\x04" + FILL,
    "icon": b"\0\0\1\0\1\0" + FILL,
    "a picture's name": b"picture.png",
    "half a picture's head": b"\x89PN",
    "a picture behind a script": b"<script>alert(1)</script>" + PNG,
}


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_taken(kind: str) -> None:
    assert {kind_of(content) for content in TAKEN[kind]} == {kind}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not(name: str) -> None:
    with pytest.raises(BadMedia):
        kind_of(REFUSED[name])


@hypothesis.given(st.binary(max_size=80), st.sampled_from([b"", *(it[0][:12] for it in TAKEN.values())]))
def test_nothing_else_comes_of_any_bytes(content: bytes, head: bytes) -> None:
    with contextlib.suppress(BadMedia):
        assert kind_of(head + content) in TAKEN


@hypothesis.given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 60))
def test_ranges(size: int, start: int, end: int) -> None:
    """As Python cuts."""
    content = bytes(range(size))
    for first, last, wanted in (
        (str(start), str(end), content[start : end + 1]),
        (str(start), "", content[start:]),
        ("", str(end), content[-end:] if end else b""),
    ):
        try:
            found = range_of(first, last, size)
            assert content[found[0] : found[1] + 1] == wanted
        except BadRange:
            assert not wanted


# In Redis


async def whole(gallery: Gallery, kept: Media) -> bytes:
    *_, owner, id = kept.url.split("/")
    return b"".join([part async for part in gallery.read(owner, id, 0, kept.bytes - 1)])


async def used(quizzes: Quizzes) -> int:
    return int(await quizzes.writer.command("HGET", LibraryKeys(OWNER).used, "bytes") or 0)


@pytest.mark.parametrize("size", [len(GIF), PART, PART + 1, 3 * PART])
async def test_what_is_kept_is_served(quizzes: Quizzes, size: int) -> None:
    content = GIF + os.urandom(size - len(GIF))
    kept = await quizzes.gallery.keep(OWNER, content)
    assert (kept.type, kept.bytes) == ("image/gif", size)
    assert await whole(quizzes.gallery, kept) == content
    assert await used(quizzes) == size + 512
    assert await quizzes.gallery.keep(OWNER, content) == kept
    assert await used(quizzes) == size + 512
    assert await quizzes.writer.command("PTTL", LibraryKeys(OWNER).content(kept.url.split("/")[-1])) == -1
    [listed] = (await quizzes.gallery.list(OWNER, "", 10)).media
    assert (listed.url, listed.type, listed.bytes) == (kept.url, kept.type, kept.bytes)


async def test_too_much(quizzes: Quizzes) -> None:
    await quizzes.gallery.keep(OWNER, GIF + bytes(MOST - len(GIF)))
    with pytest.raises(TooLarge):
        await quizzes.gallery.keep(OWNER, GIF + bytes(MOST - len(GIF) + 1))


async def test_pages(quizzes: Quizzes) -> None:
    kept = [await quizzes.gallery.keep(OWNER, GIF + bytes([it])) for it in range(5)]
    first = await quizzes.gallery.list(OWNER, "", 3)
    assert first.next is not None
    second = await quizzes.gallery.list(OWNER, first.next, 3)
    assert second.next is None
    assert {it.url for it in first.media + second.media} == {it.url for it in kept}
    assert (await quizzes.gallery.list("somebody", "", 3)).media == []


async def test_the_room_is_not_overdrawn_by_many_at_once(quizzes: Quizzes) -> None:
    gallery = Gallery(quizzes.writer, 5 * (1000 + 512))
    contents = [GIF + bytes([it]) + bytes(1000 - len(GIF) - 1) for it in range(12)]
    done = await asyncio.gather(*(gallery.keep(OWNER, it) for it in contents), return_exceptions=True)
    assert sum(isinstance(it, LibraryFull) for it in done) == 7
    assert await used(quizzes) == 5 * (1000 + 512)
    kept = [it for it in done if isinstance(it, Media)]
    await gallery.delete(OWNER, kept[0].url.split("/")[-1])
    assert await used(quizzes) == 4 * (1000 + 512)
    assert (await gallery.keep(OWNER, contents[0])).bytes == 1000
    with pytest.raises(LibraryFull):
        await gallery.keep(OWNER, GIF + bytes(1001 - len(GIF)))


async def test_the_same_by_many_at_once_is_kept_once(quizzes: Quizzes) -> None:
    content = GIF + os.urandom(3 * PART)
    kept = await asyncio.gather(*(quizzes.gallery.keep(OWNER, content) for _ in range(8)))
    assert len({it.url for it in kept}) == 1
    assert await whole(quizzes.gallery, kept[0]) == content
    assert await used(quizzes) == len(content) + 512


async def test_deleting(quizzes: Quizzes) -> None:
    kept = await quizzes.gallery.keep(OWNER, GIF)
    id = kept.url.split("/")[-1]
    reading = quizzes.gallery.read(OWNER, id, 0, kept.bytes - 1)
    await quizzes.gallery.delete(OWNER, id)
    assert b"".join([part async for part in reading]) == GIF  # who reads it goes on
    assert 0 < await quizzes.writer.command("PTTL", LibraryKeys(OWNER).content(id)) <= media.FAREWELL_MS
    for again in (quizzes.gallery.delete(OWNER, id), quizzes.gallery.get(OWNER, id)):
        with pytest.raises(NoSuchMedia):
            await again
    assert await used(quizzes) == 0
    assert await quizzes.gallery.keep(OWNER, GIF) == kept
    assert await quizzes.writer.command("PTTL", LibraryKeys(OWNER).content(id)) == -1


async def test_a_part_without_those_before_is_refused(quizzes: Quizzes) -> None:
    """Else there would be zeros in a picture whose beginning has been forgotten."""
    keys = media.places(OWNER, "x")
    with pytest.raises(MovedOn):
        await quizzes.writer.call("keep_media", keys, "x", "image/gif", 20, 10, b"0123456789", 1 << 20, 1000)
    assert await quizzes.writer.call("keep_media", keys, "x", "image/gif", 20, 0, b"0123456789", 1 << 20, 1000) == [0]
    assert 0 < await quizzes.writer.command("PTTL", keys[3]) <= 1000  # nobody sees it, and it goes
    assert (await quizzes.gallery.list(OWNER, "", 10)).media == []
    with pytest.raises(NoSuchMedia):
        await quizzes.gallery.get(OWNER, "x")


@pytest.mark.parametrize(
    ("owner", "id"), [("admin", "nobody"), ("a}b", "x"), ("admin", "x" * 33), ("", ""), ("*", "*")]
)
async def test_names_that_are_none(quizzes: Quizzes, owner: str, id: str) -> None:
    with pytest.raises(NoSuchMedia):
        await quizzes.gallery.get(owner, id)


# Over HTTP


@pytest.fixture
def node(nodes: Nodes) -> Node:
    return nodes.start(origins="https://app.example", library_mb="1")


def post(node: Node, content: bytes, token: str = ADMIN, **headers: str) -> Any:
    return node.http("POST", "/v1/media", token, content=content, headers=headers)


def test_how_it_is_served(node: Node) -> None:
    content = GIF + b"<script>alert(1)</script>" + os.urandom(2 * PART)
    made = post(node, content, **{"content-type": "text/html"})
    assert made.status_code == 201
    assert made.json()["type"] == "image/gif"
    url = made.json()["url"]
    assert msgspec.convert(url, Link) == url
    reply = node.http("GET", url)
    assert reply.content == content
    told = {name: reply.headers[name] for name in reply.headers}
    assert told["content-type"] == "image/gif"
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-security-policy"] == "default-src 'none'; sandbox"
    assert told["cache-control"] == "public, max-age=31536000, immutable"
    assert told["content-disposition"] == "inline"
    assert told["cross-origin-resource-policy"] == "cross-origin"
    head = node.http("HEAD", url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(content)))
    for tag in (told["etag"], f"W/{told['etag']}", f'"other", {told["etag"]}', "*"):
        same = node.http("GET", url, headers={"if-none-match": tag})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", told["etag"])
    assert node.http("GET", url, headers={"if-none-match": '"other"'}).status_code == 200
    assert node.http("POST", url).status_code == 405
    assert node.http("GET", url, "nobody").status_code == 401


def test_ranges_over_http(node: Node) -> None:
    content = GIF + os.urandom(2 * PART)
    url, size = post(node, content).json()["url"], len(content)

    def ask(value: str, **headers: str) -> Any:
        return node.http("GET", url, headers={"range": value} | headers)

    for value, cut in (
        ("bytes=0-1", content[:2]),
        (f"bytes={PART - 1}-{PART}", content[PART - 1 : PART + 1]),
        ("bytes=5-", content[5:]),
        ("bytes=-7", content[-7:]),
        (f"bytes=-{2 * size}", content),
        (f"bytes=1-{10 * size}", content[1:]),
    ):
        part = ask(value)
        first = size - len(cut) if value[6] == "-" else int(value[6:].split("-")[0])
        assert (part.status_code, part.content) == (206, cut)
        assert part.headers["content-range"] == f"bytes {first}-{first + len(cut) - 1}/{size}"
    for value in (f"bytes={size}-", "bytes=-0", "bytes=9-3"):
        refused = ask(value)
        assert (refused.status_code, refused.json()["code"]) == (416, "BAD_RANGE")
        assert refused.headers["content-range"] == f"bytes */{size}"
    for value in ("bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=x", "bytes=" + "9" * 400 + "-"):
        assert (ask(value).status_code, len(ask(value).content)) == (200, size)
    tag = ask("bytes=0-1").headers["etag"]
    assert ask("bytes=0-1", **{"if-range": tag}).status_code == 206
    assert ask("bytes=0-1", **{"if-range": '"other"'}).status_code == 200


def test_what_is_refused_over_http(node: Node) -> None:
    for content in (b"", REFUSED["SVG"], REFUSED["HTML"]):
        refused = post(node, content, **{"content-type": "image/png"})
        assert (refused.status_code, refused.json()["code"]) == (415, "BAD_MEDIA")
    assert post(node, GIF + bytes(MOST)).json()["code"] == "TOO_LARGE"
    assert post(node, GIF, token="").status_code == 401
    for number in range(4):
        assert post(node, GIF + bytes([number]) * (200 << 10)).status_code == 201
    full = post(node, GIF + bytes(300 << 10))
    assert (full.status_code, full.json()["code"]) == (409, "LIBRARY_FULL")


def test_whose_it_is(nodes: Nodes) -> None:
    world = World(nodes.start())
    url = post(world.node, GIF, world.owner).json()["url"]
    assert post(world.node, GIF, world.key_token).json()["url"] == url
    assert post(world.node, GIF, world.organizer).json()["url"] != url
    assert post(world.node, GIF, world.member).status_code == 403
    assert [it["url"] for it in world.node.http("GET", "/v1/media", world.owner).json()["media"]] == [url]
    for token in (world.organizer, ADMIN):
        assert world.node.http("DELETE", url, token).json()["code"] == "NO_SUCH_MEDIA"
    assert world.node.http("GET", url).status_code == 200
    assert world.node.http("DELETE", url, world.owner).status_code == 204
    assert world.node.http("GET", url).json()["code"] == "NO_SUCH_MEDIA"
