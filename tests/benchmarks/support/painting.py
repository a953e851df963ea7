"""An app that paints without a terminal, and the CPU time from a change to the last byte of its output.

Textual's headless driver skips painting; this driver discards the output and counts the writes. CPU time is measured
instead of elapsed time because Textual waits up to 1/60 s before it paints, which would dominate small figures.
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

_PAUSE = 0.02
"""Seconds, longer than a frame of Textual. After two such pauses without a write, painting has finished."""

_TIMEOUT = 60
"""Seconds that an action may take."""

_STYLES = {
    "ok": "green",
    "bad": "bold red",
    "run": "cyan",
    "wait": "yellow",
    "other": "white",
    "dim": "bright_black",
    "bar-back": "bright_black",
}
"""The styles of our cells, for tables that do not define them."""

W = TypeVar("W", bound=Widget)


class NullDriver(Driver):
    """Discards all output; records the number of writes and the CPU time of the last one."""

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


class ScriptedApp(App[None], Generic[W]):
    """Shows one widget and runs a script on it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen > * { height: 1fr; }"

    def __init__(self, widget: W, script: "Callable[[ScriptedApp[W]], Awaitable[None]]") -> None:
        super().__init__(driver_class=NullDriver)
        self.widget = widget
        self._script = script
        self._error: Exception | None = None

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_ready(self) -> None:
        self.run_worker(self._perform(), group="script")

    async def _perform(self) -> None:
        self.console.push_theme(Theme({name: Style.parse(style) for name, style in _STYLES.items()}))
        try:
            await self.quiet()
            await self._script(self)
        except Exception as error:  # noqa: BLE001 - run_script raises it after the app has ended
            self._error = error
        self.exit()

    async def quiet(self, since: int = -1) -> None:
        """Wait until there are more than `since` writes and painting has finished."""
        pauses = 0
        while pauses < 2:
            before = self._null_driver.writes
            await asyncio.sleep(_PAUSE)
            busy = any(worker.group != "script" and not worker.is_finished for worker in self.workers)
            pauses = 0 if busy or self._null_driver.writes != before or before == since else pauses + 1

    async def painted(self, act: Callable[[], object]) -> float:
        """Run `act` and return the CPU milliseconds until its changes are painted.

        Call it only while the app is idle, never concurrently.
        """
        gc.collect()
        writes, start = self._null_driver.writes, process_time()
        act()
        async with asyncio.timeout(_TIMEOUT):  # nothing is painted if nothing changes
            await self.quiet(writes)
        return (self._null_driver.last - start) * 1000

    def key(self, key: str) -> None:
        """Press a key, as a driver does."""
        self._null_driver.process_message(Key(key, None))

    @property
    def _null_driver(self) -> NullDriver:
        assert isinstance(self._driver, NullDriver)
        return self._driver

    def run_script(self) -> None:
        """Run the app until the script has ended; raise the script's error, if any."""
        asyncio.run(self.run_async(size=SIZE))
        if self._error is not None:
            raise self._error
