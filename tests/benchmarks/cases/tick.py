"""(b) Cost of a tick, compared with fetching the whole window again: CPU of the client's process, and bytes.

A tick is what the program does at each interval for both kinds: poll for new and active tasks, and apply the answers
to store and view. The other side fetches both lists in full, with the program's own client and store, or with the
official SDK.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from ucloud.client import Client

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.server import RunningServer, Totals, serving
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import SystemClock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.poll.coverage import Coverage
from ucdn_tui.watch.poll.fetcher import TaskFetcher
from ucdn_tui.watch.poll.incremental import IncrementalPoll
from ucdn_tui.watch.poll.reconcile import Reconciler
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import Cause, TaskStore

WINDOW = 7 * 86400.0
_TICKS = 20
_REFETCHES = 3


class Cost(NamedTuple):
    """The mean cost of one run."""

    cpu: float
    """Milliseconds."""

    totals: Totals


class Watcher:
    """The program's client, poller and store, without a schedule."""

    def __init__(self, endpoint: str) -> None:
        self._clock = SystemClock()
        self.client = UcdnClient(endpoint, Keys("public", Secret("private")), self._clock)
        self._describe = {
            TaskKind.REFRESH: self.client.describe_refresh_tasks,
            TaskKind.PREFETCH: self.client.describe_prefetch_tasks,
        }
        self.store = TaskStore()
        self._view = TaskView(self.store)
        self._polls: list[IncrementalPoll] = []

    async def load(self) -> None:
        """Load the window page by page, as the program does at its start."""
        for kind, describe in self._describe.items():
            coverage = Coverage(self._clock, Settings(window=WINDOW))
            fetcher = TaskFetcher(kind, describe, self.store, self._clock, self._view.apply)
            reconciler = Reconciler(kind, fetcher, coverage, self.store, self._clock)
            while not reconciler.scans.loaded:
                await reconciler.fetch_page()
            self._polls.append(IncrementalPoll(kind, fetcher, coverage, self.store, self._clock, lambda: 1))

    async def tick(self) -> None:
        """Poll both kinds."""
        for poll in self._polls:
            await poll.poll()

    async def refetch(self) -> None:
        """Fetch the whole window of both kinds."""
        for kind, describe in self._describe.items():
            page = await describe(begin=int(time.time() - WINDOW), end=int(time.time() + 60))
            self._view.apply(self.store.apply(kind, page.rows, cause=Cause.RECONCILIATION, now=time.time()))


@asynccontextmanager
async def watching(endpoint: str) -> AsyncIterator[Watcher]:
    """Yield a watcher with the window loaded."""
    watcher = Watcher(endpoint)
    async with watcher.client:
        await watcher.load()
        yield watcher


async def cost(server: RunningServer, count: int, run: Callable[[], Awaitable[object]]) -> Cost:
    """Return the mean cost of `count` runs."""
    before, began = server.totals(), time.process_time()
    for _ in range(count):
        await run()
    cpu = (time.process_time() - began) / count * 1000
    totals = server.totals() - before
    return Cost(cpu, Totals(*(total // count for total in totals)))


class _Sdk:
    """The official SDK, with one call per list."""

    def __init__(self, endpoint: str) -> None:
        logging.getLogger("ucloud").setLevel(logging.CRITICAL)
        self._client = Client(
            {"public_key": "public", "private_key": "private", "base_url": endpoint, "region": "cn-bj2", "timeout": 60}
        )

    async def refetch(self) -> None:
        for action in (DESCRIBE_REFRESH, DESCRIBE_PREFETCH):
            query = {"BeginTime": int(time.time() - WINDOW), "EndTime": int(time.time() + 60)}
            self._client.invoke(action, query)


def _run(active: int) -> Callable[[bool], list[Pair]]:
    async def measure(tasks: int, urls: int, active: int) -> list[Pair]:
        with serving(tasks, urls, active) as server:
            async with watching(server.endpoint) as watcher:
                ticks = await cost(server, _TICKS, watcher.tick)
                whole = await cost(server, _REFETCHES, watcher.refetch)
            sdk = await cost(server, _REFETCHES, _Sdk(server.endpoint).refetch)
        return [
            Pair(ticks.cpu, whole.cpu),
            Pair(ticks.cpu, sdk.cpu),
            Pair(ticks.totals.size / 1000, whole.totals.size / 1000),
            Pair(ticks.totals.calls, whole.totals.calls),
        ]

    return lambda small: asyncio.run(measure(*((100, 2, active // 10) if small else (1000, 100, active))))


def _benchmark(active: int, cpu: float, size: float) -> Benchmark:
    share = f"{active / 10:g} % active"
    return Benchmark(
        "b",
        f"1,000 × 100, {share}",
        (
            Figure("CPU of a tick / of refetching the window", "ms", cpu),
            Figure("CPU of a tick / of refetching the window with the SDK", "ms"),
            Figure("bytes of a tick / of refetching the window", "kB", size),
            Figure("calls of a tick / of refetching the window in one page", ""),
        ),
        _run(active),
    )


BENCHMARKS = [_benchmark(10, 0.02, 0.015), _benchmark(100, 0.10, 0.12)]
