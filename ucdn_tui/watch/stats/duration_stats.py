"""DurationStats: estimates the time remaining of a task from the durations of the account's past tasks. Pure."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from functools import lru_cache
from heapq import heappush, heappushpop
from itertools import accumulate, pairwise
from math import ceil, inf
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.watch.stats.stuck import stuck_for
from ucdn_tui.watch.store import Changes

_TAIL = 0.1
"""Probability below a range, and above it: four ranges in five should be right."""

_MIN_SURVIVORS = 9
"""With fewer values, the 10th and the 90th percentile lie outside the shortest and the longest of them."""

_MIN_TYPICAL = 5
"""Finished tasks needed for a typical duration."""

_MIN_INTERVALS = 20
"""Past tasks needed to estimate from one decile of progress."""

_MIN_FIRST_INTERVALS = 100
"""The same in the first decile, where the alternative is often hundreds of plain durations: fewer would be worse."""

_MAX_DURATIONS, _MAX_INTERVALS = 500, 200

_MAX_DURATION = 7 * 86400.0
"""Seconds: a longer duration means wrong times, and is ignored."""

_MIN_PERCENT = 10
"""Progress in per cent from which a task's own rate is used; with less, one slow URL would decide."""

_RATE_FACTOR = 2.0
"""A task's own rate may change by this factor, in either direction."""

_MIN_AGE = 1.0
"""Seconds: CreateTime is a whole second, so a smaller age is meaningless."""

_STEPS = ((120.0, 5.0), (600.0, 30.0), (7200.0, 60.0), (inf, 1800.0))
"""Pairs of seconds: up to this `high`, a range is rounded to these steps."""

_Group = tuple[TaskKind, str]
"""Kind and type: only tasks with the same kind and type are compared."""


class RemainingRange(NamedTuple):
    """The range of seconds in which a task will probably finish, rounded for display.

    Both ends are multiples of one step, the finest of 5 s (`high` up to 120 s), 30 s (10 min), 60 s (2 h) and 1800 s.
    So a range reads in whole seconds up to 120 s, in half minutes up to 2 h, and then in half hours ("40–90 s",
    "1.5–3 min", "2.5–4 h"). `low` is 0 or more, and `high` at least one step above it.
    """

    low: float
    high: float


class TypicalDuration(Struct, frozen=True, gc=False):
    """How long finished tasks of a kind and type took, in seconds."""

    median: float
    ninetieth: float
    """The 90th percentile: nine in ten tasks take at most this long."""

    count: int
    """Number of finished tasks."""


class _DecileInterval(NamedTuple):
    """The time a past task spent in one decile of its progress.

    `total`, `watched` and `left` are ages, divided by the age at which the task entered the decile. Every task enters
    the first decile at the age of one second, so there they are plain seconds.
    """

    total: float
    """When the task finished."""

    watched: float
    """When the task was first polled in this decile; a task that left before that would not have been seen here."""

    left: float
    """When the task was first seen beyond this decile, or finished."""

    entered: float
    """Seconds of age when it entered. It is also the weight: a slow task stays in the decile for longer, so a task that
    is found there is more likely to be a slow one."""


T = TypeVar("T", float, _DecileInterval)


class _Latest(Generic[T]):
    """The values of the latest `limit` tasks, sorted. They may be added in any order: a window loads newest first."""

    def __init__(self, limit: int) -> None:
        self.values: list[T] = []
        self._limit = limit
        self._by_time: list[tuple[float, TaskKey, T]] = []
        self._keys: set[TaskKey] = set()

    def add(self, key: TaskKey, at: float, value: T) -> None:
        """Add a task's value of that time, unless the task has one; drop the oldest value beyond the limit."""
        if key in self._keys:
            return
        self._keys.add(key)
        insort(self.values, value)
        if len(self.values) <= self._limit:
            heappush(self._by_time, (at, key, value))
            return
        _at, dropped, old = heappushpop(self._by_time, (at, key, value))
        self._keys.remove(dropped)
        del self.values[bisect_left(self.values, old)]


