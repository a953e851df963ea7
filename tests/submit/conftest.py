"""The world of a test: an account, and the loop in whose simulated time the test runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from submit.world import World
from support.virtual_time import VirtualLoop


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account without tasks. After the test, the journal has to agree with the server."""
    loop = VirtualLoop()
    world = World(loop, tmp_path / "state" / "submissions.jsonl")
    yield world
    loop.close()
    world.check()
