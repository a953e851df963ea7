"""A Textual app with two small tables: the baseline for the first frame of a dashboard."""

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable, Static

READY = "two tables, ready"
"""Text at the bottom of the first frame."""

TASKS, URLS = 30, 10


class TwoTables(App[None]):
    """Tasks on the left, the URLs of one of them on the right, a line above and a line below."""

    CSS = """
    Static { height: 1; }
    Horizontal { height: 1fr; }
    DataTable { width: 1fr; height: 100%; }
    """

    def compose(self) -> ComposeResult:
        yield Static("30 tasks")
        with Horizontal():
            yield DataTable(id="tasks", cursor_type="row")
            yield DataTable(id="urls", cursor_type="row")
        yield Static(READY)

    def on_mount(self) -> None:
        tasks = self.query_one("#tasks", DataTable)
        tasks.add_columns("status", "kind", "progress", "created", "first URL")
        for number in range(TASKS):
            url = f"https://static.example.com/assets/{number}.js"
            tasks.add_row("process", "refresh", f"{number} %", f"12:{number:02}", url)
        urls = self.query_one("#urls", DataTable)
        urls.add_columns("status", "progress", "URL")
        for number in range(URLS):
            urls.add_row("wait", "0 %", f"https://static.example.com/assets/{number}.css")


def main() -> None:
    """Run the app until it is killed."""
    TwoTables().run()
