"""An account with tasks that run and end, and what is listed of it."""

import re
from collections.abc import Iterable

from support.clock import FakeClock
from support.screen.dashboard import account, add
from ucdn_tui.api.models import TaskKind
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.ui.text.format import status_word


def truth(simulated: Simulated, kinds: Iterable[TaskKind] = tuple(TaskKind)) -> dict[str, str]:
    """Return the account's tasks in the form of `FaultyDashboard.statuses`."""
    plans = [plan for kind in kinds for plan in simulated.tasks(kind.value, None)]
    names = [re.search(r"test/([\w-]+)-1\.jpg", next(iter(plan.urls)).url) for plan in plans]
    return {
        match[1]: status_word(plan.status(simulated.now())) for match, plan in zip(names, plans, strict=True) if match
    }


def busy_account(clock: FakeClock) -> Simulated:
    """Return an account with a task that ends within ten seconds, and one that runs on."""
    simulated = account(clock)
    add(simulated, "running", ago=3, work=10_000.0)
    add(simulated, "ending", ago=2, work=10.0)
    add(simulated, "fetching", ago=1, work=10.0, kind="prefetch")
    add(simulated, "over", ago=600)
    return simulated
