"""Calls that may block for ever: in a thread that neither freezes the screen nor holds up the exit."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start(call: Callable[[], T], name: str) -> "Future[T]":
    """Run the call in a daemon thread of its own; its result, or what it raises, arrives in the future."""
    future: Future[T] = Future()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=work, name=name, daemon=True).start()
    return future


async def run(call: Callable[[], T], name: str) -> T:
    """Await the call's result. Cancelled, it leaves the thread to itself; that of a pool would hold up the exit."""
    return await asyncio.wrap_future(start(call, name))
