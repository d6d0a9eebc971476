"""What the commands share: their options, a Redis to work on, and errors as sentences."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:  # imported in functions: --help need not wait for it
    from leaderboard.config import Settings
    from leaderboard.state.checkup import Seen
    from leaderboard.state.embedded import Embedded
    from leaderboard.state.quizzes import Quizzes

T = TypeVar("T")

TIMEOUT_S = 3.0

JOINERS = "\u200c\u200d"  # within words and emoji

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def on_redis(command: Callable[..., None]) -> Callable[..., None]:
    """The options of commands that look at quizzes: which Redis, and how to print."""
    command = click.option("--data-dir", help="Of the node whose Redis it is.  [default: as for serve]")(
        as_json(command)
    )
    return click.option("--redis-url", help="Where the quizzes are.  [default: the Redis of the data directory]")(
        command
    )


def show_json(found: object) -> None:
    """On one line."""
    import msgspec

    click.echo(msgspec.json.encode(found))


def plain(text: str) -> str:
    """What others have written, without anything that a terminal would take for a command."""
    return "".join(it if it.isprintable() or it in JOINERS else "\ufffd" for it in text)


def settings_of(flags: Mapping[str, Any]) -> "Settings":
    """The settings with these flags. What is wrong with them becomes a ClickException."""
    from leaderboard.cli.configuration import looked_at

    found, mistakes = looked_at(os.environ, flags)
    if mistakes:
        raise click.ClickException("\n".join(mistakes))
    return found.settings


def ask(flags: Mapping[str, Any], work: "Callable[[Quizzes], Awaitable[T]]") -> T:
    """Do something with the quizzes of a Redis. What is refused becomes a ClickException."""
    import msgspec

    from leaderboard.errors import Refusal
    from leaderboard.state.embedded import running
    from leaderboard.state.redis import ResponseError

    settings = settings_of(flags)
    data_dir = Path(settings.data_dir)
    own = None if settings.redis_url else running(data_dir)
    if not settings.redis_url and not own and not os.path.exists(data_dir / "appendonlydir"):  # also of a name too long
        raise click.ClickException(f"There are no quizzes in {data_dir}; name another --data-dir, or a --redis-url.")
    with redis_for(msgspec.structs.replace(settings, redis_url=settings.redis_url or own or "")) as (url, _):
        reachable(url)
        try:
            return asyncio.run(done(url, work, settings))
        except Refusal as refusal:
            raise click.ClickException(refusal.detail) from refusal
        except ResponseError as error:  # rights that are missing, or a key that somebody else has written
            raise click.ClickException(f"Redis refuses: {error}.") from error


async def done(url: str, work: "Callable[[Quizzes], Awaitable[T]]", settings: "Settings") -> T:
    from leaderboard.state.quizzes import Quizzes

    quizzes = Quizzes(url, score_shards=settings.score_shards, library_mb=settings.library_mb)
    quizzes.start()
    try:
        return await work(quizzes)
    finally:
        await quizzes.stop()


async def owner_of(quizzes: "Quizzes", email: str) -> str:
    """Whose library it is: an account's, by its e-mail address, or without one the admin's. Raises NoSuchAccount."""
    from leaderboard.state.keys import ADMINS

    return await quizzes.accounts.find(email) if email else ADMINS


@contextlib.contextmanager
def redis_for(settings: "Settings") -> "Iterator[tuple[str, Embedded | None]]":
    """The URL of the Redis to use, and the server itself if we start it. An explicit URL is used or refused."""
    from leaderboard.state.embedded import Unavailable, embedded

    if settings.redis_url:
        yield settings.redis_url, None
        return
    try:
        with embedded(Path(settings.data_dir)) as own:
            yield own.url, own
    except Unavailable as error:
        raise click.ClickException(str(error)) from error


def reachable(url: str) -> "Seen":
    """What answers at the URL, or a ClickException that says why nothing does."""
    from leaderboard.state.checkup import Unfit, look

    try:
        return look(url, TIMEOUT_S)
    except Unfit as error:
        raise click.ClickException(str(error)) from error


def usable(url: str) -> str:
    """The version of a Redis that can keep quizzes, or a ClickException that says why it cannot."""
    from leaderboard.state.checkup import unfit

    seen = reachable(url)
    if wrong := unfit(seen):
        raise click.ClickException(f"{wrong.says} {wrong.remedy}")
    return seen.version


def some_quizzes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """IDs that begin so, for a shell that completes. Whatever goes wrong: none."""
    from leaderboard.state.embedded import running
    from leaderboard.state.kept import some_ids

    with contextlib.suppress(click.ClickException):
        settings = settings_of({name: ctx.params.get(name) for name in ("redis_url", "data_dir")})
        if url := settings.redis_url or running(Path(settings.data_dir)):
            return some_ids(url, incomplete)
    return []
