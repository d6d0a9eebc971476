"""Vocabulary quizzes out of WordNet, whose files are not part of this project."""

import pytest

from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.vocabulary import make
from leaderboard.quiz.words import read_words
from tests.conftest import CORPUS
from tests.synonyms import Thesaurus


@pytest.mark.parametrize("seed", range(4))
def test_of_a_thousand_questions_none_has_a_second_right_answer(seed: int) -> None:
    (file,) = (CORPUS / "wordnet").glob("*.tsv")
    done = make(read_words(Source(file.read_bytes())).words, 1_000, seed=seed)
    assert done.report.questions == 1_000
    assert all(len(question.choices) == 4 for question in done.quiz.questions)
    thesaurus = Thesaurus(file.read_text())
    assert [(it.text, found) for it in done.quiz.questions for found in thesaurus.second_answers(it)] == []
