"""CompletionNotifier: reports finished tasks: toast, bell, desktop notification, title, and the user's command."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ucdn_tui.account.preferences import Notify
from ucdn_tui.api.models import Phase, Status, Task, TaskKind
from ucdn_tui.duration_words import duration_text
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import NOTHING
from ucdn_tui.ui.terminal import escape_sequences
from ucdn_tui.ui.terminal.app import TerminalApp
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.ui.text import format as fmt
from ucdn_tui.ui.text.glyphs import Glyphs, status_glyph
from ucdn_tui.ui.text.short_url import short_url
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.external.on_finish import FinishHook

Severity = Literal["information", "warning", "error"]

_SEVERAL = 3
"""Maximum number of tasks that get a message each; more are summed up in one."""

_RESEND = 10
"""Seconds between two identical progress reports: Ghostty hides the progress after 15."""

_URL_WIDTH = 40
"""Cells of a URL in a message."""


class CompletionNotifier:
    """Reports tasks that finish while they are watched, never those that had finished before."""

    def __init__(
        self,
        app: TerminalApp,
        store: TaskStore,
        glyphs: Glyphs,
        notify: Notify,
        features: TerminalFeatures,
        hook: "FinishHook | None",
    ) -> None:
        self._app = app
        self._store = store
        self._glyphs = glyphs
        self._notify = notify
        self._features = features
        self._hook = hook
        self._last_sent: tuple[str, int | None, bool] | None = None
        """The title, the percentage (None: nothing is active), and whether any URL failed."""

        self._since_progress = 0
        """Seconds since the progress was sent."""

    def ended(self, tasks: Sequence[Task]) -> None:
        """Report tasks that have just finished."""
        if tasks:
            if len(tasks) > _SEVERAL:
                self._say(_heading(tasks), tally_words(tasks, self._glyphs), _severity(tasks))
            else:
                for task in tasks:
                    self._say(_heading([task]), end_words(task, self._glyphs), _severity([task]))
            self._ring()
        if self._hook is not None:
            from ucdn_tui.export import task_json

            for task in tasks:
                self._hook.run(task_json(task, self._store.urls(task.key)))

    def flagged_finished(self, tasks: Sequence[Task]) -> None:
        """Report that all flagged tasks have finished: these, which were active when they were flagged."""
        if tasks:
            self._say(_("All flagged tasks finished"), tally_words(tasks, self._glyphs), _severity(tasks))
            self._ring()

    def update_title(self) -> None:
        """Send the terminal's title and progress if they have changed."""
        active = [self._store[key] for key in self._store.keys_in(Phase.ACTIVE)]
        percent = sum(task.percent for task in active) // len(active) if active else None
        current = (
            title_words(self._store.statuses, len(active), self._glyphs),
            percent,
            any(task.failed for task in active),
        )
        if current == self._last_sent:
            return
        self._last_sent = current
        if self._notify.title and self._features.title:
            self._app.write_escape(
                escape_sequences.title(current[0]),
                first=escape_sequences.SAVE_TITLE,
                undo=escape_sequences.RESTORE_TITLE,
            )
        self._show_progress()

    def tick(self) -> None:
        """Send the progress again in time: some terminals hide it otherwise. Called every second."""
        self._since_progress += 1
        if self._since_progress >= _RESEND and self._last_sent and self._last_sent[1] is not None:
            self._show_progress()

    def _show_progress(self) -> None:
        self._since_progress = 0
        if self._last_sent and self._notify.progress and self._features.progress:
            _title, percent, failed = self._last_sent
            self._app.write_escape(
                escape_sequences.progress(percent, failed=failed), undo=escape_sequences.progress(None)
            )

    def resend(self) -> None:
        """Send title and progress again: another program had the terminal in between."""
        self._last_sent = None
        self.update_title()

    def _say(self, heading: str, words: str, severity: Severity) -> None:
        if self._notify.toast:
            self._app.notify(words, title=heading, severity=severity, markup=False)
        if self._notify.desktop and self._features.notification:
            self._app.write_escape(escape_sequences.notification(self._features.notification, heading, words))

    def _ring(self) -> None:
        if self._notify.bell:
            self._app.bell()


def title_words(statuses: Mapping[str, int], active: int, glyphs: Glyphs) -> str:
    """Return the terminal's title: the number of tasks that succeeded, are active, and failed."""
    counts = (
        (glyphs.success, statuses.get(Status.SUCCESS, 0)),
        (glyphs.process, active),
        (glyphs.failure, statuses.get(Status.FAILURE, 0)),
    )
    return " ".join(f"{glyph} {count}" for glyph, count in counts if count or glyph == glyphs.process)


def end_words(task: Task, glyphs: Glyphs) -> str:
    """Return how a task ended and how long it took, and in a second line its first URL."""
    glyph = status_glyph(task.outcome, glyphs)
    more = f" +{task.urls - 1}" if task.urls > 1 else ""
    return f"{glyph} {_outcome(task)}\n{short_url(task.first_url, _URL_WIDTH, glyphs)}{more}"


def _outcome(task: Task) -> str:
    took = duration_text(task.finished - task.created) if task.finished and task.created is not None else NOTHING
    is_known = took != NOTHING
    match task.outcome:
        case Status.SUCCESS:
            message = _("succeeded in {duration}") if is_known else _("succeeded")
        case Status.FAILURE if task.failed and task.urls > 1:
            message = (
                _("{failed} of {urls} URLs failed after {duration}")
                if is_known
                else _("{failed} of {urls} URLs failed")
            )
        case Status.FAILURE:
            message = _("failed after {duration}") if is_known else _("failed")
        case _:
            message = _("ended as {status} after {duration}") if is_known else _("ended as {status}")
    status = fmt.status_word(task.outcome)
    return message.format(duration=took, failed=task.failed, urls=task.urls, status=status)


def tally_words(tasks: Sequence[Task], glyphs: Glyphs) -> str:
    """Return the number of tasks by outcome."""
    tally = Counter(task.outcome for task in tasks)
    return "  ".join(
        f"{status_glyph(status, glyphs)} {count} {fmt.status_word(status)}" for status, count in tally.most_common()
    )


def _heading(tasks: Sequence[Task]) -> str:
    kinds = {task.kind for task in tasks}
    count = len(tasks)
    if kinds == {TaskKind.REFRESH}:
        several = ngettext("{count} refresh task finished", "{count} refresh tasks finished", count)
        return _("Refresh finished") if count == 1 else several.format(count=count)
    if kinds == {TaskKind.PREFETCH}:
        several = ngettext("{count} prefetch task finished", "{count} prefetch tasks finished", count)
        return _("Prefetch finished") if count == 1 else several.format(count=count)
    return ngettext("{count} task finished", "{count} tasks finished", count).format(count=count)


def _severity(tasks: Sequence[Task]) -> Severity:
    return "error" if any(task.outcome == Status.FAILURE for task in tasks) else "information"
