"""Calls by id that run at the same time: their number, their faults, and rate limits."""

from typing import Any

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.poll.fetcher import IDS_PER_CALL
from ucdn_tui.watch.poll.incremental import OVERLAP
from watch.harness import PollerHarness, running_poller
from watch.tasks import HOUR, LONG_RUNNING, REFRESH, START, account_state, add_tasks, numbered, stored_state
from watch.transport import Request, refusal


def end_all(account: Account, ids: list[str]) -> None:
    """Let these refresh tasks, created two hours ago, succeed."""
    for task_id in ids:
        account.remove(task_id)
    add_tasks(account, ids, ago=2 * HOUR)


@pytest.mark.usefixtures("fixed_batch_sizes")
class TestManyActiveTasks:
    """Many active tasks that are asked for by id."""

    @pytest.fixture
    def active(self, account: Account) -> list[str]:
        active = numbered("r", 5 * IDS_PER_CALL)
        add_tasks(account, active, ago=2 * HOUR, **LONG_RUNNING)
        return active

    @pytest.fixture
    async def harness(self, clock: FakeClock, account: Account, active: list[str]) -> Any:
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(0)
            assert len(harness.store) == len(active)
            harness.clear()
            yield harness

    async def test_four_calls_run_at_once(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.transport.latency = 2.0
        await clock.advance(40)
        assert [request.at for request in harness.queries_by_id()] == [32, 32, 32, 32, 34]
        assert len({task_id for request in harness.queries_by_id() for task_id in request.task_ids}) == 250

    async def test_the_answer_to_one_call_is_shown_before_the_others(
        self, clock: FakeClock, account: Account, active: list[str], harness: PollerHarness
    ) -> None:
        answer = harness.transport._simulator.handle_async_request

        async def slow(request: httpx.Request) -> httpx.Response:
            if b"r0000" in await request.aread():
                await clock.sleep(3.0)
            return await answer(request)

        harness.transport._simulator.handle_async_request = slow
        end_all(account, active)
        await clock.advance(32)
        assert sorted(harness.ended()) == active[50:], "a slow call does not delay the fifth one"
        await clock.advance(2)
        assert sorted(harness.ended()) == active

    async def test_a_failed_call_stops_only_the_calls_not_started(
        self, clock: FakeClock, account: Account, active: list[str], harness: PollerHarness
    ) -> None:
        harness.transport.failure = lambda request: httpx.Response(503) if "r0010" in request.task_ids else None
        harness.transport.latency = 0.5
        end_all(account, active)
        await clock.advance(31.2)
        assert len(harness.queries_by_id()) == 4, "the fifth is not asked for"
        assert sorted(harness.ended()) == active[50:200]
        assert harness.state().error is not None
        harness.transport.failure = lambda _request: None
        await clock.advance(60)
        assert sorted(harness.ended()) == active
        assert stored_state(harness.store) == account_state(account)

    async def test_after_a_fault_new_tasks_are_queried_since_the_last_successful_poll(
        self, clock: FakeClock, account: Account, harness: PollerHarness
    ) -> None:
        harness.transport.failure = lambda request: httpx.Response(503) if "r0060" in request.task_ids else None
        await clock.advance(200)
        assert {request.begin for request in harness.polls()} == {START - OVERLAP}
        assert harness.state().answered == 0

    async def test_four_failed_calls_count_as_one_fault(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.transport.failure = lambda request: httpx.Response(503) if request.task_ids else None
        harness.transport.latency = 0.5
        await clock.advance(31.1)
        assert len(harness.queries_by_id()) == 4
        assert harness.state().error is not None
        next_try = harness.state().next_try
        assert next_try is not None
        assert next_try <= 31 + 2, "the first back-off is at most two seconds"
        harness.transport.failure = lambda _request: None
        await clock.advance(60)
        assert harness.state().error is None

    async def test_four_timeouts_halve_the_page_size_once(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.transport.failure = lambda request: httpx.ReadTimeout("slow") if request.task_ids else None
        harness.transport.latency = 0.5
        await clock.advance(31.1)
        assert len(harness.queries_by_id()) == 4
        harness.transport.failure = lambda _request: None
        await clock.advance(5)
        (limit,) = {request.limit for request in harness.requests(REFRESH, since=31.1) if request.is_list}
        assert limit >= 50

    async def test_a_rate_limit_counts_even_if_another_call_fails_first(
        self, clock: FakeClock, harness: PollerHarness
    ) -> None:
        def failure(request: Request) -> httpx.Response | None:
            if not request.task_ids:
                return None
            first = request.task_ids[0] == "r0000"
            return httpx.Response(503) if first else httpx.Response(429, headers={"Retry-After": "40"})

        harness.transport.failure = failure
        harness.transport.latency = 0.5
        await clock.advance(31.1)
        assert len(harness.queries_by_id()) == 4
        assert harness.poller.state.delay > 30, "polls are less frequent"
        await clock.advance(30)
        assert harness.requests(REFRESH, since=31.1) == []

    async def test_a_rate_limit_reduces_the_calls_at_once(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.transport.latency = 1.0
        at_once = []
        for _ in range(3):
            harness.transport.failure = lambda request: refusal(153) if request.kind is REFRESH else None
            harness.poller.refresh()
            await clock.advance(2.1)
            assert harness.state().error is not None
            harness.transport.failure = lambda _request: None
            harness.clear()
            harness.poller.refresh()
            await clock.advance(12)
            times = [request.at for request in harness.queries_by_id()]
            at_once.append(max(map(times.count, times)))
            assert len(times) == 5
        assert at_once == [2, 1, 1], "at least one call runs"

    async def test_the_calls_at_once_return_to_four(self, clock: FakeClock, harness: PollerHarness) -> None:
        harness.transport.failure = lambda request: (
            refusal(153) if request.kind is REFRESH and request.at < 31 else None
        )
        harness.transport.latency = 1.0
        await clock.advance(200)
        times = [request.at for request in harness.queries_by_id()]
        counts = [times.count(at) for at in dict.fromkeys(times)]
        assert (counts[:3], counts[-2:]) == ([2, 2, 1], [4, 1])

    async def test_tasks_are_listed_if_ids_are_ignored(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, numbered("r", 3 * IDS_PER_CALL), ago=2 * HOUR, **LONG_RUNNING)
        async with running_poller(clock, account, quirks=Quirks(ignores=frozenset({"TaskId"}))) as harness:
            harness.transport.rewrite = lambda request, rows: [*rows, *rows[:1]] if request.task_ids else rows
            add_tasks(account, ["over"])
            await clock.advance(11)
            assert harness.queries_by_id(since=10) == []
            assert harness.state().oldest == 10
