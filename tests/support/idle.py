"""Waits until an event loop is idle, whatever the speed of the machine."""

import asyncio
from typing import Any

import textual.app
import textual.pilot
from textual._context import active_app
from textual.widgets import Button

_EMPTY_TURNS = 3
"""Empty turns of the event loop in a row. Data written to a loopback socket arrives after two."""

_MAX_TURNS = 10_000
"""Turns after which a busy loop counts as idle."""


async def idle() -> None:
    """Return once the event loop only waits for timers, other processes or threads."""
    loop: Any = asyncio.get_running_loop()
    empty = turns = 0
    while empty < _EMPTY_TURNS and turns < _MAX_TURNS:
        await asyncio.sleep(0)
        turns += 1
        empty = 0 if loop._ready else empty + 1  # callbacks still to run in this turn or the next


async def _wait_for_idle(_min_sleep: float = 0.0, _max_sleep: float = 0.0) -> None:
    """Return after applying a new size and painting the screen, both of which timers would do later."""
    await idle()
    app = active_app.get()
    app._check_resize()
    await idle()
    app.screen._on_timer_update()
    await idle()


def install() -> None:
    """Replace Pilot's wait after each key.

    Textual sleeps in steps of 20 ms until the process has used less than 1 ms of CPU in one of them. That takes most
    of the time of a test, and on a busy machine it may return too early.

    Also take the effect away that shows a button pressed: for its 0.2 s the button ignores further clicks, and tests
    click again sooner.
    """
    # Both modules import the name without exporting it: mypy does not see it there.
    textual.app.wait_for_idle = _wait_for_idle  # type: ignore[attr-defined]
    textual.pilot.wait_for_idle = _wait_for_idle  # type: ignore[attr-defined]
    setattr(Button, "_start_active_affect", lambda _button: None)  # noqa: B010 - mypy refuses to assign a method
