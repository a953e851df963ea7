"""Input from a real terminal that is no key: it neither ends the program nor acts as keys."""

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.program import PROGRAM, answered, is_first_page
from support.terminals.replies import REPLIES
from support.terminals.terminal import RESTORED, StartTerminal, Terminal

UNREADABLE = {
    "GBK": b"\xd6\xd0",
    "Latin-1": b"\xe9",
    "no byte of UTF-8": b"\xff",
    "8-bit CSI": b"\x9bA",
    "eightBitInput": b"\xea",
    "mouse motion beyond column 95": b"\x1b[M\x43\x80\x2a",
    "cursor key with an event type": b"\x1b[1;1:1B",
    "key with an event type": b"\x1b[106;1:1u",
    "key with alternates": b"\x1b[1089:1089:99;5u",
    "key number beyond Unicode": b"\x1b[99999999999u",
}

TASK = {
    "TaskId": "one-task",
    "Type": "file",
    "Status": "success",
    "CreateTime": int(time.time()) - 600,
    "UrlLists": [{"Url": "https://img.example.com/a.png", "Status": "success", "Progress": 100}],
}


@pytest.fixture
def program(terminal: StartTerminal) -> Iterator[Terminal]:
    """The program over an account without changes, with its list shown; it must quit at the end."""

    def answer(call: Mapping[str, str]) -> str:
        return json.dumps({"RetCode": 0, "TaskList": [TASK] if is_first_page(call, "Refresh") else []})

    with answered(answer) as env:
        program = terminal([PROGRAM], columns=160, env=env)
        program.wait_for(r"(?s)img\.example\.com.*updated \d+s ago|updated \d+s ago.*img\.example\.com")
        yield program
        program.send("\x11")
        assert program.exit_status() == 0
        assert program.modes() == RESTORED


def lasting(screen: str) -> str:
    """Return the screen without ages and times, and without the hint."""
    return re.sub(r" +updated.*| \w+ ago| \? shows help.*|[ │]+$", "", screen, flags=re.MULTILINE)


def test_invalid_input_does_not_end_the_program(program: Terminal) -> None:
    for sent in UNREADABLE.values():
        program.send(sent)
        program.send("?")
        program.wait_for("─ Help ─")
        program.send("\x1b")
        program.wait_gone("─ Help ─")


def test_late_replies_of_the_terminal_are_ignored(program: Terminal) -> None:
    before = lasting(program.wait_for(r"q Quit$"))
    program.send(b"".join(REPLIES.values()))
    program.send("?")
    program.wait_for("─ Help ─")
    program.send("\x1b")
    program.wait_until(lambda screen: lasting(screen) == before, "the screen has changed")


def test_a_byte_that_is_not_utf8_becomes_u_fffd(program: Terminal) -> None:
    program.send("/")
    program.wait_for(" Done  ")
    program.send(b"a\xd6\xd0b")
    program.wait_for("a\ufffd\ufffdb")


def test_keys_work_after_a_paste_without_an_end(program: Terminal) -> None:
    program.send("/")
    program.wait_for(" Done  ")
    program.send("\x1b[200~abc")
    program.wait_for("abc")
    program.send("def")
    program.wait_for("abcdef")


FAILING = """
import os, sys
from ucdn_tui.cli.main import run
from ucdn_tui.ui.terminal import input as terminal_input

def fail(driver, on_lost):
    private_key = os.environ["PRIVATE"]
    raise RuntimeError(f"{len(private_key)} \\x1b[31mred\\x9b5m")

terminal_input.read_input = fail
sys.exit(run(sys.argv[1:]))
"""


def test_an_error_in_the_drivers_thread_is_a_crash(terminal: StartTerminal, tmp_path: Path) -> None:
    log, secret = tmp_path / "log", "46f09bb9fab4f12dfc160dae12273d5332b5debe"
    argv = [sys.executable, "-c", FAILING, "--demo", "--log-file", str(log)]
    program = terminal(argv, env={"PRIVATE": secret}, cwd=Path.home())
    assert program.exit_status() == 1
    assert program.modes() == RESTORED
    report = program.raw.decode()
    assert "40 \ufffd[31mred\ufffd5m" in re.sub(r"\x1b\[[0-9;]*m", "", report)
    written = log.read_text(encoding="utf-8")
    assert "CRITICAL ucdn_tui.ui.terminal.app: crash" in written
    assert "RuntimeError" in written
    for text in (report, written):
        assert secret not in text
        assert "\x9b" not in text
