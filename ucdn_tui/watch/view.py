"""TaskView: which tasks are shown, and in which order, kept up with the store at the cost of what changes."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.watch.order import Order, newest_first
from ucdn_tui.watch.store import Changes, TaskStore

Filter = Callable[[Task], bool]
"""Whether a task is shown."""

_BULK = 8
"""When more than one in so many tasks comes anew, sorting them all is cheaper than finding each one's place."""


class TaskView:
    """An ordered, filtered sequence of the store's tasks, without a copy of them. Ties are ordered by key."""

    def __init__(
        self,
        store: TaskStore,
        order: Order[Task] = newest_first,
        shown: Filter | None = None,
        *,
        filled: bool = True,
    ) -> None:
        """A view that is not `filled` begins empty; `fill` takes in the tasks that there are, some at a time."""
        self._store = store
        self._order = order
        self._filter = shown
        self._places: dict[TaskKey, tuple[Any, TaskKey]] = {}
        self._sorted: list[tuple[Any, TaskKey]] = []
        self._left: Iterator[TaskKey] = iter(tuple(store.keys()))
        if filled:
            self.fill(len(store))

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

    def fill(self, count: int) -> bool:
        """Take in up to so many more of the tasks that were there at the start; return whether any may be left.

        In between, the store may change: `apply` has to be told, as always.
        """
        keys = list(islice(self._left, count))
        tasks = (self._store.get(key) for key in keys if key not in self._places)
        self._take_in(task for task in tasks if task is not None)
        return len(keys) == count > 0

    def apply(self, changes: Changes) -> bool:
        """Follow the store. Return whether any row came, went or moved; else rows have only changed in place."""
        moved = False
        for task in changes.removed:
            moved |= self._take_out(task.key)
        for _old, task in changes.changed:
            moved |= self._move(task)
        return self._take_in(changes.added) or moved

    def _take_in(self, tasks: Iterable[Task]) -> bool:
        arrived = [task for task in tasks if self._shows(task)]
        if len(arrived) * _BULK > len(self._sorted):
            for task in arrived:
                self._sorted.append(self._note(task))
            self._sorted.sort()
        else:
            for task in arrived:
                insort(self._sorted, self._note(task))
        return bool(arrived)

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
