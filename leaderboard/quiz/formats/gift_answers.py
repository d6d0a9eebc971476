"""What stands in the braces of GIFT: answers with marks, weights and feedback; each kind of question has a function.

What has partial credit in Moodle is not right here. Feedback on single answers is left out: it speaks to those who gave
them.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from leaderboard.quiz.formats import markup
from leaderboard.quiz.formats.drafts import Draft

# What a backslash keeps from being a sign, each as a control character while signs are looked for.
ESCAPES: Final = {
    "\\\\": "\x01",
    "\\~": "\x02",
    "\\=": "\x03",
    "\\#": "\x04",
    "\\{": "\x05",
    "\\}": "\x06",
    "\\:": "\x07",
}
NEW_LINE = "\x08"
MEANT = {ord(code): escape[1] for escape, code in ESCAPES.items()} | {ord(NEW_LINE): "\n"}

FORMAT = re.compile(r"\s*+\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
MARK = re.compile(r"([~=])")
WEIGHT = re.compile(r"\s*+%(-?\d{1,3}(?:[.,]\d{0,20})?)%", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[Ee][+-]?\d{1,3})?", re.ASCII)
WILD = re.compile(r"(?<!\\)\*")
TRUTHS: Final = {"t": 0, "true": 0, "f": 1, "false": 1}
MOST_CHOICES = 8


class Answer(NamedTuple):
    """What follows a mark, as it is written. `credit` is in percent; `format` is that of the question."""

    mark: str
    written: str
    credit: float
    feedback: str
    format: str

    @property
    def text(self) -> str:
        return " ".join(said(self.written, self.format).split())

    @property
    def sides(self) -> tuple[str, str]:
        """Of a pair: what belongs together."""
        left, _, right = self.written.partition("->")
        return " ".join(said(left, self.format).split()), " ".join(said(right, self.format).split())


def hidden(text: str) -> str:
    """With a control character for each sign that is escaped."""
    if "\\" in text:
        for escape, code in ESCAPES.items():
            text = text.replace(escape, code)
        text = text.replace("\\n", NEW_LINE)
    return text


def said(text: str, format_: str) -> str:
    """A text as people see it, in the format that it names itself or in this one."""
    own = FORMAT.match(text)
    if own is not None:
        format_, text = own[1].lower(), text[own.end() :]
    text = text.translate(MEANT)
    return text if format_ in ("plain", "markdown") else markup.plain(text)


def kind_of(inside: str) -> str:
    if not inside.strip():
        return "essay"
    if inside.startswith("#"):
        return "number"
    if inside.partition("#")[0].strip().lower() in TRUTHS:
        return "boolean"
    if "~" in inside:
        return "choices"
    if "=" not in inside:
        return "unmarked"
    return "pairs" if "->" in inside else "text"


def answers_of(inside: str, format_: str) -> list[Answer]:
    """In the order of the file; what stands before the first mark has none."""
    parts = MARK.split(inside)
    marked = zip(["", *parts[1::2]], parts[::2], strict=True)
    return [answer_of(mark, part, format_) for mark, part in marked if mark or part.strip()]


def answer_of(mark: str, part: str, format_: str) -> Answer:
    written, _, feedback = part.partition("#")
    weight = WEIGHT.match(written)
    credit = float(weight[1].replace(",", ".")) if weight else 100 if "=" in mark else 0
    return Answer(mark, written[weight.end() :] if weight else written, credit, feedback.strip(), format_)


def notes_of(answers: list[Answer], shown: str) -> list[str]:
    """What cannot be kept of any question."""
    notes = []
    if markup.has_picture(shown):
        notes.append("without its pictures or sounds")
    if any(answer.feedback for answer in answers):
        notes.append("without the feedback on single answers")
    return notes


def without(what: str, answers: list[Answer]) -> list[str]:
    """A note, if it is about any."""
    named = ", ".join(f"“{it.text[:40]}”" for it in answers[:5])
    return [f"without {what} {named}{' …' if len(answers) > 5 else ''}"] if answers else []


def partial(answers: list[Answer]) -> list[str]:
    return without("the partial credit of", [it for it in answers if 0 < it.credit < 100])


def stray(answers: list[Answer]) -> list[str]:
    return without("what stands before the first answer,", [it for it in answers if not it.mark])


def choices(answers: list[Answer]) -> Iterator[Draft]:
    """One is right, or several if none is so alone."""
    offered = [it for it in answers if it.mark]
    full = [place for place, it in enumerate(offered) if it.credit >= 100]
    right = full or [place for place, it in enumerate(offered) if it.credit > 0]
    one = len(right) == 1 and any("=" in it.mark for it in offered)
    fields = {"choices": [it.text for it in offered], "answer": right, "type": "one" if one else "several"}
    yield Draft("", fields, notes=stray(answers) + (partial(offered) if full else []))


def truth(answers: list[Answer]) -> Iterator[Draft]:
    yield Draft("", {"type": "boolean", "choices": ["True", "False"], "answer": [TRUTHS[answers[0].text.lower()]]})


def spellings(answers: list[Answer]) -> Iterator[Draft]:
    """A pattern stands for more than can be listed; it is left out as long as there is something else."""
    right = [it for it in answers if it.mark and it.credit >= 100]
    patterns = [it for it in right if WILD.search(it.text)]
    exact = dict.fromkeys(it.text.replace("\\*", "*") for it in right if it.text and it not in patterns)
    notes = stray(answers) + without("the pattern", patterns) + partial(answers)
    flaw = "patterns with * are not known here" if patterns and not exact else ""
    yield Draft("", {"type": "text", "answer": list(exact)}, flaw, notes)


def numbers(answers: list[Answer]) -> Iterator[Draft]:
    right = [it for it in answers if it.credit >= 100 or not it.mark]
    ranges = [range_of(it.text) for it in right]
    known = [it for it in ranges if it is not None]
    flaw = ""
    if len(known) < len(ranges):
        flaw = f"“{right[ranges.index(None)].text[:40]}” is no number"
    elif len({tolerance for _, tolerance in known}) > 1:
        flaw = "its answers have different tolerances"
    tolerance = known[0][1] if known else 0
    fields = {"type": "number", "answer": [middle for middle, _ in known], "tolerance": tolerance}
    yield Draft("", fields, flaw, partial([it for it in answers if it.mark]))


def range_of(text: str) -> tuple[int | float, float] | None:
    """A middle and how far from it: "5:1" and "4..6" are both 5 ± 1."""
    low, between, high = text.partition("..")
    first, _, second = (low, "", high) if between else text.partition(":")
    if not NUMBER.fullmatch(first) or not NUMBER.fullmatch(second or "0") or (between and not second):
        return None
    middle, slack = Decimal(first), Decimal(second or 0)
    if between:
        middle, slack = (middle + slack) / 2, abs(slack - middle) / 2
    return (plain_number(middle), float(slack)) if math.isfinite(float(middle)) else None


def plain_number(number: Decimal) -> int | float:
    return int(number) if abs(number) <= 2**53 and number == number.to_integral_value() else float(number)


def pairs(answers: list[Answer]) -> Iterator[Draft]:
    """A question for each left side, which offers right sides: eight at most, in their order."""
    sides = list(dict.fromkeys(it.sides for it in answers if it.mark))
    rights = list(dict.fromkeys(right for _, right in sides if right))
    places = {right: place for place, right in enumerate(rights)}
    times = Counter(left for left, _ in sides)
    notes = [*stray(answers), "a matching question, asked pair by pair"]
    for left, right in sides:
        if left:
            flaw = "it has no right side" if not right else f"“{left[:40]}” is there twice" if times[left] > 1 else ""
            place = places.get(right, 0)
            start = max(min(place - place % MOST_CHOICES, len(rights) - MOST_CHOICES), 0)
            offered = {"choices": rights[start : start + MOST_CHOICES], "answer": [place - start], "type": "one"}
            yield Draft("", {"text": left, **offered}, flaw, notes)
            notes = []
    if not any(times):
        yield Draft("", flaw="there is no pair in it")


def refuse(flaw: str) -> Callable[[list[Answer]], Iterator[Draft]]:
    return lambda answers: iter([Draft("", flaw=flaw)])


KINDS: Final[dict[str, Callable[[list[Answer]], Iterator[Draft]]]] = {
    "boolean": truth,
    "choices": choices,
    "essay": refuse("an essay: no answer is right or wrong"),
    "number": numbers,
    "pairs": pairs,
    "text": spellings,
    "unmarked": refuse("no answer is marked with = or ~"),
}
