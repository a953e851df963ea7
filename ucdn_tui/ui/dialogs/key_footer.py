"""KeyFooter: the keys of a screen at its bottom, in the user's language."""

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Footer

from ucdn_tui.i18n import _

_AROUND = 3
"""Cells around a key and its description."""


class KeyFooter(Footer):
    """Translates the descriptions of bindings, which are written before the language is known.

    Where they are too long for the line, they are moved together.
    """

    _cells = 0
    """The width of the keys with the usual spaces."""

    def compose(self) -> ComposeResult:
        self._cells = 0
        for key in super().compose():
            # A FooterKey, which Textual does not export.
            if hasattr(key, "description") and hasattr(key, "key_display"):
                key.description = _(key.description)
                self._cells += cell_len(f"{key.key_display}{key.description}") + _AROUND
            if isinstance(key.tooltip, str):
                key.tooltip = _(key.tooltip)
            yield key
        self._fit(self.app.size.width)

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.compact = self._cells > width
