"""(g) Memory after a first load: the store and its view, compared with storing every decoded row.

Each side loads in its own child process and reports the growth of its resident set, which includes what the allocator
cannot return; tracemalloc would omit that, and make loading four times slower. The pages come from a file, so that
generating them does not fragment the heap. One page is loaded beforehand, so that one-time allocations do not count.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.child import environment
from benchmarks.support.data import NOW, pages
from ucdn_tui.api.decoding.decode import decode_describe
from ucdn_tui.api.models import TaskKind, TaskRow
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.poll.fetcher import FIRST_PAGE_SIZE
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.stored_task import compress


def load_store(bodies: Iterable[bytes]) -> tuple[TaskStore, TaskView]:
    """Load as the program does: apply each page to store and view, then discard it."""
    store = TaskStore()
    view = TaskView(store)
    for body in bodies:
        view.apply(store.apply(TaskKind.REFRESH, _rows(body), cause=Cause.FIRST_LOAD, now=NOW))
        compress(store.take_uncompressed())
    return store, view


def load_rows(bodies: Iterable[bytes]) -> list[TaskRow]:
    """Load every task and every URL as a struct."""
    return [row for body in bodies for row in _rows(body)]


def _rows(body: bytes) -> list[TaskRow]:
    return decode_describe(body)[0].task_list or []


_SIDES = {"store": load_store, "rows": load_rows}


def _grown(side: str, path: Path) -> int:
    """Return the growth of the process in bytes while a side loads the pages in a file, one per line."""
    with path.open("rb") as file:
        _SIDES[side]([file.readline()])
    gc.collect()
    before = _resident()
    with path.open("rb") as file:
        result = _SIDES[side](file)
    gc.collect()
    grown = _resident() - before
    del result
    return grown


def _resident() -> int:
    """Return the resident set size of this process in bytes."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], check=True, capture_output=True)
    return int(shown.stdout) * 1024


def _in_a_child(side: str, path: Path) -> int:
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.cases.memory", side, str(path)],
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
    )
    return int(child.stdout)


def _run(small: bool) -> Sequence[Pair]:
    tasks, urls = (1000, 20) if small else (10_000, 100)
    with TemporaryDirectory() as folder:
        path = Path(folder, "pages")
        with path.open("wb") as file:
            file.writelines(body + b"\n" for body in pages(tasks, urls, size=FIRST_PAGE_SIZE, active=tasks // 100))
        size = path.stat().st_size
        store, rows = (_in_a_child(side, path) for side in _SIDES)
    mebi = 1024 * 1024
    return [Pair(store / mebi, rows / mebi), Pair(store / tasks / urls, size / tasks / urls)]


BENCHMARKS = [
    Benchmark(
        "g",
        "10,000 × 100, 1 % active",
        [
            Figure("memory after loading / with every URL as a struct", "MiB", 0.15),
            Figure("memory per URL / its JSON", "B"),
        ],
        _run,
    )
]

if __name__ == "__main__":
    print(_grown(sys.argv[1], Path(sys.argv[2])))
