"""Job control: stopping the program, or its whole process group, until it has the terminal again."""

import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress

_SETTLED = 0.05
"""Seconds for a signal that came while the program was stopped: another thread may be the one that receives it."""

if sys.platform != "win32":

    def stop_process() -> None:
        """Stop this process only."""
        os.kill(os.getpid(), signal.SIGSTOP)

    def stop_process_group() -> None:
        """Stop every process of the group, as a terminal does on Ctrl+Z.

        A script that started the program must stop too: otherwise its shell goes on waiting for the script. The kernel
        ignores the signal if nobody could continue the group, as in a container or a terminal without a shell.
        """
        os.killpg(0, signal.SIGTSTP)

    def stop_until_foreground(
        stop: Callable[[], None], terminal: int, ending: Collection[signal.Signals]
    ) -> signal.Signals | None:
        """Call `stop`; return once the program is continued in the foreground of `terminal`, a file descriptor.

        Continued in the background, as by `bg`, it stops again. Returns at once if `stop` had no effect, and returns
        the signal if one of `ending` came meanwhile. Their handlers of asyncio run as usual, later.
        """
        came: list[signal.Signals] = []

        def note(number: int, _frame: object) -> None:
            came.append(signal.Signals(number))

        before = {number: signal.signal(number, note) for number in ending}
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        try:
            while True:
                stop()
                time.sleep(_SETTLED)  # the program has no terminal meanwhile, so nothing else waits for it
                if came or _in_foreground(terminal):
                    return came[0] if came else None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _in_foreground(terminal: int) -> bool:
        with suppress(OSError):  # the terminal is gone: reading and writing notice it
            return os.tcgetpgrp(terminal) == os.getpgrp()
        return True
