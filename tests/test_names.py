"""What players may be called, and which names are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.errors import BadName
from leaderboard.quiz import names

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Ana", "Ana"),
        ("  Ána \t Bé  ", "Ána Bé"),
        ("Ａｎａ", "Ana"),
        ("❤\ufe0f", "❤"),
        ("👍🏽", "👍🏽"),
        ("王小明", "王小明"),
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("!?", "!?"),
        ("x" * 32, "x" * 32),
        ("e\u0301" * 32, "é" * 32),
        ("🇻🇳" * 32, "🇻🇳" * 32),
        (FAMILY, FAMILY),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_good_names(given: str, cleaned: str) -> None:
    assert names.clean(given) == cleaned


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "\u3000", "x" * 33, "x" * 5_000, "क्षि" * 32 + "x"),
        *("A\u0000", "A\u001b[1m", "A\u200bB", "A\u200dB", "A\u202eB", "A\u2066B", "A\ufeff", "A\u00adB"),
        *("A\ue000", "A\U000e0041", "A\u0378", "A\ud800", "A\u034fB", "A\u180bB"),
        *("A\u200cB", "Ana\u200c", "\u200d👩", "👩\u200d", "👩\u200dA", "می\u200dخ", "می\u200c\u200cخ"),
        *("\u2800", "A\u2800", "\u3164", "\uffa0", "\u115f", "A\U0001d159"),
        *("\u0301", "a" + "\u0323\u0301\u0302\u0303\u0304\u0305", "Z" + "\u0335" * 20),
    ],
)
def test_bad_names(name: str) -> None:
    with pytest.raises(BadName):
        names.clean(name)


def same(one: str, other: str) -> bool:
    """As a quiz decides it: whether any key is the same."""
    return bool(set(names.keys(names.clean(one))) & set(names.keys(names.clean(other))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Ana", "ana"), ("Ana", "АNA"), ("Ana", "Аna"), ("Ella", "EIla"), ("Bob1", "Bobl"), ("B0b", "BOb")),
        *((FAMILY, FAMILY.replace("\u200d", "")), ("می\u200cخواهم", "میخواهم")),
        *(("Straße", "STRASSE"), ("Ána", "A\u0301na"), ("ΣΑΣ", "σας"), ("Müller", "MÜLLER"), ("paypal", "раураl")),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Ella", "Elia"), ("Linh", "Lính"), ("王", "汪"), ("Đan", "Dan"), ("Ame", "Arne"), ("Ana", "Anna")),
        *(("P1", "P11"), ("か", "が"), ("Ana B", "AnaB")),
    ],
)
def test_another_name(one: str, other: str) -> None:
    assert not same(one, other)


def test_no_two_of_many_numbered_names_are_the_same() -> None:
    many = [key for number in range(20_000) for key in names.keys(f"Player {number}")]
    assert len(set(many)) == len(many)


@given(st.text(max_size=80))
def test_a_clean_name_stays_as_it_is(text: str) -> None:
    try:
        cleaned = names.clean(text)
    except BadName:
        return
    assert names.clean(cleaned) == cleaned
    assert all(names.keys(cleaned))
    assert names.skeleton(names.skeleton(cleaned)) == names.skeleton(cleaned)


@given(st.lists(st.sampled_from("a\u0301\u0323 \ufe0f\u00a8\u1100\u1161\u11a8ﬁ\u212a\u00b4ǆ\u0345"), max_size=60))
def test_neither_does_one_of_marks_and_spaces(signs: list[str]) -> None:
    test_a_clean_name_stays_as_it_is.hypothesis.inner_test("".join(signs))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "fuck",
            "FUCK you",
            "sh1t",
            "$hit!",
            "Sh1t99",
            "f.u.c.k",
            "F U C K",
            "ｆｕｃｋ",
            "fück",
            "fuсk",
            "Bob the Nigger",
        ),
        *("a55hole", "s|ut", "SLUT", "c-u-n-t"),
    ],
)
def test_offensive_names(name: str) -> None:
    with pytest.raises(BadName, match="not wanted"):
        names.refuse_offensive(names.clean(name))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Scunthorpe",
            "Dick Smith",
            "Cockburn",
            "Penistone",
            "Essex",
            "Hancock",
            "Fukuda",
            "Assad",
            "Niger",
            "Shiitake",
        ),
        *(
            "Cassandra",
            "Nguyễn Phúc",
            "Phuc",
            "Gay",
            "Fanny",
            "Kike",
            "Class of 99",
            "A S H",
            "1234",
            "王",
            "Analyst",
            "Titus",
        ),
    ],
)
def test_harmless_names(name: str) -> None:
    names.refuse_offensive(names.clean(name))


def test_invented_names() -> None:
    assert len(set(names.ADJECTIVES)) == len(set(names.ANIMALS)) == 40
    for attempt in range(8):
        name = names.invent(attempt)
        assert names.clean(name) == name
        names.refuse_offensive(name)
        assert len(name.split()) == (3 if attempt else 2)
