"""New identifiers and tokens: from chance, or for a request that may be repeated from its idempotency key.

A repetition makes the same ones again, so the scripts see that all of it is there already, and nothing needs to be kept
of the request or of its reply. Who sends something else under the same key gets the same id with another proof, which
the scripts refuse.
"""

import base64
import hashlib
import hmac
import re
import secrets

from msgspec import Struct

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is easily taken for something else
QUIZ_ID_LENGTH = 8


class Source:
    """What new identifiers are made of. `seed` belongs to the request, `content` is what it says; None: chance."""

    def __init__(self, seed: bytes | None = None, content: bytes = b"") -> None:
        self._seed, self._content = seed, content

    @property
    def repeatable(self) -> bool:
        return self._seed is not None

    def _bytes(self, name: str, size: int, content: bytes = b"") -> bytes:
        if self._seed is None:
            return secrets.token_bytes(size)
        return hmac.digest(self._seed, b"%s\0%s" % (name.encode(), content), hashlib.sha256)[:size]

    def part(self, number: int) -> "Source":
        """The source of one of the things that a request makes many of."""
        return Source(self._bytes(f"part:{number}", 32), self._content) if self.repeatable else self

    def quiz_id(self) -> str:
        """8 letters and digits: 6.6 × 10¹¹ of them."""
        number, letters = int.from_bytes(self._bytes("quiz", 16)), []
        for _ in range(QUIZ_ID_LENGTH):
            number, place = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[place])
        return "".join(letters)

    def id(self, kind: str) -> str:
        """12 characters: of a player, an account, a key."""
        return url_safe(self._bytes(kind, 9))

    def token(self, kind: str) -> str:
        """32 characters that nobody can guess; another one for another content."""
        return url_safe(self._bytes(f"token:{kind}", 24, self._content))

    def epoch(self) -> str:
        """12 hexadecimal digits; others for another content."""
        return self._bytes("epoch", 6, self._content).hex()


CHANCE = Source()

_GRANT = re.compile(r"([skir])_([A-Za-z0-9_-]{1,40})([A-Za-z0-9_-]{12})([A-Za-z0-9_-]{32})")
KINDS = {"session": "s", "key": "k", "invite": "i", "reset": "r"}


class Grant(Struct, frozen=True):
    """A token that says what it is (`kind`: s, k, i or r), whose, and which one: one look at its owner's keys finds it."""

    kind: str
    owner: str
    id: str
    token: str


def new_grant(kind: str, owner: str, source: Source) -> Grant:
    """A token of this kind: session, key, invite or reset."""
    id, letter = source.id(kind), KINDS[kind]
    return Grant(letter, owner, id, f"{letter}_{owner}{id}{source.token(kind)}")


def read_grant(token: str, kinds: str) -> Grant | None:
    """What a token says of itself, if it can be one of these kinds."""
    found = _GRANT.fullmatch(token)
    return Grant(found[1], found[2], found[3], token) if found and found[1] in kinds else None


def url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
