"""LiveTable: a virtual list with a cursor, which keys and the mouse move."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message

from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.table.cursor import Cursor, View
from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.table.styles import CSS, LineStyle
from ucdn_tui.ui.table.virtual_list import HEADER_LINES, VirtualList

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class LiveTable(VirtualList[K, R], Generic[K, R], can_focus=True):
    """A list of one-line rows under a fixed header, over a view that it does not own.

    It asks its view for the visible rows only, so 100,000 rows cost as much as 30. The owner of the rows calls
    `refresh_view` immediately after each change. A row is repainted when it is another object and not equal to the old
    one, so rows have to be frozen.
    """

    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings.TABLE]

    @dataclass
    class RowMessage(Message):
        """An event that concerns the row of `key`."""

        table: "LiveTable[Any, Any]"
        key: Any

        @property
        def control(self) -> "LiveTable[Any, Any]":
            return self.table

    class Highlighted(RowMessage):
        """The cursor has moved to another key (None: the view is empty), by the user or by a change of the view."""

    class Selected(RowMessage):
        """The user opened a row, by Enter or a double click."""

    @dataclass
    class HeaderSelected(Message):
        """The user clicked on a column's header."""

        table: "LiveTable[Any, Any]"
        column_id: str

        @property
        def control(self) -> "LiveTable[Any, Any]":
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[R]] = (),
        steps: Sequence[Step] = (),
        view: View[K, R] | None = None,
        *,
        empty_text: Text | str = "",
        sort_indicators: tuple[str, str] = ("▲", "▼"),
        pin_top_until_moved: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """The columns get their widths by the steps (`fit`).

        `sort_indicators` are those for ascending and descending order.
        With `pin_top_until_moved` the cursor stays on the first row, whichever that is, until the user moves it.
        """
        super().__init__(columns, steps, sort_indicators, name=name, id=id, classes=classes, disabled=disabled)
        self.set_reactive(LiveTable.empty_text, empty_text)
        self.pin_top_until_moved = pin_top_until_moved
        self._cursor: Cursor[K] = Cursor(pinned=pin_top_until_moved)
        self._announced: K | None = None
        self.user_moved: Callable[[], None] = lambda: None
        """Called as soon as the user has selected a row by key or mouse. A message would arrive too late."""

        self.user_moves = 0
        """How often the user has done so."""

        if view is not None:
            self.set_view(view)

    # Rows

    @property
    def view(self) -> View[K, R]:
        return self._view

    @view.setter
    def view(self, view: View[K, R]) -> None:
        self.set_view(view)

    def set_view(self, view: View[K, R], *, keep_cursor: bool = False) -> None:
        """Show another view from its top, with the cursor on the first row; with `keep_cursor`, on its present row."""
        self._view = view
        if keep_cursor:
            self._relocate()
        else:
            self._cursor = Cursor(pinned=self.pin_top_until_moved)
            self._cursor.relocate(view, 0)
            self._show(0)
            self._announce()

    def refresh_view(self, changed: Collection[K] | None, *, moved: bool) -> None:
        """Update the screen after a change of the view. To be called immediately after each change.

        `moved` says that rows have come, gone or changed places. Rows in `changed` (None: all rows) are repainted; the
        others must not have changed. The cost does not depend on the number of rows.
        """
        if moved:
            self._relocate(changed)
        else:
            self._repaint_rows(changed)

    def release_top(self) -> None:
        """Stop pinning the cursor to the first row, as the list is complete: it stays with its row from now on."""
        self._cursor.unpin()

    # Selection

    @property
    def cursor_key(self) -> K | None:
        return self._cursor.key

    @property
    def cursor_index(self) -> int | None:
        return None if self._cursor.key is None else self._cursor.index

    @property
    def cursor_region(self) -> Region:
        """The selected row on the screen; empty if it is not visible."""
        if self._cursor.key is None:
            return Region()
        _header, rows = self.content_region.split_horizontal(HEADER_LINES)
        return rows.intersection(Region(rows.x, rows.y + self._cursor.index - self._top, rows.width, 1))

    def move_to(self, key: K) -> bool:
        """Select the row with this key as if the user had, and scroll to it; return False if it is not in the view."""
        index = self._view.index_of(key)
        if index is not None:
            self._select_index(index)
        return index is not None

    def move_to_top(self) -> None:
        """Select the first row, if there is any, as if the user had."""
        if len(self._view):
            self._select_index(0)

    def find(self, matches: Callable[[R], bool], step: int) -> int | None:
        """Return the index of the next matching row below the cursor (step 1) or above it (-1); None without any.

        The search wraps around and ends at the cursor's own row.
        """
        count = len(self._view)
        places = ((self._cursor.index + step * distance) % count for distance in range(1, count + 1))
        return next((index for index in places if matches(self._view.row_at(index))), None)

    def action_move(self, rows: int) -> None:
        self.select_by_user(self._cursor.index + rows)

    def action_first(self) -> None:
        self.select_by_user(0)

    def action_last(self) -> None:
        self.select_by_user(len(self._view) - 1)

    def action_page(self, pages: int) -> None:
        self._page(pages * max(1, self._lines - 1))  # one row stays visible, for orientation

    def action_half_page(self, halves: int) -> None:
        self._page(halves * max(1, self._lines // 2))

    async def action_select(self) -> None:
        if self._cursor.key is not None:
            self._select_index(self._cursor.index)
            self.post_message(self.Selected(self, self._cursor.key))

    def _page(self, rows: int) -> None:
        """Move the cursor and scroll by as many rows, so that the cursor stays on its line."""
        self._scroll_top(self._top + rows)
        self.select_by_user(self._cursor.index + rows)

    def select_by_user(self, index: int) -> None:
        """Select the row at this index (or the nearest end), as the user's own move."""
        self._select_index(index)
        self.user_moves += 1
        self.user_moved()

    def _select_index(self, index: int) -> None:
        if not len(self._view):
            return
        previous = self._cursor.index
        self._cursor.select(self._view, index)
        self._hover(None)
        self._reveal()
        self._repaint_lines([previous - self._top, self._cursor.index - self._top])
        self._announce()

    def _announce(self) -> None:
        if self._cursor.key != self._announced and self.is_attached:
            self._announced = self._cursor.key
            self.post_message(self.Highlighted(self, self._cursor.key))

    # Scrolling

    def _relocate(self, changed: Collection[K] | None = None) -> None:
        """Find the cursor's row again after a change, and scroll so that it stays on its line.

        If the cursor is outside the visible rows, these stay on their lines instead.
        """
        line, key = self._cursor.index - self._top, self._cursor.key
        visible = not self._lines or 0 <= line < self._lines
        line = self._cursor.relocate(self._view, line)
        if self._cursor.key != key:
            changed = None
        if visible:
            self._show(self._cursor.index - max(0, min(line, self._lines - 1)), changed)
        else:
            self._show(self._anchored_top(), changed)
        self._announce()

    def _reveal(self) -> None:
        index = self._cursor.index
        self._scroll_top(min(max(self._top, index - self._lines + 1), index))

    def _line_style(self, key: K, line: int) -> LineStyle:
        if key == self._cursor.key:
            return "cursor" if self.has_focus else "cursor-blurred"
        return super()._line_style(key, line)

    # Events

    def on_mount(self) -> None:
        self._announce()

    def on_resize(self) -> None:
        line = self._cursor.index - self._top
        if not self._last_lines or 0 <= line < self._last_lines:
            self._reveal()
        self._last_lines = self._lines
        self._record_visible()

    def on_focus(self) -> None:
        self._repaint_lines([self._cursor.index - self._top])

    def on_blur(self) -> None:
        self._repaint_lines([self._cursor.index - self._top])

    def on_mouse_move(self, event: events.MouseMove) -> None:
        offset = event.get_content_offset(self)
        self._hover(None if offset is None else offset.y - HEADER_LINES)

    def on_leave(self) -> None:
        self._hover(None)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1:
            return
        index = self._top + offset.y - HEADER_LINES
        if offset.y < HEADER_LINES:
            column_id = self._painter.column_at(offset.x)
            if column_id is not None:
                self.post_message(self.HeaderSelected(self, column_id))
        elif index < len(self._view):
            before = self._cursor.key
            self.select_by_user(index)
            # If the list has moved between the two clicks, they hit different rows: the second one only selects.
            if event.chain == 2 and before == self._cursor.key:
                self.post_message(self.Selected(self, before))
