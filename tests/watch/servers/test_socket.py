"""The poller over the simulator's loopback server: a real socket and client, on the test's clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from threading import Event, Semaphore
from typing import Any

import pytest

from support.clock import FakeClock
from support.servers.simulator_server import background_server
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.errors import Fault, TransportError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks, Service
from ucdn_tui.watch.poll.poller import Poller, PollUpdate
from ucdn_tui.watch.store import TaskStore
from watch.harness import ReadyApi
from watch.tasks import PREFETCH, REFRESH, account_state, add_tasks, numbered, stored_state


class Watcher:
    """A poller over a socket."""

    def __init__(self, clock: FakeClock, client: UcdnClient) -> None:
        self.clock = clock
        self.store = TaskStore()
        self.updates: list[PollUpdate] = []
        self.poller = Poller(ReadyApi(client), self.store, clock, self.updates.append, random=Random(1))

    def resting(self) -> bool:
        """Return whether both kinds are waiting for their next step."""
        return self.clock.sleepers.count == 2

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds, settled=self.resting)


@asynccontextmanager
async def watching_over_a_socket(clock: FakeClock, account: Account, url: str) -> AsyncIterator[Watcher]:
    keys = Keys(account.public_key, Secret(account.private_key))
    async with UcdnClient(url, keys, clock) as client:
        watcher = Watcher(clock, client)
        running = asyncio.create_task(watcher.poller.run())
        try:
            yield watcher
        finally:
            watcher.poller.stop()
            await running


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(page_cap=50, oldest_first=True, total_count="absent")])
async def test_tasks_are_loaded_and_followed_over_a_socket(clock: FakeClock, account: Account, quirks: Quirks) -> None:
    add_tasks(account, numbered("t", 130))
    add_tasks(account, ["w"], is_dcdn=True)
    add_tasks(account, ["runs"], is_dcdn=True, queue=0.0, work=90_000.0)
    add_tasks(account, numbered("p", 60), "prefetch", ago=0, queue=5.0, work=20.0)
    with background_server(Service(account, quirks=quirks)) as server:
        async with watching_over_a_socket(clock, account, server.url) as watcher:
            await watcher.advance(0)
            assert stored_state(watcher.store) == account_state(account)
            for _ in range(4):
                add_tasks(account, [f"new{clock.elapsed():g}"], ago=0, queue=0.0, work=7.0)
                await watcher.advance(10)
                assert stored_state(watcher.store) == account_state(account)


async def test_polling_resumes_when_the_server_is_back(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["short"], ago=0, queue=0.0, work=30.0)
    async with AsyncExitStack() as stack:
        with background_server(Service(account)) as server:
            port = int(server.url.rpartition(":")[2])
            watcher = await stack.enter_async_context(watching_over_a_socket(clock, account, server.url))
            await watcher.advance(6)
            assert len(watcher.store) == 1
        await watcher.advance(20)
        assert all(isinstance(state.error, TransportError) for state in watcher.poller.state.kinds.values())
        stack.enter_context(background_server(Service(account), port))
        await watcher.advance(60)
        assert all(state.error is None for state in watcher.poller.state.kinds.values())
        assert stored_state(watcher.store) == account_state(account)


async def test_a_refused_connection_is_a_fault_until_the_server_listens(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["short"], ago=0, queue=0.0, work=30.0)
    with background_server(Service(account)) as server:
        url, port = server.url, int(server.url.rpartition(":")[2])
    async with watching_over_a_socket(clock, account, url) as watcher:
        await watcher.advance(20)
        for kind in (REFRESH, PREFETCH):
            error = watcher.poller.state.kinds[kind].error
            assert isinstance(error, TransportError)
            assert error.fault is Fault.REFUSED
        with background_server(Service(account), port):
            await watcher.advance(60)
            assert all(state.error is None for state in watcher.poller.state.kinds.values())
            assert stored_state(watcher.store) == account_state(account)


async def test_stopping_ends_a_running_request(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["one"])
    answering, over = Semaphore(0), Event()

    class Never(Service):
        def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
            answering.release()
            over.wait()
            return super().handle(params)

    with background_server(Never(account)) as server:
        async with watching_over_a_socket(clock, account, server.url) as watcher:
            for _ in range(2):
                await clock.settle(lambda: answering.acquire(blocking=False))
        assert watcher.updates == []
        over.set()
