"""ExportActions: copy to the clipboard, save to a file, open in the browser."""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.screen import Screen

from ucdn_tui import daemon_thread, export
from ucdn_tui.api.models import Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import CHINESE, _, current, language_of, ngettext
from ucdn_tui.ui.dialogs.copy_menu import Artifact, Listed, Subject, copy_menu
from ucdn_tui.ui.dialogs.picker import Choice, Picker
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.terminal.clipboard import Clipboard
from ucdn_tui.ui.text.format import written
from ucdn_tui.ui.text.short_url import short_url
from ucdn_tui.ui.ui_state import StateFile
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ucdn_tui.ui.dialogs.picker import Picked

_MOST_PAGES = 10
"""Pages to open in the browser at once."""

_BROWSER_START = 5.0
"""Seconds after which a browser counts as started."""

_MENU_FRAME = 16
"""Cells of the screen that a URL in the copy menu leaves to its frame, its number and its label."""


class Origin(NamedTuple):
    """Where the tasks come from, for the support report; no keys."""

    host: str
    project: str
    request_id: Callable[[TaskKind], str]
    """Returns the request id of the last answer about tasks of this kind."""


class ExportActions:
    """Acts on the flagged tasks, or on what the two panes show, when an action runs.

    Flags are ignored while the URL list has the focus: the user means the selected URL.
    """

    def __init__(
        self,
        screen: Screen[None],
        store: TaskStore,
        tasks: TaskPane,
        details: UrlPane,
        origin: Origin,
        context: RenderContext,
        state_file: StateFile,
        *,
        osc52: bool,
    ) -> None:
        """`osc52` says whether the terminal is known to copy by OSC 52, so that no clipboard tool is needed."""
        self._screen = screen
        self._store = store
        self._tasks = tasks
        self._details = details
        self._origin = origin
        self._now = context.now
        self._stuck_for = context.stuck_for
        self._glyphs = context.glyphs
        self._state_file = state_file
        self._clipboard = Clipboard(screen.app, self._say, self._wants_hint, osc52=osc52)

    @property
    def _flagged(self) -> list[Task]:
        return [] if self._details.table.has_focus else self._tasks.flagged

    # Copying

    def menu(self) -> None:
        """Show the copy menu of the flagged tasks, or of the selected one."""
        subject = self._subject()
        if subject is None:
            self._say(_("No task is selected."))
            return
        # Built now: the menu copies what it shows, whatever the poller brings while it is open. Only the URLs of listed
        # tasks are read when they are picked: there may be a million.
        width = max(20, self._screen.size.width - _MENU_FRAME)
        menu, artifacts = copy_menu(subject, short_url(subject.url, width, self._glyphs))
        self.offer(menu, artifacts)

    def offer(self, menu: Picker, artifacts: Mapping[str, Artifact]) -> None:
        """Show a copy menu, and copy or save what is picked; `artifacts` by the ids of the choices."""

        def picked_one(picked: "Picked | None") -> None:
            if picked is None:
                return
            artifact = artifacts[picked.id]
            if picked.to_file:
                self.save(artifact)
            else:
                self._clipboard.copy(artifact.make, artifact.copied, urls=artifact.urls)

        self._screen.app.push_screen(menu, picked_one)

    def save(self, artifact: Artifact) -> None:
        """Save to a new file, and say where."""
        self._write(lambda: artifact)

    def _subject(self) -> Subject | None:
        """Return what to copy from; None if there is no task."""
        is_chinese = CHINESE in (current(), language_of(os.environ))
        languages: Sequence[export.Language] = ("zh", "en") if is_chinese else ("en",)
        if flagged := self._flagged:
            tasks = [(task, self._store.urls(task.key)) for task in flagged]
            name = _file_name(flagged[0]) if len(flagged) == 1 else f"ucdn-tasks-{self._stamp()}"
            return Subject(tasks, name, self._support_report, languages, listed=self._listed(), flagged=True)
        task = self._details.shown
        if task is None:
            return None
        urls = list(self._details.urls)
        return Subject(
            [(task, urls)], _file_name(task), self._support_report, languages, self._selected_url(), self._listed()
        )

    def _listed(self) -> Listed | None:
        """Return what the filter of the focused list shows; None without a filter."""
        if self._details.table.has_focus:
            urls = self._details.listed
            return Listed(len(urls), partial(export.url_lines, urls)) if self._details.criteria else None
        if not self._tasks.criteria:
            return None
        keys = self._tasks.listed()
        tasks = ngettext("of {count} listed task", "of {count} listed tasks", len(keys)).format(count=len(keys))
        return Listed(sum(self._store[key].urls for key in keys), partial(self._urls_of, keys), tasks)

    def _urls_of(self, keys: Iterable[TaskKey]) -> str:
        return export.url_lines(url for key in keys for url in self._store.urls(key))

    def _support_report(self, task: Task, urls: Sequence[UrlProgress], language: export.Language) -> str:
        origin, now = self._origin, self._now()
        return export.support_report(
            task,
            urls,
            host=origin.host,
            project=origin.project,
            request_id=origin.request_id(task.kind),
            now=now,
            stuck=self._stuck_for(task),
            language=language,
        )

    def _wants_hint(self) -> bool:
        wanted = self._state_file.wants_hint("clipboard")
        self._state_file.hint_used("clipboard")
        return wanted

    # Saving

    def export(self) -> None:
        """Show the export menu of the flagged tasks, or of the focused list."""
        inside, flagged = self._details.table.has_focus, self._flagged
        urls = self._details.listed if inside else []
        keys = [] if inside else [task.key for task in flagged] or self._tasks.listed()
        rows = len(urls or keys)
        if not rows:
            self._say(_("Nothing to export."))
            return
        task = self._details.shown
        if flagged:
            title = ngettext("Export {count} flagged task", "Export {count} flagged tasks", rows)
        elif urls:
            title = ngettext("Export the listed URL", "Export the {count} listed URLs", rows)
        else:
            title = ngettext("Export the listed task", "Export the {count} listed tasks", rows)
        choices = [
            Choice("csv", "CSV", _("one row per URL") if urls else _("one row per task, with its first URL")),
            Choice("json", "JSON", _("full detail")),
        ]

        def picked_one(picked: "Picked | None") -> None:
            if picked is None:
                return
            if urls and task is not None:
                self._write(partial(self._urls_as, picked.id, task, urls))
            else:
                self._write(partial(self._tasks_as, picked.id, keys))

        self._screen.app.push_screen(Picker(title.format(count=rows), choices), picked_one)

    def _tasks_as(self, form: str, keys: list[TaskKey]) -> Artifact:
        known = [task for key in keys if (task := self._store.get(key)) is not None]

        def make() -> str:
            if form == "csv":
                return export.tasks_csv(known)
            return export.tasks_json((task, self._store.urls(task.key)) for task in known)

        return Artifact(make, f"ucdn-tasks-{self._stamp()}", f".{form}")

    def _urls_as(self, form: str, task: Task, urls: list[UrlProgress]) -> Artifact:
        write = export.urls_csv if form == "csv" else export.urls_json
        return Artifact(partial(write, task, urls), f"{_file_name(task)}-urls-{self._stamp()}", f".{form}")

    def _stamp(self) -> str:
        try:
            now = datetime.fromtimestamp(self._now(), UTC)
        except (ValueError, OverflowError, OSError):  # the server's clock is out of range
            now = datetime.now(UTC)
        return f"{now:%Y%m%d-%H%M%S}"

    def _write(self, choose: Callable[[], Artifact]) -> None:
        """Write an artifact to a new file, in a thread: it may hold a million URLs."""

        def work() -> Path:
            artifact = choose()
            return export.write_new(export.target_folders(), artifact.name, artifact.suffix, artifact.make())

        async def write() -> None:
            try:
                path = await daemon_thread.run(work, "export")
            except UcdnTuiError as error:
                self._say(str(error), failed=True)
            else:
                self._say(written(path))

        self._screen.app.run_worker(write(), group="export")

    # Opening

    def open(self) -> None:
        """Open the selected URL in the browser, or the first URL of each flagged task."""
        from ucdn_tui.external.browser import open_in_browser

        flagged = self._flagged
        urls = list(dict.fromkeys(task.first_url for task in flagged)) if flagged else [self._selected_url()]
        if not any(urls):
            self._say(_("No URL is selected."))
            return
        if len(urls) > _MOST_PAGES:
            words = _("{count} tasks are flagged; at most {most} pages can be opened at once.")
            self._say(words.format(count=len(flagged), most=_MOST_PAGES))
            return
        opened, failure = [], ""
        for url in urls:
            try:
                taken = open_in_browser(url, os.environ)
            except UcdnTuiError as error:
                failure = str(error)
            else:
                opened.append(url)
                self._screen.app.run_worker(self._report_browser(taken), group="browser")
        if opened:
            several = _("Opening {count} URLs").format(count=len(opened))
            one = _("Opening {url}").format(url=short_url(opened[0], 60, self._glyphs))
            self._say(one if len(opened) == 1 else several)
        if failure:
            self._say(failure, failed=True)

    async def _report_browser(self, taken: "Future[int]") -> None:
        """Say so if no browser takes a URL within seconds. A later end is the user's: the browser was closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BROWSER_START):
                if await asyncio.wrap_future(taken) != 0:
                    words = _("No browser took the URL. Copy it instead, or set BROWSER to a command that opens it.")
                    self._say(words, failed=True)

    def _selected_url(self) -> str:
        """Return the URL under the cursor: in the URL list if it has the focus, else the task's first URL."""
        if self._details.table.has_focus:
            selected = self._details.selected
            return selected.url if selected else ""
        return self._details.shown.first_url if self._details.shown else ""

    def _say(self, message: str, *, failed: bool = False) -> None:
        self._screen.app.notify(message, severity="error" if failed else "information", markup=False)


def _file_name(task: Task) -> str:
    return f"ucdn-{task.kind}-{task.task_id or 'task'}"
