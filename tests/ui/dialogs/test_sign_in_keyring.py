"""The sign-in form and the dashboard with faulty keyrings, in a real terminal."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from support.keyring import SecretService, mute_bus, no_bus, plain_text_back_end
from support.program import PROGRAM
from support.screen.sign_in import (
    CTRL_Q,
    CTRL_S,
    ENTER,
    ESCAPE,
    FORM,
    FOUND,
    TAB,
    UPDATED,
    config_file,
    fill_in,
    impatient,
    simulated,
    words,
    write_config,
)
from support.servers.simulator_server import running_server
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.simulator.actions.service import Service

AT_ONCE = 30.0
"""Seconds within which the program must exit although a keyring hangs: half of the keyring's time limit."""


def check_responds(program: Terminal) -> None:
    """Fail unless the form responds: typed text appears and can be deleted."""
    program.send("typed")
    program.wait_for(r"Public key +typed$")
    program.send("\x7f" * 5)
    program.wait_for(r"Public key +from UCloud console > API keys$")


def check_quits_at_once(program: Terminal, key: str) -> None:
    """Fail unless this key quits the program in time and restores the terminal."""
    program.send(key)
    assert program.exit_status(AT_ONCE) == 0
    assert program.modes() == RESTORED
    assert b"Traceback" not in program.raw


def refused(back_end: str) -> str:
    return KeyringError(KeyringReason.REFUSED, back_end).title


@pytest.fixture
def fault(request: pytest.FixtureRequest, tmp_path: Path, short_folder: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a machine with one fault."""
    match request.param:
        case "no bus":
            yield no_bus(short_folder)
        case "mute bus":
            with mute_bus(short_folder) as environment:
                yield environment
        case "plain text installed":
            yield {**plain_text_back_end(tmp_path), **no_bus(short_folder)}
        case back_end:
            service = request.getfixturevalue("secret_service")
            yield {**plain_text_back_end(tmp_path), **service.environment, "PYTHON_KEYRING_BACKEND": back_end}


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("no bus", KeyringError(KeyringReason.NONE).title),
        ("mute bus", KeyringError(KeyringReason.NONE).title),
        ("plain text installed", KeyringError(KeyringReason.NONE).title),
        ("keyring.backends.null.Keyring", refused("keyring.backends.null.Keyring")),
        ("no.such.Thing", refused("no.such.Thing")),
    ],
    indirect=["fault"],
)
def test_unusable_keyring_is_reported_and_the_form_works(
    terminal: StartTerminal, fault: Mapping[str, str], complaint: str
) -> None:
    program = terminal([PROGRAM], env=fault)
    program.wait_for(FORM)
    check_responds(program)
    program.wait_until(lambda screen: complaint in words(screen), f"{complaint!r} is not shown")
    shown = words(program.text())
    assert shown.count(complaint) == 1
    assert "Sign in for this session only, or set up a keyring and start again." in shown
    assert re.search(r"^ *This session only$", program.text(), re.MULTILINE), "another button is shown"
    check_quits_at_once(program, CTRL_Q)
    assert not (Path.home() / "plain-text.json").exists()


def test_quit_while_the_keyring_does_not_answer(terminal: StartTerminal, short_folder: Path) -> None:
    with mute_bus(short_folder) as environment:
        program = terminal([PROGRAM], env=environment)
        program.wait_for("Checking the keyring")
        check_responds(program)
        check_quits_at_once(program, ESCAPE)


@pytest.mark.parametrize("key", [CTRL_S, ENTER, TAB + ENTER], ids=["^s", "enter in the last field", "the button"])
def test_without_a_keyring_signing_in_is_for_this_session_only(
    terminal: StartTerminal, short_folder: Path, tmp_path: Path, key: str
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = terminal([PROGRAM], env=no_bus(short_folder))
        program.wait_for(KeyringError(KeyringReason.NONE).title)
        fill_in(program, account.public_key, account.private_key, url)
        program.send(key)
        program.wait_for(r"^ this session · .*" + UPDATED)
        program.send("q")
        assert program.exit_status(AT_ONCE) == 0
    assert not config_file(tmp_path / "home").exists()


@contextmanager
def locked(service: SecretService, _sign: Path) -> Iterator[None]:
    service.lock()
    yield


@contextmanager
def stopped(service: SecretService, sign: Path) -> Iterator[None]:
    """Stop the daemon, and shorten the program's time limit for it."""
    sign.touch()
    with service.stopped():
        yield


FAULTY = pytest.mark.parametrize(
    ("failing", "complaint"),
    [
        pytest.param(locked, str(KeyringError(KeyringReason.LOCKED, "Secret Service")), id="locked"),
        pytest.param(stopped, str(KeyringError(KeyringReason.TIMED_OUT)), id="stopped"),
    ],
)

Failing = Callable[[SecretService, Path], AbstractContextManager[None]]


@FAULTY
def test_failed_save_leaves_the_form_filled_and_no_files(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path, failing: Failing, complaint: str
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = terminal(impatient(tmp_path / "sign"), env=secret_service.environment)
        program.wait_for(FOUND)
        fill_in(program, account.public_key, account.private_key, url)
        with failing(secret_service, tmp_path / "sign"):
            program.send(CTRL_S)
            screen = program.wait_until(lambda text: complaint in words(text), f"{complaint!r} is not shown")
            assert re.search(rf"Public key +{account.public_key}$", screen, re.MULTILINE)
            assert re.search(r"Private key +•{40}$", screen, re.MULTILINE)
            check_quits_at_once(program, ESCAPE)
    assert not config_file(tmp_path / "home").exists()


@FAULTY
def test_unreadable_keys_are_asked_for_with_the_reason(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path, failing: Failing, complaint: str
) -> None:
    write_config(tmp_path / "home", 'default = "work"\n[profiles.work]\nendpoint = "http://127.0.0.1:9"\n')
    secret_service.put_keys("work", "public", "private")
    with failing(secret_service, tmp_path / "sign"):
        program = terminal(impatient(tmp_path / "sign"), env=secret_service.environment)
        program.wait_for(r"Profile name +work$")
        assert complaint in words(program.text())
        check_quits_at_once(program, CTRL_Q)


def test_dashboard_works_while_the_keyring_hangs(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path
) -> None:
    write_config(tmp_path / "home", 'default = "work"\n[profiles.work]\nendpoint = "http://127.0.0.1:9"\n')
    with secret_service.stopped():
        program = terminal([PROGRAM], env=secret_service.environment)
        program.wait_for("tasks of the last 24h …")
        program.send("?")
        program.wait_for("╭─ Help")
        program.send(ESCAPE)
        program.wait_gone("╭─ Help")
        check_quits_at_once(program, "q")
