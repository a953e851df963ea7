"""Programs started for measuring: in a real pty, from byte code, with their CPU time as the kernel counts it."""

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

_REPORTED = 2000
"""Characters, of what was drawn instead of what was waited for."""

_NOT_TEXT = re.compile(
    rb"\x1b\[[0-9;:?<>=!$]*[ -/]*[@-~]"  # cursor, colours, modes
    rb"|\x1b[\]P^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, queries
    rb"|\x1b[()][0-9A-Za-z]|\x1b[=>78cDEHMNOZ]"
)

_TESTS = str(Path(__file__).parents[2])


def environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return what both sides are started with: nothing personal, byte code is written, and our modules are found."""
    given = {"PYTHONDONTWRITEBYTECODE": None, "PYTHONPATH": _TESTS, "PYTHONUNBUFFERED": None}
    return clean_environment({**given, **(extra or {})})


def python(module: str) -> list[str]:
    """Return the command that runs `main` of a module, imported (from byte code) as a program's script imports it."""
    return [sys.executable, "-c", f"import sys; from {module} import main; sys.exit(main())"]


class Child:
    """A program in a pty. What it draws is read here, raw: a terminal's model would compete for the cores.

    Leaving the `with` block kills it. Nobody answers a terminal's queries; no side waits for that.
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
            _become(argv, variables, slave)
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
        """Return after how many seconds from its start a text had arrived; AssertionError if it does not.

        It is looked for in all that was drawn so far, without escape sequences.
        """
        wanted = text.encode()
        end = self.started + limit
        while time.perf_counter() < end and self._read(0.5):
            arrived = time.perf_counter()
            if wanted in _NOT_TEXT.sub(b"", bytes(self._raw)):
                return arrived - self.started
        drawn = _NOT_TEXT.sub(b"", bytes(self._raw)).decode(errors="replace")
        raise AssertionError(f"{text!r} was not drawn, but: … {drawn[-_REPORTED:]}")

    def watch(self, seconds: float) -> int:
        """Read what is drawn for so long; return the number of bytes."""
        before, end = len(self._raw), time.perf_counter() + seconds
        while (rest := end - time.perf_counter()) > 0:
            self._read(rest)
        return len(self._raw) - before

    def cpu(self) -> float:
        """Return the seconds of CPU that all its threads have had since it began."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def _read(self, limit: float) -> bool:
        """Read once, waiting up to `limit` seconds; return False when the program has ended."""
        if select.select([self._master], [], [], limit)[0]:
            try:
                self._raw += os.read(self._master, _READ)
            except OSError:  # Linux's way of saying that the other end is closed
                return False
        return True


def _become(argv: Sequence[str], variables: Mapping[str, str], slave: int) -> None:
    """Turn the forked process into the program."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for number in (0, 1, 2):
            os.dup2(slave, number)
        os.execvpe(argv[0], list(argv), dict(variables))
    finally:
        os._exit(127)
