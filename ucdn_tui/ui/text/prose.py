"""Prose: a text that is wrapped as Chinese needs it; its width may not depend on the text."""

from typing import cast

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from ucdn_tui.ui.text.line_breaks import wrapped


class Prose(Static):
    """Shows sentences without markup."""

    def __init__(self, content: str | Content = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(content, id=id, classes=classes, markup=False)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._lines(width).plain.count("\n") + 1 if width else 0

    def render(self) -> Content:
        return self._lines(self.content_size.width)

    def _lines(self, width: int) -> Content:
        return wrapped(cast("Content", self.visual), width)  # what a text is turned into
