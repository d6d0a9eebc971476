"""Other people's files: each is listed with its version and licence, and is what it was."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "leaderboard" / "web" / "vendor", ROOT / "tests" / "vendor"]


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_the_list_is_whole_and_true(folder: Path) -> None:
    listed: dict[str, str] = {}
    for package in json.loads((folder / "vendor.json").read_text()):
        assert package["name"]
        assert package["version"]
        assert package["licence"] in ("MIT", "ISC", "BSD-3-Clause", "Apache-2.0")
        assert any(name.endswith("LICENSE") for name in package["files"])
        listed |= package["files"]
    there = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    assert listed.keys() == there.keys() - {"vendor.json"}
    for name, digest in listed.items():
        assert hashlib.sha256(there[name].read_bytes()).hexdigest() == digest, name
