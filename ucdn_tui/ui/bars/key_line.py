"""KeyLine: the line at the bottom that names the most useful keys, as many as there is room for, and can be clicked."""

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
    """A key, what it does, and doing it."""

    key: str
    words: str
    run: Callable[[], object]
    lasting: bool = False
    """Whether it stays when room is short."""


class KeyLine(Static):
    """Textual's own footer cuts words where there is no room, and is built anew at each change of focus."""

    DEFAULT_CSS = """
    KeyLine { height: 1; padding: 0 1; background: $panel; color: $foreground; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._hints: Sequence[KeyHint] = ()
        self._places: list[tuple[int, int, KeyHint]] = []

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Name these keys, from the left."""
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
            line.append(hint.key, "accent").append(f" {hint.words}")
            self._places.append((start, line.cell_len, hint))
        self.update(themed(line), layout=False)

    async def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        for start, end, hint in self._places:
            if offset is not None and start <= offset.x < end:
                self.call_later(hint.run)


def width_of(line: Widget) -> int:
    """Return how many cells a line across the screen has, also before the first layout: it is in the first frame."""
    return line.content_size.width or line.app.size.width - line.gutter.width


def fitting(hints: Sequence[KeyHint], width: int) -> list[KeyHint]:
    """Return the hints that `width` cells have room for: the last ones go first, but those that are to last."""
    kept = list(hints)
    while kept and _cells(kept) > width:
        passing = [hint for hint in kept if not hint.lasting]
        kept.remove((passing or kept)[-1])
    return kept


def _cells(hints: Sequence[KeyHint]) -> int:
    return sum(cell_len(f"{hint.key} {hint.words}") for hint in hints) + _GAP * (len(hints) - 1)
