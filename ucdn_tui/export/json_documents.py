"""Tasks and URLs as JSON documents.

Values are exact, except for lone surrogates, which UTF-8 cannot hold and which become U+FFFD. Invisible characters are
JSON escapes, as the output may be read in a terminal. Times are UTC, as in `2026-11-22T10:50:49Z`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ucdn_tui.api.models import Task, UrlProgress
from ucdn_tui.text import replace_surrogates

_YEAR_10000 = 253_402_300_800
"""The first Unix second of the year 10000, which does not fit the format."""


def task_document(task: Task, urls: Sequence[UrlProgress]) -> dict[str, Any]:
    """Return the task as a JSON object.

    kind           refresh or prefetch
    task_id        "" if the API gave none
    type           file, dir or m3u8; "" for a prefetch
    status         the API's word: success, wait, process, failure, unknow, or any other
    outcome        failure for a settled task with a failed URL, else the status
    is_whole_site  whether the task is for whole-site acceleration
    created, finished, last_change
                   2026-11-22T10:50:49Z; null if missing or nonsensical
    percent        0 to 100, the mean of its URLs
    counts         number of URLs by status: success, failure, process, wait, other
    urls           url, status, percent, created and finished of each URL, in the API's order
    """
    return {
        "kind": task.kind.value,
        "task_id": replace_surrogates(task.task_id),
        "type": replace_surrogates(task.type),
        "status": replace_surrogates(task.status),
        "outcome": replace_surrogates(str(task.outcome)),
        "is_whole_site": task.is_dcdn,
        "created": iso_time(task.created),
        "finished": iso_time(task.finished),
        "last_change": iso_time(task.last_change),
        "percent": task.percent,
        "counts": task_counts(task),
        "urls": [_url_document(url) for url in urls],
    }


def task_json(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return the task's document (see `task_document`) as JSON."""
    return json_text(task_document(task, urls))


def tasks_json(tasks: Iterable[tuple[Task, Sequence[UrlProgress]]]) -> str:
    """Return the tasks' documents (see `task_document`) as a JSON array."""
    return json_text([task_document(task, urls) for task, urls in tasks])


def urls_json(task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return the URLs as a JSON array: as in `task_document`, each with its task's `kind` and `task_id`."""
    return json_text(url_rows(task, urls))


def url_rows(task: Task, urls: Iterable[UrlProgress]) -> list[dict[str, Any]]:
    owner = {"kind": task.kind.value, "task_id": replace_surrogates(task.task_id)}
    return [owner | _url_document(url) for url in urls]


def task_counts(task: Task) -> dict[str, int]:
    return {
        "success": task.succeeded,
        "failure": task.failed,
        "process": task.processing,
        "wait": task.waiting,
        "other": task.other,
    }


def iso_time(timestamp: float | None) -> str | None:
    """Return a Unix time as ISO 8601 in UTC; None if it is missing or nonsensical."""
    if timestamp is None or not 0 < timestamp < _YEAR_10000:
        return None
    return f"{datetime.fromtimestamp(int(timestamp), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _url_document(url: UrlProgress) -> dict[str, Any]:
    return {
        "url": replace_surrogates(url.url),
        "status": replace_surrogates(url.status),
        "percent": url.percent,
        "created": iso_time(url.created),
        "finished": iso_time(url.finished),
    }


def json_text(document: Any) -> str:
    """Return indented JSON in which invisible characters are escapes, as it may be read in a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return re.sub(r"[\x7f-\U0010ffff]+", _visible, text) + "\n"


def _visible(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else "".join(map(_json_character, match[0]))


def _json_character(character: str) -> str:
    if character.isprintable():
        return character
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
