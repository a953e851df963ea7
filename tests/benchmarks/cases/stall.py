"""(d) For how long the event loop is held up, during a first load and the ticks after it, against a bare Textual app.

Both run in a process of their own, paint into nothing, and get ten keys a second. The 99.9th percentile counts: of some
thousands of naps of a millisecond, how much longer than that the few longest took. That is what a key may have to wait.
"""

import atexit
import json
import subprocess
import sys
from contextlib import ExitStack
from functools import cache

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.child import environment
from benchmarks.support.server import serving

_LIMIT = 180.0
"""Seconds after which something has gone wrong."""

_SERVERS = ExitStack()
atexit.register(_SERVERS.close)


def _watch(endpoint: str, tasks: int, seconds: float) -> tuple[float, list[float]]:
    command = [sys.executable, "-m", "benchmarks.programs.event_loop", endpoint, str(tasks), str(seconds)]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=_LIMIT)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    took, held = json.loads(ran.stdout)
    return took, held


def _worst(held: list[float], share: float = 0.999) -> float:
    return sorted(held)[min(len(held) - 1, int(share * len(held)))]


def _run(small: bool) -> list[Pair]:
    tasks, urls, active, seconds = (200, 2, 2, 1.0) if small else (10_000, 100, 20, 11.0)
    server = _server(tasks, urls, active)
    took, held = _watch(server, tasks, seconds)
    _took, bare = _watch("bare", 0, seconds)
    print(f"loaded in {took:.1f} s", file=sys.stderr)
    return [Pair(_worst(held), _worst(bare)), Pair(max(held), max(bare))]


@cache
def _server(tasks: int, urls: int, active: int) -> str:
    """Return the address of a server that lasts as long as this process: a million URLs are not made for each run."""
    return _SERVERS.enter_context(serving(tasks, urls, active)).endpoint


BENCHMARKS = [
    Benchmark(
        "d",
        "10,000 × 100, 20 active, two ticks",
        (
            Figure("event loop held up, 99.9th percentile / a bare Textual app's", "ms", 3.0),
            Figure("the longest hold-up / a bare Textual app's", "ms"),
        ),
        _run,
    )
]
