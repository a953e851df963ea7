"""The colours of a table: its CSS, and the theme's named styles resolved on each kind of line."""

from typing import Literal

from rich.color import Color
from rich.style import Style
from textual.widget import Widget

from ucdn_tui.ui.table.layout import LINK, StyleName
from ucdn_tui.ui.theme_styles import THEME_STYLES
from ucdn_tui.ui.themes.contrast import TEXT, Shown, mix, of_all, readable

LineStyle = Literal["row", "hover", "cursor", "cursor-blurred", "header", "empty"]
"""The kind of a line. The component class of this name lies below the styles of its cells."""

PREFIX = "live-table--"
COMPONENTS = {PREFIX + name for name in (*THEME_STYLES, "row", "hover", "cursor", "cursor-blurred", "header", "empty")}


def _css_of_named_styles() -> str:
    rules = []
    for name, style in THEME_STYLES.items():
        for state, declarations in (("", style.css), (":nocolor", style.no_color), (":ansi", style.ansi)):
            if declarations:
                rules.append(f"    &{state} > .{PREFIX}{name} {{ {declarations} }}\n")
    return "".join(rules)


# No zebra stripes: rows that arrive above would flip every stripe on the screen. Reverse video and underlines replace
# backgrounds where the program cannot choose them (ANSI themes) or has only greys (NO_COLOR). The stable gutter keeps
# the columns in place when the list outgrows the screen.
CSS = f"""
LiveTable {{
    background: $surface;
    color: $foreground;
    overflow-x: hidden;
    scrollbar-size-vertical: 1;
    scrollbar-gutter: stable;

    & > .live-table--header {{ background: $panel; color: $foreground; text-style: bold; }}
    & > .live-table--hover {{ background: $foreground 6%; }}
    & > .live-table--cursor {{
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }}
    & > .live-table--cursor-blurred {{
        background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground;
    }}
    & > .live-table--empty {{ color: $text-muted; }}

    &:nocolor > .live-table--header, &:ansi > .live-table--header {{ text-style: bold underline; }}
    &:nocolor > .live-table--cursor {{ background: $surface; color: $foreground; text-style: bold reverse; }}
    &:nocolor > .live-table--cursor-blurred {{ text-style: bold underline; }}
    &:ansi > .live-table--hover {{ background: ansi_default; }}
    &:ansi > .live-table--cursor {{
        background: ansi_default; color: ansi_default; text-style: bold reverse;
    }}
    &:ansi > .live-table--cursor-blurred {{
        background: ansi_default; color: ansi_default; text-style: bold underline;
    }}
    &:ansi > .live-table--empty {{ text-style: dim; }}

{_css_of_named_styles()}}}
"""

_BAR_CONTRAST = 1.8
"""Minimum contrast of the rest of a bar: visible, and still fainter than the bar."""

_REVERSED_BAR = 0.5
"""The share of the text's colour in the rest of a bar, in reverse video."""

_MAX_CACHED = 500
"""Styles: far more than a table's cells make of a dozen names."""


class Palette:
    """Resolves names to the styles that a widget's component classes have in the current theme."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[LineStyle, tuple[StyleName, ...]], Style] = {}

    def clear(self) -> None:
        """Forget the resolved styles, as the theme has changed."""
        self._styles.clear()

    def style(self, line_style: LineStyle, names: tuple[StyleName, ...] = ()) -> Style:
        """Return the style of named and Rich styles laid over a line's style; the Rich ones lie above the named."""
        return self._styles.get((line_style, names)) or self._style_with_link(line_style, names)

    def _style_with_link(self, line_style: LineStyle, names: tuple[StyleName, ...]) -> Style:
        """Return a style, of which everything but the link is cached: nearly every row has a link of its own."""
        link: str | None = None
        others: list[StyleName] = []
        for name in names:
            if isinstance(name, str) and name.startswith(LINK):
                link = name[len(LINK) :]
            else:
                others.append(name)
        key = line_style, tuple(others)
        style = self._styles.get(key)
        if style is None:
            if len(self._styles) >= _MAX_CACHED:
                self._styles.clear()
            style = self._styles[key] = self._resolve(*key)
        # A link with control characters could end its own escape sequence and start another.
        return style.update_link(link) if link and link.isprintable() else style

    def _resolve(self, line_style: LineStyle, names: tuple[StyleName, ...]) -> Style:
        classes = [PREFIX + name for name in names if isinstance(name, str) and name in THEME_STYLES]
        style = self._widget.get_visual_style(PREFIX + line_style, *classes).rich_style
        for name in names:
            if isinstance(name, Style):
                style += name.update_link(None)  # only links that come as names are checked
        if self._is_reversed(PREFIX + line_style):
            return self._on_reversed_line(style, line_style, names)
        if any(map(self._is_reversed, classes)):
            style += Style(reverse=True)
        return self._legible(style, _BAR_CONTRAST if "bar-back" in names else TEXT)

    def _is_reversed(self, component: str) -> bool:
        """Return whether a component is in reverse video, which its visual style does not say."""
        return bool(self._widget.get_component_styles(component).text_style.reverse)

    def _on_reversed_line(self, style: Style, line_style: LineStyle, names: tuple[StyleName, ...]) -> Style:
        """Return the style on a line in reverse video, where the colour of the text is the background's.

        Such a line has one background only if all its colours are the line's own, but for those of a bar's rest.
        """
        own = self._widget.get_visual_style(PREFIX + line_style).rich_style
        style += Style(color=own.color, bgcolor=own.bgcolor, reverse=True, dim=False)
        if "bad" in names:
            return style + Style(underline=True)  # it differs from the line's other text
        if "bar-back" not in names:
            return style
        if own.color is None or own.bgcolor is None or not (own.color.triplet and own.bgcolor.triplet):
            return style + Style(bgcolor="bright_black")
        rest = mix(own.color.triplet, own.bgcolor.triplet, _REVERSED_BAR)
        return style + Style(bgcolor=Color.from_rgb(*rest))

    def _legible(self, style: Style, minimum: float) -> Style:
        """Return the style with a text colour that has this contrast, if the terminal does not choose the colours."""
        if not (style.color and style.bgcolor and style.color.triplet and style.bgcolor.triplet):
            return style
        shown: Shown = getattr(self._widget.app, "shown_color", of_all)
        color = readable(style.color.triplet, [style.bgcolor.triplet], minimum, shown)
        return style if color == style.color.triplet else style + Style(color=Color.from_rgb(*color))
