"""Runs a program in tmux: a second terminal to check its screen and the state it leaves."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from support import PATIENCE, clean_environment

_TARGET = "test"


@dataclass(frozen=True)
class PaneState:
    """The state of the terminal in a tmux pane."""

    alternate_screen: bool
    mouse: bool
    cursor_visible: bool
    columns: int
    rows: int
    ended: bool


class Tmux:
    """A separate tmux server without configuration, on its own socket and with one pane.

    The pane remains after its program has ended. Leaving the `with` block kills the server and its programs.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._server = 0

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str | None] | None = None,
    ) -> Self:
        """Start `argv` in a clean environment, changed by `env` (None removes a variable)."""
        # Socket paths are limited to about a hundred characters, and pytest's folders are long.
        tmux = cls(Path(tempfile.mkdtemp(prefix="ucdn-tui-")), clean_environment(env))
        try:
            tmux._run(
                *("start-server", ";"),
                *("set-option", "-g", "default-terminal", "tmux-256color", ";"),
                *("set-option", "-g", "status", "off", ";"),
                *("set-option", "-g", "remain-on-exit", "on", ";"),
                *("new-session", "-d", "-s", _TARGET, "-x", str(columns), "-y", str(rows)),
                f"exec {shlex.join(argv)}",
            )
            tmux._server = int(tmux.query("#{pid}"))
        except BaseException:
            tmux.close()
            raise
        return tmux

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: `"Down"`, `"C-c"`, `"Escape"`, `"Enter"`, `"j"`."""
        self._run("send-keys", "-t", _TARGET, "--", *map(_argument, names))

    def literal(self, text: str) -> None:
        """Type a text, character by character."""
        self._run("send-keys", "-t", _TARGET, "-l", "--", _argument(text))

    def paste(self, text: str) -> None:
        """Paste a text, in brackets if the program asked for them."""
        self._run("set-buffer", "--", _argument(text))
        self._run("paste-buffer", "-p", "-d", "-t", _TARGET)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-t", _TARGET, "-x", str(columns), "-y", str(rows))

    def screen(self, *, escapes: bool = False) -> str:
        """Return the screen, with its colours as escape sequences if `escapes`."""
        return self._run("capture-pane", "-t", _TARGET, "-p", *(["-e"] if escapes else []))

    def wait_for(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression (^ and $ match at lines) matches the screen; return the screen.

        AssertionError with the whole screen after the timeout.
        """
        return self._wait(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is not None, f"{pattern!r} did not appear", timeout
        )

    def wait_gone(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until a regular expression no longer matches the screen; return the screen."""
        return self._wait(
            lambda screen: re.search(pattern, screen, re.MULTILINE) is None, f"{pattern!r} did not disappear", timeout
        )

    def _wait(self, holds: Callable[[str], bool], complaint: str, timeout: float) -> str:
        end, pause = time.monotonic() + timeout, 0.03
        while not holds(screen := self.screen()):
            if time.monotonic() > end:
                raise AssertionError(f"{complaint} in {timeout:g} s ({self.state()}). The screen:\n{screen}")
            time.sleep(pause)  # tmux tells nobody that the screen has changed, and each look starts a program
            pause = min(0.25, pause * 1.1)
        return screen

    def query(self, form: str) -> str:
        """Return the value of a tmux format, such as `"#{pane_title}"`."""
        return self._run("display-message", "-t", _TARGET, "-p", form).rstrip("\n")

    def state(self) -> PaneState:
        fields = ("alternate_on", "mouse_any_flag", "cursor_flag", "pane_width", "pane_height", "pane_dead")
        alternate, mouse, cursor, columns, rows, dead = (
            int(value or 0) for value in self.query(" ".join(f"#{{{name}}}" for name in fields)).split(" ")
        )
        return PaneState(bool(alternate), bool(mouse), bool(cursor), columns, rows, bool(dead))

    def exit_status(self, timeout: float = PATIENCE) -> int:
        """Wait until the program ends; return its exit status, or -n for death by signal n."""
        end = time.monotonic() + timeout
        while not (known := self.query("#{pane_dead_status} #{pane_dead_signal}")).strip():
            if time.monotonic() > end:
                raise AssertionError(f"the program still runs after {timeout:g} s. The screen:\n{self.screen()}")
            if self.state().ended:
                # tmux 3.3a sees the terminal close but sometimes misses the exit of its child: notify it again.
                os.kill(self._server, signal.SIGCHLD)
            time.sleep(0.03)
        status, number = known.split(" ")
        return -int(number) if number else int(status)

    def close(self) -> None:
        """Kill the server and the programs in it, and wait for their exit."""
        if not self._folder.exists():
            return
        programs: list[int] = []
        if self._server:
            living = self._run("list-panes", "-a", "-F", "#{?pane_dead,,#{pane_pid}}")
            programs = _in_sessions({int(pid) for pid in living.split()})
        subprocess.run(self._command("kill-server"), env=self._environment, capture_output=True, check=False)
        for pid in [*programs, *([self._server] if self._server else [])]:
            _await_end(pid)
        shutil.rmtree(self._folder)

    def _command(self, *arguments: str) -> list[str]:
        return ["tmux", "-u", "-f", os.devnull, "-S", str(self._folder / "socket"), *arguments]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"tmux {shlex.join(arguments)}: {done.stderr.strip()}")
        return done.stdout


class StartTmux(Protocol):
    """The `tmux` fixture: `Tmux.start`, killed after the test."""

    def __call__(
        self, argv: Sequence[str], columns: int = 100, rows: int = 30, env: Mapping[str, str | None] | None = None
    ) -> Tmux: ...


def _argument(text: str) -> str:
    """Escape a trailing semicolon, which would end tmux's command."""
    return f"{text[:-1]}\\;" if text.endswith(";") else text


def _await_end(pid: int) -> None:
    """Wait until a process is gone or a zombie; kill it if SIGHUP doesn't end it."""
    end = time.monotonic() + PATIENCE
    while _runs(pid):
        if time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _in_sessions(sessions: Set[int]) -> list[int]:
    """Return the processes of some sessions: a shell and what it has started."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[3]) in sessions]


def _runs(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z"


def _stat(pid: int) -> list[str]:
    """Return a process's state, parent, group, session, …; nothing if there is no such process."""
    try:
        # The second field, the program's name in parentheses, may contain spaces.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
