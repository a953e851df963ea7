"""Whether the terminal's background is light: the question, the reply, and what the environment says."""

import re
import time
from collections.abc import Mapping
from typing import Final

from textual.color import Color
from textual.message import Message

QUERY: Final = "\x1b]11;?\x1b\\"
"""OSC 11. A terminal that does not know it ignores it."""

TIME_LIMIT: Final = 2.0
"""Seconds within which the reply counts. A later one would change the colours under the user's eyes."""

_REPLY = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})(?:/[0-9a-f]{1,4})?(?:\x07|\x1b\\)", re.IGNORECASE
)

_LIGHT_COLORS = frozenset({"7", *map(str, range(9, 16))})
"""The numbers of the light ones of 16 colours."""


class BackgroundReply(Message):
    """The terminal's reply to `QUERY`."""

    def __init__(self, *, is_light: bool) -> None:
        super().__init__()
        self.is_light = is_light
        self.arrived = time.monotonic()
        """Read in the thread that reads the input: the app may be busy with its first frame."""


def background_reply(sequence: bytes) -> BackgroundReply | None:
    """Return the message for a reply to `QUERY`; None for any other sequence."""
    match = _REPLY.fullmatch(sequence)
    if match is None:
        return None
    red, green, blue = (round(255 * int(part, 16) / (16 ** len(part) - 1)) for part in match.groups())
    return BackgroundReply(is_light=Color(red, green, blue).brightness > 0.5)


def seems_light(environ: Mapping[str, str]) -> bool:
    """Return whether COLORFGBG, which some terminals set, names a light background: `0;15`."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_COLORS


def may_be_asked(environ: Mapping[str, str]) -> bool:
    """Return whether `QUERY` may be sent: False for terminals that would print it."""
    return not environ.get("TERM", "").startswith(("linux", "eterm", "vt"))
