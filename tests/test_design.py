"""What the documents name is there, and the arithmetic of docs/system-design.md is right."""

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
DESIGN = (ROOT / "docs" / "system-design.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
ROOMS = ("leaderboard", "tests", "scripts", "deploy", "docs")
FILES = [
    *(file for file in ROOT.iterdir() if file.is_file()),
    *(file for room in ROOMS for file in (ROOT / room).rglob("*") if "node_modules" not in file.parts),
]
PATHS = [f"/{file.relative_to(ROOT)}" for file in FILES]

NAMED = re.compile(r"`([\w*.][\w*/.-]*\.(?:py|lua|js|ts|conf|cfg|yml|yaml|toml|sh|svg))(?:::(\w+))?`")
METRIC = re.compile(r"`(leaderboard_\w+)`")
SUM = re.compile(r"`([\d(][^`=]*[×÷+][^`=]*) = ([^`=]+)`")
COST = re.compile(r"\[([^\]]*\d[^\]]*)\]\((\w+\.md)#([\w-]+)\)")
QUANTITY = re.compile(r"\d[\d.,–]* (?:µs|ms|KB|KiB)")
ALSO = ("performance", "protocol", "design", "play")
SIZES = {"bytes": 1, "kB": 1e3, "MB": 1e6, "KiB": 2**10, "MiB": 2**20, "Mbit": 1e6, "Gbit": 1e9}
UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1} | SIZES


def prose(file: Path) -> str:
    """The text without blocks of code."""
    return re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_files_and_tests_that_are_named_are_there(document: Path) -> None:
    for name, test in NAMED.findall(prose(document)):
        pattern = re.compile(rf"/{re.escape(name).replace(re.escape('*'), '[^/]*')}$")
        found = [file for file, path in zip(FILES, PATHS, strict=True) if pattern.search(path)]
        assert found, name
        assert not test or f"def {test}(" in found[0].read_text(), f"{name}::{test}"


def test_metrics_that_are_named_are_there() -> None:
    code = "".join(file.read_text() for file in (ROOT / "leaderboard").rglob("*.py"))
    names = {name for document in DOCUMENTS for name in METRIC.findall(document.read_text())}
    assert {name for name in names if f'"{name}"' not in code} == set()


def test_alerts_that_are_named_are_there() -> None:
    rules = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    named = re.findall(r"`((?:[A-Z][a-z]+)+)`", DESIGN.partition("## Watching it")[2])
    assert {*named} == {*re.findall(r"- alert: (\w+)", rules)}


def section(document: str, anchor: str) -> str:
    """The part of a document under this heading."""
    for part in re.split(r"^(?=#+ )", (ROOT / "docs" / document).read_text(), flags=re.MULTILINE):
        if re.sub(r"[^\w -]", "", part.partition("\n")[0].lstrip("# ").lower()).replace(" ", "-") == anchor:
            return part
    raise AssertionError(anchor)


def test_what_is_called_measured_was_measured() -> None:
    costs = COST.findall(DESIGN)
    assert len(costs) > 10
    for cost, document, anchor in costs:
        assert cost in section(document, anchor), cost
    beside = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ALSO)
    before, _, after = DESIGN.partition("## Capacity")
    for quantity in QUANTITY.findall(before + after.partition("## When something breaks")[2]):
        assert re.search(rf"(?<![\d.–]){re.escape(quantity)}", beside), quantity


def value(text: str) -> float:
    """What an expression amounts to, in seconds, bytes or bits."""
    text = text.replace("×", "*").replace("÷", "/").replace(",", "").replace(") bytes", ")")
    text = re.sub(r"([\d.]+) ([µ\w]+)", lambda found: f"({found[1]}*{UNITS[found[2]]})", text)
    assert re.fullmatch(r"[\d.e*/+() -]+", text), text
    return float(eval(text))


def test_the_arithmetic_of_the_capacity_plan() -> None:
    sums = SUM.findall(DESIGN)
    assert len(sums) > 20
    for term, result in sums:
        assert math.isclose(value(term), value(result), rel_tol=0.01), f"{term} = {value(term):.4g}, not {result}"
    terms = "".join(term for term, _ in sums)
    planned = re.findall(r"^\| (?:Redis|node), [^|]*\|[^|]*\| (.+) \|$", DESIGN, re.MULTILINE)
    for cost in "; ".join(planned).replace(" bytes", "").split("; "):
        assert re.search(rf"(?<![\d.]){re.escape(cost)}", terms), cost


def test_both_drawings_show_the_same() -> None:
    drawing = ElementTree.parse(ROOT / "docs" / "diagrams" / "architecture.svg").getroot()
    svg = "{http://www.w3.org/2000/svg}"
    parts = {group.get("id"): group.findtext(f"{svg}text") for group in drawing.iter(f"{svg}g")}
    ways = {(path.get("data-from"), path.get("data-to")) for path in drawing.iter(f"{svg}path")} - {(None, None)}
    mermaid = next(block for block in re.findall(r"```mermaid\n(.*?)```", DESIGN, re.DOTALL) if "flowchart" in block)
    assert dict(re.findall(r"^ +(\w+)\[([^\]]+)\]$", mermaid, re.MULTILINE)) == parts
    assert set(re.findall(r"^ +(\w+) --> (\w+)$", mermaid, re.MULTILINE)) == ways
    assert {end for way in ways for end in way} == set(parts)


def test_the_drawing_needs_nothing_from_elsewhere() -> None:
    text = (ROOT / "docs" / "diagrams" / "architecture.svg").read_text()
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@import|@font-face|<script|<image|\burl\((?!#)", text)
    assert "prefers-color-scheme: dark" in text


def test_the_path_of_a_change_is_the_path_that_one_took() -> None:
    """All that CONTRIBUTING names has the verb that it takes as its example, but for what only some verbs need."""
    path = CONTRIBUTING.partition("## The path of a change")[2].partition("\n## ")[0]
    named = {
        name for row in path.splitlines() if "|" in row for name in re.findall(r"`([\w/.]+\.\w+)`", row.split("|")[2])
    }
    [verb] = re.findall(r"\*(\w+)\*", path)
    without = {name for name in named if not re.search(rf"\b{verb}\b", name + (ROOT / name).read_text(), re.IGNORECASE)}
    others = ("CHANGELOG", "errors", "messages", "session", "players", "quizzes", "test_bad_input")
    assert {Path(name).stem for name in without} <= set(others)
    assert len(named - without) > 9
