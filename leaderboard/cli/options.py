"""Options of commands, made of the settings that they set."""

from collections.abc import Callable
from typing import Any

import click

from leaderboard.config import SETTINGS, Setting

Command = Callable[..., None]


def options(*names: str) -> Callable[[Command], Command]:
    """Options for these settings, or for all that have a flag."""
    wanted = [SETTINGS[name] for name in names] or [it for it in SETTINGS.values() if it.flag]

    def enter(command: Command) -> Command:
        for setting in reversed(wanted):
            command = option(setting)(command)
        return command

    return enter


def option(setting: Setting) -> Callable[[Command], Command]:
    """None where it is not given, so that the environment is asked."""
    kind: Any = click.Choice(setting.choices) if setting.choices else setting.kind
    unit = f" {setting.unit}" if setting.unit else ""
    default = "" if setting.kind is bool else f"  [default: {setting.default}{unit}]"
    return click.option(setting.flag, setting.name, type=kind, default=None, help=setting.meaning + default)
