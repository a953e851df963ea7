"""The menus of time ranges and of themes."""

from collections.abc import Iterable

from textual.theme import Theme

from ucdn_tui.durations import LONGEST_WINDOW, can_be_window, format_duration, parse_duration
from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs.picker import Choice, Picker

WINDOWS = ("15m", "1h", "6h", "24h", "3d", "7d")


def time_range_menu(window: float) -> Picker:
    """Return the menu. The picked id is a duration for `parse_duration`; `window` is the current one, in seconds."""
    choices = [Choice(window, _("last {window}").format(window=window)) for window in WINDOWS]
    return Picker(
        _("Time range"),
        choices,
        current=format_duration(window),
        typed=_typed_range,
        placeholder=_("Tab: other, such as 90m, 36h, 14d"),
    )


def _typed_range(text: str) -> str:
    """Return the duration in its usual form; raise ValueError with a sentence for the user."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise ValueError(_("Not a duration. Try 90m, 36h or 14d.")) from None
    if not can_be_window(seconds):
        raise ValueError(_("Choose a duration from 1s to {longest}.").format(longest=format_duration(LONGEST_WINDOW)))
    return format_duration(seconds)


def theme_menu(themes: Iterable[Theme], current: str) -> Picker:
    """Return the menu. The picked id is a theme's name."""
    common_first = sorted(themes, key=lambda theme: not theme.name.startswith(("textual", "ansi")))
    choices = [Choice(theme.name, theme.name, _theme_note(theme)) for theme in common_first]
    return Picker(_("Theme"), choices, current=current)


def _theme_note(theme: Theme) -> str:
    if theme.ansi:
        return _("dark, the terminal's own colors") if theme.dark else _("light, the terminal's own colors")
    return _("dark") if theme.dark else _("light")
