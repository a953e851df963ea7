"""The one source of time: what the server's clock says, how much time has passed, and how to wait."""

import asyncio
import sys
import time
from datetime import UTC
from typing import Protocol


class Clock(Protocol):
    """What the program needs of time. Tests bring one that they move by hand."""

    def server_now(self) -> float:
        """Return the server's idea of now, in Unix seconds."""

    def elapsed(self) -> float:
        """Return seconds since some fixed moment; they run on while the machine is suspended."""

    async def sleep(self, seconds: float) -> None:
        """Wait until that many seconds of `elapsed` are over."""

    def observe(self, date: str) -> None:
        """Learn the server's time from the Date header of a valid answer that has just arrived."""


class SystemClock:
    """Real time.

    The server's time is its Date header carried on by `elapsed`, so neither a laptop whose clock is wrong by hours nor
    one whose clock is set while we run changes an age. Until the first answer, the machine's own clock has to do.
    """

    _STEP = 5.0
    """Seconds: a difference beyond this is taken over at once; a smaller one is smoothed (a Date has whole seconds)."""

    _SLICE = 5.0
    """Seconds: the event loop's timers stand still in a suspended laptop, so a long sleep looks up this often."""

    def __init__(self) -> None:
        self._observed = False
        self._offset = time.time() - self.elapsed()

    def server_now(self) -> float:
        return self.elapsed() + self._offset

    def elapsed(self) -> float:
        return _uptime()

    async def sleep(self, seconds: float) -> None:
        end = self.elapsed() + seconds
        await asyncio.sleep(0)
        while (rest := end - self.elapsed()) > 0:  # noqa: ASYNC110 - it is time that is waited for
            await asyncio.sleep(min(rest, self._SLICE))

    def observe(self, date: str) -> None:
        seen = parse_date(date)
        if seen is None:
            return
        offset = seen + 0.5 - self.elapsed()  # the header is cut to the second: on average half of one is missing
        if not self._observed or abs(offset - self._offset) > self._STEP:
            self._offset = offset
        else:
            self._offset += (offset - self._offset) / 8
        self._observed = True


def parse_date(text: str) -> float | None:
    """Return an HTTP date as Unix seconds, or None where it is none."""
    from email.utils import parsedate_to_datetime  # here, as the first frame has no need of it

    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


if sys.platform == "linux":

    def _uptime() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def _uptime() -> float:
        return time.monotonic()  # on macOS and Windows this one runs on through a suspend
