"""Poller: updates the store from the API, reports each change, and takes the user's commands."""

import asyncio
from collections.abc import Callable, Collection
from random import Random
from typing import Protocol, Unpack

import msgspec

from ucdn_tui.api.models import DescribeQuery, TaskKey, TaskKind, TaskPage
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.backoff import MIN_DELAY
from ucdn_tui.watch.poll.fetcher import Describe
from ucdn_tui.watch.poll.kind_poller import KindPoller, KindState
from ucdn_tui.watch.poll.pace import Pace
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW, Settings
from ucdn_tui.watch.store import Changes, TaskStore


class Client(Protocol):
    """The part of the client that the poller uses."""

    @property
    def describe_refresh_tasks(self) -> Describe:
        """DescribeNewUcdnRefreshCacheTask."""

    @property
    def describe_prefetch_tasks(self) -> Describe:
        """DescribeNewUcdnPrefetchCacheTask."""


class Api(Protocol):
    """Provides the client, which may have to be created first."""

    async def get(self) -> Client:
        """Return the client; raises UcdnTuiError."""


class PollState(msgspec.Struct, frozen=True):
    """A snapshot of polling as a whole. Times in seconds."""

    kinds: dict[TaskKind, KindState]
    interval: float
    """The delay between two polls while a task is active."""

    delay: float
    """The present delay between two polls."""

    window: float
    """How far back tasks are watched."""

    paused: bool = False


class PollUpdate(msgspec.Struct, frozen=True):
    """What one answer changed (None if only the state has changed), and the state of polling after it."""

    changes: Changes | None
    state: PollState


class Poller:
    """Polls both kinds with one delay; each kind has its own faults and full scans.

    `emit` is called on the event loop after each update of the store and each step. `run` lasts until it is cancelled
    or `stop` is called; nothing is emitted after that. The poller does not close the api. Times are in seconds.
    """

    def __init__(
        self,
        api: Api,
        store: TaskStore,
        clock: Clock,
        emit: Callable[[PollUpdate], None],
        *,
        interval: float = DEFAULT_INTERVAL,
        window: float = DEFAULT_WINDOW,
        random: Random | None = None,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self.settings = Settings(max(MIN_DELAY, interval), window)
        """What the user chose; to be changed by the commands below only."""

        self._pace = Pace(self.settings, store, clock)
        self._stopped = asyncio.Event()
        source = random or Random()  # noqa: S311 - jitter need not be secret
        describe = {
            TaskKind.REFRESH: _describe(api, lambda client: client.describe_refresh_tasks),
            TaskKind.PREFETCH: _describe(api, lambda client: client.describe_prefetch_tasks),
        }
        self._kinds = {
            kind: KindPoller(
                kind,
                describe[kind],
                store,
                clock,
                settings=self.settings,
                pace=self._pace,
                report=self._report,
                random=source,
            )
            for kind in TaskKind
        }

    @property
    def idle_delay(self) -> float:
        """Seconds between two polls while all tasks are settled."""
        return self._pace.idle_delay

    @property
    def state(self) -> PollState:
        """The present state."""
        settings, now = self.settings, self._clock.elapsed()
        kinds = {kind: poller.snapshot(now) for kind, poller in self._kinds.items()}
        return PollState(kinds, settings.interval, self._pace.delay, settings.window, settings.paused)

    async def run(self) -> None:
        """Poll until `stop`."""
        tasks = [asyncio.create_task(poller.run(), name=f"poll {kind}") for kind, poller in self._kinds.items()]
        try:
            await self._stopped.wait()
        finally:
            self.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Stop polling; nothing is emitted from now on."""
        self._stopped.set()

    def refresh(self) -> None:
        """Poll and start a full scan now, even while paused, but not before a Retry-After is over."""
        for poller in self._kinds.values():
            poller.refresh()
        self._report(None)

    def pause(self, paused: bool = True) -> None:
        """Pause polling after the running step, or resume it."""
        self.settings.paused = paused
        for poller in self._kinds.values():
            poller.wake()
        self._report(None)

    def set_interval(self, seconds: float) -> None:
        """Set the delay between two polls while a task is active."""
        self.settings.interval = max(MIN_DELAY, seconds)
        self._report(None)

    def set_window(self, seconds: float) -> None:
        """Set how far back tasks are watched."""
        self.settings.window = seconds
        for poller in self._kinds.values():
            poller.window_changed()
        self._report(None)

    def track(self, kind: TaskKind, task_id: str, *, any_age: bool = False) -> None:
        """Ask for a task by id until it appears; with `any_age`, also outside the window."""
        self._kinds[kind].track(task_id, any_age=any_age)

    def untrack(self, kind: TaskKind, task_id: str) -> None:
        """Stop asking for a task."""
        self._kinds[kind].untrack(task_id)

    def is_unknown(self, kind: TaskKind, task_id: str) -> bool:
        """Return whether the API has been asked for a task of this kind and did not know it."""
        return self._kinds[kind].is_unknown(task_id)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task in the store even when it leaves the window; release the task pinned before."""
        for kind, poller in self._kinds.items():
            poller.pin(key if key is not None and key.kind is kind else None)

    def keep(self, keys: Collection[TaskKey]) -> None:
        """Keep these tasks in the store even when they leave the window; release those kept before."""
        for kind, poller in self._kinds.items():
            poller.keep(frozenset(key for key in keys if key.kind is kind))

    def _report(self, changes: Changes | None) -> None:
        if self._stopped.is_set():
            return
        if self._pace.update():  # an active task of one kind shortens the delay of both
            for poller in self._kinds.values():
                poller.pace_changed()
        self._emit(PollUpdate(changes, self.state))


def _describe(api: Api, action: Callable[[Client], Describe]) -> Describe:
    """Return a describe action that gets the client from `api` at each call."""

    async def describe(**query: Unpack[DescribeQuery]) -> TaskPage:
        return await action(await api.get())(**query)

    return describe
