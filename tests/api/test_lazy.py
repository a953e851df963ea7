"""LazyClient creates one client, whether calls wait for it or are cancelled."""

import asyncio
import threading

import pytest

from support.servers.client_calls import client_of
from support.servers.raw_server import RawServer, answer
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.errors import UsageError


class Factory:
    """Creates a client once `allowed` is set, in the thread of LazyClient."""

    def __init__(self, url: str = "http://127.0.0.1:9") -> None:
        self.url = url
        self.calls = 0
        self.allowed = threading.Event()
        self.error: Exception | None = None

    def __call__(self) -> UcdnClient:
        self.calls += 1
        assert self.allowed.wait(20)
        if self.error is not None:
            raise self.error
        return client_of(self.url)


async def test_a_cancelled_call_does_not_cancel_the_client_for_others() -> None:
    async with RawServer(answer(b'{"RetCode": 0, "TaskList": [{}]}')) as server:
        factory = Factory(server.url)
        lazy = LazyClient(factory)
        cancelled, waiting = asyncio.create_task(lazy.get()), asyncio.create_task(lazy.get())
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        factory.allowed.set()
        assert (await (await waiting).describe_refresh_tasks()).received == 1
        assert cancelled.cancelled()
        assert factory.calls == 1
        await lazy.aclose()
        await server.idle()


async def test_all_calls_get_the_same_client() -> None:
    factory = Factory()
    factory.allowed.set()
    lazy = LazyClient(factory)
    first, second = await asyncio.gather(lazy.get(), lazy.get())
    assert first is second is await lazy.get()
    assert factory.calls == 1
    await lazy.aclose()


async def test_a_failed_creation_is_retried_at_the_next_call() -> None:
    factory = Factory()
    factory.allowed.set()
    factory.error = UsageError("SSL_CERT_FILE is invalid")
    lazy = LazyClient(factory)
    for _ in range(2):
        with pytest.raises(UsageError):
            await lazy.get()
    factory.error = None
    await (await lazy.get()).aclose()
    assert factory.calls == 3


async def test_closing_during_creation_cancels_waiting_calls() -> None:
    factory = Factory()
    lazy = LazyClient(factory)
    waiting = asyncio.create_task(lazy.get())
    await asyncio.sleep(0)
    await lazy.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    factory.allowed.set()
