"""TerminalApp: signals, the crash report, escape sequences, and what the terminal's encoding lacks.

Textual's private parts are used on tested versions only (`textual_versions`); on any other, Textual's own behaviour
stays. A test per part fails when Textual changes it.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from rich.console import COLOR_SYSTEMS, RenderableType
from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.events import Event, InputEvent, Paste, Resize
from textual.geometry import Size

from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.terminal import job_control
from ucdn_tui.ui.terminal.background import QUERY, TIME_LIMIT, BackgroundReply
from ucdn_tui.ui.terminal.crash_report import forbid_locals, sanitized_report, traceback_report
from ucdn_tui.ui.terminal.input_queue import InputQueue
from ucdn_tui.ui.terminal.output import EncodableFilter, LosableFile
from ucdn_tui.ui.terminal.textual_versions import IS_TESTED_TEXTUAL

if TYPE_CHECKING:
    from textual.timer import Timer

log = logging.getLogger(__name__)

_RESIZE_SETTLED = 0.1
"""Seconds without another resize, after which a storm of them is over."""

HANGUP = 1
"""SIGHUP's number, also on systems without that signal."""

SIGNALS: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM) + (
    () if sys.platform == "win32" else (signal.SIGHUP, signal.SIGQUIT)
)


def _invalid(variable: str, value: str | None) -> UsageError:
    return UsageError(_("{name} is invalid: {value}").format(name=variable, value=sanitize(value or "", 120)))


