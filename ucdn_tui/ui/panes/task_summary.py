"""The lines above a task's URLs: its status, what it is, its times, and advice."""

import re

from rich.cells import cell_len
from rich.text import Text

from ucdn_tui.api.models import Phase, Status, Task, TaskKind
from ucdn_tui.duration_words import duration_text, range_text
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import NOTHING, sanitize
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.text import format as fmt
from ucdn_tui.ui.text import times
from ucdn_tui.ui.text.glyphs import status_glyph
from ucdn_tui.ui.text.line_breaks import cut_at_word, wrapped_text
from ucdn_tui.watch.listing.names import kind_word
from ucdn_tui.watch.stats.duration_stats import TypicalDuration

_SENTENCE_END = re.compile(r"[.!?](?= |$)|[。！？]")

_STATUS_WIDTH = 80
"""Cells: enough for a status with its word."""


def task_summary(task: Task, context: RenderContext, usual: TypicalDuration | None, width: int) -> Text:
    """Return a line with status and counts, and lines with kind, id and times, wrapped between these, to `width` cells.

    `usual` is how long tasks like this one take.
    """
    dot = f" {context.glyphs.dot} "
    facts = _wrapped([*_identity(task), *_times(task, context, usual)], dot, width)
    return Text("\n").join([_status_line(task, context, width), *(Text(line, "dim") for line in facts)])


def header_lines(summary: Text, advice: Text, width: int, room: int, ellipsis: str) -> tuple[Text, Text]:
    """Return the summary and the advice, wrapped to `width` cells, in at most `room` lines together, or in one.

    The status stays longest, then the first line of the advice, then what the task is, then its times. Advice that has
    no room is left out by whole sentences.
    """
    lines = list(summary.split("\n"))
    advised = _wrapped_at_words(advice, width)
    if len(lines) + len(advised) > room and advised:
        advised = _first_lines(advised, max(1, room - len(lines)), width, ellipsis) if room > 1 else []
    lines = lines[: max(1, room - len(advised))]
    return Text("\n").join(lines), Text("\n").join(advised)


def _first_lines(lines: list[Text], count: int, width: int, ellipsis: str) -> list[Text]:
    """Return the first lines up to the end of a sentence. Without one, an ellipsis says that the text goes on."""
    first = lines[:count]
    if count < len(lines):
        for number in reversed(range(count)):
            if ends := [match.end() for match in _SENTENCE_END.finditer(first[number].plain)]:
                return [*first[:number], first[number][: ends[-1]]]
        last = first[-1]
        first[-1] = Text(cut_at_word(f"{last.plain} {lines[count].plain}", width, ellipsis), last.style)
    return first


def _wrapped_at_words(text: Text, width: int) -> list[Text]:
    """Return lines of up to `width` cells. Each line of `text` has one style."""
    lines = filter(None, text.split("\n"))
    return [Text(piece, line.spans[0].style) for line in lines for piece in wrapped_text(line.plain, width)]


def _wrapped(facts: list[str], dot: str, width: int) -> list[str]:
    """Return lines of whole facts. A fact that is longer than a line is wrapped at its words."""
    lines: list[str] = []
    for fact in facts:
        longer = f"{lines[-1]}{dot}{fact}" if lines else fact
        if lines and cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines += wrapped_text(fact, width)
    return lines


def task_advice(task: Task, stuck: float | None) -> Text:
    """Return what the user should know or do about a task; `stuck` as `RenderContext.stuck_for` returns it."""
    lines = [Text(_stuck_advice(task.kind, stuck), "bad")] if stuck is not None else []
    if task.is_unlisted:
        lines.append(Text(_("No longer listed by the API; removed when you select another task."), "run"))
    elif task.is_outside:
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
    return advice.format(time=duration_text(seconds))


def _status_line(task: Task, context: RenderContext, width: int) -> Text:
    """Return the status and the counts. What does not fit is left out from the right, never cut."""
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
    percent = [] if task.phase is Phase.SETTLED else [Text(f"{task.percent}%")]
    parts = [status, *percent, *counts, Text(urls, "dim")]
    while len(parts) > 1 and cell_len(Text("  ").join(parts).plain) > width:
        parts.pop()
    status.truncate(max(1, width))  # a word that the API does not document can be long
    return Text("  ").join(parts)


def _identity(task: Task) -> list[str]:
    task_id = sanitize(task.task_id, 200) or _("no task id")
    parts = [kind_word(task.kind), sanitize(task.type, 20), _("whole-site") if task.is_dcdn else "", task_id]
    return [part for part in parts if part]


def _times(task: Task, context: RenderContext, usual: TypicalDuration | None) -> list[str]:
    now = context.now()
    ran = duration_text(fmt.running_seconds(task, now))
    settled = task.phase is Phase.SETTLED
    changed = duration_text(times.age(task.last_change, now)) if task.last_change else NOTHING
    took = _("took {duration}") if settled else _("for {duration}")
    left = context.time_remaining(task)
    return [
        _("created {moment} {zone}").format(
            moment=times.moment(task.created, now, context.zone), zone=times.zone_name(now, context.zone)
        ),
        *([took.format(duration=ran)] if ran != NOTHING else []),
        *([_("{span} left").format(span=range_text(*left))] if left else []),
        *([_("changed {age} ago").format(age=changed)] if changed != NOTHING else []),
        *([_("the API gives no reason")] if settled and task.failed else []),
        *([_usual_duration(usual)] if usual and not settled else []),
    ]


def _usual_duration(usual: TypicalDuration) -> str:
    words = _("usually {median}, 9 of 10 within {ninetieth}")
    return words.format(median=duration_text(usual.median), ninetieth=duration_text(usual.ninetieth))
