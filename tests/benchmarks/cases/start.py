"""(f) Starting: until the first painted frame, in a real terminal; and until `--version` has been told.

Each side is started anew for each time that is taken, one after the other, several times; the median of each side
counts. Both are installed, and run from byte code: a first start, which is not counted, sees to that, and fills the
disk's cache. The frame is there when its last line has arrived: ours names the keys there, and shows the dashboard
before there are any tasks in it. Neither side has more to show in its first frame than it needs the network for.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.programs import two_tables
from benchmarks.support.child import Child, environment, python
from support.program import PROGRAM

STARTS = 9
"""Of each side, in a run."""

SHORT_STARTS = 25
"""Likewise, where nothing is drawn."""

_LAST_OF_OURS = "Commands"
"""The last key in the last line of the dashboard."""


def run(small: bool) -> list[Pair]:
    """Return for both figures how long a start takes, in milliseconds."""
    frames, short = (1, 2) if small else (STARTS, SHORT_STARTS)
    return [
        _medians(_first_frame, frames, (([PROGRAM, "--demo"], _LAST_OF_OURS), (_two_tables(), two_tables.READY))),
        _medians(_whole_run, short, (([PROGRAM, "--version"], ""), ([sys.executable, "-c", "pass"], ""))),
    ]


def _two_tables() -> list[str]:
    return python(two_tables.__name__)


def _medians(
    start: Callable[[Sequence[str], str], float], times: int, sides: tuple[tuple[Sequence[str], str], ...]
) -> Pair:
    for argv, text in sides:
        start(argv, text)
    rounds = [[start(argv, text) for argv, text in sides] for _ in range(times)]
    ours, other = (statistics.median(taken) * 1000 for taken in zip(*rounds, strict=True))
    return Pair(ours, other)


def _first_frame(argv: Sequence[str], text: str) -> float:
    """Return after how many seconds the text was on the screen."""
    with Child(argv) as child:
        return child.until(text)


def _whole_run(argv: Sequence[str], _text: str) -> float:
    """Return how many seconds a program takes that tells something and is over."""
    begun = time.perf_counter()
    subprocess.run(argv, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


BENCHMARKS = [
    Benchmark(
        "f",
        f"{STARTS} and {SHORT_STARTS} starts of each",
        [
            Figure("first frame of `--demo` / of a Textual app with two small `DataTable`s", "ms", 1.0),
            Figure("`--version` / `python -c pass`", "ms", 2.0),
        ],
        run,
    )
]
