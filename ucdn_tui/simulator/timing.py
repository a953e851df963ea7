"""How long tasks queue and work, and how a task's work is spread over its URLs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from random import Random

from ucdn_tui.simulator.plan import Kind, Outcome, UrlPlan

_MAX_PREFETCH = 1800.0
"""Seconds. The vendor documents up to about 30 minutes for 100 MB."""


def draw_queue(rng: Random, kind: Kind) -> float:
    """Return the seconds that a task waits before work on it begins."""
    return rng.lognormvariate(log(4 if kind == "refresh" else 12), 0.8)


def draw_work(rng: Random, kind: Kind) -> float:
    """Return the seconds that the work takes: about a minute for a refresh (5 to 10 when busy), more for a prefetch."""
    if kind == "prefetch":
        return min(rng.lognormvariate(log(400), 0.8), _MAX_PREFETCH)
    if rng.random() < 0.12:
        return rng.uniform(300, 600)
    return rng.lognormvariate(log(55), 0.35)


def outcome_of(ends: Mapping[int, Outcome]) -> Outcome:
    """Return the task's final status as the API usually reports it: one failed URL makes the task a failure."""
    for outcome in ("process", "failure", "unknow"):
        if outcome in ends.values():
            return outcome
    return "success"


@dataclass(frozen=True, slots=True)
class UrlSchedule:
    """The URLs of a task, spread over its work.

    Only the seed is stored, and each iteration draws the same times again: ten thousand tasks of a hundred URLs fit
    into a few megabytes. The first URL starts when the queue ends; the last one ends with the work.
    """

    names: Sequence[str]
    seed: int
    queue: float
    work: float
    ends: Mapping[int, Outcome]
    """Final status of the URLs that do not succeed, by index."""

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[UrlPlan]:
        draw = Random(self.seed).random  # noqa: S311 - a simulation keeps no secret
        queue, work, ends, last = self.queue, self.work, self.ends, len(self.names) - 1
        for index, name in enumerate(self.names):
            start = 0.7 * index / (last + 1)
            end = 1.0 if index == last else start + (1 - start) * (0.2 + 0.8 * draw())
            outcome = ends.get(index, "success")
            final_progress = 100 if outcome == "success" else int(5 + 90 * draw())
            yield UrlPlan(name, queue + start * work, queue + end * work, outcome, final_progress)

    def failing(self) -> Iterator[str]:
        """Yield the URLs that end as a failure, without drawing the times of all."""
        return (self.names[index] for index, outcome in self.ends.items() if outcome == "failure")
