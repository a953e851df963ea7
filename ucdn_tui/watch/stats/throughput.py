"""Throughput: how many URLs were done in each of the last minutes."""

from collections import Counter
from collections.abc import Callable, Iterable

from ucdn_tui.api.models import Status, Task, TaskKey, UrlProgress
from ucdn_tui.watch.store import Changes

_MINUTE = 60

_SKEW = 60.0
"""Seconds that a FinishTime may lie ahead of the server's clock; beyond that it is nonsense."""


class Throughput:
    """Counts the URLs that end, well or badly, by the minute. Times in the server's Unix seconds.

    Each minute is one of the clock's, from :00 to :59.
    """

    MINUTES = 15

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._left: dict[TaskKey, float] = {}

    def learn(self, changes: Changes, urls: Callable[[TaskKey], Iterable[UrlProgress]], now: float) -> None:
        """Count what an answer shows to be done; to be called for each one.

        `urls` gives a task's URLs; it is asked only for tasks that are new and ended something lately.
        """
        minute = _minute(now)
        self._forget(minute)
        for old, new in changes.changed:
            self._counts[minute] += max(0, new.done - old.done)
        for task in changes.added:
            if self._is_recent(task, now):
                self._count(urls(task.key), self._left.get(task.key), now)
        self._left.update((task.key, now) for task in changes.removed if self._is_recent(task, now))

    def per_minute(self, now: float) -> list[int]:
        """Return 15 counts, the oldest first; the last one is that of the minute that runs."""
        minute = _minute(now)
        return [self._counts[each] for each in range(minute - self.MINUTES + 1, minute + 1)]

    def _forget(self, minute: int) -> None:
        # The minute after this one is real where the clock has just been set back a little.
        for each in [each for each in self._counts if not minute - self.MINUTES <= each <= minute + 1]:
            del self._counts[each]
        for key in [key for key, left in self._left.items() if abs(_minute(left) - minute) > self.MINUTES]:
            del self._left[key]

    def _is_recent(self, task: Task, now: float) -> bool:
        return task.finished is not None and self._counts_at(task.finished, now) is not None

    def _count(self, urls: Iterable[UrlProgress], left: float | None, now: float) -> None:
        """Count URLs at their FinishTimes. Those done before their task `left` for a while were counted then."""
        for url in urls:
            if url.status not in (Status.SUCCESS, Status.FAILURE) or url.finished is None:
                continue
            minute = self._counts_at(url.finished, now)
            if minute is not None and (left is None or url.finished > left):
                self._counts[minute] += 1

    def _counts_at(self, finished: float, now: float) -> int | None:
        """Return the minute to count a FinishTime in, None where it is too long ago or in the future."""
        minute = _minute(min(finished, now))
        return minute if minute >= _minute(now) - self.MINUTES and finished <= now + _SKEW else None


def _minute(time: float) -> int:
    return int(time // _MINUTE)
