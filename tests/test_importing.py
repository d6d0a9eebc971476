"""From files to quizzes: what all formats share, and our own form."""

import contextlib
import itertools
import json
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
import tomli_w
from hypothesis import given

from leaderboard.errors import BadQuiz, Incomplete, Refusal, TooLarge, UnknownFormat, Unreadable
from leaderboard.quiz import importing
from leaderboard.quiz.checks import check_document
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.formats import documents
from leaderboard.quiz.formats.decoding import text_of
from leaderboard.quiz.formats.drafts import Draft
from leaderboard.quiz.formats.markup import plain
from leaderboard.quiz.importing import MAX_FILE, MAX_REMARKS, Report
from leaderboard.quiz.wording import in_words
from tests.written import questions

HAND_WRITTEN = """
title = "Capitals: a test"
language = "en"
tags = ["geography"]

[settings]
rule = "flat"

[[questions]]
text = "The capital of Australia: which?"
choices = ["Sydney", "Canberra"]
answer = ["Canberra"]

[[questions]]
text = "Which are in Vietnam?"
choices = ["Huế", "Hanoi", "Phuket"]
answer = ["Huế", "Hanoi"]

[[questions]]
text = "From north to south"
type = "order"
choices = ["Rome", "Oslo", "Tunis"]
answer = ["Oslo", "Rome", "Tunis"]

[[questions]]
text = "Pi?"
type = "number"
answer = [3.14]
tolerance = 0.01
"""


def test_what_is_written_by_hand() -> None:
    done = importing.read(HAND_WRITTEN.encode())
    assert [question.answer for question in done.quiz.questions] == [[1], [0, 1], [1, 0, 2], [3.14]]
    assert (done.quiz.title, done.quiz.language, done.quiz.tags) == ("Capitals: a test", "en", ["geography"])
    assert done.quiz.settings.rule == "flat"
    assert msgspec.to_builtins(done.report) == {
        "format": "quiz",
        "found": 4,
        "imported": 4,
        "refused": 0,
        "questions": 4,
        "remarks": [],
        "more": 0,
    }


@given(st.lists(questions(), max_size=5), st.sampled_from([Settings(), Settings(rule="flat", penalty=5, places=[7])]))
@pytest.mark.parametrize("write", [documents.to_json, documents.to_toml])
def test_a_document_that_was_exported_is_imported_as_it_was(
    write: Any, asked: list[Question], settings: Settings
) -> None:
    quiz = Quiz(
        "Title",
        asked,
        settings,
        roster=["Ana"],
        description="About “it”\n\\ and 'more'",
        language="vi",
        tags=["a b"],
        difficulty="hard",
    )
    check_document(quiz)
    assert importing.read(write(quiz), strict=True).quiz == quiz


def test_what_cannot_be_asked_is_reported_and_the_rest_taken() -> None:
    given = {
        "$schema": "https://example.org/schemas/quiz.json",
        "title": "Some",
        "questions": [
            {"text": "Right?", "choices": ["a", "b"], "answer": [0]},
            {"text": "Which?", "choices": ["a", "b", "c", "d"], "answer": [5]},
            {"text": "Points", "choices": ["a", "b"], "answer": [0], "points": "many"},
            {"txet": "Typing error"},
            "no question",
        ],
    }
    done = importing.read(json.dumps(given).encode())
    assert [question.text for question in done.quiz.questions] == ["Right?"]
    assert (done.report.found, done.report.imported, done.report.refused) == (5, 1, 4)
    assert [(remark.place, remark.reason) for remark in done.report.remarks] == [
        ("question 2", "answer 5, but there are 4 choices (0–3)"),
        ("question 3", "points: expected a whole number, but it is a text"),
        ("question 4", "there is no field “txet”"),
        ("question 5", "it has no fields"),
    ]
    with pytest.raises(Incomplete, match=r"1 of 5 entries can be imported. question 2: answer 5, but"):
        importing.read(json.dumps(given).encode(), strict=True)


