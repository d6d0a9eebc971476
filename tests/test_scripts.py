"""Each script's header says what the script does."""

import re
from importlib.resources import files

import pytest

from leaderboard.errors import REFUSALS
from leaderboard.state import scripts
from leaderboard.state.accounts import Accounts
from leaderboard.state.charts import Charts
from leaderboard.state.corrections import Corrections
from leaderboard.state.draws import Draws
from leaderboard.state.groups import Groups
from leaderboard.state.journal import Journal
from leaderboard.state.limits import Limits
from leaderboard.state.nodes import Nodes
from leaderboard.state.scoring import Scoring
from leaderboard.state.standings import Standings
from leaderboard.state.store import Store
from leaderboard.state.teams import Teams

FOLDER = files("leaderboard.state") / "lua"
STEPS = {
    *("regrade", "corrected"),  # of Corrections.correct
    *("announce",),  # of Audit.rebuild
    *("grant", "password", "remember", "listed"),  # of several methods of Accounts
    *("take", "settle", "sweep"),  # of Recorder
    *("season",),  # of Seasons.make and change
    *("revive",),  # of History.replay
    *("claim",),  # of Draws.draw
    *("keep_document", "drop_document", "find_documents"),  # of Library
    *("keep_media", "drop_media"),  # of Gallery
    *("regroup",),  # of Groups.wrong and mend
    *("copy", "fill", "restore"),  # of Backups
}
SOURCES = {file.name[:-4]: file.read_text() for file in FOLDER.iterdir() if file.name.endswith(".lua")}


def header_and_body(name: str) -> tuple[str, str]:
    """The comment at the top without its dashes, and everything else with the includes spliced in."""
    lines = SOURCES[name].splitlines()
    end = next(i for i, line in enumerate(lines) if not line.startswith("--"))
    header = "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:end])
    return header, scripts.SCRIPTS[name].text.decode().split("\n", end)[-1]


def numbers(pattern: str, text: str) -> set[int]:
    return {int(number) for number in re.findall(pattern, text)}


@pytest.mark.parametrize("name", SOURCES)
def test_header(name: str) -> None:
    header, body = header_and_body(name)
    sentence, blank, *_ = header.split("\n")
    assert sentence
    assert sentence[-1] in ".:"
    assert not blank

    documented = {int(n) for n in re.findall(r"^KEYS\[(\d+)", header, re.MULTILINE)}
    assert documented == set(range(1, len(documented) + 1))
    assert numbers(r"KEYS\[(\d+)\]", body) <= documented
    arguments = {int(n) for n in re.findall(r"^ARGV\[(\d+)", header, re.MULTILINE)}
    assert arguments == set(range(1, len(arguments) + 1))
    assert numbers(r"ARGV\[(\d+)\]", body) <= arguments

    [errors] = re.findall(r"^Errors  (.+)$", header, re.MULTILINE)
    raised = set(re.findall(r"error_reply\('([A-Z_]+)", body))
    assert set(errors.split(", ")) - {"none"} == raised
    assert raised <= set(REFUSALS)

    own = re.sub(r"local function .*?\nend\n", "", body, flags=re.DOTALL)
    publishes = bool(re.search(r"\bshow(_if_due|_state|_state_again)?\(|'PUBLISH'", own))
    said = " ".join(header.split())
    assert publishes == ("ublishes the" in said), "the header says whether it publishes"
    assert "Returns {" in said


@pytest.mark.parametrize("name", SOURCES)
def test_one_verb_everywhere(name: str) -> None:
    rooms = (Store, Draws, Groups, Corrections, Standings, Accounts, Journal, Limits, Teams, Scoring, Charts, Nodes)
    assert any(callable(getattr(room, name, None)) for room in rooms) or name in STEPS


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_forbidden(name: str) -> None:
    _, body = header_and_body(name)
    code = re.sub(r"--.*", "", body)
    assert "cjson" not in code
    assert "tostring" not in code
    assert not re.search(r"^\s*(?!local\b)\w+\s*=\s*function", code, re.MULTILINE)
    assert "'quiz:" not in code


@pytest.mark.parametrize("name", SOURCES)
def test_length(name: str) -> None:
    assert len([line for line in SOURCES[name].splitlines() if line and not line.startswith("--")]) <= 70
