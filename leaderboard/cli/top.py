"""`leaderboard top`: a board in the terminal."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct

from leaderboard.cli.console import ask, on_redis, plain, show_json, some_quizzes
from leaderboard.cli.screen import console, rendered, table
from leaderboard.errors import Busy, NoSuchQuiz
from leaderboard.state.glances import glances
from leaderboard.state.kept import KeptQuiz
from leaderboard.state.keys import code_of
from leaderboard.state.published import BoardRow
from leaderboard.state.quizzes import Quizzes

if TYPE_CHECKING:
    from rich.console import RenderableType

Ranks = dict[str, int]


class Top(Struct):
    """A quiz and its best players."""

    quiz: KeptQuiz
    rows: list[BoardRow]


Show = Callable[[Top, Ranks, str], None]
read_rows = msgspec.json.Decoder(list[BoardRow]).decode


@click.command()
@click.argument("quiz", shell_complete=some_quizzes)
@click.option("--rows", type=click.IntRange(1, 100), default=10, show_default=True, help="So many of the best.")
@click.option("--watch", is_flag=True, help="Show every change, until Ctrl-C.")
@on_redis
def top(quiz: str, rows: int, watch: bool, as_json: bool, **flags: Any) -> None:
    """Show the best players of a quiz as they truly stand, also while that is held back. QUIZ is an ID or a PIN.

    With --watch who has moved is marked: ▲2 for two places up. Where no terminal is, every change is printed below the
    last; with --json it is a line.
    """

    async def work(on: Quizzes) -> None:
        found = await on.store.quiz_of(code_of(quiz))
        if not watch:
            show_once(await look(on, found, rows), as_json)
            return
        with shown_live() if sys.stdout.isatty() and not as_json else shown_below(as_json) as show:
            await follow(on, found, rows, show)

    with contextlib.suppress(KeyboardInterrupt) if watch else contextlib.nullcontext():
        ask(flags, work)


async def look(on: Quizzes, quiz: str, rows: int) -> Top:
    page, found = await asyncio.gather(on.store.page(quiz, rows, host=True), on.kept.some([quiz]))
    if not found:
        raise NoSuchQuiz
    return Top(found[0], read_rows(page.rows))


async def follow(on: Quizzes, quiz: str, rows: int, show: Show) -> None:
    """Show each change, and the ranks before the last one that moved somebody."""
    last, before, ranks = None, Ranks(), Ranks()
    async with contextlib.aclosing(glances(on.pool, quiz)) as turns:
        async for _ in turns:
            try:
                now = await look(on, quiz, rows)
            except Busy as busy:
                if last is not None:
                    show(last, before, busy.detail)
                continue
            if now != last:
                last, found = now, {row.id: row.rank for row in now.rows}
                if found != ranks:
                    before, ranks = ranks, found
                show(now, before, "")


def show_once(found: Top, as_json: bool) -> None:
    if as_json:
        show_json(found)
    else:
        click.echo(rendered(board(found, {}, "")), nl=False)


@contextlib.contextmanager
def shown_below(as_json: bool) -> Iterator[Show]:
    """Each below the last."""

    def show(found: Top, before: Ranks, note: str) -> None:
        if as_json and not note:
            show_json(found)
        elif not as_json:
            click.echo(rendered(board(found, before, note)))

    yield show


@contextlib.contextmanager
def shown_live() -> Iterator[Show]:
    """Each in the place of the last."""
    from rich.live import Live

    with Live(console=console(), auto_refresh=False) as live:
        yield lambda *what: live.update(board(*what), refresh=True)


def board(found: Top, before: Ranks, note: str) -> "RenderableType":
    """As it is drawn. `note`: what else there is to say."""
    from rich.console import Group
    from rich.text import Text

    it = found.quiz
    head = f"{plain(it.title)}  {it.quiz}  {it.phase}, {it.players} players, {it.online} online"
    headings = ("rank", "", "points", "*name", *(("team",) if any(row.team for row in found.rows) else ()))
    rows = [(row.rank, moved(before, row), row.points, row.name, row.team or "")[: len(headings)] for row in found.rows]
    return Group(Text(head, "bold"), table(headings, rows), *([Text(note, "yellow")] if note else []))


def moved(before: Ranks, row: BoardRow) -> str:
    """How far, since the ranks were these."""
    if not before or before.get(row.id) == row.rank:
        return ""
    if row.id not in before:
        return "new"
    places = before[row.id] - row.rank
    return f"▲{places}" if places > 0 else f"▼{-places}"
