"""What a page of a library costs Redis, where somebody keeps 100,000 quizzes."""

import random
import statistics
from typing import Any

import msgspec
import redis

from benchmarks.report import Number
from benchmarks.rig import Broken, Rig
from benchmarks.script import calls
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.searching import terms_of
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import LibraryKeys
from leaderboard.state.library import MOST_CHECKED, Wanted, ranges_of, summary_of
from leaderboard.state.scripts import SCRIPTS

LARGE, LARGE_QUICK = 100_000, 10_000
ROUNDS, ROUNDS_QUICK = 30, 10
FILLED_AT_ONCE = 1_000
LIMIT = 100  # the most that a page has
TARGET_US = 10_000.0
WORDS = 5_000  # of the titles; the first ones are frequent
EACH = 12  # words of a title and a description
BOTH_EVERY = 10_000  # among so many quizzes one has both of two frequent words
QUESTION = Question("Which one?", ["this", "that"], [0])


class Shelf:
    """The library of one owner, filled straight into Redis."""

    def __init__(self, server: "redis.Redis", size: int) -> None:
        self.redis, self.keys, self.size = server, LibraryKeys("bench"), size
        self.find = SCRIPTS["find_documents"]
        server.script_load(self.find.text.decode())
        for first in range(0, size, FILLED_AT_ONCE):
            self.fill(range(first, min(first + FILLED_AT_ONCE, size)))
        if server.hlen(self.keys.terms) != size:
            raise Broken("Not all quizzes are in the library.")

    def fill(self, numbers: range) -> None:
        keep, keys = SCRIPTS["keep_document"], self.keys
        self.redis.script_load(keep.text.decode())
        pipeline: Any = self.redis.pipeline(transaction=False)
        for number in numbers:
            quiz, id = written(number), CHANCE.id("document")
            terms = "".join(f" {term}" for term in terms_of(quiz)) + " "
            places = (keys.index, keys.terms, keys.summaries, keys.used, keys.document(id))
            texts = "{}", msgspec.json.encode(summary_of(quiz)), terms
            pipeline.evalsha(keep.sha, 5, *places, id, "", "proof", 0, *texts, 1, 1 << 20 << 20, 1 << 30)
        pipeline.execute()

    def page(self, wanted: Wanted, walk: int = 0, after: bytes = b"") -> list[bytes]:
        """As `Library.list` asks for it."""
        ranges = list(ranges_of(wanted))
        most, parts = MOST_CHECKED // len(ranges), [part for it in ranges for part in it]
        keys = (self.keys.index, self.keys.terms, self.keys.summaries)
        found: Any = self.redis.evalsha(self.find.sha, 3, *keys, walk, after, LIMIT, most, *parts)
        return list(found)

    def cost(self, wanted: Wanted, pages: int, rounds: int) -> float:
        """Redis's own time for the dearest of the first pages, in µs."""
        worst, walk, after = 0.0, 0, b""
        for _ in range(pages):
            times = []
            for _ in range(rounds):
                self.redis.config_resetstat()
                found = self.page(wanted, walk, after)
                times.append(calls(self.redis))
            worst = max(worst, statistics.median(times))
            walk, after = int(found[0]), found[1]
            if not after:
                break
        return worst

    def deep(self) -> bytes:
        """An entry in the middle of the index."""
        found: Any = self.redis.zrangebylex(self.keys.index, "[0 ", "(0!", self.size // 2, 1)
        return bytes(found[0])


def written(number: int) -> Quiz:
    """A quiz whose words are the rarer the higher their number; two frequent ones hardly ever stand together."""
    dice = random.Random(number)
    words = [f"{'abcdefghij'[it % 10]}word{it}" for it in (int(WORDS * dice.random() ** 3) for _ in range(EACH))]
    words += ["north"] * (number % 2 == 0 or number % BOTH_EVERY == 1) + ["south"] * (number % 2)
    return Quiz(
        " ".join(words[:4]), [QUESTION], description=" ".join(words[4:]), tags=[f"tag{number % 50}"], language="en"
    )


async def measure(rig: Rig, quick: bool) -> list[Number]:
    size, rounds = (LARGE_QUICK, ROUNDS_QUICK) if quick else (LARGE, ROUNDS)
    shelf = Shelf(rig.client(), size)
    costs = {
        "the newest": shelf.cost(Wanted(), 1, rounds),
        "a frequent word": shelf.cost(Wanted("north"), 3, rounds),
        "two frequent words that are seldom together": shelf.cost(Wanted("north south"), 10, rounds),
        "ten beginnings, two of them so": shelf.cost(Wanted("north south a b c d e f g h"), 10, rounds),
        "a beginning of one letter": shelf.cost(Wanted("a"), 10, rounds),
        "a tag and a language": shelf.cost(Wanted(tag="tag7", language="en"), 3, rounds),
    }
    deep = statistics.median([timed(shelf) for _ in range(rounds)])
    return [number(name, cost, size) for name, cost in (costs | {"from the middle on": deep}).items()]


def timed(shelf: Shelf) -> float:
    entry = shelf.deep()
    shelf.redis.config_resetstat()
    shelf.page(Wanted(), 1, entry)
    return calls(shelf.redis)


def number(name: str, cost: float, size: int) -> Number:
    made = Number("library", f"{LIMIT} quizzes, {name}: Redis time of a page", cost, "µs")
    made.target, made.met = f"< {TARGET_US:,.0f} µs", cost < TARGET_US
    made.detail = f"of {size:,}; INFO commandstats, medians; of the first pages the dearest"
    return made
