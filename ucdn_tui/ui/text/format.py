"""How values read: statuses, progress, times and URLs, as strings or as Text with the theme's named styles.

Pure: the current time and the glyphs are parameters.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.cells import cell_len, get_character_cell_size
from rich.text import Text

from ucdn_tui.api.models import Phase, Status, Task, TaskKind, UrlProgress
from ucdn_tui.duration_words import short_duration
from ucdn_tui.i18n import _
from ucdn_tui.text import NOTHING, sanitize
from ucdn_tui.ui.text.glyphs import UNICODE, Glyphs, status_glyph
from ucdn_tui.ui.text.times import age
from ucdn_tui.watch.listing import names

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
    """Return a status as shown: the API's `wait` reads `queued`; a word that it does not document stays as it is."""
    return names.status_word(status) or sanitize(status, 40) or _("no status")


def status_width() -> int:
    """Return the cells of the longest status with its glyph."""
    return 2 + max(cell_len(status_word(each)) for each in Status)


def kind_width() -> int:
    """Return the cells of the longer word for a kind."""
    return max(cell_len(names.kind_word(kind)) for kind in TaskKind)


def status(value: str, glyphs: Glyphs) -> Text:
    """Return a status with its glyph, word and colour."""
    return Text(f"{status_glyph(value, glyphs)} {status_word(value)}", status_style(value))


def glyph(value: str, glyphs: Glyphs) -> Text:
    """Return a status's glyph in its colour."""
    return Text(status_glyph(value, glyphs), status_style(value))


def task_status(task: Task, width: int, glyphs: Glyphs, *, stuck: bool = False) -> Text:
    """Return a task's status, with its URLs' where they differ; without the word where `width` is too small for it.

    `failed 3/30`: the task is settled and 3 of 30 URLs failed, even if its own status is success. `running ✖3`: 3 URLs
    have failed so far. `success ▶2`: the API reports success although 2 URLs are active. `running !`: stuck.
    """
    shown = task.outcome
    counts: list[tuple[str, str]] = []
    running = task.processing + task.waiting
    if shown == Status.FAILURE and task.phase is Phase.SETTLED:
        if task.failed and task.urls > 1:
            counts += [(f" {task.failed}", "bad"), (f"/{task.urls}", "bad")]
    elif task.failed and shown != Status.FAILURE:
        counts.append((f" {glyphs.failure}{task.failed}", "bad"))
    if running and task.status not in (Status.PROCESS, Status.WAIT):
        counts.append((f" {glyphs.process}{running}", "run"))
    if stuck:
        counts.append((f" {glyphs.stuck}", "bad"))
    text = status(shown, glyphs).append_text(Text.assemble(*counts))
    has_glyph = bool(counts or names.status_word(shown))  # other statuses have none of their own
    if cell_len(text.plain) <= width or not has_glyph:
        return text
    # Whole numbers are left out, from the right; none is cut.
    shorter = (glyph(shown, glyphs).append_text(Text.assemble(*counts[:kept])) for kept in range(len(counts), -1, -1))
    return next((text for text in shorter if cell_len(text.plain) <= width), glyph(shown, glyphs))


def short_kind(kind: TaskKind) -> str:
    """Return the letter that stands for a kind where its word has no room."""
    return _("R") if kind is TaskKind.REFRESH else _("P")


def task_style(task: Task) -> str:
    """Return the name of the style of a task's bar: that of its outcome."""
    return status_style(task.outcome)


def progress(percent: int, width: int, style: str, glyphs: Glyphs) -> Text:
    """Return a bar and the percentage, or the percentage alone where a bar does not fit."""
    number = f"{percent}%"
    cells = width - 5
    if cells < 4:
        return Text(number.rjust(min(width, 4)), style)
    halves = max(2 * cells * percent // 100, percent > 0)  # also 1% is more than nothing
    bar = glyphs.bar * (halves // 2) + glyphs.bar_half * (halves % 2)
    return Text.assemble((bar, style), (glyphs.bar_back * (cells - len(bar)), "bar-back"), (number.rjust(5), style))


def sparkline(counts: Sequence[int], glyphs: Glyphs) -> str:
    """Return a character for each count, scaled to the largest; only 0 gets the lowest one."""
    top = max(counts, default=0)
    steps = len(glyphs.spark) - 1
    return "".join(glyphs.spark[-(-count * steps // top) if top else 0] for count in counts)


def running_time(task: Task, now: float) -> str:
    """Return how long a task ran, or has been running; `now` is the server's time in Unix seconds."""
    return short_duration(running_seconds(task, now))


def running_seconds(task: Task, now: float) -> float | None:
    """Return the same in seconds; None where it is not known."""
    if task.created is None:
        return None
    if task.phase is Phase.ACTIVE:
        return age(task.created, now)
    return task.finished - task.created if task.finished else None


def url_time(url: UrlProgress, now: float) -> str:
    """Return how long a URL took, or has been running; `—` where its times make no sense."""
    if url.created is None:
        return NOTHING
    if url.status in (Status.PROCESS, Status.WAIT):
        return short_duration(age(url.created, now))
    return short_duration(url.finished - url.created) if url.finished else NOTHING


def written(path: Path) -> str:
    """Return what to say of a new file. The name comes first: a small terminal shows only the beginning."""
    words = _("{name} written to {folder}")
    return words.format(name=sanitize(path.name), folder=sanitize(str(path.parent)))


def middle(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return a text cut in the middle to `width` cells: both ends of a URL, host and file name, are needed."""
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return text
    if width <= 4:
        return fitting(text, width)
    if text.isascii() and text.isprintable():  # fast path: one cell a character, as in nearly every URL
        end = (width - 1) * 3 // 5
        return text[: width - 1 - end] + glyphs.ellipsis + text[-end:]
    tail = fitting(reversed(text), (width - 1) * 3 // 5)[::-1]
    return fitting(text, width - 1 - cell_len(tail)) + glyphs.ellipsis + tail


def fitting(characters: Iterable[str], width: int) -> str:
    """Return the characters that fit into `width` cells."""
    found, used = [], 0
    for character in characters:
        used += get_character_cell_size(character)
        if used > width:
            break
        found.append(character)
    return "".join(found)
