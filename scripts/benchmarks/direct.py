"""The state without a node: quizzes of any size, filled straight into Redis, and calls of answer.lua by hand."""

import contextlib
from collections.abc import AsyncIterator

import redis

from benchmarks.quizzes import Quiz
from benchmarks.rig import Rig
from leaderboard.quiz import grading
from leaderboard.state.contents import Content
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.scripts import SCRIPTS

RTT_MS = 20  # of every player
RIGHT, WRONG = 0, 1  # the choices of all our quizzes
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


@contextlib.asynccontextmanager
async def state(rig: Rig) -> AsyncIterator[Quizzes]:
    """What a node has of the quizzes, in this process."""
    ours = Quizzes(rig.redis_url)
    ours.start()
    try:
        yield ours
    finally:
        await ours.stop()


class Filled:
    """A quiz with so many players, all online, whose ids are their numbers with twelve digits."""

    def __init__(self, server: "redis.Redis", quiz: Quiz, content: Content, players: int) -> None:
        self.redis, self.quiz, self.content, self.players = server, quiz, content, players
        self.keys = Keys(quiz.id)
        for first in range(0, players, FILLED_AT_ONCE):
            last = min(first + FILLED_AT_ONCE, players)
            server.eval(FILL, 3, self.keys.board, self.keys.players, self.keys.online, first, last)
        server.script_load(ANSWER.text.decode())

    def command(self, player: str, choice: int = RIGHT) -> list[str]:
        """The call with which `Store.answer` takes this player's answer to the open question."""
        question = self.quiz.question
        asked = self.content[question]
        grade, tally = grading.grade(asked.question, [choice]), grading.tally(asked.question, [choice])
        answered = (player, question, f"[{choice}]", f"{grade:g}", self.content.stamp, f'"{choice}"', RTT_MS)
        args = (*answered, " ".join(tally), *asked.rules)
        return ["EVALSHA", ANSWER.sha, str(len(asked.keys)), *asked.keys, *(str(arg) for arg in args)]

    def answered(self) -> int:
        """Answers to the open question."""
        return self.redis.hlen(self.keys.answers(self.quiz.question))


async def fill(rig: Rig, quiz: Quiz, players: int) -> Filled:
    """A quiz as it was made, with so many players."""
    async with state(rig) as ours:
        return Filled(rig.client(), quiz, await ours.contents.read(quiz.id), players)
