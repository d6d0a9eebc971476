"""`leaderboard serve`: a node, and the Redis that it may need."""

import contextlib
import gc
import os
import secrets
import shlex
import sys
from pathlib import Path

import click
import msgspec

from leaderboard.cli.console import as_json, redis_for, settings_of, usable
from leaderboard.cli.options import options
from leaderboard.config import Settings, state_directory, unknown
from leaderboard.state.embedded import Embedded


@click.command()
@options()
@as_json
def serve(as_json: bool, **flags: str | int | bool | None) -> None:
    """Run a node.

    Every option is also an environment variable: LEADERBOARD_PORT, and so on. Secrets are only that
    (LEADERBOARD_ADMIN_TOKEN, LEADERBOARD_MAIL_SECRET), or a file: LEADERBOARD_ADMIN_TOKEN_FILE names it.
    """
    settings = settings_of(flags)
    for sentence in unknown(os.environ):
        click.secho(sentence, fg="yellow", err=True)
    gc.disable()  # until the node has started: what is imported stays, and looking through it takes a tenth of the start
    from leaderboard.serve import run  # what it imports takes time that --help need not spend

    with redis_for(settings) as (url, own):
        about = about_redis(settings, usable(url), own)
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


def about_redis(settings: Settings, version: str, own: Embedded | None) -> list[tuple[str, str]]:
    """What the banner says of the Redis."""
    if own is None:
        return [("Redis", version)]
    if not own.lasting:
        click.secho("No Redis found: fakeredis it is, slow and forgetful. Install redis-server.", fg="red", err=True)
        return [("Redis", "fakeredis, NOTHING IS KEPT, for trying out only"), ("look inside", own.cli)]
    port = settings.port + 1 if 0 < settings.port < 65535 else 0
    file = shlex.quote(str(Path(settings.data_dir) / "redis.url"))
    here = "" if settings.data_dir == state_directory() else f" --data-dir {shlex.quote(settings.data_dir)}"
    program = "leaderboard serve" if Path(sys.argv[0]).name == "leaderboard" else "scripts/serve"
    return [
        ("Redis", f"{own.kind} {version}, data in {settings.data_dir}"),
        ("look inside", own.cli),
        ("another node", f'LEADERBOARD_REDIS_URL="$(cat {file})" {program} --no-demo --port {port}{here}'),
    ]
