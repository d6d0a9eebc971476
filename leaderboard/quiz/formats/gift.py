"""GIFT, in which Moodle keeps questions: a paragraph a question, its answers in braces.

The format is described at https://docs.moodle.org/en/GIFT_format.
"""

import io
import re
from collections.abc import Iterator

from msgspec import Struct, field

from leaderboard.quiz.formats import topics
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.gift_answers import FORMAT, KINDS, MEANT, answers_of, hidden, kind_of, notes_of, said
from leaderboard.quiz.formats.source import Source

LOOKS = re.compile(r"^[ \t]*(?:::|\$CATEGORY:)|(?<!\\)\{\s*+(?:[=~#]|(?:T|F|TRUE|FALSE)\s*+[#}])", re.MULTILINE)
CONTROLS = re.compile("[\x01-\x08]")

CATEGORY = "$CATEGORY:"
ROOT = re.compile(r"top|\$\w+\$")  # categories that say nothing
TAG = re.compile(r"((?:[^\]\\]|\\.)++)\]")
MOST = 1 << 18  # characters of a paragraph

CLOZE = re.compile(r"\{\s*+\d*+:[A-Za-z_]++:")
GAP = "_____"
MOST_ANSWERS = 50
LONG = 2_000  # characters of a question's text, which nobody could read in time


class Block(Struct):
    """A paragraph without comments, with signs for what is escaped; `line` is the number of its first one.

    `topic` comes from the category above, or from a tag in the paragraph's own comments. `depth`: of braces still open.
    """

    topic: str
    tag: str = ""
    line: int = 0
    lines: list[str] = field(default_factory=list)
    size: int = 0
    depth: int = 0

    def add(self, number: int, line: str) -> None:
        """Too much of it is refused wherever it ends."""
        self.line = self.line or number
        if self.size <= MOST:
            self.lines.append(line)
        self.size += len(line) + 1
        self.depth += line.count("{") - line.count("}")


def looks(source: Source) -> bool:
    return not source.is_sheet and (source.name.lower().endswith(".gift") or LOOKS.search(source.text) is not None)


def read(source: Source) -> Reading:
    return Reading(draft for block in blocks(CONTROLS.sub("", source.text)) if block.lines for draft in drafts(block))


def blocks(text: str) -> Iterator[Block]:
    """A blank line ends a paragraph, but not before another answer while the braces are open: that is an oversight."""
    category, block, blank = "", Block(""), False
    for number, written in enumerate(io.StringIO(text), 1):
        line = written.strip()
        named = line.startswith(CATEGORY)
        if named or (line and blank and not (block.depth > 0 and line[0] in "}~=#")):
            yield block
            category = category_of(hidden(line)) if named else category
            block = Block(category)
        blank = not line
        if line.startswith("//"):
            block.tag = block.tag or tag_of(line)
        elif line and not named:
            block.add(number, hidden(line))
    yield block


def tag_of(comment: str) -> str:
    found = TAG.match(comment.partition("[tag:")[2])
    return topics.topic_of(found[1].replace("\\]", "]")) if found else ""


def category_of(line: str) -> str:
    """The last part of a path with slashes; two of them are one that does not separate."""
    path = line.removeprefix(CATEGORY).translate(MEANT).replace("//", "\n")
    last = path.rpartition("/")[2].replace("\n", "/").strip()
    return "" if ROOT.fullmatch(last) else topics.topic_of(last)


def drafts(block: Block) -> Iterator[Draft]:
    """The question, or one for each pair. They share what stands around the answers."""
    place, text = f"line {block.line}", without_title("\n".join(block.lines))
    if flaw := f"it has more than {MOST} characters" if block.size > MOST else flaw_of(text):
        yield Draft(place, {"text": said(text[:LONG], "moodle")}, flaw)
        return
    before, _, rest = text.partition("{")
    inside, _, after = rest.partition("}")
    format_ = own[1].lower() if (own := FORMAT.match(before)) else "moodle"
    stem = said(f"{before}{GAP}{after}" if after.strip() else before, format_)
    if flaw := excess(stem, inside):
        yield Draft(place, {"text": stem[:LONG]}, flaw)
        return
    inside, _, general = inside.replace("~=", "=").strip().partition("####")  # who writes ~= means =
    kind, answers = kind_of(inside), answers_of(inside.removeprefix("#"), format_)
    notes = notes_of(answers, text if format_ != "plain" else "")
    for draft in KINDS[kind](answers):
        asked = draft.fields.get("text")
        draft.place, draft.notes = place, notes + draft.notes
        draft.fields["text"] = f"{stem}\n{asked}" if asked else stem
        draft.fields |= {"topic": block.tag or block.topic, "explanation": said(general, format_)}
        yield draft
        notes = []


def excess(stem: str, inside: str) -> str:
    """What there is too much of, before anything is done with it."""
    if len(stem) > LONG:
        return f"its text has {len(stem)} characters"
    if inside.count("~") + inside.count("=") > MOST_ANSWERS:
        return f"it has more than {MOST_ANSWERS} answers"
    return ""


def without_title(text: str) -> str:
    _, found, rest = text.removeprefix("::").partition("::")
    return rest if found and text.startswith("::") else text


def flaw_of(text: str) -> str:
    """What keeps a paragraph from being read as a question."""
    opened, closed = text.count("{"), text.count("}")
    if CLOZE.search(text):
        return "embedded answers (Cloze), which GIFT does not have"
    if not opened and not closed:
        return "a description: there are no answers in braces"
    if opened != closed:
        return "a brace is never closed" if opened > closed else "a brace is closed that was never opened"
    if opened > 1:
        return "more than one pair of braces: those of the text need a backslash"
    return "its braces are the wrong way round" if text.index("}") < text.index("{") else ""
