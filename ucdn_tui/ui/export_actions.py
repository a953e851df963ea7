"""ExportActions: what is on the screen, to the clipboard, into a file, or into a browser."""

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
from ucdn_tui.ui.format import url_text
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.picker import Choice, Picked

CLIPBOARD_LIMIT = 74_994
"""Bytes: as base64 they make 100,000, more than which common terminals do not take in one piece."""


class Origin(NamedTuple):
    """Where the tasks come from, as the vendor's support wants to know it; no keys."""

    host: str
    project: str
    request_id: Callable[[TaskKind], str]
    """Returns that of the last answer about tasks of this kind."""


class _Artifact(NamedTuple):
    """Something to take away."""

    text: str
    name: str
    """Of a file with it, without its suffix."""
    suffix: str


class ExportActions:
    """Works on what the two panes show at the moment at which it is asked."""

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

    # To the clipboard

    def menu(self) -> None:
        """Offer what can be copied of the selected task."""
        from ucdn_tui.ui.dialogs.picker import Picker

        task, urls = self._details.shown, self._details.urls
        if task is None:
            self._say(_("No task is selected."))
            return
        # What the menu names is what is taken, whatever the poller brings while it is open.
        url = self._selected_url()
        things = {choice.id: (choice, thing) for choice, thing in self._things(task, list(urls), url)}
        menu = Picker(
            _("Copy"),
            [choice for choice, _thing in things.values()],
            note=_("Enter or a number: to the terminal's clipboard. f: into a file."),
            files=True,
        )

        def take(picked: "Picked | None") -> None:
            if picked is not None:
                self._take(things[picked.id][1], to_file=picked.to_file)

        self._screen.app.push_screen(menu, take)

    def _things(self, task: Task, urls: list[UrlProgress], url: str) -> "list[tuple[Choice, _Artifact]]":
        from ucdn_tui.ui.dialogs.picker import Choice

        name = _file_name(task)
        failed = [row for row in urls if row.status == Status.FAILURE]
        things = [
            (
                Choice("url", _("URL"), url_text(url, 40, self._glyphs)),
                _Artifact(sanitize(url, len(url)), f"{name}-url", ".txt"),
            ),
            (
                Choice("failed", _("All failed URLs"), str(len(failed))),
                _Artifact(export.failed_urls(failed), f"{name}-failed", ".txt"),
            ),
            (
                Choice("id", _("Task id"), sanitize(task.task_id, 40)),
                _Artifact(sanitize(task.task_id), f"{name}-id", ".txt"),
            ),
            (Choice("json", _("Task as JSON")), _Artifact(export.task_json(task, urls), name, ".json")),
            (
                Choice("support", _("Report for the vendor's support")),
                _Artifact(self._support_report(task, urls), f"{name}-support", ".txt"),
            ),
        ]
        return [(choice, thing) for choice, thing in things if thing.text.strip()]

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

    def _take(self, thing: _Artifact, *, to_file: bool) -> None:
        if to_file:
            self._write(lambda: thing)
            return
        size = len(thing.text.encode("utf-8", "replace"))
        if size > CLIPBOARD_LIMIT:
            self._say(
                _("It is too long for a terminal's clipboard ({size} bytes): take it as a file, with f.").format(
                    size=size
                )
            )
            return
        self._screen.app.copy_to_clipboard(thing.text.encode("utf-8", "replace").decode())
        lines = len(thing.text.strip().splitlines())
        words = ngettext("{count} line sent to the terminal", "{count} lines sent to the terminal", lines)
        self._say(words.format(count=lines) + _(", which keeps it in the clipboard if it knows how; f makes a file."))

    # Into a file

    def export(self) -> None:
        """Offer to write what the focused list shows into a file."""
        from ucdn_tui.ui.dialogs.picker import Choice, Picker

        inside = self._details.table.has_focus
        urls, keys = self._details.listed if inside else [], [] if inside else self._tasks.listed()
        rows = len(urls or keys)
        if not rows:
            self._say(_("There is nothing to export."))
            return
        task = self._details.shown
        what = ngettext("{count} row as it is listed", "{count} rows as they are listed", rows).format(count=rows)
        title = _("Export the task's URLs") if urls else _("Export the tasks")
        choices = [
            Choice("csv", "CSV", _("a line each, for spreadsheets")),
            Choice("json", "JSON", _("with all there is to know")),
        ]

        def take(picked: "Picked | None") -> None:
            if picked is None:
                return
            if urls and task is not None:
                self._write(partial(self._urls_as, picked.id, task, urls))
            else:
                self._write(partial(self._tasks_as, picked.id, keys))

        self._screen.app.push_screen(Picker(title, choices, note=what), take)

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
        except (ValueError, OverflowError, OSError):  # the server's clock is of another age
            now = datetime.now(UTC)
        return f"{now:%Y%m%d-%H%M%S}"

    def _write(self, make: Callable[[], _Artifact]) -> None:
        """Make something, and write it; aside, as there may be a million URLs in it."""

        def work() -> Path:
            thing = make()
            return export.write_new(_folders(), thing.name, thing.suffix, thing.text)

        async def write() -> None:
            try:
                path = await daemon_thread.run(work, "export")
            except UcdnTuiError as error:
                self._say(str(error), failed=True)
            else:
                self._say(_("Written to {path}").format(path=sanitize(str(path))))

        self._screen.app.run_worker(write(), group="export")

    # Into a browser

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
            self._say(_("Opening {url}").format(url=url_text(url, 60, self._glyphs)))

    def _selected_url(self) -> str:
        """Return the URL under the cursor: of the URLs' list if that has the focus, else the task's first one."""
        if self._details.table.has_focus:
            selected = self._details.selected
            return selected.url if selected else ""
        return self._details.shown.first_url if self._details.shown else ""

    def _say(self, words: str, *, failed: bool = False) -> None:
        self._screen.app.notify(words, severity="error" if failed else "information", markup=False)


def _file_name(task: Task) -> str:
    return f"ucdn-{task.kind}-{task.task_id or 'task'}"


def _folders() -> list[Path]:
    """Return where files go: where the program was started, or else home."""
    folders = []
    with suppress(OSError):  # it was removed meanwhile
        folders.append(Path.cwd())
    with suppress(RuntimeError):  # a user of whom the machine knows no home
        folders.append(Path.home())
    return folders