@pytest.mark.parametrize(
    ("file", "refusal", "says"),
    [
        (b"", UnknownFormat, "none of"),
        (b"word,meaning\nowl,a bird\nlark,another\n", UnknownFormat, "headings.*word list"),
        (b"A letter to my aunt.\nIt was fine.", UnknownFormat, "none of"),
        (b"\x00\x01\x02\x03" * 100, Unreadable, "neither a text"),
        (b"{", Unreadable, "cannot be read"),
        (b'{"title": "x", "questions": {}}', BadQuiz, "a list"),
        (b'title = "x"\nquestions = 3', BadQuiz, "a list"),
        (b'title = "x"\ntags = [', Unreadable, "at end of document"),
        (b'title = "x"\nWhat?\n', Unreadable, "line 2"),
        (b'title = 3\n[[questions]]\ntext = "x"', BadQuiz, "Title: expected a text"),
        (b'title = "x"\n[settings]\npenalty = -1', BadQuiz, "Settings, penalty"),
        (b'title = "x"\n[settings]\npacing = "self"\nlate = "average"', BadQuiz, "nobody is late"),
        (b'title = "x"\na = ' + b"[" * 100_000, Unreadable, "recursion"),
        (b'title = "x"\n' + b"a." * 100_000 + b"a = 1", Unreadable, "30 parts"),
        (b'{"title":' + b"[" * 1_000_000, Unreadable, "recursion"),
        (b"a" * (MAX_FILE + 1), TooLarge, "bytes"),
    ],
)
def test_what_is_no_quiz_is_refused_in_words(file: bytes, refusal: type[Refusal], says: str) -> None:
    with pytest.raises(refusal, match=says):
        importing.read(file)


def accepted(**fields: Any) -> tuple[Question | None, str, list[str]]:
    draft = Draft("row 1", fields)
    question, reason = importing.accept(draft)
    return question, reason, draft.notes


def test_texts_are_tidied_and_choices_too() -> None:
    question, _, notes = accepted(
        text="  What\u00a0is \t this?\r\n\n\n A\x00 thing  ", choices=["", " b ", "c", "b", " "], answer=[3]
    )
    assert question is not None
    assert (question.text, question.choices, question.answer) == ("What is this?\nA thing", ["b", "c"], [0])
    assert notes == ["the choice “b” is there twice"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": " "}, "text: expected a text that is not empty"),
        ({"text": "x" * 501, "choices": ["a", "b"], "answer": [0]}, "text: expected a text of at most 500 characters"),
        (
            {"text": "x", "choices": ["a", "b" * 201], "answer": [0]},
            "choice 2: expected a text of at most 200 characters",
        ),
        ({"text": "x", "choices": ["a", "", "c"], "answer": [1]}, "the right choice is blank"),
        (
            {"text": "x", "choices": ["a", "b"], "answer": [0], "image_alt": "\x07"},
            "image alt: expected a text without control",
        ),
        ({"text": "x", "choices": ["a", "a"], "answer": [1]}, "it needs at least two choices"),
        ({"text": "x", "choices": ["a", "b"], "answer": [2]}, "answer 2, but there are 2 choices (0–1)"),
        ({"text": "x", "choices": list("abcdefghi"), "answer": [0]}, "choices: expected a list of at most 8 entries"),
        (
            {"text": "x", "choices": ["a", "b"], "answer": [0], "image": "javascript:alert(1)"},
            "image: expected an address (https://",
        ),
    ],
)
def test_what_is_refused_says_why(fields: dict[str, Any], reason: str) -> None:
    question, why, _ = accepted(**fields)
    assert question is None
    assert why.startswith(reason)


def test_what_is_to_be_told_is_told_once() -> None:
    report = Report("x")
    list(importing.taken([Draft("row 1", {"text": "x", "choices": list("aaab"), "answer": [3]})], report))
    assert [remark.reason for remark in report.remarks] == ["the choice “a” is there twice"]


OTHER = "answer 1 is the choice “2”: places count from 0, and “1” is in quotation marks"


@pytest.mark.parametrize(("answer", "told"), [('"2"', []), ("0", []), ("1", [OTHER])])
def test_what_was_hardly_meant_is_told(answer: str, told: list[str]) -> None:
    question = f'text = "Which?"\nchoices = ["0", "2", "1"]\nanswer = [{answer}]'
    report = importing.read(f'title = "x"\n[[questions]]\n{question}\n'.encode()).report
    assert [remark.reason for remark in report.remarks] == told


