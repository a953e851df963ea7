"""How long yet, and what is stuck: told from how long the account's other tasks took. Pure."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from functools import lru_cache
from heapq import heappush, heappushpop
from itertools import accumulate, pairwise
from math import inf
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.watch.store import Changes

_TAIL = 0.1
"""How much of what is plausible lies below a range, and above it: four ranges in five are to be right."""

_MIN_SURVIVORS = 9
"""With fewer, the tenth and the ninetieth per cent lie beyond the shortest and the longest of them."""

_MIN_TYPICAL = 5
_MIN_INTERVALS = 20

_MIN_FIRST_INTERVALS = 100
"""In the first decile they take the place of plain durations, of which there often are hundreds: fewer know less."""

_MAX_DURATIONS = 500
_MAX_INTERVALS = 200

_LONGEST = 7 * 86400.0
"""Seconds: what claims to have taken longer has wrong times."""

_YOUNGEST = 1.0
"""Seconds: CreateTime is a whole second, so under this an age is no measure of anything."""

_STEPS = ((120.0, 5.0), (600.0, 30.0), (7200.0, 60.0), (inf, 1800.0))
"""Seconds: up to which `high` a range is shown in which steps."""

_Group = tuple[TaskKind, str]
"""Kind and type: what tasks have in common that are compared."""


class Span(NamedTuple):
    """Seconds still to go, on the grid that is shown.

    Both ends are whole multiples of one step, the finest of 5 s (`high` up to 120 s), 30 s (10 min), 60 s (2 h) and
    1800 s. So a range reads in whole seconds up to 120 s, in minutes with at most one half up to 2 h, and then in hours
    with at most one half ("40–90 s", "1.5–3 min", "2.5–4 h"). `low` is 0 or more, and `high` at least a step above it.
    """

    low: float
    high: float


class TypicalDuration(Struct, frozen=True, gc=False):
    """How long finished tasks of a kind and type took. Seconds."""

    median: float
    ninetieth: float
    """What one more of them does not exceed with a probability of nine in ten."""

    count: int


class _DecileInterval(NamedTuple):
    """A task's stay in a decile of its per cent: times since its creation, as multiples of its age when it came there.

    All are taken to come to the first decile at the age of one second, so that there they are plain seconds.
    """

    total: float
    """When the task was over."""

    watched: float
    """When it was first looked at there: had it left before, we would not know of it."""

    left: float
    """When it was first seen to be further, or was over."""

    came: float
    """Seconds of age when it came. By so much longer a slow task is there to be looked at, so it counts for more."""


T = TypeVar("T", float, _DecileInterval)


class _Latest(Generic[T]):
    """The latest values, in order, one a task. They may come in any order: a window is loaded newest first."""

    def __init__(self, limit: int) -> None:
        self.values: list[T] = []
        self._limit = limit
        self._oldest: list[tuple[float, TaskKey, T]] = []
        self._keys: set[TaskKey] = set()

    def add(self, key: TaskKey, at: float, value: T) -> None:
        """Take a value of that moment, if its task has none here; the oldest one gives way."""
        if key in self._keys:
            return
        self._keys.add(key)
        insort(self.values, value)
        if len(self.values) <= self._limit:
            heappush(self._oldest, (at, key, value))
            return
        _at, dropped, old = heappushpop(self._oldest, (at, key, value))
        self._keys.remove(dropped)
        del self.values[bisect_left(self.values, old)]


class _Progress:
    """How far an active task has been seen to be. A per cent that falls again takes nothing back."""

    __slots__ = ("ages", "decile", "found")

    def __init__(self, decile: int, age: float) -> None:
        self.found = age
        """Seconds of age at the first look."""

        self.decile = decile
        """The highest so far, 0 to 10: where nothing is left to do, and yet it is not over."""

        self.ages = {0: _YOUNGEST} if decile == 0 else {}
        """Seconds of age at the first look in each decile; none for one in which it was found, as nobody saw it come.
        Only the first one is where every task begins."""

    def look(self, decile: int, age: float) -> None:
        if decile > self.decile:
            self.decile = decile
            self.ages[decile] = age

    def stays(self, total: float) -> list[tuple[int, _DecileInterval]]:
        """Return the task's stay in each decile, now that it was over after so many seconds."""
        ages = [*self.ages.items(), (11, total)]
        return [
            # By clocks that differ a little it may have been over before it was last looked at.
            (decile, _DecileInterval(total / age, 1.0 if decile else self.found, min(left, total) / age, age))
            for (decile, age), (_next, left) in pairwise(ages)
            if age >= _YOUNGEST
        ]


