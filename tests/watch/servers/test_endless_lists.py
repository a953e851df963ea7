"""Servers that never end a list, disagree about the time, or hide rows: scans end, and calls and memory are bounded."""

from itertools import count
from typing import Any

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKey
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.poll import fetcher, incremental, scan
from watch.harness import running_poller
from watch.tasks import HOUR, LONG_RUNNING, PREFETCH, REFRESH, account_state, add_tasks, numbered, stored_state
from watch.transport import Failure, Request, refusal


class TestNewIdsWithoutEnd:
    @staticmethod
    def endless(size: int) -> Any:
        """Return a rewrite that fills each page with new tasks."""
        numbers = count()

        def rewrite(request: Request, _rows: list[Any]) -> list[Any]:
            if not request.is_list or request.kind is not REFRESH:
                return []
            urls = [{"Url": "https://a.example/", "Status": "success"}] * 3
            return [{"TaskId": f"n{next(numbers)}", "Status": "success", "UrlLists": urls} for _ in range(size)]

        return rewrite

    async def test_few_in_each_page_are_asked_for_four_times_a_second(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account, rewrite=self.endless(1)) as harness:
            await clock.advance(60)
            calls = len(harness.requests(REFRESH))
            assert calls < 500
            await clock.advance(60)
            assert 100 < len(harness.requests(REFRESH)) - calls < 60 * 6

    @pytest.mark.parametrize(("limit", "value"), [("MAX_TASKS", 500), ("MAX_URLS", 1500)])
    async def test_many_in_each_page_end_the_scan_and_are_not_stored(
        self, clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
    ) -> None:
        monkeypatch.setattr(scan, "MAX_TASKS", 600)
        monkeypatch.setattr(incremental, "_MAX_NEW", 200)
        monkeypatch.setattr(fetcher, limit, value)
        async with running_poller(clock, account, rewrite=self.endless(100)) as harness:
            await clock.advance(30)
            assert not harness.loading
            assert len(harness.store) == 500
            assert harness.store.urls_stored == 1500
            calls = len(harness.requests(REFRESH))
            await clock.advance(250)
            polls = len(harness.polls()) + 1
            assert len(harness.requests(REFRESH)) - calls <= 2 * polls, "only polls, each of two pages"
            assert len(harness.store) == 500
            assert freshness_of(harness.poller.state, clock.elapsed()).too_many == (REFRESH,)
            harness.transport.rewrite = None
            await harness.run_full_scans()
            assert freshness_of(harness.poller.state, clock.elapsed()).too_many == ()
            assert len(harness.store) == 0


class TestUnreadableValues:
    async def test_one_in_a_field_does_not_keep_other_tasks_in_the_list(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stays", "goes"])

        def spoil(_request: Request, rows: list[Any]) -> list[Any]:
            return [{**row, "UrlLists": [{**url, "Progress": "?"} for url in row["UrlLists"]]} for row in rows]

        async with running_poller(clock, account, rewrite=spoil) as harness:
            await clock.advance(100)
            account.remove("goes")
            await harness.run_full_scans()
            assert harness.ids == {"stays"}
            assert harness.state().unreadable == 2

    async def test_one_in_place_of_a_row_does_not_keep_them_for_ever(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])

        def spoil(request: Request, rows: list[Any]) -> list[Any]:
            return [*rows, 7] if rows and request.is_list else rows

        async with running_poller(clock, account, rewrite=spoil) as harness:
            await clock.advance(100)
            account.remove("goes")
            await clock.advance(5 * 330)
            assert harness.ids == {"stays", "goes"}
            await clock.advance(2 * 330)
            assert harness.ids == {"stays"}


async def test_scans_end_on_servers_that_disagree_about_the_time(
    clock: FakeClock, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tasks(account, numbered("t", 30))
    times = count()
    real = clock.server_now
    async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
        monkeypatch.setattr(clock, "server_now", lambda: real() + 300 * (next(times) // 7 % 2))
        harness.transport.latency = 0.1
        await clock.advance(30)
        assert not harness.loading
        assert harness.ids == set(numbered("t", 30))


async def test_a_scan_goes_on_after_each_of_many_outages(clock: FakeClock, account: Account) -> None:
    """Two timeouts in a row take over a minute; a scan of 30 pages never has 30 good pages in a row."""
    add_tasks(account, numbered("t", 30))

    def failure(request: Request) -> Failure:
        return httpx.ReadTimeout("slow") if request.at > 50 and request.at % 100 < 70 else None

    async with running_poller(clock, account, quirks=Quirks(page_cap=1), failure=failure) as harness:
        await clock.advance(10)
        harness.transport.latency = 3.0
        assert not harness.loading
        account.remove("t0003")
        for _ in range(2):
            harness.poller.refresh()
            await clock.advance(900)
        assert harness.removed() == ["t0003"]


async def test_ids_are_not_needed_where_they_are_ignored_and_pages_capped(clock: FakeClock, account: Account) -> None:
    add_tasks(account, numbered("r", 20), ago=2 * HOUR, **LONG_RUNNING)
    add_tasks(account, numbered("t", 40), ago=HOUR)
    quirks = Quirks(ignores=frozenset({"TaskId"}), page_cap=3)
    async with running_poller(clock, account, quirks=quirks) as harness:
        await clock.advance(30)
        assert stored_state(harness.store) == account_state(account)
        assert harness.state().oldest == clock.elapsed() // 5 * 5
        assert not [task for task in harness.store if task.is_unlisted]


async def test_a_list_longer_than_a_page_is_seen_where_offset_is_ignored(clock: FakeClock, account: Account) -> None:
    add_tasks(account, numbered("t", 300))
    async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}))) as harness:
        await clock.advance(5)
        assert harness.ids == set(numbered("t", 300))
        account.remove("t0299")
        await harness.run_full_scans()
        assert harness.removed() == ["t0299"]


async def test_a_task_that_was_tracked_is_missed_like_any_other(clock: FakeClock, account: Account) -> None:
    """Answers that lacked it before it was known do not count."""
    add_tasks(account, ["goes", "stays"], ago=0, **LONG_RUNNING)
    async with running_poller(clock, account) as harness:
        await clock.advance(10)
        harness.poller.track(REFRESH, "goes")
        account.remove("goes")
        await clock.advance(15)
        assert harness.ids == {"stays"}


async def test_a_rate_limit_does_not_stop_polling_for_many_minutes(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["over"])

    def failure(request: Request) -> Failure:
        return refusal(153) if 10 < request.at < 60 else None

    async with running_poller(clock, account, failure=failure, interval=30.0) as harness:
        await clock.advance(9)
        harness.poller.refresh()
        await clock.advance(400)
        assert len(harness.polls(since=60)) > 1
        assert harness.poller.state.delay == 120


@pytest.mark.parametrize("kind", [REFRESH, PREFETCH])
async def test_long_polls_leave_half_of_the_time_to_a_scan(clock: FakeClock, account: Account, kind: Any) -> None:
    add_tasks(account, numbered("r", 20), kind.value, ago=2 * HOUR, **LONG_RUNNING)
    add_tasks(account, numbered("t", 60), kind.value, ago=HOUR)
    async with running_poller(clock, account, quirks=Quirks(page_cap=1), interval=2.0) as harness:
        harness.transport.latency = 0.5
        await clock.advance(150)
        assert not harness.loading
        assert TaskKey(kind, "t0059") in harness.store
