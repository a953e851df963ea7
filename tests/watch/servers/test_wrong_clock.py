"""A machine with a wrong clock: the first answer corrects the time, and the scan restarts."""

from collections.abc import Iterator

import httpx
import pytest

from support.clock import TickingClock
from ucdn_tui.clock import parse_date
from ucdn_tui.simulator.account import Account
from watch.harness import running_poller
from watch.tasks import DAY, HOUR, PREFETCH, REFRESH, START, account_state, add_tasks, numbered, stored_state
from watch.transport import Failure, Request


class WrongClock(TickingClock):
    """Wrong by some seconds until the first answer shows the server's time."""

    def __init__(self, wrong: float) -> None:
        super().__init__()
        self._wrong = wrong

    def server_now(self) -> float:
        return super().server_now() + self._wrong

    def true_now(self) -> float:
        return super().server_now()

    def observe(self, date: str) -> None:
        assert parse_date(date) is not None
        self._wrong = 0.0


WRONG = [pytest.param(hours * HOUR, id=f"{hours} h") for hours in (-10_000, -30, -3, 3, 30, 10_000)]


@pytest.fixture(params=WRONG)
def clock(request: pytest.FixtureRequest) -> Iterator[WrongClock]:
    return WrongClock(request.param)


@pytest.fixture
def account(clock: WrongClock) -> Account:
    account = Account(clock.true_now)
    add_tasks(account, numbered("t", 30), ago=HOUR)
    add_tasks(account, numbered("old", 5), ago=DAY - HOUR)
    add_tasks(account, ["runs"], ago=10, queue=0.0, work=30.0)
    add_tasks(account, numbered("p", 3), "prefetch", ago=3 * HOUR)
    add_tasks(account, numbered("w", 3), is_dcdn=True, ago=3 * HOUR)
    return account


async def test_the_scan_restarts_with_the_right_window(clock: WrongClock, account: Account) -> None:
    async with running_poller(clock, account) as harness:
        await clock.advance(0)
        assert not harness.loading
        assert stored_state(harness.store) == account_state(account)
        assert {request.begin for request in harness.full_scans()[1:]} == {START - DAY}


async def test_the_first_poll_uses_the_right_time(clock: WrongClock, account: Account) -> None:
    async with running_poller(clock, account) as harness:
        await clock.advance(4)
        add_tasks(account, ["new"], ago=0, queue=0.0, work=1.0)
        await clock.advance(1)
        assert harness.polls()[-1].begin == START - 120
        assert stored_state(harness.store) == account_state(account)
        assert harness.ended() == ["new"]


async def test_slow_answers_do_not_matter(clock: WrongClock, account: Account) -> None:
    async with running_poller(clock, account) as harness:
        harness.transport.latency = 0.7
        await clock.advance(10)
        assert not harness.loading
        assert stored_state(harness.store).keys() == account_state(account).keys()


@pytest.mark.parametrize("late", [REFRESH, PREFETCH])
async def test_a_kind_that_fails_first_does_not_use_the_wrong_window(
    clock: WrongClock, account: Account, late: str
) -> None:
    """The other kind's answer corrects the time in between."""

    def failure(request: Request) -> Failure:
        return httpx.Response(503) if request.kind == late and request.at < 2 else None

    async with running_poller(clock, account) as harness:
        harness.transport.failure, harness.transport.latency = failure, 0.1
        await clock.advance(10)
        assert not harness.loading
        assert stored_state(harness.store).keys() == account_state(account).keys()
