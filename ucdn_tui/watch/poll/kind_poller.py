"""KindPoller: polls one kind of tasks: takes each step when it is due, and handles every fault."""

import asyncio
import logging
from collections.abc import Callable, Collection
from math import inf
from random import Random

import msgspec

from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, InternalError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import is_rate_limit
from ucdn_tui.watch.poll.coverage import Coverage
from ucdn_tui.watch.poll.fetcher import Describe, TaskFetcher
from ucdn_tui.watch.poll.incremental import IncrementalPoll
from ucdn_tui.watch.poll.pace import Pace
from ucdn_tui.watch.poll.prediction import CompletionPredictor
from ucdn_tui.watch.poll.reconcile import Reconciler
from ucdn_tui.watch.poll.schedule import NextStep, PollingState, Schedule, Step
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import Cause, Changes, TaskStore

log = logging.getLogger(__name__)


class KindState(msgspec.Struct, frozen=True):
    """A snapshot of one kind's polling. Times are on the clock's `elapsed`, in seconds."""

    state: PollingState = PollingState.LOADING

    answered: float | None = None
    """When the API last answered a poll or a page. An early check does not count: it asks for a few tasks only."""

    poll_due: float = 0.0
    """When the next poll is due, or in the past when it is overdue."""

    next_try: float | None = None
    """When the API is asked next; in the past while a call is running; None while polling waits for the user."""

    error: UcdnTuiError | None = None
    """The last fault; None after a success."""

    loading: bool = True
    """Whether the first full scan has not ended."""

    oldest: float | None = None
    """When the active task that was not returned for longest was last returned; None without active tasks."""

    too_many: bool = False
    """Whether there are more tasks or URLs than are shown."""

    unreadable: int = 0
    """Number of values that could not be read, in the last full scan or in polls since."""

    request_id: str = ""
    """X-UCLOUD-REQUEST-UUID of the last answer, also of a refusal; the vendor's support asks for it."""


