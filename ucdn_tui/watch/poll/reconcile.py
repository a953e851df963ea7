"""Sweep: passes over the whole window of one kind, page by page, and what they show to be gone."""

from ucdn_tui.api.models import Status, TaskKey, TaskKind, TaskPage
from ucdn_tui.clock import Clock
from ucdn_tui.watch.poll.fetcher import Caller
from ucdn_tui.watch.poll.incremental import END_SLACK, Looks
from ucdn_tui.watch.poll.scan import Lane, Passes, Scan
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.summary import task_key

CLOCK_JUMP = 60.0
"""Seconds: if an answer shows our clock to have been further off, the wrong window was asked for."""

TOO_LATE = 600.0
"""Seconds without an answer after which a pass begins anew instead of going on: by then its window is past."""


class Sweep:
    """Passes over the window: the first load, and each reconciliation after it."""

    def __init__(
        self, kind: TaskKind, caller: Caller, looks: Looks, store: TaskStore, clock: Clock, window: float
    ) -> None:
        self.window = window
        """Seconds: tasks created in the last so many are watched."""

        self.kept: TaskKey | None = None
        """The task that somebody is looking at: it may leave the window, but not the screen."""

        self.passes = Passes()
        self._kind = kind
        self._caller = caller
        self._looks = looks
        self._store = store
        self._clock = clock
        self._offset = 0.0
        self._answered = 0.0
        """When, on the clock's `elapsed`, a page was last answered, or the pass began."""

        self._hurried: list[Status] = []

    def window_begin(self) -> float:
        """Return when the window begins, in the server's Unix seconds."""
        return max(0.0, self._clock.server_now() - self.window)

    async def next_page(self) -> Changes | None:
        """Ask for the next page; return what is gone, where that was the last one of a list. Raises ApiError."""
        passes, now = self.passes, self._clock.elapsed()
        if passes.completed and now - self._answered > TOO_LATE:
            passes.want(afresh=True)  # before this asks, once more, for a window of long ago
        scan = passes.scan or self._begin()
        cause = Cause.RECONCILIATION if passes.completed else Cause.FIRST_LOAD
        limit = self._caller.page.size
        if self._hurried:
            status = self._hurried.pop(0)
            await self._caller.ask(scan.lane, cause, status=status, begin=scan.begin, end=scan.end, limit=limit)
            return None
        page = await self._caller.ask(scan.lane, cause, **scan.query(limit))
        self._answered = self._clock.elapsed()
        if passes.scan is not scan:
            return None  # another window was asked for meanwhile
        if abs(self._clock_offset() - self._offset) > CLOCK_JUMP:
            self._looks.looked_at = None
            passes.want(afresh=True)
            return None
        if cause is Cause.FIRST_LOAD and scan.pages == 0 and page.received >= limit:
            # More pages will come: what is running is wanted on the screen before what is long over.
            self._hurried = [Status.PROCESS, Status.WAIT]
        scan.take(self._keys(page), page.received, page.unreadable)
        if scan.repeats:
            self._caller.ignores("Offset")
        passes.took(page.unreadable)
        return self._end(scan, cause) if scan.done else None

    def keep(self, key: TaskKey | None) -> Changes | None:
        """Keep this task, and no other; return what that removes."""
        before, self.kept = self.kept, key
        task = self._store.get(before) if before and before != key else None
        if task is None or not task.is_outside:
            return None
        return self._store.apply(self._kind, cause=Cause.RECONCILIATION, now=self._clock.server_now(), gone=[task.key])

    def _begin(self) -> Scan:
        self._answered, now = self._clock.elapsed(), self._clock.server_now()
        begin, end = int(self.window_begin()), int(now + END_SLACK)
        self._offset = self._clock_offset()
        self._looks.reach_back(begin)
        if self._looks.looked_at is None:
            self._looks.looked_at = now
        lanes = (Lane(self._kind, is_dcdn=False), Lane(self._kind, is_dcdn=True))
        scans = [Scan(lane, begin, end, known=self._store.keys_of(lane.kind, is_dcdn=lane.is_dcdn)) for lane in lanes]
        return self.passes.begin(scans, self._clock.elapsed())

    def _end(self, scan: Scan, cause: Cause) -> Changes:
        gone = self.passes.end(scan, self._clock.elapsed())
        if self.passes.scan is None:
            self._looks.unreadable_new = 0
        kept = gone & {self.kept}
        return self._store.apply(self._kind, cause=cause, now=self._clock.server_now(), gone=gone - kept, left=kept)

    def _clock_offset(self) -> float:
        """Return how the server's time and the elapsed one differ; it changes only when we learn that we were wrong."""
        return self._clock.server_now() - self._clock.elapsed()

    def _keys(self, page: TaskPage) -> list[TaskKey]:
        return [task_key(self._kind, row) for row in page.rows]
