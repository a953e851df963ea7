"""Looks: asks for what is new, and by id for what can have changed: a look costs what is under way, not the window."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from math import inf

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.poll.backoff import is_rate_limit, retry_after
from ucdn_tui.watch.poll.fetcher import Caller
from ucdn_tui.watch.poll.prediction import Forecast
from ucdn_tui.watch.poll.scan import Lane, Scan
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.summary import task_key

IDS_IN_A_CALL = 50
"""TaskIds in one call; how many the API takes is not documented."""

_CALLS_AT_ONCE = 4

OVERLAP = 120
"""Seconds by which a look for new tasks begins before the last one did: for clocks that differ, and late entries."""

END_SLACK = 60
"""Seconds of future in a window: a task created in this very second must not be missed by a clock that lags."""

EXPECTED_FOR = 600.0
"""Seconds for which a task that somebody has submitted is asked for, if it never comes."""

_EMPTY_ANSWERS = 2
"""Looks without an answer about a task after which it is no longer asked for a second time within one look."""

_UNDETERMINED_AGE = 86400
"""Seconds for which a task in no known status is asked for by id; after that the passes over the window have to do."""

SPARE_URLS = 300
"""URLs of settled tasks, some 50 kB, that a look may bring along for nothing, where that saves a call."""


class Looks:
    """Looks at one kind's tasks. `slowness` is 1, or more for a while after the API was asked too often."""

    def __init__(
        self,
        kind: TaskKind,
        caller: Caller,
        store: TaskStore,
        clock: Clock,
        slowness: Callable[[], int],
        window_begin: Callable[[], float],
    ) -> None:
        self.looked_at: float | None = None
        """The server's time at which the last look that succeeded began, or the first pass."""

        self.unreadable = 0
        """How much could not be read of what was asked for by id in the last look."""

        self.unreadable_new = 0
        """How much could not be read of what is new; looks soon ask for it no more, so it counts until a pass does."""

        self.forecast = Forecast()
        self._kind = kind
        self._caller = caller
        self._store = store
        self._clock = clock
        self._slowness = slowness
        self._window_begin = window_begin
        self._oldest_begin = inf
        self._expected: dict[str, float] = {}
        """TaskIds, and until when they are asked for, on the clock's `elapsed`."""

        self._unanswered: Counter[str] = Counter()

    def expect(self, task_id: str) -> None:
        """Ask for this task from the next look on, until it comes."""
        self._expected[task_id] = self._clock.elapsed() + EXPECTED_FOR

    def reach_back(self, begin: float) -> None:
        """Note that tasks from then on are known: asked for by id, they must not be cut off by a later BeginTime."""
        self._oldest_begin = min(self._oldest_begin, begin)

    async def look(self, now: float) -> None:
        """Ask for all that can be different by now, a moment on the clock's `elapsed`; raises ApiError."""
        began = self._clock.server_now()
        self.unreadable = 0
        self.forecast.take_due(now)
        self._expected = {task_id: until for task_id, until in self._expected.items() if until > now}
        fresh: set[TaskKey] = set()
        for lane in self._lanes():
            fresh |= await self._new_tasks(lane, began)
        for lane in self._lanes():
            await self._ask_by_id(lane, [task.task_id for task in self._watched(lane) if task.key not in fresh])
            await self._ask_by_id(lane, list(self._expected), Cause.EXPECTED)
        self.looked_at = began

    async def glance(self, now: float) -> None:
        """Ask for the tasks that are expected to be over by now, as for `look`; raises ApiError."""
        due = self.forecast.take_due(now)
        for lane in self._lanes():
            tasks = [task for key in due if (task := self._store.get(key)) is not None]
            await self._ask_by_id(
                lane, [task.task_id for task in tasks if task.task_id and task.is_dcdn == lane.is_dcdn]
            )

    def _lanes(self) -> list[Lane]:
        """Return the queries of a look: whole-site tasks have one of their own, spared where there are none."""
        lanes = [Lane(self._kind, is_dcdn=False)]
        return [*lanes, Lane(self._kind, is_dcdn=True)] if self._store.has_dcdn(self._kind) else lanes

    async def _new_tasks(self, lane: Lane, now: float) -> set[TaskKey]:
        begin = max(0, int(self._since(lane, now)))
        scan = Scan(lane, begin, int(now + END_SLACK), uncapped=self._caller.most_rows)
        while not scan.done:
            page = await self._caller.ask(lane, Cause.TICK, **scan.query(self._caller.page.size))
            self.unreadable_new = max(self.unreadable_new, page.unreadable)
            scan.take((task_key(self._kind, row) for row in page.rows), page.received, page.unreadable)
        if scan.repeats:
            self._caller.ignores("Offset")
        return scan.seen

    def _since(self, lane: Lane, now: float) -> float:
        """Return from when on to ask for new tasks; earlier, where what is under way then comes along for little."""
        # From when the last look began, never from the newest CreateTime: one absurd row would make us blind.
        oldest = self._window_begin()  # nothing from before must come back
        begin = max(oldest, (self.looked_at if self.looked_at is not None else now) - OVERLAP)
        wanted = {task.key for task in self._watched(lane) if task.created is None or task.created < begin}
        spare, reached = SPARE_URLS, begin
        for task in self._store.newest(lane.kind, is_dcdn=lane.is_dcdn):
            if task.created is None or task.created >= begin:
                continue
            if spare < 0 or (not wanted and task.created < reached):  # those of the same second come along as well
                break
            reached = task.created
            if task.key in wanted:
                wanted.remove(task.key)
            else:
                spare -= 1 + task.urls
        return begin if wanted or spare < 0 or reached < oldest else reached

    def _watched(self, lane: Lane) -> Iterable[Task]:
        """Give the tasks that can change, and that can be asked for by id."""
        oldest = self._clock.server_now() - _UNDETERMINED_AGE
        for phase in (Phase.ACTIVE, Phase.UNDETERMINED):
            for key in self._store.keys_in(phase):
                task = self._store[key]
                if not task.task_id or task.kind is not lane.kind or task.is_dcdn != lane.is_dcdn:
                    continue
                if phase is Phase.ACTIVE or (task.created is not None and task.created >= oldest):
                    yield task

    async def _ask_by_id(self, lane: Lane, task_ids: list[str], cause: Cause = Cause.TICK) -> None:
        # A server that ignores TaskId answers with all there is: then one call is enough.
        most = len(task_ids) if "TaskId" in self._caller.ignored else IDS_IN_A_CALL
        chunks = [task_ids[start : start + most] for start in range(0, len(task_ids), most or 1)]
        if len(chunks) == 1:
            await self._ask_chunk(lane, chunks[0], cause)
            return
        gate = asyncio.Semaphore(max(1, _CALLS_AT_ONCE // self._slowness()))
        errors: list[UcdnTuiError] = []

        async def ask(chunk: list[str]) -> None:
            async with gate:
                if not errors:  # one is enough to decide what to do next
                    try:
                        await self._ask_chunk(lane, chunk, cause)
                    except UcdnTuiError as error:  # what is on its way besides comes in before it is raised
                        errors.append(error)

        await asyncio.gather(*map(ask, chunks))
        if errors:
            raise max(errors, key=_weight)

    async def _ask_chunk(self, lane: Lane, chunk: Collection[str], cause: Cause) -> None:
        asked = set(chunk)
        while asked:
            page = await self._caller.ask(lane, cause, task_ids=sorted(asked), begin=self._begin_by_id())
            self.unreadable = max(self.unreadable, page.unreadable)  # not the sum: what is left is asked for again
            came = {row.task_id for row in page.rows if row.task_id}
            for task_id in came:
                self._expected.pop(task_id, None)
                del self._unanswered[task_id]
            if not asked & came:
                self._unanswered.update(asked)
                break
            # What is left was cut off by a server that caps pages, or is gone: two empty answers tell.
            asked = {task_id for task_id in asked - came if self._unanswered[task_id] < _EMPTY_ANSWERS}

    def _begin_by_id(self) -> int:
        """Return a BeginTime that narrows nothing: whether the API's default does is unknown."""
        return int(min(self._oldest_begin, self._window_begin()))


def _weight(error: UcdnTuiError) -> tuple[bool, float]:
    """Return which of several faults counts: the one that says to go slower, or that takes longest."""
    return is_rate_limit(error), retry_after(error)
