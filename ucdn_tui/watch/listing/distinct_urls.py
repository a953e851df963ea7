"""DistinctUrls: the URL by which each task of a list is shown, so that no two look alike."""

import re
from itertools import islice
from typing import NamedTuple

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.watch.listing.url_index import UrlIndex
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.store import TaskStore

_NEAR = 50
"""Rows before and after a task in which tasks with the same first URL are looked for."""

_COMPARED = 8
"""Maximum number of such tasks that a task is compared with."""

_MOST_COMPARED = 500
"""Maximum number of URLs of such tasks: comparing more would be felt."""


class DistinctUrl(NamedTuple):
    """A URL that distinguishes a task from its neighbours, and the characters that do so, as far as needed."""

    url: str
    keep: range = range(0)


class DistinctUrls:
    """Chooses a URL of a task: the first, one that matches the filter, or one that the nearest tasks like it lack.

    What was chosen is kept until `forget` or `clear`.
    """

    def __init__(self, store: TaskStore) -> None:
        self._store = store
        self._chosen: dict[TaskKey, DistinctUrl] = {}

    def clear(self) -> None:
        """Choose all anew: the list has other tasks or another order, or other words are searched for."""
        self._chosen.clear()

    def forget(self, key: TaskKey) -> None:
        """Choose that of one task anew: it has changed."""
        self._chosen.pop(key, None)

    def of(self, task: Task, view: TaskView, pattern: re.Pattern[str] | None) -> DistinctUrl:
        """Return the URL of a task in this view; `pattern` matches the filter's words about URLs."""
        if task.urls < 2:
            return DistinctUrl(task.first_url)
        url = self._chosen.get(task.key)
        if url is None:
            url = self._chosen[task.key] = self._best(task, view, pattern)
        return url

    def _best(self, task: Task, view: TaskView, pattern: re.Pattern[str] | None) -> DistinctUrl:
        if pattern is not None or not task.first_url:
            urls = [url.url for url in self._store.urls(task.key)]
            best = max(urls, key=lambda url: (_matches(pattern, url), bool(url)))
            if best != task.first_url:
                return DistinctUrl(best)
        if view.urls.count(task.first_url) < 2:
            return DistinctUrl(task.first_url)
        return self._url_of_its_own(task, view)

    def _url_of_its_own(self, task: Task, view: TaskView) -> DistinctUrl:
        at = view.index_of(task.key)
        if at is None or task.urls > _MOST_COMPARED:
            return DistinctUrl(task.first_url)
        rows = range(max(0, at - _NEAR), min(len(view), at + _NEAR + 1))
        near = (view.row_at(row) for row in sorted(rows, key=lambda row: abs(row - at)) if row != at)
        alike = (other for other in near if other.first_url == task.first_url and other.urls <= _MOST_COMPARED)
        others = {url.url for other in islice(alike, _COMPARED) for url in self._store.urls(other.key)}
        own = (url.url for url in self._store.urls(task.key))
        url = next((url for url in own if url not in others), None)
        if url is None:
            return DistinctUrl(task.first_url)
        branch = UrlIndex(others).branches(url)[-1]
        return DistinctUrl(url, range(branch, branch + 1))


def _matches(pattern: re.Pattern[str] | None, url: str) -> int:
    """Return how many of the filter's words are in a URL."""
    return len({match.lower() for match in pattern.findall(url)}) if pattern else 0
