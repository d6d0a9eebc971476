"""Aiken, the simplest form that Moodle reads: a question, options with letters, a line that says which is right.

The format is described at https://docs.moodle.org/en/Aiken_format. Many files have no blank lines between questions, so
none are looked for: what follows the line ANSWER is the next question.
"""

import io
import re
from collections.abc import Iterator

from msgspec import Struct, field

from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.source import Source

OPTION = re.compile(r"([A-Za-z])[.)][ \t]*(.*)")
END = re.compile(r"(ANSWER|LINKS|RESPONSE)[ \t]*:[ \t]*(.*)", re.IGNORECASE)
SEPARATOR = re.compile(r"[,;]")
HAS_OPTION = re.compile(r"^[ \t]*A[.)]", re.MULTILINE | re.IGNORECASE)
HAS_ANSWER = re.compile(r"^[ \t]*ANSWER[ \t]*:", re.MULTILINE | re.IGNORECASE)
MOST = 1 << 16  # characters of a question with its options


class Entry(Struct):
    """What is read until a question ends; `end` and `right` are from its last line."""

    line: int = 0
    size: int = 0
    text: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    end: str = ""
    right: str = ""


def looks(source: Source) -> bool:
    return not source.is_sheet and all(part.search(source.text) for part in (HAS_OPTION, HAS_ANSWER))


def read(source: Source) -> Reading:
    return Reading(draft(entry) for entry in entries(source.text))


def entries(text: str) -> Iterator[Entry]:
    """A question ends with its line ANSWER, or where text follows its options."""
    entry = Entry()
    for number, written in enumerate(io.StringIO(text), 1):
        line = written.strip()
        if not line:
            continue
        end = END.match(line) if ":" in line else None
        option = OPTION.match(line) if entry.options or line[0] in "Aa" else None
        if entry.options and not end and not option:
            yield entry
            entry = Entry()
        entry.line, entry.size = entry.line or number, entry.size + len(line)
        if end:
            entry.end, entry.right = end[1].upper(), end[2]
            yield entry
            entry = Entry()
        elif entry.size <= MOST:
            add(entry, line, option)
    if entry.line:
        yield entry


def add(entry: Entry, line: str, option: re.Match[str] | None) -> None:
    if option:
        entry.letters.append(option[1].upper())
        entry.options.append(option[2])
    else:
        entry.text.append(line)


def draft(entry: Entry) -> Draft:
    right = entry.right[:1] if OPTION.match(entry.right) else entry.right
    named = [letter.strip().upper() for letter in SEPARATOR.split(right)]
    flaw = flaw_of(entry, named)
    answer = [] if flaw else [entry.letters.index(letter) for letter in named]
    text = "\n".join(entry.text)
    return Draft(f"line {entry.line}", {"text": text, "choices": entry.options, "answer": answer}, flaw)


def flaw_of(entry: Entry, named: list[str]) -> str:
    if entry.size > MOST:
        return f"it has more than {MOST} characters"
    if entry.end != "ANSWER":
        return f"{entry.end} is not known here" if entry.end else "there is no line ANSWER below its options"
    if not entry.text or not entry.options:
        return "there is no question above its options" if entry.options else "there are no options"
    if len(set(entry.letters)) < len(entry.letters):
        return "two options have the same letter"
    if unknown := [letter for letter in named if letter not in entry.letters]:
        return f"its answer “{unknown[0][:40]}” is no letter of an option"
    return ""
