"""A Hypothesis state machine drives the product and the oracle; they must agree after every step, on both servers."""

import asyncio
import json
import os
from typing import Any

import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import structs

from leaderboard.errors import Refusal
from leaderboard.quiz import verbs
from leaderboard.quiz.content import Box, Choice, Difficulty, Question, Quiz, Settings
from leaderboard.quiz.scores import Event
from leaderboard.quiz.verbs import HostVerb
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.teams import Entry
from tests.conftest import empty
from tests.inspect import Look
from tests.model import Model, No

QUESTIONS = [
    Question(text="One of three", choices=["a", "b", "c"], answer=[1], time_limit=600),
    Question(text="Two of four", choices=["a", "b", "c", "d"], answer=[0, 3], points=777, time_limit=600),
    Question(text="Worth nothing", choices=["a", "b"], answer=[0], points=0, penalty=300, time_limit=600),
    Question(text="Number", type="number", answer=[3], tolerance=1, rule="linear", time_limit=600),
    Question(text="Poll", type="poll", choices=["a", "b"], time_limit=600),
    Question(text="Text", type="text", answer=["b", "bee"], points=100_000, rule="flat", time_limit=600),
    Question(text="In order", type="order", choices=["a", "b", "c"], answer=[2, 0, 1], time_limit=600),
]
LAST = len(QUESTIONS) - 1
BOXES: dict[Difficulty, Box] = {
    "easy": Box(price=90, prize=250),
    "hard": Box(price_percent=30, prize=10, prize_percent=90),
}
KINDS: list[Difficulty | None] = ["easy", "hard", None, "easy", None, "hard", "easy"]
RULES = [
    Settings(),
    Settings(penalty=250, streak_bonus=100, streak_most=2, start=100),
    Settings(penalty=250, floor=False, late="average", start=50, reveal="close"),
    Settings(rule="order", places=[100, 50, 10], streak_bonus=70),
    Settings(reanswer="until_close", time_of="first", streak_bonus=50, penalty=40, late="average"),
    Settings(reanswer="until_close", time_of="best", penalty=100, reveal="close"),
    Settings(reanswer="until_close", time_of="last", rule="linear", floor=False),
    Settings(approval=True, late="average", start=30, penalty=50),
    Settings(order="ascending", rule="linear", start=500, penalty=50, floor=False),
    Settings(privacy="top", ties="shared", rule="flat", penalty=1000, reveal="close"),
    Settings(pacing="self", streak_bonus=100, penalty=120),
    Settings(pacing="self", reanswer="until_close", time_of="best", streak_bonus=30, reveal="close", start=10),
    Settings(pacing="draw", start=500, penalty=120, boxes=BOXES, team_score="sum"),
    Settings(pacing="draw", start=100, unanswered="closed", debt=True, boxes=BOXES, rule="flat"),
    Settings(team_score="mean", start=50, penalty=70, reanswer="until_close"),
    Settings(team_score="best", team_best=2, late="average", floor=False, penalty=30),
]
CHOICES: dict[int, list[Choice]] = {
    0: [[0], [1], [2]],
    1: [[0, 3], [3, 0], [0], [1, 2], [0, 1, 3]],
    2: [[0], [1]],
    3: [[3], [4], [9]],
    4: [[0], [1]],
    5: [["b"], ["Bee"], ["c"]],
    6: [[2, 0, 1], [0, 1, 2], [0, 2, 1]],
}
STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "50"))
# To make a finding short may take minutes: at home, not in CI, which prints how to reproduce it.
SHRINK = [] if {"CI", "STATE_MACHINE_QUICK"} & os.environ.keys() else [Phase.shrink, Phase.explain]
RUNS = int(os.environ.get("STATE_MACHINE_RUNS", "60"))

