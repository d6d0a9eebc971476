"""`leaderboard bridge`: from other systems into the streams of scores."""

import re
from pathlib import Path

import click

from leaderboard.cli.console import as_json, reachable, settings_of, show_json


@click.group()
def bridge() -> None:
    """Bring scores here from elsewhere."""


def check_brokers(context: click.Context, option: click.Parameter, brokers: str) -> str:
    if not re.fullmatch(r"[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*", brokers):
        raise click.BadParameter("expected HOST:PORT, several with commas between")
    return brokers


@bridge.command()
@click.option("--brokers", required=True, callback=check_brokers, help="HOST:PORT, several with commas.")
@click.option("--topic", required=True, help="Where the events are.")
@click.option(
    "--group", default="leaderboard", show_default=True, help="The consumer group; its members share the work."
)
@click.option("--score-shards", type=int, help="Streams of scores to fill.  [default: as for serve]")
@click.option(
    "--most-waiting",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="With so many events in a stream it fetches no more.",
)
@click.option("--redis-url", help="Where the quizzes are.  [default: the Redis of the data directory]")
@click.option("--data-dir", help="Of the node whose Redis it is.  [default: as for serve]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[default: as for serve]")
@as_json
def kafka(brokers: str, topic: str, group: str, most_waiting: int, as_json: bool, **flags: str | int | None) -> None:
    """Move events from a Kafka topic to the streams of scores, until it is stopped.

    Nothing is lost, also not while Redis or Kafka is away; what comes twice has the same id and counts once.
    """
    try:
        from leaderboard import bridge  # its library is an extra
        from leaderboard.state.embedded import running
    except ImportError as error:
        raise click.ClickException("This needs aiokafka: pip install aiokafka") from error
    settings = settings_of(flags)
    url = settings.redis_url or running(Path(settings.data_dir))
    if not url:
        raise click.ClickException(f"No node runs on {settings.data_dir}; name another --data-dir, or a --redis-url.")
    reachable(url)
    log = settings.log_level, settings.log_format
    moved = bridge.run(url, brokers, topic, group, settings.score_shards, most_waiting, *log)
    if as_json:
        show_json({"moved": moved})
    else:
        click.echo(f"{moved} events moved")
