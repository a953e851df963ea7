"""Runs a program in a pty: its screen, its terminal modes and its exit status."""

import errno
import os
import re
import select
import signal
import termios
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pexpect
from pyte.screens import Char
from rich.cells import cell_len

from support import PATIENCE, clean_environment
from support.terminals.frame_screen import FrameScreen
from support.terminals.modes import Modes

_WHEEL_UP, _WHEEL_DOWN = 64, 65
_HOVER = 35


RESTORED = Modes()
"""The modes that a program has to leave behind."""


def _accept_interrupts() -> None:
    """Accept Ctrl+C: a shell ignores SIGINT in its background jobs, as in some CI, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program in a pty (pexpect), with a model of its screen (pyte).

    It supports synchronized output (mode 2026) and says so when queried, so that only whole frames are seen.
    Columns and rows count from 0. Leaving the `with` block kills and reaps a running program.
    """

    def __init__(self, child: "pexpect.spawn[bytes]", columns: int, rows: int) -> None:
        self._child = child
        self._screen = FrameScreen(columns, rows)
        self._raw = bytearray()
        self._eof = False
        self._local_flags = self._read_local_flags()

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
    ) -> Self:
        """Start `argv` in a clean environment, changed by `env` (None removes a variable)."""
        with warnings.catch_warnings():
            # Since Python 3.12 a fork warns if there are other threads, such as a test's server. The child execs.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = pexpect.spawn(
                argv[0],
                list(argv[1:]),
                env=clean_environment(env),
                cwd=cwd,
                dimensions=(rows, columns),
                preexec_fn=_accept_interrupts,
            )
        child.delaybeforesend = None  # 50 ms with each key otherwise
        child.ptyproc.delayafterclose = 0
        return cls(child, columns, rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return int(self._child.pid)

    @property
    def raw(self) -> bytes:
        """All bytes that the program has written so far."""
        self._read_all()
        return bytes(self._raw)

    def text(self) -> str:
        """Return the current screen without trailing spaces."""
        self._read_all()
        return "\n".join(self._screen.line(y).rstrip() for y in range(self._screen.lines))

    def cell(self, x: int, y: int) -> Char:
        """Return the character at a position with its colours and attributes."""
        self._read_all()
        return self._screen.buffer[y][x]

    def find(self, text: str) -> tuple[int, int]:
        """Return column and row of the first match of a text; AssertionError if it isn't on the screen."""
        for y, line in enumerate(self.text().split("\n")):
            if (at := line.find(text)) >= 0:
                return cell_len(line[:at]), y
        raise AssertionError(self._report(f"{text!r} is not on the screen"))

    def wait_for(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression (^ and $ match at lines) matches the screen; return the screen."""
        return self.wait_until(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is not None,
            f"{pattern!r} did not appear",
            timeout,
        )

    def wait_gone(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression no longer matches the screen; return the screen."""
        return self.wait_until(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is None,
            f"{pattern!r} did not disappear",
            timeout,
        )

    def wait_until(self, holds: Callable[[str], bool], complaint: str, timeout: float = PATIENCE) -> str:
        """Wait until `holds` returns True for the screen's text; return that text.

        AssertionError with the whole screen after the timeout, or as soon as the program has ended.
        """
        end = time.monotonic() + timeout
        while not holds(screen := self.text()):
            if self._eof:
                with suppress(AssertionError):  # it closes the terminal just before it exits
                    self.exit_status()
                raise AssertionError(self._report(f"{complaint}: the program has ended"))
            if time.monotonic() > end:
                raise AssertionError(self._report(f"{complaint} in {timeout:g} s"))
            self._read(0.05)
        return screen

    def wait_asleep(self) -> None:
        """Wait until the program waits for input, on systems with /proc.

        A signal that arrives between a prompt of Python and its read is only handled after the next line.
        """
        state = Path(f"/proc/{self.pid}/stat")
        end = time.monotonic() + PATIENCE
        while state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < end, self._report("the program is busy")
            time.sleep(0.01)

    def modes(self) -> Modes:
        """Return the current modes of the terminal; compare with `RESTORED` after `exit_status`."""
        raw = self.raw  # reads everything first
        return Modes.read(raw, self._read_local_flags())

    def send(self, keys: str | bytes) -> None:
        """Send keys as a terminal does: `"j"`, `"\\r"`, `"\\x1b[A"`, `"\\x03"`.

        A program that asked for kitty's keyboard protocol gets Escape as `CSI 27 u`. Textual reads a bare ESC as Alt
        if another key follows within 100 ms, and that depends on the machine.
        """
        if keys in ("\x1b", b"\x1b") and self.modes().kitty_keyboard:
            keys = "\x1b[27u"
        self._child.send(keys)

    def paste(self, text: str) -> None:
        """Paste a text: with CR as line end, and in brackets if the program asked for them."""
        text = text.replace("\n", "\r")
        self.send(f"\x1b[200~{text}\x1b[201~" if self.modes().bracketed_paste else text)

    def click(self, x: int, y: int, button: int = 0) -> None:
        """Press and release a mouse button: 0 left, 1 middle, 2 right."""
        self.send(_mouse(button, x, y, "M") + _mouse(button, x, y, "m"))

    def hover(self, x: int, y: int) -> None:
        """Move the mouse to a position."""
        self.send(_mouse(_HOVER, x, y, "M"))

    def wheel(self, x: int, y: int, notches: int = 1) -> None:
        """Turn the mouse wheel at a position: down, or up if `notches` is negative."""
        self.send(_mouse(_WHEEL_DOWN if notches > 0 else _WHEEL_UP, x, y, "M") * abs(notches))

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; the kernel sends SIGWINCH."""
        self._read_all()
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def exit_status(self, timeout: float = PATIENCE) -> int:
        """Read until the program closes its terminal, reap it, and return its exit status.

        Death by signal n is -n, as in `subprocess`, to distinguish it from an exit with 128 + n.
        AssertionError with the whole screen if the program still runs after the timeout.
        """
        end = time.monotonic() + timeout
        while not self._eof or self._child.isalive():
            if not self._child.isalive():
                # Everything it wrote can be read now, even if another process still has the terminal open.
                while self._read(0.2):
                    pass
                break
            if time.monotonic() > end:
                raise AssertionError(self._report(f"the program still runs after {timeout:g} s"))
            if self._eof:
                time.sleep(0.01)
            else:
                self._read(0.05)
        return self._status()

    def close(self) -> None:
        """Kill the program and its child processes, reap it, and close the pty."""
        if self._child.closed:
            return
        if self._child.isalive():
            os.killpg(self.pid, signal.SIGKILL)
            while self._child.isalive():
                if not self._read(0.01):
                    time.sleep(0.01)
        self._read_all()
        self._local_flags = self._read_local_flags()
        self._child.close()

    def _status(self) -> int:
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus)

    def _read_local_flags(self) -> int:
        # Read from the master, which works even after the slave is closed.
        if self._child.closed:
            return self._local_flags
        flags: int = termios.tcgetattr(self._child.child_fd)[3]
        return flags

    def _read_all(self) -> None:
        """Read all available output, and wait for the rest of a started frame."""
        while self._read(PATIENCE if self._screen.in_frame else 0):
            pass

    def _read(self, timeout: float) -> bool:
        """Read once, waiting up to `timeout` seconds; return whether there was any output.

        pexpect's own read is not used: it waits forever for the exit of a program that has closed its terminal.
        """
        if self._eof or self._child.closed:
            return False
        poll = select.poll()
        poll.register(self._child.child_fd, select.POLLIN)
        if not poll.poll(timeout * 1000):
            return False
        try:
            data = os.read(self._child.child_fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # on Linux: the other end is closed
                raise
            data = b""
        if not data:
            self._eof = True
            return False
        self._raw += data
        reply = self._screen.feed(data)
        if reply and not self._read_local_flags() & termios.ECHO:
            os.write(self._child.child_fd, reply)
        return True

    def _report(self, complaint: str) -> str:
        state = "runs" if self._child.isalive() else f"ended with {self._status()}"
        width = self._screen.columns
        return f"{complaint} (the program {state}). The screen:\n{'─' * width}\n{self.text()}\n{'─' * width}"


class StartTerminal(Protocol):
    """The `terminal` fixture: `Terminal.start`, reaped after the test."""

    def __call__(
        self,
        argv: Sequence[str],
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
    ) -> Terminal: ...


def _mouse(button: int, x: int, y: int, final: str) -> str:
    return f"\x1b[<{button};{x + 1};{y + 1}{final}"
