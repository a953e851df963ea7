"""TaskTable: the table of tasks, and its columns."""

from collections.abc import Hashable
from datetime import date

from rich.text import Text

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.durations import duration_range
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui import times
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.column_layout import Column
from ucdn_tui.ui.table.live_table import LiveTable


class TaskTable(LiveTable[TaskKey, Task]):
    """One task a row. Status, progress and URL always have a column: people know a task by its URL, not by its id."""

    def __init__(self, context: RenderContext) -> None:
        super().__init__(
            task_columns(context),
            sort_indicators=(context.glyphs.ascending, context.glyphs.descending),
            id="tasks",
        )
        self._render_context = context
        self._day = self._today()

    def tick(self) -> None:
        """Update what depends on the clock. At midnight, times of the day before get a date."""
        if (day := self._today()) != self._day:
            self._day = day
            self.repaint()
        super().tick()

    def _today(self) -> date | None:
        now = times.day_and_time(self._render_context.now(), self._render_context.zone)
        return now and now.date()

    def show_flags(self) -> None:
        """Update the column of flags, which exists only while any task is flagged."""
        self.columns = task_columns(self._render_context)

    async def action_select(self) -> None:
        """Open the task before the next key is handled; a message would be handled after it."""
        if self.cursor_index is not None:
            self._select_index(self.cursor_index)  # the user means this task, not a filtered one whose place it took
            await self.run_action("screen.enter")


def task_columns(context: RenderContext) -> list[Column[Task]]:
    """Return the columns. A short width drops them in this order: type, created, id, kind, time, URLs."""
    glyphs = context.glyphs

    def flag(task: Task, _width: int) -> Text:
        return Text(glyphs.flagged if task.key in context.flagged else " ", "accent")

    def status(task: Task, width: int) -> Text:
        return context.highlight(fmt.task_status(task, width, glyphs, stuck=context.is_stuck(task)))

    def progress(task: Task, width: int) -> Text:
        return fmt.progress(task.percent, width, fmt.task_style(task), glyphs)

    def done(task: Task, _width: int) -> Text:
        return Text(f"{task.done}/{task.urls}")

    def time(task: Task, _width: int) -> Text:
        left = context.time_remaining(task)
        return Text(duration_range(*left) if left else fmt.running_time(task, context.now()))

    def kind(task: Task, _width: int) -> Text:
        return context.text(task.kind)

    def type_(task: Task, width: int) -> Text:
        return context.text(sanitize(task.type, width), "dim")

    def created(task: Task, _width: int) -> Text:
        return Text(times.moment(task.created, context.now(), context.zone), "dim")

    def task_id(task: Task, width: int) -> Text:
        return context.text(sanitize(task.task_id, width), "dim")

    def shown_status(task: Task) -> Hashable:
        return task.status, task.failed, task.urls, task.processing, task.waiting, context.is_stuck(task)

    def shown_creation(task: Task) -> Hashable:
        return task.created, context.now() // 60  # in every time zone, a day begins at a full minute

    def shown_url(task: Task) -> Hashable:
        # Any of the URLs may match the pattern, so the cell then depends on the whole task.
        return (task.first_url, task.urls) if context.pattern is None else task

    return [
        *([Column("flag", "", 1, flag)] if context.flagged else []),
        Column("status", _("Status"), 14, status, min_width=9, ticking=is_active, shows=shown_status),
        Column("progress", _("Progress"), 13, progress, min_width=4, shows=lambda task: (task.percent, task.outcome)),
        Column("urls", _("URLs"), 7, done, drop=6, align="right", shows=lambda task: (task.done, task.urls)),
        Column("time", _("Time"), 8, time, drop=5, align="right", ticking=is_active),
        Column("kind", _("Kind"), 8, kind, drop=4, shows=lambda task: task.kind),
        Column("type", _("Type"), 4, type_, drop=1, shows=lambda task: task.type),
        Column("created", _("Created"), 11, created, drop=2, shows=shown_creation),
        Column("url", "URL", 22, context.first_url, min_width=22, grow=1, shows=shown_url),
        Column("id", _("Task id"), 23, task_id, drop=3, shows=lambda task: task.task_id),
    ]


def is_active(task: Task) -> bool:
    """Return whether a task's time is still running."""
    return task.phase is Phase.ACTIVE
