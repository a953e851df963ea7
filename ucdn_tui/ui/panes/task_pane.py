"""TaskPane: the list of tasks, what narrows and orders it, following the newest one, and marks."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.i18n import _
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_columns import TaskTable
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.watch.listing.filter import Criteria
from ucdn_tui.watch.listing.sort import DEFAULT, newest_first, task_order
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.store import Changes, TaskStore

_SLICE = 100
"""Tasks that are looked through for words in one go: of 100 URLs each, unpacking them takes some 5 ms."""

_SLICE_WITHOUT_WORDS = 2000
"""The same where their URLs need not be looked at."""


class TaskPane(Pane):
    """Shows a store's tasks. Whoever owns the store tells it of each change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f", "follow", _("Follow"), show=False, id="find.follow", tooltip=_("Go along with the newest active task")
        ),
        Binding(
            "space",
            "mark",
            _("Mark"),
            show=False,
            id="find.mark",
            tooltip=_("Mark, to be told when all marked are over"),
        ),
    ]

    @dataclass
    class Highlighted(Message):
        """Another task is selected (None: there is none)."""

        key: TaskKey | None

    @dataclass
    class MarkedOver(Message):
        """All the tasks that were marked are over; the marks are gone."""

        tasks: list[Task]

    def __init__(self, store: TaskStore, context: RenderContext) -> None:
        self._store = store
        self._render_context = context
        self._view = TaskView(store)
        self._coming: TaskView | None = None
        self._following = False
        self.table = TaskTable(context)
        self.table.view = self._view
        self.table.user_moved = self._user_moved
        super().__init__(self.table, DEFAULT, id="task-pane", filter_id="task-filter")

    def compose(self) -> ComposeResult:
        yield self.filter_bar
        yield self.table

    @on(LiveTable.Highlighted)
    def _highlighted(self, message: LiveTable.Highlighted) -> None:
        # Passed on as our own: what a table says while we handle a message counts as ours, and goes no further than us.
        message.stop()
        self.post_message(self.Highlighted(message.key))

    # From the store

    def apply(self, changes: Changes) -> None:
        """Show what the store has taken over."""
        moved = self._view.apply(changes)
        if self._coming is not None:
            self._coming.apply(changes)
        self.table.refresh_view({task.key for _old, task in changes.changed}, moved=moved)
        self._follow()
        self._watch_marks(changes)
        if self.criteria:
            self.describe()

    # What narrows and orders it

    def found(self) -> tuple[int, int]:
        return len(self._view), len(self._store)

    def listed(self) -> list[TaskKey]:
        """Return the keys of the tasks that are listed, in the order in which they are."""
        return [self._view.key_at(row) for row in range(len(self._view))]

    def also(self) -> list[Text]:
        marked = len(self._render_context.marked)
        parts = [Text(_("following"), "strong")] if self._following else []
        return parts + ([Text(_("{count} marked").format(count=marked), "accent")] if marked else [])

    def rearrange(self) -> None:
        """Show what fits; a long list is looked through bit by bit, and shown as it was until that is done."""
        view = TaskView(self._store, task_order(self.sort), self._filter(self.criteria), filled=False)
        self.workers.cancel_node(self)
        if view.fill(self._slice()):
            self._coming = view
            self._fill(view)
        else:
            self._take_view(view)

    @work(group="arrange", exclusive=True)
    async def _fill(self, view: TaskView) -> None:
        while view.fill(self._slice()):  # noqa: ASYNC110 - nothing is waited for
            await asyncio.sleep(0)  # keys, and the poller, have their turn
        self._take_view(view)
        self.describe()

    def _slice(self) -> int:
        return _SLICE if self.criteria.words else _SLICE_WITHOUT_WORDS

    def _take_view(self, view: TaskView) -> None:
        self._coming = None
        self._view = view
        if (pattern := self.criteria.marks()) != self._render_context.pattern:
            self._render_context.pattern = pattern
            self.table.repaint()
        self.table.set_view(view, keep_cursor=True)
        self._follow()

    def _filter(self, criteria: Criteria) -> "partial[bool] | None":
        return partial(self._shows, criteria) if criteria else None

    def _shows(self, criteria: Criteria, task: Task) -> bool:
        return criteria.shows_task(task, partial(self._store.url_text, task.key))

    # Following

    @property
    def following(self) -> bool:
        """Whether the selection goes along with the newest active task."""
        return self._following

    def follow(self, following: bool) -> None:
        """Go along with the newest active task, until somebody selects another one."""
        if following != self._following:
            self._following = following
            self._follow()
            self.describe()
            self.post_message(self.Arranged())

    def action_follow(self) -> None:
        self.follow(not self._following)

    def _user_moved(self) -> None:
        self.follow(False)

    def _follow(self) -> None:
        if not self._following:
            return
        active = (self._store[key] for key in self._store.keys_in(Phase.ACTIVE))
        shown = (task for task in active if self._view.index_of(task.key) is not None)
        newest = min(shown, key=newest_first, default=None)
        if newest is not None and newest.key != self.table.cursor_key:
            self.table.move_to(newest.key)

    # Marks

    def action_mark(self) -> None:
        """Mark the selected task, or take its mark off, and go on to the next one."""
        key = self.table.cursor_key
        task = self._store.get(key) if key is not None else None
        if task is None:
            return
        if task.key in self._render_context.marked:
            self._render_context.marked.remove(task.key)
        elif task.phase is Phase.SETTLED:
            self.notify(_("This task is over already."), markup=False)
            return
        else:
            self._render_context.marked.add(task.key)
        self._end_marks()
        self._show_marks()
        self.table.action_move(1)

    def _watch_marks(self, changes: Changes) -> None:
        marked = self._render_context.marked
        if not marked:
            return
        gone = {task.key for task in changes.removed} & marked
        marked -= gone
        if self._end_marks() or gone:
            self._show_marks()

    def _end_marks(self) -> bool:
        """Take the marks off, and tell, once all that have one are over; return whether they are."""
        tasks = [self._store[key] for key in self._render_context.marked]
        over = all(task.phase is Phase.SETTLED for task in tasks)
        if over and tasks:
            self._render_context.marked.clear()
            self.post_message(self.MarkedOver(tasks))
        return over

    def _show_marks(self) -> None:
        self.table.show_marks()
        self.describe()
        self.post_message(self.Arranged())
