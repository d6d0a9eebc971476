"""New identifiers and tokens: from chance, or for a request that may be repeated from its idempotency key.

A repetition makes the same ones again, so the scripts see that all of it is there already, and nothing needs to be kept
of the request or of its reply. Who sends something else under the same key gets the same id with another proof, which
the scripts refuse.
"""

import base64
import hashlib
import hmac
import secrets

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


def url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
