"""LazyClient: a UcdnClient that is made when it is first wanted, as importing httpx takes longer than a first frame."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ucdn_tui import daemon_thread

if TYPE_CHECKING:
    from ucdn_tui.api.client import UcdnClient


class LazyClient:
    """Gives the one client to all who want it. `make` imports and builds it, in a thread: the screen answers meanwhile.

    What `make` raises is raised by `get`, and the next `get` makes it anew.
    """

    def __init__(self, make: Callable[[], "UcdnClient"]) -> None:
        self._make = make
        self._client: asyncio.Future[UcdnClient] | None = None

    async def get(self) -> "UcdnClient":
        """Return the client. Being cancelled here does not cancel making it, for which others may wait."""
        if self._client is None or (self._client.done() and self._client.exception() is not None):
            self._client = asyncio.ensure_future(daemon_thread.run(self._make, "client"))
        return await asyncio.shield(self._client)

    async def aclose(self) -> None:
        """Close the client. One that is still being made has no connections yet, and is left to itself."""
        client, self._client = self._client, None
        if client is None or client.cancel() or client.cancelled() or client.exception() is not None:
            return
        await client.result().aclose()