def test_characters_that_were_lost_are_told() -> None:
    question, _, notes = accepted(text="Où est l\ufffdeau?", choices=["ici", "l\ufffd"], answer=[0])
    assert question is not None
    assert notes == ["a character was lost before (\ufffd)"]


def test_an_explanation_that_is_too_long_does_not_cost_the_question() -> None:
    question, _, notes = accepted(text="x", choices=["a", "b"], answer=[0], explanation="e" * 501)
    assert question is not None
    assert question.explanation == ""
    assert notes == ["without its explanation, which has 501 characters (at most 500)"]


@pytest.mark.parametrize(
    ("file", "format_"),
    [
        ("{=Paris ~Rome} is the capital of France.", "gift"),
        ("{{c1::Paris}} is the capital of {{c2::France}}\tgeography\n" * 3, "anki"),
        ("What is it?\nA. title = x\nB. no\nANSWER: A\n", "aiken"),
        ("Which line is right?\nA. this\nB. that\nANSWER: A\n\ntitle = x?\nA. this\nB. that\nANSWER: B\n", "aiken"),
        ('# mine\nlanguage = "en"\n\n[settings]\nrule = "flat"\n', ""),
        ('# mine\nlanguage = "en"\ntitle = "x"\n', "quiz"),
        ('description = """\nmany\nlines\n"""\ntitle = "x"\n[[questions]]\n', "quiz"),
        ('{"title": "x"}', "quiz"),
    ],
)
def test_formats_are_told_apart(file: str, format_: str) -> None:
    source = importing.source_of(file.encode(), "")
    if format_:
        assert importing.detect(source) == format_
    else:
        with pytest.raises(UnknownFormat):
            importing.detect(source)


def test_totals_add_up_and_remarks_are_bounded() -> None:
    good, bad = {"text": "x", "choices": ["a", "b"], "answer": [0]}, {"text": ""}
    drafts = [Draft("row 1", dict(good)), Draft("row 2", dict(bad)), Draft("row 2", dict(good))]
    drafts += [Draft("row 3", dict(good)), Draft("row 3", dict(bad)), Draft("row 3", dict(good))]
    drafts += [Draft(f"row {n}", dict(bad)) for n in range(4, 1504)]
    report = Report("x")
    questions = list(importing.taken(drafts, report))
    assert len(questions) == report.questions == 4
    assert (report.found, report.imported, report.refused) == (1503, 3, 1500)
    assert (len(report.remarks), report.more) == (MAX_REMARKS, 502)


def test_more_than_a_document_holds_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MAX_DOCUMENT", 2)
    report = Report("x")
    fields = {"text": "x", "choices": ["a", "b"], "answer": [0]}
    assert len(list(importing.taken([Draft(f"row {n}", dict(fields)) for n in range(3)], report))) == 2
    assert [(remark.place, remark.reason) for remark in report.remarks] == [("row 2", "more than 2")]


