"""The oracle: what a quiz does, in plain Python and without a clock.

It is told how long each answer took, as the record of the answer says it, and decides everything else.
"""

from dataclasses import dataclass, field
from math import floor


class No(Exception):
    """Refused, with the code."""


@dataclass
class Answer:
    choice: list[int]
    points: int


@dataclass
class Model:
    """One quiz. `questions` are (answer key, number of choices, points, time limit in ms)."""

    questions: list[tuple[list[int], int, int, int]]
    phase: str = "lobby"
    question: int = -1
    played: set[int] = field(default_factory=set)
    points: dict[str, int] = field(default_factory=dict)  # in the order in which the totals were reached
    answers: dict[int, dict[str, Answer]] = field(default_factory=dict)
    ledger: list[tuple[str, int, int]] = field(default_factory=list)  # player, delta, total

    def join(self, player: str) -> None:
        if self.phase == "finished":
            raise No("FINISHED")
        self.points[player] = 0

    def open(self, number: int) -> bool:
        """False if it was open already."""
        if not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        if self.phase == "question" and self.question == number:
            return False
        if self.phase == "finished":
            raise No("FINISHED")
        if self.phase == "question":
            raise No("STILL_OPEN")
        if number in self.played:
            raise No("ALREADY_PLAYED")
        self.phase, self.question = "question", number
        self.played.add(number)
        return True

    def close(self, number: int | None) -> bool:
        """False if it was closed already."""
        mine = number is None or number == self.question
        if self.phase == "question" and mine:
            self.phase = "closed"
            return True
        if self.phase == "closed" and mine:
            return False
        raise No("NOT_OPEN")

    def next(self, after: int | None) -> bool:
        if after is None:
            if self.phase == "finished" or self.question + 1 == len(self.questions):
                return self.finish()
            return self.open(self.question + 1)
        number = after + 1
        if number == len(self.questions):
            if self.phase != "finished" and self.question != after:
                raise No("MOVED_ON")
            return self.finish()
        again = self.phase == "question" and self.question == number
        if not again and self.phase != "finished" and self.question != after:
            raise No("MOVED_ON")
        return self.open(number)

    def finish(self) -> bool:
        if self.phase == "finished":
            return False
        if self.phase == "question":
            raise No("STILL_OPEN")
        self.phase = "finished"
        return True

    def reset(self) -> None:
        self.phase, self.question = "lobby", -1
        self.played, self.answers, self.ledger = set(), {}, []
        # Without points nobody reached a total before others: Redis orders equal scores by id.
        self.points = dict.fromkeys(sorted(self.points, reverse=True), 0)

    def answer(self, player: str, number: int, choice: list[int], ms: int) -> tuple[bool, Answer]:
        """(False, the first answer) if it is a repeat. `ms` counts only if the answer is taken."""
        self.check(number, choice)
        if player not in self.points:
            raise No("NO_SUCH_PLAYER")
        first = self.answers.get(number, {}).get(player)
        if first is not None:
            return False, first
        if self.phase == "finished" or number != self.question:
            raise No("NOT_OPEN")
        if self.phase != "question":
            raise No("TOO_LATE")
        return True, self._give(player, number, choice, ms)

    def check(self, number: int, choice: list[int]) -> None:
        if not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        key, choices, _, _ = self.questions[number]
        possible = choice and len(set(choice)) == len(choice) and all(0 <= place < choices for place in choice)
        if not possible or (len(key) == 1 and len(choice) > 1):
            raise No("BAD_CHOICE")

    def _give(self, player: str, number: int, choice: list[int], ms: int) -> Answer:
        key, _, worth, limit_ms = self.questions[number]
        share = 1.0 if ms < 500 else 1 - ms / limit_ms / 2
        delta = floor(worth * share + 0.5) if sorted(choice) == sorted(key) else 0
        answer = self.answers.setdefault(number, {})[player] = Answer(choice, delta)
        if delta:
            total = self.points.pop(player) + delta
            self.points[player] = total  # behind those who had as much before
            self.ledger.append((player, delta, total))
        return answer

    @property
    def board(self) -> list[tuple[str, int]]:
        """[(player, points)], best first."""
        return sorted(self.points.items(), key=lambda row: -row[1])  # sorted() is stable: ties stay in order
