"""What the page does with pictures and sounds, whose addresses somebody has written into a quiz."""

import gzip
import json
import posixpath
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
    module = SDK.parent.parent / "parts" / "addresses.js"
    command = [*node_js(), str(ADDRESSES), str(module), HERE, json.dumps([*FETCHED])]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert dict(zip(FETCHED, json.loads(shown.stdout), strict=True)) == FETCHED


def test_the_policy_lets_in_pictures_and_sounds_from_elsewhere_and_nothing_more() -> None:
    header = TestClient(Starlette(routes=ROUTES)).get("/").headers["content-security-policy"]
    policy = {name: sources for name, *sources in (rule.split() for rule in header.split(";"))}
    [import_map] = [source for source in policy["script-src"] if source.startswith("'sha256-")]
    policy["script-src"].remove(import_map)
    assert policy["img-src"] == policy["media-src"] == ["'self'", "https:"]
    others = {source for name, sources in policy.items() if name not in ("img-src", "media-src") for source in sources}
    assert others == {"'self'", "'none'"}


def test_the_page_makes_no_markup_out_of_texts() -> None:
    ours = {name: body.decode() for name, (body, _) in FILES.items() if name.endswith(".js") and "vendor" not in name}
    assert {"play/app.js", "parts/media.js", "sdk/leaderboard.js"} <= set(ours)
    markup = re.compile(
        r"innerHTML|outerHTML|dangerouslySet|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|\beval\b"
    )
    assert [name for name, text in ours.items() if markup.search(text)] == []


ENTRANCE = FILES["index.en.entry.html"][0].decode()


def reached(name: str, found: set[str]) -> set[str]:
    """The modules that this one needs before it can run, itself among them."""
    if name not in found:
        found.add(name)
        names: dict[str, str] = json.loads(ENTRANCE.split('<script type="importmap">')[1].split("</script>")[0])[
            "imports"
        ]
        for it in re.findall(r'(?:import|export)\b[^;"\'(]*?from ?"([^"]+)"', FILES[name][0].decode()):
            path = names.get(it) or "/web/" + posixpath.normpath(posixpath.join(posixpath.dirname(name), it))
            reached(path.removeprefix("/web/"), found)
    return found


def test_all_modules_that_a_player_needs_are_asked_for_at_once() -> None:
    asked = re.findall(r'<link rel="modulepreload" href="/web/([^"]+)">', ENTRANCE)
    assert {*asked} | {"play/app.js"} == reached("play/game.js", reached("play/app.js", set()))
    assert len(asked) == len(set(asked))


def test_what_a_player_needs_is_small() -> None:
    needed = reached("play/game.js", reached("play/app.js", set())) | {"design.css", "play/play.css", "icon.svg"}
    files = [FILES[name][0] for name in needed | {"languages/en/play.json", "index.en.entry.html"}]
    assert sum(len(gzip.compress(file)) for file in files) <= 60 * 1024


def entrance(query: str = "", languages: str = "en") -> str:
    return TestClient(Starlette(routes=ROUTES)).get(f"/{query}", headers={"accept-language": languages}).text


def test_the_entrance_speaks_before_its_scripts_are_there() -> None:
    assert '<html lang="en" dir="ltr">' in entrance()
    assert "Which quiz?" in entrance(languages="xx-YY,en;q=0.5")
    assert 'action="/" hidden>' in entrance("?quiz=K7P2QXMB")
    assert 'action="/" hidden>' not in entrance()
    assert "{{" not in entrance()
