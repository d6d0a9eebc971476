"""What the documents say is so: their commands run, their tables are those of the code."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from leaderboard.cli import main
from leaderboard.live.messages import CLOSE_CODES
from leaderboard.reference import TABLES, fill_in
from tests.documents import ROOT, blocks, free_port, run, steps, walk
from tests.nodes import ADMIN, Nodes

README = (ROOT / "README.md").read_text()
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()


def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    serve, test, walk, content, evening, competition, strangers, cluster = blocks(README, "sh")
    [inside] = blocks(README, "redis")
    assert (serve, test) == ("scripts/serve\n", "scripts/test\n")  # the second is what runs this
    assert cluster == "scripts/cluster 3\n"  # tests/test_balancers.py
    port, out = free_port(), tmp_path / "out"
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": ""}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    with out.open("wb") as log:
        process = subprocess.Popen(
            serve.split(), env=clean | home | {"LEADERBOARD_PORT": str(port)}, stdout=log, stderr=log, cwd=ROOT
        )
    try:
        deadline = time.monotonic() + 60
        while "admin token" not in out.read_text():
            assert process.poll() is None, out.read_text()
            assert time.monotonic() < deadline, out.read_text()
            time.sleep(0.05)
        admin = re.findall(r"admin token\s+(\S+)", out.read_text())[0]
        said = run(walk.replace(":8000", f":{port}") + 'echo; echo "QUIZ=$quiz"', ADMIN=admin)
        assert '"points":1000' in said or '"points":99' in said
        assert said.count('"duplicate":false') == 3
        in_library = run(
            (walk + content).replace(":8000", f":{port}").replace("-o quiz", f"-o {tmp_path}/quiz"), ADMIN=admin, **home
        )
        see_the_library(in_library, tmp_path)
        script = (walk + evening).replace(":8000", f":{port}").replace("-o results", f"-o {tmp_path}/results")
        see_the_evening(run(script, ADMIN=admin, **home), tmp_path)
        cup = run(
            (walk + evening + competition).replace(":8000", f":{port}").replace("-o results", f"-o {tmp_path}/x"),
            ADMIN=admin,
            **home,
        )
        assert '"correct":true,"rank":1' in cup
        assert [row["name"] for row in json.loads(cup.splitlines()[-2])["rows"]] == ["Foxes", "guests", "Owls"]
        assert "3 players, 2 answers" in cup
        said_to_strangers = run((walk + strangers).replace(":8000", f":{port}"), ADMIN=admin, **home)
        assert "1. Linh" in said_to_strangers
        assert said_to_strangers.splitlines()[-1].startswith('{"rows":[{"quiz":')
        quiz = said.split("QUIZ=")[1].strip()
        look = re.findall(r"look inside\s+(.+)", out.read_text())[0]
        for command in inside.strip().splitlines():
            answer = run(f"{look} --no-auth-warning {command}", quiz=quiz)
            assert answer.strip() or "online" in command, command
            assert "ERR" not in answer
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def see_the_library(said: str, folder: Path) -> None:
    """What the README's content printed: both quizzes are kept, one is played, exported and imported again over HTTP."""
    assert re.search(r"^\S+ +version +1 +20 questions  Twenty words$", said, re.MULTILINE)
    assert re.search(r"^\S+ +version +1 +20 questions  The world and its words$", said, re.MULTILINE)
    imported, found = (json.loads(line) for line in said.splitlines()[-2:])
    assert (imported["report"]["imported"], imported["report"]["refused"]) == (20, 0)
    assert imported["entry"]["id"] in [entry["id"] for entry in found["entries"]]
    assert "The world and its words" in (folder / "quiz.gift").read_text()


