"""In which order rows stand: for each column, and both ways, a value to sort by. Pure."""

import sys
from collections.abc import Callable
from math import inf
from operator import itemgetter, neg, pos
from typing import Any, Generic, NamedTuple, TypeVar

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES

R = TypeVar("R")

Order = Callable[[R], tuple[Any, ...]]
"""What to sort by: values that can be compared with those of every other row.

What tells most rows apart comes first: Python sorts tuples whose first parts are of one type in half the time.
"""

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
    value, directed, last = _way(_TASKS[sort.column], sort.reverse)

    def order(task: Task) -> tuple[Any, ...]:
        found, created = value(task), task.created
        return last if found is None else directed(found), created is None, -(created or 0)

    return order


def url_order(sort: Sort) -> Order[UrlProgress] | None:
    """Return the order of a task's URLs; None for the API's own."""
    if sort.column not in _URLS:
        return None
    value, directed, last = _way(_URLS[sort.column], sort.reverse)
    return lambda url: (last if (found := value(url)) is None else directed(found),)


class _Way(NamedTuple):
    """One way round: what a value becomes to be sorted by, and what stands behind all of these."""

    directed: Callable[[Any], Any]
    last: Any


class _By(NamedTuple, Generic[R]):
    """What a column sorts by, None where a row has no such thing, and both ways round."""

    value: Callable[[R], Any]
    forwards: _Way
    backwards: _Way


def _way(by: "_By[R]", reverse: bool) -> tuple[Callable[[R], Any], Callable[[Any], Any], Any]:
    return by.value, *(by.backwards if reverse else by.forwards)


def _text(value: Callable[[R], str | None]) -> "_By[R]":
    return _By(
        value,
        _Way(itemgetter(slice(_COMPARED)), chr(sys.maxunicode) * (_COMPARED + 1)),
        _Way(_backwards, b"\xff" * (_COMPARED + 2)),
    )


def _backwards(text: str) -> bytes:
    """Return what sorts the other way round than the text, as bytes, since only those can be turned round."""
    return text[:_COMPARED].encode("utf-8", "surrogatepass").translate(_INVERTED) + b"\xff"  # "ab" before "a"


def _number(value: Callable[[R], int | None]) -> "_By[R]":
    return _By(value, _Way(pos, inf), _Way(neg, inf))


def _time(value: Callable[[R], tuple[int, int] | None]) -> "_By[R]":
    return _By(value, _Way(tuple, (inf,)), _Way(lambda time: (-time[0], -time[1]), (inf,)))


def _status(value: Callable[[R], str]) -> "_By[R]":
    """As the keys 1 to 5 count them, those without a key behind them."""

    def rank(row: R) -> tuple[int, str]:
        status = value(row)
        return _RANKS.get(status, len(_RANKS)), status

    return _By(rank, _Way(tuple, None), _Way(lambda rank: (-rank[0], _backwards(rank[1])), None))


def _running_time(created: int | None, finished: int | None, *, active: bool) -> tuple[int, int] | None:
    """Return how long something takes, what still runs behind all that is over: an order that time does not change."""
    if created is None:
        return None
    if active:
        return 1, -created
    return (0, finished - created) if finished and finished >= created else None


def _url_is_active(url: UrlProgress) -> bool:
    return url.status in (Status.PROCESS, Status.WAIT)


_TASKS: dict[str, _By[Task]] = {
    "status": _status(lambda task: task.outcome),
    "progress": _number(lambda task: task.percent),
    "urls": _number(lambda task: task.urls),
    "time": _time(lambda task: _running_time(task.created, task.finished, active=task.phase is Phase.ACTIVE)),
    "kind": _text(lambda task: str(task.kind)),
    "type": _text(lambda task: task.type or None),
    "created": _number(lambda task: task.created),
    "url": _text(lambda task: task.first_url or None),
    "id": _text(lambda task: task.task_id or None),
}

_URLS: dict[str, _By[UrlProgress]] = {
    "status": _status(lambda url: url.status),
    "progress": _number(lambda url: url.percent),
    "time": _time(lambda url: _running_time(url.created, url.finished, active=_url_is_active(url))),
    "url": _text(lambda url: url.url),
}
