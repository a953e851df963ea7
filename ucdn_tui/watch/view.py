"""TaskView: which tasks are shown, and in which order, kept up with the store at the cost of what changes."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.watch.store import Changes, TaskStore

Order = Callable[[Task], Any]
"""What to sort by: any value that can be compared with that of every other task."""

Filter = Callable[[Task], bool]
"""Whether a task is shown."""

_BULK = 8
"""When more than one in so many tasks comes anew, sorting them all is cheaper than finding each one's place."""


def newest_first(task: Task) -> tuple[bool, int]:
    """Sort by CreateTime, the latest first; tasks without one come last."""
    return (task.created is None, -(task.created or 0))


class TaskView:
    """An ordered, filtered sequence of the store's tasks, without a copy of them. Ties are ordered by key."""

    def __init__(self, store: TaskStore, order: Order = newest_first, shown: Filter | None = None) -> None:
        self._store = store
        self._order = order
        self._filter = shown
        self._places: dict[TaskKey, tuple[Any, TaskKey]] = {}
        self._sorted: list[tuple[Any, TaskKey]] = []
        self._rebuild()

    def __len__(self) -> int:
        return len(self._sorted)

    def key_at(self, index: int) -> TaskKey:
        """Return the key of the task in that row."""
        return self._sorted[index][1]

    def row_at(self, index: int) -> Task:
        """Return the task in that row."""
        return self._store[self._sorted[index][1]]

    def index_of(self, key: TaskKey) -> int | None:
        """Return the row of a task; None where it is not shown, or not there."""
        place = self._places.get(key)
        return None if place is None else bisect_left(self._sorted, place)

    def arrange(self, order: Order | None = None, shown: Filter | None = None) -> None:
        """Take another order (None: as it is), and another filter (None: show all)."""
        self._order = order or self._order
        self._filter = shown
        self._rebuild()

    def apply(self, changes: Changes) -> bool:
        """Follow the store. Return whether any row came, went or moved; else rows have only changed in place."""
        moved = False
        for task in changes.removed:
            moved |= self._take_out(task.key)
        for _old, task in changes.changed:
            moved |= self._move(task)
        arrived = [task for task in changes.added if self._shows(task)]
        if len(arrived) * _BULK > len(self._sorted):
            for task in arrived:
                self._sorted.append(self._note(task))
            self._sorted.sort()
        else:
            for task in arrived:
                insort(self._sorted, self._note(task))
        return moved or bool(arrived)

    def _rebuild(self) -> None:
        self._places.clear()
        self._sorted = sorted(self._note(task) for task in self._store if self._shows(task))

    def _shows(self, task: Task) -> bool:
        return self._filter is None or self._filter(task)

    def _note(self, task: Task) -> tuple[Any, TaskKey]:
        place = (self._order(task), task.key)
        self._places[task.key] = place
        return place

    def _take_out(self, key: TaskKey) -> bool:
        place = self._places.pop(key, None)
        if place is None:
            return False
        del self._sorted[bisect_left(self._sorted, place)]
        return True

    def _move(self, task: Task) -> bool:
        old = self._places.get(task.key)
        if self._shows(task):
            if old == (self._order(task), task.key):
                return False
            self._take_out(task.key)
            insort(self._sorted, self._note(task))
            return True
        return self._take_out(task.key)
