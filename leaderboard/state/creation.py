"""What `create.lua` is given of a new quiz."""

from collections.abc import Sequence

import msgspec

from leaderboard.quiz import content, names
from leaderboard.quiz.content import Quiz
from leaderboard.state.contents import entries
from leaderboard.state.records import Card, Head
from leaderboard.state.writer import Argument

ABOUT = ("description", "language", "tags", "difficulty")  # what only the document says

encode = msgspec.json.encode


def fields_of(quiz: Quiz) -> list[Argument]:
    """What the scripts need to know of a quiz at once: fields and values of meta, in turn."""
    settings = quiz.settings
    head = Head(
        *(quiz.title, len(quiz.questions), settings.pacing, settings.reveal, settings.reanswer, settings.names),
        *(settings.order, settings.privacy),
    )
    own_runs = settings.streak_bonus > 0 or settings.pacing in ("self", "draw")
    fields: dict[str, Argument] = {
        "head": encode(head)[1:-1],
        "settings": encode(settings),
        "about": encode({name: getattr(quiz, name) for name in ABOUT}),
        "board_interval_ms": settings.board_interval_ms,
        "board_rows": settings.board_rows,
        "pacing": settings.pacing,
        "reveal": settings.reveal,
        "ties": settings.ties,
        "order": settings.order,
        "privacy": settings.privacy,
        "team_score": settings.team_score,
        "team_best": settings.team_best,
        "devices": settings.devices,
        "debt": int(settings.debt),
        "unanswered": settings.unanswered,
        "lobby_ms": settings.lobby_s * 1000,
        "pause_ms": settings.pause_s * 1000,
        "opens_at": settings.opens_at or 0,
        "ends_at": settings.closes_at or 0,
        "slack_ms": settings.credit_ms,
        "start": settings.start,
        "sum": 0 if settings.late == "average" else "",
        "closed_sum": 0 if settings.late == "average" else "",
        "runs": int(own_runs),
        "max_players": settings.max_players,
        "approval": int(settings.approval),
        "crowd": settings.crowd,
        "roster": int(bool(quiz.roster)),
        "listed": int(bool(quiz.teams)),
        "grouped": 0,
    }
    return [part for pair in fields.items() for part in pair]


def seen_of(quiz: Quiz) -> list[Argument]:
    """Number and question as players see it, in turn."""
    pairs = ((number, encode(content.view(number, it, quiz.settings))) for number, it in enumerate(quiz.questions))
    return [part for pair in pairs for part in pair]


def keys_of(quiz: Quiz) -> list[Argument]:
    """Number and key, in turn."""
    return [part for number, it in enumerate(quiz.questions) for part in (number, encode(content.key(it)))]


def labels_of(teams: Sequence[str]) -> list[Argument]:
    """What the labels say of teams that the host has named: label and value, in turn."""
    labels: list[Argument] = ["teams", len(teams)] if teams else []
    for number, name in enumerate(map(names.clean, teams), 1):
        fold, look = names.keys(name)
        labels += (f"team:{number}", encode(Card(str(number), name)), fold, number, look, number)
    return labels


def deck_of(quiz: Quiz) -> list[Argument]:
    """Where questions are drawn: the entries of all."""
    if quiz.settings.pacing != "draw":
        return []
    return [entry for number, it in enumerate(quiz.questions) for entry in entries(number, it)]


def roster_of(roster: Sequence[str]) -> list[Argument]:
    """Key of a name and what join.lua needs of it (both keys, then the name as written, JSON), in turn."""
    listed: list[Argument] = []
    for name in map(names.clean, roster):
        fold, look = names.keys(name)
        text = f"{fold}\n{look}\n{encode(name).decode()}"
        listed += (fold, text, look, text)
    return listed
