"""From text with named styles to Textual's Content in the colours of the theme; never through markup."""

from rich.style import Style as RichStyle
from rich.text import Text
from textual.content import Content, Span
from textual.style import Style

_VARIABLES = {
    "ok": "$text-success",
    "bad": "bold $text-error",
    "run": "$text-primary",
    "wait": "$text-warning",
    "odd": "$foreground",
    "dim": "$foreground 60%",
    "bar": "$text-primary",
    "bar-back": "$foreground 25%",
    "strong": "bold",
    "mark": "bold $text-accent",
    "match": "bold underline",
}


def themed(text: Text) -> Content:
    """Return the text as Content; a style whose name is not known changes nothing, and of others meta data remain."""
    spans = []
    for start, end, style in ((0, len(text.plain), text.style), *text.spans):
        if isinstance(style, RichStyle):
            spans.append(Span(start, end, Style.from_meta(style.meta)))
        elif style in _VARIABLES:
            spans.append(Span(start, end, _VARIABLES[style]))
    return Content(text.plain, spans)
