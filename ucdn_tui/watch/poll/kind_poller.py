"""KindPoller: the one owner of one action's calls: it decides what to ask about a kind of tasks next."""

import asyncio
import logging
from collections.abc import Callable
from math import inf
from random import Random

import msgspec

from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import InternalError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import MIN_GAP, is_rate_limit
from ucdn_tui.watch.poll.fetcher import Caller, Describe
from ucdn_tui.watch.poll.incremental import Looks
from ucdn_tui.watch.poll.reconcile import Sweep
from ucdn_tui.watch.poll.schedule import Schedule
from ucdn_tui.watch.store import Changes, TaskStore

log = logging.getLogger(__name__)


class KindState(msgspec.Struct, frozen=True):
    """How it stands with one kind. Moments are on the clock's `elapsed`, in seconds."""

    answered: float | None = None
    """When the API last answered a look or a page; a glance asks for a few tasks only, and makes nothing else newer."""

    planned: float = 0.0
    """When the next look was or is due if all goes well: much later than this, what is shown is stale."""

    next_try: float | None = None
    """When it is asked next, or in the past while it is being asked; None where it waits for a person."""

    error: UcdnTuiError | None = None
    """What is wrong; None after a success."""

    loading: bool = True
    """The first pass over the window is not over yet."""

    unreadable: int = 0
    """How much could not be read in the last pass over the window, or in looks since then."""

    request_id: str = ""
    """X-UCLOUD-REQUEST-UUID of the last usable answer: the vendor's support asks for it."""


