"""Tables with a question in each row, as Kahoot, Quizizz, Blooket, Gimkit and others have them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from leaderboard.errors import Unreadable
from leaderboard.quiz.formats import cells, own_table, tables
from leaderboard.quiz.formats.answer_keys import placed, way_of
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.entries import Entry, seconds
from leaderboard.quiz.formats.headings import Header, header_of, repeats
from leaderboard.quiz.formats.source import Source

NUMBER = re.compile(r"\d+(\.0+)?")
CHOICES: Final = ("choice", "choice", "choice", "choice")
BARE: Final = ["number", "question", *CHOICES, "time_limit", "right"]
SHORTEST_S = 5  # without headings, less is a number out of another column


class Layout(Struct, frozen=True):
    """A kind of table. `sign`: how its headings, joined by |, are told from others.

    `columns`: the roles from the question's column on, for headings that were overwritten. `time_limit`: in seconds, for
    cells that are left empty. `counts`: what is right is told by numbers alone. `bare`: there may be no headings.
    """

    sign: re.Pattern[str]
    columns: tuple[str, ...] = ()
    time_limit: int = 20
    counts: bool = False
    bare: bool = False

    def looks(self, source: Source, /) -> bool:
        header = self.header(source.head)
        return header is not None and (not header.headings or self.sign.search(header.text) is not None)

    def read(self, source: Source, /) -> Reading:
        """Raises Unreadable, TooLarge."""
        if source.is_sheet:
            named = source.sheets
        else:
            named = {"": [[cells.meant(cell) for cell in row] for row in source.rows]}
            if own_table.are(named[""]):
                return Reading(own_table.drafts(named[""]))
        found = [
            (name, (rows, header)) for name, rows in named.items() if (header := self.header(rows[: tables.SAMPLE]))
        ]
        if not found:
            raise Unreadable("No row says in which columns the questions and their answers stand.")
        if len(found) == 1:
            return Reading(self.drafts(*found[0][1]))
        return Reading(chain.from_iterable(within(name, self.drafts(*table)) for name, table in found))

    def header(self, head: Sequence[list[str]]) -> Header | None:
        header = header_of(head)
        if header is not None:
            self.restore(header)
        elif self.bare and is_bare(head):
            first = next(number for number, row in enumerate(head) if NUMBER.fullmatch(row[0] if row else ""))
            header = Header(first - 1, [], BARE)
        return header

    def restore(self, header: Header) -> None:
        """Name the columns whose headings were overwritten, if all others stand where they belong."""
        start = header.roles.index("question")
        there = header.roles[start : start + len(self.columns)]
        if all(role in ("", wanted) for role, wanted in zip(there, self.columns, strict=False)):
            header.roles[start : start + len(there)] = self.columns[: len(there)]

    def drafts(self, rows: Sequence[list[str]], header: Header) -> Iterator[Draft]:
        found = list(entries(rows, header))
        way = "place" if self.counts else way_of((entry.of("right"), entry.cells.get("choice", [])) for entry in found)
        for entry in found:
            draft = entry.draft(way)
            if "time_limit" in entry.cells:
                draft.fields.setdefault("time_limit", self.time_limit)
            if not header.headings and (seconds(entry.of("time_limit")) or 0) < SHORTEST_S:
                draft.flaw = f"its time limit is “{entry.of('time_limit')[:40]}”: its columns are not the usual ones"
            yield draft


def within(sheet: str, drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Of one of several sheets."""
    for draft in drafts:
        draft.place = f"{sheet}, {draft.place}"
        yield draft


def entries(rows: Sequence[list[str]], header: Header) -> Iterator[Entry]:
    """The rows below the header that have more than a number."""
    start = header.row + 1
    if start < len(rows) and repeats(rows[start], header.roles):
        start += 1
    ahead = header.roles.index("question")
    for number, row in enumerate(rows[start:], start + 1):
        texts = [cell.strip() for cell in row]
        if any(text and not (column < ahead and NUMBER.fullmatch(text)) for column, text in enumerate(texts)):
            yield Entry(number, by_role(texts, header.roles))


def by_role(texts: Sequence[str], roles: Sequence[str]) -> dict[str, list[str]]:
    there: dict[str, list[str]] = {}
    for column, role in enumerate(roles):
        there.setdefault(role, []).append(texts[column] if column < len(texts) else "")
    return there


def is_bare(head: Sequence[list[str]]) -> bool:
    """Whether the rows, but for a title or two, are numbered questions with four answers, a time, and what is right."""
    filled = [row for row in head if any(cell.strip() for cell in row)]
    numbered = [row for row in filled if len(row) == len(BARE) and NUMBER.fullmatch(row[0])]
    return len(numbered) >= max(len(filled) - 2, 1) and any(is_complete(row) for row in numbered)


def is_complete(row: Sequence[str]) -> bool:
    _, question, *choices, time, correct = (cell.strip() for cell in row)
    texts = [*choices[:2], question]
    return all(texts) and (seconds(time) or 0) >= SHORTEST_S and placed(correct, choices) is not None


LAYOUTS: Final = {
    "kahoot": Layout(
        re.compile(r"question[^|]* max|choose at least one"), ("question", *CHOICES, "time_limit", "right"), counts=True
    ),
    "quizizz": Layout(
        re.compile(r"question text\|question type"),
        ("question", "type", *CHOICES, "right", "time_limit"),
        time_limit=30,
        counts=True,
    ),
    "blooket": Layout(
        re.compile(r"question #\|question text"), ("question", *CHOICES, "time_limit", "right"), counts=True, bare=True
    ),
    "gimkit": Layout(re.compile(r"question\|correct answer\|incorrect answer")),
    "table": Layout(re.compile("")),
}
