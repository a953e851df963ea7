"""The world of the edges' tests."""

import pytest

from simulator.edges.world import World
from simulator.harness import ManualClock


@pytest.fixture
def world(now: ManualClock) -> World:
    return World(now)
