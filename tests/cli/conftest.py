"""Fixtures for the commands: an account on a real server, and the program with a real keyring."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.keyring import SecretService
from support.program import Command
from support.screen.sign_in import simulated
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service


@pytest.fixture
def account() -> Account:
    """An account with one running task."""
    return simulated("first")


@pytest.fixture
def url(account: Account) -> Iterator[str]:
    """The endpoint at which the account is served."""
    with running_server(Service(account)) as address:
        yield address


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The program's home folder."""
    return tmp_path / "home"


@pytest.fixture
def call(secret_service: SecretService) -> Command:
    """The program on a machine with a real keyring."""
    return Command(secret_service.environment)