def test_nobody_reads_entries_without_end() -> None:
    with pytest.raises(TooLarge, match="entries"):
        list(importing.taken((Draft(f"row {n}", flaw="x") for n in itertools.count()), Report("x")))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("my_quiz-2.toml", "my quiz 2"),
        ("C:\\quizzes\\Ünit 3.xlsx", "Ünit 3"),
        ("Unit 3.2 - Mr. Fox.gift.TXT", "Unit 3.2 Mr. Fox"),
        ("", "Imported quiz"),
        ("x" * 200, "x" * 120),
    ],
)
def test_a_file_without_a_title_is_named_after_itself(name: str, title: str) -> None:
    assert importing.title_of(name) == title


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "Expected `int`, got `str` - at `$.questions[2].points`",
            "Question 3, points: expected a whole number, but it is a text.",
        ),
        (
            "Expected `str` of length <= 500 - at `$.questions[0].choices[1]`",
            "Question 1, choice 2: expected a text of at most 500 characters.",
        ),
        ("Object missing required field `text` - at `$.questions[1]`", "Question 2: it lacks the field “text”."),
        (
            "Invalid enum value 'essay' - at `$.questions[0].type`",
            "Question 1, type: 'essay' is none of one, several, boolean, number, text, order, poll.",
        ),
        (
            "Invalid enum value 'easi' - at `key` in `$.settings.boxes`",
            "Settings, boxes: 'easi' is none of easy, medium, hard.",
        ),
        (
            "Expected `int` >= 1 - at `$.questions[0].time_limit`",
            "Question 1, time limit: expected a whole number, at least 1.",
        ),
        ("Expected `str` of length >= 1 - at `$.title`", "Title: expected a text that is not empty."),
        ("Expected `str` matching regex '^x' - at `$.language`", "Language: expected a language such as en or pt-BR."),
        (
            "Expected `int | float | str`, got `null` - at `$.questions[0].answer[0]`",
            "Question 1, answer 1: expected a number or a text, but it is nothing.",
        ),
        ("JSON is malformed: invalid character (byte 3)", "JSON is malformed: invalid character (byte 3)."),
    ],
)
def test_messages_are_in_words(message: str, words: str) -> None:
    assert in_words(message) == words


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_told_apart(encoding: str) -> None:
    text = "Straße – “quoted”, naïve\r\nsecond line\rthird"
    assert text_of(text.encode(encoding)) == "Straße – “quoted”, naïve\nsecond line\nthird"


def test_texts_are_composed() -> None:
    assert importing.clean("Hue\u0302\u0301") == "Huế"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("2 < 3 & 4 > 1", "2 < 3 & 4 > 1"),
        ("a &amp; b &eacute;", "a & b é"),
        ("<p>One</p><p>Two<br>three</p>", "\nOne\n\nTwo\nthree\n"),
        ("<script>alert(1)</script>x<style>y</style>", "x"),
        ("<img src=x onerror=alert(1)>cat", "cat"),
        ("<!-- a <b> -->x", "x"),
        ("x < y <b>bold", "x < y bold"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert plain(html) == text


FIELDS = st.sampled_from([*Question.__struct_fields__, "title", "settings", "$schema", "x"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(FIELDS, ANYTHING, max_size=6), max_size=4), ANYTHING, st.booleans())
def test_whatever_stands_in_a_quiz_only_refusals(asked: list[Any], settings: Any, toml: bool) -> None:
    """What is imported can be kept: it is the same again after a way through JSON, as from the sandbox."""
    fields = {"title": "x", "settings": settings, "questions": asked}
    try:
        file = tomli_w.dumps(fields).encode() if toml else json.dumps(fields, default=str).encode()
    except (TypeError, ValueError):
        return  # TOML has no null
    with contextlib.suppress(Refusal):
        quiz = importing.read(file).quiz
        assert msgspec.json.decode(msgspec.json.encode(quiz), type=Quiz) == quiz


def test_what_stands_below_the_questions_by_mistake_is_told() -> None:
    file = '[[questions]]\ntext = "?"\ntype = "text"\nanswer = ["x"]\ntags = ["y"]\ntitle = "x"\n'
    [remark] = importing.read(file.encode()).report.remarks
    assert remark.reason == "tags, title: that is of the quiz, and stands above the first [[questions]]"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e400"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    for field in ("answer = [%s]", "answer = [1]\ntolerance = %s"):
        file = f'title = "x"\n[[questions]]\ntext = "?"\ntype = "number"\n{field % number}'
        assert importing.read(file.encode()).report.refused == 1


def test_strict_means_as_it_is() -> None:
    file = b"Question,Answer 1,Answer 2,Correct answer\nIs it?,yes,yes,1\nIs it?,yes,no,1\nIs it?,no,no,yes\n"
    assert importing.read(file).report.refused > 0
    twice = b"Question,Answer 1,Answer 2,Answer 3,Correct answer\nIs it?,yes,no,no,1\n"
    assert (importing.read(twice).report.refused, len(importing.read(twice).report.remarks)) == (0, 1)
    with pytest.raises(Incomplete, match="there twice"):
        importing.read(twice, strict=True)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_but_refusals(data: bytes) -> None:
    with contextlib.suppress(Refusal):
        importing.read(data)
