"""Hints: one line for somebody who is new here, which vanishes by itself, and for good once it was of use."""

from typing import NamedTuple

from textual.widgets import Static

from ucdn_tui.i18n import _
from ucdn_tui.ui.ui_state import StateFile

SECONDS = 20
"""For so long a hint is shown."""


class Hint(NamedTuple):
    """What to say, and the names of the actions that make it superfluous."""

    name: str
    words: str
    actions: frozenset[str]


HINTS = (
    Hint("help", _("? shows all keys and what the words mean, ctrl+p every command."), frozenset({"help"})),
    Hint("find", _("/ finds a task by any of its URLs; 3 shows what failed, 0 all again."), frozenset({"find"})),
    Hint(
        "take",
        _("y copies URLs, or a report for the vendor's support; E writes what you see into a file."),
        frozenset({"copy", "export"}),
    ),
    Hint("mark", _("Space marks tasks: you are told when all of them are over."), frozenset({"mark"})),
)


class HintLine(Static):
    """Shows the first hint that somebody may still need."""

    DEFAULT_CSS = """
    HintLine {
        height: 1; padding: 0 1; display: none; background: $surface; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    HintLine.-shown { display: block; }
    """

    def __init__(self, state_file: StateFile) -> None:
        super().__init__(id="hint", markup=False)
        self._state_file = state_file
        self._hint: Hint | None = None
        self._left = SECONDS

    def on_mount(self) -> None:
        self._hint = next((hint for hint in HINTS if self._state_file.wants_hint(hint.name)), None)
        if self._hint is not None:
            self._state_file.hint_shown(self._hint.name)
            self.update(self._hint.words)
            self.add_class("-shown")

    def tick(self) -> None:
        """Let a second pass."""
        if self._hint is not None:
            self._left -= 1
            if self._left <= 0:
                self._vanish()

    def done(self, action: str) -> None:
        """Take notice of what somebody has done."""
        for hint in HINTS:
            if action in hint.actions:
                self._state_file.hint_used(hint.name)
                if hint is self._hint:
                    self._vanish()

    def _vanish(self) -> None:
        self._hint = None
        self.remove_class("-shown")
