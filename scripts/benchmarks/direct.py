"""answer.lua without a node: quizzes of any size, filled straight into Redis, and calls of the script by hand."""

from typing import cast

import redis

from benchmarks.quizzes import Quiz
from leaderboard.state.keys import Keys
from leaderboard.state.scripts import SCRIPTS

FILLED_AT_ONCE = 20_000
ANSWER = SCRIPTS["answer"]
FILL = """
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  local id = string.format('%012d', i)
  redis.call('ZADD', KEYS[1], string.format('%.17g', math.random(0, 100000) + 0.5 - i / 67108864), id)
  redis.call('HSET', KEYS[2], id, '{"id":"' .. id .. '","name":"Player ' .. id .. '"}')
  redis.call('ZADD', KEYS[3], 9e15, id)
end
"""


class Filled:
    """A quiz with so many players, all online, whose ids are their numbers with twelve digits."""

    def __init__(self, server: "redis.Redis", quiz: Quiz, players: int) -> None:
        self.redis, self.quiz, self.players = server, quiz, players
        self.keys = Keys(quiz.id)
        for first in range(0, players, FILLED_AT_ONCE):
            last = min(first + FILLED_AT_ONCE, players)
            server.eval(FILL, 3, self.keys.board, self.keys.players, self.keys.online, first, last)
        self.epoch = cast(bytes, server.hget(self.keys.meta, "epoch")).decode()
        server.script_load(ANSWER.text.decode())

    def command(self, player: str) -> list[str]:
        """The call that takes this player's right answer to the open question."""
        question = self.quiz.question
        keys = (*self.keys.showing, self.keys.answers(question), self.keys.ledger)
        call = ("EVALSHA", ANSWER.sha, str(len(keys)), *keys)
        return [*call, player, str(question), "[0]", "1.0", self.epoch]

    def answered(self) -> int:
        """Answers to the open question."""
        return self.redis.hlen(self.keys.answers(self.quiz.question))
