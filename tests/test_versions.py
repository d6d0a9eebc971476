"""Two versions side by side: what a later one has written, with members that this one does not know, is read."""

import json
from typing import Any

import msgspec
import pytest
import redis
from msgspec import ValidationError

from leaderboard.live.hub import Frame, Hub, Member
from leaderboard.live.messages import CloseCode
from leaderboard.quiz.content import Box, Question, Quiz, Settings
from leaderboard.quiz.kept import read_quiz, read_settings
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import ADMINS, CARDS, Keys
from leaderboard.state.quizzes import Quizzes
from tests.test_watching import card

pytestmark = pytest.mark.anyio

QUIZ = Quiz(
    "Later",
    [Question("Two and two?", ["3", "4"], [1], difficulty="easy")],
    Settings(boxes={"easy": Box(price=5, prize=50)}, start=10, pacing="draw", rule="flat"),
    language="en",
    tags=["sums"],
)


def later(value: Any) -> Any:
    """With a member more in every object, but those whose members have names of people's choosing."""
    if isinstance(value, list):
        return [later(part) for part in value]
    if not isinstance(value, dict):
        return value
    found = {name: later(part) for name, part in value.items()}
    return found if set(found) <= {"easy", "medium", "hard"} else found | {"since_the_next_version": {"x": [1]}}


def of_a_later_version(text: bytes) -> str:
    found = json.dumps(later(json.loads(text)))
    assert "since_the_next_version" in found
    return found


def spoil(url: str, key: str, *fields: str) -> None:
    """Write these fields of a hash as a later version would."""
    with redis.Redis.from_url(url) as client:
        for field in fields:
            text: Any = client.hget(key, field)
            client.hset(key, field, of_a_later_version(text))


async def test_a_quiz_of_a_later_version_is_played(quizzes: Quizzes, redis_url: str) -> None:
    quiz = (await quizzes.store.create(QUIZ)).id
    before = await quizzes.documents.of(quiz)
    ana = (await quizzes.store.join(quiz, "Ana")).id
    keys = Keys(quiz)
    spoil(redis_url, keys.meta, "settings", "about")
    spoil(redis_url, keys.players, ana)
    again = Quizzes(redis_url)  # which has not read it yet
    again.start()
    try:
        assert (await again.contents.get(quiz)).settings == QUIZ.settings
        assert await again.documents.of(quiz) == before
        await again.store.open(quiz)
        await again.store.draws.buy(quiz, ana, "easy", -1, "b")
        drawn = await again.store.draws.draw(quiz, ana, -1)
        done = await again.store.answer(quiz, ana, drawn.question.number, [1], "a")
        assert (done.correct, done.total) == (True, 55)
        await again.store.finish(quiz)
        assert (await again.audit.verify(quiz)).findings == []
        assert (await again.reports.explain(quiz, ana)).name == "Ana"
    finally:
        await again.stop()


async def test_a_document_of_a_later_version_is_read(quizzes: Quizzes, redis_url: str) -> None:
    entry = await quizzes.library.keep(ADMINS, QUIZ, CHANCE)
    with redis.Redis.from_url(redis_url) as client:
        [key] = [
            key.decode() for key in client.keys("*") if client.type(key) == b"hash" and client.hexists(key, "document")
        ]
    spoil(redis_url, key, "document")
    assert (await quizzes.library.get(ADMINS, entry.id)).quiz == QUIZ


async def test_a_node_of_a_later_version_is_seen(quizzes: Quizzes, redis_url: str) -> None:
    await quizzes.nodes.beat(card("a"))
    spoil(redis_url, CARDS, "a")
    assert [node.id for node in (await quizzes.nodes.living()).nodes] == ["a"]
    assert (await quizzes.nodes.drain("a")).name == "here:1"


def test_what_is_wrong_stays_wrong() -> None:
    with pytest.raises(ValidationError, match=r"\$.penalty"):
        read_settings(b'{"penalty":-1,"new":1}')
    with pytest.raises(ValidationError, match="title"):
        read_quiz(b'{"questions":[],"new":1}')
    assert read_settings(b'{"boxes":{"easy":{"price":1,"new":2}}}').boxes == {"easy": Box(price=1)}
    assert read_quiz(b'{"$schema":"s","title":"t","questions":[],"new":1}').schema == "s"


async def test_messages_of_a_later_version(caplog: pytest.LogCaptureFixture) -> None:
    """Of a kind that is not known: for nodes, nobody's business. With members more: passed on as they are."""
    heard: list[tuple[str, bytes]] = []

    class Ear:
        def reply(self, frame: Frame) -> None:
            raise AssertionError

        def show(self, kind: str, frame: Frame) -> None:
            heard.append((kind, frame.payload))

        def bye(self, code: CloseCode, reason: str = "") -> None:
            raise AssertionError

        def behind(self) -> int:
            return 0

    hub = Hub(lambda room: None, lambda room: None, lambda room, kind: None)
    room = hub.enter("ABC")
    room.add(Member(Ear(), ""))
    hub.relay(room, b'{"type":"secret","epoch":"e","version":9,"for":"nodes"}', live=True)
    assert heard == []
    board = msgspec.json.encode({"type": "board", "epoch": "e", "version": 1, "new": [1], "rows": []})
    hub.relay(room, board, live=True)
    assert heard == [("board", board)]
