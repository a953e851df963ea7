"""The program in terminals that resize, lack colours or characters, or disappear."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator

import pytest

from support import PATIENCE, clean_environment
from support.program import PROGRAM, served
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui.simulator.account import Account

UPDATED = r"updated \d+s ago"

COLOURED = re.compile(rb"\x1b\[[0-9;]*[34]8;2;(\d+);(\d+);(\d+)")


@pytest.fixture
def env() -> Iterator[dict[str, str]]:
    """The environment for a served account with one running and one finished task."""
    account = Account(time.time, seed=1)
    account.add("refresh", ["https://cdn.test/running-1.jpg"], created=time.time() - 9, queue=0, work=3600)
    account.add("refresh", ["https://cdn.test/finished-1.jpg"], created=time.time() - 90, queue=0, work=9)
    with served(account) as environment:
        yield environment


@pytest.mark.slow
@pytest.mark.parametrize("leads", [True, False], ids=["leads its session", "has no SIGHUP"])
def test_program_exits_when_the_terminal_is_gone(env: dict[str, str], leads: bool) -> None:
    """Textual's writer thread dies of the first error; without our exit the next frames would wait for it for ever."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = clean_environment(env | {"TERM": "xterm-256color"})
    with subprocess.Popen(
        [PROGRAM], stdin=its, stdout=its, stderr=its, env=environment, start_new_session=leads
    ) as program:
        os.close(its)
        seen, end = b"", time.monotonic() + PATIENCE
        while b"updated" not in seen:
            assert time.monotonic() < end, seen
            if select.select([ours], [], [], 0.1)[0]:
                seen += os.read(ours, 65536)
        os.close(ours)
        try:
            assert program.wait(PATIENCE) == 129
        finally:
            program.kill()


def test_many_resizes_leave_the_screen_intact(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env)
    program.wait_for(UPDATED)
    for columns, rows in [(20, 5), (300, 100), (1, 1), (50, 14), (2, 40), (110, 16), (59, 15), (400, 3)] * 4:
        program.resize(columns, rows)
    program.resize(100, 30)
    program.wait_for(rf"(?s){UPDATED}.*running-1.*finished-1.*q Quit")
    program.resize(20, 5)
    program.wait_for(r"q Quit")
    program.resize(300, 100)
    program.wait_for(rf"(?s){UPDATED}.*Created UTC.*running-1")
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_the_first_frame_has_the_size_of_the_terminal(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env | {"COLUMNS": "60", "LINES": "12"})
    lines = program.wait_for("URL").split("\n")
    assert max(map(len, lines)) > 60
    assert "Quit" in lines[-1]


def test_resize_signal_repaints_even_at_the_same_size(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env)
    program.wait_for(UPDATED)
    before = program.raw.count(b"Quit")
    program.signal(signal.SIGWINCH)
    program.wait_until(lambda _screen: program.raw.count(b"Quit") > before, "the last line is not painted again")


def test_no_color_draws_greys_only(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = terminal([PROGRAM], env=env | {"NO_COLOR": "1", "COLORTERM": "truecolor"})
    program.wait_for(UPDATED)
    program.wait_for(r"▶ running(?s:.*)✔ success")
    colours = COLOURED.findall(program.raw)
    assert colours, "greys are drawn"
    for colour in colours:
        assert max(map(int, colour)) - min(map(int, colour)) <= 2, f"rgb{colour} is no grey"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_only_characters_of_the_encoding_are_sent(terminal: StartTerminal, env: dict[str, str], encoding: str) -> None:
    program = terminal([PROGRAM], env=env | {"PYTHONIOENCODING": encoding})
    program.wait_for(UPDATED)
    program.send("q")
    assert program.exit_status() == 0
    program.raw.decode(encoding)
    assert rb"\u" not in program.raw
