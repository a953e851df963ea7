"""LazyClient: creates the UcdnClient on first use, as importing httpx takes longer than drawing the first frame."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ucdn_tui import daemon_thread

if TYPE_CHECKING:
    from ucdn_tui.api.client import UcdnClient


class LazyClient:
    """Shares one client. `make` imports and builds it in a thread, so that the screen stays responsive.

    `get` raises what `make` raises; the next `get` tries again.
    """

    def __init__(self, make: Callable[[], "UcdnClient"]) -> None:
        self._make = make
        self._client: asyncio.Future[UcdnClient] | None = None

    async def get(self) -> "UcdnClient":
        """Return the client. Cancelling this call does not cancel `make`, as other calls may wait for it."""
        if self._client is None or (self._client.done() and self._client.exception() is not None):
            self._client = asyncio.ensure_future(daemon_thread.run(self._make, "client"))
        return await asyncio.shield(self._client)

    async def aclose(self) -> None:
        """Close the client. A client that is still being built has no connections, and is abandoned."""
        client, self._client = self._client, None
        if client is None or client.cancel() or client.cancelled() or client.exception() is not None:
            return
        await client.result().aclose()
