"""The load test: it plays to the end, finds what was lost, and says what it lacks."""

import copy
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.nodes import ADMIN, Nodes

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("evening", ROOT / "scripts" / "evenings" / "evening.py")
assert SPEC
assert SPEC.loader
evening = sys.modules["evening"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(evening)

SMALL = ("--users", "10", "--spawn-rate", "10", "--room", "5", "--questions", "1", "--time-limit", "5")
SHORT = ("--run-time", "7s", "--stop-timeout", "1", "--json")


def load(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LEADERBOARD_", "LOCUST_"))}
    return subprocess.run(
        [ROOT / "scripts" / "load", *options],
        capture_output=True,
        text=True,
        env=clean | environment,
        timeout=120,
        check=False,
    )


def test_evenings_are_played_and_nothing_is_left(nodes: Nodes) -> None:
    node = nodes.start()
    done = load("--host", node.base, *SMALL, *SHORT, LEADERBOARD_ADMIN_TOKEN=ADMIN)
    assert done.returncode == 0, done.stderr + done.stdout
    assert ADMIN not in done.stdout + done.stderr
    counted = {it["name"]: it["num_requests"] for it in json.loads(done.stdout)}
    assert counted["results have what was kept"] == counted["make a quiz"] >= 2
    assert counted["join by PIN"] >= 10
    assert counted["answer kept"] > 0 < counted["answer over HTTP"]
    with redis.Redis.from_url(nodes.redis_url) as client:
        assert client.keys("quiz:{*}:meta") == [], "quizzes that were checked are deleted"


def test_it_says_what_it_lacks(tmp_path: Path) -> None:
    nobody = load(LEADERBOARD_DATA_DIR=str(tmp_path))
    assert nobody.returncode == 1
    assert "LEADERBOARD_ADMIN_TOKEN" in nobody.stderr
    nowhere = load("--host", "http://127.0.0.1:1", LEADERBOARD_ADMIN_TOKEN=ADMIN)
    assert nowhere.returncode == 1
    assert "No node answers at http://127.0.0.1:1" in nowhere.stderr
    divided = load("--processes", "2", LEADERBOARD_ADMIN_TOKEN=ADMIN)
    assert divided.returncode == 1
    assert "start it several times" in divided.stderr
    assert "Traceback" not in nobody.stderr + nowhere.stderr + divided.stderr


def played() -> tuple[Any, list[dict[str, Any]]]:
    """Ana's two answers were kept, Ben's second one was sent when the connection broke: both are there."""
    one = evening.Evening(seats=2)
    for player in ("ana", "ben"):
        one.enter(player)
        one.sent[player] = {0: [1], 1: [2]}
        one.kept[player] = {0: 900, 1: 0}
    del one.kept["ben"][1]
    answers = {"0": {"choice": [1], "points": 900}, "1": {"choice": [2], "points": 0}}
    return one, [{"player": it, "points": 900, "answers": copy.deepcopy(answers)} for it in ("ana", "ben")]


def test_all_that_was_kept_is_there() -> None:
    one, rows = played()
    assert evening.differences(one, rows) == []
    del rows[1]["answers"]["1"]
    assert evening.differences(one, rows) == [], "what nobody was told to be kept may be lost"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.pop(0), "ana is missing"),
        (lambda rows: rows[0]["answers"].pop("1"), "answer 1 of ana was kept and is not there"),
        (lambda rows: rows[0]["answers"].update({"2": {"choice": [0], "points": 0}}), "answer 2 of ana was never sent"),
        (lambda rows: rows[0]["answers"]["1"].update(choice=[0]), "answer 1 of ana is {'choice': [0]"),
        (lambda rows: rows[0].update(points=1800), "ana has 1800 points"),
        (lambda rows: rows[0]["answers"]["0"].update(points=901), "not [1] for 900 points"),
    ],
)
def test_what_was_lost_doubled_or_made_up_is_found(change: Any, says: str) -> None:
    one, rows = played()
    change(rows)
    assert says in "; ".join(evening.differences(one, rows))