class _Progress:
    """The progress of an active task while it was watched. A per cent that decreases is ignored."""

    __slots__ = ("ages", "decile", "first_age")

    def __init__(self, decile: int, age: float) -> None:
        self.first_age = age
        """Seconds of age when the task was first seen."""

        self.decile = decile
        """The highest decile so far, 0 to 10; in decile 10 all URLs are at 100 per cent, but the task is active."""

        self.ages = {0: _MIN_AGE} if decile == 0 else {}
        """Seconds of age at which the task was first seen in each decile. The decile in which it was first seen is
        missing, as it was entered before that, except decile 0, which each task enters at once."""

    def update(self, decile: int, age: float) -> None:
        if decile > self.decile:
            self.decile = decile
            self.ages[decile] = age

    def intervals(self, total: float) -> list[tuple[int, _DecileInterval]]:
        """Return each decile with the task's interval, once it has finished after `total` seconds."""
        ages = [*self.ages.items(), (11, total)]
        return [
            # Clocks differ a little: a task may have finished before it was last seen active.
            (decile, _DecileInterval(total / age, 1.0 if decile else self.first_age, min(left, total) / age, age))
            for (decile, age), (_next, left) in pairwise(ages)
            if age >= _MIN_AGE
        ]


class DurationStats:
    """How long the account's tasks took, by kind and type, learnt from the store's changes.

    A task is compared with the past tasks that were still active at its age: it is equally likely to finish in each gap
    between their durations. Once enough tasks have been watched, it is compared only with those that were in the same
    decile of progress for as long as it has been, relative to the age at which they entered the decile.
    """

    def __init__(self) -> None:
        self._durations: dict[_Group, _Latest[float]] = {}
        self._intervals: dict[tuple[_Group, int], _Latest[_DecileInterval]] = {}
        self._progress: dict[TaskKey, _Progress] = {}

    def learn(self, changes: Changes, now: float) -> None:
        """Learn from the changes of one answer. `now` is the server's time in Unix seconds."""
        for task in changes.removed:
            self._progress.pop(task.key, None)
        for task in changes.added:
            self._update(task, now)
        for old, task in changes.changed:
            if old.phase is not Phase.SETTLED or task.phase is not Phase.SETTLED:
                self._update(task, now)

    def time_remaining(self, task: Task, now: float) -> RemainingRange | None:
        """Return the range of seconds in which the task finishes with a probability of 80 %.

        Where too few tasks took as long as this one already has, the range comes from the task's own rate, and its
        probability is unknown. None if it has less than 10 per cent then or is stuck; and always if the task is not
        active or has no valid CreateTime.
        """
        if task.phase is not Phase.ACTIVE or task.created is None or now < task.created:
            return None
        age = now - task.created
        if (by_progress := self._by_progress(task, age)) is not None:
            return _rounded(age, *by_progress)
        durations = self._durations_of(task)
        survivors = durations[bisect_right(durations, age) :]
        return _rounded(age, survivors, _even_shares(len(survivors))) or _by_own_rate(task, now)

    def typical(self, task: Task) -> TypicalDuration | None:
        """Return how long finished tasks of its kind and type took; None if there are fewer than 5."""
        durations = self._durations_of(task)
        if len(durations) < _MIN_TYPICAL:
            return None
        shares = _even_shares(len(durations))
        return TypicalDuration(_between(shares, durations, 0.5), _between(shares, durations, 0.9), len(durations))

    def _durations_of(self, task: Task) -> list[float]:
        latest = self._durations.get((task.kind, task.type))
        return latest.values if latest else []

    def _by_progress(self, task: Task, age: float) -> tuple[list[float], list[float]] | None:
        """Return the possible total durations, sorted, and the share of each; None if progress is no help."""
        progress = self._progress.get(task.key)
        if progress is None or (entered := progress.ages.get(progress.decile, 0.0)) < _MIN_AGE:
            return None
        latest = self._intervals.get(((task.kind, task.type), progress.decile))
        if latest is None or len(latest.values) < (_MIN_INTERVALS if progress.decile else _MIN_FIRST_INTERVALS):
            return None
        # Only tasks that were still in this decile by then are comparable, not all that were still active.
        now = age / entered
        similar = [(total, weight) for total, watched, left, weight in latest.values if watched <= now < left]
        return [entered * total for total, _weight in similar], _shares([weight for _total, weight in similar])

    def _update(self, task: Task, now: float) -> None:
        if task.phase is Phase.ACTIVE:
            if task.created is not None:
                decile, age = task.percent // 10, now - task.created
                self._progress.setdefault(task.key, _Progress(decile, age)).update(decile, age)
            return
        progress = self._progress.pop(task.key, None)
        if task.phase is Phase.SETTLED and task.created is not None and task.finished is not None:
            total = float(task.finished - task.created)
            if 0 <= total <= _MAX_DURATION:
                self._record(task, min(task.finished, now), total, progress)

    def _record(self, task: Task, ended: float, total: float, progress: _Progress | None) -> None:
        group = task.kind, task.type
        self._durations.setdefault(group, _Latest(_MAX_DURATIONS)).add(task.key, ended, total)
        for decile, interval in progress.intervals(total) if progress else ():
            limit = _MAX_INTERVALS if decile else _MAX_DURATIONS
            self._intervals.setdefault((group, decile), _Latest(limit)).add(task.key, ended, interval)


