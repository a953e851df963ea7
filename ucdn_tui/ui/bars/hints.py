"""Hints: one line for new users, hidden after a while, and for good once its action was used."""

from collections.abc import Callable
from typing import NamedTuple

from textual.widgets import Static

from ucdn_tui.i18n import N_, _
from ucdn_tui.ui.ui_state import StateFile

SECONDS = 20
"""How long a hint is shown."""


class Hint(NamedTuple):
    """A sentence about some actions. `name` is stored in the state file."""

    name: str
    text: str
    """A template for the keys of `_KEYS`."""

    actions: frozenset[str]
    """Using one of these hides the hint for good."""


HINTS = (
    Hint("help", N_("{help} shows help · {commands} shows all commands"), frozenset({"help"})),
    Hint(
        "filter",
        N_("{filter} filters tasks by any of their URLs · {failed} shows failed · {all} shows all"),
        frozenset({"filter"}),
    ),
    Hint(
        "copy",
        N_("{copy} copies URLs or a support report · {export} exports the list to a file"),
        frozenset({"copy", "export"}),
    ),
    Hint(
        "verify",
        N_("{verify} asks the edges whether they serve the new content of a task or a URL"),
        frozenset({"verify"}),
    ),
    Hint(
        "flag",
        N_("{flag} flags tasks · {copy}, {open} and {export} then work on all flagged tasks"),
        frozenset({"flag"}),
    ),
)

_KEYS = {
    "help": "app.help",
    "commands": "app.palette",
    "filter": "find.type",
    "failed": "find.failure",
    "all": "find.all",
    "copy": "take.copy",
    "export": "take.export",
    "open": "take.open",
    "flag": "find.mark",
    "verify": "edge.verify",
}
"""Binding ids by their name in a hint."""


def hint_text(hint: Hint, key: Callable[[str], str]) -> str:
    """Return the sentence; `key` returns the key of a binding id, as displayed."""
    return _(hint.text).format(**{name: key(binding_id) for name, binding_id in _KEYS.items()})


class HintLine(Static):
    """Shows the first hint that the user may still need."""

    DEFAULT_CSS = """
    HintLine {
        height: 1; padding: 0 1; display: none; background: $surface; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    HintLine.-shown { display: block; }
    """

    def __init__(self, state_file: StateFile, key: Callable[[str], str]) -> None:
        """`key` returns the key of a binding id, as displayed."""
        super().__init__(id="hint", markup=False)
        self._key = key
        self._state_file = state_file
        self._hint: Hint | None = None
        self._seconds_left = SECONDS

    def on_mount(self) -> None:
        self._hint = next((hint for hint in HINTS if self._state_file.wants_hint(hint.name)), None)
        if self._hint is not None:
            self._state_file.hint_shown(self._hint.name)
            self.update(hint_text(self._hint, self._key))
            self.add_class("-shown")

    def tick(self) -> None:
        """Hide the hint after its time. Called every second."""
        if self._hint is not None:
            self._seconds_left -= 1
            if self._seconds_left <= 0:
                self._hide()

    def done(self, action: str) -> None:
        """Record that the user ran an action; its hint is not needed any more."""
        for hint in HINTS:
            if action in hint.actions:
                self._state_file.hint_used(hint.name)
                if hint is self._hint:
                    self._hide()

    def _hide(self) -> None:
        self._hint = None
        self.remove_class("-shown")
