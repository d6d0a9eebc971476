"""One evening: a quiz, who plays it, and whether its results have all that was kept."""

from dataclasses import dataclass, field
from threading import Event  # locust has made it gevent's
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Evening:
    """`sent` and `kept` are by player and question: the choices that left us, and the points that were acknowledged."""

    seats: int
    quiz: str = ""
    pin: str = ""
    host_token: str = field(default="", repr=False)
    taken: int = 0
    begun: bool = False
    ready: Event = field(default_factory=Event)  # there is a PIN, or there will never be one
    sent: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    kept: dict[str, dict[int, int]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return not self.begun and self.taken < self.seats

    @property
    def path(self) -> str:
        return f"/v1/quizzes/{self.quiz}"

    def enter(self, player: str) -> None:
        self.sent[player], self.kept[player] = {}, {}


def differences(evening: Evening, rows: list[Json]) -> list[str]:
    """What the results have lost, doubled or made up: nothing, if all is well."""
    found = {row["player"]: row for row in rows}
    missing = [f"{player} is missing" for player in evening.kept if player not in found]
    return missing + [line for player, row in found.items() for line in wrong_in(evening, player, row)]


def wrong_in(evening: Evening, player: str, row: Json) -> list[str]:
    """The same, of one player. What was sent and never acknowledged may be there or not."""
    kept, sent = evening.kept.get(player, {}), evening.sent.get(player, {})
    given = {int(number): answer for number, answer in row["answers"].items()}
    lines = [f"answer {it} of {player} was kept and is not there" for it in kept.keys() - given.keys()]
    lines += [f"answer {it} of {player} was never sent" for it in given.keys() - sent.keys()]
    for it in given.keys() & kept.keys():
        if (given[it]["choice"], given[it]["points"]) != (sent[it], kept[it]):
            lines.append(f"answer {it} of {player} is {given[it]}, and not {sent[it]} for {kept[it]} points")
    if row["points"] != sum(answer["points"] for answer in given.values()):
        lines.append(f"{player} has {row['points']} points, and the answers give others")
    return lines
