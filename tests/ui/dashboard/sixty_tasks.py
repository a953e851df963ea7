"""The names of sixty tasks, and which of them is selected."""

from support.screen.dashboard import DashboardHarness

NAMES = [f"task-{number:02d}" for number in range(60)]


def selected_index(ui: DashboardHarness) -> int | None:
    """Return the index of the selected task."""
    return ui.dashboard.tasks.cursor_index
