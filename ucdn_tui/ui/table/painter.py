"""A table's lines as strips: rows, header and messages, kept for as long as they hold."""

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from itertools import accumulate, count
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from ucdn_tui.ui.table.column_layout import GAP, Align, Column, fit, paint, replace_controls
from ucdn_tui.ui.table.styles import LineStyle, Palette

if TYPE_CHECKING:
    from textual.filter import LineFilter

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

Cell = list[Segment]
"""What one column shows of a row: segments that are exactly as wide as the column together."""

_KEPT = 500
"""Strips: several screens of rows."""

_KEPT_CELLS = 5000
"""Cells: what those strips are made of, some in several colours; then all are made anew."""

_MARGIN = 2
"""Cells left and right of a message."""


class _Painted(NamedTuple):
    row: object
    epoch: int | None  # None: this row doesn't tick
    cells: list[Cell]
    strip: Strip


class Painter(Generic[K, R]):
    """Paints a widget's lines, and keeps the rows' strips for as long as row, width, clock and colours last."""

    def __init__(self, widget: Widget, columns: Sequence[Column[R]], sort_indicators: tuple[str, str]) -> None:
        self._widget = widget
        self._palette = Palette(widget)
        self._marks = sort_indicators
        self.columns = columns
        self.width = 0
        """Cells of a line."""
        self._room = 0
        self._filters: Sequence[LineFilter] = ()
        self._background = Color(0, 0, 0)
        self._layout: tuple[tuple[Column[R], int], ...] = ()
        self._used = 0
        self._ticking: list[tuple[int, int, Column[R], int]] = []
        """The columns that tick: which one it is, at which cell it begins, and its width."""

        self._epoch = 0
        self._cells: dict[tuple[str, LineStyle, Hashable], Cell] = {}
        self._blanks: dict[LineStyle, Style] = {}
        self._strips: dict[tuple[K, LineStyle], _Painted] = {}
        self._message: tuple[Text | str | None, list[Strip]] = None, []

    def measure(self, width: int) -> None:
        """Take over how wide lines are, and what all colours and letters go through; before painting."""
        widget = self._widget
        seen = width, widget.scrollable_size.width, widget.get_line_filters(), widget.background_colors[1]
        if seen != (self.width, self._room, self._filters, self._background):
            self.width, self._room, self._filters, self._background = seen
            self.forget()

    def forget(self) -> None:
        """Paint everything afresh: columns, or what they depend on, have changed."""
        self._layout = fit(self.columns, self._room)
        edges = list(accumulate((size + GAP for _, size in self._layout), initial=0))
        self._used = edges[-1] - GAP
        columns = zip(count(), edges, self._layout, strict=False)  # there is one edge more
        self._ticking = [(at, edge, column, size) for at, edge, (column, size) in columns if column.ticking is not None]
        self._strips.clear()
        self._cells.clear()
        self._blanks.clear()
        self._message = None, []

    def restyle(self) -> None:
        """Take over the colours of another theme."""
        self._palette.clear()
        self.forget()

    def tick(self) -> None:
        """Let the strips of ticking rows, seen or not, be out of date."""
        self._epoch += 1

    def ticks(self, row: R) -> bool:
        return any(column.ticking is not None and column.ticking(row) for _, _, column, _ in self._ticking)

    def column_at(self, x: int) -> str | None:
        """Return the id of the column at cell `x`; the gap behind a column counts as its own."""
        edge = 0
        for column, cells in self._layout:
            edge += cells + GAP
            if x < edge:
                return column.id
        return None

    def header(self, sort_column: str | None, reverse: bool) -> Strip:
        labels = [
            (self._label(column, size, sort_column, reverse), column.align, size) for column, size in self._layout
        ]
        return self._line(labels, "header")

    def row(self, key: K, row: R, line_style: LineStyle) -> Strip:
        kept = self._strips.get((key, line_style))
        if kept and kept.epoch in {None, self._epoch} and (kept.row is row or kept.row == row):
            return kept.strip
        if len(self._strips) >= _KEPT:
            self._strips.clear()
        return self._keep(
            key, row, line_style, [self._cell(column, size, row, line_style) for column, size in self._layout]
        )

    def out_of_date(self, key: K, row: R, line_style: LineStyle) -> tuple[int, int]:
        """Return from which cell to which a row looks otherwise since the clock has ticked: an empty range, nowhere."""
        kept = self._strips.get((key, line_style))
        if kept is None or kept.row is not row:
            return 0, self.width
        cells, changed = kept.cells, []
        for at, edge, column, size in self._ticking:
            cell = self._cell(column, size, row, line_style)
            if cell != cells[at]:
                cells[at] = cell
                changed += [edge, edge + size]
        if changed:
            self._keep(key, row, line_style, cells)
            return min(changed), max(changed)
        self._strips[key, line_style] = kept._replace(epoch=self._epoch)
        return 0, 0

    def _keep(self, key: K, row: R, line_style: LineStyle, cells: list[Cell]) -> Strip:
        strip = self._joined(cells, self._used, line_style)
        self._strips[key, line_style] = _Painted(row, self._epoch if self.ticks(row) else None, cells, strip)
        return strip

    def _cell(self, column: Column[R], size: int, row: R, line_style: LineStyle) -> Cell:
        """Return a row's cell; one that looks like another is that one: few rows differ in all of their cells."""
        if column.shows is None:
            return self._paint(column.render(row, size), size, column.align, line_style)
        shown = column.id, line_style, column.shows(row)
        cell = self._cells.get(shown)
        if cell is None:
            if len(self._cells) >= _KEPT_CELLS:
                self._cells.clear()
            cell = self._cells[shown] = self._paint(column.render(row, size), size, column.align, line_style)
        return cell

    def _paint(self, text: Text, size: int, align: Align, line_style: LineStyle) -> Cell:
        cell = paint(text, size, align, partial(self._palette.style, line_style))
        for each in self._filters:
            cell = each.apply(cell, self._background)
        return cell

    def blank(self) -> Strip:
        return Strip.blank(self.width, self.between("row"))

    def between(self, line_style: LineStyle) -> Style:
        """Return the style of what lies between the cells of a line, and behind them."""
        style = self._blanks.get(line_style)
        if style is None:
            ((_, painted, _),) = self._paint(Text(), 1, "left", line_style)
            style = self._blanks[line_style] = painted or Style()
        return style

    def message(self, text: Text | str) -> list[Strip]:
        """Return the lines of a text for people, wrapped at words and centred."""
        if self._message[0] is not text:
            self._message = text, self._wrapped(text)
        return self._message[1]

    def _wrapped(self, text: Text | str) -> list[Strip]:
        text = text.copy() if isinstance(text, Text) else Text(text)
        text.plain = "\n".join(map(replace_controls, text.plain.split("\n")))
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
        return Text.assemble(label, " " if label else "", (mark, "accent"))

    def _line(self, cells: Sequence[tuple[Text, Align, int]], line_style: LineStyle) -> Strip:
        used = sum(size for _, _, size in cells) + GAP * (len(cells) - 1)
        return self._joined(
            [self._paint(text, size, align, line_style) for text, align, size in cells], used, line_style
        )

    def _joined(self, cells: Iterable[Cell], used: int, line_style: LineStyle) -> Strip:
        """Return a whole line of cells that take `used` cells of the screen together.

        Neighbours of one style become one: half as many for Textual to send.
        """
        blank = self.between(line_style)
        joined: list[Segment] = []
        text, style, gap = "", blank, ""
        for cell in cells:
            for shown, its_style, _ in [(gap, blank, None), *cell]:
                if its_style is style:
                    text += shown
                elif shown:
                    if text:
                        joined.append(Segment(text, style))
                    text, style = shown, its_style or blank
            gap = " " * GAP
        spare = " " * (self.width - max(0, used))
        if spare and style is not blank:
            joined.append(Segment(text, style))
            text, style = "", blank
        joined.append(Segment(text + spare, style))
        return Strip(joined, self.width)
