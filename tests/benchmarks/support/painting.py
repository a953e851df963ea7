"""An app that really paints, into nothing, and what it takes from a change to the last byte of its picture.

Textual's headless driver skips the painting; this one is a terminal like any other to the app, and counts what it is
sent. What is measured is the time that the process works (CPU), not the time that passes: before it paints, Textual
waits for up to a sixtieth of a second, which is nobody's doing and would be most of a small figure.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from time import process_time
from typing import Any, Generic, TypeVar

from rich.style import Style
from rich.theme import Theme
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.events import Key, Resize
from textual.geometry import Size
from textual.widget import Widget

SIZE = (160, 50)
"""Columns and lines of the terminal."""

_LULL = 0.02
"""Seconds: twice so long without a write, and nothing more comes; longer than a frame of Textual's."""

_PATIENCE = 60
"""Seconds that anything may take."""

_STYLES = {
    "ok": "green",
    "bad": "bold red",
    "run": "cyan",
    "wait": "yellow",
    "odd": "white",
    "dim": "bright_black",
    "bar-back": "bright_black",
}
"""For tables that do not know the names of our cells' styles."""

W = TypeVar("W", bound=Widget)


class Paper(Driver):
    """A terminal that takes everything, and remembers how much CPU time had passed when it last did."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.writes = 0
        self.last = 0.0

    def write(self, data: str) -> None:
        if data:
            self.writes += 1
            self.last = process_time()

    def start_application_mode(self) -> None:
        size = Size(*SIZE)
        self.send_message(Resize(size, size))

    def disable_input(self) -> None:
        pass

    def stop_application_mode(self) -> None:
        pass


class Stage(App[None], Generic[W]):
    """Shows one widget, and lets a script do something with it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen > * { height: 1fr; }"

    def __init__(self, play: W, script: "Callable[[Stage[W]], Awaitable[None]]") -> None:
        super().__init__(driver_class=Paper)
        self.play = play
        self._script = script
        self._error: Exception | None = None

    def compose(self) -> ComposeResult:
        yield self.play

    def on_ready(self) -> None:
        self.run_worker(self._perform(), group="script")

    async def _perform(self) -> None:
        self.console.push_theme(Theme({name: Style.parse(style) for name, style in _STYLES.items()}))
        try:
            await self.quiet()
            await self._script(self)
        except Exception as error:  # noqa: BLE001 - not lost: run_script raises it when the app is over
            self._error = error
        self.exit()

    async def quiet(self, since: int = -1) -> None:
        """Wait until something has been painted since that many writes, and nothing is any more."""
        lulls = 0
        while lulls < 2:
            before = self._paper.writes
            await asyncio.sleep(_LULL)
            busy = any(worker.group != "script" and not worker.is_finished for worker in self.workers)
            lulls = 0 if busy or self._paper.writes != before or before == since else lulls + 1

    async def painted(self, act: Callable[[], object]) -> float:
        """Do something, and return how many milliseconds of work it was until all that it changed was painted.

        To be called while nothing goes on, and so one right after the other.
        """
        gc.collect()
        writes, start = self._paper.writes, process_time()
        act()
        async with asyncio.timeout(_PATIENCE):  # where nothing changes, nothing is ever painted
            await self.quiet(writes)
        return (self._paper.last - start) * 1000

    def key(self, key: str) -> None:
        """Press a key, as a terminal's driver does."""
        self._paper.process_message(Key(key, None))

    @property
    def _paper(self) -> Paper:
        assert isinstance(self._driver, Paper)
        return self._driver

    def run_script(self) -> None:
        """Run the app until the script is over; raises what the script raised."""
        asyncio.run(self.run_async(size=SIZE))
        if self._error is not None:
            raise self._error
