"""IncrementalPoll: asks for new tasks, and by id for tasks that can change. Settled tasks are not asked for."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from math import inf

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import LONGEST_WINDOW
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.watch.poll.backoff import is_rate_limit, retry_after
from ucdn_tui.watch.poll.coverage import Coverage
from ucdn_tui.watch.poll.fetcher import IDS_PER_CALL, TaskFetcher
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.summary import task_key

_MAX_CONCURRENT_CALLS = 4

OVERLAP = 120
"""Seconds by which a query for new tasks overlaps the last poll: clocks differ, and tasks may be listed late."""

END_SLACK = 60
"""Seconds by which EndTime lies in the future: a slow clock must not miss a task created this second."""

TRACK_SECONDS = 600.0
"""How long to ask for a submitted task that never appears."""

_MAX_EMPTY_ANSWERS = 2
"""Consecutive answers without a task after which one poll no longer asks for it a second time."""

_UNLISTED_ANSWERS = 2
"""Consecutive answers without a known task after which it counts as no longer listed."""

_UNDETERMINED_AGE = 86400
"""Seconds: an undetermined task is asked for by id until this age, and then only seen by full scans."""

_MAX_NEW = 10_000
"""Maximum number of tasks in one poll's query for new tasks; full scans find more."""

_MAX_PAGES, _FREE_PAGES = 100, 20
"""Pages of new tasks in one poll, and those of them that follow each other at once: few, as polls are frequent."""

SPARE_URLS = 300
"""URLs of settled tasks (about 50 kB) that a query for new tasks may return needlessly if that saves a call."""


