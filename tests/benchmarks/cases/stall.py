"""(d) Delays of the event loop during a first load and the ticks after it, compared with a bare Textual app.

Each side runs in its own process, paints without a terminal, and gets ten keys a second. It sleeps for a millisecond
thousands of times; the delay is how much longer a sleep took, which is what a key may have to wait. The 99.9th
percentile counts.
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
"""Timeout in seconds."""

_SERVERS = ExitStack()
atexit.register(_SERVERS.close)


def _watch(endpoint: str, tasks: int, seconds: float) -> tuple[float, list[float]]:
    command = [sys.executable, "-m", "benchmarks.programs.event_loop", endpoint, str(tasks), str(seconds)]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=_LIMIT)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    took, delays = json.loads(ran.stdout)
    return took, delays


def _percentile(delays: list[float], share: float = 0.999) -> float:
    return sorted(delays)[min(len(delays) - 1, int(share * len(delays)))]


def _run(small: bool) -> list[Pair]:
    tasks, urls, active, seconds = (200, 2, 2, 1.0) if small else (10_000, 100, 20, 11.0)
    server = _server(tasks, urls, active)
    took, delays = _watch(server, tasks, seconds)
    _took, bare = _watch("bare", 0, seconds)
    print(f"loaded in {took:.1f} s", file=sys.stderr)
    return [Pair(_percentile(delays), _percentile(bare)), Pair(max(delays), max(bare))]


@cache
def _server(tasks: int, urls: int, active: int) -> str:
    """Return the URL of a server that runs as long as this process, so that a million URLs are generated only once."""
    return _SERVERS.enter_context(serving(tasks, urls, active)).endpoint


BENCHMARKS = [
    Benchmark(
        "d",
        "10,000 × 100, 20 active, two ticks",
        (
            Figure("event loop delay, 99.9th percentile / a bare Textual app's", "ms", 3.0),
            Figure("longest delay / a bare Textual app's", "ms"),
        ),
        _run,
    )
]
