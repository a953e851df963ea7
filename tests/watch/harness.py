"""PollerHarness: the real poller and client over a simulated account, on a clock that the test advances."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from random import Random
from typing import Any

from msgspec.structs import replace

from support.clock import FakeClock
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import Task, TaskKey, TaskKind
from ucdn_tui.errors import InternalError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks, Service
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import Client, Poller, PollUpdate
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.tasks import REFRESH
from watch.transport import Failure, Request, Rewrite, ScriptedTransport


class ReadyApi:
    """Provides a client that exists already."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self) -> Client:
        return self._client


class PollerHarness:
    """A running poller, its updates and its requests."""

    def __init__(
        self, clock: FakeClock, account: Account, transport: ScriptedTransport, client: Client, **options: Any
    ) -> None:
        self.clock = clock
        self.account = account
        self.transport = transport
        self.store = TaskStore()
        self.updates: list[PollUpdate] = []
        self.violations: list[str] = []
        """Updates that did not report exactly what had changed in the store, and internal errors."""

        self.on_update: Callable[[PollUpdate], object] = lambda _update: None
        """Called with each update; it may raise."""

        self._expected: dict[TaskKey, Task] = {}
        self.poller = Poller(ReadyApi(client), self.store, clock, self._emitted, **{"random": Random(1), **options})
        self.running = asyncio.create_task(self.poller.run())

    def state(self, kind: TaskKind = REFRESH) -> KindState:
        """Return the state of one kind, with times rounded like `Request.at`."""
        state = self.poller.state.kinds[kind]
        times = {"answered": state.answered, "poll_due": state.poll_due, "next_try": state.next_try}
        times["oldest"] = state.oldest
        return replace(state, **{name: time and round(time, 3) for name, time in times.items()})

    @property
    def loading(self) -> bool:
        return any(state.loading for state in self.poller.state.kinds.values())

    @property
    def ids(self) -> set[str]:
        return {task.task_id for task in self.store}

    def status_of(self, task_id: str, kind: TaskKind = REFRESH) -> str:
        return self.store[TaskKey(kind, task_id)].status

    # Updates

    def changes(self, cause: Cause | None = None) -> list[Changes]:
        """Return the changes of each answer, of one cause or of all."""
        every = [update.changes for update in self.updates if update.changes]
        return [changes for changes in every if cause in (None, changes.cause)]

    def added(self) -> list[str]:
        """Return the TaskIds of all tasks added, in order, with repetitions."""
        return [task.task_id for changes in self.changes() for task in changes.added]

    def ended(self) -> list[str]:
        """Return the TaskIds of the tasks that ended while they were watched, in order."""
        return [task.task_id for update in self.updates if update.changes for task in update.changes.ended]

    def removed(self) -> list[str]:
        return [task.task_id for changes in self.changes() for task in changes.removed]

    # Requests

    def requests(self, kind: TaskKind | None = None, since: float = 0.0) -> list[Request]:
        return [request for request in self.transport.requests if kind in (None, request.kind) and request.at >= since]

    def full_scans(self, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Request]:
        """Return the first request of each full scan."""
        return [request for request in self._lists(kind, since) if request.window >= self.poller.state.window]

    def polls(self, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Request]:
        """Return the first request of each poll."""
        return [request for request in self._lists(kind, since) if request.window < self.poller.state.window]

    def queries_by_id(self, kind: TaskKind = REFRESH, since: float = 0.0) -> list[Request]:
        return [request for request in self.requests(kind, since) if request.task_ids]

    def early_checks(self, kind: TaskKind = REFRESH) -> list[float]:
        """Return the times of requests by id without a list at the same time, if answers take no time."""
        times: dict[float, bool] = {}
        for request in self.requests(kind):
            times[request.at] = times.get(request.at, True) and bool(request.task_ids)
        return [at for at, is_early_check in times.items() if is_early_check]

    def too_close(self) -> list[tuple[float, float]]:
        """Return pairs of consecutive times of refresh requests that are less than a second apart."""
        times = sorted({request.at for request in self.requests(REFRESH)})
        return [(earlier, later) for earlier, later in pairwise(times) if later - earlier < 0.999]

    def _lists(self, kind: TaskKind, since: float) -> list[Request]:
        lists = [request for request in self.requests(kind, since) if request.is_list]
        return [request for request in lists if request.offset == 0 and not request.is_dcdn]

    # Actions

    def clear(self) -> None:
        """Forget the updates and requests so far."""
        self.transport.requests.clear()
        self.updates.clear()

    async def run_full_scans(self, count: int = 2) -> None:
        """Refresh this many times, a few seconds apart."""
        for _ in range(count):
            self.poller.refresh()
            await self.clock.advance(3)

    def _emitted(self, update: PollUpdate) -> None:
        self.updates.append(update)
        self._check(update.changes or Changes(Cause.POLL))
        if len(self._expected) != len(self.store) or (
            update.changes and self._expected != {task.key: task for task in self.store}
        ):
            self.violations.append(f"the store differs from the sum of updates, since update {len(self.updates)}")
        for kind, state in update.state.kinds.items():
            if isinstance(state.error, InternalError):
                self.violations.append(f"{kind}: {state.error}")
        self.on_update(update)

    def _check(self, changes: Changes) -> None:
        for task in changes.added:
            if self._expected.setdefault(task.key, task) is not task:
                self.violations.append(f"{task.key} was added twice")
        for old, new in changes.changed:
            if old.key != new.key or self._expected.get(old.key) != old:
                self.violations.append(f"{old.key} changed from a state that it did not have")
            self._expected[new.key] = new
        for task in changes.removed:
            if self._expected.pop(task.key, None) != task:
                self.violations.append(f"{task.key} was removed, but was unknown or different")


@asynccontextmanager
async def running_poller(
    clock: FakeClock,
    account: Account,
    *,
    quirks: Quirks | None = None,
    rewrite: Rewrite | None = None,
    failure: Callable[[Request], Failure] = lambda _request: None,
    **options: Any,
) -> AsyncIterator[PollerHarness]:
    """Run a poller over the account; the test advances the clock. AssertionError if an update was wrong.

    `rewrite` and `failure` are those of the transport, `options` are the poller's.
    """
    transport = ScriptedTransport(Service(account, quirks=quirks), clock)
    transport.rewrite, transport.failure = rewrite, failure
    keys = Keys(account.public_key, Secret(account.private_key))
    async with UcdnClient("https://api.example.com", keys, clock, transport=transport) as client:
        harness = PollerHarness(clock, account, transport, client, **options)
        try:
            yield harness
        finally:
            harness.poller.stop()
            await asyncio.wait([harness.running])
    assert harness.running.cancelled() or harness.running.result() is None
    assert not harness.violations, harness.violations[0]
