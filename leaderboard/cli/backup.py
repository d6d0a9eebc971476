"""`leaderboard backup` and `restore`: quizzes into files and back, and what a file proves by itself."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaderboard.cli.console import ask, done, on_redis, settings_of

if TYPE_CHECKING:  # imported in functions: --help need not wait for it
    from leaderboard.state.audit import Verdict
    from leaderboard.state.backup_file import Header
    from leaderboard.state.quizzes import Quizzes

FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
SCREEN = Path("-")


@click.command()
@click.argument("quiz")
@click.argument("file", type=FILE)
@click.option("--remove", is_flag=True, help="Then delete the quiz, which must be finished, from Redis.")
@click.option("--replace", is_flag=True, help="Also if there is such a file already.")
@on_redis
def backup(quiz: str, file: Path, remove: bool, replace: bool, as_json: bool, **flags: str | None) -> None:
    """Write a quiz to a file, with all that is kept of it. QUIZ is an ID; a FILE `-` is standard output.

    It may run. With --remove the file is read back and the scores are proved before anything is deleted.
    """
    from leaderboard.state.keys import quiz_id

    if file == SCREEN and (remove or as_json):
        raise click.UsageError("Standard output takes the file alone; name a file.")
    if file.exists() and not file.is_file():
        raise click.ClickException(
            f"{file} is a device or the like, which a file would take the place of; name a file."
        )
    if file.exists() and not replace:
        raise click.ClickException(f"{file} exists already; choose another name, or --replace.")

    async def work(quizzes: "Quizzes") -> "tuple[Header, Verdict | None]":
        with bar("Reading", as_json) as progress:
            if remove:
                return await quizzes.backups.put_away(quiz_id(quiz), path, progress)
            return await quizzes.backups.write(quiz_id(quiz), path, progress), None

    with sentences(file), on_disk(file) as path:
        header, verdict = ask(flags, work)
        if file == SCREEN:
            with path.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
            return
    removed = verdict is not None and not verdict.wrong
    show(header, file, as_json, "removed from Redis" if removed else "", removed=removed)
    if verdict is not None and not removed:
        raise click.ClickException(f"The scores do not agree, so the quiz stays: leaderboard verify {header.quiz}")


@click.command()
@click.argument("file", type=FILE)
@on_redis
def restore(file: Path, as_json: bool, **flags: str | None) -> None:
    """Bring a quiz back from a file, if all of the file can be read and there is no such quiz; then prove its scores.

    A FILE `-` is standard input.
    """

    async def work(quizzes: "Quizzes") -> "tuple[Header, Verdict]":
        with bar("Restoring", as_json) as progress:
            header = await quizzes.backups.restore(path, progress)
        return header, await quizzes.audit.verify(header.quiz)

    with sentences(file), on_disk(file) as path:
        if file == SCREEN:
            with path.open("wb") as out:
                shutil.copyfileobj(sys.stdin.buffer, out)
        path.open("rb").close()
        header, verdict = ask(flags, work)
    show(header, file, as_json, "restored", findings=verdict.wrong)
    if verdict.wrong:
        raise click.ClickException(f"The scores do not agree: leaderboard verify {header.quiz}")


def is_file(text: str) -> bool:
    """Whether this names a file and no quiz."""
    return "." in text or "/" in text


def prove(file: Path) -> "Verdict":
    """Read a file to its end, put its quiz into a Redis that is there for this alone, and work its scores out anew."""
    from leaderboard.errors import Refusal
    from leaderboard.state.backup_file import check
    from leaderboard.state.embedded import Unavailable, embedded

    async def work(quizzes: "Quizzes") -> "Verdict":
        with bar("Reading", False) as progress:
            header = await quizzes.backups.restore(file, progress)
        return await quizzes.audit.verify(header.quiz)

    with sentences(file), tempfile.TemporaryDirectory(prefix="leaderboard-") as folder:
        try:
            check(file)
            with embedded(Path(folder), keeps=False) as own:
                import asyncio

                return asyncio.run(done(own.url, work, settings_of({})))
        except (Refusal, Unavailable) as error:
            raise click.ClickException(str(error)) from error


def show(header: "Header", file: Path, as_json: bool, what: str, **more: Any) -> None:
    """What the file holds, and what has been done."""
    import msgspec

    if as_json:
        click.echo(msgspec.json.encode({"file": str(file)} | msgspec.to_builtins(header) | more))
        return
    players = header.keys.get("players", 0)
    about = f"{header.quiz}, {header.phase}, version {header.version}, {players} players, {header.rows} rows"
    click.echo(f"{file}: {about}" + (f"; {what}" if what else ""))


@contextlib.contextmanager
def bar(label: str, as_json: bool) -> Iterator[Callable[[int, int], object]]:
    """Somebody who waits at a terminal sees how far it is."""
    if as_json or not sys.stderr.isatty():
        yield lambda done, rows: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as shown:

        def progress(done: int, rows: int) -> None:
            shown.length = rows
            shown.update(done - shown.pos if done >= shown.pos else -shown.pos)

        yield progress


@contextlib.contextmanager
def on_disk(file: Path) -> Iterator[Path]:
    """The file, or one that stands for standard input or output."""
    if file != SCREEN:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="leaderboard-") as folder:
        yield Path(folder) / "quiz.jsonl.gz"


@contextlib.contextmanager
def sentences(file: Path) -> Iterator[None]:
    """Say what the system says of a file."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}.") from error
