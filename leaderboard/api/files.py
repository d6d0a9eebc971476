"""Between files and quizzes."""

import asyncio
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from leaderboard.api.asking import Ask
from leaderboard.api.library import owner
from leaderboard.api.operations import File, operation
from leaderboard.errors import (
    BadQuiz,
    IdReused,
    Incomplete,
    LibraryFull,
    NoQuestions,
    NoSuchDocument,
    NoSuchQuiz,
    UnknownFormat,
    Unreadable,
)
from leaderboard.quiz.content import MAX_QUESTIONS, MAX_TITLE, Quiz
from leaderboard.quiz.exporting import EXPORTS, FileFormat
from leaderboard.quiz.importing import MAX_FILE, FormatName, Report
from leaderboard.sandbox import MakeVocabulary, ReadFile, Sandbox, Task
from leaderboard.state.library import LibraryEntry

BYTES = {"application/octet-stream": {"type": "string", "format": "binary"}}
MEDIA_TYPES = tuple(export.media_type for export in EXPORTS.values())
REFUSES = (UnknownFormat, Unreadable, BadQuiz, NoQuestions, LibraryFull, IdReused)

FileName = Annotated[str, Meta(max_length=255)]
Title = Annotated[str, Meta(max_length=MAX_TITLE)]


class ImportQuery(Struct, forbid_unknown_fields=True):
    """`name`: the file's, after which a quiz without a title is called; `format`: if it is known. `strict`: all of the
    file or nothing. `dry_run`: keep nothing, show what would come of it."""

    name: FileName = ""
    format: FormatName | None = None
    title: Title = ""
    strict: bool = False
    dry_run: bool = False


class VocabularyQuery(Struct, forbid_unknown_fields=True):
    """`kinds`: with commas between, some of word, meaning, translation, reverse, gap; by default all. `name`, `title` and
    `dry_run` as for an import."""

    questions: Annotated[int, Meta(ge=1, le=MAX_QUESTIONS)] = 50
    kinds: Annotated[str, Meta(max_length=100)] = ""
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0
    name: FileName = ""
    title: Title = ""
    dry_run: bool = False


class ExportQuery(Struct, forbid_unknown_fields=True):
    """`dry_run`: only say what such a file cannot hold."""

    format: FileFormat = "json"
    dry_run: bool = False


class LeftOut(Struct):
    """What a file would not hold, a sentence each."""

    left_out: list[str]


class Made(Struct):
    """What was found in a file, and the `entry` of the library that it became; without one being kept the `quiz` itself."""

    report: Report
    entry: LibraryEntry | UnsetType = UNSET
    quiz: Quiz | UnsetType = UNSET


async def made(ask: Ask, task: Task, file: bytes, dry_run: bool) -> Made:
    """Make a quiz of a file, and keep it unless nothing is to be kept."""
    sandbox: Sandbox = ask.request.app.state.sandbox
    done = await sandbox.run(task, file, owner(ask))
    if dry_run:
        return Made(done.report, quiz=done.quiz)
    if not done.quiz.questions:
        raise NoQuestions
    return Made(done.report, await ask.quizzes.library.keep(owner(ask), done.quiz, ask.source))


@operation(
    "POST", "/v1/quizzes/import", *REFUSES, Incomplete, verb="import", creates=True, max_body=MAX_FILE, bodies=BYTES
)
async def import_(ask: Ask, file: bytes, query: ImportQuery) -> Made:
    """Make a quiz of a file, of any format that is known here; what cannot be imported is reported."""
    task = ReadFile(query.name, query.format, query.title, query.strict)
    return await made(ask, task, file, query.dry_run)


@operation("POST", "/v1/quizzes/vocabulary", *REFUSES, verb="vocabulary", creates=True, max_body=MAX_FILE, bodies=BYTES)
async def vocabulary(ask: Ask, file: bytes, query: VocabularyQuery) -> Made:
    """Make a vocabulary quiz of a file with a word list; the same seed makes the same quiz."""
    task = MakeVocabulary(query.name, query.title, query.questions, query.kinds, query.seed)
    return await made(ask, task, file, query.dry_run)


@operation("GET", "/v1/library/{document}/export", NoSuchDocument, files=MEDIA_TYPES)
async def export_document(ask: Ask, query: ExportQuery) -> File | LeftOut | Quiz:
    """A quiz of the library as a file."""
    document = ask.request.path_params["document"]
    return await written(ask, (await ask.quizzes.library.get(owner(ask), document)).quiz, document, query)


@operation("GET", "/v1/quizzes/{quiz}/export", NoSuchQuiz, files=MEDIA_TYPES)
async def export_quiz(ask: Ask, query: ExportQuery) -> File | LeftOut | Quiz:
    """A quiz that is played as a file, with its keys as they are now."""
    return await written(ask, await ask.quizzes.documents.of(ask.quiz), ask.quiz, query)


async def written(ask: Ask, quiz: Quiz, name: str, query: ExportQuery) -> File | LeftOut | Quiz:
    export = EXPORTS[query.format]
    async with ask.quizzes.library.turns.take():
        exported = await asyncio.to_thread(export.of, quiz)
    if query.dry_run:
        return LeftOut(exported.left_out)
    return File(exported.content, export.media_type, f"{name}.{export.suffix}")
