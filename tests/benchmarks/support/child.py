"""Starts programs for measurements: in a pty, from byte code, with the kernel's count of their CPU time."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Self

from support import clean_environment

COLUMNS, LINES = 120, 36

_READ = 65536

_MAX_REPORTED = 2000
"""Characters of the output in an error message."""

_NOT_TEXT = re.compile(
    rb"\x1b\[[0-9;:?<>=!$]*[ -/]*[@-~]"  # cursor, colours, modes
    rb"|\x1b[\]P^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, queries
    rb"|\x1b[()][0-9A-Za-z]|\x1b[=>78cDEHMNOZ]"
)

_TESTS = str(Path(__file__).parents[2])


def environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment of both sides: clean, writing byte code, and with the tests' modules importable."""
    given = {"PYTHONDONTWRITEBYTECODE": None, "PYTHONPATH": _TESTS, "PYTHONUNBUFFERED": None}
    return clean_environment({**given, **(extra or {})})


def python(module: str) -> list[str]:
    """Return the command that imports a module (from byte code) and runs its `main`, like an installed script."""
    return [sys.executable, "-c", f"import sys; from {module} import main; sys.exit(main())"]


class Child:
    """A program in a pty. Its output is read raw, because emulating a terminal would compete for the cores.

    Leaving the `with` block kills it. Terminal queries get no reply; neither side waits for one.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str | None] | None = None,
        lines: int = LINES,
        columns: int = COLUMNS,
    ) -> None:
        variables = environment(env)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.started = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            _exec(argv, variables, slave)
        os.close(slave)
        self._master = master
        self._raw = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def until(self, text: str, limit: float = 30.0) -> float:
        """Return the seconds from the start until a text has been drawn; AssertionError after `limit` seconds.

        The text is searched in all output so far, without escape sequences.
        """
        wanted = text.encode()
        end = self.started + limit
        while time.perf_counter() < end and self._read(0.5):
            arrived = time.perf_counter()
            if wanted in _NOT_TEXT.sub(b"", bytes(self._raw)):
                return arrived - self.started
        drawn = _NOT_TEXT.sub(b"", bytes(self._raw)).decode(errors="replace")
        raise AssertionError(f"{text!r} was not drawn; output ends with: … {drawn[-_MAX_REPORTED:]}")

    def watch(self, seconds: float) -> int:
        """Read the output for `seconds`; return the number of bytes."""
        before, end = len(self._raw), time.perf_counter() + seconds
        while (rest := end - time.perf_counter()) > 0:
            self._read(rest)
        return len(self._raw) - before

    def cpu(self) -> float:
        """Return the CPU seconds used by all its threads since the start."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def _read(self, limit: float) -> bool:
        """Read once, waiting up to `limit` seconds; return False if the program has ended."""
        if select.select([self._master], [], [], limit)[0]:
            try:
                self._raw += os.read(self._master, _READ)
            except OSError:  # on Linux: the other end is closed
                return False
        return True


def _exec(argv: Sequence[str], variables: Mapping[str, str], slave: int) -> None:
    """Replace the forked process with the program."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for number in (0, 1, 2):
            os.dup2(slave, number)
        os.execvpe(argv[0], list(argv), dict(variables))
    finally:
        os._exit(127)
