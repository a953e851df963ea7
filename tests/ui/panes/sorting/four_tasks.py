"""The order of the four tasks, and clicks that change it."""

import re

from support.screen.dashboard import DashboardHarness
from support.screen.table import painted

NEWEST_FIRST = ["alpha", "beta", "gamma", "delta"]


def percent_of(row: str) -> int:
    """Return the percentage in a row; succeeded rows have none."""
    return 100 if "✔" in row else int(re.findall(r" (\d+)% ", row)[0])


async def click_header(ui: DashboardHarness, label: str, *, of_urls: bool = False, times: int = 1) -> None:
    """Click on a header, at the place where its label is now."""
    table = ui.dashboard.details.table if of_urls else ui.dashboard.tasks
    x = painted(table)[0].index(label)
    for _ in range(times):
        assert await ui.pilot.click(table, offset=(x, 0))
        await ui.pilot.pause()
