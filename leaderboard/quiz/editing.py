"""Changing a quiz that is written: each function gives another one. Questions are counted from 0."""

import random
from collections.abc import Sequence

from msgspec.structs import replace

from leaderboard.errors import BadQuiz, NoSuchQuestion
from leaderboard.quiz.content import MAX_DOCUMENT, MAX_TITLE, Question, Quiz

COPY = " (copy)"


def put(quiz: Quiz, number: int, question: Question) -> Quiz:
    """Another question in the place of one. Raises NoSuchQuestion."""
    check_number(quiz, number)
    return replace(quiz, questions=[*quiz.questions[:number], question, *quiz.questions[number + 1 :]])


def take_out(quiz: Quiz, number: int) -> Quiz:
    """Raises NoSuchQuestion."""
    check_number(quiz, number)
    return replace(quiz, questions=quiz.questions[:number] + quiz.questions[number + 1 :])


def insert(quiz: Quiz, question: Question, at: int | None) -> Quiz:
    """One question more, before that with this number; None: at the end. Raises NoSuchQuestion, BadQuiz."""
    place = len(quiz.questions) if at is None else at
    if place != len(quiz.questions):
        check_number(quiz, place)
    if len(quiz.questions) >= MAX_DOCUMENT:
        raise BadQuiz(f"A quiz has at most {MAX_DOCUMENT} questions.")
    return replace(quiz, questions=[*quiz.questions[:place], question, *quiz.questions[place:]])


def reorder(quiz: Quiz, order: Sequence[int]) -> Quiz:
    """`order` names all questions, each once. Raises BadQuiz."""
    if sorted(order) != list(range(len(quiz.questions))):
        raise BadQuiz(f"The order names each of the {len(quiz.questions)} questions once.")
    return replace(quiz, questions=[quiz.questions[number] for number in order])


def copy(quiz: Quiz) -> Quiz:
    """The same under a title that says so."""
    return replace(quiz, title=quiz.title[: MAX_TITLE - len(COPY)] + COPY)


def pick(quiz: Quiz, number: int, seed: str) -> Quiz:
    """So many of its questions, by chance, in the order in which they stand. Raises BadQuiz."""
    if number > len(quiz.questions):
        raise BadQuiz(f"{number} questions cannot be picked from {len(quiz.questions)}.")
    chosen = sorted(random.Random(seed).sample(range(len(quiz.questions)), number))
    return replace(quiz, questions=[quiz.questions[it] for it in chosen])


def check_number(quiz: Quiz, number: int) -> None:
    if not 0 <= number < len(quiz.questions):
        raise NoSuchQuestion(f"The quiz has {len(quiz.questions)} questions.")
