"""Progress of tasks on standard error: live lines in a terminal, else a line when something changes."""

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from rich.cells import cell_len, set_cell_size

from ucdn_tui.api.models import Phase, Status, Task, TaskKey
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.scripts.result import without_commands
from ucdn_tui.duration_words import duration_text, range_text
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import sanitize
from ucdn_tui.watch.listing.names import status_word
from ucdn_tui.watch.stats.duration_stats import RemainingRange

HEARTBEAT: Final = 60.0
"""Seconds without a change after which a line says that the command goes on."""

_BAR: Final = 16
"""Cells of a bar."""

_COLORS: Final = {
    Status.SUCCESS: "32",
    Status.FAILURE: "1;31",
    Status.PROCESS: "36",
    Status.WAIT: "33",
}
"""SGR parameters by outcome."""

Remaining = Callable[[Task], RemainingRange | None]


def status_words(task: Task) -> str:
    """Return a task's outcome in a word, and how many URLs failed."""
    word = status_word(task.outcome) or sanitize(task.outcome, 20)
    if task.is_unlisted:
        word = _("no longer listed")
    return f"{word} {task.failed}/{task.urls}" if task.outcome == Status.FAILURE else word


def task_line(task: Task, now: float, remaining: Remaining, *, bar: str = "") -> str:
    """Return a task in a line: status, progress, failures, time so far and left, and its first URL."""
    parts = [
        status_words(task),
        *([bar] if bar and task.phase is Phase.ACTIVE else []),
        f"{task.succeeded}/{task.urls}",
        *([_("{count} failed").format(count=task.failed)] if task.failed and task.outcome != Status.FAILURE else []),
        duration_text(running_seconds(task, now)),
        *([_("{span} left").format(span=range_text(*span))] if (span := remaining(task)) else []),
        sanitize(task.task_id, 40),
        sanitize(task.first_url, 200) + (f" +{task.urls - 1}" if task.urls > 1 else ""),
    ]
    return "  ".join(parts)


def running_seconds(task: Task, now: float) -> float | None:
    """Return how long a task ran, or has been running; None if unknown. `now`: server time in Unix seconds."""
    end = now if task.phase is Phase.ACTIVE else task.finished
    return None if task.created is None or end is None else end - task.created


class Progress:
    """Shows tasks until it is closed. Writes nothing with `quiet`."""

    def __init__(self, remaining: Remaining, environ: Mapping[str, str], *, quiet: bool = False) -> None:
        self._remaining = remaining
        self._is_live = not quiet and sys.stderr is not None and sys.stderr.isatty() and environ.get("TERM") != "dumb"
        self._is_quiet = quiet
        self._has_colors = not environ.get("NO_COLOR")
        self._drawn = 0
        """Live lines on the screen."""

        self._said: dict[TaskKey, str] = {}
        """What was written last of each task, without times."""

        self._last: float | None = None
        """When a line was written last, on the steady clock."""

        self._note = ""

    def show(self, tasks: Sequence[Task], now: float, elapsed: float, note: str = "", *, missing: int = 0) -> None:
        """Show these tasks, and how many are `missing` yet.

        now: server time; elapsed: seconds of a steady clock; note: what is wrong.
        """
        if self._is_quiet:
            return
        if self._is_live:
            self._draw([*(self._colored(task, now) for task in tasks), *([_cut(note)] if note else [])])
            return
        self._last = elapsed if self._last is None else self._last
        for task in tasks:
            state = f"{task.outcome} {task.done} {task.failed} {task.is_unlisted}"
            if self._said.get(task.key) != state:
                self._said[task.key] = state
                self._last = elapsed
                complain(without_commands(task_line(task, now, self._remaining)))
        if note and note != self._note:
            complain(without_commands(note))
        self._note = note
        if elapsed - self._last >= HEARTBEAT:
            self._last = elapsed
            running = missing + sum(task.phase is not Phase.SETTLED for task in tasks)
            words = ngettext("still waiting for {count} task", "still waiting for {count} tasks", running)
            complain(words.format(count=running))

    def close(self) -> None:
        """Leave what is shown where it is."""
        self._drawn = 0

    def _colored(self, task: Task, now: float) -> str:
        full = _BAR * task.percent // 100
        line = task_line(task, now, self._remaining, bar="#" * full + "-" * (_BAR - full))
        line = _cut(line)
        color = next((code for status, code in _COLORS.items() if status == task.outcome), "")
        return f"\x1b[{color}m{line}\x1b[m" if color and self._has_colors else line

    def _draw(self, lines: Iterable[str]) -> None:
        """Replace the live lines; as many as the terminal has rows."""
        every, room = list(lines), max(2, shutil.get_terminal_size().lines - 1)
        shown = every[-room:]
        if (hidden := len(every) - room) > 0:
            shown[0] = _("… {count} more").format(count=hidden + 1)
        back = f"\x1b[{self._drawn}A" if self._drawn else ""
        text = back + "".join(f"\r\x1b[2K{line}\n" for line in shown) + "\x1b[J"
        if sys.stderr is not None:
            encoding = sys.stderr.encoding or "ascii"
            with suppress(OSError):  # the terminal is gone
                sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
                sys.stderr.flush()
        self._drawn = len(shown)


def _cut(line: str) -> str:
    """Return the line cut to the width of the terminal."""
    width = max(10, shutil.get_terminal_size().columns - 1)
    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"
