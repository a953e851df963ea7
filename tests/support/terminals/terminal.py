"""A program in a real pty: what it draws, what it leaves behind, and how it ends."""

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
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pexpect
import pyte
from pyte.screens import Char
from rich.cells import cell_len

from support import PATIENCE, clean_environment

# pyte takes these for other sequences, or prints their last letter: whatever is marked private (kitty's keyboard
# protocol, xterm's key options) but no mode, and all queries that carry a dollar sign.
_MISREAD = re.compile(rb"\x1b\[(?:[<>=][0-9;:]*[ -/]*[@-~]|\?[0-9;]*(?:[ -/]+[@-~]|[@-gi-km-~]))")

# The beginning of a sequence whose end is in the next read.
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:<=>?]*[ -/]*)?\Z")

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])([0-9]*)u")

_SYNC_QUERY, _SYNC_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_SYNC = re.compile(rb"\x1b\[\?2026([hl])")

_MOUSE_REPORTS = (9, 1000, 1001, 1002, 1003)
"""The modes that make a terminal send the mouse; 1005, 1006, 1015 and 1016 only say in which form."""

_WHEEL_UP, _WHEEL_DOWN = 64, 65
_HOVER = 35


@dataclass(frozen=True)
class Modes:
    """How a program has set its terminal. The defaults are a shell's: what must be so again after the program."""

    alternate_screen: bool = False
    mouse: bool = False
    bracketed_paste: bool = False
    focus_reports: bool = False
    kitty_keyboard: bool = False
    cursor_visible: bool = True
    line_wrap: bool = True
    echo: bool = True
    canonical: bool = True
    signals: bool = True


RESTORED = Modes()


