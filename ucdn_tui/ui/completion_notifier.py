"""CompletionNotifier: tells of each task that ends: on the screen, by the terminal, and to the user's own command."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ucdn_tui.account.preferences import Notify
from ucdn_tui.api.models import Phase, Status, Task
from ucdn_tui.durations import short_duration
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import NOTHING
from ucdn_tui.ui import format as fmt
from ucdn_tui.ui.glyphs import Glyphs, status_glyph
from ucdn_tui.ui.terminal import escape_sequences as notices
from ucdn_tui.ui.terminal.app import TerminalApp
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.external.on_finish import FinishHook

Severity = Literal["information", "warning", "error"]

_SEVERAL = 3
"""When more than so many end at once, they are told of together."""

_RESEND = 10
"""Seconds; Ghostty takes a progress away after 15."""

_URL_WIDTH = 40
"""Cells of a URL in a message."""


class CompletionNotifier:
    """Tells of tasks that end while they are watched; never of those that were over at the start."""

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
        """The title, the per cent (None: nothing is active), and whether anything of it failed."""
        self._quiet = 0
        """Seconds since the progress was shown."""

    def ended(self, tasks: Sequence[Task]) -> None:
        """Tell of tasks that have just ended."""
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

    def marked_over(self, tasks: Sequence[Task]) -> None:
        """Tell that all the marked tasks are over."""
        if tasks:
            self._say(_("All marked tasks are over"), tally_words(tasks, self._glyphs), _severity(tasks))
            self._ring()

    def update_title(self) -> None:
        """Have the terminal's title and tab show how it stands."""
        active = [self._store[key] for key in self._store.keys_in(Phase.ACTIVE)]
        percent = sum(task.percent for task in active) // len(active) if active else None
        told = (
            title_words(self._store.statuses, len(active), self._glyphs),
            percent,
            any(task.failed for task in active),
        )
        if told == self._last_sent:
            return
        self._last_sent = told
        if self._notify.title and self._features.title:
            self._app.write_escape(notices.title(told[0]), first=notices.SAVE_TITLE, undo=notices.RESTORE_TITLE)
        self._show_progress()

    def tick(self) -> None:
        """Let a second pass: some terminals take a progress away that they do not hear of for a while."""
        self._quiet += 1
        if self._quiet >= _RESEND and self._last_sent and self._last_sent[1] is not None:
            self._show_progress()

    def _show_progress(self) -> None:
        self._quiet = 0
        if self._last_sent and self._notify.progress and self._features.progress:
            _title, percent, failed = self._last_sent
            self._app.write_escape(notices.progress(percent, failed=failed), undo=notices.progress(None))

    def resend(self) -> None:
        """Say it all anew: somebody else had the terminal meanwhile."""
        self._last_sent = None
        self.update_title()

    def _say(self, heading: str, words: str, severity: Severity) -> None:
        if self._notify.toast:
            self._app.notify(words, title=heading, severity=severity, markup=False)
        if self._notify.desktop and self._features.notification:
            self._app.write_escape(notices.notification(self._features.notification, heading, words))

    def _ring(self) -> None:
        if self._notify.bell:
            self._app.bell()


def title_words(statuses: Mapping[str, int], active: int, glyphs: Glyphs) -> str:
    """Return the terminal's title: how many tasks succeeded, how many are active, how many failed."""
    counts = (
        (glyphs.success, statuses.get(Status.SUCCESS, 0)),
        (glyphs.process, active),
        (glyphs.failure, statuses.get(Status.FAILURE, 0)),
    )
    return " ".join(f"{glyph} {count}" for glyph, count in counts if count or glyph == glyphs.process)


def end_words(task: Task, glyphs: Glyphs) -> str:
    """Return how a task ended: its outcome, what failed of it, how long it took, and which one it was."""
    status = fmt.task_status(task, 40, glyphs).plain
    took = short_duration(task.finished - task.created) if task.finished and task.created is not None else NOTHING
    more = f" +{task.urls - 1}" if task.urls > 1 else ""
    told = _("{status}, after {duration}").format(status=status, duration=took) if took != NOTHING else status
    return f"{told}\n{fmt.url_text(task.first_url, _URL_WIDTH, glyphs)}{more}"


def tally_words(tasks: Sequence[Task], glyphs: Glyphs) -> str:
    """Return how several tasks ended, by outcome."""
    tally = Counter(task.outcome for task in tasks)
    return "  ".join(
        f"{status_glyph(status, glyphs)} {count} {fmt.status_word(status)}" for status, count in tally.most_common()
    )


def _heading(tasks: Sequence[Task]) -> str:
    kinds = {task.kind for task in tasks}
    if len(tasks) == 1:
        return _("{kind} over").format(kind=tasks[0].kind.capitalize())
    name = next(iter(kinds)) if len(kinds) == 1 else ""
    words = ngettext("{count} {kind} task over", "{count} {kind} tasks over", len(tasks))
    return " ".join(words.format(count=len(tasks), kind=name).split())


def _severity(tasks: Sequence[Task]) -> Severity:
    return "error" if any(task.outcome == Status.FAILURE for task in tasks) else "information"
