"""The menus of time ranges and of themes."""

from collections.abc import Callable, Iterable

from textual.theme import Theme

from ucdn_tui.duration_words import LONGEST_WINDOW, can_be_window, format_duration, parse_duration, whole_duration
from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs.picker import Choice, Picker

WINDOWS = ("15m", "1h", "6h", "24h", "3d", "7d")


def time_range_menu(window: float) -> Picker:
    """Return the menu. The picked id is a duration for `parse_duration`; `window` is the current one, in seconds."""
    choices = [
        Choice(window, _("last {window}").format(window=whole_duration(parse_duration(window)))) for window in WINDOWS
    ]
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


def theme_menu(themes: Iterable[Theme], current: str, preview: Callable[[str], object]) -> Picker:
    """Return the menu. The picked id is a theme's name; `preview` is called with that of the highlighted one."""
    ours = {
        "textual-dark": _("Dark"),
        "textual-light": _("Light"),
        "ansi-dark": _("Terminal colors (dark)"),
        "ansi-light": _("Terminal colors (light)"),
    }
    named = {theme.name: theme for theme in themes}
    common_first = [*filter(named.get, ours), *(name for name in named if name not in ours)]
    choices = [Choice(name, ours.get(name) or _own_name(name), _theme_note(named[name])) for name in common_first]
    return Picker(_("Theme"), choices, current=current, preview=preview)


def _own_name(name: str) -> str:
    """Return how a theme calls itself: `Rose Pine Moon`."""
    return name.replace("-", " ").title()


def _theme_note(theme: Theme) -> str:
    if theme.name.startswith(("textual", "ansi")):
        return theme.name
    return _("dark") if theme.dark else _("light")
