"""Runs the benchmarks, prints their table, and writes it to RESULTS.md on request."""

import argparse
import os
import platform
import sys
from importlib import import_module, metadata
from pathlib import Path

from benchmarks.harness import ROUNDS, Benchmark, Line, measure, table

RESULTS = Path(__file__).parent / "RESULTS.md"

MODULES = {
    "a": "decoding",
    "b": "tick",
    "c": "growth",
    "d": "stall",
    "e": "table",
    "f": "start",
    "g": "memory",
    "h": "freshness",
    "i": "idle",
    "j": "planning",
    "k": "scripts",
}
"""Module in `benchmarks.cases` for each letter; it defines BENCHMARKS."""


def main() -> None:
    """Parse the command line and run the selected benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed as ratios.")
    parser.add_argument(
        "letters", nargs="*", metavar="LETTER", help=f"benchmarks to run: {', '.join(MODULES)} (default: all)"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, metavar="N", help="runs of each benchmark (default: %(default)s)"
    )
    parser.add_argument("--small", action="store_true", help="use small sizes, to check that the benchmarks work")
    parser.add_argument("--write", action="store_true", help="write the table to RESULTS.md; only for a full run")
    options = parser.parse_args()
    if wrong := set(options.letters) - MODULES.keys():
        parser.error(f"unknown benchmark: {', '.join(sorted(wrong))} (choose from {', '.join(MODULES)})")
    if options.write and (options.letters or options.small):
        parser.error("--write requires a run of all benchmarks in full size")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    lines = [
        line
        for letter in options.letters or MODULES
        for benchmark in _benchmarks(letter)
        for line in measure(benchmark, options.rounds, small=options.small)
    ]
    text = _report(lines, options.rounds)
    print(text)
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")
    sys.exit(any(not line.is_met for line in lines) and not options.small)


def _benchmarks(letter: str) -> list[Benchmark]:
    return list(import_module(f"benchmarks.cases.{MODULES[letter]}").BENCHMARKS)


def _report(lines: list[Line], rounds: int) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("textual", "httpx", "msgspec"))
    machine = f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores"
    return f"""\
# Results of the benchmarks

    PYTHONPATH=tests .venv/bin/python -m benchmarks --rounds {rounds} --write

{machine}. Each figure is the median of {rounds} runs. A run
measures both sides, one right after the other, and the ratio is taken per run. Only ratios can be compared between
machines.

{table(lines)}
"""


if __name__ == "__main__":
    main()
