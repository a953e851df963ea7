"""Copying and saving by the menu that `y` opens."""

from pathlib import Path

from textual.widgets import OptionList

from support.screen.dashboard import DashboardHarness
from support.screen.notifications import Notifications
from ucdn_tui.ui.dialogs.picker import Picker


def menu(ui: DashboardHarness) -> dict[str, str]:
    """Return the choices of the open menu: the line of each id."""
    assert isinstance(ui.app.screen, Picker)
    options = ui.app.screen.query_one(OptionList).options
    return {option.id or "": str(option.prompt) for option in options}


async def take(ui: DashboardHarness, name: str, key: str = "enter") -> None:
    """Open the menu, and pick a choice by its id."""
    await ui.press("y")
    index = list(menu(ui)).index(name)
    await ui.press(*["j"] * index, key)
    assert ui.app.screen is ui.dashboard


async def written(ui: DashboardHarness, notifications: Notifications) -> Path:
    """Wait until a file is written; return its path from the toast, and drop the toast."""
    await ui.settle(lambda: any(" written to " in words for words in notifications.words()))
    heading, words, severity = notifications.toasts.pop()
    assert (heading, severity) == ("", "information")
    name, written, folder = words.rpartition(" written to ")
    assert written
    return Path(folder, name)
