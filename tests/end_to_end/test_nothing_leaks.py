"""Private keys and signatures never leak into logs, crash reports, screens, files or process listings."""

import base64
import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from rich.pretty import pretty_repr

from support.clock import FakeClock
from support.keyring import SecretService
from support.screen.demo_app import NOWHERE
from support.screen.sign_in import (
    CTRL_C,
    CTRL_S,
    CTRL_X,
    ENTER,
    ESCAPE,
    FORM,
    UPDATED,
    Start,
    fill_in,
    sign_in,
    simulated,
    write_config,
)
from support.servers.simulator_server import background_server
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.server import Server
from ucdn_tui.simulator.service import Service
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.format import UNICODE

PRIVATE_KEY = "pl4nted/+key&with=every?kind%of~sign-4711"


class SignatureRecorder(Service):
    """Records the signatures of all requests."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.signatures: set[str] = set()

    def handle(self, params):
        self.signatures.add(params.get("Signature", ""))
        return super().handle(params)


@pytest.fixture
def service() -> SignatureRecorder:
    account = simulated("planted")
    account._private_key = PRIVATE_KEY
    return SignatureRecorder(account)


@pytest.fixture
def server(service: SignatureRecorder) -> Iterator[Server]:
    with background_server(service) as running:
        yield running


def forms_of(secret: str) -> set[bytes]:
    """Return a secret in every form in which it could leak; also in halves, because lines wrap."""
    raw = secret.encode()
    forms = {raw, raw[: len(raw) // 2], raw[len(raw) // 2 :], raw[::-1]}
    forms |= {raw.hex().encode(), raw.hex().upper().encode(), raw.hex(" ").encode()}
    forms |= {quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for begin in range(3):  # its offset in a longer text, modulo 3
        encoded = base64.b64encode(b"x" * begin + raw)[4 if begin else 0 : -4]
        forms |= {encoded, encoded.replace(b"+", b"-").replace(b"/", b"_")}
    forms |= {repr(secret)[1:-1].encode(), secret.encode("utf-16-le")}
    return forms


def search(where: dict[str, bytes], service: SignatureRecorder, private_key: str = PRIVATE_KEY) -> None:
    """Fail if the key or a request's signature occurs anywhere, in any form."""
    secrets = forms_of(private_key) | {signature.encode() for signature in service.signatures if signature}
    assert service.signatures, "nothing was sent"
    found = [(name, secret) for name, data in where.items() for secret in secrets if secret in data]
    assert not found