def see_the_evening(said: str, folder: Path) -> None:
    """What the README's evening printed: the wrong key is put right, the Owls win, and all of it is proved."""
    assert '"changed":2,"leader":{' in said
    preview = json.loads(next(line for line in said.splitlines() if line.startswith('{"revision"')))
    assert (preview["leader"]["name"], preview["leader_then"]["name"]) == ("Foxes", "Owls")
    board = json.loads(next(line for line in said.splitlines() if line.startswith('{"epoch"') and "Owls" in line))
    assert [(row["rank"], row["name"]) for row in board["rows"]] == [(1, "Owls"), (2, "Bears"), (3, "Foxes")]
    rows = list(csv.DictReader((folder / "results.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["Player"] for row in rows] == ["Owls", "Bears", "Foxes"]
    assert (folder / "results.xlsx").read_bytes().startswith(b"PK")
    assert "3 players, 6 answers" in said
    assert "all agrees" in said
    assert "question 3: right after" in said
    assert "with 200 for 3 right in a row" in said


def test_the_walk_through_the_api(nodes: Nodes) -> None:
    page = (ROOT / "docs" / "api.md").read_text().replace("http://127.0.0.1:8000", nodes.start(limits="").base)
    walk(steps(page), {}, ADMIN=ADMIN)


def test_the_tables_are_those_of_the_code() -> None:
    texts = [file.read_text() for file in ROOT.glob("docs/*.md")]
    assert [fill_in(text) for text in texts] == texts, "run scripts/docs"
    assert {name for text in texts for name in re.findall(r"<!-- table: (\w+) -->", text)} == set(TABLES)


def test_the_protocol_lists_every_close_code() -> None:
    rows = re.findall(r"^\| (\d{4}) \| (reconnect|give up) \| (.+) \|$", PROTOCOL, re.MULTILINE)
    known = [(str(c.code), "reconnect" if c.reconnect else "give up", c.reason) for c in CLOSE_CODES]
    assert set(known) <= set(rows)


DOCUMENTS = pytest.mark.parametrize("file", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda file: file.name)


@DOCUMENTS
def test_commands_that_are_named_are_there(file: Path) -> None:
    named = re.findall(r"(?<!/)\bleaderboard ([a-z][a-z-]+)", " ".join(re.findall(r"`[^`\n]+`", file.read_text())))
    assert set(named) <= set(main.list_commands(click.Context(main)))


@DOCUMENTS
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text()):
        assert (file.parent / target).exists(), target
    for target, anchor in re.findall(r"\]\(([^)#:]*\.md)?#([^)]+)\)", file.read_text()):
        text = (file.parent / target).read_text() if target else file.read_text()
        headings = {
            re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        assert anchor in headings


def test_no_download_addresses_in_the_locks() -> None:
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert text.count("--hash=sha256:") > 10


def test_the_example(nodes: Nodes) -> None:
    """docs/example.py brings its own users, with a key that may only what the example says it needs."""
    source = (ROOT / "docs" / "example.py").read_text()
    assert len(source.splitlines()) <= 60
    needs = re.search(r"with the verbs ([\w, ]+)\n?([\w, ]*) \(POST", source)
    assert needs is not None
    verbs = re.findall(r"\w+", f"{needs[1]} {needs[2]}".replace(" and ", " "))
    node = nodes.start()
    person = {"email": "app@example.org", "password": "correct horse battery"}
    assert node.http("POST", "/v1/admin/accounts", ADMIN, json=person | {"name": "App", "role": "host"}).is_success
    session = node.http("POST", "/v1/sessions", json=person).json()["token"]
    made = node.http("POST", "/v1/keys", session, json={"name": "app", "verbs": verbs, "quizzes": ["*"]})
    said = run(
        f"{sys.executable} docs/example.py",
        LEADERBOARD_URL=node.base,
        LEADERBOARD_KEY=made.json()["token"],
        PYTHONPATH=str(ROOT),
    )
    lines = said.strip().splitlines()
    assert len(lines) == 5
    assert re.fullmatch(r"1\. Linh: \d{3,4}", lines[3])
    assert lines[4] == "2. Jonas: 0"
    assert "Traceback" not in node.log.read_text()
