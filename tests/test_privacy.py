"""Who sees what of a board: no byte that a player or spectator gets names somebody whom the quiz does not show to them.

The players stand in the order in which they joined, far apart from each other, whatever is answered and corrected.
"""

import asyncio
import base64
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from leaderboard.errors import NoSuchPlayer, NotShown
from leaderboard.quiz.content import Quiz, Settings
from leaderboard.quiz.verbs import Adjust
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.records import Page, from_cursor
from tests.nodes import Node, Nodes, hello

pytestmark = pytest.mark.anyio

NAMES = [f"Wombat{letter * 3}" for letter in "ABCDEFGHIJKL"]
ROWS, NEAR = 3, 3
RENAMED, REMOVED = 1, 8
QUESTION = {"text": "Which?", "choices": ["a", "b"], "answer": [1], "rule": "flat", "points": 10, "time_limit": 60}


def visible(mode: str, viewer: int | None) -> set[int]:
    """Whom of the twelve somebody may know of, before or after one of them was removed."""
    own = set() if viewer is None else {viewer}
    if mode == "top":
        return own | set(range(ROWS))
    if mode == "near" and viewer is not None:
        after = [number for number in range(len(NAMES)) if number != REMOVED]
        return {
            number
            for order in (list(range(len(NAMES))), after)
            if viewer in order
            for number in order
            if abs(order.index(number) - order.index(viewer)) <= NEAR
        }
    return own


@dataclass
class Viewer:
    """Somebody who is no host; `number`: which of the players, None for a spectator."""

    number: int | None
    token: str
    heard: list[str] = field(default_factory=list)