class TerminalApp(App[None]):
    """An app whose exit status says why it ended, and whose crash report holds no secrets."""

    MOVES: ClassVar[Collection[str]] = ()
    """The ids of bindings that move a cursor or scroll (`InputQueue`)."""

    URGENT: ClassVar[Collection[str]] = ()
    """The ids of those that wait for no other key."""

    def __init__(self) -> None:
        """Raise UsageError if one of Textual's variables has a value that it cannot start with."""
        if constants.COLOR_SYSTEM not in (None, "auto", *COLOR_SYSTEMS):
            raise _invalid("TEXTUAL_COLOR_SYSTEM", constants.COLOR_SYSTEM)
        super().__init__()
        # With TEXTUAL_LOG, Textual would write each typed key and each paste there, also of a private key.
        vars(constants)["LOG_FILE"] = None
        self._terminal: Driver | None = None
        """The driver while it has the terminal; None in tests, on leaving and while suspended."""

        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._undo_sequences: list[str] = []
        """What undoes the escape sequences that were written, in the order of writing."""

        self._ends_suspended = False
        """Whether it ends after a signal in the background: it must not touch the terminal, which the shell has."""

        self._wants_background = False
        """Whether to ask the terminal for its background."""

        self._background_asked: float | None = None
        """When it was asked, on the monotonic clock; None: no reply is expected."""

        self._input = InputQueue(self, self._handle_input, moves=self.MOVES, urgent=self.URGENT)
        self._repaint_timer: Timer | None = None
        self._has_crashed = False
        if not IS_TESTED_TEXTUAL:
            forbid_locals()

    # Escape sequences

    def write_escape(self, sequence: str, *, first: str = "", undo: str = "") -> None:
        """Write an escape sequence to the terminal unchanged; do nothing without a terminal (in tests, on the web).

        `undo` is written once when the program leaves or is suspended, however often it was passed. `first` goes before
        the sequence unless its `undo` is already pending.
        """
        if self._terminal is None or self.is_web:
            return
        is_pending = undo in self._undo_sequences
        self._terminal.write(sequence if is_pending else first + sequence)
        if undo and not is_pending:
            self._undo_sequences.append(undo)

    def get_driver_class(self) -> type[Driver]:
        """Return a driver class that writes the undo sequences before it gives the terminal back."""
        try:
            driver_class = super().get_driver_class()
        except (ImportError, AttributeError, ValueError, RuntimeError):
            if constants.DRIVER is None:
                raise
            raise _invalid("TEXTUAL_DRIVER", constants.DRIVER) from None

        def start(driver: Driver) -> None:
            self._guard_writes(driver)
            driver_class.start_application_mode(driver)
            self._terminal = driver
            # Textual's own reader would not know the reply.
            if self._wants_background and "run_input_thread" in methods:
                self._wants_background = False
                self._background_asked = time.monotonic()
                driver.write(QUERY)

        def stop(driver: Driver) -> None:
            if self._ends_suspended:
                return
            self._terminal = None  # nothing that is written from here on would be undone
            if self._undo_sequences:
                driver.write("".join(reversed(self._undo_sequences)))
                self._undo_sequences.clear()
            driver_class.stop_application_mode(driver)

        def disable_input(driver: Driver) -> None:
            if not self._ends_suspended:
                driver_class.disable_input(driver)

        methods: dict[str, object] = {
            "start_application_mode": start,
            "stop_application_mode": stop,
            "disable_input": disable_input,
        }
        if IS_TESTED_TEXTUAL and driver_class.__module__ == "textual.drivers.linux_driver":
            from ucdn_tui.ui.terminal.input import read_input  # here, as Windows and the web have no such driver

            methods["run_input_thread"] = lambda driver: read_input(driver, self._terminal_lost)
        return type(driver_class.__name__, (driver_class,), methods)

    def _guard_writes(self, driver: Driver) -> None:
        """Make the driver survive the loss of its terminal; on untested versions its file stays as it is."""
        file = getattr(driver, "_file", None)
        if IS_TESTED_TEXTUAL and file is not None and not isinstance(file, LosableFile):
            vars(driver)["_file"] = LosableFile(file, self._terminal_lost)

    def show_only_encodable(self, encoding: str) -> None:
        """Replace what the terminal's encoding lacks; on untested versions Textual writes `\\u2501` for it."""
        if IS_TESTED_TEXTUAL:
            self._filters.append(EncodableFilter(encoding))

    # The background

    def ask_for_background(self) -> None:
        """Ask the terminal for its background once it is there. Where it cannot be asked, nothing happens."""
        self._wants_background = True

    def on_background_reply(self, reply: BackgroundReply) -> None:
        """Pass on the first reply, if it comes in time and was asked for."""
        asked, self._background_asked = self._background_asked, None
        if asked is not None and reply.arrived - asked <= TIME_LIMIT:
            self.background_known(is_light=reply.is_light)

    def background_known(self, *, is_light: bool) -> None:
        """The terminal has replied."""

    # Input and size

    async def on_event(self, event: Event) -> None:
        """Handle input in its order; repaint once a storm of resizes is over.

        Textual does not repaint when the last size equals the first, but the terminal may have dropped what did not fit
        in between.
        """
        if isinstance(event, InputEvent | Paste) and not event.is_forwarded:
            await self._input.take(event)
        else:
            await super().on_event(event)
        if isinstance(event, Resize) and self._terminal is not None:
            if self._repaint_timer is not None:
                self._repaint_timer.stop()
            self._repaint_timer = self.set_timer(_RESIZE_SETTLED, self.refresh)

    async def _handle_input(self, event: Event) -> None:
        """Handle a key, a click or pasted text. The text is sanitized, unless the field can show it raw."""
        if isinstance(event, Paste) and not getattr(self.focused, "takes_raw_pastes", False):
            event.text = "\n".join(sanitize(line.strip()) for line in event.text.splitlines())
        await super().on_event(event)

    def check_size(self) -> None:
        """Adopt the terminal's size if it differs: in a storm of resizes Textual may miss the last one."""
        if self._terminal is None or self.is_web or sys.__stderr__ is None:
            return
        with suppress(OSError, ValueError):  # the terminal is gone; reading and writing notice it
            size = Size(*os.get_terminal_size(sys.__stderr__.fileno()))
            if size.area and size != self.size:
                self.post_message(Resize(size, size))

    # Leaving

    def handle_signals(self) -> None:
        """Exit cleanly on SIGINT, SIGTERM, SIGHUP and SIGQUIT, with 128 plus the signal's number as exit status.

        SIGTSTP suspends and SIGCONT repaints between two steps of the event loop. Textual's handlers would do so in the
        middle of whatever the signal interrupts. In the middle of a write that is a deadlock: both need the lock of the
        queue of writes.
        """
        self._event_loop = asyncio.get_running_loop()
        if sys.platform == "win32" or self.is_web:
            return
        for number in SIGNALS:
            self._event_loop.add_signal_handler(number, self._leave, number)
        self._event_loop.add_signal_handler(signal.SIGTSTP, self._suspend, job_control.stop_process)
        self._event_loop.add_signal_handler(signal.SIGCONT, self._continued)

    def _terminal_lost(self) -> None:
        """Exit as on SIGHUP. Called once, from the driver's reading or writing thread."""
        log.warning("the terminal is gone")
        if self._event_loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the program is already exiting
                self._event_loop.call_soon_threadsafe(self._leave, HANGUP)

    def action_suspend_process(self) -> None:
        """Suspend the program, together with the script that started it, if any."""
        if sys.platform != "win32":
            self._suspend(job_control.stop_process_group)

    def _suspend(self, stop: Callable[[], None]) -> None:
        """Give the terminal back and stop; once continued in the foreground, take the terminal and repaint."""
        driver = self._terminal
        if sys.platform == "win32" or driver is None or not driver.can_suspend or sys.__stdin__ is None:
            return
        self.app_suspend_signal.publish(self)
        driver.suspend_application_mode()
        if ending := job_control.stop_until_foreground(stop, sys.__stdin__.fileno(), SIGNALS):
            self._ends_suspended = True
            self._leave(ending)
            return
        driver.resume_application_mode()
        self.app_resume_signal.publish(self)
        self.refresh(layout=True)

    def _continued(self) -> None:
        """Repaint after SIGSTOP, by which the program keeps the terminal. After `_suspend` this does no harm."""
        if self._terminal is not None:
            self.refresh()

    def _leave(self, number: int) -> None:
        log.info("leaving on signal %d", number)
        self.exit(return_code=128 + number)

    # Crashing

    @property
    def return_code(self) -> int | None:
        """The exit status: 1 after a crash."""
        return 1 if self._has_crashed else super().return_code

    def panic(self, *renderables: RenderableType) -> None:
        """Exit with status 1 and this report, sanitized. Textual's threads call it with their errors."""
        reports = [sanitized_report(self.console, renderable) for renderable in renderables]
        log.critical("crash\n%s", "".join(segment.text for report in reports for segment in report.segments))
        self._has_crashed = True
        super().panic(*reports)

    def _fatal_error(self) -> None:
        """Report a crash as Textual does, but without local variables."""
        log.critical("crash", exc_info=True)
        self._has_crashed = True
        super().panic(traceback_report(self.console))
