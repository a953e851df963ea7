"""Measures speed: two sides in each run, their ratio, and the median of several runs."""

import statistics
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

ROUNDS = 5


class Pair(NamedTuple):
    """The result of one run: ours and the other side, in the same unit."""

    ours: float
    other: float


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    """Our side / the other side."""

    unit: str
    limit: float | None = None
    """Maximum ratio; None if there is no target."""


class Benchmark(NamedTuple):
    """Figures measured together in one run."""

    letter: str
    sizes: str
    """Description of the sizes, for the table."""

    figures: Sequence[Figure]
    run: Callable[[bool], Sequence[Pair]]
    """Measures once and returns a pair for each figure; with True in small sizes, to check that it works."""


class Line(NamedTuple):
    """A figure with the results of several runs."""

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
    """Return a line for each figure: the medians, and the lowest and highest ratio of a run."""
    runs = []
    for number in range(rounds):
        print(f"({benchmark.letter}) run {number + 1} of {rounds} …", file=sys.stderr, flush=True)
        runs.append(benchmark.run(small))
    lines = []
    for index, figure in enumerate(benchmark.figures):
        pairs = [run[index] for run in runs]
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
    cells = (
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
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
