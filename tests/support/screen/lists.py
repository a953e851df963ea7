"""What the two lists and their filter bars show."""

import re
from typing import Any

from textual.widgets import Static

from support.screen.dashboard import DashboardHarness, text_of
from ucdn_tui.ui.table.live_table import LiveTable


def names_in(rows: list[str]) -> list[str]:
    """Return the names of tasks in rows, as given to `add`."""
    return [match[1] for row in rows if (match := re.search(r"([^\s/]+?)-\d+\.jpg", row))]


def url_numbers(ui: DashboardHarness) -> list[int]:
    """Return the numbers of the listed URLs, from the top."""
    return [int(match[1]) for row in ui.urls() if (match := re.search(r"-(\d+)\.jpg", row))]


def filter_summary(ui: DashboardHarness, *, of_urls: bool = False) -> str:
    """Return what a list's filter bar shows after the text; "" where the bar is hidden."""
    bar = ui.dashboard.query_one("#url-filter" if of_urls else "#task-filter")
    return text_of(bar.query_one("#found", Static)) if bar.display else ""


def highlighted(table: LiveTable[Any, Any]) -> list[str]:
    """Return the texts below the header that are painted in the style of a match, from the top."""
    strips = table.render_lines(table.size.region)[1:]
    return [segment.text for strip in strips for segment in strip if segment.style and segment.style.underline]
