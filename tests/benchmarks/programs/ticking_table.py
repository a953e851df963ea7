"""A bare Textual app that does once a second what a list of running tasks does: a cell of each row changes."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

READY = "rows, ticking"
"""The head of its last column."""


class TickingTable(App[None]):
    """So many rows, each with the time for which it has run."""

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
    """Run it, with as many rows as the command line asks for, until it is killed."""
    TickingTable(int(sys.argv[1])).run()
