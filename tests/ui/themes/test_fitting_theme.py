"""The theme fits the terminal's colours and background, unless the user has chosen one. In real terminals."""

import re
import shutil

import pytest

from support.clock import FakeClock
from support.program import PROGRAM, changed
from support.screen.dashboard import account, running_dashboard
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from support.terminals.tmux import StartTmux
from ucdn_tui.ui.terminal.background import BackgroundReply
from ucdn_tui.ui.ui_state import StateFile

QUERY = b"\x1b]11;?\x1b\\"
WHITE = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BLACK = b"\x1b]11;rgb:0000/0000/0000\x1b\\"

SIGNS = "✖✔▶○?"
"""The glyphs of failed, successful, running, queued and unknown tasks."""

PATIENT = [*changed("from ucdn_tui.ui.terminal import app; app.TIME_LIMIT = 60.0"), "--demo"]
"""The demo, with more time for a reply: on a busy machine the program may be slow."""

FEW_COLORS = {"COLORTERM": None, "TERM": "xterm"}

HOSTILE = {
    "no colour": b"\x1b]11;light\x1b\\",
    "too many digits": b"\x1b]11;rgb:fffff/fffff/fffff\x1b\\",
    "a long one": b"\x1b]11;rgb:" + b"f" * 20_000 + b"\x1b\\",
    "a sequence inside": b"\x1b]11;rgb:ffff/ffff/\x1b[31mffff\x1b\\",
    "without end": b"\x1b]11;rgb:ffff/ffff/ffff",
    "another number": b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "a second one": BLACK + WHITE,
}


def asked(program: Terminal) -> Terminal:
    """Wait until the program has asked for the background."""
    program.wait_until(lambda _screen: QUERY in program.raw, "the background was not asked for")
    return program


def is_light(program: Terminal) -> bool:
    """Return whether the top line is light."""
    background = program.cell(0, 0).bg
    return re.fullmatch("[0-9a-f]{6}", background) is not None and int(background[:2], 16) > 128


def wait_light(program: Terminal) -> None:
    program.wait_until(lambda _screen: is_light(program), "the theme did not become light")


def check_dark_and_alive(program: Terminal) -> None:
    """Check, once all input so far was handled, that the theme is dark; then quit."""
    for _ in range(2):  # a new theme is painted after the message that changes it
        program.send("w")
        program.wait_for("─ Time range ─")
        program.send("\x1b")
        program.wait_gone("─ Time range ─")
    assert not is_light(program)
    program.send("\x11")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


class TestBackground:
    def test_light_reply_gives_a_light_theme(self, terminal: StartTerminal) -> None:
        program = asked(terminal(PATIENT))
        program.send(WHITE)
        wait_light(program)
        program.wait_for("updated")
        assert program.raw.count(QUERY) == 1

    def test_dark_reply_gives_a_dark_theme(self, terminal: StartTerminal) -> None:
        program = asked(terminal(PATIENT, env={"COLORFGBG": "0;15"}))
        program.send(BLACK)
        program.wait_for("updated")
        program.wait_until(lambda _screen: not is_light(program), "the theme did not become dark")

    def test_without_a_reply_the_environment_decides(self, terminal: StartTerminal) -> None:
        program = asked(terminal([PROGRAM, "--demo"], env={"COLORFGBG": "0;15"}))
        program.wait_for("updated")
        assert is_light(program)

    def test_late_reply_is_dropped(self, terminal: StartTerminal) -> None:
        program = asked(terminal([PROGRAM, "--demo"]))
        program.wait_for(r"updated [3-9]s ago")
        program.send(WHITE)
        check_dark_and_alive(program)

    @pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_reply_changes_nothing(self, terminal: StartTerminal, reply: bytes) -> None:
        program = asked(terminal([PROGRAM, "--demo"]))
        program.send(reply)
        program.send("\x1b[27u")  # ends a reply without end
        program.wait_for("updated")
        check_dark_and_alive(program)

    def test_chosen_theme_stays_and_nothing_is_asked(self, terminal: StartTerminal) -> None:
        program = terminal([PROGRAM, "--demo"], env={"TEXTUAL_THEME": "nord", "COLORFGBG": "0;15"})
        program.wait_for("updated")
        assert QUERY not in program.raw
        program.send(WHITE)
        check_dark_and_alive(program)

    @pytest.mark.parametrize("term", ["linux", "eterm-color"])
    def test_terminals_that_would_print_the_question_are_not_asked(self, terminal: StartTerminal, term: str) -> None:
        program = terminal([PROGRAM, "--demo"], env={"TERM": term, "COLORTERM": None})
        program.wait_for("updated")
        assert QUERY not in program.raw

    @pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
    def test_question_leaves_no_trace_in_tmux(self, tmux: StartTmux) -> None:
        pane = tmux([PROGRAM, "--demo"])
        screen = pane.wait_for("updated")
        assert "11;" not in screen
        pane.keys("q")
        assert pane.exit_status() == 0
        assert "rgb" not in pane.screen()

    async def test_saved_theme_stays_whatever_the_terminal_replies(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLORTERM", "truecolor")
        state_file = StateFile(None)
        state_file.save_theme("nord")
        async with running_dashboard(account(clock), clock, state_file=state_file) as ui:
            ui.app.fit_theme({"COLORFGBG": "0;15"})
            ui.app.on_background_reply(BackgroundReply(is_light=True))
            assert ui.app.theme == "nord"


class TestSixteenColors:
    @pytest.mark.parametrize("term", ["xterm", "xterm-16color", "screen", "linux"])
    def test_statuses_differ_and_only_failed_is_bold_and_red(self, terminal: StartTerminal, term: str) -> None:
        program = terminal([PROGRAM, "--demo"], columns=140, rows=40, env={"COLORTERM": None, "TERM": term})
        program.wait_for("updated")
        cells = {sign: program.cell(*program.find(f"{sign} ")) for sign in SIGNS}
        assert len({cell.fg for cell in cells.values()}) == len(SIGNS)
        assert [sign for sign, cell in cells.items() if "red" in cell.fg] == ["✖"]
        assert [sign for sign, cell in cells.items() if cell.bold] == ["✖"]
        assert not re.search(rb"\x1b\[[0-9;]*[34]8[;:][25]", program.raw), "a colour that the terminal lacks"

    def test_light_terminal_gets_the_light_ansi_theme(self, terminal: StartTerminal) -> None:
        program = asked(terminal(PATIENT, columns=140, env=FEW_COLORS))
        program.send(WHITE)
        program.wait_for("updated")
        program.wait_until(lambda _screen: program.cell(*program.find("○ ")).fg == "magenta", "not ansi-light")

    def test_chosen_theme_of_many_colours_is_replaced(self, terminal: StartTerminal) -> None:
        program = terminal([PROGRAM, "--demo"], columns=140, env={**FEW_COLORS, "TEXTUAL_THEME": "solarized-light"})
        program.wait_for("updated")
        assert program.cell(*program.find("○ ")).fg == "magenta"
        program.send("T")
        menu = program.wait_for("Terminal colors")
        assert "Nord" not in menu

    def test_without_colours_failed_is_bold_and_reversed(self, terminal: StartTerminal) -> None:
        program = terminal([PROGRAM, "--demo"], columns=140, env={**FEW_COLORS, "NO_COLOR": "1"})
        program.wait_for("updated")
        cells = {sign: program.cell(*program.find(f"{sign} ")) for sign in SIGNS}
        assert [sign for sign, cell in cells.items() if cell.reverse] == ["✖"]
        assert cells["✖"].bold
