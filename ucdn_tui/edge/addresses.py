"""The addresses of a host's name, and which of them may be asked."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from ucdn_tui import daemon_thread
from ucdn_tui.edge.models import Resolution

LIMIT: Final = 8
"""Addresses of a name that are asked."""

_TIMEOUT = 10.0
"""Seconds for looking up a name."""

Resolve = Callable[[str], Awaitable[Resolution]]
"""Returns a host's addresses; none if the name is not found."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""NAT64: the last four bytes are an IPv4 address."""


async def resolve(host: str) -> Resolution:
    """Return the addresses of the host, as the system's resolver gives them; IPv4 and IPv6 take turns."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            # A resolver can block for minutes: the loop's own pool would delay the exit.
            found = await daemon_thread.run(lambda: _look_up(host), "resolve")
    except (OSError, UnicodeError, TimeoutError):
        return Resolution(())
    by_family: dict[int, list[str]] = {socket.AF_INET: [], socket.AF_INET6: []}
    canonical = ""
    for family, address, name in found:
        canonical = canonical or name
        of_family = by_family.get(family, [])
        if address not in of_family:
            of_family.append(address)
    ordered = _alternate(by_family[socket.AF_INET], by_family[socket.AF_INET6])
    return Resolution(tuple(ordered[:LIMIT]), len(ordered), canonical.rstrip(".").lower())


def is_public(address: str) -> bool:
    """Return whether the address can be an edge's: neither private, nor loopback, nor reserved in any other way."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(ip.packed[-4:]) if ip in _TRANSLATED else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_loopback(address: str) -> bool:
    """Return whether the address is this machine's own."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _look_up(host: str) -> list[tuple[int, str, str]]:
    """Return family, address and canonical name of each entry."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    return [(family, str(address[0]), name) for family, _type, _protocol, name, address in found]


def _alternate(first: list[str], second: list[str]) -> list[str]:
    """Return both lists in turns, so that a limit leaves some of each."""
    shared = min(len(first), len(second))
    turns = [address for pair in zip(first, second, strict=False) for address in pair]
    return [*turns, *first[shared:], *second[shared:]]
