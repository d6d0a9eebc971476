"""The library: quizzes that are kept, edited and played."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.api.quizzes import make
from leaderboard.errors import BadQuiz, IdReused, LibraryFull, NoSuchDocument, NoSuchQuestion
from leaderboard.quiz import editing
from leaderboard.quiz.content import MAX_DOCUMENT, MAX_QUIZ, Language, Question, Quiz
from leaderboard.state.keys import ADMINS
from leaderboard.state.library import Document, LibraryEntry, LibraryPage, Wanted
from leaderboard.state.records import Created

replace = msgspec.structs.replace

Place = Annotated[int, Meta(ge=0, le=MAX_DOCUMENT)]


class LibraryQuery(Struct, forbid_unknown_fields=True):
    """Quizzes with all words of `search`, or their beginnings, in title, description or tags; with this tag; in this
    language, or in the form of it that a region has."""

    search: Annotated[str, Meta(max_length=200)] = ""
    tag: Annotated[str, Meta(max_length=40)] = ""
    language: Language = ""
    archived: bool = False
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=400)] | None = None


class At(Struct, forbid_unknown_fields=True):
    """The number that a question gets; without it, it is the last one."""

    at: Place | None = None


class Order(Struct, forbid_unknown_fields=True):
    order: Annotated[list[Place], Meta(max_length=MAX_DOCUMENT)]


class Archive(Struct, forbid_unknown_fields=True):
    archived: bool


class Play(Struct, forbid_unknown_fields=True):
    """`pick`: so many questions by chance, the same again with the same `seed`; without it all."""

    pick: Annotated[int, Meta(ge=1, le=MAX_DOCUMENT)] | None = None
    seed: Annotated[str, Meta(max_length=100)] = ""


def owner(ask: Ask) -> str:
    """Whose library they work on."""
    return ask.account or ADMINS


def tagged(ask: Ask, entry: LibraryEntry) -> LibraryEntry:
    ask.headers["etag"] = f'"{entry.version}"'
    return entry


def number(ask: Ask) -> int:
    """The question of the path. Raises NoSuchQuestion."""
    text = ask.request.path_params["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise NoSuchQuestion
    return int(text)


async def edit(ask: Ask, change: Callable[[Document], Document]) -> LibraryEntry:
    entry = await ask.quizzes.library.edit(owner(ask), ask.request.path_params["document"], ask.seen(), change)
    return tagged(ask, entry)


async def edit_quiz(ask: Ask, change: Callable[[Quiz], Quiz]) -> LibraryEntry:
    return await edit(ask, lambda document: replace(document, quiz=change(document.quiz)))


@operation("POST", "/v1/library", BadQuiz, LibraryFull, IdReused, status=201, creates=True, max_body=MAX_QUIZ)
async def keep(ask: Ask, quiz: Quiz) -> LibraryEntry:
    """Keep a quiz in the library. It may have more questions than can be played at once."""
    return tagged(ask, await ask.quizzes.library.keep(owner(ask), quiz, ask.source))


@operation("GET", "/v1/library")
async def library(ask: Ask, query: LibraryQuery) -> LibraryPage:
    """What is in the library, the latest change first; `next` is the cursor of the page below."""
    wanted = Wanted(query.search, query.tag, query.language, query.archived)
    return await ask.quizzes.library.list(owner(ask), wanted, query.limit, query.cursor)


@operation("GET", "/v1/library/{document}", NoSuchDocument)
async def document(ask: Ask) -> Quiz | Response:
    """The quiz, with its version as the ETag."""
    version, text = await ask.quizzes.library.text(owner(ask), ask.request.path_params["document"])
    ask.headers["etag"] = f'"{version}"'
    return Response(text, media_type="application/json")


EDITS = (NoSuchDocument, BadQuiz, LibraryFull)


@operation("PUT", "/v1/library/{document}", *EDITS, edits=True, max_body=MAX_QUIZ)
async def replace_document(ask: Ask, quiz: Quiz) -> LibraryEntry:
    """Put another version in its place."""
    return await edit_quiz(ask, lambda _: quiz)


@operation("PUT", "/v1/library/{document}/questions/{number}", *EDITS, NoSuchQuestion, edits=True)
async def put_question(ask: Ask, question: Question) -> LibraryEntry:
    """Put another question in the place of one."""
    return await edit_quiz(ask, lambda quiz: editing.put(quiz, number(ask), question))


@operation("POST", "/v1/library/{document}/questions", *EDITS, NoSuchQuestion, edits=True)
async def insert_question(ask: Ask, question: Question, query: At) -> LibraryEntry:
    """Insert a question before another one, or add it at the end."""
    return await edit_quiz(ask, lambda quiz: editing.insert(quiz, question, query.at))


@operation("DELETE", "/v1/library/{document}/questions/{number}", *EDITS, NoSuchQuestion, edits=True)
async def delete_question(ask: Ask) -> LibraryEntry:
    """Take a question out."""
    return await edit_quiz(ask, lambda quiz: editing.take_out(quiz, number(ask)))


@operation("PUT", "/v1/library/{document}/order", *EDITS, edits=True)
async def reorder(ask: Ask, asked: Order) -> LibraryEntry:
    """Put the questions into another order: that of their present numbers, all of them."""
    return await edit_quiz(ask, lambda quiz: editing.reorder(quiz, asked.order))


@operation("POST", "/v1/library/{document}/archive", *EDITS, edits=True)
async def archive(ask: Ask, asked: Archive) -> LibraryEntry:
    """Put it aside, or back; what is archived is listed apart."""
    return await edit(ask, lambda document: replace(document, archived=asked.archived))


@operation("POST", "/v1/library/{document}/duplicate", *EDITS, IdReused, status=201, creates=True)
async def duplicate(ask: Ask) -> LibraryEntry:
    """Keep a copy beside it."""
    document = ask.request.path_params["document"]
    return tagged(ask, await ask.quizzes.library.duplicate(owner(ask), document, ask.source))


@operation("DELETE", "/v1/library/{document}", NoSuchDocument, status=204, edits=True)
async def delete_document(ask: Ask) -> None:
    """Delete it; quizzes that were made of it stay."""
    await ask.quizzes.library.delete(owner(ask), ask.request.path_params["document"], ask.seen())


@operation("POST", "/v1/library/{document}/play", NoSuchDocument, BadQuiz, IdReused, status=201, creates=True)
async def play(ask: Ask, asked: Play) -> Created:
    """Make a quiz of it, in its lobby, with a copy of its questions."""
    document, seed = ask.request.path_params["document"], asked.seed or ask.source.token("pick")
    return await make(ask, await ask.quizzes.library.picked(owner(ask), document, asked.pick, seed))
