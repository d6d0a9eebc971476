"""The commands as one sees them together: by what they are for, and loaded when they are used."""

import os
from importlib import import_module

import click

from leaderboard.commands import COMMANDS

ROWS = {name: row for section in COMMANDS.values() for name, row in section.items()}


class Menu(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, row in ROWS.items() if row.where]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = ROWS[cmd_name].where.partition(".")
        command: click.Command = getattr(import_module(f"leaderboard.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, rows in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name, row.what) for name, row in rows.items() if row.where])

    def invoke(self, ctx: click.Context) -> object:
        """Without colours where nobody wants them (no-color.org)."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        return super().invoke(ctx)
