"""Benchmarks: `PYTHONPATH=tests python -m benchmarks --help`."""
