"""`leaderboard nodes` and `quizzes`."""

import time
from typing import Any

import click

from leaderboard.cli.console import ask, on_redis, show_json
from leaderboard.cli.screen import rendered, table
from leaderboard.state.kept import KeptPage, KeptQuiz
from leaderboard.state.nodes import NodeView
from leaderboard.state.quizzes import Quizzes

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@click.command()
@on_redis
def nodes(as_json: bool, **flags: Any) -> None:
    """List the nodes that live, by name: for each whether it is ready, its sockets, connections and rooms, and by how many
    milliseconds its event loop was late at most.
    """
    living = ask(flags, lambda quizzes: quizzes.nodes.living())
    if as_json:
        show_json(living)
    elif living.nodes:
        headings = ("name", "id", "version", "ready", "sockets", "connections", "rooms", "late ms", "up")
        click.echo(rendered(table(headings, [node_row(it, living.now) for it in living.nodes])), nl=False)
    else:
        click.echo("No node lives.", err=True)


def node_row(it: NodeView, now: int) -> tuple[str | int, ...]:
    counts = it.sockets, it.connections, it.rooms, round(it.lag_ms)
    return it.name, it.id, it.version, "yes" if it.ready else "no", *counts, span(now - it.started_at)


def span(ms: int) -> str:
    """How long, in the largest unit of which there is one."""
    for seconds, unit in UNITS:
        if ms >= seconds * 1000:
            return f"{ms // (seconds * 1000)} {unit}"
    return "0 s"


@click.command()
@click.option("--all", "everything", is_flag=True, help="All that Redis keeps, not only those that people look at.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="With --all: at least so many."
)
@click.option("--cursor", default="", help="With --all: of the page before.")
@on_redis
def quizzes(everything: bool, limit: int, cursor: str, as_json: bool, **flags: Any) -> None:
    """List the quizzes that have sockets on any node, those with the most first."""
    if not cursor.isdecimal() and cursor:
        raise click.BadParameter("expected what the page before has said", param_hint="--cursor")

    async def work(on: Quizzes) -> KeptPage:
        if everything or cursor:
            return await on.kept.page(cursor, limit)
        return KeptPage(await on.kept.some(it.quiz for it in await on.nodes.running()), None)

    page = ask(flags, work)
    if as_json:
        show_json(page)
        return
    headings = ("id", "*title", "phase", "players", "online", "since")
    click.echo(rendered(table(headings, map(quiz_row, page.quizzes))), nl=False)
    if page.next:
        click.echo(f"more: --cursor {page.next}")


def quiz_row(it: KeptQuiz) -> tuple[str | int, ...]:
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(it.since / 1000))
    return it.quiz, it.title, it.phase, it.players, it.online, made
