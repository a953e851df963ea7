"""Answers that get lost or come late: what a submitting call's client cannot tell from a submission that failed."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from enum import Enum
from itertools import cycle


class Loss(Enum):
    """What happens to a submitting call. The values are the words of the command line."""

    AFTER = "after"
    """The task is created, then the connection is reset."""

    BEFORE = "before"
    """The connection is reset, and nothing is created."""

    SLOW = "slow"
    """The task is created, and the answer held."""

    ERROR_AFTER = "500-after"
    """The task is created, and the answer is an HTTP 500."""

    ERROR_BEFORE = "500-before"
    """The answer is an HTTP 500, and nothing is created."""


class Losses:
    """The losses to come: each submitting call takes one from the queue, or the next of `then` if the queue is empty.

    None stands for a call that is answered as usual. Held answers are sent on `release`, or after `seconds` of real
    time if these are not None.
    """

    def __init__(self, then: Iterable[Loss | None] = (), *, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._then = iter(then)
        self._queue: deque[Loss | None] = deque()
        self._held: list[Future[None]] = []
        self._lock = threading.Lock()  # a server answers each connection in a thread of its own

    def __len__(self) -> int:
        """Return the number of queued losses that no call has taken yet."""
        return len(self._queue)

    def append(self, loss: Loss | None) -> None:
        self._queue.append(loss)

    def take(self) -> Loss | None:
        with self._lock:
            return self._queue.popleft() if self._queue else next(self._then, None)

    @property
    def held(self) -> int:
        """The number of answers that are held now."""
        with self._lock:
            return sum(not answer.done() for answer in self._held)

    def hold(self) -> Future[None]:
        """Return what a held answer waits for, by `wait` or `wait_in_thread`."""
        answer: Future[None] = Future()
        with self._lock:
            self._held = [other for other in self._held if not other.done()] + [answer]
        return answer

    def release(self) -> None:
        """Send all held answers."""
        with self._lock:
            held, self._held = self._held, []
        for answer in held:
            with suppress(InvalidStateError):  # its client has given up, or `seconds` are over
                answer.set_result(None)

    async def wait(self, answer: Future[None]) -> None:
        """Return when a held answer is to be sent."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(answer), self.seconds)

    def wait_in_thread(self, answer: Future[None]) -> None:
        """Return when a held answer is to be sent."""
        try:
            answer.result(self.seconds)
        except TimeoutError:
            answer.cancel()


def every(number: int, loss: Loss) -> Iterator[Loss | None]:
    """Yield a loss for every so many calls, forever: the third, the sixth, …"""
    return cycle([*[None] * (number - 1), loss])
