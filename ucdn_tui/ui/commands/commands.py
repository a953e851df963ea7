"""Commands: the dashboard's bindings for the help, the palette and the key line."""

from collections.abc import Collection, Mapping
from functools import partial

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from ucdn_tui.api.models import Phase, Status
from ucdn_tui.i18n import _
from ucdn_tui.ui.bars.key_line import KeyHint
from ucdn_tui.ui.commands import key_lines
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.keys.user_keys import sections, shown_keys
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane


class Commands:
    """Finds the displayed keys and the target of each binding."""

    def __init__(
        self,
        screen: Screen[None],
        tasks: TaskPane,
        details: UrlPane,
        keymap: Mapping[str, str],
        left_out: Collection[str] = (),
    ) -> None:
        """`keymap` has the user's own keys, by binding id. `left_out`: ids of what cannot be done here."""
        self.bindings = [binding for binding in bindings.ALL if binding.id not in left_out]
        self._screen = screen
        self._tasks = tasks
        self._details = details
        self._keymap = keymap

    def help(self) -> dict[str, tuple[str, list[tuple[str, str]]]]:
        """Return the help's sections by the first part of their ids: a title, and the keys with their descriptions."""
        return {
            part: (title, [(self.keys(binding), _(binding.tooltip or binding.description)) for binding in section])
            for part, (title, section) in sections(self.bindings).items()
        }

    def hints(self) -> list[KeyHint]:
        """Return the hints of the key line for the focused list or filter box."""
        by_id = {binding.id: binding for binding in self.bindings}
        return [
            KeyHint(
                self.key(name),
                _(word),
                partial(self._screen.app.run_action, by_id[name].action, self.owner(by_id[name])),
                pinned=name in key_lines.PINNED,
            )
            for name, word in self._words().items()
            if name in by_id
        ]

    def _words(self) -> Mapping[str, str]:
        """Return the ids and words of the key line."""
        if isinstance(self._screen.focused, Input):
            return key_lines.FILTER_BOX
        inside = self._details.has_focus_within
        words = key_lines.URL_LIST if inside else key_lines.TASK_LIST
        is_filtered = (self._details if inside else self._tasks).criteria
        if not self.can_verify:
            words = {name: word for name, word in words.items() if name != "edge.verify"}
        return {**key_lines.CLEAR, **words, **key_lines.CLEAR} if is_filtered else words

    @property
    def can_verify(self) -> bool:
        """Whether the selected task, or URL, has ended, so that the edges have something to tell of it."""
        if self._details.table.has_focus:
            url = self._details.selected
            return url is not None and url.status in (Status.SUCCESS, Status.FAILURE)
        task = self._details.shown
        return task is not None and task.phase is Phase.SETTLED

    def key(self, name: str) -> str:
        """Return the first key of a binding id, as displayed."""
        return self.keys(next(binding for binding in bindings.ALL if binding.id == name)).split()[0]

    def owner(self, binding: Binding) -> DOMNode:
        """Return the node that has a binding's action."""
        details = self._details
        if binding in bindings.APP:
            return self._screen.app
        if binding in bindings.FILTER_BAR:
            return (details if details.filter_bar.typing else self._tasks).filter_bar
        if binding in bindings.TABLE:
            return details.table if details.has_focus_within else self._tasks.table
        if binding in bindings.TASK_PANE:
            return self._tasks
        if binding in bindings.PANE:
            return details if details.has_focus_within else self._tasks
        return self._screen

    def keys(self, binding: Binding) -> str:
        """Return a binding's keys as displayed."""
        return shown_keys(self._screen.app, binding, self._keymap)
