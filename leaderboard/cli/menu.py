"""The commands as one sees them together: by what they are for, and loaded when they are used."""

import os
from importlib import import_module

import click

from leaderboard.commands import COMMANDS

ROWS = {name: row for section in COMMANDS.values() for name, row in section.items()}


class Menu(click.Group):
    """All commands: those that were added, and those that `COMMANDS` finds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = {name for name, row in ROWS.items() if row.where} | set(self.commands)
        return sorted(found, key=lambda name: (name not in ROWS, [*ROWS, name].index(name)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = ROWS.get(cmd_name)
        if cmd_name in self.commands or row is None or not row.where:
            return super().get_command(ctx, cmd_name)
        module, _, name = row.where.partition(".")
        command: click.Command = getattr(import_module(f"leaderboard.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        there = self.list_commands(ctx)
        for section, rows in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name, row.what) for name, row in rows.items() if name in there])

    def invoke(self, ctx: click.Context) -> object:
        """Without colours where nobody wants them (no-color.org)."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        return super().invoke(ctx)
