"""The properties that are computed from a task's and a URL's fields."""

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
def test_url_progress_is_clamped_and_100_after_success(status: str | None, progress: int | None, percent: int) -> None:
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
def test_the_phase_depends_on_the_task_and_its_urls(status: str, counts: dict[str, int], phase: Phase) -> None:
    assert make_task(status, **counts).phase is phase


def test_done_urls_are_those_that_succeeded_or_failed() -> None:
    task = make_task("process", succeeded=16, failed=8, processing=4, waiting=2, other=1)
    assert (task.urls, task.done) == (31, 24)
    assert (make_task("wait").urls, make_task("wait").done) == (0, 0)


def test_the_same_id_in_two_kinds_is_two_tasks() -> None:
    keys = [TaskKey(kind, "20190121141137_4d8031d5") for kind in TaskKind]
    assert len(set(keys)) == 2
    assert [Task(key, key.id, "wait").kind for key in keys] == [TaskKind.REFRESH, TaskKind.PREFETCH]


def test_statuses_are_spelled_as_in_the_api() -> None:
    assert [*Status] == ["success", "wait", "process", "failure", "unknow"]


def test_a_repeated_url_has_one_key_per_occurrence() -> None:
    rows = [UrlRow(url=address) for address in ("https://a/", "https://b/", "https://a/", "https://a/")]
    keys = [url.key for url in url_progress(rows)]
    assert keys == [("https://a/", 0), ("https://b/", 0), ("https://a/", 1), ("https://a/", 2)]


def test_url_progress_has_the_fields_of_its_row() -> None:
    row = UrlRow(url="https://a/", create_time=1548051097, finish_time=1548051090, status="success", progress=99)
    (url,) = url_progress([row])
    assert (url.url, url.status, url.percent, url.created, url.finished) == (
        "https://a/",
        "success",
        100,
        1548051097,
        1548051090,
    )


def test_urls_without_any_field_have_different_keys() -> None:
    urls = url_progress([UrlRow(), UrlRow(url="")])
    assert [url.key for url in urls] == [("", 0), ("", 1)]
    assert (urls[0].status, urls[0].percent, urls[0].created, urls[0].finished) == ("", 0, None, None)
    assert url_progress([]) == []
