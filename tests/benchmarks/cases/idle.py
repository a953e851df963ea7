"""(i) CPU of an idle dashboard, compared with a bare app with one timer and one table.

Ours is the installed program with its default interval, on an account whose tasks are all active and visible. All its
work counts, including a poll every five seconds over a loopback socket. The account runs in this process and does not
count. The bare app changes a cell of each row every second. Both run at the same time and for the same duration.

The second figure is the same with all tasks settled: then only the freshness text is painted.
"""

import time
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.programs import ticking_table
from benchmarks.support.child import Child, python
from support.program import PROGRAM, served
from ucdn_tui.simulator.account import Account

ROWS = 50
URLS = 10

_LINES = 60
_COLUMNS = 160
_HOUR = 3600.0

_WARM_UP = 4.0
"""Seconds. After them the first poll has finished and the first hint is painted."""

_SECONDS = 15.0
"""Seconds, three polls."""


def run(small: bool) -> list[Pair]:
    """Return the CPU of both sides in ms per second: with all tasks active, and with none active."""
    return [_measure(True, small), _measure(False, small)]


def _measure(active: bool, small: bool) -> Pair:
    seconds = 1.0 if small else _SECONDS
    with ExitStack() as stack:
        home = stack.enter_context(TemporaryDirectory())
        keys = stack.enter_context(served(_account(active)))
        ours = stack.enter_context(Child([PROGRAM], {**keys, "HOME": home}, _LINES, _COLUMNS))
        other = stack.enter_context(Child([*python(ticking_table.__name__), str(ROWS)], None, _LINES, _COLUMNS))
        ours.until(f"{ROWS} {'running' if active else 'success'}")
        other.until(ticking_table.READY)
        both = (ours, other)
        _let_run(both, 0.5 if small else _WARM_UP)
        before = [child.cpu() for child in both]
        start = time.perf_counter()
        _let_run(both, seconds)
        passed = time.perf_counter() - start
        used = [(child.cpu() - was) / passed * 1000 for child, was in zip(both, before, strict=True)]
    return Pair(*used)


def _account(active: bool) -> Account:
    """Return an account with ROWS tasks, created one after the other."""
    account = Account(time.time, seed=6)
    now = account.now()
    for number in range(ROWS):
        urls = [f"https://static.example.com/assets/{number}/{part}.js" for part in range(URLS)]
        length = 2 * _HOUR if active else 60.0
        account.add("refresh", urls, created=now - 1800 - 30 * number, queue=5, work=length)
    return account


def _let_run(children: tuple[Child, ...], seconds: float) -> None:
    """Read the output of both, so that neither blocks on a full pty."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for child in children:
            child.watch(0.05)


BENCHMARKS = [
    Benchmark(
        "i",
        f"{ROWS} tasks of {URLS} URLs in {_LINES} lines, a poll every 5 s",
        [
            Figure("idle, 50 active rows / a bare app, 50 rows of a `DataTable`", "ms/s", 0.25),
            Figure("idle, 50 settled rows / the same app", "ms/s"),
        ],
        run,
    )
]
