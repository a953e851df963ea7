"""Sixty tasks that stay queued."""

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add_waiting
from ucdn_tui.simulator.account import Account
from ui.dashboard.sixty_tasks import NAMES


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    """An account with sixty tasks that stay queued."""
    simulated = account(clock)
    add_waiting(simulated, NAMES)
    return simulated
