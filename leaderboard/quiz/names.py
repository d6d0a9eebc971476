"""What players may be called, and which names are the same to a reader."""

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

import msgspec
import regex

from leaderboard.errors import BadName

MAX_LENGTH = 32  # in graphemes, which is what a reader counts
MAX_CODE_POINTS = 128
MAX_GIVEN = 1_000  # code points looked at, before anything is made of them

_SELECTORS = regex.compile(r"[\uFE0E\uFE0F]")  # they only choose between text and picture, as in ❤️
# Control, format, surrogate, private, unassigned; separators; what is ignored or drawn as a blank; heaps of marks.
_HIDDEN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\p{DI}\u2800\u3164\uFFA0\uFFFC\U0001D159]|\p{M}{5,}")
# Joiners that change how a name is drawn: of one emoji out of several, after a virama, between Arabic letters (UTS #31).
_JOINERS = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}])\u200D(?=\p{Extended_Pictographic})"
    r"|(?<=\p{ccc=9})[\u200C\u200D]|(?<=\p{Script=Arabic})\u200C(?=\p{Script=Arabic})"
)
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
_GRAPHEME = regex.compile(r"\X")
_WORD = regex.compile(r"\p{L}+")
_LEET = str.maketrans("013457@$", "oieastas")
_INNER_MARK = regex.compile(r"!(?=\p{L})")
_UNDIGIT = regex.compile(r"\d+")

ADJECTIVES = (
    *("Brisk", "Sunny", "Clever", "Gentle", "Jolly", "Mighty", "Nimble", "Quiet", "Swift", "Witty"),
    *("Brave", "Calm", "Daring", "Eager", "Fancy", "Golden", "Happy", "Keen", "Lively", "Merry"),
    *("Noble", "Patient", "Polite", "Proud", "Rapid", "Shiny", "Silver", "Smart", "Steady", "Wise"),
    *("Bold", "Bright", "Cheerful", "Curious", "Dashing", "Fearless", "Friendly", "Graceful", "Humble", "Playful"),
)
ANIMALS = (
    *("Otter", "Badger", "Beaver", "Bison", "Camel", "Crane", "Dolphin", "Eagle", "Falcon", "Ferret"),
    *("Finch", "Fox", "Gecko", "Hare", "Hedgehog", "Heron", "Ibex", "Jaguar", "Koala", "Lemur"),
    *("Lynx", "Marmot", "Moose", "Newt", "Octopus", "Owl", "Panda", "Parrot", "Penguin", "Puffin"),
    *("Rabbit", "Raven", "Robin", "Salmon", "Seal", "Sparrow", "Squirrel", "Tiger", "Turtle", "Walrus"),
)


def clean(name: str) -> str:
    """The name in normal form (NFKC), spaces folded. Raises BadName."""
    if len(name) > MAX_GIVEN:
        raise BadName
    if name.isascii() and name.isprintable():  # most are; the rest would say the same of them
        folded = " ".join(name.split())
        if not 1 <= len(folded) <= MAX_LENGTH:
            raise BadName
        return folded
    folded = " ".join(unicodedata.normalize("NFKC", _SELECTORS.sub("", name)).split())
    if len(folded) > MAX_CODE_POINTS or len(_GRAPHEME.findall(folded)) > MAX_LENGTH:
        raise BadName
    if _HIDDEN.search(_JOINERS.sub("", folded)) or not _VISIBLE.search(folded):
        raise BadName
    return folded


def accept(name: str, filter_names: bool) -> str:
    """The clean name, if it is wanted. Raises BadName."""
    cleaned = clean(name)
    if filter_names:
        refuse_offensive(cleaned)
    return cleaned


def keys(name: str) -> tuple[str, str]:
    """What must be unique in a quiz, of a clean name: how it looks without difference of case, and how it looks."""
    return "fold:" + skeleton(unicodedata.normalize("NFD", name).casefold()), "look:" + skeleton(name)


def skeleton(text: str) -> str:
    """The same for texts that look the same: UTS #39, but character for character (“rn” is not “m”)."""
    apart = unicodedata.normalize("NFD", _JOINERS.sub("", text))
    return unicodedata.normalize("NFD", apart.translate(_lookalikes()))


def refuse_offensive(name: str) -> None:
    """Raises BadName for a clean name in which one of few unmistakable words stands, also in figures (“sh1t”)."""
    text = name.casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for way in {_INNER_MARK.sub("i", text.translate(_LEET)), _UNDIGIT.sub(" ", text)}:
        if not _offensive().isdisjoint(_words(way)):
            raise BadName("This name is not wanted here; choose another.")


def invent(attempt: int) -> str:
    """A friendly name; from the second attempt on with a number, of more digits each time."""
    name = f"{secrets.choice(ADJECTIVES)} {secrets.choice(ANIMALS)}"
    return f"{name} {secrets.randbelow(10**attempt - 2) + 2}" if attempt else name


def _words(text: str) -> list[str]:
    """The words in a text, and what letters that stand alone spell together. Capital i, l, 1 and | look alike."""
    words: list[str] = _WORD.findall(skeleton(text).casefold().replace("l", "i"))
    return [*words, "".join([word for word in words if len(word) == 1])]


@cache
def _offensive() -> frozenset[str]:
    words = (files(__package__) / "offensive.txt").read_text().split()
    return frozenset(skeleton(word).replace("l", "i") for word in words)


@cache
def _lookalikes() -> dict[int, str]:
    """Character → the one that stands for all that look like it.

    The data pairs each sign with its prototype, in both directions; so who has most partners is the prototype.
    """
    text = (files("confusable_homoglyphs") / "confusables.json").read_bytes()
    found = msgspec.json.decode(text, type=dict[str, list[dict[str, str]]])
    table: dict[int, str] = {}
    for sign, others in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        group = [it for it in (bare(sign), *(bare(other["c"]) for other in others)) if len(it) == 1]
        first = bare(sign) if len(bare(sign)) == 1 else min(group, default="")
        for it in group:
            table.setdefault(ord(it), table.get(ord(first), first))
    return table


def bare(sign: str) -> str:
    """Without the direction marks that the data wraps around signs written from right to left."""
    return sign.strip("\u200e")
