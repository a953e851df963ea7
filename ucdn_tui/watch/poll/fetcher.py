"""TaskFetcher: the one place that makes describe calls and applies their answers to the store."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Protocol, Unpack

from ucdn_tui.api.models import DescribeQuery, Phase, TaskKey, TaskKind, TaskPage, TaskRow
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, Fault, ProtocolError, RetCodeError, TransportError
from ucdn_tui.watch.poll.backoff import is_rate_limit
from ucdn_tui.watch.poll.coverage import Confirmations
from ucdn_tui.watch.poll.scan import QueryScope
from ucdn_tui.watch.poll.settings import FIRST_PAGE_SIZE, MAX_PAGE_SIZE, MAX_TASKS, MAX_URLS
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.stored_task import compress
from ucdn_tui.watch.summary import task_key

log = logging.getLogger(__name__)

_DECODE_SECONDS = 0.004
"""Time allowed to decode a page: it blocks the event loop."""

_APPLY_SECONDS = 0.002
"""Time allowed to apply one slice of an answer to the store, which blocks the event loop as well."""

_URLS_PER_SLICE = 1000
"""URLs in the first slice; the size adapts."""

_EARLY = 300
"""Seconds: BeginTime counts as ignored when more than half of an answer's tasks are older by more than this."""

IDS_PER_CALL = 50
"""TaskIds per call; the API's limit is not documented."""


