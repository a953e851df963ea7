"""Faults: each kind fails by itself, known tasks stay, and polling backs off and recovers."""

import ssl
from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import Fault, HttpStatusError, ProtocolError, RetCodeError, TransportError
from ucdn_tui.simulator.account import Account
from watch.harness import PollerHarness, running_poller
from watch.tasks import HOUR, LONG_RUNNING, PREFETCH, REFRESH, account_state, add_tasks, stored_state
from watch.transport import Failure, failing_between, refusal

pytestmark = pytest.mark.usefixtures("fixed_batch_sizes")


def tries(harness: PollerHarness, since: float = 0.0) -> list[float]:
    """Return the times of the requests for refresh tasks."""
    return [request.at for request in harness.requests(REFRESH, since)]


class TestOneKind:
    async def test_one_kind_fails_while_the_other_is_polled(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["r"], ago=0, queue=0.0, work=30.0)
        add_tasks(account, ["p"], "prefetch", ago=0, queue=0.0, work=30.0)
        async with running_poller(clock, account) as harness:
            await clock.advance(9)
            answered = harness.state(PREFETCH).answered
            harness.transport.failure = lambda request: httpx.Response(503) if request.kind is PREFETCH else None
            await clock.advance(31)
            assert harness.status_of("r") == "success"
            assert harness.status_of("p", PREFETCH) == "process", "known tasks stay"
            assert harness.state(REFRESH).error is None
            error = harness.state(PREFETCH).error
            assert isinstance(error, HttpStatusError)
            assert error.status == 503
            assert harness.state(PREFETCH).answered == answered
            assert harness.updates[-1].state.kinds[PREFETCH] == harness.poller.state.kinds[PREFETCH]

    async def test_each_failed_try_is_reported(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["r"])
        async with running_poller(clock, account) as harness:
            await clock.advance(0)
            harness.clear()
            harness.transport.failure = failing_between(0, 10**9)
            await clock.advance(300)
            faults = [update for update in harness.updates if update.changes is None]
            assert len(faults) == len(harness.requests())
            assert all(state.error for state in faults[-1].state.kinds.values())
            assert harness.ids == {"r"}

    @pytest.mark.parametrize(
        ("failure", "error"),
        [
            (lambda: httpx.ReadTimeout(""), TransportError),
            (lambda: httpx.ConnectError(""), TransportError),
            (lambda: httpx.Response(502), HttpStatusError),
            (lambda: httpx.Response(200, content=b"<html>sign in"), ProtocolError),
            (lambda: httpx.Response(200, json={"TaskList": []}), ProtocolError),
            (lambda: refusal(153), RetCodeError),
            (lambda: refusal(12345), RetCodeError),
        ],
    )
    async def test_polling_recovers_from_temporary_faults(
        self, clock: FakeClock, account: Account, failure: Callable[[], Failure], error: type[Exception]
    ) -> None:
        add_tasks(account, ["short"], ago=0, queue=0.0, work=20.0)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(3, 40, failure)
            await clock.advance(39)
            # A rate limit of one kind slows both: the other kind may not have been polled yet.
            assert any(isinstance(harness.state(kind).error, error) for kind in TaskKind)
            assert all(harness.state(kind).next_try is not None for kind in TaskKind)
            await clock.advance(61)
            assert harness.state().error is None
            assert stored_state(harness.store) == account_state(account)
            assert harness.ended() == ["short"]

    async def test_polling_recovers_from_a_failed_start(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["r"])
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 100)
            await clock.advance(99)
            assert harness.loading
            assert harness.state().answered is None
            await clock.advance(61)
            assert not harness.loading
            assert stored_state(harness.store) == account_state(account)


