"""Fixtures for the search for leaked keys: a served account with a planted private key."""

from collections.abc import Iterator

import pytest

from support.leaks import PRIVATE_KEY, SignatureRecorder
from support.screen.sign_in import simulated
from support.servers.simulator_server import background_server
from ucdn_tui.simulator.server import Server


@pytest.fixture
def service() -> SignatureRecorder:
    """An account whose private key is PRIVATE_KEY."""
    account = simulated("planted")
    account._private_key = PRIVATE_KEY
    return SignatureRecorder(account)


@pytest.fixture
def server(service: SignatureRecorder) -> Iterator[Server]:
    """The account's server."""
    with background_server(service) as running:
        yield running
