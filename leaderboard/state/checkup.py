"""Whether a Redis can keep quizzes: what it says of itself, what that means, and the remedy."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Literal
from urllib.parse import urlsplit

import redis
from msgspec import Struct
from redis.backoff import NoBackoff
from redis.retry import Retry

from leaderboard.masking import in_text

OLDEST = (6, 2)  # ZMSCORE, SMISMEMBER
PINGS = 100
MEASURE_S = 0.4
SLOW_PING_MS = 5
CLOCK_OFF_MS = 1_000
NEARLY_FULL = 0.9
LATELY_S = 3_600
PROBE = "probe:doctor"

RIGHTS = "ACL SETUSER its-name ~* &* +@all"
MEMORY = Path("/proc/sys/vm/overcommit_memory")

# What redis-py says when nothing can be asked, what it means, and the remedy.
WHY = [
    (r"WRONGPASS|invalid (username|password)", "Redis refuses the password", "correct it in the address"),
    (r"NOAUTH|[Aa]uthentication required", "Redis wants a password", "name it: redis://:PASSWORD@host:port"),
    (r"without any password configured", "Redis has no password", "leave it out of the address"),
    (r"WRONG_VERSION|record layer", "Redis speaks no TLS there", "begin the address with redis://"),
    (r"CERTIFICATE_VERIFY_FAILED", "Redis's certificate is not trusted", "name its authority: …?ssl_ca_certs=FILE"),
    (r"certificate.required", "Redis wants a certificate", "name it: …?ssl_certfile=FILE&ssl_keyfile=FILE"),
    (r"max number of clients", "Redis takes no more clients", "raise its maxclients, or end some"),
    (r"protected mode", "Redis lets nobody in from elsewhere", "give it a password (requirepass), and name it"),
    (r"[Cc]onnection closed|reset by peer", "Redis hangs up", "if it speaks TLS, begin the address with rediss://"),
    (r"unexpected keyword argument|Invalid IPv6 URL", "This is no address of a Redis", "name redis://host:port"),
    (
        r"[Pp]rotocol [Ee]rror|InvalidResponse|(Type|Key|Index|Attribute)Error",
        "What answers there is no Redis",
        "correct the address",
    ),
    (r"no permissions", "Redis does not let this user do all that a node does", RIGHTS),
    (r"DB index|invalid DB", "Redis has no database of this number", "leave it out of the address"),
    (
        r"rediss:.*[Tt]imed? ?out",
        "Redis does not answer in time over TLS",
        "if it speaks none, redis:// instead of rediss://",
    ),
    (
        r"[Tt]imed? ?out",
        "Redis cannot be reached: it does not answer in time",
        "see whether it is busy, or a firewall between",
    ),
]
START = "start it, or correct the address (LEADERBOARD_REDIS_URL, --redis-url)"

Status = Literal["ok", "warn", "fail"]


class Finding(Struct):
    """One thing that was looked at; `says` is a sentence for whoever must help, `remedy` what helps."""

    name: str
    status: Status
    says: str
    remedy: str = ""


class Unfit(Exception):
    """Nothing can be asked of this Redis: what is wrong, and what helps."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(f"{says}; {remedy}.")
        self.says, self.remedy = says, remedy


class Seen(Struct):
    """What a Redis said. `refuses`: its error when something was to be written; `off_ms`: its clock minus ours."""

    where: str
    info: dict[str, Any]
    fsync: str
    refuses: str
    slow: list[dict[str, Any]]
    pings_ms: list[float]
    off_ms: float

    def number(self, name: str) -> int:
        found = self.info.get(name)
        return int(found) if isinstance(found, int | float) else 0

    def text(self, name: str) -> str:
        return str(self.info.get(name, ""))

    @property
    def version(self) -> str:
        return self.text("redis_version") or "(fakeredis)"


