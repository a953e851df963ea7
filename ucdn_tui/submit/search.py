"""Finding the task of a call whose answer was lost: by its kind, its time and its URLs."""

from collections.abc import Collection
from typing import Protocol, Unpack

from ucdn_tui.api.models import DescribeQuery, TaskKind, TaskPage, TaskRow
from ucdn_tui.errors import ProtocolError
from ucdn_tui.i18n import _
from ucdn_tui.submit.models import Batch
from ucdn_tui.url_identity import identity

_PAGE = 100
"""Tasks to ask for at once."""

_MAX_PAGES = 50
"""More than the tasks of a few minutes fill."""

_LATE = 60
"""Seconds that the server's clock may be ahead."""


class Client(Protocol):
    """The describe actions."""

    async def describe_refresh_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """DescribeNewUcdnRefreshCacheTask."""

    async def describe_prefetch_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """DescribeNewUcdnPrefetchCacheTask."""


async def find_task(
    client: Client,
    batch: Batch,
    sent: float,
    margin: float,
    now: float,
    taken: Collection[str],
    rivals: Collection[float] = (),
) -> str | None:
    """Return the TaskId of the task that has exactly the batch's URLs and was created nearest to the time of the call.

    sent, now: server time in Unix seconds. None if no such task is listed since `sent` less the margin in seconds.
    taken: ids of tasks that are known to be other calls'.
    rivals: when other calls with these URLs were sent whose tasks are unknown. A task nearer to one of them is theirs.
    Raises ApiError if not everything could be searched.
    """
    since = sent - margin
    wanted, found = sorted(map(identity, batch.urls)), list[TaskRow]()
    for is_dcdn in (batch.is_dcdn, not batch.is_dcdn):
        rows = await _list(client, batch.kind, int(since), int(now) + _LATE, is_dcdn=is_dcdn)
        found += [row for row in rows if sorted(identity(url.url or "") for url in row.url_lists or ()) == wanted]
    listed = {row.task_id: sent if row.create_time is None else row.create_time for row in found if row.task_id}
    distances = {
        task_id: abs(created - sent)
        for task_id, created in listed.items()
        if task_id not in taken
        and created >= since
        and not any(abs(created - other) < abs(created - sent) for other in rivals)
    }
    return min(distances, key=distances.__getitem__, default=None)


async def _list(client: Client, kind: TaskKind, begin: int, end: int, *, is_dcdn: bool) -> list[TaskRow]:
    """Return all tasks of a time range; raises ApiError if that is not possible."""
    rows, seen, offset = list[TaskRow](), set[str | None](), 0
    for _page in range(_MAX_PAGES):
        page = await _describe(client, kind, begin, end, offset, is_dcdn=is_dcdn)
        new = [row for row in page.rows if row.task_id not in seen]
        if page.unreadable:
            raise ProtocolError(_("tasks that cannot be read"), request_id=page.request_id)
        if not new:
            return rows
        rows += new
        seen.update(row.task_id for row in new)
        offset += page.received
    raise ProtocolError(_("too many entries"))


async def _describe(client: Client, kind: TaskKind, begin: int, end: int, offset: int, *, is_dcdn: bool) -> TaskPage:
    describe = client.describe_refresh_tasks if kind is TaskKind.REFRESH else client.describe_prefetch_tasks
    return await describe(begin=begin, end=end, offset=offset, limit=_PAGE, is_dcdn=is_dcdn)
