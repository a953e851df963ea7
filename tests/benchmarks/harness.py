"""How speed is measured here: always two things in one run, the ratio of both, and the median of several runs."""

import statistics
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

ROUNDS = 5


class Pair(NamedTuple):
    """What one run measured: ours, and what ours is compared with, in the same unit."""

    ours: float
    other: float


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    """What is measured / what it is compared with."""

    unit: str
    limit: float | None = None
    """What the ratio may be at the most; None where nothing is promised."""


class Benchmark(NamedTuple):
    """Figures that one run measures together."""

    letter: str
    sizes: str
    """How much of what is measured, for the table."""

    figures: Sequence[Figure]
    run: Callable[[bool], Sequence[Pair]]
    """Measure once, and return a pair for each figure. With True, in sizes that only show that it works."""


class Line(NamedTuple):
    """A figure, and what several runs made of it."""

    letter: str
    sizes: str
    figure: Figure
    ours: float
    other: float
    ratio: float
    lowest: float
    highest: float

    @property
    def is_met(self) -> bool:
        return self.figure.limit is None or self.ratio <= self.figure.limit


def measure(benchmark: Benchmark, rounds: int, *, small: bool) -> list[Line]:
    """Return a line for each figure: medians, and the lowest and highest ratio of a single run."""
    runs = []
    for number in range(rounds):
        print(f"({benchmark.letter}) run {number + 1} of {rounds} …", file=sys.stderr, flush=True)
        runs.append(benchmark.run(small))
    lines = []
    for at, figure in enumerate(benchmark.figures):
        pairs = [run[at] for run in runs]
        ratios = [pair.ours / pair.other for pair in pairs]
        lines.append(
            Line(
                benchmark.letter,
                benchmark.sizes,
                figure,
                statistics.median(pair.ours for pair in pairs),
                statistics.median(pair.other for pair in pairs),
                statistics.median(ratios),
                min(ratios),
                max(ratios),
            )
        )
    return lines


HEADING = (
    "| | figure | sizes | ours | other | ratio | of single runs | at most | |",
    "| --- | --- | --- | ---: | ---: | ---: | --- | ---: | --- |",
)


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table."""
    return "\n".join([*HEADING, *map(_row, lines)])


def _row(line: Line) -> str:
    unit, limit = line.figure.unit, line.figure.limit
    context = (
        line.letter,
        line.figure.name,
        line.sizes,
        f"{_number(line.ours)} {unit}",
        f"{_number(line.other)} {unit}",
        _number(line.ratio),
        f"{_number(line.lowest)}–{_number(line.highest)}",
        "" if limit is None else f"{limit:g}",
        "" if limit is None else "met" if line.is_met else "**not met**",
    )
    return f"| {' | '.join(context)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
