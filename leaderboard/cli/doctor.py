"""`leaderboard doctor`: what is wrong here, and what helps."""

import os
import sys

import click

from leaderboard.cli.configuration import looked_at
from leaderboard.cli.console import as_json, plain, show_json
from leaderboard.cli.options import options
from leaderboard.config import unknown

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@options()
@as_json
def doctor(as_json: bool, **flags: str | int | bool | None) -> None:
    """Look at Redis, the settings and this machine as a node needs them, in less than three seconds.

    It takes the options of `serve` and changes nothing. The exit status is 1 if a node could not serve so.
    """
    from leaderboard.ops.doctor import examine_all

    found, mistakes = looked_at(os.environ, flags)
    findings = examine_all(found.settings, mistakes, unknown(os.environ))
    worst = next((status for status in ("fail", "warn") if status in {it.status for it in findings}), "ok")
    if as_json:
        show_json({"status": worst, "findings": findings})
    else:
        width = max(len(it.name) for it in findings)
        for it in findings:
            status = click.style(f"{it.status:4}", fg=COLOURS[it.status])
            click.echo(f"{status}  {it.name:{width}}  {plain(f'{it.says} {it.remedy}'.rstrip())}")
    if worst == "fail":
        sys.exit(1)
