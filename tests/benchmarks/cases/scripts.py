"""(k) CPU of commands for scripts: a whole `tasks`, compared with Python alone and with importing the vendor's SDK.

The account is served by this process and does not count. `wait` runs on active tasks until its time is out, with a tick
(a poll and a look at the tasks) each second; what it takes beyond a `tasks` is divided by their number.
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
from support.program import served
from ucdn_tui.simulator.account import Account

TASKS = 10

_STARTS = 9

_TICKS = 20

_OURS = [
    sys.executable,
    "-c",
    # Only what the tests need brings click along. With it, httpx imports its own command line, which takes 25 ms.
    "import sys; sys.modules['click'] = None; from ucdn_tui.__main__ import main; sys.exit(main())",
]

_PYTHON = [sys.executable, "-c", "pass"]

_SDK = [sys.executable, "-c", "from ucloud.client import Client"]


def run(small: bool) -> list[Pair]:
    """Return the CPU of both sides in ms: `tasks` against Python and against the SDK, and a tick of `wait`."""
    starts, ticks = (1, 1) if small else (_STARTS, _TICKS)
    account = Account(time.time, seed=8)
    ids = [account.add("refresh", [f"https://img.example.com/{n}"], queue=0, work=3600.0) for n in range(TASKS)]
    with TemporaryDirectory() as home, served(account) as keys:
        surroundings = {**environment(), **keys, "HOME": home}
        wait = [*_OURS, "wait", "--quiet", "--interval", "1s", "--timeout", f"{ticks}s", *ids]
        medians = [
            statistics.median(_cpu(argv, surroundings) for _ in range(times))
            for argv, times in (([*_OURS, "tasks"], starts), (_PYTHON, starts), (_SDK, starts), (wait, 1))
        ]
    tasks, python, sdk, waiting = medians
    return [Pair(tasks, python), Pair(tasks, sdk), Pair(max(0.0, waiting - tasks) / ticks, python)]


def _cpu(argv: Sequence[str], surroundings: dict[str, str]) -> float:
    """Return the CPU milliseconds, user and system, of a whole run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


BENCHMARKS = [
    Benchmark(
        "k",
        f"{_STARTS} starts of each; {TASKS} active tasks for {_TICKS} ticks",
        [
            Figure("`tasks` / `python -c pass`", "ms", 4.0),
            Figure("`tasks` / importing the vendor's SDK", "ms", 1.0),
            Figure("a tick of `wait` / `python -c pass`", "ms", 0.9),
        ],
        run,
    )
]
