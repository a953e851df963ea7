"""An interactive shell with job control, to suspend programs in."""

import shlex
import shutil
from collections.abc import Sequence

import pytest

from support.terminals.terminal import Terminal

BASH = ["bash", "--norc", "--noprofile", "-i"]
"""The shell, without the user's settings."""

PROMPT = r"(?m)^\S*[$#] ?$"

needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="needs a shell with job control")


def run_in(shell: Terminal, argv: Sequence[str]) -> None:
    """Type a command once the shell's prompt is there."""
    shell.wait_for(PROMPT)
    shell.send(f"{shlex.join(argv)}\r")
