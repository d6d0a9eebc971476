"""Anki's notes, and files that are made to be imported there."""

import contextlib
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leaderboard.errors import Refusal, TooLarge, UnknownFormat, Unreadable
from leaderboard.quiz import importing
from leaderboard.quiz.content import Question
from leaderboard.quiz.importing import MAX_FILE, Imported

EXPORT = """#separator:tab
#html:true
#notetype column:1
#deck column:2
#tags column:5
# a remark
Basic\tBirds::Night\tWhat hoots?\tAn owl.\tfirst second

"#1 of the birds"\tBirds\t"Says ""tu-whit"",
at <b>night</b>"\tthe owl / the tawny owl\t
Basic\tA deck whose name has more than forty characters\tWho sings &amp; when?\ta lark, at dawn\t
"""
CLOZE = "#html:true\nThe {{c1::<b>owl</b>}} hunts at {{c2::night::when?}} and the {{c1::owl}} sees.\t<i>Really.</i>\n"


def imported(text: str) -> Imported:
    done = importing.read(text.encode())
    assert done.report.format == "anki"
    return done


def questions(text: str) -> list[Question]:
    return imported(text).quiz.questions


def refused(text: str) -> list[tuple[str, str]]:
    return [(remark.place, remark.reason) for remark in imported(text).report.remarks if not remark.imported]


def test_an_export_with_all_headers() -> None:
    first, second, third = questions(EXPORT)
    assert (first.kind, first.text, first.answer, first.topic) == (
        "text",
        "What hoots?",
        ["An owl.", "An owl"],
        "first",
    )
    assert (second.text, second.topic) == ('Says "tu-whit",\nat night', "Birds")
    assert second.answer == ["the owl / the tawny owl", "the owl", "the tawny owl"]
    assert (third.text, third.topic) == ("Who sings & when?", "")


def test_a_field_that_begins_with_a_number_sign_is_no_remark() -> None:
    assert [question.text for question in questions('#html:false\n#1\tno\n"#1"\tyes\n')] == ["#1"]


def test_places_are_the_lines_where_notes_begin() -> None:
    text = '#html:true\n"a\nb"\tc\n\nonly a front\nd\te\n\tf\n"g\nh"\t\n'
    assert refused(text) == [
        ("line 5", "it has one field only: no answer"),
        ("line 7", "the question is empty"),
        ("line 8", "the answer is empty"),
    ]


@pytest.mark.parametrize("separator", ["\t", "|", ";", " | "])
def test_without_headers_the_lines_tell_the_separator(separator: str) -> None:
    text = "\n".join(
        separator.join(pair) for pair in [("to hoot", "schreien"), ("owl", "Eule, Kauz"), ("lark", "Lerche")]
    )
    assert [(it.text, it.answer) for it in questions(text)][1:] == [("owl", ["Eule, Kauz"]), ("lark", ["Lerche"])]


@pytest.mark.parametrize(("name", "separator"), [("Comma", ","), ("pipe", "|"), ("space", " "), ("~", "~"), ("", "\t")])
def test_a_header_names_the_separator(name: str, separator: str) -> None:
    assert questions(f"#separator:{name}\nlark{separator}Lerche")[0].answer == ["Lerche"]


def test_columns_by_name() -> None:
    (question,) = questions("#columns:Tags\tGUID\tFront\tBack\n#separator:tab\nbirds\tx1\tlark\tLerche")
    assert (question.text, question.answer, question.topic) == ("lark", ["Lerche"], "birds")


def test_a_column_that_recurs_is_the_topic() -> None:
    pairs = [("owl", "Eule", "x1", "Birds"), ("lark", "Lerche", "x2", "Birds"), ("ant", "Ameise", "", "Insects, small")]
    text = "\n".join("|".join(pair) for pair in [*pairs, ("bee", "Biene", "", "Insects, small")])
    done = imported(text)
    assert [question.topic for question in done.quiz.questions] == ["Birds", "Birds", *["Insects, small"] * 2]
    assert [(remark.reason, remark.imported) for remark in done.report.remarks] == [("without 1 more field", True)] * 2


def test_headings_of_the_sides_are_no_card() -> None:
    assert [question.text for question in questions("Front\tBack\nowl\tEule\n")] == ["owl"]


def test_a_back_that_repeats_the_front() -> None:
    (question,) = questions('#html:true\nWho hoots?\t"Who hoots?\n\n<hr id=""answer"">\n\nThe owl"\n')
    assert question.answer == ["The owl"]


def test_pictures_and_sounds_are_left_out() -> None:
    text = '#html:true\n"<img src=""owl.jpg"">"\tan owl\nhoot [sound:owl.mp3]\tEule\nowl\t<div><img src=o.png></div>\n'
    done = imported(text)
    assert [(question.text, question.answer) for question in done.quiz.questions] == [("hoot", ["Eule"])]
    assert [(remark.place, remark.reason) for remark in done.report.remarks] == [
        ("line 2", "the question is only a picture or sound, which is not in the file"),
        ("line 3", "without its picture or sound, which is not in the file"),
        ("line 4", "the answer is only a picture or sound, which is not in the file"),
    ]


