"""What a node needs of its machine and its Redis, looked at before it is missed. Nothing is changed."""

import contextlib
import errno
import http.client
import json
import os
import re
import resource
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from leaderboard.addresses import BACKLOG, listen
from leaderboard.config import Settings
from leaderboard.open_files import SPARE_FILES
from leaderboard.state.checkup import PINGS, Finding, Seen, Unfit, examine, look
from leaderboard.state.embedded import Unavailable, check_format, find_binary

PATIENCE_S = 2.0  # for all of Redis, also for finding its name
TIMEOUT_S = 1.0
LEAST_FREE = 1 << 30
NODE_S = 0.5
BACKLOG_FILE = Path("/proc/sys/net/core/somaxconn")
LISTENING = "0A"


def examine_all(settings: Settings, mistakes: Sequence[str], strange: Sequence[str]) -> list[Finding]:
    """All findings. `mistakes` in the settings, and variables that are `strange`, are told as they are."""
    return [
        *configuration(mistakes, strange),
        *of_redis(settings),
        data_directory(settings),
        port(settings),
        open_files(settings),
        backlog(),
    ]


def configuration(mistakes: Sequence[str], strange: Sequence[str]) -> list[Finding]:
    remedy = "leaderboard config shows what is in force."
    wrong = [Finding("settings", "fail", sentence, remedy) for sentence in mistakes]
    wrong += [Finding("settings", "warn", sentence, remedy) for sentence in strange]
    return wrong or [Finding("settings", "ok", "All are right.")]


def of_redis(settings: Settings) -> list[Finding]:
    """Of the Redis that is named, or of that which a node keeps in the data directory."""
    own = Path(settings.data_dir) / "redis.url"
    url = settings.redis_url
    with contextlib.suppress(OSError):
        url = url or own.read_text().strip()
    if not url:
        return [to_start(Path(settings.data_dir))]
    try:
        return list(examine(in_time(url)))
    except Unfit as error:
        if not settings.redis_url and re.search("No such file|refused", str(error)):  # its node was killed
            return [to_start(Path(settings.data_dir))]
        return [Finding("redis", "fail", f"{error.says}.", f"{capital(error.remedy)}.")]


def in_time(url: str) -> Seen:
    """What a Redis says, if it says so soon. A name server may take longer than any time-out: nobody waits for it."""
    done: list[Seen | Unfit] = []

    def ask() -> None:
        try:
            done.append(look(url, TIMEOUT_S, PINGS))
        except Unfit as error:
            done.append(error)

    soon(ask, PATIENCE_S)
    found = done[0] if done else Unfit("Redis does not answer in time", "see whether its name is found, and it is busy")
    if isinstance(found, Unfit):
        raise found
    return found


def soon(ask: Callable[[], None], within_s: float) -> None:
    """Ask, and go on when the time is over: who answers a byte at a time keeps within every time-out."""
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(within_s)


def to_start(data_dir: Path) -> Finding:
    """None runs: what `serve` would do."""
    found = find_binary()
    if found is None:
        remedy = "Install redis-server or valkey-server, or name a running one with LEADERBOARD_REDIS_URL."
        return Finding("redis", "warn", "There is no Redis, and nothing would be kept.", remedy)
    try:
        check_format(found[0], data_dir)
    except Unavailable as error:
        return Finding("redis", "fail", str(error))
    return Finding("redis", "ok", f"None runs; serve starts {found[0]}.")


def data_directory(settings: Settings) -> Finding:
    """Where the Redis of a node keeps its data, and a token that was made."""
    if settings.redis_url and settings.admin_token:
        return Finding("data directory", "ok", "Not needed: Redis and the admin token come from the settings.")
    folder = Path(settings.data_dir)
    there = next((it for it in (folder, *folder.parents) if it.exists()), Path("/"))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        remedy = f"Give it to this user (chown {os.getuid()}), or name another LEADERBOARD_DATA_DIR."
        return Finding("data directory", "fail", f"{folder} cannot be written.", remedy)
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        remedy = "Make room: Redis refuses all when it cannot write."
        return Finding("data directory", "warn", f"{folder} has {free >> 20} MB left.", remedy)
    return Finding("data directory", "ok", f"{folder} can be written, {free >> 30} GB are free.")


def port(settings: Settings) -> Finding:
    """Whether a node could listen, or one does already."""
    try:
        listen("" if settings.lan else settings.host, settings.port).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and (unready := node_there(settings)) is not None:
            says = f"A node serves {settings.host}:{settings.port}"
            if unready:
                return Finding("port", "warn", f"{says} and is not ready: {unready}.", "docs/operations.md, Health.")
            return Finding("port", "ok", f"{says} and is ready.")
        says, _, remedy = port_taken(settings, error).partition("; ")
        return Finding("port", "fail", f"{says}.", capital(remedy))
    return Finding("port", "ok", f"{settings.host}:{settings.port} is free." if settings.port else "Any that is free.")


def capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def port_taken(settings: Settings, error: OSError) -> str:
    """Why a node cannot listen, with the remedy."""
    by = holder(settings.port) if error.errno == errno.EADDRINUSE else ""
    remedies = {
        errno.EADDRINUSE: f"end {by or 'who uses it'}, or choose another --port (0 takes a free one)",
        errno.EACCES: "only root may use ports below 1024: choose another --port",
        errno.EADDRNOTAVAIL: "this machine has no such address: choose another --host",
    }
    why = (error.strerror or str(error)).partition(" (while")[0]
    remedy = remedies.get(error.errno or 0, "choose another --host or --port")
    return f"{settings.host}, port {settings.port}, cannot be used: {why}; {remedy}."


def holder(number: int) -> str:
    """The program that listens on a port, if it can be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            inodes |= {
                f"socket:[{row[9]}]" for row in rows if row[3] == LISTENING and row[1].endswith(f":{number:04X}")
            }
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        with contextlib.suppress(OSError):
            if any(os.readlink(file) in inodes for file in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def node_there(settings: Settings) -> str | None:
    """What is wrong with the node that listens there, '' if nothing is; None if it is something else."""
    host = "127.0.0.1" if settings.everywhere else settings.host
    said: list[str] = []

    def ask() -> None:
        connection = http.client.HTTPConnection(host, settings.port, timeout=NODE_S)
        wrong = OSError, http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError, RecursionError
        with contextlib.closing(connection), contextlib.suppress(*wrong):
            connection.request("GET", "/readyz")
            checks = json.loads(connection.getresponse().read(10_000))["checks"]
            said.append(", ".join(f"{name} {state}" for name, state in checks.items() if state != "ok"))

    soon(ask, NODE_S)
    return said[0] if said else None


def open_files(settings: Settings) -> Finding:
    """A node takes as many as the hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + SPARE_FILES
    if 0 <= hard < needed:
        says = (
            f"The limit of open files, {hard}, allows {hard - SPARE_FILES} of {settings.max_connections} connections."
        )
        remedy = f"Raise it to {needed} (LimitNOFILE in systemd, ulimits.nofile in compose), or lower max_connections."
        return Finding("open files", "warn", says, remedy)
    return Finding("open files", "ok", f"{hard if hard >= 0 else 'As many as one likes'} may be open.")


def backlog() -> Finding:
    """How many connections may wait to be accepted when a whole hall comes at once."""
    known = int(BACKLOG_FILE.read_text()) if BACKLOG_FILE.exists() else BACKLOG
    if known < BACKLOG:
        remedy = f"sysctl net.core.somaxconn={BACKLOG}"
        return Finding("backlog", "warn", f"Only {known} new connections may wait.", remedy)
    return Finding("backlog", "ok", f"{known} new connections may wait.")
