"""TaskView: a view that applies changes equals a new view."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucdn_tui.api.models import Task, TaskKey, TaskRow
from ucdn_tui.watch.listing.sort import Order, newest_first_key
from ucdn_tui.watch.listing.url_index import UrlIndex
from ucdn_tui.watch.listing.view import Filter, TaskView
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.tasks import REFRESH, START, numbered, task_row, url_row


def apply(store: TaskStore, *rows: TaskRow, gone: tuple[str, ...] = ()) -> Changes:
    keys = [TaskKey(REFRESH, task_id) for task_id in gone]
    return store.apply(REFRESH, rows, cause=Cause.POLL, now=START, gone=keys)


def of_age(task_id: str, age: int | None, status: str = "success") -> TaskRow:
    return task_row(task_id, url_row(status), status=status, create_time=None if age is None else int(START) - age)


def shown(view: TaskView) -> list[str]:
    return [view.key_at(index).id for index in range(len(view))]


def by_status(task: Task) -> tuple[str]:
    return (task.status,)


def is_failure(task: Task) -> bool:
    return task.status == "failure"


@pytest.fixture
def store() -> TaskStore:
    return TaskStore()


class TestOrder:
    def test_newest_tasks_come_first_and_undated_ones_last(self, store: TaskStore) -> None:
        apply(store, of_age("old", 90), of_age("undated", None), of_age("new", 30), of_age("future", -(10**10)))
        assert shown(TaskView(store)) == ["future", "new", "old", "undated"]

    def test_the_epoch_is_a_valid_create_time(self, store: TaskStore) -> None:
        apply(store, of_age("undated", None), of_age("epoch", int(START)))
        assert shown(TaskView(store)) == ["epoch", "undated"]

    @pytest.mark.parametrize("arrivals", [["b", "a", "c"], ["c", "b", "a"], ["a", "c", "b"]])
    def test_ties_are_sorted_by_key(self, store: TaskStore, arrivals: list[str]) -> None:
        view = TaskView(store)
        for task_id in arrivals:
            view.apply(apply(store, of_age(task_id, 60)))
        assert shown(view) == ["a", "b", "c"]


class TestFilter:
    def test_a_task_that_does_not_match_has_no_row(self, store: TaskStore) -> None:
        apply(store, of_age("good", 30), of_age("bad", 60, "failure"))
        view = TaskView(store, shown=is_failure)
        assert shown(view) == ["bad"]
        assert view.index_of(TaskKey(REFRESH, "good")) is None
        assert view.index_of(TaskKey(REFRESH, "nowhere")) is None

    def test_a_task_appears_and_disappears_as_it_matches(self, store: TaskStore) -> None:
        apply(store, of_age("one", 30, "process"))
        view = TaskView(store, shown=is_failure)
        for status, rows in (("failure", ["one"]), ("process", []), ("failure", ["one"])):
            assert view.apply(apply(store, of_age("one", 30, status)))
            assert shown(view) == rows


class TestFilling:
    def test_fill_adds_some_tasks_at_a_time(self, store: TaskStore) -> None:
        apply(store, *(of_age(task_id, number) for number, task_id in enumerate(numbered("t", 5))))
        view = TaskView(store, filled=False)
        assert len(view) == 0
        assert view.fill(2)
        assert len(view) == 0, "it is empty until all tasks are added"
        assert view.fill(2)
        assert not view.fill(2)
        assert shown(view) == shown(TaskView(store))

    def test_changes_while_filling_are_applied(self, store: TaskStore) -> None:
        apply(store, *(of_age(task_id, number) for number, task_id in enumerate(numbered("t", 6))))
        view = TaskView(store, filled=False)
        view.fill(2)
        view.apply(apply(store, of_age("new", 99), of_age("t0000", 50, "wait"), gone=("t0001", "t0005")))
        while view.fill(2):
            pass
        assert shown(view) == shown(TaskView(store))


class TestFollowing:
    def test_rows_are_the_present_tasks_of_the_store(self, store: TaskStore) -> None:
        view = TaskView(store)
        view.apply(apply(store, of_age("one", 30, "wait")))
        assert not view.apply(apply(store, of_age("one", 30, "process")))
        assert view.row_at(0) is store[TaskKey(REFRESH, "one")]
        assert view.row_at(0).status == "process"

    def test_apply_tells_moved_rows_from_changed_ones(self, store: TaskStore) -> None:
        view = TaskView(store, order=by_status)
        assert view.apply(apply(store, of_age("a", 30, "wait"), of_age("b", 30, "process")))
        assert shown(view) == ["b", "a"]
        in_place = task_row("a", url_row("wait", 10), status="wait")
        assert not view.apply(apply(store, in_place))
        assert view.apply(apply(store, of_age("a", 30, "failure")))
        assert shown(view) == ["a", "b"]
        assert view.apply(apply(store, gone=("b",)))
        assert shown(view) == ["a"]
        assert not view.apply(Changes(Cause.POLL))

    def test_hidden_tasks_do_not_move_rows(self, store: TaskStore) -> None:
        view = TaskView(store, shown=is_failure)
        assert not view.apply(apply(store, of_age("good", 30)))
        assert not view.apply(apply(store, gone=("good",)))

    @pytest.mark.parametrize("arriving", [1, 5, 60, 300])
    def test_many_added_tasks_are_sorted_like_one(self, store: TaskStore, arriving: int) -> None:
        apply(store, *(of_age(task_id, 7 * number) for number, task_id in enumerate(numbered("old", 60))))
        view = TaskView(store)
        rows = [of_age(task_id, 500 - 3 * number) for number, task_id in enumerate(numbered("new", arriving))]
        assert view.apply(apply(store, *rows))
        assert len(view) == 60 + arriving
        assert shown(view) == shown(TaskView(store))
        assert [view.index_of(view.key_at(index)) for index in range(len(view))] == list(range(len(view)))


ORDERS: list[Order] = [
    newest_first_key,
    by_status,
    lambda task: (-task.percent,),
    lambda task: (task.type, task.first_url),
    lambda _task: (),
]
FILTERS: list[Filter | None] = [None, is_failure, lambda task: task.percent < 60, lambda _task: False]
ROWS = st.builds(
    task_row,
    st.sampled_from(numbered("t", 20)),
    st.builds(url_row, st.sampled_from(["success", "failure", "process"]), st.integers(0, 100)),
    status=st.sampled_from(["success", "failure", "process", None]),
    type=st.sampled_from(["file", "dir"]),
    create_time=st.none() | st.integers(0, 5),
)
STEPS = st.lists(
    st.tuples(
        st.lists(ROWS, max_size=12),
        st.lists(st.sampled_from(numbered("t", 20)), max_size=4),
        st.none() | st.tuples(st.sampled_from(ORDERS), st.sampled_from(FILTERS)),
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(st.sampled_from(ORDERS), st.sampled_from(FILTERS), STEPS)
def test_a_view_that_applies_changes_equals_a_new_view(order: Order, chosen: Filter, steps: list[Any]) -> None:
    store = TaskStore()
    view = TaskView(store, order, chosen)
    for rows, gone, arrangement in steps:
        if arrangement is not None:
            order, chosen = arrangement
            view = TaskView(store, order, chosen, filled=False)
            view.fill(4)
        came = {row.task_id for row in rows}
        before = shown(view)
        filled = shown(TaskView(store, order, chosen)) == before
        moved = view.apply(apply(store, *rows, gone=tuple(task_id for task_id in gone if task_id not in came)))
        assert moved or shown(view) == before or not filled
        view.fill(1000)
        assert shown(view) == shown(TaskView(store, order, chosen))
        assert [view.row_at(view.index_of(view.key_at(index)) or 0) for index in range(len(view))] == [
            store[view.key_at(index)] for index in range(len(view))
        ]


def first_urls(view: TaskView) -> list[str]:
    return sorted(view.row_at(index).first_url for index in range(len(view)))


def listed_urls(index: UrlIndex) -> list[str]:
    """Return the URLs of an index, in order, by removing one after the other."""
    found = []
    while len(index):
        found.append(next(url for url in sorted(ADDRESSES) if index.count(url)))
        index.remove(found[-1])
    return found


ADDRESSES = ["https://a.test/1", "https://a.test/2", "https://a.test/2/x", "http://b.test/1", "https://b.test/?v=1"]

ROWS_WITH_URLS = st.builds(
    task_row,
    st.sampled_from(numbered("t", 12)),
    st.builds(
        url_row,
        st.sampled_from(["success", "failure", "process"]),
        st.integers(0, 100),
        address=st.sampled_from(ADDRESSES),
    ),
    status=st.sampled_from(["success", "failure", "process"]),
)


class TestUrls:
    @given(
        st.sampled_from(FILTERS),
        st.lists(
            st.tuples(
                st.lists(ROWS_WITH_URLS, max_size=8),
                st.lists(st.sampled_from(numbered("t", 12)), max_size=3),
                st.sampled_from(["apply", "ask", "sort", "slices"]),
            ),
            max_size=8,
        ),
    )
    def test_are_the_first_urls_of_the_shown_tasks_after_any_changes(self, chosen: Filter, steps: list[Any]) -> None:
        store = TaskStore()
        view = TaskView(store, shown=chosen)
        for rows, gone, then in steps:
            came = {row.task_id for row in rows}
            changes = apply(store, *rows, gone=tuple(task_id for task_id in gone if task_id not in came))
            view.apply(changes)
            if then == "ask":
                assert len(view.urls) == len(view)
            elif then != "apply":  # another view with the same filter takes the index over
                view = TaskView(store, by_status, chosen, filled=False, urls=view.urls)
                while view.fill(1 if then == "slices" else 100):
                    pass
        shown_urls, index = first_urls(view), view.urls
        assert listed_urls(index) == shown_urls

    def test_change_of_a_task_that_neither_comes_nor_goes_costs_nothing(self, store: TaskStore) -> None:
        apply(store, *(of_age(task_id, 30, "process") for task_id in numbered("t", 30)))
        view = TaskView(store)
        version = view.urls.version
        view.apply(apply(store, *(of_age(task_id, 30, "success") for task_id in numbered("t", 30))))
        assert view.urls.version == version
        assert view.urls.count("https://cdn.example.com/a.jpg") == 30

    def test_changes_while_filling_reach_the_index_once(self, store: TaskStore) -> None:
        apply(store, *(of_age(task_id, number) for number, task_id in enumerate(numbered("t", 6))))
        old = TaskView(store)
        assert len(old.urls) == 6
        new = TaskView(store, by_status, filled=False, urls=old.urls)
        new.fill(2)
        changes = apply(store, of_age("new", 99), gone=("t0001",))
        old.apply(changes)
        new.apply(changes)
        while new.fill(2):
            pass
        assert new.urls is old.urls
        assert len(new.urls) == len(new) == 6
        new.apply(apply(store, of_age("newer", 98)))
        assert len(new.urls) == len(new) == 7
