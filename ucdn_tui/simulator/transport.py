"""The service as an httpx transport: requests are answered in memory, without a network."""

import time
from collections.abc import Awaitable, Callable

import httpx

from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.gateway import Gateway
from ucdn_tui.simulator.history import demo_account


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Answers an `httpx.AsyncClient` as the API would.

    It accepts only POST, because parameters in a URL end up in logs. `pause` is awaited before each answer and
    simulates the round trip.
    """

    def __init__(self, service: Service, *, pause: Callable[[], Awaitable[object]] | None = None) -> None:
        self.service = service
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


def demo_transport(
    now: Callable[[], float] = time.time,
    seed: int = 0,
    *,
    pause: Callable[[], Awaitable[object]] | None = None,
) -> SimulatorTransport:
    """Return a transport to the demo account, whose keys are DEMO_PUBLIC_KEY and DEMO_PRIVATE_KEY."""
    return SimulatorTransport(Service(demo_account(now, seed)), pause=pause)
