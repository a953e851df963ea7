"""LazyClient: a UcdnClient that is made when it is first asked, as importing httpx takes longer than a first frame."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from ucdn_tui import daemon_thread
from ucdn_tui.api.models import DescribeQuery, Project, TaskPage

if TYPE_CHECKING:
    from ucdn_tui.api.client import UcdnClient


class LazyClient:
    """Answers as the client does. `make` imports and builds it, in a thread, so that the screen answers meanwhile."""

    def __init__(self, make: Callable[[], "UcdnClient"]) -> None:
        self._make = make
        self._client: asyncio.Future[UcdnClient] | None = None

    async def describe_refresh_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return refresh tasks (DescribeNewUcdnRefreshCacheTask); raises ApiError."""
        client = await self._get()
        return await client.describe_refresh_tasks(**query)

    async def describe_prefetch_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return prefetch tasks (DescribeNewUcdnPrefetchCacheTask); raises ApiError."""
        client = await self._get()
        return await client.describe_prefetch_tasks(**query)

    async def get_project_list(self) -> list[Project]:
        """Return the account's projects (GetProjectList); raises ApiError."""
        client = await self._get()
        return await client.get_project_list()

    async def aclose(self) -> None:
        """Close the client. One that is still being made has no connections yet, and is left to itself."""
        client, self._client = self._client, None
        if client is None or client.cancel() or client.cancelled() or client.exception() is not None:
            return
        await client.result().aclose()

    async def _get(self) -> "UcdnClient":
        if self._client is None or (self._client.done() and self._client.exception() is not None):
            self._client = asyncio.ensure_future(daemon_thread.run(self._make, "client"))
        return await asyncio.shield(self._client)
