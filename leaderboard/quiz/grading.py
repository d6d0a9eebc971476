"""How right an answer is. Points are the store's business: they depend on its clock."""

from leaderboard.errors import BadChoice
from leaderboard.quiz.content import Choice, Question


def grade(question: Question, choice: Choice) -> float:
    """1.0 for exactly the right choices, else 0.0. Raises BadChoice when it could not have been chosen."""
    chosen = set(choice)
    if len(chosen) < len(choice) or not chosen:
        raise BadChoice("Choose at least one choice, and none twice.")
    if max(chosen) >= len(question.choices) or min(chosen) < 0:
        raise BadChoice(f"The question has the choices 0–{len(question.choices) - 1}.")
    if len(chosen) > 1 and len(question.answer) == 1:
        raise BadChoice("The question takes one choice.")
    return float(chosen == set(question.answer))
