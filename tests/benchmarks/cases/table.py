"""(e) Our table compared with Textual's `DataTable`: the same rows, columns and texts, until everything is painted.

Ours is the pane of the dashboard, over a view over the store. Decoding is not measured on either side; ours includes
the work of the store and the view, while `DataTable` gets the finished tasks. Both get the rows in order. A tick
changes the newest tasks, which are on the screen.
"""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.painting import ScriptedApp
from benchmarks.support.table_sides import OurPanes, TheirTables, World

Side = OurPanes | TheirTables

_FEW = 100
"""Rows that fill the screen."""

_WITH_URLS = 100
"""URLs of the tasks that the cursor visits in the benchmark with two panes; the others have ten."""


class _Sample:
    """The times of one side for each action, in milliseconds."""

    def __init__(self, widget: Side, script: "Script", *, small: bool) -> None:
        self._taken: defaultdict[str, list[float]] = defaultdict(list)
        self._small = small

        async def whole_script(app: ScriptedApp[Side]) -> None:
            if isinstance(app.widget, TheirTables):
                app.widget.add_columns()
            await app.quiet()
            app.widget.empty()
            app.widget.fill(_FEW)  # warm up one-time work, such as colours
            await app.quiet()
            await script(self, app)

        ScriptedApp(widget, whole_script).run_script()

    async def take(
        self, name: str, times: int, app: ScriptedApp[Side], next_act: Callable[[], Callable[[], object]]
    ) -> None:
        """Measure an action several times. `next_act` itself is not measured; the function that it returns is."""
        for _ in range(2 if self._small else times):
            act = next_act()
            await app.quiet()
            self._taken[name].append(await app.painted(act))

    def __getitem__(self, name: str) -> float:
        return statistics.median(self._taken[name])


Script = Callable[[_Sample, ScriptedApp[Side]], Awaitable[None]]


async def _fill_and_tick(sample: _Sample, app: ScriptedApp[Side]) -> None:
    widget = app.widget

    def next_fill() -> Callable[[], None]:
        widget.empty()
        return widget.fill

    await sample.take("fill", 1, app, next_fill)
    await sample.take("tick", 10, app, widget.tick)


async def _all(sample: _Sample, app: ScriptedApp[Side]) -> None:
    await _fill_and_tick(sample, app)
    directions = itertools.cycle([False, True])
    await sample.take("sort", 3, app, lambda: partial(app.widget.sort, "url", next(directions)))
    for key, times in (("down", 20), ("pagedown", 5)):
        await sample.take(key, times, app, lambda key=key: partial(app.key, key))


async def _through_tasks(sample: _Sample, app: ScriptedApp[Side]) -> None:
    app.widget.empty()
    app.widget.fill()
    await sample.take("down", 15, app, lambda: partial(app.key, "down"))


def _pairs(
    script: Script, names: Sequence[str], worlds: Iterable[World], *, small: bool, details: bool = False
) -> list[Pair]:
    """Return the times of both sides, each with its own world."""
    mine, yours = worlds
    ours = _Sample(OurPanes(mine, details=details), script, small=small)
    theirs = _Sample(TheirTables(yours, details=details), script, small=small)
    return [Pair(ours[name], theirs[name]) for name in names]


def _run(small: bool) -> Sequence[Pair]:
    worlds = (World(400 if small else 10_000, 10) for _ in range(2))
    return _pairs(_all, ("fill", "tick", "sort", "down", "pagedown"), worlds, small=small)


def _run_details(small: bool) -> Sequence[Pair]:
    worlds = (World(60 if small else 10_000, 10, first=(30, _WITH_URLS)) for _ in range(2))
    return _pairs(_through_tasks, ("down",), worlds, small=small, details=True)


def _run_growth(small: bool) -> Sequence[Pair]:
    many = _Sample(OurPanes(World(1000 if small else 100_000, 10)), _fill_and_tick, small=small)
    few = _Sample(OurPanes(World(100, 10)), _fill_and_tick, small=small)
    return [Pair(many[name], few[name]) for name in ("tick", "fill")]


def _run_few(tasks: int, small: bool) -> Sequence[Pair]:
    worlds = (World(50 if small else tasks, 10) for _ in range(2))
    return _pairs(_fill_and_tick, ("fill", "tick"), worlds, small=small)


BENCHMARKS = [
    Benchmark(
        "e",
        "10,000 rows",
        [
            Figure("fill / `DataTable`", "ms", 0.01),
            Figure("tick that changes 20 rows on the screen / `DataTable`", "ms", 0.05),
            Figure("sort by URL / `DataTable`", "ms", 0.2),
            Figure("down-key in view / `DataTable`", "ms", 0.6),
            Figure("page-down / `DataTable`", "ms"),
        ],
        _run,
    ),
    Benchmark(
        "e",
        "10,000 rows, 100 detail rows",
        [Figure("down-key to another task / `DataTable`s", "ms", 0.12)],
        _run_details,
    ),
    Benchmark(
        "e",
        "100,000 rows / 100 rows",
        [Figure("tick that changes 20 rows / of few rows", "ms", 1.5), Figure("fill / of few rows", "ms")],
        _run_growth,
    ),
    *(
        Benchmark(
            "e",
            f"{tasks:,} rows",
            [
                Figure("fill / `DataTable`", "ms"),
                Figure("tick that changes 20 rows on the screen / `DataTable`", "ms"),
            ],
            partial(_run_few, tasks),
        )
        for tasks in (100, 1000)
    ),
]
