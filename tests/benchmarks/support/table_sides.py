"""The two sides of the table benchmarks: our panes as in the dashboard, and `DataTable`s."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable

from benchmarks.support.data import NOW, answer, pages
from ucdn_tui.api.decoding.decode import decode_describe
from ucdn_tui.api.models import Task, TaskKey, TaskKind, TaskRow, UrlProgress
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_columns import task_columns, task_steps
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_columns import url_columns, url_steps
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.table.layout import GAP, Column, fit
from ucdn_tui.ui.text.glyphs import UNICODE
from ucdn_tui.watch.listing.filter import Criteria
from ucdn_tui.watch.listing.sort import Sort
from ucdn_tui.watch.store import Cause, Changes, TaskStore

if TYPE_CHECKING:
    from textual.widgets.data_table import RowKey

R = TypeVar("R")

CHANGED = 20
"""Tasks that a tick changes: the newest ones, which are visible unless the list is scrolled."""

_SCROLLBAR = 2
"""Width of a DataTable's scrollbar in cells."""


class World:
    """Tasks in a store and the API's answers for the active ones at each tick, reproducible for the same sizes."""

    def __init__(self, tasks: int, urls: int, *, first: tuple[int, int] = (0, 0)) -> None:
        """`first` is the number of the newest tasks and of their URLs, if different."""
        self.store = TaskStore()
        self.now = float(NOW)
        self.context = RenderContext(lambda: self.now, UTC, UNICODE)
        self._urls = urls
        self._step = 0
        active = 0 if first[0] else CHANGED
        bodies = [answer(*first), *(pages(tasks, urls, active=active, offset=first[0]))]
        for body in bodies:
            self.store.apply(TaskKind.REFRESH, _rows(body), cause=Cause.FIRST_LOAD, now=NOW)
        self.tasks = tuple(self.store)
        self.most_urls = max((task.urls for task in self.tasks), default=0)

    def next_rows(self) -> list[TaskRow]:
        """Advance the time by five seconds and return the API's rows for the active tasks."""
        self._step += 1
        self.now += 5
        return _rows(answer(CHANGED, self._urls, active=CHANGED, step=self._step))

    def take(self, rows: list[TaskRow]) -> Changes:
        """Apply an answer to the store."""
        changes = self.store.apply(TaskKind.REFRESH, rows, cause=Cause.POLL, now=self.now)
        assert len(changes.changed) == CHANGED
        return changes


def _rows(body: bytes) -> list[TaskRow]:
    return decode_describe(body)[0].task_list or []


class OurPanes(Horizontal):
    """The two panes of the dashboard, or only the task pane."""

    DEFAULT_CSS = """
    OurPanes > #task-pane { width: 3fr; height: 1fr; }
    OurPanes > #details { width: 2fr; height: 1fr; }
    OurPanes #tasks { height: 1fr; }
    """

    def __init__(self, world: World, *, details: bool = False) -> None:
        super().__init__()
        self.world = world
        self.pane = TaskPane(world.store, world.context)
        self.details = UrlPane(replace(world.context), lambda _task: None) if details else None

    def compose(self) -> ComposeResult:
        yield self.pane
        if self.details is not None:
            yield self.details

    def on_mount(self) -> None:
        self.pane.table.focus()

    def empty(self) -> None:
        """Remove all rows and cached cells."""
        self.pane.apply(Changes(Cause.RECONCILIATION, removed=self.world.tasks))
        self.pane.table.repaint()

    def fill(self, count: int | None = None) -> None:
        self.pane.apply(Changes(Cause.FIRST_LOAD, added=self.world.tasks[:count]))

    def tick(self) -> Callable[[], None]:
        """Return the action to measure: from the API's rows through store and view to the table."""
        rows = self.world.next_rows()
        return lambda: self.pane.apply(self.world.take(rows))

    def sort(self, column: str, reverse: bool) -> None:
        self.pane.choose(Criteria(), Sort(column, reverse))

    @on(TaskPane.Highlighted)
    def _highlighted(self, message: TaskPane.Highlighted) -> None:
        if self.details is not None and message.key is not None:
            self.details.show(self.world.store[message.key], self.world.store.urls(message.key))


