"""Reading the terminal's input: bytes to whole sequences, and those to events.

Textual's own reading ends the program at a byte that is not UTF-8 and at some sequences, takes what it does not know
for keys, and waits for the end of a paste for ever. Here all that is dropped, and the program goes on.
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

if TYPE_CHECKING:
    from textual.drivers.linux_driver import LinuxDriver

log = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds between two checks of the time, and of whether to stop, while no byte comes."""

_LOST = 2.0
"""Seconds without a byte, after which the end of a paste or of a sequence counts as lost."""

_PASTE_END = b"\x1b[201~"

_LONGEST = 32
"""Characters; Textual takes a longer sequence for keys."""

# The beginning of an OSC, DCS or APC reply, and its text. Not every ESC with such a letter: Alt+letter sends the same.
_STRING = rb"\x1b(?:\][0-9lLI]|P[0-9<-?!$+|]|_G)[^\x00-\x1f]*"

# What may go on. `key` is one by itself, too, if nothing follows at once.
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
  | (?P<mouse> \x1b\[M[^\x01-\x1f]{3} )                     # as xterm first sent it: three bytes, not UTF-8
  | (?P<sequence> \x1b\[ (?: \[[A-E] | [0-9]+\$ | [0-?]*[\ -/]*[@-~] ) | \x1bO[0-9]?[@-~] )
  | (?P<broken> \x1b\[[0-?]+[\ -/]* )                       # a byte follows that cannot belong to it
  | (?P<key> \x1b (?: [\xc2-\xf4][\x80-\xbf]+ | [^\x1b] )? )  # Alt with a character, or Escape
  | (?P<text> [^\x1b]+ )
    """,
    re.VERBOSE,
)

# Key, modifiers, text. Further forms of the key, and the kind of event, stand behind colons.
_KITTY_KEY = re.compile(r"\x1b\[([0-9:]*)(?:;([0-9:]*)(?:;([0-9:]*))?)?([u~A-HP-S])")

_RELEASED = "3"


class InputReader:
    """Makes events of the bytes that a terminal sends, whatever they are and however they are cut into pieces.

    A byte that is not UTF-8 becomes U+FFFD. Times are in seconds, of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._unfinished = b""
        self._pasted: bytearray | None = None
        """What has come of a paste that has not ended."""

        self._last = 0.0
        """When the last byte came."""

    def feed(self, data: bytes, now: float) -> Iterator[Message]:
        """Yield the events of these bytes; what may go on is kept."""
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

    def tick(self, now: float) -> Iterator[Message]:
        """Yield the events of what has waited too long for more."""
        idle = now - self._last
        if self._pasted is not None:
            if idle >= _LOST:
                yield from self._paste()
        elif token := _UNFINISHED.fullmatch(self._unfinished):
            if token["key"] and idle >= constants.ESCAPE_DELAY:
                self._unfinished = b""
                yield from self._parsed(self._decoder.decode(b"", final=True))
                yield from self._whole(token[0])
            elif idle >= _LOST:
                self._unfinished = b""

    def _paste(self) -> Iterator[Message]:
        text = (self._pasted or b"").decode("utf-8", "replace").replace("\0", "")
        self._pasted = None
        if text:
            yield Paste(text)

    def _whole(self, token: bytes) -> Iterable[Message]:
        """Return the events of a sequence to which nothing can be added."""
        text = token.decode("utf-8", "replace")
        if (key := _KITTY_KEY.fullmatch(text)) is not None:
            text = _plain_key(*key.groups(default=""))
        if len(text) > _LONGEST:
            return []
        events = self._parsed(text)
        if self._parser._timeout_time is None:
            return events
        self._parser._timeout_time = 0.0  # it does not know the sequence, and waits for more of it
        rest = list(self._parser.tick())
        # Escape, or Alt with a key. Of anything longer it makes a key of each character.
        return events + rest if len(text) <= len("\x1bx") else []

    def _parsed(self, text: str) -> list[Message]:
        """Return the events that Textual makes of this; when it fails, none, and it begins anew."""
        try:
            return list(self._parser.feed(text)) if text else []
        except (ValueError, ArithmeticError):
            log.warning("dropped input that cannot be parsed")
            self._parser = XTermParser()
            return []


def _plain_key(key: str, modifiers: str, text: str, final: str) -> str:
    """Return a sequence of kitty's keyboard protocol that Textual can read; "" for a release and for nonsense."""
    key = key.partition(":")[0]
    modifiers, _, rest = modifiers.partition(":")
    released = rest.partition(":")[0] == _RELEASED
    if released or not all(map(_is_character, (key, modifiers, *text.split(":")))):
        return ""
    fields = f"{key};{modifiers};{text}".rstrip(";")
    return f"\x1b[{fields}{final}"


def _is_character(number: str) -> bool:
    """Tell whether this is the number of a character, or nothing."""
    return not number or (len(number) <= 7 and int(number) <= 0x10FFFF and not 0xD800 <= int(number) <= 0xDFFF)


def read_input(driver: "LinuxDriver", lost: Callable[[], None]) -> None:
    """Send the app what the terminal sends, until the driver stops; call `lost` when the terminal is gone.

    The driver's thread runs this. What is raised here ends the program as a crash.
    """
    reader = InputReader()
    while not driver.exit_event.is_set():
        events: Iterator[Message]
        if select.select([driver.fileno], [], [], _TICK)[0]:
            try:
                data = os.read(driver.fileno, 4096)
            except BlockingIOError:  # another program of this terminal was quicker
                continue
            except OSError:
                data = b""
            if not data:
                lost()
                return
            events = reader.feed(data, time.monotonic())
        else:
            events = reader.tick(time.monotonic())
        for event in events:
            driver.process_message(event)
