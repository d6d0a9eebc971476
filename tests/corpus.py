"""Real files of quizzes, by other people: not ours to pass on, so they stand in a folder of their own (CONTRIBUTING.md)."""

import os
from pathlib import Path

from leaderboard.errors import Refusal
from leaderboard.quiz import importing

FOLDER = Path(os.environ.get("LEADERBOARD_CORPUS") or Path(__file__).parents[2] / "shared" / "data")
QUIZZES = ("aiken", "anki", "blooket", "csv-other", "derived", "gift", "kahoot-xlsx", "opentdb", "quizizz")


def files() -> list[str]:
    """The quizzes in it, by their paths there."""
    found = (it for folder in QUIZZES for it in (FOLDER / folder).iterdir())
    return sorted(it.relative_to(FOLDER).as_posix() for it in found)


def counts(file: str) -> tuple[str, ...]:
    """What an import of it finds: format or refusal; entries found, imported, refused; questions."""
    try:
        report = importing.read((FOLDER / file).read_bytes(), file).report
    except Refusal as refusal:
        return (refusal.code, *"0000")
    return (report.format, *map(str, (report.found, report.imported, report.refused, report.questions)))
