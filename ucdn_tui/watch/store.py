"""TaskStore: all that is known of an account's tasks, by key; what it is told it answers with what that changed."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, KeysView
from enum import StrEnum

import msgspec

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind, TaskRow, UrlProgress, url_progress
from ucdn_tui.watch.entry import Entry
from ucdn_tui.watch.summary import made_progress, summarise, task_key


class Cause(StrEnum):
    """Why the store was told something."""

    FIRST_LOAD = "first load"
    TICK = "tick"
    RECONCILIATION = "reconciliation"
    EXPECTED = "expected"
    """A task was asked for that somebody has just submitted."""


class Changes(msgspec.Struct, frozen=True, gc=False):
    """What one answer changed. A task is in at most one of `added`, `changed` and `removed`."""

    cause: Cause
    added: tuple[Task, ...] = ()
    changed: tuple[tuple[Task, Task], ...] = ()
    """Old and new. They may be equal, where only URLs differ that add up to the same."""

    removed: tuple[Task, ...] = ()
    settled: tuple[TaskKey, ...] = ()
    """Tasks that ended while they were watched; also those that came and ended between two looks."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class TaskStore:
    """The tasks that are known. Only the poller calls `apply`."""

    def __init__(self) -> None:
        self._entries: dict[TaskKey, Entry] = {}
        self._phases: dict[Phase, dict[TaskKey, None]] = {phase: {} for phase in Phase}
        self._lanes = {(kind, is_dcdn): _Lane() for kind in TaskKind for is_dcdn in (False, True)}
        self._statuses: Counter[str] = Counter()
        self._loose: list[Entry] = []
        self._began: float | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def keys(self) -> KeysView[TaskKey]:
        """Return the keys of all tasks, in no order that means anything."""
        return self._entries.keys()

    def __getitem__(self, key: TaskKey) -> Task:
        return self._entries[key].task

    def __iter__(self) -> Iterator[Task]:
        return (entry.task for entry in self._entries.values())

    def get(self, key: TaskKey) -> Task | None:
        """Return the task, or None where it is not known."""
        entry = self._entries.get(key)
        return entry.task if entry else None

    def urls(self, key: TaskKey) -> list[UrlProgress]:
        """Return the task's URLs in the API's order; none where the task is not known."""
        entry = self._entries.get(key)
        return url_progress(entry.urls()) if entry else []

    def url_text(self, key: TaskKey) -> str:
        """Return the task's URLs in small letters, one a line, to look for words in."""
        entry = self._entries.get(key)
        return "\n".join(row.url or "" for row in entry.urls()).lower() if entry else ""

    def take_loose(self) -> list[Entry]:
        """Return, once, the settled tasks whose URLs are not packed yet: whoever asks packs them."""
        loose, self._loose = self._loose, []
        return loose

    def keys_in(self, phase: Phase) -> KeysView[TaskKey]:
        """Return the keys of the tasks in a phase, kept up to date."""
        return self._phases[phase].keys()

    def keys_of(self, kind: TaskKind, *, is_dcdn: bool) -> set[TaskKey]:
        """Return the keys of the tasks that one query is responsible for."""
        return set(self._lanes[kind, is_dcdn].keys)

    def newest(self, kind: TaskKind, *, is_dcdn: bool) -> Iterator[Task]:
        """Give the tasks that one query is responsible for, the newest first; not those without a CreateTime."""
        return (self._entries[key].task for _created, key in reversed(self._lanes[kind, is_dcdn].by_age))

    def has_dcdn(self, kind: TaskKind) -> bool:
        """Return whether any task of whole-site acceleration is known."""
        return bool(self._lanes[kind, True].keys)

    @property
    def statuses(self) -> Counter[str]:
        """How many tasks have each outcome, by the API's spelling of it."""
        return self._statuses

    def apply(
        self,
        kind: TaskKind,
        rows: Iterable[TaskRow] = (),
        *,
        cause: Cause,
        now: float,
        is_dcdn: bool = False,
        gone: Collection[TaskKey] = (),
        left: Collection[TaskKey] = (),
    ) -> Changes:
        """Take over one answer, drop the tasks in `gone`, mark those in `left`; return exactly what that changed.

        Those in `left` are out of the window too, but somebody is looking at them.

        `is_dcdn` says which query the rows came from; a task that both queries return counts as not whole-site.
        `now` is the server's time. Where a task comes twice in one answer, the later row counts.
        """
        if self._began is None:
            self._began = now
        added: list[Task] = []
        changed: list[tuple[Task, Task]] = []
        settled: list[TaskKey] = []
        for key, row in {task_key(kind, row): row for row in rows}.items():
            entry = self._entries.get(key)
            old = entry.task if entry else None
            lane = is_dcdn and (old is None or old.is_dcdn)
            # To be had by its id does not mean that a task is back in the window.
            is_outside = old is not None and old.is_outside and cause in (Cause.TICK, Cause.EXPECTED)
            marks = lane, is_outside
            if entry and marks == (entry.task.is_dcdn, entry.task.is_outside) and entry.is_same(row):
                continue
            task = summarise(key, row, is_dcdn=lane, now=now)
            if old is not None:
                task = _carry_on(old, task, now, is_outside=is_outside)
                changed.append((old, task))
            else:
                added.append(task)
            if self._ended(old, task, cause):
                settled.append(key)
            self._put(old, Entry(task, row))
        changed += [self._mark(entry) for key in left if (entry := self._entries.get(key)) is not None]
        removed = tuple(self._drop(key) for key in gone if key in self._entries)
        return Changes(cause, tuple(added), tuple(changed), removed, tuple(settled))

    def _ended(self, old: Task | None, task: Task, cause: Cause) -> bool:
        """Return whether the task ended under our eyes: never so for one that was over before we began to watch."""
        if task.phase is not Phase.SETTLED:
            return False
        if old is not None:
            return old.phase is not Phase.SETTLED
        # It came and ended between two looks, or only now into the window: its own times, if they make sense, tell.
        when = task.last_change
        return cause is not Cause.FIRST_LOAD and when is not None and when >= (self._began or 0.0)

    def _put(self, old: Task | None, entry: Entry) -> None:
        if old is not None:
            self._forget(old)
        task = entry.task
        self._entries[task.key] = entry
        self._phases[task.phase][task.key] = None
        self._statuses[task.outcome] += 1
        self._lanes[task.kind, task.is_dcdn].put(task)
        if task.phase is Phase.SETTLED:
            self._loose.append(entry)

    def _mark(self, entry: Entry) -> tuple[Task, Task]:
        old = entry.task
        entry.task = msgspec.structs.replace(old, is_outside=True)
        return old, entry.task

    def _drop(self, key: TaskKey) -> Task:
        task = self._entries.pop(key).task
        self._forget(task)
        return task

    def _forget(self, task: Task) -> None:
        del self._phases[task.phase][task.key]
        self._lanes[task.kind, task.is_dcdn].drop(task)
        self._statuses[task.outcome] -= 1
        if not self._statuses[task.outcome]:
            del self._statuses[task.outcome]


def _carry_on(old: Task, new: Task, now: float, *, is_outside: bool) -> Task:
    """Return the new summary with the last change that we know of: now, where it makes progress."""
    known = filter(None, (old.last_change, new.last_change))
    last_change = now if made_progress(old, new) else max(known, default=None)
    return msgspec.structs.replace(new, last_change=last_change, is_outside=is_outside)


class _Lane:
    """The tasks that one query is responsible for."""

    __slots__ = ("by_age", "keys")

    def __init__(self) -> None:
        self.keys: dict[TaskKey, None] = {}
        self.by_age: list[tuple[int, TaskKey]] = []
        """CreateTime and key, the oldest first."""

    def put(self, task: Task) -> None:
        self.keys[task.key] = None
        if task.created is not None:
            insort(self.by_age, (task.created, task.key))

    def drop(self, task: Task) -> None:
        del self.keys[task.key]
        if task.created is not None:
            del self.by_age[bisect_left(self.by_age, (task.created, task.key))]
