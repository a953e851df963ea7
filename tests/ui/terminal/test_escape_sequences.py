"""The detection of terminal features; and that no text ends the sequence around it."""

import re
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.ui.terminal.escape_sequences import (
    LIMIT,
    NO_FEATURES,
    RESTORE_TITLE,
    SAVE_TITLE,
    Notifier,
    TerminalFeatures,
    detect_features,
    notification,
    progress,
    title,
)

XTERM = "xterm-256color"


def program(name: str, version: str = "", term: str = XTERM) -> dict[str, str]:
    return {"TERM": term, "TERM_PROGRAM": name, "TERM_PROGRAM_VERSION": version}


def iterm(version: str) -> dict[str, str]:
    """Return the variables that iTerm2 sets."""
    return {**program("iTerm.app", version), "LC_TERMINAL": "iTerm2", "LC_TERMINAL_VERSION": version}


ITERM_BEFORE = TerminalFeatures("osc9", progress=False, title=True)
ITERM = TerminalFeatures("osc9", progress=True, title=True)
KITTY = TerminalFeatures("osc9", progress=False, title=True, clipboard=True)
FOOT = TerminalFeatures("osc777", progress=False, title=True, clipboard=True)
GHOSTTY_BEFORE = WEZTERM_BEFORE = TerminalFeatures("osc777", progress=False, title=False, clipboard=True)
GHOSTTY = WEZTERM = TerminalFeatures("osc777", progress=True, title=False, clipboard=True)
ALACRITTY = TerminalFeatures(None, progress=False, title=True, clipboard=True)
WINDOWS = TerminalFeatures(None, progress=True, title=False, clipboard=True)
TITLE = TerminalFeatures(None, progress=False, title=True)
PROGRESS = TerminalFeatures(None, progress=True, title=False)

