"""TaskTable: the account's tasks, one line each."""

from collections.abc import Callable
from datetime import tzinfo

from rich.text import Text

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.i18n import _
from ucdn_tui.text import harmless
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.format import Glyphs
from ucdn_tui.ui.live_table import Column, LiveTable


class TaskTable(LiveTable[TaskKey, Task]):
    """People know a task by its URL, not by its id; so the URL, the status and the per cent are always there."""

    def __init__(self, now: Callable[[], float], zone: tzinfo | None, glyphs: Glyphs) -> None:
        """`now` returns the server's time in Unix seconds; times of day are shown in `zone` (None: the machine's)."""
        super().__init__(
            task_columns(now, zone, glyphs),
            sort_marks=(glyphs.ascending, glyphs.descending),
            id="tasks",
        )

    async def action_select(self) -> None:
        """Have the screen go in before the next key is looked at; a message would come behind it."""
        if self.cursor_key is not None:
            await self.run_action("screen.enter")


def task_columns(now: Callable[[], float], zone: tzinfo | None, glyphs: Glyphs) -> list[Column[Task]]:
    """Return the columns. When room is short they go in this order: type, created, id, kind, time, number of URLs."""

    def status(task: Task, width: int) -> Text:
        return fmt.task_status(task, width, glyphs)

    def progress(task: Task, width: int) -> Text:
        return fmt.progress(task.percent, width, fmt.task_style(task), glyphs)

    def done(task: Task, _width: int) -> Text:
        return Text(f"{task.done}/{task.urls}")

    def time(task: Task, _width: int) -> Text:
        return Text(fmt.running_time(task, now()))

    def kind(task: Task, _width: int) -> Text:
        return Text(task.kind)

    def type_(task: Task, width: int) -> Text:
        return Text(harmless(task.type, width), "dim")

    def created(task: Task, _width: int) -> Text:
        return Text(fmt.moment(task.created, now(), zone), "dim")

    def url(task: Task, width: int) -> Text:
        return fmt.first_url(task, width, glyphs)

    def task_id(task: Task, width: int) -> Text:
        return Text(harmless(task.task_id, width), "dim")

    return [
        Column("status", _("Status"), 14, status, min_width=9),
        Column("progress", _("Progress"), 13, progress, min_width=4),
        Column("urls", _("URLs"), 7, done, drop=6, align="right"),
        Column("time", _("Time"), 7, time, drop=5, align="right", ticking=is_active),
        Column("kind", _("Kind"), 8, kind, drop=4),
        Column("type", _("Type"), 4, type_, drop=1),
        Column("created", _("Created"), 11, created, drop=2),
        Column("url", "URL", 24, url, min_width=24, grow=1),
        Column("id", _("Task id"), 23, task_id, drop=3),
    ]


def is_active(task: Task) -> bool:
    """Return whether a task's time still runs."""
    return task.phase is Phase.ACTIVE
