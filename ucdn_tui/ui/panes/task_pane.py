"""TaskPane: the list of tasks, filtered and sorted, with flags and following the newest active task."""

import asyncio
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from ucdn_tui.api.models import Phase, Status, Task, TaskKey
from ucdn_tui.i18n import _
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_columns import TaskTable
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.watch.listing.distinct_urls import DistinctUrls
from ucdn_tui.watch.listing.filter import Criteria, statuses_of
from ucdn_tui.watch.listing.sort import DEFAULT, newest_first_key, task_order
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.store import Changes, TaskStore

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.picker import Choice

_SLICE = 100
"""Tasks that are searched for words before other events are handled: with 100 URLs each, they take about 5 ms."""

_SLICE_WITHOUT_WORDS = 2000
"""The same for criteria that need no URLs."""


class TaskPane(Pane):
    """Shows a store's tasks. The owner of the store passes each change to `apply`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings.TASK_PANE]

    @dataclass
    class Highlighted(Message):
        """Another task is selected (None: the list is empty)."""

        key: TaskKey | None

    @dataclass
    class FlaggedFinished(Message):
        """The flagged tasks that were active when they were flagged have all finished. Their flags stay."""

        tasks: list[Task]

    def __init__(self, store: TaskStore, context: RenderContext) -> None:
        self._store = store
        self._render_context = context
        self._view = TaskView(store, task_order(DEFAULT))
        self._next_view: TaskView | None = None
        """The view that is being filled in slices."""
        self._following = False
        self._filtered_for: set[tuple[str, TaskKey]] = set()
        """The stuck and flagged tasks for which the views were filtered, as `_stuck_and_flagged` returns them."""

        self._distinct_urls = DistinctUrls(store)
        self._goes_to_top = False
        context.urls = lambda: self._view.urls
        context.distinguishing_url = lambda task: self._distinct_urls.of(task, self._view, context.patterns.get("url"))
        self._awaited: set[TaskKey] = set()
        """The flagged tasks that were active when they were flagged, until all of them have finished."""

        self.table = TaskTable(context)
        self.table.view = self._view
        self.table.user_moved = self._user_moved
        super().__init__(self.table, DEFAULT, id="task-pane", filter_id="task-filter")
        self._shown_criteria = self.criteria

    def compose(self) -> ComposeResult:
        yield self.filter_bar
        yield self.table

    @on(LiveTable.Highlighted)
    def _highlighted(self, message: LiveTable.Highlighted) -> None:
        # Posted again by the pane: what the table posts while the pane handles a message counts as sent by the pane,
        # and Textual does not bubble a message beyond its sender.
        message.stop()
        self.post_message(self.Highlighted(message.key))

    # Changes of the store

    def apply(self, changes: Changes) -> None:
        """Show the changes of the store."""
        moved = self._view.apply(changes)
        if self._next_view is not None:
            self._next_view.apply(changes)
        if moved:
            self._distinct_urls.clear()
        else:
            for _old, task in changes.changed:
                self._distinct_urls.forget(task.key)
        self.table.make_room(changes.current)
        self.table.refresh_view({task.key for _old, task in changes.changed}, moved=moved)
        self._follow()
        self._update_flags(changes)
        self._refilter_stuck_and_flagged()
        if self.criteria:
            self.describe()

    def tick(self) -> None:
        """Update what depends on the clock."""
        self._refilter_stuck_and_flagged()
        self.table.tick()

    def _stuck_and_flagged(self) -> set[tuple[str, TaskKey]]:
        """Return what the filter asks for and the store's changes do not tell: which tasks are flagged, and stuck."""
        found: set[tuple[str, TaskKey]] = set()
        if self.criteria.asks_whether("flagged"):
            found.update(("flagged", key) for key in self._render_context.flagged)
        if self.criteria.asks_whether("stuck"):
            active = (self._store[key] for key in self._store.keys_in(Phase.ACTIVE))
            found.update(("stuck", task.key) for task in active if self._render_context.is_stuck(task))
        return found

    def _refilter_stuck_and_flagged(self) -> None:
        """Filter the tasks again that have become flagged or stuck since the last time, or are so no longer."""
        before, self._filtered_for = self._filtered_for, self._stuck_and_flagged()
        if before == self._filtered_for:
            return
        keys = {key for _name, key in before ^ self._filtered_for}
        tasks = [task for key in keys if (task := self._store.get(key)) is not None]
        if self._next_view is not None:
            self._next_view.check_again(tasks)
        if self._view.check_again(tasks):
            self._distinct_urls.clear()
            self.table.refresh_view((), moved=True)
            self._follow()
            self.describe()

    # Filter and order

    def counts(self) -> tuple[int, int]:
        return len(self._view), len(self._store)

    def listed(self) -> list[TaskKey]:
        """Return the keys of the tasks that match the filter, in display order."""
        return [self._view.key_at(row) for row in range(len(self._view))]

    def failed(self, row: Task) -> bool:
        return Status.FAILURE in statuses_of(row)

    def notes(self) -> list[Text]:
        flagged = len(self._render_context.flagged)
        parts = [Text(_("following"), "strong")] if self._following else []
        return parts + ([Text(_("{count} flagged").format(count=flagged), "accent")] if flagged else [])

    def _sort_choices(self) -> "list[Choice]":
        from ucdn_tui.ui.dialogs.picker import Choice

        # The heading says the time zone, too; the task id has no column.
        labels = {choice.id: choice.label for choice in super()._sort_choices()} | {"created": _("Created")}
        return [*(Choice(id_, label) for id_, label in labels.items()), Choice("id", _("Task id"))]

    def rearrange(self) -> None:
        """Show the matching tasks. A long list is filtered in slices; until then, the old view stays."""
        self._filtered_for = self._stuck_and_flagged()
        # `is:stuck` and `is:flagged` may show other tasks by now.
        same = self.criteria == self._shown_criteria and not any(map(self.criteria.asks_whether, ("stuck", "flagged")))
        urls = self._view.urls if same else None
        view = TaskView(self._store, task_order(self.sort), self._filter(self.criteria), filled=False, urls=urls)
        self.workers.cancel_node(self)
        if view.fill(self._slice()):
            self._next_view = view
            self._fill(view)
        else:
            self._take_view(view)

    @work(group="arrange", exclusive=True)
    async def _fill(self, view: TaskView) -> None:
        while view.fill(self._slice()):  # noqa: ASYNC110 - this does not poll
            await asyncio.sleep(0)  # let keys and polls be handled
        self._take_view(view)
        self.describe()

    def _slice(self) -> int:
        return _SLICE if self.criteria.words else _SLICE_WITHOUT_WORDS

    def _take_view(self, view: TaskView) -> None:
        self._next_view = None
        filtered = self.criteria != self._shown_criteria
        self._view, self._shown_criteria = view, self.criteria
        self._distinct_urls.clear()
        self.table.set_view(view, keep_cursor=True)
        if filtered:
            self._render_context.patterns = self.criteria.highlight_patterns()
            self.table.repaint()  # other URLs may be told apart by other parts
        if self._goes_to_top:
            self._goes_to_top = False
            self.table.move_to_top()
        self._follow()

    def _filter(self, criteria: Criteria) -> "partial[bool] | None":
        return partial(criteria.shows_task, context=self._render_context.filter_context) if criteria else None

    def show_top(self) -> None:
        self._goes_to_top = True

    def show_zone(self, zone: tzinfo | None) -> None:
        """Show times in this time zone; None for the machine's."""
        self._render_context.zone = zone
        self.table.show_columns()

    # Following

    @property
    def following(self) -> bool:
        """Whether the selection follows the newest active task."""
        return self._following

    def follow(self, following: bool) -> None:
        """Follow the newest active task until the user selects another one, or stop following."""
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
        newest = min(shown, key=newest_first_key, default=None)
        if newest is not None and newest.key != self.table.cursor_key:
            self.table.move_to(newest.key)

    # Flags

    @property
    def flagged(self) -> list[Task]:
        """The flagged tasks in the list's order, also those that the filter hides."""
        order = task_order(self.sort)
        tasks = [self._store[key] for key in self._render_context.flagged]
        return sorted(tasks, key=lambda task: (*order(task), task.key))

    def action_flag(self) -> None:
        """Flag the selected task, or remove its flag, and select the next one."""
        key, flagged = self.table.cursor_key, self._render_context.flagged
        task = self._store.get(key) if key is not None else None
        if task is None:
            return
        if task.key in flagged:
            flagged.remove(task.key)
            self._awaited.discard(task.key)
            self._report_finished()
        else:
            flagged.add(task.key)
            if task.phase is Phase.ACTIVE:
                self._awaited.add(task.key)
        self._show_flags()
        if self.table.cursor_key == key:  # the filter may have hidden it, and then the next one is selected already
            self.table.action_move(1)

    def action_clear_flags(self) -> None:
        self._awaited.clear()
        self._render_context.flagged.clear()
        self._show_flags()

    def _update_flags(self, changes: Changes) -> None:
        gone = {task.key for task in changes.removed} & self._render_context.flagged
        if gone:
            self._render_context.flagged -= gone
            self._awaited -= gone
            self._show_flags()
        self._report_finished()

    def _report_finished(self) -> None:
        """Post `FlaggedFinished` once all awaited tasks have finished."""
        tasks = [self._store[key] for key in self._awaited]
        if tasks and all(task.phase is Phase.SETTLED for task in tasks):
            self._awaited.clear()
            self.post_message(self.FlaggedFinished(tasks))

    def _show_flags(self) -> None:
        self.table.show_columns()
        self._refilter_stuck_and_flagged()
        self.describe()
        self.post_message(self.Arranged())
