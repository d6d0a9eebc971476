"""How right an answer is. Points are the store's business: they depend on its clock."""

import unicodedata

from leaderboard.errors import BadChoice
from leaderboard.quiz.content import Choice, Question, is_number


def grade(question: Question, choice: Choice) -> float:
    """How right the choice is: 1 for exactly right, 0 for wrong, with partial credit four decimals between.

    `several`: right choices minus wrong ones, over all right ones. `order`: the share of places that are right.
    Raises BadChoice when it could not have been chosen.
    """
    check(question, choice)
    answer = question.answer
    match question.kind:
        case "poll":
            return 0.0
        case "several":
            hits = len(set(choice) & set(answer))
            share = (2 * hits - len(choice)) / len(answer)
        case "order":
            share = sum(given == right for given, right in zip(choice, answer, strict=True)) / len(answer)
        case "number":
            share = max(abs(number(choice[0]) - number(right)) <= slack(question, right) for right in answer)
        case "text":
            share = fold(str(choice[0])) in {fold(str(right)) for right in answer}
        case _:
            share = choice == answer
    if share < 1 and not (question.partial and question.kind in ("several", "order")):
        return 0.0
    return round(max(float(share), 0.0), 4)


def tally(question: Question, choice: Choice) -> list[str]:
    """What the distribution counts: the chosen places. It does not depend on the key."""
    return [] if question.kind in ("number", "text", "order") else [str(place) for place in choice]


def check(question: Question, choice: Choice) -> None:
    """Raises BadChoice when the question does not offer this."""
    match question.kind:
        case "number":
            if len(choice) != 1 or not is_number(choice[0]):
                raise BadChoice("The question takes one number.")
        case "text":
            if len(choice) != 1 or not isinstance(choice[0], str) or not choice[0].strip():
                raise BadChoice("The question takes one text.")
        case kind:
            check_places(choice, len(question.choices), kind)


def check_places(choice: Choice, choices: int, kind: str) -> None:
    if not choice or len(set(choice)) < len(choice):
        raise BadChoice("Choose at least one choice, and none twice.")
    if not all(type(place) is int and 0 <= place < choices for place in choice):
        raise BadChoice(f"The question has the choices 0–{choices - 1}.")
    if kind == "order" and len(choice) < choices:
        raise BadChoice("Put all choices in order.")
    if kind in ("one", "boolean", "poll") and len(choice) > 1:
        raise BadChoice("The question takes one choice.")


def number(value: int | float | str) -> float:
    return float(value)


def slack(question: Question, right: int | float | str) -> float:
    """How far off a number may be: the tolerance, and what binary fractions cannot say (0.1 + 0.2 is 0.3)."""
    return question.tolerance + 1e-12 * max(abs(float(right)), question.tolerance)


def fold(text: str) -> str:
    """The text without differences of case, accents, width and spacing.

    Unicode's compatibility decomposition and case folding; of the marks, only those of the block Combining Diacritical
    Marks go: others (the Japanese voiced sound mark, vowel signs) make another letter.
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(character for character in apart if not "\u0300" <= character <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", kept).split())
