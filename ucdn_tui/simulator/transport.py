"""The service as an httpx transport: requests are answered in memory, without a network."""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import httpx

from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Gateway
from ucdn_tui.simulator.history import DEMO_STALE_EVERY, demo_account

if TYPE_CHECKING:
    from ucdn_tui.simulator.edges.network import EdgeNetwork


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Answers an `httpx.AsyncClient` as the API would.

    It accepts only POST, because parameters in a URL end up in logs. `pause` is awaited before each answer and
    simulates the round trip. The edges of the same account answer through `edge_transport`, at the addresses of
    `resolve`; for `stale_every` see EdgeNetwork.
    """

    def __init__(
        self, service: Service, *, pause: Callable[[], Awaitable[object]] | None = None, stale_every: int = 0
    ) -> None:
        self.service = service
        self._stale_every = stale_every
        self._network: EdgeNetwork | None = None
        self._gateway = Gateway(service)
        self._pause = pause

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        if self._pause is not None:
            await self._pause()
        target = request.url.raw_path.decode("ascii")
        try:
            answer = self._gateway.answer(request.method, target, request.headers.get("Content-Type", ""), body)
        except ConnectionResetError as error:
            raise httpx.ReadError("Connection reset by peer", request=request) from error
        if answer.held is not None:
            await self.service.losses.wait(answer.held)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)

    @property
    def network(self) -> "EdgeNetwork":
        """The edges of the account."""
        if self._network is None:
            from ucdn_tui.simulator.edges.network import EdgeNetwork  # here, as few need it

            self._network = EdgeNetwork(self.service.account, stale_every=self._stale_every)
        return self._network

    def edge_transport(self) -> httpx.AsyncBaseTransport:
        """Return a transport to the edges; nothing is connected to."""
        from ucdn_tui.simulator.edges.transport import EdgeTransport  # here, as few need it

        return EdgeTransport(self.network)

    def resolve(self, host: str) -> list[str]:
        """Return the addresses of a host's edges; none if it is not on a domain of the account."""
        return self.network.resolve(host)


def demo_transport(
    now: Callable[[], float] = time.time,
    seed: int = 0,
    *,
    pause: Callable[[], Awaitable[object]] | None = None,
) -> SimulatorTransport:
    """Return a transport to the demo account, whose keys are DEMO_PUBLIC_KEY and DEMO_PRIVATE_KEY."""
    return SimulatorTransport(Service(demo_account(now, seed)), pause=pause, stale_every=DEMO_STALE_EVERY)
