"""The terminal drivers report what a program does to its terminal."""

import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest

from support.terminals.modes import Modes
from support.terminals.shell import PROMPT
from support.terminals.terminal import RESTORED, StartTerminal
from support.terminals.tmux import StartTmux

APP = """
import asyncio, os, signal, sys
from rich.text import Text
from textual import events
from textual.app import App
from textual.widgets import Input, Static

class Demo(App):
    AUTO_FOCUS = None
    BINDINGS = [("q", "quit", "quit"), ("x", "exit(7)", "exit with 7")]
    said = "nothing yet"
    extent = (0, 0)

    def compose(self):
        yield Static(id="said")
        yield Static(Text("加速 [Button]"), id="button")
        yield Input()

    def on_mount(self):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: self.action_exit(128 + signal.SIGTERM))
        self.say("ready")

    def say(self, text):
        self.said = text
        self.show()

    def show(self):
        self.query_one("#said").update(Text("{} at {} × {}".format(self.said, *self.extent)))

    def on_resize(self, event):
        self.extent = event.size
        self.show()

    def on_paste(self, event): self.say(f"pasted {event.text!r}")
    def on_mouse_scroll_down(self, event): self.say("scrolled down")
    def on_mouse_scroll_up(self, event): self.say("scrolled up")
    def on_click(self, event): self.say(f"clicked {event.screen_x},{event.screen_y} button {event.button}")
    def on_key(self, event): self.say(f"pressed {event.key}")
    def action_exit(self, status): self.exit(return_code=status)

app = Demo()
app.run()
sys.exit(app.return_code or 0)
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    """The command line of a small Textual app that shows the last event."""
    script = tmp_path / "demo.py"
    script.write_text(APP, encoding="utf-8")
    return [sys.executable, str(script)]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_keys_reach_the_program(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program, columns=60, rows=10)
    demo.wait_for("^ready at 60 × 10$")
    demo.send("j")
    demo.wait_for("^pressed j ")
    demo.send("\x1b[A")
    demo.wait_for("^pressed up ")


def test_key_after_escape_is_a_separate_key(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program)
    demo.wait_until(lambda screen: "ready" in screen and demo.modes().kitty_keyboard, "not ready")
    demo.send("\x1b")
    demo.send("j")
    demo.wait_for("^pressed (j|alt.*) ")
    assert "pressed j " in demo.text()


def test_mouse_and_paste_reach_the_program(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program, columns=60, rows=10)
    demo.wait_for("^ready")
    x, y = demo.find("Button")
    assert (x, y) == (6, 1)
    demo.click(x, y)
    demo.wait_for("^clicked 6,1 button 1 ")
    demo.wheel(x, y)
    demo.wait_for("^scrolled down ")
    demo.wheel(x, y, notches=-1)
    demo.wait_for("^scrolled up ")
    demo.paste("two\nlines")
    demo.wait_for(r"^pasted 'two\\rlines' ")


def test_resize_reaches_the_program(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program, columns=60, rows=10)
    demo.wait_for("at 60 × 10")
    demo.resize(44, 17)
    demo.wait_for("at 44 × 17")
    demo.wait_gone("at 60 × 10")
    frames = [match[1] for match in re.finditer(rb"\x1b\[\?2026([hl])", demo.raw)]
    assert frames
    assert frames == [b"h", b"l"] * (len(frames) // 2), "the rest of a frame was not read"


def test_modes_are_restored_after_quitting(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program)
    demo.wait_for("^ready")
    demo.wait_until(lambda _: demo.modes().bracketed_paste, "bracketed paste was not switched on")
    assert demo.modes() == Modes(
        alternate_screen=True,
        mouse=True,
        bracketed_paste=True,
        focus_reports=True,
        kitty_keyboard=True,
        cursor_visible=False,
        line_wrap=False,
        echo=False,
        canonical=False,
        signals=False,
    )
    demo.send("q")
    assert demo.exit_status() == 0
    assert demo.modes() == RESTORED
    assert demo.raw.count(b"\x1b[?1049h") == demo.raw.count(b"\x1b[?1049l") == 1


def test_modes_are_not_restored_after_a_kill(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program)
    demo.wait_for("^ready")
    demo.signal(signal.SIGKILL)
    assert demo.exit_status() == -signal.SIGKILL
    assert demo.modes().alternate_screen
    assert not demo.modes().echo


def test_exit_status_distinguishes_signals_from_numbers(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program)
    demo.wait_for("^ready")
    demo.send("x")
    assert demo.exit_status() == 7

    demo = terminal(program)
    demo.wait_for("^ready")
    demo.signal(signal.SIGTERM)
    assert demo.exit_status() == 128 + signal.SIGTERM


def test_all_output_before_the_exit_is_read(terminal: StartTerminal) -> None:
    printer = terminal(python("print('\\n'.join(f'line {n}' for n in range(5000)))"))
    assert printer.exit_status() == 0
    assert printer.raw.count(b"line ") == 5000
    assert "line 4999" in printer.text()


def test_sequences_unknown_to_pyte_draw_nothing(terminal: StartTerminal) -> None:
    sequences = "\\x1b[>1u|\\x1b[<u|\\x1b[?u|\\x1b[?2026$p|\\x1b[>4;2m|\\x1b[?996n|\\x1b[=1;1u|"
    written = f"import sys, time; s = 'a{sequences}b'"
    split = f"{written}\nfor c in s: sys.stdout.write(c); sys.stdout.flush(); time.sleep(0.001)"
    assert terminal(python(f"{written}; print(s)")).wait_for("b").startswith("a|||||||b")
    assert terminal(python(split)).wait_for("b").startswith("a|||||||b")


def test_timeout_shows_the_screen(terminal: StartTerminal, program: list[str]) -> None:
    demo = terminal(program)
    demo.wait_for("^ready")
    with pytest.raises(AssertionError, match=r"(?s)'nowhere' did not appear in 0.1 s \(the program runs\).*加速"):
        demo.wait_for("nowhere", timeout=0.1)


def test_waiting_ends_when_the_program_does(terminal: StartTerminal) -> None:
    with pytest.raises(AssertionError, match=r"(?s)has ended \(the program ended with 3\).*farewell"):
        terminal(python("print('farewell'); raise SystemExit(3)")).wait_for("nowhere", timeout=60)


def test_program_that_outlives_its_terminal_is_detected(terminal: StartTerminal) -> None:
    stubborn = terminal(
        python("import os, signal, time; signal.signal(1, signal.SIG_IGN); os.closerange(0, 99); time.sleep(60)")
    )
    with pytest.raises(AssertionError, match="still runs"):
        stubborn.exit_status(timeout=0.5)


def test_running_program_is_killed_and_reaped(terminal: StartTerminal, program: list[str]) -> None:
    with terminal(program) as demo:
        demo.wait_for("^ready")
        pid = demo.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_programs_get_a_clean_environment(
    terminal: StartTerminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("NO_COLOR", "https_proxy", "ALL_PROXY", "UCLOUD_PUBLIC_KEY", "TEXTUAL_THEME", "LC_ALL", "COLUMNS"):
        monkeypatch.setenv(name, "1")
    listing = terminal(python("import os; print(*(f'{k}={v}' for k, v in os.environ.items()), sep='\\n')"), rows=99)
    assert listing.exit_status() == 0
    variables = dict(line.split("=", 1) for line in listing.raw.decode().splitlines() if "=" in line)
    assert not variables.keys() & {"NO_COLOR", "https_proxy", "ALL_PROXY", "UCLOUD_PUBLIC_KEY", "TEXTUAL_THEME"}
    assert not variables.keys() & {"LC_ALL", "COLUMNS"}
    assert variables["TERM"] == "xterm-256color"
    assert variables["HOME"] == str(tmp_path / "home")


def test_tmux_shows_screen_and_state(tmux: StartTmux, program: list[str]) -> None:
    demo = tmux(program, columns=60, rows=10)
    demo.wait_for("^ready at 60 × 10$")
    assert demo.state().alternate_screen
    assert demo.state().mouse
    assert not demo.state().cursor_visible
    demo.keys("j")
    demo.wait_for("^pressed j ")
    demo.literal(";")
    demo.wait_for("^pressed semicolon ")
    demo.paste("two\nlines;")
    demo.wait_for(r"^pasted 'two\\rlines;' ")
    demo.resize(44, 17)
    demo.wait_for("at 44 × 17")
    assert (demo.state().columns, demo.state().rows) == (44, 17)
    demo.keys("x")
    assert demo.exit_status() == 7
    assert not demo.state().alternate_screen


def test_tmux_state_is_restored_after_quitting(tmux: StartTmux, program: list[str]) -> None:
    shell = tmux(["/bin/sh"])
    shell.wait_for(PROMPT)
    before = shell.state()
    shell.literal(" ".join(program) + "; echo status $?")
    shell.keys("Enter")
    shell.wait_for("^ready")
    shell.keys("q")
    shell.wait_for("^status 0")
    assert shell.state() == before
    shell.literal("exit 5")
    shell.keys("Enter")
    assert shell.exit_status() == 5


def test_tmux_exit_status_is_negative_after_a_signal(tmux: StartTmux) -> None:
    pane = tmux(python("import os, time; print('up', flush=True); time.sleep(0.2); os.kill(os.getpid(), 9)"))
    pane.wait_for("up")
    assert pane.exit_status() == -9


def test_tmux_waits_for_what_a_shell_has_started(tmux: StartTmux, tmp_path: Path) -> None:
    slow = f"trap 'sleep 0.3; mkdir {tmp_path}/saved; exit' HUP; echo up; while :; do sleep 0.05; done"
    with tmux(["/bin/sh"]) as shell:
        shell.wait_for(PROMPT)  # what is typed before it would be echoed, and the output would stand behind the prompt
        shell.literal(f"/bin/sh -c {shlex.quote(slow)}")
        shell.keys("Enter")
        shell.wait_for("^up")
    assert (tmp_path / "saved").exists()
