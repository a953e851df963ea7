"""(h) Delay until the end of a task is shown, compared with polling at a fixed rate with the same number of calls.

Twenty tasks are active at any time, ten of each kind: when one ends, the next begins. Durations are drawn from
log-normal distributions (medians of one and five minutes). The program's own poller and client watch an account on a
simulated clock, so that answers take no time on either side. The fixed poller lists both kinds in each round, with two
calls, and shows the end of a task in the next round; that needs no simulation.

In the first figures URLs report progress, as documented. In the others they report none until they end, so that their
completion cannot be predicted.
"""

import asyncio
import statistics
from collections.abc import Iterable
from math import log
from random import Random
from typing import Any

from benchmarks.harness import Benchmark, Figure, Pair
from support.clock import FakeClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind
from ucdn_tui.watch.poll.poller import PollUpdate
from watch.harness import running_poller
from watch.transport import Request

_SLOTS: tuple[tuple[Kind, float, float], ...] = (("refresh", 60.0, 0.5), ("prefetch", 300.0, 0.7))
"""Kind, median of a task's seconds, and the sigma of their logarithm."""

_SLOTS_OF_A_KIND = 10
_URLS = 5
_WARM_UP = 300.0


def _fill(account: Account, seconds: float, random: Random) -> dict[str, float]:
    """Add all tasks of the run; return the end of each one in Unix seconds."""
    ends: dict[str, float] = {}
    for kind, median, sigma in _SLOTS:
        for slot in range(_SLOTS_OF_A_KIND):
            created = account.now() - random.uniform(0, median)
            while created < account.now() + seconds:
                took = random.lognormvariate(log(median), sigma)
                task_id = f"{kind}-{slot}-{len(ends)}"
                urls = [f"https://cdn.example.com/{task_id}/{n}.jpg" for n in range(_URLS)]
                account.add(kind, urls, task_id=task_id, created=created, queue=0.05 * took, work=0.95 * took)
                created += took
                ends[task_id] = created
    return ends


def _without_progress(_request: Request, tasks: list[Any]) -> list[Any]:
    for url in (url for task in tasks for url in task["UrlLists"] if url["Status"] != "success"):
        url["Progress"] = 0
    return tasks


async def _watch(seconds: float, seed: int, *, progress: bool) -> tuple[list[float], list[float], float]:
    """Return the ends of tasks, the delays until they were shown, and the seconds between fixed polls."""
    clock = FakeClock()
    account = Account(clock.server_now, seed=seed)
    began = account.now() + _WARM_UP
    ends = _fill(account, _WARM_UP + seconds, Random(seed))
    ended: list[float] = []
    late: list[float] = []

    def note(update: PollUpdate) -> None:
        for task in update.changes.ended if update.changes else ():
            if ends[task.task_id] >= began:
                ended.append(ends[task.task_id])
                late.append(clock.server_now() - ends[task.task_id])

    rewrite = None if progress else _without_progress

    async with running_poller(clock, account, rewrite=rewrite, random=Random(seed)) as harness:
        harness.on_update = note
        await clock.advance(_WARM_UP)
        harness.transport.requests.clear()
        await clock.advance(seconds)
        return ended, late, 2 * seconds / len(harness.transport.requests)


def _mean_and_95th(late: Iterable[float]) -> tuple[float, float]:
    values = sorted(late)
    return statistics.fmean(values), values[int(0.95 * len(values))]


class _Run:
    """Measures with another seed in each run, so that no single seed decides the result."""

    def __init__(self) -> None:
        self._seed = 0

    def __call__(self, small: bool) -> list[Pair]:
        self._seed += 1
        pairs = []
        for progress in (True, False):
            seconds = 120.0 if small else 1800.0
            ended, late, period = asyncio.run(_watch(seconds, self._seed, progress=progress))
            mean, most = _mean_and_95th(late)
            fixed_mean, fixed_most = _mean_and_95th(-end % period for end in ended)
            pairs += [Pair(mean, fixed_mean), Pair(most, fixed_most)]
        return pairs


BENCHMARKS = [
    Benchmark(
        "h",
        "20 active, 30 min",
        (
            Figure("end of a task until shown, mean: our poller / fixed polling", "s", 0.5),
            Figure("the same, 95th percentile", "s"),
            Figure("the same without progress reported, mean", "s"),
            Figure("the same without progress reported, 95th percentile", "s"),
        ),
        _Run(),
    )
]
