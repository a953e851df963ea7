"""From text with named styles to Textual's Content in the colours of the theme; never through markup."""

from rich.text import Text
from textual.content import Content, Span

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
    """Return the text as Content; a style whose name is not known changes nothing."""
    runs = [(0, len(text.plain), text.style), *text.spans]
    return Content(
        text.plain,
        [
            Span(start, end, _VARIABLES[name])
            for start, end, name in runs
            if isinstance(name, str) and name in _VARIABLES
        ],
    )
