"""ThemedApp: which theme is used, and its colours: the user's choice, or what fits the terminal."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.color import ColorParseError
from textual.theme import Theme

from ucdn_tui.ui.terminal.app import TerminalApp
from ucdn_tui.ui.terminal.background import may_be_asked, seems_light
from ucdn_tui.ui.themes.colors import OWN_VARIABLES, readable_variables
from ucdn_tui.ui.themes.contrast import Shown, of_256, of_all
from ucdn_tui.ui.themes.own_themes import LIGHT

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.picker import Picked

log = logging.getLogger(__name__)


class ThemedApp(TerminalApp):
    """An app whose texts are readable in every theme, and whose theme fits the terminal until the user chooses one."""

    def __init__(self) -> None:
        # Before the constructor of App, which calls get_css_variables.
        self.shown_color: Shown = of_all
        """What the terminal shows for a colour."""

        super().__init__()
        self.register_theme(LIGHT)
        self._has_few_colors = False
        """Whether only the ANSI themes are usable: other ones would lose their colours in a terminal of 16."""

        self._chosen: Theme | None = None
        self._follows_terminal = False

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme, with readable colours. Called when the theme changes."""
        variables = super().get_css_variables()
        try:
            self.theme_variables = readable_variables(
                variables, self.current_theme, no_color=self.no_color, shown=self.shown_color
            )
        except (KeyError, ColorParseError) as error:  # of a theme, or a Textual release, that we do not know
            log.warning("theme %s: colours stay as they are: %s", self.theme, type(error).__name__)
            self.theme_variables = {**variables, **OWN_VARIABLES}
        return self.theme_variables

    def use_saved_theme(self, name: str) -> None:
        """Use the theme that the user chose at an earlier start, if there is one."""
        self._chosen = self.get_theme(name)
        if self._chosen is not None:
            self.theme = self._chosen.name

    def fit_theme(self, environ: Mapping[str, str]) -> None:
        """Use the chosen theme, or a default as light if the terminal cannot show it; else one that fits.

        Called before the app runs.
        """
        self._has_few_colors = not self.no_color and self.console.color_system == "standard"
        self.shown_color = of_256 if self.console.color_system == "256" else of_all
        chosen = self._chosen or self.get_theme(environ.get("TEXTUAL_THEME", ""))
        if chosen is None:
            self._follows_terminal = True
            self._use(dark=not seems_light(environ))
            if may_be_asked(environ):
                self.ask_for_background()
        elif chosen not in self._usable_themes():
            self._use(dark=chosen.dark)
        self.stylesheet.set_variables(self.get_css_variables())

    def background_known(self, *, is_light: bool) -> None:
        if self._follows_terminal:
            self._use(dark=not is_light)

    def _use(self, *, dark: bool) -> None:
        self.theme = f"{'ansi' if self._has_few_colors else 'textual'}-{'dark' if dark else 'light'}"

    def _usable_themes(self) -> list[Theme]:
        themes = self.available_themes.values()
        if self.no_color:  # Textual would paint the terminal's own colours black on black
            return [theme for theme in themes if not theme.ansi]
        return [theme for theme in themes if theme.ansi or not self._has_few_colors]

    def action_change_theme(self) -> None:
        """Open the menu. It applies the highlighted theme at once."""
        from ucdn_tui.ui.dialogs.menus import theme_menu

        before = self.theme
        self._follows_terminal = False

        def closed(picked: "Picked | None") -> None:
            self._show_theme(before if picked is None else picked.id)
            if picked is not None:
                self.save_theme(picked.id)

        self.push_screen(theme_menu(self._usable_themes(), before, self._show_theme), closed)

    def _show_theme(self, name: str) -> None:
        self.theme = name

    def save_theme(self, name: str) -> None:
        """Use this theme at the next start. Called when the user has chosen it."""
        raise NotImplementedError
