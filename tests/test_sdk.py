"""The JavaScript client as it is served: what it exports and its types agree. What it does: test_client.py."""

import json
import re
import subprocess
from pathlib import Path

from leaderboard.web.pages import FILES
from tests.clients import SDK, node_js

TYPES = SDK.with_suffix(".d.ts").read_text()
SHOW = Path(__file__).parent / "sdk" / "show.mjs"


def test_the_types_are_those_of_the_module() -> None:
    shown = subprocess.run([*node_js(), str(SHOW), str(SDK)], capture_output=True, text=True, check=True)
    found = json.loads(shown.stdout)
    assert set(found["exports"]) == set(re.findall(r"^export (?:class|function) (\w+)", TYPES, re.MULTILINE))
    [live] = re.findall(r"^export class Live \{(.*?)^\}", TYPES, re.MULTILINE | re.DOTALL)
    declared = set(re.findall(r"^  (?:readonly )?(\w+)[<(:]", live, re.MULTILINE))
    of_any_target = {"addEventListener", "removeEventListener", "dispatchEvent"}
    assert set(found["members"]) == declared - of_any_target


def test_the_types_know_every_verb() -> None:
    from leaderboard.quiz.verbs import HOST_VERBS

    [requests] = re.findall(r"^export interface Requests \{(.*?)^\}", TYPES, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^  (\w+):", requests, re.MULTILINE)) == {*HOST_VERBS, "answer", "draw"}
    for name, verb in HOST_VERBS.items():
        [fields] = re.findall(rf"^  {name}: \[\s*\{{(.*?)\}}", requests, re.MULTILINE | re.DOTALL)
        assert set(re.findall(r"(\w+)\??:", fields)) == set(verb.__struct_fields__) - {"id"}, name


def test_what_the_page_is_made_of_is_served() -> None:
    assert FILES["sdk/leaderboard.js"] == (SDK.read_bytes(), "text/javascript")
    assert "sdk/leaderboard.d.ts" in FILES
    for name, (body, _) in FILES.items():
        wanted = re.findall(r'(?:href|src)="/web/([^"]+)"', body.decode())
        if name != "sdk/leaderboard.js":  # there it is an example
            wanted += re.findall(r'^import .* from "\./(.+)";$', body.decode(), re.MULTILINE)
        assert set(wanted) <= set(FILES), name
