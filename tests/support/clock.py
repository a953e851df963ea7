"""Clocks that tests move by hand."""

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
"""Seconds. Ten steps of 0.1 add up to slightly less than 1.0 and still have to wake what is due at 1.0."""

_READING = 1e-6
"""Seconds by which each reading of a `TickingClock` advances it."""

_MAX_WAKE_UPS = 1000
"""Per simulated second. A loop that keeps sleeping for microseconds would reach a million."""


@dataclass(frozen=True)
class Sleepers:
    """The number of sleepers, and the time (on the scale of `elapsed`) at which the first is due."""

    count: int
    next_due: float | None


class FakeClock:
    """The program's clock, moved only by `advance`."""

    _tolerance = _TOLERANCE

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self.observed: list[str] = []
        """The Date headers that the program has passed to the clock, oldest first. They don't change its time."""

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
        """Move the time and wake the sleepers that become due, each at its own time.

        The event loop runs before the first and after each wake-up, so a sleeper's next step, such as another sleep,
        happens at the right time. If that step needs a socket or a thread, pass `settled`: the clock stands still
        until it returns True, as in `await clock.advance(60, lambda: clock.sleepers.count == 1)`.
        """
        if seconds < 0:
            raise ValueError("seconds must not be negative")
        target = self._elapsed + seconds
        await self._let_run(settled)
        woken: Counter[int] = Counter()
        while (due := self._pop_due(target + self._tolerance)) is not None:
            when, future = due
            self._elapsed = max(self._elapsed, when)
            woken[int(when)] += 1
            if woken[int(when)] > _MAX_WAKE_UPS:
                raise AssertionError(f"more than {_MAX_WAKE_UPS} sleeps end within one second, at {when:g}")
            future.set_result(None)
            await self._let_run(settled)
        self._elapsed = max(self._elapsed, target)

    async def settle(self, until: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Run the event loop in real time, without moving this clock, until `until` returns True.

        AssertionError after `timeout` real seconds.
        """
        await self._let_run(None)
        end, pause = time.monotonic() + timeout, 0.001
        while not until():
            if time.monotonic() > end:
                raise AssertionError(
                    f"not settled after {timeout:g} s; the clock is at {self._elapsed:g}, {self.sleepers}"
                )
            await asyncio.sleep(pause)
            pause = min(0.02, pause * 1.2)

    async def _let_run(self, settled: Callable[[], bool] | None) -> None:
        await idle()
        if settled is not None:
            await self.settle(settled)

    def _pop_due(self, until: float) -> tuple[float, asyncio.Future[None]] | None:
        self._drop_cancelled()
        if not self._waiting or self._waiting[0][0] > until:
            return None
        due, _, future = heapq.heappop(self._waiting)
        return due, future

    def _drop_cancelled(self) -> None:
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)


class TickingClock(FakeClock):
    """A `FakeClock` whose readings always differ, like a real clock's: each is a microsecond later."""

    _tolerance = 1000 * _READING  # its readings have moved what is due at the end of an `advance` by this much

    def server_now(self) -> float:
        self._elapsed += _READING
        return super().server_now()

    def elapsed(self) -> float:
        self._elapsed += _READING
        return super().elapsed()
