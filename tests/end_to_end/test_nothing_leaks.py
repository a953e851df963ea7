"""Private keys and signatures never leak into logs, screens, files or process listings."""

import base64
import pickle
import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from rich.pretty import pretty_repr

from support.clock import FakeClock
from support.keyring import SecretService
from support.leaks import LOGGING, PRIVATE_KEY, SignatureRecorder, forms_of, search, wrapped, written
from support.program import PROGRAM, SLOW_HANDS
from support.screen.demo_app import NOWHERE
from support.screen.sign_in import CTRL_C, CTRL_S, CTRL_X, ENTER, ESCAPE, FORM, UPDATED, Start, fill_in, sign_in, words
from support.terminals.terminal import StartTerminal
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.server import Server
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.text.glyphs import UNICODE


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


def test_wrong_key_cannot_be_seen_copied_or_captured(
    terminal: StartTerminal, secret_service: SecretService, server: Server, service: SignatureRecorder, tmp_path: Path
) -> None:
    wrong = "wr0ng/+key&with=every?kind%of~sign-4712"
    folder = tmp_path / "[@click=app.quit]x"
    folder.mkdir()
    log, textual_log = tmp_path / "log.txt", tmp_path / "textual.txt"
    program = terminal(
        [*wrapped(tmp_path, f"{LOGGING}\n{SLOW_HANDS}"), "--log-file", str(log)],
        env={**secret_service.environment, "TEXTUAL_LOG": str(textual_log)},
        cwd=folder,
    )
    fill_in(program, service.account.public_key, wrong, server.url)
    arguments = Path(f"/proc/{program.pid}/cmdline").read_bytes() + Path(f"/proc/{program.pid}/environ").read_bytes()
    program.send(CTRL_S)
    screen = program.wait_for("RetCode 171")
    assert wrong not in screen
    program.send(CTRL_C)  # the private key is focused and fully selected
    program.wait_for("Press Ctrl.C again to quit")  # so nothing was copied
    program.send("\x10")  # command palette, for a screenshot
    program.wait_for("Search commands")
    program.paste("screenshot")
    program.wait_for(r"Screenshot \(SVG\)")
    program.send(ENTER)
    program.wait_until(lambda _: [*tmp_path.rglob("*.svg")] != [], "no picture is taken")
    program.wait_for(FORM)
    program.wait_until(lambda text: "[@click=app.quit]x" in words(text), "its path is parsed as markup")
    program.send("\x1b[H\x1b[1;2F" + CTRL_X)  # select all and cut
    program.wait_for(r"Private key$")
    program.send(ESCAPE)
    assert program.exit_status() == 0
    assert b"]52;" not in program.raw
    pictures = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.svg")]
    assert "•••••" in pictures[0]
    assert (folder / "ucdn-screenshot.svg").stat().st_mode & 0o777 == 0o600
    assert not textual_log.exists()
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


@pytest.mark.parametrize("arguments", ["", " login"])
def test_no_core_dump_has_keys(terminal: StartTerminal, secret_service: SecretService, arguments: str) -> None:
    shell = f"ulimit -S -c `ulimit -H -c`; exec {PROGRAM}{arguments}"
    program = terminal(["/bin/sh", "-c", shell], env=secret_service.environment)
    limits = Path(f"/proc/{program.pid}/limits")
    program.wait_for("Public key")
    assert re.search(r"^Max core file size +0 ", limits.read_text(encoding="utf-8"), re.MULTILINE)


def holders(clock: FakeClock) -> dict[str, object]:
    """Return an instance of every class that holds keys."""
    keys = Keys("public", *[Secret(PRIVATE_KEY)] * 3)
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
        "dashboard": app.dashboard_for(connection),
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
