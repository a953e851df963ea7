"""Reads the open help."""

from support.screen.dashboard import DashboardHarness
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.help_sections import HelpRow


def help_rows(ui: DashboardHarness) -> list[HelpRow]:
    """Return the rows of all sections."""
    assert isinstance(ui.app.screen, HelpDialog)
    return [row for section in ui.app.screen.sections for row in section.rows]


def keys_of(ui: DashboardHarness, meaning: str) -> set[str]:
    """Return the keys with this description."""
    return {key for row in help_rows(ui) if row.meaning == meaning for key in row.shown.split()}
