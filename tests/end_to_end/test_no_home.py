"""A user without a home folder: keys in the environment suffice."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.leaks import wrapped
from support.program import Command, served
from support.screen.sign_in import UPDATED
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui.simulator.account import Account

NO_ENTRY = """
import pwd, sys
from ucdn_tui.cli import main as cli
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
"""
"""A container's user without an entry in /etc/passwd."""


@pytest.fixture
def variables() -> Iterator[dict[str, str]]:
    account = Account(time.time, seed=1)
    account.add("refresh", ["https://cdn.test/one-1.jpg"], created=time.time(), queue=0, work=3600)
    with served(account) as environment:
        yield environment


@pytest.mark.parametrize("home", [None, "", "/dev/null", "/nonexistent"])
def test_dashboard_runs_with_keys_in_the_environment(
    terminal: StartTerminal, variables: dict[str, str], tmp_path: Path, home: str | None
) -> None:
    program = terminal(wrapped(tmp_path, NO_ENTRY), env={**variables, "HOME": home}, cwd=tmp_path)
    program.wait_for(UPDATED)
    program.send("S")  # a choice that would be saved
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_command_without_a_configuration_says_how_to_get_one() -> None:
    done = Command({"HOME": "/dev/null"})("profiles")
    assert (done.returncode, done.stderr) == (0, "No profiles. Create one with `ucdn-tui login`.\n")
