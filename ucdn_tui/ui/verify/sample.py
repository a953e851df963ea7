"""Which URLs are verified: of one URL, of a task, or of several tasks. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ucdn_tui.api.models import Task, TaskKey, UrlProgress
from ucdn_tui.edge.models import Subject
from ucdn_tui.edge.subjects import sample, subjects_of

_MOST_TASKS: Final = 100
"""Tasks whose URLs are read: thousands of flagged tasks would block the screen."""


class Sample(NamedTuple):
    """The URLs to verify, and of how many they are."""

    subjects: Sequence[Subject]
    total: int
    tasks: Sequence[TaskKey]
    """The tasks that the URLs are of."""


def sample_of(tasks: Iterable[Task], urls_of: Callable[[TaskKey], Sequence[UrlProgress]], most: int) -> Sample:
    """Return so many of the tasks' URLs at most: failed ones first, then those of the largest tasks."""
    ordered = sorted(tasks, key=lambda task: (bool(task.failed), task.urls), reverse=True)
    read, rest = ordered[:_MOST_TASKS], ordered[_MOST_TASKS:]
    sizes = {task.task_id: task.urls for task in read}
    subjects = [each for each in subjects_of((task, urls_of(task.key)) for task in read) if each.url]
    subjects.sort(key=lambda each: sizes.get(each.purge.task_id, 0) if each.purge else 0, reverse=True)
    total = len(subjects) + sum(task.urls for task in rest)
    chosen = sample(subjects, most)
    used = {each.purge.task_id for each in chosen if each.purge is not None}
    return Sample(chosen, total, [task.key for task in read if task.task_id in used])


def sample_of_url(task: Task, url: UrlProgress) -> Sample:
    """Return one URL of a task."""
    return Sample(subjects_of([(task, [url])]), 1, [task.key])
