"""Running calls that may block forever in daemon threads, which do not delay the exit."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start(call: Callable[[], T], name: str) -> "Future[T]":
    """Run the call in its own daemon thread; the future gets its result or exception."""
    future: Future[T] = Future()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - passed on through the future
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=work, name=name, daemon=True).start()
    return future


async def run(call: Callable[[], T], name: str) -> T:
    """Await the call's result. Cancelling leaves the thread running; a pool's thread would delay the exit."""
    return await asyncio.wrap_future(start(call, name))
