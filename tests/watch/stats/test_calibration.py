"""Four in five of the ranges that are shown are right: measured on accounts that take their time in various ways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from random import Random
from statistics import mean, median
from typing import NamedTuple

import pytest

from ucdn_tui.api.models import TaskKey, TaskRow
from ucdn_tui.watch.stats.durations import DurationStats, RemainingRange
from ucdn_tui.watch.store import Cause, TaskStore
from watch.tasks import REFRESH, START, url_row

INTERVAL = 5.0
"""Seconds between two answers."""

PAST, WATCHED, LOOKED_AT = 300, 600, 450
"""How many tasks came before the start, how many after it, and at how many of these, the last ones, somebody looks."""

AT_ONCE = 8
"""How many tasks are under way at any moment, more or less."""

LOOKS = 0.2
"""How likely somebody looks at a task after an answer."""

Draw = Callable[[Random], float]
"""How many seconds a task takes."""

Shape = Callable[[float], float]
"""How much of a task is shown as done after a part of its time: both from 0 to 1."""


def log_normal(random: Random) -> float:
    return random.lognormvariate(log(80), 0.7)


def weibull(random: Random) -> float:
    return random.weibullvariate(150, 1.4)


def fast_or_busy(random: Random) -> float:
    return random.lognormvariate(log(60), 0.3) if random.random() < 0.75 else random.uniform(300, 600)


def hidden(_random: Random) -> Shape:
    """Nothing is shown before the end."""
    return lambda _part: 0.0


def steady(random: Random) -> Shape:
    """All the time it goes on: a little faster at first, or at last, and never quite as shown."""
    bend = random.lognormvariate(0, 0.15)
    return lambda part: part**bend + random.gauss(0, 0.02)


def stalling(random: Random) -> Shape:
    """It comes to 70 per cent, and stays there for nobody knows how long."""
    moves = random.uniform(0.2, 0.7)
    return lambda part: 0.7 * min(1.0, part / moves)


DRAWS = [log_normal, weibull, fast_or_busy]
SHAPES = [hidden, steady, stalling]


@dataclass(frozen=True)
class Simulated:
    """A task whose end is known beforehand."""

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


class Looked(NamedTuple):
    """What was shown of a task at one moment, and what came of it."""

    percent: int
    span: RemainingRange | None
    remaining: float
    """Seconds."""


def tasks(draw: Draw, shape: Callable[[Random], Shape], random: Random) -> list[Simulated]:
    """Return all tasks of an account, the oldest first. The shape changes nothing but what is seen of them."""
    gap = mean(draw(random) for _ in range(500)) / AT_ONCE
    created = START - PAST * gap
    drawn = []
    for number in range(PAST + WATCHED):
        created += random.expovariate(1 / gap)
        drawn.append(Simulated(f"{number:05}", created, draw(random), shape(Random(random.random()))))
    return drawn


def watch(account: list[Simulated], random: Random) -> Iterator[Looked]:
    """PollerHarness an account as the poller does, through the real store, and look at its tasks now and then."""
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
            if len(coming) < LOOKED_AT and random.random() < LOOKS:
                known = store[TaskKey(REFRESH, task.id)]
                yield Looked(known.percent, stats.time_remaining(known, now), task.ends - now)
        cause = Cause.POLL
        now += INTERVAL


@cache
def looked(draw: Draw, shape: Callable[[Random], Shape]) -> list[Looked]:
    return list(watch(tasks(draw, shape, Random(1)), Random(2)))


def right(looks: list[Looked]) -> float:
    """Return which part of the ranges that were shown came true."""
    return mean(look.span.low <= look.remaining <= look.span.high for look in looks if look.span)


def width(looks: list[Looked]) -> float:
    """Return how many seconds a range usually spans."""
    return median(look.span.high - look.span.low for look in looks if look.span)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw", DRAWS)
def test_four_in_five_of_the_ranges_are_right(draw: Draw, shape: Callable[[Random], Shape]) -> None:
    assert right(looked(draw, shape)) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw", DRAWS)
def test_nearly_every_task_has_a_range(draw: Draw, shape: Callable[[Random], Shape]) -> None:
    looks = looked(draw, shape)
    assert len(looks) > 1000
    assert mean(look.span is not None for look in looks) > 0.95


@pytest.mark.parametrize("shape", [steady, stalling])
@pytest.mark.parametrize("tenths", [range(1), range(1, 4), range(4, 7), range(7, 10)])
def test_ranges_are_right_at_every_progress(tenths: range, shape: Callable[[Random], Shape]) -> None:
    looks = [look for draw in DRAWS for look in looked(draw, shape) if look.percent // 10 in tenths]
    assert right(looks) == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize("draw", DRAWS)
def test_progress_halves_the_width_of_ranges(draw: Draw) -> None:
    assert width(looked(draw, steady)) < 0.5 * width(looked(draw, hidden))
