"""What needs Textual's private parts, each held by a test that fails when they change.

The crash report, signals, what the terminal's encoding lacks, and sequences that Textual has no words for.
"""

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.console import RenderableType
from rich.segment import Segment, Segments
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.events import Event, Paste, Resize
from textual.filter import LineFilter
from textual.geometry import Size

from ucdn_tui.text import sanitize
from ucdn_tui.ui.terminal.textual_versions import IS_TESTED_TEXTUAL

if TYPE_CHECKING:
    from textual.timer import Timer

log = logging.getLogger(__name__)

_CALM = 0.1
"""Seconds without another size, after which a storm of them is over."""

HANGUP = 1
"""SIGHUP's number, also where there is no such signal."""

SIGNALS: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM) + (
    () if sys.platform == "win32" else (signal.SIGHUP,)
)


class TerminalApp(App[None]):
    """An app that tells by its exit status why it ended, and whose crash report gives nothing away."""

    def __init__(self) -> None:
        super().__init__()
        self._has_terminal = False
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._undo: list[str] = []
        """What undoes what `tell` has switched on, in the order in which it was."""

        self._repainting: Timer | None = None

    def write_escape(self, sequence: str, *, first: str = "", undo: str = "") -> None:
        """Write an escape sequence to the terminal, as it is; nothing where there is none: in tests, on the web.

        `undo` is written once, however often it is given, when the terminal is given back: on leaving, by whatever way,
        and while the program is suspended. `first` goes before the sequence when that is still, or again, to come.
        """
        if not self._has_terminal or self._driver is None or self.is_web:
            return
        told = undo in self._undo
        self._driver.write(sequence if told else first + sequence)
        if undo and not told:
            self._undo.append(undo)

    async def on_event(self, event: Event) -> None:
        """Take what is pasted, into whatever field, as text that can be seen: who knows where it was copied.

        And paint all again after a storm of sizes: where the last one is that of before, Textual sees no reason to, but
        the terminal may have lost what did not fit it meanwhile.
        """
        if isinstance(event, Paste) and not event.is_forwarded:
            event.text = "\n".join(sanitize(line.strip()) for line in event.text.splitlines())
        await super().on_event(event)
        if isinstance(event, Resize) and self._has_terminal:
            if self._repainting is not None:
                self._repainting.stop()
            self._repainting = self.set_timer(_CALM, self.refresh)

    def check_size(self) -> None:
        """Take over the terminal's size if it is another one: in a storm of resizes Textual may miss the last."""
        if not self._has_terminal or self.is_web or sys.__stderr__ is None:
            return
        with suppress(OSError, ValueError):  # the terminal is gone, which is noticed elsewhere
            size = Size(*os.get_terminal_size(sys.__stderr__.fileno()))
            if size.area and size != self.size:
                self.post_message(Resize(size, size))

    def get_driver_class(self) -> type[Driver]:
        """Return a driver that undoes what was told before it gives the terminal back, whyever it does."""
        driver_class = super().get_driver_class()

        def start(driver: Driver) -> None:
            if (file := getattr(driver, "_file", None)) is not None and not isinstance(file, LosableFile):
                vars(driver)["_file"] = LosableFile(file, self._terminal_lost)
            driver_class.start_application_mode(driver)
            self._has_terminal = True

        def stop(driver: Driver) -> None:
            self._has_terminal = False  # from here on nobody reads what is written, or undoes it
            if self._undo:
                driver.write("".join(reversed(self._undo)))
                self._undo.clear()
            driver_class.stop_application_mode(driver)

        methods: dict[str, object] = {"start_application_mode": start, "stop_application_mode": stop}
        if IS_TESTED_TEXTUAL and driver_class.__module__ == "textual.drivers.linux_driver":
            from ucdn_tui.ui.terminal.input import read_input  # here, as Windows and the web have no such driver

            methods["run_input_thread"] = lambda driver: read_input(driver, self._terminal_lost)
        return type(driver_class.__name__, (driver_class,), methods)

    def _terminal_lost(self) -> None:
        """Leave, as if hung up; called by the thread that writes, once."""
        log.warning("the terminal is gone")
        if self._event_loop is not None:
            with suppress(RuntimeError):  # the loop is closed: we are on our way out
                self._event_loop.call_soon_threadsafe(self._leave, HANGUP)

    def leave_on_signals(self) -> None:
        """Leave in good order on SIGINT, SIGTERM and SIGHUP, with 128 plus the signal's number as exit status."""
        self._event_loop = asyncio.get_running_loop()
        if sys.platform == "win32" or self.is_web:
            return
        for number in SIGNALS:
            self._event_loop.add_signal_handler(number, self._leave, number)

    def show_only_encodable(self, encoding: str) -> None:
        """Have nothing reach the terminal that its encoding does not have; Textual would write `\\u2501` for it."""
        self._filters.append(EncodableFilter(encoding))

    def _leave(self, number: int) -> None:
        log.info("leaving on signal %d", number)
        self.exit(return_code=128 + number)

    def panic(self, *renderables: RenderableType) -> None:
        """Leave with status 1 and this report, without controls; Textual's threads call it with their errors."""
        self._return_code = 1
        reports = [self._harmless_report(renderable) for renderable in renderables]
        log.critical("crash\n%s", "".join(segment.text for report in reports for segment in report.segments))
        super().panic(*reports)

    def _fatal_error(self) -> None:
        """Report a crash without the frames' local variables: Textual shows them, and one of them may be a key."""
        log.critical("crash", exc_info=True)
        from rich.traceback import Traceback  # here, as it brings Pygments along

        self._exit_renderables.append(self._harmless_report(Traceback(show_locals=False, width=None)))
        self._close_messages_no_wait()

    def _harmless_report(self, renderable: RenderableType) -> Segments:
        return Segments(map(_without_controls, self.console.render(renderable, self.console.options)))


class LosableFile:
    """What is written to a terminal, also when that is gone: then it goes nowhere, and somebody is told once.

    Textual's thread for writing would die of the first error, and the program wait for ever to hand it the next text.
    """

    def __init__(self, file: IO[str], lost: Callable[[], None]) -> None:
        self._file = file
        self._lost: Callable[[], None] | None = lost

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _try(self, write: Callable[[], object]) -> None:
        if self._lost is None:
            return
        try:
            write()
        except (OSError, ValueError):  # ValueError: it was closed
            lost, self._lost = self._lost, None
            lost()


_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _without_controls(segment: Segment) -> Segment:
    """Return the segment with controls replaced: an exception's text may quote what came from outside."""
    return segment if segment.control else Segment(_CONTROLS.sub("\ufffd", segment.text), segment.style)


class EncodableFilter(LineFilter):
    """Replaces what the terminal's encoding does not have, wherever on the screen it comes from, cell by cell."""

    _SUBSTITUTES: ClassVar[dict[str, str]] = {
        **dict.fromkeys("─━╌┄▁▔", "-"),
        **dict.fromkeys("│┃▏▕▎▌▐", "|"),
        **dict.fromkeys("┌┐└┘╭╮╰╯├┤┬┴┼", "+"),
        **dict.fromkeys("▂▃▄▅▆▇█▀", " "),
        "…": "~",
        "—": "-",
        "·": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "↑": "^",
        "↓": "v",
        "⏎": "~",
    }

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment("".join(map(self._substitute, segment.text)), segment.style)
            for segment in segments
        ]

    def _substitute(self, character: str) -> str:
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return self._SUBSTITUTES.get(character, "?" * cell_len(character))
        return character
