"""What needs Textual's private parts, each held by a test that fails when they change: the crash report, signals."""

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence

from rich.segment import Segments
from rich.traceback import Traceback
from textual.app import App

log = logging.getLogger(__name__)

SIGNALS: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM) + (
    () if sys.platform == "win32" else (signal.SIGHUP,)
)


class TerminalApp(App[None]):
    """An app that tells by its exit status why it ended, and whose crash report gives nothing away."""

    def leave_on_signals(self) -> None:
        """Leave in good order on SIGINT, SIGTERM and SIGHUP, with 128 plus the signal's number as exit status."""
        if sys.platform == "win32" or self.is_web:
            return
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._leave, number)

    def _leave(self, number: signal.Signals) -> None:
        log.info("leaving on %s", number.name)
        self.exit(return_code=128 + number)

    def _fatal_error(self) -> None:
        """Report a crash without the frames' local variables: Textual shows them, and one of them may be a key."""
        log.critical("crash", exc_info=True)
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()
