"""Faults of the keyring while the program starts: reported, and retried on refresh."""

import json
import threading
from typing import Any, cast

import keyring.errors
import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.data.busy_account import busy_account, truth
from support.servers.faulty_dashboard import faulty_dashboard
from ucdn_tui.account import credentials
from ucdn_tui.account.credentials import KeyStore
from ucdn_tui.simulator.account import Account as Simulated


class Vault:
    """A system keyring: unlocked and with the right keys, or as the test sets it."""

    def __init__(self, simulated: Simulated) -> None:
        self.right = json.dumps({"public_key": simulated.public_key, "private_key": simulated.private_key})
        self.value: str | None = self.right
        self.trouble: Exception | None = None
        self.is_open = True
        self.opens = threading.Event()
        """Set when a locked keyring is unlocked."""
        self.reads = 0

    def get_password(self, _service: str, _profile: str) -> str | None:
        self.reads += 1
        if not self.is_open:
            self.opens.wait(PATIENCE)
        if self.trouble is not None:
            raise self.trouble
        return self.value


@pytest.mark.parametrize(
    ("state", "title"),
    [
        pytest.param({"trouble": keyring.errors.KeyringLocked()}, "Keyring locked", id="locked"),
        pytest.param({"trouble": keyring.errors.InitError()}, "Keyring not running", id="not running"),
        pytest.param({"trouble": ConnectionResetError()}, "Keyring not running", id="gone"),
        pytest.param({"trouble": TypeError("unknown")}, "Keyring failed", id="broken"),
        pytest.param({"is_open": False}, "Keyring not responding", id="waits for its password"),
        pytest.param({"value": None}, "No keys", id="empty"),
        pytest.param({"value": "hunter2"}, "Keys cannot be read", id="another program's item"),
    ],
)
async def test_keyring_faults_are_reported_and_retried_on_refresh(
    state: dict[str, Any], title: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = busy_account(clock)
    vault = Vault(simulated)
    vars(vault).update(state)
    monkeypatch.setattr(credentials, "open_store", lambda: KeyStore(cast("Any", vault), "Secret Service"))
    with_store = credentials.with_store
    monkeypatch.setattr(
        credentials, "with_store", lambda use: with_store(use, limit=PATIENCE if vault.is_open else 0.2)
    )
    async with faulty_dashboard(clock, simulated, profile="work", loaded=False) as ui:
        await ui.sees("Sign in to UCloud", title)
        await ui.press("escape")
        await ui.sees("SIGN-IN NEEDED", title)
        reads = vault.reads
        vault.opens.set()
        vault.is_open = True
        vault.trouble, vault.value = None, vault.right
        await ui.pass_time(300)
        assert "SIGN-IN NEEDED" in ui.status_text()
        assert (ui.server.asked, vault.reads) == ([], reads)
        await ui.press("r")
        await ui.settle(ui.is_right)
        assert ui.statuses() == truth(simulated)
