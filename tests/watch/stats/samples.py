"""Tasks and statistics for the tests of durations."""

from collections.abc import Iterable
from typing import Any

from support.data.summaries import NOW, summary
from ucdn_tui.api.models import Task
from ucdn_tui.watch.stats.duration_stats import DurationStats, RemainingRange
from ucdn_tui.watch.store import Cause, Changes


def past_task(name: object, seconds: float, ended: float = NOW, **fields: Any) -> Task:
    """Return a task that took this many seconds."""
    return summary(f"past {name}", **{"created": int(ended - seconds), "finished": int(ended), **fields})


def active(age: float = 0.0, percent: int = 0, name: str = "this one", **fields: Any) -> Task:
    """Return an active task of this age at `NOW`."""
    usual = {"status": "process", "processing": 1, "finished": None, "created": NOW - age, "percent": percent}
    return summary(name, **{**usual, **fields})


def stats_of(seconds: Iterable[float], **fields: Any) -> DurationStats:
    """Return the statistics after tasks that took this many seconds each."""
    stats = DurationStats()
    tasks = tuple(past_task(number, each, **fields) for number, each in enumerate(seconds))
    stats.learn(Changes(Cause.FIRST_LOAD, added=tasks), NOW)
    return stats


def learn(stats: DurationStats, *changed: tuple[Task, Task], now: float = NOW, **changes: Any) -> None:
    stats.learn(Changes(Cause.POLL, changed=changed, **changes), now)


def watch_task(
    stats: DurationStats, task: str, seconds: float, progress: Iterable[tuple[float, int]], **fields: Any
) -> Task:
    """Let the statistics see a task with these pairs of age and per cent, finished after `seconds`; return it."""
    created = NOW - 10_000
    old: Task | None = None
    for age, percent in progress:
        new = active(name=task, created=created, percent=percent, **fields)
        if old is None:
            learn(stats, added=(new,), now=created + age)
        else:
            learn(stats, (old, new), now=created + age)
        old = new
    assert old is not None
    if seconds == float("inf"):
        return old
    end = summary(task, created=created, finished=int(created + seconds), **fields)
    learn(stats, (old, end), now=created + seconds)
    return end


def remaining(task: Task, stats: DurationStats, age: float) -> RemainingRange | None:
    assert task.created is not None
    return stats.time_remaining(task, task.created + age)


ENDLESS = float("inf")
