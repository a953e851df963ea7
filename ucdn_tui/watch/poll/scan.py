"""Passes over a window, page by page, with a server that may cap pages, ignore limits or shift its list meanwhile."""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from ucdn_tui.api.models import DescribeQuery, TaskKey, TaskKind

RECONCILE_EVERY = 300.0
"""Seconds between two passes over the whole window, …"""

RECONCILE_SHARE = 30
"""… or so many times what one takes, where that is longer: a large window must not be fetched all the time."""

_BARREN_PAGES = 2
"""Pages in a row with rows, but without a new one, that end a scan: else a server that ignores Offset never would."""


class Lane(NamedTuple):
    """What one query is responsible for: the tasks of a kind that are, or are not, of whole-site acceleration."""

    kind: TaskKind
    is_dcdn: bool


class Scan:
    """The state of one pass. `query` says what to ask, `take` what came; `done` when there is no more to ask.

    BeginTime and EndTime stay the same for the whole scan. EndTime lies ahead of the server's clock, so a task that is
    created meanwhile still enters the list and moves the pages, and rows come twice. Offset moves on by the rows
    received, not by the limit, which a server may cap. For the same reason a short page is no end, unless it is shorter
    than `uncapped`, the most rows a server has given at once. TotalCount is not looked at: it may count URLs.
    """

    def __init__(self, lane: Lane, begin: int, end: int, known: Iterable[TaskKey] = (), *, uncapped: int = 0) -> None:
        self.lane = lane
        self.begin = begin
        self.end = end
        self.seen: set[TaskKey] = set()
        self.pages = 0
        self.done = False
        self._known = frozenset(known)
        self._uncapped = uncapped
        self._offset = 0
        self._barren = 0
        self._repeated = 0
        self._head: TaskKey | None = None
        self._readable = True
        self._limit = 0
        self._full = False

    def query(self, limit: int) -> DescribeQuery:
        """Return the parameters of the next page, `limit` tasks long at the most."""
        self._limit = limit
        return DescribeQuery(
            begin=self.begin, end=self.end, offset=self._offset, limit=limit, is_dcdn=self.lane.is_dcdn
        )

    def take(self, keys: Iterable[TaskKey], received: int, unreadable: int) -> None:
        """Note one page: the keys of its rows, how many rows came, and how many things in it could not be read."""
        before, page = len(self.seen), list(keys)
        self.seen.update(page)
        self.pages += 1
        self._offset += received
        self._readable = self._readable and not unreadable
        self._full = self._full or received == self._limit
        if received:
            self._barren = 0 if len(self.seen) > before else self._barren + 1
            # One row is no evidence: a list that grows by one task between two pages shows its last row again.
            self._repeated = self._repeated + 1 if len(page) > 1 and page[0] == self._head else 0
            self._head = page[0] if page else None
        is_short = received < min(self._limit, self._uncapped)
        self.done = received == 0 or is_short or self._is_barren

    @property
    def repeats(self) -> bool:
        """Whether the server ignores Offset: pages without a new row began with the same row as the page before each.

        Rows that come again are not enough: tasks that are created meanwhile push them onto the next page.
        """
        return self._is_barren and self._repeated >= _BARREN_PAGES

    def missing(self) -> frozenset[TaskKey] | None:
        """Return which of the tasks known at its start a finished scan did not meet; None where it proves nothing.

        A scan that pages without a new row have ended may not have seen the end of the list: where a page was full,
        more tasks may lie behind it.
        """
        cut = self._full and self._is_barren
        return self._known - self.seen if self.done and self._readable and not cut else None

    @property
    def _is_barren(self) -> bool:
        return self._barren >= _BARREN_PAGES


class Passes:
    """The passes over the window: those wanted, the one that runs, and which tasks the last ones missed.

    A task is gone only when two clean scans in a row have missed it. Moments are on the clock's `elapsed`.
    """

    def __init__(self) -> None:
        self.completed = False
        """Whether the window has been seen as a whole."""
        self.unreadable = 0
        """How much could not be read in this pass, or in the last one while none runs."""
        self._wanted = 1
        self._scans: list[Scan] = []
        self._began = 0.0
        self._next = inf
        self._missed: dict[Lane, frozenset[TaskKey]] = {}

    @property
    def running(self) -> bool:
        """Whether a pass runs or is to begin."""
        return self._wanted > 0

    @property
    def scan(self) -> Scan | None:
        """The scan that waits for its next page."""
        return self._scans[0] if self._scans else None

    def is_due(self, now: float) -> bool:
        """Return whether it is time for another pass."""
        return not self.running and now >= self._next

    def want(self, passes: int = 1, *, afresh: bool = False) -> None:
        """Ask for passes; one that runs already counts as the first, unless it must begin `afresh`."""
        self._wanted = max(self._wanted, passes)
        if afresh:
            self._scans.clear()

    def begin(self, scans: list[Scan], now: float) -> Scan:
        """Begin a pass that consists of these scans; return the first one."""
        self._scans = scans
        self._began = now
        self.unreadable = 0
        return scans[0]

    def took(self, unreadable: int) -> None:
        """Note how much of a page could not be read."""
        self.unreadable += unreadable

    def end(self, scan: Scan, now: float) -> frozenset[TaskKey]:
        """Note that a scan is done. Return the tasks that are gone."""
        self._scans.remove(scan)
        if not self._scans:
            self.completed = True
            self._wanted -= 1
            self._next = now + max(RECONCILE_EVERY, RECONCILE_SHARE * (now - self._began))
        missing = scan.missing()
        missed_before = self._missed.get(scan.lane, frozenset())
        if missing is None:
            self._missed[scan.lane] = missed_before - scan.seen
            return frozenset()
        gone = missing & missed_before
        self._missed[scan.lane] = missing - gone
        return gone
