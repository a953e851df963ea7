"""Throughput: how many URLs finished in each of the last minutes."""

from collections import Counter
from collections.abc import Callable, Iterable

from ucdn_tui.api.models import Status, Task, TaskKey, UrlProgress
from ucdn_tui.watch.store import Changes

_MINUTE = 60

_SKEW = 60.0
"""Seconds by which a FinishTime may lie ahead of the server's clock; later times are ignored."""


class Throughput:
    """Counts finished URLs, succeeded or failed, per minute of the clock. Times are in the server's Unix seconds."""

    MINUTES = 15
    """Number of minutes counted, including the current one."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        """URLs by minute since the epoch."""

        self._removed: dict[TaskKey, float] = {}
        """When tasks with recent URLs were removed: their URLs were counted until then."""

    def learn(self, changes: Changes, urls: Callable[[TaskKey], Iterable[UrlProgress]], now: float) -> None:
        """Count the URLs that finished according to one answer.

        `urls` returns a task's URLs; it is called only for added tasks that finished a URL recently.
        """
        minute = _minute(now)
        self._forget(minute)
        for old, new in changes.changed:
            self._counts[minute] += max(0, new.done - old.done)
        for task in changes.added:
            if self._is_recent(task, now):
                self._count(urls(task.key), self._removed.get(task.key), now)
        self._removed.update((task.key, now) for task in changes.removed if self._is_recent(task, now))

    def per_minute(self, now: float) -> list[int]:
        """Return one count per minute, oldest first; the last is the current minute's."""
        minute = _minute(now)
        return [self._counts[each] for each in range(minute - self.MINUTES + 1, minute + 1)]

    def _forget(self, minute: int) -> None:
        # Keep the minute after this one: the clock may just have been set back a little.
        for each in [each for each in self._counts if not minute - self.MINUTES <= each <= minute + 1]:
            del self._counts[each]
        for key in [key for key, removed in self._removed.items() if abs(_minute(removed) - minute) > self.MINUTES]:
            del self._removed[key]

    def _is_recent(self, task: Task, now: float) -> bool:
        return task.finished is not None and self._minute_of(task.finished, now) is not None

    def _count(self, urls: Iterable[UrlProgress], removed: float | None, now: float) -> None:
        """Count URLs at their FinishTimes. If the task was `removed` before, earlier URLs were counted then."""
        for url in urls:
            if url.status not in (Status.SUCCESS, Status.FAILURE) or url.finished is None:
                continue
            minute = self._minute_of(url.finished, now)
            if minute is not None and (removed is None or url.finished > removed):
                self._counts[minute] += 1

    def _minute_of(self, finished: float, now: float) -> int | None:
        """Return the minute in which to count a FinishTime; None if it is too long ago or in the future."""
        minute = _minute(min(finished, now))
        return minute if minute >= _minute(now) - self.MINUTES and finished <= now + _SKEW else None


def _minute(time: float) -> int:
    return int(time // _MINUTE)