class KindPoller:
    """Polls one kind. `run` ends only when it is cancelled, and raises nothing else.

    `report` is called with the changes of each answer, and with None after each step.
    """

    def __init__(
        self,
        kind: TaskKind,
        describe: Describe,
        store: TaskStore,
        clock: Clock,
        *,
        settings: Settings,
        pace: Pace,
        report: Callable[[Changes | None], None],
        random: Random,
    ) -> None:
        self.kind = kind
        self._clock = clock
        self._pace = pace
        self._report = report
        self._schedule = Schedule(settings, pace, clock.elapsed(), random)
        self._coverage = Coverage(clock, settings)
        self._fetcher = TaskFetcher(kind, describe, store, clock, self._changed)
        self._incremental = IncrementalPoll(
            kind, self._fetcher, self._coverage, store, clock, lambda: pace.throttle_factor, self._unlisted
        )
        self._reconciler = Reconciler(kind, self._fetcher, self._coverage, store, clock)
        self._scans = self._reconciler.scans
        self._predictor = CompletionPredictor()
        self._wake = asyncio.Event()

    # Commands

    def refresh(self) -> None:
        """Poll and start a full scan now. A scan that is already running satisfies the request."""
        self._schedule.refresh()
        self._scans.request()
        self._wake.set()

    def wake(self) -> None:
        """Reconsider the next step, because a setting has changed."""
        self._wake.set()

    def window_changed(self) -> None:
        """Scan the new window, twice, so that all tasks outside it are removed at once, including the pinned one."""
        self._reconciler.unpin()
        self._scans.request(2, restart=True)
        self._wake.set()

    def pace_changed(self) -> None:
        """Reschedule the next poll for the new delay."""
        self._schedule.pace_changed(self._clock.elapsed())
        self._wake.set()

    def track(self, task_id: str, *, any_age: bool = False) -> None:
        """Ask for this task by id, now and at each poll until it appears; with `any_age`, also outside the window."""
        self._incremental.track(task_id, any_age=any_age)
        self._schedule.request_poll()
        self._wake.set()

    def untrack(self, task_id: str) -> None:
        """Stop asking for this task."""
        self._incremental.untrack(task_id)

    def is_unknown(self, task_id: str) -> bool:
        """Return whether the API has been asked for this id and did not know it."""
        return self._incremental.is_unknown(task_id)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task in the store even when it leaves the window; release the task pinned before."""
        self._reconciler.pin(key)

    def keep(self, keys: frozenset[TaskKey]) -> None:
        """Keep these tasks in the store, whatever the full scans find."""
        self._reconciler.keep(keys)

    def snapshot(self, now: float) -> KindState:
        """Return the state at `now`, on the clock's `elapsed`."""
        schedule = self._schedule
        due = self._next_step(now).due
        refused = schedule.error.request_id if isinstance(schedule.error, ApiError) else ""
        return KindState(
            state=self._state,
            answered=schedule.answered,
            poll_due=schedule.poll_due,
            next_try=None if due == inf else max(due, 0.0),
            error=schedule.error,
            loading=not self._scans.loaded,
            oldest=self._fetcher.confirmations.oldest,
            too_many=self._coverage.too_many,
            unreadable=self._coverage.unreadable.count,
            request_id=refused or self._fetcher.request_id,
        )

    # The loop

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            step = await self._wait_for_step()
            try:
                await self._take(step)
            except UcdnTuiError as error:
                self._failed(error)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                self._crashed(RuntimeError("the call was cancelled, but not the polling"))
            except Exception as error:  # noqa: BLE001 - polling must survive any bug; screen and log show it
                self._crashed(error)
            try:
                self._report(None)
            except Exception as error:  # noqa: BLE001 - also a bug in the screen
                self._crashed(error)

    @property
    def _state(self) -> PollingState:
        return self._schedule.state(scanning=self._scans.is_running, loaded=self._scans.loaded)

    def _next_step(self, now: float) -> NextStep:
        return self._schedule.next(
            self._state,
            now,
            scanning=self._scans.is_running,
            early_check=self._predictor.next_due(),
            page_gap=self._reconciler.gap,
        )

    async def _wait_for_step(self) -> Step:
        """Return the next step once it is due."""
        while True:
            # Read the clock once: a second, later reading could disagree with what the first one found due.
            now = self._clock.elapsed()
            if self._scans.is_due(now):
                self._scans.begin_due()
            step, due = self._next_step(now)
            if due <= now:
                return step
            due = min(due, self._scans.recheck_due)
            self._wake.clear()
            wake = asyncio.ensure_future(self._wake.wait())
            sleep = asyncio.ensure_future(self._clock.sleep(due - now) if due < inf else asyncio.Event().wait())
            try:
                await asyncio.wait((wake, sleep), return_when=asyncio.FIRST_COMPLETED)
            finally:
                wake.cancel()
                sleep.cancel()

    async def _take(self, step: Step) -> None:
        now = self._clock.elapsed()
        self._schedule.begin(step, now)
        match step:
            case Step.POLL:
                self._predictor.take_due(now)  # the poll asks for these tasks as well
                await self._incremental.poll()
            case Step.SCAN_PAGE:
                await self._reconciler.fetch_page()
            case Step.EARLY_CHECK:
                await self._incremental.check(self._predictor.take_due(now))
        if self._schedule.succeeded(self._clock.elapsed()):
            log.info("%s: back after an outage", self.kind)
            # A scan that is running goes on: restarted after each outage, it might never end.
            self._scans.request(2 if self._scans.current and self._scans.loaded else 1)
        if not self._schedule.poll_requested and not self._scans.is_running:
            self._schedule.refreshing = False

    def _failed(self, error: UcdnTuiError) -> None:
        self._schedule.failed(self._clock.elapsed(), error)
        if is_rate_limit(error):
            self._pace.rate_limited()

    def _crashed(self, error: Exception) -> None:
        log.exception("%s: internal error", self.kind)
        self._failed(InternalError(error))

    def _unlisted(self, keys: Collection[TaskKey]) -> None:
        """Mark tasks that the API no longer lists, and let two full scans decide now whether they are gone."""
        self._fetcher.remove(Cause.POLL, unlisted=keys)
        self._scans.recheck()

    def _changed(self, changes: Changes) -> None:
        self._predictor.learn(changes, self._clock.elapsed())
        self._report(changes)
