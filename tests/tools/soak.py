"""Hours of watching in minutes: random faults, tasks, keys and terminal sizes, over a real socket.

    PYTHONPATH=tests .venv/bin/python -m tools.soak --hours 6 --seed 1

The clock is simulated, so an hour takes a few minutes. Afterwards the store must match the server, memory must not
have grown after the first quarter, and no asyncio task or file descriptor may be left open.
"""

import argparse
import asyncio
import gc
import os
import tracemalloc
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from random import Random
from typing import Any

from textual.pilot import Pilot

from support.clock import FakeClock
from support.screen.demo_app import NOWHERE, dashboard_of, loaded
from support.servers.simulator_server import background_server
from tools.faulty_transport import FAULTS, FaultyTransport
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.text.glyphs import UNICODE
from watch.tasks import account_state, stored_state

WINDOW = 1800.0
"""Seconds. Short, so that tasks leave the window all the time."""

HOUR = 3600.0

KEYS = (
    *("j", "k", "down", "up", "G", "g", "pagedown", "pageup", "ctrl+d", "ctrl+u", "tab", "enter", "escape", "escape"),
    *("1", "2", "3", "4", "5", "0", "a", "f", "space", "U", "]", "[", "S", "r", "plus", "minus", "minus"),
)
"""Pressed one at a time, in random order."""

SEQUENCES: tuple[tuple[str, ...], ...] = (
    ("slash", "c", "d", "n", "enter"),
    ("slash", "exclamation_mark", "7", "enter"),
    ("slash", "x", "y", "z", "escape"),
    ("s", "1"),
    ("s", "4"),
    ("s", "7"),
    ("w", "escape"),
    ("p", "j", "r", "p"),
    ("y", "escape"),
    ("question_mark", "j", "escape"),
    ("tab", "slash", "1", "enter", "s", "2", "escape"),
)
SIZES = ((140, 36), (120, 30), (80, 24), (50, 14), (20, 5), (300, 100))


@dataclass
class Report:
    """The findings of a soak."""

    requests: int = 0
    tasks_seen: int = 0
    keys: int = 0
    faults: int = 0
    differences: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    descriptors: tuple[int, int] = (0, 0)
    """Before and after."""
    memory: list[int] = field(default_factory=list)
    """Bytes allocated by the program itself, after each quarter of the time."""


