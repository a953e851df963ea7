"""A short soak. For the long one run `python -m tools.soak`."""

import pytest

from tools.soak import Soak


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_store_matches_the_server_after_faults_and_nothing_leaks(seed: int) -> None:
    report = await Soak(seed).run(hours=0.08)
    assert not report.differences
    assert not report.pending
    assert report.descriptors[1] <= report.descriptors[0]
    assert report.faults
    assert report.keys
