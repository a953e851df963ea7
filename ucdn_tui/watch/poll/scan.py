"""Scan: pages through one list of tasks, on a server that may cap, repeat or shift pages. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from ucdn_tui.api.models import DescribeQuery, TaskKey, TaskKind
from ucdn_tui.watch.poll.settings import MAX_PAGES, MAX_TASKS

_MAX_PAGES_WITHOUT_NEW = 2
"""Consecutive pages with rows but without a new one that end a scan: it would never end where Offset is ignored."""

_MAX_ROWS_WITHOUT_NEW = 10
"""They must have as many rows as this: tasks that are created meanwhile can push so few rows onto the next page."""

_LITTLE = 10
"""A page with fewer new tasks brings little."""

_FREE_PAGES = 200
"""Pages of a scan that follow each other at once, even if they bring little."""

_GAP = 0.25
"""Seconds between two pages after that."""


class QueryScope(NamedTuple):
    """The tasks that one query returns: those of a kind that are, or are not, whole-site acceleration (IsDcdn)."""

    kind: TaskKind
    is_dcdn: bool


class Scan:
    """Pages through one list: `query` returns the next page's parameters, `record` takes its answer, until `done`.

    BeginTime and EndTime stay the same. EndTime lies a little ahead of the server's clock, so a task created meanwhile
    still enters the list, shifts the pages, and makes rows come twice.
    Offset advances by the rows received, not by the limit, because a server may cap pages. For the same reason a short
    page does not end the scan, unless it is shorter than `observed_page_size`, a length the server has returned before.
    TotalCount is not used: it may count URLs. `max_tasks` and `max_pages` end a scan of an endless list.
    """

    def __init__(
        self,
        scope: QueryScope,
        begin: int,
        end: int,
        known: Iterable[TaskKey] = (),
        *,
        observed_page_size: int = 0,
        max_tasks: int | None = None,
        max_pages: int = MAX_PAGES,
        free_pages: int = _FREE_PAGES,
    ) -> None:
        self.scope = scope
        self.begin = begin
        self.end = end
        self.seen: set[TaskKey] = set()
        self.pages = 0
        self.done = False
        self.is_certain = True
        """Whether each row could be told apart, so that none of them can be a task that seems to be missing."""

        self._known = frozenset(known)
        self._observed_page_size = observed_page_size
        self._max_tasks = MAX_TASKS if max_tasks is None else max_tasks
        self._max_pages = max_pages
        self._free_pages = free_pages
        self._offset = 0
        self._pages_without_new = 0
        self._rows_without_new = 0
        self._repeated_pages = 0
        self._first_key: TaskKey | None = None
        self._brings_little = False
        self._limit = 0
        self._full = False

    def query(self, limit: int) -> DescribeQuery:
        """Return the parameters of the next page, at most `limit` tasks long."""
        self._limit = limit
        return DescribeQuery(
            begin=self.begin, end=self.end, offset=self._offset, limit=limit, is_dcdn=self.scope.is_dcdn
        )

    def record(self, keys: Iterable[TaskKey], received: int, unidentified: int = 0) -> None:
        """Record one page: its rows' keys, the number of rows received, and of those that may be any task."""
        before, page = len(self.seen), list(keys)
        self.seen.update(page)
        self.pages += 1
        self._offset += received
        self.is_certain = self.is_certain and not unidentified
        self._full = self._full or received == self._limit
        self._brings_little = len(self.seen) - before < _LITTLE
        if received:
            has_new = len(self.seen) > before
            self._pages_without_new = 0 if has_new else self._pages_without_new + 1
            self._rows_without_new = 0 if has_new else self._rows_without_new + received
            repeated = bool(page) and page[0] == self._first_key
            self._repeated_pages = self._repeated_pages + 1 if repeated else 0
            self._first_key = page[0] if page else None
        is_short = received < min(self._limit, self._observed_page_size)
        self.done = received == 0 or is_short or self._gave_up or self.is_too_long

    @property
    def repeats(self) -> bool:
        """Whether the server ignores Offset: each page without a new row began with the previous page's first row.

        Repeated rows alone are no evidence: tasks created meanwhile push rows onto the next page.
        """
        return self._gave_up and self._repeated_pages >= self._pages_without_new

    @property
    def is_too_long(self) -> bool:
        """Whether the list has more tasks or pages than are read."""
        return len(self.seen) >= self._max_tasks or self.pages >= self._max_pages

    @property
    def gap(self) -> float:
        """Seconds to wait before the next page: a server may return little in each page, and always something new."""
        return _GAP if self._brings_little and self.pages > self._free_pages else 0.0

    def missing(self) -> frozenset[TaskKey] | None:
        """Return the tasks known at the start that the scan did not see; None if it may not have seen the whole list.

        A scan that gave up has seen it only where Offset is ignored and no page was full.
        """
        is_cut = self._gave_up and (self._full or not self.repeats)
        return None if not self.done or is_cut or self.is_too_long else self._known - self.seen

    @property
    def _gave_up(self) -> bool:
        return self._pages_without_new >= _MAX_PAGES_WITHOUT_NEW and self._rows_without_new >= _MAX_ROWS_WITHOUT_NEW
