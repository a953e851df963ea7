"""FullScans: which full scans of the window are due, the one that runs, and which tasks they show to be gone. Pure."""

from math import inf

from ucdn_tui.api.models import TaskKey
from ucdn_tui.watch.poll.scan import QueryScope, Scan

RECONCILE_EVERY = 300.0
"""Minimum seconds between the end of a full scan and the next one …"""

RECONCILE_SHARE = 30
"""… and at least this many times the duration of the last one: a large window must not be fetched all the time."""


class FullScans:
    """A full scan consists of one scan for each query scope. Times are on the clock's `elapsed`, in seconds.

    A task is gone when two clean scans in a row have missed it.
    """

    def __init__(self) -> None:
        self.loaded = False
        """Whether the first full scan has ended."""

        self._requested = 1
        """Full scans still to end, the running one included."""

        self._scans: list[Scan] = []
        self._began = 0.0
        self._next_due = inf
        self._missed: dict[QueryScope, frozenset[TaskKey]] = {}
        """The tasks that the last scan of each scope missed."""

    @property
    def is_running(self) -> bool:
        """Whether a full scan is running, or requested."""
        return self._requested > 0

    @property
    def current(self) -> Scan | None:
        """The scan whose next page is to be fetched; None before a full scan has begun."""
        return self._scans[0] if self._scans else None

    def is_due(self, now: float) -> bool:
        """Return whether it is time for another full scan."""
        return not self.is_running and now >= self._next_due

    def request(self, scans: int = 1, *, restart: bool = False) -> None:
        """Ask for full scans. A running one counts as the first, unless it has to `restart`."""
        self._requested = max(self._requested, scans)
        if restart:
            self._scans.clear()

    def begin(self, scans: list[Scan], now: float) -> Scan:
        """Begin a full scan that consists of these; return the first."""
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
