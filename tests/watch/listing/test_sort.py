"""Sort keys of tasks and URLs: each column in both directions, missing values last."""

import pytest

from support.data.summaries import NOW, summary, url
from ucdn_tui.api.models import Task, TaskKind
from ucdn_tui.watch.listing.sort import AS_LISTED, DEFAULT, Sort, task_order, url_order

RUNS = {"status": "process", "processing": 1, "finished": None}


def ids(tasks: list[Task], column: str, *, reverse: bool = False) -> list[str]:
    return [task.task_id for task in sorted(tasks, key=task_order(Sort(column, reverse)))]


class TestTasks:
    @pytest.mark.parametrize(
        ("column", "first", "second"),
        [
            ("status", {"status": "process", "processing": 1}, {"status": "failure", "failed": 1}),
            ("status", {"status": "success", "succeeded": 9, "failed": 1}, {"status": "success"}),
            ("status", {"status": "success"}, {"status": "halted"}),
            ("progress", {"percent": 3}, {"percent": 4}),
            ("urls", {"succeeded": 3}, {"succeeded": 4}),
            ("time", {"created": NOW - 60, "finished": NOW - 50}, {"created": NOW - 90, "finished": NOW - 70}),
            ("time", {"created": NOW - 900, "finished": NOW}, {"created": NOW - 5, **RUNS}),
            ("time", {"created": NOW - 5, **RUNS}, {"created": NOW - 9, **RUNS}),
            ("kind", {"kind": TaskKind.PREFETCH}, {"kind": TaskKind.REFRESH}),
            ("type", {"type": "dir"}, {"type": "file"}),
            ("created", {"created": NOW - 60}, {"created": NOW - 50}),
            ("url", {"first_url": "https://a.test/a"}, {"first_url": "https://a.test/ab"}),
            ("url", {"first_url": "https://a.test/a"}, {"first_url": "https://a.test/a\0"}),
            ("id", {}, {}),
        ],
    )
    def test_each_column_sorts_in_both_directions(
        self, column: str, first: dict[str, object], second: dict[str, object]
    ) -> None:
        tasks = [summary("two", **second), summary("one", **first)]  # type: ignore[arg-type]
        smaller_first = ["one", "two"]
        assert ids(tasks, column) == smaller_first
        assert ids(tasks, column, reverse=True) == smaller_first[::-1]

    @pytest.mark.parametrize(
        ("column", "nothing"),
        [
            ("type", {"type": ""}),
            ("created", {"created": None}),
            ("time", {"created": None}),
            ("url", {"first_url": ""}),
        ],
    )
    @pytest.mark.parametrize("reverse", [False, True])
    def test_missing_values_come_last_in_both_directions(
        self, column: str, nothing: dict[str, object], reverse: bool
    ) -> None:
        tasks = [summary("nothing", **nothing), summary("something")]  # type: ignore[arg-type]
        assert ids(tasks, column, reverse=reverse) == ["something", "nothing"]

    @pytest.mark.parametrize("reverse", [False, True])
    def test_equal_values_are_sorted_newest_first(self, reverse: bool) -> None:
        tasks = [summary("old", created=NOW - 90), summary("new", created=NOW - 10)]
        assert ids(tasks, "kind", reverse=reverse) == ["new", "old"]

    def test_the_default_is_newest_first(self) -> None:
        tasks = [summary("old", created=NOW - 90), summary("none", created=None), summary("new", created=NOW - 10)]
        assert ids(tasks, *[DEFAULT.column], reverse=DEFAULT.reverse) == ["new", "old", "none"]
        assert ids(tasks, "no such column") == ["new", "old", "none"]

    def test_urls_with_lone_surrogates_can_be_sorted(self) -> None:
        tasks = [summary("b", first_url="https://b/\ud800"), summary("a", first_url="https://a/\udfff")]
        assert ids(tasks, "url") == ["a", "b"]
        assert ids(tasks, "url", reverse=True) == ["b", "a"]


class TestUrls:
    def test_the_default_is_the_order_of_the_api(self) -> None:
        assert url_order(AS_LISTED) is None

    @pytest.mark.parametrize(
        ("column", "first", "second"),
        [
            ("status", {"status": "failure"}, {"status": "success"}),
            ("progress", {"percent": 3}, {"percent": 30}),
            ("time", {"finished": NOW - 55}, {"finished": NOW - 50}),
            ("time", {"finished": NOW}, {"status": "process", "finished": None}),
            ("url", {"address": "https://a.test/a"}, {"address": "https://a.test/b"}),
            ("url", {"address": "https://a.test/a"}, {"address": "https://a.test/a\0"}),
        ],
    )
    def test_each_url_column_sorts_in_both_directions(
        self, column: str, first: dict[str, object], second: dict[str, object]
    ) -> None:
        smaller, larger = url(**first), url(**second)  # type: ignore[arg-type]
        for reverse in (False, True):
            order = url_order(Sort(column, reverse))
            assert order is not None
            assert (order(smaller) < order(larger)) is not reverse
            assert (order(larger) < order(smaller)) is reverse
