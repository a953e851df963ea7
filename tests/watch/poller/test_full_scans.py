"""Full scans, whole-site tasks, and undetermined tasks."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import Phase, TaskKey
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.store import Cause
from watch.harness import running_poller
from watch.tasks import DAY, HOUR, LONG_RUNNING, PREFETCH, REFRESH, START, account_state, add_tasks, stored_state
from watch.transport import Request

pytestmark = pytest.mark.usefixtures("fixed_batch_sizes")


class TestReconciliation:
    async def test_a_full_scan_runs_every_five_minutes(self, clock: FakeClock, account: Account) -> None:
        """The five minutes begin at the end of a full scan; the next one begins with the next poll."""
        add_tasks(account, ["runs"], **LONG_RUNNING)
        times = pytest.approx([0, 305, 610, 915], abs=0.5)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 0.1
            await clock.advance(1000)
            assert [request.at for request in harness.full_scans(REFRESH)] == times
            assert [request.at for request in harness.full_scans(PREFETCH)] == times
            assert [request.begin - START + DAY for request in harness.full_scans(REFRESH)] == times

    async def test_a_deleted_task_is_removed_after_two_full_scans(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        async with running_poller(clock, account) as harness:
            await clock.advance(100)
            account.remove("goes")
            await clock.advance(300)
            assert harness.ids == {"stays", "goes"}
            await clock.advance(300)
            assert harness.ids == {"stays"}
            (changes,) = [changes for changes in harness.changes() if changes.removed]
            assert changes.cause is Cause.RECONCILIATION

    async def test_a_deleted_active_task_is_noticed_and_removed_within_two_polls(
        self, clock: FakeClock, account: Account
    ) -> None:
        """Two answers by TaskId lack it; then two full scans run at once."""
        add_tasks(account, ["stays", "goes"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 0.1
            await clock.advance(7)
            account.remove("goes")
            await clock.advance(5)
            assert not harness.store[TaskKey(REFRESH, "goes")].is_unlisted
            await clock.advance(5)
            assert harness.removed() == ["goes"]
            (marked,) = [new for changes in harness.changes() for _old, new in changes.changed if new.is_unlisted]
            assert marked.task_id == "goes"
            assert harness.ended() == []
            scans = len(harness.full_scans())
            await clock.advance(200)
            assert len(harness.full_scans()) == scans == 3
            assert harness.ids == {"stays"}

    async def test_a_task_that_only_lists_return_stays_and_is_soon_asked_for_once(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["stays", "hidden"], **LONG_RUNNING)

        def hide(request: Request, rows: list[Any]) -> list[Any]:
            return [row for row in rows if not request.task_ids or row["TaskId"] != "hidden"]

        async with running_poller(clock, account, rewrite=hide) as harness:
            await clock.advance(100)
            last = [request for request in harness.requests(REFRESH, since=100) if request.task_ids]
            assert [request.task_ids for request in last] == [["hidden", "stays"]]
            assert len(harness.full_scans()) == 3
            assert harness.ids == {"stays", "hidden"}
            assert not harness.store[TaskKey(REFRESH, "hidden")].is_unlisted, "a full scan has listed it"

    async def test_a_task_missing_from_one_full_scan_stays(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "flickers"])

        def hide(request: Request, rows: list[Any]) -> list[Any]:
            return [row for row in rows if row["TaskId"] != "flickers" or request.at // 300 % 2 == 0]

        async with running_poller(clock, account, rewrite=hide) as harness:
            await clock.advance(1600)
            assert len(harness.full_scans()) > 5
            assert harness.ids == {"stays", "flickers"}
            assert harness.removed() == []

    async def test_the_window_moves_with_time(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["young", "old"], ago=HOUR - 100)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(80)
            assert harness.ids == {"young", "old"}
            await clock.advance(700)
            assert harness.ids == set()

    async def test_a_change_of_a_settled_task_is_found_by_a_full_scan(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["over"], failing=(0,))

        def turn(request: Request, rows: list[Any]) -> list[Any]:
            return [{**row, "Status": "success"} for row in rows] if request.at >= 100 else rows

        async with running_poller(clock, account, rewrite=turn) as harness:
            await clock.advance(299)
            assert harness.status_of("over") == "failure"
            await clock.advance(21)
            assert harness.status_of("over") == "success"
            assert harness.ended() == [], "it had ended before"


class TestUnreadable:
    async def test_unreadable_rows_are_counted_and_the_others_are_used(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["good", "bad"])

        def spoil(_request: Request, rows: list[Any]) -> list[Any]:
            return ["garbage" if row["TaskId"] == "bad" else row for row in rows]

        async with running_poller(clock, account, rewrite=spoil) as harness:
            await clock.advance(0)
            assert harness.ids == {"good"}
            assert harness.state(REFRESH).unreadable == 1
            assert harness.state(PREFETCH).unreadable == 0
            assert harness.state(REFRESH).error is None

    async def test_no_task_is_removed_while_rows_are_unreadable(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["stays", "goes"])
        async with running_poller(clock, account) as harness:
            await clock.advance(100)
            account.remove("goes")
            harness.transport.rewrite = lambda request, rows: [*rows, 7] if rows and request.is_list else rows
            await clock.advance(900)
            assert harness.ids == {"stays", "goes"}
            harness.transport.rewrite = None
            await clock.advance(600)
            assert harness.ids == {"stays"}
            assert harness.state().unreadable == 0


class TestWholeSite:
    async def test_without_whole_site_tasks_only_full_scans_ask_for_them(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 0.1
            await clock.advance(306)
            times = [request.at for request in harness.requests() if request.is_dcdn]
            assert times == pytest.approx([0, 0, 305, 305], abs=0.5)

    async def test_with_whole_site_tasks_each_poll_asks_for_new_and_active_ones(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["w", "w2"], is_dcdn=True, **LONG_RUNNING)
        add_tasks(account, ["n"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(9)
            requests = [(request.is_dcdn, *sorted(request.task_ids)) for request in harness.requests(REFRESH, since=5)]
            assert requests == [(False,), (True,), (False, "n"), (True, "w", "w2")]
            assert not any(request.is_dcdn for request in harness.requests(PREFETCH, since=5))
            add_tasks(account, ["new"], ago=0, is_dcdn=True, **LONG_RUNNING)
            await clock.advance(1)
            assert stored_state(harness.store) == account_state(account)

    async def test_the_first_whole_site_task_is_found_by_a_full_scan(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(10)
            add_tasks(account, ["w"], ago=0, is_dcdn=True, **LONG_RUNNING)
            await clock.advance(310)
            assert stored_state(harness.store) == account_state(account)

    async def test_polls_stop_asking_when_the_last_whole_site_task_is_removed(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["w"], is_dcdn=True)
        async with running_poller(clock, account) as harness:
            await clock.advance(50)
            account.remove("w")
            await clock.advance(600)
            assert harness.ids == set()
            harness.clear()
            await clock.advance(200)
            assert harness.requests()
            assert not any(request.is_dcdn for request in harness.requests())

    async def test_a_task_returned_by_both_queries_is_not_whole_site(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["both"], **LONG_RUNNING)
        add_tasks(account, ["w"], is_dcdn=True, **LONG_RUNNING)
        doubled: list[Any] = []

        def double(request: Request, rows: list[Any]) -> list[Any]:
            doubled.extend(row for row in rows if row["TaskId"] == "both")
            first = request.kind is REFRESH and request.is_dcdn and request.is_list and request.offset == 0
            return [*rows, *doubled[-1:]] if first else rows

        async with running_poller(clock, account, rewrite=double) as harness:
            await clock.advance(620)
            assert {task.task_id: task.is_dcdn for task in harness.store} == {"both": False, "w": True}
            assert len(harness.changes()[0].added) == 1
            assert harness.removed() == []


class TestUndetermined:
    async def test_a_recent_undetermined_task_is_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1), ago=23 * HOUR)
        async with running_poller(clock, account, window=3 * DAY) as harness:
            await clock.advance(0)
            assert len(harness.store.keys_in(Phase.UNDETERMINED)) == 1
            assert harness.poller.state.delay == 20, "it is not active"
            await clock.advance(40)
            assert [request.at for request in harness.requests() if request.task_ids == ["odd"]] == [20, 40]

    async def test_an_old_undetermined_task_is_left_to_full_scans(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1), ago=DAY - 30)
        async with running_poller(clock, account, window=3 * DAY) as harness:
            await clock.advance(290)
            assert [request.at for request in harness.requests() if request.task_ids] == [20]
            harness.transport.rewrite = lambda _request, rows: [
                {**row, "Status": "success", "UrlLists": []} for row in rows
            ]
            await clock.advance(30)
            assert harness.status_of("odd") == "success"
            assert harness.ended() == ["odd"]

    async def test_an_undetermined_task_without_create_time_is_left_to_full_scans(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["odd"], unknown=(0, 1))

        def undate(_request: Request, rows: list[Any]) -> list[Any]:
            return [{**row, "CreateTime": None} for row in rows]

        async with running_poller(clock, account, rewrite=undate) as harness:
            await clock.advance(290)
            assert harness.ids == {"odd"}
            assert not any(request.task_ids for request in harness.requests())


@pytest.mark.parametrize("missing", [None, ""])
async def test_a_task_without_an_id_is_never_asked_for_by_id(
    clock: FakeClock, account: Account, missing: str | None
) -> None:
    add_tasks(account, ["one", "two"], ago=0, queue=0.0, work=30.0)

    def anonymous(_request: Request, rows: list[Any]) -> list[Any]:
        return [{**row, "TaskId": missing} for row in rows]

    async with running_poller(clock, account, rewrite=anonymous) as harness:
        await clock.advance(20)
        assert {task.status for task in harness.store} == {"process"}
        await clock.advance(300)
        assert not any(request.task_ids for request in harness.requests())
        assert {task.status for task in harness.store} == {"success"}
        assert len(harness.store) == 2
        assert len(harness.ended()) == 2


async def test_a_query_by_id_begins_with_the_oldest_window(clock: FakeClock, account: Account) -> None:
    add_tasks(account, ["old"], ago=40 * HOUR, queue=0.0, work=100 * HOUR)
    add_tasks(account, ["runs"], **LONG_RUNNING)
    async with running_poller(clock, account, window=2 * DAY) as harness:
        await clock.advance(0)
        harness.transport.latency = 3.0
        harness.poller.set_window(HOUR)
        await clock.advance(15)
        by_id = [request for request in harness.requests() if request.task_ids]
        assert {(*request.task_ids, request.begin) for request in by_id} == {("old", "runs", START - 2 * DAY)}
