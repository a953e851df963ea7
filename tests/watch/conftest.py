"""An account without tasks, on the clock that the test moves."""

import pytest

from support.clock import FakeClock, TickingClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.poll import fetcher, incremental


@pytest.fixture
def clock() -> TickingClock:
    """A clock whose readings differ, as real ones do: what reads it twice for one decision is found out."""
    return TickingClock()


@pytest.fixture
def account(clock: FakeClock) -> Account:
    return Account(clock.server_now)


@pytest.fixture
def fixed_batch_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each page ask for a hundred tasks, and looks ask by id, also where a task would come along for little."""
    monkeypatch.setattr(incremental, "SPARE_URLS", -1)
    monkeypatch.setattr(fetcher, "MAX_PAGE_SIZE", fetcher.FIRST_PAGE_SIZE)
