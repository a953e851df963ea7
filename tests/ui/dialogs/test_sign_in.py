"""The sign-in screen in a real terminal, also where the keyring is at fault: it lives, says so, and can be left."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from support.keyring import SecretService, mute_bus, no_bus, plain_text_back_end
from support.program import PROGRAM, answered
from support.screen.sign_in import (
    CTRL_Q,
    CTRL_S,
    END,
    ENTER,
    ESCAPE,
    FORM,
    FOUND,
    SHIFT_TAB,
    TAB,
    UPDATED,
    Start,
    config_file,
    fill_in,
    impatient,
    simulated,
    write_config,
)
from support.servers.simulator_server import running_server
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.simulator.service import Service

AT_ONCE = 30.0
"""Seconds within which the program is gone, whatever hangs: half of what a keyring is given to answer."""


def words(screen: str) -> str:
    """Return what a screen says, its lines as one."""
    return re.sub(r"\s+", " ", screen)


def lives(program: Terminal) -> None:
    """Fail unless keys are still answered: what is typed appears, and goes again."""
    program.send("typed")
    program.wait_for(r"Public key +typed$")
    program.send("\x7f" * 5)
    program.wait_for(r"Public key$")


def is_left_at_once(program: Terminal, key: str) -> None:
    program.send(key)
    assert program.exit_status(AT_ONCE) == 0
    assert program.modes() == RESTORED
    assert b"Traceback" not in program.raw


REFUSED = "Keyring refused. PYTHON_KEYRING_BACKEND asks for {}, which is not known to protect keys. Unset it."
NONE = "No keyring to keep keys in. "


@pytest.fixture
def fault(request: pytest.FixtureRequest, tmp_path: Path, short_folder: Path) -> Iterator[Mapping[str, str]]:
    """Give the environment of a machine with one fault."""
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
        ("no bus", NONE + "No keyring runs here that keys could be kept in."),
        ("mute bus", NONE + "No keyring runs here that keys could be kept in."),
        ("plain text installed", NONE + "There is only plaintextkeyring.PlainText, which does not protect"),
        ("keyring.backends.null.Keyring", REFUSED.format("keyring.backends.null.Keyring")),
        ("no.such.Thing", REFUSED.format("no.such.Thing")),
    ],
    indirect=["fault"],
)
def test_unusable_keyring_is_reported_and_the_form_works(
    terminal: StartTerminal, fault: Mapping[str, str], complaint: str
) -> None:
    program = terminal([PROGRAM], env=fault)
    program.wait_for(FORM)
    lives(program)
    program.wait_until(lambda screen: complaint in words(screen), f"{complaint!r} is not said")
    assert "for this session only" in words(program.text())
    is_left_at_once(program, CTRL_Q)
    assert not (Path.home() / "plain-text.json").exists()


def test_quit_while_the_keyring_does_not_answer(terminal: StartTerminal, short_folder: Path) -> None:
    with mute_bus(short_folder) as environment:
        program = terminal([PROGRAM], env=environment)
        program.wait_for("Checking the keyring")
        lives(program)
        is_left_at_once(program, ESCAPE)


def test_session_only_sign_in_works_without_a_keyring(
    terminal: StartTerminal, short_folder: Path, tmp_path: Path
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = terminal([PROGRAM], env=no_bus(short_folder))
        program.wait_for("No keyring to keep keys in")
        fill_in(program, account.public_key, account.private_key, url)
        program.send(CTRL_S)
        program.wait_for("No keyring available. Choose “This session only”")
        program.send(TAB + ENTER)
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
    """Hold the daemon up, and let nobody wait for it as long as people do."""
    sign.touch()
    with service.stopped():
        yield


FAULTY = pytest.mark.parametrize(
    ("failing", "complaint"),
    [
        pytest.param(locked, "Keyring locked. Secret Service is locked. Unlock it, and try again.", id="locked"),
        pytest.param(stopped, "Keyring does not answer.", id="stopped"),
    ],
)

Failing = Callable[[SecretService, Path], AbstractContextManager[None]]


@FAULTY
def test_failed_save_leaves_the_form_filled_and_no_files(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path, failing: Failing, complaint: str
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = terminal(impatient(PROGRAM, tmp_path / "sign"), env=secret_service.environment)
        program.wait_for(FOUND)
        fill_in(program, account.public_key, account.private_key, url)
        with failing(secret_service, tmp_path / "sign"):
            program.send(CTRL_S)
            screen = program.wait_until(lambda text: complaint in words(text), f"{complaint!r} is not said")
            assert re.search(rf"Public key +{account.public_key}$", screen, re.MULTILINE)
            assert re.search(r"Private key +•{40}$", screen, re.MULTILINE)
            is_left_at_once(program, ESCAPE)
    assert not config_file(tmp_path / "home").exists()


@FAULTY
def test_unreadable_keys_are_asked_for_with_the_reason(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path, failing: Failing, complaint: str
) -> None:
    write_config(tmp_path / "home", 'default = "work"\n[profiles.work]\nendpoint = "http://127.0.0.1:9"\n')
    secret_service.put_keys("work", "public", "private")
    with failing(secret_service, tmp_path / "sign"):
        program = terminal(impatient(PROGRAM, tmp_path / "sign"), env=secret_service.environment)
        program.wait_for(r"Profile name +work$")
        assert complaint in words(program.text())
        is_left_at_once(program, CTRL_Q)


def test_dashboard_works_while_the_keyring_hangs(
    terminal: StartTerminal, secret_service: SecretService, tmp_path: Path
) -> None:
    write_config(tmp_path / "home", 'default = "work"\n[profiles.work]\nendpoint = "http://127.0.0.1:9"\n')
    with secret_service.stopped():
        program = terminal([PROGRAM], env=secret_service.environment)
        program.wait_for("the tasks of the last 24h …")
        program.send("?")
        program.wait_for("╭─ Help")
        program.send(ESCAPE)
        program.wait_gone("╭─ Help")
        is_left_at_once(program, "q")


def test_keys_typed_fast_go_into_their_own_fields(start: Start) -> None:
    """As password managers type them; the private key must not land where it shows."""
    program = start()
    program.wait_for(FORM)
    program.send("some-public-key\tsome-private-key")
    program.wait_for(r"Private key +•{16}$")
    assert re.search(r"Public key +some-public-key$", program.text(), re.MULTILINE)
    assert b"some-private-key" not in program.raw


def test_invalid_input_is_reported_and_the_fields_stay_filled(
    start: Start, secret_service: SecretService, tmp_path: Path
) -> None:
    program = start()

    def says(complaint: str) -> None:
        program.send(CTRL_S)
        screen = program.wait_until(lambda text: complaint in words(text), f"{complaint!r} is not said")
        assert re.search(r"Profile name +(mine|default)$", screen, re.MULTILINE)

    program.wait_for(FOUND)
    says("Both keys are needed.")
    fill_in(program, "public", "private", "http://api.ucloud.cn", profile="mine")
    says("http://api.ucloud.cn is not encrypted.")
    for url, complaint in (
        ("api.ucloud.cn", "Give an address such as https://api.ucloud.cn."),
        ("http://127.0.0.1:9", "Connection refused. 127.0.0.1 does not accept connections."),
    ):
        program.send(SHIFT_TAB * 2)
        program.paste(url)
        program.send(TAB * 2)
        program.wait_for(rf"^ +{url}$")
        says(complaint)
    assert re.search(r"Public key +public$", program.text(), re.MULTILINE)
    assert re.search(r"Private key +•{7}$", program.text(), re.MULTILINE)
    assert secret_service.items() == {}
    assert not config_file(tmp_path / "home").exists()


def test_known_endpoints_can_be_chosen(start: Start) -> None:
    program = start()
    program.wait_for(FORM)
    program.send(TAB + TAB + ENTER)
    screen = program.wait_for("Other…")
    for endpoint in ("https://api.ucloud.cn", "https://api.surfercloud.com", "http://api.service.ucloud.cn"):
        assert endpoint in screen
    program.send(END + "\x1b[A" + ENTER)
    program.wait_for(r"Endpoint +http://api\.service\.ucloud\.cn")
    program.wait_gone("Other…")


def test_every_field_is_reachable_in_a_small_terminal(start: Start) -> None:
    program = start(columns=50, rows=14)
    program.wait_for(FORM)
    fill_in(program, "public", "private", "http://127.0.0.1:9", profile="mine")
    program.send(TAB)
    program.wait_for("Sign in +This session only")
    program.send(ENTER)
    program.wait_for("Connection refused")
    program.resize(100, 30)
    program.wait_for(r"Private key +•{7}$")


def test_sub_account_without_project_list_signs_in_with_a_typed_id(
    terminal: StartTerminal, secret_service: SecretService
) -> None:
    def answer(call: dict[str, str]) -> str:
        if call["Action"] == "GetProjectList":
            return '{"RetCode": 299, "Message": "IAM permission error"}'
        return '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'

    with answered(answer) as variables:
        program = terminal([PROGRAM], env=secret_service.environment)
        fill_in(program, "sub", "its-key", variables["UCLOUD_API_BASE_URL"], project="org-typed")
        program.wait_for(FOUND)
        program.send(CTRL_S)
        program.wait_for(r"^ default · org-typed · .*" + UPDATED)
    assert secret_service.keys("default") == {"public_key": "sub", "private_key": "its-key"}


MARKUP = ("[/b]", "[prod] shop", "[test] shop", "[@click=app.quit]Production[/]")


def test_project_names_are_shown_literally_and_can_be_clicked(terminal: StartTerminal, short_folder: Path) -> None:
    asked: list[str] = []

    def answer(call: dict[str, str]) -> str:
        if call["Action"] == "GetProjectList":
            return json.dumps(
                {
                    "RetCode": 0,
                    "ProjectSet": [{"ProjectId": f"org-{n}", "ProjectName": m} for n, m in enumerate(MARKUP)],
                }
            )
        asked.append(call["ProjectId"])
        return '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'

    with answered(answer) as variables:
        program = terminal([PROGRAM], env=no_bus(short_folder))
        fill_in(program, "public", "private", variables["UCLOUD_API_BASE_URL"])
        program.send(TAB + ENTER)  # the button for a session, where there is no keyring
        program.wait_for(r"Project +\[/b\] \(org-0\)")
        program.click(*program.find("[/b] (org-0)"))
        program.wait_until(lambda screen: all(f"{name} (org-" in screen for name in MARKUP), "a name is not offered")
        program.click(*program.find("Production[/] (org-3)"))
        program.wait_gone(r"\[prod\] shop")
        program.wait_for(r"Project id +org-3$")
        program.click(*program.find("Production[/] (org-3)"))
        program.wait_for(r"\[prod\] shop")
        program.click(*program.find("[prod] shop (org-1)"))
        program.wait_for(r"Project id +org-1$")
        program.click(*program.find("This session only"))
        program.wait_for(r"^ this session · org-1 · .*" + UPDATED)
        program.send("q")
        assert program.exit_status() == 0
    assert set(asked) == {"org-1"}