class IncrementalPoll:
    """Polls one kind of tasks. `throttle_factor` is 1, or more after a rate limit: then fewer calls run at once.

    `on_unlisted` is called once with known tasks that answers by TaskId lacked twice.
    """

    def __init__(
        self,
        kind: TaskKind,
        fetcher: TaskFetcher,
        coverage: Coverage,
        store: TaskStore,
        clock: Clock,
        throttle_factor: Callable[[], int],
        on_unlisted: Callable[[Collection[TaskKey]], None] = lambda _keys: None,
    ) -> None:
        self._kind = kind
        self._fetcher = fetcher
        self._coverage = coverage
        self._store = store
        self._clock = clock
        self._throttle_factor = throttle_factor
        self._on_unlisted = on_unlisted
        self._tracked: dict[str, float] = {}
        """TaskIds of submitted tasks, with the time to stop asking for them, on the clock's `elapsed`."""

        self._of_any_age: set[str] = set()
        """Tracked TaskIds whose task may be older than the window."""

        self._unanswered: dict[QueryScope, Counter[str]] = defaultdict(Counter)
        """Number of consecutive answers that lacked each TaskId, by scope."""

        self._missed: Counter[TaskKey] = Counter()
        """Number of consecutive answers that lacked a known task. Those before it was known do not count."""

    def track(self, task_id: str, *, any_age: bool = False) -> None:
        """Ask for this task at each poll until it appears; with `any_age`, also outside the window."""
        self._tracked[task_id] = self._clock.elapsed() + TRACK_SECONDS
        if any_age:
            self._of_any_age.add(task_id)

    def untrack(self, task_id: str) -> None:
        """Stop asking for this task."""
        self._tracked.pop(task_id, None)
        self._of_any_age.discard(task_id)

    def is_unknown(self, task_id: str) -> bool:
        """Return whether the last answers to queries for this id, of both scopes, lacked it."""
        return all(self._unanswered[QueryScope(self._kind, is_dcdn)][task_id] for is_dcdn in (False, True))

    async def poll(self) -> None:
        """Fetch everything that may have changed; raises ApiError."""
        began, now = self._clock.server_now(), self._clock.elapsed()
        self._coverage.unreadable.by_id = 0
        self._tracked = {task_id: until for task_id, until in self._tracked.items() if until > now}
        self._missed = Counter({key: count for key, count in self._missed.items() if key in self._store})
        received: set[TaskKey] = set()
        for scope in self._scopes():
            received |= await self._fetch_new(scope, began)
        for scope in self._scopes():
            ids = [task.task_id for task in self._changeable(scope) if task.key not in received]
            await self._fetch_by_id(scope, ids)
        for is_dcdn in (False, True):  # a submitted task may be the first whole-site task
            await self._fetch_by_id(QueryScope(self._kind, is_dcdn), list(self._tracked), Cause.TRACKED)
        self._coverage.polled_at = began

    async def check(self, keys: Iterable[TaskKey]) -> None:
        """Fetch only these tasks, for an early check; raises ApiError."""
        tasks = [task for key in keys if (task := self._store.get(key)) is not None and task.task_id]
        for scope in self._scopes():
            await self._fetch_by_id(scope, [task.task_id for task in tasks if task.is_dcdn == scope.is_dcdn])

    def _scopes(self) -> list[QueryScope]:
        """Return the scopes to query. Whole-site tasks need their own query, left out while none are known."""
        scopes = [QueryScope(self._kind, is_dcdn=False)]
        return [*scopes, QueryScope(self._kind, is_dcdn=True)] if self._store.has_dcdn(self._kind) else scopes

    async def _fetch_new(self, scope: QueryScope, now: float) -> set[TaskKey]:
        begin = max(0, int(self._begin_of_new(scope, now)))
        scan = Scan(
            scope,
            begin,
            int(now + END_SLACK),
            observed_page_size=self._fetcher.observed_page_size,
            max_tasks=_MAX_NEW,
            max_pages=_MAX_PAGES,
            free_pages=_FREE_PAGES,
        )
        while not scan.done:
            if scan.gap:
                await self._clock.sleep(scan.gap)
            page = await self._fetcher.fetch(scope, Cause.POLL, **scan.query(self._fetcher.limit))
            unreadable = self._coverage.unreadable
            unreadable.new = max(unreadable.new, page.unreadable)
            scan.record((task_key(self._kind, row) for row in page.rows), page.received, page.unidentified)
        if scan.repeats:
            self._fetcher.note_ignored("Offset")
        if scan.is_too_long or self._fetcher.dropped:
            self._coverage.too_many = True
        return scan.seen

    def _begin_of_new(self, scope: QueryScope, now: float) -> float:
        """Return the BeginTime for new tasks: earlier if one cheap query then returns all changeable tasks as well."""
        # Relative to the last poll, never to the newest CreateTime: one absurd row would hide all later tasks.
        oldest = self._coverage.window_begin()  # tasks that have left the window must not come back
        polled_at = self._coverage.polled_at
        begin = max(oldest, (now if polled_at is None else polled_at) - OVERLAP)
        if "TaskId" in self._fetcher.ignored:  # then a list is the only way to see how tasks go on
            created = (task.created for task in self._changeable(scope) if task.created is not None)
            return max(oldest, min(created, default=begin), 0.0)
        wanted = {task.key for task in self._changeable(scope) if task.created is None or task.created < begin}
        if len(wanted) > self._fetcher.limit:
            return begin  # they would take several pages, one after the other
        spare, reached = SPARE_URLS, begin
        for task in self._store.newest(scope.kind, is_dcdn=scope.is_dcdn):
            if task.created is None or task.created >= begin:
                continue
            if spare < 0 or (not wanted and task.created < reached):  # BeginTime returns all tasks of that second
                break
            reached = task.created
            if task.key in wanted:
                wanted.remove(task.key)
            else:
                spare -= 1 + task.urls
        return begin if wanted or spare < 0 or reached < oldest else reached

    def _changeable(self, scope: QueryScope) -> Iterable[Task]:
        """Yield the tasks that can still change and have an id to ask for."""
        oldest = self._clock.server_now() - _UNDETERMINED_AGE
        for phase in (Phase.ACTIVE, Phase.UNDETERMINED):
            for key in self._store.keys_in(phase):
                task = self._store[key]
                if not task.task_id or task.kind is not scope.kind or task.is_dcdn != scope.is_dcdn:
                    continue
                if phase is Phase.ACTIVE or (task.created is not None and task.created >= oldest):
                    yield task

    async def _fetch_by_id(self, scope: QueryScope, task_ids: list[str], cause: Cause = Cause.POLL) -> None:
        # A server that ignores TaskId returns the whole list: then one call is enough.
        size = len(task_ids) if "TaskId" in self._fetcher.ignored else IDS_PER_CALL
        chunks = [task_ids[start : start + size] for start in range(0, len(task_ids), size or 1)]
        if len(chunks) == 1:
            await self._fetch_chunk(scope, chunks[0], cause)
            return
        semaphore = asyncio.Semaphore(max(1, _MAX_CONCURRENT_CALLS // self._throttle_factor()))
        errors: list[UcdnTuiError] = []

        async def fetch(chunk: list[str]) -> None:
            async with semaphore:
                if not errors:  # after an error, start no further calls
                    try:
                        await self._fetch_chunk(scope, chunk, cause)
                    except UcdnTuiError as error:  # raised below, once the running calls have ended
                        errors.append(error)

        await asyncio.gather(*map(fetch, chunks))
        if errors:
            raise max(errors, key=_severity)

    async def _fetch_chunk(self, scope: QueryScope, chunk: Collection[str], cause: Cause) -> None:
        missing, unanswered = set(chunk), self._unanswered[scope]
        while missing:
            begin = self._begin_of(missing)
            page = await self._fetcher.fetch(scope, cause, task_ids=sorted(missing), begin=begin)
            unreadable = self._coverage.unreadable
            unreadable.by_id = max(unreadable.by_id, page.unreadable)  # not the sum: missing tasks are asked for again
            received = missing & {row.task_id for row in page.rows if row.task_id}
            if cause is Cause.TRACKED:
                self._reach_back(row.create_time for row in page.rows)
            for task_id in received:
                self.untrack(task_id)
                del self._missed[TaskKey(self._kind, task_id)]
                del unanswered[task_id]
            if not received:
                unanswered.update(missing)
                if cause is Cause.POLL and "TaskId" not in self._fetcher.ignored:
                    self._record_missed(missing)
                break
            # Either the server caps pages, or the rest no longer exists: asking for it again shows which.
            missing = {task_id for task_id in missing - received if unanswered[task_id] < _MAX_EMPTY_ANSWERS}

    def _record_missed(self, task_ids: Iterable[str]) -> None:
        keys = [key for task_id in task_ids if (key := TaskKey(self._kind, task_id)) in self._store]
        self._missed.update(keys)
        if unlisted := [key for key in keys if self._missed[key] == _UNLISTED_ANSWERS]:
            self._on_unlisted(unlisted)

    def _begin_of(self, task_ids: Collection[str]) -> int:
        """Return the BeginTime of a query for these ids."""
        if self._of_any_age.intersection(task_ids):
            return max(0, int(self._clock.server_now() - LONGEST_WINDOW))
        return int(min(self._coverage.oldest_begin, self._coverage.window_begin()))

    def _reach_back(self, created: Iterable[int | None]) -> None:
        """Let later queries by id begin early enough for tasks that were created at these times."""
        oldest = min((time for time in created if time is not None), default=inf)
        self._coverage.oldest_begin = min(self._coverage.oldest_begin, max(0.0, oldest))


def _severity(error: UcdnTuiError) -> tuple[bool, float]:
    """Return the sort key of errors to report: rate limits highest, then the longest Retry-After."""
    return is_rate_limit(error), retry_after(error)
