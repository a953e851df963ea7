"""TaskTable: the table of tasks, and its columns."""

from collections.abc import Hashable, Iterable
from datetime import date

from rich.cells import cell_len
from rich.text import Text

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.duration_words import duration_range
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text import format as fmt
from ucdn_tui.ui.text import times
from ucdn_tui.watch.listing.names import kind_word


class TaskTable(LiveTable[TaskKey, Task]):
    """One task a row. Status, progress and URL always have a column: people know a task by its URL, not by its id."""

    def __init__(self, context: RenderContext) -> None:
        super().__init__(
            task_columns(context),
            task_steps(context, 0),
            sort_indicators=(context.glyphs.ascending, context.glyphs.descending),
            id="tasks",
        )
        self._render_context = context
        self._day = self._today()
        self._most_urls = 0
        self._painted_version = 0
        """The version of the view's URLs that the rows were painted for."""

    def tick(self) -> None:
        """Update what depends on the clock. At midnight, times of the day before get a date."""
        if (day := self._today()) != self._day:
            self._day = day
            self.show_columns()  # the time zone may have changed as well, by daylight saving time
        elif self._render_context.urls().version != self._painted_version:
            self.repaint()
        super().tick()

    def repaint(self) -> None:
        self._painted_version = self._render_context.urls().version
        super().repaint()

    def make_room(self, tasks: Iterable[Task]) -> None:
        """Widen the column of URL counts for the largest count among these tasks, too."""
        most = max((task.urls for task in tasks), default=0)
        if len(str(most)) > len(str(self._most_urls)):
            self._most_urls = most
            self.show_columns()

    def _today(self) -> date | None:
        now = times.day_and_time(self._render_context.now(), self._render_context.zone)
        return now and now.date()

    def show_columns(self) -> None:
        """Update the columns. That of flags exists only while any task is flagged."""
        self.set_columns(task_columns(self._render_context), task_steps(self._render_context, self._most_urls))

    async def action_select(self) -> None:
        """Open the task before the next key is handled; a message would be handled after it."""
        if self.cursor_index is not None:
            self._select_index(self.cursor_index)  # the user means this task, not a filtered one whose place it took
            await self.run_action("screen.enter")


def task_columns(context: RenderContext) -> list[Column[Task]]:
    """Return the columns. Each has one meaning.

    Time is how long the task has run, or took; Left is how much longer it may take.
    """
    glyphs = context.glyphs
    created_label = created_heading(context)

    def flag(task: Task, _width: int) -> Text:
        return Text(glyphs.flagged if task.key in context.flagged else " ", "accent")

    def status(task: Task, width: int) -> Text:
        if width == 1:
            return fmt.glyph(task.outcome, glyphs)
        return context.highlight(fmt.task_status(task, width, glyphs, stuck=context.is_stuck(task)), "status")

    def progress(task: Task, width: int) -> Text:
        if task.phase is Phase.SETTLED:
            return Text()  # finished rows are quiet
        # A bar only where something runs.
        return fmt.progress(task.percent, width if is_active(task) else 4, fmt.task_style(task), glyphs)

    def succeeded(task: Task, _width: int) -> Text:
        return Text(f"{task.succeeded}/{task.urls}")

    def time(task: Task, _width: int) -> Text:
        return Text(fmt.running_time(task, context.now()))

    def left(task: Task, width: int) -> Text:
        span = context.time_remaining(task)
        shown = duration_range(*span) if span else ""
        # ~12.5–13.5h is too long: then only its end.
        return Text(shown if span is None or len(shown) <= width else duration_range(0, span.high), "dim")

    def kind(task: Task, width: int) -> Text:
        word = kind_word(task.kind)
        return context.text(word, "kind") if cell_len(word) <= width else Text(fmt.short_kind(task.kind))

    def type_(task: Task, width: int) -> Text:
        return context.text(sanitize(task.type, width), "type", "dim")

    def created(task: Task, _width: int) -> Text:
        return Text(times.moment(task.created, context.now(), context.zone), "dim")

    def shown_status(task: Task) -> Hashable:
        return task.status, task.failed, task.urls, task.processing, task.waiting, context.is_stuck(task)

    def shown_progress(task: Task) -> Hashable:
        return task.percent, task.outcome, task.phase

    def shown_urls(task: Task) -> Hashable:
        return task.succeeded, task.urls

    def shown_creation(task: Task) -> Hashable:
        return task.created, context.now() // 60  # in every time zone, a day begins at a full minute

    def shown_url(task: Task) -> Hashable:
        # Any of the URLs may match the pattern, so the cell then depends on the whole task.
        return task if context.patterns else (context.distinguishing_url(task), task.urls)

    return [
        *([Column("flag", "", flag, sortable=False)] if context.flagged else []),
        Column("status", _("Status"), status, ticking=is_active, shows=shown_status),
        Column("progress", _("Progress"), progress, short_label="%", absorbs=True, shows=shown_progress),
        Column("urls", _("URLs"), succeeded, short_label="#", align="right", shows=shown_urls),
        Column("time", _("Time"), time, align="right", ticking=is_active),
        Column("left", _("Left"), left, align="right", sortable=False, ticking=is_active),
        Column("kind", _("Kind"), kind, shows=lambda task: task.kind),
        Column("type", _("Type"), type_, shows=lambda task: task.type),
        Column("created", created_label, created, shows=shown_creation),
        Column("url", "URL", context.task_url, grows=True, shows=shown_url),
    ]


def created_heading(context: RenderContext) -> str:
    """Return the heading of the times of creation, which says their time zone once for all."""
    return _("Created {zone}").format(zone=times.zone_name(context.now(), context.zone))


def task_steps(context: RenderContext, most_urls: int) -> list[Step]:
    """Return how the columns grow. `most_urls` is the largest number of URLs of a task: numbers are never cut.

    People know a task by its URL, so it comes first. From 99 cells on, which the list has beside the URLs in a terminal
    of 150, to 149, which it has above them in one of 149, the URL has the same width: it must not become narrower where
    the terminal becomes wide enough for both panes side by side. Headings have two more cells, for the sort indicator.
    """
    statuses = max(fmt.status_width(), cell_len(_("Status")) + 2)
    letters = max(cell_len(fmt.short_kind(kind)) for kind in TaskKind)
    return [
        Step("flag", 1),
        Step("url", 12),
        Step("status", 1),
        Step("url", 20),
        Step("progress", 4),
        Step("url", 24),
        Step("status", statuses),
        Step("url", 30),
        Step("urls", max(5, 2 * len(str(most_urls)) + 1)),
        Step("kind", letters),
        Step("url", 40),
        Step("status", statuses + 5),  # and how many of its URLs failed
        Step("time", max(7, cell_len(_("Time")) + 2)),
        Step("url", 52),
        Step("left", max(9, cell_len(_("Left")))),
        Step("kind", max(fmt.kind_width(), cell_len(_("Kind")) + 2)),
        Step("created", max(11, cell_len(created_heading(context)) + 2)),
        Step("progress", 13),
        Step("type", max(4, cell_len(_("Type"))) + 2),
        Step("progress", 30),
        Step("url", 10_000),
    ]


def is_active(task: Task) -> bool:
    """Return whether a task's time is still running."""
    return task.phase is Phase.ACTIVE
