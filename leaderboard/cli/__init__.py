"""`leaderboard`: the commands."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leaderboard import __version__
from leaderboard.cli.console import as_json, ask, on_redis, plain, reachable, settings_of, show_json
from leaderboard.cli.menu import Menu

if TYPE_CHECKING:  # what stands here, and is imported in functions, takes time that --help need not spend
    from leaderboard.state.audit import Verdict
    from leaderboard.state.quizzes import Quizzes
    from leaderboard.state.results import Explanation


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaderboard")
def main() -> None:
    """Live quizzes with a leaderboard that moves at once."""


@main.command()
@click.argument("quiz")
@on_redis
def verify(quiz: str, as_json: bool, **flags: str | None) -> None:
    """Prove the scores of a quiz: work them out anew from the answers and from the ledger, and compare.

    QUIZ is an ID, or a file that `backup` has written, which needs no server. It may run. The exit status is 1 if
    anything differs.
    """
    from leaderboard.cli import backup
    from leaderboard.state.keys import quiz_id

    if backup.is_file(quiz):
        verdict = backup.prove(Path(quiz))
    else:
        verdict = ask(flags, lambda quizzes: quizzes.audit.verify(quiz_id(quiz)))
    show_verdict(verdict, as_json)


@main.command()
@click.argument("quiz")
@on_redis
def rebuild(quiz: str, as_json: bool, **flags: str | None) -> None:
    """Put the board of a quiz right, and its ledger by new entries, from the answers."""
    from leaderboard.state.keys import quiz_id

    verdict = ask(flags, lambda quizzes: quizzes.audit.rebuild(quiz_id(quiz)))
    show_verdict(verdict, as_json)


def show_verdict(verdict: "Verdict", as_json: bool) -> None:
    if as_json:
        show_json(verdict)
    else:
        for finding in verdict.findings:
            click.echo(plain(f"{finding.player}: {finding.what}"))
        looked = f"{verdict.players} players, {verdict.answers} answers, {verdict.entries} entries in the ledger"
        click.echo(f"{looked}: " + (f"{verdict.wrong} things do not agree" if verdict.wrong else "all agrees"))
    if verdict.wrong:
        sys.exit(1)


@main.command()
@click.argument("quiz")
@click.argument("player")
@on_redis
def explain(quiz: str, player: str, as_json: bool, **flags: str | None) -> None:
    """Say in words how a player's total came about. PLAYER is an ID, or a name if only one has it."""

    from leaderboard.state.keys import quiz_id

    async def work(quizzes: "Quizzes") -> "Explanation":
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


@main.command("dead-letters")
@click.option("--replay", metavar="ID|all", help="Try this one again, or all.")
@on_redis
def dead_letters(replay: str | None, as_json: bool, **flags: str | None) -> None:
    """List what could not be done: scores that were refused, results that could not be kept; or try it again."""
    if replay:
        again = ask(flags, lambda quizzes: quizzes.letters.replay_all() if replay == "all" else one(quizzes, replay))
        if as_json:
            show_json({"again": again})
        else:
            click.echo(f"{again} to be tried again")
        return
    letters = ask(flags, lambda quizzes: quizzes.letters.list())
    if as_json:
        show_json(letters)
        return
    for it in letters:
        fields = " ".join(f"{name}={plain(value)}" for name, value in it.fields.items())
        click.echo(f"{it.id}  {plain(it.reason)}\n    {fields}")


async def one(quizzes: "Quizzes", letter: str) -> int:
    await quizzes.letters.replay(letter)
    return 1


@main.group()
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
