"""What is measured: a Redis of our own and nodes on it, each a process on a core of its own choosing.

The process that runs the bench is also the driver: its clients talk to the nodes over loopback. All that is started here
ends with the block that started it, and by itself if the bench is killed.
"""

import contextlib
import ctypes
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import redis

ROOT = Path(__file__).parents[2]
START_S = 60.0
STOP_S = 5.0
PAGE = os.sysconf("SC_PAGE_SIZE")

CORES = sorted(os.sched_getaffinity(0))
NODE_CORES = CORES[:1]  # the process that is measured
REST_CORES = CORES[1:] or CORES  # Redis, the driver, and whatever else helps

CAPS = ("CONNECTIONS", "CONNECTIONS_PER_ADDRESS", "SOCKETS", "SOCKETS_PER_ADDRESS", "SOCKETS_PER_QUIZ")
NO_CAPS = {f"LEADERBOARD_MAX_{cap}": "1000000" for cap in CAPS}  # all clients come from here

SERVE = ("-m", "leaderboard", "serve")


class Broken(Exception):
    """Something did not do its work; a number would mean nothing."""


class Noise:
    """What other programs do meanwhile, for nobody else should."""

    def __init__(self) -> None:
        self._began, self._all, self._ours = time.monotonic(), busy_s(), sum(os.times()[:4])

    def share(self) -> float:
        """The part of the machine's CPU, 0..1, that has gone to others since; all that we started must have ended."""
        others = busy_s() - self._all - (sum(os.times()[:4]) - self._ours)
        return max(0.0, others / (time.monotonic() - self._began) / (os.cpu_count() or 1))


def busy_s() -> float:
    """Seconds of CPU that all cores have been busy or were not given to this machine (proc(5): /proc/stat)."""
    user, nice, system, _, _, irq, softirq, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Process:
    """A process that was started, and what it has used."""

    def __init__(self, popen: "subprocess.Popen[bytes]", log: Path) -> None:
        self.popen, self.log = popen, log
        self._clock = (~popen.pid << 3) | 2  # clock_getcpuclockid(3): all threads, in nanoseconds

    def cpu_s(self) -> float:
        """Seconds of CPU used so far, in the program and in the kernel for it."""
        return time.clock_gettime(self._clock)

    def rss(self) -> int:
        """Bytes of memory that it has now."""
        return int(Path(f"/proc/{self.popen.pid}/statm").read_text().split()[1]) * PAGE

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def wait_for(self, pattern: str) -> "re.Match[str]":
        """Wait until its output has the pattern. Raises Broken."""
        deadline = time.monotonic() + START_S
        while True:
            text = self.log.read_text(errors="replace")
            if found := re.search(pattern, text):
                return found
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise Broken(f"{self.log.stem} did not start: {text[-2000:]}")
            time.sleep(0.01)


class Node(Process):
    """A node of the server, or what stands in for one."""

    port = 0


class Rig:
    """A directory, and what runs in it until the block ends."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.admin_token = secrets.token_urlsafe(24)
        self.socket = folder / "redis.sock"
        self.redis_url = f"unix://{self.socket}"
        self.redis = self._start_redis()

    def run(
        self,
        name: str,
        command: Sequence[str],
        cores: Sequence[int] = REST_CORES,
        environment: Mapping[str, str] | None = None,
    ) -> Node:
        """Start a program on these cores, its output in a file."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C is for the bench, which ends it
                preexec_fn=lambda: settle(cores),
            )
        self._stack.callback(stop, popen)
        return Node(popen, log)

    def node(
        self, name: str, cores: Sequence[int] = NODE_CORES, module: Sequence[str] = SERVE, **settings: str
    ) -> Node:
        """Start a node on our Redis and wait until it listens. `settings`: further environment variables."""
        environment = {"LEADERBOARD_ADMIN_TOKEN": self.admin_token, "LEADERBOARD_DEMO": "false"} | NO_CAPS
        environment |= {"LEADERBOARD_LIMITS": "off", "LEADERBOARD_SIGN_UP": "open"} | settings
        command = [sys.executable, *module, "--port", "0", "--redis-url", self.redis_url]
        return self.listening(self.run(name, command, cores, environment))

    def listening(self, node: Node) -> Node:
        """Wait until it says on which port it listens."""
        node.port = int(node.wait_for(r"http://127\.0\.0\.1:(\d+)/")[1])
        return node

    def client(self) -> "redis.Redis":
        """A connection to our Redis, for what no node does."""
        connection = redis.Redis(unix_socket_path=str(self.socket), protocol=2)
        self._stack.callback(connection.close)
        return connection

    def _start_redis(self) -> Process:
        """The project's own configuration, without the rewriting of the log that would fall into a measurement."""
        options = (
            *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)),
            *("--daemonize", "no", "--auto-aof-rewrite-percentage", "0"),
        )
        server = self.run("redis", ["redis-server", str(ROOT / "redis.conf"), *options])
        server.wait_for("Ready to accept connections|ready to accept connections")
        return server


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """A rig with an empty Redis that runs. Raises Broken."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        yield Rig(Path(folder), stack)


def settle(cores: Sequence[int]) -> None:
    """In a new process: stay on these cores, and die with the bench (prctl 1: PR_SET_PDEATHSIG)."""
    os.sched_setaffinity(0, cores)
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def stop(popen: "subprocess.Popen[bytes]") -> None:
    """End a process that we started."""
    if popen.stdin is not None:
        with contextlib.suppress(OSError):
            popen.stdin.close()
    popen.terminate()
    try:
        popen.wait(STOP_S)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()
