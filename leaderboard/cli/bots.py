"""`leaderboard bots`: simulated players for a quiz that is hosted."""

import asyncio
import contextlib
import sys

import click
import uvloop

from leaderboard.bots import MOST, BotsReport, Crowd
from leaderboard.cli.console import as_json, plain, settings_of, show_json, some_quizzes
from leaderboard.cli.screen import Tell, working
from leaderboard.client import connect
from leaderboard.open_files import raise_file_limit

LOOK_EVERY_S = 0.25


@click.command()
@click.argument("quiz", shell_complete=some_quizzes)
@click.argument("number", metavar="N", type=click.IntRange(1, MOST))
@click.option("--url", help="Of the server.  [default: a node on this machine]")
@click.option("--for", "for_s", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="End them after that.")
@as_json
def bots(quiz: str, number: int, url: str | None, for_s: float | None, as_json: bool) -> None:
    """Let N simulated players join a quiz and answer as people would, by real sockets, until it is finished or Ctrl-C.

    QUIZ is an ID or a PIN. The host opens and closes the questions as always. The exit status is 1 if an answer was lost,
    or somebody was not let in.
    """
    url = url or f"http://127.0.0.1:{settings_of({}).port}"
    try:
        connect(url, quiz)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from error
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        crowd = Crowd(url, quiz, number)
        with working("Players come in", as_json) as tell:
            runner.run(perform(crowd, for_s, tell))
    report = crowd.report()
    if as_json:
        show_json(report)
    else:
        summarise(report, url)
    if report.lost or report.joined < number:
        sys.exit(1)


async def perform(crowd: Crowd, for_s: float | None, tell: Tell) -> None:
    """Let them play, and say how far they are."""
    playing = asyncio.create_task(crowd.play())
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                while not playing.done():
                    tell(f"{crowd.joined} of {crowd.players} players, {crowd.kept} of {crowd.sent} answers kept")
                    await asyncio.wait({playing}, timeout=LOOK_EVERY_S)
    finally:
        playing.cancel()
        await asyncio.wait({playing})
    if not playing.cancelled():
        playing.result()


def summarise(it: BotsReport, url: str) -> None:
    if not it.joined:
        raise click.ClickException(f"{url} lets nobody in: {plain(it.detail)}")
    refused = "".join(f", {count} refused as {plain(code)}" for code, count in it.refused.items())
    click.echo(f"{it.joined} of {it.players} players, {it.answers} answers: {it.kept} kept, {it.lost} lost{refused}")
    for what, times in (("acknowledged after", it.kept_ms), ("late was this program itself by", it.lag_ms)):
        if times:
            click.echo(f"{what} {times.p50} ms (p50), {times.p99} ms (p99), {times.max} ms (most)")
    if it.joined < it.players:
        click.echo(f"Not all were let in: {plain(it.detail)}", err=True)
