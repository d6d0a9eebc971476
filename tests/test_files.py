"""Files over HTTP and from the command line: imported, exported."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from leaderboard import sandbox
from leaderboard.api.asking import MAX_LARGE
from leaderboard.quiz.exporting import EXPORTS, FileFormat
from leaderboard.quiz.importing import MAX_FILE
from tests.nodes import ADMIN, QUESTIONS, Node, Nodes
from tests.world import World

FILE = b"""
title = "Sums"
[[questions]]
text = "1 + 1?"
type = "number"
answer = [2]
[[questions]]
text = "Half of a question"
choices = ["a"]
answer = [0]
"""
# Of little size, but each of its questions takes memory.
BOMB = b'{"title": "x", "questions": [' + b"{}," * 3_000_000 + b"{}]}"


@pytest.fixture
def node(nodes: Nodes) -> Node:
    return nodes.start()


def send(node: Node, file: bytes, query: str = "", token: str = ADMIN, **headers: str) -> Any:
    return node.http("POST", f"/v1/quizzes/import?{query}", token, content=file, headers=headers)


def test_a_file_becomes_a_quiz_of_the_library(node: Node) -> None:
    reply = send(node, FILE, "name=sums.toml")
    assert reply.status_code == 200
    made = reply.json()
    assert made["report"] == {
        "format": "quiz",
        "found": 2,
        "imported": 1,
        "refused": 1,
        "questions": 1,
        "remarks": [
            {
                "place": "question 2",
                "excerpt": "Half of a question",
                "reason": "it needs at least two choices",
                "imported": False,
            }
        ],
        "more": 0,
    }
    kept = node.http("GET", f"/v1/library/{made['entry']['id']}", ADMIN).json()
    assert [question["text"] for question in kept["questions"]] == ["1 + 1?"]
    assert made["entry"]["title"] == "Sums"
    assert "quiz" not in made


def test_a_dry_run_keeps_nothing(node: Node) -> None:
    made = send(node, FILE, "dry_run=true&title=Mine").json()
    assert (made["quiz"]["title"], made["report"]["imported"]) == ("Mine", 1)
    assert "entry" not in made
    assert node.http("GET", "/v1/library", ADMIN).json()["entries"] == []


def test_the_same_request_again_keeps_nothing_more(node: Node) -> None:
    key = {"idempotency-key": "0123456789abcdef"}
    first, second = (send(node, FILE, **key).json() for _ in range(2))
    assert first == second
    assert len(node.http("GET", "/v1/library", ADMIN).json()["entries"]) == 1
    for file, query in ((FILE + b"\n", ""), (FILE, "title=Other")):
        assert send(node, file, query, **key).json()["code"] == "ID_REUSED"


@pytest.mark.parametrize(
    ("file", "query", "status", "code"),
    [
        (FILE, "strict=true", 422, "INCOMPLETE"),
        (b"A letter.", "", 415, "UNKNOWN_FORMAT"),
        (b'title = "x"', "", 422, "NO_QUESTIONS"),
        (b'title = "x', "", 422, "UNREADABLE"),
        (b"title = 3\n[[questions]]", "", 422, "BAD_QUIZ"),
        (b"", "", 415, "UNKNOWN_FORMAT"),
        (FILE, "format=word", 400, "MALFORMED"),
        (FILE, "strict=perhaps", 400, "MALFORMED"),
        (FILE, "colour=red", 400, "MALFORMED"),
        (b"a" * (MAX_FILE + 1), "", 413, "TOO_LARGE"),
    ],
)
def test_what_is_refused_keeps_nothing(node: Node, file: bytes, query: str, status: int, code: str) -> None:
    reply = send(node, file, query)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert node.http("GET", "/v1/library", ADMIN).json()["entries"] == []


def test_a_file_that_takes_too_much_harms_nobody(node: Node) -> None:
    reply = send(node, BOMB)
    assert (reply.status_code, reply.json()["code"]) == (413, "TOO_LARGE")
    assert send(node, FILE).status_code == 200


def test_files_that_come_at_once_take_so_much_memory_and_no_more(node: Node) -> None:
    file = bytes(MAX_FILE - 1)
    address = node.base.removeprefix("http://").split(":")
    head = f"POST /v1/quizzes/import HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ADMIN}\r\ncontent-length: {MAX_FILE}"
    with contextlib.ExitStack() as senders:
        for _ in range(MAX_LARGE // MAX_FILE):
            sender = senders.enter_context(socket.create_connection((address[0], int(address[1]))))
            sender.sendall(head.encode() + b"\r\n\r\n" + file)  # all but its last byte
        assert send(node, FILE).status_code == 200
        assert send(node, file).json()["code"] == "BUSY"
    while (code := send(node, file).json()["code"]) == "BUSY":
        time.sleep(0.01)
    assert code == "UNREADABLE"


def test_hosts_import_into_their_own_library(node: Node) -> None:
    world = World(node)
    made = send(node, FILE, token=world.organizer).json()["entry"]["id"]
    assert node.http("GET", f"/v1/library/{made}", world.organizer).status_code == 200
    assert node.http("GET", f"/v1/library/{made}", world.owner).json()["code"] == "NO_SUCH_DOCUMENT"
    assert send(node, FILE, token=world.member).json()["code"] == "FORBIDDEN"


@pytest.mark.parametrize("form", EXPORTS)
def test_what_is_exported_is_imported_as_it_was(node: Node, form: FileFormat) -> None:
    file = FILE if form != "kahoot" else b'{"title":"x","questions":[{"text":"?","choices":["a","b"],"answer":[1]}]}'
    made = send(node, file, "title=Sums").json()["entry"]["id"]
    path = f"/v1/library/{made}/export?format={form}"
    exported = node.http("GET", path, ADMIN)
    assert exported.headers["content-disposition"] == f'attachment; filename="{made}.{EXPORTS[form].suffix}"'
    left_out = ["The quiz is without its title."] if form in ("csv", "gift") else []
    assert node.http("GET", path + "&dry_run=true", ADMIN).json()["left_out"] == left_out
    again = send(node, exported.content, "strict=true&title=Sums").json()["entry"]["id"]
    assert again != made
    assert (
        node.http("GET", f"/v1/library/{again}", ADMIN).json() == node.http("GET", f"/v1/library/{made}", ADMIN).json()
    )


def test_a_quiz_that_is_played_is_exported_for_its_host_alone(node: Node) -> None:
    made = node.http("POST", "/v1/quizzes", ADMIN, json={"title": "Test", "questions": QUESTIONS}).json()
    path = f"/v1/quizzes/{made['id']}/export?format=toml"
    assert 'title = "Test"' in node.http("GET", path, made["host_token"]).text
    _, player = node.join(made["id"], "Ana")
    assert node.http("GET", path, player).json()["code"] == "FORBIDDEN"
    assert node.http("GET", path).json()["code"] == "UNAUTHORIZED"
    assert node.http("GET", "/v1/quizzes/NOBODY/export", ADMIN).json()["code"] == "NO_SUCH_QUIZ"


WORDS = b"""word,pos,level,meaning,synonyms
happy,adjective,A1,full of joy,glad
sad,adjective,A1,full of sorrow,unhappy
quick,adjective,A1,doing much in little time,fast
slow,adjective,A1,doing little in much time,
,adjective,A1,nothing,
"""


def make_vocabulary(node: Node, query: str, words: bytes = WORDS) -> Any:
    return node.http("POST", f"/v1/quizzes/vocabulary?{query}", ADMIN, content=words)


def test_a_word_list_becomes_a_quiz(node: Node) -> None:
    made = make_vocabulary(node, "questions=3&kinds=word&seed=4&name=moods.csv").json()
    report = made["report"]
    assert [report[name] for name in ("format", "found", "imported", "refused", "questions")] == ["words", 5, 4, 1, 3]
    kept = node.http("GET", f"/v1/library/{made['entry']['id']}", ADMIN).json()
    assert kept["title"] == "moods"
    assert all(question["text"].startswith("Which adjective means: ") for question in kept["questions"])
    again = make_vocabulary(node, "questions=3&kinds=word&seed=4&dry_run=true").json()["quiz"]
    assert again["questions"] == kept["questions"]
    assert make_vocabulary(node, "questions=3&kinds=word&seed=5&dry_run=true").json()["quiz"] != again


@pytest.mark.parametrize(
    ("query", "words", "code"),
    [
        ("kinds=rhyme", WORDS, "MALFORMED"),
        ("questions=0", WORDS, "MALFORMED"),
        ("questions=501", WORDS, "MALFORMED"),
        ("kinds=gap", WORDS, "NO_QUESTIONS"),
        ("", b"", "UNREADABLE"),
        ("", b"PK\x03\x04", "UNREADABLE"),
        ("", b"a" * (MAX_FILE + 1), "TOO_LARGE"),
    ],
)
def test_word_lists_that_are_refused(node: Node, query: str, words: bytes, code: str) -> None:
    assert make_vocabulary(node, query, words).json()["code"] == code
    assert node.http("GET", "/v1/library", ADMIN).json()["entries"] == []


# The command line


def command(*arguments: str, stdin: bytes = b"", redis: str = "") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "leaderboard", *arguments],
        input=stdin,
        capture_output=True,
        env=os.environ | {"LEADERBOARD_REDIS_URL": redis},
        timeout=60,
        check=False,
    )


def test_a_file_is_converted_without_a_server(tmp_path: Path) -> None:
    (tmp_path / "sums.toml").write_bytes(FILE)
    out = tmp_path / "sums.json"
    done = command("import", str(tmp_path / "sums.toml"), "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert b"quiz: 1 of 2 entries, 1 question\n" in done.stderr
    assert "question 2: it needs at least two choices  (Half of a question)" in done.stderr.decode()
    assert json.loads(out.read_bytes())["questions"] == [{"text": "1 + 1?", "answer": [2], "type": "number"}]


def test_from_the_library_to_a_file_and_from_a_quiz_that_is_played(real_url: str, tmp_path: Path) -> None:
    kept = command("import", "-", "--title", "From stdin", stdin=FILE, redis=real_url)
    document = kept.stdout.decode().strip()
    assert f"to play it: leaderboard library play {document}" in kept.stderr.decode()
    written = command("export", document, redis=real_url)
    assert written.stdout.startswith(b'title = "From stdin"\n'), written.stderr
    assert command("export", "NOBODY", redis=real_url).returncode == 1
    report = command("import", "-", "--dry-run", "--json", stdin=FILE, redis=real_url)
    assert json.loads(report.stdout)["report"]["found"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["import", "-", "--strict", "-o", "x.toml"], "1 of 2 entries can be imported. question 2: it needs"),
        (["import", "-", "-o", "x.doc"], "ends with none of .json, .toml, .csv, .gift, .xlsx"),
        (["import", "/nowhere.xlsx"], "does not exist"),
        (["import", "-", "--format", "word"], "Invalid value for '--format'"),
    ],
)
def test_commands_refuse_in_a_sentence(arguments: list[str], says: str) -> None:
    done = command(*arguments, stdin=FILE)
    assert done.returncode in (1, 2)
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_the_command_line_has_the_same_bounds() -> None:
    done = command("import", "-", "--dry-run", stdin=BOMB)
    assert f"more than {sandbox.MOST_MEMORY >> 20} MB".encode() in done.stderr


def test_words_become_a_quiz_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "quiz.json"
    done = command("vocabulary", "-", "--questions", "2", "--title", "Moods", "-o", str(out), stdin=WORDS)
    assert b"words: 4 of 5 entries, 2 questions" in done.stderr
    quiz = json.loads(out.read_bytes())
    assert (quiz["title"], len(quiz["questions"])) == ("Moods", 2)
    refused = command("vocabulary", "-", "--kinds", "word,rhyme", "-o", str(out), stdin=WORDS)
    assert b"The kinds are some of word, meaning" in refused.stderr