KNOWN = [
    pytest.param(iterm("3.6.6"), ITERM, id="iTerm2"),
    pytest.param(iterm("3.10.0"), ITERM, id="iTerm2, two digits"),
    pytest.param(iterm("4.0"), ITERM, id="iTerm2, two numbers"),
    pytest.param(iterm("3.6.5"), ITERM_BEFORE, id="iTerm2 that notifies of progress"),
    pytest.param(iterm("3.6"), ITERM_BEFORE, id="iTerm2 without the last number"),
    pytest.param(iterm("3.6.6beta1"), ITERM_BEFORE, id="iTerm2, a beta"),
    pytest.param(iterm("3.6.20250901-nightly"), ITERM_BEFORE, id="iTerm2, a nightly build"),
    pytest.param(iterm("3.6.20250901"), ITERM_BEFORE, id="iTerm2, a nightly build that does not say so"),
    pytest.param(iterm(""), ITERM_BEFORE, id="iTerm2 of an unknown version"),
    pytest.param(
        {"TERM": XTERM, "LC_TERMINAL": "iTerm2", "LC_TERMINAL_VERSION": "3.6.9"}, ITERM, id="iTerm2 through ssh"
    ),
    pytest.param(
        {"TERM": XTERM, "LC_TERMINAL": "iTerm2", "TERM_PROGRAM_VERSION": "9"}, ITERM_BEFORE, id="iTerm2, no version"
    ),
    pytest.param({"TERM": "xterm-kitty"}, KITTY, id="kitty through ssh"),
    pytest.param({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "LC_TERMINAL": "iTerm2"}, KITTY, id="kitty"),
    pytest.param({"TERM": XTERM, "KITTY_WINDOW_ID": "1"}, KITTY, id="kitty with another TERM"),
    pytest.param(program("ghostty", "1.2.0", "xterm-ghostty"), GHOSTTY, id="Ghostty"),
    pytest.param(program("ghostty", "1.3.2-main-+0123abc", "xterm-ghostty"), GHOSTTY, id="Ghostty, a nightly build"),
    pytest.param(program("ghostty", "1.10.0", "xterm-ghostty"), GHOSTTY, id="Ghostty, two digits"),
    pytest.param(program("ghostty", "1.1.3", "xterm-ghostty"), GHOSTTY_BEFORE, id="Ghostty without progress"),
    pytest.param(program("ghostty", "", "xterm-ghostty"), GHOSTTY_BEFORE, id="Ghostty of an unknown version"),
    pytest.param({"TERM": "xterm-ghostty"}, GHOSTTY_BEFORE, id="Ghostty through ssh"),
    pytest.param(
        {**program("ghostty", "1.2.3"), "GHOSTTY_RESOURCES_DIR": "/x"}, GHOSTTY, id="Ghostty with another TERM"
    ),
    pytest.param(program("WezTerm", "20250209-182623-44866cc1"), WEZTERM, id="WezTerm"),
    pytest.param({**program("WezTerm", "20260101-000000-0"), "WEZTERM_PANE": "0"}, WEZTERM, id="WezTerm, later"),
    pytest.param(
        program("WezTerm", "20240203-110809-5046fc22"), WEZTERM_BEFORE, id="WezTerm that notifies of progress"
    ),
    pytest.param(program("WezTerm", "0-unstable-2026-01-01"), WEZTERM_BEFORE, id="WezTerm of an unknown version"),
    pytest.param({"TERM": "wezterm"}, WEZTERM_BEFORE, id="WezTerm through ssh"),
    pytest.param({"TERM": "foot"}, FOOT, id="foot"),
    pytest.param({"TERM": "foot-extra", "VTE_VERSION": "8001"}, FOOT, id="foot, started from another terminal"),
    pytest.param(
        {"TERM": XTERM, "KONSOLE_VERSION": "260400"},
        TerminalFeatures("osc777", progress=True),
        id="Konsole with progress",
    ),
    pytest.param(
        {"TERM": XTERM, "KONSOLE_VERSION": "260390"}, TerminalFeatures("osc777"), id="Konsole without progress"
    ),
    pytest.param(
        {"TERM": XTERM, "KONSOLE_VERSION": "230400"}, TerminalFeatures("osc777"), id="Konsole with notifications"
    ),
    pytest.param({"TERM": XTERM, "KONSOLE_VERSION": "221203"}, NO_FEATURES, id="Konsole without notifications"),
    pytest.param({"TERM": XTERM, "VTE_VERSION": "8000"}, TerminalFeatures(progress=True, title=True), id="VTE"),
    pytest.param({"TERM": XTERM, "VTE_VERSION": "7602"}, TITLE, id="VTE without progress"),
    pytest.param({"TERM": XTERM, "VTE_VERSION": "5202"}, NO_FEATURES, id="VTE without a stack of titles"),
    pytest.param({"TERM": XTERM, "VTE_VERSION": "8,000"}, NO_FEATURES, id="VTE, nonsense"),
    pytest.param({"TERM": XTERM, "WT_SESSION": "a-b-c"}, WINDOWS, id="Windows Terminal, in WSL"),
    pytest.param({"WT_SESSION": "a-b-c"}, WINDOWS, id="Windows Terminal"),
    pytest.param({"ConEmuANSI": "ON"}, PROGRESS, id="ConEmu"),
    pytest.param({"ConEmuANSI": "OFF"}, NO_FEATURES, id="ConEmu that takes no sequences"),
    pytest.param({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, TITLE, id="xterm"),
    pytest.param({"TERM": "alacritty"}, ALACRITTY, id="Alacritty"),
    pytest.param({"TERM": XTERM, "ALACRITTY_WINDOW_ID": "1"}, ALACRITTY, id="Alacritty with another TERM"),
]

EVERY = [cast("dict[str, str]", param.values[0]) for param in KNOWN]


class TestDetection:
    @pytest.mark.parametrize(("environ", "known"), KNOWN)
    def test_uses_what_the_terminal_sets(self, environ: dict[str, str], known: TerminalFeatures) -> None:
        assert detect_features(environ) == known

    @pytest.mark.parametrize(
        "environ",
        [
            {},
            {"TERM": ""},
            {"TERM": "dumb"},
            {"TERM": "linux"},
            {"TERM": "xterm"},
            {"TERM": XTERM},
            {"TERM": XTERM, "VTE_VERSION": "", "WT_SESSION": "", "TERM_PROGRAM": ""},
            {"TERM": "rxvt-unicode-256color"},
            {"TERM": "st-256color"},
            program("Apple_Terminal", "455"),
            program("vscode", "1.112.0"),
            program("Tabby"),
            program("tmux", "3.5a"),
        ],
        ids=str,
    )
    def test_gives_an_unknown_terminal_no_features(self, environ: dict[str, str]) -> None:
        assert detect_features(environ) == NO_FEATURES

    @pytest.mark.parametrize(
        "own",
        [
            program("vscode", "1.112.0"),
            {"TERM": XTERM, "TERMINAL_EMULATOR": "JetBrains-JediTerm"},
            {"TERM": "st-256color"},
            {"TERM": "linux"},
            {"TERM": "dumb"},
        ],
        ids=str,
    )
    def test_ignores_inherited_variables(self, own: dict[str, str]) -> None:
        for inherited in EVERY:
            assert detect_features({**inherited, **own}) == NO_FEATURES, inherited

    def test_gives_no_features_if_two_terminals_are_named(self) -> None:
        assert detect_features({"TERM": XTERM, "VTE_VERSION": "8000", "KONSOLE_VERSION": "260400"}) == NO_FEATURES
        assert detect_features({**program("WezTerm", "20260101-000000-0"), "KITTY_WINDOW_ID": "1"}) == NO_FEATURES
        assert detect_features({**iterm("3.6.9"), "TERM_PROGRAM": "WezTerm"}) == NO_FEATURES
        assert detect_features({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)", "VTE_VERSION": "8000"}) == NO_FEATURES

    @pytest.mark.parametrize(
        ("inner", "known"),
        [
            ({"TMUX": "/tmp/x,1,0", "TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, TITLE),
            ({"TMUX": "/tmp/x,1,0", "TERM": "screen-256color"}, TITLE),
            ({"TMUX": "/tmp/x,1,0", "TERM": XTERM}, NO_FEATURES),
            ({"TMUX": "/tmp/x,1,0", "TERM": "xterm-kitty"}, NO_FEATURES),
            ({"TERM": "tmux-256color"}, TITLE),
            ({"TERM": "screen-256color"}, NO_FEATURES),
            ({"STY": "1.x", "TERM": "screen.xterm-256color"}, NO_FEATURES),
            ({"STY": "1.x", "TERM": "xterm-kitty"}, NO_FEATURES),
            ({"STY": "1.x", "TMUX": "/tmp/x,1,0", "TERM": "screen"}, NO_FEATURES),
            ({"ZELLIJ": "0"}, NO_FEATURES),
            ({"ZELLIJ": "0", "TMUX": "/tmp/x,1,0", "TERM": "tmux-256color"}, NO_FEATURES),
            ({"NVIM": "/run/nvim.1.0", "TERM": XTERM}, NO_FEATURES),
            ({"VIM_TERMINAL": "900", "TERM": XTERM}, NO_FEATURES),
            ({"INSIDE_EMACS": "29.1,vterm", "TERM": XTERM}, NO_FEATURES),
        ],
        ids=str,
    )
    def test_ignores_an_outer_terminal(self, inner: dict[str, str], known: TerminalFeatures) -> None:
        for outer in EVERY:
            assert detect_features({**outer, **inner}) == known, outer


OSC = re.compile("\x1b\\](?P<inside>[^\x00-\x1f\x7f-\x9f]*)\x1b\\\\")
"""One whole sequence, with nothing inside that could end it or begin another one."""


def inside(sequence: str) -> str:
    match = OSC.fullmatch(sequence)
    assert match, repr(sequence)
    return match["inside"]


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x1b\x07\x9c\x9d\x90\x00\r\n\t;4]\\\u202e\u0301\ud800"), st.characters(exclude_categories=[])
    ),
    max_size=500,
)


class TestSequences:
    def test_are_as_documented(self) -> None:
        assert title("✔ 3") == "\x1b]2;✔ 3\x1b\\"
        assert notification("osc9", "Refresh finished", "success") == "\x1b]9;Refresh finished: success\x1b\\"
        assert notification("osc777", "Refresh finished", "success") == "\x1b]777;notify;Refresh finished;success\x1b\\"
        assert progress(40) == "\x1b]9;4;1;40\x1b\\"
        assert progress(40, failed=True) == "\x1b]9;4;2;40\x1b\\"
        assert progress(None) == progress(None, failed=True) == "\x1b]9;4;0\x1b\\"
        assert (SAVE_TITLE, RESTORE_TITLE) == ("\x1b[22;2t", "\x1b[23;2t")

    def test_have_one_line(self) -> None:
        assert inside(notification("osc777", "Refresh finished", "success\nhttps://cdn.test/")).endswith(
            ";success https://cdn.test/"
        )

    @pytest.mark.parametrize(("percent", "shown"), [(-5, 0), (0, 0), (100, 100), (250, 100)])
    def test_clamp_the_progress(self, percent: int, shown: int) -> None:
        assert progress(percent) == f"\x1b]9;4;1;{shown}\x1b\\"

    @given(HOSTILE)
    def test_are_not_ended_by_a_title(self, text: str) -> None:
        words = inside(title(text)).removeprefix("2;")
        assert len(words) <= LIMIT
        words.encode()

    @given(st.sampled_from(["osc9", "osc777"]), HOSTILE, HOSTILE)
    def test_are_not_ended_by_a_notification(self, how: Notifier, heading: str, body: str) -> None:
        words = inside(notification(how, heading, body))
        words.encode()
        if how == "osc9":
            assert words.count(";") == 1
            assert len(words) <= len("9;: ") + 2 * LIMIT
        else:
            number, command, *fields = words.split(";")
            assert (number, command) == ("777", "notify")
            assert len(fields) == 2
            assert max(map(len, fields)) <= LIMIT

    @pytest.mark.parametrize(("heading", "body"), [("", "4;1;50"), ("4;1;50", ""), ("4;1", "50"), ("4", ";1;50")])
    def test_for_notifications_never_read_as_progress(self, heading: str, body: str) -> None:
        assert not inside(notification("osc9", heading, body)).startswith("9;4;")

    def test_cut_long_texts_with_an_ellipsis(self) -> None:
        assert inside(title("x" * 1000)) == f"2;{'x' * (LIMIT - 1)}…"
        assert inside(title("\x1b" * 1000)).endswith("…")

    def test_keep_semicolons_in_titles(self) -> None:
        assert inside(title("a;b")) == "2;a;b"
