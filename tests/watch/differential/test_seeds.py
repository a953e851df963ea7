"""A random server and the program beside a model of it: what is shown is true, or it says how old it is.

Each seed takes some twenty simulated minutes. `tools.differential` runs more of them.
"""

import pytest

from watch.differential.scenario import Profile, Scenario

BATCH = 10


@pytest.mark.parametrize("first", range(0, 70, BATCH))
def test_a_server_as_documented_and_the_store_do_not_differ(first: int) -> None:
    assert differences(Profile.SOUND, first) == []


@pytest.mark.parametrize("first", range(0, 30, BATCH))
def test_after_faults_the_server_and_the_store_do_not_differ(first: int) -> None:
    assert differences(Profile.FAULTY, first) == []


@pytest.mark.parametrize("first", range(0, 30, BATCH))
def test_an_odd_server_and_the_store_do_not_differ(first: int) -> None:
    assert differences(Profile.ODD, first) == []


def differences(profile: Profile, first: int) -> list[str]:
    return [words for seed in range(first, first + BATCH) for words in Scenario(seed, profile).run().differences]
