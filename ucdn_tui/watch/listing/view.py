"""TaskView: the sorted, filtered list of tasks; following the store costs only what has changed."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.watch.listing.sort import Order, newest_first_key
from ucdn_tui.watch.listing.url_index import UrlIndex
from ucdn_tui.watch.store import Cause, Changes, TaskStore

Filter = Callable[[Task], bool]
"""Whether a task is shown."""

SortValue = tuple[Any, ...]
"""A task's sort key, followed by its TaskKey."""

_BULK = 8
"""When more than one in eight tasks is added, sorting all tasks is cheaper than inserting each."""


class TaskView:
    """A sorted, filtered sequence of the store's tasks; it copies none of them. Ties are sorted by TaskKey."""

    def __init__(
        self,
        store: TaskStore,
        order: Order[Task] = newest_first_key,
        shown: Filter | None = None,
        *,
        filled: bool = True,
        urls: UrlIndex | None = None,
    ) -> None:
        """Create a view. Unless `filled`, it is empty until `fill` has added the store's tasks, some at a time.

        `urls` is the index of a view of exactly the same tasks, which gets no more changes once this view is filled.
        """
        self._store = store
        self._order = order
        self._filter = shown
        self._values: dict[TaskKey, SortValue] = {}
        self._sorted: list[SortValue] = []
        self._urls = urls
        self._unfilled: Iterator[TaskKey] | None = iter(tuple(store.keys()))
        if filled:
            self.fill(len(store) + 1)

    def __len__(self) -> int:
        return len(self._sorted)

    def key_at(self, index: int) -> TaskKey:
        """Return the key of the task in a row."""
        key: TaskKey = self._sorted[index][-1]
        return key

    def row_at(self, index: int) -> Task:
        """Return the task in a row."""
        return self._store[self._sorted[index][-1]]

    def index_of(self, key: TaskKey) -> int | None:
        """Return the row of a task; None if it is not shown."""
        value = self._values.get(key)
        return None if value is None else bisect_left(self._sorted, value)

    @property
    def urls(self) -> UrlIndex:
        """The first URLs of the shown tasks. Made when it is first asked for, and kept up to date from then on."""
        if self._urls is None:
            self._urls = UrlIndex(self._store[value[-1]].first_url for value in self._sorted)
        return self._urls

    def fill(self, count: int) -> bool:
        """Add up to `count` of the tasks that the store had at the start; return whether any may be left.

        The store may change in between; `apply` must be called as always. The view stays empty until the last call,
        which sorts all tasks at once.
        """
        if self._unfilled is None:
            return False
        keys = list(islice(self._unfilled, count))
        values, order, shows = self._values, self._order, self._filter
        for key in keys:
            if key not in values and (task := self._store.get(key)) is not None and (shows is None or shows(task)):
                values[key] = (*order(task), key)
        if len(keys) == count > 0:
            return True
        self._unfilled = None
        self._sorted = sorted(self._values.values())
        return False

    def apply(self, changes: Changes) -> bool:
        """Apply the store's changes; return whether rows were added, removed or moved, not only changed in place."""
        shown_before = {key for _old, task in changes.changed if (key := task.key) in self._values}
        shown_before.update(task.key for task in changes.removed if task.key in self._values)
        moved = False
        for task in changes.removed:
            moved |= self._remove(task.key)
        for _old, task in changes.changed:
            moved |= self._move(task)
        moved |= self._add(changes.added)
        if self._urls is not None and self._unfilled is None:
            self._update_urls(self._urls, changes, shown_before)
        return moved

    def _update_urls(self, urls: UrlIndex, changes: Changes, shown_before: set[TaskKey]) -> None:
        gone = [task for task in changes.removed if task.key in shown_before]
        come = [task for task in changes.added if task.key in self._values]
        for old, task in changes.changed:
            before, after = task.key in shown_before, task.key in self._values
            if before is after and old.first_url == task.first_url:
                continue
            gone += [old] if before else []
            come += [task] if after else []
        for task in gone:
            urls.remove(task.first_url)
        if come:
            urls.add([task.first_url for task in come])

    def check_again(self, tasks: Iterable[Task]) -> bool:
        """Filter and sort these tasks anew; return whether rows were added, removed or moved."""
        return self.apply(Changes(Cause.POLL, changed=tuple((task, task) for task in tasks)))

    def _add(self, tasks: Iterable[Task]) -> bool:
        added = [self._sort_value(task) for task in tasks if self._shows(task)]
        self._values.update((value[-1], value) for value in added)
        if self._unfilled is not None:
            return False
        if len(added) * _BULK > len(self._sorted):
            self._sorted += added
            self._sorted.sort()
        else:
            for value in added:
                insort(self._sorted, value)
        return bool(added)

    def _shows(self, task: Task) -> bool:
        return self._filter is None or self._filter(task)

    def _sort_value(self, task: Task) -> SortValue:
        return (*self._order(task), task.key)

    def _remove(self, key: TaskKey) -> bool:
        value = self._values.pop(key, None)
        if value is None or self._unfilled is not None:
            return False
        del self._sorted[bisect_left(self._sorted, value)]
        return True

    def _move(self, task: Task) -> bool:
        if not self._shows(task):
            return self._remove(task.key)
        if self._values.get(task.key) == self._sort_value(task):
            return False
        self._remove(task.key)
        return self._add([task])
