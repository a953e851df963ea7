"""A short soak; the long one is a command in the development section of the README."""

import pytest

from tools.soak import Soak


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_after_a_time_of_faults_and_keys_the_screen_is_right_and_nothing_is_left_behind(seed: int) -> None:
    report = await Soak(seed).run(hours=0.08)
    assert not report.differences
    assert not report.pending
    assert report.descriptors[1] <= report.descriptors[0]
    assert report.faults
    assert report.keys
