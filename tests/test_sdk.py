"""The JavaScript client as it is served: what it exports and its types agree. What it does: test_client.py."""

import json
import posixpath
import re
import subprocess
from pathlib import Path

from leaderboard.api import OPERATIONS
from leaderboard.quiz.content import QuestionView
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
    assert set(re.findall(r"^  (\w+):", requests, re.MULTILINE)) == {*HOST_VERBS, "answer", "draw", "buy", "release"}
    for name, verb in HOST_VERBS.items():
        [fields] = re.findall(rf"^  {name}: \[\s*\{{(.*?)\}}", requests, re.MULTILINE | re.DOTALL)
        assert set(re.findall(r"(\w+)\??:", fields)) == set(verb.__struct_fields__) - {"id"}, name


def test_what_the_page_is_made_of_is_served() -> None:
    assert FILES["sdk/leaderboard.js"] == (SDK.read_bytes(), "text/javascript")
    assert "sdk/leaderboard.d.ts" in FILES
    for name, (body, _) in FILES.items():
        if name.startswith("vendor/") or name == "sdk/leaderboard.js":  # there it is an example
            continue
        text = body.decode()
        wanted = set(re.findall(r'"/web/([^"$]+)"', text))
        beside = re.findall(r'^(?:import|export) [^;]*?from "(\.[^"]+)";$', text, re.MULTILINE)
        beside += re.findall(r'^@import "([^"]+)"', text, re.MULTILINE)
        wanted |= {posixpath.normpath(posixpath.join(posixpath.dirname(name), it)) for it in beside}
        assert wanted <= set(FILES), name


def test_the_page_has_words_for_all_that_keeps_one_out() -> None:
    words = json.loads(FILES["languages/en/play.json"][0])
    ours = {"FORBIDDEN", "ID_REUSED"}  # of an API key, and of a key that was made up anew
    wanted = {kind.code for kind in OPERATIONS["join"].refuses} - ours | {"RATE_LIMITED"}
    assert {code for code in wanted if f"refused.{code}" not in words} == set()


def test_the_types_know_all_that_is_seen_of_a_question() -> None:
    [question] = re.findall(r"^export interface Question \{(.*?)^\}", TYPES, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^  (\w+)\??:", question, re.MULTILINE)) == set(QuestionView.__struct_fields__)
