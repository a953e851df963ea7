"""Forecast: when what is under way will be over, by how fast it gets on. Pure; moments are on the clock's `elapsed`."""

from math import inf

from ucdn_tui.api.models import Phase, Task, TaskKey
from ucdn_tui.watch.poll.backoff import MIN_GAP
from ucdn_tui.watch.store import Changes

_FEWEST_STEPS = 3
"""Per cent that a task must have made while it was watched, before its pace means anything."""

_MARGIN = 0.15
"""Seconds by which a task is asked for after its expected end: asked too early, it has to be asked for again."""

_SHARE = 0.25
"""Gap between two tries, as a share of the time that a per cent takes: by so much the expected end may be wrong."""

_TRIES = 12
"""Looks at a task because of its forecast; one that is at 99 per cent for ever must not be asked for for ever."""


class Forecast:
    """Knows, for each active task, when it is expected to be over: when its slowest URL is.

    Where URLs still wait, or no progress is seen, nothing is expected: then only the regular looks tell.
    """

    def __init__(self) -> None:
        self._courses: dict[TaskKey, _Course] = {}

    def learn(self, changes: Changes, now: float) -> None:
        """Take over what one answer changed."""
        for task in changes.removed:
            self._courses.pop(task.key, None)
        for task in changes.added:
            self._see(task, now)
        for _old, task in changes.changed:
            self._see(task, now)

    def next(self) -> float:
        """Return when the first one is due; inf where none is expected."""
        return min((course.due for course in self._courses.values()), default=inf)

    def take_due(self, until: float) -> list[TaskKey]:
        """Return the tasks that are due by then. They are due again a little later, as long as they are not over."""
        due = [key for key, course in self._courses.items() if course.due <= until]
        for key in due:
            self._courses[key].tried(until)
        return due

    def _see(self, task: Task, now: float) -> None:
        if task.phase is not Phase.ACTIVE:
            self._courses.pop(task.key, None)
        elif course := self._courses.get(task.key):
            course.see(task.slowest, now)
        else:
            self._courses[task.key] = _Course(task.slowest, now)


class _Course:
    """How a task's slowest URL gets on."""

    __slots__ = ("_first", "_first_at", "_gap", "_last", "_tries", "due")

    def __init__(self, percent: int, now: float) -> None:
        self.due = inf
        self._tries = 0
        self._gap = MIN_GAP
        self._begin(percent, now)

    def _begin(self, percent: int, now: float) -> None:
        self._first = self._last = percent
        self._first_at = now

    def see(self, percent: int, now: float) -> None:
        if percent < self._last or self._last == 0:
            # Another URL is the slowest now, or this one only begins: when, between two looks, nobody has seen.
            self._begin(percent, now)
            self.due = inf
        elif percent > self._last:
            self._last = percent
            self._expect(now)

    def tried(self, now: float) -> None:
        self._tries += 1
        self.due = inf if self._tries >= _TRIES else now + self._gap

    def _expect(self, now: float) -> None:
        made = self._last - self._first
        if made < _FEWEST_STEPS or self._tries >= _TRIES:
            return
        seconds = (now - self._first_at) / made  # that a per cent takes; what is rounded down both times cancels out
        self._gap = max(MIN_GAP, _SHARE * seconds)
        self.due = now + (99.5 - self._last) * seconds + _MARGIN
