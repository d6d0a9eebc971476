"""Addresses of clients: who it is behind proxies, and who counts as one."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address


def forwarded(lines: Sequence[str], proxies: int) -> str | None:
    """The address that the outermost of so many trusted proxies saw, from the lines of X-Forwarded-For in their order.

    None if there is none: no lines, or something else than an address in its place.
    """
    entries = ",".join(lines).split(",")
    return parsed(entries[-min(proxies, len(entries))].strip())


def parsed(entry: str) -> str | None:
    """`192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443` without all but the address."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        return None if "%" in entry else str(ip_address(entry))
    except ValueError:
        return None


def group(address: str) -> str:
    """Who counts as one in limits: an IPv4 address, and all of an IPv6 /64, which one subscriber has to himself."""
    if ":" not in address:
        return address
    whole = IPv6Address(address.partition("%")[0])
    if whole.ipv4_mapped is not None:
        return str(whole.ipv4_mapped)
    return f"{IPv6Address(int(whole) >> 64 << 64)}/64"
