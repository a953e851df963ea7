"""Terminal features (title, notifications, progress, clipboard): which terminal has which; their sequences. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ucdn_tui.text import sanitize

Notifier = Literal["osc9", "osc777"]

LIMIT: Final = 200
"""Maximum characters of a title, of a heading, and of a body."""

SAVE_TITLE: Final = "\x1b[22;2t"
RESTORE_TITLE: Final = "\x1b[23;2t"

_ST: Final = "\x1b\\"
"""Ends a sequence. Most terminals also accept a bell, but VTE ignores progress that ends with one."""


@dataclass(frozen=True)
class TerminalFeatures:
    """What a terminal is known to support. Others might show an unknown sequence as text or as something else."""

    notification: Notifier | None = None
    progress: bool = False
    title: bool = False
    """Only if the terminal can save and restore its title: there is no other way to restore it."""
    clipboard: bool = False
    """Whether it is known to copy by OSC 52 unless its user forbids it. The sequence is harmless in any terminal."""


NO_FEATURES: Final = TerminalFeatures()

_INNER: Final = ("TMUX", "STY", "ZELLIJ", "NVIM", "VIM_TERMINAL", "INSIDE_EMACS")
"""Set by programs that emulate a terminal inside another one, and pass on the outer one's variables."""

_PLAIN: Final = frozenset(("", "xterm", "xterm-256color", "xterm-direct"))
"""Values of TERM that many terminals use; native Windows sets none."""

_BY_TERM: Final = {
    "xterm-kitty": "kitty",
    "xterm-ghostty": "Ghostty",
    "wezterm": "WezTerm",
    "alacritty": "Alacritty",
    "alacritty-direct": "Alacritty",
    "foot": "foot",
    "foot-extra": "foot",
    "foot-direct": "foot",
}

_BY_NAME: Final = {"iTerm.app": "iTerm2", "iTerm2": "iTerm2", "WezTerm": "WezTerm", "ghostty": "Ghostty"}
"""The values of TERM_PROGRAM and LC_TERMINAL."""

_BY_VARIABLE: Final = {
    "KITTY_WINDOW_ID": "kitty",
    "GHOSTTY_RESOURCES_DIR": "Ghostty",
    "WEZTERM_PANE": "WezTerm",
    "ALACRITTY_WINDOW_ID": "Alacritty",
    "VTE_VERSION": "VTE",
    "KONSOLE_VERSION": "Konsole",
    "XTERM_VERSION": "xterm",
    "WT_SESSION": "Windows Terminal",
    "TERMINAL_EMULATOR": "JetBrains",
}


def detect_features(environ: Mapping[str, str]) -> TerminalFeatures:
    """Return the features of the terminal that its environment variables name; none, when in doubt.

    A wrong yes is worse than a wrong no: a terminal that uses OSC 9 only for notifications would pop up `4;1;50`, and a
    title that is not restored would outlive the program. Ghostty, WezTerm, Konsole and Windows Terminal cannot restore
    it, so they get none.
    """
    match _terminal(environ):
        case "iTerm2":
            return TerminalFeatures("osc9", progress=_is_iterm_with_progress(_version(environ, "iTerm2")), title=True)
        case "kitty":  # progress since 0.47, shown as a notification before 0.38; its version is unknown
            return TerminalFeatures("osc9", title=True, clipboard=True)
        case "foot":
            return TerminalFeatures("osc777", title=True, clipboard=True)
        case "Ghostty":
            has_progress = _is_ghostty_with_progress(_version(environ, "Ghostty"))
            return TerminalFeatures("osc777", progress=has_progress, clipboard=True)
        case "WezTerm":
            has_progress = _is_wezterm_with_progress(_version(environ, "WezTerm"))
            return TerminalFeatures("osc777", progress=has_progress, clipboard=True)
        case "Konsole":
            version = _number(environ, "KONSOLE_VERSION")  # 230401 is 23.04.1
            return TerminalFeatures("osc777" if version >= 230400 else None, progress=version >= 260400)
        case "VTE":  # GNOME Terminal, Ptyxis, Xfce Terminal, Tilix …
            version = _number(environ, "VTE_VERSION")  # 8001 is 0.80.1
            return TerminalFeatures(progress=version >= 8000, title=version >= 5400)
        case "Windows Terminal":
            return TerminalFeatures(progress=True, clipboard=True)
        case "ConEmu":
            return TerminalFeatures(progress=True)
        case "Alacritty":
            return TerminalFeatures(title=True, clipboard=True)
        case "xterm" | "tmux":  # both copy by OSC 52 only if they are configured to
            return TerminalFeatures(title=True)
        case _:
            return NO_FEATURES


