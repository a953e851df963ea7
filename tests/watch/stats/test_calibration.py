"""Calibration: 80 % of the ranges are right, on simulated accounts with various durations and progress."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from random import Random
from statistics import mean, median
from typing import NamedTuple

import pytest

from ucdn_tui.api.models import TaskKey, TaskRow
from ucdn_tui.watch.stats.duration_stats import DurationStats, RemainingRange
from ucdn_tui.watch.store import Cause, TaskStore
from watch.tasks import REFRESH, START, url_row

INTERVAL = 5.0
"""Seconds between two answers."""

PAST, WATCHED, SAMPLED = 300, 600, 450
"""Number of tasks before the start, of tasks after it, and of the last tasks that are sampled."""

ACTIVE = 8
"""Average number of active tasks."""

SAMPLING = 0.2
"""Probability that a task is sampled after an answer."""

Draw = Callable[[Random], float]
"""Returns how many seconds a task takes."""

Shape = Callable[[float], float]
"""Returns the progress after a share of a task's time, both from 0 to 1."""


def log_normal(random: Random) -> float:
    return random.lognormvariate(log(80), 0.7)


def weibull(random: Random) -> float:
    return random.weibullvariate(150, 1.4)


def fast_or_busy(random: Random) -> float:
    return random.lognormvariate(log(60), 0.3) if random.random() < 0.75 else random.uniform(300, 600)


def hidden(_random: Random) -> Shape:
    """No progress is shown before the end."""
    return lambda _part: 0.0


def steady(random: Random) -> Shape:
    """Nearly even progress, with noise."""
    bend = random.lognormvariate(0, 0.15)
    return lambda part: part**bend + random.gauss(0, 0.02)


def stalling(random: Random) -> Shape:
    """Progress stops at 70 per cent until the end."""
    moves = random.uniform(0.2, 0.7)
    return lambda part: 0.7 * min(1.0, part / moves)


DRAWS = [log_normal, weibull, fast_or_busy]
SHAPES = [hidden, steady, stalling]


@dataclass(frozen=True)
class Simulated:
    """A task with a given duration."""

    id: str
    created: float
    seconds: float
    shape: Shape

    @property
    def ends(self) -> float:
        return self.created + self.seconds

    def row(self, now: float) -> TaskRow:
        created = int(self.created)
        if now >= self.ends:
            return TaskRow(self.id, [url_row("success", 100, finish_time=int(self.ends))], "file", created, "success")
        done = int(100 * self.shape((now - self.created) / self.seconds))
        return TaskRow(self.id, [url_row("process", min(99, max(0, done)))], "file", created, "process")


class Sample(NamedTuple):
    """A range at one time, and the time that really remained."""

    percent: int
    remaining_range: RemainingRange | None
    remaining: float
    """Seconds."""


def tasks(draw: Draw, shape: Callable[[Random], Shape], random: Random) -> list[Simulated]:
    """Return all tasks of an account, oldest first. The shape changes only their progress."""
    gap = mean(draw(random) for _ in range(500)) / ACTIVE
    created = START - PAST * gap
    drawn = []
    for number in range(PAST + WATCHED):
        created += random.expovariate(1 / gap)
        drawn.append(Simulated(f"{number:05}", created, draw(random), shape(Random(random.random()))))
    return drawn


def poll(account: list[Simulated], random: Random) -> Iterator[Sample]:
    """Poll the account through the real store, and yield samples of its tasks."""
    store, stats, now = TaskStore(), DurationStats(), START
    coming = account[::-1]
    active: list[Simulated] = []
    cause = Cause.FIRST_LOAD
    while coming or active:
        while coming and coming[-1].created <= now:
            active.append(coming.pop())
        rows = [task.row(now) for task in reversed(active)]
        stats.learn(store.apply(REFRESH, rows, cause=cause, now=now), now)
        active = [task for task in active if task.ends > now]
        for task in active:
            if len(coming) < SAMPLED and random.random() < SAMPLING:
                known = store[TaskKey(REFRESH, task.id)]
                yield Sample(known.percent, stats.time_remaining(known, now), task.ends - now)
        cause = Cause.POLL
        now += INTERVAL


@cache
def samples_of(draw: Draw, shape: Callable[[Random], Shape]) -> list[Sample]:
    return list(poll(tasks(draw, shape, Random(1)), Random(2)))


def right(samples: list[Sample]) -> float:
    """Return the share of ranges that were right."""
    return mean(
        sample.remaining_range.low <= sample.remaining <= sample.remaining_range.high
        for sample in samples
        if sample.remaining_range
    )


def width(samples: list[Sample]) -> float:
    """Return the median width of a range in seconds."""
    return median(
        sample.remaining_range.high - sample.remaining_range.low for sample in samples if sample.remaining_range
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw", DRAWS)
def test_four_in_five_of_the_ranges_are_right(draw: Draw, shape: Callable[[Random], Shape]) -> None:
    assert right(samples_of(draw, shape)) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw", DRAWS)
def test_nearly_every_task_has_a_range(draw: Draw, shape: Callable[[Random], Shape]) -> None:
    samples = samples_of(draw, shape)
    assert len(samples) > 1000
    assert mean(sample.remaining_range is not None for sample in samples) > 0.95


@pytest.mark.parametrize("shape", [steady, stalling])
@pytest.mark.parametrize("tenths", [range(1), range(1, 4), range(4, 7), range(7, 10)])
def test_ranges_are_right_at_every_progress(tenths: range, shape: Callable[[Random], Shape]) -> None:
    samples = [sample for draw in DRAWS for sample in samples_of(draw, shape) if sample.percent // 10 in tenths]
    assert right(samples) == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize("draw", DRAWS)
def test_progress_halves_the_width_of_ranges(draw: Draw) -> None:
    assert width(samples_of(draw, steady)) < 0.5 * width(samples_of(draw, hidden))
