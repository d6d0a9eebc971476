"""The settings: defaults, then the environment (`LEADERBOARD_*`), then flags."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

PREFIX = "LEADERBOARD_"
PUBLIC_URL = r"^(https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?/?)?\Z"
ORIGINS = r"^(\*|https?://[^\s,/]+(, *https?://[^\s,/]+)*)?$"

MIN_TOKEN = 16
EXPECTED = {
    "public_url": "expected the address of this server and nothing behind it, such as https://quiz.example",
    "origins": "expected * or addresses such as https://one.example, with commas between",
    "mail_webhook": "expected an address that begins with https:// or http://",
}

Limit = Annotated[int, Meta(ge=1, le=1_000_000)]


def state_directory() -> str:
    """Where programs of this user keep data that should survive a restart (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return str(Path(base) / "leaderboard")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. An empty `redis_url` means: find or start a Redis."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    lan: bool = False
    public_url: Annotated[str, Meta(pattern=PUBLIC_URL)] = ""  # the address that people open, if it is another one
    redis_url: str = ""
    data_dir: str = msgspec.field(default_factory=state_directory)
    admin_token: str = ""
    sign_up: Literal["open", "invite", "closed"] = "invite"
    session_days: Annotated[int, Meta(ge=1, le=180)] = 30
    mail_webhook: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    mail_secret: str = ""
    score_shards: Annotated[int, Meta(ge=1, le=64)] = 1  # streams of scores, the same on all nodes
    library_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = 256  # of quizzes, pictures and sounds that each may keep
    rehearsal_players: Annotated[int, Meta(ge=0, le=5_000)] = 5_000  # at most, of one rehearsal; 0: none
    demo: bool = False
    log_level: Literal["auto", "debug", "info", "warning", "error"] = "auto"
    trusted_proxies: Annotated[int, Meta(ge=0, le=8)] = (
        0  # how many of our own stand before us, each adding a client's address
    )
    origins: Annotated[str, Meta(pattern=ORIGINS)] = (
        ""  # other sites whose pages may use this node, with commas; *: all
    )
    max_connections: Limit = 20_000  # TCP, on this node
    max_connections_per_address: Limit = 2_000  # not behind proxies, whose address is everybody's
    max_sockets: Limit = 20_000  # on this node, as the next two
    max_sockets_per_address: Limit = 2_000
    max_sockets_per_quiz: Limit = 20_000
    limits: str = ""  # requests in seconds, as in "address=600/60 key=off", or "off"; docs/protocol.md has the names

    @property
    def name(self) -> str:
        """What this node is called among others."""
        return f"{socket.gethostname()}:{self.port}"

    @property
    def everywhere(self) -> bool:
        """Whether the node listens on all addresses of its machine."""
        return self.lan or self.host in ("", "0.0.0.0", "::")  # noqa: S104

    def allowed_origins(self) -> list[str]:
        """The entries of `origins`."""
        return [origin.strip().lower() for origin in self.origins.split(",") if origin.strip()]


def load(environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Settings from the environment, overridden by the flags that are not None. Raises ValueError naming the culprit."""
    given: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        value = environment.get(PREFIX + name.upper())
        if value:
            given[name] = value
    given |= {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).partition(" - at ")[0].replace("Expected `bool`", "Expected `true` or `false`")
            where = f"--{name.replace('_', '-')}" if flags.get(name) is not None else PREFIX + name.upper()
            raise ValueError(f"{where}, {value!r}: {EXPECTED.get(name, reason)}") from error
    settings = msgspec.convert(given, Settings, strict=False)
    if 0 < len(settings.admin_token) < MIN_TOKEN:
        raise ValueError(f"{PREFIX}ADMIN_TOKEN has at least {MIN_TOKEN} characters, for it opens everything.")
    return settings


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none."""
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
