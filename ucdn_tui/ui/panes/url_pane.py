"""UrlPane: the selected task, with the progress of each of its URLs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Static

from ucdn_tui.api.models import Status, Task, TaskKey, UrlProgress
from ucdn_tui.text import sanitize
from ucdn_tui.ui.panes.empty_lists import no_urls
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.selected_url import SelectedUrl
from ucdn_tui.ui.panes.task_summary import header_lines, task_advice, task_summary
from ucdn_tui.ui.panes.url_columns import url_columns, url_steps
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.sort import AS_LISTED, url_order
from ucdn_tui.watch.listing.url_index import UrlIndex, common_length
from ucdn_tui.watch.stats.duration_stats import TypicalDuration

UrlKey = tuple[str, int]
"""A URL and its nth occurrence within the task."""


_LEAST_LINES = 6
"""Lines for the selected URL, the table's header and some rows: in a low pane, the task's summary gets what is left."""

_SELECTED_SHARE = 4
"""The selected URL gets at most one line in four, or all that the rows do not need."""


class UrlView:
    """A task's URLs, filtered and sorted, as a table's view."""

    def __init__(self, urls: Sequence[UrlProgress]) -> None:
        self._urls = urls
        self._rows = {url.key: row for row, url in enumerate(urls)}
        self.prefix = hidden_prefix([url.url for url in urls])
        """The number of characters that all URLs begin with, and that the rows leave out."""

        self.longest = max((url.url for url in urls), key=_shown_cells, default="")
        """The URL that is the longest one on the screen."""

    @cached_property
    def urls(self) -> UrlIndex:
        """The URLs in alphabetical order."""
        return UrlIndex(url.url for url in self._urls)

    def __len__(self) -> int:
        return len(self._urls)

    def key_at(self, index: int) -> UrlKey:
        return self._urls[index].key

    def row_at(self, index: int) -> UrlProgress:
        return self._urls[index]

    def index_of(self, key: UrlKey) -> int | None:
        return self._rows.get(key)

    def has_urls_of(self, other: "UrlView") -> bool:
        """Return whether both have the same URLs, in any order and progress."""
        return self._rows.keys() == other._rows.keys()


def hidden_prefix(urls: Sequence[str]) -> int:
    """Return the length of the beginning that all URLs share, up to a slash; 0 if it is not worth hiding."""
    if len(urls) < 2:
        return 0
    first = min(urls)
    shared = common_length(first, max(urls))
    end = first.rfind("/", 0, shared) + 1
    if end == len(first):  # a URL must have something left to show
        end = first.rfind("/", 0, end - 1) + 1
    return end if end > len("https://") else 0


class UrlPane(Pane):
    """Shows one task, which its owner passes to `show` together with the URLs."""

    DEFAULT_CSS = """
    UrlPane > #task-summary, UrlPane > #advice { height: auto; padding: 0 1; background: $surface; }
    UrlPane > #task-summary, UrlPane > #advice { text-wrap: nowrap; }
    UrlPane > #urls { height: 1fr; }
    """

    def __init__(self, context: RenderContext, usual: Callable[[Task], TypicalDuration | None]) -> None:
        """`usual` returns how long tasks like the given one take; None where that is unknown."""
        self._render_context = context
        self._usual = usual
        self._shown: Task | None = None
        self._urls: Sequence[UrlProgress] = ()
        self._view = UrlView(())
        self._filtered_for = (False, False)
        """Whether the displayed task was stuck, and flagged, when its URLs were filtered."""

        self._displayed: dict[Static, Text] = {}
        self._goes_to_top = False
        context.urls = lambda: self._view.urls
        self._summary = Static(id="task-summary", markup=False)
        self._advice = Static(id="advice", markup=False)
        self._selected_url = SelectedUrl(context.glyphs, lambda: self._view.urls)
        self.table: LiveTable[UrlKey, UrlProgress] = LiveTable(
            url_columns(context),
            url_steps(),
            sort_indicators=(context.glyphs.ascending, context.glyphs.descending),
            pin_top_until_moved=False,
            empty_text=no_urls(hidden=0, is_selected=False),
            id="urls",
        )
        super().__init__(self.table, AS_LISTED, id="details", filter_id="url-filter")

    def compose(self) -> ComposeResult:
        yield self._summary
        yield self._advice
        yield self._selected_url
        yield self.filter_bar
        yield self.table

    @property
    def shown(self) -> Task | None:
        """The displayed task."""
        return self._shown

    @property
    def urls(self) -> Sequence[UrlProgress]:
        """All URLs of the displayed task."""
        return self._urls

    @property
    def listed(self) -> list[UrlProgress]:
        """The URLs that match the filter, in display order."""
        return [self._view.row_at(row) for row in range(len(self._view))]

    @property
    def selected(self) -> UrlProgress | None:
        """The URL under the cursor."""
        index = self.table.cursor_index
        return None if index is None else self._view.row_at(index)

    def apply(self, changed: Iterable[tuple[Task, Task]], urls_of: Callable[[TaskKey], Sequence[UrlProgress]]) -> None:
        """Show the displayed task anew if it is among the changed ones (old and new summaries)."""
        for old, task in changed:
            if self._shown is not None and old.key == self._shown.key:
                self.show(task, urls_of(task.key))

    def show(self, task: Task | None, urls: Sequence[UrlProgress]) -> None:
        """Show this task. If it is displayed already, the cursor stays on its URL."""
        same = task is not None and self._shown is not None and task.key == self._shown.key
        self._shown, self._urls = task, urls
        self._take_view(keep_cursor=same)
        if self.criteria:
            self.describe()
        self.tick()

    def show_zone(self, zone: tzinfo | None) -> None:
        """Show times in this time zone; None for the machine's."""
        self._render_context.zone = zone
        self.tick()

    def highlight_task_filter(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        """Highlight the matches of the task list's filter, unless this pane has filter words of its own."""
        if not self.criteria.words:
            self._highlight(patterns)

    def rearrange(self) -> None:
        self._highlight(self.criteria.highlight_patterns())
        self._take_view(keep_cursor=True)

    def _highlight(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        if patterns != self._render_context.patterns:
            self._render_context.patterns = patterns
            self.table.repaint()

    def show_top(self) -> None:
        self._goes_to_top = True

    @on(LiveTable.Highlighted)
    def _highlighted(self) -> None:
        self._show_selected_url()

    def _show_selected_url(self) -> None:
        selected = self.selected
        header = sum(_lines(text) for text in self._displayed.values())
        spare = self.size.height - header - len(self._view) - 2  # the filter bar, and the table's header
        most = max(1, self.size.height // _SELECTED_SHARE, spare)
        self._selected_url.show(selected.url if selected else "", self._view.prefix, self._view.longest, most)

    def counts(self) -> tuple[int, int]:
        return len(self._view), len(self._urls)

    def failed(self, row: UrlProgress) -> bool:
        return row.status == Status.FAILURE

    def _take_view(self, *, keep_cursor: bool) -> None:
        task = self._shown
        urls = list(self._urls) if task else []
        self._filtered_for = self._stuck_and_flagged(task)
        if task and self.criteria:
            context = self._render_context.filter_context
            urls = [url for url in urls if self.criteria.shows_url(url, task, context)]
        if order := url_order(self.sort):
            urls.sort(key=order)
        before, self._view = self._view, UrlView(urls)
        if not self._view.has_urls_of(before):
            self._render_context.hidden_prefix = self._view.prefix
            self.table.repaint()
        self.table.empty_text = no_urls(hidden=len(self._urls), is_selected=task is not None)
        self.table.set_view(self._view, keep_cursor=keep_cursor)
        if self._goes_to_top:
            self._goes_to_top = False
            self.table.move_to_top()
        self._show_selected_url()

    def on_resize(self, _event: Resize) -> None:
        self.tick()  # the summary is wrapped anew
        self._selected_url.repaint()

    def _stuck_and_flagged(self, task: Task | None) -> tuple[bool, bool]:
        context = self._render_context
        return task is not None and context.is_stuck(task), task is not None and task.key in context.flagged

    def tick(self) -> None:
        """Update what depends on the clock."""
        task, context = self._shown, self._render_context
        if self.criteria.words and self._filtered_for != self._stuck_and_flagged(task):
            self._take_view(keep_cursor=True)
            self.describe()
        width = self.size.width - 2
        text = Text() if task is None else task_summary(task, context, self._usual(task), width)
        advice = Text() if task is None else task_advice(task, context.stuck_for(task))
        room = max(1, self.size.height - _LEAST_LINES)
        text, advice = header_lines(text, advice, width, room, context.glyphs.ellipsis)
        self._display(self._summary, text)
        self._display(self._advice, advice)
        self._show_selected_url()
        self.table.tick()

    def _display(self, widget: Static, text: Text) -> None:
        """Show `text` if it has changed, with a new layout of the screen (the most expensive step) only if needed."""
        before = self._displayed.get(widget)
        if text == before:
            return
        self._displayed[widget] = text
        widget.display = bool(text.plain)
        # Both come with their line breaks, so their height is their number of lines.
        widget.update(themed(text), layout=before is None or _lines(text) != _lines(before))


def _shown_cells(url: str) -> int:
    return len(url) if url.isascii() and url.isprintable() else cell_len(sanitize(url, len(url)))


def _lines(text: Text) -> int:
    return text.plain.count("\n") + bool(text.plain)
