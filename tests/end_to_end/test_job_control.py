"""Ctrl+Z, `fg`, `bg` and `kill` in a shell with job control, and Ctrl+Z without such a shell."""

import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.program import PROGRAM, served
from support.terminals.shell import BASH, PROMPT, needs_bash
from support.terminals.terminal import RESTORED, StartTerminal
from support.terminals.tmux import StartTmux, Tmux
from ucdn_tui.simulator.account import Account

UPDATED = r"updated \d+s ago"
SHOWN = rf"(?s){UPDATED}.*running-1"


@pytest.fixture
def env() -> Iterator[dict[str, str]]:
    """The environment for a served account with one running task."""
    account = Account(time.time, seed=1)
    account.add("refresh", ["https://cdn.test/running-1.jpg"], created=time.time() - 9, queue=0, work=3600)
    with served(account) as environment:
        yield environment


def run(shell: Tmux, command: str) -> None:
    """Type a command in the shell."""
    shell.literal(command)
    shell.keys("Enter")


def suspended(tmux: StartTmux, env: dict[str, str], command: str = PROGRAM) -> Tmux:
    """Return a shell in which this command has been started, and suspended with Ctrl+Z."""
    shell = tmux(BASH, env=env)
    shell.wait_for(PROMPT)
    run(shell, command)
    shell.wait_for(SHOWN)
    shell.keys("C-z")
    shell.wait_for("Stopped")
    return shell


@needs_bash
def test_suspend_and_resume(tmux: StartTmux, env: dict[str, str]) -> None:
    shell = suspended(tmux, env)
    assert not shell.state().alternate_screen
    run(shell, "echo the shell has the terminal")
    shell.wait_for("^the shell has the terminal")
    run(
        shell, "clear; bg; until [ $(jobs -ps) ]; do :; done; echo in the background"
    )  # it stops again, without a terminal
    shell.wait_for("^in the background")
    run(shell, "fg")
    shell.wait_for(SHOWN)
    shell.keys("q")
    shell.wait_for(PROMPT)
    run(shell, "echo status $?")
    shell.wait_for("^status 0")


@needs_bash
def test_a_script_around_the_program_is_suspended_with_it(tmux: StartTmux, env: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "wrap.sh"
    script.write_text(f"#!/bin/bash\n{PROGRAM}\necho the script ends with $?\n", encoding="utf-8")
    script.chmod(0o700)
    shell = suspended(tmux, env, shlex.quote(str(script)))
    for _ in range(2):
        run(shell, "clear; jobs -s | grep -c Stopped.*wrap; echo the shell has the terminal")
        shell.wait_for("^1\nthe shell has the terminal")
        run(shell, "fg")
        shell.wait_for(SHOWN)
        shell.keys("C-z")
        shell.wait_for("Stopped")
    run(shell, "fg")
    shell.wait_for(SHOWN)
    shell.keys("q")
    shell.wait_for("^the script ends with 0")


@needs_bash
def test_a_timed_list_of_commands_is_suspended_with_the_program(tmux: StartTmux, env: dict[str, str]) -> None:
    shell = suspended(tmux, env, f"time (cd / && {PROGRAM}; echo after the program)")
    run(shell, "clear; fg")
    shell.wait_for(SHOWN)
    shell.keys("q")
    shell.wait_for("^after the program")


@needs_bash
@pytest.mark.parametrize(
    ("key", "dialog"), [("?", "─ Help"), ("w", "─ Time range"), ("C-p", "Search commands")], ids=str
)
def test_suspend_works_in_a_dialog(tmux: StartTmux, env: dict[str, str], key: str, dialog: str) -> None:
    shell = tmux(BASH, env=env)
    shell.wait_for(PROMPT)
    run(shell, PROGRAM)
    shell.wait_for(SHOWN)
    shell.keys(key)
    shell.wait_for(dialog)
    shell.keys("C-z")
    shell.wait_for("Stopped")
    run(shell, "clear; fg")
    shell.wait_for(dialog)
    assert shell.state().alternate_screen


@needs_bash
@pytest.mark.parametrize("first", ["", "bg; until [ $(jobs -ps) ]; do :; done; "], ids=["stopped", "after bg"])
def test_a_suspended_program_can_be_terminated(tmux: StartTmux, env: dict[str, str], first: str) -> None:
    shell = suspended(tmux, env)
    run(shell, f"clear; {first}kill %1; wait -f %1; echo status $?")
    shell.wait_for("^status 143")
    assert not shell.state().alternate_screen


def test_without_a_shell_ctrl_z_only_repaints(terminal: StartTerminal, env: dict[str, str]) -> None:
    """Nobody could continue the program: the kernel does not stop it."""
    program = terminal([PROGRAM], env=env)
    program.wait_for(SHOWN)
    program.send("\x1a")
    program.wait_until(lambda _: program.raw.count(b"\x1b[?1049h") == 2, "the terminal was not taken again")
    program.send("?")
    program.wait_for("─ Help")
    program.send("\x11")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED
