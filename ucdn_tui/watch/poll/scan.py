"""Scan: pages through one list of tasks, on a server that may cap, repeat or shift pages. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from ucdn_tui.api.models import DescribeQuery, TaskKey, TaskKind

_MAX_PAGES_WITHOUT_NEW = 2
"""Consecutive pages with rows but without a new one that end a scan: it would never end where Offset is ignored."""


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
    TotalCount is not used: it may count URLs.
    """

    def __init__(
        self,
        scope: QueryScope,
        begin: int,
        end: int,
        known: Iterable[TaskKey] = (),
        *,
        observed_page_size: int = 0,
    ) -> None:
        self.scope = scope
        self.begin = begin
        self.end = end
        self.seen: set[TaskKey] = set()
        self.pages = 0
        self.done = False
        self._known = frozenset(known)
        self._observed_page_size = observed_page_size
        self._offset = 0
        self._pages_without_new = 0
        self._repeated_pages = 0
        self._first_key: TaskKey | None = None
        self._readable = True
        self._limit = 0
        self._full = False

    def query(self, limit: int) -> DescribeQuery:
        """Return the parameters of the next page, at most `limit` tasks long."""
        self._limit = limit
        return DescribeQuery(
            begin=self.begin, end=self.end, offset=self._offset, limit=limit, is_dcdn=self.scope.is_dcdn
        )

    def record(self, keys: Iterable[TaskKey], received: int, unreadable: int) -> None:
        """Record one page: its rows' keys, the number of rows received, and the number of unreadable values."""
        before, page = len(self.seen), list(keys)
        self.seen.update(page)
        self.pages += 1
        self._offset += received
        self._readable = self._readable and not unreadable
        self._full = self._full or received == self._limit
        if received:
            self._pages_without_new = 0 if len(self.seen) > before else self._pages_without_new + 1
            # One row is no evidence: a list that grows by one task between two pages returns its last row again.
            repeated = len(page) > 1 and page[0] == self._first_key
            self._repeated_pages = self._repeated_pages + 1 if repeated else 0
            self._first_key = page[0] if page else None
        is_short = received < min(self._limit, self._observed_page_size)
        self.done = received == 0 or is_short or self._gave_up

    @property
    def repeats(self) -> bool:
        """Whether the server ignores Offset: each page without a new row began with the previous page's first row.

        Repeated rows alone are no evidence: tasks created meanwhile push rows onto the next page.
        """
        return self._gave_up and self._repeated_pages >= _MAX_PAGES_WITHOUT_NEW

    def missing(self) -> frozenset[TaskKey] | None:
        """Return the tasks known at the start that the scan did not see; None if it was not complete and readable.

        A scan that gave up after a full page may not have reached the end of the list.
        """
        incomplete = not self.done or (self._gave_up and self._full)
        return None if incomplete or not self._readable else self._known - self.seen

    @property
    def _gave_up(self) -> bool:
        return self._pages_without_new >= _MAX_PAGES_WITHOUT_NEW
