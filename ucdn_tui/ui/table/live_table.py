"""The table that both panes use: a cursor over a view of rows that it does not own, moved by keys and mouse."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from ucdn_tui.i18n import _
from ucdn_tui.ui.table.column_layout import Column
from ucdn_tui.ui.table.cursor import Cursor, View
from ucdn_tui.ui.table.styles import CSS, LineStyle
from ucdn_tui.ui.table.virtual_list import HEADER_LINES, VirtualList

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class LiveTable(VirtualList[K, R], Generic[K, R], can_focus=True):
    """A list of one-line rows under a pinned header.

    It asks its view for the rows on the screen and for nothing else, so 100,000 rows cost what 30 do. Whoever owns
    the rows calls `refresh_view` in the same breath in which they change. A cell is painted again when its row is
    another object that isn't equal to the old one, so rows have to be frozen.
    """

    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", _("Up"), show=False, id="table.up"),
        Binding("down,j", "move(1)", _("Down"), show=False, id="table.down"),
        Binding("home,g", "first", _("First"), show=False, id="table.first"),
        Binding("end,G", "last", _("Last"), show=False, id="table.last"),
        Binding("pageup,ctrl+b", "page(-1)", _("Page up"), show=False, id="table.page-up"),
        Binding("pagedown,ctrl+f", "page(1)", _("Page down"), show=False, id="table.page-down"),
        Binding("ctrl+u", "half_page(-1)", _("Half a page up"), show=False, id="table.half-page-up"),
        Binding("ctrl+d", "half_page(1)", _("Half a page down"), show=False, id="table.half-page-down"),
        Binding("enter", "select", _("Go in"), show=False, id="table.select"),
    ]

    @dataclass
    class RowMessage(Message):
        """Something about a row of `table`."""

        table: "LiveTable[Any, Any]"
        key: Any

        @property
        def control(self) -> "LiveTable[Any, Any]":
            return self.table

    class Highlighted(RowMessage):
        """The cursor is on another key (None: there is no row), for whatever reason."""

    class Selected(RowMessage):
        """A row was asked for, by Enter or by a double click."""

    @dataclass
    class HeaderSelected(Message):
        """A column's head was clicked."""

        table: "LiveTable[Any, Any]"
        column_id: str

        @property
        def control(self) -> "LiveTable[Any, Any]":
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[R]] = (),
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
        """`sort_indicators` are for ascending and descending order.

        With `pin_top_until_moved` the cursor stays on the first row, whichever that is, until the user moves it.
        """
        super().__init__(columns, sort_indicators, name=name, id=id, classes=classes, disabled=disabled)
        self.set_reactive(LiveTable.empty_text, empty_text)
        self.pin_top_until_moved = pin_top_until_moved
        self._cursor: Cursor[K] = Cursor(pinned=pin_top_until_moved)
        self._announced: K | None = None
        self.user_moved: Callable[[], None] = lambda: None
        """Called when the user has chosen a row, by key or by mouse; at once, as a message would come too late."""
        if view is not None:
            self.set_view(view)

    # What is shown

    @property
    def view(self) -> View[K, R]:
        return self._view

    @view.setter
    def view(self, view: View[K, R]) -> None:
        self.set_view(view)

    def set_view(self, view: View[K, R], *, keep_cursor: bool = False) -> None:
        """Show other rows, from the top and with the cursor on the first, or where it is if `keep_cursor`."""
        self._view = view
        if keep_cursor:
            self._settle()
        else:
            self._cursor = Cursor(pinned=self.pin_top_until_moved)
            self._cursor.settle(view, 0)
            self._show(0)
            self._announce()

    def refresh_view(self, changed: Collection[K] | None, *, moved: bool) -> None:
        """Show what has become of the view. To be called whenever it has changed, before anything else happens.

        With `moved` rows have come, gone or changed places; without, the same rows stand where they stood, and those
        in `changed` (None: any of them) are painted again; a row that is none of them looks as it did. This costs the
        same for any number of rows.
        """
        if moved:
            self._settle(changed)
        else:
            self._repaint_rows(changed)

    def release_top(self) -> None:
        """The list is filled: from now on the cursor stays with its row, as if the user had taken it."""
        self._cursor.unpin()

    # What is selected

    @property
    def cursor_key(self) -> K | None:
        return self._cursor.key

    @property
    def cursor_index(self) -> int | None:
        return None if self._cursor.key is None else self._cursor.index

    def move_to(self, key: K) -> bool:
        """Select the row with this key as if the user had, and scroll it into sight; False if it isn't in the view."""
        index = self._view.index_of(key)
        if index is not None:
            self._take(index)
        return index is not None

    def action_move(self, rows: int) -> None:
        self._user_takes(self._cursor.index + rows)

    def action_first(self) -> None:
        self._user_takes(0)

    def action_last(self) -> None:
        self._user_takes(len(self._view) - 1)

    def action_page(self, pages: int) -> None:
        self._page(pages * max(1, self._lines - 1))  # one row stays in sight, to read on from

    def action_half_page(self, halves: int) -> None:
        self._page(halves * max(1, self._lines // 2))

    async def action_select(self) -> None:
        if self._cursor.key is not None:
            self._take(self._cursor.index)
            self.post_message(self.Selected(self, self._cursor.key))

    def _page(self, rows: int) -> None:
        """Move the cursor and the list under it together, so that it keeps its height."""
        self._scroll_top(self._top + rows)
        self._user_takes(self._cursor.index + rows)

    def _user_takes(self, index: int) -> None:
        self._take(index)
        self.user_moved()

    def _take(self, index: int) -> None:
        if not len(self._view):
            return
        left = self._cursor.index
        self._cursor.take(self._view, index)
        self._hover(None)
        self._reveal()
        self._repaint_lines([left - self._top, self._cursor.index - self._top])
        self._announce()

    def _announce(self) -> None:
        if self._cursor.key != self._announced and self.is_attached:
            self._announced = self._cursor.key
            self.post_message(self.Highlighted(self, self._cursor.key))

    # Where it is on the screen

    def _settle(self, changed: Collection[K] | None = None) -> None:
        """Find the cursor's row again, and keep it, or else what the user is looking at, where it is on the screen."""
        line, key = self._cursor.index - self._top, self._cursor.key
        visible = not self._lines or 0 <= line < self._lines
        line = self._cursor.settle(self._view, line)
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

    # What Textual tells

    def on_mount(self) -> None:
        self._announce()

    def on_resize(self) -> None:
        line = self._cursor.index - self._top
        if not self._last_lines or 0 <= line < self._last_lines:
            self._reveal()
        self._last_lines = self._lines
        self._remember()

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
            self._user_takes(index)
            # Should the list have moved between the two clicks, the second one selects, and opens nothing.
            if event.chain == 2 and before == self._cursor.key:
                self.post_message(self.Selected(self, before))
