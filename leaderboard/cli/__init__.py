"""`leaderboard`: the commands."""

import contextlib
import os
import re
import secrets
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leaderboard import __version__
from leaderboard.cli.console import as_json, ask, on_redis, plain, reachable, redis_for, settings_of, show_json
from leaderboard.cli.menu import Menu

if TYPE_CHECKING:  # what stands here, and is imported in functions, takes time that --help need not spend
    from leaderboard.config import Settings
    from leaderboard.state.audit import Verdict
    from leaderboard.state.embedded import Embedded
    from leaderboard.state.quizzes import Quizzes
    from leaderboard.state.results import Explanation


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaderboard")
def main() -> None:
    """Live quizzes with a leaderboard that moves at once."""


@main.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 8000]")
@click.option("--lan/--no-lan", default=None, help="Listen on all addresses, and show the one for the local network.")
@click.option("--redis-url", help="A running Redis: redis://, rediss:// or unix://.  [default: start one]")
@click.option("--public-url", help="The address that people open, if it is another one: https://quiz.example.")
@click.option("--data-dir", help="Where a Redis of our own keeps its data.  [default: the user's state directory]")
@click.option("--demo/--no-demo", default=None, help="Play a demo quiz with bots, round after round.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="[default: info, on a terminal warning]",
)
@click.option("--trusted-proxies", type=int, help="Proxies before this node that add X-Forwarded-For.  [default: 0]")
@click.option("--origins", help="Other sites whose pages may use this node, with commas; * for all.  [default: none]")
@click.option(
    "--sign-up", type=click.Choice(["open", "invite", "closed"]), help="Who gets accounts.  [default: invite]"
)
@click.option("--limits", help='Requests in seconds: "address=600/60 key=off", or "off".  [default: docs/protocol.md]')
@click.option("--max-connections", type=int, help="Connections to this node.  [default: 20000]")
@click.option("--max-connections-per-address", type=int, help="The same from one address.  [default: 2000]")
@click.option("--max-sockets", type=int, help="Live sockets on this node.  [default: 20000]")
@click.option("--max-sockets-per-address", type=int, help="The same from one address.  [default: 2000]")
@click.option("--max-sockets-per-quiz", type=int, help="The same of one quiz.  [default: 20000]")
@as_json
def serve(as_json: bool, **flags: str | int | bool | None) -> None:
    """Run a node.

    Every option is also an environment variable: LEADERBOARD_PORT, and so on. Only that are LEADERBOARD_ADMIN_TOKEN,
    LEADERBOARD_SESSION_DAYS, LEADERBOARD_MAIL_WEBHOOK, LEADERBOARD_MAIL_SECRET, LEADERBOARD_SCORE_SHARDS,
    LEADERBOARD_LIBRARY_MB and LEADERBOARD_REHEARSAL_PLAYERS.
    """
    import msgspec

    from leaderboard.config import load, unknown
    from leaderboard.state.limits import read_policies

    try:
        settings = load(os.environ, flags)
        read_policies(settings.limits)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for name in unknown(os.environ):
        click.secho(f"{name} is no setting.", fg="yellow", err=True)
    from leaderboard.serve import run

    with redis_for(settings) as (url, own):
        about = about_redis(settings, reachable(url), own)
        token = settings.admin_token or admin_token(Path(settings.data_dir))
        about.append(("admin token", "as set in LEADERBOARD_ADMIN_TOKEN" if settings.admin_token else token))
        settings = msgspec.structs.replace(settings, redis_url=url, admin_token=token)
        run(settings, about, own.process if own else None, as_json)


def admin_token(data_dir: Path) -> str:
    """The token of the nodes that use this directory, made by the first; where there is none, one for this start."""
    file = data_dir / "admin.token"
    with contextlib.suppress(OSError):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))
        if token := file.read_text().strip():
            return token
    return secrets.token_urlsafe(24)


@main.command()
@click.argument("quiz")
@on_redis
def verify(quiz: str, as_json: bool, **flags: str | None) -> None:
    """Prove the scores of a quiz: work them out anew from the answers and from the ledger, and compare.

    It may run. The exit status is 1 if anything differs.
    """
    from leaderboard.state.keys import quiz_id

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
    moved = bridge.run(url, brokers, topic, group, settings.score_shards, most_waiting, settings.log_level)
    if as_json:
        show_json({"moved": moved})
    else:
        click.echo(f"{moved} events moved")


def about_redis(settings: "Settings", version: str, own: "Embedded | None") -> list[tuple[str, str]]:
    """What the banner says of the Redis."""
    if own is None:
        return [("Redis", version)]
    if not own.lasting:
        click.secho("No Redis found: fakeredis it is, slow and forgetful. Install redis-server.", fg="red", err=True)
        return [("Redis", "fakeredis, NOTHING IS KEPT, for trying out only"), ("look inside", own.cli)]
    from leaderboard.config import state_directory

    port = settings.port + 1 if 0 < settings.port < 65535 else 0
    file = shlex.quote(str(Path(settings.data_dir) / "redis.url"))
    here = "" if settings.data_dir == state_directory() else f" --data-dir {shlex.quote(settings.data_dir)}"
    program = "leaderboard serve" if Path(sys.argv[0]).name == "leaderboard" else "scripts/serve"
    return [
        ("Redis", f"{own.kind} {version}, data in {settings.data_dir}"),
        ("look inside", own.cli),
        ("another node", f'LEADERBOARD_REDIS_URL="$(cat {file})" {program} --no-demo --port {port}{here}'),
    ]
