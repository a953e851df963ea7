"""The colours of a table: its CSS, and its named styles in every theme, on every kind of line."""

from typing import Literal

from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.widget import Widget

from ucdn_tui.ui.table.column_layout import LINK, StyleName

Look = Literal["row", "hover", "cursor", "cursor-blurred", "head", "empty"]
"""What a line is; beneath its cells' styles lies the component class of this name."""

NAMES = frozenset({"ok", "bad", "run", "wait", "odd", "dim", "bar", "bar-back", "match", "mark"})
"""What a cell's spans may ask for; any other name changes nothing."""

PREFIX = "live-table--"
COMPONENTS = {PREFIX + name for name in (*NAMES, "row", "hover", "cursor", "cursor-blurred", "head", "empty")}

# No zebra: with rows arriving above, every stripe on the screen would flip. Reverse video and underlines serve where
# backgrounds are not ours to choose (ansi) or are nothing but greys (NO_COLOR). The stable gutter keeps the columns
# from jumping when the list outgrows the screen.
CSS = """
LiveTable {
    background: $surface;
    color: $foreground;
    overflow-x: hidden;
    scrollbar-size-vertical: 1;
    scrollbar-gutter: stable;

    & > .live-table--head { background: $panel; color: $foreground; text-style: bold; }
    & > .live-table--hover { background: $foreground 6%; }
    & > .live-table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
    & > .live-table--cursor-blurred {
        background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground;
    }
    & > .live-table--empty { color: $text-muted; }

    & > .live-table--ok { color: $text-success; }
    & > .live-table--bad { color: $text-error; text-style: bold; }
    & > .live-table--run { color: $text-primary; }
    & > .live-table--wait { color: $text-warning; }
    & > .live-table--odd { color: $foreground; }
    & > .live-table--dim { color: $text-muted; }
    & > .live-table--bar { color: $text-primary; }
    & > .live-table--bar-back { color: auto 25%; }
    & > .live-table--match { text-style: bold underline; }
    & > .live-table--mark { color: $text-accent; }

    &:nocolor > .live-table--head, &:ansi > .live-table--head { text-style: bold underline; }
    &:nocolor > .live-table--cursor { background: $surface; color: $foreground; text-style: bold reverse; }
    &:nocolor > .live-table--cursor-blurred { text-style: bold underline; }
    &:nocolor > .live-table--bar-back { text-style: dim; }
    &:ansi > .live-table--hover { background: ansi_default; }
    &:ansi > .live-table--cursor {
        background: ansi_default; color: ansi_default; text-style: bold reverse;
    }
    &:ansi > .live-table--cursor-blurred {
        background: ansi_default; color: ansi_default; text-style: bold underline;
    }
    &:ansi > .live-table--empty, &:ansi > .live-table--dim { text-style: dim; }
    &:ansi > .live-table--run, &:ansi > .live-table--bar { color: ansi_cyan; }
    &:ansi > .live-table--odd { color: ansi_magenta; }
    &:ansi > .live-table--bar-back { color: ansi_default; text-style: dim; }
}
"""

_READABLE = 4.5
"""Contrast (WCAG's ratio) that text on the cursor's row has at least: under it, black or white steps in."""

_TELLING = 3.0
"""Contrast that a named colour needs there; under it, it gives way to the row's own."""

_RESOLVED = 500
"""Styles kept at the most: far more than a table's cells make of a dozen names."""


class Palette:
    """Resolves names to the styles that a widget's component classes have in the theme of the moment."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[Look, tuple[StyleName, ...]], Style] = {}

    def clear(self) -> None:
        """Forget the colours: the theme has changed."""
        self._styles.clear()

    def style(self, look: Look, names: tuple[StyleName, ...] = ()) -> Style:
        """Return one style for names and real styles lying over a line's look (real ones above the named)."""
        return self._styles.get((look, names)) or self._linked(look, names)

    def _linked(self, look: Look, names: tuple[StyleName, ...]) -> Style:
        """Return a style that is not kept as it is: nearly every row has a link of its own, but little else."""
        link: str | None = None
        others: list[StyleName] = []
        for name in names:
            if isinstance(name, str) and name.startswith(LINK):
                link = name[len(LINK) :]
            else:
                others.append(name)
        kept = look, tuple(others)
        style = self._styles.get(kept)
        if style is None:
            if len(self._styles) >= _RESOLVED:
                self._styles.clear()
            style = self._styles[kept] = self._resolve(*kept)
        # A link that cannot be printed could end its own escape sequence and start another.
        return style.update_link(link) if link and link.isprintable() else style

    def _resolve(self, look: Look, names: tuple[StyleName, ...]) -> Style:
        classes = [PREFIX + name for name in names if isinstance(name, str) and name in NAMES]
        style = self._widget.get_visual_style(PREFIX + look, *classes).rich_style
        for name in names:
            if isinstance(name, Style):
                style += name.update_link(None)  # links come as names, which are looked at
        if look not in {"cursor", "cursor-blurred"}:
            return style
        # A visual style knows no reverse video, so it is asked for by itself.
        if self._widget.get_component_styles(PREFIX + look).text_style.reverse:
            # Colours and dimness would turn into backgrounds of all sorts: the line stays of one piece.
            return style + self._own_colours(look) + Style(reverse=True, dim=False)
        if not names or ("bar-back" not in names and _contrast(style) < _TELLING):
            return style + self._own_colours(look)
        return style

    def _own_colours(self, look: Look) -> Style:
        """Return the colours of a line without any names: the theme's, or readable ones."""
        own = self._widget.get_visual_style(PREFIX + look).rich_style
        colours = Style(color=own.color, bgcolor=own.bgcolor)
        if _contrast(colours) >= _READABLE:
            return colours
        return max((colours + Style(color=text) for text in ("#000000", "#ffffff")), key=_contrast)


def _contrast(style: Style) -> float:
    """Return how much text and background differ, 1 to 21; colours that the terminal chooses are believed to."""
    if not (style.color and style.bgcolor and style.color.triplet and style.bgcolor.triplet):
        return 21
    darker, lighter = sorted((_luminance(style.color.triplet), _luminance(style.bgcolor.triplet)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(triplet: ColorTriplet) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in triplet.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
