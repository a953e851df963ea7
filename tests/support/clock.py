"""A clock that tests move by hand."""

import asyncio
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from support import PATIENCE
from support.idle import idle

_TOLERANCE = 1e-9
"""Seconds: so that ten steps of 0.1 reach what is due after 1.0, although their sum is a little less."""

_READING = 1e-6
"""Seconds from one reading of a `TickingClock` to the next."""

_MOST_WAKE_UPS = 1000
"""In a second of a clock moved by hand. A loop that sleeps for microseconds, again and again, makes a million."""


@dataclass(frozen=True)
class Sleepers:
    """Who waits: how many, and the moment (as `elapsed` has it) at which the first is due."""

    count: int
    next_due: float | None


class FakeClock:
    """The program's clock, standing still until `advance`."""

    _tolerance = _TOLERANCE

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self.observed: list[str] = []
        """The Date headers that the program has shown to the clock, oldest first. They don't change its time."""

    def server_now(self) -> float:
        return self._start + self._elapsed

    def elapsed(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self._elapsed + seconds, next(self._order), future))
        await future

    def observe(self, date: str) -> None:
        self.observed.append(date)

    @property
    def sleepers(self) -> Sleepers:
        self._drop_cancelled()
        waiting = [due for due, _, future in self._waiting if not future.done()]
        return Sleepers(len(waiting), min(waiting, default=None))

    async def advance(self, seconds: float, settled: Callable[[], bool] | None = None) -> None:
        """Move the time, waking who is due, one after the other, each at its own moment.

        Before the first and after each wake-up the event loop runs, so what a sleeper does next, another sleep
        included, happens at the right time. Where that needs more than the event loop (a socket, a thread), give
        `settled`: time stands still until it holds, as in `await clock.advance(60, lambda: clock.sleepers.count == 1)`.
        """
        if seconds < 0:
            raise ValueError("time only moves forward")
        target = self._elapsed + seconds
        await self._let_run(settled)
        woken: Counter[int] = Counter()
        while (due := self._pop_due(target + self._tolerance)) is not None:
            moment, future = due
            self._elapsed = max(self._elapsed, moment)
            woken[int(moment)] += 1
            if woken[int(moment)] > _MOST_WAKE_UPS:
                raise AssertionError(f"more than {_MOST_WAKE_UPS} sleeps end within a second, at {moment:g}")
            future.set_result(None)
            await self._let_run(settled)
        self._elapsed = max(self._elapsed, target)

    async def settle(self, until: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Let the event loop run in real time, this clock standing still, until `until` holds.

        AssertionError after `timeout` real seconds.
        """
        await self._let_run(None)
        end = time.monotonic() + timeout
        while not until():
            if time.monotonic() > end:
                raise AssertionError(
                    f"not settled after {timeout:g} s; the clock is at {self._elapsed:g}, {self.sleepers}"
                )
            await asyncio.sleep(0.001)

    async def _let_run(self, settled: Callable[[], bool] | None) -> None:
        await idle()
        if settled is not None:
            await self.settle(settled)

    def _pop_due(self, moment: float) -> tuple[float, asyncio.Future[None]] | None:
        self._drop_cancelled()
        if not self._waiting or self._waiting[0][0] > moment:
            return None
        due, _, future = heapq.heappop(self._waiting)
        return due, future

    def _drop_cancelled(self) -> None:
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)


class TickingClock(FakeClock):
    """Moved by hand, too, but as with a real clock no two readings are the same: each is a microsecond later."""

    _tolerance = 1000 * _READING  # by so little its readings have delayed what is due at the end of an `advance`

    def server_now(self) -> float:
        self._elapsed += _READING
        return super().server_now()

    def elapsed(self) -> float:
        self._elapsed += _READING
        return super().elapsed()
