"""A table over an in-memory list, in an app that keeps what the table says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region

from ucdn_tui.ui.table.column_layout import Column
from ucdn_tui.ui.table.live_table import LiveTable


@dataclass(frozen=True)
class Row:
    key: int
    text: str = "text"
    style: str = ""


class ListView:
    """Rows in a list; `shown` may be changed at will, the table must be told."""

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self.keys = list(keys)
        self.rows: dict[int, Row] = {}
        self.asked = 0
        """How often a table has asked for a key, a row, or a place."""

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


def columns() -> list[Column[Row]]:
    return [
        Column("key", "Key", 8, lambda row, _width: Text(f"row {row.key}")),
        Column("text", "Text", 10, lambda row, _width: Text(row.text, row.style), min_width=2, grow=1),
    ]


class TableApp(App[None]):
    """One table; with `size=(40, 12)` it shows ten rows, and a line is left above it."""

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
    """Return the text of the table's lines as they are on the screen."""
    return [strip.text for strip in table.render_lines(table.size.region)]


def cursor_line(table: LiveTable[Any, Any]) -> int | None:
    """Return the cursor's line on the screen, counted below the header; None when it is out of sight."""
    wanted = f"row {table.cursor_key} "
    found = [line for line, text in enumerate(painted(table)[1:]) if text.startswith(wanted)]
    return found[0] if found else None


def count_lines(table: LiveTable[Any, Any]) -> list[int]:
    """Return a list that will get the number of every line that is to be painted again from now on."""
    lines: list[int] = []
    refresh: Callable[..., Any] = table.refresh

    def counting(*regions: Region, **options: bool) -> Any:
        for region in regions or (table.size.region,):
            lines.extend(region.line_range)
        return refresh(*regions, **options)

    vars(table)["refresh"] = counting  # Textual renders a widget's other lines, too, and sends only these
    return lines
