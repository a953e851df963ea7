"""The menu of themes: those that bring colours of their own, and those that take the terminal's."""

from collections.abc import Iterable

from textual.theme import Theme

from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs.picker import Choice, Picker


def theme_menu(themes: Iterable[Theme], current: str) -> Picker:
    """Return the menu; what is picked is a theme's name."""
    usual = sorted(themes, key=lambda theme: not theme.name.startswith(("textual", "ansi")))
    return Picker(_("Theme"), [Choice(theme.name, theme.name, _note(theme)) for theme in usual], current=current)


def _note(theme: Theme) -> str:
    ground = _("dark") if theme.dark else _("light")
    return _("{ground}, the terminal's own colours").format(ground=ground) if theme.ansi else ground
