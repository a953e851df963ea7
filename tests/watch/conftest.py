"""An account without tasks, on a clock that the test advances."""

import pytest

from support.clock import FakeClock, TickingClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.poll import fetcher, incremental


@pytest.fixture
def clock() -> TickingClock:
    """A clock of which no two readings are equal, so that code that reads it twice for one decision fails."""
    return TickingClock()


@pytest.fixture
def account(clock: FakeClock) -> Account:
    return Account(clock.server_now)


@pytest.fixture
def fixed_batch_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for 100 tasks per page, and for active tasks by id even if the query for new tasks could return them."""
    monkeypatch.setattr(incremental, "SPARE_URLS", -1)
    monkeypatch.setattr(fetcher, "MAX_PAGE_SIZE", fetcher.FIRST_PAGE_SIZE)
