"""TaskStore: the changes it reports, its counts, and its URLs."""

from collections.abc import Collection
from typing import Any

import pytest

from ucdn_tui.api.models import Phase, TaskKey, TaskRow, UrlProgress
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.tasks import DAY, PREFETCH, REFRESH, START, task_row, url_row

ONE = TaskKey(REFRESH, "one")
RUNNING = task_row("one", url_row("process", 10), url_row("wait", 0), status="process")
DONE = task_row("one", url_row("success", 100), url_row("success", 100))


def apply(
    store: TaskStore,
    *rows: TaskRow,
    cause: Cause = Cause.POLL,
    now: float = START,
    is_dcdn: bool = False,
    gone: Collection[TaskKey] = (),
) -> Changes:
    return store.apply(REFRESH, rows, cause=cause, now=now, is_dcdn=is_dcdn, gone=gone)


def ids(tasks: Collection[Any]) -> list[str]:
    return [task.key.id for task in tasks]


@pytest.fixture
def store() -> TaskStore:
    return TaskStore()


class TestTypes:
    """The API no longer documents Type; what was submitted from here has a type."""

    def test_a_missing_type_is_replaced_in_known_and_later_tasks(self, store: TaskStore) -> None:
        apply(store, task_row("one", type=None), task_row("other", type=None))
        changes = store.know_types({"one": "dir", "two": "m3u8"})
        assert [(old.type, new.type) for old, new in changes.changed] == [("", "dir")]
        apply(store, task_row("two", type=None))
        assert [task.type for task in store] == ["dir", "", "m3u8"]
        assert not store.know_types({"one": "dir"})

    def test_the_apis_own_type_counts(self, store: TaskStore) -> None:
        store.know_types({"one": "dir"})
        apply(store, task_row("one", type="file"))
        assert not store.know_types({"one": "dir"})
        assert store[ONE].type == "file"

    def test_a_type_stays_while_the_task_changes(self, store: TaskStore) -> None:
        apply(store, task_row("one", url_row("process", 10), type=None, status="process"))
        store.know_types({"one": "dir"})
        apply(store, task_row("one", url_row("process", 20), type=None, status="process"))
        assert (store[ONE].type, store[ONE].percent) == ("dir", 20)


