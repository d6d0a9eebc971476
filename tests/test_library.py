"""The library: what is kept is found, edits do not overwrite each other, and nothing grows past its bound."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest
from click.testing import CliRunner

from leaderboard import cli
from leaderboard.errors import (
    BadQuiz,
    Busy,
    IdReused,
    LibraryFull,
    Malformed,
    NoSuchAccount,
    NoSuchDocument,
    NoSuchQuestion,
    Outdated,
    Unauthorized,
)
from leaderboard.quiz import editing
from leaderboard.quiz.content import MAX_QUIZ, Question, Quiz
from leaderboard.quiz.grading import fold
from leaderboard.quiz.importing import MAX_FILE
from leaderboard.quiz.searching import MAX_TERM, MOST_TERMS, terms_of, words_of
from leaderboard.state import library, turns
from leaderboard.state.ids import CHANCE, Source
from leaderboard.state.keys import LibraryKeys
from leaderboard.state.library import Document, Library, LibraryEntry, Wanted
from leaderboard.state.quizzes import Quizzes
from tests.nodes import ADMIN, QUESTIONS, Node, Nodes
from tests.world import PASSWORD, World

pytestmark = pytest.mark.anyio

OWNER = "admin"
replace = msgspec.structs.replace


def question(text: str = "Which?") -> Question:
    return Question(text, ["this", "that"], [0])


def quiz(title: str = "A quiz", number: int = 3, **fields: Any) -> Quiz:
    return Quiz(title, [question(f"Question {it}?") for it in range(number)], **fields)


def texts(of: Quiz) -> list[str]:
    return [it.text for it in of.questions]


async def keep(of: Library, title: str = "A quiz", owner: str = OWNER, **fields: Any) -> LibraryEntry:
    return await of.keep(owner, quiz(title, **fields), CHANCE)


async def titles(of: Library, wanted: Wanted, limit: int = 100) -> list[str]:
    """Of all pages."""
    found, cursor = [], None
    while True:
        page = await of.list(OWNER, wanted, limit, cursor)
        assert len(page.entries) <= limit
        found += [it.title for it in page.entries]
        if (cursor := page.next) is None:
            return found


# Without a Redis


def test_each_edit() -> None:
    made = quiz(number=3)
    assert texts(editing.put(made, 1, question("New?"))) == ["Question 0?", "New?", "Question 2?"]
    assert texts(editing.take_out(made, 0)) == ["Question 1?", "Question 2?"]
    assert texts(editing.insert(made, question("New?"), 0))[0] == "New?"
    assert texts(editing.insert(made, question("New?"), None))[-1] == "New?"
    assert texts(editing.insert(made, question("New?"), 3))[-1] == "New?"
    assert texts(editing.reorder(made, [2, 0, 1])) == ["Question 2?", "Question 0?", "Question 1?"]
    assert editing.copy(quiz("x" * 120)).title == "x" * 113 + " (copy)"
    assert texts(made) == ["Question 0?", "Question 1?", "Question 2?"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda it: editing.put(it, 3, question()), NoSuchQuestion),
        (lambda it: editing.take_out(it, -1), NoSuchQuestion),
        (lambda it: editing.insert(it, question(), 4), NoSuchQuestion),
        (lambda it: editing.reorder(it, [0, 1]), BadQuiz),
        (lambda it: editing.reorder(it, [0, 1, 1]), BadQuiz),
        (lambda it: editing.pick(it, 4, ""), BadQuiz),
        (lambda it: editing.insert(quiz(number=10_000), question(), 0), BadQuiz),
    ],
)
def test_edits_that_make_no_sense(change: Callable[[Quiz], Quiz], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change(quiz(number=3))


def test_picking_is_by_chance_and_in_order() -> None:
    made = quiz(number=50)
    picked = [texts(editing.pick(made, 20, str(seed))) for seed in range(20)]
    assert picked[3] == texts(editing.pick(made, 20, "3"))
    assert len({tuple(it) for it in picked}) == 20
    assert all(it == sorted(it, key=texts(made).index) and len(set(it)) == 20 for it in picked)


def test_words() -> None:
    assert words_of("Hà Nội's  CAPITALS, capitals!") == ["ha", "noi", "s", "capitals"]
    assert words_of("世界史 ガ") == ["世", "界", "史", "ガ"]
    assert words_of("abc漢字") == ["abc", "漢", "字"]
    assert words_of("हिन्दी") == ["हिन्दी"]
    assert words_of("!?") == []
    assert words_of("x" * 100) == ["x" * MAX_TERM]


def test_terms_have_a_bound_and_the_most_telling_ones_come_first() -> None:
    made = quiz("Title", description=" ".join(f"w{it}" for it in range(300)), tags=["Two Words"], language="en-GB")
    terms = terms_of(made)
    assert len(terms) == MOST_TERMS
    assert {"@en", "@en-gb", "#two\x1fwords", "title", "two", "words", "w0"} <= set(terms)
    assert terms == sorted(terms, key=str.encode)


# What is kept is found


async def test_what_is_kept_is_read_again(quizzes: Quizzes) -> None:
    made = quiz("Kept", description="d", language="en", tags=["t"], difficulty="easy")
    entry = await quizzes.library.keep(OWNER, made, CHANCE)
    assert (entry.title, entry.questions, entry.version, entry.archived) == ("Kept", 3, 1, False)
    assert (await quizzes.library.get(OWNER, entry.id)).quiz == made
    assert (await quizzes.library.list(OWNER, Wanted(), 10)).entries == [entry]
    for other in ("somebody", "admin2"):
        with pytest.raises(NoSuchDocument):
            await quizzes.library.get(other, entry.id)
    for no_id in ("", "x" * 12, "nobody", "../../quiz", "a:b"):
        with pytest.raises(NoSuchDocument):
            await quizzes.library.get(OWNER, no_id)


async def test_no_command_line_takes_an_id_for_an_option(quizzes: Quizzes) -> None:
    sources = [Source(bytes([number, 1])) for number in range(200)]
    assert any(it.id("document").startswith("-") for it in sources)
    assert not any([(await quizzes.library.keep(OWNER, quiz(), it)).id.startswith("-") for it in sources])


async def test_searching(quizzes: Quizzes) -> None:
    of = quizzes.library
    for title, tags, language in (
        ("Capitals of Europe", ["Geography", "easy one"], "en"),
        ("Capital cities: Hà Nội", ["geography"], "en-GB"),
        ("世界史", [], "ja"),
        ("Empty", [], ""),
    ):
        await keep(of, title, tags=tags, language=language)
        await asyncio.sleep(0.002)  # within a millisecond they have no order
    assert await titles(of, Wanted("cap")) == ["Capital cities: Hà Nội", "Capitals of Europe"]
    assert await titles(of, Wanted("capitals")) == ["Capitals of Europe"]
    assert await titles(of, Wanted("NOI cap")) == ["Capital cities: Hà Nội"]
    assert await titles(of, Wanted("界")) == ["世界史"]
    assert await titles(of, Wanted("ci ca eu")) == []
    assert sorted(await titles(of, Wanted(tag="GEOGRAPHY"))) == ["Capital cities: Hà Nội", "Capitals of Europe"]
    assert await titles(of, Wanted(tag="easy one")) == ["Capitals of Europe"]
    assert await titles(of, Wanted(tag="easy")) == []
    assert len(await titles(of, Wanted(language="en"))) == 2
    assert await titles(of, Wanted(language="en-GB")) == ["Capital cities: Hà Nội"]
    assert await titles(of, Wanted("cap", language="ja")) == []
    assert await titles(of, Wanted()) == ["Empty", "世界史", "Capital cities: Hà Nội", "Capitals of Europe"]
    assert await titles(of, Wanted(archived=True)) == []


async def test_a_quiz_with_several_words_of_one_beginning_comes_once(quizzes: Quizzes) -> None:
    await keep(quizzes.library, "cat catalogue category")
    await keep(quizzes.library, "the category")
    assert sorted(await titles(quizzes.library, Wanted("cat"), limit=1)) == ["cat catalogue category", "the category"]


async def test_a_page_looks_at_so_much_and_no_more(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two words that are never together: pages are empty, and say where to go on."""
    monkeypatch.setattr(library, "MOST_CHECKED", 200)
    for number in range(240):
        await keep(quizzes.library, "north" if number % 2 else "south", number=0)
    await keep(quizzes.library, "north south")
    first = await quizzes.library.list(OWNER, Wanted("south north"), 10)
    assert first.next is not None
    assert await titles(quizzes.library, Wanted("south north")) == ["north south"]