class Soak:
    """One run; everything random comes from the seed."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)
        self.clock = FakeClock()
        self.account = Account(self.clock.server_now, seed=seed)
        self.transport = FaultyTransport()
        self.report = Report()
        self._known: list[tuple[float, str]] = []

    async def run(self, hours: float) -> Report:
        """Watch for `hours` of the simulated clock."""
        before = _descriptors()
        with background_server(Service(self.account)) as server:
            app = self._app(server.url)
            for _ in range(40):
                self._add(ago=self._rng.uniform(0, WINDOW))
            async with app.run_test(size=SIZES[0]) as pilot:
                await self._watch(app, pilot, hours)
        await asyncio.sleep(0.05)
        self.report.pending = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        self.report.descriptors = before, _descriptors()
        self.report.requests = self.transport.requests
        return self.report

    def _app(self, endpoint: str) -> UcdnApp:
        accounts = Accounts(
            ConfigFile(NOWHERE), self.clock, transport=lambda: self.transport, home=NOWHERE, only_one=True
        )
        keys = Keys(self.account.public_key, Secret(self.account.private_key))
        connection = Connection("soak", keys, endpoint, self.account.default_project)
        return UcdnApp(accounts, connection, self.clock, UNICODE, window=WINDOW, zone=UTC)

    async def _watch(self, app: UcdnApp, pilot: Pilot[None], hours: float) -> None:
        dashboard = await _first_load(app, pilot)
        end, quarter = hours * HOUR, hours * HOUR / 4
        while self.clock.elapsed() < end:
            await self._random_step(app, pilot)
            dashboard.tick()
            if self.clock.elapsed() >= quarter * (len(self.report.memory) + 1):
                self.report.memory.append(_own_memory())
        await self._recover(app, pilot, dashboard)
        self._compare(dashboard)

    async def _random_step(self, app: UcdnApp, pilot: Pilot[None]) -> None:
        """Take a random step; usually time passes."""
        rng = self._rng
        match rng.choices(
            ("time", "task", "removal", "key", "fault", "recovery", "size", "sleep"), (60, 14, 3, 12, 3, 6, 1, 0.3)
        )[0]:
            case "task":
                self._add()
            case "removal":
                self._remove()
            case "key":
                await self._press(app, pilot)
            case "fault":
                self.report.faults += 1
                self.transport.fault = rng.choice(FAULTS)
                action = rng.choice(["", "Refresh", "Prefetch"])
                self.transport.hits = lambda body: action in body
            case "recovery":
                self.transport.fault = None
            case "size":
                await pilot.resize_terminal(*rng.choice(SIZES))
            case "sleep":
                await self._pass_time(rng.uniform(600, 1500))  # as with a closed laptop
            case _:
                await self._pass_time(rng.uniform(0.5, 20))

    async def _pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds, self.transport.is_idle)

    async def _press(self, app: UcdnApp, pilot: Pilot[None]) -> None:
        keys = (self._rng.choice(KEYS),) if self._rng.random() < 0.8 else self._rng.choice(SEQUENCES)
        self.report.keys += len(keys)
        await pilot.press(*keys)
        while not isinstance(app.screen, Dashboard):
            await pilot.press("escape")

    def _add(self, ago: float = 0.0) -> None:
        rng = self._rng
        kind = "refresh" if rng.random() < 0.7 else "prefetch"
        count = rng.randint(1, 30)
        urls = [f"https://cdn.test/{rng.randrange(10**6)}-{number}.jpg" for number in range(count)]
        task_id = self.account.add(
            kind,  # type: ignore[arg-type]
            urls,
            created=self.clock.server_now() - ago,
            queue=NEVER if rng.random() < 0.02 else rng.uniform(0, 30),
            work=rng.lognormvariate(4, 1),
            failing=rng.sample(range(count), rng.choice([0, 0, 0, min(2, count)])),
            is_dcdn=rng.random() < 0.1,
        )
        self._known.append((self.clock.server_now(), task_id))
        self.report.tasks_seen += 1

    def _remove(self) -> None:
        """Remove a random task, and all that left the window long ago so that the server stays small."""
        now = self.clock.server_now()
        while self._known and self._known[0][0] < now - 3 * WINDOW:
            self.account.remove(self._known.pop(0)[1])
        if len(self._known) > 20:
            self.account.remove(self._known.pop(self._rng.randrange(len(self._known)))[1])

    async def _recover(self, app: UcdnApp, pilot: Pilot[None], dashboard: Dashboard) -> None:
        """End all faults, and wait for as long as the program may need to be correct again."""
        self.transport.fault = None
        while not isinstance(app.screen, Dashboard):
            await pilot.press("escape")
        if " PAUSED" in f" {dashboard.query_one('#status').render()}":
            await pilot.press("p")
        await self._pass_time(800)  # the longest back-off, and two full scans
        await pilot.press("r")
        await self._pass_time(30)
        await pilot.press("r")
        await self._pass_time(30)
        await pilot.pause()

    def _compare(self, dashboard: Dashboard) -> None:
        now = self.clock.server_now()
        expected, shown = account_state(self.account, WINDOW), stored_state(dashboard.store)
        leaving = {key for key in {*expected, *shown} if _is_leaving_window(self.account, key.kind, key.id, now)}
        for key in {*expected, *shown} - leaving:
            if expected.get(key) != shown.get(key):
                self.report.differences.append(f"{key}: {expected.get(key)} on the server, {shown.get(key)} shown")


def _is_leaving_window(account: Account, kind: Any, task_id: str, now: float) -> bool:
    """Return whether a task is just leaving the window; between two full scans it may still be stored."""
    return any(abs(plan.created - (now - WINDOW)) < 400 for plan in account.find(kind, [task_id]))


async def _first_load(app: UcdnApp, pilot: Pilot[None]) -> Dashboard:
    while not (dashboard := dashboard_of(app)).is_loading:
        await pilot.pause()
    for _ in range(100):
        with suppress(AssertionError):
            return await loaded(app, pilot)
        await asyncio.sleep(0.01)
    return dashboard


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _own_memory() -> int:
    """Return the bytes allocated by the program, without the simulator and the tests; 0 if not traced."""
    gc.collect()
    if not tracemalloc.is_tracing():
        return 0
    filters = [
        tracemalloc.Filter(True, "*/ucdn_tui/*"),
        tracemalloc.Filter(False, "*/simulator/*"),
        tracemalloc.Filter(False, "*/tests/*"),
    ]
    statistics = tracemalloc.take_snapshot().filter_traces(filters).statistics("filename")
    return sum(statistic.size for statistic in statistics)


async def main() -> None:
    """Run a soak and print its findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    flags = parser.parse_args()
    tracemalloc.start()
    report = await Soak(flags.seed).run(flags.hours)
    print(f"{flags.hours:g} hours, seed {flags.seed}: {report.requests} requests, {report.tasks_seen} tasks,")
    print(f"{report.keys} keys, {report.faults} faults")
    print("differences:", report.differences or "none")
    print("pending tasks:", report.pending or "none")
    print("file descriptors before and after:", *report.descriptors)
    print("memory of the program after each quarter, MiB:", *(f"{size / 2**20:.2f}" for size in report.memory))


if __name__ == "__main__":
    asyncio.run(main())
