"""What the studio works out of results and of the ledger, without a browser."""

import itertools
import json
import random
import subprocess
from pathlib import Path
from typing import Any

from leaderboard.quiz.access import ACCESS, Role, may
from tests.clients import SDK, node_js

HOST = SDK.parent.parent / "host"
HERE = Path(__file__).parent / "sdk"
KEEP_THE_TIE = ("regrade", "rebuild")
PAGE = 97
NAMES = [f"p{n}" for n in range(12)]


def run(script: str, module: str, given: Any) -> Any:
    command = [*node_js(), str(HERE / script), str(HOST / module), json.dumps(given)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def ledger(entries: int, seed: int) -> list[dict[str, Any]]:
    """What a quiz might write: answers to one question after another, corrections, points from the host, somebody aside."""
    chance, totals, rows, at = random.Random(seed), dict.fromkeys([*NAMES, "aside"], 0), [], 1_790_000_000_000
    for number in range(entries):
        player, question = chance.choice([*totals]), number * 6 // entries
        reason = chance.choices(["answer", "host", "regrade"], [8, 1, 2])[0]
        totals[player] += (delta := chance.choice([-100, 0, 100, 200]))
        at += chance.choice([0, 0, 3, 40, 60_000])
        about = None if reason == "host" else question
        rows.append(
            {"at": at, "player": player, "delta": delta, "total": totals[player], "reason": reason, "question": about}
        )
    return rows


def board(rows: list[dict[str, Any]], ascending: bool, shared: bool) -> list[list[Any]]:
    """The first five after these entries, entry by entry."""
    held: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        known = held.get(row["player"])
        keeps = row["reason"] in KEEP_THE_TIE and known is not None
        held[row["player"]] = row["total"], known[1] if known and keeps else number
    ranked = sorted(held, key=lambda it: (held[it][0] if ascending else -held[it][0], held[it][1]))
    points = [held[it][0] for it in ranked]
    ranks = [points.index(it) + 1 if shared else place for place, it in enumerate(points, 1)]
    return [[*row] for row in zip(ranked, ranks, points, strict=True)][:5]


def played(rows: list[dict[str, Any]], indices: list[int], own_pace: bool = False, **options: bool) -> Any:
    pages = [rows[first : first + PAGE] for first in range(0, len(rows), PAGE)]
    given = {"players": NAMES, "options": options, "pages": pages, "indices": indices, "own_pace": own_pace}
    return run("replay.mjs", "after/replay.js", given)


def test_the_board_of_any_moment_is_that_of_the_entries_until_then() -> None:
    """Forwards, backwards and by jumps, over pages, for each order and each way with equals."""
    for seed, (ascending, shared) in enumerate([(False, False), (False, True), (True, False), (True, True)]):
        rows = ledger(1_000, seed)
        own = [row for row in rows if row["player"] != "aside"]
        jumps = random.Random(seed).choices(range(1, len(own) + 1), k=120)
        indices = [1, 2, PAGE, PAGE + 1, *jumps, *range(400, 450), 3, len(own)]
        shown = played(rows, indices, ascending=ascending, shared=shared)
        assert shown["length"] == len(own)
        assert shown["tops"] == [board(own[:index], ascending, shared) for index in indices]


def test_sections_end_where_the_next_question_begins_and_long_rests_are_left_out() -> None:
    rows = ledger(1_000, 7)
    own = [row for row in rows if row["player"] != "aside"]
    shown = played(rows, [])
    first = {
        question: next(n for n, row in enumerate(own) if row["question"] == question and row["reason"] == "answer")
        for question in range(6)
    }
    assert [(it["question"], it["end"]) for it in shown["sections"]] == [
        *((question, first[question + 1]) for question in range(5)),
        (5, len(own)),
    ]
    totals = [{row["player"]: row["total"] for row in own[: it["end"]]} for it in shown["sections"]]
    assert shown["courses"] == [[it.get("p0", 0), it.get("p1", 0)] for it in totals]
    gaps = [min(2_000, after["at"] - before["at"]) for before, after in itertools.pairwise(own)]
    assert shown["duration"] == sum(gaps)
    evenly = played(rows, [], own_pace=True)["sections"]
    assert [it["question"] for it in evenly] == [-1] * 10
    assert evenly[-1]["end"] == len(own)


def test_an_empty_ledger_has_no_sections() -> None:
    assert played([], [])["sections"] == played([], [], own_pace=True)["sections"] == []


def record(grade: float, choice: list[Any], points: int = 0) -> dict[str, Any]:
    return {"grade": grade, "choice": choice, "points": points}


RESULTS = {
    "rounds": [0, 1, 2],
    "void": [1],
    "content": [
        {"type": "several", "choices": ["a", "b", "c"]},
        {"type": "text", "choices": []},
        {"type": "poll", "choices": ["x", "y"]},
    ],
    "rows": [
        {
            "name": "Émile",
            "rank": 1,
            "points": 900,
            "answers": {"0": record(1, [0, 1], 900), "1": record(1, ["Paris"]), "2": record(0, [1])},
        },
        {"name": "Zoë", "rank": 2, "points": 400, "answers": {"0": record(0.5, [0], 400), "1": record(0, ["Rome"])}},
        {"name": "anna", "rank": 3, "points": -50, "answers": {"1": record(1, [" paris "])}},
        {"name": "Off", "rank": 0, "points": 5, "aside": True, "answers": {"0": record(0, [2])}},
    ],
}


def test_answers_are_counted_for_those_on_the_board() -> None:
    first, written, poll = run("call.mjs", "after/figures.js", [["figures", RESULTS, n] for n in range(3)])
    assert first == {"none": 1, "given": 0, "right": 1, "partly": 1, "wrong": 0, "choices": [2, 1, 0], "written": []}
    assert [(it["choice"], it["n"], it["right"]) for it in written["written"]] == [
        (["Paris"], 2, True),
        (["Rome"], 1, False),
    ]
    assert (poll["given"], poll["none"], poll["choices"]) == (1, 2, [0, 1])


def test_the_table_is_searched_and_sorted() -> None:
    [known] = run("call.mjs", "after/figures.js", [["prepared", RESULTS]])
    assert [row["right"] for row in known["rows"]] == [1, 0, 0, 0]  # what does not count is not counted
    orders: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["Émile", "Zoë", "anna", "Off"]),
        ({"by": "rank", "backwards": True}, ["Off", "anna", "Zoë", "Émile"]),
        ({"by": "name"}, ["anna", "Émile", "Off", "Zoë"]),
        ({"by": "points"}, ["Émile", "Zoë", "Off", "anna"]),
        ({"by": 0}, ["Émile", "Zoë", "Off", "anna"]),
        ({"text": " ZO "}, ["Zoë"]),
        ({"text": "nobody"}, []),
    ]
    shown = run("call.mjs", "after/figures.js", [["arranged", known["rows"], given] for given, _ in orders])
    assert [[row["name"] for row in rows] for rows in shown] == [names for _, names in orders]


def test_what_a_key_may_do_are_verbs_that_keys_can_be_given() -> None:
    [powers] = run("call.mjs", "admin/powers.js", [["POWERS"]])
    for verbs in powers.values():
        assert all(verb == "*" or may(verb, frozenset({Role.SERVICE})) for verb in verbs)
    named = {verb for verbs in powers.values() for verb in verbs}
    wanted = {verb for verb, roles in ACCESS.items() if Role.SERVICE in roles and Role.ANYONE not in roles}
    assert wanted <= named
    part = [*powers["judge"], *powers["join"], "next"]
    [told] = run("call.mjs", "admin/powers.js", [["powersOf", part]])
    assert told == {"powers": ["judge", "join"], "others": ["next"]}
