"""A bare Textual app that changes a cell of each row every second, like a list of running tasks."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

READY = "rows, ticking"
"""Label of the last column."""


class TickingTable(App[None]):
    """A table whose rows show their run time."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows
        self._seconds = 0

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for name in ("status", "progress", "URLs", "time", READY):
            table.add_column(name, key=name)
        for number in range(self._rows):
            url = f"https://static.example.com/assets/{number}.js"
            table.add_row("process", "━━━━━━━━ 50%", "5/10", "0:00:00", url, key=str(number))
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self._seconds += 1
        table = self.query_one(DataTable)
        for number in range(self._rows):
            table.update_cell(str(number), "time", _clock(self._seconds + number))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def main() -> None:
    """Run the app with the number of rows from the command line until it is killed."""
    TickingTable(int(sys.argv[1])).run()
