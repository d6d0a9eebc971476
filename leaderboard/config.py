"""The settings: defaults, then the environment (`LEADERBOARD_*`), then flags.

What a setting means stands at its field: `serve --help`, `leaderboard config` and docs/operations.md say it from there.
"""

import difflib
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from leaderboard.masking import MASK, in_text

PREFIX = "LEADERBOARD_"
PUBLIC_URL = r"^(https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?/?)?\Z"
ARCHIVE = r"^(none|/.*)?\Z"
ORIGINS = r"^(\*|https?://[^\s,/]+(, *https?://[^\s,/]+)*)?$"

MIN_TOKEN = 16
MOST_SECRET = 4096  # characters of a file that holds one
EXPECTED = {
    "public_url": "expected the address of this server and nothing behind it, such as https://quiz.example",
    "origins": "expected * or addresses such as https://one.example, with commas between",
    "archive_dir": "expected a directory, beginning with /, or none, which deletes what leaves Redis",
    "mail_webhook": "expected an address that begins with https:// or http://",
    "redis_url": "expected an address that begins with redis://, rediss:// (TLS) or unix://",
}
IN_WORDS = [
    (r"Expected `bool`.*", "expected `true` or `false`"),
    (r"Expected `(int|float)`, got .*", "expected a number"),
    (r"Expected `(int|float)` (>=|<=) (-?\d+)", r"expected a number \2 \3"),
]


def says(
    meaning: str, unit: str = "", default: str = "", secret: bool = False, file: bool = False, **rest: Any
) -> Meta:
    """What is to be known of a setting. `default`: in words, where it is another one on each machine; `secret`: it has
    no flag and is never shown; `file`: `…_FILE` may name a file that holds it."""
    about = {"unit": unit, "default": default, "secret": secret, "file": file}
    return Meta(description=meaning, extra=about, **rest)


def limit(meaning: str) -> Meta:
    return says(meaning, ge=1, le=1_000_000)


