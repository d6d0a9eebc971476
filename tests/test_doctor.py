"""What is wrong with a Redis or a machine is said in one sentence with the remedy, by `doctor` and by `serve`."""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from leaderboard.cli import console, main
from leaderboard.ops import doctor
from leaderboard.state.embedded import find_binary
from tests.nodes import ADMIN, Nodes
from tests.proxy import Proxy
from tests.waiting import poll

Start = Callable[..., str]


@pytest.fixture
def start(own_redis: None, tmp_path: Path) -> Iterator[Start]:
    """Starts a Redis with these settings and returns its URL, when it answers. All end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*settings: str) -> str:
        path = tmp_path / f"{len(started)}.sock"
        known = ["--unixsocket", str(path), "--port", "0", "--save", "", "--dir", str(tmp_path), *settings]
        found = find_binary()
        assert found is not None
        started.append(subprocess.Popen([found[0], *known], stdout=subprocess.DEVNULL))
        poll(lambda: started[-1].poll() is not None or speaks(path))
        if started[-1].returncode is not None:
            pytest.skip("this Redis cannot do that")
        return f"unix://{path}"

    begin.started = started  # type: ignore[attr-defined]
    yield begin
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def speaks(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return bool(client.recv(100))
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def run(command: str, url: str, **environment: str) -> Result:
    known = {"LEADERBOARD_REDIS_URL": url, "LEADERBOARD_ADMIN_TOKEN": ADMIN, "LEADERBOARD_PORT": "0"}
    return CliRunner().invoke(main, [command, *(["--json"] if command == "doctor" else [])], env=known | environment)


def findings(url: str, **environment: str) -> dict[str, dict[str, Any]]:
    """What the doctor finds, by name; its exit status is that of the worst."""
    done = run("doctor", url, **environment)
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    said = json.loads(done.output)
    found = {it["name"]: it for it in said["findings"]}
    failed = [it for it in found.values() if it["status"] == "fail"]
    assert done.exit_code == (1 if failed else 0), done.output
    assert (said["status"] == "fail") == bool(failed)
    assert all(it["remedy"] or it["status"] == "ok" or " is older: " in it["says"] for it in found.values())
    return found


def refused(url: str, name: str, *says: str, serves: bool = False) -> None:
    """The doctor fails, and a node does not start: each with one sentence that says all of this."""
    found = findings(url)[name]
    assert found["status"] == "fail", found
    served = run("serve", url)
    assert served.exit_code == 1
    assert served.output.count("\n") == 1, served.output
    assert "Traceback" not in served.output
    for text in says:
        assert text in f"{found['says']} {found['remedy']}"
        assert text.lower() in served.output.lower()


def test_all_is_well(real_url: str) -> None:
    found = findings(real_url)
    assert list(found) == [
        *("settings", "redis", "loading", "writes", "eviction", "persistence", "memory", "clients", "latency"),
        *("slow log", "clock", "overcommit", "data directory", "port", "open files", "backlog"),
    ]
    machine = {"overcommit", "open files", "backlog", "slow log"}
    assert {it["status"] for name, it in found.items() if name not in machine} == {"ok"}
    assert "appendfsync always" in found["persistence"]["says"]
    said = CliRunner().invoke(main, ["doctor"], env={"LEADERBOARD_REDIS_URL": real_url, "LEADERBOARD_PORT": "0"}).output
    assert re.search(r"^ok    redis +\S+ \d", said, re.MULTILINE)
    assert re.findall(r":([^@/]+)@", real_url)[0] not in said


def test_full(start: Start) -> None:
    refused(start("--maxmemory", "1"), "writes", "Redis is full", "maxmemory")


def test_evicting(start: Start) -> None:
    evicting = ("--maxmemory-policy", "allkeys-lru")
    refused(start("--maxmemory", "100mb", *evicting), "eviction", "allkeys-lru", "maxmemory-policy noeviction")
    assert findings(start(*evicting))["eviction"]["status"] == "warn"


def test_read_only(start: Start) -> None:
    refused(start("--replicaof", "192.0.2.1", "6379"), "writes", "replica", "192.0.2.1:6379")


def test_a_disk_that_takes_nothing(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    url = start("--save", "3600", "1", "--dir", str(folder))
    with redis.Redis.from_url(url) as client:
        client.set("something", 1)
        shutil.rmtree(folder)
        client.bgsave()
        poll(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    refused(url, "writes", "MISCONF", "disk")


def test_passwords(start: Start) -> None:
    url = start("--requirepass", "the-right-one")
    refused(url, "redis", "wants a password")
    refused(url.replace("://", "://:the-wrong-one@"), "redis", "refuses the password")
    assert findings(url.replace("://", "://:the-right-one@"))["redis"]["status"] == "ok"
    assert "the-wrong-one" not in run("doctor", url.replace("://", "://:the-wrong-one@")).output
    refused(start().replace("://", "://:one-too-many@"), "redis", "has no password")


def test_tls(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(console, "TIMEOUT_S", 0.3)
    key, certificate, plain, secured = tmp_path / "key", tmp_path / "certificate", free_port(), free_port()
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                str(key),
                "-out",
                str(certificate),
            ),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    start("--port", str(plain), "--tls-port", str(secured), *files, "--tls-auth-clients", "no")
    refused(f"rediss://127.0.0.1:{plain}", "redis", "over TLS", "redis://")
    refused(f"redis://127.0.0.1:{secured}", "redis", "rediss://")
    refused(f"rediss://127.0.0.1:{secured}", "redis", "not trusted", "ssl_ca_certs=FILE")
    good = f"rediss://127.0.0.1:{secured}?ssl_ca_certs={certificate}"
    assert findings(good)["redis"]["status"] == "ok"


class Older(Proxy):
    """A Redis that says it is another major version."""

    async def _pump(self, source: Any, sink: Any, asks: Any = None) -> None:
        while data := await source.read(1 << 16):
            sink.write(re.sub(rb"redis_version:\d\.\d", b"redis_version:5.0", data))
        sink.close()


def test_too_old(start: Start) -> None:
    with Older(start()) as proxy:
        refused(proxy.url, "redis", "too old", "6.2")


@pytest.mark.parametrize("url", ["redis://[::1", "redis://localhost?databse=1"])
def test_an_address_that_is_none(url: str) -> None:
    refused(url, "redis", "no address of a Redis", "redis://host:port")


def test_one_that_hangs(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(console, "TIMEOUT_S", 0.3)
    url = start()
    start.started[0].send_signal(signal.SIGSTOP)  # type: ignore[attr-defined]
    refused(url, "redis", "does not answer in time")
    monkeypatch.setattr(doctor, "TIMEOUT_S", 30)  # as a name server that nobody can hurry
    monkeypatch.setattr(doctor, "PATIENCE_S", 0.3)
    assert "does not answer in time" in findings(url)["redis"]["says"]


def test_one_that_loads_its_data(start: Start) -> None:
    """A node may start meanwhile: it waits, and is not ready."""
    with redis.Redis.from_url(start()) as client:
        client.mset({f"key-{n}": "x" * 1_000 for n in range(5_000)})
        client.save()
    slowly = ("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
    found = findings(start(*slowly))
    assert "loading" in found, found
    assert (found["loading"]["status"], found["loading"]["remedy"]) == ("fail", "Wait.")
    assert found["writes"]["status"] == "ok"


def test_what_is_worth_a_warning(start: Start) -> None:
    url = start("--appendonly", "yes", "--appendfsync", "everysec", "--slowlog-log-slower-than", "0")
    with redis.Redis.from_url(url) as client:
        client.set("something", 1)
    found = findings(url)
    assert found["persistence"]["status"] == found["slow log"]["status"] == "warn"
    assert "everysec" in found["persistence"]["says"]
    assert "is lost with Redis" in findings(start())["persistence"]["says"]


def test_no_redis_yet(own_redis: None, tmp_path: Path) -> None:
    found = findings("", LEADERBOARD_DATA_DIR=str(tmp_path / "data"))
    assert "None runs; serve starts /" in found["redis"]["says"]
    assert not (tmp_path / "data").exists(), "nothing is changed"
    (tmp_path / "redis.url").write_text(f"unix://{tmp_path}/redis.sock")  # as a node leaves it that was killed
    assert "None runs" in findings("", LEADERBOARD_DATA_DIR=str(tmp_path))["redis"]["says"]


def test_a_data_directory_that_cannot_be_written(real_url: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    folder = {"LEADERBOARD_DATA_DIR": str(file / "data")}
    found = findings("", **folder)["data directory"]
    assert found["status"] == "fail"
    assert f"{file / 'data'} cannot be written" in found["says"]
    served = run("serve", "", **folder)
    assert served.exit_code == 1
    assert "cannot be written" in served.output
    assert "--data-dir" in served.output
    assert findings(real_url, **folder)["data directory"]["status"] == "ok", "not needed"


def test_a_port_in_use(real_url: str, nodes: Nodes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = findings(real_url, LEADERBOARD_PORT=port)["port"]
        served = run("serve", real_url, LEADERBOARD_PORT=port)
    assert found["status"] == "fail"
    assert (served.exit_code, served.output.count("\n")) == (1, 1)
    if Path("/proc/net/tcp").exists():
        assert f"(process {os.getpid()})" in found["remedy"]
        assert f"(process {os.getpid()})" in served.output
    node = nodes.start()
    port = node.base.rpartition(":")[2]
    poll(lambda: node.http("GET", "/readyz").is_success)
    assert findings(real_url, LEADERBOARD_PORT=port)["port"]["says"] == f"A node serves 127.0.0.1:{port} and is ready."
    nowhere = findings(real_url, LEADERBOARD_HOST="192.0.2.1")["port"]
    assert "another --host" in nowhere["remedy"]


@pytest.mark.parametrize("answer", [b"[" * 9_999, b"X" * 60], ids=["deep", "slow"])
def test_what_listens_there_may_be_hostile(real_url: str, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:

        def serve() -> None:
            client, _ = taken.accept()
            with client, contextlib.suppress(OSError):
                client.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if len(answer) > 99 else b"X: "))
                for part in [answer] if len(answer) > 99 else [answer[:1]] * len(answer):
                    client.sendall(part)
                    time.sleep(0.05)

        threading.Thread(target=serve, daemon=True).start()
        began = time.monotonic()
        assert findings(real_url, LEADERBOARD_PORT=str(taken.getsockname()[1]))["port"]["status"] == "fail"
        assert time.monotonic() - began < 2.5


def test_a_user_without_rights(start: Start) -> None:
    url = start()
    with redis.Redis.from_url(url) as client:
        client.execute_command("ACL", "SETUSER", "quiet", "on", ">pass", "~*", "+@all", "-info")
        client.execute_command("ACL", "SETUSER", "weak", "on", ">pass", "~*", "+info", "+ping")
    found = findings(url.replace("unix://", "unix://quiet:pass@"))
    assert found["redis"]["status"] == "warn"
    assert "+info" in found["redis"]["remedy"]
    assert "eviction" not in found
    refused(url.replace("unix://", "unix://weak:pass@"), "redis", "ACL SETUSER its-name ~* &* +@all")


def test_limits_of_the_machine(real_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert "4032 of 20000 connections" in findings(real_url)["open files"]["says"]
    assert findings(real_url, LEADERBOARD_MAX_CONNECTIONS="4000")["open files"]["status"] == "ok"
    few = tmp_path / "somaxconn"
    few.write_text("128\n")
    monkeypatch.setattr(doctor, "BACKLOG_FILE", few)
    assert findings(real_url)["backlog"]["status"] == "warn"


def test_mistakes_in_the_settings(real_url: str) -> None:
    found = findings(real_url, LEADERBOARD_MAX_SOCKETS="many")["settings"]
    assert (found["status"], found["says"].split(",")[0]) == ("fail", "LEADERBOARD_MAX_SOCKETS")
    assert findings(real_url, LEADERBOARD_MAX_SOCKET="9")["settings"]["status"] == "warn"
