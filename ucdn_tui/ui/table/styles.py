"""The colours of a table: its CSS, and the theme's named styles resolved on each kind of line."""

from typing import Literal

from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.widget import Widget

from ucdn_tui.ui.table.column_layout import LINK, StyleName
from ucdn_tui.ui.theme_styles import THEME_STYLES

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

_READABLE_CONTRAST = 4.5
"""Minimum contrast (WCAG AA) of plain text on the cursor's row. Below it, black or white replaces the text's colour."""

_STYLED_CONTRAST = 3.0
"""Minimum contrast of a named colour there. Below it, the row's own colour replaces it."""

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
        if line_style not in {"cursor", "cursor-blurred"}:
            return style
        # A visual style does not carry reverse video, so the component's own styles are asked.
        if self._widget.get_component_styles(PREFIX + line_style).text_style.reverse:
            # Reversed, colours and dimness would become backgrounds: the line has one background only without them.
            return style + self._own_colours(line_style) + Style(reverse=True, dim=False)
        if not names or ("bar-back" not in names and _contrast(style) < _STYLED_CONTRAST):
            return style + self._own_colours(line_style)
        return style

    def _own_colours(self, line_style: LineStyle) -> Style:
        """Return a line's colours without named styles; black or white text where the theme's is hard to read."""
        own = self._widget.get_visual_style(PREFIX + line_style).rich_style
        colours = Style(color=own.color, bgcolor=own.bgcolor)
        if _contrast(colours) >= _READABLE_CONTRAST:
            return colours
        return max((colours + Style(color=text) for text in ("#000000", "#ffffff")), key=_contrast)


def _contrast(style: Style) -> float:
    """Return WCAG's contrast ratio of text and background, 1 to 21; 21 where the terminal chooses a colour."""
    if not (style.color and style.bgcolor and style.color.triplet and style.bgcolor.triplet):
        return 21
    darker, lighter = sorted((_luminance(style.color.triplet), _luminance(style.bgcolor.triplet)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(triplet: ColorTriplet) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in triplet.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
