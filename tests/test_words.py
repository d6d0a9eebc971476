"""Word lists, as people have them."""

import contextlib
import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leaderboard.errors import NoQuestions, Refusal, TooLarge, Unreadable
from leaderboard.quiz.formats.source import Source
from leaderboard.quiz.importing import MAX_FILE
from leaderboard.quiz.words import Word, WordList, read_words

OWL = Word(
    "owl", "noun", "B1", "a bird that hunts at night", "Eule", ["hooter", "night bird"], "An owl hoots.", "Birds"
)


def read(text: str) -> WordList:
    return read_words(Source(text.encode()))


def words(text: str) -> list[Word]:
    return read(text).words


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_columns_are_found_by_their_headings_in_any_order(separator: str) -> None:
    bar = "; " if separator in ",\t" else ", "
    table = [
        ["Topic", "Example sentence", "CEFR", "Part of speech", "No.", "German", "Headword", "Definition", "Synonyms"],
        [
            "Birds",
            "An owl hoots.",
            "b1",
            "n.",
            "1",
            "Eule",
            "owl",
            "a bird that hunts at night",
            f'"hooter{bar}night bird"',
        ],
        ["Birds", "", "", "", "2", "", "lark", "", ""],
    ]
    assert words("\n".join(separator.join(row) for row in table)) == [OWL, Word("lark", field="Birds")]


def test_objects() -> None:
    entry = {"word": "owl", "pos": "noun", "level": "B1", "gloss": "a bird that hunts at night", "translation": "Eule"}
    more = {"synonyms": ["hooter", "night bird"], "example": "An owl hoots.", "field": "Birds", "rank": 7}
    assert words(json.dumps([entry | more])) == words(json.dumps({"words": [entry | more]})) == [OWL]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("word_en|word_ru|pos\nowl|сова|noun\n", Word("owl", "noun", translation="сова")),
        ("English,Turkish\nowl,baykuş\n", Word("owl", translation="baykuş")),
        ("Turkish,German\nbaykuş,Eule\n", Word("baykuş", translation="Eule")),
        ("German,meaning\nEule,owl\n", Word("Eule", meaning="owl")),
        ("article;word_de\ndie;Eule\n", Word("die Eule")),
        ("My list,\n\nword,level\nowl,A1\n", Word("owl", level="A1")),
        ("owl,Eule\n", Word("owl", translation="Eule")),
        ("0|owl\n1|lark\n", Word("owl")),
        ("#separator:tab\n#tags column:1\nbirds\t<b>owl</b>[sound:o.mp3]\tEule\n", Word("owl", translation="Eule")),
        ("headword,pos\na.m./A.M./am,adv\n", Word("a.m.", "adverb", variants=["A.M.", "am"])),
        ("word,synonyms\nowl,a|b;c\n", Word("owl", synonyms=["a", "b;c"])),
    ],
)
def test_shapes_of_lists(text: str, expected: Word) -> None:
    assert words(text)[0] == expected


def test_senses_are_rows_of_their_own() -> None:
    senses = words("word,pos,sense,meaning\nbat,noun,1,a flying animal\nbat,noun,2,a stick\n")
    assert [(sense.word, sense.meaning) for sense in senses] == [("bat", "a flying animal"), ("bat", "a stick")]


def test_what_cannot_be_used_is_reported_with_its_place() -> None:
    report = read(f"word,level,meaning\nowl,X1,{'x' * 501}\n,A1,nothing\n\n{'x' * 81},A1,\n").report
    assert (report.found, report.imported, report.refused) == (3, 1, 2)
    assert [(remark.place, remark.reason, remark.imported) for remark in report.remarks] == [
        (
            "row 2",
            "without its level “X1”, which is none of A1, A2, B1, B2, C1, C2; "
            "without its meaning, which has 501 characters (at most 500)",
            True,
        ),
        ("row 3", "there is no word", False),
        ("row 5", "the word has 81 characters (at most 80)", False),
    ]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("It was night.\nThe owl hooted.\n", Unreadable),
        ('{"title": "owls"}', Unreadable),
        ("[1, 2", Unreadable),
        ("[1, 2]", NoQuestions),
        ("word,level\n,A1\n", NoQuestions),
        (json.dumps([{"word": "owl", "pos": "n"}] * 20_001), TooLarge),
        ("", Unreadable),
    ],
)
def test_what_is_no_word_list(text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read(text)


def test_a_word_has_some_senses_and_synonyms_at_most() -> None:
    many = "|".join(f"s{number}" for number in range(101))
    report = read("word,synonyms\n" + "owl,hooter\n" * 101 + f"lark,{many}\n").report
    assert [(remark.place, remark.reason) for remark in report.remarks] == [
        ("row 102", "it has more than 100 senses or 100 synonyms"),
        ("row 103", "it has more than 100 senses or 100 synonyms"),
    ]


PIECES = st.sampled_from(
    [*',;|\t\n"#[]{}/', "word", "German", "level", "B1", "owl", "#separator:tab\n", '{"word":', "<b>"]
)


@given(st.lists(PIECES | st.text(max_size=4)).map("".join))
@example('[{"word": [[[1]]], "pos": {"a": 1}}, {"word": 5, "pos": null}]')
@example("a/b,c\n/,d\n")
def test_whatever_the_file_only_refusals(text: str) -> None:
    with contextlib.suppress(Refusal):
        found = read(text)
        assert found.report.found == found.report.imported + found.report.refused
        assert len(found.words) == found.report.imported
        assert all(word.word.strip() == word.word != "" for word in found.words)


@pytest.mark.parametrize(
    "piece", ["word,level\n", "owl,Eule\n", '[{"word":"owl","pos":"n"},', "a;" * 40 + "\n", "/" * 999 + ",b\n"]
)
def test_ten_megabytes_take_seconds(piece: str) -> None:
    data = (piece * (MAX_FILE // len(piece))).encode()
    start = time.process_time()
    with contextlib.suppress(Refusal):
        read_words(Source(data))
    assert time.process_time() - start < 10
