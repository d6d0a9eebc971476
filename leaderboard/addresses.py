"""Addresses: whose a client is behind proxies, who counts as one, and where others find this machine."""

import socket
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

BACKLOG = 4096


def forwarded(lines: Sequence[str], proxies: int) -> str | None:
    """The address that the outermost of so many trusted proxies saw, from the lines of X-Forwarded-For in their order.

    None if there is none: no lines, or something else than an address in its place.
    """
    return parsed(outermost(lines, proxies))


def outermost(lines: Sequence[str], proxies: int) -> str:
    """What the outermost of so many trusted proxies wrote, from the lines of a header that each of them adds to."""
    entries = ",".join(lines).split(",")
    return entries[-min(proxies, len(entries))].strip()


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


def is_loopback(host: str) -> bool:
    """Whether it leads whoever opens it to their own machine; `host` is as in addresses of pages."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def lan_address() -> str:
    """The address by which others on the local network reach this machine. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; an empty host means all addresses, and so does `::`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
