"""The clock: the server's time, elapsed time, and sleeping."""

import asyncio
import sys
import time
from datetime import UTC
from typing import Protocol


class Clock(Protocol):
    """The program's only source of time. Tests use one that they advance themselves."""

    def server_now(self) -> float:
        """Return the server's time in Unix seconds."""

    def elapsed(self) -> float:
        """Return seconds since some fixed moment, including time while the machine was suspended."""

    async def sleep(self, seconds: float) -> None:
        """Wait until `elapsed` has advanced by that many seconds."""

    def observe(self, date: str) -> None:
        """Adjust the server's time to the Date header of a valid answer that has just arrived."""


class SystemClock:
    """Real time.

    The server's time is its Date header advanced by `elapsed`, so a wrong local clock, or one that is set meanwhile,
    changes no age. Until the first answer it is the local clock's time.
    """

    _STEP = 5.0
    """Seconds: a larger difference is adopted at once; a smaller one is smoothed, as a Date has whole seconds."""

    _SLICE = 5.0
    """Seconds between checks in a long sleep: the event loop's timers stop while the machine is suspended."""

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
        while (rest := end - self.elapsed()) > 0:  # noqa: ASYNC110 - it waits for time, not for an event
            await asyncio.sleep(min(rest, self._SLICE))

    def observe(self, date: str) -> None:
        seen = parse_date(date)
        if seen is None:
            return
        offset = seen + 0.5 - self.elapsed()  # the header is cut to the second: half of one is missing on average
        if not self._observed or abs(offset - self._offset) > self._STEP:
            self._offset = offset
        else:
            self._offset += (offset - self._offset) / 8
        self._observed = True


def parse_date(text: str) -> float | None:
    """Return an HTTP date as Unix seconds, None if it is invalid."""
    from email.utils import parsedate_to_datetime  # imported here, as the first frame does not need it

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
        return time.monotonic()  # on macOS and Windows it includes suspended time
