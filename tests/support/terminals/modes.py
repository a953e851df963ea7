"""The modes of a terminal, read from what a program has written to it."""

import re
import termios
from dataclasses import dataclass
from typing import Self

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])([0-9]*)u")

_MOUSE_REPORTS = (9, 1000, 1001, 1002, 1003)
"""The modes that enable mouse reports. 1005, 1006, 1015 and 1016 only select their encoding."""


@dataclass(frozen=True)
class Modes:
    """Terminal modes. The defaults are those of a shell, which a program has to restore."""

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

    @classmethod
    def read(cls, raw: bytes, local_flags: int) -> Self:
        """Return the modes after a program wrote `raw`, given the tty's local flags (as in `termios`)."""
        private: dict[int, bool] = {}
        for match in _MODE.finditer(raw):
            for mode in filter(None, match[1].split(b";")):
                private[int(mode)] = match[2] == b"h"
        depth = 0
        for match in _KITTY.finditer(raw):
            depth = depth + 1 if match[1] == b">" else max(0, depth - int(match[2] or 1))
        return cls(
            alternate_screen=any(private.get(mode, False) for mode in (47, 1047, 1049)),
            mouse=any(private.get(mode, False) for mode in _MOUSE_REPORTS),
            bracketed_paste=private.get(2004, False),
            focus_reports=private.get(1004, False),
            kitty_keyboard=depth > 0,
            cursor_visible=private.get(25, True),
            line_wrap=private.get(7, True),
            echo=bool(local_flags & termios.ECHO),
            canonical=bool(local_flags & termios.ICANON),
            signals=bool(local_flags & termios.ISIG),
        )