def look(url: str, timeout_s: float, pings: int = 0) -> Seen:
    """Ask a Redis about itself, and write one key that ends at once. Raises Unfit."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, protocol=2, retry=Retry(NoBackoff(), 0)
        ) as client:
            info = attempt(lambda: client.info("everything"))
            config, slow = attempt(lambda: client.config_get("appendfsync")), attempt(lambda: client.slowlog_get(20))
            wrote = attempt(lambda: client.set(PROBE, 1, px=1))
            pings_ms, off_ms = measure(client, pings)
    except (redis.RedisError, ValueError, OSError, TypeError, LookupError, AttributeError) as error:
        raise Unfit(*why(url, error)) from error
    return Seen(
        place(url),
        info if isinstance(info, dict) else {},
        str(config.get("appendfsync", "")) if isinstance(config, dict) else "",
        str(wrote) if isinstance(wrote, redis.RedisError) else "",
        slow if isinstance(slow, list) else [],
        pings_ms,
        off_ms,
    )


def attempt(command: Callable[[], Any]) -> Any:
    """The reply, or the error if this Redis does not do that, or not now."""
    try:
        return command()
    except (redis.ResponseError, redis.BusyLoadingError) as error:
        return error


def measure(client: redis.Redis, pings: int) -> tuple[list[float], float]:
    """Round trips in ms, and by how much Redis's clock is ahead, by the shortest of them."""
    trips: list[tuple[float, float]] = []
    until = time.monotonic() + MEASURE_S
    while len(trips) < pings and time.monotonic() < until:
        before, began = time.time(), time.perf_counter()
        reply: Any = client.time()
        ms = (time.perf_counter() - began) * 1000
        trips.append((ms, (reply[0] + reply[1] / 1e6 - before) * 1000 - ms / 2))
    return [ms for ms, _ in trips], min(trips)[1] if trips else 0.0


