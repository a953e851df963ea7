"""AdaptiveBatchSize: the size follows the time that the last batches took."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.watch.poll.fetcher import AdaptiveBatchSize


def test_the_size_begins_with_its_start() -> None:
    assert AdaptiveBatchSize(100, 10, 1000).size == 100


@pytest.mark.parametrize(
    ("count", "share", "size"),
    [
        (100, 1.0, 100),
        (100, 0.8, 125),
        (100, 1.25, 80),
        (100, 0.001, 200),
        (100, 50.0, 50),
        (50, 0.5, 100),
        (50, 0.25, 200),
        (49, 0.01, 100),
        (49, 10.0, 100),
        (0, 1.0, 100),
        (1000, 10.0, 100),
        (5000, 1.0, 200),
        (100, inf, 50),
    ],
)
def test_the_size_follows_the_load_by_a_factor_of_two_at_most(count: int, share: float, size: int) -> None:
    batch = AdaptiveBatchSize(100, 10, 1000)
    batch.record(count, share)
    assert batch.size == size


@pytest.mark.parametrize("share", [0.0, -1.0, float("nan")])
def test_an_invalid_load_changes_nothing(share: float) -> None:
    batch = AdaptiveBatchSize(100, 10, 1000)
    batch.record(100, share)
    assert batch.size == 100


def test_halving_stops_at_the_lowest_size() -> None:
    batch = AdaptiveBatchSize(100, 10, 1000)
    sizes = []
    for _ in range(6):
        batch.halve()
        sizes.append(batch.size)
    assert sizes == [50, 25, 12, 10, 10, 10]


def test_the_size_grows_after_halving() -> None:
    batch = AdaptiveBatchSize(100, 10, 1000)
    for _ in range(10):
        batch.halve()
    for _ in range(10):
        batch.record(batch.size, 0.01)
    assert batch.size == 1000


@given(st.floats(1e-4, 1e4))
def test_the_size_converges_to_the_time_allowed(most: float) -> None:
    """Each item takes the same time, and `most` items take exactly the time allowed."""
    batch = AdaptiveBatchSize(100, 10, 1000)
    for _ in range(20):
        batch.record(batch.size, batch.size / most)
    assert abs(batch.size - min(1000, max(10, most))) <= 1


STEP = st.none() | st.tuples(st.integers(0, 10**6), st.floats(1e-12, 1e12) | st.sampled_from([0.0, -1.0, inf]))


@given(st.lists(STEP, max_size=50))
def test_the_size_stays_within_bounds(steps: list[tuple[int, float] | None]) -> None:
    batch = AdaptiveBatchSize(100, 10, 1000)
    for step in steps:
        before = batch.size
        if step is None:
            batch.halve()
        else:
            batch.record(*step)
        assert isinstance(batch.size, int)
        assert 10 <= batch.size <= 1000
        assert before // 2 <= batch.size <= 2 * before