def title(text: str) -> str:
    """Return the sequence for the window's title. Write SAVE_TITLE before the first, RESTORE_TITLE after the last."""
    return f"\x1b]2;{_line(text)}{_ST}"


def notification(how: Notifier, heading: str, body: str) -> str:
    """Return the sequence for a desktop notification.

    Semicolons become commas. In OSC 777 one ends the heading, and in WezTerm and Konsole the body, too; in OSC 9 a
    number before one is a ConEmu command, such as `4;` for progress.
    """
    heading, body = (_line(text).replace(";", ",") for text in (heading, body))
    if how == "osc777":
        return f"\x1b]777;notify;{heading};{body}{_ST}"
    return f"\x1b]9;{': '.join(filter(None, (heading, body)))}{_ST}"


def progress(percent: int | None, *, failed: bool = False) -> str:
    """Return the sequence for the progress in the terminal's tab or the task bar; None removes it."""
    if percent is None:
        return f"\x1b]9;4;0{_ST}"
    return f"\x1b]9;4;{2 if failed else 1};{min(max(percent, 0), 100)}{_ST}"


def _line(text: str) -> str:
    # Twice, as an escaped control takes several characters. Nothing in the result can end a sequence.
    return sanitize(sanitize(text.replace("\n", " "), LIMIT), LIMIT)


def _terminal(environ: Mapping[str, str]) -> str | None:
    """Return the terminal's name; None if no variable, or more than one, names it."""
    term = environ.get("TERM", "")
    inner = {name for name in _INNER if environ.get(name)}
    if inner:
        # An old tmux sets TERM to screen…, or is configured to. With another TERM it is not tmux itself.
        return "tmux" if inner == {"TMUX"} and term.startswith(("tmux", "screen")) else None
    if term.startswith("tmux"):  # over ssh, which passes no other variable
        return "tmux"
    if term not in _PLAIN:
        return _BY_TERM.get(term)
    # A terminal that was started in another one inherits its variables; then two names are found.
    names = {_BY_NAME.get(environ[name], "other") for name in ("TERM_PROGRAM", "LC_TERMINAL") if environ.get(name)}
    names |= {name for variable, name in _BY_VARIABLE.items() if environ.get(variable)}
    if "ConEmuANSI" in environ:
        names.add("ConEmu" if environ["ConEmuANSI"] == "ON" else "other")
    return names.pop() if len(names) == 1 else None


def _version(environ: Mapping[str, str], terminal: str) -> str:
    """Return the terminal's version; "" if it is not set, or set by another terminal."""
    for name in ("TERM_PROGRAM", "LC_TERMINAL"):
        if _BY_NAME.get(environ.get(name, "")) == terminal:
            return environ.get(f"{name}_VERSION", "")
    return ""


def _is_iterm_with_progress(version: str) -> bool:
    # Releases only: betas (3.6.6beta1) and nightly builds (3.6.20250901-nightly) may be older than the release.
    released = re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})*", version)
    return released is not None and tuple(map(int, version.split("."))) >= (3, 6, 6)


def _is_ghostty_with_progress(version: str) -> bool:
    # Development builds (1.2.0-dev) count, too: since 1.0.1 Ghostty ignores what it does not support.
    numbers = re.match(r"([0-9]{1,3})\.([0-9]{1,3})\.", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (1, 2)


def _is_wezterm_with_progress(version: str) -> bool:
    date = re.match(r"[0-9]{8}-[0-9]{6}\b", version)  # the date of the last commit
    return date is not None and date[0] >= "20250209-182623"


def _number(environ: Mapping[str, str], name: str) -> int:
    value = environ.get(name, "")
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0
