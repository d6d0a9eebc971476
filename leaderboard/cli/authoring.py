"""`leaderboard import`, `vocabulary` and `export`: between files and quizzes."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leaderboard import sandbox
from leaderboard.cli.console import ask, on_redis, owner_of, plain, show_json
from leaderboard.cli.screen import working
from leaderboard.errors import NoQuestions, NoSuchDocument, Refusal
from leaderboard.quiz.content import MAX_QUESTIONS, Quiz
from leaderboard.quiz.exporting import EXPORTS, FileFormat
from leaderboard.quiz.importing import FORMATS, MAX_FILE, FormatName, Report
from leaderboard.quiz.vocabulary import KINDS
from leaderboard.sandbox import MakeVocabulary, ReadFile, Task
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import quiz_id
from leaderboard.state.library import LibraryEntry
from leaderboard.state.quizzes import Quizzes

MOST_SHOWN = 20


def made_of_a_file(command: Callable[..., None]) -> Callable[..., None]:
    """The options of commands that make a quiz of a file."""
    for option in (
        click.option("--title", default="", help="[default: what the file says, else its name]"),
        click.option("-o", "--output", help="Write the quiz to this file (.toml, .json, …) and keep it nowhere."),
        click.option("--dry-run", is_flag=True, help="Only say what would come of it."),
        click.option("--owner", default="", help="E-mail address of whose library it goes to.  [default: the admin's]"),
        on_redis,
    ):
        command = option(command)
    return click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))(command)


@click.command("import")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="[default: seen by the content]")
@click.option("--strict", is_flag=True, help="Import all of it as it is, or nothing.")
@made_of_a_file
def import_(file: str, format_: FormatName | None, title: str, strict: bool, **options: Any) -> None:
    """Import a quiz: TOML or JSON of our own, spreadsheets and CSV of Kahoot, Quizizz, Blooket, Gimkit and others, GIFT,
    Aiken, Open Trivia DB, Anki. What cannot be imported is listed.
    """
    make(ReadFile(name_of(file), format_, title, strict), file, **options)


@click.command()
@click.option("--questions", type=click.IntRange(1, MAX_QUESTIONS), default=50, show_default=True)
@click.option("--kinds", default="", help=f"Some of {', '.join(KINDS)}, with commas between.  [default: all]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another one makes another quiz.")
@made_of_a_file
def vocabulary(file: str, questions: int, kinds: str, seed: int, title: str, **options: Any) -> None:
    """Make a vocabulary quiz of a word list: CSV or a spreadsheet with headings such as word, part of speech, level,
    meaning, translation, synonyms, example; JSON; or two columns without headings.
    """
    make(MakeVocabulary(name_of(file), title, questions, kinds, seed), file, **options)


def name_of(file: str) -> str:
    return "" if file == "-" else Path(file).name


def make(
    task: Task, file: str, output: str | None, dry_run: bool, as_json: bool, owner: str, **flags: str | None
) -> None:
    """Make a quiz of a file, and keep it where it was asked for."""
    form = form_of(output) if output else None
    with click.open_file(file, "rb") as opened:
        data = opened.read(MAX_FILE + 1)
    try:
        with working("The file is read", as_json):
            done = asyncio.run(sandbox.done(task, data))
    except Refusal as refusal:
        raise click.ClickException(refusal.detail) from refusal
    if not as_json:
        show(done.report)
    if not done.quiz.questions:
        raise click.ClickException(NoQuestions.sentence())
    left_out = write(done.quiz, form, output) if output and form else []
    kept = None if output or dry_run else keep(done.quiz, owner, flags)
    if as_json:
        show_json(
            {"report": done.report} | ({"entry": kept} if kept else {}) | ({"left_out": left_out} if form else {})
        )
        return
    tell(left_out)
    if kept:
        click.echo(f"kept; to play it: leaderboard library play {kept.id}", err=True)
        click.echo(kept.id)


def show(report: Report) -> None:
    """What was found, on stderr: on stdout there may be the quiz, or its ID."""
    questions = f"{report.questions} question{'' if report.questions == 1 else 's'}"
    click.echo(f"{report.format}: {report.imported} of {report.found} entries, {questions}", err=True)
    for it in report.remarks[:MOST_SHOWN]:
        mark = "imported, but " if it.imported else ""
        click.echo(plain(f"  {it.place}: {mark}{it.reason}" + (f"  ({it.excerpt})" if it.excerpt else "")), err=True)
    if (more := len(report.remarks) + report.more - MOST_SHOWN) > 0:
        click.echo(f"  … and {more} more; --json lists them", err=True)


def keep(quiz: Quiz, owner: str, flags: dict[str, str | None]) -> LibraryEntry:
    async def work(quizzes: Quizzes) -> LibraryEntry:
        return await quizzes.library.keep(await owner_of(quizzes, owner), quiz, CHANCE)

    return ask(flags, work)


def form_of(output: str) -> FileFormat:
    """By the end of the file's name."""
    for name, export in EXPORTS.items():
        if output.endswith(f".{export.suffix}"):
            return name
    ends = ", ".join(f".{export.suffix}" for export in EXPORTS.values())
    raise click.BadParameter(f"its name ends with none of {ends}", param_hint="--output")


def write(quiz: Quiz, form: FileFormat, output: str) -> list[str]:
    """Returns what the form cannot hold, in words."""
    exported = EXPORTS[form].of(quiz)
    with click.open_file(output, "wb") as opened:
        opened.write(exported.content)
    return exported.left_out


def tell(left_out: list[str]) -> None:
    for line in left_out:
        click.echo(plain(f"  left out: {line}"), err=True)


@click.command()
@click.argument("quiz")
@click.option("-o", "--output", default="-", help="A file; its name says the format.  [default: the screen]")
@click.option("--format", "form", type=click.Choice(list(EXPORTS)), help="[default: by the file's name, else toml]")
@click.option("--owner", default="", help="E-mail address of whose library it is in.  [default: the admin's]")
@on_redis
def export(quiz: str, output: str, form: FileFormat | None, owner: str, as_json: bool, **flags: str | None) -> None:
    """Write a quiz to a file: one of the library, or one that is played. QUIZ is an ID.

    With --json it is printed as JSON, or what was written where is.
    """
    form = form or (form_of(output) if output != "-" else "json" if as_json else "toml")

    async def work(quizzes: Quizzes) -> Quiz:
        try:
            return (await quizzes.library.get(await owner_of(quizzes, owner), quiz)).quiz
        except NoSuchDocument:
            return await quizzes.documents.of(quiz_id(quiz))

    left_out = write(ask(flags, work), form, output)
    if as_json and output != "-":
        show_json({"file": output, "format": form, "left_out": left_out})
    else:
        tell(left_out)
