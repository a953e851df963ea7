"""How edges are reached: over the network, at addresses that flags name, or in the simulated account."""

import argparse
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from ucdn_tui.account.connection import Connection
from ucdn_tui.api.endpoint import is_loopback
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.cli.connect import simulated_account
from ucdn_tui.clock import Clock
from ucdn_tui.edge.addresses import LIMIT, Resolve, resolve
from ucdn_tui.edge.models import Resolution
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession, host_of
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize


def edge_session(
    clock: Clock, flags: argparse.Namespace, connection: Connection | None, client: LazyClient | None
) -> EdgeSession:
    """Return a session over the edges. Raises UsageError for --resolve, and for invalid certificates.

    Loopback addresses are asked where the API is on loopback, too.
    """
    pinned = _pinned(flags.resolve or ())
    host = urlsplit(connection.endpoint).hostname or "" if connection is not None else ""
    prober = Prober(
        clock,
        allow_private=bool(flags.allow_private),
        allow_loopback=bool(flags.demo) or is_loopback(host),
        method="HEAD" if flags.head else "GET",
        transport=simulated_account().edge_transport() if flags.demo else None,
    )
    return EdgeSession(prober, _resolver(_resolve_simulated if flags.demo else resolve, pinned), clock, client)


async def _resolve_simulated(host: str) -> Resolution:
    addresses = simulated_account().resolve(host)
    return Resolution(tuple(addresses), len(addresses))


def _resolver(otherwise: Resolve, pinned: Mapping[str, tuple[str, ...]]) -> Resolve:
    """Return a resolver that knows these hosts, and asks another one for the rest."""

    async def find(host: str) -> Resolution:
        if (addresses := pinned.get(host)) is not None:
            return Resolution(addresses[:LIMIT], len(addresses))
        return await otherwise(host)

    return find if pinned else otherwise


def _pinned(values: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses by host of `HOST=ADDRESS,ADDRESS…`; raises UsageError."""
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        host, _equals, addresses = value.partition("=")
        try:
            each = tuple(dict.fromkeys(str(ip_address(address)) for address in addresses.split(",")))
        except ValueError:
            each = ()
        if not host or not each or "%" in addresses:  # a zone is no part of an edge's address
            words = _("invalid --resolve {value!r} (try img.example.com=192.0.2.1)")
            raise UsageError(words.format(value=sanitize(value, 80)))
        name = host_of(f"http://{host}/") or host.lower()
        found[name] = (*found.get(name, ()), *each)
    return found
