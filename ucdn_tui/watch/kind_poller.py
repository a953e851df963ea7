"""KindPoller: the one owner of one action's calls: what to ask about a kind of tasks next."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from math import inf
from random import Random
from typing import Protocol, Unpack

import msgspec

from ucdn_tui.api.models import DescribeQuery, Phase, Status, TaskKey, TaskKind, TaskPage
from ucdn_tui.clock import Clock
from ucdn_tui.errors import InternalError, UcdnTuiError
from ucdn_tui.watch.pace import is_rate_limit
from ucdn_tui.watch.scan import Lane, Passes, Scan
from ucdn_tui.watch.schedule import Schedule
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.summary import task_key

log = logging.getLogger(__name__)

PAGE = 100
"""Tasks a page: at 100 URLs each, decoding one holds up the screen for 9 ms."""

IDS_IN_A_CALL = 50
"""TaskIds in one call; how many the API takes is not documented."""

_EMPTY_ANSWERS = 2
"""Looks without an answer about a task after which it is no longer asked for a second time within one look."""

OVERLAP = 120
"""Seconds by which a look for new tasks begins before the last one did: for clocks that differ, and late entries."""

END_SLACK = 60
"""Seconds of future in a window: a task created in this very second must not be missed by a clock that lags."""

CLOCK_JUMP = 60.0
"""Seconds: if an answer shows our clock to have been further off, the wrong window was asked for."""

UNDETERMINED_AGE = 86400
"""Seconds for which a task in no known status is asked for by id; after that the passes over the window have to do."""


class Describe(Protocol):
    """A describe action of the API."""

    async def __call__(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return what the query asks for; raises ApiError."""


class KindState(msgspec.Struct, frozen=True):
    """How it stands with one kind. Moments are on the clock's `elapsed`, in seconds."""

    answered: float | None = None
    """When the API last gave a usable answer."""

    planned: float = 0.0
    """When the next look was or is due if all goes well: much later than this, what is shown is stale."""

    next_try: float | None = None
    """When it is asked next, or in the past while it is being asked; None where it waits for a person."""

    error: UcdnTuiError | None = None
    """What is wrong; None after a success."""

    loading: bool = True
    """The first pass over the window is not over yet."""

    unreadable: int = 0
    """How much could not be read in the last pass over the window."""

    request_id: str = ""
    """X-UCLOUD-REQUEST-UUID of the last usable answer: the vendor's support asks for it."""


