"""The benchmarks run, in small sizes and without checking their results."""

import math
from importlib import import_module

import pytest

from benchmarks.__main__ import MODULES
from benchmarks.harness import Benchmark, Figure, Line, Pair, measure, table

QUICK = "abcghjk"
"""Benchmarks that start no terminal."""


@pytest.mark.parametrize("letter", MODULES)
def test_each_letter_has_benchmarks_with_named_figures(letter: str) -> None:
    benchmarks: list[Benchmark] = import_module(f"benchmarks.cases.{MODULES[letter]}").BENCHMARKS
    assert {benchmark.letter for benchmark in benchmarks} == {letter}
    assert all(figure.name and (figure.limit is None or figure.limit > 0) for b in benchmarks for figure in b.figures)


@pytest.mark.slow
@pytest.mark.parametrize("letter", QUICK)
def test_benchmarks_run_in_small_sizes(letter: str) -> None:
    for benchmark in import_module(f"benchmarks.cases.{MODULES[letter]}").BENCHMARKS:
        lines = measure(benchmark, 1, small=True)
        assert [line.figure for line in lines] == list(benchmark.figures)
        assert all(math.isfinite(line.ratio) and line.ratio >= 0 for line in lines)


def test_ratio_is_the_median_of_the_ratios_of_runs() -> None:
    runs = iter([[Pair(1.0, 10.0)], [Pair(9.0, 10.0)], [Pair(60.0, 200.0)]])
    benchmark = Benchmark("x", "three", (Figure("ours / theirs", "ms", 0.3),), lambda _small: next(runs))
    (line,) = measure(benchmark, 3, small=False)
    assert (line.ours, line.other, line.ratio, line.lowest, line.highest) == (9.0, 10.0, 0.3, 0.1, 0.9)
    assert line.is_met
    assert table([line]).splitlines()[-1] == "| x | ours / theirs | three | 9 ms | 10 ms | 0.3 | 0.1–0.9 | 0.3 | met |"


def test_missed_target_is_reported() -> None:
    line = Line("x", "", Figure("f", "s", 0.2), 1.0, 2.0, 0.5, 0.5, 0.5)
    assert "**not met**" in table([line])
    assert not line.is_met
