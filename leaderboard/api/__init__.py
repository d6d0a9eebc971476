"""HTTP: one module a noun. Importing them fills the table of operations."""

from leaderboard.api import (
    accounts,
    admin,
    board,
    charts,
    entrance,
    files,
    library,
    media,
    nodes,
    players,
    quizzes,
    rehearsal,
    scores,
    seasons,
    teams,
)
from leaderboard.api.operations import OPERATIONS

__all__ = [
    "OPERATIONS",
    "accounts",
    "admin",
    "board",
    "charts",
    "entrance",
    "files",
    "library",
    "media",
    "nodes",
    "players",
    "quizzes",
    "rehearsal",
    "scores",
    "seasons",
    "teams",
]
