"""`leaderboard library`: quizzes, pictures and sounds that are kept, from the command line."""

import functools
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from leaderboard.cli.console import ask, on_redis, owner_of, plain, show_json
from leaderboard.errors import Refusal
from leaderboard.quiz import editing
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.formats import documents
from leaderboard.quiz.formats.source import Source as File
from leaderboard.quiz.wording import in_words
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import ADMINS
from leaderboard.state.library import Document, LibraryEntry, LibraryPage, Wanted
from leaderboard.state.media import MediaPage
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Created

T = TypeVar("T")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
replace = msgspec.structs.replace


class Shelf:
    """The library of one owner on one Redis, as the options name them."""

    def __init__(self, email: str, as_json: bool, version: int | None, flags: dict[str, Any]) -> None:
        self._email, self.as_json, self._flags = email, as_json, flags
        self.seen = None if version is None else frozenset({str(version)})

    def ask(self, work: Callable[[Quizzes, str], Awaitable[T]]) -> T:
        async def done(quizzes: Quizzes) -> T:
            return await work(quizzes, await owner_of(quizzes, self._email))

        return ask(self._flags, done)

    def edit(self, document: str, change: Callable[[Quiz], Quiz]) -> None:
        self.show(self.ask(lambda on, owner: on.library.edit(owner, document, self.seen, edited(change))))

    def show(self, found: object) -> None:
        if self.as_json:
            show_json(found)
        else:
            click.echo("\n".join(lines(found)))

    def deleted(self, what: str) -> None:
        if self.as_json:
            show_json({"deleted": what})


def edited(change: Callable[[Quiz], Quiz]) -> Callable[[Document], Document]:
    return lambda document: replace(document, quiz=change(document.quiz))


def lines(found: object) -> list[str]:
    """What people want to see of it."""
    match found:
        case LibraryEntry():
            return [f"{found.id}  version {found.version:3}  {found.questions:5} questions  {plain(found.title)}"]
        case LibraryPage() | MediaPage():
            rows = found.entries if isinstance(found, LibraryPage) else found.media
            more = [f"more: --cursor {found.next}"] if found.next else []
            return [line for row in rows for line in lines(row)] + more
        case _:
            return ["  ".join(str(value) for value in msgspec.to_builtins(found).values())]


@click.group()
def library() -> None:
    """Keep quizzes, edit and play them, without a node."""


@library.group()
def question() -> None:
    """Edit one question. They are counted from 1, as in an editor."""


@library.group()
def media() -> None:
    """Pictures and sounds for questions."""


def command(
    name: str, group: click.Group = library, edits: bool = False
) -> Callable[[Callable[..., None]], click.Command]:
    """A command that is given a shelf first. `edits`: perhaps only if there is this version still."""
    if_match = click.option(
        "--if-match", type=int, metavar="VERSION", help="Only if it is this one still.  [default: any]"
    )

    def enter(do: Callable[..., None]) -> click.Command:
        @click.option("--owner", default="", metavar="EMAIL", help="Whose library.  [default: the admin's]")
        @on_redis
        @functools.wraps(do)
        def run(owner: str, as_json: bool, redis_url: str | None, data_dir: str | None, **arguments: Any) -> None:
            version = arguments.pop("if_match", None)
            do(Shelf(owner, as_json, version, {"redis_url": redis_url, "data_dir": data_dir}), **arguments)

        return group.command(name)(if_match(run) if edits else run)

    return enter


def fields_of(file: Path) -> dict[str, Any]:
    """What stands in a file of our own form. What is wrong with it becomes a ClickException, as in the next two."""
    try:
        return documents.fields_of(File(file.read_bytes(), file.name))
    except Refusal as refusal:
        raise click.ClickException(f"{file}: {refusal.detail}") from refusal


def read(file: Path) -> Quiz:
    fields = fields_of(file)
    try:
        return documents.quiz_of(fields)
    except Refusal as refusal:
        raise click.ClickException(f"{file}: {refusal.detail}") from refusal


def read_question(file: Path) -> Question:
    """The fields of a question alone."""
    try:
        return msgspec.convert(fields_of(file), Question)
    except msgspec.ValidationError as error:
        raise click.ClickException(f"{file}: {in_words(str(error))}") from error


@command("list")
@click.option("--search", default="", help="Words of title, description or tags, or their beginnings.")
@click.option("--tag", default="")
@click.option("--language", default="")
@click.option("--archived", is_flag=True, help="Those that were put aside.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--cursor", help="Of the page before.")
def list_(shelf: Shelf, limit: int, cursor: str | None, **wanted: Any) -> None:
    """What is there, the latest change first."""
    shelf.show(shelf.ask(lambda on, owner: on.library.list(owner, Wanted(**wanted), limit, cursor)))


@command("show")
@click.argument("document")
def show(shelf: Shelf, document: str) -> None:
    """Print a quiz as TOML, or with --json as JSON."""
    quiz = shelf.ask(lambda on, owner: on.library.get(owner, document)).quiz
    click.echo((documents.to_json if shelf.as_json else documents.to_toml)(quiz), nl=False)


@command("add")
@click.argument("file", type=FILE)
def add(shelf: Shelf, file: Path) -> None:
    """Keep the quiz of a file, TOML or JSON."""
    quiz = read(file)
    shelf.show(shelf.ask(lambda on, owner: on.library.keep(owner, quiz, CHANCE)))


