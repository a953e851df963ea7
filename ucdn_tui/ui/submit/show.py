"""Showing text in a screen that may have been left while its worker still ran."""

from rich.text import Text
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static


def show(screen: DOMNode, selector: str, text: Text | Content) -> None:
    """Show the text in the widget; do nothing if the screen has lost its widgets."""
    for widget in screen.query(selector).results(Static):
        widget.update(text)
