"""TaskView: which tasks are shown, and in which order, kept up with the store at the cost of what changes."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.watch.listing.sort import Order, newest_first
from ucdn_tui.watch.store import Changes, TaskStore

Filter = Callable[[Task], bool]
"""Whether a task is shown."""

Place = tuple[Any, ...]
"""What a task is sorted by, and its key."""

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
        self._places: dict[TaskKey, Place] = {}
        self._sorted: list[Place] = []
        self._left: Iterator[TaskKey] | None = iter(tuple(store.keys()))
        if filled:
            self.fill(len(store) + 1)

    def __len__(self) -> int:
        return len(self._sorted)

    def key_at(self, index: int) -> TaskKey:
        """Return the key of the task in that row."""
        key: TaskKey = self._sorted[index][-1]
        return key

    def row_at(self, index: int) -> Task:
        """Return the task in that row."""
        return self._store[self._sorted[index][-1]]

    def index_of(self, key: TaskKey) -> int | None:
        """Return the row of a task; None where it is not shown, or not there."""
        place = self._places.get(key)
        return None if place is None else bisect_left(self._sorted, place)

    def fill(self, count: int) -> bool:
        """Take in up to so many more of the tasks that were there at the start; return whether any may be left.

        In between, the store may change: `apply` has to be told, as always. There is nothing to be seen until all are
        there, and are sorted at once.
        """
        if self._left is None:
            return False
        keys = list(islice(self._left, count))
        places, order, shows = self._places, self._order, self._filter
        for key in keys:
            if key not in places and (task := self._store.get(key)) is not None and (shows is None or shows(task)):
                places[key] = (*order(task), key)
        if len(keys) == count > 0:
            return True
        self._left = None
        self._sorted = sorted(self._places.values())
        return False

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
        places = [self._note(task) for task in arrived]
        if self._left is not None:
            return False
        if len(places) * _BULK > len(self._sorted):
            self._sorted += places
            self._sorted.sort()
        else:
            for place in places:
                insort(self._sorted, place)
        return bool(places)

    def _shows(self, task: Task) -> bool:
        return self._filter is None or self._filter(task)

    def _note(self, task: Task) -> Place:
        place = self._places[task.key] = (*self._order(task), task.key)
        return place

    def _take_out(self, key: TaskKey) -> bool:
        place = self._places.pop(key, None)
        if place is None or self._left is not None:
            return False
        del self._sorted[bisect_left(self._sorted, place)]
        return True

    def _move(self, task: Task) -> bool:
        if not self._shows(task):
            return self._take_out(task.key)
        old = self._places.get(task.key)
        if old is not None and old[:-1] == self._order(task):
            return False
        self._take_out(task.key)
        return self._take_in([task])
