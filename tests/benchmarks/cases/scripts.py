"""(k) CPU of commands for scripts: a whole `tasks`, compared with Python alone and with importing the vendor's SDK.

The account is served by this process and does not count. `wait` runs on active tasks until its time is out; what it
takes beyond a `tasks` is divided by its seconds.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.child import environment
from support.program import PROGRAM, served
from ucdn_tui.simulator.account import Account

TASKS = 10

_STARTS = 9

_SECONDS = 20

_PYTHON = [sys.executable, "-c", "pass"]

_SDK = [sys.executable, "-c", "from ucloud.client import Client"]


def run(small: bool) -> list[Pair]:
    """Return the CPU of both sides in ms: `tasks` against Python and against the SDK, and a second of `wait`."""
    starts, seconds = (1, 1) if small else (_STARTS, _SECONDS)
    account = Account(time.time, seed=8)
    ids = [account.add("refresh", [f"https://img.example.com/{n}"], queue=0, work=3600.0) for n in range(TASKS)]
    with TemporaryDirectory() as home, served(account) as keys:
        surroundings = {**environment(), **keys, "HOME": home}
        wait = [PROGRAM, "wait", "--quiet", "--timeout", f"{seconds}s", *ids]
        medians = [
            statistics.median(_cpu(argv, surroundings) for _ in range(times))
            for argv, times in (([PROGRAM, "tasks"], starts), (_PYTHON, starts), (_SDK, starts), (wait, 1))
        ]
    tasks, python, sdk, waiting = medians
    return [Pair(tasks, python), Pair(tasks, sdk), Pair(max(0.0, waiting - tasks) / seconds, python)]


def _cpu(argv: Sequence[str], surroundings: dict[str, str]) -> float:
    """Return the CPU milliseconds, user and system, of a whole run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


BENCHMARKS = [
    Benchmark(
        "k",
        f"{_STARTS} starts of each; {TASKS} active tasks for {_SECONDS} s",
        [
            Figure("`tasks` / `python -c pass`", "ms", 4.0),
            Figure("`tasks` / importing the vendor's SDK", "ms", 1.0),
            Figure("a second of `wait` / `python -c pass`", "ms", 0.5),
        ],
        run,
    )
]
