"""Waiting until an event loop has nothing left to do, however quick or slow the machine is."""

import asyncio
from typing import Any

import textual.app
import textual.pilot
from textual._context import active_app

_EMPTY_TURNS = 3
"""Turns of the event loop with nothing to do, in a row: what one side of a loopback socket writes takes two."""

_MOST_TURNS = 10_000
"""Turns after which a loop that is never idle counts as idle."""


async def idle() -> None:
    """Return once the event loop can only wait: for timers, for other processes, for threads."""
    loop: Any = asyncio.get_running_loop()
    empty = turns = 0
    while empty < _EMPTY_TURNS and turns < _MOST_TURNS:
        await asyncio.sleep(0)
        turns += 1
        empty = 0 if loop._ready else empty + 1  # what is to be run in this turn after us, or in the next one


async def _wait_for_idle(_min_sleep: float = 0.0, _max_sleep: float = 0.0) -> None:
    """Return once a new size has been taken over and the screen has been painted, which timers would do soon."""
    await idle()
    app = active_app.get()
    app._check_resize()
    await idle()
    app.screen._on_timer_update()
    await idle()


def install() -> None:
    """Have Pilot wait so after each key.

    Textual sleeps for 20 ms, again and again, until the process has used less than a millisecond of processor time
    meanwhile: most of the time of a test is spent so, and on a busy machine it is left to chance what is done by then.
    """
    textual.app.wait_for_idle = _wait_for_idle  # type: ignore[attr-defined]
    textual.pilot.wait_for_idle = _wait_for_idle  # type: ignore[attr-defined]
