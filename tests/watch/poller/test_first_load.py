"""The first load: pages in order, active tasks first, and polls in between."""

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.store import Cause
from watch.harness import running_poller
from watch.tasks import (
    HOUR,
    LONG_RUNNING,
    REFRESH,
    START,
    account_state,
    add_tasks,
    numbered,
    stored_state,
)

pytestmark = pytest.mark.usefixtures("fixed_batch_sizes")


class TestFirstLoad:
    async def test_each_page_is_shown_when_it_arrives(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 250))
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.0
            shown = []
            for _ in range(6):
                await clock.advance(1.0)
                shown.append(len(harness.store))
        assert shown == [100, 100, 100, 200, 250, 250], "the second and third answers are those by status"
        assert [len(changes.added) for changes in harness.changes(Cause.FIRST_LOAD) if changes.added] == [100, 100, 50]

    async def test_the_store_equals_the_account_after_the_load(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 230))
        add_tasks(account, numbered("p", 110), "prefetch", failing=(1,))
        add_tasks(account, numbered("w", 3), is_dcdn=True)
        add_tasks(account, numbered("r", 3), **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            assert harness.loading
            await clock.advance(0)
            assert not harness.loading
            assert stored_state(harness.store) == account_state(account)
            assert len(harness.store) == 346
            assert harness.ended() == []

    async def test_loading_includes_the_whole_site_tasks(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.0
            await clock.advance(1.5)
            assert harness.state().loading
            assert harness.state().answered == 1.0
            await clock.advance(1.0)
            assert not harness.state().loading
            harness.poller.refresh()
            await clock.advance(0.5)
            assert not harness.state().loading, "only the first full scan is loading"

    async def test_all_pages_have_the_same_window(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 250))
        async with running_poller(clock, account, window=6 * HOUR, interval=60.0) as harness:
            harness.transport.latency = 3.0
            await clock.advance(60)
            lists = [request for request in harness.requests(REFRESH) if request.is_list]
            assert len({(request.begin, request.window) for request in lists}) == 1
            assert [(request.is_dcdn, request.offset) for request in lists] == [
                *((False, offset) for offset in (0, 100, 200, 250)),
                (True, 0),
            ]
            assert lists[0].begin == START - 6 * HOUR
            assert lists[0].begin + lists[0].window >= START

    async def test_active_tasks_are_shown_before_old_settled_ones(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 350))
        add_tasks(account, ["runs"], ago=12 * HOUR, queue=0.0, work=20 * HOUR)
        add_tasks(account, ["waits"], ago=12 * HOUR, queue=20 * HOUR)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.0
            await clock.advance(3.0)
            assert {"runs", "waits"} <= harness.ids
            assert len(harness.store) == 102

    async def test_each_status_is_queried_once_without_paging(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 110))
        add_tasks(account, numbered("r", 110), **LONG_RUNNING)
        async with running_poller(clock, account, interval=60.0) as harness:
            await clock.advance(0)
            by_status = [request for request in harness.requests() if "Status" in request.params]
            assert [(request.kind, request.params["Status"]) for request in by_status] == [
                (REFRESH, "process"),
                (REFRESH, "wait"),
            ]
            assert not any(request.is_list for request in by_status)
            assert {request.params["Limit"] for request in by_status} == {"100"}
            await clock.advance(360)
            assert len(harness.full_scans()) == 2
            assert len([request for request in harness.requests() if "Status" in request.params]) == 2

    async def test_a_window_of_one_page_is_not_queried_by_status(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 99), **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(0)
            assert [(request.is_dcdn, request.params["Offset"]) for request in harness.requests(REFRESH)] == [
                (False, "0"),
                (False, "99"),
                (True, "0"),
            ]

    async def test_new_and_ended_tasks_are_shown_during_a_long_load(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 120))
        add_tasks(account, ["ends"], ago=10, queue=0.0, work=13.0)
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.latency = 1.0
            await clock.advance(2)
            add_tasks(account, ["new"], ago=0, **LONG_RUNNING)
            await clock.advance(10)
            assert harness.loading
            assert harness.status_of("ends") == "success"
            assert harness.ended() == ["ends"]
            assert "new" in harness.ids
            await clock.advance(60)
            assert not harness.loading
            assert set(stored_state(harness.store)) == set(account_state(account))

    async def test_polls_do_not_starve_a_load_on_a_slow_server(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 250))
        add_tasks(account, ["runs"], ago=60, **LONG_RUNNING)
        async with running_poller(clock, account, interval=1.0) as harness:
            harness.transport.latency = 0.6
            await clock.advance(60)
            assert not harness.loading
            assert len(harness.store) == 251
