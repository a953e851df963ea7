"""UrlPane: the selected task: what it is, how it stands, and the progress of each of its URLs."""

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import harmless
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.format import Glyphs
from ucdn_tui.ui.live_table import Column, LiveTable
from ucdn_tui.ui.themed import themed

UrlKey = tuple[str, int]
"""A URL and its nth occurrence within the task."""


_WORDS = 80
"""Cells: the summary has room for the words of a status."""


class UrlView:
    """A task's URLs in the API's order, as the table wants them."""

    def __init__(self, urls: Sequence[UrlProgress]) -> None:
        self._urls = urls
        self._rows = {url.key: row for row, url in enumerate(urls)}

    def __len__(self) -> int:
        return len(self._urls)

    def key_at(self, index: int) -> UrlKey:
        return self._urls[index].key

    def row_at(self, index: int) -> UrlProgress:
        return self._urls[index]

    def index_of(self, key: UrlKey) -> int | None:
        return self._rows.get(key)


class UrlPane(Vertical):
    """Shows one task. It asks for nothing: whoever owns it says which task, and what its URLs are."""

    DEFAULT_CSS = """
    UrlPane > #task-summary { height: auto; padding: 0 1; background: $surface; }
    UrlPane > #urls { height: 1fr; }
    """

    def __init__(self, now: Callable[[], float], zone: tzinfo | None, glyphs: Glyphs) -> None:
        super().__init__(id="details")
        self._now = now
        self._zone = zone
        self._glyphs = glyphs
        self._shown: Task | None = None
        self._summary = Static(id="task-summary", markup=False)
        self.table: LiveTable[UrlKey, UrlProgress] = LiveTable(
            url_columns(now, glyphs), pin_top_until_moved=False, empty_text=_("No task is selected."), id="urls"
        )

    def compose(self) -> ComposeResult:
        yield self._summary
        yield self.table

    @property
    def shown(self) -> Task | None:
        """The task that is shown."""
        return self._shown

    def show(self, task: Task | None, urls: Sequence[UrlProgress]) -> None:
        """Show this task; where it is the one already shown, the cursor stays on its URL."""
        same = task is not None and self._shown is not None and task.key == self._shown.key
        self._shown = task
        self.table.empty_text = _("No task is selected.") if task is None else _("The API names no URLs of this task.")
        self.table.set_view(UrlView(urls), keep_cursor=same)
        self.tick()

    def tick(self) -> None:
        """Bring what depends on the clock up to date."""
        text = Text() if self._shown is None else task_summary(self._shown, self._now(), self._zone, self._glyphs)
        self._summary.display = bool(text.plain)
        self._summary.update(themed(text))
        self.table.tick()


def url_columns(now: Callable[[], float], glyphs: Glyphs) -> list[Column[UrlProgress]]:
    """Return the columns: status, bar and per cent, duration, URL."""

    def status(url: UrlProgress, _width: int) -> Text:
        return fmt.status(url.status, glyphs)

    def progress(url: UrlProgress, width: int) -> Text:
        return fmt.progress(url.percent, width, fmt.status_style(url.status), glyphs)

    def time(url: UrlProgress, _width: int) -> Text:
        return Text(fmt.url_time(url, now()))

    def text(url: UrlProgress, width: int) -> Text:
        return Text(fmt.url_text(url.url, width, glyphs))

    return [
        Column("status", _("Status"), 9, status),
        Column("progress", _("Progress"), 13, progress, min_width=4),
        Column("time", _("Time"), 7, time, drop=1, align="right", ticking=is_active),
        Column("url", "URL", 24, text, min_width=24, grow=1),
    ]


def is_active(url: UrlProgress) -> bool:
    """Return whether a URL's time still runs."""
    return url.status in (Status.PROCESS, Status.WAIT)


def task_summary(task: Task, now: float, zone: tzinfo | None, glyphs: Glyphs) -> Text:
    """Return what there is to say of a task in three lines: how it stands, what it is, and its times."""
    dot = f" {glyphs.dot} "
    tally = [
        Text(f"{fmt.status_glyph(status, glyphs)} {count}", fmt.status_style(status))
        for status, count in (
            (Status.SUCCESS, task.succeeded),
            (Status.PROCESS, task.processing),
            (Status.WAIT, task.waiting),
            (Status.FAILURE, task.failed),
            ("", task.other),
        )
        if count
    ]
    urls = ngettext("of {count} URL", "of {count} URLs", task.urls).format(count=task.urls)
    standing = Text("  ").join(
        [fmt.task_status(task, _WORDS, glyphs), Text(f"{task.percent}%"), *tally, Text(urls, "dim")]
    )
    task_id = harmless(task.task_id, 200) or _("no task id")
    nature = [task.kind, harmless(task.type, 20), _("whole-site") if task.is_dcdn else "", task_id]
    ran = fmt.running_time(task, now)
    changed = fmt.age(task.last_change, now) if task.last_change else fmt.NOTHING
    times = [
        _("created {moment}").format(moment=fmt.moment(task.created, now, zone)),
        (_("took {duration}") if task.phase is Phase.SETTLED else _("for {duration}")).format(duration=ran),
        _("changed {age} ago").format(age=changed),
    ]
    lines = [Text(dot.join(part for part in parts if part), "dim") for parts in (nature, times)]
    return Text("\n").join([standing, *lines])
