"""The support report: what the vendor's support asks for about one task, as plain text."""

from collections.abc import Sequence

from ucdn_tui import __version__
from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.durations import short_duration
from ucdn_tui.export.json_documents import iso_time, task_counts
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import NOTHING, sanitize

_WORD = 80
"""Maximum characters of a status, an id or a name. URLs may be longer."""


def support_report(
    task: Task,
    urls: Sequence[UrlProgress],
    *,
    host: str,
    project: str,
    request_id: str,
    now: float,
    stuck: float | None,
) -> str:
    """Return a report about one task with everything that the vendor's support asks for, and without keys.

    `host` is the endpoint's, `request_id` the last answer's ("" for none), `now` the server's Unix time. `stuck` is the
    number of seconds without progress, None if the task is not stuck.
    """
    fields = [
        (_("Task id"), _word(task.task_id)),
        (_("Kind"), task.kind.value),
        (_("Type"), _word(task.type)),
        (_("Whole-site acceleration"), _("yes") if task.is_dcdn else _("no")),
        (_("Status"), _word(task.status)),
        (_("Progress"), f"{task.percent}%"),
        (_("URLs"), f"{task.urls} ({', '.join(f'{name} {count}' for name, count in task_counts(task).items())})"),
        (_("Created"), iso_time(task.created) or NOTHING),
        (_("Finished"), iso_time(task.finished) or NOTHING),
        (_("Last change"), iso_time(task.last_change) or NOTHING),
        (_("Time of this report"), iso_time(now) or NOTHING),
        (_("Took") if task.phase is Phase.SETTLED else _("Running for"), _running_time(task, now)),
        (_("Request id of the last answer"), _word(request_id)),
        (_("Project"), _word(project)),
        (_("Endpoint"), _word(host)),
        (_("Program"), f"ucdn-tui {__version__}"),
    ]
    return "\n".join(
        [
            _question(task, stuck),
            "",
            *(_("{what}: {value}").format(what=what, value=value) for what, value in fields),
            "",
            _("URLs: status, percent, created, finished, URL"),
            *(_url_line(url) for url in urls),
            "",
        ]
    )


def _word(text: str) -> str:
    return sanitize(text, _WORD) or NOTHING


def _url_line(url: UrlProgress) -> str:
    created, finished = iso_time(url.created) or NOTHING, iso_time(url.finished) or NOTHING
    return f"{_word(url.status)}  {url.percent}%  {created}  {finished}  {sanitize(url.url) or NOTHING}"


def _question(task: Task, stuck: float | None) -> str:
    if stuck is not None:
        words = _("This task has made no progress for {span}. Please advise what is blocking it.")
        return words.format(span=short_duration(stuck))
    if task.failed:
        words = ngettext(
            "{failed} of {n} URL in this task failed. Please advise on the cause.",
            "{failed} of {n} URLs in this task failed. Please advise on the cause.",
            task.urls,
        )
        return words.format(failed=task.failed, n=task.urls)
    if task.status == Status.FAILURE:
        return _("This task failed. Please advise on the cause.")
    return _("This report is about the following task.")


def _running_time(task: Task, now: float) -> str:
    if task.created is None:
        return NOTHING
    if task.phase is not Phase.SETTLED:
        return short_duration(now - task.created)
    return short_duration(task.finished - task.created) if task.finished else NOTHING
