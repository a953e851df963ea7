"""Four tasks to sort."""

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER


@pytest.fixture
def four_tasks(clock: FakeClock) -> Account:
    """An account with four tasks that each column sorts differently."""
    simulated = account(clock)
    add(simulated, "alpha", ago=500, work=60.0)
    add(simulated, "beta", ago=510, count=20, kind="prefetch", work=30.0, failing=(0,))
    add(simulated, "gamma", ago=520, type="dir", work=2000.0)
    add(simulated, "delta", ago=530, kind="prefetch", queue=NEVER)
    return simulated