nodes = st.integers(0, 1)
numbers = st.one_of(st.integers(0, LAST), st.sampled_from([-1, LAST + 1, 10**9]))
anything = st.one_of(
    st.sampled_from([choice for some in CHOICES.values() for choice in some]), st.lists(st.integers(0, 7), max_size=4)
)
ids = st.sampled_from(["", "a", "b"])
NAMES = ["Ana", "Ben", "Cem", "Dai", "Eva", "ana", "Fox", "BEN"]
named = st.integers(0, len(NAMES) - 1)
NOBODY = 9
who = st.integers(0, NOBODY)
NEWCOMERS = ["new-1", "new-2"]
EVENTS = [f"e{number}" for number in range(12)]
events = st.one_of(
    st.builds(
        Event,
        event=st.sampled_from(EVENTS),
        user_id=st.sampled_from(["0", "1", "2", *NEWCOMERS]),
        score=st.sampled_from([-300, 7, 40, 19_999_999]),
        operator=st.sampled_from(["incr", "incr", "decr", "set", "best"]),
        at=st.integers(0, 3),
    ),
    st.builds(
        Event, event=st.sampled_from(["r0", "r1", "r2"]), operator=st.just("retract"), retracts=st.sampled_from(EVENTS)
    ),
)
answers = st.lists(st.tuples(st.integers(0, NOBODY - 1), st.integers(0, 4), ids), min_size=1, max_size=6)


