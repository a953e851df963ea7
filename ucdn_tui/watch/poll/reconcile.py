"""FullScans decides which full scans are due and which tasks are gone; Reconciler runs them and removes those tasks."""

from math import inf

from ucdn_tui.api.models import Status, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.coverage import Coverage
from ucdn_tui.watch.poll.fetcher import TaskFetcher
from ucdn_tui.watch.poll.incremental import END_SLACK
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from ucdn_tui.watch.poll.settings import DEFAULT_WINDOW
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.summary import task_key

CLOCK_JUMP = 60.0
"""Seconds: when an answer corrects the server's time by more, the scan used a wrong window and restarts."""

STALE_SCAN = 600.0
"""Seconds without an answer after which a scan restarts, as its window is out of date."""

RECONCILE_EVERY = 300.0
"""Seconds between the end of a full scan and the next one."""

_WINDOW_SHARE = 1 / 15
"""The same for a short window, as a share of it: what leaves 15 minutes must not be shown for 10 more."""

_RECONCILE_LEAST = 30.0

RECONCILE_SHARE = 30
"""At least this multiple of the time that the last full scan's calls took: a large window must not be fetched all the
time."""

_MOST = 1800.0
_MOST_WINDOW_SHARE = 1 / 3
"""But no more seconds than this, nor than this share of the window, if that is more than RECONCILE_EVERY."""

RECHECK_SHARE = 3
"""At least this multiple of the same time before a full scan that is made because a task is no longer listed."""

_CERTAIN_MISS, _UNCERTAIN_MISS, _GONE = 3, 1, 6
"""A task is gone after two scans without it, or six in which rows could not be told apart: any may be this task. One
such row must not keep all others in the list for ever."""

_MAX_CLOCK_RESTARTS = 2
"""Restarts of one full scan because of a corrected clock: with servers that disagree it would never end."""


def reconcile_after(window: float, spent: float) -> float:
    """Return the seconds until the next full scan of a window, if the calls of the last one took `spent` seconds."""
    least = min(RECONCILE_EVERY, max(_RECONCILE_LEAST, window * _WINDOW_SHARE))
    most = min(_MOST, max(RECONCILE_EVERY, window * _MOST_WINDOW_SHARE))
    return min(most, max(least, RECONCILE_SHARE * spent))


