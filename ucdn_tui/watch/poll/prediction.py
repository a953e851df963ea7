"""CompletionPredictor: predicts when each active task finishes. Pure; times in seconds, on the clock's `elapsed`."""

from math import inf

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.watch.poll.backoff import MIN_DELAY
from ucdn_tui.watch.store import Changes

_MIN_PROGRESS = 3
"""Per cent that a task must gain while it is watched before its speed is used."""

_MARGIN = 0.15
"""Seconds from the predicted end to the early check: a check that comes too early has to be repeated."""

_RETRY_SHARE = 0.25
"""Delay between two early checks of a task, as a share of the time it takes for one per cent."""

_MAX_CHECKS = 12
"""Maximum early checks per task: a task that stays at 99 per cent must not be checked for ever."""


class CompletionPredictor:
    """Predicts the end of each active task from the progress of its slowest URL.

    Without a prediction (a URL is queued, or no progress was seen) only the regular polls ask for the task.
    """

    def __init__(self) -> None:
        self._progress: dict[TaskKey, _Progress] = {}

    def learn(self, changes: Changes, now: float) -> None:
        """Learn from the changes of one answer."""
        for task in changes.removed:
            self._progress.pop(task.key, None)
        for task in changes.added:
            self._update(task, now)
        for _old, task in changes.changed:
            self._update(task, now)

    def next_due(self) -> float:
        """Return when the next early check is due; inf for none."""
        return min((progress.due for progress in self._progress.values()), default=inf)

    def take_due(self, until: float) -> list[TaskKey]:
        """Return the tasks whose early check is due by then, and schedule the next check of each."""
        due = [key for key, progress in self._progress.items() if progress.due <= until]
        for key in due:
            self._progress[key].checked(until)
        return due

    def _update(self, task: Task, now: float) -> None:
        if task.phase is not Phase.ACTIVE:
            self._progress.pop(task.key, None)
        elif progress := self._progress.get(task.key):
            progress.update(task.slowest, now)
        else:
            self._progress[task.key] = _Progress(task.slowest, now)


class _Progress:
    """The progress of a task's slowest URL."""

    __slots__ = ("_checks", "_first", "_first_at", "_last", "_retry_delay", "due")

    def __init__(self, percent: int, now: float) -> None:
        self.due = inf
        self._checks = 0
        self._retry_delay = MIN_DELAY
        self._restart(percent, now)

    def _restart(self, percent: int, now: float) -> None:
        self._first = self._last = percent
        self._first_at = now

    def update(self, percent: int, now: float) -> None:
        if percent < self._last or self._last == 0:
            # Another URL is the slowest now, or this URL began at an unknown time between two polls.
            self._restart(percent, now)
            self.due = inf
        elif percent > self._last:
            self._last = percent
            self._predict(now)

    def checked(self, now: float) -> None:
        self._checks += 1
        self.due = inf if self._checks >= _MAX_CHECKS else now + self._retry_delay

    def _predict(self, now: float) -> None:
        gained = self._last - self._first
        if gained < _MIN_PROGRESS or self._checks >= _MAX_CHECKS:
            return
        seconds_per_percent = (now - self._first_at) / gained  # both ends are rounded down, which cancels out
        self._retry_delay = max(MIN_DELAY, _RETRY_SHARE * seconds_per_percent)
        self.due = now + (99.5 - self._last) * seconds_per_percent + _MARGIN
