"""A table's lines as strips: rows, header and messages, kept for as long as they hold."""

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from ucdn_tui.ui.columns import GAP, Align, Column, fit, harmless, paint
from ucdn_tui.ui.table_styles import Look, Palette

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

_KEPT = 500
"""Strips: several screens of rows."""

_MARGIN = 2
"""Cells left and right of a message."""


class _Painted(NamedTuple):
    row: object
    epoch: int | None  # None: this row doesn't tick
    strip: Strip


class Painter(Generic[K, R]):
    """Paints a widget's lines, and keeps the rows' strips for as long as row, width, clock and colours last."""

    def __init__(self, widget: Widget, columns: Sequence[Column[R]], sort_marks: tuple[str, str]) -> None:
        self._widget = widget
        self._palette = Palette(widget)
        self._marks = sort_marks
        self.columns = columns
        self._width = 0
        self._room = 0
        self._layout: tuple[tuple[Column[R], int], ...] = ()
        self._epoch = 0
        self._strips: LRUCache[tuple[K, Look], _Painted] = LRUCache(_KEPT)
        self._message: tuple[Text | str | None, list[Strip]] = None, []

    def measure(self) -> None:
        """Take over the widget's width; before painting."""
        width, room = self._widget.size.width, self._widget.scrollable_size.width
        if (width, room) != (self._width, self._room):
            self._width, self._room = width, room
            self.forget()

    def forget(self) -> None:
        """Paint everything afresh: columns, or what they depend on, have changed."""
        self._layout = fit(self.columns, self._room)
        self._strips.clear()
        self._message = None, []

    def restyle(self) -> None:
        """Take over the colours of another theme."""
        self._palette.clear()
        self.forget()

    def tick(self) -> None:
        """Let the strips of ticking rows, seen or not, be out of date."""
        self._epoch += 1

    def ticks(self, row: R) -> bool:
        return any(column.ticking is not None and column.ticking(row) for column, _ in self._layout)

    def column_at(self, x: int) -> str | None:
        """Return the id of the column at cell `x`; the gap behind a column counts as its own."""
        edge = 0
        for column, cells in self._layout:
            edge += cells + GAP
            if x < edge:
                return column.id
        return None

    def head(self, sort_column: str | None, reverse: bool) -> Strip:
        labels = [
            (self._label(column, size, sort_column, reverse), column.align, size) for column, size in self._layout
        ]
        return self._line(labels, "head")

    def row(self, key: K, row: R, look: Look) -> Strip:
        kept = self._strips.get((key, look))
        if kept and kept.epoch in {None, self._epoch} and (kept.row is row or kept.row == row):
            return kept.strip
        strip = self._line([(column.render(row, size), column.align, size) for column, size in self._layout], look)
        self._strips[key, look] = _Painted(row, self._epoch if self.ticks(row) else None, strip)
        return strip

    def blank(self) -> Strip:
        return Strip.blank(self._width, self._palette.style("row"))

    def message(self, text: Text | str) -> list[Strip]:
        """Return the lines of a text for people, wrapped at words and centred."""
        if self._message[0] is not text:
            self._message = text, self._wrapped(text)
        return self._message[1]

    def _wrapped(self, text: Text | str) -> list[Strip]:
        text = text.copy() if isinstance(text, Text) else Text(text)
        text.plain = "\n".join(map(harmless, text.plain.split("\n")))
        strips = []
        for line in text.wrap(self._widget.app.console, max(1, self._room - 2 * _MARGIN), overflow="fold"):
            line.rstrip()
            line.pad_left((self._room - line.cell_len) // 2)
            strips.append(self._line([(line, "left", self._room)], "empty"))
        return strips

    def _label(self, column: Column[R], size: int, sort_column: str | None, reverse: bool) -> Text:
        if column.id != sort_column:
            return Text(column.label)
        mark = self._marks[reverse]
        room = max(0, size - cell_len(mark) - 1)  # the mark stays, the label gives way
        label = set_cell_size(column.label, min(room, cell_len(column.label)))
        return Text.assemble(label, " " if label else "", (mark, "mark"))

    def _line(self, cells: Iterable[tuple[Text, Align, int]], look: Look) -> Strip:
        styles = partial(self._palette.style, look)
        blank = styles()
        segments: list[Segment] = []
        used = 0
        for text, align, size in cells:
            if segments:
                segments.append(Segment(" " * GAP, blank))
                used += GAP
            segments += paint(text, size, align, styles)
            used += size
        if used < self._width:  # behind the last column: spare room, and the scrollbar when there is one
            segments.append(Segment(" " * (self._width - used), blank))
        return Strip(_merged(segments), self._width)


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """Join neighbours of one style: half as many for Textual to filter and to send."""
    merged: list[Segment] = []
    for segment in segments:
        if merged and merged[-1].style is segment.style:
            merged[-1] = Segment(merged[-1].text + segment.text, segment.style)
        else:
            merged.append(segment)
    return merged