class TheirTables(Horizontal):
    """The same lists as `DataTable`s with the same columns and texts, and fixed column widths."""

    DEFAULT_CSS = """
    TheirTables > #tasks { width: 3fr; height: 1fr; }
    TheirTables > #urls { width: 2fr; height: 1fr; }
    """

    def __init__(self, world: World, *, details: bool = False) -> None:
        super().__init__()
        self.world = world
        self.tasks: DataTable[Text] = DataTable(cursor_type="row", cell_padding=0, id="tasks")
        self.urls: DataTable[Text] = DataTable(cursor_type="row", cell_padding=0, id="urls")
        self._details = details
        self._task_columns: Sequence[tuple[Column[Task], int]] = ()
        self._url_columns: Sequence[tuple[Column[UrlProgress], int]] = ()
        self._row_keys: dict[TaskKey, RowKey] = {}
        self._keys: dict[RowKey, TaskKey] = {}

    def compose(self) -> ComposeResult:
        yield self.tasks
        if self._details:
            yield self.urls

    def on_mount(self) -> None:
        self.tasks.focus()

    def add_columns(self) -> None:
        """Add the columns. Call it once the tables have a size."""
        self._task_columns = fit(
            task_columns(self.world.context),
            task_steps(self.world.context, self.world.most_urls),
            self.tasks.size.width - _SCROLLBAR,
        )
        _add_columns(self.tasks, self._task_columns)
        if self._details:
            self._url_columns = fit(url_columns(self.world.context), url_steps(), self.urls.size.width - _SCROLLBAR)
            _add_columns(self.urls, self._url_columns)

    def empty(self) -> None:
        self.tasks.clear()

    def fill(self, count: int | None = None) -> None:
        tasks = self.world.tasks[:count]
        row_keys = self.tasks.add_rows(_cells(self._task_columns, task) for task in tasks)
        self._row_keys = {task.key: row_key for task, row_key in zip(tasks, row_keys, strict=True)}
        self._keys = {row_key: key for key, row_key in self._row_keys.items()}

    def tick(self) -> Callable[[], None]:
        """Return the action to measure: from the store's tasks to the table."""
        changes = self.world.take(self.world.next_rows())
        return lambda: self._update([task for _old, task in changes.changed])

    def _update(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            row_key = self._row_keys[task.key]
            for (column, _size), text in zip(self._task_columns, _cells(self._task_columns, task), strict=True):
                if text != self.tasks.get_cell(row_key, column.id):
                    self.tasks.update_cell(row_key, column.id, text)

    def sort(self, column: str, reverse: bool) -> None:
        self.tasks.sort(column, key=lambda text: text.plain, reverse=reverse)

    @on(DataTable.RowHighlighted, "#tasks")
    def _highlighted(self, message: DataTable.RowHighlighted) -> None:
        if self._details and message.row_key in self._keys:
            urls = self.world.store.urls(self._keys[message.row_key])
            self.urls.clear()
            self.urls.add_rows(_cells(self._url_columns, url) for url in urls)


def _add_columns(table: DataTable[Text], columns: Sequence[tuple[Column[R], int]]) -> None:
    """Add columns with the same gaps as ours."""
    for index, (column, size) in enumerate(columns, 1):
        gap = GAP if index < len(columns) else 0
        table.add_column(Text(column.label), key=column.id, width=size + gap)


def _cells(columns: Sequence[tuple[Column[R], int]], row: R) -> list[Text]:
    cells = []
    for column, size in columns:
        text = column.render(row, size)
        text.justify = column.align
        cells.append(text)
    return cells
