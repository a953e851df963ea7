"""In which order rows stand: for each column, and both ways, a value to sort by. Pure."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.watch.query import ORDERED_STATUSES

R = TypeVar("R")

Order = Callable[[R], tuple[Any, ...]]
"""What to sort by: values that can be compared with those of every other row; flat, as nested ones take longer."""

_RANKS: dict[str, int] = {status: rank for rank, status in enumerate(ORDERED_STATUSES)}

_INVERTED = bytes(255 - byte for byte in range(256))

_COMPARED = 200
"""Characters of a text that count: rows whose first 200 are the same may stand in any order."""


class Sort(NamedTuple):
    """A column, and whether the largest stands first."""

    column: str
    reverse: bool = False


DEFAULT = Sort("created", reverse=True)
"""Tasks: the newest first."""

AS_LISTED = Sort("", reverse=False)
"""URLs: as the API lists them."""


def newest_first(task: Task) -> tuple[bool, int]:
    """Sort by CreateTime, the latest first; tasks without one come last."""
    return (task.created is None, -(task.created or 0))


def task_order(sort: Sort) -> Order[Task]:
    """Return the order of tasks; equals stand newest first, and what has no value stands last either way."""
    if sort == DEFAULT or sort.column not in _TASKS:
        return newest_first
    value, reverse = _TASKS[sort.column], sort.reverse
    return lambda task: _place(value(task), reverse) + newest_first(task)


def url_order(sort: Sort) -> Order[UrlProgress] | None:
    """Return the order of a task's URLs; None for the API's own."""
    if sort.column not in _URLS:
        return None
    value, reverse = _URLS[sort.column], sort.reverse
    return lambda url: _place(value(url), reverse)


def _place(value: Any, reverse: bool) -> tuple[Any, ...]:
    return (True, None) if value is None else (False, _directed(value, reverse))


def _directed(value: Any, reverse: bool) -> Any:
    """Return the value so that it sorts as wanted; a text that is turned round as bytes, as only those can be."""
    match value:
        case tuple():
            return tuple(_directed(part, reverse) for part in value)
        case str() if reverse:
            return value[:_COMPARED].encode("utf-8", "surrogatepass").translate(_INVERTED) + b"\xff"  # "ab" before "a"
        case str():
            return value[:_COMPARED]
        case _:
            return -value if reverse else value


def _status(task: Task) -> tuple[int, str]:
    return _RANKS.get(task.outcome, len(_RANKS)), task.outcome


def _running_time(created: int | None, finished: int | None, *, active: bool) -> tuple[int, int] | None:
    """Return how long something takes, what still runs behind all that is over: an order that time does not change."""
    if created is None:
        return None
    if active:
        return 1, -created
    return (0, finished - created) if finished and finished >= created else None


def _url_is_active(url: UrlProgress) -> bool:
    return url.status in (Status.PROCESS, Status.WAIT)


_TASKS: dict[str, Callable[[Task], Any]] = {
    "status": _status,
    "progress": lambda task: task.percent,
    "urls": lambda task: task.urls,
    "time": lambda task: _running_time(task.created, task.finished, active=task.phase is Phase.ACTIVE),
    "kind": lambda task: str(task.kind),
    "type": lambda task: task.type or None,
    "created": lambda task: task.created,
    "url": lambda task: task.first_url or None,
    "id": lambda task: task.task_id or None,
}

_URLS: dict[str, Callable[[UrlProgress], Any]] = {
    "status": lambda url: (_RANKS.get(url.status, len(_RANKS)), url.status),
    "progress": lambda url: url.percent,
    "time": lambda url: _running_time(url.created, url.finished, active=_url_is_active(url)),
    "url": lambda url: url.url,
}
