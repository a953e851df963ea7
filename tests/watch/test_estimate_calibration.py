"""Of the ranges that are shown, four in five are right: measured on accounts that take their time in ways of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from random import Random
from statistics import mean
from typing import NamedTuple

from ucdn_tui.api.models import TaskKey, TaskRow
from ucdn_tui.watch.estimate import History, Span
from ucdn_tui.watch.store import Cause, TaskStore
from watch.watching import REFRESH, START, url_row

INTERVAL = 5.0
"""Seconds between two looks."""

PAST, WATCHED = 400, 1200
"""How many tasks were over at the start, and how many came after it."""

AT_ONCE = 8
"""How many tasks are under way at any moment, more or less."""

Draw = Callable[[Random], float]
"""How many seconds a task takes."""

Shape = Callable[[float], float]
"""How much of a task is shown as done after a part of its time: both from 0 to 1."""


def log_normal(random: Random) -> float:
    return random.lognormvariate(log(90), 0.7)


def weibull(random: Random) -> float:
    return random.weibullvariate(400, 1.4)


def fast_or_busy(random: Random) -> float:
    return random.lognormvariate(log(60), 0.3) if random.random() < 0.75 else random.uniform(300, 600)


def hidden(_random: Random) -> Shape:
    """Nothing is shown before the end."""
    return lambda _part: 0.0


def steady(random: Random) -> Shape:
    """Faster first or faster last, and never quite what it should be."""
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
            url = url_row("success", 100, finish_time=int(self.ends))
            return TaskRow(self.id, [url], "file", created, "success")
        done = self.shape((now - self.created) / self.seconds)
        url = url_row("process", min(99, max(0, int(100 * done))))
        return TaskRow(self.id, [url], "file", created, "process")


class Looked(NamedTuple):
    """What was shown of a task at one moment, and what came of it. Seconds."""

    percent: int
    age: float
    span: Span | None
    remaining: float

    @property
    def right(self) -> bool:
        return self.span is not None and self.span.low <= self.remaining <= self.span.high


def tasks(draw: Draw, shape: Callable[[Random], Shape], random: Random) -> list[Simulated]:
    """Return one task after the other: as many before the start as after it."""
    gap = mean(draw(Random(seed)) for seed in range(500)) / AT_ONCE
    created = START - PAST * gap
    drawn = []
    for number in range(PAST + WATCHED):
        created += random.expovariate(1 / gap)
        drawn.append(Simulated(f"{number:05}", created, draw(random), shape(Random(random.random()))))
    return drawn


def watch(account: list[Simulated], random: Random) -> Iterator[Looked]:
    """Watch an account as the poller does, through the real store; look at its tasks now and then."""
    store, history, now = TaskStore(), History(), START
    coming = sorted(account, key=lambda task: task.created, reverse=True)
    active: list[Simulated] = []
    cause = Cause.FIRST_LOAD
    while coming or active:
        while coming and coming[-1].created <= now:
            active.append(coming.pop())
        rows = [task.row(now) for task in reversed(active)]
        history.learn(store.apply(REFRESH, rows, cause=cause, now=now), now)
        active = [task for task in active if task.ends > now]
        if len(coming) < WATCHED * 0.75:
            for task in active:
                if random.random() < 0.1:
                    known = store[TaskKey(REFRESH, task.id)]
                    span = history.remaining(known, now)
                    yield Looked(known.percent, now - task.created, span, task.ends - now)
        cause = Cause.TICK
        now += INTERVAL


@cache
def looked(draw: Draw, shape: Callable[[Random], Shape], seed: int = 1) -> list[Looked]:
    random = Random(seed)
    return list(watch(tasks(draw, shape, random), random))
