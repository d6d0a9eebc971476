"""`leaderboard config`: the settings in force, and what is wrong with them."""

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from leaderboard.cli.console import as_json, show_json
from leaderboard.cli.options import options
from leaderboard.config import SETTINGS, Effective, Given, effective, unknown


@click.command()
@click.option("--check", is_flag=True, help="Only say what is wrong.")
@as_json
@options()
def config(check: bool, as_json: bool, **flags: str | int | bool | None) -> None:
    """Print the settings in force and where each comes from, without secrets.

    It takes the options of `serve`. The exit status is 1 if anything is wrong, with a sentence for each mistake.
    """
    found, mistakes = looked_at(os.environ, flags)
    mistakes += unknown(os.environ)
    if as_json:
        show_json({"settings": rows(found), "mistakes": mistakes})
    elif not check:
        show(rows(found))
    elif not mistakes:
        click.echo("All settings are right.")
    for mistake in [] if as_json else mistakes:
        click.echo(mistake, err=not check)
    if mistakes:
        sys.exit(1)


def looked_at(environment: Mapping[str, str], flags: Mapping[str, Any]) -> tuple[Effective, list[str]]:
    """The settings, and a sentence for each mistake, also for what only those who use a setting understand."""
    from leaderboard.state.policies import read_policies

    found = effective(environment, flags)
    mistakes = list(found.mistakes)
    try:
        read_policies(found.settings.limits)
    except ValueError as error:
        mistakes.append(f"{found.given['limits'].where}, {error}.")
    if not found.settings.keep_days:
        return found, mistakes
    from leaderboard.state.retention import check_retention  # with what it imports it takes a while

    try:
        check_retention(found.settings.keep_days, found.settings.archive_dir)
    except ValueError as error:
        mistakes.append(str(error))
    return found, mistakes


def rows(found: Effective) -> list[dict[str, str]]:
    """Each setting as anybody may read it."""
    default = Given("", "default", "")
    return [
        {
            "name": name,
            "value": setting.shown(getattr(found.settings, name)),
            "unit": setting.unit,
            "source": (given := found.given.get(name, default)).source,
            "where": given.where,
        }
        for name, setting in SETTINGS.items()
    ]


def show(settings: list[dict[str, str]]) -> None:
    width = max(len(row["name"]) for row in settings)
    for row in settings:
        value = " ".join(filter(None, [row["value"] or "(none)", row["unit"]]))
        click.echo(f"{row['name']:{width}}  {value:30}  {row['where'] or row['source']}")
