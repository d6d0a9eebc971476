"""A look into Redis as an operator would take it, and the proof that the numbers there agree."""

import json
from typing import Any

import redis

from leaderboard.state.keys import Keys


class Look:
    """One quiz in Redis."""

    def __init__(self, client: redis.Redis, quiz: str) -> None:
        self.client, self.keys = client, Keys(quiz)

    def meta(self) -> dict[str, str]:
        found: Any = self.client.hgetall(self.keys.meta)
        return {name.decode(): value.decode() for name, value in found.items()}

    def board(self) -> list[tuple[str, int]]:
        """[(player, points)], best first."""
        return self.ranked(self.keys.board)

    def ranked(self, place: str, order: str = "descending") -> list[tuple[str, int]]:
        """Likewise, of those on the board, aside or removed."""
        rows: Any = self.client.zrange(place, 0, -1, desc=order == "descending", withscores=True)
        return [(player.decode(), int(score // 1)) for player, score in rows]

    def ledger(self) -> list[tuple[str, int, int]]:
        """[(player, delta, total)], oldest first."""
        entries: Any = self.client.xrange(self.keys.ledger)
        return [(e[b"player"].decode(), int(e[b"delta"]), int(e[b"total"])) for _, e in entries]

    def answers(self, question: int) -> dict[str, dict[str, Any]]:
        found: Any = self.client.hgetall(self.keys.answers(question))
        return {player.decode(): json.loads(record) for player, record in found.items()}

    def prove(self, questions: int) -> None:
        """board = ledger = start, answers, what the host gave and programs sent; for the removed the ledger says 0."""
        removed = [player for player, _ in self.ranked(self.keys.removed)]
        board = dict(self.board() + self.ranked(self.keys.aside)) | dict.fromkeys(removed, 0)
        booked = dict.fromkeys(board, 0)
        for player, delta, total in self.ledger():
            booked[player] += delta
            assert booked[player] == total
        rebuilt = dict.fromkeys(board, 0)
        for player, run in self.runs().items():
            rebuilt[player] += run["start"] + run["given"]
        held: Any = self.client.hgetall(self.keys.held)
        for player, text in held.items():
            rebuilt[player.decode()] -= int(text.split()[-2])
        for player, points in self.sent().items():
            rebuilt[player] += points
        for question in range(questions):
            for player, record in self.answers(question).items():
                rebuilt[player] += record["points"]
        assert board == booked == rebuilt | dict.fromkeys(removed, 0)

    def teams(self) -> dict[str, int]:
        """Team → points."""
        found: Any = self.client.zrange(self.keys.teams, 0, -1, withscores=True)
        names = {number: self.client.hget(self.keys.labels, f"team:{number.decode()}") for number, _ in found}
        cards: dict[bytes, Any] = {number: json.loads(str(text, "utf-8")) for number, text in names.items()}  # type: ignore[arg-type]
        return {cards[number]["name"].capitalize(): int(score // 1) for number, score in found}

    def free(self) -> set[int]:
        """The questions that can be drawn."""
        found: Any = self.client.zrangebylex(self.keys.pool, "[::", "(:;")
        return {int(entry.split(b":")[2]) for entry in found}

    def sent(self) -> dict[str, int]:
        """What other programs have sent to each player."""
        found: Any = self.client.hgetall(self.keys.outside)
        return {player.decode(): int(tally.split()[0]) for player, tally in found.items()}

    def runs(self) -> dict[str, dict[str, int]]:
        found: Any = self.client.hgetall(self.keys.runs)
        return {player.decode(): json.loads(run) for player, run in found.items()}

    def counts(self, question: int) -> dict[str, int]:
        """The distribution of the answers to a question, without what nobody chose."""
        found: Any = self.client.hgetall(self.keys.counts)
        numbers = {name.decode().partition(":"): int(count) for name, count in found.items()}
        here = {name: count for (number, _, name), count in numbers.items() if number == str(question) and count}
        return {name: count for name, count in here.items() if name != "aside"}

    def shown(self) -> dict[str, Any]:
        found: Any = self.client.get(self.keys.shown)
        message: dict[str, Any] = json.loads(found)
        return message
