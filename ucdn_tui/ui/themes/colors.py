"""The colours of a theme, changed as little as makes every text readable and every status distinct."""

from collections.abc import Mapping, Sequence

from textual.color import Color
from textual.theme import Theme

from ucdn_tui.ui.themes.contrast import BLACK, TEXT, WHITE, Rgb, Shown, difference, mix, of_all, readable

DIM = 65
"""Percentage of black or white in dimmed text. Where black or white has a contrast of 9, its own is at least 4.5."""

_BACKGROUND = 10.0
"""Minimum contrast of black or white with a background. Below it, only pastels could be read there."""

_CURSOR = 9.0
"""The same for the highlighted line of a menu or table, which may be more colourful."""

_SCROLL_BAR = 3.0
"""Minimum contrast of a scroll bar with its track (WCAG AA for what is no text)."""

_BACKGROUNDS = ("background", "surface", "panel")
_TEXTS = ("foreground", "text-secondary", "text-accent")
_SCROLL_BARS = ("scrollbar", "scrollbar-hover", "scrollbar-active")
_FOOTER_TEXTS = ("footer-foreground", "footer-key-foreground", "footer-description-foreground")

_CANDIDATES = {
    "text-success": ("success", "#3fb950"),
    "text-warning": ("warning", "#e3b341"),
    "text-primary": ("primary", "secondary", "#4aa5f0"),
}
"""The colours of what succeeded, waits and runs: a theme's own, or the last one where it looks like another status."""

_DIFFERENCE = 25.0
"""Minimum difference of the colours of two statuses."""

_DIFFERENCE_FROM_ERROR = 40.0
"""The same where one of them is failed: some themes have warnings in orange, or run in pink."""

# The terminal's own colours. Its blue on black, and its yellow, cyan and bright red on white, can hardly be read.
_ANSI_DARK = {
    "primary": "ansi_cyan",
    "text-primary": "ansi_cyan",
    "text-error": "ansi_bright_red",
    "scrollbar": "ansi_white",
    "scrollbar-hover": "ansi_bright_white",
    "scrollbar-active": "ansi_bright_white",
}
_ANSI_LIGHT = {
    "warning": "ansi_magenta",
    "text-warning": "ansi_magenta",
    "scrollbar": "ansi_blue",
}


OWN_VARIABLES = {"bad-style": "bold", "dim": "dim"}
"""Variables that Textual does not know, with values for any theme.

`$bad-style` is the text style of what failed. `$dim` is dimmed text in Content, with the percentage `DIM`.
"""


def readable_variables(
    variables: Mapping[str, str], theme: Theme, *, no_color: bool = False, shown: Shown = of_all
) -> dict[str, str]:
    """Return the CSS variables that Textual made of a theme, with readable colours, and some of our own.

    Raises KeyError or ColorParseError where a variable is missing or is no colour.
    """
    if theme.ansi:
        return {**variables, **(_ANSI_DARK if theme.dark else _ANSI_LIGHT), **OWN_VARIABLES}
    colors = _Colors(variables, no_color=no_color, shown=shown)
    backgrounds = {name: colors.below(_auto(colors["background"]), name, _BACKGROUND) for name in _BACKGROUNDS}
    focused = mix(backgrounds["surface"], colors["foreground"], 0.05)
    below = [*backgrounds.values(), focused]
    texts = {name: colors.on(below, name) for name in _TEXTS}
    text = texts["foreground"]
    changed = {
        **backgrounds,
        "panel-lighten-1": backgrounds["panel"],  # behind toasts
        **texts,
        **(dict.fromkeys(("text-error", *_CANDIDATES), text) if no_color else _statuses(colors, text, below)),
        **_cursors(colors, backgrounds["surface"]),
        **{name: colors.on([colors["scrollbar-background"]], name, _SCROLL_BAR) for name in _SCROLL_BARS},
        **{name: colors.on([colors["footer-background"]], name) for name in _FOOTER_TEXTS},
        "error-muted": colors.below(text, "error-muted", TEXT),
    }
    return {
        **variables,
        **{name: Color(*color).hex for name, color in changed.items()},
        "text-muted": f"auto {DIM}%",
        "text-disabled": f"auto {DIM}%",  # also that of an empty input
        "bad-style": "bold reverse" if no_color else "bold",
        "dim": "auto",
    }


class _Colors:
    """The colours of CSS variables, as they look on the theme's background."""

    def __init__(self, variables: Mapping[str, str], *, no_color: bool, shown: Shown) -> None:
        self._variables = variables
        self._no_color = no_color
        self._shown = shown

    def __getitem__(self, name: str) -> Rgb:
        """Return the colour of a variable, or of any value that begins with `#`."""
        color = self._parse("background") + self._parse(name)
        return (color.monochrome if self._no_color else color).rgb

    def on(self, backgrounds: Sequence[Rgb], name: str, minimum: float = TEXT) -> Rgb:
        """Return the colour, changed until it has this contrast with each of these backgrounds."""
        return readable(self[name], backgrounds, minimum, self._shown)

    def below(self, text: Rgb, name: str, minimum: float) -> Rgb:
        """Return the background of this name, changed until a text has this contrast on it."""
        return readable(self[name], [text], minimum, self._shown)

    def _parse(self, name: str) -> Color:
        return Color.parse(name if name.startswith("#") else self._variables[name])


def _auto(background: Rgb) -> Rgb:
    """Return what `auto` means in CSS on this background: black or white."""
    return WHITE if Color(*background).brightness < 0.5 else BLACK


def _cursors(colors: _Colors, surface: Rgb) -> dict[str, Rgb]:
    """Return the colours of the highlighted line, in the focused widget and in others."""
    text = _auto(colors["block-cursor-background"])
    blurred = Color(*mix(surface, colors["primary"], 0.3)).hex
    return {
        "block-cursor-foreground": text,
        "block-cursor-background": colors.below(text, "block-cursor-background", _CURSOR),
        "block-cursor-blurred-foreground": _auto(surface),
        "block-cursor-blurred-background": colors.below(_auto(surface), blurred, _CURSOR),
    }


def _statuses(colors: _Colors, text: Rgb, below: Sequence[Rgb]) -> dict[str, Rgb]:
    """Return the colours of the statuses. `text` is that of an unknown one."""
    hue = Color(*colors["error"]).hsl.h
    failed = colors.on(below, Color.from_hsl(hue, 1.0, 0.5).hex)  # a pure red: the loudest
    chosen = {"text-error": failed}
    others = [text]

    def distinctness(color: Rgb) -> float:
        from_failed = difference(color, failed) * _DIFFERENCE / _DIFFERENCE_FROM_ERROR
        return min(from_failed, *(difference(color, other) for other in others))

    for name, candidates in _CANDIDATES.items():
        suggested = [colors.on(below, candidate) for candidate in candidates]
        distinct = (color for color in suggested if distinctness(color) >= _DIFFERENCE)
        chosen[name] = next(distinct, max(suggested, key=distinctness))
        others.append(chosen[name])
    return chosen
