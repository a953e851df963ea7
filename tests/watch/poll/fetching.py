"""A fetcher over an API that answers as told, and scans of one page."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKey, TaskPage, TaskRow
from ucdn_tui.errors import ApiError
from ucdn_tui.watch.poll.fetcher import TaskFetcher
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.tasks import REFRESH, task_row, url_row

SCOPE = QueryScope(REFRESH, is_dcdn=False)


WHOLE_SITE = QueryScope(REFRESH, is_dcdn=True)


class Api:
    """Returns a prepared answer, and records the queries."""

    def __init__(self) -> None:
        self.queries: list[dict[str, Any]] = []
        self.answer: TaskPage | Exception = page()

    async def __call__(self, **query: Any) -> TaskPage:
        self.queries.append(query)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FetcherBench:
    """A fetcher, its queries, and its reports."""

    def __init__(self) -> None:
        self.api = Api()
        self.store = TaskStore()
        self.reported: list[Changes] = []
        self.fetcher = TaskFetcher(REFRESH, self.api, self.store, FakeClock(), self.reported.append)

    async def take(self, *rows: TaskRow, answer: dict[str, Any] | None = None, **query: Any) -> None:
        """Fetch; the answer has these rows."""
        self.api.answer = page(*rows, **(answer or {}))
        await self.fetcher.fetch(SCOPE, Cause.POLL, **query)

    async def fail(self, error: ApiError, **query: Any) -> None:
        self.api.answer = error
        with pytest.raises(type(error)) as raised:
            await self.fetcher.fetch(SCOPE, Cause.POLL, **query)
        assert raised.value is error


def page(*rows: TaskRow, **fields: Any) -> TaskPage:
    return TaskPage(list(rows), **{"received": len(rows), **fields})


def rows_of(number: int, urls: int = 1, **fields: Any) -> list[TaskRow]:
    return [task_row(f"t{n}", *(url_row() for _ in range(urls)), **fields) for n in range(number)]


def keys(*ids: str) -> list[TaskKey]:
    return [TaskKey(REFRESH, task_id) for task_id in ids]


def finished(seen: str = "", known: str = "", unidentified: int = 0, scope: QueryScope = SCOPE) -> Scan:
    """Return a finished scan of one page with the tasks `seen`, where `known` were known at its start."""
    scan = Scan(scope, 0, 9, keys(*known))
    scan.record(keys(*seen), len(seen), unidentified)
    if not scan.done:
        scan.record([], 0)
    assert scan.done
    return scan
