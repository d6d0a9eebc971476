"""The oracle: what a quiz does, in plain Python and without a clock.

It keeps facts only (who answered what, after how long) and works every total out anew from them, each time it is asked.
How long an answer took it is told by the record of the answer; everything else it decides itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor

from leaderboard.errors import BadChoice
from leaderboard.quiz import checks, content, grading
from leaderboard.quiz.content import Choice, Question, Settings
from leaderboard.quiz.scores import Event

LIMIT_MOST_MS = 3_600_000
MOST_GIVEN = 20_000_000
MOST_ATTEMPTS = 20


class No(Exception):
    """Refused, with the code."""


def fold(events: Sequence[Event], ascending: bool = False) -> int:
    """The total of one player's events, in the order of their times and ids."""
    total: int | None = None
    for it in sorted(events, key=lambda it: (it.at, it.event.encode())):
        assert it.score is not None
        if it.operator == "set" or (it.operator == "best" and total is None):
            total = it.score
        elif it.operator == "best":
            assert total is not None
            total = min(total, it.score) if ascending else max(total, it.score)
        else:
            total = (total or 0) + (it.score if it.operator == "incr" else -it.score)
    return total or 0


@dataclass
class Attempt:
    choice: Choice
    ms: int
    id: str


@dataclass
class Answer:
    attempts: list[Attempt]
    limit_ms: float
    apart: bool = False  # given by somebody aside, to a question where places count
    box: tuple[int, int] | None = None  # price and prize


@dataclass
class Held:
    question: int
    box: tuple[int, int] | None = None
    sealed: bool = False
    lapsed: bool = False  # its time is over, and nobody has taken it back yet


@dataclass
class Player:
    start: int = 0
    own: int | None = None  # start of a registered team
    given: int = 0
    extra: int = 100
    question: int = -1
    reached: int = 0  # the later, the further behind among equals
    name: str = ""
    user: str = ""
    place: str = "board"  # "aside" or "removed"
    team: str = ""
    held: Held | None = None
    drawn: list[int] = field(default_factory=list)
    bought: str = ""
    named: bool = True  # not so whom a program has put there: others may be called like them
    answers: dict[int, Answer] = field(default_factory=dict)


@dataclass
class Correction:
    question: int = -1
    before: tuple[Choice, bool] = field(default_factory=lambda: ([], False))  # answer, void
    revision: int = 0
    player: str = ""
    points: int = 0
    undone: bool = False


