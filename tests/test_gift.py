"""GIFT: what becomes of each paragraph, and of questions that are written as such."""

import contextlib
import time
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from leaderboard.errors import Refusal
from leaderboard.quiz import importing
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.formats.gift_writing import to_gift
from leaderboard.quiz.importing import Report


def read(text: str) -> tuple[list[Question], Report]:
    done = importing.read(text.encode(), format_="gift")
    return done.quiz.questions, done.report


def one(text: str) -> Question:
    [question], _ = read(text)
    return question


def notes(text: str) -> list[str]:
    _, report = read(text)
    assert report.refused == 0
    return [remark.reason for remark in report.remarks]


@pytest.mark.parametrize(
    ("text", "kind", "choices", "answer"),
    [
        ("Ice is {=water ~wine ~milk}", "one", ["water", "wine", "milk"], [0]),
        ("Even?{~%50%2 ~%-100%3 ~%50%4}", "several", ["2", "3", "4"], [0, 2]),
        ("Even?{=2 =4 ~3}", "several", ["2", "4", "3"], [0, 1]),
        ("Even?{~%33,333%2 ~%66.667%4 ~3}", "several", ["2", "4", "3"], [0, 1]),
        ("Even?{~%100%2 ~3}", "several", ["2", "3"], [0]),
        ("Best?{~%50%silver =gold}", "one", ["silver", "gold"], [1]),
        ("It is{~hot~=cold}", "one", ["hot", "cold"], [1]),
        ("Ice is cold.{T}", "boolean", ["True", "False"], [0]),
        ("Ice is hot.{ false #a#b }", "boolean", ["True", "False"], [1]),
        ("Ice?{=water =%100%frozen water =%50%snow ~=WATER}", "text", [], ["water", "frozen water", "WATER"]),
        (r"Stars?{=\\*}", "text", [], ["*"]),
        ("2 + 2?{#4}", "number", [], [4]),
        ("2 + 2?{#=4.5 =%50%5}", "number", [], [4.5]),
    ],
)
def test_each_kind_of_question_is_imported(text: str, kind: str, choices: list[str], answer: list[Any]) -> None:
    question = one(text)
    assert (question.kind, question.choices, question.answer) == (kind, choices, answer)


@pytest.mark.parametrize(
    ("inside", "answer", "tolerance"),
    [
        ("#1990:5", [1990], 5),
        ("#3.141..3.142", [3.1415], 0.0005),
        ("#10..-2", [4], 6),
        ("#=-7:0.5#yes =+4:.5", [-7, 4], 0.5),
        ("#3:2~#no", [3], 2),
        ("#1e3", [1000], 0),
    ],
)
def test_ranges_become_a_middle_and_a_tolerance(inside: str, answer: list[Any], tolerance: float) -> None:
    question = one(f"How many?{{{inside}}}")
    assert (question.answer, question.tolerance) == (answer, tolerance)


def test_pairs_are_asked_one_by_one() -> None:
    questions, report = read("Who sings?{=bee -> hums#yes =dog -> barks = -> purrs ####Listen!}")
    assert [(it.text, it.choices, it.answer) for it in questions] == [
        ("Who sings?\nbee", ["hums", "barks", "purrs"], [0]),
        ("Who sings?\ndog", ["hums", "barks", "purrs"], [1]),
    ]
    assert {it.explanation for it in questions} == {"Listen!"}
    assert (report.found, report.imported, report.questions) == (1, 1, 2)
    assert [it.reason for it in report.remarks] == [
        "without the feedback on single answers; a matching question, asked pair by pair"
    ]


def test_of_many_pairs_each_offers_its_own_right_side() -> None:
    questions, _ = read("Square?{" + "".join(f"={n} -> {n * n}" for n in range(1, 12)) + "}")
    assert [it.choices[it.answer[0]] for it in questions if isinstance(it.answer[0], int)] == [
        str(n * n) for n in range(1, 12)
    ]
    assert {len(it.choices) for it in questions} == {8}


def test_a_pair_that_says_two_things_is_refused() -> None:
    questions, report = read("Colour?{=sky -> blue =grass -> green =sky -> grey =sun}")
    assert [it.text for it in questions] == ["Colour?\ngrass"]
    assert [it.reason for it in report.remarks if not it.imported] == [
        "“sky” is there twice",
        "“sky” is there twice",
        "it has no right side",
    ]
    assert (report.found, report.imported) == (1, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (r"::Name: it::A \{b\} \= c\: \~\#\\n{T}", r"A {b} = c: ~#\n"),
        (r"One\ntwo{T}", "One\ntwo"),
        ("One  \n  two\n// three\nfour{T}", "One\ntwo\nfour"),
        ("Ice is {=cold ~hot} in winter.", "Ice is _____ in winter."),
        ("[html]<p>Is <b>ice</b></p><p>cold &amp; wet?</p>{T}", "Is ice\ncold & wet?"),
        ("Is <b>ice</b> cold?{T}", "Is ice cold?"),
        ("[plain]Is <b>ice</b> cold?{T}", "Is <b>ice</b> cold?"),
        ("[markdown]Is *ice* <cold>?{T}", "Is *ice* <cold>?"),
        (r"\[plain\] \x{T}", r"\[plain\] \x"),
    ],
)
def test_texts_are_read_as_they_are_meant(text: str, says: str) -> None:
    assert one(text).text == says


