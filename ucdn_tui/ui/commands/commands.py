"""Commands: the dashboard's bindings for the help, the palette and the key line."""

from collections.abc import Mapping
from functools import partial

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from ucdn_tui.ui.bars.key_line import KeyHint
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.keys.keymap import sections, shown_keys
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane

_BY_IMPORTANCE = (
    "find.type",
    "table.pane",
    "table.zoom",
    "watch.refresh",
    "take.copy",
    "find.sort",
    "watch.window",
    "app.help",
    "app.leave",
    "app.palette",
)
"""The ids in the key line, most important first."""

_PINNED = frozenset({"app.help", "app.leave"})
"""The ids that stay in the key line when room is short."""


class Commands:
    """Finds the displayed keys and the target of each binding."""

    def __init__(self, screen: Screen[None], tasks: TaskPane, details: UrlPane, keymap: Mapping[str, str]) -> None:
        """`keymap` has the user's own keys, by binding id."""
        self._screen = screen
        self._tasks = tasks
        self._details = details
        self._keymap = keymap

    def help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the help's sections: each a title, and the keys with their descriptions."""
        return [
            (title, [(self._keys(binding), binding.tooltip or binding.description) for binding in section])
            for title, section in sections()
        ]

    def hints(self) -> list[KeyHint]:
        """Return the hints of the key line; while the user types, those that end typing."""
        if isinstance(self._screen.focused, Input):
            shown = bindings.FILTER_BAR
        else:
            shown = [binding for binding in bindings.ALL if is_named(binding)]
        return [
            KeyHint(
                self._keys(binding).split()[0],
                binding.description,
                partial(self._screen.app.run_action, binding.action, self.owner(binding)),
                pinned=binding.id in _PINNED,
            )
            for binding in sorted(shown, key=_importance)
        ]

    def owner(self, binding: Binding) -> DOMNode:
        """Return the node that has a binding's action."""
        details = self._details
        if binding in bindings.APP:
            return self._screen.app
        if binding in bindings.FILTER_BAR:
            return (details if details.filter_bar.typing else self._tasks).filter_bar
        if binding in bindings.TASK_PANE:
            return self._tasks
        if binding in bindings.PANE:
            return details if details.has_focus_within else self._tasks
        return self._screen

    def _keys(self, binding: Binding) -> str:
        return shown_keys(self._screen.app, binding, self._keymap)


def is_named(binding: Binding) -> bool:
    """Return whether the key line has it. The palette has `show=False`, as Textual's footers add it themselves."""
    return binding.show or binding.id == "app.palette"


def _importance(binding: Binding) -> int:
    return _BY_IMPORTANCE.index(binding.id) if binding.id in _BY_IMPORTANCE else 0
