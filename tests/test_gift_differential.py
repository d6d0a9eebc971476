"""Our reader of GIFT beside another one, gift-pegjs: paragraph by paragraph the same questions, or a difference by name.

With LEADERBOARD_CORPUS, a folder whose folder gift holds files of strangers, on those too.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, given, settings

from leaderboard.quiz.formats import gift, markup
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.formats.source import Source
from tests.clients import node_js

HERE = Path(__file__).parent / "npm"
KINDS = {"MC": "choices", "Short": "text", "TF": "boolean", "Numerical": "number", "Matching": "pair"}


class Found(NamedTuple):
    """What both can be compared by. `right`: places, spellings, or the ends of ranges."""

    kind: str
    text: str
    choices: list[str]
    right: list[Any]
    explanation: str


def ours(text: str) -> list[Found] | str:
    """What we would import, or why not."""
    drafts = list(gift.read(Source(text.encode())).drafts)
    flaws = [draft.flaw for draft in drafts if draft.flaw]
    return flaws[0] if flaws else [found_by_us(draft) for draft in drafts]


def found_by_us(draft: Draft) -> Found:
    fields = draft.fields
    kind = {"one": "choices", "several": "choices"}.get(fields["type"], fields["type"])
    right = fields["answer"]
    if kind == "number":
        right = [ends(it, fields["tolerance"]) for it in right]
    return Found(kind, line(fields["text"]), fields.get("choices", []), right, line(fields["explanation"]))


def line(text: str) -> str:
    return " ".join(text.replace("_____", " _____ ").split())


def said(rich: dict[str, str] | None) -> str:
    if rich is None:
        return ""
    return line(markup.plain(rich["text"]) if rich["format"] in ("html", "moodle") else rich["text"])


def theirs(parsed: list[dict[str, Any]] | str) -> list[Found] | str:
    """The same from their tree, by what Moodle's documentation says of it."""
    if isinstance(parsed, str):
        return parsed
    [question] = parsed
    return list(found_by_them(question)) if question["type"] in KINDS else str(question["type"])


def credit(choice: dict[str, Any]) -> float:
    return float(choice["weight"] if choice["weight"] is not None else 100 if choice["isCorrect"] else 0)


def found_by_them(question: dict[str, Any]) -> Iterator[Found]:
    kind, stem, general = KINDS[question["type"]], said(question["stem"]), said(question["globalFeedback"])
    choices = question.get("choices", [])
    if isinstance(choices, dict):  # a number alone
        choices = [{"isCorrect": True, "weight": None, "text": choices}]
    full = [place for place, it in enumerate(choices) if credit(it) >= 100]
    if kind == "choices":
        right = full or [place for place, it in enumerate(choices) if credit(it) > 0]
        yield Found(kind, stem, [said(it["text"]) for it in choices], right, general)
    elif kind == "boolean":
        yield Found(kind, stem, ["True", "False"], [0 if question["isTrue"] else 1], general)
    elif kind == "text":
        yield Found(kind, stem, [], list(dict.fromkeys(said(choices[place]["text"]) for place in full)), general)
    elif kind == "number":
        yield Found(kind, stem, [], [range_of(choices[place]["text"]) for place in full], general)
    else:
        yield from pairs(question["matchPairs"], stem, general)


def range_of(text: dict[str, Any]) -> tuple[float, float]:
    if text["type"] == "high-low":
        return text["numberLow"], text["numberHigh"]
    return ends(text["number"], text.get("range", 0))


def ends(middle: float, slack: float) -> tuple[float, float]:
    return round(middle - slack, 9), round(middle + slack, 9)


def pairs(matched: list[dict[str, Any]], stem: str, general: str) -> Iterator[Found]:
    sides = [(said(it["subquestion"]), line(unescaped(it["subanswer"]))) for it in matched]
    rights = list(dict.fromkeys(right for _, right in sides))
    for left, right in sides:
        if left:
            yield Found("choices", f"{stem} {left}".strip(), rights, [rights.index(right)], general)


def unescaped(right: str) -> str:
    """They leave what is escaped on the right side of a pair in their inner form."""
    return re.sub(r"&&(\d{3});?", lambda code: chr(int(code[1])), right)


class Read(NamedTuple):
    """A text, and what became of it: questions, or why there are none."""

    text: str
    ours: list[Found] | str
    theirs: list[Found] | str


def read_by_both(texts: list[str]) -> list[Read]:
    command = [*node_js(), str(HERE / "parse.mjs")]
    asked = json.dumps([re.sub(r"(?<!\\)~=", "=", text) for text in texts])  # as people mean it
    parsed = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    return [Read(text, ours(text), theirs(tree)) for text, tree in zip(texts, json.loads(parsed), strict=True)]


@pytest.fixture(scope="module", autouse=True)
def gift_pegjs() -> None:
    """The other reader is installed (scripts/test does that). Missing: a skip on a laptop, a failure in CI."""
    if not (HERE / "node_modules").is_dir():
        (pytest.fail if "CI" in os.environ else pytest.skip)("gift-pegjs is not installed: npm ci --prefix tests/npm")


REFUSED = {"Description": "a description", "Essay": "an essay"}  # their types for which we have none


def agree(read: Read) -> bool:
    if isinstance(read.ours, str) and isinstance(read.theirs, str):
        return read.ours.startswith(REFUSED.get(read.theirs, ""))
    return read.ours == read.theirs


class Difference(NamedTuple):
    """An example, where it shows, and whether it is they who refuse the text."""

    example: str
    shows: re.Pattern[str]
    refuse: bool = True


