"""VirtualList: the visible rows of a view under a fixed header. Only these are asked for and painted."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from ucdn_tui.ui.table.cursor import EmptyView, View
from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.table.painter import Painter
from ucdn_tui.ui.table.styles import COMPONENTS, LineStyle

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

HEADER_LINES = 1
"""Lines of the header."""


class VirtualList(ScrollView, Generic[K, R], inherit_bindings=False):
    """A scrollable list of one-line rows, without a selection.

    Lines are counted below the header. `_top` is the index of the row on line 0.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    empty_text: reactive[Text | str] = reactive[Text | str]("", init=False, repaint=False)
    """Shown while there are no rows. A str is plain text, never markup."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        steps: Sequence[Step],
        sort_indicators: tuple[str, str],
        *,
        name: str | None,
        id: str | None,  # noqa: A002 (Textual's name for it)
        classes: str | None,
        disabled: bool,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.sort_column: str | None = None
        self.sort_reverse = False
        self._painter: Painter[K, R] = Painter(self, columns, steps, sort_indicators)
        self._view: View[K, R] = EmptyView()
        self._visible_keys: list[K] = []
        """The keys on the screen as last shown, from the top. The view changes before the list is notified."""
        self._hovered: int | None = None
        """The line under the mouse."""
        self._last_lines = 0
        """The number of visible lines before the last resize."""

    @property
    def columns(self) -> Sequence[Column[R]]:
        return self._painter.columns

    def set_columns(self, columns: Sequence[Column[R]], steps: Sequence[Step]) -> None:
        """Show other columns, which get their widths by these steps."""
        self._painter.columns, self._painter.steps = columns, steps
        self.repaint()

    @property
    def shown_columns(self) -> list[str]:
        """The ids of the columns that have room."""
        return self._painter.shown_columns

    def tick(self) -> None:
        """Repaint the visible rows whose content has changed with the clock."""
        self._painter.tick()
        top, view = self._top, self._view
        regions = []
        for index in self._visible_rows():
            row = view.row_at(index)
            if self._painter.ticks(row):
                key, line = view.key_at(index), index - top
                start, end = self._painter.update_ticking(key, row, self._line_style(key, line))
                if start < end:
                    regions.append(Region(start, line + HEADER_LINES, end - start, 1))
        if regions:  # refresh() without regions would repaint everything
            self.refresh(*regions)

    def repaint(self) -> None:
        """Repaint everything, as something other than the rows has changed the output of the columns' `render`."""
        self._painter.clear_cache()
        self._repaint_all()

    def set_sort(self, column_id: str | None, reverse: bool = False) -> None:
        """Show the sort indicator in this column's header. The view itself does the sorting."""
        self.sort_column = column_id
        self.sort_reverse = reverse
        self._repaint_lines([-1])

    def _repaint_rows(self, changed: Collection[K] | None) -> None:
        keys = changed if changed is None or isinstance(changed, AbstractSet) else frozenset(changed)
        self._repaint_lines(line for line, key in enumerate(self._visible_keys) if keys is None or key in keys)

    @property
    def _lines(self) -> int:
        """The number of rows that fit; while the table is hidden, the number that fitted before."""
        height = self.size.height
        return max(0, height - HEADER_LINES) if height else self._last_lines

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def _visible_rows(self) -> range:
        """Return the indices of the rows on the screen."""
        return range(self._top, min(self._top + self._lines, len(self._view)))

    def _anchored_top(self) -> int:
        """Return the top that leaves the first visible row that is still in the view on its line."""
        for line, key in enumerate(self._visible_keys):
            if (index := self._view.index_of(key)) is not None:
                return index - line
        return self._top

    def _show(self, top: int, changed: Collection[K] | None = None) -> None:
        """Show the view from row `top` on. With `changed`, repaint only these rows and lines with another row."""
        before, top_before = self._visible_keys, self._top
        self._count_rows()
        self._scroll_top(top)
        self._record_visible()
        if changed is None or self._top != top_before or not before or not self._visible_keys:
            self._repaint_all()
        else:
            lines = enumerate(zip_longest(before, self._visible_keys))
            self._repaint_lines(line for line, (old, new) in lines if old != new or new in changed)

    def _count_rows(self) -> None:
        """Tell Textual the number of rows, with a new layout only if the scroll bar comes or goes."""
        size, height = Size(0, HEADER_LINES + len(self._view)), self.size.height
        if 0 < height < min(size.height, self.virtual_size.height):
            self.set_reactive(VirtualList.virtual_size, size)
            self._set_scroll_bar(size.height)
        else:
            self.virtual_size = size

    def _set_scroll_bar(self, lines: int) -> None:
        """Tell the scroll bar the number of lines, and repaint it only if its thumb changes.

        Repainting it with each response of the first load would make that take half as long again.
        """
        bar, height = self.vertical_scrollbar, self.size.height
        thumb, thumb_before = (
            (8 * height * height // count, 8 * height * self._top // count)  # a cell has eight steps
            for count in (lines, max(1, int(bar.window_virtual_size)))
        )
        if thumb != thumb_before:
            bar.window_virtual_size = lines
        else:
            bar.set_reactive(ScrollBar.window_virtual_size, lines)

    def _scroll_top(self, top: int) -> None:
        top = max(0, min(top, self.max_scroll_y))
        if self._lines and top != self._top:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def _record_visible(self) -> None:
        self._visible_keys = [self._view.key_at(index) for index in self._visible_rows()]

    def _hover(self, line: int | None) -> None:
        if line != self._hovered:
            self._repaint_lines(changed for changed in (self._hovered, line) if changed is not None)
            self._hovered = line

    def _repaint_all(self) -> None:
        """Repaint all but the scroll bar, which repaints itself."""
        self.refresh(Region(0, 0, self._width, self.size.height))

    @property
    def _width(self) -> int:
        """Cells of a line. While there is no scroll bar, its gutter belongs to the line."""
        return (self.scrollable_size if self.show_vertical_scrollbar else self.size).width

    def _repaint_lines(self, lines: Iterable[int]) -> None:
        width, height = self._width, self.size.height
        regions = [Region(0, y, width, 1) for line in lines if 0 <= (y := line + HEADER_LINES) < height]
        if regions:  # refresh() without regions would repaint everything
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the painter's strips themselves, without Textual's steps for borders and padding, which a table lacks.

        Textual caches the rendered bytes in each strip; copies would lose them.
        """
        self._painter.measure(self._width)
        strips = self._strips(crop.line_range)
        if crop.right > self._painter.width:  # these cells lie under the scroll bar
            return [strip.crop_extend(crop.x, crop.right, None) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        return next(self._strips(range(y, y + 1)))

    def _strips(self, ys: range) -> Iterator[Strip]:
        painter, view, top = self._painter, self._view, self._top
        rows = len(view)
        for y in ys:
            line = y - HEADER_LINES
            if line < 0:
                yield painter.header(self.sort_column, self.sort_reverse)
            elif (index := top + line) < rows:
                key = view.key_at(index)
                yield painter.row(key, view.row_at(index), self._line_style(key, line))
            else:
                yield painter.blank() if rows else self._message(line)

    def _message(self, line: int) -> Strip:
        """Return a line of `empty_text`."""
        message = self._painter.message(self.empty_text)
        above = min(1, max(0, self._lines - len(message)))
        return message[line - above] if 0 <= line - above < len(message) else self._painter.blank()

    def watch_empty_text(self) -> None:
        if not len(self._view):
            self._repaint_all()

    def _line_style(self, key: K, line: int) -> LineStyle:
        return "hover" if line == self._hovered else "row"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.restyle()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._record_visible()
