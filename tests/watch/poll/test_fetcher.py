"""TaskFetcher: page size, slices, compression, and ignored parameters."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import PATIENCE
from support.clock import FakeClock
from ucdn_tui.api.models import Phase, TaskPage, TaskRow
from ucdn_tui.errors import ApiError, Fault, HttpStatusError, ProtocolError, RetCodeError, TransportError
from ucdn_tui.watch.poll import fetcher as fetcher_module
from ucdn_tui.watch.poll.fetcher import FIRST_PAGE_SIZE, TaskFetcher, _slices
from ucdn_tui.watch.poll.scan import QueryScope
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.stored_task import StoredTask
from watch.tasks import PREFETCH, REFRESH, START, task_row, url_row

SCOPE = QueryScope(REFRESH, is_dcdn=False)


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


class Bench:
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


@pytest.fixture
def bench() -> Bench:
    return Bench()


def rows_of(number: int, urls: int = 1, **fields: Any) -> list[TaskRow]:
    return [task_row(f"t{n}", *(url_row() for _ in range(urls)), **fields) for n in range(number)]


class TestPageSize:
    async def test_a_page_decoded_fast_is_followed_by_a_larger_one(self, bench: Bench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 200

    async def test_a_page_decoded_slowly_is_followed_by_a_smaller_one(self, bench: Bench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 1.0}, limit=100)
        assert bench.fetcher.page.size == 50

    async def test_an_answer_by_id_does_not_change_the_page_size(self, bench: Bench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 1.0}, task_ids=["t1"])
        assert bench.fetcher.page.size == 100

    async def test_a_short_page_does_not_change_the_page_size(self, bench: Bench) -> None:
        await bench.take(*rows_of(3), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 100

    @pytest.mark.parametrize("error", [TransportError(Fault.TIMEOUT, "host"), ProtocolError("too large")])
    async def test_a_timeout_or_an_unreadable_answer_halves_the_page_size(self, bench: Bench, error: ApiError) -> None:
        await bench.fail(error, limit=100)
        assert bench.fetcher.page.size == 50
        await bench.take(*rows_of(50), answer={"decode_seconds": 0.0001}, limit=50)
        assert bench.fetcher.page.size == 100

    @pytest.mark.parametrize(
        "error",
        [
            TransportError(Fault.REFUSED, "host"),
            HttpStatusError(503),
            RetCodeError(150, "no"),
        ],
    )
    async def test_other_faults_do_not_change_the_page_size(self, bench: Bench, error: ApiError) -> None:
        await bench.fail(error, limit=100)
        assert bench.fetcher.page.size == 100

    async def test_a_refused_large_page_limits_pages_to_the_first_size(self, bench: Bench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        await bench.fail(RetCodeError(230, "no"), limit=200)
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == FIRST_PAGE_SIZE

    @pytest.mark.parametrize(("limit", "code"), [(FIRST_PAGE_SIZE, 230), (200, 153)])
    async def test_a_refusal_for_another_reason_does_not_limit_later_pages(
        self, bench: Bench, limit: int, code: int
    ) -> None:
        await bench.fail(RetCodeError(code, "no"), limit=limit)
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 200

    async def test_a_fault_changes_only_the_page_size(self, bench: Bench) -> None:
        await bench.take(*rows_of(5), answer={"request_id": "first"}, limit=100)
        bench.reported.clear()
        await bench.fail(ProtocolError("no", request_id="second"), limit=100)
        assert (bench.fetcher.request_id, bench.fetcher.observed_page_size, bench.reported) == ("first", 5, [])

    async def test_the_longest_page_is_the_observed_page_size(self, bench: Bench) -> None:
        for number in (3, 70, 20):
            await bench.take(*rows_of(number), limit=100)
        assert bench.fetcher.observed_page_size == 70

    async def test_the_query_scope_is_part_of_the_query(self, bench: Bench) -> None:
        for is_dcdn in (True, False):
            await bench.fetcher.fetch(QueryScope(REFRESH, is_dcdn), Cause.POLL, limit=100)
        assert [query["is_dcdn"] for query in bench.api.queries] == [True, False]


class TestSlices:
    """An answer is applied in slices; other tasks of the event loop run in between."""

    @given(st.lists(st.none() | st.integers(0, 50), max_size=30), st.integers(1, 100))
    def test_slices_contain_each_row_once_in_order(self, sizes: list[int | None], urls: int) -> None:
        rows = [
            TaskRow(str(n), None if size is None else [url_row()] * size)
            for n, size in zip(count(), sizes, strict=False)
        ]
        slices = list(_slices(rows, urls))
        assert [row for part, _ in slices for row in part] == rows
        assert len(slices) == 1 or all(part for part, _ in slices)
        for part, number in slices:
            assert number == sum(len(row.url_lists or ()) or 1 for row in part)
            assert number - (len(part[-1].url_lists or ()) or 1 if part else 0) < urls, "no slice is longer than needed"
        assert all(number >= urls for _, number in slices[:-1])

    async def test_a_large_answer_is_reported_in_slices(self, bench: Bench) -> None:
        sizes: list[int] = []
        bench.fetcher._report = lambda changes: sizes.append(len(bench.store))
        await bench.take(*rows_of(40, urls=100), limit=100)
        assert len(sizes) > 1
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == len(bench.store) == 40

    async def test_other_tasks_of_the_loop_run_between_slices(self, bench: Bench) -> None:
        seen: list[int] = []

        async def observe() -> None:
            while len(bench.store) < 40:
                seen.append(len(bench.store))
                await asyncio.sleep(0)

        observing = asyncio.create_task(observe())
        await asyncio.sleep(0)
        await bench.take(*rows_of(40, urls=100), limit=100)
        await observing
        assert any(0 < number < 40 for number in seen)

    async def test_an_empty_answer_is_reported(self, bench: Bench) -> None:
        await bench.take(limit=100)
        assert bench.reported == [Changes(Cause.POLL)]

    async def test_a_slow_store_gets_smaller_slices(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        readings = count(step=1.0)
        monkeypatch.setattr(fetcher_module.time, "perf_counter", lambda: next(readings))
        for number in range(20):
            await bench.take(*rows_of(20, urls=100, status=f"s{number}"), limit=100)
        per_report = [len(changes.added) + len(changes.changed) for changes in bench.reported]
        assert per_report[0] == 10
        assert per_report[-1] == 1

    async def test_of_a_task_returned_twice_the_last_row_counts(self, bench: Bench) -> None:
        rows = rows_of(30, urls=100)
        await bench.take(*rows, task_row("t0", url_row("process", 5), status="process"), limit=100)
        assert len(bench.store) == 30
        assert [task.task_id for task in bench.store if task.phase is Phase.ACTIVE] == ["t0"]


@asynccontextmanager
async def compressed_on_demand(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[list[tuple[list[StoredTask], threading.Event]]]:
    """Let each batch wait in its thread until the test sets its event."""
    batches: list[tuple[list[StoredTask], threading.Event]] = []
    real = fetcher_module.compress

    def wait_and_compress(tasks: list[StoredTask]) -> None:
        go = threading.Event()
        batches.append((tasks, go))
        go.wait(PATIENCE)
        real(tasks)

    monkeypatch.setattr(fetcher_module, "compress", wait_and_compress)
    try:
        yield batches
    finally:
        for _, go in batches:
            go.set()


class TestCompression:
    async def test_settled_tasks_are_compressed_and_active_ones_are_not(self, bench: Bench) -> None:
        await bench.take(*rows_of(3), task_row("runs", url_row("process", 5), status="process"), limit=100)
        assert bench.fetcher._compressing is not None
        await bench.fetcher._compressing
        uncompressed = {stored.task.task_id: stored._row is not None for stored in bench.store._tasks.values()}
        assert uncompressed == {"t0": False, "t1": False, "t2": False, "runs": True}

    async def test_compression_runs_in_another_thread(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        threads: list[threading.Thread] = []
        monkeypatch.setattr(fetcher_module, "compress", lambda _tasks: threads.append(threading.current_thread()))
        await bench.take(*rows_of(3), limit=100)
        assert bench.fetcher._compressing is not None
        await bench.fetcher._compressing
        assert threads
        assert threading.main_thread() not in threads

    async def test_tasks_are_read_and_change_during_compression(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with compressed_on_demand(monkeypatch) as batches:
            await bench.take(*rows_of(2), limit=100)
            await FakeClock().settle(lambda: len(batches) == 1)
            await bench.take(task_row("t0", url_row(), url_row()), task_row("new"), limit=100)
            assert len(batches) == 1, "one batch at a time"
            assert [len(bench.store.urls(key)) for key in sorted(bench.store.keys())] == [0, 2, 1]
            batches[0][1].set()
            await FakeClock().settle(lambda: len(batches) == 2)
            assert sorted(stored.task.task_id for stored in batches[1][0]) == ["new", "t0"]
            batches[1][1].set()
            await FakeClock().settle(lambda: bench.fetcher._compressing is None)
        assert [len(bench.store.urls(key)) for key in sorted(bench.store.keys())] == [0, 2, 1]
        assert all(stored._row is None for stored in bench.store._tasks.values())

    async def test_without_a_thread_tasks_stay_uncompressed(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This happens while the program exits."""

        def refuse(*_args: object) -> None:
            raise RuntimeError("cannot schedule new futures after shutdown")

        monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
        await bench.take(*rows_of(3), limit=100)
        assert len(bench.store) == 3

    async def test_a_failed_compression_stops_neither_polling_nor_compression(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        real = fetcher_module.compress

        def fail(_tasks: list[StoredTask]) -> None:
            raise MemoryError

        monkeypatch.setattr(fetcher_module, "compress", fail)
        await bench.take(*rows_of(3), limit=100)
        await FakeClock().settle(lambda: bench.fetcher._compressing is None)
        monkeypatch.setattr(fetcher_module, "compress", real)
        await bench.take(task_row("next"), limit=100)
        await FakeClock().settle(lambda: bench.fetcher._compressing is None)
        assert [stored.task.task_id for stored in bench.store._tasks.values() if stored._row is None] == ["next"]
        assert len(bench.store) == 4
        assert complaints == []


class TestIgnoredParameters:
    @pytest.fixture(autouse=True)
    def _logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, logger=fetcher_module.__name__)

    OLD = int(START) - 86400

    @pytest.mark.parametrize(
        ("name", "rows", "query"),
        [
            ("TaskId", [task_row("asked"), task_row("other")], {"task_ids": ["asked"]}),
            ("TaskId", [task_row("other")], {"task_ids": ["asked"], "begin": 1}),
            ("BeginTime", [task_row("t", create_time=OLD)], {"begin": int(START), "limit": 100}),
            ("Status", [task_row("t"), task_row("u", status="process")], {"status": "process", "limit": 100}),
            ("Limit", rows_of(11), {"limit": 10}),
        ],
    )
    async def test_an_ignored_parameter_is_logged_once(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, name: str, rows: list[TaskRow], query: dict[str, Any]
    ) -> None:
        for _ in range(3):
            await bench.take(*rows, **query)
        assert bench.fetcher.ignored == {name}
        (record,) = caplog.records
        assert record.getMessage().startswith(f"refresh: the API ignores {name};")

    @pytest.mark.parametrize(
        ("rows", "query"),
        [
            ([], {"task_ids": ["asked"], "begin": int(START)}),
            ([task_row("asked")], {"task_ids": ["asked", "gone"]}),
            ([task_row(None), task_row("")], {"task_ids": ["asked"]}),
            ([task_row("asked", create_time=1)], {"task_ids": ["asked"], "begin": int(START)}),
            ([], {"begin": int(START), "limit": 100}),
            ([task_row("t", create_time=None)], {"begin": int(START), "limit": 100}),
            ([task_row("t", create_time=int(START) - 200)], {"begin": int(START), "limit": 100}),
            (
                [task_row("absurd", create_time=1), task_row("t", create_time=int(START))],
                {"begin": int(START), "limit": 100},
            ),
            ([task_row("t", status=None), task_row("u", status="wait")], {"status": "wait", "limit": 100}),
            ([task_row("t", create_time=1)], {}),
            (rows_of(10), {"limit": 10}),
            (rows_of(500), {"task_ids": [f"t{n}" for n in range(500)]}),
        ],
    )
    async def test_a_correct_answer_logs_nothing(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, rows: list[TaskRow], query: dict[str, Any]
    ) -> None:
        await bench.take(*rows, **query)
        assert bench.fetcher.ignored == set()
        assert caplog.records == []

    async def test_ignored_parameters_are_logged_per_kind(self, caplog: pytest.LogCaptureFixture) -> None:
        for kind in (REFRESH, PREFETCH):
            api = Api()
            api.answer = page(*rows_of(3))
            fetcher = TaskFetcher(kind, api, TaskStore(), FakeClock(), lambda _changes: None)
            for _ in range(2):
                await fetcher.fetch(QueryScope(kind, is_dcdn=False), Cause.POLL, limit=2)
        assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["refresh", "prefetch"]
