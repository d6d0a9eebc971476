"""The rate limits, as the settings say them. `limits` keeps them."""

import re

from msgspec import Struct

DEFAULTS = (
    "address=6000/60 joins=3000/60 player=600/60 host=1200/60 account=1200/60 key=6000/60 "
    "tokens=60/60 failures=30/60 pins=300/60 sign_ins=20/300"
)
SHARES = {
    "address": "requests without a token, of an address (IPv6: of a /64)",
    "joins": "joining without a token, of an address",
    "player": "a player in a quiz",
    "host": "the hosts of a quiz",
    "account": "an account, over all its sessions",
    "key": "an API key",
    "tokens": "wrong tokens over HTTP, of an address; good ones always work",
    "failures": "wrong codes, PINs and passwords, of an address",
    "pins": "wrong PINs, of all together",
    "sign_ins": "attempts to sign in, to sign up or to reset, for one e-mail address; confirming by password, of an account",
}

RULE = re.compile(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,5})")


class Policy(Struct, frozen=True):
    """`quota` requests at once, and as many in `window_s` seconds in the long run."""

    name: str
    quota: int
    window_s: int


def read_policies(text: str) -> dict[str, Policy]:
    """The defaults with what this text changes: "address=600/60 key=off", or "off" for no limits. Raises ValueError."""
    found: dict[str, Policy] = {}
    if text.strip() == "off":
        return found
    names = {part.partition("=")[0] for part in DEFAULTS.split()}
    for part in [*DEFAULTS.split(), *text.replace(",", " ").split()]:
        name, _, rule = part.partition("=")
        found.pop(name, None)
        numbers = RULE.fullmatch(rule)
        if name not in names or not (numbers or rule == "off"):
            known = ", ".join(sorted(names))
            raise ValueError(f"{part}: NAME=QUOTA/SECONDS, up to 9999999/999999, or NAME=off, of {known}")
        if numbers:
            found[name] = Policy(name, int(numbers[1]), int(numbers[2]))
    return found
