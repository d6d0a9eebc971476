"""Responses of the Open Trivia Database."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.quiz import importing
from leaderboard.quiz.content import Question

ENTRY: dict[str, object] = {
    "type": "multiple",
    "difficulty": "hard",
    "category": "Science: Tea & Cakes",
    "question": 'Is 100% of "fun & tea" brewed at ≤ 95 °C + 1?',
    "correct_answer": "Only café’s <own>",
    "incorrect_answers": ["&amp;", "Never + ever", "100 %"],
}
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "default": html.escape,
    "urlLegacy": quote_plus,
    "url3986": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}


def encoded(entry: dict[str, object], encode: Callable[[str], str]) -> dict[str, object]:
    return {
        name: encode(value) if isinstance(value, str) else [encode(str(it)) for it in value]  # type: ignore[attr-defined]
        for name, value in entry.items()
    }


def imported(entries: object) -> list[Question]:
    result = importing.read(json.dumps(entries).encode())
    assert result.report.format == "opentdb"
    return result.quiz.questions


@pytest.mark.parametrize("encoding", ["default", "urlLegacy", "url3986", "base64"])
def test_each_encoding_gives_the_same_question(encoding: str) -> None:
    (question,) = imported({"response_code": 0, "results": [encoded(ENTRY, ENCODINGS[encoding])]})
    assert question.text == ENTRY["question"]
    assert question.choices[int(question.answer[0])] == ENTRY["correct_answer"]
    assert sorted(question.choices) == sorted(["Only café’s <own>", "&amp;", "Never + ever", "100 %"])
    assert (question.topic, question.difficulty, question.kind) == ("Science / Tea & Cakes", "hard", "one")


def test_a_bare_ampersand_is_itself() -> None:
    (question,) = imported([ENTRY | {"question": "R&D, AT&T &copy5 &eacute; &amp;lt;?"}])
    assert question.text == "R&D, AT&T &copy5 é &lt;?"


def test_one_damaged_text_does_not_change_how_the_others_are_read() -> None:
    entries = [encoded(ENTRY, ENCODINGS["base64"]) for _ in range(3)]
    entries[1]["question"] = "not base64!"
    result = importing.read(json.dumps(entries).encode())
    assert [question.text for question in result.quiz.questions] == [ENTRY["question"]] * 2
    assert [remark.place for remark in result.report.remarks] == ["question 2"]


@pytest.mark.parametrize(("right", "place"), [("True", 0), ("False", 1), (True, 0)])
def test_true_or_false(right: object, place: int) -> None:
    (question,) = imported([ENTRY | {"type": "boolean", "correct_answer": right, "incorrect_answers": [not place]}])
    assert (question.kind, question.choices, question.answer) == ("boolean", ["True", "False"], [1 - (not place)])


def test_the_right_choice_is_at_each_place_and_the_same_each_time() -> None:
    entries = [ENTRY | {"question": f"Which is number {number}?"} for number in range(400)]
    questions = imported(entries)
    places = [question.answer[0] for question in questions]
    assert all(70 < places.count(place) < 130 for place in range(4))
    assert imported(entries) == questions


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (ENTRY | {"correct_answer": ""}, "the right choice is blank"),
        (ENTRY | {"incorrect_answers": []}, "it needs at least two choices"),
        (ENTRY | {"incorrect_answers": None}, "incorrect answers: expected a list, but it is nothing"),
        ({"question": "Why?"}, "it lacks the field “correct_answer”"),
        ("Why?", "expected fields with values, but it is a text"),
    ],
)
def test_what_is_no_question_is_refused_alone(entry: object, reason: str) -> None:
    report = importing.read(json.dumps([ENTRY, entry, ENTRY]).encode()).report
    assert (report.found, report.imported, report.refused) == (3, 2, 1)
    assert [(remark.place, remark.reason) for remark in report.remarks] == [("question 2", reason)]


@pytest.mark.parametrize(
    ("category", "topic"),
    [
        ("Entertainment: Japanese Anime and Manga Quizzes", "Japanese Anime and Manga Quizzes"),
        (" A : : B\n", "A / B"),
        ("long " * 9, ""),
        (":", ""),
    ],
)
def test_categories_become_topics(category: str, topic: str) -> None:
    assert imported([ENTRY | {"category": category}])[0].topic == topic


@given(st.lists(st.recursive(st.none() | st.text() | st.integers(), lambda it: st.lists(it), max_leaves=3), max_size=4))
def test_anything_can_stand_in_an_entry(values: list[object]) -> None:
    entry = dict(zip(ENTRY, values, strict=False))
    report = importing.read(json.dumps({"response_code": 0, "results": [entry, *values, ENTRY]}).encode()).report
    assert report.found == len(values) + 2
    assert report.imported >= 1
