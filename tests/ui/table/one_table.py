"""A table on a screen of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.strip import Strip

from support.screen.table import STEPS, ListView, Row, TableApp, columns
from ucdn_tui.ui.table.live_table import LiveTable


@asynccontextmanager
async def running_table(
    view: ListView, *, size: tuple[int, int] = (40, 12), **options: Any
) -> AsyncIterator[tuple[LiveTable[int, Row], Pilot[None]]]:
    steps = options.pop("steps", STEPS)
    table: LiveTable[int, Row] = LiveTable(options.pop("columns", columns()), steps, view, **options)
    app = TableApp(table)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield table, pilot


def strips(table: LiveTable[int, Row]) -> list[Strip]:
    return table.render_lines(table.size.region)
