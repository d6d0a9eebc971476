"""What charts of a quiz are drawn from: its ledger, some entries at a time, and how its questions were answered."""

from msgspec import Struct

from leaderboard.errors import Malformed, NoSuchQuiz
from leaderboard.quiz.content import Question
from leaderboard.state.contents import Contents, pairs
from leaderboard.state.history import ENTRY_ID
from leaderboard.state.keys import Keys
from leaderboard.state.writer import Writer

ENTRIES_AT_ONCE = 1_000  # then others have their turn


class Booking(Struct):
    """A change of somebody's points, and what they had then; `question`: where it was for one."""

    at: int
    player: str
    delta: int
    total: int
    reason: str
    question: int | None


class LedgerPage(Struct):
    """Oldest first; `next` is the cursor of those after them. With another `epoch` the ledger has begun anew."""

    epoch: str
    rows: list[Booking]
    next: str | None


class Counted(Struct):
    """How many have answered a question and were right, and how often each choice was made, if there are any to count."""

    question: int
    answered: int
    right: int
    counts: list[int]


class Charts:
    """Reads; nothing is changed."""

    def __init__(self, writer: Writer, contents: Contents) -> None:
        self._writer, self._contents = writer, contents

    async def ledger(self, quiz: str, cursor: str, limit: int) -> LedgerPage:
        """The entries after the cursor, or from the first. Raises Malformed for a cursor that no page gave."""
        if cursor and not ENTRY_ID.fullmatch(cursor):
            raise Malformed("The cursor is none that a page of this ledger gave.")
        keys, start = Keys(quiz), f"({cursor}" if cursor else "-"
        epoch = await self._writer.command("HGET", keys.meta, "epoch")
        if epoch is None:
            raise NoSuchQuiz
        rows: list[Booking] = []
        while True:
            some = min(ENTRIES_AT_ONCE, limit - len(rows)) + 1  # one more tells whether there are others
            found = await self._writer.command("XRANGE", keys.ledger, start, "+", "COUNT", some)
            rows += [booking(id, fields) for id, fields in found[: some - 1]]
            if len(found) < some:
                return LedgerPage(epoch.decode(), rows, None)
            last = found[-2][0].decode()
            if len(rows) == limit:
                return LedgerPage(epoch.decode(), rows, last)
            start = f"({last}"

    async def counts(self, quiz: str) -> list[Counted]:
        """Each question that was played or answered."""
        asked, keys = (await self._contents.get(quiz)).asked, Keys(quiz)
        places = [keys.meta, keys.counts, *(keys.answers(number) for number in range(len(asked)))]
        played, *found = await self._writer.call("counts", places)
        of_place = pairs(found[len(asked) :])
        return [
            counted(number, it.question, answered, of_place)
            for number, (it, answered) in enumerate(zip(asked, found[: len(asked)], strict=True))
            if answered or played[number : number + 1] == b"+"
        ]


def booking(id: bytes, fields: list[bytes]) -> Booking:
    entry = dict(zip(fields[::2], fields[1::2], strict=True))
    return Booking(
        at=int(id.partition(b"-")[0]),
        player=entry[b"player"].decode(),
        delta=int(entry[b"delta"]),
        total=int(entry[b"total"]),
        reason=entry[b"reason"].decode(),
        question=int(entry[b"question"]) if entry[b"question"] else None,
    )


def counted(number: int, question: Question, answered: int, of_place: dict[str, bytes]) -> Counted:
    """With the rule `order` the right ones of those aside are counted apart, for they take no place."""
    right = sum(int(of_place.get(f"{number}:{whose}", 0)) for whose in ("right", "aside"))
    places = range(0 if question.kind == "order" else len(question.choices))
    return Counted(number, answered, right, [int(of_place.get(f"{number}:{place}", 0)) for place in places])
