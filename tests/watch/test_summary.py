"""From a row to a Task: key, counts, per cent, times, phase and progress."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskRow
from ucdn_tui.watch.summary import made_progress, summarize, task_key
from watch.tasks import PREFETCH, REFRESH, START, task_row, url_row

CREATED = int(START) - 600


def summary(row: TaskRow, now: float = START) -> Task:
    return summarize(task_key(REFRESH, row), row, is_dcdn=False, now=now)


class TestKey:
    def test_a_task_id_is_unique_within_its_kind_only(self) -> None:
        row = task_row("one")
        assert task_key(REFRESH, row) == TaskKey(REFRESH, "one")
        assert task_key(REFRESH, row) != task_key(PREFETCH, row)

    def test_a_task_id_alone_identifies_a_task(self) -> None:
        before = task_row("one", url_row("wait"), status="wait", create_time=1)
        after = task_row("one", url_row("success", address="https://other.example.com/"), status="success")
        assert task_key(REFRESH, before) == task_key(REFRESH, after)

    @pytest.mark.parametrize("missing", [None, ""])
    def test_progress_does_not_change_the_key_of_a_task_without_id(self, missing: str | None) -> None:
        early = task_row(missing, url_row("wait", 0), url_row("process", 3, "https://b.example.com/"), status="process")
        late = task_row(missing, url_row("success", 100), url_row("failure", 7, "https://b.example.com/"), type="dir")
        assert task_key(REFRESH, early) == task_key(REFRESH, late)

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(task_row(None, url_row(address="https://a/"), create_time=CREATED + 1), id="another second"),
            pytest.param(task_row(None, url_row(address="https://b/")), id="another URL"),
            pytest.param(task_row(None, url_row(address="https://a/"), url_row(address="https://a/")), id="one more"),
            pytest.param(task_row(None, url_row(address="https://a/"), create_time=None), id="no CreateTime"),
            pytest.param(task_row(None), id="no URLs"),
        ],
    )
    def test_tasks_without_an_id_differ_by_creation_and_by_urls(self, other: TaskRow) -> None:
        one = task_row(None, url_row(address="https://a/"))
        assert task_key(REFRESH, one) != task_key(REFRESH, other)

    def test_an_empty_row_has_a_key(self) -> None:
        assert task_key(REFRESH, TaskRow()) == task_key(REFRESH, TaskRow(url_lists=[]))
        assert task_key(REFRESH, TaskRow()).id

    @settings(max_examples=30)
    @given(st.text("a~\n", max_size=4), st.none() | st.integers())
    def test_a_synthetic_key_is_not_a_task_id(self, address: str, created: int | None) -> None:
        row = TaskRow(url_lists=[url_row(address=address)], create_time=created)
        key = task_key(REFRESH, row)
        assert key.id.startswith("~")
        assert summarize(key, row, is_dcdn=False, now=START).task_id == ""


class TestCounts:
    def test_every_url_counts_once_under_its_status(self) -> None:
        statuses = ["success"] * 5 + ["failure"] * 4 + ["process"] * 3 + ["wait"] * 2 + ["unknow", "nonsense", None, ""]
        task = summary(task_row("one", *map(url_row, statuses)))
        assert (task.succeeded, task.failed, task.processing, task.waiting, task.other) == (5, 4, 3, 2, 4)
        assert (task.urls, task.done) == (18, 9)

    def test_the_first_url_is_in_the_summary(self) -> None:
        rows = [url_row(address=f"https://cdn.example.com/{name}") for name in "ba"]
        assert summary(task_row("one", *rows)).first_url == "https://cdn.example.com/b"

    def test_missing_fields_make_an_empty_summary(self) -> None:
        task = summary(TaskRow())
        assert (task.task_id, task.status, task.type, task.first_url) == ("", "", "", "")
        assert (task.created, task.finished, task.last_change, task.percent, task.urls) == (None, None, None, 0, 0)

    def test_fields_are_unchanged(self) -> None:
        task = summarize(TaskKey(REFRESH, "one"), task_row("one", status="Süß", type="m3u8"), is_dcdn=True, now=START)
        assert (task.task_id, task.status, task.type, task.is_dcdn, task.created) == (
            "one",
            "Süß",
            "m3u8",
            True,
            CREATED,
        )


class TestPercent:
    @pytest.mark.parametrize(
        ("urls", "percent"),
        [
            pytest.param([("process", 50), ("process", 51)], 50, id="rounded down"),
            pytest.param([("success", 100)] * 199 + [("process", 99)], 99, id="100 means all of them"),
            pytest.param([("success", 100), ("success", 100)], 100, id="all"),
            pytest.param([("success", None), ("success", 3)], 100, id="a success is 100 whatever it says"),
            pytest.param([("process", 250), ("wait", -40)], 50, id="clamped"),
            pytest.param([("failure", 40), ("unknow", 20), (None, None)], 20, id="what is no success as it says"),
        ],
    )
    def test_per_cent_is_the_mean_over_the_urls(self, urls: list[tuple[str | None, int | None]], percent: int) -> None:
        assert summary(task_row("one", *(url_row(*url) for url in urls))).percent == percent

    @pytest.mark.parametrize(("status", "percent"), [("success", 100), ("failure", 0), ("process", 0), (None, 0)])
    def test_without_urls_only_a_success_has_100_per_cent(self, status: str | None, percent: int) -> None:
        assert summary(task_row("one", status=status)).percent == percent

    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.sampled_from(["success", "failure", "wait", "x", None]), st.none() | st.integers())))
    def test_100_per_cent_means_that_every_url_has_it(self, urls: list[Any]) -> None:
        rows = [url_row(*url) for url in urls]
        percent = summary(task_row("one", *rows, status="process")).percent
        assert 0 <= percent <= 100
        if rows:
            assert (percent == 100) == all(row.status == "success" or (row.progress or 0) >= 100 for row in rows)


class TestTimes:
    def test_a_task_finished_with_its_last_url(self) -> None:
        rows = [url_row(finish_time=CREATED + seconds) for seconds in (30, 90, 60)]
        assert summary(task_row("one", *rows, url_row("process"))).finished == CREATED + 90

    def test_a_task_with_no_finished_url_is_not_finished(self) -> None:
        assert summary(task_row("one", url_row("process"), url_row("wait", finish_time=0))).finished is None

    @pytest.mark.parametrize(
        ("created", "finished", "last_change"),
        [
            pytest.param(CREATED, [], CREATED, id="its creation"),
            pytest.param(CREATED, [CREATED + 5, CREATED + 9, None], CREATED + 9, id="the latest FinishTime"),
            pytest.param(CREATED, [CREATED - 5], CREATED, id="a FinishTime before the creation is none"),
            pytest.param(CREATED, [10**12], CREATED, id="a far future does not count"),
            pytest.param(10**12, [CREATED + 5], CREATED + 5, id="nor as a creation"),
            pytest.param(CREATED, [int(START) + 200], int(START) + 200, id="clocks may differ by minutes"),
            pytest.param(None, [], None, id="nothing is known"),
            pytest.param(10**12, [-7, 0], None, id="nothing sensible is known"),
        ],
    )
    def test_the_last_change_is_the_latest_plausible_time(
        self, created: int | None, finished: list[int | None], last_change: int | None
    ) -> None:
        rows = [url_row(finish_time=time) for time in finished]
        assert summary(task_row("one", *rows, create_time=created)).last_change == last_change


@pytest.mark.parametrize(
    ("status", "urls", "phase"),
    [
        ("success", ["success", "failure"], Phase.SETTLED),
        ("failure", ["success", "failure", "unknow"], Phase.SETTLED),
        ("success", [], Phase.SETTLED),
        ("success", ["success", "process"], Phase.ACTIVE),
        ("failure", ["failure", "wait"], Phase.ACTIVE),
        ("unknow", ["success", "process"], Phase.ACTIVE),
        (None, ["wait"], Phase.ACTIVE),
        ("process", ["success", "success"], Phase.ACTIVE),
        ("wait", [], Phase.ACTIVE),
        ("unknow", ["success"], Phase.UNDETERMINED),
        ("nonsense", ["failure"], Phase.UNDETERMINED),
        ("Success", [], Phase.UNDETERMINED),
        (None, [], Phase.UNDETERMINED),
    ],
)
def test_the_phase_depends_on_status_and_urls(status: str | None, urls: list[str], phase: Phase) -> None:
    assert summary(task_row("one", *map(url_row, urls), status=status)).phase is phase


class TestProgress:
    BEFORE = task_row("one", url_row("process", 10), url_row("wait", 0, "https://b/"), status="process")

    @pytest.mark.parametrize(
        "after",
        [
            pytest.param(task_row("one", url_row("process", 12), url_row("wait"), status="process"), id="per cent"),
            pytest.param(task_row("one", url_row("process", 10), url_row("process"), status="process"), id="a start"),
            pytest.param(task_row("one", url_row("process", 10), url_row("failure"), status="process"), id="a failure"),
            pytest.param(task_row("one", url_row("process", 10), url_row("wait"), status="failure"), id="status"),
        ],
    )
    def test_changed_counts_or_status_are_progress(self, after: TaskRow) -> None:
        assert made_progress(summary(self.BEFORE), summary(after))

    def test_other_times_and_types_are_no_progress(self) -> None:
        later = task_row("one", url_row("process", 10), url_row("wait"), status="process", create_time=5, type="dir")
        assert not made_progress(summary(self.BEFORE), summary(later, now=START + 60))
