"""FullScans decides which full scans are due and which tasks are gone; Reconciler runs them and removes those tasks."""

from math import inf

from ucdn_tui.api.models import Status, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.coverage import Coverage
from ucdn_tui.watch.poll.fetcher import TaskFetcher
from ucdn_tui.watch.poll.incremental import END_SLACK
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.summary import task_key

CLOCK_JUMP = 60.0
"""Seconds: when an answer corrects the server's time by more, the scan used a wrong window and restarts."""

STALE_SCAN = 600.0
"""Seconds without an answer after which a scan restarts, as its window is out of date."""

RECONCILE_EVERY = 300.0
"""Minimum seconds between the end of a full scan and the next one."""

RECONCILE_SHARE = 30
"""The same, as a multiple of the last full scan's duration: a large window must not be fetched all the time."""


class FullScans:
    """A full scan consists of one scan per query scope. Times are on the clock's `elapsed`, in seconds.

    A task is gone when two consecutive scans have missed it. A scan with unreadable values does not count.
    """

    def __init__(self) -> None:
        self.loaded = False
        """Whether the first full scan has ended."""

        self._requested = 1
        """Number of full scans not finished yet, including the running one."""

        self._scans: list[Scan] = []
        self._began = 0.0
        self._next_due = inf
        self._missed: dict[QueryScope, frozenset[TaskKey]] = {}
        """The tasks that the last scan of each scope missed."""

    @property
    def is_running(self) -> bool:
        """Whether a full scan is running or requested."""
        return self._requested > 0

    @property
    def current(self) -> Scan | None:
        """The scan to fetch the next page of; None if no full scan has begun."""
        return self._scans[0] if self._scans else None

    def is_due(self, now: float) -> bool:
        """Return whether it is time for another full scan."""
        return not self.is_running and now >= self._next_due

    def request(self, scans: int = 1, *, restart: bool = False) -> None:
        """Request this many full scans. A running one counts as the first, unless `restart` discards it."""
        self._requested = max(self._requested, scans)
        if restart:
            self._scans.clear()

    def begin(self, scans: list[Scan], now: float) -> Scan:
        """Begin a full scan that consists of these scans; return the first."""
        self._scans = scans
        self._began = now
        return scans[0]

    def end(self, scan: Scan, now: float) -> frozenset[TaskKey]:
        """End one scan; return the tasks that are gone."""
        self._scans.remove(scan)
        if not self._scans:
            self.loaded = True
            self._requested -= 1
            self._next_due = now + max(RECONCILE_EVERY, RECONCILE_SHARE * (now - self._began))
        missing = scan.missing()
        missed_before = self._missed.get(scan.scope, frozenset())
        if missing is None:
            self._missed[scan.scope] = missed_before - scan.seen
            return frozenset()
        gone = missing & missed_before
        self._missed[scan.scope] = missing - gone
        return gone


class Reconciler:
    """The first load of the window, and every reconciliation after it."""

    def __init__(
        self, kind: TaskKind, fetcher: TaskFetcher, coverage: Coverage, store: TaskStore, clock: Clock
    ) -> None:
        self.scans = FullScans()
        self._kind = kind
        self._fetcher = fetcher
        self._coverage = coverage
        self._store = store
        self._clock = clock
        self._pinned: TaskKey | None = None
        self._answered = 0.0
        """When, on the clock's `elapsed`, the last page was answered, or the scan began."""

        self._clock_offset = 0.0
        self._priority_statuses: list[Status] = []

    async def fetch_page(self) -> None:
        """Fetch the next page; after the last page, remove the tasks that are gone. Raises ApiError."""
        now = self._clock.elapsed()
        if self.scans.loaded and now - self._answered > STALE_SCAN:
            self.scans.request(restart=True)
        scan = self.scans.current or self._begin(now)
        is_first_load = not self.scans.loaded
        cause = Cause.FIRST_LOAD if is_first_load else Cause.RECONCILIATION
        limit = self._fetcher.page.size
        if self._priority_statuses:
            status = self._priority_statuses.pop(0)
            await self._fetcher.fetch(scan.scope, cause, status=status, begin=scan.begin, end=scan.end, limit=limit)
            return
        page = await self._fetcher.fetch(scan.scope, cause, **scan.query(limit))
        self._answered = self._clock.elapsed()
        if self.scans.current is not scan:
            return  # a restart was requested meanwhile
        if abs(self._current_clock_offset() - self._clock_offset) > CLOCK_JUMP:
            self._coverage.polled_at = None
            self.scans.request(restart=True)
            return
        if is_first_load and scan.pages == 0 and page.received >= limit:
            # More pages follow: load the active tasks before the settled ones.
            self._priority_statuses = [Status.PROCESS, Status.WAIT]
        scan.record((task_key(self._kind, row) for row in page.rows), page.received, page.unreadable)
        self._coverage.unreadable.scanned += page.unreadable
        if scan.repeats:
            self._fetcher.note_ignored("Offset")
        if scan.done:
            self._end(scan, cause)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task in the store even when it leaves the window; release the task pinned before."""
        before, self._pinned = self._pinned, key
        task = self._store.get(before) if before and before != key else None
        if task is not None and task.is_outside:
            self._fetcher.remove(Cause.RECONCILIATION, gone=[task.key])

    def unpin(self) -> None:
        """Release the pinned task without removing it now: the next full scans do that."""
        self._pinned = None

    def _begin(self, now: float) -> Scan:
        server_now, coverage = self._clock.server_now(), self._coverage
        begin, end = int(coverage.window_begin()), int(server_now + END_SLACK)
        self._answered = now
        self._clock_offset = self._current_clock_offset()
        coverage.oldest_begin = min(coverage.oldest_begin, begin)
        coverage.unreadable.scanned = 0
        if coverage.polled_at is None:
            coverage.polled_at = server_now
        scopes = [QueryScope(self._kind, is_dcdn=is_dcdn) for is_dcdn in (False, True)]
        scans = [
            Scan(scope, begin, end, known=self._store.keys_of(scope.kind, is_dcdn=scope.is_dcdn)) for scope in scopes
        ]
        return self.scans.begin(scans, now)

    def _end(self, scan: Scan, cause: Cause) -> None:
        gone = self.scans.end(scan, self._clock.elapsed())
        if self.scans.current is None:
            self._coverage.unreadable.new = 0
        pinned = gone & {self._pinned}
        self._fetcher.remove(cause, gone=gone - pinned, out_of_window=pinned)

    def _current_clock_offset(self) -> float:
        """Return server time minus elapsed time; it changes only when an answer corrects the server's time."""
        return self._clock.server_now() - self._clock.elapsed()
