"""TaskStore: an account's tasks by key; applying an answer returns exactly what it changed."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from enum import StrEnum

import msgspec

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind, TaskRow, UrlProgress, url_progress
from ucdn_tui.watch.stored_task import StoredTask
from ucdn_tui.watch.summary import made_progress, summarize, task_key


class Cause(StrEnum):
    """Why a query was made."""

    FIRST_LOAD = "first load"
    POLL = "poll"
    RECONCILIATION = "reconciliation"
    TRACKED = "tracked"
    """A poll asked by id for a submitted task."""


class Changes(msgspec.Struct, frozen=True, gc=False):
    """What one answer changed. A task is in at most one of `added`, `changed` and `removed`."""

    cause: Cause
    added: tuple[Task, ...] = ()
    changed: tuple[tuple[Task, Task], ...] = ()
    """Old and new summary; they are equal if only the URLs changed, but not what they add up to."""

    removed: tuple[Task, ...] = ()
    ended: tuple[Task, ...] = ()
    """Tasks that ended while they were watched, including tasks created and ended between two polls."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def current(self) -> tuple[Task, ...]:
        """The added tasks, and the new summaries of the changed tasks."""
        return *self.added, *(new for _old, new in self.changed)


class TaskStore:
    """The known tasks. Only the poller calls `apply`."""

    def __init__(self) -> None:
        self._tasks: dict[TaskKey, StoredTask] = {}
        self._phases: dict[Phase, dict[TaskKey, None]] = {phase: {} for phase in Phase}
        self._scopes = {(kind, is_dcdn): _ScopeIndex() for kind in TaskKind for is_dcdn in (False, True)}
        self._statuses: Counter[str] = Counter()
        self._uncompressed: list[StoredTask] = []
        self._began: float | None = None
        self._types: dict[str, str] = {}
        """Type by TaskId, as submitted from here: a describe answer may lack it."""

        self.urls_stored = 0
        """Number of URLs of all tasks."""

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: object) -> bool:
        return key in self._tasks

    def keys(self) -> KeysView[TaskKey]:
        """Return the keys of all tasks, in no particular order."""
        return self._tasks.keys()

    def __getitem__(self, key: TaskKey) -> Task:
        return self._tasks[key].task

    def __iter__(self) -> Iterator[Task]:
        return (stored.task for stored in self._tasks.values())

    def get(self, key: TaskKey) -> Task | None:
        """Return the task, or None if it is unknown."""
        stored = self._tasks.get(key)
        return stored.task if stored else None

    def urls(self, key: TaskKey) -> list[UrlProgress]:
        """Return the task's URLs in the API's order; empty if the task is unknown."""
        stored = self._tasks.get(key)
        return url_progress(stored.urls()) if stored else []

    def url_text(self, key: TaskKey) -> str:
        """Return the task's URLs in lower case, one per line, for the filter."""
        stored = self._tasks.get(key)
        return "\n".join(row.url or "" for row in stored.urls()).lower() if stored else ""

    def take_uncompressed(self) -> list[StoredTask]:
        """Return the tasks settled since the last call, for the caller to compress."""
        tasks, self._uncompressed = self._uncompressed, []
        return tasks

    def keys_in(self, phase: Phase) -> KeysView[TaskKey]:
        """Return a live view of the keys of the tasks in a phase."""
        return self._phases[phase].keys()

    def keys_of(self, kind: TaskKind, *, is_dcdn: bool) -> set[TaskKey]:
        """Return the keys of the tasks in one query scope."""
        return set(self._scopes[kind, is_dcdn].keys)

    def newest(self, kind: TaskKind, *, is_dcdn: bool) -> Iterator[Task]:
        """Yield the tasks in one query scope, newest first, without tasks that have no CreateTime."""
        return (self._tasks[key].task for _created, key in reversed(self._scopes[kind, is_dcdn].by_age))

    def has_dcdn(self, kind: TaskKind) -> bool:
        """Return whether any whole-site task is known."""
        return bool(self._scopes[kind, True].keys)

    @property
    def statuses(self) -> Counter[str]:
        """Number of tasks by outcome, in the API's spelling."""
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
        out_of_window: Collection[TaskKey] = (),
        unlisted: Collection[TaskKey] = (),
    ) -> Changes:
        """Apply one answer, remove the tasks in `gone`, and return exactly what that changed.

        Tasks in `out_of_window` get `is_outside` and stay: they have left the window, but are pinned or kept. Tasks
        in `unlisted` get `is_unlisted` until a row of theirs comes.
        `is_dcdn` says which query returned the rows; a task that both queries return is not whole-site.
        `now` is the server's time. If a task comes twice in one answer, the later row counts.
        """
        if self._began is None:
            self._began = now
        added: list[Task] = []
        changed: list[tuple[Task, Task]] = []
        ended: list[Task] = []
        for key, row in {task_key(kind, row): row for row in rows}.items():
            stored = self._tasks.get(key)
            old = stored.task if stored else None
            whole_site = is_dcdn and (old is None or old.is_dcdn)
            # A query by id returns tasks outside the window as well.
            is_outside = old is not None and old.is_outside and cause in (Cause.POLL, Cause.TRACKED)
            if (
                stored
                and (whole_site, is_outside, False)
                == (stored.task.is_dcdn, stored.task.is_outside, stored.task.is_unlisted)
                and stored.is_same(row)
            ):
                continue
            task = summarize(key, row, is_dcdn=whole_site, now=now, type=self._types.get(key.id, ""))
            if old is not None:
                task = _carry_on(old, task, now, is_outside=is_outside)
                changed.append((old, task))
            else:
                added.append(task)
            if self._ended(old, task, cause):
                ended.append(task)
            self._put(old, StoredTask(task, row))
        leaving = (self._tasks[key] for key in out_of_window if key in self._tasks)
        changed += [_mark(stored, is_outside=True) for stored in leaving if not stored.task.is_outside]
        absent = (self._tasks[key] for key in unlisted if key in self._tasks)
        changed += [_mark(stored, is_unlisted=True) for stored in absent if not stored.task.is_unlisted]
        removed = tuple(self._drop(key) for key in gone if key in self._tasks)
        return Changes(cause, tuple(added), tuple(changed), removed, tuple(ended))

    def know_types(self, types: Mapping[str, str]) -> Changes:
        """Use these types (by TaskId) for refresh tasks of which the API tells none; return what that changed."""
        self._types.update(types)
        keys = (TaskKey(TaskKind.REFRESH, task_id) for task_id in types)
        known = (stored for key in keys if (stored := self._tasks.get(key)) is not None and not stored.task.type)
        return Changes(Cause.POLL, changed=tuple(_mark(stored, type=types[stored.task.key.id]) for stored in known))

    def _ended(self, old: Task | None, task: Task, cause: Cause) -> bool:
        """Return whether the task ended while it was watched, rather than before."""
        if task.phase is not Phase.SETTLED:
            return False
        if old is not None:
            return old.phase is not Phase.SETTLED
        # It was created and ended between two polls, or it is old and the window has grown: its times decide.
        ended = task.last_change
        return cause is not Cause.FIRST_LOAD and ended is not None and ended >= (self._began or 0.0)

    def _put(self, old: Task | None, stored: StoredTask) -> None:
        if old is not None:
            self._forget(old)
        task = stored.task
        self._tasks[task.key] = stored
        self._phases[task.phase][task.key] = None
        self._statuses[task.outcome] += 1
        self._scopes[task.kind, task.is_dcdn].put(task)
        self.urls_stored += task.urls
        if task.phase is Phase.SETTLED:
            self._uncompressed.append(stored)

    def _drop(self, key: TaskKey) -> Task:
        task = self._tasks.pop(key).task
        self._forget(task)
        return task

    def _forget(self, task: Task) -> None:
        del self._phases[task.phase][task.key]
        self._scopes[task.kind, task.is_dcdn].drop(task)
        self.urls_stored -= task.urls
        self._statuses[task.outcome] -= 1
        if not self._statuses[task.outcome]:
            del self._statuses[task.outcome]


def _mark(stored: StoredTask, **marks: bool | str) -> tuple[Task, Task]:
    """Set fields of a task's summary; return the old summary and the new one."""
    old = stored.task
    stored.task = msgspec.structs.replace(old, **marks)
    return old, stored.task


def _carry_on(old: Task, new: Task, now: float, *, is_outside: bool) -> Task:
    """Return the new summary with the latest known change, which is now if the task has made progress."""
    known = filter(None, (old.last_change, new.last_change))
    last_change = now if made_progress(old, new) else max(known, default=None)
    return msgspec.structs.replace(new, last_change=last_change, is_outside=is_outside)


class _ScopeIndex:
    """The tasks in one query scope."""

    __slots__ = ("by_age", "keys")

    def __init__(self) -> None:
        self.keys: dict[TaskKey, None] = {}
        self.by_age: list[tuple[int, TaskKey]] = []
        """CreateTime and key, oldest first."""

    def put(self, task: Task) -> None:
        self.keys[task.key] = None
        if task.created is not None:
            insort(self.by_age, (task.created, task.key))

    def drop(self, task: Task) -> None:
        del self.keys[task.key]
        if task.created is not None:
            del self.by_age[bisect_left(self.by_age, (task.created, task.key))]
