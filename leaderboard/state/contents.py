"""What the quizzes consist of, as long as it stays so: read once, and remembered for the quizzes read last."""

import asyncio
from collections import OrderedDict

import msgspec
from msgspec import Struct

from leaderboard.errors import NoSuchQuestion, NoSuchQuiz
from leaderboard.quiz import content
from leaderboard.quiz.content import AnswerKey, Question, QuestionView, Settings
from leaderboard.quiz.kept import read_settings
from leaderboard.state.keys import Keys
from leaderboard.state.writer import Argument, Writer

REMEMBERED_QUIZZES = 1_000
REMEMBERED_QUESTIONS = 200_000  # some 3 KiB each

_read_view = msgspec.json.Decoder(QuestionView).decode
_read_key = msgspec.json.Decoder(AnswerKey).decode


class Asked(Struct):
    """A question, its key, and what the answer script is given of both."""

    question: Question
    view: QuestionView
    key: AnswerKey
    keys: tuple[str, ...]
    rules: tuple[Argument, ...]

    @property
    def counts(self) -> bool:
        """Whether its answers give points."""
        return self.question.kind != "poll"


class Content(Struct):
    """A quiz's questions and settings, as long as `stamp` lasts: until a correction or a reset."""

    stamp: str
    settings: Settings
    asked: list[Asked]

    def __getitem__(self, number: int) -> Asked:
        """Raises NoSuchQuestion."""
        if not 0 <= number < len(self.asked):
            raise NoSuchQuestion
        return self.asked[number]

    @property
    def drawing(self) -> bool:
        """Whether each question is drawn by one player."""
        return self.settings.pacing == "draw"

    @property
    def own_pace(self) -> bool:
        """Whether players go on by themselves, so that there is no current question."""
        return self.settings.pacing in ("self", "draw")

    @property
    def ascending(self) -> bool:
        """Whether less is better."""
        return self.settings.order == "ascending"


class Contents:
    """The contents by quiz."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._known: OrderedDict[str, Content] = OrderedDict()
        self._loading: dict[str, asyncio.Future[Content]] = {}

    def known(self, quiz: str) -> Content | None:
        """What is remembered; it may be out of date, which the scripts tell."""
        return self._known.get(quiz)

    async def get(self, quiz: str) -> Content:
        """What is remembered, or else read."""
        return self._known.get(quiz) or await self.read(quiz)

    async def read(self, quiz: str) -> Content:
        """Read the content as it is now, once for all who ask in the same turn. Raises NoSuchQuiz."""
        loading = self._loading.get(quiz)
        if loading is None:
            loading = self._loading[quiz] = asyncio.ensure_future(self._load(quiz))
        return await asyncio.shield(loading)

    async def _load(self, quiz: str) -> Content:
        del self._loading[quiz]  # from here on it may be too old for who asks
        keys = Keys(quiz)
        (stamp, settings), views, answers = await asyncio.gather(
            self._writer.command("HMGET", keys.meta, "content", "settings"),
            self._writer.command("HGETALL", keys.questions),
            self._writer.command("HGETALL", keys.keys),
        )
        if stamp is None:
            raise NoSuchQuiz
        seen, kept = pairs(views), pairs(answers)
        found = read_settings(settings)
        asked: list[Asked] = []
        for number in range(len(seen)):
            view, key = _read_view(seen[str(number)]), _read_key(kept[str(number)])
            question = content.whole(view, key)
            rules = rules_of(question, found, *place_of(asked, view, key, found))
            places = (
                *keys.showing,
                keys.answers(number),
                keys.ledger,
                keys.runs,
                keys.counts,
                keys.aside,
                keys.outside,
            )
            if found.pacing == "draw":
                places += (keys.held, keys.leases, keys.pool)
            asked.append(Asked(question, view, key, places, rules))
        content_ = self._known[quiz] = Content(stamp.decode(), found, asked)
        self._forget()
        return content_

    def _forget(self) -> None:
        """The oldest, until the others are few enough."""
        while len(self._known) > 1 and (
            len(self._known) > REMEMBERED_QUIZZES
            or sum(len(it.asked) for it in self._known.values()) > REMEMBERED_QUESTIONS
        ):
            self._known.popitem(last=False)


def entries(number: int, question: Question) -> list[str]:
    """A question under all that one may ask for (lua/include/pool.lua): difficulty, topic, both, or any."""
    difficulty, topic = question.difficulty or "", question.topic.casefold()
    tail = f"{number:05}:{question.time_limit * 1000}:{difficulty}:{topic}"
    asked = (f"{difficulty}:{topic}:", f"{difficulty}::", f":{topic}:", "::")
    return list(dict.fromkeys(prefix + tail for prefix in asked))


def downwards(settings: Settings) -> str:
    """The command that reads a board from its first place down."""
    return "ZRANGE" if settings.order == "ascending" else "ZREVRANGE"


def place_of(before: list[Asked], view: QuestionView, key: AnswerKey, settings: Settings) -> tuple[str, str]:
    """Round and previous round, as the answer script takes them; only with self pacing they are known beforehand."""
    if view.type == "poll" or key.void:
        return "0", ""
    if settings.pacing != "self":
        return "1" if settings.pacing == "draw" else "", ""
    rounds = [asked for asked in before if asked.counts]
    valid = [n for n, asked in enumerate(rounds, 1) if not asked.key.void]
    return str(len(rounds) + 1), str(valid[-1] if valid else 0)


def rules_of(question: Question, settings: Settings, round_: str, previous: str) -> tuple[Argument, ...]:
    """ARGV[9…20] of the answer script."""
    assert question.rule is not None
    assert question.penalty is not None
    return (
        *(question.rule, question.points, question.time_limit * 1000, question.penalty, round_),
        *scoring_of(settings),
        "" if settings.reanswer == "never" else settings.time_of,
        settings.credit_ms,
        previous,
    )


def scoring_of(settings: Settings) -> tuple[Argument, ...]:
    """What is the same for all questions: floor, streak bonus, streak most, places."""
    places = ",".join(str(percent) for percent in settings.places)
    return (int(settings.floor), settings.streak_bonus, settings.streak_most, places)


def pairs(flat: list[bytes]) -> dict[str, bytes]:
    """What HGETALL returns, as a dictionary."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
