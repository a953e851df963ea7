"""What a task's and a URL's fields amount to."""

import pytest

from ucdn_tui.api.models import Phase, Status, Task, TaskKey, TaskKind, UrlRow, url_percent, url_progress


def make_task(status: str, **counts: int) -> Task:
    return Task(TaskKey(TaskKind.REFRESH, "one"), "one", status, **counts)


@pytest.mark.parametrize(
    ("status", "progress", "percent"),
    [
        ("process", 42, 42),
        ("process", 0, 0),
        ("process", None, 0),
        ("process", 100, 100),
        ("process", 250, 100),
        ("process", -5, 0),
        ("success", 30, 100),
        ("success", None, 100),
        ("success", -1, 100),
        ("failure", 60, 60),
        ("wait", None, 0),
        (None, 70, 70),
        ("Success!", 70, 70),
    ],
)
def test_a_urls_per_cent_is_clamped_and_whole_once_it_succeeded(
    status: str | None, progress: int | None, percent: int
) -> None:
    assert url_percent(UrlRow(status=status, progress=progress)) == percent


@pytest.mark.parametrize(
    ("status", "counts", "phase"),
    [
        ("wait", {}, Phase.ACTIVE),
        ("process", {}, Phase.ACTIVE),
        ("process", {"succeeded": 3}, Phase.ACTIVE),
        ("success", {"succeeded": 3, "waiting": 1}, Phase.ACTIVE),
        ("failure", {"failed": 3, "processing": 1}, Phase.ACTIVE),
        ("unknow", {"processing": 1}, Phase.ACTIVE),
        ("", {"waiting": 1}, Phase.ACTIVE),
        ("success", {}, Phase.SETTLED),
        ("success", {"succeeded": 27, "failed": 3}, Phase.SETTLED),
        ("failure", {"failed": 1}, Phase.SETTLED),
        ("success", {"other": 2}, Phase.SETTLED),
        ("unknow", {}, Phase.UNDETERMINED),
        ("unknow", {"succeeded": 3}, Phase.UNDETERMINED),
        ("", {"succeeded": 3, "failed": 1}, Phase.UNDETERMINED),
        ("ySoPLGgE", {"other": 5}, Phase.UNDETERMINED),
        ("SUCCESS", {}, Phase.UNDETERMINED),
    ],
)
def test_a_task_can_change_while_it_or_a_url_of_it_waits_or_is_in_process(
    status: str, counts: dict[str, int], phase: Phase
) -> None:
    assert make_task(status, **counts).phase is phase


def test_a_tasks_urls_are_counted_and_done_means_over_well_or_badly() -> None:
    task = make_task("process", succeeded=16, failed=8, processing=4, waiting=2, other=1)
    assert (task.urls, task.done) == (31, 24)
    assert (make_task("wait").urls, make_task("wait").done) == (0, 0)


def test_tasks_of_two_kinds_with_one_id_are_two() -> None:
    keys = [TaskKey(kind, "20190121141137_4d8031d5") for kind in TaskKind]
    assert len(set(keys)) == 2
    assert [Task(key, key.id, "wait").kind for key in keys] == [TaskKind.REFRESH, TaskKind.PREFETCH]


def test_unknown_is_spelt_as_on_the_wire() -> None:
    assert [*Status] == ["success", "wait", "process", "failure", "unknow"]


def test_a_url_that_stands_in_a_task_twice_has_two_keys_in_the_order_in_which_they_came() -> None:
    rows = [UrlRow(url=address) for address in ("https://a/", "https://b/", "https://a/", "https://a/")]
    keys = [url.key for url in url_progress(rows)]
    assert keys == [("https://a/", 0), ("https://b/", 0), ("https://a/", 1), ("https://a/", 2)]


def test_a_urls_progress_has_what_its_row_says() -> None:
    row = UrlRow(url="https://a/", create_time=1548051097, finish_time=1548051090, status="success", progress=99)
    (url,) = url_progress([row])
    assert (url.url, url.status, url.percent, url.created, url.finished) == (
        "https://a/",
        "success",
        100,
        1548051097,
        1548051090,
    )


def test_urls_of_which_nothing_is_known_are_still_told_apart() -> None:
    urls = url_progress([UrlRow(), UrlRow(url="")])
    assert [url.key for url in urls] == [("", 0), ("", 1)]
    assert (urls[0].status, urls[0].percent, urls[0].created, urls[0].finished) == ("", 0, None, None)
    assert url_progress([]) == []
