"""TaskFetcher: compression of settled tasks, and parameters that the API ignores."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support import PATIENCE
from support.clock import FakeClock
from ucdn_tui.api.models import TaskRow
from ucdn_tui.watch.poll import fetcher as fetcher_module
from ucdn_tui.watch.poll.fetcher import TaskFetcher
from ucdn_tui.watch.poll.scan import QueryScope
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.stored_task import StoredTask
from watch.poll.fetching import Api, FetcherBench, page, rows_of
from watch.tasks import PREFETCH, REFRESH, START, task_row, url_row


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
    async def test_settled_tasks_are_compressed_and_active_ones_are_not(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(3), task_row("runs", url_row("process", 5), status="process"), limit=100)
        assert bench.fetcher._compressing is not None
        await bench.fetcher._compressing
        uncompressed = {stored.task.task_id: stored._row is not None for stored in bench.store._tasks.values()}
        assert uncompressed == {"t0": False, "t1": False, "t2": False, "runs": True}

    async def test_compression_runs_in_another_thread(
        self, bench: FetcherBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads: list[threading.Thread] = []
        monkeypatch.setattr(fetcher_module, "compress", lambda _tasks: threads.append(threading.current_thread()))
        await bench.take(*rows_of(3), limit=100)
        assert bench.fetcher._compressing is not None
        await bench.fetcher._compressing
        assert threads
        assert threading.main_thread() not in threads

    async def test_tasks_are_read_and_change_during_compression(
        self, bench: FetcherBench, monkeypatch: pytest.MonkeyPatch
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
        self, bench: FetcherBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This happens while the program exits."""

        def refuse(*_args: object) -> None:
            raise RuntimeError("cannot schedule new futures after shutdown")

        monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
        await bench.take(*rows_of(3), limit=100)
        assert len(bench.store) == 3

    async def test_a_failed_compression_stops_neither_polling_nor_compression(
        self, bench: FetcherBench, monkeypatch: pytest.MonkeyPatch
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
        self,
        bench: FetcherBench,
        caplog: pytest.LogCaptureFixture,
        name: str,
        rows: list[TaskRow],
        query: dict[str, Any],
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
        self, bench: FetcherBench, caplog: pytest.LogCaptureFixture, rows: list[TaskRow], query: dict[str, Any]
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
