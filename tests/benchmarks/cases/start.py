"""(f) Start-up time: until the first frame in a real terminal, and of `--version`.

The sides are started alternately, several times; the median of each side counts. Both are installed and run from byte
code: a first start, which does not count, compiles it and fills the disk cache. A frame is complete when its last line
has arrived. In ours that is the key line; the dashboard appears before any tasks are loaded.
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
"""Starts of each side per run."""

SHORT_STARTS = 25
"""Starts of each side per run, for programs that draw nothing."""

_LAST_OF_OURS = "Commands"
"""The last label in the key line of the dashboard."""


def run(small: bool) -> list[Pair]:
    """Return the start-up times of both figures in milliseconds."""
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
    """Return the seconds until a text is on the screen."""
    with Child(argv) as child:
        return child.until(text)


def _whole_run(argv: Sequence[str], _text: str) -> float:
    """Return the run time of a program in seconds."""
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
