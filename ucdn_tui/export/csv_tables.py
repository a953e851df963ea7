"""Tasks and URLs as CSV tables, and the failed URLs one a line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ucdn_tui.api.models import Status, Task, UrlProgress
from ucdn_tui.export.json_documents import task_counts, task_document, url_rows
from ucdn_tui.text import replace_surrogates, sanitize

_TASK_COLUMNS = (
    *("kind", "task_id", "type", "status", "outcome", "is_whole_site", "created", "finished", "last_change", "percent"),
    *("urls", "success", "failure", "process", "wait", "other", "first_url"),
)
_URL_COLUMNS = ("kind", "task_id", "url", "status", "percent", "created", "finished")

_FORMULA = frozenset("=+-@\t\r＝＋－＠")
"""First characters of a formula in a spreadsheet; the full-width ones count in East Asian locales."""

_FORMULA_AFTER_SEMICOLON = re.compile(rf""";(?=[\s"']*[{re.escape("".join(_FORMULA))}])""")
"""Where Excel's separator is a semicolon, as in German and French, a cell begins here, quotes or not."""


def tasks_csv(tasks: Iterable[Task]) -> str:
    """Return a header and one line per task. The columns are the keys of `task_document`, with the counts spread out.

    `urls` is the number of URLs, `first_url` the first one. null is an empty cell.
    """
    return _csv(_TASK_COLUMNS, (_task_row(task) for task in tasks))


def urls_csv(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return a header and one line per URL, with the same fields as `urls_json`."""
    return _csv(_URL_COLUMNS, url_rows(task, urls))


def url_lines(urls: Iterable[UrlProgress]) -> str:
    """Return the URLs one a line, each as often as it comes."""
    return "".join(f"{_line(url.url)}\n" for url in urls if url.url)


def failed_urls(urls: Iterable[UrlProgress]) -> str:
    """Return the failed URLs one a line, repeated if they failed repeatedly."""
    return url_lines(url for url in urls if url.status == Status.FAILURE)


def _task_row(task: Task) -> dict[str, Any]:
    first = {"urls": task.urls, "first_url": replace_surrogates(task.first_url)}
    return task_document(task, ()) | task_counts(task) | first


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
    line = _FORMULA_AFTER_SEMICOLON.sub(";'", _line(value))
    return f"'{line}" if is_formula else line


def _line(text: str) -> str:
    """Return the sanitized text, uncut."""
    return sanitize(text, len(text))