def written(program: Terminal, *folders: Path) -> dict[str, bytes]:
    """Return the program's output: to its terminal and to files in these folders."""
    files = {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    return {"terminal": program.raw, "screen": program.text().encode(), **files}


def test_search_finds_a_planted_key() -> None:
    for hidden in (
        PRIVATE_KEY.encode(),
        b"locals: " + repr(PRIVATE_KEY).encode(),
        base64.b64encode(f'{{"private_key": "{PRIVATE_KEY}"}}'.encode()),
        base64.b64encode(PRIVATE_KEY.encode()),
        f"PrivateKey={quote_plus(PRIVATE_KEY)}&Action=x".encode(),
        PRIVATE_KEY.encode().hex().encode(),
        b"terminal \x1b[1m" + PRIVATE_KEY[20:].encode() + b"\x1b[0m",
    ):
        assert any(form in hidden for form in forms_of(PRIVATE_KEY)), hidden


LOGGING = """
import logging, sys
from ucdn_tui import log
from ucdn_tui.cli import main as cli
def log_all(path, log_to=log.log_to):
    log_to(path)
    (handler,) = [one for one in logging.getLogger("ucdn_tui").handlers if hasattr(one, "baseFilename")]
    for name in ("", "ucdn_tui", "httpx", "httpcore", "asyncio", "keyring", "secretstorage", "jeepney"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
log.log_to = log_all
"""

DASHBOARD = """
from ucdn_tui.ui.dashboard import Dashboard
def refresh(self):
    connection = self.app._connection
    raise RuntimeError("on purpose")
Dashboard.action_refresh = refresh
"""

KEYS_IN_LOCALS = """
from ucdn_tui.api import client
from ucdn_tui.ui.dashboard import Dashboard
seen = []
sign = client.sign
def signing(form, private_key):
    seen.append(private_key)
    return sign(form, private_key)
client.sign = signing
def refresh(self):
    private_key = seen[-1]
    raise RuntimeError("on purpose")
Dashboard.action_refresh = refresh
"""

POLLER = """
from ucdn_tui.api import client
from ucdn_tui.ui.dashboard import Dashboard
seen = []
sign = client.sign
def signing(form, private_key):
    seen.append(private_key)
    return sign(form, private_key)
client.sign = signing
def tick(self):
    if self.is_loading: return
    private_key, form = seen[-1], {"PrivateKey": seen[-1]}
    raise RuntimeError("on purpose")
Dashboard.tick = tick
"""


def wrapped(folder: Path, code: str) -> list[str]:
    """Return a command that runs this code, then the program. Rich shows local variables only of code in a file."""
    file = folder / "wrapped.py"
    file.write_text(code + "\nsys.exit(cli.run(sys.argv[1:]))\n", encoding="utf-8")
    return [sys.executable, str(file)]


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
async def failing(self, profile, keys, *, default=False):
    private_key = keys.private.reveal()
    await save(self, profile, keys, default=default)
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


def test_wrong_key_cannot_be_seen_copied_or_captured(
    terminal: StartTerminal, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path
) -> None:
    wrong = "wr0ng/+key&with=every?kind%of~sign-4712"
    (tmp_path / "home" / "Downloads").mkdir()
    log = tmp_path / "log.txt"
    program = terminal(
        [*wrapped(tmp_path, LOGGING), "--log-file", str(log)],
        env=secret_service.environment,
    )
    fill_in(program, service.account.public_key, wrong, server.url)
    arguments = Path(f"/proc/{program.pid}/cmdline").read_bytes() + Path(f"/proc/{program.pid}/environ").read_bytes()
    program.send(CTRL_S)
    screen = program.wait_for("RetCode 171")
    assert wrong not in screen
    program.send(CTRL_C)  # the private key is focused and fully selected
    program.wait_for("Press Ctrl.C once more to quit")  # so nothing was copied
    program.send("\x10")  # command palette, for a screenshot
    program.wait_for("Search for commands")
    program.paste("screenshot")
    program.wait_for("Save the screen as an SVG")
    program.send(ENTER)
    program.wait_until(lambda _: [*tmp_path.rglob("*.svg")] != [], "no picture is taken")
    program.wait_for(FORM)
    program.send("\x1b[H\x1b[1;2F" + CTRL_X)  # select all and cut
    program.wait_for(r"Private key$")
    program.send(ESCAPE)
    assert program.exit_status() == 0
    assert b"]52;" not in program.raw
    pictures = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.svg")]
    assert "•••••" in pictures[0]
    search({**written(program, tmp_path), "ps": arguments}, service, wrong)


def test_session_leaves_the_key_in_the_keyring_only(
    start: Start, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    program = start("--log-file", str(log))
    sign_in(program, service.account, server.url)
    program.wait_for(UPDATED)
    seen = {name: Path(f"/proc/{program.pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm", "status")}
    for key, shown in (("P", "d Remove"), ("O", "Project org-only")):
        program.send(key)
        program.wait_for(shown)
        program.send(ESCAPE)
        program.wait_gone(shown)
    program.send("q")
    assert program.exit_status() == 0
    assert secret_service.keys("default") == {
        "public_key": service.account.public_key,
        "private_key": PRIVATE_KEY,
    }
    assert re.search(r"DescribeNewUcdnRefreshCacheTask: 1 rows .* request id \S{36}", log.read_text(encoding="utf-8"))
    search({**written(program, tmp_path), **seen}, service)
    assert service.account.public_key.encode() not in log.read_bytes()


def holders(clock: FakeClock) -> dict[str, object]:
    """Return an instance of every class that holds keys."""
    keys = Keys("public", Secret(PRIVATE_KEY))
    connection = Connection("work", keys, "https://api.example.com", "org", "work")
    accounts = Accounts(ConfigFile(NOWHERE), clock, home=NOWHERE)
    app = UcdnApp(accounts, connection, clock, UNICODE)
    screen = SignInScreen(accounts)
    screen._verified = keys, "https://api.example.com"
    return {
        "secret": keys.private,
        "keys": keys,
        "connection": connection,
        "accounts": accounts,
        "lazy client": accounts.client(connection),
        "client": UcdnClient("https://api.example.com", keys, clock),
        "app": app,
        "sign-in screen": screen,
        "dashboard": app._dashboard(connection),
        "message": SignInScreen.SignedIn(connection),
    }


async def test_objects_with_keys_hide_them_in_repr_and_pickle(clock: FakeClock) -> None:
    held = holders(clock)
    for name, holder in held.items():
        texts = [repr(holder), str(holder), f"{holder}", pretty_repr(holder), repr(getattr(holder, "__dict__", {}))]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                texts.append(repr(pickle.dumps(holder, protocol)))
            except Exception as error:  # noqa: BLE001 - many types of error mean that it cannot be pickled
                texts.append(repr(error))
        assert not [text for text in texts if PRIVATE_KEY in text], name
    await held["client"].aclose()


def test_help_and_usage_errors_show_no_key(start: Start, secret_service: SecretService) -> None:
    environment = {"UCLOUD_PUBLIC_KEY": "public", "UCLOUD_PRIVATE_KEY": PRIVATE_KEY}
    for flags in (("--help",), ("login", "--help"), ("--bogus",)):
        program = start(*flags, **environment)
        program.exit_status()
        assert not [form for form in forms_of(PRIVATE_KEY) if form in program.raw]