class DurationStats:
    """How long this account's tasks took, by kind and type; fed with what the store changed.

    A task's range comes from the past tasks that were still under way when they were as old: if it is one like them, it
    is as likely to end between any two of them. Once enough have been watched, only those count that were in the same
    decile of their per cent as long as it is by now, in proportion to their age when they came there.
    """

    def __init__(self) -> None:
        self._durations: dict[_Group, _Latest[float]] = {}
        self._intervals: dict[tuple[_Group, int], _Latest[_DecileInterval]] = {}
        self._progress: dict[TaskKey, _Progress] = {}

    def learn(self, changes: Changes, now: float) -> None:
        """Take over what one answer changed; `now` in the server's Unix seconds."""
        for task in changes.removed:
            self._progress.pop(task.key, None)
        for task in changes.added:
            self._see(task, now)
        for old, task in changes.changed:
            if old.phase is not Phase.SETTLED or task.phase is not Phase.SETTLED:
                self._see(task, now)

    def time_remaining(self, task: Task, now: float) -> Span | None:
        """Return in how many seconds it will be over: a range that is right four times in five.

        None where that is not known: it is not under way, has no age, or hardly any task took that long.
        """
        if task.phase is not Phase.ACTIVE or task.created is None or now < task.created:
            return None
        age = now - task.created
        by_progress = self._by_progress(task, age)
        if by_progress is not None:
            return _shown(age, *by_progress)
        durations = self._durations_of(task)
        survivors = durations[bisect_right(durations, age) :]
        return _shown(age, survivors, _even_shares(len(survivors)))

    def typical(self, task: Task) -> TypicalDuration | None:
        """Return how long finished tasks of its kind and type took; None under 5 of them."""
        durations = self._durations_of(task)
        if len(durations) < _MIN_TYPICAL:
            return None
        shares = _even_shares(len(durations))
        return TypicalDuration(_between(shares, durations, 0.5), _between(shares, durations, 0.9), len(durations))

    def _durations_of(self, task: Task) -> list[float]:
        latest = self._durations.get((task.kind, task.type))
        return latest.values if latest else []

    def _by_progress(self, task: Task, age: float) -> tuple[list[float], list[float]] | None:
        """Return how long it may take in all, in order, and each one's share; None where progress tells nothing."""
        course = self._progress.get(task.key)
        if course is None or (came := course.ages.get(course.decile, 0.0)) < _YOUNGEST:
            return None
        latest = self._intervals.get(((task.kind, task.type), course.decile))
        if latest is None or len(latest.values) < (_MIN_INTERVALS if course.decile else _MIN_FIRST_INTERVALS):
            return None
        # Lasting as long is not enough: a task that was further by then is none like it.
        now = age / came
        alike = [(total, weight) for total, watched, left, weight in latest.values if watched <= now < left]
        return [came * total for total, _weight in alike], _shares([weight for _total, weight in alike])

    def _see(self, task: Task, now: float) -> None:
        if task.phase is Phase.ACTIVE:
            if task.created is not None:
                decile, age = task.percent // 10, now - task.created
                self._progress.setdefault(task.key, _Progress(decile, age)).look(decile, age)
            return
        course = self._progress.pop(task.key, None)
        if task.phase is Phase.SETTLED and task.created is not None and task.finished is not None:
            total = float(task.finished - task.created)
            if 0 <= total <= _LONGEST:
                self._note(task, min(task.finished, now), total, course)

    def _note(self, task: Task, ended: float, total: float, course: _Progress | None) -> None:
        sort = task.kind, task.type
        self._durations.setdefault(sort, _Latest(_MAX_DURATIONS)).add(task.key, ended, total)
        for decile, stay in course.stays(total) if course else ():
            limit = _MAX_INTERVALS if decile else _MAX_DURATIONS
            self._intervals.setdefault((sort, decile), _Latest(limit)).add(task.key, ended, stay)


def _shown(age: float, totals: Sequence[float], shares: Sequence[float]) -> Span | None:
    """Return the range that most of these are in, in the finest steps that it may be shown in; None for too few.

    Rounding must not make it right more often than it says. `low` is rounded down, as it is mostly near 0 anyway, and
    `high` gives back what this brings in: it is that one of the two next steps which is most nearly right.
    """
    if len(totals) < _MIN_SURVIVORS or shares[-1] < 1 - _TAIL:
        return None
    totals, shares = [age, *totals], [0.0, *shares]
    span = None
    for limit, step in _STEPS:
        low = int((_between(shares, totals, _TAIL) - age) / step) * step
        # A range has its ends in it: what takes just as long as `low` is not under it, but what does as `high`, is.
        meant = _between(totals, shares, age + low, bisect_left) + 1 - 2 * _TAIL
        under = int((_between(shares, totals, meant) - age) / step) * step
        highs = (max(under, low + step), max(under, low) + step)
        errors = [abs(_between(totals, shares, age + high) - meant) for high in highs]
        span = Span(low, highs[errors[1] < errors[0]])
        if span.high <= limit:
            break
    return span


@lru_cache(maxsize=16)
def _even_shares(count: int) -> tuple[float, ...]:
    """Return the probability that one more of so many is under the first, the second, … of them."""
    return tuple(number / (count + 1) for number in range(1, count + 1))


def _shares(weights: Sequence[float]) -> list[float]:
    """Return the same for some that count for more than others."""
    mean = sum(weights) / (len(weights) or 1)
    whole = mean * (len(weights) + 1)
    return [(upto + (mean - weight) / 2) / whole for upto, weight in zip(accumulate(weights), weights, strict=True)]


def _between(
    points: Sequence[float],
    values: Sequence[float],
    point: float,
    find: Callable[[Sequence[float], float], int] = bisect_right,
) -> float:
    """Return the value at a point, on straight lines between those given; beyond their ends it stays as it is there.

    Of the values at equal points `find` decides: `bisect_left` for the first one, `bisect_right` for the last.
    """
    after = find(points, point)
    if after == 0 or after == len(points):
        return values[after and -1]
    share = (point - points[after - 1]) / (points[after] - points[after - 1])
    return values[after - 1] + share * (values[after] - values[after - 1])
