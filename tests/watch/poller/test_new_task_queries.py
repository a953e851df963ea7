"""The query for new tasks: how far it reaches back to return the active tasks as well."""

from typing import Any

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKey
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.poll.incremental import OVERLAP, SPARE_URLS
from watch.harness import running_poller
from watch.tasks import (
    DAY,
    HOUR,
    LONG_RUNNING,
    PREFETCH,
    REFRESH,
    SPARE_TASKS,
    START,
    account_state,
    add_tasks,
    numbered,
    stored_state,
)
from watch.transport import Request, failing_between, rewriting_rows


class TestReach:
    async def test_new_and_active_tasks_are_one_call_if_that_is_cheap(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 12)
        add_tasks(account, numbered("t", 10))
        add_tasks(account, numbered("old", 30), ago=3 * HOUR)  # after this long page, a shorter one is the last
        async with running_poller(clock, account) as harness:
            await clock.advance(7)
            add_tasks(account, ["new"], ago=0, **LONG_RUNNING)
            await clock.advance(3)
            (poll,) = harness.requests(REFRESH, since=6)
            assert poll.is_list
            assert poll.begin == START - 2 * HOUR
            assert stored_state(harness.store) == account_state(account)
            await clock.advance(5)
            assert stored_state(harness.store) == account_state(account)
            assert harness.ended() == ["runs"]

    @pytest.mark.parametrize(
        ("number", "reaches"), [(SPARE_TASKS - 1, True), (SPARE_TASKS, True), (SPARE_TASKS + 1, False), (600, False)]
    )
    async def test_the_number_of_settled_urls_is_limited(
        self, clock: FakeClock, account: Account, number: int, reaches: bool
    ) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", number))
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            (poll,) = harness.polls()
            assert poll.begin == (START - 2 * HOUR if reaches else START - OVERLAP)
            assert [request.task_ids for request in harness.queries_by_id()] == ([] if reaches else [["runs"]])

    async def test_large_settled_tasks_count_by_their_urls(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], ago=2 * HOUR, **LONG_RUNNING)
        add_tasks(account, ["large"], urls=SPARE_URLS)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            assert [request.task_ids for request in harness.queries_by_id()] == [["runs"]]

    async def test_many_active_tasks_are_returned_by_one_query(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 90), ago=2 * HOUR, urls=20, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            assert harness.queries_by_id() == []
            assert {request.begin for request in harness.requests(REFRESH, since=5)} == {START - 2 * HOUR - 89}

    async def test_the_query_does_not_reach_back_if_one_active_task_is_too_old(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["far"], ago=20 * HOUR, **LONG_RUNNING)
        add_tasks(account, numbered("t", SPARE_TASKS + 1), ago=10 * HOUR)
        add_tasks(account, ["near"], ago=HOUR, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            assert [request.begin for request in harness.polls()] == [START - OVERLAP]
            assert [request.task_ids for request in harness.queries_by_id()] == [["far", "near"]]

    async def test_a_task_without_create_time_is_asked_for_by_id(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs", "dated"], **LONG_RUNNING)
        undate = rewriting_rows(lambda row: {**row, "CreateTime": None} if row["TaskId"] == "runs" else row)
        async with running_poller(clock, account, rewrite=undate) as harness:
            await clock.advance(5)
            assert {task_id for request in harness.queries_by_id() for task_id in request.task_ids} >= {"runs"}

    async def test_each_query_scope_reaches_back_for_its_own_tasks(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["n"], ago=2 * HOUR, **LONG_RUNNING)
        add_tasks(account, ["w"], ago=5 * HOUR, is_dcdn=True, **LONG_RUNNING)
        add_tasks(account, ["p"], "prefetch", ago=7 * HOUR, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(5)
            begins = {(request.kind, request.is_dcdn): request.begin for request in harness.requests(since=5)}
            assert begins == {
                (REFRESH, False): START - 2 * HOUR,
                (REFRESH, True): START - 5 * HOUR,
                (PREFETCH, False): START - 7 * HOUR,
            }

    async def test_active_tasks_cut_off_by_a_page_cap_are_asked_for_by_id(
        self, clock: FakeClock, account: Account
    ) -> None:
        """The server returns its first page only."""
        add_tasks(account, ["runs"], ago=2 * HOUR, queue=0.0, work=2 * HOUR + 12)
        add_tasks(account, numbered("t", 20))
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"Offset"}), page_cap=10)) as harness:
            await clock.advance(0)
            harness.poller.track(REFRESH, "runs")
            await clock.advance(5)
            assert harness.status_of("runs") == "process"
            await clock.advance(13)
            assert harness.status_of("runs") == "success"

    async def test_hundreds_of_tasks_of_the_same_second_are_not_all_returned(
        self, clock: FakeClock, account: Account
    ) -> None:
        for task_id in numbered("t", 2 * SPARE_URLS):
            account.add("refresh", ["https://a.example/"], task_id=task_id, created=START - HOUR, queue=1, work=9)
        account.add("refresh", ["https://a.example/"], task_id="z", created=START - HOUR, queue=0, work=DAY)
        came = 0

        def count_rows(request: Request, rows: list[Any]) -> list[Any]:
            nonlocal came
            came += sum(len(row["UrlLists"]) for row in rows) if request.at > 0 else 0
            return rows

        async with running_poller(clock, account, rewrite=count_rows) as harness:
            await clock.advance(5)
            assert harness.polls()
            assert came <= SPARE_URLS

    async def test_the_query_never_reaches_beyond_the_window(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["leaves"], ago=HOUR - 30, **LONG_RUNNING)
        add_tasks(account, numbered("t", 20), ago=HOUR - 40)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(200)
            lists = [request for request in harness.requests(REFRESH) if request.is_list]
            assert len({request.at for request in lists}) == 40 + 1
            assert {request.begin for request in lists if request.at in (5.0, 20.0)} == {START - HOUR + 30}
            assert all(request.begin >= int(START + request.at - HOUR) for request in lists)

    async def test_tasks_that_left_the_window_do_not_come_back(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["leaves", "leaves too"], ago=HOUR - 30, **LONG_RUNNING)
        add_tasks(account, numbered("t", 20), ago=HOUR - 40)
        add_tasks(account, numbered("s", 20), ago=HOUR - 900)
        add_tasks(account, ["stays"], ago=60, **LONG_RUNNING)
        async with running_poller(clock, account, window=HOUR) as harness:
            await clock.advance(1)
            harness.poller.pin(TaskKey(REFRESH, "leaves"))
            await clock.advance(2400)
            assert harness.ids == {"leaves", "stays"}
            assert len(harness.added()) == len(set(harness.added())) == 43

    async def test_tasks_outside_a_smaller_window_do_not_come_back(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("t", 5), ago=10 * HOUR)
        add_tasks(account, numbered("s", SPARE_TASKS + 1), ago=HOUR / 4)
        add_tasks(account, ["runs"], ago=HOUR / 2, **LONG_RUNNING)
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"TaskId"}))) as harness:
            await clock.advance(7)
            harness.poller.set_window(HOUR)
            await clock.advance(60)
            assert set(stored_state(harness.store)) == set(account_state(account, HOUR))

    async def test_a_window_smaller_than_the_overlap_is_respected(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["leaves"], ago=0)
        add_tasks(account, ["p"], "prefetch", **LONG_RUNNING)
        async with running_poller(clock, account, window=60.0) as harness:
            await clock.advance(70)
            await harness.run_full_scans()
            assert "leaves" not in harness.ids
            await clock.advance(20)
            assert "leaves" not in harness.ids

    async def test_after_a_suspend_no_poll_reaches_beyond_the_window(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["out"], ago=0)
        async with running_poller(clock, account, window=HOUR) as harness:
            harness.transport.failure = failing_between(1, 3 * HOUR)
            await clock.advance(1)
            account.add("refresh", ["https://a.example/"], task_id="meanwhile", created=START + 10, queue=1, work=1)
            await clock.advance(4 * HOUR)
            assert "meanwhile" not in harness.added()