DIFFERENCES = {
    "a colon needs no backslash": Difference("a : b {=c ~d}", re.compile(r"(?<![:\\]):(?!:)")),
    "pairs may have feedback": Difference("a {=b -> c#well =d -> e}", re.compile(r"->[^=]*#")),
    "text before the first answer is left out": Difference("a {b ~c =d}", re.compile(r"\{\s*[^\s{}=~#][^{}=~#]*[=~]")),
    "a number may have wrong answers and no sign": Difference("a {#3~#no}", re.compile(r"\{#\s*\d[^=]*~")),
    "patterns with * are none of ours": Difference("a {=*b*}", re.compile(r"=[^=~{]*\*"), refuse=False),
    "numbers have one tolerance": Difference("a {#=1:0.5 =2}", re.compile(r"\{#[^}]*=[^}]*="), refuse=False),
    "an answer without a mark is none": Difference("a {b}", re.compile(r"\{[^=~#{}]+\}"), refuse=False),
}


def named(read: Read) -> list[str]:
    """The differences that explain this one."""
    refused = read.theirs if isinstance(read.theirs, str) else read.ours
    if not isinstance(refused, str):
        return []
    they = refused is read.theirs
    return [name for name, known in DIFFERENCES.items() if known.refuse == they and known.shows.search(read.text)]


def unexplained(texts: list[str]) -> list[Read]:
    return [read for read in read_by_both(texts) if not agree(read) and not named(read)]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_there_is_this_difference(name: str) -> None:
    [read] = read_by_both([DIFFERENCES[name].example])
    assert not agree(read)
    assert named(read) == [name]


EXAMPLES = """
The largest ocean is the {=Pacific ~Atlantic ~Indian} Ocean.

::Ocean:: The largest ocean? {
    =%100%Pacific #yes
    ~%50%Atlantic #second
    ~Indian
    #### It covers a third of the earth.
}

Which are even? {~%50%2 ~%50%4 ~%-100%3}

// [id:7] [tag:numbers]
[html]<p>1 + 1 \\= 2</p>{T#no#yes####So it is.}

The moon is a star.{FALSE}

The moon is a star.{F#<i>no</i>}

How many legs has a spider? {#8}

Pi? {#3.14:0.01}

Pi? {#3.141..3.142}

About when? {#=1990:1 #exactly =%50%1990:5 ~#no}

The colour of grass? {=green =Green =%50%lime}

{=Paris} is the capital of France.

Pairs? {=one -> 1 =two -> 2 = -> 3 ####Count}

[markdown]Two\nlines {=[plain]a\\\\b ~[html]<b>c</b> \\~ ~\\{d\\}}

What do you think of it? {}

A remark before the questions.

Both {~=a~=b} here

Go {~there -> back =here -> home} now
"""


def test_both_read_the_same_in_examples() -> None:
    texts = EXAMPLES.strip().split("\n\n")
    assert [read for read in read_by_both(texts) if not agree(read)] == []


words = st.text("aeiou éЖ日12()'\",.?!\\~=#{}:\n", min_size=1, max_size=12).filter(str.strip)
written = words.map(lambda text: re.sub(r"[\\~=#{}:]", r"\\\g<0>", text).replace("\n", "\\n"))
numbers = st.decimals(-9999, 9999, places=2).map(str)
formats = st.sampled_from(["", "", "[html]", "[markdown]", "[plain]", "[moodle]"])
spaces = st.sampled_from(["", " ", "\n", "\n\t"])
feedback = st.just("") | written.map(lambda text: f"#{text}")


def answer(marks: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(spaces, st.sampled_from(marks), formats, written, feedback).map("".join)


choice = answer(["~", "=", "~%50%", "~%-33.33333%", "~%100%", "=%25%"])


def number(slack: str) -> st.SearchStrategy[str]:
    return st.tuples(spaces, st.sampled_from(["=", "=%50%"]), numbers, st.just(slack), feedback).map("".join)


several_numbers = st.sampled_from(["", ":0.5", ":2"]).flatmap(
    lambda slack: st.lists(number(slack), min_size=1, max_size=3)
)
inside = st.one_of(
    st.tuples(answer(["~"]), st.lists(choice, min_size=1, max_size=5)).map(lambda it: it[0] + "".join(it[1])),
    st.lists(answer(["=", "=%100%", "=%50%", "=%0%"]), min_size=1, max_size=5).map("".join),
    several_numbers.map(lambda answers: "#" + "".join(answers)),
    st.tuples(st.just("#"), numbers).map("".join),
    st.tuples(st.sampled_from(["T", "F", "TRUE", "FALSE"]), feedback, feedback).map("".join),
    st.lists(st.tuples(written, spaces, written), min_size=2, max_size=5).map(
        lambda pairs: "".join(f"={place} {left}{space}->{right}" for place, (left, space, right) in enumerate(pairs))
    ),
)
paragraph = st.tuples(
    st.just("") | written.map(lambda text: f"::{text}::"),
    formats,
    written,
    spaces,
    st.just("{"),
    inside,
    st.just("") | written.map(lambda text: f"\n####{text}"),
    st.just("}") | written.map(lambda text: f"}} {text}"),
).map("".join)


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(st.lists(paragraph, min_size=20, max_size=60))
def test_both_read_the_same_in_any_question(texts: list[str]) -> None:
    assert [read for read in read_by_both(texts) if not agree(read)] == []


def paragraphs(path: Path) -> list[str]:
    text = re.sub(r"^[ \t]*\$CATEGORY.*$", "", path.read_text().replace("\r\n", "\n"), flags=re.MULTILINE)
    return [it for it in re.split(r"\n[ \t]*\n", text) if re.sub(r"^\s*//.*$", "", it, flags=re.MULTILINE).strip()]
