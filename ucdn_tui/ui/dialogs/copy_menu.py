"""The copy menu: what can be copied of one task or of several, and the text of each choice."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from ucdn_tui import export
from ucdn_tui.api.models import Status, Task, UrlProgress
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.picker import Choice, Picker


class Artifact(NamedTuple):
    """A text to copy or to save."""

    make: Callable[[], str]
    """Returns the text; it may hold a million URLs."""

    name: str
    """The file's name without its suffix."""

    suffix: str
    copied: str = ""
    """The message after copying."""

    urls: int = 0
    """The number of URLs in the text of a list of URLs."""


class Listed(NamedTuple):
    """The URLs that a filtered list shows."""

    total: int
    make: Callable[[], str]
    """Returns them, one a line."""

    note: str = ""


class Subject(NamedTuple):
    """What to copy from, as it was when the menu was opened."""

    tasks: Sequence[tuple[Task, Sequence[UrlProgress]]]
    """At least one, with its URLs."""

    name: str
    """The beginning of the names of files."""

    report: Callable[[Task, Sequence[UrlProgress], export.Language], str]
    """Returns the support report of a task."""

    languages: Sequence[export.Language] = ("en",)
    """The languages of the support report."""

    url: str = ""
    """The URL under the cursor; "" for none."""

    listed: Listed | None = None
    flagged: bool = False
    """Whether these are the flagged tasks, and not the selected one."""


def copy_menu(subject: Subject, shown_url: str) -> tuple[Picker, dict[str, Artifact]]:
    """Return the menu, and the text of each choice by its id. `shown_url` is the URL as the menu shows it."""
    offered = [*_urls(subject, shown_url), *_documents(subject)]
    count = len(subject.tasks)
    flagged = ngettext("{count} flagged task", "{count} flagged tasks", count).format(count=count)
    note = _("Enter or 1–{last} copies · f saves to a file").format(last=len(offered))
    menu = Picker(
        _("Copy from {tasks}").format(tasks=flagged) if subject.flagged else _("Copy"),
        [choice for choice, _artifact in offered],
        note=note,
        files=True,
    )
    return menu, {choice.id: artifact for choice, artifact in offered}


def _urls(subject: Subject, shown_url: str) -> list[tuple[Choice, Artifact]]:
    url, listed = subject.url, subject.listed
    urls = [url for _task, urls in subject.tasks for url in urls]
    failed = [url for url in urls if url.status == Status.FAILURE]
    offered = []
    if url:
        one = Artifact(lambda: sanitize(url, len(url)), f"{subject.name}-url", ".txt", _copied_urls(1))
        offered.append((Choice("url", _("URL"), shown_url), one))
    if len(urls) > bool(url):
        every = _list(f"{subject.name}-urls", partial(export.url_lines, urls), len(urls))
        offered.append((Choice("all", _("All URLs ({count})").format(count=len(urls))), every))
    if listed is not None and listed.total:
        those = _list(f"{subject.name}-listed", listed.make, listed.total)
        offered.append((Choice("listed", _("Listed URLs ({count})").format(count=listed.total), listed.note), those))
    if failed:
        bad = _list(f"{subject.name}-failed", partial(export.url_lines, failed), len(failed))
        offered.append((Choice("failed", _("Failed URLs ({count})").format(count=len(failed))), bad))
    return offered


def _documents(subject: Subject) -> list[tuple[Choice, Artifact]]:
    tasks, name = subject.tasks, subject.name
    ids = [sanitize(task.task_id) for task, _urls in tasks if task.task_id]
    offered = []
    if ids:
        text = "\n".join(ids) + ("\n" if len(ids) > 1 else "")
        copied = ngettext("Copied task id", "Copied {count} task ids", len(ids)).format(count=len(ids))
        label = _("Task id") if len(ids) == 1 else _("Task ids ({count})").format(count=len(ids))
        choice = Choice("id", label, sanitize(ids[0], 40) if len(ids) == 1 else "")
        offered.append((choice, Artifact(lambda: text, f"{name}-id", ".txt", copied)))
    count = len(tasks)
    document = Artifact(
        partial(export.task_json, *tasks[0]) if count == 1 else partial(export.tasks_json, tasks),
        name,
        ".json",
        ngettext("Copied task as JSON", "Copied {count} tasks as JSON", count).format(count=count),
    )
    label = _("Task as JSON") if count == 1 else _("Tasks as JSON ({count})").format(count=count)
    offered.append((Choice("json", label), document))
    for language in subject.languages:
        chinese = language == "zh"
        copied = ngettext("Copied support report", "Copied {count} support reports", count).format(count=count)
        report = Artifact(partial(_reports, subject, language), f"{name}-support{'-zh' * chinese}", ".txt", copied)
        label = _("Support report") if count == 1 else _("Support reports ({count})").format(count=count)
        note = "" if len(subject.languages) == 1 else _("in Chinese") if chinese else _("in English")
        offered.append((Choice(f"support{'-zh' * chinese}", label, note), report))
    return offered


def _list(name: str, make: Callable[[], str], count: int) -> Artifact:
    return Artifact(make, name, ".txt", _copied_urls(count), count)


def _copied_urls(count: int) -> str:
    return ngettext("Copied {count} URL", "Copied {count} URLs", count).format(count=count)


def _reports(subject: Subject, language: export.Language) -> str:
    """Return the tasks' reports, with a line between them."""
    reports = (subject.report(task, urls, language) for task, urls in subject.tasks)
    return f"\n{'-' * 40}\n\n".join(reports)
