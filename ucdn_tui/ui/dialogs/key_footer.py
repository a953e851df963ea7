"""KeyFooter: the keys of a screen at its bottom, in the user's language."""

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Footer

from ucdn_tui.i18n import _

if TYPE_CHECKING:
    from textual.widget import Widget

_AROUND, _AROUND_COMPACT = 3, 2
"""Cells around a key and its description."""


class KeyFooter(Footer):
    """Translates the descriptions of bindings, which are written before the language is known.

    Where they are too long for the line, they are moved together; where that is not enough, the last ones are left out,
    but not Escape.
    """

    def __init__(self, *, show_command_palette: bool = True) -> None:
        super().__init__(show_command_palette=show_command_palette)
        self._cells: dict[Widget, int] = {}
        """The keys, and the width of each with its description."""
        self._escape: Widget | None = None

    def compose(self) -> ComposeResult:
        self._cells, self._escape = {}, None
        for key in super().compose():
            # A FooterKey, which Textual does not export.
            if hasattr(key, "description") and hasattr(key, "key_display"):
                key.description = _(key.description)
                self._cells[key] = cell_len(f"{key.key_display}{key.description}")
                if getattr(key, "key", "") == "escape":
                    self._escape = key
            if isinstance(key.tooltip, str):
                key.tooltip = _(key.tooltip)
            yield key
        self._fit(self.app.size.width)

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.compact = sum(self._cells.values()) + _AROUND * len(self._cells) > width
        around = _AROUND_COMPACT if self.compact else _AROUND
        room = width + 1  # nothing follows the last one
        if any(key.has_class("-command-palette") for key in self._cells):
            room -= 2  # it has a border, and a space at the end
        if self._escape is not None:
            room -= self._cells[self._escape] + around
        is_full = False
        for key, cells in self._cells.items():
            if key is not self._escape:
                is_full = is_full or cells + around > room
                room -= cells + around
                key.display = not is_full
