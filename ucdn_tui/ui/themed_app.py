"""ThemedApp: the colours of the theme."""

from dataclasses import replace

from textual.theme import BUILTIN_THEMES

from ucdn_tui.ui.terminal.app import TerminalApp
from ucdn_tui.ui.themes.colors import readable_variables

_LIGHT = replace(
    BUILTIN_THEMES["textual-light"], background="#ffffff", surface="#fafafa", panel="#e6e6e6", foreground="#1f1f1f"
)
"""Textual's own light theme is grey, which leaves little room for colours."""


class ThemedApp(TerminalApp):
    """An app whose texts are readable in every theme."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(_LIGHT)

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme, with readable colours. Called when the theme changes."""
        variables = super().get_css_variables()
        self.theme_variables = readable_variables(variables, self.current_theme, no_color=self.no_color)
        return self.theme_variables
