"""KeyFooter: the keys of a screen at its bottom, in the user's language."""

from textual.app import ComposeResult
from textual.widgets import Footer

from ucdn_tui.i18n import _


class KeyFooter(Footer):
    """Translates the descriptions of bindings, which are written before the language is known."""

    def compose(self) -> ComposeResult:
        for key in super().compose():
            if hasattr(key, "description"):  # a FooterKey, which Textual does not export
                key.description = _(key.description)
            if isinstance(key.tooltip, str):
                key.tooltip = _(key.tooltip)
            yield key
