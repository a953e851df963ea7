"""Painter: renders a table's rows, header and messages as strips, and caches them."""

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from itertools import accumulate, count
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from ucdn_tui.ui.table.layout import GAP, Align, Column, Step, fit, paint, replace_controls
from ucdn_tui.ui.table.styles import LineStyle, Palette
from ucdn_tui.ui.text.line_breaks import line_starts

if TYPE_CHECKING:
    from textual.filter import LineFilter

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

Cell = list[Segment]
"""One column of a row: segments that are together exactly as wide as the column."""

_MAX_STRIPS = 500
"""Cached rows: several screens. A full cache is emptied."""

_MAX_CELLS = 5000
"""Cached cells: those of the cached rows, some of them in several colours."""

_MARGIN = 2
"""Blank cells left and right of a message."""


class _CachedRow(NamedTuple):
    row: object
    epoch: int | None  # None where the row does not change with the clock
    cells: list[Cell]
    strip: Strip


class Painter(Generic[K, R]):
    """Renders a widget's lines. Caches a row's strip until the row, the width, the clock or the colours change."""

    def __init__(
        self, widget: Widget, columns: Sequence[Column[R]], steps: Sequence[Step], sort_indicators: tuple[str, str]
    ) -> None:
        self._widget = widget
        self._palette = Palette(widget)
        self._sort_indicators = sort_indicators
        self.columns = columns
        self.steps = steps
        self.width = 0
        """Cells of a line."""
        self._text_width = 0
        """Cells that the columns share: a line without the gutter of the scroll bar."""
        self._filters: Sequence[LineFilter] = ()
        self._background = Color(0, 0, 0)
        self._layout: tuple[tuple[Column[R], int], ...] = ()
        self._content_width = 0
        self._ticking: list[tuple[int, int, Column[R], int]] = []
        """The columns that change with the clock: index, first cell, column and width."""

        self._epoch = 0
        self._cells: dict[tuple[str, LineStyle, Hashable], Cell] = {}
        self._blanks: dict[LineStyle, Style] = {}
        self._strips: dict[tuple[K, LineStyle], _CachedRow] = {}
        self._message: tuple[Text | str | None, list[Strip]] = None, []

    def measure(self, width: int) -> None:
        """Read the width, the line filters and the background before painting; clear the cache if they have changed."""
        widget = self._widget
        measured = width, widget.scrollable_size.width, widget.get_line_filters(), widget.background_colors[1]
        if measured != (self.width, self._text_width, self._filters, self._background):
            self.width, self._text_width, self._filters, self._background = measured
            self.clear_cache()

    def clear_cache(self) -> None:
        """Render everything again, as the columns, or values they depend on, have changed."""
        self._layout = fit(self.columns, self.steps, self._text_width)
        edges = list(accumulate((size + GAP for _, size in self._layout), initial=0))
        self._content_width = edges[-1] - GAP
        columns = zip(count(), edges, self._layout, strict=False)  # edges has one value more
        self._ticking = [(at, edge, column, size) for at, edge, (column, size) in columns if column.ticking is not None]
        self._strips.clear()
        self._cells.clear()
        self._blanks.clear()
        self._message = None, []

    def restyle(self) -> None:
        """Read the colours of the theme again."""
        self._palette.clear()
        self.clear_cache()

    def tick(self) -> None:
        """Invalidate the cached strips of the rows that change with the clock."""
        self._epoch += 1

    def ticks(self, row: R) -> bool:
        """Return whether the row changes with the clock."""
        return any(column.ticking is not None and column.ticking(row) for _, _, column, _ in self._ticking)

    @property
    def shown_columns(self) -> list[str]:
        """The ids of the columns that have room."""
        return [column.id for column, _ in self._layout]

    def column_at(self, x: int) -> str | None:
        """Return the id of the column at cell `x`; the gap after a column belongs to it."""
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
        cached = self._strips.get((key, line_style))
        if cached and cached.epoch in {None, self._epoch} and (cached.row is row or cached.row == row):
            return cached.strip
        if len(self._strips) >= _MAX_STRIPS:
            self._strips.clear()
        return self._cache_row(
            key, row, line_style, [self._cell(column, size, row, line_style) for column, size in self._layout]
        )

    def update_ticking(self, key: K, row: R, line_style: LineStyle) -> tuple[int, int]:
        """Render a row's ticking columns again; return the first changed cell and the one after the last.

        They are equal where nothing has changed.
        """
        cached = self._strips.get((key, line_style))
        if cached is None or cached.row is not row:
            return 0, self.width
        cells, changed = cached.cells, []
        for at, edge, column, size in self._ticking:
            cell = self._cell(column, size, row, line_style)
            if cell != cells[at]:
                cells[at] = cell
                changed += [edge, edge + size]
        if changed:
            self._cache_row(key, row, line_style, cells)
            return min(changed), max(changed)
        self._strips[key, line_style] = cached._replace(epoch=self._epoch)
        return 0, 0

    def _cache_row(self, key: K, row: R, line_style: LineStyle, cells: list[Cell]) -> Strip:
        strip = self._joined(cells, self._content_width, line_style)
        self._strips[key, line_style] = _CachedRow(row, self._epoch if self.ticks(row) else None, cells, strip)
        return strip

    def _cell(self, column: Column[R], size: int, row: R, line_style: LineStyle) -> Cell:
        """Return the rendered cell, cached by column, line style and shown value."""
        if column.shows is None:
            return self._paint(column.render(row, size), size, column.align, line_style)
        shown = column.id, line_style, column.shows(row)
        cell = self._cells.get(shown)
        if cell is None:
            if len(self._cells) >= _MAX_CELLS:
                self._cells.clear()
            cell = self._cells[shown] = self._paint(column.render(row, size), size, column.align, line_style)
        return cell

    def _paint(self, text: Text, size: int, align: Align, line_style: LineStyle) -> Cell:
        cell = paint(text, size, align, partial(self._palette.style, line_style))
        for line_filter in self._filters:
            cell = line_filter.apply(cell, self._background)
        return cell

    def blank(self) -> Strip:
        return Strip.blank(self.width, self._gap_style("row"))

    def _gap_style(self, line_style: LineStyle) -> Style:
        """Return the style of the gaps between a line's cells, and of the rest of the line."""
        style = self._blanks.get(line_style)
        if style is None:
            ((_, painted, _),) = self._paint(Text(), 1, "left", line_style)
            style = self._blanks[line_style] = painted or Style()
        return style

    def message(self, text: Text | str) -> list[Strip]:
        """Return the strips of a message, wrapped at words and centred."""
        if self._message[0] is not text:
            self._message = text, self._wrapped(text)
        return self._message[1]

    def _wrapped(self, text: Text | str) -> list[Strip]:
        text = text.copy() if isinstance(text, Text) else Text(text)
        text.plain = "\n".join(map(replace_controls, text.plain.split("\n")))
        strips = []
        width = max(2, self._text_width - 2 * _MARGIN)
        for line in (part for whole in text.split() for part in whole.divide(line_starts(whole.plain, width))):
            line.rstrip()
            line.pad_left((self._text_width - line.cell_len) // 2)
            strips.append(self._line([(line, "left", self._text_width)], "empty"))
        return strips

    def _label(self, column: Column[R], size: int, sort_column: str | None, reverse: bool) -> Text:
        indicator = self._sort_indicators[reverse] if column.id == sort_column else ""
        room = size - cell_len(indicator) - bool(indicator)
        fitting = (label for label in (column.label, column.short_label) if cell_len(label) <= room)
        label = next(fitting, "")  # the indicator is more important
        return Text.assemble(label, " " if label and indicator else "", (indicator, "accent"))

    def _line(self, cells: Sequence[tuple[Text, Align, int]], line_style: LineStyle) -> Strip:
        used = sum(size for _, _, size in cells) + GAP * (len(cells) - 1)
        return self._joined(
            [self._paint(text, size, align, line_style) for text, align, size in cells], used, line_style
        )

    def _joined(self, cells: Iterable[Cell], used: int, line_style: LineStyle) -> Strip:
        """Return a whole line of rendered cells, which are `used` screen cells wide in total.

        Neighbouring segments of one style are merged: that halves the number that Textual has to send.
        """
        blank = self._gap_style(line_style)
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