class KindPoller:
    """Looks after one kind of tasks: `run` never returns and never raises, but for being cancelled.

    A look asks for new tasks and, by id, for those that can still change. A glance, between two looks, asks for those
    that are expected to be over. A pass scans the whole window, page by page, with looks in between when they are due.
    `report` is called with what an answer changed, and after each fault; `limited` when the API says that it is asked
    too often; `slowness` says by how much that makes us slower.
    """

    def __init__(
        self,
        kind: TaskKind,
        describe: Describe,
        store: TaskStore,
        clock: Clock,
        *,
        gap: Callable[[], float],
        slowness: Callable[[], int],
        window: float,
        report: Callable[[Changes | None], None],
        limited: Callable[[], None],
        random: Random,
    ) -> None:
        self.kind = kind
        self._clock = clock
        self._gap = gap
        self._slowness = slowness
        self._report = report
        self._limited = limited
        self._schedule = Schedule(clock.elapsed(), random)
        self._caller = Caller(kind, describe, store, clock, self._changed)
        self._looks = Looks(kind, self._caller, store, clock, slowness, lambda: self._sweep.window_begin())
        self._sweep = Sweep(kind, self._caller, self._looks, store, clock, window)
        self._passes = self._sweep.passes
        self._wake = asyncio.Event()
        self._look_wanted = False
        self._looking = False
        self._page_is_due = False
        self._glanced = -inf

    # Commands

    def refresh(self) -> None:
        """Look, and pass over the whole window, now; while a pass runs, it is this one that does."""
        self._schedule.forced = True
        self._look_wanted = not self._looking
        self._passes.want()
        self._wake.set()

    def pause(self, paused: bool) -> None:
        """Stop asking after the look, or the page, that is under way; or go on."""
        self._schedule.paused = paused
        self._wake.set()

    def set_window(self, seconds: float) -> None:
        """Show the tasks of the last so many seconds. Two passes, so that what is outside may go at once.

        That is what was asked for: it goes for the task that is kept, too.
        """
        self._sweep.window = seconds
        self._sweep.kept = None
        self._passes.want(2, afresh=True)
        self._wake.set()

    def expect(self, task_id: str) -> None:
        """Ask for this task from now on, before any window shows it."""
        self._looks.expect(task_id)
        self._look_wanted = True
        self._wake.set()

    def keep(self, key: TaskKey | None) -> None:
        """Keep this task, which somebody is looking at, also when it is out of the window; and no other."""
        if changes := self._sweep.keep(key):
            self._changed(changes)

    def replan(self, before: float) -> None:
        """Work out anew when to ask next: the gap, `before` in seconds until now, has changed."""
        self._schedule.replan(self._clock.elapsed(), before)
        self._wake.set()

    def state(self, now: float) -> KindState:
        """Return how it stands."""
        schedule = self._schedule
        next_try = self._next_try(now)
        return KindState(
            answered=schedule.answered,
            planned=schedule.planned(self._gap()),
            next_try=None if next_try == inf else max(next_try, 0.0),
            error=schedule.error,
            loading=not self._passes.completed,
            unreadable=max(self._passes.unreadable, self._looks.unreadable, self._looks.unreadable_new),
            request_id=self._caller.request_id,
        )

    # The loop

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            now = await self._until_due()
            self._schedule.trying(now)
            try:
                await self._step(now)
            except UcdnTuiError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - the poller never dies; screen and log say why it stumbled
                self._stumbled(error)
            try:
                self._report(None)
            except Exception as error:  # noqa: BLE001 - nor does it die of a screen that stumbles
                self._stumbled(error)

    def _succeeded(self) -> None:
        if self._schedule.succeeded(self._clock.elapsed(), self._gap()):
            log.info("%s: back after an outage", self.kind)
            self._passes.want(afresh=self._passes.completed)  # one that runs is of a window of long ago

    def _failed(self, error: UcdnTuiError) -> None:
        self._look_wanted = False  # the wish was heard; what comes now is decided by the fault
        self._schedule.failed(self._clock.elapsed(), error)
        if is_rate_limit(error):
            self._limited()

    def _stumbled(self, error: Exception) -> None:
        log.exception("%s: internal error", self.kind)
        self._failed(InternalError(error))

    async def _until_due(self) -> float:
        """Wait until something is due. Return the moment for which that was found: the step goes by the same one."""
        while (delay := self._delay(now := self._clock.elapsed())) > 0:
            self._wake.clear()
            wake = asyncio.ensure_future(self._wake.wait())
            sleep = asyncio.ensure_future(self._clock.sleep(delay) if delay < inf else asyncio.Event().wait())
            try:
                await asyncio.wait((wake, sleep), return_when=asyncio.FIRST_COMPLETED)
            finally:
                wake.cancel()
                sleep.cancel()
        return now

    def _delay(self, now: float) -> float:
        if self._passes.is_due(now):
            self._passes.want()
        return self._next_try(now) - now

    def _next_try(self, now: float) -> float:
        """Return when to ask next. `now` is the moment that the result is compared with, not a later one.

        Otherwise what is overdue would always be due some microseconds from now, and never at once.
        """
        if self._look_wanted:
            return self._schedule.at_once()
        busy = self._passes.running
        planned = self._schedule.next_try(self._gap(), busy=busy)
        if busy or self._slowness() > 1:
            return planned
        glance = max(now, self._schedule.glance(self._looks.forecast.next()))
        return glance if glance <= planned - MIN_GAP else max(planned, self._glanced + MIN_GAP)

    async def _step(self, now: float) -> None:
        """Ask what is due."""
        if self._look_is_due(now):
            self._page_is_due = True  # a server slower than the interval must not keep a pass from ending
            await self._look(now)
        elif self._passes.running:
            self._page_is_due = False
            if (changes := await self._sweep.next_page()) is not None:
                self._changed(changes)
        else:
            self._glanced = now
            await self._looks.glance(now)
            return  # the others are as old as before
        self._succeeded()
        if not self._look_wanted and not self._passes.running:
            self._schedule.forced = False

    def _look_is_due(self, now: float) -> bool:
        if self._schedule.answered is None:
            self._look_wanted = False  # the first answer is the newest page of the window, and fulfils any wish
            return False
        if self._look_wanted or (self._schedule.error is not None and not self._passes.running):
            return True
        is_planned = self._schedule.planned(self._gap()) <= now
        return is_planned and not (self._passes.running and self._page_is_due)

    async def _look(self, now: float) -> None:
        self._look_wanted, self._looking = False, True
        try:
            await self._looks.look(now)
        finally:
            self._looking = False
        self._schedule.look_began(now)

    def _changed(self, changes: Changes) -> None:
        self._looks.forecast.learn(changes, self._clock.elapsed())
        self._report(changes)
