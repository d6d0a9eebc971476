"""What the page does with pictures and sounds, whose addresses somebody has written into a quiz."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from leaderboard.web.pages import APART, FILES, ROUTES
from leaderboard.web.together import Together
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

NUMBERS = {  # as it is typed, and what is sent; None: the page asks
    "12.5": 12.5,
    " 1 200 ": 1200,
    "12,5": 12.5,
    "1,200": None,
    "−3": -3,
    "١٢٫٥": 12.5,
    "\u200f۱٬۲۰۰": 1200,
    "١٢ب": None,
    "": None,
}
OTHERWISE = {"1.200": None, "1,200": 1.2, "12.5": 12.5, "12,5": 12.5}  # where decimals follow a comma


def test_what_is_fetched_for_an_address() -> None:
    module = SDK.parent.parent / "parts" / "addresses.js"
    command = [*node_js(), str(ADDRESSES), str(module), HERE, json.dumps([*FETCHED])]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert dict(zip(FETCHED, json.loads(shown.stdout), strict=True)) == FETCHED


def test_a_number_is_read_whatever_the_keyboard() -> None:
    source = (SDK.parent.parent / "parts" / "choices.js").read_text()
    [reader] = re.findall(r"^export (function readNumber.*?^})", source, re.M | re.S)
    program = f"{reader} console.log(JSON.stringify(JSON.parse(process.argv[1]).map((it) => readNumber(...it))))"
    asked = [(text, False) for text in NUMBERS] + [(text, True) for text in OTHERWISE]
    shown = subprocess.run([*node_js(), "-e", program, json.dumps(asked)], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == [*NUMBERS.values(), *OTHERWISE.values()]


def test_the_policy_lets_in_pictures_and_sounds_from_elsewhere_and_nothing_more() -> None:
    header = TestClient(Starlette(routes=ROUTES)).get("/").headers["content-security-policy"]
    policy = {name: sources for name, *sources in (rule.split() for rule in header.split(";"))}
    assert policy["img-src"] == policy["media-src"] == ["'self'", "https:"]
    others = {source for name, sources in policy.items() if name not in ("img-src", "media-src") for source in sources}
    assert others == {"'self'", "'none'"}


def test_the_page_makes_no_markup_out_of_texts() -> None:
    ours = {name: body.decode() for name, (body, _) in FILES.items() if name.endswith(".js") and "vendor" not in name}
    del ours["play.js"]  # made of these, and of what is not ours
    assert {"play/app.js", "parts/media.js", "sdk/leaderboard.js"} <= set(ours)
    markup = re.compile(
        r"innerHTML|outerHTML|dangerouslySet|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|\beval\b"
    )
    assert [name for name, text in ours.items() if markup.search(text)] == []


ENTRANCE = FILES["index.en.entry.html"][0].decode()


def test_what_a_player_needs_is_small_and_comes_in_few_pieces() -> None:
    pieces = {*re.findall(r'(?:href|src)="/web/([^"]+)"', ENTRANCE)}
    assert len(pieces) <= 8
    assert "play.js" in pieces
    files = [ENTRANCE.encode(), *(FILES[name][0] for name in pieces)]
    assert sum(len(gzip.compress(file)) for file in files) <= 60_000


def test_the_modules_together_are_a_program(tmp_path: Path) -> None:
    program = tmp_path / "play.mjs"
    program.write_bytes(FILES["play.js"][0])
    subprocess.run([*node_js(), "--check", str(program)], check=True)
    text = FILES["play.js"][0].decode()
    assert {*re.findall(r'^import .* from "/web/([^"]+)";$', text, re.MULTILINE)} == {*APART}
    assert len(re.findall(r"^ *(?:import|export)\b", text, re.MULTILINE)) == len(APART)
    assert text.count("class Room") == 1  # each module is there once


MODULES = {
    "main.mjs": 'import { one as first, Two } from "./one.js";\nimport { three } from "three";\nimport d from "./late.js";\n'
    'const { name } = await import("./late.js");\n'
    '/** import { x } from "./y.js"; */\nconsole.log(first, new Two().x, three(), d(), name);\n',
    "one.js": 'export { two as Two } from "./two.js";\nconst inner = "one"; // export\nexport { inner as one };\n',
    "two.js": "const inner = 2;\nexport class two {\n  x = inner;\n}\n",
    "three.js": "var a=3;const inner=()=>a;export{inner as three};",
    "pair.js": "export const first = 1, second = 2;\n",
    "late.js": 'export default function () {\n  return "default";\n}\nexport const name = "late";\n',
}


def test_modules_are_the_same_together_and_apart(tmp_path: Path) -> None:
    program = tmp_path / "together.mjs"
    (tmp_path / "late.js").write_text(MODULES["late.js"])
    program.write_text(
        Together(MODULES.__getitem__, {"three": "three.js"}, {"late.js": "./late.js"}).program("main.mjs")
    )
    done = subprocess.run([*node_js(), str(program)], capture_output=True, text=True, check=True)
    assert done.stdout == "one 2 3 default late\n"


@pytest.mark.parametrize(
    "text",
    [
        "export let a = 1;\n",
        'import * as all from "./one.js";\n',
        'export * from "./one.js";\n',
        'import { second } from "./pair.js";\n',
        'export { second } from "./pair.js";\n',
        'import nothing from "./two.js";\n',
    ],
)
def test_what_cannot_be_put_together_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"main\.mjs"):
        Together((MODULES | {"main.mjs": text}).__getitem__, {}, {}).program("main.mjs")


def entrance(query: str = "", languages: str = "en") -> str:
    return TestClient(Starlette(routes=ROUTES)).get(f"/{query}", headers={"accept-language": languages}).text


def test_the_entrance_speaks_before_its_scripts_are_there() -> None:
    assert '<html lang="en" dir="ltr">' in entrance()
    assert "Which quiz?" in entrance(languages="xx-YY,en;q=0.5")
    assert 'id="code"' in entrance()
    assert 'id="name"' in entrance("?quiz=K7P2QXMB")
    assert 'id="code"' not in entrance("?quiz=K7P2QXMB")
    assert "{{" not in entrance() + entrance("?quiz=K7P2QXMB", "ar")
