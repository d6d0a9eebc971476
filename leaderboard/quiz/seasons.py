"""Several quizzes as one board: who is the same person, what each quiz counts, and what is dropped."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

MOST_QUIZZES = 100

By = Literal["points", "places"]
Who = Literal["user", "name"]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
QuizID = Annotated[str, Meta(min_length=1, max_length=32)]
QuizIDs = Annotated[list[QuizID], Meta(max_length=MOST_QUIZZES)]
Worst = Annotated[int, Meta(ge=0, le=MOST_QUIZZES)]
PLACES = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)


class Rules(Struct):
    """How a season is counted. `by` points adds them up, `by` places gives `places[0]` to each first, and so on, then 0.

    `drop_worst`: so many quizzes of each person count for nothing, but never all. `person`: who has neither an account
    nor an external ID is known by their name, or else by the player's ID.
    """

    drop_worst: Worst = 0
    by: By = "points"
    places: Annotated[list[Annotated[int, Meta(ge=0, le=1_000_000)]], Meta(min_length=1, max_length=100)] = field(
        default_factory=lambda: [*PLACES]
    )
    person: Who = "user"


class MakeSeason(Rules, forbid_unknown_fields=True, kw_only=True):
    """A season of quizzes; more can be added later."""

    title: Title
    quizzes: QuizIDs = []


class ChangeSeason(Struct, forbid_unknown_fields=True):
    """`add` and `remove` are quizzes."""

    title: Title | UnsetType = UNSET
    add: QuizIDs = []
    remove: QuizIDs = []
    drop_worst: Worst | UnsetType = UNSET


class Result(Struct):
    """What a person reached in a quiz. `person`: who it is in all quizzes."""

    person: str
    player: str
    name: str
    points: int
    rank: int


class Line(Struct):
    """A person in a season: the quizzes in which they took part, by number, and what each gave; those that are dropped."""

    person: str
    name: str
    total: int
    quizzes: dict[int, int]
    dropped: list[int]


def merge(rules: Rules, results: dict[int, list[Result]]) -> list[Line]:
    """The season's board, best first; equal totals in the order of the names. `results`: of each quiz, best first.

    Who is in a quiz twice counts once, with the better.
    """
    names, values = dict[str, str](), dict[str, dict[int, int]]()
    for number, ranked in sorted(results.items()):
        for result in ranked:
            values.setdefault(result.person, {}).setdefault(number, value(rules, result))
            names[result.person] = result.name
    lines = [line(rules, len(results), person, names[person], of) for person, of in values.items()]
    return sorted(lines, key=place)


def value(rules: Rules, result: Result) -> int:
    """What a quiz gives a person."""
    if rules.by == "points":
        return result.points
    return rules.places[result.rank - 1] if result.rank <= len(rules.places) else 0


def line(rules: Rules, counted: int, person: str, name: str, values: dict[int, int]) -> Line:
    """Drop the worst: first quizzes in which one did not take part."""
    missed = counted - len(values)
    drop = max(0, min(rules.drop_worst, counted - 1) - missed)
    dropped = sorted(sorted(values, key=lambda number: values[number])[:drop])
    total = sum(values.values()) - sum(values[number] for number in dropped)
    return Line(person, name, total, values, dropped)


def place(line: Line) -> tuple[int, str, str]:
    """What lines are in order by."""
    return -line.total, line.name, line.person
