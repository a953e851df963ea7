"""Recovery: interrupted scans resume, missed tasks are found, and internal errors do not stop polling."""

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.errors import InternalError
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks
from ucdn_tui.watch.poll.poller import PollUpdate
from watch.harness import running_poller
from watch.tasks import LONG_RUNNING, PREFETCH, REFRESH, account_state, add_tasks, numbered, stored_state
from watch.transport import Failure, Request, failing_between


class TestInterruption:
    @pytest.mark.parametrize("number", range(5))
    async def test_an_interrupted_load_resumes_at_the_failed_page(
        self, clock: FakeClock, account: Account, number: int
    ) -> None:
        add_tasks(account, numbered("t", 30))
        answers = 0

        def failure(request: Request) -> Failure:
            nonlocal answers
            answers += request.kind is REFRESH
            return httpx.Response(503) if request.kind is REFRESH and answers == number + 1 else None

        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            harness.transport.failure = failure
            await clock.advance(3)
            assert stored_state(harness.store) == account_state(account)
            assert not harness.loading
            offsets = [request.offset for request in harness.requests(REFRESH) if not request.is_dcdn]
            assert offsets == sorted([0, 10, 20, 30, *offsets[number : number + 1] * (number < 4)])

    async def test_an_interrupted_full_scan_still_removes_deleted_tasks(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, numbered("t", 30))
        async with running_poller(clock, account, quirks=Quirks(page_cap=10)) as harness:
            await clock.advance(1)
            account.remove("t0029")
            harness.transport.failure = lambda request: httpx.Response(503) if 300 <= request.at < 303 else None
            harness.transport.latency = 0.5
            await clock.advance(700)
            assert harness.ids == set(numbered("t", 29))

    async def test_a_full_scan_follows_an_outage(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(10, 130)
            await clock.advance(129)
            assert len(harness.full_scans()) == 1
            await clock.advance(61)
            assert len(harness.full_scans()) == 2
            await clock.advance(30)
            assert len(harness.full_scans()) == 2

    async def test_no_full_scan_follows_a_short_outage(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(10, 25)
            await clock.advance(150)
            assert harness.state().error is None
            assert len(harness.full_scans()) == 1

    @pytest.mark.parametrize("active", [True, False])
    async def test_a_shorter_delay_is_not_an_outage(self, clock: FakeClock, account: Account, active: bool) -> None:
        add_tasks(account, ["over"])
        async with running_poller(clock, account, interval=30.0) as harness:
            await clock.advance(119)
            if active:
                add_tasks(account, ["runs"], "prefetch", ago=0, **LONG_RUNNING)
                harness.poller.track(PREFETCH, "runs")
            else:
                harness.poller.set_interval(1)
            await clock.advance(10)
            assert harness.poller.state.delay < 31
            assert [request.at for request in harness.full_scans()] == [0]

    async def test_tasks_created_during_an_outage_are_found_by_the_next_poll(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(10, 700)
            await clock.advance(12)
            add_tasks(account, ["meanwhile"], ago=0, queue=0.0, work=5.0)
            await clock.advance(760)
            assert stored_state(harness.store).keys() == account_state(account).keys()
            assert harness.ended() == ["meanwhile"]
            assert harness.polls(since=700)[0].begin <= clock.server_now() - 760


class TestInternalErrors:
    async def test_an_internal_error_is_reported_and_polling_continues(
        self, clock: FakeClock, account: Account
    ) -> None:
        add_tasks(account, ["r"], ago=0, queue=0.0, work=20.0)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(3, 30, lambda: KeyError("a bug"))
            await clock.advance(29)
            error = harness.state().error
            assert isinstance(error, InternalError)
            assert "KeyError" in str(error)
            await clock.advance(61)
            assert harness.state().error is None
            assert stored_state(harness.store) == account_state(account)
            assert not harness.running.done()
            harness.violations.clear()

    @pytest.mark.parametrize("times", [1, 2, 7])
    async def test_an_exception_in_the_screen_does_not_stop_polling(
        self, clock: FakeClock, account: Account, times: int
    ) -> None:
        add_tasks(account, ["r"], ago=0, queue=0.0, work=20.0)
        failures = iter(range(times))

        def fail(_update: PollUpdate) -> None:
            if next(failures, None) is not None:
                raise LookupError("a bug in the screen")

        async with running_poller(clock, account) as harness:
            harness.on_update = fail
            await clock.advance(120)
            assert stored_state(harness.store) == account_state(account)
            assert harness.state(REFRESH).error is None
            assert harness.state(PREFETCH).error is None
            harness.violations.clear()
