"""`leaderboard`: the commands."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import redis

from leaderboard import __version__
from leaderboard.config import Settings, load


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaderboard")
def main() -> None:
    """Live quizzes with a leaderboard that moves at once."""


@main.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [default: 8000]")
@click.option("--lan/--no-lan", default=None, help="Listen on all addresses, and show the one for the local network.")
@click.option("--redis-url", help="A running Redis: redis://, rediss:// or unix://.  [default: start one]")
@click.option("--data-dir", help="Where a Redis of our own keeps its data.  [default: the user's state directory]")
@click.option("--demo/--no-demo", default=None, help="Play a demo quiz with bots, round after round.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[default: info]")
def serve(**flags: str | int | bool | None) -> None:
    """Run a node. Every option is also an environment variable: LEADERBOARD_PORT, and so on."""
    try:
        settings = load(os.environ, flags)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    from leaderboard.serve import run  # what it imports takes time that --help need not spend

    settings = msgspec.structs.replace(settings, admin_token=settings.admin_token or secrets.token_urlsafe(24))
    with redis_for(settings) as (url, about):
        run(msgspec.structs.replace(settings, redis_url=url), about)


@contextlib.contextmanager
def redis_for(settings: Settings) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The URL of the Redis to use, and what the banner says of it. An explicit URL is used or refused, nothing else."""
    if settings.redis_url:
        shown = reachable(settings.redis_url)
        yield settings.redis_url, [("Redis", shown)]
        return
    from leaderboard.state.embedded import Unavailable, embedded

    try:
        with embedded(Path(settings.data_dir)) as own:
            version = reachable(own.url)
            kept = f"data in {settings.data_dir}" if own.lasting else "NOTHING IS KEPT, for trying out only"
            about = [("Redis", f"{own.kind} {version}, {kept}"), ("look inside", own.cli)]
            if own.lasting:
                about.append(
                    (
                        "another node",
                        f"scripts/serve --no-demo --port {settings.port + 1} --redis-url '{own.url}'",
                    )
                )
            else:
                click.secho(
                    "No Redis found: using fakeredis, slow and forgetful. Install redis-server.",
                    fg="red",
                    err=True,
                )
            yield own.url, about
    except Unavailable as error:
        raise click.ClickException(str(error)) from error


def command() -> str:
    """What the user typed to get here: the installed program, or the script of a checkout."""
    return "leaderboard serve" if Path(sys.argv[0]).name == "leaderboard" else "scripts/serve"


def reachable(url: str) -> str:
    """What answers at the URL, or a ClickException that says why nothing does."""
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            info = client.info("server")
    except redis.ResponseError as error:
        if "info" in str(error).lower():
            return "(fakeredis)"
        raise click.ClickException(f"Redis refuses: {error}") from error
    except (redis.RedisError, ValueError, OSError) as error:
        raise click.ClickException(f"Redis cannot be reached: {error}") from error
    return str(info["redis_version"])
