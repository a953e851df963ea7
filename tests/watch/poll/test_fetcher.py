"""TaskFetcher: page size and slices."""

import asyncio
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import Phase, TaskRow
from ucdn_tui.errors import ApiError, Fault, HttpStatusError, ProtocolError, RetCodeError, TransportError
from ucdn_tui.watch.poll import fetcher as fetcher_module
from ucdn_tui.watch.poll.fetcher import FIRST_PAGE_SIZE, _slices
from ucdn_tui.watch.poll.scan import QueryScope
from ucdn_tui.watch.store import Cause, Changes
from watch.poll.fetching import FetcherBench, rows_of
from watch.tasks import REFRESH, task_row, url_row


class TestPageSize:
    async def test_a_page_decoded_fast_is_followed_by_a_larger_one(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 200

    async def test_a_page_decoded_slowly_is_followed_by_a_smaller_one(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 1.0}, limit=100)
        assert bench.fetcher.page.size == 50

    async def test_an_answer_by_id_does_not_change_the_page_size(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 1.0}, task_ids=["t1"])
        assert bench.fetcher.page.size == 100

    async def test_a_short_page_does_not_change_the_page_size(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(3), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 100

    @pytest.mark.parametrize("error", [TransportError(Fault.TIMEOUT, "host"), ProtocolError("too large")])
    async def test_a_timeout_or_an_unreadable_answer_halves_the_page_size(
        self, bench: FetcherBench, error: ApiError
    ) -> None:
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
    async def test_other_faults_do_not_change_the_page_size(self, bench: FetcherBench, error: ApiError) -> None:
        await bench.fail(error, limit=100)
        assert bench.fetcher.page.size == 100

    async def test_a_refused_large_page_limits_pages_to_the_first_size(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        await bench.fail(RetCodeError(230, "no"), limit=200)
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == FIRST_PAGE_SIZE

    @pytest.mark.parametrize(("limit", "code"), [(FIRST_PAGE_SIZE, 230), (200, 153)])
    async def test_a_refusal_for_another_reason_does_not_limit_later_pages(
        self, bench: FetcherBench, limit: int, code: int
    ) -> None:
        await bench.fail(RetCodeError(code, "no"), limit=limit)
        await bench.take(*rows_of(100), answer={"decode_seconds": 0.0001}, limit=100)
        assert bench.fetcher.page.size == 200

    async def test_a_fault_changes_only_the_page_size(self, bench: FetcherBench) -> None:
        await bench.take(*rows_of(5), answer={"request_id": "first"}, limit=100)
        bench.reported.clear()
        await bench.fail(ProtocolError("no", request_id="second"), limit=100)
        assert (bench.fetcher.request_id, bench.fetcher.observed_page_size, bench.reported) == ("first", 5, [])

    async def test_the_longest_page_is_the_observed_page_size(self, bench: FetcherBench) -> None:
        for number in (3, 70, 20):
            await bench.take(*rows_of(number), limit=100)
        assert bench.fetcher.observed_page_size == 70

    async def test_the_query_scope_is_part_of_the_query(self, bench: FetcherBench) -> None:
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

    async def test_a_large_answer_is_reported_in_slices(self, bench: FetcherBench) -> None:
        sizes: list[int] = []
        bench.fetcher._report = lambda changes: sizes.append(len(bench.store))
        await bench.take(*rows_of(40, urls=100), limit=100)
        assert len(sizes) > 1
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == len(bench.store) == 40

    async def test_other_tasks_of_the_loop_run_between_slices(self, bench: FetcherBench) -> None:
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

    async def test_an_empty_answer_is_reported(self, bench: FetcherBench) -> None:
        await bench.take(limit=100)
        assert bench.reported == [Changes(Cause.POLL)]

    async def test_a_slow_store_gets_smaller_slices(self, bench: FetcherBench, monkeypatch: pytest.MonkeyPatch) -> None:
        readings = count(step=1.0)
        monkeypatch.setattr(fetcher_module.time, "perf_counter", lambda: next(readings))
        for number in range(20):
            await bench.take(*rows_of(20, urls=100, status=f"s{number}"), limit=100)
        per_report = [len(changes.added) + len(changes.changed) for changes in bench.reported]
        assert per_report[0] == 10
        assert per_report[-1] == 1

    async def test_of_a_task_returned_twice_the_last_row_counts(self, bench: FetcherBench) -> None:
        rows = rows_of(30, urls=100)
        await bench.take(*rows, task_row("t0", url_row("process", 5), status="process"), limit=100)
        assert len(bench.store) == 30
        assert [task.task_id for task in bench.store if task.phase is Phase.ACTIVE] == ["t0"]
