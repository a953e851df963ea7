"""Which URLs of tasks are verified."""

from collections.abc import Sequence

from ucdn_tui.api.models import Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.ui.verify.sample import sample_of, sample_of_url

URLS: dict[TaskKey, Sequence[UrlProgress]] = {}


def task(name: str, count: int, *, failed: int = 0, created: int = 1, host: str = "a.test") -> Task:
    """Return a finished task; its last URLs failed."""
    key = TaskKey(TaskKind.REFRESH, name)
    URLS[key] = [
        UrlProgress(f"https://{host}/{name}/{at}", 0, "failure" if at >= count - failed else "success", 100, created, 9)
        for at in range(count)
    ]
    return Task(key, name, "success", "file", created=created, finished=9, succeeded=count - failed, failed=failed)


def urls(*tasks: Task, most: int = 4) -> list[str]:
    return [each.url.removeprefix("https://a.test/") for each in sample_of(tasks, URLS.__getitem__, most).subjects]


def test_failed_urls_come_first_and_then_those_of_the_largest_tasks():
    assert urls(task("small", 2), task("large", 5), task("bad", 3, failed=1)) == [
        "bad/2",
        "large/0",
        "large/1",
        "large/2",
    ]


def test_it_says_how_many_urls_there_are_and_which_tasks_it_asks_about():
    small, large = task("small", 2), task("large", 5)
    found = sample_of([small, large], URLS.__getitem__, 4)
    assert found.total == 7
    assert found.tasks == [large.key]


def test_a_url_of_two_tasks_is_taken_once_with_the_newest():
    old, new = task("one", 2, created=1), task("two", 2, created=5)
    URLS[new.key] = URLS[old.key]
    found = sample_of([old, new], URLS.__getitem__, 4)
    assert [each.purge.task_id for each in found.subjects if each.purge] == ["two", "two"]
    assert found.total == 2


def test_of_thousands_of_tasks_some_are_read():
    tasks = [task(f"t{number}", 3) for number in range(1000)]
    read = []

    def urls_of(key: TaskKey) -> Sequence[UrlProgress]:
        read.append(key)
        return URLS[key]

    found = sample_of(tasks, urls_of, 10)
    assert len(found.subjects) == 10
    assert found.total == 3000
    assert len(read) == 100


def test_one_url_is_verified_with_its_tasks_type():
    one = task("one", 2)
    (subject,) = sample_of_url(one, URLS[one.key][1]).subjects
    assert (subject.url, subject.purge and subject.purge.type) == ("https://a.test/one/1", "file")
