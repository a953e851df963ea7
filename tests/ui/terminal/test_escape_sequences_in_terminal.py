"""Escape sequences in a real terminal: they are undone however the program gives it back."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

from support import PATIENCE
from support.terminals.shell import BASH, needs_bash, run_in
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from support.terminals.tmux import StartTmux
from ucdn_tui.ui.terminal.app import TerminalApp
from ucdn_tui.ui.terminal.escape_sequences import RESTORE_TITLE, SAVE_TITLE, progress, title

PROGRAM = """
import os
import signal
import sys

from textual.binding import Binding
from textual.widgets import Static

from ucdn_tui.ui.terminal.escape_sequences import RESTORE_TITLE, SAVE_TITLE, progress, title
from ucdn_tui.ui.terminal.app import TerminalApp


class Writing(TerminalApp):
    BINDINGS = [
        Binding("t", "write(10)", "Write"),
        Binding("u", "write(20)", "Write more"),
        Binding("z", "suspend_process", "Suspend"),
        Binding("v", "shell", "Use the terminal"),
        Binding("w", "suspend_in_a_write", "Suspend in the middle of a write"),
        Binding("x", "crash", "Crash"),
        Binding("q", "quit", "Quit"),
    ]

    def compose(self):
        yield Static("ready")

    def on_mount(self):
        self.handle_signals()
        if "--now" in sys.argv:
            self.action_write(10)
        if "--crash" in sys.argv:
            1 / 0

    def action_write(self, percent):
        self.write_escape(progress(percent), undo=progress(None))
        self.write_escape(title(f"{percent} %"), first=SAVE_TITLE, undo=RESTORE_TITLE)
        self.query_one(Static).update(f"written {percent}")

    def action_shell(self):
        with self.suspend():
            for _ in range(100):  # more than what is written may have to wait for
                self.write_escape(title("dropped"))
            os.write(2, b"SHELL")

    def action_suspend_in_a_write(self):
        with self._driver._writer_thread._queue.mutex:
            signal.raise_signal(signal.SIGTSTP)

    def action_crash(self):
        1 / 0


