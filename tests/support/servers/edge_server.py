"""Runs an account's edges on loopback sockets for a test, and controls them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.edges.network import EdgeNetwork
from ucdn_tui.simulator.edges.nodes import EDGES
from ucdn_tui.simulator.edges.quirks import Quirk
from ucdn_tui.simulator.edges.server import EdgeServer


class Edges:
    """The running edges: their port and addresses, and what a test does to them. URLs are those that are submitted."""

    addresses = tuple(edge.address for edge in EDGES)

    def __init__(self, server: EdgeServer) -> None:
        self.port = server.port
        self.network = server.network

    def url(self, host: str, path: str = "/a.jpg", scheme: str = "http") -> str:
        """Return the URL of a file with the edges' port."""
        return f"{scheme}://{host}:{self.port}{path}"

    def resolve(self, host: str) -> list[str]:
        return self.network.resolve(host)

    def publish(self, url: str) -> None:
        """Change the file at the origin."""
        self.network.publish(url)

    def purge_finished(self, url: str, type: str = "file") -> str:  # noqa: A002 - the API's own name
        """Have a refresh, created a minute ago, end in success now; return its TaskId."""
        account = self.network.account
        # A trace less than a minute, so that it is over whatever the sum of the floats.
        return account.add("refresh", [url], type=type, created=account.now() - 60, queue=5, work=54.999_99)

    def prefetch_finished(self, url: str) -> str:
        """The same for a prefetch."""
        account = self.network.account
        return account.add("prefetch", [url], created=account.now() - 60, queue=5, work=54.999_99)

    def make_stale(self, address: str, url: str, seconds: float = 30.0) -> None:
        """Have one edge keep its copy of the URL for so many seconds after each refresh has finished."""
        self.network.make_stale(address, url, seconds)

    def set_quirk(self, host: str, quirk: Quirk | None) -> None:
        """Have all edges answer for a host in an odd way; None for the usual one."""
        if quirk is None:
            self.network.quirks.pop(host, None)
        else:
            self.network.quirks[host] = quirk


@contextmanager
def running_edges(
    account: Account, *, tls: ssl.SSLContext | None = None, other_tls: ssl.SSLContext | None = None
) -> Iterator[Edges]:
    """Serve the edges of an account on a free port for the duration of the block, with TLS if it has a context."""
    with EdgeServer(EdgeNetwork(account), tls=tls, other_tls=other_tls) as server:
        yield Edges(server)
