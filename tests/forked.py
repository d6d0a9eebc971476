"""Node processes that are forked from one which has imported the program: importing is nine tenths of a node's start.

What a new interpreter does differently is for tests/test_serve.py, which starts `python -m leaderboard serve`.
"""

import contextlib
import gc
import multiprocessing
import os
import subprocess
import sys
import warnings
from pathlib import Path

import leaderboard.cli.serving
import leaderboard.serve  # noqa: F401  the command imports it late; here it is there already
from leaderboard.cli import main

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])
gc.freeze()  # or the collector would copy what nodes share


def serve(log: Path, environment: dict[str, str]) -> None:
    """`leaderboard serve` in this process, with this environment alone, whose output goes to `log`."""
    with log.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ |= environment
    sys.argv = ["leaderboard", "serve"]
    warnings.simplefilter("error")
    main()


class Forked:
    """A node process, to be treated as a `subprocess.Popen`."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self._process = SERVER.Process(target=serve, args=(log, environment))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("serve", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()
