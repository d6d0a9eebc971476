"""The players of the demo: they can play whatever a quiz asks."""

import msgspec
import pytest

from leaderboard import demo
from leaderboard.demo import Bot, guess
from leaderboard.quiz import checks, content, grading
from leaderboard.quiz.content import Question, Quiz, Settings
from tests.test_samples import QUIZ

by_text = pytest.mark.parametrize("question", QUIZ.quiz.questions, ids=lambda question: question.text)


@by_text
def test_a_guess_is_an_answer(question: Question) -> None:
    seen = msgspec.to_builtins(content.view(0, question, Settings()))
    grades = {grading.grade(question, guess(seen)) for _ in range(200)}
    assert len(grades) > 1 or question.kind in ("number", "text", "poll")


@by_text
def test_a_bot_remembers_what_was_right(question: Question) -> None:
    seen = msgspec.to_builtins(content.view(0, question, Settings()))
    bot = Bot()
    bot.skill, bot.right = 1, {question.text: question.answer}
    assert grading.grade(question, bot.choose(seen)) == (0 if question.kind == "poll" else 1)


def test_the_demo_asks_for_words_in_several_ways() -> None:
    made = msgspec.convert(demo.quiz(), Quiz)
    checks.check(made)
    assert len(made.questions) == demo.QUESTIONS
    assert all(len(question.choices) == 4 for question in made.questions)
    assert len({question.text.partition(" ")[0] for question in made.questions}) > 1
