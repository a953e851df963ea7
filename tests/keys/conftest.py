"""A keyring for each test: the real one, empty again."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from secretstorage.exceptions import SecretStorageException

from support.keyring import SecretService, running_secret_service
from support.program import PROGRAM
from support.signing_in import Start
from support.terminal import StartTerminal


class _Shared:
    """One service for many tests; gnome-keyring now and then dies of a client that was killed, and gets a successor."""

    def __init__(self, stack: ExitStack, folders: pytest.TempPathFactory) -> None:
        self._stack, self._folders = stack, folders
        self._service: SecretService | None = None

    def empty(self) -> SecretService:
        if self._service is not None:
            with suppress(SecretStorageException, OSError):
                self._service.forget_all()
                return self._service
        self._service = self._stack.enter_context(running_secret_service(self._folders.mktemp("keyring")))
        return self._service


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Shared]:
    with ExitStack() as stack:
        yield _Shared(stack, tmp_path_factory)


@pytest.fixture
def secret_service(_shared: _Shared, monkeypatch: pytest.MonkeyPatch, nothing_personal: None) -> SecretService:
    """A real Secret Service that keeps nothing yet; this process and the programs that it starts find it."""
    service = _shared.empty()
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    return service


@pytest.fixture
def own_secret_service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, nothing_personal: None
) -> Iterator[SecretService]:
    """A service of this test's own, which it may lock or stop."""
    with running_secret_service(tmp_path_factory.mktemp("own-keyring")) as service:
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
