"""FrameScreen: a model of a terminal's screen (pyte), which knows whether a frame is complete."""

import re

import pyte
from wcwidth import wcwidth

# Sequences that pyte misinterprets or prints in part: private ones that are not modes (kitty's keyboard protocol,
# xterm's key options), and all queries with a dollar sign.
_MISREAD = re.compile(rb"\x1b\[(?:[<>=][0-9;:]*[ -/]*[@-~]|\?[0-9;]*(?:[ -/]+[@-~]|[@-gi-km-~]))")

# The start of a sequence that continues in the next read.
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:<=>?]*[ -/]*)?\Z")

_SYNC_QUERY, _SYNC_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_SYNC = re.compile(rb"\x1b\[\?2026([hl])")

_FIRST_WIDE = "\u1100"
"""The first character that takes two cells; the second one is a stub."""


class FrameScreen(pyte.Screen):
    """Shows what is fed, without what pyte misreads. It supports synchronized output (mode 2026)."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.in_frame = False
        """Whether a frame has begun and not ended."""

        self._stream = pyte.ByteStream(self)
        self._unread = b""

    def feed(self, data: bytes) -> bytes:
        """Show the output; return what the terminal replies to its queries."""
        data = self._unread + data
        cut = match.start() if (match := _UNFINISHED.search(data)) else len(data)
        self._unread, data = data[cut:], data[:cut]
        for match in _SYNC.finditer(data):
            self.in_frame = match[1] == b"h"
        self._stream.feed(_MISREAD.sub(b"", data))
        return _SYNC_KNOWN if _SYNC_QUERY in data else b""

    def line(self, y: int) -> str:
        """Return the text of a line."""
        # pyte's `display` asks for the width of every character: a fifth of a test's own time.
        line, text, is_stub = self.buffer[y], "", False
        for x in range(self.columns):
            char = "" if is_stub else line[x].data
            is_stub = char >= _FIRST_WIDE and wcwidth(char[0]) == 2
            text += char
        return text
