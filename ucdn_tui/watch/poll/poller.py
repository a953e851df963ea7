"""Poller: keeps a store up to date from the API, tells one callback what changed, and takes a person's commands."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Protocol

import msgspec

from ucdn_tui.api.models import Phase, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.backoff import IDLE_FACTOR, MIN_GAP, Brake
from ucdn_tui.watch.poll.fetcher import Describe
from ucdn_tui.watch.poll.kind_poller import KindPoller, KindState
from ucdn_tui.watch.store import Changes, TaskStore


class Api(Protocol):
    """What the poller needs of a client."""

    @property
    def describe_refresh_tasks(self) -> Describe:
        """DescribeNewUcdnRefreshCacheTask."""

    @property
    def describe_prefetch_tasks(self) -> Describe:
        """DescribeNewUcdnPrefetchCacheTask."""


class PollState(msgspec.Struct, frozen=True):
    """How it stands with watching as a whole."""

    kinds: dict[TaskKind, KindState]
    interval: float
    """Seconds between two looks while anything is active."""

    gap: float
    """Seconds between two looks as things are now."""

    window: float
    """Seconds: tasks created in the last so many are watched."""

    paused: bool = False


class Update(msgspec.Struct, frozen=True):
    """What the callback is told: what one answer changed (None: nothing came), and how it stands."""

    changes: Changes | None
    state: PollState


class Poller:
    """Watches both kinds, each with its own pace of faults, both with the same interval.

    `emit` is called on the event loop, after the store has been brought up to date. `run` lasts until it is cancelled
    or `stop` is called; nothing is emitted after that. The api is closed by whoever opened it.
    """

    def __init__(
        self,
        api: Api,
        store: TaskStore,
        clock: Clock,
        emit: Callable[[Update], None],
        *,
        interval: float = 5.0,
        window: float = 86400.0,
        random: Random | None = None,
    ) -> None:
        self._store = store
        self._emit = emit
        self._clock = clock
        self._interval = max(MIN_GAP, interval)
        self._window = window
        self._paused = False
        self._stopped = asyncio.Event()
        self._brake = Brake()
        self._slowness = 1
        """What the brake makes of the gap; as of the last answer, so that no look becomes overdue unawares."""
        self._last_gap = self.gap
        source = random or Random()  # noqa: S311 - jitter is no secret
        describe = {
            TaskKind.REFRESH: api.describe_refresh_tasks,
            TaskKind.PREFETCH: api.describe_prefetch_tasks,
        }
        self._kinds = {
            kind: KindPoller(
                kind,
                describe[kind],
                store,
                clock,
                gap=lambda: self.gap,
                slowness=lambda: self._slowness,
                window=window,
                report=self._report,
                limited=self._slow_down,
                random=source,
            )
            for kind in TaskKind
        }

    @property
    def gap(self) -> float:
        """Seconds between two looks: the interval while anything is active, a multiple of it while all is settled.

        Longer for a while after the API has said that it is asked too often.
        """
        idle = 1 if self._store.keys_in(Phase.ACTIVE) else IDLE_FACTOR
        return self._interval * idle * self._slowness

    @property
    def idle_gap(self) -> float:
        """Seconds between two looks while all is settled."""
        return self._interval * IDLE_FACTOR

    @property
    def state(self) -> PollState:
        """How it stands now."""
        now = self._clock.elapsed()
        kinds = {kind: poller.state(now) for kind, poller in self._kinds.items()}
        return PollState(kinds, self._interval, self.gap, self._window, self._paused)

    async def run(self) -> None:
        """Watch until `stop`."""
        tasks = [asyncio.create_task(poller.run(), name=f"watch {kind}") for kind, poller in self._kinds.items()]
        try:
            await self._stopped.wait()
        finally:
            self.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Ask no more, and emit nothing any more."""
        self._stopped.set()

    def refresh(self) -> None:
        """Look now, and pass over the whole window; also while paused, but never before a Retry-After is over."""
        for poller in self._kinds.values():
            poller.refresh()
        self._report(None)

    def pause(self, paused: bool = True) -> None:
        """Stop asking, or go on."""
        self._paused = paused
        for poller in self._kinds.values():
            poller.pause(paused)
        self._report(None)

    def set_interval(self, seconds: float) -> None:
        """Look so often while anything is active."""
        self._interval = max(MIN_GAP, seconds)
        self._replan()
        self._report(None)

    def set_window(self, seconds: float) -> None:
        """Watch the tasks created in the last so many seconds."""
        self._window = seconds
        for poller in self._kinds.values():
            poller.set_window(seconds)
        self._report(None)

    def expect(self, kind: TaskKind, task_id: str) -> None:
        """Look for a task that has just been submitted."""
        self._kinds[kind].expect(task_id)

    def keep(self, key: TaskKey | None) -> None:
        """Keep this task for as long as somebody looks at it, even if it leaves the window; and no other."""
        for kind, poller in self._kinds.items():
            poller.keep(key if key is not None and key.kind is kind else None)

    def _slow_down(self) -> None:
        now = self._clock.elapsed()
        self._brake.hit(now)
        self._slowness = self._brake.factor(now)

    def _report(self, changes: Changes | None) -> None:
        if self._stopped.is_set():
            return
        self._slowness = self._brake.factor(self._clock.elapsed())
        if self.gap != self._last_gap:
            self._replan()  # what one kind has found active sets the pace of the other
        self._emit(Update(changes, self.state))

    def _replan(self) -> None:
        before, self._last_gap = self._last_gap, self.gap
        for poller in self._kinds.values():
            poller.replan(before)
