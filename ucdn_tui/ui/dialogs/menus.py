"""The menus of time ranges and of themes."""

from collections.abc import Iterable

from textual.theme import Theme

from ucdn_tui.durations import LONGEST_WINDOW, can_be_window, format_duration, parse_duration
from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs.picker import Choice, Picker

WINDOWS = ("15m", "1h", "6h", "24h", "3d", "7d")


def time_range_menu(window: float) -> Picker:
    """Return the menu; what is picked is a span as `parse_duration` takes it. `window` (seconds) is the present one."""
    choices = [Choice(window, _("the last {window}").format(window=window)) for window in WINDOWS]
    return Picker(
        _("Window"),
        choices,
        current=format_duration(window),
        typed=_typed_range,
        placeholder=_("or another one: 90m, 36h, 14d"),
    )


def _typed_range(text: str) -> str:
    """Return the span as people write it; raises ValueError with a sentence."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise ValueError(_("That is no span of time: write 90m, 36h or 14d.")) from None
    if not can_be_window(seconds):
        raise ValueError(_("Take something from 1s to {longest}.").format(longest=format_duration(LONGEST_WINDOW)))
    return format_duration(seconds)


def theme_menu(themes: Iterable[Theme], current: str) -> Picker:
    """Return the menu; what is picked is a theme's name."""
    usual = sorted(themes, key=lambda theme: not theme.name.startswith(("textual", "ansi")))
    return Picker(_("Theme"), [Choice(theme.name, theme.name, _theme_note(theme)) for theme in usual], current=current)


def _theme_note(theme: Theme) -> str:
    ground = _("dark") if theme.dark else _("light")
    return _("{ground}, the terminal's own colours").format(ground=ground) if theme.ansi else ground