class Model:
    """One quiz."""

    def __init__(self, questions: list[Question], settings: Settings) -> None:
        self.questions, self.settings = questions, settings
        self.keys: list[tuple[Choice, bool]] = [(question.answer, False) for question in questions]  # answer, void
        self.revisions = [1] * len(questions)
        self.players: dict[str, Player] = {}
        self.came: dict[int, list[str]] = {}  # who answered each question, in the order in which they did
        self.locked = False
        self.banned: set[str] = set()
        self.events: dict[str, Event] = {}  # all that were ever taken
        self.taken_back: set[str] = set()
        self.moment = 0
        self.last = 0  # correction; no number is used twice
        self.begin()

    def begin(self) -> None:
        self.phase, self.question, self.played = "lobby", -1, ["-"] * len(self.questions)
        self.rounds: list[int] = []
        self.paused, self.hidden = False, ""
        self.open_ms = 0
        self.free, self.shelved = set(range(len(self.questions))), set[int]()  # shelved: free, but does not count
        self.corrections: dict[int, Correction] = {}
        self.sending: dict[str, Event] = {}  # that count
        self.closed_sum = sum(player.start for player in self.players.values() if player.place == "board")

    # What follows from the facts

    @property
    def self_paced(self) -> bool:
        return self.settings.pacing in ("self", "draw")

    @property
    def drawing(self) -> bool:
        return self.settings.pacing == "draw"

    def graded(self, number: int, choice: Choice) -> float:
        if not choice:
            return 0.0
        question = content.Question(
            text="x",
            choices=self.questions[number].choices,
            answer=self.keys[number][0],
            type=self.questions[number].kind,
            tolerance=self.questions[number].tolerance,
            partial=self.questions[number].partial,
        )
        return grading.grade(question, choice)

    def time(self, number: int, answer: Answer) -> int:
        attempts = answer.attempts
        if self.settings.time_of == "first":
            return attempts[0].ms
        if self.settings.time_of == "best":
            now = self.graded(number, attempts[-1].choice)
            return next(it.ms for it in attempts if self.graded(number, it.choice) >= now or it is attempts[-1])
        return attempts[-1].ms

    def counting(self, name: str = "") -> list[int]:
        """The questions that give points, in the order in which they are played."""
        if self.drawing and name:
            return self.players[name].drawn
        if self.self_paced:
            return [number for number, question in enumerate(self.questions) if question.kind != "poll"]
        return self.rounds

    def walk(self, name: str) -> dict[int, tuple[int, int]]:
        """Points and streak of each of a player's answers."""
        player, won, streak, found = self.players[name], 0, 0, dict[int, tuple[int, int]]()
        for number in self.counting(name):
            void = self.keys[number][1]
            if number not in player.answers:
                if self.ahead(player, number):
                    break
                streak = streak if void else 0
                continue
            if void:
                found[number] = (0, streak)
                continue
            points, streak = self.worth(name, number, player.start + won, streak)
            found[number] = (points, streak)
            won += points
        return found

    def ahead(self, player: Player, number: int) -> bool:
        if self.drawing:
            return False
        if self.self_paced:
            return self.phase == "running" and number >= player.question
        return self.phase == "question" and number == self.question

    def worth(self, name: str, number: int, won: int, streak: int) -> tuple[int, int]:
        question, answer, settings = self.questions[number], self.players[name].answers[number], self.settings
        grade = self.graded(number, answer.attempts[-1].choice)
        if answer.box is not None:
            return floor(answer.box[1] * grade + 0.5) - answer.box[0], 0
        if grade == 0:
            penalty = settings.penalty if question.penalty is None else question.penalty
            return (-min(penalty, max(won, 0)) if settings.floor else -penalty), 0
        t, limit = self.time(number, answer), answer.limit_ms
        match question.rule or settings.rule:
            case "speed":
                share = 1 if t < 500 else max(0.5, 1 - t / limit / 2)
            case "linear":
                share = max(0, 1 - t / limit)
            case "order":
                race = [it for it in self.places[number] if self.players[it].answers[number].apart == answer.apart]
                place = race.index(name) if grade == 1 else 0
                share = settings.places[min(place, len(settings.places) - 1)] / 100 if grade == 1 else 0
            case _:
                share = 1
        points = floor(question.points * share * grade + 0.5)
        if grade < 1:
            return points, 0
        return points + settings.streak_bonus * min(streak, settings.streak_most), streak + 1

    @property
    def places(self) -> dict[int, list[str]]:
        """Who gave the right answers to each question, in the order in which they came."""
        return {
            number: [
                name
                for name in came
                if self.graded(number, self.players[name].answers[number].attempts[-1].choice) == 1
            ]
            for number, came in self.came.items()
        }

    def sent(self, name: str) -> int:
        """What programs have sent to a player."""
        theirs = [it for it in self.sending.values() if it.user_id == name]
        return fold(theirs, self.settings.order == "ascending")

    def total(self, name: str) -> int:
        player = self.players[name]
        stake = player.held.box[0] if player.held and player.held.box else 0
        return (
            player.start
            + player.given
            + self.sent(name)
            - stake
            + sum(points for points, _ in self.walk(name).values())
        )

    @property
    def teams(self) -> dict[str, int]:
        """Team → points, of those that somebody has played for."""
        found: dict[str, list[int]] = {}
        for name, points in self.board:
            if self.players[name].team:
                found.setdefault(self.players[name].team, []).append(points)
        match self.settings.team_score:
            case "sum":
                return {team: sum(points) for team, points in found.items()}
            case "mean":
                return {team: sum(points) // len(points) for team, points in found.items()}
            case _:
                best = self.settings.team_best
                return {team: sum(sorted(points, reverse=True)[:best]) for team, points in found.items()}

    @property
    def board(self) -> list[tuple[str, int]]:
        """[(player, points)], best first; of equal ones the one who was there first, then by id (backwards, unless less
        is better)."""
        return self.at("board")

    def at(self, place: str) -> list[tuple[str, int]]:
        """Likewise, of those who are there."""
        there = (name for name, player in self.players.items() if player.place == place)
        sign = 1 if self.settings.order == "ascending" else -1
        rows = sorted(((name, self.total(name)) for name in there), reverse=sign < 0)
        return sorted(rows, key=lambda row: (sign * row[1], self.players[row[0]].reached))

    def counts(self, number: int) -> dict[str, int]:
        """How often each place was chosen, and how many were right."""
        found: dict[str, int] = {}
        for name in self.came.get(number, []):
            answer = self.players[name].answers[number]
            choice = answer.attempts[-1].choice
            chosen = (
                [] if self.questions[number].kind in ("number", "text", "order") else [str(place) for place in choice]
            )
            for what in chosen + ["right"] * (self.graded(number, choice) == 1 and not answer.apart):
                found[what] = found.get(what, 0) + 1
        return found

    @property
    def held(self) -> bool:
        return self.hidden == "all" or (self.settings.reveal == "close" and self.phase in ("question", "running"))

    def reach(self, name: str) -> None:
        self.moment += 1
        self.players[name].reached = self.moment

    # Verbs: True if done, False if a repeat

    def called(self, name: str) -> str | None:
        """Who is called so, but for case."""
        here = (id for id, it in self.players.items() if it.place != "removed")
        return next((id for id in here if self.players[id].name.casefold() == name.casefold()), None)

    def join(self, new: str, name: str, user: str = "", aside: bool = False) -> str:
        """Who this is now: `new`, or the player that the user was before."""
        for id, it in self.players.items():
            if user and it.user == user and it.place != "removed":
                return id
        if self.phase == "finished":
            raise No("NO_SUCH_QUIZ")
        if self.locked:
            raise No("LOCKED")
        if self.banned & {f"user {user}", name.casefold()}:
            raise No("BANNED")
        if self.called(name):
            raise No("NAME_TAKEN")
        start = self.settings.start
        if self.settings.late == "average" and self.rounds:
            start = max(start, min(self.closed_sum // max(1, len(self.board)), 14_000_000))
        place = "aside" if aside or self.settings.approval else "board"
        self.players[new] = Player(start=start, name=name, user=user, place=place)
        self.closed_sum += start if place == "board" else 0
        self.reach(new)
        return new

    def register(self, new: str, name: str, start: int) -> None:
        if self.phase == "finished":
            raise No("FINISHED")
        if self.called(name):
            raise No("NAME_TAKEN")
        self.players[new] = Player(start=start, own=start, name=name)
        self.closed_sum += start
        self.reach(new)

    def start_with(self, name: str, start: int) -> None:
        """A registered team has other points at the start."""
        player = self.players.get(name)
        if player is None or player.own is None or player.place == "removed":
            raise No("NO_SUCH_TEAM")
        if start == player.own:
            return
        if self.phase == "finished":
            raise No("FINISHED")
        if self.total(name) != player.start or player.answers or player.drawn:
            raise No("ALREADY_PLAYING")
        self.closed_sum += start - player.own
        player.start = player.own = start
        self.reach(name)

    def known(self, name: str) -> Player:
        if name not in self.players or self.players[name].place == "removed":
            raise No("NO_SUCH_PLAYER")
        return self.players[name]

    def closed_total(self, name: str) -> int:
        """A total without what the open question gave."""
        open_points = self.walk(name).get(self.question, (0, 0))[0] if self.phase == "question" else 0
        return self.total(name) - open_points

    def rename(self, name: str, to: str) -> bool:
        player = self.known(name)
        if player.name == to:
            return False
        if self.called(to) not in (None, name):
            raise No("NAME_TAKEN")
        player.name, player.named = to, True
        return True

    def remove(self, name: str, ban: bool) -> bool:
        if name not in self.players:
            raise No("NO_SUCH_PLAYER")
        player = self.players[name]
        news = (
            {player.name.casefold(), *([f"user {player.user}"] if player.user else [])} - self.banned
            if ban and player.named
            else set()
        )
        self.banned |= news
        if player.place == "removed":
            return bool(news)
        if player.place == "board":
            self.closed_sum -= self.closed_total(name)
        player.place = "removed"
        self.let_go(player, sealed=player.held is not None and player.held.sealed)
        return True

    def admit(self, name: str | None) -> bool:
        them = [id for id, it in self.players.items() if it.place == "aside" and name in (None, id)]
        if name is not None and not them and self.known(name).place != "board":
            raise No("NO_SUCH_PLAYER")
        for id in them:
            self.closed_sum += self.closed_total(id)
            self.players[id].place = "board"
        return bool(them)

    def open(self, number: int | None, after: int | None = None) -> bool:
        if self.self_paced != (number is None):
            raise No("WRONG_PACING" if self.self_paced else "MALFORMED")
        if number is not None and not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        is_open = self.phase in ("question", "running")
        if is_open and (number is None or number == self.question):
            return False
        if self.phase == "finished":
            raise No("FINISHED")
        if after is not None and after != self.question:
            raise No("MOVED_ON")
        if is_open:
            raise No("STILL_OPEN")
        self.paused = False
        if number is None:
            self.phase = "running"
            return True
        if self.played[number] != "-":
            raise No("ALREADY_PLAYED")
        self.phase, self.question, self.played[number] = "question", number, "+"
        self.open_ms = self.questions[number].time_limit * 1000
        if self.questions[number].kind != "poll":
            self.rounds.append(number)
        return True

    def close(self, number: int | None) -> bool:
        if self.self_paced:
            raise No("WRONG_PACING")
        asked = number is None or number == self.question
        if self.phase == "question" and asked:
            self.phase, self.paused = "closed", False
            self.closed_sum = sum(points for _, points in self.board)
            return True
        if self.phase == "closed" and asked:
            return False
        raise No("NOT_OPEN")

    def next(self, after: int | None) -> bool:
        if self.self_paced:
            raise No("WRONG_PACING")
        seen = self.question if after is None else after
        if seen != self.question and self.phase != "finished":
            between = self.played[seen + 1 : self.question]
            if seen < self.question and set(between) <= {"s"}:
                return self.open(self.question, after=seen)
            raise No("MOVED_ON")
        number = next((n for n, mark in enumerate(self.played) if mark == "-" and n > seen), None)
        return self.finish() if number is None else self.open(number, after=seen)

    def skip(self, number: int) -> bool:
        if self.phase in ("question", "closed") and number == self.question:
            if self.phase == "question":
                self.close(number)
            elif self.keys[number][1]:
                return False
            self.correct(number, None, True, None)
            return True
        if self.self_paced:
            raise No("WRONG_PACING")
        if not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        if self.played[number] == "s":
            return False
        if self.played[number] == "+":
            raise No("ALREADY_PLAYED")
        if self.phase == "finished":
            raise No("FINISHED")
        self.played[number] = "s"
        return True

    def pause(self) -> bool:
        if self.self_paced or self.phase == "finished":
            raise No("WRONG_PACING" if self.self_paced else "FINISHED")
        if self.paused:
            return False
        if self.phase != "question":
            raise No("NOT_OPEN")
        self.paused = True
        return True

    def resume(self) -> bool:
        was, self.paused = self.paused, False
        return was

    def extend(self, number: int, seconds: int) -> bool:
        if self.self_paced:
            raise No("WRONG_PACING")
        if self.phase != "question" or number != self.question:
            raise No("NOT_OPEN")
        if self.open_ms + seconds * 1000 > LIMIT_MOST_MS:
            raise No("OUT_OF_RANGE")
        self.open_ms += seconds * 1000
        return True

    def lock(self, locked: bool) -> bool:
        was, self.locked = self.locked, locked
        return was != locked

    def freeze(self) -> bool:
        was, self.hidden = self.hidden, self.hidden or "all"
        return not was

    def reveal(self, hidden: int) -> bool:
        if not self.hidden:
            if hidden:
                raise No("NOT_FROZEN")
            return False
        if self.settings.reveal == "close" and self.phase in ("question", "running"):
            raise No("STILL_OPEN")
        if self.hidden != "all" and hidden >= int(self.hidden):
            return False
        self.hidden = str(hidden) if hidden else ""
        return True

    def extra(self, name: str, percent: int) -> bool:
        player = self.known(name)
        if player.extra == percent:
            return False
        if self.phase == "question":
            raise No("STILL_OPEN")
        player.extra = percent
        return True

    def adjust(self, name: str, points: int, undoes: Correction | None = None) -> bool:
        player = self.known(name)
        if undoes is not None and undoes.undone:
            raise No("ALREADY_UNDONE")
        if abs(player.given + points + self.sent(name)) > MOST_GIVEN:
            raise No("OUT_OF_RANGE")
        player.given += points
        self.closed_sum += points if player.place == "board" else 0
        self.reach(name)
        self.noted(Correction(player=name, points=points), undoes)
        return True

    def correct(
        self,
        number: int,
        answer: Choice | None,
        void: bool | None,
        revision: int | None,
        undoes: Correction | None = None,
    ) -> bool:
        if not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        question = self.questions[number]
        if answer is None and void is None:
            raise No("MALFORMED")
        known, was_void = self.keys[number]
        key = (known if answer is None else answer, was_void if void is None else void)
        if checks.flaw(content.Question(text="x", choices=question.choices, answer=key[0], type=question.kind)):
            raise No("BAD_QUIZ")
        if self.phase == "question" and number == self.question:
            raise No("STILL_OPEN")
        if undoes is not None and undoes.undone:
            raise No("ALREADY_UNDONE")
        if revision is not None and revision != self.revisions[number]:
            raise No("MOVED_ON")
        before = sum(points for _, points in self.board)
        note = Correction(number, self.keys[number], self.revisions[number] + 1)
        self.keys[number] = key
        here, there = (self.free, self.shelved) if key[1] else (self.shelved, self.free)
        if number in here:
            here.discard(number)
            there.add(number)
        self.revisions[number] += 1
        self.closed_sum += sum(points for _, points in self.board) - before
        self.noted(note, undoes)
        return True

    def noted(self, correction: Correction, undoes: Correction | None) -> None:
        self.last += 1
        self.corrections[self.last] = correction
        if undoes is not None:
            undoes.undone = True

    def undo(self, number: int) -> bool:
        if number not in self.corrections:
            raise No("NO_SUCH_CORRECTION")
        it = self.corrections[number]
        if it.player:
            return self.adjust(it.player, -it.points, it)
        return self.correct(it.question, it.before[0], it.before[1], it.revision, it)

    def finish(self) -> bool:
        if self.phase == "finished":
            return False
        if self.phase == "question":
            raise No("STILL_OPEN")
        self.phase, self.paused = "finished", False
        for name, player in self.players.items():
            self.give_back(name, player, end=True)
        return True

    def reset(self) -> None:
        # Without answers nobody reached a total before others: Redis orders equal scores by id.
        self.moment += 1
        self.players = {name: player for name, player in self.players.items() if player.place != "removed"}
        for player in self.players.values():
            player.start = self.settings.start if player.own is None else player.own
            player.given, player.question, player.answers = 0, -1, {}
            player.reached, player.held, player.drawn, player.bought = self.moment, None, [], ""
        self.came = {}
        self.keys = [(answer, False) for answer, _ in self.keys]
        self.begin()

    # Scores from outside

    def score(self, event: Event) -> str:
        """What becomes of an event: `applied`, `duplicate`, or a code."""
        known = self.events.get(event.event)
        if known is not None:
            return "duplicate" if known == event else "ID_REUSED"
        if self.phase == "finished":
            return "FINISHED"
        taken_back = event.event in self.taken_back and event.operator != "retract"
        target = self.sending.get(event.retracts) if event.operator == "retract" else event
        if target is not None and not taken_back and (refused := self.send(target, event)):
            return refused
        if event.operator == "retract":
            self.taken_back.add(event.retracts)
        self.events[event.event] = event
        return "applied"

    def send(self, target: Event, event: Event) -> str:
        """Let an event count, or not any more. Returns why not."""
        name, was = target.user_id, dict(self.sending)
        if name in self.players and self.players[name].place == "removed":
            return "REMOVED"
        if name not in self.players:
            self.players[name] = Player(start=self.settings.start, name=name, named=False)
            self.closed_sum += self.settings.start
            self.reach(name)
        before, player = self.sent(name), self.players[name]
        self.sending.pop(event.retracts, None)
        if event is target:
            self.sending[event.event] = event
        if abs(self.sent(name) + player.given) > MOST_GIVEN:
            self.sending = was
            return "OUT_OF_RANGE"
        if self.sent(name) != before:
            self.closed_sum += self.sent(name) - before if player.place == "board" else 0
            self.reach(name)
        return ""

    # Drawing

    def let_go(self, player: Player, sealed: bool) -> None:
        if player.held is None:
            return
        if sealed or self.settings.unanswered == "free":
            void = self.keys[player.held.question][1]
            (self.shelved if void else self.free).add(player.held.question)
        player.held = None

    def give_back(self, name: str, player: Player, end: bool = False) -> bool:
        """Whether somebody held anything. `end`: of the quiz, before their time was over unless it has lapsed."""
        held = player.held
        if held is None:
            return False
        void = self.keys[held.question][1]
        self.let_go(player, held.sealed)
        if held.box is None:
            return True
        back = held.sealed or (end and not held.lapsed)
        if not back:
            player.answers[held.question] = Answer([Attempt([], 0, "")], 0, box=held.box)
        if held.box[0] and (back or void):
            self.reach(name)
        return True

    def lapse(self, name: str) -> None:
        """Its time is over."""
        if self.players[name].held is not None:
            self.players[name].held.lapsed = True  # type: ignore[union-attr]

    def lapsed(self) -> None:
        """Take back whatever has lapsed."""
        for name, player in self.players.items():
            if player.held is not None and player.held.lapsed:
                self.give_back(name, player)

    def entitled(self, name: str) -> Player:
        if not self.drawing:
            raise No("WRONG_PACING")
        player = self.known(name)
        if player.place == "aside" and self.settings.approval:
            raise No("NOT_ADMITTED")
        if self.phase != "running":
            raise No("NOT_OPEN")
        return player

    def choose(self, player: Player, difficulty: str | None, number: int | None) -> int | None:
        kinds = [
            n for n in sorted(self.free) if difficulty in (None, self.questions[n].difficulty) and number in (None, n)
        ]
        return next((n for n in kinds if n not in player.drawn), None)

    def claim(self, name: str, after: int, difficulty: str | None, number: int | None) -> bool:
        player = self.entitled(name)
        if player.held is not None and player.held.lapsed:
            sealed = player.held.sealed
            self.lapsed()
            if sealed:
                raise No("BOX_LAPSED")
        if player.held is not None and not player.held.sealed:
            return False
        if player.held is None:
            if player.question != after:
                self.lapsed()
                raise No("MOVED_ON")
            if self.choose(player, difficulty, number) is None:
                self.lapsed()
            found = self.choose(player, difficulty, number)
            if found is None:
                raise No("ALL_DRAWN" if number is None else "TAKEN")
            self.free.discard(found)
            player.held = Held(found)
        player.held.sealed = False
        player.question = player.held.question
        player.drawn.append(player.question)
        return True

    def buy(self, name: str, difficulty: str, after: int, id: str) -> bool:
        if self.drawing and difficulty not in self.settings.boxes:
            raise No("NO_BOX")
        player = self.entitled(name)
        held = player.held
        if held is not None and held.lapsed:
            self.lapsed()
        elif held is not None and held.sealed and self.questions[held.question].difficulty == difficulty:
            return False
        elif held is not None:
            raise No("STILL_HOLDING")
        if player.question != after or (id and player.bought == id):
            raise No("MOVED_ON")
        box, total = self.settings.boxes[difficulty], self.total(name)  # type: ignore[index]
        price = min(100_000, box.price + max(total, 0) * box.price_percent // 100)
        prize = min(100_000, box.prize + max(total, 0) * box.prize_percent // 100)
        if price > max(total, 0) and not self.settings.debt:
            raise No("CANNOT_AFFORD")
        if self.choose(player, difficulty, None) is None:
            self.lapsed()
        found = self.choose(player, difficulty, None)
        if found is None:
            raise No("ALL_DRAWN")
        self.free.discard(found)
        player.held, player.bought = Held(found, (price, prize), sealed=True), id or player.bought
        if price:
            self.reach(name)
        return True

    def release(self, name: str, number: int | None) -> bool:
        if not self.drawing:
            raise No("WRONG_PACING")
        held = self.players[name].held
        if held is not None and number not in (None, held.question):
            raise No("MOVED_ON")
        return self.give_back(name, self.players[name])

    def draw(self, name: str, after: int) -> bool:
        if not self.self_paced:
            raise No("WRONG_PACING")
        if self.drawing:
            return self.claim(name, after, None, None)
        player = self.known(name)
        if player.place == "aside" and self.settings.approval:
            raise No("NOT_ADMITTED")
        if self.phase != "running":
            raise No("NOT_OPEN")
        if player.question not in (after, after + 1):
            raise No("MOVED_ON")
        if after + 1 >= len(self.questions):
            raise No("ALL_DRAWN")
        again = player.question == after + 1
        player.question = after + 1
        return not again

    def answer(self, name: str, number: int, choice: Choice, id: str, ms: int) -> bool:
        """False if it is a repeat. `ms` counts only if the answer is taken."""
        if not 0 <= number < len(self.questions):
            raise No("NO_SUCH_QUESTION")
        try:
            grading.check(self.questions[number], choice)
        except BadChoice:
            raise No("BAD_CHOICE") from None
        player = self.known(name)
        if player.place == "aside" and self.settings.approval:
            raise No("NOT_ADMITTED")
        old = player.answers.get(number)
        if old is not None and (self.settings.reanswer == "never" or self.repeats(old, choice, id)):
            return False
        if self.phase == "running" and self.drawing:
            if player.held is None or player.held.sealed or player.held.question != number:
                raise No("NOT_YOURS")
            if player.held.lapsed:
                raise No("TOO_LATE")
        elif self.phase == "running":
            if player.question != number:
                raise No("NOT_OPEN")
        elif number != self.question or self.phase == "finished":
            raise No("NOT_OPEN")
        elif self.phase != "question":
            raise No("TOO_LATE")
        elif self.paused:
            raise No("PAUSED")
        if old is not None and len(old.attempts) >= MOST_ATTEMPTS:
            raise No("TOO_OFTEN")
        before = self.total(name)
        box, player.held = player.held.box if player.held else None, None
        if old is None:
            limit_ms = self.questions[number].time_limit * 1000 * player.extra / 100
            apart = player.place == "aside" and (self.questions[number].rule or self.settings.rule) == "order"
            player.answers[number] = Answer([Attempt(choice, ms, id)], limit_ms, apart, box)
            self.came.setdefault(number, []).append(name)
        else:
            old.attempts.append(Attempt(choice, ms, id))
        if self.total(name) != before:
            self.reach(name)
        return True

    def repeats(self, old: Answer, choice: Choice, id: str) -> bool:
        return old.attempts[-1].choice == choice or (bool(id) and any(it.id == id for it in old.attempts))