def _by_own_rate(task: Task, now: float) -> RemainingRange | None:
    """Return the seconds that the rest takes at half and at twice the rate so far, rounded outwards."""
    if task.created is None or not _MIN_PERCENT <= task.percent < 100:
        return None
    if task.is_unlisted or stuck_for(task, now) is not None:
        return None
    rest = (now - task.created) * (100 - task.percent) / task.percent
    step = next(step for limit, step in _STEPS if rest * _RATE_FACTOR <= limit)
    return RemainingRange(int(rest / _RATE_FACTOR / step) * step, max(ceil(rest * _RATE_FACTOR / step), 1) * step)


def _rounded(age: float, totals: Sequence[float], shares: Sequence[float]) -> RemainingRange | None:
    """Return the middle 80 % of these durations minus `age`, rounded to the finest step allowed; None for too few.

    Rounding must not change the probability of 80 %. `low` is rounded down; `high` is rounded to the step, down or up,
    that brings the probability of the whole range closest to 80 %.
    """
    if len(totals) < _MIN_SURVIVORS or shares[-1] < 1 - _TAIL:
        return None
    totals, shares = [age, *totals], [0.0, *shares]
    remaining = None
    for limit, step in _STEPS:
        low = int((_between(shares, totals, _TAIL) - age) / step) * step
        # Both ends belong to the range: durations equal to `low` are not below it, those equal to `high` not above it.
        target = _between(totals, shares, age + low, bisect_left) + 1 - 2 * _TAIL
        down = int((_between(shares, totals, target) - age) / step) * step
        highs = (max(down, low + step), max(down, low) + step)
        errors = [abs(_between(totals, shares, age + high) - target) for high in highs]
        remaining = RemainingRange(low, highs[errors[1] < errors[0]])
        if remaining.high <= limit:
            break
    return remaining


@lru_cache(maxsize=16)
def _even_shares(count: int) -> tuple[float, ...]:
    """Return i / (count + 1) for i in 1..count: the expected CDF at each order statistic."""
    return tuple(number / (count + 1) for number in range(1, count + 1))


def _shares(weights: Sequence[float]) -> list[float]:
    """Return the same for weighted values; equal weights give the same result as `_even_shares`."""
    mean = sum(weights) / (len(weights) or 1)
    whole = mean * (len(weights) + 1)
    return [(total + (mean - weight) / 2) / whole for total, weight in zip(accumulate(weights), weights, strict=True)]


def _between(
    points: Sequence[float],
    values: Sequence[float],
    point: float,
    find: Callable[[Sequence[float], float], int] = bisect_right,
) -> float:
    """Return the value at a point by linear interpolation, constant beyond the first and the last point.

    Among values at equal points, `find` chooses: `bisect_left` the first value, `bisect_right` the last.
    """
    after = find(points, point)
    if after == 0 or after == len(points):
        return values[after and -1]
    share = (point - points[after - 1]) / (points[after] - points[after - 1])
    return values[after - 1] + share * (values[after] - values[after - 1])
