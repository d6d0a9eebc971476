"""A flash card's two sides, or its text with gaps, as questions that are answered by typing."""

import re
from collections.abc import Iterator

from leaderboard.quiz.content import MAX_CHOICE, MAX_TEXT
from leaderboard.quiz.formats import markup
from leaderboard.quiz.formats.drafts import Draft

MAX_FIELD = 10_000  # characters of one field, with its HTML
MAX_GAPS = 20  # of one card

SOUND = re.compile(r"\[sound:[^\[\]]*\]")
ANSWER = re.compile(r"<hr\s+id=\"?answer\"?\s*/?>", re.IGNORECASE)
GAP = re.compile(r"\{\{c(\d{1,3})::((?:[^{}]++|\{(?!\{c\d)|\}(?!\}))*+)\}\}")
LACKING = {"front": "the question", "back": "the answer"}


def drafts(place: str, fields: list[str], html: bool, topic: str) -> Iterator[Draft]:
    """The questions that a card with these fields makes: one for a front and a back, one for each gap of a cloze."""
    draft = Draft(place, {"text": fields[0], "type": "text", "topic": topic})
    if (longest := max(map(len, fields))) > MAX_FIELD:
        draft.flaw = f"a field has {longest} characters (at most {MAX_FIELD})"
        yield draft
    elif any(map(GAP.search, fields)):
        yield from with_gaps(draft, [shown(field, html) for field in fields])
    else:
        yield two_sides(draft, fields, html)


def shown(field: str, html: bool) -> str:
    """The text of a field."""
    text = SOUND.sub("", field)
    return markup.plain(text) if html else text


def two_sides(draft: Draft, fields: list[str], html: bool) -> Draft:
    """The front is asked and the back typed. Some programs write the front again before the back, and a line between."""
    sides = [fields[0], ANSWER.split(fields[1])[-1]] if len(fields) > 1 else fields
    front, *backs = (shown(side, html) for side in sides)
    draft.fields |= {"text": front, "answer": spellings(backs[0]) if backs else []}
    if any(map(markup.has_picture, sides)):
        draft.notes.append("without its picture or sound, which is not in the file")
    if more := sum(bool(field.strip()) for field in fields[2:]):
        draft.notes.append(f"without {more} more field{'s' * (more > 1)}")
    draft.flaw = flaw_of(sides, [front, *backs])
    return draft


def flaw_of(sides: list[str], texts: list[str]) -> str:
    """Why these sides cannot be a question and its answer."""
    for side, text, what in zip(sides, texts, LACKING.values(), strict=False):
        if not text.strip():
            only = "only a picture or sound, which is not in the file" if markup.has_picture(side) else "empty"
            return f"{what} is {only}"
    return flaw_of_typed(texts[1]) if len(texts) > 1 else "it has one field only: no answer"


def flaw_of_typed(answer: str) -> str:
    length = len(" ".join(answer.split()))
    return f"the answer has {length} characters, too many to type (at most {MAX_CHOICE})" if length > MAX_CHOICE else ""


def spellings(answer: str) -> list[str]:
    """What is accepted: all of it, what stands between " / ", and each without a full stop at its end."""
    whole = " ".join(answer.split())
    parts = [part.strip() for part in (whole, *whole.split(" / "))]
    return list(dict.fromkeys(form for part in parts for form in (part, part.rstrip(". ")) if form))[:MAX_GAPS]


def with_gaps(draft: Draft, texts: list[str]) -> Iterator[Draft]:
    """A question for each number of a gap; other gaps are filled. What else the card says is the explanation."""
    text = next(filter(GAP.search, texts), "")
    draft.fields |= {"text": text, "explanation": next((it for it in texts if it is not text and it.strip()), "")}
    parts = GAP.split(text)
    between, numbers, gaps = parts[::3], parts[1::3], [content.partition("::") for content in parts[2::3]]
    if any("{{c" in it for it in between):
        draft.flaw = "a gap within a gap"
    elif len(numbers) > MAX_GAPS or len(text) > 50 * MAX_GAPS:
        draft.flaw = f"gaps: {len(numbers)}, in {len(text)} characters (at most {MAX_GAPS} in {50 * MAX_GAPS})"
    if draft.flaw or not numbers:
        yield draft
        return
    for number in dict.fromkeys(numbers):
        shown = [blank(hint) if it == number else full for it, (full, _, hint) in zip(numbers, gaps, strict=True)]
        answers = {full.strip() for it, (full, _, _) in zip(numbers, gaps, strict=True) if it == number}
        asked = "".join(map("".join, zip(between, [*shown, ""], strict=True)))
        yield with_gap(draft, asked, answers)


def with_gap(draft: Draft, asked: str, answers: set[str]) -> Draft:
    answer = answers.pop()
    flaw = "one gap with several answers" if answers else flaw_of_typed(answer) if answer else "the answer is empty"
    if (length := len(" ".join(asked.split()))) > MAX_TEXT:
        flaw = f"the question has {length} characters (at most {MAX_TEXT})"
    return Draft(draft.place, draft.fields | {"text": asked, "answer": spellings(answer)}, flaw)


def blank(hint: str) -> str:
    return f"____ ({hint.strip()})" if hint.strip() else "____"
