"""Taking things away as a person does: from the menu that `y` opens, and with an eye on what is told of it."""

from pathlib import Path

from textual.widgets import OptionList

from support.screen.dashboard import Watching
from support.screen.notifications import Heard
from ucdn_tui.ui.dialogs.picker import Picker


def menu(w: Watching) -> dict[str, str]:
    """Return what the open menu offers: to each id the line."""
    assert isinstance(w.app.screen, Picker)
    options = w.app.screen.query_one(OptionList).options
    return {option.id or "": str(option.prompt) for option in options}


async def take(w: Watching, name: str, key: str = "enter") -> None:
    """Open the menu, and take something by its id."""
    await w.press("y")
    index = list(menu(w)).index(name)
    await w.press(*["j"] * index, key)
    assert w.app.screen is w.dashboard


async def written(w: Watching, heard: Heard) -> Path:
    """Wait until a file is written; return its path as it was told, and forget what was."""
    await w.settle(lambda: heard.toasts)
    heading, words, severity = heard.toasts.pop()
    assert (heading, severity) == ("", "information")
    assert words.startswith("Written to ")
    return Path(words.removeprefix("Written to "))
