"""What players may be called."""

import unicodedata

from leaderboard.errors import BadName

MAX_LENGTH = 32
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(name: str) -> str:
    """The name in normal form (NFKC), spaces folded. Raises BadName."""
    folded = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 1 <= len(folded) <= MAX_LENGTH:
        raise BadName
    if any(unicodedata.category(character) in _INVISIBLE for character in folded):
        raise BadName
    return folded
