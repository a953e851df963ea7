"""KeyLine: the bottom line with the most useful keys, as many as fit; a click runs one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.events import Click, Resize
from textual.widget import Widget
from textual.widgets import Static

from ucdn_tui.ui.theme_styles import themed

_GAP = 2
"""Cells between two keys."""


class KeyHint(NamedTuple):
    """A key, a word for what it does, and the action to run."""

    key: str
    description: str
    run: Callable[[], object]
    pinned: bool = False
    """Whether it is dropped last when room is short."""


class KeyLine(Static):
    """Instead of Textual's Footer, which cuts words and is rebuilt at each change of focus."""

    DEFAULT_CSS = """
    KeyLine { height: 1; padding: 0 1; background: $panel; color: $foreground; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._hints: Sequence[KeyHint] = ()
        self._places: list[tuple[int, int, KeyHint]] = []

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show these hints, from the left."""
        self._hints = hints
        self._paint()

    def on_resize(self, _event: Resize) -> None:
        self._paint()

    def _paint(self) -> None:
        width = width_of(self)
        if width <= 0:
            return
        line, self._places = Text(), []
        for hint in fitting(self._hints, width):
            if line:
                line.append(" " * _GAP)
            start = line.cell_len
            line.append(hint.key, "accent").append(f" {hint.description}")
            self._places.append((start, line.cell_len, hint))
        self.update(themed(line), layout=False)

    async def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        for start, end, hint in self._places:
            if offset is not None and start <= offset.x < end:
                self.call_later(hint.run)


def width_of(line: Widget) -> int:
    """Return the width of a line across the screen; before the first layout, from the terminal's size."""
    return line.content_size.width or line.app.size.width - line.gutter.width


def fitting(hints: Sequence[KeyHint], width: int) -> list[KeyHint]:
    """Return the hints that fit into `width` cells. Drops from the right; pinned ones only when no other is left."""
    shown = list(hints)
    while shown and _cells(shown) > width:
        unpinned = [hint for hint in shown if not hint.pinned]
        shown.remove((unpinned or shown)[-1])
    return shown


def _cells(hints: Sequence[KeyHint]) -> int:
    return sum(cell_len(f"{hint.key} {hint.description}") for hint in hints) + _GAP * (len(hints) - 1)
