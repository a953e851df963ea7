"""A table over an in-memory list, in an app that records the table's messages."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.themed_app import ThemedApp


@dataclass(frozen=True)
class Row:
    key: int
    text: str = "text"
    style: str = ""


class ListView:
    """Rows in a list. The table has to be notified of changes of `keys` and `rows`."""

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self.keys = list(keys)
        self.rows: dict[int, Row] = {}
        self.asked = 0
        """How often the table has called a method of the view."""

    def __len__(self) -> int:
        return len(self.keys)

    def key_at(self, index: int) -> int:
        self.asked += 1
        assert index >= 0
        return self.keys[index]

    def row_at(self, index: int) -> Row:
        self.asked += 1
        key = self.keys[index]
        return self.rows.setdefault(key, Row(key))

    def index_of(self, key: int) -> int | None:
        self.asked += 1
        return self.keys.index(key) if key in self.keys else None


STEPS = (Step("key", 8), Step("text", 1000))
"""The widths of `columns`."""


def columns() -> list[Column[Row]]:
    return [
        Column("key", "Key", lambda row, _width: Text(f"row {row.key}")),
        Column("text", "Text", lambda row, _width: Text(row.text, row.style), grows=True),
    ]


class TableApp(ThemedApp):
    """One table. With `size=(40, 12)` it shows ten rows below a free line."""

    CSS = "LiveTable { dock: bottom; height: 11; }"

    def __init__(self, table: LiveTable[Any, Any], css: str = "") -> None:
        if css:
            self.CSS = css
        super().__init__()
        self.table = table
        self.highlighted: list[Any] = []
        self.selected: list[Any] = []
        self.headers: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    @on(LiveTable.Highlighted)
    def _highlighted(self, message: LiveTable.Highlighted) -> None:
        assert message.control is self.table
        self.highlighted.append(message.key)

    @on(LiveTable.Selected)
    def _selected(self, message: LiveTable.Selected) -> None:
        assert message.control is self.table
        self.selected.append(message.key)

    @on(LiveTable.HeaderSelected)
    def _header_selected(self, message: LiveTable.HeaderSelected) -> None:
        assert message.control is self.table
        self.headers.append(message.column_id)


def painted(table: LiveTable[Any, Any]) -> list[str]:
    """Return the text of the table's lines on the screen."""
    return [strip.text for strip in table.render_lines(table.size.region)]


def cursor_line(table: LiveTable[Any, Any]) -> int | None:
    """Return the cursor's line on the screen, counted below the header; None where it is not visible."""
    wanted = f"row {table.cursor_key} "
    found = [line for line, text in enumerate(painted(table)[1:]) if text.startswith(wanted)]
    return found[0] if found else None


def count_lines(table: LiveTable[Any, Any]) -> list[int]:
    """Return a list to which the number of each line to repaint is appended from now on."""
    lines: list[int] = []
    refresh: Callable[..., Any] = table.refresh

    def counting(*regions: Region, **options: bool) -> Any:
        for region in regions or (table.size.region,):
            lines.extend(region.line_range)
        return refresh(*regions, **options)

    vars(table)["refresh"] = counting  # counting rendered lines would not do: Textual renders all lines and sends these
    return lines


ROWS = 10
"""The number of rows that `running_table` shows."""


class RunningTable:
    """A table in a running app, with its view."""

    def __init__(self, app: TableApp, view: ListView, pilot: Pilot[None]) -> None:
        self.app = app
        self.view = view
        self.table: LiveTable[int, Row] = app.table
        self.pilot = pilot

    async def show(self, keys: Iterable[int]) -> None:
        self.view.keys = list(keys)
        self.table.refresh_view(None, moved=True)
        await self.pilot.pause()

    async def wheel(self, lines: int) -> None:
        self.app.scroll_sensitivity_y = abs(lines)
        await self.mouse(events.MouseScrollDown if lines > 0 else events.MouseScrollUp, line=4)

    async def mouse(self, *kinds: type[events.MouseEvent], line: int) -> None:
        """Post mouse events on a line below the header."""
        x, y = self.table.region.x + 3, self.table.region.y + 1 + line
        for kind in kinds:
            self.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await self.pilot.pause()

    def check_painted(self) -> None:
        """Check that the screen shows the view from the top."""
        top = self.table.scroll_offset.y
        expected = [f"row {key}" for key in self.view.keys[top : top + ROWS]]
        assert [text[:8].rstrip() for text in painted(self.table)[1:]] == expected + [""] * (ROWS - len(expected))


@asynccontextmanager
async def running_table(keys: Iterable[int] = (), **options: Any) -> AsyncIterator[RunningTable]:
    view = ListView(keys)
    app = TableApp(LiveTable(columns(), STEPS, view, **options))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        yield RunningTable(app, view, pilot)
