"""An account without tasks, on the clock that the test moves."""

import pytest

from support.clock import FakeClock
from ucdn_tui.simulator.account import Account


@pytest.fixture
def account(clock: FakeClock) -> Account:
    return Account(clock.server_now)
