"""Our own form of a quiz, as JSON for programs and as TOML for people who write by hand."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import tomli_w

from leaderboard.errors import BadQuiz, Unreadable
from leaderboard.quiz import wording
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.formats.drafts import Draft, Reading
from leaderboard.quiz.formats.source import Source

BRACE = re.compile(r'\s*+\{\s*+("|\}|\Z)')
# A table of questions, or a title with nothing but comments, other fields and tables before it.
TABLE = re.compile(r"^\[\[[ \t]*questions[ \t]*\]\]", re.MULTILINE)
TITLE = re.compile(r"(?:[ \t]*+(?:#[^\n]*+|(?!title\b)[\w.-]++[ \t]*+=[^\n]*+|\[[^\n]*+)?\n)*+[ \t]*+title[ \t]*+=")
OF_QUIZ = set(Quiz.__struct_fields__) - set(Question.__struct_fields__)
DOUBTED = 8  # choices; more of them are refused
# A name in so many parts, for which tomllib takes the square of the time.
ENDLESS = re.compile(r"(?<![\w-])(?:[\w-]++\.){30}")


def looks(source: Source) -> bool:
    if source.is_sheet:
        return False
    if source.text.lstrip().startswith("{"):
        return isinstance(source.json, dict) or BRACE.match(source.text) is not None
    return TITLE.match(source.text) is not None or TABLE.search(source.text) is not None


def read(source: Source) -> Reading:
    """Raises Unreadable, BadQuiz for what is wrong beside the questions."""
    fields = fields_of(source)
    questions = fields.pop("questions", [])
    if not isinstance(questions, list):
        raise BadQuiz("The questions are a list.")
    return Reading(drafts(questions, by_hand=not source.text.lstrip().startswith("{")), fields)


def fields_of(source: Source) -> dict[str, Any]:
    """Raises Unreadable, which names the place."""
    try:
        if source.text.lstrip().startswith("{"):
            return msgspec.json.decode(source.text, type=dict[str, Any])
        if ENDLESS.search(source.text):
            raise Unreadable("The quiz cannot be read: there is a name of more than 30 parts.")
        return tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The quiz cannot be read: {error}") from error


def drafts(questions: list[Any], by_hand: bool) -> Iterator[Draft]:
    for number, fields in enumerate(questions, 1):
        if isinstance(fields, dict):
            notes = list(doubts(fields)) if by_hand else []
            yield Draft(f"question {number}", fields, strayed(fields) if by_hand else "", notes, exact=True)
        else:
            yield Draft(f"question {number}", flaw="it has no fields")


def strayed(fields: dict[str, Any]) -> str:
    """Why it is no question if what is said of the quiz stands below [[questions]]."""
    found = sorted(OF_QUIZ & fields.keys())
    return f"{', '.join(found)}: that is of the quiz, and stands above the first [[questions]]" if found else ""


def doubts(fields: dict[str, Any]) -> Iterator[str]:
    """What can be asked, and was hardly meant: a place that is another choice's text."""
    match fields:
        case {"choices": list() as choices, "answer": list() as answer} if len(choices) <= DOUBTED:
            for it in answer[:DOUBTED]:
                if type(it) is int and 0 <= it < len(choices) and str(it) in choices and choices[it] != str(it):
                    yield f"answer {it} is the choice “{choices[it]}”: places count from 0, and “{it}” is in quotation marks"


def quiz_of(fields: dict[str, Any]) -> Quiz:
    """A quiz with these fields. Raises BadQuiz, which names question and field in words."""
    try:
        return msgspec.convert({"questions": [], **fields}, Quiz)
    except msgspec.ValidationError as error:
        raise BadQuiz(wording.in_words(str(error))) from error


def to_json(quiz: Quiz) -> bytes:
    return msgspec.json.format(msgspec.json.encode(written(quiz)), indent=2) + b"\n"


def to_toml(quiz: Quiz) -> bytes:
    """As people would write it: the answers by their texts."""
    fields = written(quiz)
    for question in fields["questions"]:
        choices = question.get("choices", [])
        if len(set(choices)) == len(choices) > 0 and "answer" in question:
            question["answer"] = [choices[place] for place in question["answer"]]
    return tomli_w.dumps(fields, multiline_strings=True).encode()


def written(quiz: Quiz) -> dict[str, Any]:
    """The fields that say anything: what is missing has its default."""
    fields = without_defaults(quiz)
    fields["questions"] = [without_defaults(question) for question in quiz.questions]
    return {name: fields[name] for name in sorted(fields, key=lambda name: name == "questions")}


def without_defaults(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct's fields but those that have their defaults, as plain values, nested ones likewise."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if value == default or value is None or value is msgspec.UNSET:
            continue
        fields[field.encode_name] = (
            without_defaults(value) if isinstance(value, msgspec.Struct) else msgspec.to_builtins(value)
        )
    return fields