@command("replace", edits=True)
@click.argument("document")
@click.argument("file", type=FILE)
def replace_(shelf: Shelf, document: str, file: Path) -> None:
    """Put the quiz of a file in the place of one."""
    quiz = read(file)
    shelf.edit(document, lambda _: quiz)


@command("edit")
@click.argument("document")
def edit(shelf: Shelf, document: str) -> None:
    """Open a quiz in $EDITOR, as TOML. If somebody else has changed it meanwhile, nothing is lost: your file stays."""
    known = shelf.ask(lambda on, owner: on.library.get(owner, document))
    with tempfile.NamedTemporaryFile(prefix=f"{document}-", suffix=".toml", delete=False) as out:
        out.write(documents.to_toml(known.quiz))
    file = Path(out.name)
    before = file.read_bytes()
    click.edit(filename=str(file))
    if file.read_bytes() != before:
        try:
            quiz, seen = read(file), frozenset({str(known.version)})
            shelf.show(shelf.ask(lambda on, owner: on.library.edit(owner, document, seen, edited(lambda _: quiz))))
        except click.ClickException as error:
            raise click.ClickException(f"{error.message} What you wrote is in {file}.") from error
    file.unlink()


@command("put", question, edits=True)
@click.argument("document")
@click.argument("number", type=click.IntRange(1))
@click.argument("file", type=FILE)
def put_question(shelf: Shelf, document: str, number: int, file: Path) -> None:
    """Put the question of a file in the place of one."""
    asked = read_question(file)
    shelf.edit(document, lambda quiz: editing.put(quiz, number - 1, asked))


@command("insert", question, edits=True)
@click.argument("document")
@click.argument("file", type=FILE)
@click.option("--at", type=click.IntRange(1), help="Its number.  [default: the last]")
def insert_question(shelf: Shelf, document: str, file: Path, at: int | None) -> None:
    """Insert the question of a file."""
    asked = read_question(file)
    shelf.edit(document, lambda quiz: editing.insert(quiz, asked, None if at is None else at - 1))


@command("delete", question, edits=True)
@click.argument("document")
@click.argument("number", type=click.IntRange(1))
def delete_question(shelf: Shelf, document: str, number: int) -> None:
    """Take a question out."""
    shelf.edit(document, lambda quiz: editing.take_out(quiz, number - 1))


@command("reorder", edits=True)
@click.argument("document")
@click.argument("order", nargs=-1, required=True, type=click.IntRange(1))
def reorder(shelf: Shelf, document: str, order: tuple[int, ...]) -> None:
    """Put the questions into the order of these numbers, counted from 1."""
    shelf.edit(document, lambda quiz: editing.reorder(quiz, [number - 1 for number in order]))


@command("duplicate")
@click.argument("document")
def duplicate(shelf: Shelf, document: str) -> None:
    """Keep a copy beside it."""
    shelf.show(shelf.ask(lambda on, owner: on.library.duplicate(owner, document, CHANCE)))


def put_aside(archived: bool) -> Callable[..., None]:
    def do(shelf: Shelf, document: str) -> None:
        change = functools.partial(replace, archived=archived)
        shelf.show(shelf.ask(lambda on, owner: on.library.edit(owner, document, shelf.seen, change)))

    do.__doc__ = "Put a quiz aside." if archived else "Take a quiz back that was put aside."
    return click.argument("document")(do)


command("archive", edits=True)(put_aside(True))
command("restore", edits=True)(put_aside(False))


@command("delete", edits=True)
@click.argument("document")
def delete(shelf: Shelf, document: str) -> None:
    """Delete a quiz; quizzes that were made of it stay."""
    shelf.ask(lambda on, owner: on.library.delete(owner, document, shelf.seen))
    shelf.deleted(document)


@command("play")
@click.argument("document")
@click.option("--pick", type=click.IntRange(1), help="So many of the questions, by chance.  [default: all]")
@click.option("--seed", default="", help="The same picks the same again.")
def play(shelf: Shelf, document: str, pick: int | None, seed: str) -> None:
    """Make a quiz of it, in its lobby, and print its ID and its host's token."""

    async def work(on: Quizzes, owner: str) -> Created:
        quiz = await on.library.picked(owner, document, pick, seed or CHANCE.token("pick"))
        account = "" if owner == ADMINS else owner
        made = await on.store.create(quiz, CHANCE, account)
        if account:
            await on.accounts.hosted(account, made.id)
        return made

    shelf.show(shelf.ask(work))


@command("list", media)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--cursor", default="", help="Of the page before.")
def list_media(shelf: Shelf, limit: int, cursor: str) -> None:
    """What is there, the newest first."""
    shelf.show(shelf.ask(lambda on, owner: on.gallery.list(owner, cursor, limit)))


@command("add", media)
@click.argument("file", type=FILE)
def add_media(shelf: Shelf, file: Path) -> None:
    """Keep a picture or sound, and print the address that questions name."""
    shelf.show(shelf.ask(lambda on, owner: on.gallery.keep(owner, file.read_bytes())))


@command("delete", media)
@click.argument("address")
def delete_media(shelf: Shelf, address: str) -> None:
    """Delete a picture or sound, by its address."""
    shelf.ask(lambda on, owner: on.gallery.delete(owner, address.rpartition("/")[2]))
    shelf.deleted(address)
