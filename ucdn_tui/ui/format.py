"""From the model to rich Text: glyphs, words, bars, ages. Pure; the moment and the glyphs are given.

A style is a name, which whoever paints resolves for the theme: ok, bad, run, wait, odd, dim, bar, bar-back.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len
from rich.text import Text

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.glyphs import UNICODE, Glyphs, status_glyph

NOTHING = "—"
"""Stands where there is nothing that makes sense to show."""


_CLOCK_SKEW = 60
"""Seconds by which a task may seem to begin in the future before its times are taken for nonsense."""

_URL_END = 1500
"""Characters of a URL, at each end, that a screen may have room for."""


_STYLES: dict[str, str] = {
    Status.SUCCESS: "ok",
    Status.FAILURE: "bad",
    Status.PROCESS: "run",
    Status.WAIT: "wait",
}


def status_style(status: str) -> str:
    """Return the name of a status's style."""
    return _STYLES.get(status, "other")


def status_word(status: str) -> str:
    """Return a status for people: the documented misspelling mended, anything else as it came."""
    if status == Status.UNKNOWN:
        return _("unknown")
    return sanitize(status, 40) or _("no status")


def status(value: str, glyphs: Glyphs) -> Text:
    """Return a status as glyph, word and colour at once."""
    return Text(f"{status_glyph(value, glyphs)} {status_word(value)}", status_style(value))


def task_status(task: Task, width: int, glyphs: Glyphs, *, stuck: bool = False) -> Text:
    """Return a task's status, and what its URLs say where that is something else; without the word if room is short.

    `failure 3/30` once it is over and three of thirty URLs failed, whatever its own status; `process ✖3` before that;
    `success ▶2` where the API calls a task a success two of whose URLs still run; `process !` where it is stuck.
    """
    shown, extra = task.outcome, Text()
    running = task.processing + task.waiting
    if shown == Status.FAILURE and task.phase is Phase.SETTLED:
        if task.failed and (task.failed < task.urls or task.status != shown):
            extra.append(f" {task.failed}/{task.urls}", "bad")
    elif task.failed and shown != Status.FAILURE:
        extra.append(f" {glyphs.failure}{task.failed}", "bad")
    if running and task.status not in (Status.PROCESS, Status.WAIT):
        extra.append(f" {glyphs.process}{running}", "run")
    if stuck:
        extra.append(f" {glyphs.stuck}", "bad")
    text = status(shown, glyphs).append_text(extra)
    if extra and cell_len(text.plain) > width:
        return Text(status_glyph(shown, glyphs), status_style(shown)).append_text(extra)
    return text


def task_style(task: Task) -> str:
    """Return the name of the style that a task's bar has: that of its status, but of a failure as soon as it is one."""
    return status_style(task.outcome)


def progress(percent: int, width: int, style: str, glyphs: Glyphs) -> Text:
    """Return a bar and the per cent; where there is no room for a bar, the per cent alone."""
    number = f"{percent}%"
    cells = width - 5
    if cells < 4:
        return Text(number.rjust(min(width, 4)), style)
    full = cells * percent // 100
    return Text.assemble(
        (glyphs.bar * full, style), (glyphs.bar_back * (cells - full), "bar-back"), (number.rjust(5), style)
    )


def duration(seconds: float | None) -> str:
    """Return a span of time in its two largest units, `—` where it makes no sense."""
    if seconds is None or not 0 <= seconds < 10 * 365 * 86400:
        return NOTHING
    total = int(seconds)
    if total < 60:
        return f"{total}s"
    minutes, second = divmod(total, 60)
    if minutes < 60:
        return f"{minutes}m{second:02d}s"
    hours, minute = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minute:02d}m"
    days, hour = divmod(hours, 24)
    return f"{days}d{hour:02d}h"


def span(low: float, high: float) -> str:
    """Return a range of seconds in one unit, told from a single time by its sign: `~40–90s`, `~1–3m`, `<5h`."""
    for unit, size in (("s", 1), ("m", 60), ("h", 3600)):
        if high <= 120 * size or unit == "h":
            return (f"~{_number(low / size)}–" if low else "<") + f"{_number(high / size)}{unit}"
    raise AssertionError  # hours take any number


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def sparkline(counts: Sequence[int], glyphs: Glyphs) -> str:
    """Return one sign a count, as high as the count is beside the largest; nothing at all is the lowest."""
    top = max(counts, default=0)
    steps = len(glyphs.spark) - 1
    return "".join(glyphs.spark[-(-count * steps // top) if top else 0] for count in counts)


def running_time(task: Task, now: float) -> str:
    """Return how long a task ran, or has been running so far; `now` in the server's Unix seconds."""
    if task.created is None:
        return NOTHING
    if task.phase is Phase.ACTIVE:
        return age(task.created, now)
    return duration(task.finished - task.created) if task.finished else NOTHING


def url_time(url: UrlProgress, now: float) -> str:
    """Return how long a URL took, or has been under way; `—` where its times make no sense."""
    if url.created is None:
        return NOTHING
    if url.status in (Status.PROCESS, Status.WAIT):
        return age(url.created, now)
    return duration(url.finished - url.created) if url.finished else NOTHING


def age(then: float, now: float) -> str:
    """Return how long ago a moment was; one that a clock that lags a little puts into the future is now."""
    seconds = now - then
    return duration(0.0 if -_CLOCK_SKEW < seconds < 0 else seconds)


def moment(timestamp: int | None, now: float, zone: tzinfo | None) -> str:
    """Return a Unix time on the wall clock: the time alone if it is today's, else with the date; `—` for nonsense."""
    if timestamp is None or timestamp <= 0:
        return NOTHING
    when, today = day_and_time(timestamp, zone), day_and_time(now, zone)
    if when is None or today is None:
        return NOTHING
    if when.date() == today.date():
        return f"{when:%H:%M:%S}"
    return f"{when:%m-%d %H:%M}" if when.year == today.year else f"{when:%Y-%m-%d}"


def day_and_time(timestamp: float, zone: tzinfo | None) -> datetime | None:
    """Return a Unix time on the wall clock; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return None


def middle(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return a text of at most `width` cells, cut in the middle: of a URL both the host and the file's name tell."""
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return text
    if width <= 4:
        return _as_far_as(text, width)
    if text.isascii() and text.isprintable():  # one cell a character, as in nearly every URL
        end = (width - 1) * 3 // 5
        return text[: width - 1 - end] + glyphs.ellipsis + text[-end:]
    tail = _as_far_as(reversed(text), (width - 1) * 3 // 5)[::-1]
    return _as_far_as(text, width - 1 - cell_len(tail)) + glyphs.ellipsis + tail


def _as_far_as(characters: Iterable[str], width: int) -> str:
    kept, used = [], 0
    for character in characters:
        used += cell_len(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept)


def url_text(url: str, width: int, glyphs: Glyphs) -> str:
    """Return a URL as a text of at most `width` cells: where it is too long, its scheme goes first, then its middle."""
    if len(url) > 2 * _URL_END:
        url = url[:_URL_END] + url[-_URL_END:]
    is_plain = url.isascii() and url.isprintable()
    shown = url if is_plain else sanitize(url)
    if (len(shown) if is_plain else cell_len(shown)) > width:
        shown = shown.removeprefix("https://").removeprefix("http://")
    return middle(shown, width, glyphs) or glyphs.nothing