def _hear_interrupts() -> None:
    """Undo what a shell does to its background jobs: a child of theirs, as in some CI, would be deaf to Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program in a pty (pexpect), with a model of its screen (pyte).

    It knows synchronized output (mode 2026), and tells so when it is asked: a frame is seen as a whole or not at all.
    Columns and rows count from 0. Leaving the `with` block kills and reaps a program that still runs.
    """

    def __init__(self, child: "pexpect.spawn[bytes]", columns: int, rows: int) -> None:
        self._child = child
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._raw = bytearray()
        self._unread = b""
        self._eof = False
        self._in_frame = False
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
        """Start `argv` in a clean environment with `env` on top (None takes a variable away)."""
        with warnings.catch_warnings():
            # Since Python 3.12 a fork warns when there are other threads, such as a test's server. The child execs.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = pexpect.spawn(
                argv[0],
                list(argv[1:]),
                env=clean_environment(env),
                cwd=cwd,
                dimensions=(rows, columns),
                preexec_fn=_hear_interrupts,
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
        """Return the screen as it is now, without spaces at the lines' ends."""
        self._read_all()
        return "\n".join(line.rstrip() for line in self._screen.display)

    def cell(self, x: int, y: int) -> Char:
        """Return the character at a place with its colours and attributes."""
        self._read_all()
        return self._screen.buffer[y][x]

    def find(self, text: str) -> tuple[int, int]:
        """Return column and row where a text begins; AssertionError if it isn't on the screen."""
        for y, line in enumerate(self.text().split("\n")):
            if (at := line.find(text)) >= 0:
                return cell_len(line[:at]), y
        raise AssertionError(self._report(f"{text!r} is not on the screen"))

    def wait_for(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression (^ and $ are a line's) is found on the screen; return the screen."""
        return self.wait_until(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is not None,
            f"{pattern!r} did not appear",
            timeout,
        )

    def wait_gone(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression is no longer found on the screen; return the screen."""
        return self.wait_until(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is None,
            f"{pattern!r} did not go away",
            timeout,
        )

    def wait_until(self, holds: Callable[[str], bool], complaint: str, timeout: float = PATIENCE) -> str:
        """Wait until `holds` is true of the screen's text; return that text.

        AssertionError with the whole screen when the time is over, or sooner when the program has ended.
        """
        end = time.monotonic() + timeout
        while not holds(screen := self.text()):
            if self._eof:
                with suppress(AssertionError):  # it closes the terminal a moment before it is gone
                    self.exit_status()
                raise AssertionError(self._report(f"{complaint}: the program has ended"))
            if time.monotonic() > end:
                raise AssertionError(self._report(f"{complaint} in {timeout:g} s"))
            self._read(0.05)
        return screen

    def wait_asleep(self) -> None:
        """Wait until the program only waits for a key, on systems that tell.

        Python reads a line in two steps: a signal between its prompt and its reading is noticed after the next line.
        """
        state = Path(f"/proc/{self.pid}/stat")
        end = time.monotonic() + PATIENCE
        while state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < end, self._report("the program is busy")
            time.sleep(0.01)

    def modes(self) -> Modes:
        """Return how the program has set its terminal by now; compare with `RESTORED` after `exit_status`."""
        raw = self.raw
        private: dict[int, bool] = {}
        for match in _MODE.finditer(raw):
            for mode in filter(None, match[1].split(b";")):
                private[int(mode)] = match[2] == b"h"
        depth = 0
        for match in _KITTY.finditer(raw):
            depth = depth + 1 if match[1] == b">" else max(0, depth - int(match[2] or 1))
        local = self._read_local_flags()
        return Modes(
            alternate_screen=any(private.get(mode, False) for mode in (47, 1047, 1049)),
            mouse=any(private.get(mode, False) for mode in _MOUSE_REPORTS),
            bracketed_paste=private.get(2004, False),
            focus_reports=private.get(1004, False),
            kitty_keyboard=depth > 0,
            cursor_visible=private.get(25, True),
            line_wrap=private.get(7, True),
            echo=bool(local & termios.ECHO),
            canonical=bool(local & termios.ICANON),
            signals=bool(local & termios.ISIG),
        )

    def send(self, keys: str | bytes) -> None:
        """Send keys as a terminal does: `"j"`, `"\\r"`, `"\\x1b[A"`, `"\\x03"`.

        A program that asked for kitty's keyboard protocol gets Escape as `CSI 27 u`. A bare ESC that a key follows
        within Textual's 100 ms would be Alt and that key, and how soon the next key comes is the machine's business.
        """
        if keys in ("\x1b", b"\x1b") and self.modes().kitty_keyboard:
            keys = "\x1b[27u"
        self._child.send(keys)

    def paste(self, text: str) -> None:
        """Paste a text: a line's end comes as the Enter key does, and a program that asked for brackets gets them."""
        text = text.replace("\n", "\r")
        self.send(f"\x1b[200~{text}\x1b[201~" if self.modes().bracketed_paste else text)

    def click(self, x: int, y: int, button: int = 0) -> None:
        """Press and release a mouse button: 0 left, 1 middle, 2 right."""
        self.send(_mouse(button, x, y, "M") + _mouse(button, x, y, "m"))

    def hover(self, x: int, y: int) -> None:
        """Move the mouse to a place."""
        self.send(_mouse(_HOVER, x, y, "M"))

    def wheel(self, x: int, y: int, notches: int = 1) -> None:
        """Turn the mouse wheel over a place: down, or up when `notches` is negative."""
        self.send(_mouse(_WHEEL_DOWN if notches > 0 else _WHEEL_UP, x, y, "M") * abs(notches))

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; the kernel tells the program by SIGWINCH."""
        self._read_all()
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def exit_status(self, timeout: float = PATIENCE) -> int:
        """Read until the program closes its terminal, reap it, and return its exit status.

        A death by signal n is -n, as `subprocess` has it, so that it differs from a program that exits with 128 + n.
        AssertionError with the whole screen if it still runs when the time is over.
        """
        end = time.monotonic() + timeout
        while not self._eof or self._child.isalive():
            if not self._child.isalive():
                # All that it wrote can be read now, even when some other process holds the terminal open.
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
        """Kill the program and what it started if they still run, reap it, and give the pty back."""
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
        # Asked at the master's end, which knows the flags even when nobody has the slave's end open any more.
        if self._child.closed:
            return self._local_flags
        flags: int = termios.tcgetattr(self._child.child_fd)[3]
        return flags

    def _read_all(self) -> None:
        """Read all there is, and the rest of a frame that has begun."""
        while self._read(PATIENCE if self._in_frame else 0):
            pass

    def _read(self, timeout: float) -> bool:
        """Read once, waiting up to `timeout` seconds; return whether anything came.

        Not by pexpect's own reading, which waits without a limit for the end of a program that has closed its terminal.
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
            if error.errno != errno.EIO:  # Linux's way of saying that the other end is closed
                raise
            data = b""
        if not data:
            self._eof = True
            return False
        self._raw += data
        data = self._unread + data
        cut = match.start() if (match := _UNFINISHED.search(data)) else len(data)
        self._unread, data = data[cut:], data[:cut]
        if _SYNC_QUERY in data and not self._read_local_flags() & termios.ECHO:
            os.write(self._child.child_fd, _SYNC_KNOWN)
        for match in _SYNC.finditer(data):
            self._in_frame = match[1] == b"h"
        self._stream.feed(_MISREAD.sub(b"", data))
        return True

    def _report(self, complaint: str) -> str:
        state = "runs" if self._child.isalive() else f"ended with {self._status()}"
        width = self._screen.columns
        return f"{complaint} (the program {state}). The screen:\n{'─' * width}\n{self.text()}\n{'─' * width}"


class StartTerminal(Protocol):
    """The `terminal` fixture: `Terminal.start`, and reaped when the test is over."""

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
