"""A simulated account over HTTP, and the program with its keys."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.program import Command, variables
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service


@pytest.fixture
def simulated() -> Account:
    return Account(time.time, seed=1)


@pytest.fixture
def service(simulated: Account) -> Service:
    return Service(simulated)


@pytest.fixture
def environment(service: Service, simulated: Account, tmp_path: Path) -> Iterator[dict[str, str]]:
    with running_server(service) as url:
        folders = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        yield {**variables(url, simulated.public_key, simulated.private_key), **folders}


@pytest.fixture
def run(environment: dict[str, str]) -> Command:
    return Command(environment)