app = Writing()
app.run()
app.write_escape(title("too late"))
sys.exit(app.return_code or 0)
"""

GIVEN_BACK = "\x1b[?1049l"
"""Leaves the alternate screen."""

ALL = (SAVE_TITLE, RESTORE_TITLE, title("10 %"), title("20 %"), progress(10), progress(20), progress(None), GIVEN_BACK)
NAMES = ("save", "restore", "10 %", "20 %", "progress 10", "progress 20", "no progress", "given back")

WRITTEN = ["progress 10", "save", "10 %"]
UNDONE = ["restore", "no progress", "given back"]


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return [sys.executable, str(path)]


def notifications(terminal: Terminal) -> list[str]:
    """Return the sequences that have reached the terminal, in order."""
    found = re.findall("|".join(map(re.escape, ALL)), terminal.raw.decode(errors="replace"))
    return [NAMES[ALL.index(sequence)] for sequence in found]


def wait_stopped(terminal: Terminal) -> None:
    """Wait until the program is suspended."""
    end = time.monotonic() + PATIENCE
    while os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is None:
        assert time.monotonic() < end, "the program was not suspended"
        assert terminal.raw is not None
        time.sleep(0.01)


def key(name: str) -> Callable[[Terminal], None]:
    return lambda program: program.send(name)


def by(number: signal.Signals) -> Callable[[Terminal], None]:
    return lambda program: program.signal(number)


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        pytest.param(key("q"), 0, id="q"),
        pytest.param(key("x"), 1, id="a crash"),
        pytest.param(by(signal.SIGTERM), 143, id="SIGTERM"),
        pytest.param(by(signal.SIGHUP), 129, id="SIGHUP"),
        pytest.param(by(signal.SIGINT), 130, id="SIGINT"),
    ],
)
def test_everything_is_undone_before_the_terminal_is_given_back(
    terminal: StartTerminal, program: list[str], leave: Callable[[Terminal], None], status: int
) -> None:
    running = terminal(program)
    running.wait_for("ready")
    running.send("t")
    running.wait_for("written 10")
    running.send("u")
    running.wait_for("written 20")
    leave(running)
    assert running.exit_status() == status
    assert running.modes() == RESTORED
    assert notifications(running) == [*WRITTEN, "progress 20", "20 %", *UNDONE]


@pytest.mark.parametrize(("flags", "status"), [(["--now"], 0), (["--now", "--crash"], 1)])
def test_a_sequence_before_the_first_frame_is_undone(
    terminal: StartTerminal, program: list[str], flags: list[str], status: int
) -> None:
    running = terminal([*program, *flags])
    if not status:
        running.wait_for("written 10")
        running.send("q")
    assert running.exit_status() == status
    assert running.modes() == RESTORED
    assert notifications(running) == [*WRITTEN, *UNDONE]


def test_nothing_is_undone_if_nothing_was_written(terminal: StartTerminal, program: list[str]) -> None:
    running = terminal(program)
    running.wait_for("ready")
    running.send("q")
    assert running.exit_status() == 0
    assert notifications(running) == ["given back"]


@pytest.mark.parametrize("suspend", [key("w"), by(signal.SIGTSTP)], ids=["in the middle of a write", "SIGTSTP"])
def test_suspending_undoes_and_resuming_may_write_again(
    terminal: StartTerminal, program: list[str], suspend: Callable[[Terminal], None]
) -> None:
    running = terminal(program)
    running.wait_for("ready")
    running.send("t")
    running.wait_for("written 10")
    suspend(running)
    wait_stopped(running)
    assert running.modes() == RESTORED
    assert notifications(running) == [*WRITTEN, *UNDONE]
    running.signal(signal.SIGCONT)
    running.wait_until(lambda _: running.modes().alternate_screen, "the program did not resume")
    running.send("t")
    running.send("u")
    running.wait_for("written 20")
    running.send("q")
    assert running.exit_status() == 0
    assert notifications(running) == [*WRITTEN, *UNDONE, *WRITTEN, "progress 20", "20 %", *UNDONE]


@needs_bash
def test_suspending_by_a_key_undoes_and_resuming_may_write_again(terminal: StartTerminal, program: list[str]) -> None:
    shell = terminal(BASH)
    run_in(shell, program)
    shell.wait_for("ready")
    shell.send("t")
    shell.wait_for("written 10")
    shell.send("z")
    shell.wait_for("Stopped")
    assert notifications(shell) == [*WRITTEN, *UNDONE]
    shell.send("fg\r")
    shell.wait_until(lambda _: shell.modes().alternate_screen, "the program did not resume")
    shell.send("t")
    shell.send("u")
    shell.wait_for("written 20")
    shell.send("q")
    shell.wait_until(lambda _: not shell.modes().alternate_screen, "the program did not end")
    assert notifications(shell) == [*WRITTEN, *UNDONE, *WRITTEN, "progress 20", "20 %", *UNDONE]


def test_after_sigstop_the_terminal_is_not_taken_again(terminal: StartTerminal, program: list[str]) -> None:
    running = terminal(program)
    running.wait_for("ready")
    running.signal(signal.SIGSTOP)
    wait_stopped(running)
    threads = Path(f"/proc/{running.pid}/task")
    before = len(list(threads.iterdir()))
    running.signal(signal.SIGCONT)
    running.send("t")
    running.wait_for("written 10")
    assert len(list(threads.iterdir())) == before
    running.send("q")
    assert running.exit_status() == 0
    assert running.raw.count(b"\x1b[?1049h") == 1


def test_nothing_is_written_while_suspended(terminal: StartTerminal, program: list[str]) -> None:
    running = terminal(program)
    running.wait_for("ready")
    running.send("t")
    running.wait_for("written 10")
    running.send("v")
    running.wait_until(
        lambda _: notifications(running) == [*WRITTEN, *UNDONE], "the program did not give the terminal back"
    )
    running.wait_until(lambda _: running.modes().alternate_screen, "the program did not resume")
    running.send("t")
    running.send("u")
    running.wait_for("written 20")
    running.send("q")
    assert running.exit_status() == 0
    assert b"dropped" not in running.raw
    assert b"too late" not in running.raw
    assert notifications(running) == [*WRITTEN, *UNDONE, *WRITTEN, "progress 20", "20 %", *UNDONE]


def test_the_terminals_title_is_restored(tmux: StartTmux, program: list[str]) -> None:
    running = tmux(program)
    running.wait_for("ready")
    before = running.query("#{pane_title}")
    for press, shown in (("t", "10 %"), ("u", "20 %")):
        running.keys(press)
        running.wait_for(f"written {shown[:2]}")
        assert running.query("#{pane_title}") == shown
    running.keys("x")
    assert running.exit_status() == 1
    assert running.query("#{pane_title}") == before != "20 %"


class Writing(TerminalApp):
    """Writes sequences without being asked."""

    def on_mount(self) -> None:
        self.write_escape(title("during"), first=SAVE_TITLE, undo=RESTORE_TITLE)


async def test_nothing_is_written_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    app = Writing()
    app.write_escape(title("too early"))
    async with app.run_test():
        assert isinstance(app._driver, HeadlessDriver)
        app.write_escape(title("during"))
    app.write_escape(title("too late"))
    assert not re.search("during|too|22;2t|23;2t", "".join(written))


def test_nothing_is_written_on_the_web(program: list[str], terminal: StartTerminal) -> None:
    running = terminal([*program, "--now"], env={"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"})
    running.wait_until(lambda _: b"written" in running.raw, "nothing was drawn")
    running.signal(signal.SIGTERM)
    running.exit_status()
    assert notifications(running) == []


def test_the_driver_overrides_start_stop_and_input_only() -> None:
    ours, textuals = TerminalApp().driver_class, App[None]().driver_class
    assert issubclass(ours, textuals)
    assert {name for name in vars(ours) if not name.startswith("_")} == {
        "disable_input",
        "run_input_thread",
        "start_application_mode",
        "stop_application_mode",
    }