class Machine(RuleBasedStateMachine):
    """Every verb, in every order, with repeats; some of them on a second node."""

    url: str

    @initialize(rules=st.sampled_from(RULES))
    def create(self, rules: Settings) -> None:
        empty(self.url)
        self.loop = asyncio.new_event_loop()
        self.client = redis.Redis.from_url(self.url)
        self.nodes = [self.do(self.start()) for _ in range(2)]
        questions = QUESTIONS if rules.rule != "order" else [*QUESTIONS[:3], *QUESTIONS[4:]]
        if rules.pacing == "draw":  # each of them twice, of different kinds
            kinds = zip(2 * QUESTIONS, KINDS + KINDS[::-1], strict=True)
            questions = [structs.replace(it, difficulty=kind) for it, kind in kinds if it.kind != "poll"]
        self.choices = [CHOICES[next(n for n, it in enumerate(QUESTIONS) if it.text == its.text)] for its in questions]
        self.rules_ = Settings(
            **{f: getattr(rules, f) for f in rules.__struct_fields__} | {"board_interval_ms": 20, "board_rows": 3}
        )
        self.quiz = self.do(
            self.nodes[0].store.create(Quiz(title="Machine", questions=questions, settings=self.rules_))
        ).id
        self.look = Look(self.client, self.quiz)
        self.model = Model(questions, self.rules_)
        self.requests = 0
        self.told: dict[tuple[str, str], int] = {}  # the rank that somebody was told last
        for number in range(3):
            self.join(0, number, 0, False)

    async def start(self) -> Quizzes:
        quizzes = Quizzes(self.url)
        quizzes.start()
        return quizzes

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        for node in self.nodes:
            self.do(node.stop())
        self.loop.close()
        self.client.close()

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def agree(self, work: Any, expected: Any) -> Any:
        """Both do it or both refuse it with the same code. Returns what the product returned, None if it refused."""
        try:
            wanted = expected()
        except No as no:
            with pytest.raises(Refusal) as refused:
                self.do(work)
            assert refused.value.code == str(no)
            return None
        done = self.do(work)
        if isinstance(wanted, bool):
            assert done.duplicate is not wanted
        return done

    def host(self, node: int, verb: HostVerb, expected: Any) -> Any:
        return self.agree(self.nodes[node].host.do(self.quiz, verb), expected)

    def player(self, which: int) -> str:
        """One of the players, or somebody who is none."""
        players = list(self.model.players)  # in the order of joining: their ids are random
        return "nobody" if which >= NOBODY or not players else players[which % len(players)]

    @rule(node=nodes, name=named, user=st.integers(0, 3), aside=st.booleans())
    def join(self, node: int, name: int, user: int, aside: bool) -> None:
        """One of few names, so that they are taken. `aside`: as one too many from an origin, which is let in before."""
        text, who = NAMES[name], f"user:{user}" if user else ""
        origin = "crowd" if aside else ""
        if aside:
            seconds, _ = self.client.time()
            self.client.hset(self.look.keys.crowds, origin, f"-1000.000 {seconds * 1000}")  # not full again for long
        try:
            joined = self.do(self.nodes[node].store.join(self.quiz, text, user=who, origin=origin))
        except Refusal as refused:
            with pytest.raises(No, match=f"^{refused.code}$"):
                self.model.join("nobody", text, who, aside)
        else:
            known = set(self.model.players)
            assert self.model.join(joined.id, text, who, aside) == joined.id
            it = self.model.players[joined.id]
            assert (joined.name, joined.rejoined) == (it.name, joined.id in known)
            assert joined.waiting == (it.place == "aside" and self.rules_.approval)
            assert self.do(self.nodes[1 - node].store.role(self.quiz, joined.token)) == joined.id

    @rule(node=nodes, name=named, start=st.integers(0, 2))
    def register(self, node: int, name: int, start: int) -> None:
        """A team that plays as one player."""
        entry = Entry(NAMES[name], ["Ana", "Ben"], "", 100 * start)
        try:
            team = self.do(self.nodes[node].teams.register(self.quiz, entry))
        except Refusal as refused:
            with pytest.raises(No, match=f"^{refused.code}$"):
                self.model.register("nobody", NAMES[name], 100 * start)
        else:
            self.model.register(team.id, NAMES[name], 100 * start)

    @rule(node=nodes, which=who, start=st.integers(0, 2))
    def start_with(self, node: int, which: int, start: int) -> None:
        player = self.player(which)
        try:
            self.do(self.nodes[node].teams.change_team(self.quiz, player, points=100 * start))
        except Refusal as refused:
            with pytest.raises(No, match=f"^{refused.code}$"):
                self.model.start_with(player, 100 * start)
        else:
            self.model.start_with(player, 100 * start)

    @rule(node=nodes, which=who, name=named)
    def rename(self, node: int, which: int, name: int) -> None:
        player, text = self.player(which), NAMES[name]
        self.host(node, verbs.Rename(player=player, name=text), lambda: self.model.rename(player, text))

    @precondition(lambda self: self.far)
    @rule(node=nodes, which=who, ban=st.booleans())
    def remove(self, node: int, which: int, ban: bool) -> None:
        player = self.player(which)
        verb = verbs.Remove(player=player, ban=ban)
        if self.host(node, verb, lambda: self.model.remove(player, ban)):
            self.host(1 - node, verb, lambda: False)

    @precondition(lambda self: self.rules_.team_score != "none")
    @rule(node=nodes, which=who, team=st.sampled_from(["Red", "RED", "Blue", ""]))
    def assign(self, node: int, which: int, team: str) -> None:
        player = self.player(which)

        def assign() -> bool:
            was = self.model.known(player).team
            self.model.players[player].team = team.capitalize()
            return was != team.capitalize()

        self.host(node, verbs.Assign(player=player, team=team), assign)

    @rule(node=nodes, which=st.none() | who)
    def admit(self, node: int, which: int | None) -> None:
        player = None if which is None else self.player(which)
        if self.host(node, verbs.Admit(player=player), lambda: self.model.admit(player)):
            self.host(1 - node, verbs.Admit(player=player), lambda: False)

    @rule(node=nodes, first=st.integers(0, 5))
    def people(self, node: int, first: int) -> None:
        found = self.do(self.nodes[node].store.people(self.quiz, str(first), 4))
        order = [name for place in ("board", "aside") for name, _ in self.model.at(place)]
        removed = {name for name, it in self.model.players.items() if it.place == "removed"}
        assert [it.id for it in found.rows][: max(0, len(order) - first)] == order[first:][:4]
        assert {it.id for it in found.rows if it.removed} <= removed
        assert (found.players + found.aside, found.removed) == (len(order), len(removed))
        for it in found.rows:
            model = self.model.players[it.id]
            assert (it.name, it.aside, it.removed) == (model.name, model.place == "aside", model.place == "removed")
            assert it.removed or it.points == self.model.total(it.id)

    @rule(node=nodes, answers=answers, close=st.booleans())
    def play(self, node: int, answers: list[tuple[int, int, str]], close: bool) -> None:
        """What quizzes mostly do: a question is opened and answered, perhaps closed."""
        if self.model.self_paced and self.model.phase == "lobby":
            self.open(node, None)
        if self.model.phase in ("lobby", "closed"):
            self.next(node, None)
        for which, choice, id in answers:
            player = self.player(which)
            if self.model.self_paced and player in self.model.players:
                self.draw(node, player, self.model.players[player].question)
            self.answer_the_open_question(1 - node, which, choice, id)
        if close:
            self.close(node, None)

    @rule(node=nodes, answers=answers)
    def play_on(self, node: int, answers: list[tuple[int, int, str]]) -> None:
        self.play(node, answers, True)

    @rule(node=nodes, rounds=st.lists(answers, min_size=2, max_size=4))
    def play_a_while(self, node: int, rounds: list[list[tuple[int, int, str]]]) -> None:
        for answers in rounds:
            self.play(node, answers, True)

    @rule(ms=st.sampled_from([700, 9_000, 100_000]))
    def time_passes(self, ms: int) -> None:
        """By the clocks of the open questions, but not by the quiz's deadlines."""
        if self.model.phase == "question":
            self.client.hincrby(self.look.keys.meta, "opened_at", -ms)
            self.model.open_ms += ms
        elif self.model.phase == "running" and not self.model.drawing:
            for player, run in self.look.runs().items():
                run["started_at"] = max(run["started_at"] - ms, 0)
                self.client.hset(self.look.keys.runs, player, json.dumps(run, separators=(",", ":")))

    @rule(node=nodes, answers=answers)
    def answer_again(self, node: int, answers: list[tuple[int, int, str]]) -> None:
        for which, choice, id in answers:
            self.answer_the_open_question(node, which, choice, id)

    @rule(node=nodes, number=numbers | st.none())
    def open(self, node: int, number: int | None) -> None:
        self.host(node, verbs.Open(question=number), lambda: self.model.open(number))

    @rule(node=nodes, number=st.none() | st.integers(0, LAST))
    def close(self, node: int, number: int | None) -> None:
        self.host(node, verbs.Close(question=number), lambda: self.model.close(number))

    @rule(node=nodes, after=st.none() | st.integers(-1, LAST))
    def next(self, node: int, after: int | None) -> None:
        self.host(node, verbs.Next(after=after), lambda: self.model.next(after))

    @precondition(lambda self: self.far)
    @rule(node=nodes, number=numbers)
    def skip(self, node: int, number: int) -> None:
        self.host(node, verbs.Skip(question=number), lambda: self.model.skip(number))

    @rule(node=nodes)
    def pause(self, node: int) -> None:
        self.host(node, verbs.Pause(), self.model.pause)

    @rule(node=nodes)
    def resume(self, node: int) -> None:
        self.host(node, verbs.Resume(), self.model.resume)

    @rule(node=nodes, number=st.integers(0, LAST), seconds=st.sampled_from([1, 600, 3600]))
    def extend(self, node: int, number: int, seconds: int) -> None:
        verb = verbs.Extend(question=number, seconds=seconds)
        self.host(node, verb, lambda: self.model.extend(number, seconds))

    @rule(node=nodes, locked=st.booleans())
    def lock(self, node: int, locked: bool) -> None:
        self.host(node, verbs.Lock(locked=locked), lambda: self.model.lock(locked))

    @rule(node=nodes)
    def freeze(self, node: int) -> None:
        self.host(node, verbs.Freeze(), self.model.freeze)

    @rule(node=nodes, hidden=st.integers(0, 3))
    def reveal(self, node: int, hidden: int) -> None:
        self.host(node, verbs.Reveal(hidden=hidden), lambda: self.model.reveal(hidden))

    @rule(node=nodes, which=who, percent=st.sampled_from([100, 150, 400]))
    def extra(self, node: int, which: int, percent: int) -> None:
        player = self.player(which)
        self.host(node, verbs.Extra(player=player, percent=percent), lambda: self.model.extra(player, percent))

    @rule(node=nodes, which=who, points=st.sampled_from([-300, 7, 19_999_999]))
    def adjust(self, node: int, which: int, points: int) -> None:
        player = self.player(which)
        verb = verbs.Adjust(player=player, points=points, reason="Jury", id=self.request())
        if self.host(node, verb, lambda: self.model.adjust(player, points)):
            self.host(1 - node, verb, lambda: False)

    @rule(node=nodes, events=st.lists(events, min_size=1, max_size=4))
    def score(self, node: int, events: list[Event]) -> None:
        """Programs send scores: to players, to others, again, late, and take them back."""
        sent = [
            it if it.user_id in ("", *NEWCOMERS) else structs.replace(it, user_id=self.player(int(it.user_id)))
            for it in events
        ]
        sent = [it for it in sent if it.user_id != "nobody"]
        expected = [self.model.score(it) for it in sent]
        results = self.do(self.nodes[node].scoring.score(self.quiz, sent)).results
        assert [it.code or it.status for it in results] == expected

    @rule(
        node=nodes,
        number=numbers,
        key=st.none() | anything,
        void=st.none() | st.booleans(),
        seen=st.none() | st.integers(1, 3),
    )
    def correct(self, node: int, number: int, key: Choice | None, void: bool | None, seen: int | None) -> None:
        verb = verbs.Correct(question=number, answer=key, void=void, reason="Jury", revision=seen, id=self.request())
        if self.host(node, verb, lambda: self.model.correct(number, key, void, seen)):
            self.host(1 - node, verb, lambda: False)

    @rule(node=nodes, round_=st.integers(0, LAST), right=st.integers(0, 4), void=st.booleans())
    def correct_what_was_played(self, node: int, round_: int, right: int, void: bool) -> None:
        played = [
            number
            for number in self.model.counting()
            if number != self.model.question or self.model.phase != "question"
        ]
        if played:
            number = played[round_ % len(played)]
            key = self.choices[number][right % len(self.choices[number])]
            self.correct(node, number, key, void, None)

    @rule(node=nodes, number=st.integers(0, 9))
    def undo(self, node: int, number: int) -> None:
        self.host(node, verbs.Undo(correction=number), lambda: self.model.undo(number))

    @precondition(lambda self: self.far)
    @rule(node=nodes)
    def finish(self, node: int) -> None:
        self.host(node, verbs.Finish(), self.model.finish)

    @precondition(lambda self: self.far)
    @rule(node=nodes)
    def reset(self, node: int) -> None:
        self.host(node, verbs.Reset(), self.model.reset)

    @rule(node=nodes, which=who, after=st.integers(-1, LAST))
    def draw_any(self, node: int, which: int, after: int) -> None:
        self.draw(node, self.player(which), after)

    @precondition(lambda self: self.model.drawing)
    @rule(node=nodes, which=who, kind=st.sampled_from([None, "easy", "hard"]), number=st.none() | st.integers(0, 11))
    def claim(self, node: int, which: int, kind: Difficulty | None, number: int | None) -> None:
        player = self.player(which)
        after = self.model.players[player].question if player in self.model.players else -1
        kind = None if number is not None else kind
        work = self.nodes[node].store.draws.draw(self.quiz, player, after, kind, question=number)
        done = self.agree(work, lambda: self.model.claim(player, after, kind, number))
        if done is not None:
            assert done.question.number == self.model.players[player].question

    @precondition(lambda self: self.model.drawing)
    @rule(node=nodes, which=who, kind=st.sampled_from(["easy", "hard", "medium"]), id=ids, open=st.booleans())
    def buy(self, node: int, which: int, kind: Difficulty, id: str, open: bool) -> None:
        player = self.player(which)
        after = self.model.players[player].question if player in self.model.players else -1
        for again in (False, True):
            work = self.nodes[node ^ again].store.draws.buy(self.quiz, player, kind, after, id)
            done = self.agree(work, lambda: self.model.buy(player, kind, after, id))
            if done is None:
                return
            held = self.model.players[player].held
            assert held is not None
            assert ((done.price, done.prize), done.total) == (held.box, self.model.total(player))
        if open:
            self.draw(node, player, after)

    @precondition(lambda self: self.model.drawing and self.model.players)
    @rule(node=nodes, which=who, number=st.none() | st.integers(0, 11))
    def release(self, node: int, which: int, number: int | None) -> None:
        player = self.player(which)
        if player != "nobody":
            work = self.nodes[node].store.draws.release(self.quiz, player, number)
            self.agree(work, lambda: self.model.release(player, number))

    @precondition(lambda self: self.model.drawing and self.model.players)
    @rule(node=nodes, which=who, look=st.booleans())
    def lapse(self, node: int, which: int, look: bool) -> None:
        """The time of what somebody holds is over; perhaps the timer of a node comes by."""
        player = self.player(which)
        if player != "nobody" and self.model.players[player].held is not None:
            self.client.zadd(self.look.keys.leases, {player: 1})
            runs = self.look.runs()
            if player in runs and not self.model.players[player].held.sealed:  # type: ignore[union-attr]
                runs[player]["started_at"] = 1
                self.client.hset(self.look.keys.runs, player, json.dumps(runs[player], separators=(",", ":")))
            self.model.lapse(player)
        if look:
            self.do(self.nodes[node].store.due(self.quiz))
            self.model.lapsed()

    def draw(self, node: int, player: str, after: int) -> None:
        self.agree(self.nodes[node].store.draws.draw(self.quiz, player, after), lambda: self.model.draw(player, after))

    @rule(node=nodes, which=who, number=numbers, choice=anything, id=ids)
    def answer(self, node: int, which: int, number: int, choice: Choice, id: str) -> None:
        self.give(node, self.player(which), number, choice, id)

    def answer_the_open_question(self, node: int, which: int, choice: int, id: str) -> None:
        player = self.player(which)
        number = self.model.question
        if self.model.self_paced and player in self.model.players:
            number = self.model.players[player].question
        if number >= 0:
            self.give(node, player, number, self.choices[number][choice % len(self.choices[number])], id)

    def give(self, node: int, player: str, number: int, choice: Choice, id: str) -> None:
        work = self.nodes[node].store.answer(self.quiz, player, number, choice, id)
        try:
            done = self.do(work)
        except Refusal as refused:
            with pytest.raises(No, match=f"^{refused.code}$"):
                self.model.answer(player, number, choice, id, 0)
            return
        record = self.look.answers(number)[player]
        taken = self.model.answer(player, number, choice, id, record["ms"])
        assert done.duplicate is not taken
        answer = self.model.players[player].answers[number]
        assert (done.attempts, done.choice) == (len(answer.attempts), answer.attempts[-1].choice)
        if self.rules_.reveal == "close" and self.model.phase in ("question", "running"):
            assert not isinstance(done.points, int)
            assert not isinstance(done.total, int)
        else:
            points, _ = self.model.walk(player).get(number, (0, 0))
            assert (done.points, done.total) == (points, self.model.total(player))

    @property
    def far(self) -> bool:
        """Far enough for an end: most runs shall see a few questions."""
        return len(self.model.came) >= 3

    def request(self) -> str:
        self.requests += 1
        return f"request-{self.requests}"

    @rule(node=nodes, some=st.lists(st.integers(0, NOBODY - 1), max_size=3))
    def renew(self, node: int, some: list[int]) -> None:
        self.do(self.nodes[node].store.renew(self.quiz, [self.player(which) for which in some], 60_000))

    @rule()
    def lose_the_scripts(self) -> None:
        self.client.script_flush()

    @rule()
    def publish_when_due(self) -> None:
        while wait_ms := self.do(self.nodes[0].store.publish(self.quiz)):
            self.do(asyncio.sleep(wait_ms / 1000))
        shown = self.look.shown()
        assert shown["version"] == int(self.look.meta()["version"])
        assert (shown["players"], shown["held"]) == (len(self.model.board), self.model.held)
        assert shown["online"] <= shown["players"]
        called = {row["id"]: row["name"] for row in shown["rows"]}  # also of rows that stand still
        assert called == {id: self.model.players[id].name for id in called}
        assert not called.keys() - {id for id, _ in self.model.board}
        if not self.model.held:
            first = int(self.model.hidden or 0)
            last = 3 if self.rules_.privacy == "top" else first + 3
            assert [(row["id"], row["points"]) for row in shown["rows"]] == self.model.board[first:last]
            if self.rules_.privacy == "top":
                rows = json.loads(self.look.meta()["all_rows"])["rows"]
                assert [(row["id"], row["points"]) for row in rows] == self.model.board[first : first + 3]

    @rule(node=nodes)
    def verify(self, node: int) -> None:
        verdict = self.do(self.nodes[node].audit.verify(self.quiz))
        assert verdict.findings == []
        assert verdict.total == sum(points for _, points in self.model.board + self.model.at("aside"))
        assert verdict.players == len(self.model.board) + len(self.model.at("aside"))

    @rule(node=nodes, which=st.integers(0, NOBODY - 1))
    def explain(self, node: int, which: int) -> None:
        player = self.player(which)
        if player == "nobody":
            return
        explanation = self.do(self.nodes[node].reports.explain(self.quiz, player))
        assert explanation.complete
        removed = self.model.players[player].place == "removed"
        assert explanation.total == (0 if removed else self.model.total(player))

    @invariant()
    def board_ledger_and_answers_agree(self) -> None:
        if not hasattr(self, "look"):
            return
        assert self.look.ranked(self.look.keys.board, self.rules_.order) == self.model.board
        assert self.look.ranked(self.look.keys.aside, self.rules_.order) == self.model.at("aside")
        self.look.prove(len(self.model.questions))
        if self.rules_.team_score != "none":
            assert {**dict.fromkeys(self.look.teams(), 0), **self.model.teams} == self.look.teams()
        if self.model.drawing:
            assert self.look.free() == self.model.free
        meta = self.look.meta()
        assert (meta["phase"], int(meta["question"])) == (self.model.phase, self.model.question)
        assert meta["played"] == "".join(self.model.played)
        for number, question in enumerate(self.model.questions):
            assert self.look.counts(number) == self.model.counts(number), question.text
        for player, it in self.model.players.items():
            walked = self.model.walk(player)
            for number in it.answers:
                assert self.look.answers(number)[player]["points"] == walked.get(number, (0, 0))[0]

    @invariant()
    def everybody_is_told_their_own(self) -> None:
        if not hasattr(self, "look") or not self.model.players:
            return
        board, aside = self.model.board[:5], self.model.at("aside")[:3]
        some = [player for player, _ in board + aside]
        if not some:
            return
        standings = self.do(self.nodes[1].standings.you(self.quiz, self.model.question, some, tell=True))
        totals = [points for _, points in self.model.board]
        for place, (standing, (player, points)) in enumerate(zip(standings, board + aside, strict=True), 1):
            hold = self.rules_.reveal == "close" and self.model.phase in ("question", "running")
            unranked = hold or self.model.hidden or place > len(board)
            shared = self.rules_.ties == "shared"
            assert standing.rank == (None if unranked else totals.index(points) + 1 if shared else place)
            if standing.rank is not None:
                told = self.told.get((standing.epoch, player), standing.rank)
                assert (standing.moves.by if standing.moves else 0) == told - standing.rank
                self.told[standing.epoch, player] = standing.rank
            assert standing.waiting == (place > len(board) and self.rules_.approval)
            if not hold:
                assert standing.points == points
            elif self.model.self_paced:
                it = self.model.players[player]
                assert standing.points == it.start + it.given + self.model.sent(player)
            else:
                assert standing.points == points - self.model.walk(player).get(self.model.question, (0, 0))[0]


def test_store_and_oracle_agree(redis_url: str) -> None:
    machine = type("BoundMachine", (Machine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS if redis_url.startswith("unix") else RUNS // 6,  # fakeredis is slow
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, *SHRINK],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