class KindPoller:
    """Looks after one kind of tasks: `run` never returns and never raises, but for being cancelled.

    A look asks for new tasks and, by id, for those that can still change. A pass scans the whole window, page by page,
    with looks in between when they are due. `report` is called after each answer, with what it changed, and after
    each fault; `limited` when the API says that it is asked too often.
    """

    def __init__(
        self,
        kind: TaskKind,
        describe: Describe,
        store: TaskStore,
        clock: Clock,
        *,
        gap: Callable[[], float],
        window: float,
        report: Callable[[Changes | None], None],
        limited: Callable[[], None],
        random: Random,
    ) -> None:
        self.kind = kind
        self._describe = describe
        self._store = store
        self._clock = clock
        self._gap = gap
        self._window = window
        self._report = report
        self._limited = limited
        self._schedule = Schedule(clock.elapsed(), random)
        self._passes = Passes()
        self._wake = asyncio.Event()
        self._look_wanted = False
        self._looking = False
        self._page_is_due = False
        self._looked_at: float | None = None
        self._oldest_begin = inf
        self._pass_offset = 0.0
        self._hurried: list[Status] = []
        self._expected: set[str] = set()
        self._unanswered: Counter[str] = Counter()
        self._request_id = ""
        self._unreadable = 0
        """How much could not be read in the last look, of what was asked for by id."""
        self._unreadable_new = 0
        """How much could not be read of what is new; looks soon ask for it no more, so it counts until a pass does."""

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
        """Show the tasks of the last so many seconds. Two passes, so that what is outside may go at once."""
        self._window = seconds
        self._passes.want(2, afresh=True)
        self._wake.set()

    def expect(self, task_id: str) -> None:
        """Ask for this task from now on, before any window shows it."""
        self._expected.add(task_id)
        self._look_wanted = True
        self._wake.set()

    def replan(self, before: float) -> None:
        """Work out anew when to ask next: the gap, `before` in seconds until now, has changed."""
        self._schedule.replan(self._clock.elapsed(), before)
        self._wake.set()

    def state(self) -> KindState:
        """Return how it stands."""
        schedule = self._schedule
        next_try = self._next_try()
        return KindState(
            answered=schedule.answered,
            planned=schedule.planned(self._gap()),
            next_try=None if next_try == inf else max(next_try, 0.0),
            error=schedule.error,
            loading=not self._passes.completed,
            unreadable=max(self._passes.unreadable, self._unreadable, self._unreadable_new),
            request_id=self._request_id,
        )

    # The loop

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await self._until_due()
            self._schedule.trying(self._clock.elapsed())
            try:
                await self._step()
            except UcdnTuiError as error:
                self._failed(error)
            except Exception as error:  # noqa: BLE001 - the poller never dies; screen and log say why it stumbled
                self._stumbled(error)
            else:
                self._succeeded()
            try:
                self._report(None)
            except Exception as error:  # noqa: BLE001 - nor does it die of a screen that stumbles
                self._stumbled(error)

    def _succeeded(self) -> None:
        if self._schedule.succeeded(self._clock.elapsed(), self._gap()):
            log.info("%s: back after an outage", self.kind)
            self._passes.want()

    def _failed(self, error: UcdnTuiError) -> None:
        self._look_wanted = False  # the wish was heard; what comes now is decided by the fault
        self._schedule.failed(self._clock.elapsed(), error)
        if is_rate_limit(error):
            self._limited()

    def _stumbled(self, error: Exception) -> None:
        log.exception("%s: internal error", self.kind)
        self._failed(InternalError(error))

    async def _until_due(self) -> None:
        while (delay := self._delay()) > 0:
            self._wake.clear()
            wake = asyncio.ensure_future(self._wake.wait())
            sleep = asyncio.ensure_future(self._clock.sleep(delay) if delay < inf else asyncio.Event().wait())
            try:
                await asyncio.wait((wake, sleep), return_when=asyncio.FIRST_COMPLETED)
            finally:
                wake.cancel()
                sleep.cancel()

    def _delay(self) -> float:
        now = self._clock.elapsed()
        if self._passes.is_due(now):
            self._passes.want()
        return self._next_try() - now

    def _next_try(self) -> float:
        if self._look_wanted:
            return self._schedule.at_once()
        return self._schedule.next_try(self._gap(), busy=self._passes.running)

    async def _step(self) -> None:
        if self._look_is_due():
            self._page_is_due = True  # a server slower than the interval must not keep a pass from ending
            await self._look()
        else:
            self._page_is_due = False
            await self._next_page()
        if not self._look_wanted and not self._passes.running:
            self._schedule.forced = False

    def _look_is_due(self) -> bool:
        if self._schedule.answered is None:
            self._look_wanted = False  # the first answer is the newest page of the window, and fulfils any wish
            return False
        if self._look_wanted or not self._passes.running:
            return True
        return not self._page_is_due and self._schedule.planned(self._gap()) <= self._clock.elapsed()

    # A look: what is new, and what can have changed

    async def _look(self) -> None:
        began, began_at = self._clock.elapsed(), self._clock.server_now()
        self._look_wanted, self._looking = False, True
        self._unreadable = 0
        try:
            fresh: set[TaskKey] = set()
            for lane in self._lanes():
                fresh |= await self._new_tasks(lane, began_at)
            for lane in self._lanes():
                await self._ask_by_id(lane, self._watched(lane, fresh))
                await self._ask_by_id(lane, list(self._expected), Cause.EXPECTED)
        finally:
            self._looking = False
        self._schedule.look_began(began)
        self._looked_at = began_at

    def _lanes(self) -> list[Lane]:
        """Return the queries of a look: whole-site tasks have one of their own, spared where there are none."""
        lanes = [Lane(self.kind, is_dcdn=False)]
        return [*lanes, Lane(self.kind, is_dcdn=True)] if self._store.has_dcdn(self.kind) else lanes

    async def _new_tasks(self, lane: Lane, now: float) -> set[TaskKey]:
        # From when the last look began, never from the newest CreateTime: one absurd row would make us blind.
        since = self._looked_at if self._looked_at is not None else now
        scan = Scan(lane, max(0, int(since - OVERLAP)), int(now + END_SLACK))
        while not scan.done:
            page = await self._ask(lane, Cause.TICK, **scan.query(PAGE))
            self._unreadable_new = max(self._unreadable_new, page.unreadable)
            scan.take(self._keys(page), page.received, page.unreadable)
        return scan.seen

    def _watched(self, lane: Lane, fresh: set[TaskKey]) -> list[str]:
        """Return the TaskIds that can have changed and that have not just come."""
        oldest = self._clock.server_now() - UNDETERMINED_AGE
        tasks = [
            *map(self._store.__getitem__, self._store.keys_in(Phase.ACTIVE) - fresh),
            *(
                task
                for task in map(self._store.__getitem__, self._store.keys_in(Phase.UNDETERMINED) - fresh)
                if task.created is not None and task.created >= oldest
            ),
        ]
        return [
            task.task_id for task in tasks if task.task_id and task.kind is lane.kind and task.is_dcdn == lane.is_dcdn
        ]

    async def _ask_by_id(self, lane: Lane, task_ids: list[str], cause: Cause = Cause.TICK) -> None:
        for start in range(0, len(task_ids), IDS_IN_A_CALL):
            asked = set(task_ids[start : start + IDS_IN_A_CALL])
            while asked:
                page = await self._ask(lane, cause, task_ids=sorted(asked), begin=self._begin_by_id())
                self._unreadable = max(self._unreadable, page.unreadable)  # not the sum: what is left is asked again
                came = {row.task_id for row in page.rows if row.task_id}
                self._expected -= came
                for task_id in came:
                    del self._unanswered[task_id]
                if not asked & came:
                    self._unanswered.update(asked)
                    break
                # What is left was cut off by a server that caps pages, or is gone: two empty answers tell.
                asked = {task_id for task_id in asked - came if self._unanswered[task_id] < _EMPTY_ANSWERS}

    def _begin_by_id(self) -> int:
        """Return a BeginTime that narrows nothing: whether the API's default does is unknown."""
        return int(min(self._oldest_begin, self._window_begin()))

    # A pass: the whole window, page by page

    async def _next_page(self) -> None:
        scan = self._passes.scan or self._begin_pass()
        cause = Cause.RECONCILIATION if self._passes.completed else Cause.FIRST_LOAD
        if self._hurried:
            status = self._hurried.pop(0)
            await self._ask(scan.lane, cause, status=status, begin=scan.begin, end=scan.end, limit=PAGE)
            return
        page = await self._ask(scan.lane, cause, **scan.query(PAGE))
        if self._passes.scan is not scan:
            return  # another window was asked for meanwhile
        if abs(self._clock_offset() - self._pass_offset) > CLOCK_JUMP:
            self._looked_at = None
            self._passes.want(afresh=True)
            return
        if cause is Cause.FIRST_LOAD and scan.pages == 0 and page.received >= PAGE:
            # More pages will come: what is running is wanted on the screen before what is long over.
            self._hurried = [Status.PROCESS, Status.WAIT]
        scan.take(self._keys(page), page.received, page.unreadable)
        self._passes.took(page.unreadable)
        if scan.done:
            self._end_scan(scan, cause)

    def _begin_pass(self) -> Scan:
        now = self._clock.server_now()
        begin, end = int(self._window_begin()), int(now + END_SLACK)
        self._pass_offset = self._clock_offset()
        self._oldest_begin = min(self._oldest_begin, begin)
        if self._looked_at is None:
            self._looked_at = now
        lanes = (Lane(self.kind, is_dcdn=False), Lane(self.kind, is_dcdn=True))
        scans = [Scan(lane, begin, end, known=self._store.keys_of(lane.kind, is_dcdn=lane.is_dcdn)) for lane in lanes]
        return self._passes.begin(scans, self._clock.elapsed())

    def _window_begin(self) -> float:
        return max(0.0, self._clock.server_now() - self._window)

    def _clock_offset(self) -> float:
        """Return how the server's time and the elapsed one differ; it changes only when we learn that we were wrong."""
        return self._clock.server_now() - self._clock.elapsed()

    def _end_scan(self, scan: Scan, cause: Cause) -> None:
        gone = self._passes.end(scan, self._clock.elapsed())
        if self._passes.scan is None:
            self._unreadable_new = 0
        changes = self._store.apply(self.kind, cause=cause, now=self._clock.server_now(), gone=gone)
        self._report(changes)

    # The one place that calls the API

    async def _ask(self, lane: Lane, cause: Cause, **query: Unpack[DescribeQuery]) -> TaskPage:
        query["is_dcdn"] = lane.is_dcdn
        page = await self._describe(**query)
        self._request_id = page.request_id
        changes = self._store.apply(
            lane.kind, page.rows, is_dcdn=lane.is_dcdn, cause=cause, now=self._clock.server_now()
        )
        self._report(changes)
        return page

    def _keys(self, page: TaskPage) -> list[TaskKey]:
        return [task_key(self.kind, row) for row in page.rows]
