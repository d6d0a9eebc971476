"""What a team is that plays as one player."""

from collections.abc import Sequence

from msgspec import Struct

from leaderboard.errors import BadName, BadTeam
from leaderboard.quiz import names
from leaderboard.quiz.accounts import clean_email

MAX_MEMBERS = 50
MAX_START = 1_000_000  # as the setting `start`


class Details(Struct):
    """What is kept of a registered team: points at the start, members, e-mail address or ''.

    It stands in Redis as JSON that begins with `start`, which scripts read (lua/include/team.lua).
    """

    start: int
    members: list[str]
    email: str


def details(start: int, members: Sequence[str], email: str, filter_names: bool) -> Details:
    """The same as it is kept. Raises BadTeam, BadEmail."""
    return Details(start, clean_members(members, filter_names), clean_email(email) if email else "")


def clean_members(members: Sequence[str], filter_names: bool) -> list[str]:
    """Their names in normal form. Raises BadTeam if one is none, or two look the same."""
    seen: dict[str, int] = {}
    cleaned: list[str] = []
    for number, name in enumerate(members):
        try:
            cleaned.append(names.accept(name, filter_names))
        except BadName as bad:
            raise BadTeam(f"Member {number}: {bad.detail}") from None
        for key in names.keys(cleaned[-1]):
            if seen.setdefault(key, number) != number:
                raise BadTeam(f"Members {seen[key]} and {number} have the same name, or look the same.")
    return cleaned
