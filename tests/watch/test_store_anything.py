"""Random answers: the store reports exactly what they change, and its counts match its tasks."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind, TaskRow, UrlRow, url_progress
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from ucdn_tui.watch.summary import summarize, task_key
from watch.tasks import PREFETCH, REFRESH, START

STATUS = st.sampled_from(["success", "wait", "process", "failure", "unknow", "nonsense", None])
SECOND = st.none() | st.integers(int(START) - 9, int(START) + 9)
URL = st.builds(
    UrlRow, st.sampled_from(["https://a/", "https://b/", None]), SECOND, SECOND, STATUS, st.none() | st.integers(0, 120)
)
ROW = st.builds(
    TaskRow,
    st.sampled_from(["1", "2", "3", "4", "", None]),
    st.none() | st.lists(URL, max_size=3),
    st.sampled_from(["file", "dir", None]),
    SECOND,
    STATUS,
)
KEY = st.builds(TaskKey, st.sampled_from(TaskKind), st.sampled_from("1234"))


@dataclass(frozen=True)
class Batch:
    """The arguments of one `apply`."""

    kind: TaskKind
    rows: list[TaskRow]
    is_dcdn: bool
    cause: Cause
    gone: list[TaskKey]
    seconds: int
    """Seconds since the previous answer."""


BATCHES = st.lists(
    st.builds(
        Batch,
        st.sampled_from(TaskKind),
        st.lists(ROW, max_size=5),
        st.booleans(),
        st.sampled_from(Cause),
        st.lists(KEY, max_size=2),
        st.integers(0, 5),
    ),
    max_size=8,
)


class Model:
    """A model of the store: a dict of each task's last row."""

    def __init__(self) -> None:
        self.rows: dict[TaskKey, tuple[TaskRow, bool]] = {}
        self.tasks: dict[TaskKey, Task] = {}

    def take(self, batch: Batch, now: float) -> tuple[dict[TaskKey, Task], dict[TaskKey, Task], set[TaskKey]]:
        """Apply a batch; return the tasks it adds, changes and removes."""
        added, changed = {}, {}
        for key, row in {task_key(batch.kind, row): row for row in batch.rows}.items():
            before = self.rows.get(key)
            is_dcdn = batch.is_dcdn and (before is None or before[1])
            content = (
                TaskRow(row.task_id or None, row.url_lists or [], row.type, row.create_time, row.status),
                is_dcdn,
            )
            if before == content:
                continue
            task = summarize(key, row, is_dcdn=is_dcdn, now=now)
            (added if before is None else changed)[key] = task
            self.rows[key] = content
        gone = {key for key in batch.gone if key in self.rows}
        for key in gone:
            del self.rows[key]
        return added, changed, gone


def sound(batch: Batch) -> Batch:
    """Return the batch without tasks that are both in the rows and gone, which no answer can be."""
    came = {task_key(batch.kind, row) for row in batch.rows}
    return replace(batch, gone=[key for key in batch.gone if key not in came])


def without_change(task: Task) -> tuple[Any, ...]:
    """Return a summary without its last change, which depends on earlier answers."""
    return tuple(getattr(task, name) for name in task.__struct_fields__ if name != "last_change")


def progress(task: Task) -> tuple[Any, ...]:
    return (task.status, task.percent, task.succeeded, task.failed, task.processing, task.waiting, task.other)


def check_changes(changes: Changes, before: dict[TaskKey, Task], expected: Any, batch: Batch, now: float) -> None:
    added, changed, gone = expected
    assert {task.key: without_change(task) for task in changes.added} == {
        k: without_change(t) for k, t in added.items()
    }
    assert {new.key: without_change(new) for _old, new in changes.changed} == {
        key: without_change(task) for key, task in changed.items()
    }
    assert {task.key for task in changes.removed} == gone
    assert len(changes.added) + len(changes.changed) == len(added) + len(changed)
    assert len(changes.removed) == len(gone)
    assert bool(changes) == bool(added or changed or gone)
    assert changes.cause is batch.cause
    for old, new in changes.changed:
        assert old == before[new.key]
        if progress(old) != progress(new):
            assert new.last_change == now
        else:
            times = (old.last_change, changed[new.key].last_change)
            assert new.last_change == max((time for time in times if time is not None), default=None)
    for task in changes.ended:
        assert task in changes.current
        assert task.phase is Phase.SETTLED
        assert task.key not in before or before[task.key].phase is not Phase.SETTLED
    ended = {old.key for old, new in changes.changed if old.phase is not Phase.SETTLED and new.phase is Phase.SETTLED}
    keys = [task.key for task in changes.ended]
    assert ended <= set(keys)
    assert len(keys) == len(set(keys))


def check_counts(store: TaskStore, model: Model) -> None:
    tasks = list(store)
    assert {task.key for task in tasks} == set(model.rows)
    assert len(store) == len(tasks) == len(model.rows)
    assert dict(store.statuses) == dict(Counter(task.outcome for task in tasks))
    for phase in Phase:
        assert set(store.keys_in(phase)) == {task.key for task in tasks if task.phase is phase}
    for kind in (REFRESH, PREFETCH):
        ours = [task for task in tasks if task.kind is kind]
        assert store.has_dcdn(kind) == any(task.is_dcdn for task in ours)
        for is_dcdn in (True, False):
            assert store.keys_of(kind, is_dcdn=is_dcdn) == {task.key for task in ours if task.is_dcdn == is_dcdn}
    for key, (row, is_dcdn) in model.rows.items():
        assert store[key].is_dcdn == is_dcdn
        assert store.urls(key) == url_progress(row.url_lists or [])


def answers(*rows: TaskRow) -> list[Batch]:
    """Return batches of one row each."""
    return [Batch(REFRESH, [row], False, Cause.POLL, [], 1) for row in rows]


@settings(max_examples=40)
@given(BATCHES)
@example(answers(*(TaskRow("1", urls, None, None, "wait") for urls in (None, [], None))))
@example(answers(*(TaskRow(task_id, None, None, None, "wait") for task_id in (None, "", None))))
def test_every_answer_is_applied_exactly(batches: list[Batch]) -> None:
    store, model, now = TaskStore(), Model(), START
    for batch in map(sound, batches):
        now += batch.seconds
        before = {task.key: task for task in store}
        expected = model.take(batch, now)
        changes = store.apply(
            batch.kind, batch.rows, cause=batch.cause, now=now, is_dcdn=batch.is_dcdn, gone=batch.gone
        )
        check_changes(changes, before, expected, batch, now)
        check_counts(store, model)


@settings(max_examples=40)
@given(BATCHES)
def test_the_same_answer_again_changes_nothing(batches: list[Batch]) -> None:
    store = TaskStore()
    for batch in batches:
        for changes in [
            store.apply(batch.kind, batch.rows, cause=batch.cause, now=START + again, is_dcdn=batch.is_dcdn)
            for again in range(2)
        ][1:]:
            assert not changes
            assert changes.ended == ()
