"""Regular polls: when they come, what they ask for, and what they find."""

from itertools import pairwise
from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.poll.fetcher import IDS_PER_CALL
from watch.harness import running_poller
from watch.tasks import (
    DAY,
    HOUR,
    LONG_RUNNING,
    PREFETCH,
    REFRESH,
    START,
    account_state,
    add_tasks,
    numbered,
    stored_state,
)
from watch.transport import Request

pytestmark = pytest.mark.usefixtures("fixed_batch_sizes")


class TestTiming:
    @pytest.mark.parametrize("interval", [1.0, 5.0, 60.0])
    async def test_a_new_task_is_shown_within_an_interval_while_any_is_active(
        self, clock: FakeClock, account: Account, interval: float
    ) -> None:
        add_tasks(account, ["runs"], "prefetch", **LONG_RUNNING)
        async with running_poller(clock, account, interval=interval) as harness:
            await clock.advance(3.3 * interval)
            add_tasks(account, ["new"], ago=0)
            await clock.advance(0.69 * interval)
            assert "new" not in harness.ids
            await clock.advance(0.02 * interval)
            assert "new" in harness.ids

    async def test_an_idle_account_is_polled_every_four_intervals(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 3))
        async with running_poller(clock, account, interval=5.0) as harness:
            await clock.advance(99)
            assert [request.at for request in harness.polls()] == [20, 40, 60, 80]
            assert [request.at for request in harness.polls(PREFETCH)] == [20, 40, 60, 80]
            assert harness.poller.state.delay == harness.poller.idle_delay == 20
            add_tasks(account, ["new"], ago=0, **LONG_RUNNING)
            await clock.advance(1)
            assert "new" in harness.ids
            assert harness.poller.state.delay == 5

    async def test_the_end_of_a_task_is_shown_within_an_interval(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["short"], ago=0, queue=0.0, work=12.0)
        async with running_poller(clock, account) as harness:
            await clock.advance(11.9)
            assert harness.status_of("short") == "process"
            assert harness.ended() == []
            await clock.advance(3.1)
            assert harness.status_of("short") == "success"
            assert harness.ended() == ["short"]
            assert stored_state(harness.store) == account_state(account)
            await clock.advance(60)
            assert harness.ended() == ["short"]

    async def test_progress_is_shown_at_each_poll(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=0, queue=0.0, work=100.0, urls=1)
        async with running_poller(clock, account) as harness:
            percents = []
            for _ in range(4):
                await clock.advance(5)
                percents.append(next(iter(harness.store)).percent)
                assert next(iter(harness.store)).last_change == pytest.approx(clock.server_now(), abs=0.001)
            assert percents == [5, 10, 15, 20]

    async def test_an_active_task_of_one_kind_shortens_the_delay_of_both(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(19)
            add_tasks(account, ["runs"], "prefetch", ago=0, queue=0.0, work=13.0)
            await clock.advance(15)
            assert [request.at for request in harness.polls(REFRESH)] == [20, 25, 30]
            await clock.advance(66)
            last = [request.at for request in harness.polls(REFRESH)][-3:]
            assert [later - earlier for earlier, later in pairwise(last)] == [20, 20]

    async def test_the_last_update_of_a_poll_has_the_time_of_the_next(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            assert harness.updates[-1].state == harness.poller.state
            assert harness.state().next_try == 10

    async def test_polls_are_at_least_a_second_apart(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account, interval=0.01) as harness:
            assert harness.poller.state.interval == 1.0
            await clock.advance(5)
            assert [request.at for request in harness.polls()] == [1, 2, 3, 4, 5]


class TestQueries:
    async def test_a_poll_asks_only_for_new_and_active_tasks(self, clock: FakeClock, account: Account) -> None:
        active = numbered("r", 120)
        add_tasks(account, active, ago=2 * HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", 40))
        async with running_poller(clock, account) as harness:
            await clock.advance(0)
            for last in (0, 5, 10):
                harness.clear()
                await clock.advance(5)
                listed, *by_id = harness.requests(REFRESH)
                assert listed.begin == START + last - 120
                assert [len(request.task_ids) for request in by_id] == [50, 50, 20]
                assert sorted(task_id for request in by_id for task_id in request.task_ids) == active
                assert {request.begin for request in by_id} == {START - DAY}
                assert len(harness.requests(PREFETCH)) == 1

    async def test_new_tasks_are_queried_since_the_last_poll_began(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.latency = 1.5
            await clock.advance(16)
            polls = [(request.at, request.begin - START) for request in harness.polls()]
            assert polls == [(5.0, -120), (10.0, 5 - 120), (15.0, 10 - 120)]

    async def test_every_request_sends_a_begin_time(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 101), **LONG_RUNNING)
        add_tasks(account, ["w"], is_dcdn=True, **LONG_RUNNING)
        async with running_poller(clock, account, interval=30.0) as harness:
            harness.poller.track(PREFETCH, "coming")
            await clock.advance(340)
            assert len(harness.full_scans()) == 2
            assert len(harness.requests(PREFETCH)) > 20
            assert all("BeginTime" in request.params for request in harness.requests())

    async def test_an_active_task_in_the_list_is_not_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["new", "newer"], ago=10, **LONG_RUNNING)
        add_tasks(account, ["old"], ago=HOUR, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            assert [request.task_ids for request in harness.requests() if request.task_ids] == [["old"]]

    async def test_a_settled_task_is_returned_by_full_scans_only(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["over"], ago=HOUR)
        add_tasks(account, ["runs"], ago=HOUR, **LONG_RUNNING)
        came: list[Request] = []

        def note(request: Request, rows: list[Any]) -> list[Any]:
            came.extend(request for row in rows if row["TaskId"] == "over")
            return rows

        async with running_poller(clock, account, rewrite=note) as harness:
            harness.transport.latency = 0.1
            await clock.advance(299)
            assert [request.at for request in came] == [0]
            await clock.advance(300)
            assert [request.at for request in came] == [0, 305]
            assert not any("over" in request.task_ids for request in harness.requests())

    async def test_each_kind_is_asked_for_its_own_tasks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["twin"], "refresh", **LONG_RUNNING)
        add_tasks(account, ["twin", "own"], "prefetch", **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            requests = {(request.kind, *request.task_ids) for request in harness.requests() if request.task_ids}
            assert requests == {(REFRESH, "twin"), (PREFETCH, "own", "twin")}

    async def test_new_tasks_may_fill_several_pages(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(19)
            for batch in "abcde":
                add_tasks(account, numbered(batch, 46), ago=0)
            await clock.advance(1)
            assert len(harness.store) == 230
            assert [request.offset for request in harness.requests(REFRESH, since=20)] == [0, 100, 200, 230]

    async def test_ids_are_split_into_calls(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 3 * IDS_PER_CALL), **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            assert [len(request.task_ids) for request in harness.requests(REFRESH, since=5)[1:]] == [IDS_PER_CALL] * 3
