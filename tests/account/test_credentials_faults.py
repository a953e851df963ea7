"""Keyrings that are missing, locked, hanging or unsafe, each in a child process."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from support import PATIENCE, clean_environment
from support.keyring import SecretService, mute_bus, no_bus, plain_text_back_end, running_secret_service
from ucdn_tui.errors import KeyringError, KeyringReason

PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"

SHORT = 0.3
"""Seconds to wait for an answer that never comes."""


def in_a_child(code: str, environment: Mapping[str, str], *arguments: str) -> str:
    """Run code in a process in which the keyring library has not chosen a back end yet; return its output."""
    source = f"import os, sys\nfrom ucdn_tui.account.credentials import *\nfrom ucdn_tui.errors import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(environment),
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FAILING = f"""
import json
from ucdn_tui.secret import *
limit = float(sys.argv[1])
keys = Keys("public", Secret({PRIVATE_KEY!r}))
for name, use in dict(
    read=lambda store: store.read("work"),
    write=lambda store: store.write("work", keys),
    delete=lambda store: store.delete("work"),
).items():
    try:
        with_store(use, limit=limit)
    except KeyringError as error:
        print(json.dumps([error.reason, str(error)]))
    else:
        print(json.dumps([name, "worked"]))
"""
"""Runs in a child process, because the library leaves sockets open when it fails."""


def fault(environment: Mapping[str, str], limit: float = PATIENCE) -> tuple[str, str]:
    """Return reason and message of the error that reading, writing and deleting all raise."""
    faults = [json.loads(line) for line in in_a_child(FAILING, environment, str(limit)).splitlines()]
    assert len(faults) == 3
    assert faults[0] == faults[1] == faults[2]
    reason, message = faults[0]
    assert PRIVATE_KEY not in message
    return reason, message


class TestFailingKeyring:
    def test_missing_bus(self, short_folder: Path) -> None:
        reason, message = fault(no_bus(short_folder))
        assert reason == KeyringReason.NONE
        assert message == str(KeyringError(KeyringReason.NONE))
        assert fault({}) == (reason, message)

    def test_bus_that_never_answers(self, short_folder: Path) -> None:
        with mute_bus(short_folder) as environment:
            reason, message = fault(environment, SHORT)
        assert reason == KeyringReason.TIMED_OUT
        assert message == str(KeyringError(KeyringReason.TIMED_OUT))

    def test_bus_that_closes_connections(self, short_folder: Path) -> None:
        with mute_bus(short_folder, hangs_up=True) as environment:
            assert fault(environment)[0] == KeyringReason.NONE

    def test_bus_without_a_keyring(self, secret_service: SecretService) -> None:
        secret_service.kill()
        assert fault(secret_service.environment)[0] == KeyringReason.NONE

    def test_service_without_a_default_keyring(self, short_folder: Path) -> None:
        with running_secret_service(short_folder / "none", has_keyring=False) as service:
            reason, message = fault(service.environment)
        assert reason == KeyringReason.NO_COLLECTION
        assert message.startswith("Keyring missing: Secret Service runs, but has no default keyring. Create or unlock")

    def test_locked_keyring(self, secret_service: SecretService) -> None:
        secret_service.put_keys("work", "public", PRIVATE_KEY)
        secret_service.lock()
        reason, message = fault(secret_service.environment)
        assert reason == KeyringReason.LOCKED
        assert message == str(KeyringError(KeyringReason.LOCKED, "Secret Service"))

    def test_stopped_daemon(self, secret_service: SecretService) -> None:
        with secret_service.stopped():
            reason, message = fault(secret_service.environment, SHORT)
        assert reason == KeyringReason.TIMED_OUT
        assert "this session only" in message

    def test_daemon_that_dies_before_a_read(self, secret_service: SecretService) -> None:
        code = (
            "import signal\n"
            "def use(store):\n"
            "    os.kill(int(sys.argv[1]), signal.SIGKILL)\n"
            "    return store.read('work')\n"
            "try: with_store(use)\n"
            "except KeyringError as error: print(error.reason)"
        )
        output = in_a_child(code, secret_service.environment, str(secret_service.pid))
        assert output == KeyringReason.NOT_RUNNING


class TestPlainTextBackEnd:
    """An installed plain-text back end, which the library itself would prefer."""

    def test_plain_text_back_end_is_neither_used_nor_loaded(self, tmp_path: Path, short_folder: Path) -> None:
        environment = {**plain_text_back_end(tmp_path), **no_bus(short_folder)}
        chosen = "import keyring; print(keyring.get_keyring().__class__.__name__)"
        assert in_a_child(chosen, environment) == "PlainText", "the library has not found it"
        code = (
            "from ucdn_tui.secret import *\n"
            "try: with_store(lambda store: store.write('work', Keys('public', Secret('private'))))\n"
            "except KeyringError as error: print(error.reason, error)\n"
            "assert 'plaintextkeyring' not in sys.modules"
        )
        output = in_a_child(code, environment)
        assert output == f"none {KeyringError(KeyringReason.NONE)}"
        assert not (Path.home() / "plain-text.json").exists()

    def test_real_keyring_is_used_beside_a_plain_text_back_end(
        self, tmp_path: Path, secret_service: SecretService
    ) -> None:
        environment = {**plain_text_back_end(tmp_path), **secret_service.environment}
        chosen = "import keyring; print(keyring.get_keyring().__class__.__name__)"
        assert in_a_child(chosen, environment) == "ChainerBackend", "the library has not found both"
        code = (
            "from ucdn_tui.secret import *\n"
            "with_store(lambda store: store.write('work', Keys('public', Secret('private'))))\n"
            "print(with_store(lambda store: store.label))"
        )
        assert in_a_child(code, environment) == "Secret Service"
        assert secret_service.keys("work") == {"public_key": "public", "private_key": "private"}
        assert not (Path.home() / "plain-text.json").exists()
