"""Documents as tests: their blocks of commands are run, and what they show must come out."""

import os
import re
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DONE = "\x1e"  # between the outputs of blocks

_PARTS = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```sh\n(?P<commands>.*?)^```$(?:\n\n```(?:text|json)\n(?P<shows>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
# In what a page shows … is anything; long numbers and fractions (times, bytes, orders of ties) are only known to be such.
_LOOSE = re.compile(r"(…|\d{10,}|(?<=\d)\.\d{3,})")
_ANY = {"…": ".*", ".": r"\.\d+"}
_LINES = r"(?:.*\n)*?.*"


class Step(NamedTuple):
    """A block of commands, the heading that it stands under, and what the page says that it prints; None: nothing said."""

    heading: str
    commands: str
    shows: str | None


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def steps(text: str) -> list[Step]:
    """The `sh` blocks of a page in order; what is shown follows as a `text` or `json` block."""
    found, heading = [], ""
    for part in _PARTS.finditer(text):
        heading = part["heading"] or heading
        if part["commands"]:
            found.append(Step(heading, part["commands"], part["shows"]))
    return found


def run(script: str, options: str = "-euo pipefail", **environment: str) -> str:
    done = subprocess.run(
        ["bash", *options.split(), "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        cwd=ROOT,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def walk(page: Sequence[Step], before: Mapping[str, str], **environment: str) -> None:
    """Run a page as a reader would, in one shell from top to bottom, and compare what each block prints with what is shown.

    `before`: heading → what happens meanwhile, for the shell to do.
    """
    script, heading = "", ""
    for step in page:
        if step.heading != heading:
            heading = step.heading
            script += before.get(heading, "") + "\n"
        script += f"{{\n{step.commands}}} 2>&1\nprintf '{DONE}'\n"
    printed = run(script, "-eu", **environment).split(DONE)[:-1]
    for step, text in zip(page, printed, strict=True):
        assert step.shows, f"The page does not say what this prints:\n{step.commands}\n{text}"
        tidy = "\n".join(map(str.rstrip, text.strip().splitlines()))
        assert re.fullmatch(pattern(step.shows), tidy), f"{step.commands}\n{text}"


def pattern(shown: str) -> str:
    """What a page shows, as a regular expression; a line of … alone stands for any lines."""
    return "\n".join(_LINES if line.strip() == "…" else _line(line) for line in shown.strip().splitlines())


def _line(shown: str) -> str:
    parts = _LOOSE.split(shown)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [_ANY.get(part[0], r"\d{10,}") for part in parts[1::2]]
    return "".join(parts)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
