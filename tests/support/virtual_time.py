"""An event loop and a clock in simulated time: sleeping takes no time."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class _Selector(selectors.SelectSelector):
    """Moves the time instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("deadlock: everything waits, and no timer runs")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs timers in their order, without waiting for them, and work for threads at once."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        future = self.create_future()
        future.set_result(func(*args))
        return future


class VirtualClock:
    """A program's clock on a `VirtualLoop`. Its time of day is wrong by `error` seconds until a Date corrects it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: float, error: float = 0.0) -> None:
        self._loop = loop
        self._start = start
        self._error = error

    def true_now(self) -> float:
        """Return the server's own time."""
        return self._start + self._loop.time()

    def server_now(self) -> float:
        return self.true_now() + self._error

    def elapsed(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    def observe(self, date: str) -> None:
        if date:
            self._error = float(date) - self.true_now()


class Stopwatch:
    """Stands for `time` where batches are measured: each takes no time, so that the machine does not matter."""

    @staticmethod
    def perf_counter() -> float:
        return 0.0


def run(main: Callable[[asyncio.AbstractEventLoop], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run a coroutine in simulated time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()