class Describe(Protocol):
    """One describe action of the API."""

    async def __call__(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return the answer to the query; raises ApiError."""


class AdaptiveBatchSize:
    """A batch size that adapts to how long the last batches took."""

    def __init__(self, start: int, lowest: int, highest: int) -> None:
        self.size = start
        self._lowest = lowest
        self._highest = highest

    def record(self, count: int, load: float) -> None:
        """Record a batch of `count` items and its load: the time taken divided by the time allowed.

        The size changes by at most a factor of two, and only after a batch that was at least half full.
        """
        if load > 0 and 2 * count >= self.size:
            self._set(min(max(int(count / load), self.size // 2), 2 * self.size))

    def halve(self) -> None:
        """Halve the size, because a batch was too large."""
        self._set(self.size // 2)

    def cap(self, size: int) -> None:
        """Set the maximum size."""
        self._highest = size
        self._set(self.size)

    def _set(self, size: int) -> None:
        self.size = min(self._highest, max(self._lowest, size))


class TaskFetcher:
    """Calls one describe action and applies the answers to the store.

    `report` is called with the changes; a long answer is applied and reported in several slices.
    """

    def __init__(
        self,
        kind: TaskKind,
        describe: Describe,
        store: TaskStore,
        clock: Clock,
        report: Callable[[Changes], None],
    ) -> None:
        self.request_id = ""
        """X-UCLOUD-REQUEST-UUID of the last usable answer."""

        self.page = AdaptiveBatchSize(FIRST_PAGE_SIZE, 10, MAX_PAGE_SIZE)
        """Tasks to ask for per page."""

        self.observed_page_size = 0
        """Rows in the longest page so far: if the server caps pages, the cap is at least this."""

        self.ignored: set[str] = set()
        """Parameters that the API ignores, as seen from its answers."""

        self.confirmations = Confirmations()
        """When the API last returned each active task."""

        self.dropped = 0
        """Rows that were not stored because there are too many tasks or URLs."""

        self._kind = kind
        self._describe = describe
        self._store = store
        self._clock = clock
        self._report = report
        self._slice = AdaptiveBatchSize(_URLS_PER_SLICE, 100, 20_000)
        self._compressing: asyncio.Future[None] | None = None

    @property
    def limit(self) -> int:
        """Tasks to ask for per page; as many as possible where Offset is ignored, since there is only one page."""
        return MAX_PAGE_SIZE if "Offset" in self.ignored else self.page.size

    async def fetch(self, scope: QueryScope, cause: Cause, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Make one call, apply the answer to the store and return it; raises ApiError."""
        query["is_dcdn"] = scope.is_dcdn
        try:
            page = await self._describe(**query)
        except ApiError as error:
            if "limit" in query:
                self._shrink(query["limit"], error)
            raise
        answered = self._clock.elapsed()
        if "limit" in query:
            self.page.record(page.received, page.decode_seconds / _DECODE_SECONDS)
            self.observed_page_size = max(self.observed_page_size, page.received)
        self.request_id = page.request_id
        self._detect_ignored(query, page)
        rows = page.rows
        if "task_ids" in query:
            ids = frozenset(query["task_ids"])
            # A row that was not asked for may be outside the window; an unknown task was removed during the call.
            rows = [row for row in rows if row.task_id in ids and (cause is Cause.TRACKED or self._knows(row))]
        await self._apply(scope, cause, self._storable(rows), answered)
        return page

    def remove(
        self,
        cause: Cause,
        *,
        gone: Collection[TaskKey] = (),
        out_of_window: Collection[TaskKey] = (),
        unlisted: Collection[TaskKey] = (),
    ) -> None:
        """Remove the tasks in `gone` from the store; mark those in `out_of_window` and `unlisted`, which stay."""
        for key in (*gone, *unlisted):
            self.confirmations.drop(key)
        now = self._clock.server_now()
        self._report(
            self._store.apply(
                self._kind, cause=cause, now=now, gone=gone, out_of_window=out_of_window, unlisted=unlisted
            )
        )

    def note_ignored(self, parameter: str) -> None:
        """Log once that the API ignores a parameter."""
        if parameter not in self.ignored:
            self.ignored.add(parameter)
            log.warning("%s: the API ignores %s; polling takes more calls and bytes", self._kind, parameter)

    def _knows(self, row: TaskRow) -> bool:
        return task_key(self._kind, row) in self._store

    def _shrink(self, limit: int, error: ApiError) -> None:
        """Ask for fewer tasks per page if the page size may have caused the fault."""
        match error:
            case ProtocolError() | TransportError(fault=Fault.TIMEOUT):
                self.page.halve()  # a slow connection may carry small pages in time, but not a large one
            case RetCodeError() if limit > FIRST_PAGE_SIZE and not is_rate_limit(error):
                self.page.cap(FIRST_PAGE_SIZE)

    def _storable(self, rows: list[TaskRow]) -> list[TaskRow]:
        """Return the rows that the store has room for."""
        tasks, urls = MAX_TASKS - len(self._store), MAX_URLS - self._store.urls_stored
        if len(rows) <= tasks and sum(len(row.url_lists or ()) for row in rows) <= urls:
            return rows
        storable = []
        for row in rows:
            is_known = self._knows(row)
            if len(row.url_lists or ()) <= urls and (is_known or tasks > 0):
                urls -= len(row.url_lists or ())
                tasks -= not is_known
                storable.append(row)
        self.dropped += len(rows) - len(storable)
        return storable

    async def _apply(self, scope: QueryScope, cause: Cause, rows: list[TaskRow], answered: float) -> None:
        """Apply the rows to the store in slices, so that the screen can handle keys in between."""
        slices = list(_slices(rows, self._slice.size))
        for part, urls in slices:
            if len(slices) > 1:
                await asyncio.sleep(0)
            began = time.perf_counter()
            self._report(
                self._store.apply(scope.kind, part, is_dcdn=scope.is_dcdn, cause=cause, now=self._clock.server_now())
            )
            self._confirm(part, answered)
            self._slice.record(urls, (time.perf_counter() - began) / _APPLY_SECONDS)
            self._compress()

    def _confirm(self, rows: list[TaskRow], answered: float) -> None:
        """Record when the API returned the active tasks among these rows."""
        active = self._store.keys_in(Phase.ACTIVE)
        for row in rows:
            key = task_key(self._kind, row)
            if key in active:
                self.confirmations.confirm(key, answered)
            else:
                self.confirmations.drop(key)

    def _compress(self) -> None:
        """Compress the URLs of settled tasks in a thread: zlib releases the GIL."""
        if self._compressing is None and (tasks := self._store.take_uncompressed()):
            with suppress(RuntimeError):  # the program is exiting
                self._compressing = asyncio.get_running_loop().run_in_executor(None, compress, tasks)
                self._compressing.add_done_callback(self._compressed)

    def _compressed(self, compressing: "asyncio.Future[None]") -> None:
        self._compressing = None
        if compressing.cancelled():
            return
        if error := compressing.exception():
            log.error("settled tasks stay uncompressed", exc_info=error)
        self._compress()

    def _detect_ignored(self, query: DescribeQuery, page: TaskPage) -> None:
        """Log each parameter that the API ignores, once. Its answers are still used correctly, at a higher cost."""
        ids = frozenset(query.get("task_ids", ()))
        begin, status = query.get("begin", 0), query.get("status")
        created = [row.create_time for row in page.rows if row.create_time]
        too_old = sum(time < begin - _EARLY for time in created)
        for parameter, is_ignored in (
            ("TaskId", bool(ids) and any(row.task_id and row.task_id not in ids for row in page.rows)),
            ("BeginTime", not ids and 2 * too_old > len(created)),
            ("Status", status is not None and any(row.status and row.status != status for row in page.rows)),
            ("Limit", page.received > query.get("limit", page.received)),
        ):
            if is_ignored:
                self.note_ignored(parameter)


def _slices(rows: list[TaskRow], urls: int) -> Iterator[tuple[list[TaskRow], int]]:
    """Yield the rows in slices of about `urls` URLs, each with its number of URLs; one empty slice for no rows."""
    part: list[TaskRow] = []
    count = 0
    for row in rows:
        part.append(row)
        count += len(row.url_lists or ()) or 1
        if count >= urls:
            yield part, count
            part, count = [], 0
    if part or not rows:
        yield part, count
