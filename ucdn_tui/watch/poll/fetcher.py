"""Caller: the one place that calls an action; it hands over to the store, and to the screen, what came."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol, Unpack

from ucdn_tui.api.models import DescribeQuery, TaskKind, TaskPage, TaskRow
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, Fault, ProtocolError, RetCodeError, TransportError
from ucdn_tui.watch.entry import pack
from ucdn_tui.watch.poll.backoff import is_rate_limit
from ucdn_tui.watch.poll.batch_size import Portion
from ucdn_tui.watch.poll.scan import Lane
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.summary import task_key

log = logging.getLogger(__name__)

PAGE = 100
"""Tasks in the first page: it is wanted soon, and how long one takes is not known yet."""

LARGEST_PAGE = 1000

_DECODE_SECONDS = 0.004
"""Seconds for which decoding a page may hold up the screen."""

_SLICE_SECONDS = 0.002
"""Seconds for which taking over tasks may hold up the screen."""

_URLS_IN_A_SLICE = 1000

_EARLY = 300
"""Seconds by which most of an answer's tasks must be older than was asked for, before BeginTime counts as ignored."""


class Describe(Protocol):
    """A describe action of the API."""

    async def __call__(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return what the query asks for; raises ApiError."""


class Caller:
    """Asks one action. `report` is called with what changed, more than once for an answer with many URLs."""

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

        self.page = Portion(PAGE, 10, LARGEST_PAGE)
        """How many tasks to ask for at once."""

        self.most_rows = 0
        """Rows in the longest list so far: a server that caps its lists does not do so below this."""

        self.ignored: set[str] = set()
        """Parameters that the API has been seen to ignore."""

        self._kind = kind
        self._describe = describe
        self._store = store
        self._clock = clock
        self._report = report
        self._slice = Portion(_URLS_IN_A_SLICE, 100, 20_000)
        self._packing: asyncio.Future[None] | None = None

    async def ask(self, lane: Lane, cause: Cause, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Ask, and take over the answer; raises ApiError."""
        query["is_dcdn"] = lane.is_dcdn
        try:
            page = await self._describe(**query)
        except ApiError as error:
            if "limit" in query:
                self._shrink(query["limit"], error)
            raise
        if "limit" in query:
            self.page.took(page.received, page.decode_seconds / _DECODE_SECONDS)
            self.most_rows = max(self.most_rows, page.received)
        self.request_id = page.request_id
        self._notice(query, page)
        rows = page.rows
        if (asked := query.get("task_ids")) is not None:
            # What was not asked for may be out of the window, and what is not known any more was let go meanwhile.
            rows = [row for row in rows if row.task_id in asked and (cause is Cause.EXPECTED or self._knows(row))]
        await self._take_over(lane, cause, rows)
        return page

    def ignores(self, name: str) -> None:
        """Say once in the log that the API ignores a parameter."""
        if name not in self.ignored:
            self.ignored.add(name)
            log.warning("%s: the API ignores %s; watching costs more calls and bytes", self._kind, name)

    def _knows(self, row: TaskRow) -> bool:
        return task_key(self._kind, row) in self._store

    def _shrink(self, limit: int, error: ApiError) -> None:
        """Ask for fewer tasks at once where so many may have been the reason for a fault."""
        match error:
            case ProtocolError() | TransportError(fault=Fault.TIMEOUT):
                self.page.halve()  # on a slow line many small pages get through where one large one does not
            case RetCodeError() if limit > PAGE and not is_rate_limit(error):
                self.page.at_most(PAGE)

    async def _take_over(self, lane: Lane, cause: Cause, rows: list[TaskRow]) -> None:
        """Bring the store up to date, some tasks at a time; in between the screen may answer a key."""
        slices = list(_slices(rows, self._slice.size))
        for part, urls in slices:
            if len(slices) > 1:
                await asyncio.sleep(0)
            began = time.perf_counter()
            self._report(
                self._store.apply(lane.kind, part, is_dcdn=lane.is_dcdn, cause=cause, now=self._clock.server_now())
            )
            self._slice.took(urls, (time.perf_counter() - began) / _SLICE_SECONDS)
            self._pack()

    def _pack(self) -> None:
        """Have the URLs of settled tasks packed, in a thread: it lets go of the interpreter while it does so."""
        if self._packing is None and (loose := self._store.take_loose()):
            with suppress(RuntimeError):  # the program is being left
                self._packing = asyncio.get_running_loop().run_in_executor(None, pack, loose)
                self._packing.add_done_callback(self._packed)

    def _packed(self, packing: "asyncio.Future[None]") -> None:
        self._packing = None
        if packing.cancelled():
            return
        if error := packing.exception():
            log.error("settled tasks stay unpacked", exc_info=error)
        self._pack()

    def _notice(self, query: DescribeQuery, page: TaskPage) -> None:
        """Say once in the log which parameters the API ignores; what is shown is right all the same, but slower."""
        asked = frozenset(query.get("task_ids", ()))
        begin, status = query.get("begin", 0), query.get("status")
        created = [row.create_time for row in page.rows if row.create_time]
        early = sum(time < begin - _EARLY for time in created)
        for name, is_ignored in (
            ("TaskId", bool(asked) and any(row.task_id and row.task_id not in asked for row in page.rows)),
            ("BeginTime", not asked and 2 * early > len(created)),
            ("Status", status is not None and any(row.status and row.status != status for row in page.rows)),
            ("Limit", page.received > query.get("limit", page.received)),
        ):
            if is_ignored:
                self.ignores(name)


def _slices(rows: list[TaskRow], urls: int) -> Iterator[tuple[list[TaskRow], int]]:
    """Give the rows in parts of about so many URLs, each with its number of URLs; one empty part for no rows."""
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