class Play:
    """A quiz with twelve players, some of whom watch."""

    def __init__(self, node: Node, mode: str) -> None:
        self.node, self.mode = node, mode
        settings = {"privacy": mode, "board_rows": ROWS, "board_interval_ms": 20}
        self.quiz, self.host = node.create(questions=[QUESTION] * 3, settings=settings)
        self.players = [node.join(self.quiz, name) for name in NAMES]
        for number, (player, _) in enumerate(self.players):
            node.host(self.quiz, self.host, "adjust", player=player, points=100_000 - 1000 * number, reason="Jury")
        self.viewers = [Viewer(None, ""), *(Viewer(number, self.players[number][1]) for number in (0, 5, 11))]
        self.host_heard: list[str] = []

    async def watch(self, stack: AsyncExitStack) -> None:
        """Let everybody come in, and listen."""
        self.http = await stack.enter_async_context(httpx2.AsyncClient(timeout=10, verify=False, trust_env=False))
        for token, heard in [(self.host, self.host_heard), *((it.token, it.heard) for it in self.viewers)]:
            socket = await stack.enter_async_context(self.node.live(self.quiz))
            heard.append(json.dumps(await hello(socket, token)))
            task = asyncio.ensure_future(listen(socket, heard))
            stack.callback(task.cancel)

    async def ask(self, method: str, path: str, token: str, **body: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = f"{self.node.base}/v1/quizzes/{self.quiz}{path}"
        return await self.http.request(method, address, headers=headers, json=body or None)

    async def do(self, verb: str, **members: Any) -> None:
        done = await self.ask("POST", f"/{verb}", self.host, **(members or {"id": verb}))
        assert done.status_code == 200, done.text

    async def answer(self, question: int) -> None:
        for number, (_, token) in enumerate(self.players):
            await self.ask("POST", "/answers", token, question=question, choice=[number % 2])

    async def look(self) -> None:
        """Ask for everything there is, as each of the viewers."""
        await asyncio.gather(*(self.look_as(viewer) for viewer in self.viewers))

    async def look_as(self, viewer: Viewer) -> None:
        everybody = ",".join(player for player, _ in self.players)
        own = [] if viewer.number is None else [self.players[viewer.number][0]]
        addresses = [
            "",
            "/board",
            "/board?limit=100&ties=shared",
            f"/board?players={everybody}",
            "/results",
            "/players",
        ]
        for player in [*own, *(self.players[number][0] for number in (2, 3, 7))]:
            addresses.append(f"/board?limit=100&around={player}")
            what = ("explanation", "standing", "standing?rank=1", "standing?rank=6&ties=shared")
            addresses += [f"/players/{player}/{it}" for it in what]
        while addresses:
            reply = (await self.ask("GET", addresses.pop(), viewer.token)).text
            viewer.heard.append(reply)
            if following := re.search(r'"next":"([\w-]+)"', reply):
                viewer.heard.append(base64.urlsafe_b64decode(following[1] + "==").decode())
                if len(viewer.heard) < 10_000:
                    addresses.append(f"/board?cursor={following[1]}&limit=5")

    async def play(self) -> None:
        """A whole quiz."""
        await self.look()
        await self.do("open", question=0)
        await self.answer(0)
        await self.look()
        await self.do("close")
        await self.look()
        await self.do("correct", question=0, answer=[0], reason="Jury")
        await self.look()
        await self.do("freeze")
        await self.do("open", question=1)
        await self.answer(1)
        await self.do("rename", player=self.players[RENAMED][0], name="Wombat renamed")
        await self.do("remove", player=self.players[REMOVED][0])
        await self.look()
        await self.do("close")
        await self.do("reveal", hidden=2)
        await self.look()
        await self.do("reveal", hidden=0)
        await self.look()
        await self.do("finish")
        await self.look()

    def judge(self) -> None:
        for viewer in self.viewers:
            shown = visible(self.mode, viewer.number)
            for number, (player, _) in enumerate(self.players):
                if number in shown:
                    continue
                names = [player, NAMES[number], *(["Wombat renamed"] if number == RENAMED else [])]
                found = [(name, text) for name in names for text in viewer.heard if name in text]
                assert not found, (self.mode, viewer.number, number, found[0])


async def listen(socket: ClientConnection, heard: list[str]) -> None:
    while True:
        heard.append(str(await socket.recv()))


async def test_nobody_hears_more_than_they_may(nodes: Nodes) -> None:
    node = nodes.start()
    plays = [await asyncio.to_thread(Play, node, mode) for mode in ("top", "near", "own", "pseudonyms")]
    async with AsyncExitStack() as stack:
        for play in plays:
            await play.watch(stack)
        await asyncio.gather(*(play.play() for play in plays))
        async with asyncio.timeout(5):  # the last messages
            for play in plays:
                for heard in (play.host_heard, *(viewer.heard for viewer in play.viewers)):
                    while not any('"type":"state"' in text and '"phase":"finished"' in text for text in heard):
                        await asyncio.sleep(0.01)
    for play in plays:
        play.judge()
        last = next(json.loads(text) for text in reversed(play.host_heard) if '"type":"board"' in text)
        assert [row["name"] for row in last["rows"]] == [NAMES[0], "Wombat renamed", NAMES[2]]  # the host sees all
        told = [json.loads(text) for text in play.viewers[2].heard if text.startswith('{"type":"you"')]
        assert told[-1]["rank"] == 6


async def make(quizzes: Quizzes, mode: Any, number: int = 9, **settings: Any) -> tuple[str, list[str]]:
    """A quiz and its players, best first."""
    quiz = Quiz(title="Privacy", questions=[], settings=Settings(privacy=mode, board_interval_ms=20, **settings))
    id = (await quizzes.store.create(quiz)).id
    players = [(await quizzes.store.join(id, f"Player {n}")).id for n in range(number)]
    for place, player in enumerate(players):
        await quizzes.host.do(id, Adjust(player=player, points=1000 - 10 * place, reason="Jury"))
    while wait_ms := await quizzes.store.publish(id):
        await asyncio.sleep(wait_ms / 1000)
    return id, players


def rows(page: Page) -> list[str]:
    return [row["id"] for row in msgspec.json.decode(page.rows)]


async def shown(quizzes: Quizzes, quiz: str) -> tuple[list[str], list[str]]:
    """The IDs on the board that all see, and on that of hosts."""
    greeting = await quizzes.store.hello(quiz, None)
    boards = [msgspec.json.decode(message) for message in (greeting.board, greeting.all_rows)]
    return tuple([row["id"] for row in board["rows"]] for board in boards)  # type: ignore[return-value]


async def refused(refusal: type[Exception], *asking: Callable[[], Any]) -> None:
    for ask in asking:
        with pytest.raises(refusal):
            await ask()


async def test_the_top_alone(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, "top", board_rows=3)
    store, me = quizzes.store, players[6]
    assert await shown(quizzes, quiz) == (players[:3], players[:3])
    first = await store.page(quiz, 2)
    assert rows(first) == players[:2]
    assert first.next is not None
    second = await store.page(quiz, 100, cursor=from_cursor(first.next))
    assert (rows(second), second.next) == (players[2:3], None)
    assert rows(await store.page(quiz, 9, around=players[1])) == players[:3]
    assert rows(await store.page(quiz, 9, around=me, viewer=me)) == [me]
    assert rows(await store.page(quiz, 9, players=players, viewer=me)) == [*players[:3], me]
    assert rows(await store.page(quiz, 9, host=True)) == players
    await refused(NotShown, lambda: store.page(quiz, 9, around=me), lambda: store.page(quiz, 9, around="nobody"))
    await refused(NotShown, lambda: store.standing(quiz, me), lambda: store.standing(quiz, "nobody", viewer=me))
    standing = await store.standing(quiz, me, 3, viewer=me)
    assert (standing.rank, standing.needed, standing.next) == (7, 41, None)
    assert (await store.standing(quiz, me, 4, viewer=me)).needed is None
    assert (await store.standing(quiz, players[2])).rank == 3
    await store.freeze(quiz)
    await store.reveal(quiz, 2)
    assert await shown(quizzes, quiz) == (players[2:3], players[2:5])
    await store.reveal(quiz, 1)
    assert await shown(quizzes, quiz) == (players[1:3], players[1:4])


async def test_only_those_near(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, "near", board_rows=4)
    store, me = quizzes.store, players[4]
    assert await shown(quizzes, quiz) == ([], players[:4])
    first, mine, last = await quizzes.standings.you(quiz, -1, [players[0], me, players[8]])
    for standing, near in ((first, players[:4]), (mine, players[1:8]), (last, players[5:])):
        assert standing.near is not None
        assert [row["id"] for row in msgspec.json.decode(standing.near)] == near
    found = await store.page(quiz, 100, around=me, viewer=me)
    assert (rows(found), found.next) == (players[1:8], None)
    assert rows(await store.page(quiz, 3, around=me, viewer=me)) == players[3:6]
    assert rows(await store.page(quiz, 7, around=players[0], viewer=players[0])) == players[:4]
    assert rows(await store.page(quiz, 7, players=players, viewer=me)) == players[1:8]
    assert rows(await store.page(quiz, 9, host=True)) == players
    await refused(
        NotShown,
        lambda: store.page(quiz, 7, viewer=me),
        lambda: store.page(quiz, 7, around=players[5], viewer=me),
        lambda: store.standing(quiz, players[5], viewer=me),
    )
    await refused(NoSuchPlayer, lambda: store.page(quiz, 7, around="nobody", viewer="nobody"))
    position = await store.standing(quiz, me, 2, viewer=me)
    assert (position.rank, position.needed) == (5, 31)
    assert position.next is not None
    assert position.next.id == players[3]
    assert (await store.standing(quiz, me, 1, viewer=me)).needed is None
    await store.freeze(quiz)
    assert [it.near for it in await quizzes.standings.you(quiz, -1, [me])] == [None]


async def test_only_ones_own(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, "own", board_rows=4)
    store, me = quizzes.store, players[4]
    assert await shown(quizzes, quiz) == ([], players[:4])
    assert rows(await store.page(quiz, 9, around=me, viewer=me)) == [me]
    assert rows(await store.page(quiz, 9, players=players, viewer=me)) == [me]
    await refused(NotShown, lambda: store.page(quiz, 9, viewer=me), lambda: store.standing(quiz, players[0], viewer=me))
    standing = await store.standing(quiz, me, 1, viewer=me)
    assert (standing.rank, standing.percentile, standing.needed, standing.next) == (5, 55.56, None, None)
    assert (await store.standing(quiz, players[0], host=True)).next is None


async def test_pseudonyms(quizzes: Quizzes) -> None:
    quiz, players = await make(quizzes, "pseudonyms", board_rows=4)
    store, me = quizzes.store, players[4]
    masks = [it.alias for it in await quizzes.standings.you(quiz, -1, players)]
    aliases = [mask.id for mask in masks if mask is not None]
    assert len(set(aliases)) == len({mask.name for mask in masks if mask is not None}) == len(players)
    assert not {"Player"} & {mask.name.split()[0] for mask in masks if mask is not None}  # friendly ones
    assert await shown(quizzes, quiz) == (aliases[:4], players[:4])
    seen, cursor = list[str](), None
    while True:
        page = await store.page(quiz, 2, cursor=cursor, viewer=me)
        seen += rows(page)
        if page.next is None:
            break
        cursor = from_cursor(page.next)
        assert cursor.player in aliases
        await quizzes.host.do(quiz, Adjust(player=players[aliases.index(seen[-1])], points=7, reason="Jury"))
    assert seen == aliases
    assert rows(await store.page(quiz, 3, around=me, viewer=me)) == aliases[3:6]
    assert rows(await store.page(quiz, 9, players=players, viewer=me)) == [aliases[4]]
    await refused(NotShown, lambda: store.page(quiz, 9, around=players[0], viewer=me))
    standing = await store.standing(quiz, me, viewer=me)
    assert standing.next is not None
    assert (standing.next.id, standing.next.by) == (aliases[3], 18)
    await store.remove(quiz, players[0])
    await asyncio.sleep(await store.publish(quiz) / 1000)
    await store.publish(quiz)
    assert await shown(quizzes, quiz) == (aliases[1:5], players[1:5])
    await store.reset(quiz)
    again = [it.alias for it in await quizzes.standings.you(quiz, -1, players[1:])]
    assert [it.id for it in again if it is not None] == aliases[1:]


async def test_who_did_not_join_is_masked_when_first_shown(quizzes: Quizzes) -> None:
    """As players whom other programs bring, and those from before there were pseudonyms."""
    quiz, players = await make(quizzes, "pseudonyms", number=4)
    await quizzes.writer.command("DEL", Keys(quiz).labels)
    seen = rows(await quizzes.store.page(quiz, 9))
    assert len(set(seen)) == 4
    assert not set(seen) & set(players)
    masks = [it.alias for it in await quizzes.standings.you(quiz, -1, players)]
    assert [mask.id for mask in masks if mask is not None] == seen == rows(await quizzes.store.page(quiz, 9))


async def test_a_held_board_loses_who_is_removed_and_takes_new_names_on_both_boards(quizzes: Quizzes) -> None:
    for mode in ("pseudonyms", "top", "near"):
        quiz, players = await make(quizzes, mode, number=4)
        await quizzes.store.freeze(quiz)
        before, _ = await shown(quizzes, quiz)
        await quizzes.store.remove(quiz, players[1])
        await quizzes.store.rename(quiz, players[2], "Somebody else")
        greeting = await quizzes.store.hello(quiz, None)
        after = [row["id"] for row in msgspec.json.decode(greeting.board)["rows"]]
        assert after == before[:1] + before[2:]
        hosts = msgspec.json.decode(greeting.all_rows)["rows"]
        assert [row["id"] for row in hosts] == [players[0], *players[2:]]
        assert hosts[1]["name"] == "Somebody else"
        assert (b"Somebody else" in greeting.board) is (mode == "top")