@pytest.mark.parametrize(
    "cursor", ["x", "WzEsIngiXQ==", "WzksIjAgIl0=", "WzAsIjAgIl0=", "WzEsIjEgeCJd", "ÿ", "bnVsbA=="]
)
async def test_cursors_that_are_none(quizzes: Quizzes, cursor: str) -> None:
    await keep(quizzes.library)
    with pytest.raises(Malformed):
        await quizzes.library.list(OWNER, Wanted(), 10, cursor)


WORDS = ["a", "ab", "abc", "b", "ba", "世", "é"]
STEPS = st.tuples(
    st.sampled_from(["keep", "keep", "keep", "replace", "archive", "restore", "delete"]),
    st.integers(0, 5),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.sampled_from(["", "x", "x y"]),
)


def test_the_index_is_true_after_any_changes(redis_url: str) -> None:
    """Against a list of what there is, searched by hand."""

    @hypothesis.settings(max_examples=25, deadline=None)
    @hypothesis.given(st.lists(STEPS, max_size=12))
    def play(steps: list[tuple[str, int, list[str], str]]) -> None:
        asyncio.run(played(steps))

    async def played(steps: list[tuple[str, int, list[str], str]]) -> None:
        quizzes = Quizzes(redis_url)
        quizzes.start()
        try:
            await quizzes.library.clear(OWNER)
            await quizzes.gallery.clear(OWNER)
            known: list[LibraryEntry] = []
            for step in steps:
                await change(quizzes.library, known, *step)
            await compare(quizzes, known)
        finally:
            await quizzes.stop()

    play()


