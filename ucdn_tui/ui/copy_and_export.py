"""ExportActions: copy to the clipboard, save to a file, open in the browser."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.screen import Screen

from ucdn_tui import daemon_thread, export
from ucdn_tui.api.models import Status, Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import sanitize
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.short_url import short_url
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.picker import Choice, Picked

CLIPBOARD_LIMIT = 74_994
"""Bytes. As base64 they make 100,000, the maximum that common terminals accept in one sequence."""


class Origin(NamedTuple):
    """Where the tasks come from, for the support report; no keys."""

    host: str
    project: str
    request_id: Callable[[TaskKind], str]
    """Returns the request id of the last answer about tasks of this kind."""


class _Artifact(NamedTuple):
    """A text to copy or to save."""

    text: str
    name: str
    """The file's name without its suffix."""

    suffix: str
    copied: str = ""
    """The message after copying."""


class ExportActions:
    """Acts on what the two panes show when an action runs."""

    def __init__(
        self,
        screen: Screen[None],
        store: TaskStore,
        tasks: TaskPane,
        details: UrlPane,
        origin: Origin,
        context: RenderContext,
    ) -> None:
        self._screen = screen
        self._store = store
        self._tasks = tasks
        self._details = details
        self._origin = origin
        self._now = context.now
        self._stuck_for = context.stuck_for
        self._glyphs = context.glyphs
        self._has_copied = False

    # Copying

    def menu(self) -> None:
        """Show the copy menu of the selected task."""
        from ucdn_tui.ui.dialogs.picker import Picker

        task, urls = self._details.shown, self._details.urls
        if task is None:
            self._say(_("No task is selected."))
            return
        # Built now: the menu copies what it shows, whatever the poller brings while it is open.
        offered = self._offered(task, list(urls), self._selected_url())
        artifacts = {choice.id: artifact for choice, artifact in offered}
        menu = Picker(
            _("Copy"),
            [choice for choice, _artifact in offered],
            note=_("Enter or 1–{last} copies · f saves to a file").format(last=len(offered)),
            files=True,
        )

        def picked_one(picked: "Picked | None") -> None:
            if picked is None:
                return
            artifact = artifacts[picked.id]
            if picked.to_file:
                self._write(lambda: artifact)
            else:
                self._copy(artifact)

        self._screen.app.push_screen(menu, picked_one)

    def _offered(self, task: Task, urls: list[UrlProgress], url: str) -> "list[tuple[Choice, _Artifact]]":
        from ucdn_tui.ui.dialogs.picker import Choice

        name = _file_name(task)
        failed = [row for row in urls if row.status == Status.FAILURE]
        offered = [
            (
                Choice("url", _("URL"), short_url(url, 40, self._glyphs)),
                _Artifact(sanitize(url, len(url)), f"{name}-url", ".txt", _copied_urls(1)),
            ),
            (
                Choice("failed", _("All failed URLs"), str(len(failed))),
                _Artifact(export.failed_urls(failed), f"{name}-failed", ".txt", _copied_urls(len(failed))),
            ),
            (
                Choice("id", _("Task id"), sanitize(task.task_id, 40)),
                _Artifact(sanitize(task.task_id), f"{name}-id", ".txt", _("Copied task id")),
            ),
            (
                Choice("json", _("Task as JSON")),
                _Artifact(export.task_json(task, urls), name, ".json", _("Copied task as JSON")),
            ),
            (
                Choice("support", _("Support report")),
                _Artifact(self._support_report(task, urls), f"{name}-support", ".txt", _("Copied support report")),
            ),
        ]
        return [(choice, artifact) for choice, artifact in offered if artifact.text.strip()]

    def _support_report(self, task: Task, urls: list[UrlProgress]) -> str:
        origin, now = self._origin, self._now()
        return export.support_report(
            task,
            urls,
            host=origin.host,
            project=origin.project,
            request_id=origin.request_id(task.kind),
            now=now,
            stuck=self._stuck_for(task),
        )

    def _copy(self, artifact: _Artifact) -> None:
        encoded = artifact.text.encode("utf-8", "replace")
        if len(encoded) > CLIPBOARD_LIMIT:
            message = _("Too long for the clipboard ({size} bytes). Press f in the copy menu to save it to a file.")
            self._say(message.format(size=len(encoded)))
            return
        self._screen.app.copy_to_clipboard(encoded.decode())
        message = artifact.copied
        if not self._has_copied:  # a terminal does not say whether it accepts OSC 52
            self._has_copied = True
            message += "\n" + _("Nothing in your clipboard? Press f in the copy menu.")
        self._say(message)

    # Saving

    def export(self) -> None:
        """Show the export menu of the focused list."""
        from ucdn_tui.ui.dialogs.picker import Choice, Picker

        inside = self._details.table.has_focus
        urls, keys = self._details.listed if inside else [], [] if inside else self._tasks.listed()
        rows = len(urls or keys)
        if not rows:
            self._say(_("Nothing to export."))
            return
        task = self._details.shown
        note = ngettext("{count} row, as listed", "{count} rows, as listed", rows).format(count=rows)
        title = _("Export this task's URLs") if urls else _("Export tasks")
        choices = [
            Choice("csv", "CSV", _("one row per URL") if urls else _("one row per task")),
            Choice("json", "JSON", _("full detail")),
        ]

        def picked_one(picked: "Picked | None") -> None:
            if picked is None:
                return
            if urls and task is not None:
                self._write(partial(self._urls_as, picked.id, task, urls))
            else:
                self._write(partial(self._tasks_as, picked.id, keys))

        self._screen.app.push_screen(Picker(title, choices, note=note), picked_one)

    def _tasks_as(self, form: str, keys: list[TaskKey]) -> _Artifact:
        known = [task for key in keys if (task := self._store.get(key)) is not None]
        if form == "csv":
            text = export.tasks_csv(known)
        else:
            text = export.tasks_json((task, self._store.urls(task.key)) for task in known)
        return _Artifact(text, f"ucdn-tasks-{self._stamp()}", f".{form}")

    def _urls_as(self, form: str, task: Task, urls: list[UrlProgress]) -> _Artifact:
        write = export.urls_csv if form == "csv" else export.urls_json
        return _Artifact(write(task, urls), f"{_file_name(task)}-urls-{self._stamp()}", f".{form}")

    def _stamp(self) -> str:
        try:
            now = datetime.fromtimestamp(self._now(), UTC)
        except (ValueError, OverflowError, OSError):  # the server's clock is out of range
            now = datetime.now(UTC)
        return f"{now:%Y%m%d-%H%M%S}"

    def _write(self, make: Callable[[], _Artifact]) -> None:
        """Make an artifact and write it to a new file, in a thread: it may hold a million URLs."""

        def work() -> Path:
            artifact = make()
            return export.write_new(_folders(), artifact.name, artifact.suffix, artifact.text)

        async def write() -> None:
            try:
                path = await daemon_thread.run(work, "export")
            except UcdnTuiError as error:
                self._say(str(error), failed=True)
            else:
                self._say(_("Written to {path}").format(path=sanitize(str(path))))

        self._screen.app.run_worker(write(), group="export")

    # Opening

    def open(self) -> None:
        """Open the selected URL in the browser."""
        from ucdn_tui.external.browser import open_in_browser

        url = self._selected_url()
        if not url:
            self._say(_("No URL is selected."))
            return
        try:
            open_in_browser(url, os.environ)
        except UcdnTuiError as error:
            self._say(str(error), failed=True)
        else:
            self._say(_("Opening {url}").format(url=short_url(url, 60, self._glyphs)))

    def _selected_url(self) -> str:
        """Return the URL under the cursor: in the URL list if it has the focus, else the task's first URL."""
        if self._details.table.has_focus:
            selected = self._details.selected
            return selected.url if selected else ""
        return self._details.shown.first_url if self._details.shown else ""

    def _say(self, message: str, *, failed: bool = False) -> None:
        self._screen.app.notify(message, severity="error" if failed else "information", markup=False)


def _copied_urls(count: int) -> str:
    return ngettext("Copied {count} URL", "Copied {count} URLs", count).format(count=count)


def _file_name(task: Task) -> str:
    return f"ucdn-{task.kind}-{task.task_id or 'task'}"


def _folders() -> list[Path]:
    """Return where files go: the current folder, or else the home folder."""
    folders = []
    with suppress(OSError):  # the folder was removed
        folders.append(Path.cwd())
    with suppress(RuntimeError):  # the user has no home folder
        folders.append(Path.home())
    return folders
