"""Subjects: which URLs of tasks are verified, each with its purge. Pure."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final

from ucdn_tui.api.models import Status, Task, TaskKind, UrlProgress
from ucdn_tui.edge.models import Purge, Subject
from ucdn_tui.url_identity import identity

TaskWithUrls = tuple[Task, Sequence[UrlProgress]]

_RESULT: Final = {Status.SUCCESS.value: True, Status.WAIT.value: None, Status.PROCESS.value: None}
"""Any other status, also one that is not known, is no success."""


def subjects_of(tasks: Iterable[TaskWithUrls]) -> list[Subject]:
    """Return the URLs of these tasks, each once and with its newest task, those that failed first."""
    found: dict[str, Subject] = {}
    for task, urls in sorted(tasks, key=lambda each: newness(each[0]), reverse=True):
        for url in urls:
            subject = found.setdefault(_identity(url.url), Subject(url.url, _purge(task, url)))
            found[_identity(url.url)] = subject._replace(purge=_with_earlier(subject.purge, _purge(task, url)))
    return sorted(found.values(), key=_has_failed, reverse=True)


def sample(subjects: Sequence[Subject], most: int) -> list[Subject]:
    """Return so many at most: failed ones first, and the hosts take turns."""
    failed = [each for each in subjects if _has_failed(each)]
    others = [each for each in subjects if not _has_failed(each)]
    return [*_in_turns(failed), *_in_turns(others)][:most]


def find_purges(urls: Sequence[str], tasks: Iterable[TaskWithUrls]) -> list[Subject]:
    """Return the URLs, each with the first task that has it or a directory above it; without one if none has.

    `tasks` are the newest first; no more are read than needed.
    """
    purges: dict[str, Purge] = {}
    missing = {_identity(url) for url in urls}  # their purge, or the refresh before their prefetch
    for task, its_urls in tasks:
        for each in its_urls:
            own, purge = _identity(each.url), _purge(task, each)
            is_directory = purge.type == "dir" and own.endswith("/")
            hit = {url for url in missing if url.startswith(own)} if is_directory else missing & {own}
            purges |= {url: _with_earlier(purges.get(url), purge) for url in hit}
            missing -= {url for url in hit if not _may_follow_refresh(purges[url])}
        if not missing:
            break
    return [Subject(url, purges.get(_identity(url))) for url in urls]


def newness(task: Task) -> float:
    """Return a sort key: a task without CreateTime may be the newest, so no other one is taken for that."""
    return math.inf if task.created is None else task.created


def _with_earlier(purge: Purge | None, earlier: Purge) -> Purge:
    """Return the purge with what is known of an earlier one; the earlier one if there is none."""
    if purge is None:
        return earlier
    is_effective = earlier.kind is TaskKind.REFRESH and earlier.type != "dir" and earlier.is_success
    return purge._replace(refreshed=earlier.created) if is_effective and _may_follow_refresh(purge) else purge


def _may_follow_refresh(purge: Purge) -> bool:
    return purge.kind is TaskKind.PREFETCH and purge.refreshed is None


def _has_failed(subject: Subject) -> bool:
    return subject.purge is not None and subject.purge.is_success is False


def _purge(task: Task, url: UrlProgress) -> Purge:
    of_url = "dir" if url.url.endswith("/") else "file"
    return Purge(
        task.kind,
        "" if task.kind is TaskKind.PREFETCH else task.type or of_url,
        task.created,
        url.finished if url.finished is not None else task.finished,
        _RESULT.get(url.status or task.status, False),
        task.task_id,
    )


def _in_turns(subjects: Iterable[Subject]) -> list[Subject]:
    by_host: dict[str, list[Subject]] = {}
    for each in subjects:
        by_host.setdefault(_identity(each.url).partition("/")[0], []).append(each)
    return [each for each in chain.from_iterable(zip_longest(*by_host.values())) if each is not None]


def _identity(url: str) -> str:
    """Return what is the same for two URLs that share a copy; what is not a URL shares none."""
    return identity(url) or url
