"""WatchSession: one interface to an account's store, poller, statistics and freshness, for screens and scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from types import TracebackType
from typing import Self

import msgspec

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.freshness import Freshness, freshness_of
from ucdn_tui.watch.poll.backoff import Reaction, reaction
from ucdn_tui.watch.poll.poller import Api, Poller, PollState, PollUpdate
from ucdn_tui.watch.poll.schedule import PollingState
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW
from ucdn_tui.watch.stats.duration_stats import DurationStats, RemainingRange, TypicalDuration
from ucdn_tui.watch.stats.stuck import stuck_for
from ucdn_tui.watch.stats.throughput import Throughput
from ucdn_tui.watch.store import Changes, TaskStore


class Update(msgspec.Struct, frozen=True):
    """The effect of one answer, fault or command."""

    changes: Changes | None
    """None if no task was updated."""

    freshness: Freshness
    auth_error: UcdnTuiError | None = None
    """Why polling waits for the user (keys missing or refused); None if it does not."""

    @property
    def ended(self) -> tuple[Task, ...]:
        """Tasks that ended while they were watched."""
        return self.changes.ended if self.changes else ()


class WatchSession:
    """Watches an account's tasks inside `async with`. Times are in seconds. The session does not close the api.

        async with WatchSession(api, clock) as session:
            async for update in session:
                print(*update.ended, update.freshness)

    A screen that must never lag behind the store passes `on_update`: it is called on the event loop at each update of
    the store, before anything else can change it.
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
        """The account's tasks."""

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
        if self._running is not None:
            raise RuntimeError("a session can be entered only once")
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
        """Yield the present state, and then each update until the session ends."""
        with self._subscription() as queue:
            if not self._left:
                yield Update(None, self.freshness(), _auth_error(self._poller.state))
            while (update := await queue.get()) is not None:
                yield update

    async def wait_until_settled(self, keys: Collection[TaskKey]) -> list[Task]:
        """Return these tasks, in this order, once each is settled or no longer listed by the API.

        Unknown tasks are tracked; a task that never appears is waited for without end. Raises the UcdnTuiError that
        makes polling wait for the user, and RuntimeError if the session ends first.
        """
        ended: dict[TaskKey, Task] = {}
        with self._subscription() as queue:
            for key in keys:
                task = self.store.get(key)
                if task is None:
                    self.track(key)
                elif task.phase is Phase.SETTLED:
                    ended[key] = task
            self._state = self._poller.state  # tracking a task has made its kind try again
            while missing := set(keys) - ended.keys():
                if (auth_error := _auth_error(self._state, {key.kind for key in missing})) is not None:
                    raise auth_error
                update = await queue.get()
                if update is None:
                    raise RuntimeError("the session ended before the tasks were settled")
                if changes := update.changes:
                    now_settled = [task for task in changes.current if task.phase is Phase.SETTLED]
                    ended.update((task.key, task) for task in (*now_settled, *changes.removed))
        return [ended[key] for key in keys]

    # Commands

    def refresh(self) -> None:
        """Poll and start a full scan now, even while paused, but not before a Retry-After is over."""
        self._poller.refresh()

    def pause(self, paused: bool = True) -> None:
        """Pause polling after the running calls, or resume it."""
        self._poller.pause(paused)

    def set_interval(self, seconds: float) -> None:
        """Set the delay between two polls while a task is active."""
        self._poller.set_interval(seconds)

    def set_window(self, seconds: float) -> None:
        """Set how far back tasks are watched."""
        self._poller.set_window(seconds)

    def track(self, key: TaskKey) -> None:
        """Ask for a submitted task by its TaskId until it appears."""
        self._poller.track(key.kind, key.id)

    def know_types(self, types: Mapping[str, str]) -> None:
        """Use these types (by TaskId) for refresh tasks of which the API tells none."""
        if changes := self.store.know_types(types):
            self._updated(PollUpdate(changes, self._poller.state))

    def look_up(self, task_id: str) -> None:
        """Ask for a task of either kind by its TaskId until it appears, also one outside the window."""
        for kind in TaskKind:
            self._poller.track(kind, task_id, any_age=True)

    def end_look_up(self, task_id: str) -> None:
        """Stop asking for this task."""
        for kind in TaskKind:
            self._poller.untrack(kind, task_id)

    def is_unknown(self, task_id: str) -> bool:
        """Return whether the API was asked for a task of either kind with this TaskId, and knows none."""
        return all(self._poller.is_unknown(kind, task_id) for kind in TaskKind)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task in the store even when it leaves the window; release the task pinned before."""
        self._poller.pin(key)

    def keep(self, keys: Collection[TaskKey]) -> None:
        """Keep these tasks in the store even when they leave the window; release those kept before."""
        self._poller.keep(keys)

    # State

    @property
    def interval(self) -> float:
        """Seconds between two polls while a task is active."""
        return self._poller.settings.interval

    @property
    def idle_delay(self) -> float:
        """Seconds between two polls while all tasks are settled."""
        return self._poller.idle_delay

    @property
    def window(self) -> float:
        """Seconds back from now in which tasks are watched."""
        return self._poller.settings.window

    @property
    def paused(self) -> bool:
        """Whether polling is paused."""
        return self._poller.settings.paused

    def freshness(self) -> Freshness:
        """Return how old the data are now, what is wrong, and when the next try is."""
        return freshness_of(self._poller.state, self._clock.elapsed())

    def request_id(self, kind: TaskKind) -> str:
        """Return the X-UCLOUD-REQUEST-UUID of a kind's last answer, also of a refusal; "" if there was none."""
        return self._poller.state.kinds[kind].request_id

    def time_remaining(self, task: Task) -> RemainingRange | None:
        """Return the range of seconds in which the task will probably finish; None if that cannot be estimated."""
        return self._durations.time_remaining(task, self._clock.server_now())

    def typical_duration(self, task: Task) -> TypicalDuration | None:
        """Return how long finished tasks of its kind and type took; None if there are too few."""
        return self._durations.typical(task)

    def stuck_for(self, task: Task) -> float | None:
        """Return the seconds for which a stuck task has made no progress; None if it is not stuck."""
        return stuck_for(task, self._polled_at(task.kind))

    def count_stuck(self) -> int:
        """Return how many tasks are stuck."""
        polled_at = {kind: self._polled_at(kind) for kind in TaskKind}
        active = (self.store[key] for key in self.store.keys_in(Phase.ACTIVE))
        return sum(stuck_for(task, polled_at[task.kind]) is not None for task in active)

    def urls_per_minute(self) -> list[int]:
        """Return how many URLs finished in each of the last minutes, oldest first; the last is the current minute."""
        return self._throughput.per_minute(self._clock.server_now())

    def _polled_at(self, kind: TaskKind) -> float:
        """Return the server time of a kind's last answer: without answers, nothing is known about progress."""
        answered, now = self._state.kinds[kind].answered, self._clock.server_now()
        return now if answered is None else now - (self._clock.elapsed() - answered)

    def _updated(self, update: PollUpdate) -> None:
        self._state = update.state
        if changes := update.changes:
            now = self._clock.server_now()
            self._durations.learn(changes, now)
            self._throughput.learn(changes, self.store.urls, now)
        emitted = Update(changes, freshness_of(update.state, self._clock.elapsed()), _auth_error(update.state))
        for queue in self._queues:
            queue.put_nowait(emitted)
        self._on_update(emitted)  # last: what it raises must not cost the others their update

    @contextmanager
    def _subscription(self) -> Iterator[asyncio.Queue[Update | None]]:
        if self._running is None:
            raise RuntimeError("the session has not been entered: use `async with`")
        queue: asyncio.Queue[Update | None] = asyncio.Queue()
        if self._left:
            queue.put_nowait(None)
        self._queues.append(queue)
        try:
            yield queue
        finally:
            self._queues.remove(queue)


def _auth_error(state: PollState, kinds: Collection[TaskKind] = tuple(TaskKind)) -> UcdnTuiError | None:
    """Return the error that keeps one of these kinds waiting for the user, also in a pause; None if none does."""
    resting = (PollingState.WAITING_FOR_USER, PollingState.PAUSED)
    errors = (state.kinds[kind].error for kind in kinds if state.kinds[kind].state in resting)
    return next((error for error in errors if error and reaction(error) is Reaction.WAIT_FOR_USER), None)