async def change(of: Library, known: list[LibraryEntry], verb: str, number: int, words: list[str], tag: str) -> None:
    """One step, in the library and in the list, the latest change first."""
    made = quiz(" ".join(words), number % 3, tags=[tag] if tag else [])
    if verb == "keep":
        known.insert(0, await of.keep(OWNER, made, CHANCE))
        return
    if not known:
        return
    old = known.pop(number % len(known))
    if verb == "delete":
        await of.delete(OWNER, old.id, None)
    elif verb == "replace":
        known.insert(0, await of.edit(OWNER, old.id, None, lambda it: replace(it, quiz=made)))
    else:
        known.insert(0, await of.edit(OWNER, old.id, None, lambda it: replace(it, archived=verb == "archive")))


async def compare(quizzes: Quizzes, known: list[LibraryEntry]) -> None:
    of, keys = quizzes.library, LibraryKeys(OWNER)
    order = sorted(known, key=lambda it: (-it.changed_at, it.id))
    for archived in (False, True):
        there = [it for it in order if it.archived == archived]
        assert await listed(of, Wanted(archived=archived), 2) == there
        for tag in ("x", "x y"):
            assert await listed(of, Wanted(tag=tag, archived=archived), 2) == [it for it in there if tag in it.tags]
        for search in (*WORDS, "a b", "ab 世", "a ab"):
            wanted = [it for it in there if all(has(it, word) for word in search.split())]
            found = await listed(of, Wanted(search, archived=archived), 2)
            assert len(found) == len(wanted)
            assert {it.id for it in found} == {it.id for it in wanted}
    terms = [len(terms_of((await of.get(OWNER, it.id)).quiz)) for it in known]
    assert await quizzes.writer.command("ZCARD", keys.index) == len(known) + sum(terms)
    used = dict(zip(*[iter(await quizzes.writer.command("HGETALL", keys.used))] * 2, strict=True))
    costs = [int(await quizzes.writer.command("HGET", keys.document(it.id), "cost")) for it in known]
    assert {name.decode(): int(value) for name, value in used.items() if value != b"0"} == (
        {"documents": len(known), "bytes": sum(costs)} if known else {}
    )


