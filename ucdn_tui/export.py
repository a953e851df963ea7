"""A task as text to take away: JSON and CSV for programs, a letter to the vendor's support, and the file to keep it in.

JSON is exact, but for lone surrogates, which no file can hold; they become U+FFFD. All else is made harmless, as on the
screen: one line stays one line, and what cannot be seen is an escape. Times are UTC, as in `2026-11-22T10:50:49Z`.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ucdn_tui import __version__
from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import replace_surrogates, sanitize

_TASK_COLUMNS = (
    *("kind", "task_id", "type", "status", "outcome", "is_whole_site", "created", "finished", "last_change", "percent"),
    *("urls", "success", "failure", "process", "wait", "other", "first_url"),
)
_URL_COLUMNS = ("kind", "task_id", "url", "status", "percent", "created", "finished")

_YEAR_10000 = 253_402_300_800
"""The first Unix second that ISO 8601 does not write in four digits."""

_FORMULA = frozenset("=+-@\t\r＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula; set to an East Asian language, at full width too."""

_NOTHING = "—"

_WORD = 80
"""Characters of a status, an id or a name in a letter; URLs may be longer."""

_NAME_LIMIT = 100
"""Characters of a file's name, which leaves room for a number and a suffix on any file system."""

_NUMBERS = 1000
"""How many files of one name a folder may hold before it counts as full."""


class ExportError(UcdnTuiError):
    """A file could not be written in any of the folders; nothing is left of it."""


def task_document(task: Task, urls: Sequence[UrlProgress]) -> dict[str, Any]:
    """Return the task as what JSON can hold.

    kind           refresh, prefetch
    task_id        "" where the API gave none
    type           file, dir, m3u8; "" for a prefetch
    status         as it came: success, wait, process, failure, unknow, or anything else
    outcome        status, but failure once it is over and any of its URLs failed
    is_whole_site  whether it is about whole-site acceleration
    created, finished, last_change
                   2026-11-22T10:50:49Z; null where there is none, or nonsense
    percent        0 to 100, the mean over its URLs
    counts         its URLs by status: success, failure, process, wait, other
    urls           url, status, percent, created, finished of each, in the API's order
    """
    return {
        "kind": task.kind.value,
        "task_id": replace_surrogates(task.task_id),
        "type": replace_surrogates(task.type),
        "status": replace_surrogates(task.status),
        "outcome": replace_surrogates(str(task.outcome)),
        "is_whole_site": task.is_dcdn,
        "created": _moment(task.created),
        "finished": _moment(task.finished),
        "last_change": _moment(task.last_change),
        "percent": task.percent,
        "counts": _counts(task),
        "urls": [_url_document(url) for url in urls],
    }


