"""A user of the dashboard: presses keys and sees what happens."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from textual.screen import Screen

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting
from support.screen.notifications import Notifications
from ucdn_tui.simulator.account import Account

LAST = 63
"""The index of the last task."""


FAILED = 61
"""The index of the only failed task."""


Act = Callable[[], Awaitable[None]]


def busy_account(clock: FakeClock) -> Account:
    """Return an account with tasks in every status; sixty are queued, among them the newest."""
    simulated = account(clock)
    add_waiting(simulated, [f"task-{number:02d}" for number in range(60)])
    add(simulated, "running", ago=100, work=10_000.0)
    add(simulated, "failed", ago=200, failing=(0,))
    add(simulated, "done", ago=300)
    add(simulated, "odd", ago=400, unknown=(0,))
    return simulated


class User:
    """Runs one action in one way (key, palette or click), and checks the result."""

    def __init__(self, ui: DashboardHarness, notifications: Notifications, act: Act) -> None:
        self.ui = ui
        self.notifications = notifications
        self.act = act
        self.left: Counter[str] = Counter()
        """How often the program was left, by way."""
        ui.app.exit = lambda *_, **__: self.left.update(["exit"])  # or nothing could be done after it
        ui.app.action_suspend_process = lambda: self.left.update(["suspend"])

    async def arrange(self, *keys: str) -> None:
        """Go to the first task of the unfiltered list, then press keys."""
        await self.ui.press("escape", "escape", "escape", "g", *keys)

    async def sees(self, holds: Callable[[], object]) -> None:
        """Run the action, and wait until a condition holds that did not hold before."""
        assert not holds(), "the condition holds already"
        await self.act()
        await self.ui.settle(holds)

    async def opens(self, kind: type[Screen[Any]], title: str = "") -> None:
        """Run the action, and check that it opens a dialog; close it."""
        await self.arrange()
        await self.sees(lambda: isinstance(self.ui.app.screen, kind))
        if title:
            assert str(self.ui.app.screen.query_one(".dialog").border_title).startswith(title)
        await self.ui.press("escape")
        assert self.ui.app.screen is self.ui.dashboard

    @property
    def row(self) -> int | None:
        return self.ui.dashboard.tasks.cursor_index

    @property
    def lines(self) -> int:
        """The number of visible tasks."""
        return self.ui.dashboard.tasks.size.height - 1
