"""Crash reports and logs never contain private keys or signatures."""

from pathlib import Path

import pytest

from support.keyring import SecretService
from support.leaks import LOGGING, PRIVATE_KEY, SignatureRecorder, search, wrapped, written
from support.screen.sign_in import UPDATED, sign_in, write_config
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui.simulator.server import Server

DASHBOARD = """
from ucdn_tui.ui.dashboard import Dashboard
def refresh(self):
    connection = self.app._connection
    raise RuntimeError("on purpose")
Dashboard.action_refresh = refresh
"""

KEYS_IN_LOCALS = """
from ucdn_tui.api import caller
from ucdn_tui.ui.dashboard import Dashboard
seen = []
sign = caller.sign
def signing(form, private_key):
    seen.append(private_key)
    return sign(form, private_key)
caller.sign = signing
def refresh(self):
    private_key = seen[-1]
    raise RuntimeError("on purpose")
Dashboard.action_refresh = refresh
"""

POLLER = """
from ucdn_tui.api import caller
from ucdn_tui.ui.dashboard import Dashboard
seen = []
sign = caller.sign
def signing(form, private_key):
    seen.append(private_key)
    return sign(form, private_key)
caller.sign = signing
def tick(self):
    if self.is_loading: return
    private_key, form = seen[-1], {"PrivateKey": seen[-1]}
    raise RuntimeError("on purpose")
Dashboard.tick = tick
"""


@pytest.mark.parametrize(
    ("place", "key"),
    [
        pytest.param(DASHBOARD, "r", id="in an action"),
        pytest.param(KEYS_IN_LOCALS, "r", id="with the key in a local variable"),
        pytest.param(POLLER, "", id="in a timer"),
    ],
)
def test_dashboard_crash_shows_neither_keys_nor_signatures(
    terminal: StartTerminal, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path,
    place: str, key: str,
) -> None:  # fmt: skip
    home, log = tmp_path / "home", tmp_path / "log.txt"
    write_config(home, f'default = "work"\n[profiles.work]\nendpoint = "{server.url}"\n')
    secret_service.put_keys("work", service.account.public_key, PRIVATE_KEY)
    program = terminal([*wrapped(tmp_path, LOGGING + place), "--log-file", str(log)], env=secret_service.environment)
    if key:
        program.wait_for(UPDATED)
        program.send(key)
    assert program.exit_status() == 1
    assert program.modes() == RESTORED
    assert "RuntimeError: on purpose" in program.text()
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError: on purpose" in text
    assert "DescribeNewUcdnRefreshCacheTask" in text
    assert "httpcore" in text, "the log isn't at its most talkative"
    search(written(program, tmp_path), service)


IN_A_CALLBACK = """
from ucdn_tui.ui.dashboard import Dashboard
import gc
from ucdn_tui.secret import Keys
def updated(self, update):
    private_key = next(one for one in gc.get_objects() if isinstance(one, Keys)).private.reveal()
    raise RuntimeError("on purpose, with " + str(len(private_key)))
Dashboard._updated = updated
"""


def test_failed_poller_callback_is_logged_without_the_key(
    terminal: StartTerminal, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    write_config(tmp_path / "home", f'default = "work"\n[profiles.work]\nendpoint = "{server.url}"\n')
    secret_service.put_keys("work", service.account.public_key, PRIVATE_KEY)
    program = terminal(
        [*wrapped(tmp_path, LOGGING + IN_A_CALLBACK), "--log-file", str(log)], env=secret_service.environment
    )
    program.wait_until(lambda _: log.exists() and b"on purpose, with 41" in log.read_bytes(), "nothing is logged")
    program.send("q")
    program.exit_status()
    assert program.modes() == RESTORED
    search(written(program, tmp_path), service)


SIGNING_IN = """
from ucdn_tui.account.accounts import Accounts
save = Accounts.save
async def failing(self, profile, keys):
    private_key = keys.private.reveal()
    await save(self, profile, keys)
    raise RuntimeError("on purpose")
Accounts.save = failing
"""


def test_sign_in_crash_shows_no_key(
    terminal: StartTerminal, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    program = terminal(
        [*wrapped(tmp_path, LOGGING + SIGNING_IN), "--log-file", str(log)], env=secret_service.environment
    )
    sign_in(program, service.account, server.url)
    assert program.exit_status() == 1
    assert "RuntimeError: on purpose" in program.text()
    assert "RuntimeError: on purpose" in log.read_text(encoding="utf-8")
    assert secret_service.keys("default")
    search(written(program, tmp_path), service)
