"""(e) The table beside Textual's `DataTable`: the same rows, columns and texts, until all of it is painted.

Ours is what the dashboard has: a pane over a view over the store. What comes from the API is decoded beforehand on both
sides; from there on ours does the store's and the view's work as well, while `DataTable` is given the tasks as they
then are. Both are given the rows in their order. A tick changes the newest tasks, which are on the screen.
"""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.painting import Stage
from benchmarks.support.table_sides import OurPanes, TheirTables, World

Play = OurPanes | TheirTables

_FEW = 100
"""Rows that fill the screen."""

_WITH_URLS = 100
"""URLs of the tasks that the cursor goes through in the benchmark with two panes; the others have ten."""


class _Sample:
    """What one side took for each thing that was done, in milliseconds."""

    def __init__(self, play: Play, script: "Script", *, small: bool) -> None:
        self._taken: defaultdict[str, list[float]] = defaultdict(list)
        self._small = small

        async def whole_script(stage: Stage[Play]) -> None:
            if isinstance(stage.play, TheirTables):
                stage.play.make_columns()
            await stage.quiet()
            stage.play.empty()
            stage.play.fill(_FEW)  # for what is made once only, such as colours
            await stage.quiet()
            await script(self, stage)

        Stage(play, whole_script).run_script()

    async def take(
        self, name: str, times: int, stage: Stage[Play], next_act: Callable[[], Callable[[], object]]
    ) -> None:
        """Do something so many times; what `next_act` returns is measured, and it itself is not."""
        for _ in range(2 if self._small else times):
            act = next_act()
            await stage.quiet()
            self._taken[name].append(await stage.painted(act))

    def __getitem__(self, name: str) -> float:
        return statistics.median(self._taken[name])


Script = Callable[[_Sample, Stage[Play]], Awaitable[None]]


async def _fill_and_tick(sample: _Sample, stage: Stage[Play]) -> None:
    play = stage.play

    def next_fill() -> Callable[[], None]:
        play.empty()
        return play.fill

    await sample.take("fill", 1, stage, next_fill)
    await sample.take("tick", 10, stage, play.tick)


async def _all(sample: _Sample, stage: Stage[Play]) -> None:
    await _fill_and_tick(sample, stage)
    directions = itertools.cycle([False, True])
    await sample.take("sort", 3, stage, lambda: partial(stage.play.sort, "url", next(directions)))
    for key, times in (("down", 20), ("pagedown", 5)):
        await sample.take(key, times, stage, lambda key=key: partial(stage.key, key))


async def _through_tasks(sample: _Sample, stage: Stage[Play]) -> None:
    stage.play.empty()
    stage.play.fill()
    await sample.take("down", 15, stage, lambda: partial(stage.key, "down"))


def _pairs(
    script: Script, names: Sequence[str], worlds: Iterable[World], *, small: bool, details: bool = False
) -> list[Pair]:
    """Return what both sides took, each in a world of its own."""
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
