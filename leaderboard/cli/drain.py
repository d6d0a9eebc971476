"""`leaderboard drain`: end a node without harm to anybody."""

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

import click
import msgspec

from leaderboard.cli.console import ask, on_redis

if TYPE_CHECKING:  # --help need not wait for it
    from leaderboard.state.nodes import NodeView
    from leaderboard.state.quizzes import Quizzes

LOOK_S = 0.5


@click.command()
@click.argument("node")
@click.option("--wait/--no-wait", default=True, help="Whether to wait until it is gone.  [default: wait]")
@click.option(
    "--within", type=click.IntRange(1), default=120, show_default=True, metavar="SECONDS", help="How long at most."
)
@on_redis
def drain(node: str, wait: bool, within: int, as_json: bool, **flags: str | None) -> None:
    """End a node: it sends its players to the others, and no answer is lost. NODE is an ID or a name.

    The exit status is 1 if there is no such node, or if it is still there when the time is over.
    """
    left = ask(flags, partial(leave, node=node, within_s=within if wait else 0))
    if as_json:
        click.echo(msgspec.json.encode({"node": left, "gone": left is None}))
    elif left is None or not wait:
        click.echo("It is gone." if left is None else f"{left.name} has been asked to leave.")
    if wait and left is not None:
        raise click.ClickException(f"{left.name} is still there, with {left.sockets} sockets; look at its log.")


async def leave(quizzes: "Quizzes", node: str, within_s: float) -> "NodeView | None":
    """Ask a node to leave, and tell how it goes. Returns what is left of it at the end, None if it is gone."""
    left = await quizzes.nodes.drain(node)
    deadline, told = time.monotonic() + within_s, -1
    while time.monotonic() < deadline:
        living = {it.id: it for it in (await quizzes.nodes.living()).nodes}
        if left.id not in living:
            return None
        left = living[left.id]
        if left.sockets != told:
            told = left.sockets
            click.echo(f"{left.name}: {told} sockets", err=True)
        await asyncio.sleep(LOOK_S)
    return left
