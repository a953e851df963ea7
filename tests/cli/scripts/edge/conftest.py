"""A simulated account over HTTP, and the program with its keys or without any."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.program import Command, variables
from support.servers.scripted_edges import HOST
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import Domain


@pytest.fixture
def simulated() -> Account:
    return Account(time.time, seed=1, domains=(Domain(name=HOST), Domain(name="localhost")))


@pytest.fixture
def environment(simulated: Account, tmp_path: Path) -> Iterator[dict[str, str]]:
    with running_server(Service(simulated)) as url:
        folders = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        yield {**variables(url, simulated.public_key, simulated.private_key), **folders}


@pytest.fixture
def run(environment: dict[str, str]) -> Command:
    """The program with keys of an account whose API is on loopback: loopback edges may be asked."""
    return Command(environment)


@pytest.fixture
def alone(tmp_path: Path) -> Command:
    """The program without any keys."""
    return Command({"HOME": str(tmp_path)})