def test_answers_have_the_format_of_the_question_unless_they_say_so() -> None:
    assert one("[plain]x{=<a> ~[html]<b>c</b>}").choices == ["<a>", "c"]


def test_the_explanation_is_what_everybody_is_told() -> None:
    text = "Ice?{=cold#Right! ~hot#Wrong! ####It is frozen\\: [plain]<water>}"
    assert one(text).explanation == "It is frozen: [plain]"
    assert notes(text) == ["without the feedback on single answers"]


def test_comments_have_no_bound() -> None:
    assert one("// a\n" * 100_000 + "b{T}").text == "b"


def test_topics_come_from_tags_and_categories() -> None:
    text = """
$CATEGORY: $course$/top/Water//Ice
a{T}

// [id:3] [tag:Cold: \\[very\\]] [tag:b]
b{T}
$CATEGORY: top
c{T}

// [tag:

// [tag:d]

d{T}
"""
    questions, report = read(text)
    assert [it.topic for it in questions] == ["Water/Ice", "Cold / \\[very]", "", ""]
    assert report.found == 4


def test_a_blank_line_among_the_answers_does_not_end_the_question() -> None:
    questions, report = read("a{\n~b\n\n=c\n\n}\n\n=d is a remark\n\ne{\n~f")
    assert [it.choices for it in questions] == [["b", "c"]]
    assert [(it.place, it.reason) for it in report.remarks] == [
        ("line 8", "a description: there are no answers in braces"),
        ("line 10", "a brace is never closed"),
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("<img src\\='a.png'>What?{T}", "without its pictures or sounds"),
        ("a{b ~c =d}", "without what stands before the first answer, “b”"),
        ("a{=b ~%50%c ~%25%d ~%-5%e}", "without the partial credit of “c”, “d”"),
        ("a{=b =*c =d*}", "without the pattern “*c”, “d*”"),
        (
            "a{=b" + "".join(f"~%5%{n}" for n in "cdefgh") + "}",
            "without the partial credit of “c”, “d”, “e”, “f”, “g” …",
        ),
    ],
)
def test_what_is_left_out_is_said(text: str, note: str) -> None:
    assert notes(text) == [note]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A remark.", "a description: there are no answers in braces"),
        ("Why?{}", "an essay: no answer is right or wrong"),
        ("Why?{ ####Because}", "an essay: no answer is right or wrong"),
        ("Why?{because}", "no answer is marked with = or ~"),
        ("Why?{T\nF}", "no answer is marked with = or ~"),
        ("Why?{~a ~b}", "it has no answer"),
        ("Why?{=a*b}", "patterns with * are not known here"),
        ("Why?{=%50%a}", "it has no answer"),
        ("Why?{#}", "it has no answer"),
        ("Why?{#a}", "“a” is no number"),
        ("Why?{#1..}", "“1..” is no number"),
        ("Why?{#1e999}", "“1e999” is no number"),
        ("Why?{#" + "9" * 5000 + "}", f"“{'9' * 40}” is no number"),
        ("Why?{#=1:1 =2:2}", "its answers have different tolerances"),
        ("Why?{= -> a}", "there is no pair in it"),
        ("Why?{=a->b =c->b}", "it needs at least two choices"),
        ("Why {1:MC:~a~=b} and {1:SA:=c}?", "embedded answers (Cloze), which GIFT does not have"),
        ("Why {a} and{=b}", "more than one pair of braces: those of the text need a backslash"),
        ("Why?{=a", "a brace is never closed"),
        ("Why?=a}", "a brace is closed that was never opened"),
        ("Why}?{", "its braces are the wrong way round"),
        ("Why?{=a" + "~b" * 50 + "}", "it has more than 50 answers"),
        ("Why?" * 501 + "{T}", "its text has 2004 characters"),
        ("Why?{=a ~b####" + "c\n" * 200_000 + "}", "it has more than 262144 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(text: str, reason: str) -> None:
    questions, report = read(f"First.{{T}}\n\n// Now:\n{text}\n\nLast.{{F}}")
    assert [it.text for it in questions] == ["First.", "Last."]
    refused = {(it.place, it.reason) for it in report.remarks}
    assert refused == {("line 4", reason)}
    assert (report.found, report.refused) == (3, 1)


@pytest.mark.parametrize(
    ("name", "text", "format_"),
    [
        ("", "a {=b ~c}", "gift"),
        ("", "a\n{\n~b\n=c}", "gift"),
        ("", "a {TRUE#b}", "gift"),
        ("", "$CATEGORY: a\n\nb {}", "gift"),
        ("", " ::a::b {}", "gift"),
        ("a.gift", "b", "gift"),
        ("", "a {\nb\n=c}\nA) b\nB) c\nANSWER: A", "aiken"),
    ],
)
def test_files_are_known_by_their_content(name: str, text: str, format_: str) -> None:
    assert importing.read(text.encode(), name).report.format == format_


texts = st.text("aeé日 <b>&amp;[html]%50%\\~=#{}:/*$\n-->_1", min_size=1, max_size=12).filter(
    lambda text: importing.clean(text) == text != ""
)
lines = texts.map(lambda text: " ".join(text.split()))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question that GIFT has words for, of texts without needless blanks."""
    kind: Any = draw(st.sampled_from(["one", "several", "boolean", "number", "text"]))
    offered = draw(st.lists(lines, min_size=2, max_size=8, unique=True))
    numbers = st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False)
    answers: dict[str, Any] = {
        "one": st.lists(st.integers(0, len(offered) - 1), min_size=1, max_size=1),
        "several": st.lists(st.integers(0, len(offered) - 1), min_size=1, unique=True).map(sorted),
        "boolean": st.sampled_from([[0], [1]]),
        "number": st.lists(numbers, min_size=1, max_size=3),
        "text": st.lists(lines.filter(lambda text: "->" not in text), min_size=1, max_size=5, unique=True),
    }
    return Question(
        text=draw(texts),
        choices={"boolean": ["True", "False"], "number": [], "text": []}.get(kind, offered),
        answer=draw(answers[kind]),
        type=kind,
        tolerance=draw(st.floats(0, 1e12)) if kind == "number" else 0,
        explanation=draw(st.just("") | texts),
        topic=draw(st.sampled_from(["", "nature", "C [1]\\n", "a/b"])),
    )


@given(st.lists(questions(), max_size=5))
def test_what_is_written_is_read_again(asked: list[Question]) -> None:
    file, left_out = to_gift(Quiz("a", asked))
    assert left_out == []
    assert importing.read(file, format_="gift", title="a", strict=True).quiz == Quiz("a", asked)


def test_texts_that_look_like_signs_stay_texts() -> None:
    asked = [
        Question(text="[html]a", choices=["%50%b", "[html]<c>"], answer=[0], explanation="[html]&amp;", type="one"),
        Question(text="// d", answer=["%0%e", "[plain]f"], type="text"),
    ]
    assert importing.read(to_gift(Quiz("a", asked))[0]).quiz.questions == asked


def test_what_gift_cannot_say_is_told() -> None:
    asked = [
        Question(text="a", choices=["b", "c"], answer=[0], image="https://example.org/a.png", points=5),
        Question(text="a", choices=["b", "c"], answer=[0, 1], type="order"),
        Question(text="a", choices=["b", "c"], type="poll"),
        Question(text="a", answer=["b->c"], type="text"),
        Question(text="a", choices=["ja", "nein"], answer=[1], type="boolean"),
    ]
    file, left_out = to_gift(Quiz("A\nquiz", asked, Settings(rule="flat"), language="de"))
    assert left_out == [
        "Question 1 is without its image, points.",
        "Question 2 is left out: GIFT has no questions of type order.",
        "Question 3 is left out: GIFT has no questions of type poll.",
        "Question 4 is left out: -> in an answer would make pairs of it.",
        "Question 5 is without its type.",
    ]
    written = importing.read(file).quiz.questions
    assert [(it.kind, it.choices, it.answer) for it in written] == [
        ("one", ["b", "c"], [0]),
        ("one", ["ja", "nein"], [1]),
    ]


HOSTILE = [
    *("{", "}", "\\", "~", "=", ":", "#", "{~%", "{ ", "//[tag:", "$CATEGORY:/\n", "a\n", "[html]<a ", "<!--", "&#9"),
    *("x{=a->b=c->d}\n\n", f"x{{{'=a->b' * 50}####{'e' * 5000}}}\n\n", "A) x\n", "ANSWER:", "q\nA) x\nANSWER: A\n"),
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("format_", ["gift", "aiken"])
def test_time_grows_with_the_file_and_no_faster(unit: str, format_: Any) -> None:
    started = time.process_time()
    with contextlib.suppress(Refusal):
        importing.read((unit * ((2 << 20) // len(unit))).encode(), format_=format_)
    assert time.process_time() - started < 10  # it is less than one; the square would be minutes


@given(st.text("a1{}~=#%:\\\n/[]->.*TF$ <&;", max_size=60), st.sampled_from(["gift", "aiken"]))
def test_nothing_but_refusals(text: str, format_: Any) -> None:
    with contextlib.suppress(Refusal):
        report = importing.read(text.encode(), format_=format_).report
        assert report.found == report.imported + report.refused
