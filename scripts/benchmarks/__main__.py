"""`scripts/bench`: measure, and say it."""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

import click
import uvloop

from benchmarks import (
    answers,
    close,
    content,
    fanout,
    growth,
    ingest,
    latency,
    library,
    memory,
    metrics,
    page,
    pages,
    people,
    pins,
    projector,
    refused,
    regrade,
    rolling,
    rules,
    script,
    sign_ins,
    stalled,
    teams,
    throughput,
)
from benchmarks.report import Number, lines, report, to_json
from benchmarks.rig import REST_CORES, Broken, Noise, Rig, rig
from leaderboard.open_files import raise_file_limit

NOISY = 0.05  # from this share of the machine on, the reader should know

Measure = Callable[[Rig, bool], Awaitable[list[Number]]]

MEASURES: dict[str, tuple[str, Measure]] = {
    "fan-out": ("A board for a crowd of spectators", fanout.measure),
    "answers": ("A room that answers at once", answers.measure),
    "throughput": ("As many answers as one node takes", throughput.measure),
    "people": ("A quiz played with the Python client", people.measure),
    "latency": ("From an answer on one node to the board on another", latency.measure),
    "script": ("An answer in Redis, by the size of the board", script.measure),
    "page": ("The player's page, in a real browser", page.measure),
    "projector": ("The projector's page, in a real browser", projector.measure),
    "pages": ("Pages of a board, in Redis", pages.measure),
    "library": ("Pages of a library, in Redis", library.measure),
    "rules": ("An answer in Redis, by the rules of the quiz", rules.measure),
    "close": ("A question of a large room is closed", close.measure),
    "refused": ("Requests that are refused", refused.measure),
    "pins": ("Somebody guesses PINs", pins.measure),
    "sign-ins": ("Many sign in at once", sign_ins.measure),
    "teams": ("Teams register, draw and answer over HTTP", teams.measure),
    "ingest": ("Scores that other programs send", ingest.measure),
    "growth": ("A quiz that grows: memory, log and messages", growth.measure),
    "regrade": ("A key is corrected after the game", regrade.measure),
    "content": ("Files imported, and a vocabulary quiz made", content.measure),
    "metrics": ("What counting costs", metrics.measure),
    "rolling": ("Nodes are restarted one after the other", rolling.measure),
    "memory": ("Sockets that wait", memory.measure),
    "stalled": ("A client that does not read", stalled.measure),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, type=click.Choice(list(MEASURES)), help="Only this; may be repeated.")
@click.option("--quick", is_flag=True, help="Smaller and shorter, for a look.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; the table goes to standard error.")
def main(only: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure what the server costs, beside references of the same run.

    Microseconds are CPU time of the process that is named. The measured process has the first core to itself, Redis and the
    clients have the others.
    """
    prepare()
    began, numbers, others = time.monotonic(), list[Number](), dict[str, float]()
    for name in only or MEASURES:
        title, measure = MEASURES[name]
        click.echo(f"\n{title}", err=as_json)
        noise = Noise()
        try:
            found = run(measure, quick)
        except (Broken, OSError, TimeoutError) as error:
            raise click.ClickException(f"{name}: {str(error) or type(error).__name__}") from error
        numbers += found
        others[name] = noise.share()
        click.echo("\n".join(lines(found)), err=as_json)
        if others[name] > NOISY:
            click.echo(f"    noisy: other programs took {others[name]:.0%} of the machine meanwhile", err=as_json)
    if as_json:
        click.echo(to_json(report(numbers, others, quick, began)))
    else:
        click.echo(f"\n{time.monotonic() - began:.0f} s on {os.cpu_count()} cores")


def prepare() -> None:
    """Make this process a driver: many files, its own cores, no pauses of the collector, and an orderly end on SIGTERM."""
    raise_file_limit()
    os.sched_setaffinity(0, REST_CORES)
    gc.disable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(measure: Measure, quick: bool) -> list[Number]:
    """One measurement with a rig of its own, in an event loop of its own."""

    async def measured(place: Rig) -> list[Number]:
        return await measure(place, quick)

    with rig() as place, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(measured(place))
        finally:
            gc.collect()


if __name__ == "__main__":
    sys.exit(main())
