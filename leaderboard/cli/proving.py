"""`leaderboard verify`, `rebuild` and `explain`: whether the scores of a quiz are right, and why they are what they are."""

import sys
from pathlib import Path

import click

from leaderboard.cli import backup
from leaderboard.cli.console import ask, on_redis, plain, show_json, some_quizzes
from leaderboard.cli.screen import working
from leaderboard.state.audit import Verdict
from leaderboard.state.keys import quiz_id
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.results import Explanation


@click.command()
@click.argument("quiz", shell_complete=some_quizzes)
@on_redis
def verify(quiz: str, as_json: bool, **flags: str | None) -> None:
    """Prove the scores of a quiz: work them out anew from the answers and from the ledger, and compare.

    QUIZ is an ID, or a file that `backup` has written, which needs no server. It may run. The exit status is 1 if
    anything differs.
    """
    if backup.is_file(quiz):
        verdict = backup.prove(Path(quiz))
    else:
        with working(f"Everything of {quiz} is worked out anew", as_json):
            verdict = ask(flags, lambda quizzes: quizzes.audit.verify(quiz_id(quiz)))
    show_verdict(verdict, as_json)


@click.command()
@click.argument("quiz", shell_complete=some_quizzes)
@on_redis
def rebuild(quiz: str, as_json: bool, **flags: str | None) -> None:
    """Put the board of a quiz right, and its ledger by new entries, from the answers."""
    with working(f"{quiz} is put right", as_json):
        verdict = ask(flags, lambda quizzes: quizzes.audit.rebuild(quiz_id(quiz)))
    show_verdict(verdict, as_json)


def show_verdict(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        show_json(verdict)
    else:
        for finding in verdict.findings:
            click.echo(plain(f"{finding.player}: {finding.what}"))
        looked = f"{verdict.players} players, {verdict.answers} answers, {verdict.entries} entries in the ledger"
        click.echo(f"{looked}: " + (f"{verdict.wrong} things do not agree" if verdict.wrong else "all agrees"))
    if verdict.wrong:
        sys.exit(1)


@click.command()
@click.argument("quiz", shell_complete=some_quizzes)
@click.argument("player")
@on_redis
def explain(quiz: str, player: str, as_json: bool, **flags: str | None) -> None:
    """Say in words how a player's total came about. PLAYER is an ID, or a name if only one has it."""

    async def work(quizzes: Quizzes) -> Explanation:
        return await quizzes.reports.explain(quiz_id(quiz), await quizzes.reports.find(quiz_id(quiz), player))

    explanation = ask(flags, work)
    if as_json:
        show_json(explanation)
        return
    click.echo(f"{explanation.name} ({explanation.player}): {explanation.total} points")
    for line in explanation.lines:
        click.echo(f"{line.delta:+9}  {line.total:9}  {plain(line.text)}")
    if not explanation.complete:
        raise click.ClickException("The lines do not add up to the total; verify the quiz.")
