"""InputReader: turns the bytes of a terminal into whole sequences, and those into events.

Textual's own reader crashes at a byte that is not UTF-8 and at some sequences, treats unknown sequences as keys, and
waits forever for the end of a paste. This one drops such input and goes on.
"""

import logging
import os
import re
import select
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from textual import constants
from textual._xterm_parser import XTermParser
from textual.events import Paste
from textual.message import Message

from ucdn_tui.ui.terminal.background import background_reply

if TYPE_CHECKING:
    from textual.drivers.linux_driver import LinuxDriver

log = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds between two checks of the time, and of the exit event, while no byte arrives."""

_TIMEOUT = 2.0
"""Seconds without a byte, after which an unfinished paste or sequence ends."""

_PASTE_END = b"\x1b[201~"

_MAX_SEQUENCE = 32
"""Maximum characters of a sequence: Textual treats a longer one as keys."""

_ABSURD_SIZE = re.compile(r"\x1b\[48;(?:\d{5,}|\d+;\d{5,}|\d{4};\d{4})\D")
"""A report of a size of thousands of lines and columns: to lay it out takes gigabytes."""

# An OSC, DCS or APC reply without its end. Restricted to known beginnings, as Alt+letter sends the same two bytes.
_STRING = rb"\x1b(?:\][0-9lLI]|P[0-9<-?!$+|]|_G)[^\x00-\x1f]*"

# An incomplete token. A `key` is complete if nothing follows at once.
_UNFINISHED = re.compile(
    rb"""
    (?P<key> \x1b (?: [\[\]OP_]? | [\xc2-\xdf] | [\xe0-\xef][\x80-\xbf]? | [\xf0-\xf4][\x80-\xbf]{0,2} ) )
  | \x1b\[ (?! [0-9]+\$ ) (?: \[ | [0-?]*[\ -/]* | M[^\x01-\x1f]{0,2} )
  | \x1bO[0-9]
  | """
    + _STRING
    + rb"""\x1b?
    """,
    re.VERBOSE,
)

_TOKEN = re.compile(
    rb"""
    (?P<paste> \x1b\[200~ )
  | (?P<reply> """
    + _STRING
    + rb"""(?:\x07|\x1b\\)? )
  | (?P<mouse> \x1b\[M[^\x01-\x1f]{3} )                     # xterm's first protocol: three bytes, not UTF-8
  | (?P<sequence> \x1b\[ (?: \[[A-E] | [0-9]+\$ | [0-?]*[\ -/]*[@-~] ) | \x1bO[0-9]?[@-~] )
  | (?P<broken> \x1b\[[0-?]+[\ -/]* )                       # followed by a byte that cannot belong to it
  | (?P<key> \x1b (?: [\xc2-\xf4][\x80-\xbf]+ | [^\x1b] )? )  # Alt with a character, or Escape
  | (?P<text> [^\x1b]+ )
    """,
    re.VERBOSE,
)

# Key, modifiers, text. Alternate keys and the event type follow after colons.
_KITTY_KEY = re.compile(r"\x1b\[([0-9:]*)(?:;([0-9:]*)(?:;([0-9:]*))?)?([u~A-HP-S])")

_RELEASED = "3"


class InputReader:
    """Parses any bytes, however they are split. A byte that is not UTF-8 becomes U+FFFD.

    Times are in seconds, of any monotonic clock.
    """

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._unfinished = b""
        self._pasted: bytearray | None = None
        """The text so far of a paste that has not ended."""

        self._last = 0.0
        """When the last byte arrived."""

    def feed(self, data: bytes, now: float) -> Iterator[Message]:
        """Yield the events of these bytes. An incomplete token waits for the next bytes."""
        self._last = now
        data = self._unfinished + data
        self._unfinished = b""
        at = 0
        while at < len(data):
            if self._pasted is not None:
                searched = max(0, len(self._pasted) - len(_PASTE_END) + 1)
                self._pasted += data[at:]
                end = self._pasted.find(_PASTE_END, searched)
                if end < 0:
                    return
                at = len(data) - (len(self._pasted) - end - len(_PASTE_END))
                del self._pasted[end:]
                yield from self._paste()
            elif _UNFINISHED.fullmatch(data, at):
                self._unfinished = data[at:]
                return
            elif token := _TOKEN.match(data, at):
                at = token.end()
                if token.lastgroup == "text":
                    yield from self._parsed(self._decoder.decode(token[0]))
                    continue
                yield from self._parsed(self._decoder.decode(b"", final=True))
                if token.lastgroup == "paste":
                    self._pasted = bytearray()
                elif token.lastgroup in ("sequence", "key"):
                    yield from self._whole(token[0])
                elif token.lastgroup == "reply" and (reply := background_reply(token[0])) is not None:
                    yield reply

    def tick(self, now: float) -> Iterator[Message]:
        """Yield the events of a token that has waited too long for its end."""
        idle = now - self._last
        if self._pasted is not None:
            if idle >= _TIMEOUT:
                yield from self._paste()
        elif token := _UNFINISHED.fullmatch(self._unfinished):
            if token["key"] and idle >= constants.ESCAPE_DELAY:
                self._unfinished = b""
                yield from self._parsed(self._decoder.decode(b"", final=True))
                yield from self._whole(token[0])
            elif idle >= _TIMEOUT:
                self._unfinished = b""

    def _paste(self) -> Iterator[Message]:
        text = (self._pasted or b"").decode("utf-8", "replace").replace("\0", "")
        self._pasted = None
        if text:
            yield Paste(text)

    def _whole(self, token: bytes) -> Iterable[Message]:
        """Return the events of a complete sequence or key."""
        text = token.decode("utf-8", "replace")
        if (key := _KITTY_KEY.fullmatch(text)) is not None:
            text = _plain_key(*key.groups(default=""))
        if len(text) > _MAX_SEQUENCE or _ABSURD_SIZE.match(text):
            return []
        events = self._parsed(text)
        if self._parser._timeout_time is None:
            return events
        self._parser._timeout_time = 0.0  # the parser does not know the sequence, and waits for more
        rest = list(self._parser.tick())
        # Escape, or Alt with a key. Of a longer sequence the parser would make a key per character.
        return events + rest if len(text) <= len("\x1bx") else []

    def _parsed(self, text: str) -> list[Message]:
        """Return the events that Textual's parser makes of this; none if it fails. It is replaced then."""
        try:
            return list(self._parser.feed(text)) if text else []
        except (ValueError, ArithmeticError):
            log.warning("dropped input that cannot be parsed")
            self._parser = XTermParser()
            return []


def _plain_key(key: str, modifiers: str, text: str, final: str) -> str:
    """Return a kitty key sequence in a form that Textual can parse; "" for a key release and for invalid ones."""
    key = key.partition(":")[0]
    modifiers, _, rest = modifiers.partition(":")
    released = rest.partition(":")[0] == _RELEASED
    if released or not all(map(_is_character, (key, modifiers, *text.split(":")))):
        return ""
    fields = f"{key};{modifiers};{text}".rstrip(";")
    return f"\x1b[{fields}{final}"


def _is_character(number: str) -> bool:
    """Return whether this is empty or the number of a Unicode character."""
    return not number or (len(number) <= 7 and int(number) <= 0x10FFFF and not 0xD800 <= int(number) <= 0xDFFF)


def read_input(driver: "LinuxDriver", on_lost: Callable[[], None]) -> None:
    """Send the app the terminal's input until the driver stops; call `on_lost` when the terminal is gone.

    Runs in the driver's thread. An exception here crashes the app.
    """
    reader = InputReader()
    while not driver.exit_event.is_set():
        events: Iterator[Message]
        if select.select([driver.fileno], [], [], _TICK)[0]:
            try:
                data = os.read(driver.fileno, 4096)
            except BlockingIOError:  # another program on this terminal has read it
                continue
            except OSError:
                data = b""
            if not data:
                on_lost()
                return
            events = reader.feed(data, time.monotonic())
        else:
            events = reader.tick(time.monotonic())
        for event in events:
            driver.process_message(event)