async def listed(of: Library, wanted: Wanted, limit: int) -> list[LibraryEntry]:
    found, cursor = [], None
    while True:
        page = await of.list(OWNER, wanted, limit, cursor)
        found += page.entries
        if (cursor := page.next) is None:
            return found


def has(entry: LibraryEntry, word: str) -> bool:
    return any(it.startswith(fold(word)) for it in fold(f"{entry.title} {' '.join(entry.tags)}").split())


# Two at once, and the same twice


async def test_of_many_editors_one_wins(quizzes: Quizzes) -> None:
    made = await keep(quizzes.library)

    async def edit(number: int) -> int:
        change = lambda it: replace(it, quiz=replace(it.quiz, title=f"By {number}"))  # noqa: E731
        with contextlib.suppress(Outdated):
            await quizzes.library.edit(OWNER, made.id, frozenset({"1"}), change)
            return number
        return -1

    won = {await it for it in asyncio.as_completed([edit(number) for number in range(30)])} - {-1}
    assert len(won) == 1
    now = await quizzes.library.get(OWNER, made.id)
    assert (now.quiz.title, now.version) == (f"By {won.pop()}", 2)


async def test_who_takes_any_version_overwrites_nothing(quizzes: Quizzes) -> None:
    made = await keep(quizzes.library, number=0)

    def add(it: Document) -> Document:
        return replace(it, quiz=editing.insert(it.quiz, question(), None))

    await asyncio.gather(*(quizzes.library.edit(OWNER, made.id, None, add) for _ in range(4)))
    now = await quizzes.library.get(OWNER, made.id)
    assert (len(now.quiz.questions), now.version) == (4, 5)


