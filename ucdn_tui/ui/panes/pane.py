"""Pane: a table under its filter bar. Filtering and sorting, as both panes do them."""

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.message import Message

from ucdn_tui.i18n import _
from ucdn_tui.sentences import listed
from ucdn_tui.text import sanitize
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.panes.filter_bar import FilterBar
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text.format import status_word
from ucdn_tui.watch.listing.filter import FIELDS, ORDERED_STATUSES, Criteria, Word, parse_words
from ucdn_tui.watch.listing.sort import Sort

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.picker import Choice, Picked

LARGEST_FIRST = frozenset({"created", "urls", "time"})
"""Columns that are sorted in descending order at first. Sorting by the same column again reverses the order."""


def unknown_word(word: Word) -> str:
    """Return what to say about a word with an unknown field or value."""
    value = sanitize(word.text, 20)
    match word.field:
        case "is":
            return _("unknown is:{value} – try active, stuck, flagged, failed, done").format(value=value)
        case "status":
            known = listed(status_word(status) for status in ORDERED_STATUSES)
            return _("unknown status {value} – try {known}").format(value=value, known=known)
        case "kind":
            return _("unknown kind {value} – try refresh, prefetch").format(value=value)
    return _("unknown field {field} – try {fields}").format(field=sanitize(word.field, 20), fields=listed(FIELDS))


