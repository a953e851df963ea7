"""LazyClient: one client for all who want it, made once, however many are waiting or have given up."""

import asyncio
import threading

import pytest

from support.servers.client_calls import client_of
from support.servers.raw_server import RawServer, answer
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.errors import UsageError


class Making:
    """Makes a client when it is let, in the thread that LazyClient gives it."""

    def __init__(self, url: str = "http://127.0.0.1:9") -> None:
        self.url = url
        self.times = 0
        self.let = threading.Event()
        self.error: Exception | None = None

    def __call__(self) -> UcdnClient:
        self.times += 1
        assert self.let.wait(20)
        if self.error is not None:
            raise self.error
        return client_of(self.url)


async def test_a_cancelled_call_does_not_cancel_the_client_of_the_other_kind() -> None:
    async with RawServer(answer(b'{"RetCode": 0, "TaskList": [{}]}')) as server:
        making = Making(server.url)
        lazy = LazyClient(making)
        given_up, waiting = asyncio.create_task(lazy.get()), asyncio.create_task(lazy.get())
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        making.let.set()
        assert (await (await waiting).describe_refresh_tasks()).received == 1
        assert given_up.cancelled()
        assert making.times == 1
        await lazy.aclose()
        await server.idle()


async def test_all_get_the_same_client() -> None:
    making = Making()
    making.let.set()
    lazy = LazyClient(making)
    first, second = await asyncio.gather(lazy.get(), lazy.get())
    assert first is second is await lazy.get()
    assert making.times == 1
    await lazy.aclose()


async def test_a_client_that_could_not_be_made_is_made_anew_at_the_next_call() -> None:
    making = Making()
    making.let.set()
    making.error = UsageError("Network settings cannot be used")
    lazy = LazyClient(making)
    for _ in range(2):
        with pytest.raises(UsageError):
            await lazy.get()
    making.error = None
    await (await lazy.get()).aclose()
    assert making.times == 3


async def test_closing_while_it_is_made_ends_those_who_wait() -> None:
    making = Making()
    lazy = LazyClient(making)
    waiting = asyncio.create_task(lazy.get())
    await asyncio.sleep(0)
    await lazy.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    making.let.set()