async def test_a_call_whose_reply_was_lost(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer sends it again: each change happens once."""
    call = quizzes.writer.call

    def twice(verb: str, keys: list[str], *args: Any) -> Any:
        call(verb, keys, *args)
        return call(verb, keys, *args)

    monkeypatch.setattr(quizzes.writer, "call", twice)
    made = await keep(quizzes.library)
    other = await keep(quizzes.library)
    changed = await quizzes.library.edit(OWNER, made.id, frozenset({"1"}), lambda it: replace(it, archived=True))
    assert changed.version == 2
    await quizzes.library.delete(OWNER, other.id, frozenset({"1"}))
    await compare(quizzes, [changed])


async def test_large_quizzes_take_turns(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = [await keep(quizzes.library, number=number) for number in (3_000, 3)]
    monkeypatch.setattr(turns, "MOST_WAITING", 0)
    for work in (quizzes.library.get(OWNER, large.id), quizzes.library.edit(OWNER, large.id, None, lambda it: it)):
        with pytest.raises(Busy):
            await work
    await quizzes.library.get(OWNER, small.id)
    await quizzes.library.edit(OWNER, small.id, None, lambda it: it)
    assert (await quizzes.library.text(OWNER, large.id))[0] == 1  # to pass it on is no work


async def test_a_change_is_not_made_again_after_that_of_somebody_else(
    quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await keep(quizzes.library, number=0)
    sent: list[Any] = []
    call = quizzes.writer.call

    def noted(*it: Any) -> Any:
        sent.append(it)
        return call(*it)

    monkeypatch.setattr(quizzes.writer, "call", noted)

    def add(it: Document) -> Document:
        return replace(it, quiz=editing.insert(it.quiz, question(), None))

    first, *others = [await quizzes.library.edit(OWNER, made.id, None, add) for _ in range(5)]
    assert await call(*sent[0]) == [0, first.version, first.created_at, first.changed_at]
    assert (await quizzes.library.get(OWNER, made.id)).version == others[-1].version
    for _ in range(30):
        await quizzes.library.edit(OWNER, made.id, None, lambda it: it)
    assert len(await quizzes.writer.command("HGET", LibraryKeys(OWNER).document(made.id), "changes")) <= 1000


async def test_a_request_that_is_repeated(quizzes: Quizzes) -> None:
    first = await quizzes.library.keep(OWNER, quiz(), Source(b"key", b"content"))
    await quizzes.library.edit(OWNER, first.id, None, lambda it: replace(it, quiz=quiz("Later")))
    again = await quizzes.library.keep(OWNER, quiz(), Source(b"key", b"content"))
    assert again == first
    assert (await quizzes.library.get(OWNER, first.id)).quiz.title == "Later"
    with pytest.raises(IdReused):
        await quizzes.library.keep(OWNER, quiz("Other"), Source(b"key", b"other"))
    assert len((await quizzes.library.list(OWNER, Wanted(), 10)).entries) == 1


async def test_deleting(quizzes: Quizzes) -> None:
    made = await keep(quizzes.library)
    with pytest.raises(Outdated):
        await quizzes.library.delete(OWNER, made.id, frozenset({"7"}))
    await quizzes.library.delete(OWNER, made.id, frozenset({"1"}))
    with pytest.raises(NoSuchDocument):
        await quizzes.library.delete(OWNER, made.id, frozenset({"1"}))
    with pytest.raises(NoSuchDocument):
        await quizzes.library.edit(OWNER, made.id, None, lambda it: it)


# Bounds


async def test_the_room_is_not_overdrawn_by_many_at_once(quizzes: Quizzes) -> None:
    of = quizzes.library
    await keep(of)
    each = int(await quizzes.writer.command("HGET", LibraryKeys(OWNER).used, "bytes"))
    of.most_bytes = 10 * each + each // 2
    done = await asyncio.gather(*(keep(of) for _ in range(30)), return_exceptions=True)
    assert sum(isinstance(it, LibraryEntry) for it in done) == 9
    assert sum(isinstance(it, LibraryFull) for it in done) == 21
    kept = next(it for it in done if isinstance(it, LibraryEntry))
    with pytest.raises(LibraryFull):
        await of.edit(OWNER, kept.id, None, lambda it: replace(it, quiz=quiz(number=30)))
    smaller = await of.edit(OWNER, kept.id, None, lambda it: replace(it, quiz=quiz(number=1)))
    assert smaller.questions == 1
    assert (await keep(of, owner="somebody")).version == 1


async def test_there_are_so_many_quizzes_and_no_more(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MOST_DOCUMENTS", 2)
    first = await keep(quizzes.library)
    await keep(quizzes.library)
    with pytest.raises(LibraryFull, match="2 quizzes"):
        await keep(quizzes.library)
    await quizzes.library.edit(OWNER, first.id, None, lambda it: replace(it, quiz=quiz("Other")))
    await quizzes.library.delete(OWNER, first.id, None)
    await keep(quizzes.library)


async def test_a_library_goes_with_its_account(quizzes: Quizzes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "CLEARED_AT_ONCE", 3)
    person = await quizzes.accounts.create("a@example.org", PASSWORD, "Ana", "host")
    for number in range(8):
        kept = await keep(quizzes.library, f"Words {number} of it", owner=person.id)
    await quizzes.library.edit(person.id, kept.id, None, lambda it: replace(it, archived=True))
    await quizzes.gallery.keep(person.id, b"GIF89a" + bytes(30))
    await keep(quizzes.library)
    await quizzes.accounts.delete(person.id)
    left = await quizzes.writer.command("KEYS", f"library:{{{person.id}}}:*")
    assert {it.decode().rsplit(":", 2)[-2] for it in left} == {f"{{{person.id}}}", "media"}
    assert all([await quizzes.writer.command("PTTL", it) > 0 for it in left])  # what somebody may read just now
    for late in (keep(quizzes.library, owner=person.id), quizzes.gallery.keep(person.id, b"GIF89a" + bytes(31))):
        with pytest.raises(Unauthorized):  # its request came before
            await late
    assert await titles(quizzes.library, Wanted()) == ["A quiz"]


async def test_it_is_cleared_before_the_account_goes_and_after(quizzes: Quizzes) -> None:
    """Before, so that a node that dies on the way leaves nothing that nobody owns; after, for what was on its way."""
    person = await quizzes.accounts.create("a@example.org", PASSWORD, "Ana", "host")
    seen = []

    async def clear(account: str) -> None:
        with contextlib.suppress(NoSuchAccount):
            await quizzes.accounts.profile(account)
            seen.append("there")
            return
        seen.append("gone")

    quizzes.accounts.clear = clear
    await quizzes.accounts.delete(person.id)
    assert seen == ["there", "gone"]


# Over HTTP


@pytest.fixture
def world(nodes: Nodes) -> World:
    return World(nodes.start())


def test_over_http(world: World) -> None:
    node, token = world.node, world.owner

    def http(method: str, path: str, body: Any = None, match: str = "", who: str = token) -> Any:
        options = {"json": body} if body is not None else {}
        return node.http(method, f"/v1/library{path}", who, headers={"if-match": match} if match else {}, **options)

    made = http("POST", "", {"title": "Three", "questions": QUESTIONS})
    assert (made.status_code, made.headers["etag"], made.json()["questions"]) == (201, '"1"', 3)
    at = f"/{made.json()['id']}"
    assert http("PUT", f"{at}/order", {"order": [2, 0, 1]}).json()["code"] == "IF_MATCH_NEEDED"
    changed = http("PUT", f"{at}/order", {"order": [2, 0, 1]}, '"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    for stale in ('"1"', 'W/"2"', "2", '"x"', '""'):
        assert http("PUT", f"{at}/order", {"order": [2, 0, 1]}, stale).json()["code"] == "OUTDATED", stale
    one = QUESTIONS[0] | {"text": "New?"}
    assert http("POST", f"{at}/questions?at=0", one, '"1", "2"').json()["questions"] == 4
    assert http("PUT", f"{at}/questions/3", one, "*").json()["version"] == 4
    assert http("DELETE", f"{at}/questions/1", None, "*").json()["questions"] == 3
    assert http("PUT", f"{at}/questions/9", one, "*").json()["code"] == "NO_SUCH_QUESTION"
    assert http("PUT", f"{at}/questions/x", one, "*").json()["code"] == "NO_SUCH_QUESTION"
    read = http("GET", at)
    assert [it["text"] for it in read.json()["questions"]] == ["New?", "Two and two?", "New?"]
    assert http("PUT", at, read.json(), read.headers["etag"]).json()["version"] == 6
    copy = http("POST", f"{at}/duplicate").json()
    assert copy["title"] == "Three (copy)"
    assert http("POST", f"{at}/archive", {"archived": True}, "*").json()["archived"]
    assert [it["title"] for it in http("GET", "?search=thr").json()["entries"]] == ["Three (copy)"]
    assert [it["title"] for it in http("GET", "?archived=true").json()["entries"]] == ["Three"]
    for who in (world.organizer, ADMIN):
        for method, path in (("GET", at), ("DELETE", at), ("POST", f"{at}/duplicate")):
            assert http(method, path, None, "*", who).json()["code"] == "NO_SUCH_DOCUMENT"
    assert http("GET", at, who=world.key_token).status_code == 200
    assert http("DELETE", at, None, '"7"').status_code == 204
    assert http("GET", at).status_code == 404


def test_a_quiz_is_played_from_a_copy(world: World) -> None:
    node = world.node
    path = f"/v1/library/{world.document}"
    many = {"title": "Many", "questions": [QUESTIONS[0] | {"text": f"Question {it}?"} for it in range(600)]}
    assert node.http("PUT", path, world.owner, json=many, headers={"if-match": "*"}).status_code == 200
    assert node.http("POST", f"{path}/play", world.owner, json={}).json()["code"] == "BAD_QUIZ"
    assert node.http("POST", f"{path}/play", world.owner, json={"pick": 601}).json()["code"] == "BAD_QUIZ"
    key = {"idempotency-key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}
    again = [node.http("POST", f"{path}/play", world.owner, json={"pick": 20}, headers=key).json() for _ in range(2)]
    assert again[0] == again[1]
    seeded = [world.make(f"{path}/play", world.owner, pick=20, seed="s") for _ in range(2)]
    by_chance = [world.make(f"{path}/play", world.owner, pick=20) for _ in range(2)]
    assert node.http("DELETE", path, world.owner, headers={"if-match": "*"}).status_code == 204
    asked = [
        node.http("GET", f"/v1/quizzes/{it['id']}", it["host_token"]).json()["questions"] for it in seeded + by_chance
    ]
    assert {len(it) for it in asked} == {20}
    assert asked[0] == asked[1]
    assert asked[2] != asked[3]
    hosted = node.http("GET", "/v1/account/quizzes", world.owner).json()["rows"]
    assert seeded[0]["id"] in {it["quiz"] for it in hosted}


def test_what_is_wrong_is_said_in_words(world: World) -> None:
    def said(**changes: Any) -> tuple[str, str]:
        body = {"title": "Test", "questions": [QUESTIONS[0], QUESTIONS[1] | changes]}
        replies = [world.node.http("POST", path, ADMIN, json=body).json() for path in ("/v1/library", "/v1/quizzes")]
        assert replies[0] == replies[1]
        return replies[0]["code"], replies[0]["detail"]

    assert said(points="many") == ("MALFORMED", "Question 2, points: expected a whole number, but it is a text.")
    assert said(answer=[5]) == ("BAD_QUIZ", "Question 2: answer 5, but there are 4 choices (0–3).")
    assert said(colour=1)[1].startswith("Question 2: ")
    body = {"title": "Test", "questions": QUESTIONS, "language": "a language"}
    reply = world.node.http("POST", "/v1/library", ADMIN, json=body).json()
    assert reply["detail"] == "Language: expected a language such as en or pt-BR."
    made = world.node.http("POST", "/v1/library", ADMIN, json=body | {"language": "en"}).json()["id"]
    reply = world.node.http(
        "POST", f"/v1/library/{made}/questions", ADMIN, json=QUESTIONS[0] | {"type": "quiz"}, headers={"if-match": "*"}
    ).json()
    assert reply["detail"] == "Type: 'quiz' is none of one, several, boolean, number, text, order, poll."


def test_how_large_a_quiz_may_be(world: World) -> None:
    long = QUESTIONS[0] | {"text": "x" * 500, "explanation": "ü" * 500, "choices": ["漢" * 200, "字" * 200]}
    body = {"title": "Large", "questions": [long | {"answer": [1]}] * 500}
    content = json.dumps(body, ensure_ascii=False).encode()
    assert 1 << 20 < len(content) < MAX_QUIZ
    for path in ("/v1/library", "/v1/quizzes"):
        assert world.node.http("POST", path, ADMIN, content=content).status_code == 201
        reply = world.node.http("POST", path, ADMIN, content=content + b" " * MAX_QUIZ)
        assert reply.json()["code"] == "TOO_LARGE"


def test_what_is_kept_can_be_sent_back_whole(world: World) -> None:
    """Its JSON has all fields, so it is longer than what was sent."""
    one = {"text": "x" * 100, "choices": [f"{it} " + "x" * 28 for it in range(4)], "answer": [1]}
    sent = json.dumps({"title": "Large", "questions": [one] * 10_000}).encode()
    path = "/v1/library/" + world.node.http("POST", "/v1/library", ADMIN, content=sent).json()["id"]
    kept = world.node.http("GET", path, ADMIN)
    assert len(kept.content) > max(len(sent), 4 << 20)
    again = world.node.http("PUT", path, ADMIN, content=kept.content, headers={"if-match": kept.headers["etag"]})
    assert again.status_code == 200, again.text
    long = json.dumps(
        {"title": "Long", "questions": [one | {"explanation": "x" * 480, "image_alt": "x" * 120}] * 10_000}
    ).encode()
    assert MAX_QUIZ < len(long) < MAX_FILE
    refused = world.node.http("POST", "/v1/quizzes/import", ADMIN, content=long).json()
    assert refused["code"] == "BAD_QUIZ"
    assert "bytes as JSON; a quiz has at most" in refused["detail"]


def test_two_editors_on_two_nodes(nodes: Nodes) -> None:
    both = [nodes.start(), nodes.start()]
    made = both[0].http("POST", "/v1/library", ADMIN, json={"title": "Test", "questions": QUESTIONS}).json()

    def edit(node: Node, version: int) -> int:
        body = {"title": f"Version {version}", "questions": QUESTIONS}
        match = {"if-match": f'"{version}"'}
        return node.http("PUT", f"/v1/library/{made['id']}", ADMIN, json=body, headers=match).status_code

    with ThreadPoolExecutor(8) as editors:
        for version in range(1, 6):
            codes = [*editors.map(lambda it, version=version: edit(both[it % 2], version), range(8))]
            assert sorted(codes) == [200] + [412] * 7


# From the command line


def run(url: str, *arguments: str, fails: bool = False, editor: str = "") -> str:
    done = CliRunner().invoke(cli.main, ["library", *arguments, "--redis-url", url], env={"EDITOR": editor})
    assert (done.exit_code != 0) == fails, done.output
    return done.output


def test_the_command_line(real_url: str, tmp_path: Path) -> None:
    file, one = tmp_path / "quiz.toml", tmp_path / "question.toml"
    file.write_text('title = "By hand"\n[[questions]]\ntext = "One?"\nchoices = ["a", "b"]\nanswer = ["b"]\n')
    one.write_text('text = "Two?"\ntype = "text"\nanswer = ["two"]\n')
    document = json.loads(run(real_url, "add", str(file), "--json"))["id"]
    run(real_url, "question", "insert", document, str(one), "--at", "1")
    run(real_url, "question", "put", document, "2", str(one))
    assert run(real_url, "show", document).count('"Two?"') == 2
    assert "By hand" in run(real_url, "list", "--search", "hand")
    run(real_url, "question", "delete", document, "1")
    assert "questions." in run(real_url, "question", "delete", document, "2", fails=True)
    run(real_url, "replace", document, str(file))
    version = json.loads(run(real_url, "archive", document, "--json"))["version"]
    assert "Somebody has changed it" in run(real_url, "restore", document, "--if-match", str(version - 1), fails=True)
    assert "Somebody has changed it" in run(real_url, "delete", document, "--if-match", str(version - 1), fails=True)
    assert run(real_url, "list").strip() == ""
    assert f"version {version + 1:3}" in run(real_url, "restore", document, "--if-match", str(version))
    run(real_url, "reorder", document, "1")
    assert "By hand (copy)" in run(real_url, "duplicate", document)
    made = json.loads(run(real_url, "play", document, "--pick", "1", "--json"))
    assert len(made["id"]) == 8
    picture = tmp_path / "picture"
    picture.write_bytes(b"GIF89a" + bytes(30))
    address = json.loads(run(real_url, "media", "add", str(picture), "--json"))["url"]
    assert address in run(real_url, "media", "list")
    run(real_url, "media", "delete", address)
    assert address not in run(real_url, "media", "list")
    run(real_url, "delete", document)
    assert "no such quiz" in run(real_url, "show", document, fails=True)
    assert "no such account" in run(real_url, "list", "--owner", "nobody@example.org", fails=True)
    file.write_text('title = "By hand"\n[[questions]]\ntext = "One?"\npoints = "many"\n')
    assert "Question 1, points: expected a whole number" in run(real_url, "add", str(file), fails=True)


def test_editing_in_an_editor(real_url: str, tmp_path: Path) -> None:
    file = tmp_path / "quiz.json"
    file.write_text(json.dumps({"title": "First", "questions": QUESTIONS}))
    document = json.loads(run(real_url, "add", str(file), "--json"))["id"]
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i s/First/Second/ $1\n")
    editor.chmod(0o700)
    assert "Second" in run(real_url, "edit", document, editor=str(editor))
    assert run(real_url, "edit", document, editor="true") == ""
    other = f"{sys.executable} -m leaderboard library replace {document} {file} --redis-url {real_url}"
    editor.write_text(f"#!/bin/sh\n{other}\nsed -i s/Second/Third/ $1\n")
    said = run(real_url, "edit", document, editor=str(editor), fails=True)
    kept = Path(said.split("What you wrote is in ")[1].strip().removesuffix("."))
    assert 'title = "Third"' in kept.read_text()
    kept.unlink()
    assert "First" in run(real_url, "show", document)
