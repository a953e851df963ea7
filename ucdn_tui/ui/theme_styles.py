"""The named styles of cells, bars and dialogs, each in the colours of the theme."""

from typing import NamedTuple

from rich.style import Style as RichStyle
from rich.text import Text
from textual.content import Content, Span
from textual.style import Style

from ucdn_tui.ui.themes.colors import DIM


class ThemeStyle(NamedTuple):
    """A named style, as text in a widget and as a cell of a table need it. Its variables are in `themes.colors`."""

    content: str
    """A style for Textual's Content."""
    css: str
    """CSS declarations for a table's cells."""
    no_color: str = ""
    """Declarations that are added under NO_COLOR."""
    ansi: str = ""
    """Declarations that are added in ANSI themes."""


THEME_STYLES = {
    "ok": ThemeStyle("$text-success", "color: $text-success;"),
    "bad": ThemeStyle(
        "$bad-style $text-error",
        "color: $text-error; text-style: bold;",
        no_color="text-style: bold reverse;",
    ),
    "run": ThemeStyle("$text-primary", "color: $text-primary;"),
    "wait": ThemeStyle("$text-warning", "color: $text-warning;"),
    "other": ThemeStyle("$foreground", "color: $foreground;"),
    "dim": ThemeStyle(f"$dim {DIM}%", "color: $text-muted;", ansi="text-style: dim;"),
    "bar": ThemeStyle("$text-primary", "color: $text-primary;"),
    "bar-back": ThemeStyle(
        "$foreground 25%",
        "color: auto 25%;",
        ansi="color: ansi_default; text-style: dim;",
    ),
    "strong": ThemeStyle("bold", "text-style: bold;"),
    "accent": ThemeStyle("bold $text-accent", "color: $text-accent;"),
    "match": ThemeStyle("bold underline", "text-style: bold underline;"),
}
"""By the name that a Text's spans use. Other names change nothing."""


def themed(text: Text) -> Content:
    """Return `text` as Content in the theme's colours, without parsing markup.

    Of Rich styles only the meta data (click actions) stay.
    """
    spans = []
    for start, end, style in ((0, len(text.plain), text.style), *text.spans):
        if isinstance(style, RichStyle):
            spans.append(Span(start, end, Style.from_meta(style.meta)))
        elif style in THEME_STYLES:
            spans.append(Span(start, end, THEME_STYLES[style].content))
    return Content(text.plain, spans)