class TestBackOff:
    async def test_delays_between_tries_grow_from_a_second_to_a_minute(
        self, clock: FakeClock, account: Account
    ) -> None:
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 10**9)
            await clock.advance(1200)
            delays = [later - earlier for earlier, later in pairwise(tries(harness))]
            for number, delay in enumerate(delays):
                assert 1.0 <= delay <= min(60.0, 2.0 ** (number + 1))
            assert max(delays) > 30
            assert len(delays) > 1200 / 60

    @pytest.mark.parametrize("begin", [0, 10])
    async def test_a_failed_refresh_does_not_end_the_back_off(
        self, clock: FakeClock, account: Account, begin: int
    ) -> None:
        async with running_poller(clock, account) as harness:
            harness.transport.failure, harness.transport.latency = failing_between(begin, 10**9), 0.5
            await clock.advance(begin + 0.2)
            harness.poller.refresh()
            await clock.advance(600)
            assert len(tries(harness, since=begin + 10)) < 40

    async def test_the_normal_delay_returns_after_a_success(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(3, 200)
            await clock.advance(270)
            polls = [request.at for request in harness.polls(since=200)]
            assert polls[0] <= 260
            assert {later - earlier for earlier, later in pairwise(polls)} == {5}

    async def test_the_back_off_starts_again_after_a_success(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["runs"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(3, 200)
            await clock.advance(270)
            assert harness.state().error is None
            harness.transport.failure = failing_between(0, 10**9)
            await clock.advance(10)
            first, second, *_ = tries(harness, since=270.1)
            assert 1 <= second - first <= 2

    async def test_a_poll_that_fails_at_its_second_call_backs_off(self, clock: FakeClock, account: Account) -> None:
        """The success of the first call must not reset the back-off."""
        add_tasks(account, ["runs"], ago=HOUR, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            harness.transport.failure = lambda request: refusal(153) if request.task_ids else None
            await clock.advance(600)
            refused = [request.at for request in harness.requests() if request.task_ids]
            assert max(later - earlier for earlier, later in pairwise(refused)) > 10

    async def test_a_refresh_overrides_the_back_off(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 500)
            await clock.advance(500)
            assert (harness.state().next_try or 0) > 502
            harness.poller.refresh()
            await clock.advance(1)
            assert harness.state().error is None
            assert not harness.loading


class TestRetryAfter:
    async def test_nothing_is_asked_before_retry_after(self, clock: FakeClock, account: Account) -> None:
        add_tasks(account, ["r"], **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(0)
            busy = httpx.Response(429, headers={"Retry-After": "45"})
            harness.transport.failure = lambda request: busy if request.kind is REFRESH and request.at < 10 else None
            await clock.advance(5)
            assert harness.state().next_try == 50
            for _ in range(20):
                await clock.advance(2)
                harness.poller.refresh()
            assert tries(harness, since=5.1) == []
            assert len(harness.polls(PREFETCH)) > 10, "the other kind is polled"
            await clock.advance(6)
            assert tries(harness, since=5.1)[0] == 50
            assert harness.state().error is None

    async def test_no_command_overrides_retry_after(self, clock: FakeClock, account: Account) -> None:
        async with running_poller(clock, account) as harness:
            await clock.advance(0)
            busy = httpx.Response(503, headers={"Retry-After": "100"})
            harness.transport.failure = lambda request: busy if request.at < 100 else None
            await clock.advance(20)
            harness.poller.pause()
            harness.poller.track(REFRESH, "mine")
            harness.poller.pause(False)
            await clock.advance(50)
            harness.poller.set_interval(1)
            harness.poller.set_window(2 * HOUR)
            await clock.advance(49)
            assert tries(harness, since=20.1) == []
            await clock.advance(2)
            assert tries(harness, since=20.1)[0] == 120


class TestAccess:
    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    async def test_with_wrong_keys_only_a_refresh_tries_again(
        self, clock: FakeClock, account: Account, code: int
    ) -> None:
        add_tasks(account, ["r"])
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 5000, lambda: refusal(code))
            await clock.advance(4000)
            assert tries(harness) == [0]
            error = harness.state().error
            assert isinstance(error, RetCodeError)
            assert error.code == code
            assert harness.state().next_try is None
            harness.poller.refresh()
            await clock.advance(1500)
            assert tries(harness) == [0, 4000]
            assert harness.state().next_try is None
            harness.poller.refresh()
            await clock.advance(0)
            assert harness.state().error is None
            assert stored_state(harness.store) == account_state(account)

    @pytest.mark.parametrize("code", [292, 294, 295, 299])
    async def test_missing_permission_is_retried_each_minute(
        self, clock: FakeClock, account: Account, code: int
    ) -> None:
        add_tasks(account, ["r"])
        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 290, lambda: refusal(code))
            await clock.advance(299)
            assert tries(harness) == [0, 60, 120, 180, 240]
            assert harness.state().next_try == 300
            await clock.advance(1)
            assert harness.state().error is None
            assert harness.ids == {"r"}

    async def test_an_untrusted_certificate_is_retried_each_minute(self, clock: FakeClock, account: Account) -> None:
        def distrust() -> Failure:
            failure, reason = httpx.ConnectError(""), ssl.SSLCertVerificationError()
            reason.verify_message = "expired"
            failure.__cause__ = reason
            return failure

        async with running_poller(clock, account) as harness:
            harness.transport.failure = failing_between(0, 10**9, distrust)
            await clock.advance(200)
            error = harness.state().error
            assert isinstance(error, TransportError)
            assert error.fault is Fault.CERTIFICATE
            assert tries(harness) == [0, 60, 120, 180]


class TestAfterARateLimit:
    @pytest.mark.parametrize("answer", [lambda: refusal(153), lambda: httpx.Response(429)], ids=["153", "429"])
    async def test_a_rate_limit_slows_both_kinds_for_a_while(
        self, clock: FakeClock, account: Account, answer: Callable[[], httpx.Response]
    ) -> None:
        add_tasks(account, ["r"], ago=10, **LONG_RUNNING)
        async with running_poller(clock, account) as harness:
            await clock.advance(20)
            assert harness.poller.state.delay == 5.0
            harness.transport.failure = lambda request: answer() if request.kind is REFRESH else None
            await clock.advance(6)
            harness.transport.failure = lambda _request: None
            await clock.advance(15)
            slowed = harness.poller.state.delay
            assert slowed >= 10.0
            start = clock.elapsed()
            await clock.advance(80)
            for kind in (REFRESH, PREFETCH):
                polls = {request.at for request in harness.requests(kind, start)}
                assert len(polls) <= 80 / slowed * 2 + 2, kind
            await clock.advance(600)
            assert harness.poller.state.delay == 5.0
            start = clock.elapsed()
            await clock.advance(60)
            assert len({request.at for request in harness.requests(PREFETCH, start)}) >= 11
