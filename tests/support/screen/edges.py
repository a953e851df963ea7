"""Ways to the edges for the app: those of a simulated account, or real servers on loopback."""

from collections.abc import Callable, Mapping

from support import PATIENCE
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.clock import Clock
from ucdn_tui.edge.models import Resolution
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport

Edges = Callable[[Connection, LazyClient], EdgeSession]


def simulated_edges(simulated: Account, clock: Clock, *, stale_every: int = 0) -> Edges:
    """Return a way to the edges of a simulated account; `stale_every` as in its network."""
    transport = SimulatorTransport(Service(simulated), stale_every=stale_every)

    async def resolve(host: str) -> Resolution:
        addresses = transport.resolve(host)
        return Resolution(tuple(addresses), len(addresses))

    def connect(_connection: Connection, client: LazyClient) -> EdgeSession:
        prober = Prober(clock, allow_loopback=True, transport=transport.edge_transport())
        return EdgeSession(prober, resolve, clock, client)

    return connect


def edges_at(clock: Clock, names: Mapping[str, tuple[str, ...]], *, timeout: float = PATIENCE) -> Edges:
    """Return a way to real servers: each name has these addresses."""

    async def resolve(host: str) -> Resolution:
        addresses = names.get(host, ())
        return Resolution(addresses, len(addresses))

    def connect(_connection: Connection, client: LazyClient) -> EdgeSession:
        return EdgeSession(Prober(clock, allow_loopback=True, timeout=timeout), resolve, clock, client)

    return connect
