"""A quiz that is played can be written again."""

import pytest
from msgspec.structs import replace

from leaderboard.errors import NoSuchQuiz
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.verbs import Correct
from leaderboard.state.quizzes import Quizzes

pytestmark = pytest.mark.anyio

QUIZ = Quiz(
    "Capitals",
    [
        Question(
            "The capital of Australia?", ["Sydney", "Canberra"], [1], "one", points=500, penalty=7, topic="cities"
        ),
        Question("Tea?", ["yes", "no"], type="poll", points=0),
        Question("Pi?", answer=[3.14], type="number", tolerance=0.01, explanation="A circle's.", rule="flat"),
        Question(
            "Which?",
            ["a", "b"],
            [0],
            "one",
            image="/v1/media/a/b",
            image_alt="A cat",
            audio="https://example.org/a.mp3",
        ),
    ],
    Settings(rule="linear", penalty=50, team_score="sum"),
    roster=["Ana", "Bée"],
    teams=["Owls", "Foxes"],
    description="For class 7",
    language="en",
    tags=["geography"],
    difficulty="easy",
)


async def test_what_was_made_of_a_document_is_that_document(quizzes: Quizzes) -> None:
    made = await quizzes.store.create(QUIZ)
    found = await quizzes.documents.of(made.id)
    assert sorted(found.roster) == QUIZ.roster
    assert replace(found, roster=QUIZ.roster) == QUIZ


async def test_a_corrected_key_is_in_it_and_teams_that_players_made_are_not(quizzes: Quizzes) -> None:
    made = await quizzes.store.create(replace(QUIZ, teams=[], roster=[], settings=Settings(team_score="sum")))
    await quizzes.store.join(made.id, "Ana", team="Bears")
    await quizzes.host.do(made.id, Correct(question=0, answer=[0], reason="Sydney"))
    found = await quizzes.documents.of(made.id)
    assert (found.questions[0].answer, found.teams, found.roster) == ([0], [], [])


async def test_there_is_none_of_a_quiz_that_is_not(quizzes: Quizzes) -> None:
    with pytest.raises(NoSuchQuiz):
        await quizzes.documents.of("NOBODY")