def place(url: str) -> str:
    """Where a Redis is, without who one is there."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that is not closed
        return "the address of Redis"
    return parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]


def why(url: str, error: Exception) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    text = f"{url.partition(':')[0]}: {type(error).__name__} {error} {error.__cause__ or ''}"
    for pattern, says, remedy in WHY:
        if re.search(pattern, text):
            return f"{place(url)}: {says}", remedy
    reason = re.sub(r"^Error -?\d+ connecting to (\S+)\. ", r"\1: ", in_text(str(error))).rstrip(".")
    return f"Redis cannot be reached: {reason}", START


def examine(seen: Seen) -> Iterator[Finding]:
    """All that can be told of it."""
    for check in CHECKS if seen.info else WITHOUT_INFO:
        yield check(seen)


def version(seen: Seen) -> Finding:
    if not seen.info:
        says = f"Redis at {seen.where} says nothing of its version, memory and files."
        return Finding("redis", "warn", says, "Let this user ask: ACL SETUSER its-name +info.")
    known = tuple(int(part) for part in re.findall(r"\d+", seen.text("redis_version"))[:2])
    says = f"{seen.text('server_name') or 'Redis'} {seen.version} at {seen.where}"
    if known and known < OLDEST:
        return Finding("redis", "fail", f"{says} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    return Finding("redis", "ok", f"{says}.")


def loading(seen: Seen) -> Finding:
    if seen.number("loading"):
        percent = seen.text("loading_loaded_perc") or "0"
        return Finding("loading", "fail", f"Redis is loading its data, {percent} % of it are there.", "Wait.")
    return Finding("loading", "ok", "Its data is loaded.")


def writes(seen: Seen) -> Finding:
    """Read-only, full, or in need of help."""
    if seen.text("role") == "slave":
        primary = f"{seen.text('master_host')}:{seen.text('master_port')}"
        return Finding("writes", "fail", "This Redis is a replica, which only reads.", f"Name its primary: {primary}.")
    if not seen.refuses or seen.number("loading"):
        return Finding("writes", "ok", "It takes writes.")
    if "maxmemory" in seen.refuses:
        used = f"{megabytes(seen.number('used_memory'))} of {megabytes(seen.number('maxmemory'))}"
        return Finding("writes", "fail", f"Redis is full ({used}).", "Raise its maxmemory, or delete old quizzes.")
    remedies = {"MISCONF": "Look into Redis's log, and whether its disk is full.", "no permissions": f"{RIGHTS}."}
    remedy = next((it for word, it in remedies.items() if word in seen.refuses), "Help it first.")
    return Finding("writes", "fail", f"Redis refuses writes: {seen.refuses.rstrip('.')}.", remedy)


def eviction(seen: Seen) -> Finding:
    policy = seen.text("maxmemory_policy") or "noeviction"
    remedy = "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."
    if policy == "noeviction":
        return Finding("eviction", "ok", "Nothing is thrown away when memory is full.")
    if not seen.number("maxmemory"):
        return Finding("eviction", "warn", f"With a maxmemory Redis would throw quizzes away ({policy}).", remedy)
    return Finding("eviction", "fail", f"Redis throws quizzes away when memory is full ({policy}).", remedy)


def persistence(seen: Seen) -> Finding:
    remedy = "appendonly yes and appendfsync always, as in our redis.conf."
    for status in ("aof_last_write_status", "aof_last_bgrewrite_status"):
        if seen.text(status) not in ("", "ok"):
            return Finding("persistence", "fail", f"Redis could not write its file ({status}).", "Look at its disk.")
    if not seen.number("aof_enabled"):
        return Finding("persistence", "warn", "What was acknowledged is lost with Redis.", remedy)
    if seen.fsync not in ("always", ""):
        return Finding("persistence", "warn", f"The last second can be lost (appendfsync {seen.fsync}).", remedy)
    return Finding("persistence", "ok", f"Every write is kept (appendfsync {seen.fsync or 'not shown'}).")


def memory(seen: Seen) -> Finding:
    used, most = seen.number("used_memory"), seen.number("maxmemory") or seen.number("total_system_memory")
    says = f"{megabytes(used)} of {megabytes(most)} used"
    if most and used > most * NEARLY_FULL:
        return Finding("memory", "warn", f"{says}.", "Give Redis more memory, or delete old quizzes.")
    return Finding("memory", "ok", f"{says}{'' if seen.number('maxmemory') else ', maxmemory is not set'}.")


def clients(seen: Seen) -> Finding:
    now, most = seen.number("connected_clients"), seen.number("maxclients")
    says = f"{now} connections of {most}."
    if most and now > most * NEARLY_FULL:
        return Finding("clients", "warn", says, "Raise its maxclients; a node needs a handful.")
    return Finding("clients", "ok", says)


def latency(seen: Seen) -> Finding:
    typical, worst = median(seen.pings_ms or [0.0]), max(seen.pings_ms, default=0.0)
    says = f"{typical:.2f} ms, at worst {worst:.1f} ms ({len(seen.pings_ms)} round trips)."
    if typical > SLOW_PING_MS:
        return Finding(
            "latency", "warn", says, "Bring Redis nearer to its nodes, or find what keeps it busy (slow log)."
        )
    return Finding("latency", "ok", says)


def slow_log(seen: Seen) -> Finding:
    """Only what is new: an old entry stays for ever."""
    now = time.time() + seen.off_ms / 1000
    lately = [entry for entry in seen.slow if now - entry["start_time"] < LATELY_S]
    if not lately:
        return Finding("slow log", "ok", "Nothing in the last hour.")
    worst = max(entry["duration"] for entry in lately) / 1000
    many = f"{len(lately)}{'+' if len(lately) == 20 else ''}"
    return Finding(
        "slow log", "warn", f"{many} slow in the last hour, at worst {worst:.0f} ms.", "redis-cli SLOWLOG GET"
    )


def clock(seen: Seen) -> Finding:
    says = f"Redis's clock differs from ours by {abs(seen.off_ms):.0f} ms."
    if abs(seen.off_ms) > CLOCK_OFF_MS:
        remedy = "Run chrony or ntpd on both. Quizzes go by Redis's clock; logs by the machines'."
        return Finding("clock", "warn", says, remedy)
    return Finding("clock", "ok", says)


def overcommit(seen: Seen) -> Finding:
    """Of this machine: Redis forks to write its file anew."""
    here = seen.where.startswith(("/", "127.", "localhost", "[::1]"))
    if here and MEMORY.exists() and MEMORY.read_text().strip() != "1":
        remedy = "sysctl vm.overcommit_memory=1"
        return Finding("overcommit", "warn", "Redis may lack memory when it writes its file anew.", remedy)
    return Finding("overcommit", "ok", "As Redis wants it." if here else "Redis is on another machine.")


CHECKS: list[Callable[[Seen], Finding]] = [
    *(version, loading, writes, eviction, persistence, memory, clients, latency, slow_log, clock, overcommit)
]
WITHOUT_INFO = (version, writes, latency, slow_log, clock)
NEEDED = (version, writes, eviction)  # without these a node does not start


def unfit(seen: Seen) -> Finding | None:
    """Why no node should use it."""
    return next((it for it in (check(seen) for check in NEEDED) if it.status == "fail"), None)


def megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB"