def test_html_is_text_where_the_file_says_so() -> None:
    assert questions("#html:false\n1 &lt; 2, <b>or</b>?\tyes")[0].text == "1 &lt; 2, <b>or</b>?"


def test_a_question_for_each_gap() -> None:
    done = imported(CLOZE)
    assert [(question.text, question.answer, question.explanation) for question in done.quiz.questions] == [
        ("The ____ hunts at night and the ____ sees.", ["owl"], "Really."),
        ("The owl hunts at ____ (when?) and the owl sees.", ["night"], "Really."),
    ]
    assert (done.report.found, done.report.imported, done.report.questions) == (1, 1, 2)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("{{c1::an owl}} and {{c1::a lark}}", "one gap with several answers"),
        ("{{c1::an {{c2::owl}} at night}}", "a gap within a gap"),
        ("An {{c1::::bird}}", "the answer is empty"),
        ("".join(f"{{{{c{number}::x}}}}" for number in range(21)), "gaps: 21, in 200 characters (at most 20 in 1000)"),
        ("{{c1::owl}}" + "x" * 497, "the question has 501 characters (at most 500)"),
        ("{{c1::owl}}" + "x" * 990, "gaps: 1, in 1001 characters (at most 20 in 1000)"),
        ("owl\t" + "x" * 201, "the answer has 201 characters, too many to type (at most 200)"),
        ("owl\t" + "x" * 10_001, "a field has 10001 characters (at most 10000)"),
    ],
)
def test_cards_that_cannot_be_asked(card: str, reason: str) -> None:
    assert refused(f"#html:true\n{card}\n") == [("line 2", reason)]


@pytest.mark.parametrize(
    "text",
    [
        "It was night; the owl hooted.\nNobody heard it.\n\nThe lark slept; it dreamt.\n",
        "name,age\nAnn,7\nBob,8\n",
        "word\tpos\tlevel\nowl\tnoun\tB1\n",
        "article|word_de\ndas|Nest\n",
        "0|owl\n1|lark\n2|ant\n",
        "Pergunta;Resposta 1;Resposta 2;Resposta correta\nQuem?;Ann;Bob;2\n",
        "| Bird | Sound |\n|---|---|\n| owl | hoots |\n",
        "def hoot():\n\treturn 'hoot'\n\n\ndef sing():\n\treturn 1;\n",
        "a { color: red; }\nb { color: blue; }\n",
        "# only remarks\n",
        "",
    ],
)
def test_what_looks_different(text: str) -> None:
    with pytest.raises(UnknownFormat):
        importing.read(text.encode())


def test_many_columns_with_pictures_are_cards() -> None:
    assert questions('owl;Eule;<img src="owl.png">;Birds\n')[0].answer == ["Eule"]


def test_a_quotation_mark_without_end() -> None:
    with pytest.raises(Unreadable, match=r"Line 32770: field larger than field limit"):
        importing.read(('#html:true\n"' + "owl\n" * 40_000).encode())


PIECES = st.sampled_from(
    [
        *'\t\n"#;|<>&',
        "#separator:",
        "#tags column:2\n",
        "{{c1::",
        "::",
        "}}",
        "<img>",
        "[sound:x]",
        '<hr id="answer">',
        "owl",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5)).map("".join))
@example("#deck column:" + "9" * 5_000 + "\na\tb")
@example('#separator:"\na"b')
@example("#separator:\n")
@example("#separator:\\n\n")
def test_whatever_the_file_only_refusals(text: str) -> None:
    with contextlib.suppress(Refusal):
        report = importing.read(("#html:true\n" + text).encode()).report
        assert report.found == report.imported + report.refused


@pytest.mark.parametrize(
    ("piece", "refusal"),
    [
        ("owl\tEule\n", TooLarge),
        ('"owl\tEule\n', TooLarge),
        ("owl\t", TooLarge),
        ('"\n"\t', TooLarge),
        ("<!--" * 2_400 + "\tb\n", None),
        ("{{c1::" * 1_600 + "\n", None),
        ("".join(f"{{{{c{number}::x}}}}" for number in range(20)) + "x" * 700 + "\n", TooLarge),
    ],
)
def test_ten_megabytes_take_seconds(piece: str, refusal: type[Refusal] | None) -> None:
    data = b"#html:true\n" + (piece * (MAX_FILE // len(piece) + 1)).encode()[: MAX_FILE - 100]
    start = time.process_time()
    with pytest.raises(refusal) if refusal else contextlib.nullcontext():
        importing.read(data)
    assert time.process_time() - start < 10
