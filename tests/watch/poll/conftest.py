"""A fetcher, and schedules in two states."""

import pytest

from ucdn_tui.watch.poll.schedule import Step
from watch.poll.fetching import FetcherBench
from watch.poll.scheduled import ScheduleBench


@pytest.fixture
def fresh() -> ScheduleBench:
    """Polling at its start: the first full scan is requested."""
    bench = ScheduleBench()
    bench.scanning, bench.loaded = True, False
    return bench


@pytest.fixture
def polled() -> ScheduleBench:
    """Polling whose last poll began at 110 and ended at 112."""
    bench = ScheduleBench()
    bench.take(Step.SCAN_PAGE, 101.0, 102.0)
    bench.take(Step.POLL, 110.0, 112.0)
    return bench


@pytest.fixture
def bench() -> FetcherBench:
    return FetcherBench()