class Pane(Vertical):
    """Holds the filter criteria and the sort order, which the user changes by keys, filter bar and table header.

    Subclasses apply them in `rearrange`, report the number of rows in `counts`, and know which rows have `failed`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings.PANE]

    class Arranged(Message):
        """The criteria, the sort order, following or the flags have changed."""

    def __init__(self, table: LiveTable[Any, Any], natural: Sort, *, id: str, filter_id: str) -> None:  # noqa: A002
        """`natural` is the sort order until the user chooses another one."""
        super().__init__(id=id)
        self.filter_bar = FilterBar(id=filter_id)
        self.criteria = Criteria()
        self.sort = natural
        self._natural = natural
        self._table = table

    # Implemented by subclasses

    def rearrange(self) -> None:
        """Show the rows that match `criteria`, sorted by `sort`."""
        raise NotImplementedError

    def show_top(self) -> None:
        """Select the first row after the next `rearrange`."""
        raise NotImplementedError

    def counts(self) -> tuple[int, int]:
        """Return the number of matching rows and the number of all rows."""
        raise NotImplementedError

    def failed(self, row: Any) -> bool:
        """Return whether this row failed, fully or in part."""
        raise NotImplementedError

    def notes(self) -> list[Text]:
        """Return what the filter bar shows besides the criteria."""
        return []

    # Criteria and order

    def choose(self, criteria: Criteria, sort: Sort, *, text: str | None = None) -> None:
        """Apply these. `text` is the filter text behind `criteria.words`, unless it is in the filter bar already."""
        if text is not None:
            self.filter_bar.set_text(text)
        if (criteria, sort) == (self.criteria, self.sort):
            return
        self.criteria, self.sort = criteria, sort
        self._show_sort()
        self.rearrange()
        self.describe()
        self.post_message(self.Arranged())

    def filter_by(self, text: str) -> None:
        """Replace the filter text; the other criteria stay."""
        self.choose(self.criteria._replace(words=parse_words(text)), self.sort, text=text)

    def clear(self) -> bool:
        """Remove all criteria; return whether there were any."""
        was_filtered = bool(self.criteria)
        self.choose(Criteria(), self.sort, text="")
        return was_filtered

    def describe(self) -> None:
        """Show the criteria and the number of matches in the filter bar."""
        criteria = self.criteria
        parts = [Text(status_word(criteria.status), "strong")] if criteria.status else []
        parts += [Text(_("active"), "strong")] if criteria.active else []
        parts += self._hidden_sort() + self.notes()
        if criteria:
            shown, total = self.counts()
            parts.append(Text(_("{shown} of {total}").format(shown=shown, total=total)))
        parts += [Text(unknown_word(word), "bad") for word in criteria.unknown[:1]]
        self.filter_bar.show_summary(Text(" · ").join(parts))

    def _hidden_sort(self) -> list[Text]:
        """Return what the table is sorted by if its header cannot say so."""
        shown = self._table.shown_columns
        if self.sort in (self._natural, Sort("")) or not shown or self.sort.column in shown:
            return []
        label = next((choice.label for choice in self._sort_choices() if choice.id == self.sort.column), "")
        if not label:
            return []
        direction = _("by {column}, descending") if self.sort.reverse else _("by {column}")
        return [Text(direction.format(column=label))]

    def _show_sort(self) -> None:
        self._table.set_sort(self.sort.column or None, self.sort.reverse)

    def on_mount(self) -> None:
        self._show_sort()

    def on_resize(self, _event: Resize) -> None:
        if self.sort != self._natural:
            self.call_after_refresh(self.describe)  # once the table knows which columns have room

    @on(FilterBar.Changed)
    def _typed(self, message: FilterBar.Changed) -> None:
        message.stop()
        self.choose(self.criteria._replace(words=parse_words(message.bar.text)), self.sort)

    @on(FilterBar.Left)
    def _left(self, message: FilterBar.Left) -> None:
        message.stop()
        self.screen.set_focus(self._table)

    @on(LiveTable.HeaderSelected)
    def _header_clicked(self, message: LiveTable.HeaderSelected) -> None:
        message.stop()
        if any(column.sortable for column in self._table.columns if column.id == message.column_id):
            self._sort_by(message.column_id)

    def _sort_by(self, column: str) -> None:
        reverse = not self.sort.reverse if column == self.sort.column else column in LARGEST_FIRST
        self._sort_from_top(Sort(column, reverse))

    def _sort_from_top(self, sort: Sort) -> None:
        """Sort, and select the first row: who asks for an order wants to see what comes first."""
        if sort != self.sort:
            self.show_top()
            self.choose(self.criteria, sort)

    # Keys

    def action_find(self) -> None:
        self.filter_bar.start_typing()

    def action_only(self, status: str) -> None:
        """Show only this status; all statuses if only this one is shown already."""
        wanted = None if status == self.criteria.status else status
        self.choose(self.criteria._replace(status=wanted), self.sort)

    def action_show_all(self) -> None:
        self.clear()

    def action_only_active(self) -> None:
        self.choose(self.criteria._replace(active=not self.criteria.active), self.sort)

    def action_failed(self, step: int) -> None:
        """Select the next (1) or previous (-1) failed row, around the end of the list if necessary."""
        found = self._table.find(self.failed, step)
        if found is None:
            self.notify(_("Nothing failed in this list."), markup=False)
        elif found == self._table.cursor_index:
            self.notify(_("Nothing else failed in this list."), markup=False)
        else:
            self._table.select_by_user(found)

    def action_sort(self) -> None:
        from ucdn_tui.ui.dialogs.picker import Choice, Picker

        listed = [] if self._natural.column else [Choice("", _("API order"))]
        note = _("Pick the same column again to reverse.")
        menu = Picker(_("Sort by"), [*listed, *self._sort_choices()], current=self.sort.column, note=note)
        self.app.push_screen(menu, self._sort_picked)

    def _sort_choices(self) -> "list[Choice]":
        from ucdn_tui.ui.dialogs.picker import Choice

        return [Choice(column.id, column.label) for column in self._table.columns if column.label and column.sortable]

    def _sort_picked(self, picked: "Picked | None") -> None:
        if picked is None:
            return
        if picked.id:
            self._sort_by(picked.id)
        else:
            self._sort_from_top(self._natural)

    def action_reverse(self) -> None:
        if self.sort.column:
            self._sort_from_top(self.sort._replace(reverse=not self.sort.reverse))
