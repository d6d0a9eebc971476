"""What comes of real files. Not collected where they are not."""

import csv
from pathlib import Path

import pytest

from tests.corpus import counts, files

with Path(__file__).with_name("corpus.csv").open() as opened:
    PINNED = {row["file"]: row for row in csv.DictReader(opened)}


def test_each_file_is_pinned() -> None:
    assert files() == list(PINNED)


@pytest.mark.parametrize("file", PINNED)
def test_a_file_gives_what_it_gave(file: str) -> None:
    """`counted` is what somebody else's parser, or a careful person, counts; `why`, why that is not what we import."""
    row = PINNED[file]
    assert counts(file) == tuple(row[name] for name in ("format", "found", "imported", "refused", "questions"))
    assert row["questions"] == row["counted"] or row["why"]
