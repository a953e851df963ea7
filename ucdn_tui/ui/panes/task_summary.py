"""The lines above a task's URLs: its status, what it is, its times, and advice."""

from rich.text import Text

from ucdn_tui.api.models import Phase, Status, Task, TaskKind
from ucdn_tui.durations import duration_range, short_duration
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import NOTHING, sanitize
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui import times
from ucdn_tui.ui.glyphs import status_glyph
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.watch.stats.durations import TypicalDuration

_STATUS_WIDTH = 80
"""Cells: enough for a status with its word."""


def task_summary(task: Task, context: RenderContext, usual: TypicalDuration | None) -> Text:
    """Return three lines: status and counts, kind and id, times. `usual` is how long tasks like this one take."""
    dot = f" {context.glyphs.dot} "
    lines = [
        _status_line(task, context),
        Text(dot.join(_identity(task)), "dim"),
        Text(dot.join(_times(task, context, usual)), "dim"),
    ]
    return Text("\n").join(lines)


def task_advice(task: Task, stuck: float | None) -> Text:
    """Return what the user should know or do about a task; `stuck` as `RenderContext.stuck_for` returns it."""
    lines = [Text(_stuck_advice(task.kind, stuck), "bad")] if stuck is not None else []
    if task.is_outside:
        lines.append(Text(_("Outside the time range; removed when you select another task."), "run"))
    return Text("\n").join(lines)


def _stuck_advice(kind: TaskKind, seconds: float) -> str:
    """Return what the vendor's documents recommend for a task without progress."""
    if kind is TaskKind.PREFETCH:
        advice = _(
            "Stuck: no progress for {time}. The path is often wrong; if it is right, contact the vendor's support "
            "(y copies a report)."
        )
    else:
        advice = _("Stuck: no progress for {time}. Contact the vendor's support (y copies a report).")
    return advice.format(time=short_duration(seconds))


def _status_line(task: Task, context: RenderContext) -> Text:
    glyphs = context.glyphs
    counts = [
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
    status = fmt.task_status(task, _STATUS_WIDTH, glyphs, stuck=context.is_stuck(task))
    return Text("  ").join([status, Text(f"{task.percent}%"), *counts, Text(urls, "dim")])


def _identity(task: Task) -> list[str]:
    task_id = sanitize(task.task_id, 200) or _("no task id")
    parts = [task.kind, sanitize(task.type, 20), _("whole-site") if task.is_dcdn else "", task_id]
    return [part for part in parts if part]


def _times(task: Task, context: RenderContext, usual: TypicalDuration | None) -> list[str]:
    now = context.now()
    ran = fmt.running_time(task, now)
    settled = task.phase is Phase.SETTLED
    changed = times.age(task.last_change, now) if task.last_change else NOTHING
    left = context.time_remaining(task)
    return [
        _("created {moment}").format(moment=times.moment(task.created, now, context.zone)),
        (_("took {duration}") if settled else _("for {duration}")).format(duration=ran),
        *([_("{span} left").format(span=duration_range(*left))] if left else []),
        _("changed {age} ago").format(age=changed),
        *([_usual_duration(usual)] if usual and not settled else []),
    ]


def _usual_duration(usual: TypicalDuration) -> str:
    words = _("usually {median}, 9 of 10 within {ninetieth}")
    return words.format(median=short_duration(usual.median), ninetieth=short_duration(usual.ninetieth))
