"""What makes one word of a list a wrong answer where another is asked, and what would make it a second right one."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import product
from random import Random

from leaderboard.quiz.grading import fold
from leaderboard.quiz.words import LEVELS, Word

SAMPLE = 40  # words of a kind among which the most plausible are looked for
PARTS = 20  # of speech
LETTERS = re.compile(r"[^\W\d_]+")
ENDINGS = re.compile(r"(?<=\w{3})(?:ies|ied|ying|ings?|ed|es|s|ly|er|est|e|y)$")
BETWEEN = re.compile(r"\s*[,;/|]\s*")

fold_once = lru_cache(maxsize=50_000)(fold)


def stem(word: str) -> str:
    """Without the commonest endings: inflections of a word, and many words derived from it, have the same."""
    bare = ENDINGS.sub("", word)
    if len(bare) > 3 and bare[-1] == bare[-2]:
        return bare[:-1]  # stopp(ed)
    return f"{bare[:-1]}i" if bare.endswith("y") else bare  # tri(es)


def stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in LETTERS.findall(fold_once(text)))


class Entry:
    """A word as one part of speech: its senses, the most frequent first, and those of all its parts of speech."""

    def __init__(self, form: str, senses: list[Word], others: list[Word]) -> None:
        first = senses[0]
        self.form, self.senses, self.all = form, senses, others
        self.word, self.pos, self.level, self.field = first.word, first.pos, first.level, first.field

    @cached_property
    def forms(self) -> frozenset[str]:
        """The word as it can be spelt."""
        return frozenset(fold_once(form) for sense in self.all for form in (sense.word, *sense.variants))

    @cached_property
    def names(self) -> frozenset[str]:
        """What means the same in any sense, and the word itself."""
        return self.forms | {fold_once(synonym) for sense in self.all for synonym in sense.synonyms}

    @cached_property
    def translations(self) -> frozenset[str]:
        whole = {fold_once(sense.translation) for sense in self.all if sense.translation}
        return frozenset(part for text in whole for part in (text, *BETWEEN.split(text)) if part)

    @cached_property
    def tell(self) -> frozenset[str]:
        """The stems by which one recognizes the word: of an expression, those of its longer parts."""
        return frozenset(it for form in self.forms for it in telling(form))

    @cached_property
    def meanings(self) -> frozenset[str]:
        """The stems of all meanings."""
        return stems(" ".join(sense.meaning for sense in self.all))

    @cached_property
    def gists(self) -> list[frozenset[str]]:
        """The longer stems of each meaning."""
        return [frozenset(it for it in stems(sense.meaning) if len(it) > 3) for sense in self.all if sense.meaning]


@lru_cache(maxsize=50_000)
def telling(form: str) -> frozenset[str]:
    parts = LETTERS.findall(form)
    return frozenset(map(stem, [part for part in parts if len(part) > 3] or parts))


def alike(one: Entry, other: Entry) -> bool:
    """Whether one could be right where the other is asked, as far as the list knows; it is the same both ways.

    They mean the same in some sense, one is in what the other means, or two meanings say nearly the same.
    """
    return bool(
        not one.names.isdisjoint(other.names)
        or one.translations & other.translations
        or one.tell & other.tell
        or one.tell & other.meanings
        or other.tell & one.meanings
        or any(len(mine & yours) * 2 > min(len(mine), len(yours)) for mine in one.gists for yours in other.gists)
    )


class Lexicon:
    """The entries of a list, found by part of speech, level and field."""

    def __init__(self, words: list[Word]) -> None:
        spelt: dict[str, list[Word]] = defaultdict(list)
        senses: dict[tuple[str, str], list[Word]] = {}
        for word in words:
            form = fold_once(word.word)
            spelt[form].append(word)
            senses.setdefault((form, word.pos), []).append(word)
        self.entries = [Entry(form, found, spelt[form]) for (form, _), found in senses.items()]
        self.meant: dict[str, list[Entry]] = defaultdict(list)  # a meaning, and who has it
        for entry in self.entries:
            for sense in entry.senses:
                self.meant[fold_once(sense.meaning)].append(entry)
        self._parts = list(dict.fromkeys(entry.pos for entry in self.entries))
        self._places: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for field in {entry.field, ""}:
                self._places[entry.pos, entry.level, field].append(entry)

    def near(self, entry: Entry, length: int, text_of: Callable[[Entry], str], rng: Random) -> Iterator[Entry]:
        """Entries that have such a text, the most plausible first: by part of speech, level, field, and length."""
        parts = dict.fromkeys((entry.pos, *self._parts[:PARTS]))
        levels = sorted(("", *LEVELS), key=lambda level: distance(level, entry.level))
        for place in product(parts, levels, dict.fromkeys((entry.field, ""))):
            there = self._places.get(place, [])
            found = [it for it in rng.sample(there, min(len(there), SAMPLE)) if text_of(it)]
            yield from sorted(found, key=lambda it: abs(len(text_of(it)) - length))


def distance(one: str, other: str) -> int:
    """How many levels lie between; a level that is not known is as far as any."""
    if one == other:
        return 0
    return abs(LEVELS.index(one) - LEVELS.index(other)) if one and other else len(LEVELS)
