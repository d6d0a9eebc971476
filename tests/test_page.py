"""What the page does with pictures and sounds, whose addresses somebody has written into a quiz."""

import json
import re
import subprocess
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from leaderboard.web.pages import FILES, ROUTES
from tests.clients import SDK, node_js

HERE = "http://192.168.0.7:8000"
ADDRESSES = Path(__file__).parent / "sdk" / "addresses.mjs"
FETCHED = {  # as it is written, and what is fetched; nothing where that is ""
    "https://pictures.example/cat.png?size=2#top": "https://pictures.example/cat.png?size=2#top",
    "http://pictures.example/cat.png": "https://pictures.example/cat.png",
    "/v1/media/k3J_x-9": "/v1/media/k3J_x-9",
    f"{HERE}/v1/media/k3J_x-9": f"{HERE}/v1/media/k3J_x-9",
    f"{HERE}/v1/quizzes": "https://192.168.0.7:8000/v1/quizzes",
    "http://192.168.0.1/restart": "https://192.168.0.1/restart",
    "/v1/media/../quizzes": "",
    "/v1/quizzes": "",
    "//pictures.example/cat.png": "",
    "cat.png": "",
    "javascript:alert(1)": "",
    " https://pictures.example/cat.png": "",
    "data:image/svg+xml,<svg/>": "",
    "blob:https://pictures.example/1": "",
    "file:///etc/passwd": "",
}


def test_what_is_fetched_for_an_address() -> None:
    module = SDK.parent.parent / "media.js"
    command = [*node_js(), str(ADDRESSES), str(module), HERE, json.dumps([*FETCHED])]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert dict(zip(FETCHED, json.loads(shown.stdout), strict=True)) == FETCHED


def test_the_policy_lets_in_pictures_and_sounds_from_elsewhere_and_nothing_more() -> None:
    header = TestClient(Starlette(routes=ROUTES)).get("/").headers["content-security-policy"]
    policy = {name: sources for name, *sources in (rule.split() for rule in header.split(";"))}
    assert policy["img-src"] == policy["media-src"] == ["'self'", "https:"]
    others = {source for name, sources in policy.items() if name not in ("img-src", "media-src") for source in sources}
    assert others == {"'self'", "'none'"}


def test_the_page_makes_no_markup_out_of_texts() -> None:
    ours = {name: body.decode() for name, (body, _) in FILES.items() if name.endswith(".js") and "vendor" not in name}
    assert {"app.js", "media.js", "sdk/leaderboard.js"} <= set(ours)
    markup = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|\beval\b"
    )
    assert [name for name, text in ours.items() if markup.search(text)] == []
