"""`leaderboard`: the commands."""

import contextlib
import os
import secrets
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import redis

from leaderboard import __version__
from leaderboard.config import Settings, load
from leaderboard.state.embedded import Embedded, Unavailable, embedded


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
    with redis_for(settings) as (url, own):
        about = about_redis(settings, reachable(url), own)
        run(msgspec.structs.replace(settings, redis_url=url), about, own.process if own else None)


@contextlib.contextmanager
def redis_for(settings: Settings) -> Iterator[tuple[str, Embedded | None]]:
    """The URL of the Redis to use, and the server itself if we start it. An explicit URL is used or refused."""
    if settings.redis_url:
        yield settings.redis_url, None
        return
    try:
        with embedded(Path(settings.data_dir)) as own:
            yield own.url, own
    except Unavailable as error:
        raise click.ClickException(str(error)) from error


def about_redis(settings: Settings, version: str, own: Embedded | None) -> list[tuple[str, str]]:
    """What the banner says of the Redis."""
    if own is None:
        return [("Redis", version)]
    if not own.lasting:
        click.secho("No Redis found: fakeredis it is, slow and forgetful. Install redis-server.", fg="red", err=True)
        return [("Redis", "fakeredis, NOTHING IS KEPT, for trying out only"), ("look inside", own.cli)]
    port = settings.port + 1 if 0 < settings.port < 65535 else 0
    program = "leaderboard serve" if Path(sys.argv[0]).name == "leaderboard" else "scripts/serve"
    return [
        ("Redis", f"{own.kind} {version}, data in {settings.data_dir}"),
        ("look inside", own.cli),
        ("another node", f"LEADERBOARD_REDIS_URL={shlex.quote(own.url)} {program} --no-demo --port {port}"),
    ]


def reachable(url: str) -> str:
    """What answers at the URL, or a ClickException that says why nothing does."""
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            info = client.info("server")
    except redis.AuthenticationError as error:
        raise click.ClickException(f"Redis refuses the password: {error}") from error
    except redis.ResponseError as error:
        if "auth" in str(error).lower():
            raise click.ClickException("Redis wants a password: redis://:PASSWORD@host:port") from error
        if "info" in str(error).lower():
            return "(fakeredis)"
        raise click.ClickException(f"Redis refuses: {error}") from error
    except (redis.RedisError, ValueError, OSError) as error:
        raise click.ClickException(f"Redis cannot be reached: {error}") from error
    return str(info["redis_version"])
