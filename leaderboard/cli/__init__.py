"""`leaderboard`: the commands."""

import click

from leaderboard import __version__
from leaderboard.cli.menu import Menu


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaderboard")
def main() -> None:
    """Live quizzes with a leaderboard that moves at once."""
