"""Commands: all that can be done on the dashboard, as the help, the palette and the line of keys name it."""

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
    "watch.refresh",
    "take.copy",
    "find.sort",
    "watch.window",
    "app.help",
    "app.leave",
    "app.palette",
)
"""The ids in the line of keys, as people look for them."""

_LASTING = frozenset({"app.help", "app.leave"})
"""Those that stay when room is short."""


class Commands:
    """Knows the bindings of the screen, of its two lists and of the program, and whose action each of them is."""

    def __init__(self, screen: Screen[None], tasks: TaskPane, details: UrlPane, keymap: Mapping[str, str]) -> None:
        """`keymap` has the keys that somebody likes better, by the ids of what they do."""
        self._screen = screen
        self._tasks = tasks
        self._details = details
        self._keymap = keymap

    def help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the keys in sections, each with its title; the keys as people know them, and what they do."""
        return [
            (title, [(self._keys(binding), binding.tooltip or binding.description) for binding in section])
            for title, section in sections()
        ]

    def hints(self) -> list[KeyHint]:
        """Return the keys to name at the bottom: while something is typed, those that end that."""
        if isinstance(self._screen.focused, Input):
            shown = bindings.FILTER_BAR
        else:
            shown = [binding for binding in bindings.ALL if is_named(binding)]
        return [
            KeyHint(
                self._keys(binding).split()[0],
                binding.description,
                partial(self._screen.app.run_action, binding.action, self.owner(binding)),
                lasting=binding.id in _LASTING,
            )
            for binding in sorted(shown, key=_importance)
        ]

    def owner(self, binding: Binding) -> DOMNode:
        """Return whose action a binding is."""
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
    """Return whether the line of keys has it; Textual's own footers name the palette by themselves."""
    return binding.show or binding.id == "app.palette"


def _importance(binding: Binding) -> int:
    return _BY_IMPORTANCE.index(binding.id) if binding.id in _BY_IMPORTANCE else 0
