"""Exit: by key, signal or crash; its status, the restored terminal and the saved state."""

import json
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import PATIENCE
from support.program import PROGRAM, SLOW_HANDS, changed, served, variables
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.simulator.account import Account

UPDATED = r"updated \d+s ago"


@pytest.fixture
def env() -> Iterator[dict[str, str]]:
    """The environment for a served account with one running task."""
    account = Account(time.time, seed=1)
    account.add("refresh", ["https://cdn.test/running-1.jpg"], created=time.time() - 9, queue=0, work=3600)
    with served(account) as environment:
        yield environment


def twice(key: str) -> Callable[[Terminal], None]:
    def press(program: Terminal) -> None:
        program.send(key)
        program.wait_for("Press Ctrl.C again to quit")
        program.send(key)

    return press


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        pytest.param(lambda program: program.send("q"), 0, id="q"),
        pytest.param(lambda program: program.send("\x11"), 0, id="Ctrl+Q"),
        pytest.param(twice("\x03"), 0, id="Ctrl+C twice"),
        pytest.param(lambda program: program.signal(signal.SIGTERM), 143, id="SIGTERM"),
        pytest.param(lambda program: program.signal(signal.SIGHUP), 129, id="SIGHUP"),
        pytest.param(lambda program: program.signal(signal.SIGINT), 130, id="SIGINT"),
        pytest.param(lambda program: program.signal(signal.SIGQUIT), 131, id="SIGQUIT"),
    ],
)
def test_exit_status_tells_the_cause_and_the_terminal_is_restored(
    terminal: StartTerminal, env: dict[str, str], leave: Callable[[Terminal], None], status: int
) -> None:
    program = terminal(changed(SLOW_HANDS), env=env)
    program.wait_for(UPDATED)
    assert program.modes() != RESTORED
    leave(program)
    assert program.exit_status() == status
    assert program.modes() == RESTORED
    assert env["UCLOUD_PRIVATE_KEY"].encode() not in program.raw


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda program: program.send("\x11"), id="Ctrl+Q"),
        pytest.param(lambda program: program.signal(signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda program: program.signal(signal.SIGHUP), id="SIGHUP"),
    ],
)
def test_last_choice_is_saved_on_exit(
    terminal: StartTerminal, env: dict[str, str], tmp_path: Path, leave: Callable[[Terminal], None]
) -> None:
    program = terminal([PROGRAM], env={**env, "XDG_STATE_HOME": str(tmp_path)})
    program.wait_for(UPDATED)
    program.send("f")
    program.wait_for("following")
    leave(program)
    program.exit_status()
    state = json.loads((tmp_path / "ucdn-tui" / "screen.json").read_text())
    assert state["accounts"]["env"]["following"] is True


def test_quit_before_the_first_answer(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env)
    program.wait_for("q Quit")
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_quit_while_the_server_does_not_answer(terminal: StartTerminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plug:
        program = terminal([PROGRAM], env=variables(f"http://127.0.0.1:{plug.getsockname()[1]}"))
        program.wait_for("Loading tasks of the last 24h")
        plug.settimeout(PATIENCE)
        connection, _ = plug.accept()
        with connection:
            program.send("q")
            assert program.exit_status() == 0
    assert program.modes() == RESTORED


CRASHING = """
import os, sys
from ucdn_tui.cli import main as cli
from ucdn_tui.ui.dashboard import Dashboard

def refresh(self):
    private_key = os.environ["UCLOUD_PRIVATE_KEY"]
    raise RuntimeError(MESSAGE)

Dashboard.action_refresh = refresh
sys.exit(cli.run(sys.argv[1:]))
"""


def crashing(message: str) -> list[str]:
    return [sys.executable, "-c", CRASHING.replace("MESSAGE", ascii(message))]


def test_crash_is_status_1_and_reports_no_key(terminal: StartTerminal, env: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "crash.log"
    program = terminal([*crashing("on purpose"), "--log-file", str(log)], env=env)
    program.wait_for(UPDATED)
    program.send("r")
    assert program.exit_status() == 1
    assert program.modes() == RESTORED
    report = program.text()
    assert "RuntimeError: on purpose" in report
    assert "Traceback" in report
    written = log.read_text(encoding="utf-8")
    assert "RuntimeError: on purpose" in written
    assert "DescribeNewUcdnRefreshCacheTask: 1 rows" in written
    assert stat.S_IMODE(os.stat(log).st_mode) == 0o600
    for text in (program.raw.decode(errors="replace"), written):
        assert env["UCLOUD_PRIVATE_KEY"] not in text
    assert env["UCLOUD_PUBLIC_KEY"] not in written


def test_crash_report_is_sanitized(terminal: StartTerminal, env: dict[str, str]) -> None:
    """An exception's message may contain text from the API: here a terminal reset, `ESC c`."""
    program = terminal(crashing("no such row: \x1bcgone"), env=env)
    program.wait_for(UPDATED)
    program.send("r")
    assert program.exit_status() == 1
    assert b"no such row: " in program.raw
    assert b"\x1bc" not in program.raw


def test_client_that_cannot_be_created_is_reported(terminal: StartTerminal) -> None:
    wrong = {"SSL_CERT_FILE": "/nowhere/ca.pem", "HTTPS_PROXY": "foo://127.0.0.1"}
    program = terminal([PROGRAM], env=variables("https://127.0.0.1:9") | wrong)
    program.wait_for(r"FAILED")
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED
    assert b"Traceback" not in program.raw


def test_ascii_terminal_gets_ascii_only(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env | {"PYTHONIOENCODING": "ascii"})
    program.wait_for(r"updated \d+s ago")
    program.wait_for(r"of 1 URL")
    assert "\\" not in program.text()
    assert program.text().isascii()