def state_directory() -> str:
    """Where programs of this user keep data that should survive a restart (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return str(Path(base) / "leaderboard")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. An empty `redis_url` means: find or start a Redis."""

    host: Annotated[str, says("Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, says("Port to listen on; 0 takes a free one.", ge=0, le=65535)] = 8000
    lan: Annotated[bool, says("Listen on all addresses, and show the one for the local network.")] = False
    public_url: Annotated[
        str,
        says(
            "The address that people open, if it is another one: https://quiz.example.",
            default="that by which the host came",
            pattern=PUBLIC_URL,
        ),
    ] = ""
    redis_url: Annotated[
        str,
        says(
            "A running Redis: redis://, rediss:// or unix://.",
            default="find or start one",
            file=True,
            pattern=r"^((rediss?|unix)://.+)?\Z",
        ),
    ] = ""
    data_dir: Annotated[
        str,
        says(
            "Where a Redis of our own keeps its data, and the admin token that was made.",
            default="the user's state directory",
        ),
    ] = msgspec.field(default_factory=state_directory)
    admin_token: Annotated[
        str,
        says(
            "Opens everything; at least 16 characters, the same on all nodes.",
            default="made at the first start, kept in the data directory",
            secret=True,
            file=True,
        ),
    ] = ""
    demo: Annotated[bool, says("Play a demo quiz with bots, round after round.")] = False
    sign_up: Annotated[Literal["open", "invite", "closed"], says("Who gets accounts.")] = "invite"
    session_days: Annotated[int, says("A session ends so long after its last use.", "days", ge=1, le=180)] = 30
    mail_webhook: Annotated[
        str,
        says("Where letters (a token for a new password) go, as JSON.", default="nowhere", pattern="^(https?://.+)?$"),
    ] = ""
    mail_secret: Annotated[str, says("Signs the letters.", default="they are not signed", secret=True, file=True)] = ""
    score_shards: Annotated[int, says("Streams of scores, the same on all nodes.", ge=1, le=64)] = 1
    library_mb: Annotated[
        int, says("Quizzes, pictures and sounds that each host may keep in Redis.", "MB", ge=1, le=1_000_000)
    ] = 256
    keep_days: Annotated[int, says("Finished quizzes stay in Redis so long; 0: for ever.", "days", ge=0, le=36_500)] = 0
    archive_dir: Annotated[
        str,
        says(
            "Where they go then, a file each; `none` deletes them.",
            default="needed with `keep_days`",
            pattern=ARCHIVE,
        ),
    ] = ""
    rehearsal_players: Annotated[int, says("Simulated players of one rehearsal, at most; 0: none.", ge=0, le=5_000)] = (
        5_000
    )
    trusted_proxies: Annotated[
        int, says("Proxies of our own before this node, each adding to X-Forwarded-For.", ge=0, le=8)
    ] = 0
    origins: Annotated[
        str,
        says("Other sites whose pages may use this node, with commas; * for all.", default="none", pattern=ORIGINS),
    ] = ""
    limits: Annotated[
        str, says('Requests in seconds: "address=600/60 key=off", or "off".', default="those of docs/protocol.md")
    ] = ""
    max_connections: Annotated[int, limit("Connections to this node.")] = 20_000
    max_connections_per_address: Annotated[
        int, limit("Connections from one address; not counted behind proxies, whose address is everybody's.")
    ] = 2_000
    max_sockets: Annotated[int, limit("Live sockets on this node.")] = 20_000
    max_sockets_per_address: Annotated[int, limit("Live sockets from one address.")] = 2_000
    max_sockets_per_quiz: Annotated[int, limit("Live sockets of one quiz, on this node.")] = 20_000
    drain_s: Annotated[
        float,
        says("From unready to the first goodbye when the node ends, so that balancers notice.", "s", ge=0, le=600),
    ] = 3.0
    log_level: Annotated[
        Literal["auto", "debug", "info", "warning", "error"],
        says("What is logged at least; auto: info, on a terminal warning."),
    ] = "auto"
    log_format: Annotated[
        Literal["auto", "json", "console"], says("How it is logged; auto: json, on a terminal console.")
    ] = "auto"
    slow_request_ms: Annotated[
        int, says("A request that takes so long is logged with slow=true, as a warning.", "ms", ge=1, le=600_000)
    ] = 1_000
    slow_script_ms: Annotated[
        int,
        says(
            "The same for what Redis is asked to do in one go, with the names of the scripts.", "ms", ge=1, le=600_000
        ),
    ] = 250

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


class Setting(Struct, frozen=True):
    """One of them, as its field says it. `choices`: all values that it may have, if they are few."""

    name: str
    kind: Any
    meaning: str
    unit: str
    default: str
    secret: bool
    file: bool

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """'' for secrets: a list of processes shows flags to everybody."""
        dashed = self.name.replace("_", "-")
        return "" if self.secret else f"--{dashed}/--no-{dashed}" if self.kind is bool else f"--{dashed}"

    @property
    def choices(self) -> tuple[str, ...]:
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    def shown(self, value: object) -> str:
        """A value of it as anybody may read it."""
        if self.secret:
            return MASK if value else ""
        return str(value).lower() if isinstance(value, bool) else in_text(str(value))


def described() -> dict[str, Setting]:
    hints, defaults = get_type_hints(Settings, include_extras=True), Settings()
    found = {}
    for name, hint in hints.items():
        kind, meta = get_args(hint)
        about = dict(meta.extra)
        shown = about.pop("default") or str(getattr(defaults, name)).replace("True", "true").replace("False", "false")
        found[name] = Setting(name, kind, meta.description, about["unit"], shown, about["secret"], about["file"])
    return found


SETTINGS = described()


class Given(Struct, frozen=True):
    """A value that was set, and by what: `--port`, `LEADERBOARD_PORT`, or `LEADERBOARD_ADMIN_TOKEN_FILE` and its path."""

    value: Any
    source: Literal["default", "environment", "file", "flag"]
    where: str


class Effective(Struct):
    """The settings in force, where those come from that are not the default, and a sentence for each mistake, whose
    setting then has its default."""

    settings: Settings
    given: dict[str, Given]
    mistakes: list[str]


def effective(environment: Mapping[str, str], flags: Mapping[str, Any]) -> Effective:
    """Settings from the environment and from files that it names, overridden by the flags that are not None."""
    given: dict[str, Given] = {}
    mistakes: list[str] = []
    for setting in SETTINGS.values():
        try:
            found = find(setting, environment, flags)
            if found is not None:
                check(setting, found)
                given[setting.name] = found
        except ValueError as error:
            mistakes.append(str(error))
    settings = msgspec.convert({name: it.value for name, it in given.items()}, Settings, strict=False)
    return Effective(settings, given, mistakes)


def load(environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Likewise. Raises ValueError naming the culprits, one a line."""
    found = effective(environment, flags)
    if found.mistakes:
        raise ValueError("\n".join(found.mistakes))
    return found.settings


def find(setting: Setting, environment: Mapping[str, str], flags: Mapping[str, Any]) -> Given | None:
    """What was set, None if nothing was. Raises ValueError for a file that cannot be read, and for one too many."""
    value, named = environment.get(setting.variable), setting.variable + "_FILE"
    file = environment.get(named) if setting.file else None
    if value and file:
        raise ValueError(f"{setting.variable} and {named} are both set; leave one of them out.")
    if (flag := flags.get(setting.name)) is not None:
        return Given(flag, "flag", setting.flag.partition("/")[0])
    if file:
        return Given(secret_of(named, file), "file", f"{named}={file}")
    return Given(value, "environment", setting.variable) if value else None


def secret_of(variable: str, file: str) -> str:
    """What stands in a file that a variable names."""
    try:
        with Path(file).open() as opened:
            text = opened.read(MOST_SECRET + 1)
    except OSError as error:
        raise ValueError(f"{variable}, {file!r}: it cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ValueError(f"{variable}, {file!r}: expected text.") from error
    if len(text) > MOST_SECRET:
        raise ValueError(f"{variable}, {file!r}: expected at most {MOST_SECRET} characters.")
    if not text.strip():
        raise ValueError(f"{variable}, {file!r}: the file is empty.")
    return text.strip()


def check(setting: Setting, given: Given) -> None:
    """Raises ValueError, one sentence."""
    if isinstance(given.value, str) and re.search("[\ud800-\udfff]", given.value):  # bytes that are none
        raise ValueError(f"{given.where}: expected text in UTF-8.")
    try:
        msgspec.convert({setting.name: given.value}, Settings, strict=False)
    except msgspec.ValidationError as error:
        reason = f"expected one of {', '.join(setting.choices)}" if setting.choices else EXPECTED.get(setting.name)
        reason = reason or in_words(str(error).partition(" - at ")[0])
        if str(given.value).startswith("tcp://"):
            reason += f"; Kubernetes sets {given.where} for a service of this name: enableServiceLinks: false"
        raise ValueError(f"{given.where}, {setting.shown(given.value)!r}: {reason}.") from error
    if setting.name == "admin_token" and len(given.value) < MIN_TOKEN:
        raise ValueError(f"{given.where}: it has at least {MIN_TOKEN} characters, for it opens everything.")
    if setting.name == "admin_token" and not (given.value.isascii() and given.value.isprintable()):
        raise ValueError(f"{given.where}: expected characters of ASCII on one line, for it stands in a header.")


def in_words(reason: str) -> str:
    for pattern, words in IN_WORDS:
        reason = re.sub(pattern, words, reason)
    return reason


def unknown(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    known = [name for it in SETTINGS.values() for name in (it.variable, *([it.variable + "_FILE"] if it.file else []))]
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting{did_you_mean(name, known)}" for name in strange]


def did_you_mean(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [it.removeprefix(PREFIX) for it in known], n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "."


def table() -> list[str]:
    """All of them, for docs/operations.md."""
    lines = ["| setting | variable | flag | default | unit | meaning |", "|---|---|---|---|---|---|"]
    for it in SETTINGS.values():
        variable = f"`{it.variable}`" + (f", `{it.variable}_FILE`" if it.file else "")
        words = it.meaning + (f" ({', '.join(it.choices)})" if it.choices else "")
        flag = f"`{it.flag}`" if it.flag else ""
        lines.append(f"| `{it.name}` | {variable} | {flag} | {it.default} | {it.unit} | {words} |")
    return lines
