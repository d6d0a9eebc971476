"""What the pages say: every text in every language, with all its plurals, and none that nothing says."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import leaderboard
from tests.clients import node_js

WEB = Path(leaderboard.__file__).parent / "web"
FOLDER = WEB / "languages"
PARTS = sorted(file.stem for file in (FOLDER / "en").glob("*.json"))
LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())
OTHERS = [name for name in LANGUAGES if name != "en"]
SOURCES = {
    file.relative_to(WEB).as_posix(): file.read_text()
    for file in WEB.rglob("*.js")
    if not file.relative_to(WEB).as_posix().startswith(("vendor/", "sdk/"))
}
ORDINAL = {"place"}
FORMS = ("zero", "one", "two", "few", "many", "other")
PLURALS = "console.log(JSON.stringify(new Intl.PluralRules(process.argv[1], {type: process.argv[2]}).resolvedOptions().pluralCategories))"  # noqa: E501

Texts = dict[str, str]


def texts(language: str, part: str) -> Texts:
    def once(pairs: list[tuple[str, str]]) -> Texts:
        assert len({key for key, _ in pairs}) == len(pairs), "a text stands there twice"
        return dict(pairs)

    found: Texts = json.loads((FOLDER / language / f"{part}.json").read_text(), object_pairs_hook=once)
    assert all(isinstance(text, str) and text.strip() for text in found.values())
    return found


def families(found: Texts) -> set[str]:
    """Names of texts that have a form for each plural."""
    return {key.removesuffix(".other") for key in found if key.endswith(".other")}


def family(key: str, names: set[str]) -> str | None:
    """The one of these that a text is a form of."""
    name, _, form = key.rpartition(".")
    return name if name in names and form in FORMS else None


def categories(language: str, kind: str) -> set[str]:
    """The forms that a language has, by CLDR."""
    shown = subprocess.run([*node_js(), "-e", PLURALS, language, kind], capture_output=True, text=True, check=True)
    return set(json.loads(shown.stdout))


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_languages_to_choose_from_are_those_that_are_there() -> None:
    [chosen] = re.findall(r"LANGUAGES = \{(.*?)\}", SOURCES["language.js"])
    assert sorted(re.findall(r"(\w+):", chosen)) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_is_said_in_every_language(language: str) -> None:
    plural, ordinal = categories(language, "cardinal"), categories(language, "ordinal")
    assert sorted(file.stem for file in (FOLDER / language).iterdir()) == PARTS
    for part in PARTS:
        english, other = texts("en", part), texts(language, part)
        wanted = families(english)
        single = {key for key in english if family(key, wanted) is None}
        forms = {f"{name}.{form}" for name in wanted for form in (ordinal if name in ORDINAL else plural)}
        assert other.keys() == single | forms, part


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_put_into_a_text_has_its_place_in_every_language(language: str) -> None:
    for part in PARTS:
        english = texts("en", part)
        for key, text in texts(language, part).items():
            name, _, form = key.rpartition(".")
            if key in english:
                # "a place" needs no number, neither in English nor elsewhere
                assert gaps(text) - {"n"} == gaps(english[key]) - {"n"}, key
            else:
                assert gaps(text) - {"n"} == gaps(english[f"{name}.other"]) - {"n"}, (key, form)


def said() -> tuple[set[str], set[str]]:
    """Texts that the pages name, and beginnings (and ends) of those whose names they put together."""
    pages = "".join(file.read_text() for file in (WEB / "index.html", *(WEB / "play").glob("*.html")))
    whole, begun = set(re.findall(r"\{\{([\w.]+)\}\}", pages)), set()
    for source in SOURCES.values():
        for text in re.findall(r'"([A-Za-z]\w*(?:\.[\w-]+)*)"', source):
            whole.add(text)
        for text in re.findall(r"`([a-z][\w.]*)\$\{", source):
            begun.add(text)
    return whole, begun


def above(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b` and `a`: the name may be put together of one of these and what comes after it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def test_every_text_that_is_asked_for_is_there() -> None:
    known = {key for part in PARTS for key in texts("en", part)}
    known |= {name for part in PARTS for name in families(texts("en", part))}
    for name, source in SOURCES.items():
        asked = set(re.findall(r'(?<![.\w])(?:t|rich|has)\("([^"]+)"', source))
        assert asked <= known, name


def test_no_text_is_there_for_nothing() -> None:
    whole, begun = said()
    silent = []
    for part in PARTS:
        found = texts("en", part)
        names = {family(key, families(found)) or key for key in found}
        silent += [
            f"{part}: {name}"
            for name in sorted(names)
            if not {*above(name)} & whole and not name.startswith(tuple(begun))
        ]
    assert silent == []


def test_a_view_calls_by_the_same_name_only_what_takes_the_same() -> None:
    """Its texts stand above those of the page: what several views are made of goes on asking for the latter."""
    page = texts("en", "studio") | texts("en", "play")
    for part in set(PARTS) - {"play", "studio", "screen"}:
        for key, text in texts("en", part).items():
            assert gaps(text) <= gaps(page.get(key, text)), f"{part}: {key}"
