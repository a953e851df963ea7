"""UrlPane: the selected task: what it is, how it stands, and the progress of each of its URLs."""

import re
from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from ucdn_tui.api.models import Phase, Status, Task, TaskKind, UrlProgress
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import sanitize
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.glyphs import status_glyph
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.column_layout import Column
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.watch.listing.sort import AS_LISTED, url_order
from ucdn_tui.watch.stats.durations import TypicalDuration

UrlKey = tuple[str, int]
"""A URL and its nth occurrence within the task."""


_DIGIT = re.compile(r"[0-9]")

_WORDS = 80
"""RenderContext: the summary has room for the words of a status."""


class UrlView:
    """A task's URLs, or some of them, in some order, as the table wants them."""

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


class UrlPane(Pane):
    """Shows one task. It asks for nothing: whoever owns it says which task, and what its URLs are."""

    DEFAULT_CSS = """
    UrlPane > #task-summary, UrlPane > #advice { height: auto; padding: 0 1; background: $surface; }
    UrlPane > #task-summary { text-wrap: nowrap; text-overflow: ellipsis; }
    UrlPane > #urls { height: 1fr; }
    """

    def __init__(self, context: RenderContext, usual: Callable[[Task], TypicalDuration | None]) -> None:
        """`usual` returns how long tasks such as this one take."""
        self._render_context = context
        self._usual = usual
        self._shown: Task | None = None
        self._urls: Sequence[UrlProgress] = ()
        self._view = UrlView(())
        self._said: dict[Static, Text] = {}
        self._summary = Static(id="task-summary", markup=False)
        self._advice = Static(id="advice", markup=False)
        self.table: LiveTable[UrlKey, UrlProgress] = LiveTable(
            url_columns(context),
            sort_indicators=(context.glyphs.ascending, context.glyphs.descending),
            pin_top_until_moved=False,
            empty_text=_("No task is selected."),
            id="urls",
        )
        super().__init__(self.table, AS_LISTED, id="details", filter_id="url-filter")

    def compose(self) -> ComposeResult:
        yield self._summary
        yield self._advice
        yield self.filter_bar
        yield self.table

    @property
    def shown(self) -> Task | None:
        """The task that is shown."""
        return self._shown

    @property
    def urls(self) -> Sequence[UrlProgress]:
        """All URLs of the task that is shown."""
        return self._urls

    @property
    def listed(self) -> list[UrlProgress]:
        """The URLs that are listed, in the order in which they are."""
        return [self._view.row_at(row) for row in range(len(self._view))]

    @property
    def selected(self) -> UrlProgress | None:
        """The URL under the cursor."""
        index = self.table.cursor_index
        return None if index is None else self._view.row_at(index)

    def show(self, task: Task | None, urls: Sequence[UrlProgress]) -> None:
        """Show this task; where it is the one already shown, the cursor stays on its URL."""
        same = task is not None and self._shown is not None and task.key == self._shown.key
        self._shown, self._urls = task, urls
        self._take_view(keep_cursor=same)
        if self.criteria:
            self.describe()
        self.tick()

    def also_mark(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what the tasks were looked for by, where nothing else is looked for here."""
        if not self.criteria.words:
            self._mark(pattern)

    def rearrange(self) -> None:
        self._mark(self.criteria.marks())
        self._take_view(keep_cursor=True)

    def _mark(self, pattern: re.Pattern[str] | None) -> None:
        if pattern != self._render_context.pattern:
            self._render_context.pattern = pattern
            self.table.repaint()

    def found(self) -> tuple[int, int]:
        return len(self._view), len(self._urls)

    def _take_view(self, *, keep_cursor: bool) -> None:
        task = self._shown
        urls = list(self._urls) if task else []
        if task and self.criteria:
            urls = [url for url in urls if self.criteria.shows_url(url, task)]
        if order := url_order(self.sort):
            urls.sort(key=order)
        self._view = UrlView(urls)
        if task is None:
            self.table.empty_text = _("No task is selected.")
        elif self._urls:
            self.table.empty_text = _("No URL of this task fits.\nEscape shows all of them.")
        else:
            self.table.empty_text = _("The API names no URLs of this task.")
        self.table.set_view(self._view, keep_cursor=keep_cursor)

    def tick(self) -> None:
        """Bring what depends on the clock up to date."""
        task, context = self._shown, self._render_context
        text = Text() if task is None else task_summary(task, context, self._usual(task))
        advice = Text() if task is None else _advice(task, context.stuck_for(task))
        self._say(self._summary, text)
        self._say(self._advice, advice)
        self.table.tick()

    def _say(self, widget: Static, words: Text) -> None:
        """Show the words if they are others; a new layout of the screen costs more than all else, so only at need."""
        before = self._said.get(widget)
        if words == before:
            return
        self._said[widget] = words
        widget.display = bool(words.plain)
        # Only the summary is never wrapped: as many lines as before need as much room. So do words of other numbers.
        same_room = _lines if widget is self._summary else _shape
        widget.update(themed(words), layout=before is None or same_room(words) != same_room(before))


def url_columns(context: RenderContext) -> list[Column[UrlProgress]]:
    """Return the columns: status, bar and per cent, duration, URL."""
    glyphs = context.glyphs

    def status(url: UrlProgress, _width: int) -> Text:
        return context.mark(fmt.status(url.status, glyphs))

    def progress(url: UrlProgress, width: int) -> Text:
        return fmt.progress(url.percent, width, fmt.status_style(url.status), glyphs)

    def taken(url: UrlProgress) -> str:
        return fmt.url_time(url, context.now())

    def address(url: UrlProgress, width: int) -> Text:
        return context.url(url.url, width)

    return [
        Column("status", _("Status"), 9, status, min_width=9, shows=lambda url: url.status),
        Column("progress", _("Progress"), 13, progress, min_width=4, shows=lambda url: (url.percent, url.status)),
        Column(
            "time",
            _("Time"),
            7,
            lambda url, _width: Text(taken(url)),
            drop=1,
            align="right",
            ticking=is_active,
            shows=taken,
        ),
        Column("url", "URL", 24, address, min_width=24, grow=1, shows=lambda url: url.url),
    ]


def is_active(url: UrlProgress) -> bool:
    """Return whether a URL's time still runs."""
    return url.status in (Status.PROCESS, Status.WAIT)


def task_summary(task: Task, context: RenderContext, usual: TypicalDuration | None) -> Text:
    """Return what there is to say of a task: how it stands, what it is, and its times."""
    dot = f" {context.glyphs.dot} "
    lines = [
        _standing(task, context),
        Text(dot.join(_nature(task)), "dim"),
        Text(dot.join(_times(task, context, usual)), "dim"),
    ]
    return Text("\n").join(lines)


def _lines(text: Text) -> int:
    return text.plain.count("\n") + bool(text.plain)


def _shape(text: Text) -> str:
    return _DIGIT.sub("0", text.plain)


def _advice(task: Task, stuck: float | None) -> Text:
    """Return what a person should know of this task, and what to do about it."""
    lines = [Text(stuck_advice(task.kind, stuck), "bad")] if stuck is not None else []
    if task.is_outside:
        lines.append(Text(_("Out of the window: it goes when another task is selected."), "run"))
    return Text("\n").join(lines)


def stuck_advice(kind: TaskKind, seconds: float) -> str:
    """Return what the vendor says to do about a task that makes no progress any more."""
    told = _("Stuck: no progress for {time}.").format(time=fmt.duration(seconds))
    if kind is TaskKind.PREFETCH:
        return (
            told + " " + _("Often the path is wrong; else ask the vendor's support: y copies what they want to know.")
        )
    return told + " " + _("Ask the vendor's support: y copies what they want to know.")


def _standing(task: Task, context: RenderContext) -> Text:
    glyphs = context.glyphs
    tally = [
        Text(f"{status_glyph(status, glyphs)} {count}", fmt.status_style(status))
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
    status = fmt.task_status(task, _WORDS, glyphs, stuck=context.is_stuck(task))
    return Text("  ").join([status, Text(f"{task.percent}%"), *tally, Text(urls, "dim")])


def _nature(task: Task) -> list[str]:
    task_id = sanitize(task.task_id, 200) or _("no task id")
    parts = [task.kind, sanitize(task.type, 20), _("whole-site") if task.is_dcdn else "", task_id]
    return [part for part in parts if part]


def _times(task: Task, context: RenderContext, usual: TypicalDuration | None) -> list[str]:
    now = context.now()
    ran = fmt.running_time(task, now)
    settled = task.phase is Phase.SETTLED
    changed = fmt.age(task.last_change, now) if task.last_change else fmt.NOTHING
    left = context.time_remaining(task)
    return [
        _("created {moment}").format(moment=fmt.moment(task.created, now, context.zone)),
        (_("took {duration}") if settled else _("for {duration}")).format(duration=ran),
        *([_("{span} left").format(span=fmt.span(*left))] if left else []),
        _("changed {age} ago").format(age=changed),
        *([_usually(usual)] if usual and not settled else []),
    ]


def _usually(usual: TypicalDuration) -> str:
    words = _("usually {median}, 9 of 10 within {ninetieth}")
    return words.format(median=fmt.duration(usual.median), ninetieth=fmt.duration(usual.ninetieth))