def task_json(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return the task's document (see `task_document`) as JSON."""
    return _json(task_document(task, urls))


def tasks_json(tasks: Iterable[tuple[Task, Sequence[UrlProgress]]]) -> str:
    """Return the tasks' documents (see `task_document`) as a JSON array."""
    return _json([task_document(task, urls) for task, urls in tasks])


def tasks_csv(tasks: Iterable[Task]) -> str:
    """Return a line for each task, under a header: the keys of `task_document`, the counts among them.

    `urls` is how many there are, `first_url` the first of them; null is an empty cell.
    """
    return _csv(_TASK_COLUMNS, (_task_row(task) for task in tasks))


def urls_json(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return the URLs as a JSON array: those of `task_document`, each with its task's `kind` and `task_id`."""
    return _json(_url_rows(task, urls))


def urls_csv(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return the same rows as `urls_json`, a line for each, under a header."""
    return _csv(_URL_COLUMNS, _url_rows(task, urls))


def failed_urls(urls: Iterable[UrlProgress]) -> str:
    """Return the URLs that failed, one a line, as often as they did."""
    return "".join(f"{_line(url.url)}\n" for url in urls if url.status == Status.FAILURE and url.url)


def support_bundle(
    task: Task,
    urls: Sequence[UrlProgress],
    *,
    host: str,
    project: str,
    request_id: str,
    now: float,
    stuck: float | None,
) -> str:
    """Return a letter to the vendor's support about a task, with all that they ask for, and no keys.

    `host` is the endpoint's; `request_id` the last answer's, "" where there is none; `now` the server's Unix time;
    `stuck` the seconds for which the task has made no progress, None where it is not stuck.
    """
    facts = [
        (_("Task id"), _word(task.task_id)),
        (_("Kind"), task.kind.value),
        (_("Type"), _word(task.type)),
        (_("Whole-site acceleration"), _("yes") if task.is_dcdn else _("no")),
        (_("Status"), _word(task.status)),
        (_("Progress"), f"{task.percent}%"),
        (_("URLs"), f"{task.urls} ({', '.join(f'{name} {count}' for name, count in _counts(task).items())})"),
        (_("Created"), _moment(task.created) or _NOTHING),
        (_("Finished"), _moment(task.finished) or _NOTHING),
        (_("Last change"), _moment(task.last_change) or _NOTHING),
        (_("Time of this report"), _moment(now) or _NOTHING),
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
            *(_("{what}: {value}").format(what=what, value=value) for what, value in facts),
            "",
            _("Each URL: status, per cent, created, finished, address"),
            *(_url_line(url) for url in urls),
            "",
        ]
    )


def write_new(folders: Sequence[Path], name: str, suffix: str, text: str) -> Path:
    """Write a new file into the first folder that takes it, and return its path; blocks until it is on the disk.

    Never over another file: after `name.csv` comes `name-2.csv`. `suffix` has its dot; in `name`, which may be from
    outside, anything but ASCII letters, digits and `._-` becomes `_`. The file is UTF-8, and its owner's only: a URL
    may hold a signature. Either all of it is written, or nothing stays behind and it raises ExportError.
    """
    data = replace_surrogates(text).encode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_NAME_LIMIT].lstrip(".-") or "export"
    failures = []
    for folder in dict.fromkeys(folders):
        try:
            return _write_numbered(folder, stem, suffix, data)
        except OSError as error:
            why = error.strerror or type(error).__name__
            failures.append(_("{folder}: {why}").format(folder=sanitize(str(folder), 200), why=why))
    raise ExportError(
        _("Not written"),
        "; ".join(failures) or _("There is no folder to write to."),
        _("Make room, or start ucdn-tui in a folder that you may write to."),
    )


def _write_numbered(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in range(1, _NUMBERS):
        path = folder / (f"{stem}-{number}{suffix}" if number > 1 else f"{stem}{suffix}")
        with suppress(FileExistsError):
            _write(path, data)
            return path
    raise FileExistsError(0, _("too many files named {name}").format(name=stem))


def _write(path: Path, data: bytes) -> None:
    file = open(path, "xb", opener=_private)  # noqa: SIM115 - what cannot be opened is not ours, and not to be removed
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # there are file systems that say only now that the disk is full
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _counts(task: Task) -> dict[str, int]:
    return {
        "success": task.succeeded,
        "failure": task.failed,
        "process": task.processing,
        "wait": task.waiting,
        "other": task.other,
    }


def _url_document(url: UrlProgress) -> dict[str, Any]:
    return {
        "url": replace_surrogates(url.url),
        "status": replace_surrogates(url.status),
        "percent": url.percent,
        "created": _moment(url.created),
        "finished": _moment(url.finished),
    }


def _url_rows(task: Task, urls: Iterable[UrlProgress]) -> list[dict[str, Any]]:
    owner = {"kind": task.kind.value, "task_id": replace_surrogates(task.task_id)}
    return [owner | _url_document(url) for url in urls]


def _task_row(task: Task) -> dict[str, Any]:
    first = {"urls": task.urls, "first_url": replace_surrogates(task.first_url)}
    return task_document(task, ()) | _counts(task) | first


def _json(document: Any) -> str:
    """Return pretty JSON in which what cannot be seen is an escape: it may be looked at in a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return re.sub(r"[\x7f-\U0010ffff]", _json_character, text) + "\n"


def _json_character(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    is_formula = value[:1] in _FORMULA or value.lstrip()[:1] in _FORMULA
    return f"'{_line(value)}" if is_formula else _line(value)


def _line(text: str) -> str:
    """Return a text made harmless, but not cut."""
    return sanitize(text, len(text))


def _word(text: str) -> str:
    return sanitize(text, _WORD) or _NOTHING


def _url_line(url: UrlProgress) -> str:
    created, finished = _moment(url.created) or _NOTHING, _moment(url.finished) or _NOTHING
    return f"{_word(url.status)}  {url.percent}%  {created}  {finished}  {sanitize(url.url) or _NOTHING}"


def _question(task: Task, stuck: float | None) -> str:
    if stuck is not None:
        words = _("This task has made no progress for {span}. What does it wait for, and when will it be done?")
        return words.format(span=_span(stuck))
    if task.failed:
        words = ngettext(
            "{failed} of this task's {n} URL failed. Why, and what can be done?",
            "{failed} of this task's {n} URLs failed. Why, and what can be done?",
            task.urls,
        )
        return words.format(failed=task.failed, n=task.urls)
    if task.status == Status.FAILURE:
        return _("This task failed. Why, and what can be done?")
    return _("This is about the following task.")


def _running_time(task: Task, now: float) -> str:
    if task.created is None:
        return _NOTHING
    if task.phase is not Phase.SETTLED:
        return _span(now - task.created)
    return _span(task.finished - task.created) if task.finished else _NOTHING


def _moment(timestamp: float | None) -> str | None:
    """Return a Unix time as ISO 8601 in UTC; None for none, and for nonsense."""
    if timestamp is None or not 0 < timestamp < _YEAR_10000:
        return None
    return f"{datetime.fromtimestamp(int(timestamp), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _span(seconds: float) -> str:
    """Return a span of time to the second, such as 1h02m03s; `—` where it makes no sense."""
    if not 0 <= seconds < 10 * 365 * 86400:
        return _NOTHING
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minute:02d}m{second:02d}s"
    return f"{minute}m{second:02d}s" if minute else f"{second}s"