class FullScans:
    """A full scan consists of one scan per query scope. Times are on the clock's `elapsed`, in seconds.

    A task is gone when two consecutive scans have missed it; more are needed if rows could not be told apart.
    """

    def __init__(self) -> None:
        self.loaded = False
        """Whether the first full scan has ended."""

        self._requested = 1
        """Number of full scans not finished yet, including the running one."""

        self._scans: list[Scan] = []
        self._spent = 0.0
        """Seconds that the calls of the running full scan, or of the last one, took."""

        self._ended = 0.0
        self._next_due = inf
        self._is_recheck_requested = False
        self._missed: dict[QueryScope, dict[TaskKey, int]] = {}
        """How often the last scans of each scope missed a task, as _CERTAIN_MISS or _UNCERTAIN_MISS each."""

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
        return not self.is_running and now >= min(self._next_due, self.recheck_due)

    @property
    def recheck_due(self) -> float:
        """When full scans are due because a task is no longer listed; inf for never."""
        can_begin = self._is_recheck_requested and not self.is_running
        return self._ended + RECHECK_SHARE * self._spent if can_begin else inf

    def recheck(self) -> None:
        """Request the two full scans that decide whether a task is gone, once those that run have ended."""
        self._is_recheck_requested = True

    def begin_due(self) -> None:
        """Request the full scans that are due."""
        self.request(2 if self._is_recheck_requested else 1)
        self._is_recheck_requested = False

    def request(self, scans: int = 1, *, restart: bool = False) -> None:
        """Request this many full scans. A running one counts as the first, unless `restart` discards it."""
        self._requested = max(self._requested, scans)
        if restart:
            self._scans.clear()

    def begin(self, scans: list[Scan]) -> Scan:
        """Begin a full scan that consists of these scans; return the first."""
        self._scans = scans
        self._spent = 0.0
        return scans[0]

    def spend(self, seconds: float) -> None:
        """Record the time that a page of the running full scan took. Faults, back-offs and pauses do not count."""
        self._spent += seconds

    def end(self, scan: Scan, now: float, window: float = DEFAULT_WINDOW) -> frozenset[TaskKey]:
        """End one scan; return the tasks that are gone."""
        self._scans.remove(scan)
        if not self._scans:
            self.loaded = True
            self._requested -= 1
            self._ended = now
            self._next_due = now + reconcile_after(window, self._spent)
        missing = scan.missing()
        before = self._missed.get(scan.scope, {})
        if missing is None:
            self._missed[scan.scope] = {key: misses for key, misses in before.items() if key not in scan.seen}
            return frozenset()
        weight = _CERTAIN_MISS if scan.is_certain else _UNCERTAIN_MISS
        missed = {key: before.get(key, 0) + weight for key in missing}
        gone = frozenset(key for key, misses in missed.items() if misses >= _GONE)
        self._missed[scan.scope] = {key: misses for key, misses in missed.items() if key not in gone}
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
        self._kept: frozenset[TaskKey] = frozenset()
        self._answered = 0.0
        """When, on the clock's `elapsed`, the last page was answered, or the scan began."""

        self._clock_offset = 0.0
        self._clock_restarts = 0
        self._priority_statuses: list[Status] = []
        self._is_pinned_gone = False
        """Whether two full scans have missed the pinned task."""

        self._is_scan_cut = False
        """Whether a scan of the running full scan was too long."""

    @property
    def gap(self) -> float:
        """Seconds to wait between the last page and the next one."""
        return self.scans.current.gap if self.scans.current else 0.0

    async def fetch_page(self) -> None:
        """Fetch the next page; after the last page, remove the tasks that are gone. Raises ApiError."""
        now = self._clock.elapsed()
        if self.scans.loaded and now - self._answered > STALE_SCAN:
            self.scans.request(restart=True)
        scan = self.scans.current or self._begin(now)
        is_first_load = not self.scans.loaded
        cause = Cause.FIRST_LOAD if is_first_load else Cause.RECONCILIATION
        limit = self._fetcher.limit
        if self._priority_statuses:
            status = self._priority_statuses.pop(0)
            await self._fetcher.fetch(scan.scope, cause, status=status, begin=scan.begin, end=scan.end, limit=limit)
            return
        page = await self._fetcher.fetch(scan.scope, cause, **scan.query(limit))
        self._answered = self._clock.elapsed()
        self.scans.spend(self._answered - now)
        if self.scans.current is not scan:
            return  # a restart was requested meanwhile
        has_jumped = abs(self._current_clock_offset() - self._clock_offset) > CLOCK_JUMP
        if has_jumped and self._clock_restarts < _MAX_CLOCK_RESTARTS:
            self._clock_restarts += 1
            self._coverage.polled_at = None
            self.scans.request(restart=True)
            return
        if is_first_load and scan.pages == 0 and page.received >= limit:
            # More pages follow: load the active tasks before the settled ones.
            self._priority_statuses = [Status.PROCESS, Status.WAIT]
        scan.record((task_key(self._kind, row) for row in page.rows), page.received, page.unidentified)
        self._coverage.unreadable.scanned += page.unreadable
        if scan.repeats and "Offset" not in self._fetcher.ignored:
            self._fetcher.note_ignored("Offset")
            self.scans.request(2)  # the next one asks for larger pages
        if scan.done:
            self._end(scan, cause)

    def pin(self, key: TaskKey | None) -> None:
        """Keep this task in the store even when it leaves the window; release the task pinned before."""
        before, self._pinned = self._pinned, key
        task = self._store.get(before) if before and before != key else None
        if task is not None and (task.is_outside or (task.is_unlisted and self._is_pinned_gone)):
            self._fetcher.remove(Cause.RECONCILIATION, gone=[task.key])
        if key != before:
            self._is_pinned_gone = False

    def keep(self, keys: frozenset[TaskKey]) -> None:
        """Keep these tasks in the store, whatever the full scans find, as long as this is not changed."""
        self._kept = keys

    def unpin(self) -> None:
        """Release the pinned task without removing it now: the next full scans do that."""
        self._pinned = None
        self._is_pinned_gone = False

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
        self._is_scan_cut, self._fetcher.dropped = False, 0
        return self.scans.begin(scans)

    def _end(self, scan: Scan, cause: Cause) -> None:
        self._is_scan_cut = self._is_scan_cut or scan.is_too_long
        gone = self.scans.end(scan, self._clock.elapsed(), self._coverage.settings.window)
        if self.scans.current is None:
            self._clock_restarts = 0
            self._coverage.unreadable.new = 0
            self._coverage.too_many = self._is_scan_cut or self._fetcher.dropped > 0
        self._is_pinned_gone = self._is_pinned_gone or self._pinned in gone
        staying = gone & (self._kept | ({self._pinned} if self._pinned else set()))
        outside = {key for key in staying if key in self._store and self._is_older(self._store[key], scan.begin)}
        self._fetcher.remove(cause, gone=gone - staying, out_of_window=outside, unlisted=staying - outside)

    @staticmethod
    def _is_older(task: Task, begin: int) -> bool:
        """Return whether a task was created before a scan's window, which explains why the scan has missed it."""
        return task.created is not None and task.created < begin

    def _current_clock_offset(self) -> float:
        """Return server time minus elapsed time; it changes only when an answer corrects the server's time."""
        return self._clock.server_now() - self._clock.elapsed()