class TestChanges:
    def test_a_new_task_is_added(self, store: TaskStore) -> None:
        changes = apply(store, RUNNING, cause=Cause.FIRST_LOAD)
        assert (ids(changes.added), changes.changed, changes.removed) == (["one"], (), ())
        assert changes.cause is Cause.FIRST_LOAD
        assert store[ONE] is changes.added[0]

    def test_the_same_row_again_is_no_change(self, store: TaskStore) -> None:
        apply(store, RUNNING, DONE, task_row(None, url_row()))
        changes = apply(store, DONE, task_row(None, url_row()), now=START + 60)
        assert not changes
        assert changes == Changes(Cause.POLL)

    def test_a_change_shows_old_and_new(self, store: TaskStore) -> None:
        old = apply(store, RUNNING).added[0]
        changes = apply(store, DONE, now=START + 5)
        assert changes.changed == ((old, store[ONE]),)
        assert (old.percent, store[ONE].percent) == (5, 100)
        assert (changes.added, changes.removed) == ((), ())

    @pytest.mark.parametrize(
        "row",
        [
            task_row("one", url_row("process", 11), url_row("wait", 0), status="process"),
            task_row("one", url_row("process", 10), url_row("wait", 0), status="wait"),
            task_row("one", url_row("process", 10), url_row("wait", 0), status="process", type="dir"),
            task_row("one", url_row("process", 10), url_row("wait", 0), status="process", create_time=1),
            task_row("one", url_row("process", 10), url_row("wait", 0, finish_time=9), status="process"),
            task_row("one", url_row("wait", 0), url_row("process", 10), status="process"),
            task_row("one", url_row("process", 10), status="process"),
            task_row("one", status="process"),
        ],
    )
    def test_each_changed_field_is_a_change(self, store: TaskStore, row: TaskRow) -> None:
        apply(store, RUNNING)
        assert ids([new for _old, new in apply(store, row).changed]) == ["one"]
        assert not apply(store, row)

    def test_a_removed_task_is_reported_as_it_last_was(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        last = store[ONE]
        assert apply(store, gone=[ONE]).removed == (last,)
        assert ONE not in store
        assert store.get(ONE) is None
        assert store.urls(ONE) == []
        assert not apply(store, gone=[ONE, TaskKey(PREFETCH, "unheard of")])

    def test_of_a_task_twice_in_one_answer_the_later_row_counts(self, store: TaskStore) -> None:
        changes = apply(store, RUNNING, task_row("two"), DONE)
        assert ids(changes.added) == ["one", "two"]
        assert changes.changed == ()
        assert store[ONE].status == "success"
        assert len(store) == 2

    def test_kinds_have_separate_tasks(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        changes = store.apply(PREFETCH, [DONE], cause=Cause.POLL, now=START)
        assert ids(changes.added) == ["one"]
        assert {task.key: task.status for task in store} == {ONE: "process", TaskKey(PREFETCH, "one"): "success"}

    def test_a_task_without_an_id_is_recognised(self, store: TaskStore) -> None:
        apply(store, task_row(None, url_row("wait"), status="wait"))
        changes = apply(store, task_row(None, url_row("process"), status="process"))
        assert (len(changes.added), len(changes.changed), len(store)) == (0, 1, 1)


class TestWholeSite:
    def test_a_task_of_the_whole_site_query_only_is_whole_site(self, store: TaskStore) -> None:
        apply(store, RUNNING, is_dcdn=True)
        assert store[ONE].is_dcdn
        assert store.has_dcdn(REFRESH)
        assert not store.has_dcdn(PREFETCH)
        assert store.keys_of(REFRESH, is_dcdn=True) == {ONE}
        assert store.keys_of(REFRESH, is_dcdn=False) == set()

    @pytest.mark.parametrize("order", [(True, False), (False, True)])
    def test_a_task_of_both_queries_is_not_whole_site(self, store: TaskStore, order: tuple[bool, bool]) -> None:
        for is_dcdn in (*order, *order):
            apply(store, RUNNING, is_dcdn=is_dcdn)
        assert not store[ONE].is_dcdn
        assert not store.has_dcdn(REFRESH)

    def test_only_the_loss_of_whole_site_is_a_change(self, store: TaskStore) -> None:
        apply(store, RUNNING, is_dcdn=True)
        assert not apply(store, RUNNING, is_dcdn=True)
        assert apply(store, RUNNING, is_dcdn=False).changed
        assert not apply(store, RUNNING, is_dcdn=True)

    def test_the_last_whole_site_task_can_be_removed(self, store: TaskStore) -> None:
        apply(store, RUNNING, task_row("two"), is_dcdn=True)
        apply(store, gone=[ONE])
        assert store.has_dcdn(REFRESH)
        apply(store, gone=[TaskKey(REFRESH, "two")])
        assert not store.has_dcdn(REFRESH)


def ended(changes: Changes) -> tuple[TaskKey, ...]:
    return tuple(task.key for task in changes.ended)


class TestSettled:
    """A task that ends while it is watched is reported once."""

    def test_the_end_of_a_task_is_reported_once(self, store: TaskStore) -> None:
        assert ended(apply(store, RUNNING, cause=Cause.FIRST_LOAD)) == ()
        assert ended(apply(store, DONE)) == (ONE,)
        assert ended(apply(store, DONE)) == ()
        assert ended(apply(store, task_row("one", url_row("failure", 9), status="failure"))) == ()

    def test_an_undetermined_task_can_end(self, store: TaskStore) -> None:
        apply(store, task_row("one", url_row("unknow"), status="unknow"))
        assert ended(apply(store, DONE, cause=Cause.RECONCILIATION)) == (ONE,)

    def test_a_task_with_an_active_url_has_not_ended(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        assert ended(apply(store, task_row("one", url_row("success"), url_row("process", 50)))) == ()
        assert ended(apply(store, DONE)) == (ONE,)

    def test_a_task_that_runs_again_ends_again(self, store: TaskStore) -> None:
        for row, settled in ((RUNNING, ()), (DONE, (ONE,)), (RUNNING, ()), (DONE, (ONE,))):
            assert ended(apply(store, row)) == settled

    @pytest.mark.parametrize("cause", Cause)
    def test_a_task_that_ended_before_the_start_is_not_reported(self, store: TaskStore, cause: Cause) -> None:
        apply(store, cause=Cause.FIRST_LOAD)
        over = task_row("old", url_row(finish_time=int(START) - 60))
        assert ended(apply(store, over, cause=cause, now=START + 300)) == ()

    @pytest.mark.parametrize("cause", [Cause.POLL, Cause.RECONCILIATION, Cause.TRACKED])
    def test_a_task_created_and_ended_between_two_polls_is_reported(self, store: TaskStore, cause: Cause) -> None:
        apply(store, cause=Cause.FIRST_LOAD)
        short = task_row("one", url_row(finish_time=int(START) + 4), create_time=int(START) + 2)
        assert ended(apply(store, short, cause=cause, now=START + 5)) == (ONE,)

    def test_an_old_task_that_ended_since_is_reported(self, store: TaskStore) -> None:
        apply(store, cause=Cause.FIRST_LOAD)
        late = task_row("one", url_row(finish_time=int(START) + 4), create_time=int(START) - 2)
        assert ended(apply(store, late, now=START + 5)) == (ONE,)

    def test_without_a_finish_time_the_creation_decides(self, store: TaskStore) -> None:
        apply(store, cause=Cause.FIRST_LOAD)
        new, old = task_row("new", create_time=int(START) + 2), task_row("old", create_time=int(START) - 2)
        unknown = task_row("unknown", create_time=None)
        assert ended(apply(store, new, old, unknown, now=START + 5)) == (TaskKey(REFRESH, "new"),)

    def test_an_absurd_finish_time_is_not_an_end_now(self, store: TaskStore) -> None:
        apply(store, cause=Cause.FIRST_LOAD)
        absurd = task_row("old", url_row(finish_time=10**12), create_time=int(START - DAY))
        assert ended(apply(store, absurd, cause=Cause.RECONCILIATION, now=START + 300)) == ()


class TestLastChange:
    def test_progress_is_a_change_now(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        assert store[ONE].last_change == START - 600
        apply(store, task_row("one", url_row("process", 60), url_row("wait"), status="process"), now=START + 5)
        assert store[ONE].last_change == START + 5

    def test_other_changes_are_no_progress(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        moved = task_row("one", url_row("process", 10), url_row("wait", 0), status="process", type="dir")
        assert apply(store, moved, now=START + 5).changed
        assert store[ONE].last_change == START - 600

    def test_the_last_change_never_decreases(self, store: TaskStore) -> None:
        apply(store, RUNNING)
        apply(store, DONE, now=START + 5)
        apply(store, task_row("one", url_row(), url_row(), type="dir", create_time=int(START) - 900), now=START + 9)
        assert store[ONE].last_change == START + 5

    def test_a_task_without_times_has_no_last_change(self, store: TaskStore) -> None:
        apply(store, task_row("one", status="wait", create_time=None))
        apply(store, task_row("one", status="wait", create_time=None, type="dir"))
        assert store[ONE].last_change is None


class TestUrls:
    @pytest.mark.parametrize("status", ["success", "process"])
    def test_urls_have_the_order_of_the_api(self, store: TaskStore, status: str) -> None:
        """The URLs of settled tasks are compressed, those of active tasks are not."""
        rows = [
            url_row("success", 3, "https://b/", create_time=5, finish_time=1),
            url_row("failure", 40, "https://双十一.example/\u202e\ud7ff"),
            url_row("failure", -3, "https://b/"),
            url_row(None, None, "https://b/"),
        ]
        apply(store, task_row("one", *rows, status=status))
        assert store.urls(ONE) == [
            UrlProgress("https://b/", 0, "success", 100, 5, 1),
            UrlProgress("https://双十一.example/\u202e\ud7ff", 0, "failure", 40, None, None),
            UrlProgress("https://b/", 1, "failure", 0, None, None),
            UrlProgress("https://b/", 2, "", 0, None, None),
        ]

    def test_urls_follow_the_task_through_its_phases(self, store: TaskStore) -> None:
        for row in (RUNNING, DONE, RUNNING):
            apply(store, row)
            assert [url.status for url in store.urls(ONE)] == [url.status for url in row.url_lists or ()]

    def test_a_task_without_urls_has_none(self, store: TaskStore) -> None:
        apply(store, TaskRow("one", None, status="success"))
        assert store.urls(ONE) == []
        assert store.urls(TaskKey(PREFETCH, "one")) == []


def test_a_task_that_is_outside_already_does_not_change(store: TaskStore) -> None:
    apply(store, task_row("one"))
    changes = [
        store.apply(REFRESH, cause=Cause.RECONCILIATION, now=START, out_of_window=[TaskKey(REFRESH, "one")])
        for _ in range(2)
    ]
    assert [len(each.changed) for each in changes] == [1, 0]


def test_phases_are_live_views(store: TaskStore) -> None:
    active = store.keys_in(Phase.ACTIVE)
    apply(store, RUNNING)
    assert set(active) == {ONE}
    apply(store, DONE)
    assert set(active) == set()
    assert set(store.keys_in(Phase.SETTLED)) == {ONE}


def test_a_status_without_tasks_is_not_counted(store: TaskStore) -> None:
    apply(store, RUNNING, task_row("two", status=None))
    assert dict(store.statuses) == {"process": 1, "": 1}
    apply(store, DONE)
    assert dict(store.statuses) == {"success": 1, "": 1}
