"""A keyring for each test: the real one, empty again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.keyring import SecretService, running_secret_service
from support.program import PROGRAM
from support.screen.sign_in import Start
from support.terminals.terminal import StartTerminal

_DEATHS = ["SecretServiceNotAvailable", "does not answer as a keyring"]
"""What a test says whose daemon has died by itself, as gnome-keyring 42 does once in some hundred starts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test again if its daemon has died; any other failure is one."""
    for item in items:
        if "secret_service" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=_DEATHS))


@pytest.fixture
def secret_service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, nothing_personal: None
) -> Iterator[SecretService]:
    """A real Secret Service that keeps nothing yet; this process and the programs that it starts find it.

    It is this test's own, which may lock or stop it; and gnome-keyring dies, now and then, of a killed client.
    """
    with running_secret_service(tmp_path_factory.mktemp("keyring")) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.fixture
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sockets, whose paths have to be short."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def start(terminal: StartTerminal, secret_service: SecretService) -> Start:
    """Start the program where the real keyring is to be had."""
    return lambda *flags, columns=100, rows=30, **variables: terminal(
        [PROGRAM, *flags], columns, rows, env={**secret_service.environment, **variables}
    )
