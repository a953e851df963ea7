"""Sort keys of tasks and URLs: for each column, in both directions. Pure."""

import sys
from collections.abc import Callable
from math import inf
from operator import itemgetter, neg, pos
from typing import Any, Generic, NamedTuple, TypeVar

from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES

R = TypeVar("R")

Order = Callable[[R], tuple[Any, ...]]
"""A sort key function. Its tuples are comparable with those of all other rows.

The first items are all of one type, as Python then sorts in half the time.
"""

_RANKS: dict[str, int] = {status: rank for rank, status in enumerate(ORDERED_STATUSES)}

_END = b"\xff"
"""Ends an inverted text. No other byte of it is as large, so that "ab" comes before "a"."""

_INVERTED = bytes(max(0, 254 - byte) for byte in range(256))  # UTF-8 has no byte above 0xf4

_COMPARED = 200
"""Characters of a text that are compared; rows that share all of them are in any order."""


class Sort(NamedTuple):
    """A column, and whether the largest value comes first."""

    column: str
    reverse: bool = False


_NEWEST_FIRST = Sort("created", reverse=True)

DEFAULT = _NEWEST_FIRST
"""The default order of tasks: newest first."""

AS_LISTED = Sort("", reverse=False)
"""The default order of URLs: the API's."""


def newest_first_key(task: Task) -> tuple[bool, int]:
    """Return the sort key by CreateTime, latest first; tasks without one come last."""
    return (task.created is None, -(task.created or 0))


def task_order(sort: Sort) -> Order[Task]:
    """Return the sort key of tasks. Equal values are sorted newest first; missing values come last either way."""
    if sort == _NEWEST_FIRST or sort.column not in _TASKS:
        return newest_first_key
    column = _TASKS[sort.column]
    value_of, (transform, missing) = column.value_of, column.direction(sort.reverse)

    def order(task: Task) -> tuple[Any, ...]:
        value, created = value_of(task), task.created
        return missing if value is None else transform(value), created is None, -(created or 0)

    return order


def url_order(sort: Sort) -> Order[UrlProgress] | None:
    """Return the sort key of a task's URLs; None for the API's order."""
    if sort.column not in _URLS:
        return None
    column = _URLS[sort.column]
    value_of, (transform, missing) = column.value_of, column.direction(sort.reverse)
    return lambda url: (missing if (value := value_of(url)) is None else transform(value),)


class _Direction(NamedTuple):
    """A sort direction: the transform of a value, and the sentinel that sorts missing values last."""

    transform: Callable[[Any], Any]
    missing: Any


class _Column(NamedTuple, Generic[R]):
    """The value that a column sorts by (None if the row has none), and both directions."""

    value_of: Callable[[R], Any]
    ascending: _Direction
    descending: _Direction

    def direction(self, reverse: bool) -> _Direction:
        return self.descending if reverse else self.ascending


def _text(value_of: Callable[[R], str | None]) -> "_Column[R]":
    return _Column(
        value_of,
        _Direction(itemgetter(slice(_COMPARED)), chr(sys.maxunicode) * (_COMPARED + 1)),
        _Direction(_inverted, _END * 2),  # after the empty text, which is _END
    )


def _inverted(text: str) -> bytes:
    """Return a value that sorts in the opposite direction of the text; bytes, as their values can be inverted."""
    return text[:_COMPARED].encode("utf-8", "surrogatepass").translate(_INVERTED) + _END


def _number(value_of: Callable[[R], int | None]) -> "_Column[R]":
    return _Column(value_of, _Direction(pos, inf), _Direction(neg, inf))


def _duration(value_of: Callable[[R], tuple[int, int] | None]) -> "_Column[R]":
    return _Column(value_of, _Direction(tuple, (inf,)), _Direction(lambda value: (-value[0], -value[1]), (inf,)))


def _status(value_of: Callable[[R], str]) -> "_Column[R]":
    """Sort statuses in the order of the keys 1 to 5, and undocumented statuses after them."""

    def rank(row: R) -> tuple[int, str]:
        status = value_of(row)
        return _RANKS.get(status, len(_RANKS)), status

    return _Column(rank, _Direction(tuple, None), _Direction(lambda rank: (-rank[0], _inverted(rank[1])), None))


def _duration_of(created: int | None, finished: int | None, *, active: bool) -> tuple[int, int] | None:
    """Return (0, duration), or (1, -created) while active: active rows come last, and time does not reorder rows."""
    if created is None:
        return None
    if active:
        return 1, -created
    return (0, finished - created) if finished and finished >= created else None


def _url_is_active(url: UrlProgress) -> bool:
    return url.status in (Status.PROCESS, Status.WAIT)


_TASKS: dict[str, _Column[Task]] = {
    "status": _status(lambda task: task.outcome),
    "progress": _number(lambda task: task.percent),
    "urls": _number(lambda task: task.urls),
    "time": _duration(lambda task: _duration_of(task.created, task.finished, active=task.phase is Phase.ACTIVE)),
    "kind": _text(lambda task: str(task.kind)),
    "type": _text(lambda task: task.type or None),
    "created": _number(lambda task: task.created),
    "url": _text(lambda task: task.first_url or None),
    "id": _text(lambda task: task.task_id or None),
}

_URLS: dict[str, _Column[UrlProgress]] = {
    "status": _status(lambda url: url.status),
    "progress": _number(lambda url: url.percent),
    "time": _duration(lambda url: _duration_of(url.created, url.finished, active=_url_is_active(url))),
    "url": _text(lambda url: url.url),
}
