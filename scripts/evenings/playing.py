"""What people do in an evening: think, answer, look at the board, and lose their connection now and then."""

import math
import random
import time
from uuid import uuid4

import gevent
from locust.contrib.fasthttp import FastHttpUser

from evenings.asking import ask
from evenings.evening import Evening, Json
from evenings.line import Line

CUT = 0.05  # of all answers: the connection is lost before the ack comes
READS = 0.3  # of all closed questions: one looks up one's neighbours on the board
SLOWEST = 0.7  # of the time limit
HEAR_S = 15.0


def thinking_s(question: Json) -> float:
    """Most answer soon, some late, all within the time."""
    limit: float = question["time_limit"] * SLOWEST
    return min(random.lognormvariate(math.log(limit / 3), 0.6), limit)


def choose(question: Json) -> list[int]:
    return [random.randrange(len(question["choices"]))]


def read_board(user: FastHttpUser, evening: Evening, player: str, token: str) -> None:
    ask(user, "GET", f"{evening.path}/board?around={player}", "board around me", token)


class Player:
    """One player with a socket, from the first welcome to the end of the quiz."""

    def __init__(self, user: FastHttpUser, evening: Evening, player: str, token: str) -> None:
        self.user, self.evening, self.player, self.token = user, evening, player, token
        url = f"ws{user.host.removeprefix('http')}{evening.path}/live"
        self.line = Line(user.environment.events.request, url, token)
        self.question: Json = {"number": -1}  # the latest
        self.due = math.inf  # when to answer it
        self.waiting: Json | None = None  # the answer that is not acknowledged yet
        self.sent_at = 0.0
        self.awaited = self.shown = 0  # versions: of the board with our answer, and of the newest one
        self.read = -1  # the question after which one has looked at the board
        self.over = False

    def play(self) -> None:
        """Raises Refused when the server wants us no more."""
        try:
            self.take(self.line.open())
            while not self.over:
                if heard := self.line.hear(min(self.due - time.perf_counter(), HEAR_S)):
                    self.take(heard)
                elif time.perf_counter() >= self.due:
                    self.answer()
                else:
                    self.line.send(type="ping")
        finally:
            self.line.cut()

    def take(self, heard: Json) -> None:
        match heard["type"]:
            case "welcome":
                self.see(heard["state"])
                if self.waiting:  # with the same id: it may be there already
                    self.line.send(**self.waiting)
            case "state":
                self.see(heard)
            case "board":
                self.shown = heard["version"]
                self.look()
            case "ack" if self.waiting and heard["id"] == self.waiting["id"]:
                self.keep(heard)
            case "refused":
                self.line.count("answer kept", self.sent_at, ConnectionError(heard["code"]))
                self.waiting = None if not heard["retry"] else self.waiting

    def see(self, state: Json) -> None:
        """A new question makes one think."""
        self.over = state["phase"] == "finished"
        question = state["question"]
        if state["phase"] == "question" and question["number"] > self.question["number"]:
            self.question, self.due = question, time.perf_counter() + thinking_s(question)
        elif state["phase"] == "closed" and question["number"] > self.read:
            self.read = question["number"]
            if random.random() < READS:
                read_board(self.user, self.evening, self.player, self.token)

    def answer(self) -> None:
        number, choice, self.due = self.question["number"], choose(self.question), math.inf
        self.evening.sent[self.player][number] = choice
        self.waiting = {"type": "answer", "id": uuid4().hex, "question": number, "choice": choice}
        self.sent_at = time.perf_counter()
        self.line.send(**self.waiting)
        if random.random() < CUT:
            self.line.cut()

    def keep(self, ack: Json) -> None:
        self.evening.kept[self.player][ack["question"]] = ack["points"]
        self.line.count("answer kept", self.sent_at)
        self.waiting, self.awaited = None, ack["version"]
        self.look()

    def look(self) -> None:
        """Count how long it took until the board had one's answer."""
        if 0 < self.awaited <= self.shown:
            self.line.count("answer on the board", self.sent_at)
            self.awaited = 0


def play_over_http(user: FastHttpUser, evening: Evening, player: str, token: str) -> None:
    """As a program without a socket does it: look each second or two, and answer what is new. Raises Refused."""
    answered = -1
    while (state := ask(user, "GET", evening.path, "see the quiz", token)["state"])["phase"] != "finished":
        question = state["question"]
        if state["phase"] != "question" or question["number"] <= answered:
            gevent.sleep(random.uniform(1, 2))
            continue
        gevent.sleep(max(0, min(thinking_s(question), question["time_limit"] * SLOWEST - 2)))
        answered, choice = question["number"], choose(question)
        evening.sent[player][answered] = choice
        body = {"question": answered, "choice": choice, "id": uuid4().hex}
        ack = ask(user, "POST", f"{evening.path}/answers", "answer over HTTP", token, body)
        evening.kept[player][answered] = ack["points"]
        if random.random() < READS:
            read_board(user, evening, player, token)
