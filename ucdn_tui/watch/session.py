"""WatchSession: an account, watched without a screen: store, poller, statistics and freshness behind one face."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from random import Random
from types import TracebackType
from typing import Self

import msgspec

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.freshness import Freshness, freshness_of
from ucdn_tui.watch.poll.poller import Api, Poller, PollState, PollUpdate
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW
from ucdn_tui.watch.stats.durations import DurationStats, Span, TypicalDuration
from ucdn_tui.watch.stats.stuck import stuck_for
from ucdn_tui.watch.stats.throughput import Throughput
from ucdn_tui.watch.store import Changes, TaskStore


class Update(msgspec.Struct, frozen=True):
    """What one answer, or one fault, changed."""

    changes: Changes | None
    """None where no task changed."""

    freshness: Freshness
    auth_error: UcdnTuiError | None = None
    """Why polling waits for the user: the keys are missing or refused. None while it does not."""

    @property
    def ended(self) -> tuple[Task, ...]:
        """The tasks that ended while they were watched."""
        return self.changes.ended if self.changes else ()


class WatchSession:
    """Watches an account's tasks from `async with` on. Times are in seconds; the caller closes the api.

        async with WatchSession(api, clock) as session:
            async for update in session:
                print(*update.ended, update.freshness)

    A screen that must never lag behind the store gives `on_update`, which is called at once, on the event loop.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        *,
        interval: float = DEFAULT_INTERVAL,
        window: float = DEFAULT_WINDOW,
        random: Random | None = None,
        on_update: Callable[[Update], None] = lambda _update: None,
    ) -> None:
        self.store = TaskStore()
        """Everything known about the account's tasks."""

        self._clock = clock
        self._on_update = on_update
        self._queues: list[asyncio.Queue[Update | None]] = []
        self._durations = DurationStats()
        self._throughput = Throughput()
        self._poller = Poller(api, self.store, clock, self._updated, interval=interval, window=window, random=random)
        self._state = self._poller.state
        self._running: asyncio.Task[None] | None = None
        self._left = False

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._poller.run(), name="watch session")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._poller.stop()
        self._left = True
        for queue in self._queues:
            queue.put_nowait(None)
        if self._running is not None:
            await self._running

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Yield each update from now on, until the session is left."""
        with self._subscription() as queue:
            while (update := await queue.get()) is not None:
                yield update

    async def wait_until_settled(self, keys: Collection[TaskKey]) -> list[Task]:
        """Return these tasks, in this order, once each is settled or no longer listed by the API.

        A task that is not known yet is asked for; one that never appears is waited for without end. Raises the
        UcdnTuiError that makes polling wait for the user.
        """
        ended: dict[TaskKey, Task] = {}
        with self._subscription() as queue:
            for key in keys:
                task = self.store.get(key)
                if task is None:
                    self.track(key)
                elif task.phase is Phase.SETTLED:
                    ended[key] = task
            auth_error = _auth_error(self._poller.state)  # tracking a task has made polling try again
            while not ended.keys() >= set(keys):
                if auth_error is not None:
                    raise auth_error
                update = await queue.get()
                if update is None:
                    raise RuntimeError("the session was left while a task was waited for")
                auth_error = update.auth_error
                if changes := update.changes:
                    now_settled = [task for task in changes.current if task.phase is Phase.SETTLED]
                    ended.update((task.key, task) for task in (*now_settled, *changes.removed))
        return [ended[key] for key in keys]

    # Commands

    def refresh(self) -> None:
        """Poll and start a full scan now; also while paused, but never before a Retry-After is over."""
        self._poller.refresh()

    def pause(self, paused: bool = True) -> None:
        """Pause polling after the calls under way, or resume it."""
        self._poller.pause(paused)

    def set_interval(self, seconds: float) -> None:
        """Poll at this interval while a task is active."""
        self._poller.set_interval(seconds)

    def set_window(self, seconds: float) -> None:
        """Watch the tasks created within this time."""
        self._poller.set_window(seconds)

    def track(self, key: TaskKey) -> None:
        """Ask for a submitted task until it appears; without a TaskId that cannot be done."""
        self._poller.track(key.kind, key.id)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task, also when it leaves the window; release the one pinned before."""
        self._poller.pin(key)

    # What is known

    @property
    def interval(self) -> float:
        """Seconds between two polls while a task is active."""
        return self._poller.state.interval

    @property
    def idle_delay(self) -> float:
        """Seconds between two polls while all tasks are settled."""
        return self._poller.idle_delay

    @property
    def window(self) -> float:
        """Seconds back from now in which tasks are watched."""
        return self._poller.state.window

    @property
    def paused(self) -> bool:
        """Whether polling is paused."""
        return self._poller.state.paused

    def freshness(self) -> Freshness:
        """Return how old the data are now, what is wrong, and when the next try is."""
        self._state = self._poller.state
        return freshness_of(self._state, self._clock.elapsed())

    def request_id(self, kind: TaskKind) -> str:
        """Return the X-UCLOUD-REQUEST-UUID of a kind's last usable answer; "" if there is none."""
        return self._poller.state.kinds[kind].request_id

    def time_remaining(self, task: Task) -> Span | None:
        """Return a range for how long the task will still take; None where that is not known."""
        return self._durations.time_remaining(task, self._clock.server_now())

    def typical_duration(self, task: Task) -> TypicalDuration | None:
        """Return how long tasks of its kind and type took; None for too few of them."""
        return self._durations.typical(task)

    def stuck_for(self, task: Task) -> float | None:
        """Return for how long a task was seen without progress; None where it is not stuck."""
        return stuck_for(task, self._polled_at(task.kind))

    def count_stuck(self) -> int:
        """Return how many tasks are stuck."""
        polled_at = {kind: self._polled_at(kind) for kind in TaskKind}
        active = (self.store[key] for key in self.store.keys_in(Phase.ACTIVE))
        return sum(stuck_for(task, polled_at[task.kind]) is not None for task in active)

    def urls_per_minute(self) -> list[int]:
        """Return how many URLs ended in each of the last minutes, oldest first; the last is the current minute."""
        return self._throughput.per_minute(self._clock.server_now())

    def _polled_at(self, kind: TaskKind) -> float:
        """Return the server's time of a kind's last answer: while paused or cut off, nothing is known of progress."""
        answered, now = self._state.kinds[kind].answered, self._clock.server_now()
        return now if answered is None else now - (self._clock.elapsed() - answered)

    def _updated(self, update: PollUpdate) -> None:
        self._state = update.state
        if changes := update.changes:
            now = self._clock.server_now()
            self._durations.learn(changes, now)
            self._throughput.learn(changes, self.store.urls, now)
        emitted = Update(changes, freshness_of(update.state, self._clock.elapsed()), _auth_error(update.state))
        self._on_update(emitted)
        for queue in self._queues:
            queue.put_nowait(emitted)

    @contextmanager
    def _subscription(self) -> Iterator[asyncio.Queue[Update | None]]:
        queue: asyncio.Queue[Update | None] = asyncio.Queue()
        if self._left:
            queue.put_nowait(None)
        self._queues.append(queue)
        try:
            yield queue
        finally:
            self._queues.remove(queue)


def _auth_error(state: PollState) -> UcdnTuiError | None:
    waiting = (kind.error for kind in state.kinds.values() if kind.error and kind.next_try is None)
    return None if state.paused else next(waiting, None)
