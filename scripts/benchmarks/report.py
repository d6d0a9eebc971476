"""The numbers, for people and for programs."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import version

import msgspec
from msgspec import Struct

PACKAGES = ("uvloop", "uvicorn", "websockets", "starlette", "redis", "hiredis", "msgspec")


class Reference(Struct):
    """The same work done by something else, in the same run and unit."""

    name: str
    value: float


class Number(Struct):
    """One measured number. `met` is None where there is no target; `detail` says what it depends on."""

    measure: str
    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    references: list[Reference] = []
    detail: str = ""


class Report(Struct):
    """`others` is the share of the machine that programs not ours took, by measure: how noisy it was."""

    date: str
    cores: int
    quick: bool
    versions: dict[str, str]
    seconds: float
    others: dict[str, float]
    numbers: list[Number]


def tool(*command: str) -> str:
    """The version that a program says it has, '' if there is none."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout
    except OSError:
        return ""
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    return found[0] if found else ""


def versions() -> dict[str, str]:
    """What the numbers were measured with."""
    found = {"python": platform.python_version(), "linux": platform.release()}
    found["redis-server"] = tool("redis-server", "--version")
    found["node"] = tool("node", "--version")
    return found | {name: version(name) for name in PACKAGES}


def report(numbers: list[Number], others: dict[str, float], quick: bool, began: float) -> Report:
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    seconds = round(time.monotonic() - began, 1)
    return Report(date, os.cpu_count() or 1, quick, versions(), seconds, others, numbers)


def digits(value: float) -> str:
    """With three digits that count, and whole numbers whole."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def lines(numbers: Sequence[Number]) -> list[str]:
    """A table of a measure's numbers, each with its references below."""
    table = []
    for number in numbers:
        met = {None: "", True: "met", False: "MISSED"}[number.met]
        table.append(row(number.name, f"{digits(number.value)} {number.unit}", number.target, met))
        table += [row(f"  {ref.name}", f"{digits(ref.value)} {number.unit}") for ref in number.references]
        if number.detail:
            table.append(f"    {number.detail}")
    return table


def row(name: str, value: str, target: str = "", met: str = "") -> str:
    return f"  {name:<58}{value:>16}  {target:<26}{met}".rstrip()


def to_json(whole: Report) -> str:
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()
