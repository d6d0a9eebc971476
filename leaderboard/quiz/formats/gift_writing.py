"""Questions as GIFT, for Moodle."""

from decimal import Decimal

from leaderboard.quiz.content import Question, Quiz, Value
from leaderboard.quiz.formats.documents import without_defaults
from leaderboard.quiz.formats.gift_answers import ESCAPES, FORMAT, WEIGHT

ESCAPED = str.maketrans({escape[1]: escape for escape in ESCAPES} | {"\n": "\\n"})
KEPT = {"text", "choices", "answer", "type", "tolerance", "explanation", "topic"}
TRUTH = ["True", "False"]


def to_gift(quiz: Quiz) -> tuple[bytes, list[str]]:
    """The file, and what it cannot say, question by question."""
    paragraphs, left_out = [], []
    for number, question in enumerate(quiz.questions, 1):
        if flaw := unsayable(question):
            left_out.append(f"Question {number} is left out: {flaw}.")
            continue
        paragraphs.append(paragraph(question))
        if missing := lost(question):
            left_out.append(f"Question {number} is without its {', '.join(missing)}.")
    return "\n\n".join([f"// {' '.join(quiz.title.split())}", *paragraphs, ""]).encode(), left_out


def unsayable(question: Question) -> str:
    if question.kind in ("order", "poll"):
        return f"GIFT has no questions of type {question.kind}"
    if question.kind == "text" and any("->" in str(value) for value in question.answer):
        return "-> in an answer would make pairs of it"
    return ""


def lost(question: Question) -> list[str]:
    """The fields that GIFT does not have, as far as they say anything."""
    lost = without_defaults(question).keys() - KEPT
    if question.kind == "boolean" and question.choices != TRUTH:
        lost.add("type")
    return sorted(lost)


def paragraph(question: Question) -> str:
    """It says that its texts are plain: Moodle would take them for HTML."""
    lines = [f"[plain]{escape(question.text)} {{", *answers(question)]
    if question.explanation:
        lines.append(f"\t####{text(question.explanation)}")
    topic = question.topic.replace("]", "\\]")
    return "\n".join([*([f"// [tag:{topic}]"] if topic else []), *lines, "}"])


def answers(question: Question) -> list[str]:
    match question.kind:
        case "boolean" if question.choices == TRUTH:
            return ["\tTRUE" if question.answer == [0] else "\tFALSE"]
        case "number":
            slack = f":{digits(question.tolerance)}" if question.tolerance else ""
            return ["\t#", *(f"\t={digits(value)}{slack}" for value in question.answer)]
        case "text":
            return [f"\t={weighted(literal(value), 100)}" for value in question.answer]
        case "several":
            share = 100 / len(question.answer)
            credits = [share if place in question.answer else -share for place in range(len(question.choices))]
            return [f"\t~%{credit:.7g}%{text(it)}" for credit, it in zip(credits, question.choices, strict=True)]
        case _:
            return [choice(it, place in question.answer) for place, it in enumerate(question.choices)]


def literal(value: Value) -> str:
    """A spelling in which an asterisk is one, not any text."""
    return str(value).replace("*", "\\*")


def choice(it: str, right: bool) -> str:
    return f"\t={weighted(it, 100)}" if right else f"\t~{weighted(it, 0)}"


def weighted(it: str, credit: int) -> str:
    """With a weight only where the text would be taken for one."""
    return f"%{credit}%{text(it)}" if WEIGHT.match(it) else text(it)


def text(it: str) -> str:
    """With a format only where the text would be taken for one."""
    return f"[plain]{escape(it)}" if FORMAT.match(it) else escape(it)


def escape(it: str) -> str:
    return it.translate(ESCAPED)


def digits(value: Value) -> str:
    """Without an exponent, which not all readers know."""
    return f"{Decimal(str(value)):f}"
