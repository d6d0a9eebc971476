"""`scripts/cluster N`: nodes behind HAProxy on this machine. SIGHUP ends and starts one after the other."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType

import click

from leaderboard.cli.console import reachable, redis_for, settings_of
from leaderboard.cli.serving import admin_token
from leaderboard.config import PREFIX
from leaderboard.state.embedded import die_with_parent

CONFIG = Path(__file__).parents[1] / "deploy" / "haproxy.cfg"
LOOK_S = 0.1
START_S = 30.0
STOP_S = 10.0
LEAVE_S = 60.0  # more than a drain takes beside the notice for balancers
UP = "2"  # an operational state of HAProxy's: it sends requests there


def behind(config: str, address: str, ports: Sequence[int]) -> str:
    """A configuration of ours, for nodes on these ports of this machine and a balancer at this address."""
    lines = []
    for line in config.splitlines():
        if "node-1:8000" in line:
            for number, port in enumerate(ports, 1):
                lines.append(line.replace("node-1:8000", f"127.0.0.1:{port}").replace("node-1", f"node-{number}"))
        elif not re.search(r"node-\d:8000", line):
            lines.append(re.sub(r"(bind|listen) :?8000", rf"\1 {address}", line))
    return "\n".join(lines) + "\n"


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in found]


class Ended(Exception):
    """The cluster shall end, or one of it has."""


class Cluster:
    """A balancer at `address` and a node on each of `ports`, each a child process. `environment`: of the nodes; `redis`:
    their server, if somebody has started it for them."""

    def __init__(
        self,
        folder: Path,
        address: str,
        ports: Sequence[int],
        environment: Mapping[str, str],
        redis: "subprocess.Popen[bytes] | None" = None,
        leave_s: float = LEAVE_S,
    ) -> None:
        self.ports, self.environment, self.leave_s = ports, environment, leave_s
        self.watched = {"redis": redis} if redis else {}
        self.config, self.stats = folder / "haproxy.cfg", folder / "haproxy.sock"
        ours = behind(CONFIG.read_text(), address, ports)
        self.config.write_text(f"global\n    stats socket {self.stats} mode 600\n\n{ours}")
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.ending = self.restarting = False

    def run(self, started: Callable[[], None]) -> None:
        """Until the end is asked for. Raises Ended if one of them ends by itself."""
        try:
            for number in range(len(self.ports)):
                self.start_node(number)
            for port in self.ports:
                self.wait_until(partial(ready, port))
            self.start("balancer", ["haproxy", "-db", "-f", str(self.config)], {})
            for number in range(len(self.ports)):
                self.wait_until(partial(self.found, number))
            started()
            while True:
                self.rest()
                if self.restarting:
                    self.restart()
        finally:
            self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.children[name] = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
            preexec_fn=partial(die_with_parent, os.getpid()),
        )

    def start_node(self, number: int) -> None:
        own = {f"{PREFIX}PORT": str(self.ports[number])}
        self.start(f"node-{number + 1}", [sys.executable, "-m", "leaderboard", "serve"], {**self.environment, **own})

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Raises Ended if it takes too long."""
        deadline = time.monotonic() + START_S
        while not true():
            self.rest()
            if time.monotonic() > deadline:
                raise Ended("A node did not become ready.")

    def found(self, number: int) -> bool:
        """Whether the node is ready and the balancer sends to it."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self.stats))
            asking.sendall(b"show servers state nodes\n")
            rows = [line.split() for line in asking.makefile().read().splitlines()]
            return ready(self.ports[number]) and [f"node-{number + 1}", UP] in [[*row[3:4], *row[5:6]] for row in rows]
        return False

    def restart(self) -> None:
        """One after the other: drained, started, found by the balancer."""
        self.restarting = False
        for number in range(len(self.ports)):
            leaving = self.children.pop(f"node-{number + 1}")
            leaving.terminate()
            deadline = time.monotonic() + self.leave_s
            try:
                while leaving.poll() is None:
                    self.rest()
                    if time.monotonic() > deadline:  # it hangs: its players come back as after a crash
                        leaving.kill()
            finally:
                self.children.setdefault(f"node-{number + 1}", leaving)
            self.start_node(number)
            self.wait_until(partial(self.found, number))
            click.echo(f"node-{number + 1} restarted")

    def rest(self) -> None:
        """A moment. Raises Ended when the cluster shall end, or one of it has ended."""
        time.sleep(LOOK_S)
        if self.ending:
            raise Ended
        for name, child in {**self.children, **self.watched}.items():
            if child.poll() is not None:
                raise Ended(f"{name} has ended with {child.returncode}, and so the others.")

    def stop(self) -> None:
        """All at once: nobody is left to send players to."""
        for child in self.children.values():
            child.send_signal(signal.SIGINT)
        deadline = time.monotonic() + STOP_S
        for child in self.children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def ready(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
        return True
    return False


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("nodes", type=click.IntRange(1, 64), default=3)
@click.option("--port", type=int, help="Where HAProxy listens; the nodes have the ports after it; 0: free ones.")
@click.option("--redis-url", help="A running Redis.  [default: start one]")
@click.option("--data-dir", help="Where a Redis of our own keeps its data.  [default: the user's state directory]")
def main(nodes: int, **flags: str | int | None) -> None:
    """Run NODES nodes behind HAProxy on this machine.

    Settings come from the environment, as for `serve`. All ends when one of it ends (exit status 1) or with Ctrl-C (0);
    `kill -HUP` drains and starts one node after the other.
    """
    if shutil.which("haproxy") is None:
        raise click.ClickException("There is no haproxy on this machine; on Debian: apt-get install haproxy")
    settings = settings_of(flags)
    first, *ports = [settings.port + n for n in range(nodes + 1)] if settings.port else free_ports(nodes + 1)
    with redis_for(settings) as (url, redis), tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        reachable(url)
        token = settings.admin_token or admin_token(Path(settings.data_dir))
        own = {"HOST": "127.0.0.1", "REDIS_URL": url, "ADMIN_TOKEN": token, "TRUSTED_PROXIES": "1", "DEMO": "false"}
        own |= {"REDIS_URL_FILE": "", "ADMIN_TOKEN_FILE": ""}  # read already, and both at once is a mistake
        environment = {PREFIX + name: value for name, value in own.items()}
        process = redis.process if redis else None
        address = f"{settings.host}:{first}"
        cluster = Cluster(Path(folder), address, ports, environment, process, settings.drain_s + LEAVE_S)
        listen(cluster)
        about = {"open": f"http://{settings.host}:{first}/", "nodes": " ".join(map(str, ports))}
        about |= {"admin token": "as set" if settings.admin_token else token, "restart": f"kill -HUP {os.getpid()}"}
        try:
            cluster.run(lambda: click.echo("\n".join(f"{name.rjust(13)}  {what}" for name, what in about.items())))
        except Ended as ended:
            if str(ended):
                raise click.ClickException(str(ended)) from ended


def listen(cluster: Cluster) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        cluster.ending = True

    def restart(number: int, frame: FrameType | None) -> None:
        cluster.restarting = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, restart)


if __name__ == "__main__":
    main()
