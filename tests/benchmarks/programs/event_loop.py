"""The process that (d) measures: an app that paints, gets keys, and records the delays of its event loop.

    python -m benchmarks.programs.event_loop ENDPOINT TASKS SECONDS    the program, until SECONDS after loading TASKS
    python -m benchmarks.programs.event_loop bare 0 SECONDS            an app with one table

Prints a JSON list: the seconds until loaded, and the delays in milliseconds.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC
from typing import Any

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import DataTable

from benchmarks.support.painting import NullDriver
from support.screen.demo_app import NOWHERE, dashboard_of
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.cli.dashboard import tune_garbage_collection
from ucdn_tui.clock import SystemClock
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.text.glyphs import UNICODE

_SLEEP = 0.001
"""Seconds of each measured sleep."""

_BETWEEN_KEYS = 0.1
_WARM_UP = 2.0

_KEYS = ("down", "down", "down", "up")


class Bare(App[None]):
    """One table of fifty rows: the time that Textual itself needs for a key."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("status", "progress", "URL")
        table.add_rows(("process", "50%", f"https://static.example.com/assets/{number}.js") for number in range(50))


def _program(endpoint: str) -> UcdnApp:
    clock = SystemClock()
    accounts = Accounts(ConfigFile(NOWHERE), clock, home=NOWHERE)
    connection = Connection("env", Keys("public", Secret("private")), endpoint)
    return UcdnApp(accounts, connection, clock, UNICODE, zone=UTC, when_shown=tune_garbage_collection)


async def _watch(app: App[Any], loaded: Callable[[], bool], seconds: float) -> tuple[float, list[float]]:
    """Run the app; return the seconds until loaded, and the delays from the start until `seconds` after that."""
    app.driver_class = NullDriver
    delays: list[float] = []
    running = asyncio.create_task(app.run_async(size=(160, 50)))
    await asyncio.sleep(_WARM_UP if isinstance(app, Bare) else 0.3)
    pressing = asyncio.create_task(_press(app))
    began, loaded_at = time.perf_counter(), None
    while loaded_at is None or time.perf_counter() - loaded_at < seconds:
        before = time.perf_counter()
        await asyncio.sleep(_SLEEP)
        now = time.perf_counter()
        delays.append((now - before - _SLEEP) * 1000)
        if loaded_at is None and loaded():
            loaded_at = now
    pressing.cancel()
    app.exit()
    await running
    return loaded_at - began, delays


async def _press(app: App[Any]) -> None:
    number = 0
    while True:
        await asyncio.sleep(_BETWEEN_KEYS)
        assert isinstance(app._driver, NullDriver)
        app._driver.process_message(Key(_KEYS[number % len(_KEYS)], None))
        number += 1


def main(endpoint: str, tasks: str, seconds: str) -> None:
    """Measure the program or the bare app, as the command line says."""
    if endpoint == "bare":
        app: App[Any] = Bare()
        result = asyncio.run(_watch(app, lambda: True, float(seconds)))
    else:
        app = program = _program(endpoint)

        def loaded() -> bool:
            dashboard = dashboard_of(program)
            return len(dashboard._store) >= int(tasks)

        result = asyncio.run(_watch(app, loaded, float(seconds)))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
