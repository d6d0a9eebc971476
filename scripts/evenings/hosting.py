"""Hosts: one comes whenever somebody wants to play and finds no free seat."""

import random
import time
from contextlib import suppress
from typing import Any

import gevent
from gevent import Greenlet
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment

from evenings.asking import Refused, ask
from evenings.evening import Evening, Json, differences

GATHER_S = 3.0  # after so long without anybody new, it begins
PREPARED_S = 30.0
LOOK_S = 1.0
READ_OUT_S = 2.0  # between two questions
GOODBYE_S = 4.0  # until all have seen that it is over
ENDING = {"question": ("close", "finish"), "finished": ()}  # what is still to do in this phase
CHECK = "results have what was kept"

evenings: dict[Evening, Greenlet] = {}  # those that have not been checked, and who leads them
tonight: list[Evening] = []  # the last one that was begun


def seat(environment: Environment) -> Evening:
    """A place in an evening that has not begun. Raises Refused if its host could not make it."""
    if not tonight or not tonight[0].open:
        tonight[:] = [Evening(environment.parsed_options.room)]
        evenings[tonight[0]] = gevent.spawn(Host(environment).lead, tonight[0])
    evening = tonight[0]
    evening.taken += 1
    evening.ready.wait(PREPARED_S)
    if not evening.pin:
        raise Refused("the host could not make the quiz")
    return evening


def end_all(environment: Environment) -> None:
    """When the time is over: what was kept until now must be there, also of evenings that were not played to their end."""
    gevent.killall(list(evenings.values()))
    host = Host(environment)
    gevent.joinall([gevent.spawn(host.end, evening) for evening in list(evenings) if evening.quiz])


class Host(FastHttpUser):
    """Leads one evening, from making the quiz to the check of its results."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        self.host = environment.host
        super().__init__(environment)

    def lead(self, evening: Evening) -> None:
        with suppress(Refused):  # it is counted where it happened
            self.play(evening)
        evening.begun = True
        evening.ready.set()

    def play(self, evening: Evening) -> None:
        self.make(evening)
        self.gather(evening)
        for number in range(self.options.questions):
            self.verb(evening, "next", after=number - 1)
            self.look_on(evening)
            self.verb(evening, "close", question=number)
            gevent.sleep(READ_OUT_S)
        self.verb(evening, "finish")
        gevent.sleep(GOODBYE_S)
        self.end(evening)

    @property
    def options(self) -> Any:
        return self.environment.parsed_options

    def make(self, evening: Evening) -> None:
        body = {"title": "A load test", "questions": questions(self.options.questions, self.options.time_limit)}
        made = ask(self, "POST", "/v1/quizzes", "make a quiz", self.options.admin_token, body)
        evening.quiz, evening.host_token = made["id"], made["host_token"]
        self.verb(evening, "pin")
        evening.pin = self.see(evening)["state"]["pin"]
        evening.ready.set()

    def gather(self, evening: Evening) -> None:
        """Until all seats are taken, or nobody comes any more."""
        there, since = 0, time.monotonic()
        while there < evening.seats and time.monotonic() - since < GATHER_S:
            gevent.sleep(LOOK_S)
            if len(evening.kept) > there:
                there, since = len(evening.kept), time.monotonic()
        evening.begun = True

    def look_on(self, evening: Evening) -> None:
        """Until all have answered, or the time is over."""
        until = time.monotonic() + self.options.time_limit
        while time.monotonic() < until:
            gevent.sleep(LOOK_S)
            view = self.see(evening)
            if view["state"]["phase"] != "question" or view["board"]["answered"] >= view["board"]["players"]:
                return

    def see(self, evening: Evening) -> Json:
        return ask(self, "GET", evening.path, "see the quiz", evening.host_token)

    def verb(self, evening: Evening, verb: str, **fields: int) -> None:
        ask(self, "POST", f"{evening.path}/{verb}", f"host: {verb}", evening.host_token, fields)

    def end(self, evening: Evening) -> None:
        """Finish, compare, and leave nothing behind; but for evidence, if there are differences."""
        evenings.pop(evening, None)
        try:
            phase = self.see(evening)["state"]["phase"]
            for verb in ENDING.get(phase, ("finish",)):
                self.verb(evening, verb)
            results = ask(self, "GET", f"{evening.path}/results", "results", evening.host_token)
        except Refused as refused:
            self.say(f"{evening.quiz} could not be checked: {refused}")
            return
        wrong = differences(evening, results["rows"])
        self.say(f"{evening.quiz}: {'; '.join(wrong[:3])}; {len(wrong)} in all" if wrong else "")
        if not wrong:
            ask(self, "DELETE", evening.path, "delete the quiz", evening.host_token)

    def say(self, wrong: str) -> None:
        """Count this check."""
        found = {"response_time": 0, "response_length": 0, "exception": AssertionError(wrong) if wrong else None}
        self.environment.events.request.fire(request_type="CHECK", name=CHECK, **found)


def questions(number: int, time_limit: int) -> list[Json]:
    return [
        {
            "text": f"Which one is it? ({it + 1})",
            "choices": ["one", "two", "three", "four"],
            "answer": [random.randrange(4)],
            "time_limit": time_limit,
        }
        for it in range(number)
    ]
