"""TaskTable: the account's tasks, one line each."""

from collections.abc import Hashable
from datetime import date

from rich.text import Text

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.column_layout import Column
from ucdn_tui.ui.table.live_table import LiveTable


class TaskTable(LiveTable[TaskKey, Task]):
    """People know a task by its URL, not by its id; so the URL, the status and the per cent are always there."""

    def __init__(self, context: RenderContext) -> None:
        super().__init__(
            task_columns(context),
            sort_indicators=(context.glyphs.ascending, context.glyphs.descending),
            id="tasks",
        )
        self._render_context = context
        self._day = self._today()

    def tick(self) -> None:
        """Let a second pass; and at midnight the times of day of what was today, which get a date."""
        if (day := self._today()) != self._day:
            self._day = day
            self.repaint()
        super().tick()

    def _today(self) -> date | None:
        now = fmt.day_and_time(self._render_context.now(), self._render_context.zone)
        return now and now.date()

    def show_marks(self) -> None:
        """Have a column for marks as long as there are any, and paint them."""
        self.columns = task_columns(self._render_context)

    async def action_select(self) -> None:
        """Have the screen go in before the next key is looked at; a message would come behind it."""
        if self.cursor_index is not None:
            self._select_index(
                self.cursor_index
            )  # whoever goes into a task means this one, not one that it stands in for
            await self.run_action("screen.enter")


def task_columns(context: RenderContext) -> list[Column[Task]]:
    """Return the columns. When room is short they go in this order: type, created, id, kind, time, number of URLs."""
    glyphs = context.glyphs

    def mark(task: Task, _width: int) -> Text:
        return Text(glyphs.flagged if task.key in context.marked else " ", "accent")

    def status(task: Task, width: int) -> Text:
        return context.mark(fmt.task_status(task, width, glyphs, stuck=context.is_stuck(task)))

    def progress(task: Task, width: int) -> Text:
        return fmt.progress(task.percent, width, fmt.task_style(task), glyphs)

    def done(task: Task, _width: int) -> Text:
        return Text(f"{task.done}/{task.urls}")

    def time(task: Task, _width: int) -> Text:
        left = context.time_remaining(task)
        return Text(fmt.span(*left) if left else fmt.running_time(task, context.now()))

    def kind(task: Task, _width: int) -> Text:
        return context.text(task.kind)

    def type_(task: Task, width: int) -> Text:
        return context.text(sanitize(task.type, width), "dim")

    def created(task: Task, _width: int) -> Text:
        return Text(fmt.moment(task.created, context.now(), context.zone), "dim")

    def task_id(task: Task, width: int) -> Text:
        return context.text(sanitize(task.task_id, width), "dim")

    def standing(task: Task) -> Hashable:
        return task.status, task.failed, task.urls, task.processing, task.waiting, context.is_stuck(task)

    def creation(task: Task) -> Hashable:
        return task.created, context.now() // 60  # the day begins with a minute, wherever one is

    def address(task: Task) -> Hashable:
        # What is looked for may be in any of its URLs: then nothing short of the whole task tells that it is the same.
        return (task.first_url, task.urls) if context.pattern is None else task

    return [
        *([Column("mark", "", 1, mark)] if context.marked else []),
        Column("status", _("Status"), 14, status, min_width=9, ticking=is_active, shows=standing),
        Column("progress", _("Progress"), 13, progress, min_width=4, shows=lambda task: (task.percent, task.outcome)),
        Column("urls", _("URLs"), 7, done, drop=6, align="right", shows=lambda task: (task.done, task.urls)),
        Column("time", _("Time"), 8, time, drop=5, align="right", ticking=is_active),
        Column("kind", _("Kind"), 8, kind, drop=4, shows=lambda task: task.kind),
        Column("type", _("Type"), 4, type_, drop=1, shows=lambda task: task.type),
        Column("created", _("Created"), 11, created, drop=2, shows=creation),
        Column("url", "URL", 22, context.first_url, min_width=22, grow=1, shows=address),
        Column("id", _("Task id"), 23, task_id, drop=3, shows=lambda task: task.task_id),
    ]


def is_active(task: Task) -> bool:
    """Return whether a task's time still runs."""
    return task.phase is Phase.ACTIVE
