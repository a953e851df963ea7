"""Subjects: URLs of tasks with their purges, a sample of them, and the task that a URL belongs to."""

from collections.abc import Sequence

import pytest

from ucdn_tui.api.models import Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.edge.models import Purge, Subject
from ucdn_tui.edge.subjects import TaskWithUrls, find_purges, newness, sample, subjects_of

IMG = "https://img.example.com/"


def task(
    task_id: str,
    urls: Sequence[str],
    *,
    created: int | None = 1000,
    kind: TaskKind = TaskKind.REFRESH,
    failing: Sequence[str] = (),
    status: str = "success",
    **fields: str,
) -> TaskWithUrls:
    rows = [
        UrlProgress(url, 0, "failure" if url in failing else status, 100, created, created and created + 60)
        for url in urls
    ]
    return Task(TaskKey(kind, task_id), task_id, status or "success", created=created, finished=1090, **fields), rows


def purges(urls: Sequence[str], *tasks: TaskWithUrls) -> list[str]:
    return [each.purge.task_id if each.purge else "" for each in find_purges(urls, tasks)]


def test_a_url_has_the_times_and_the_success_of_its_own():
    (found,) = subjects_of([task("one", [f"{IMG}a"], type="m3u8")])
    assert found == Subject(f"{IMG}a", Purge(TaskKind.REFRESH, "m3u8", 1000, 1060, True, "one"))


@pytest.mark.parametrize(
    ("status", "is_success"), [("success", True), ("failure", False), ("process", None), ("unknow", False)]
)
def test_success_is_open_until_the_url_has_ended(status, is_success):
    (found,) = subjects_of([task("one", [f"{IMG}a"], status=status)])
    assert found.purge is not None
    assert found.purge.is_success is is_success


def test_a_url_without_a_status_has_that_of_its_task():
    (found,) = subjects_of([task("one", [f"{IMG}a"], status="")])
    assert found.purge is not None
    assert found.purge.is_success is True


@pytest.mark.parametrize(
    ("kind", "url", "type_"),
    [(TaskKind.REFRESH, "a", "file"), (TaskKind.REFRESH, "a/", "dir"), (TaskKind.PREFETCH, "a/", "")],
)
def test_a_type_that_is_not_told_follows_from_the_url(kind, url, type_):
    (found,) = subjects_of([task("one", [IMG + url], kind=kind)])
    assert found.purge is not None
    assert found.purge.type == type_


def test_each_url_comes_once_with_its_newest_task_and_failed_ones_first():
    old = task("old", [f"{IMG}a", f"{IMG}b"], created=1000)
    new = task("new", ["http://IMG.example.com:80/a", f"{IMG}c"], created=2000, failing=[f"{IMG}c"])
    found = [(each.url, each.purge.task_id) for each in subjects_of([old, new]) if each.purge]
    assert found == [(f"{IMG}c", "new"), ("http://IMG.example.com:80/a", "new"), (f"{IMG}b", "old")]


def test_what_is_not_a_url_is_no_other_ones_twin():
    found = subjects_of([task("one", ["img/a", "img/b", f"{IMG}a", "http://IMG.example.com:80/a"])])
    assert [each.url for each in found] == ["img/a", "img/b", f"{IMG}a"]


def test_hosts_take_turns_in_a_sample_after_what_failed():
    urls = [*(f"{IMG}{number}" for number in range(20)), "https://a.example.com/x", f"{IMG}bad"]
    found = sample(subjects_of([task("one", urls, failing=[f"{IMG}bad"])]), 4)
    assert [each.url for each in found] == [f"{IMG}bad", f"{IMG}0", "https://a.example.com/x", f"{IMG}1"]


def test_a_url_belongs_to_the_newest_task_that_has_it():
    newer, older = task("newer", [f"{IMG}b", f"{IMG}a"]), task("older", [f"{IMG}a"])
    assert purges([f"{IMG}a", f"{IMG}c"], newer, older) == ["newer", ""]
    assert purges(["http://img.example.com/a"], older) == ["older"]


def test_a_url_below_a_refreshed_directory_belongs_to_it():
    directory = task("dir", [f"{IMG}shop/"])
    assert purges([f"{IMG}shop/a/b.jpg", f"{IMG}shop/", f"{IMG}shop"], directory) == ["dir", "dir", ""]
    assert purges([f"{IMG}shop/a"], task("one", [f"{IMG}shop/"], kind=TaskKind.PREFETCH)) == [""]
    assert purges([f"{IMG}shop/a"], task("one", [f"{IMG}sho"], type="dir")) == [""]


def test_no_more_tasks_are_read_than_needed():
    def tasks():
        yield task("one", [f"{IMG}a"])
        raise AssertionError("read on")

    (found,) = find_purges([f"{IMG}a"], tasks())
    assert found.purge is not None


def refreshed(*tasks: TaskWithUrls) -> list[float | None]:
    """Return when the file was refreshed before its prefetch, as both ways to look for it tell."""
    newest_first = sorted(tasks, key=lambda each: newness(each[0]), reverse=True)
    found = [*find_purges([f"{IMG}a"], newest_first), *subjects_of(tasks)]
    return [each.purge.refreshed if each.purge else None for each in found]


def test_a_prefetch_knows_the_newest_refresh_of_its_file_before_it():
    before = [task("old", [f"{IMG}a"], created=500), task("new", [f"{IMG}a"], created=900)]
    assert refreshed(task("prefetch", [f"{IMG}a"], kind=TaskKind.PREFETCH), *before) == [900, 900]


@pytest.mark.parametrize("fields", [{"status": "failure"}, {"type": "dir"}, {"created": 2000}])
def test_no_other_refresh_makes_copies_old_before_a_prefetch(fields):
    other = task("other", [f"{IMG}a"], **{"created": 500, **fields})
    assert refreshed(task("prefetch", [f"{IMG}a"], kind=TaskKind.PREFETCH), other) == [None, None]


def test_a_task_without_a_create_time_may_be_the_newest():
    tasks = [task("known", [f"{IMG}a"]), task("unknown", [f"{IMG}a"], created=None)]
    assert [each.purge and each.purge.task_id for each in subjects_of(tasks)] == ["unknown"]
