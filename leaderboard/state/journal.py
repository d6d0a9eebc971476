"""The journal: who did what, to whom, and when. It names accounts by their ID, and holds no secret."""

import secrets

import msgspec
from msgspec import Struct

from leaderboard.errors import Malformed
from leaderboard.state.history import ENTRY_ID
from leaderboard.state.keys import LOG, Keys
from leaderboard.state.writer import Writer

MOST_OF_A_QUIZ = 10_000
MOST = 100_000
ONCE_MS = 60_000  # longer than a call is repeated
MAX_FACT = 200

Fact = str | int | bool


class Entry(Struct):
    """Something that was done. `subject`: to whom or what; `at`: when, in ms since 1970."""

    id: str
    at: int
    actor: str
    verb: str
    quiz: str
    subject: str
    facts: dict[str, Fact]


class Entries(Struct):
    """Newest first; `next` is the cursor of the page below."""

    rows: list[Entry]
    next: str | None


class Journal:
    """One for each quiz, and one for the accounts."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def note(self, actor: str, verb: str, quiz: str = "", subject: str = "", **facts: Fact) -> None:
        """Note it: with a quiz in the journal of that quiz, else in that of the accounts.

        Facts are numbers and words of ours: never a token, a password, an answer key, a name or an e-mail address.
        """
        log = Keys(quiz).audit if quiz else LOG
        short = {name: fact[:MAX_FACT] if isinstance(fact, str) else fact for name, fact in facts.items()}
        await self._writer.call(
            "note",
            [log, f"{log}:{secrets.token_hex(8)}"],
            *(MOST_OF_A_QUIZ if quiz else MOST, ONCE_MS),
            *(actor, verb, quiz, subject, msgspec.json.encode(short)),
        )

    async def read(self, quiz: str | None = None, cursor: str = "", limit: int = 50) -> Entries:
        """A page of the journal of a quiz, or of the accounts. Raises Malformed for a cursor that no page gave."""
        if cursor and not ENTRY_ID.fullmatch(cursor):
            raise Malformed("The cursor is none that a page of this journal gave.")
        log = Keys(quiz).audit if quiz else LOG
        found = await self._writer.command("XREVRANGE", log, f"({cursor}" if cursor else "+", "-", "COUNT", limit + 1)
        rows = [entry(id.decode(), fields[1::2]) for id, fields in found[:limit]]
        return Entries(rows, rows[-1].id if len(found) > limit else None)


def entry(id: str, values: list[bytes]) -> Entry:
    actor, verb, quiz, subject = (value.decode() for value in values[:4])
    return Entry(
        id, int(id.partition("-")[0]), actor, verb, quiz, subject, msgspec.json.decode(values[4], type=dict[str, Fact])
    )
